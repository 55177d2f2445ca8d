"""Who comes to the desk's pages, and where they are."""

from typing import Any, Final

from django.urls import reverse

from unions.middleware import UnionRequest
from unions.states import Role

READERS: Final = (Role.OFFICE, Role.ADMIN, Role.LEADER, Role.SUPERVISOR)
KEEPERS: Final = (Role.OFFICE, Role.ADMIN)
"""Who keeps rule sets and the calendar."""


def here(request: UnionRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"campaigns:{name}", kwargs={"union_slug": request.union.slug, **kwargs})


def above(request: UnionRequest, name: str, **kwargs: Any) -> str:
    """An address in another app, which this app knows by name only."""
    return reverse(name, kwargs={"union_slug": request.union.slug, **kwargs})
