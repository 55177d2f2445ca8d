"""The list somebody works off: its conditions travel with the case, so that the next one is the next of that list."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from applications import selectors_inbox
from applications.forms_inbox import as_query, conditions_of, from_query
from applications.models import Application
from campaigns.models import Campaign, Stage
from review import desk, selectors
from review.pages import address
from unions.middleware import MemberRequest


def list_of(request: HttpRequest) -> str:
    """The conditions as the address or the form hands them on; only what the list knows."""
    given = request.POST.get("list") or request.GET.get("list", "")
    return as_query(conditions_of(from_query(given))) if given else ""


def inbox_address(request: MemberRequest, campaign: Campaign, query: str = "") -> str:
    path = reverse("applications:inbox", kwargs={"union_slug": request.union.slug, "campaign_slug": campaign.slug})
    return f"{path}?{query}" if query else path


def case_address(request: MemberRequest, pk: int, anchor: str = "") -> str:
    query = list_of(request)
    path = address(request, "case", pk=pk)
    path = f"{path}?{urlencode({'list': query})}" if query else path
    return f"{path}#{anchor}" if anchor else path


def neighbours(request: MemberRequest, application: Application, stage: Stage | None) -> desk.Neighbours:
    """Of the list one came from; without one, of the queue."""
    query = list_of(request)
    if not query:
        return desk.neighbours(application, stage, request.member)
    before, after = selectors_inbox.beside(application, request.member, from_query(query))
    return desk.Neighbours(
        before.values_list("pk", flat=True).first(), after.values_list("pk", flat=True).first(), waiting=None
    )


def next_address(request: MemberRequest, application: Application, stage: Stage) -> str:
    """Where one goes when a case is done: the next that can be decided, of the list or the queue; else back to the list."""
    query, ready = list_of(request), selectors.ready(stage)
    if query:
        rows = selectors_inbox.inbox_rows(application.campaign, request.member, from_query(query))
        ready = rows.filter(pk__in=ready.order_by().values("pk")).order_by("number")
    following = ready.filter(number__gt=application.number).first() or ready.first()
    if following is not None:
        return case_address(request, following.pk)
    if query:
        return inbox_address(request, application.campaign, query)
    return address(request, "campaign", campaign_slug=application.campaign.slug)
