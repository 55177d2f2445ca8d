"""Codes people keep: only their digest is stored."""

import hashlib
import secrets
from typing import Final

_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0/O and 1/I, which people misread."""
_GROUP: Final = 5


def new_code(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def spaced(code: str) -> str:
    """A code as people copy it by hand: in groups."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def plain(code: str) -> str:
    """A code as it was made, from however it was typed: small letters, spaces and hyphens do not matter."""
    return "".join(char for char in code.upper() if char.isascii() and char.isalnum())


def code_digest(code: str) -> str:
    return hashlib.sha256(plain(code).encode()).hexdigest()
