"""What the running launcher tells others: the addresses of its services and the processes it started."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path


def addresses(var_dir: Path) -> dict[str, str]:
    """Return the addresses that a running launcher published, or nothing when none runs."""
    try:
        found: dict[str, str] = json.loads((var_dir / "run" / "addresses.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def publish(var_dir: Path, found: Mapping[str, str]) -> None:
    path = var_dir / "run" / "addresses.json"
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(dict(found), indent=1), encoding="utf-8")
    draft.replace(path)


def withdraw(var_dir: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        (var_dir / "run" / "addresses.json").unlink()
