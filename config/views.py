"""Views that belong to no app: the door of the desks, large type, and the page that shows every component."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from config import navigation
from unions.access import anyone, member_required
from unions.middleware import MemberRequest


@member_required
def desk(request: MemberRequest) -> HttpResponse:
    """Send a member to the first place of their role."""
    return redirect(navigation.home_of(request.member))


LARGE: Final = "jx_large"
"""The cookie that large type is remembered in; `base.html` reads it, so that no page is shown small first."""


@require_safe
@anyone
def large_type(request: HttpRequest) -> HttpResponse:
    """Large type on or off without script, and back to where one was; nothing is kept but the cookie."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = redirect(wanted if safe else "/")
    on = "1" if request.GET.get("on") == "1" else "0"
    response.set_cookie(LARGE, on, max_age=365 * 24 * 3600, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "styleguide.html")


styleguide.access = "public"  # type: ignore[attr-defined]
