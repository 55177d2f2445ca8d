"""The log as the supervisor and the administrator read it, and the proof that it is whole."""

from datetime import datetime, time, timedelta

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from unions import audit as log
from unions import selectors
from unions.access import role_required
from unions.forms import AuditFilterForm
from unions.middleware import MemberRequest
from unions.states import Role

PAGE_SIZE = 50


@role_required(Role.SUPERVISOR, Role.ADMIN)
@require_GET
def audit(request: MemberRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    since, until = wanted.get("since"), wanted.get("until")
    found = selectors.find_entries(
        request.member,
        q=wanted.get("q", ""),
        action=wanted.get("action", ""),
        since=timezone.make_aware(datetime.combine(since, time.min)) if since else None,
        before=timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min)) if until else None,
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "unions/audit_list.html",
        {"form": form, "page": page, "lines": selectors.in_words(page), "crumbs": [{"label": "审计记录"}]},
    )


@role_required(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def verify(request: MemberRequest) -> HttpResponse:
    """Compute the whole chain again and show its head, which whoever noted it earlier can compare."""
    return render(
        request,
        "unions/audit_verified.html",
        {
            "result": log.verify(request.union),
            "at": timezone.now(),
            "crumbs": [
                {"label": "审计记录", "url": reverse("unions:audit", kwargs={"union_slug": request.union.slug})},
                {"label": "校验"},
            ],
        },
    )
