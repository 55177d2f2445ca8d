"""Every address of the project, as the resolver has it, and how the walk fills it."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RoutePattern

from tests import walk


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver: its name with namespaces, its route, the keywords and methods it takes, who may enter."""

    name: str
    route: str
    keywords: tuple[str, ...]
    methods: tuple[str, ...]
    access: str | None

    @property
    def of_a_union(self) -> bool:
        return "union_slug" in self.keywords


def _addresses(
    patterns: list[URLPattern | URLResolver],
    namespaces: tuple[str, ...] = (),
    route: str = "",
    keywords: tuple[str, ...] = (),
) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        taken = (
            *keywords,
            *(
                pattern.pattern.converters
                if isinstance(pattern.pattern, RoutePattern)
                else pattern.pattern.regex.groupindex
            ),
        )
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _addresses(pattern.url_patterns, inner, here, taken)
        else:
            name = ":".join([*namespaces, pattern.name or ""])
            yield Address(name, here, taken, _methods(pattern.callback), getattr(pattern.callback, "access", None))


def _methods(view: Callable[..., Any] | None) -> tuple[str, ...]:
    """GET and POST, unless Django's own decorator refuses one of them to everybody."""
    while view is not None:
        allowed = (
            inspect.getclosurevars(view).nonlocals.get("request_method_list") if inspect.isfunction(view) else None
        )
        if allowed is not None:
            return tuple(method for method in ("GET", "POST") if method in allowed)
        view = getattr(view, "__wrapped__", None)
    return "GET", "POST"


ALL: Final = list(_addresses(get_resolver().url_patterns))
OF_A_UNION: Final = [address for address in ALL if address.of_a_union]
GLOBAL: Final = [address for address in ALL if not address.of_a_union]


def is_filled(address: Address) -> bool:
    return all(walk.find_argument(address.name, keyword) is not None for keyword in address.keywords)


FILLED: Final = [address for address in OF_A_UNION if is_filled(address)]
"""What the walk can open; the others fail below, each by its own name."""


def path_of(address: Address, world: walk.World, **other: Any) -> str:
    kwargs = {}
    for keyword in address.keywords:
        argument = walk.find_argument(address.name, keyword)
        assert argument is not None
        kwargs[keyword] = argument(world)
    return reverse(address.name, kwargs=kwargs | other)
