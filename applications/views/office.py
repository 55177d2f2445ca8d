"""The office's list of what was filed. The case itself is decided in `review`."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from applications import selectors
from applications.forms import InboxFilter
from applications.models import Application
from applications.sheets import summary_sheet
from applications.states import State
from applications.views.applicant import link
from applications.views.units import sheet_response
from campaigns.models import Campaign
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.models import Unit
from unions.states import Role

READERS = (Role.OFFICE, Role.LEADER, Role.SUPERVISOR)


def find_campaign(request: MemberRequest, campaign_slug: str) -> Campaign:
    rows = Campaign.objects.visible_to(request.member).select_related("union")
    return get_object_or_404(rows, slug=campaign_slug)


@role_required(*READERS)
def inboxes(request: MemberRequest) -> HttpResponse:
    """The campaigns that take or took applications."""
    campaigns = Campaign.objects.visible_to(request.member).public()[:50]
    context = {"campaigns": campaigns, "now": timezone.now(), "crumbs": [{"label": "申报受理", "url": ""}]}
    return render(request, "applications/inboxes.html", context)


@role_required(*READERS)
def inbox(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = find_campaign(request, campaign_slug)
    chosen = InboxFilter(request.GET).chosen
    page = selectors.inbox(
        campaign, request.member, filters=chosen, after=chosen.get("after", ""), before=chosen.get("before", "")
    )
    rules = campaign.rules
    channels = {channel.id: channel.label for channel in rules.channels}
    units = {unit.pk: unit.name for unit in Unit.objects.for_union(request.union).only("pk", "name")}
    context = {
        "campaign": campaign,
        "page": page,
        "rows": [(row, channels.get(row.channel, row.channel), units.get(row.unit_id or 0, "")) for row in page.rows],
        "chosen": chosen,
        "filtered": any(chosen.get(key) for key in ("q", "state", "channel", "unit")),
        "states": [
            (state.value, state.label)
            for state in (State.SUBMITTED, State.RETURNED, State.WITHDRAWN, State.LAPSED, State.MERGED)
        ],
        "channels": list(channels.items()),
        "units": list(units.items()),
        "now": timezone.now(),
        "crumbs": [
            {"label": "申报受理", "url": link(request, "inboxes")},
            {"label": campaign.title, "url": ""},
        ],
    }
    return render(request, "applications/inbox.html", context)


@role_required(*READERS)
def inbox_sheet(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """汇总表 of everything that was filed and stands."""
    campaign = find_campaign(request, campaign_slug)
    rows = (
        Application.objects.visible_to(request.member)
        .filter(campaign=campaign)
        .filed()
        .select_related("campaign", "person__key", "unit", "union")
        .order_by("number")
    )
    return sheet_response(summary_sheet(campaign, list(rows)), f"{campaign.title}_汇总表")
