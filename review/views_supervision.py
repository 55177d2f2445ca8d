"""The supervisor's room: where to look twice, the campaign's own log, and both as a workbook. Reads only."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from documents.downloads import sheet
from documents.paper.sheets import sheet_bytes
from review import selectors_supervision as reading
from review.pages import address, crumbs, get_campaign
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.selectors import in_words
from unions.states import Role

PER_PAGE: Final = 50
supervisors = role_required(Role.SUPERVISOR)


def _tabs(request: MemberRequest, campaign: Campaign, current: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": address(request, name, campaign_slug=campaign.slug), "current": name == current}
        for label, name in (("值得细看之处", "supervision"), ("本活动的记录", "supervision_log"))
    ]


@supervisors
@require_safe
def supervision(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = get_campaign(request, campaign_slug)
    found = reading.supervised(campaign)
    context = {
        "campaign": campaign,
        "found": found,
        "most": reading.MOST,
        "measures": reading.MEASURES,
        "quick_measure": reading.QUICK_MEASURE,
        "tabs": _tabs(request, campaign, "supervision"),
        "crumbs": crumbs(request, ("监督", ""), campaign=campaign),
    }
    return render(request, "review/supervision_page.html", context)


@supervisors
@require_safe
def supervision_log(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Everything that was written in this campaign, and nothing of another."""
    campaign = get_campaign(request, campaign_slug)
    wanted = reading.Wanted(*(request.GET.get(key, "").strip()[:60] for key in ("q", "action", "kind", "case")))
    page = Paginator(reading.entries(campaign, request.member, wanted), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "page": page,
        "lines": in_words(page),
        "wanted": wanted,
        "filtered": wanted != reading.Wanted(),
        "kinds": reading.kinds(),
        "tabs": _tabs(request, campaign, "supervision_log"),
        "crumbs": crumbs(request, ("监督", ""), campaign=campaign),
    }
    return render(request, "review/supervision_log.html", context)


@supervisors
@require_safe
def supervision_sheet(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign, at = get_campaign(request, campaign_slug), timezone.now()
    content = sheet_bytes(*reading.sheets(campaign, reading.supervised(campaign), at=at))
    return sheet(content, f"{campaign.title}监督")
