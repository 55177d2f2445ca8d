"""The page of a campaign's archive: made by the office, fetched by office and supervisor; and people's files."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from applications.models import Application
from applications.selectors import with_case
from campaigns.models import Campaign
from documents.downloads import paper
from documents.models import Job
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError, safe_name
from documents.states import UNFINISHED
from documents.views import bar_of
from publicity import policies, selectors_archive
from publicity.services import archives, dossiers
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

readers = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)
office = role_required(Role.OFFICE)
binders = role_required(Role.OFFICE, Role.LEADER)


def _campaign(request: MemberRequest, slug: str) -> Campaign:
    return get_object_or_404(Campaign.objects.for_union(request.union).public().select_related("union"), slug=slug)


def _bar(job: Job | None) -> dict[str, Any]:
    return bar_of(job) if job is not None and job.state in {*UNFINISHED, "failed"} else {}


@readers
@require_safe
def campaign_archive(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign, member = _campaign(request, campaign_slug), request.member
    making, binding = selectors_archive.archive_job(campaign), selectors_archive.dossier_job(campaign)
    mine = binding is not None and binding.requested_by_id == member.pk
    context = {
        "campaign": campaign,
        "may_make": policies.can_archive(member, campaign),
        "may_fetch": policies.can_fetch_archive(member, campaign),
        "may_bind": policies.can_print_dossiers(member, campaign),
        "making": _bar(making),
        "archives": selectors_archive.archives(campaign),
        "sealed": selectors_archive.still_sealed(campaign),
        "binding": _bar(binding) if mine else {},
        "bound": binding if mine and binding is not None and binding.state not in UNFINISHED else None,
        "crumbs": [
            {"label": "环节与评审", "url": reverse("review:campaigns", kwargs={"union_slug": request.union.slug})},
            {
                "label": campaign.title,
                "url": reverse(
                    "review:campaign", kwargs={"union_slug": request.union.slug, "campaign_slug": campaign.slug}
                ),
            },
            {"label": "档案"},
        ],
    }
    return render(request, "publicity/archive.html", context)


def _back(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    return redirect("publicity:campaign_archive", union_slug=request.union.slug, campaign_slug=campaign_slug)


@office
@require_POST
def make_archive(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    try:
        archives.queue_archive(_campaign(request, campaign_slug), actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request, campaign_slug)


@binders
@require_POST
def make_dossiers(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    try:
        dossiers.queue_dossiers(_campaign(request, campaign_slug), actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request, campaign_slug)


@binders
@require_POST
def print_dossier(request: MemberRequest, pk: int) -> HttpResponse:
    """One person's file, at once. It is put on record, so it is asked for by a button and not by a link."""
    rows = with_case(Application.objects.visible_to(request.member).filter(number__gt=""))
    application = get_object_or_404(rows.select_related("union"), pk=pk)
    try:
        content = dossiers.print_dossier(application, actor=request.member, at=timezone.now())
    except (Refused, MissingGlyph, PaperError) as error:
        messages.error(request, f"一人一档没有生成：{error}")
        return redirect("review:case", union_slug=request.union.slug, pk=pk)
    return paper(content, safe_name(f"{application.number}_{application.name}_一人一档"))
