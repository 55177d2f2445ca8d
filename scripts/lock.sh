#!/bin/sh
# Writes both lock files from pyproject.toml, with hashes and without any registry's address.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-annotate --no-header -q "$@"
}
compile "$@" -o requirements.lock
compile "$@" --group test -c requirements.lock -o requirements-test.lock
