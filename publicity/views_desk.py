"""The office's desk: notices and objections, titles and certificates, the rehearsal. Leading group and supervisor read."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Campaign
from documents.downloads import paper
from documents.models import Job
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from documents.selectors import time_left
from documents.states import UNFINISHED, JobState
from documents.views import BAR
from publicity import (
    papers,
    policies,
    selectors,
    selectors_ledger,
    selectors_notices,
    selectors_objections,
    selectors_polls,
)
from publicity.forms import RevocationForm
from publicity.models import Certificate
from publicity.services import awards as award_services
from publicity.services import rehearsals as rehearsal_services
from publicity.services.signing import current_key
from publicity.views_ledger import rooms
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

PER_PAGE = 30
office = role_required(Role.OFFICE)
readers = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)
setting_up = role_required(Role.OFFICE, Role.ADMIN)


def _crumb(request: MemberRequest, label: str, view: str, **kwargs: str) -> dict[str, str]:
    return {"label": label, "url": reverse(view, kwargs={"union_slug": request.union.slug, **kwargs})}


def _notice_crumbs(request: MemberRequest, label: str) -> list[dict[str, str]]:
    return [_crumb(request, "公示与异议", "publicity:desk"), {"label": label}]


def _award_crumbs(request: MemberRequest, campaign: Campaign, label: str) -> list[dict[str, str]]:
    return [
        _crumb(request, "授予与证书", "publicity:awards"),
        _crumb(request, campaign.title, "publicity:campaign_awards", campaign_slug=campaign.slug),
        {"label": label},
    ]


# --- notices -----------------------------------------------------------------------------------------------------------


@readers
@require_safe
def desk(request: MemberRequest) -> HttpResponse:
    page = Paginator(selectors_objections.objections(request.union), PER_PAGE).get_page(request.GET.get("page"))
    stages = list(selectors.notice_stages(request.union))
    for stage in stages:
        stage.is_unpublished = selectors_notices.is_unpublished(stage)  # type: ignore[attr-defined]
    context = {
        "today": timezone.localdate(),
        "stages": stages,
        "votes": list(selectors_polls.vote_stages(request.union)),
        "page_obj": page,
        "may_publish": request.member.role == Role.OFFICE,
        "crumbs": [{"label": "公示与异议"}],
    }
    return render(request, "publicity/desk.html", context)


# --- titles and certificates -------------------------------------------------------------------------------------------


@readers
@require_safe
def awards(request: MemberRequest) -> HttpResponse:
    page = Paginator(selectors.award_campaigns(request.union), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "publicity/awards.html", {"page": page, "crumbs": [{"label": "授予与证书"}]})


def _campaign(request: MemberRequest, slug: str) -> Campaign:
    return get_object_or_404(Campaign.objects.for_union(request.union).public().select_related("union"), slug=slug)


def _progress(job: Job) -> dict[str, Any]:
    """What the progress fragment of a job needs; it asks for itself again as long as the job runs."""
    return {"job": job, "bar": BAR[JobState(job.state)], "left": time_left(job, at=timezone.now())}


@readers
@require_safe
def campaign_awards(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign, at = _campaign(request, campaign_slug), timezone.now()
    job = selectors.certificate_job(campaign)
    context = {
        "campaign": campaign,
        "page": Paginator(selectors.results(campaign), PER_PAGE).get_page(request.GET.get("page")),
        "progress": selectors.certificate_progress(campaign),
        "due": len(selectors.awards_due(campaign)),
        "waiting": selectors.stages_before_conferring(campaign),
        "may_confer": policies.can_confer_awards(request.member, campaign, at=at),
        "may_make": policies.can_queue_certificates(request.member, campaign, at=at),
        "is_office": request.member.role == Role.OFFICE,
        "making": job is not None and job.state in UNFINISHED,
        "tabs": rooms(request, campaign, "campaign_awards"),
        "decisions": list(selectors_ledger.decisions(campaign)),
        "withdrawals": list(selectors_ledger.withdrawals(request.union).filter(award__campaign=campaign)),
        "signing": current_key(request.union) is not None,
        "crumbs": [_crumb(request, "授予与证书", "publicity:awards"), {"label": campaign.title}],
        **(_progress(job) if job else {"job": None}),
    }
    return render(request, "publicity/campaign_awards.html", context)


@office
@require_http_methods(["GET", "POST"])
def confer(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Confer what is due; opened without script, a page that asks first."""
    campaign = _campaign(request, campaign_slug)
    if request.method == "GET":
        crumbs = _award_crumbs(request, campaign, "授予称号")
        context = {"campaign": campaign, "due": selectors.awards_due(campaign), "crumbs": crumbs}
        return render(request, "publicity/confer.html", context)
    try:
        conferred = award_services.confer_awards(campaign, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        done = f"已授予 {len(conferred)} 人次" if conferred else "称号已全部授予，没有新增"
        messages.success(request, done)
    return redirect("publicity:campaign_awards", union_slug=request.union.slug, campaign_slug=campaign_slug)


@readers
@require_safe
def decision(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """The conferring decision on paper, for the body that signs it."""
    campaign = _campaign(request, campaign_slug)
    try:
        content = papers.decision_pdf(campaign)
    except (papers.NothingConferred, MissingGlyph, PaperError) as error:
        messages.error(request, f"表彰决定没有生成：{error}")
        return redirect("publicity:campaign_awards", union_slug=request.union.slug, campaign_slug=campaign_slug)
    return paper(content, f"{campaign.title}表彰决定")


@office
@require_POST
def make_certificates(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    try:
        award_services.queue_certificates(campaign, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("publicity:campaign_awards", union_slug=request.union.slug, campaign_slug=campaign_slug)


@office
@require_http_methods(["GET", "POST"])
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    """A page that names whose certificate ends and what everybody will read."""
    found = get_object_or_404(
        Certificate.objects.for_union(request.union).select_related("award__application", "campaign"), pk=pk
    )
    form = RevocationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            award_services.revoke_certificate(
                found, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"证书 {found.number} 已撤销，核验页面已显示")
            return redirect(
                "publicity:campaign_awards", union_slug=request.union.slug, campaign_slug=found.campaign.slug
            )
    crumbs = _award_crumbs(request, found.campaign, "撤销证书")
    return render(request, "publicity/revoke.html", {"certificate": found, "form": form, "crumbs": crumbs})


# --- rehearsal ---------------------------------------------------------------------------------------------------------


@setting_up
@require_http_methods(["GET", "POST"])
def rehearsal(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Run the whole campaign on invented people, in a database of its own, before it is published."""
    campaign = get_object_or_404(
        Campaign.objects.visible_to(request.member).select_related("union"), slug=campaign_slug
    )
    if request.method == "POST":
        try:
            rehearsal_services.queue_rehearsal(campaign, actor=request.member, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("publicity:rehearsal", union_slug=request.union.slug, campaign_slug=campaign_slug)
    job = selectors.rehearsal_job(campaign)
    context = {
        "campaign": campaign,
        "outputs": job.outputs.select_related("file").order_by("pk") if job else [],
        "running": job is not None and job.state in UNFINISHED,
        "crumbs": [_crumb(request, "活动", "campaigns:desk"), {"label": campaign.title}, {"label": "演练"}],
        **(_progress(job) if job else {"job": None}),
    }
    return render(request, "publicity/rehearsal.html", context)
