"""Views that belong to no app: the door of the desks, and the page that shows every component."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from config import navigation
from unions.access import member_required
from unions.middleware import MemberRequest


@member_required
def desk(request: MemberRequest) -> HttpResponse:
    """Send a member to the first place of their role."""
    return redirect(navigation.home_of(request.member))


def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "styleguide.html")


styleguide.access = "public"  # type: ignore[attr-defined]
