"""The stricter gate: every branch of the named modules is covered.

The names stand in ``pyproject.toml`` under ``[tool.jiangxuan.coverage] complete``, as glob patterns. The suite calls
this at its end; ``python -m scripts.coverage_gate`` does it by hand over ``coverage.json``.
"""

import fnmatch
import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def strict_paths(pyproject: Path = ROOT / "pyproject.toml") -> list[str]:
    data = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    patterns: list[str] = data["tool"]["jiangxuan"]["coverage"]["complete"]
    return patterns


def shortfalls(report: Path, patterns: Sequence[str]) -> list[str]:
    """Return one line for every named module with an uncovered line or branch, and for every pattern that names none.

    A pattern without a module would be a gate that a renamed file slips through.
    """
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    lines = []
    for pattern in patterns:
        names = sorted(name for name in files if fnmatch.fnmatch(name, pattern))
        if not names:
            lines.append(f"{pattern}: no such module in the report")
        for name in names:
            found = files[name]
            missing = ", ".join(str(number) for number in found["missing_lines"])
            branches = ", ".join(f"{start}→{end}" for start, end in found.get("missing_branches", []))
            if missing or branches:
                lines.append(f"{name}: lines {missing or 'none'}; branches {branches or 'none'}")
    return lines


def main() -> int:
    gaps = shortfalls(ROOT / "coverage.json", strict_paths())
    print("\n".join(gaps))
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
