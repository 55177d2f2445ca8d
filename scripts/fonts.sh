#!/bin/sh
# Fetches FandolFang (仿宋, GPL with font exception) from Debian's texlive-lang-chinese (49 MB to download, 100 MB
# installed) and keeps that one file, so that nobody needs TeX. Works without root.
set -eu
cd "$(dirname "$0")/.."
TARGET=.tools/fonts/FandolFang-Regular.otf
[ -s "$TARGET" ] && exit 0
command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || exit 1

SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
# apt drops to the account _apt for downloads, which must be able to write here
chmod 755 "$SCRATCH"
[ "$(id -u)" != 0 ] || chown _apt "$SCRATCH" 2>/dev/null || true
fetch() { (cd "$SCRATCH" && apt-get -q download texlive-lang-chinese </dev/null >&2); }
if ! fetch; then
    [ "$(id -u)" != 0 ] || apt-get -q update </dev/null >&2 || true
    sleep 2
    fetch
fi
dpkg-deb --fsys-tarfile "$SCRATCH"/texlive-lang-chinese_*.deb |
    tar -x -C "$SCRATCH" --wildcards './usr/share/*/FandolFang-Regular.otf'
FOUND=$(find "$SCRATCH/usr" -name FandolFang-Regular.otf -type f | head -n 1)
[ -n "$FOUND" ] || exit 1
mkdir -p .tools/fonts
cp "$FOUND" "$TARGET.new"
mv "$TARGET.new" "$TARGET"
