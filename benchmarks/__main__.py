"""``python -m benchmarks [PREFIX]``: one JSON object a line; exit code 1 when a target is missed."""

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import benchmarks
from benchmarks import FIGURES, NotMeasured

ROOT = Path(__file__).resolve().parents[1]


def prepare_database() -> None:
    """Migrate the benchmark's database as its owner and let Django start."""
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--no-input", "--verbosity=0"],
        check=True,
        cwd=ROOT,
        env={**os.environ, "JX_DATABASE_ROLE": "owner"},
        stdout=sys.stderr,
    )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def discover() -> None:
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"benchmarks.{module.name}")


def main(arguments: Sequence[str]) -> int:
    prefix = arguments[0] if arguments else ""
    prepare_database()
    discover()
    chosen = [FIGURES[name] for name in sorted(FIGURES) if name.startswith(prefix)]
    if not chosen:
        print(f"no figure starts with {prefix!r}; known: {', '.join(sorted(FIGURES)) or 'none'}", file=sys.stderr)
        return 2
    missed = 0
    for figure in chosen:
        try:
            measured = figure.measure()
        except NotMeasured as why:
            line: dict[str, object] = {
                "figure": figure.name,
                "ratio": None,
                "target": figure.target,
                "not_measured": str(why),
            }
            print(json.dumps(line, ensure_ascii=False), flush=True)
            continue
        missed += not figure.met(measured.ratio)
        line = {
            "figure": figure.name,
            "ratio": round(measured.ratio, 3),
            "better": figure.better,
            "target": figure.target,
            "detail": dict(measured.detail),
        }
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
