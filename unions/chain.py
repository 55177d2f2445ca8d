"""The arithmetic of the audit chain, apart from the database: anybody can compute it again from an archive."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

GENESIS: Final = "0" * 64


_ENCODE: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""Made once: an archive asks for hundreds of thousands of values."""


def canonical(value: object) -> bytes:
    """One byte string for one value: sorted keys, no spaces, UTF-8."""
    return _ENCODE(value).encode()


def sha256_of(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def commitment(value: object, nonce: str) -> str:
    """What the log holds for a sealed value until it is opened."""
    return hmac.new(nonce.encode(), canonical(value), hashlib.sha256).hexdigest()


CONTENT: Final = ("union", "seq", "at", "actor", "action", "object", "before", "after", "reason", "previous")
"""What the digest of an entry covers."""


def entry_digest(content: Mapping[str, Any]) -> str:
    """Entries made before `rows` were taken have none, and the digest they always had."""
    rows = {"rows": content["rows"]} if content.get("rows") else {}
    return sha256_of({key: content[key] for key in CONTENT} | rows)


def row_digest(row: Mapping[str, Any]) -> str:
    """Over what a row says, half a SHA-256; what is empty says nothing, so that a column added later changes no digest."""
    return sha256_of({key: value for key, value in row.items() if value not in (None, "", [], {})})[:32]
