"""The gates of ``pyproject.toml``, ``[tool.jiangxuan.coverage]``, over the suite's ``coverage.json``.

``whole`` is what the project as a whole must reach; ``complete`` names, as glob patterns, modules of which every line and
branch is covered. ``python -m scripts.coverage_gate PATTERN…`` looks at other modules only.
"""

import fnmatch
import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def gates(pyproject: Path = ROOT / "pyproject.toml") -> tuple[float, list[str]]:
    """Per cent of the whole, and the patterns of the complete modules."""
    data = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["jiangxuan"]["coverage"]
    return float(data["whole"]), list(data["complete"])


def reached(report: Path) -> float:
    """Per cent of all lines and branches."""
    percent: float = json.loads(report.read_text(encoding="utf-8"))["summary"]["percent_covered"]
    return percent


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


def main(patterns: Sequence[str], report: Path = ROOT / "coverage.json") -> int:
    whole, complete = gates()
    gaps = shortfalls(report, patterns or complete)
    if not patterns and (percent := reached(report)) < whole:
        gaps.append(f"the whole project: {percent:.2f} % of {whole:g} %")
    if gaps:
        print("not covered:", *gaps, sep="\n")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
