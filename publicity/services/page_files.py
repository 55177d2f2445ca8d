"""Files below PUBLIC_DIR that the web server hands out: replaced at once, readable whatever umask the worker has, and marked.

    pages/<union>/notices/<id>/index.html, …/<id>/v<version>/index.html, …/feed.xml, …/brand.css
    pages/<union>/polls/<id>/candidates/<id>/index.html, …/photo.jpg
    hosts/<host>/<union> and, on a union's own domain, hosts/<host>/notices and …/polls: links into pages

Beside each text lies its compressed twin. Knows nothing of what the files say.
"""

import gzip
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.conf import settings

_MARK: Final = re.compile(rb"<!-- made of ([0-9a-f]{64}) -->\s*$")
_MARK_FITS: Final = 120
"""Bytes at the end of a file within which its mark stands."""


def marked(content: bytes, mark: str) -> bytes:
    return content.rstrip() + f"\n<!-- made of {mark} -->\n".encode()


def mark_of(path: Path) -> str:
    """What a file was made of; nothing of one that is missing or broken off."""
    try:
        with path.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - _MARK_FITS, 0))
            found = _MARK.search(file.read())
    except OSError:
        return ""
    return found[1].decode() if found else ""


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def write_text(path: Path, content: bytes) -> None:
    """With its twin, which comes first: where a file bears its mark both say the same."""
    write(_twin(path), gzip.compress(content, 9, mtime=0))
    write(path, content)


def write(path: Path, content: bytes) -> None:
    """Replaced at once: a reader gets the old or the new, never half of one."""
    _folder(path.parent)
    fresh = _beside(path)
    fresh.write_bytes(content)
    fresh.chmod(0o644)
    fresh.replace(path)


def remove_text(path: Path) -> None:
    """The twin too; the web server would hand it out alone."""
    for one in (path, _twin(path)):
        with suppress(OSError):
            one.unlink()


def _twin(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}")


def _folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for one in (path, *path.parents):
        if one.is_relative_to(settings.PUBLIC_DIR):
            one.chmod(0o755)


# --- links -------------------------------------------------------------------------------------------------------------


def leads(link: Path, target: Path) -> bool:
    return link.is_symlink() and link.parent / link.readlink() == link.parent / _relative(link, target)


def point(link: Path, target: Path) -> None:
    if leads(link, target):
        return
    _folder(link.parent)
    fresh = _beside(link)
    fresh.symlink_to(_relative(link, target))
    fresh.replace(link)


def _relative(link: Path, target: Path) -> Path:
    return Path(os.path.relpath(target, link.parent))
