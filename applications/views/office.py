"""The office's list of what was filed: narrowed, searched, counted. The cases themselves are decided in `review`."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from applications import forms_inbox, selectors_inbox, services
from applications.forms_inbox import InboxFilter
from applications.models import Application
from applications.models_inbox import SavedFilter
from applications.sheets import summary_sheet
from applications.statistics import charts, statistics_sheet
from applications.views.applicant import link
from campaigns.models import Campaign
from documents.downloads import sheet
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.models import Unit
from unions.permits import Refused
from unions.states import Role

READERS = (Role.OFFICE, Role.LEADER, Role.SUPERVISOR)
FIRST = ("q", "state", "verdict", "assigned")
"""Conditions that stand open above the list; the others lie under “更多条件”."""


def find_campaign(request: MemberRequest, campaign_slug: str) -> Campaign:
    rows = Campaign.objects.visible_to(request.member).select_related("union")
    return get_object_or_404(rows, slug=campaign_slug)


def _crumbs(request: MemberRequest, campaign: Campaign, *more: str) -> list[dict[str, str]]:
    here = link(request, "inbox", campaign_slug=campaign.slug) if more else ""
    return [
        {"label": "申报受理", "url": link(request, "inboxes")},
        {"label": campaign.title, "url": here},
        *({"label": label, "url": ""} for label in more),
    ]


@role_required(*READERS)
def inboxes(request: MemberRequest) -> HttpResponse:
    """The campaigns that take or took applications."""
    campaigns = Campaign.objects.visible_to(request.member).public()[:50]
    context = {"campaigns": campaigns, "now": timezone.now(), "crumbs": [{"label": "申报受理", "url": ""}]}
    return render(request, "applications/inboxes.html", context)


@role_required(*READERS)
def inbox(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = find_campaign(request, campaign_slug)
    return render(
        request, "applications/inbox.html", _inbox_context(request, campaign, InboxFilter(request.GET).chosen)
    )


def _inbox_context(
    request: MemberRequest, campaign: Campaign, chosen: dict[str, Any], *, save_error: str = "", typed: str = ""
) -> dict[str, Any]:
    page = selectors_inbox.inbox(
        campaign, request.member, filters=chosen, after=chosen.get("after", ""), before=chosen.get("before", "")
    )
    units = {unit.pk: unit.name for unit in Unit.objects.for_union(request.union).only("pk", "name")}
    choices = forms_inbox.choices_for(campaign, units, selectors_inbox.colleagues(campaign))
    conditions = forms_inbox.conditions_of(chosen)
    query = forms_inbox.as_query(conditions)
    saved = selectors_inbox.saved_filters(campaign, request.member)
    return {
        "campaign": campaign,
        "page": page,
        "lines": selectors_inbox.inbox_lines(campaign, page.rows, units=units, text=conditions.get("q", "")),
        "chosen": chosen,
        "conditions": conditions,
        "query": query,
        "filtered": bool(conditions),
        "chips": forms_inbox.chips(conditions, choices),
        "first": [(key, forms_inbox.LABELS[key], choices[key], conditions.get(key, "")) for key in FIRST[1:]],
        "more": [
            (key, forms_inbox.LABELS[key], options, conditions.get(key, ""))
            for key, options in choices.items()
            if key not in FIRST and options
        ],
        "more_open": any(key not in FIRST for key in conditions),
        "saved": [(one, forms_inbox.as_query(one.query), one.query == conditions) for one in saved],
        "save_error": save_error,
        "typed": typed,
        "acts": request.member.role == Role.OFFICE,
        "now": timezone.now(),
        "crumbs": _crumbs(request, campaign),
    }


# --- filters under a name ----------------------------------------------------------------------------------------------


@role_required(*READERS)
@require_POST
def save_filter(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = find_campaign(request, campaign_slug)
    chosen = forms_inbox.from_query(request.POST.get("query", ""))
    conditions = forms_inbox.conditions_of(chosen)
    try:
        saved = services.save_filter(
            campaign,
            name=request.POST.get("name", ""),
            query=conditions,
            shared="shared" in request.POST,
            actor=request.member,
            at=timezone.now(),
        )
    except Refused as refusal:
        typed = request.POST.get("name", "")[:60]
        context = _inbox_context(request, campaign, chosen, save_error=str(refusal), typed=typed)
        return render(request, "applications/inbox.html", context)
    messages.success(request, f"已保存筛选“{saved.name}”{'，同事也能用' if saved.shared else ''}")
    return _to_inbox(request, campaign, forms_inbox.as_query(conditions))


@role_required(*READERS)
@require_POST
def remove_filter(request: MemberRequest, campaign_slug: str, filter_pk: int) -> HttpResponse:
    campaign = find_campaign(request, campaign_slug)
    rows = SavedFilter.objects.visible_to(request.member).filter(campaign=campaign)
    saved = get_object_or_404(rows, pk=filter_pk)
    try:
        services.remove_filter(saved, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已删除筛选“{saved.name}”，申报没有变动")
    return _to_inbox(request, campaign)


def _to_inbox(request: MemberRequest, campaign: Campaign, query: str = "") -> HttpResponse:
    address = link(request, "inbox", campaign_slug=campaign.slug)
    return redirect(f"{address}?{query}" if query else address)


# --- sheets and figures ------------------------------------------------------------------------------------------------


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
    return sheet(summary_sheet(campaign, list(rows)), f"{campaign.title}_汇总表")


@role_required(*READERS)
def inbox_statistics(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = find_campaign(request, campaign_slug)
    context = {
        "campaign": campaign,
        "charts": charts(campaign, request.member),
        "exact": request.member.role == Role.OFFICE,
        "crumbs": _crumbs(request, campaign, "统计"),
    }
    return render(request, "applications/inbox_statistics.html", context)


@role_required(*READERS)
def inbox_statistics_sheet(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = find_campaign(request, campaign_slug)
    content = statistics_sheet(campaign, charts(campaign, request.member))
    return sheet(content, f"{campaign.title}_统计")
