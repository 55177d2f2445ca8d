"""From the address to the union and the member of a request, and the tenancy scope around the view."""

import hashlib
from collections.abc import Callable
from typing import Final, TypeVar

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.defaults import page_not_found

from unions import tenancy
from unions.models import Member, Union
from unions.outbox.selectors import unread

Row = TypeVar("Row", bound=Model)


class UnionRequest(HttpRequest):
    """A request below `/<union>/`: its union is known; `member` is None for a visitor."""

    union: Union
    member: Member | None


class MemberRequest(UnionRequest):
    """The same for a signed-in member; views get it through `member_required` or `role_required`."""

    member: Member


def _only(found: QuerySet[Row]) -> Row | None:
    """The row of a query that can find no second one; `first` would have it sorted, with every request."""
    return next(iter(found), None)


class SeenMiddleware:
    """Keep when and from where a session was last used: once a minute, and at once when it comes from elsewhere.

    allauth's own middleware writes and commits a row with every request, also with each save of a form that saves itself.
    """

    SECONDS: Final = 60

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and request.user.is_authenticated and self._is_due(request, key):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)

    def _is_due(self, request: HttpRequest, key: str) -> bool:
        used = f"{key}\n{get_adapter().get_client_ip(request)}\n{request.headers.get('User-Agent')}"
        return bool(cache.add(f"seen:{hashlib.sha256(used.encode()).hexdigest()}", 1, self.SECONDS))


class UnionMiddleware:
    """Set `request.union` and `request.member`, and open the union's scope for the whole request.

    A union's own domain serves the same addresses without the slug. Without a union in the address the scope stays closed:
    a global view opens `tenancy.everywhere` by name.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.union = request.member = None  # type: ignore[attr-defined]
        own = self._own_domain(request)
        if own is not None:
            self._put_slug_before(request, own)
        slug = self._slug(request.path_info)
        if slug is None:
            return self.get_response(request)
        union = own if own and own.slug == slug else _only(Union.objects.filter(slug=slug, active=True))
        if union is None or (own is not None and own.pk != union.pk):
            return page_not_found(request, Http404("没有这个工会"))
        with tenancy.scope(union.pk):
            request.union = union  # type: ignore[attr-defined]
            request.member = self._member(request, union)  # type: ignore[attr-defined]
            return self.get_response(request)

    @classmethod
    def _put_slug_before(cls, request: HttpRequest, own: Union) -> None:
        """On a union's own domain `/c/x/` means `/<slug>/c/x/`; addresses without a union stay what they are."""
        if not request.path_info.startswith(f"/{own.slug}/") and cls._slug(f"/{own.slug}{request.path_info}"):
            request.path_info = f"/{own.slug}{request.path_info}"

    @staticmethod
    def _own_domain(request: HttpRequest) -> Union | None:
        host = request.get_host().partition(":")[0]
        if host in {"localhost", "127.0.0.1", "testserver"}:
            return None
        return _only(Union.objects.filter(domain=host, active=True))

    @staticmethod
    def _slug(path: str) -> str | None:
        try:
            slug: str | None = resolve(path).kwargs.get("union_slug")
        except Resolver404:
            return None
        return slug

    @staticmethod
    def _member(request: HttpRequest, union: Union) -> Member | None:
        if not request.user.is_authenticated:
            return None
        found = Member.objects.filter(union=union, user=request.user).at_work(timezone.now()).annotate(unread=unread())
        member = _only(found.select_related("unit"))
        if member is not None:
            member.union, member.user = union, request.user
        return member
