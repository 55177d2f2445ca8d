#!/bin/sh
# The suite with services of its own, then the coverage gates, which speak up only about a gap.
# Usage: scripts/test.sh WORKERS [pytest arguments]; with arguments the gates are left out, since part of the suite
# covers part of the code.
set -eu
cd "$(dirname "$0")/.."
WORKERS=$1
shift
VAR_DIR=${VAR_DIR:-$PWD/var/test}
export VAR_DIR
# The suite starts some hundred processes; without bytecode each would compile the whole project again.
unset PYTHONDONTWRITEBYTECODE
if [ $# -gt 0 ]; then
    exec .venv/bin/python -m config.launcher run --fast -- .venv/bin/python -m pytest -n "$WORKERS" "$@"
fi
rm -f coverage.json
.venv/bin/python -m config.launcher run --fast -- \
    .venv/bin/python -m slipcover -m pytest -p tests.probes -n "$WORKERS"
exec .venv/bin/python -m scripts.coverage_gate
