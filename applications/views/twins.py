"""One person's several applications: the office's list, the applications side by side, and the decision."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from applications import policies, selectors_twins, services
from applications.forms import MergeForm, SourceForm
from applications.models import Application
from applications.states import LIVE
from applications.views.applicant import go, link
from applications.views.office import READERS, find_campaign
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.policies import can_run_office
from unions.states import Role


@role_required(*READERS)
def twins(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Everybody with more than one live application, and what was merged."""
    campaign = find_campaign(request, campaign_slug)
    channels = {channel.id: channel.label for channel in campaign.rules.channels}
    groups = selectors_twins.groups(campaign)
    context = {
        "campaign": campaign,
        "groups": [
            (group, [(row, channels.get(row.channel, row.channel)) for row in group.applications]) for group in groups
        ],
        "waiting": sum(group.waits for group in groups),
        "mergings": [
            (row, channels.get(row.source.channel, row.source.channel))
            for row in selectors_twins.mergings_of(campaign)[:200]
        ],
        "crumbs": [
            {"label": "申报受理", "url": link(request, "inboxes")},
            {"label": campaign.title, "url": link(request, "inbox", campaign_slug=campaign.slug)},
            {"label": "重复申报", "url": ""},
        ],
    }
    return render(request, "applications/twins.html", context)


def _case(request: MemberRequest, pk: int) -> Application:
    rows = Application.objects.for_union(request.union).select_related("campaign", "union")
    return get_object_or_404(rows, pk=pk)


@role_required(*READERS)
def merge(request: MemberRequest, pk: int) -> HttpResponse:
    """Side by side; the decision is asked twice, the second time in the words of what will happen."""
    application = _case(request, pk)
    group = selectors_twins.group_of(application)
    rows = list(group.applications)
    if len(rows) < 2:
        return go(request, "choose_source", pk=application.merged_into_id or application.pk)
    sources = list(selectors_twins.sources_of(rows))
    campaign = application.campaign
    form = MergeForm(request.POST or None, applications=rows, sources=sources, rules=campaign.rules)
    context: dict[str, Any] = {
        "campaign": campaign,
        "application": application,
        "group": group,
        "comparison": selectors_twins.side_by_side(rows),
        "lines": [
            (row, selectors_twins.lines_of(row, [one for one in sources if row.pk in _bearers(one)])) for row in rows
        ],
        "form": form,
        "acts": bool(can_run_office(request.member, request.union)),
        "crumbs": _crumbs(request, application, "核对合并"),
    }
    if request.method == "POST":
        if not context["acts"]:
            raise Http404
        if form.is_valid():
            kept, source = form.chosen, form.chosen_source
            ended = [row for row in rows if row.pk != kept.pk]
            if "confirmed" in request.POST:
                try:
                    services.merge_applications(
                        kept,
                        ended,
                        source=source,
                        reason=form.cleaned_data["reason"],
                        actor=request.member,
                        at=timezone.now(),
                    )
                except Refused as refusal:
                    context["refusal"] = str(refusal)
                else:
                    messages.success(request, f"已合并：{kept.name}的申报按“{form.source_label}”计，其余的已并入。")
                    return go(request, "twins", campaign_slug=campaign.slug)
            elif stands := policies.can_merge(request.member, kept, ended, at=timezone.now()).reason:
                context["refusal"] = stands
            else:
                context |= {"asking": True, "kept": kept, "ended": ended, "source_label": form.source_label}
    return render(request, "applications/merge.html", context)


def _bearers(source: Any) -> set[int]:
    return {source.application_id, source.application.merged_into_id}


def _crumbs(request: MemberRequest, application: Application, last: str) -> list[dict[str, str]]:
    slug = application.campaign.slug
    return [
        {"label": "申报受理", "url": link(request, "inboxes")},
        {"label": "重复申报", "url": link(request, "twins", campaign_slug=slug)},
        {"label": f"{application.name}：{last}", "url": ""},
    ]


@role_required(*READERS)
def choose_source(request: MemberRequest, pk: int) -> HttpResponse:
    """Where one application came from, and through which of these it counts."""
    application = _case(request, pk)
    if application.state not in LIVE or not application.number:
        raise Http404
    sources = list(selectors_twins.sources_of([application]))
    form = SourceForm(request.POST or None, sources=sources, rules=application.campaign.rules)
    allowed = policies.can_choose_source(request.member, application, at=timezone.now())
    context: dict[str, Any] = {
        "campaign": application.campaign,
        "application": application,
        "lines": selectors_twins.lines_of(application, sources),
        "form": form,
        "allowed": allowed,
        "crumbs": _crumbs(request, application, "申报来源"),
    }
    if request.method == "POST" and form.is_valid():
        if Role(request.member.role) != Role.OFFICE:
            raise Http404
        try:
            services.choose_source(
                application,
                source=form.chosen_source,
                reason=form.cleaned_data["reason"],
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            messages.success(request, f"已改按“{form.source_label}”计。")
            return go(request, "choose_source", pk=pk)
    return render(request, "applications/choose_source.html", context)
