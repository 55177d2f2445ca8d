"""The keys and passwords of a development installation: made once, kept under VAR_DIR, readable by the owner only."""

import base64
import fcntl
import json
import os
import secrets
from pathlib import Path


def _fresh() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
        "BLIND_INDEX_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
        "POSTGRES_ADMIN_PASSWORD": secrets.token_urlsafe(24),
        "POSTGRES_OWNER_PASSWORD": secrets.token_urlsafe(24),
        "POSTGRES_APP_PASSWORD": secrets.token_urlsafe(24),
        "POSTGRES_REHEARSAL_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_PASSWORD": secrets.token_urlsafe(24),
    }


def load_or_create(var_dir: Path) -> dict[str, str]:
    """Return the secrets of this VAR_DIR.

    Created under a lock: two processes that start together must not each make a key and encrypt under one that the
    other then overwrites.
    """
    var_dir.mkdir(parents=True, exist_ok=True)
    path = var_dir / "secrets.json"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        known: dict[str, str] = json.loads(text) if text else {}
        missing = {name: value for name, value in _fresh().items() if name not in known}
        if missing:
            known |= missing
            file.seek(0)
            file.truncate()
            json.dump(known, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
    return known
