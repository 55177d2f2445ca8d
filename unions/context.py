"""Context processors: what the sign-in page of a demo shows."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

REGISTRY = "demo-signins.json"


def registry_path() -> Path:
    """Where the demo writes its sign-ins: a list of `{"role", "login", "password"}`."""
    return Path(settings.VAR_DIR) / REGISTRY


def demo_signins(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the signature of a context processor
    """`demo_sign_ins`, in the demo only; read when a template asks for it."""
    return {"demo_sign_ins": SimpleLazyObject(_read) if settings.DEMO else []}


def _read() -> list[dict[str, str]]:
    try:
        found: list[dict[str, str]] = json.loads(registry_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return found
