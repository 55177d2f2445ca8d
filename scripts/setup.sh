#!/bin/sh
# Makes a fresh Debian 12 machine ready: system packages, .venv from the lock file, fonts.
# Usage: scripts/setup.sh [--test] [--image]
#   --test   adds the test tools and Chromium
#   --image  inside a container image: leaves no stamp
# Safe to repeat: what is there is skipped, and a second call takes well under a second.
set -eu
cd "$(dirname "$0")/.."

LOCK=requirements.lock
TEST=
IMAGE=
for argument in "$@"; do
    case $argument in
        --test) TEST=1; LOCK=requirements-test.lock ;;
        --image) IMAGE=1 ;;
        *) echo "unknown option $argument; known: --test --image" >&2; exit 2 ;;
    esac
done

say() { printf '%s\n' "setup: $*" >&2; }
die() { printf '%s\n' "setup: error: $*" >&2; exit 1; }

# --- nothing to do? -----------------------------------------------------------------------------------------------
STAMP=.venv/.setup${TEST:+-test}
fingerprint() { cat "$LOCK" scripts/setup.sh scripts/fonts.sh | sha256sum | cut -d' ' -f1; }
WANTED=$(fingerprint)
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$WANTED" ] && [ -x .venv/bin/python ]; then
    exit 0
fi

# --- what the system must have --------------------------------------------------------------------------------------
has_package() { dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^.i'; }
has_library() { ldconfig -p 2>/dev/null | grep -q "$1" || ls /usr/lib/*/"$1"* >/dev/null 2>&1; }
makes_venv() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }
# Debian builds its own with what a profile of running it taught: a third faster than one that pyenv built without.
DEBIAN_PYTHON=/usr/bin/python3.11

ESSENTIAL=
OPTIONAL=
if [ ! -x .venv/bin/python ] && ! makes_venv "$DEBIAN_PYTHON"; then
    if ! makes_venv python3.11; then
        ESSENTIAL="$ESSENTIAL python3.11 python3.11-venv"
    elif [ -x "$DEBIAN_PYTHON" ] && [ "$(id -u)" = 0 ]; then
        OPTIONAL="$OPTIONAL python3.11-venv"
    fi
fi
has_library libpango-1.0.so.0 || ESSENTIAL="$ESSENTIAL libpango-1.0-0"
has_library libpangoft2-1.0.so.0 || ESSENTIAL="$ESSENTIAL libpangoft2-1.0-0"
has_library libharfbuzz-subset.so.0 || ESSENTIAL="$ESSENTIAL libharfbuzz-subset0"
[ -e /etc/ssl/certs/ca-certificates.crt ] || ESSENTIAL="$ESSENTIAL ca-certificates"
# Without these fonts a paper shows boxes instead of names, so they are as essential as a library.
[ -e /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc ] || ESSENTIAL="$ESSENTIAL fonts-noto-cjk"
has_package fonts-lxgw-wenkai || ESSENTIAL="$ESSENTIAL fonts-lxgw-wenkai"
has_package fonts-hanazono || OPTIONAL="$OPTIONAL fonts-hanazono"
if [ -n "$TEST" ]; then
    command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 ||
        ESSENTIAL="$ESSENTIAL chromium-headless-shell"
    command -v pdftotext >/dev/null 2>&1 || ESSENTIAL="$ESSENTIAL poppler-utils"
    # the driver that Playwright brings along is linked against it
    has_library libatomic.so.1 || ESSENTIAL="$ESSENTIAL libatomic1"
else
    command -v pdftotext >/dev/null 2>&1 || OPTIONAL="$OPTIONAL poppler-utils"
fi

retry() {
    for pause in 2 5 10; do
        "$@" && return 0
        say "failed, trying again in $pause s: $*"
        sleep "$pause"
    done
    "$@"
}

apt() {
    DEBIAN_FRONTEND=noninteractive retry apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}

if [ -n "$ESSENTIAL$OPTIONAL" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing$ESSENTIAL$OPTIONAL"
        apt update || say "apt-get update failed; going on with the package lists that are here"
        if [ -n "$ESSENTIAL" ]; then
            # shellcheck disable=SC2086 # a list of words
            apt install --no-install-recommends $ESSENTIAL || die "could not install:$ESSENTIAL"
        fi
        if [ -n "$OPTIONAL" ]; then
            # shellcheck disable=SC2086
            apt install --no-install-recommends $OPTIONAL || say "warning: could not install:$OPTIONAL"
        fi
    else
        say "please run:  sudo apt-get install --no-install-recommends$ESSENTIAL$OPTIONAL"
        [ -z "$ESSENTIAL" ] || die "these are needed before it can go on:$ESSENTIAL"
        say "going on without:$OPTIONAL (rare characters of names may be missing in print)"
    fi
fi

# --- fonts that Debian ships only inside a large package: fetched and unpacked beside what follows ---------------------
scripts/fonts.sh &
FONTS=$!

# --- Python packages, by hash ---------------------------------------------------------------------------------------
# A virtual environment that was copied or moved from elsewhere points at the wrong interpreter: make it anew.
if [ -d .venv ] && ! .venv/bin/python -c '' >/dev/null 2>&1; then
    rm -rf .venv
fi
if [ ! -x .venv/bin/python ]; then
    PYTHON=python3.11
    ! makes_venv "$DEBIAN_PYTHON" || PYTHON=$DEBIAN_PYTHON
    "$PYTHON" -m venv .venv
fi
install_with_pip() { .venv/bin/python -m pip install -q --disable-pip-version-check "$@" </dev/null >&2; }

# What a service runs is compiled once and for all; the suite compiles of its many packages what it comes to use.
COMPILE=
[ -n "$TEST" ] || COMPILE=--compile-bytecode

# Trust what the system trusts, as pip does: many offices look into TLS with a certificate of their own.
export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1

if [ -x .venv/bin/uv ] || retry install_with_pip uv; then
    if ! retry .venv/bin/uv pip install -q ${COMPILE:+"$COMPILE"} --python .venv/bin/python --require-hashes -r "$LOCK" </dev/null >&2; then
        say "uv did not manage; trying pip"
        retry install_with_pip --require-hashes -r "$LOCK" || die "could not install the packages of $LOCK"
    fi
else
    say "no uv; using pip, which takes longer"
    retry install_with_pip --require-hashes -r "$LOCK" || die "could not install the packages of $LOCK"
fi

wait "$FONTS" || say "warning: FandolFang (仿宋) is missing; notices print in 宋体 instead. Later: make fonts"

[ -n "$IMAGE" ] || printf '%s\n' "$WANTED" >"$STAMP"
