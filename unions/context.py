"""Context processors: what a demo shows beside its sign-in pages."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

REGISTRY = "demo-signins.json"


def registry_path() -> Path:
    """Where the demo writes its sign-ins: a list of `{"union", "role", "login", "password"}`."""
    return Path(settings.VAR_DIR) / REGISTRY


def demo_signins(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the signature of a context processor
    """`demo_sign_ins` and `demo_outbox_url`, in the demo only; the sign-ins are read when a template asks for them."""
    if not settings.DEMO:
        return {"demo_sign_ins": [], "demo_outbox_url": ""}
    return {"demo_sign_ins": SimpleLazyObject(_read), "demo_outbox_url": reverse("unions_global:outbox")}


def _read() -> list[dict[str, str]]:
    try:
        found: list[dict[str, str]] = json.loads(registry_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return found
