"""The office's desk: notices and objections, titles and certificates, the rehearsal. Leading group and supervisor read."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Campaign, Stage
from campaigns.workingdays import UnknownYear
from documents.downloads import paper
from documents.models import Job
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from documents.selectors import time_left
from documents.states import UNFINISHED, JobState
from documents.views import BAR
from publicity import papers, policies, selectors, selectors_objections, selectors_polls, wording
from publicity.forms import CorrectionForm, NoticeForm, RevocationForm
from publicity.models import Certificate, Notice
from publicity.services import awards as award_services
from publicity.services import notices as notice_services
from publicity.services import rehearsals as rehearsal_services
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
    context = {
        "today": timezone.localdate(),
        "stages": selectors.notice_stages(request.union),
        "votes": list(selectors_polls.vote_stages(request.union)),
        "page_obj": page,
        "may_publish": request.member.role == Role.OFFICE,
        "crumbs": [{"label": "公示与异议"}],
    }
    return render(request, "publicity/desk.html", context)


@office
@require_http_methods(["GET", "POST"])
def publish(request: MemberRequest, pk: int) -> HttpResponse:
    """Write the notice of a stage, see the names as they will stand, publish."""
    stage = get_object_or_404(selectors.notice_stages(request.union), pk=pk)
    may = policies.can_publish_notice(request.member, stage, at=timezone.now())
    if not may or hasattr(stage, "notice"):
        messages.error(request, may.reason or "公示已发布，需要改动时请更正")
        return redirect("publicity:desk", union_slug=request.union.slug)
    form = NoticeForm(request.POST or None, initial=wording.notice_defaults(stage))
    if request.method == "POST" and form.is_valid():
        try:
            version = notice_services.publish_notice(
                stage, text=notice_services.NoticeText(**form.cleaned_data), actor=request.member, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"公示已发布，到{version.ends_on:%Y年%-m月%-d日}结束")
            return redirect("publicity:notice", union_slug=request.union.slug, pk=version.notice_id)
    context = _editor(stage, form, crumbs=_notice_crumbs(request, "拟写公示"))
    return render(request, "publicity/notice_edit.html", context)


@office
@require_http_methods(["GET", "POST"])
def correct(request: MemberRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(selectors.notices(request.union), pk=pk)
    may = policies.can_correct_notice(request.member, notice, at=timezone.now())
    if not may:
        messages.error(request, may.reason)
        return redirect("publicity:desk", union_slug=request.union.slug)
    last = notice.in_force
    assert last is not None  # a notice is written together with its first version
    form = CorrectionForm(
        request.POST or None, initial={"title": last.title, "foreword": last.foreword, "contact": last.contact}
    )
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        reason = data.pop("reason")
        try:
            version = notice_services.correct_notice(
                notice,
                text=notice_services.NoticeText(**data),
                reason=reason,
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"更正已发布为第 {version.version} 版，到{version.ends_on:%Y年%-m月%-d日}结束")
            return redirect("publicity:notice", union_slug=request.union.slug, pk=notice.pk)
    context = _editor(notice.stage, form, notice=notice, crumbs=_notice_crumbs(request, "更正公示"))
    return render(request, "publicity/notice_edit.html", context)


def _editor(stage: Stage, form: NoticeForm, *, notice: Notice | None = None, **more: Any) -> dict[str, Any]:
    """The form, the names as they will stand, and the days it would run if it were published now."""
    columns, people = selectors.notice_columns(stage), selectors.candidates(stage)
    rows, labels = selectors.notice_rows(stage, people, columns), [column.label for column in columns]
    last = notice.in_force if notice else None
    window, unknown = (last.starts_on, last.ends_on) if last else None, ""
    restarts = last is None or selectors.restarts(stage, last, people)
    if restarts:
        try:
            window = selectors.window(stage, timezone.localdate())
        except UnknownYear as year:
            unknown = selectors.unknown_year_words(year)
    return {
        "stage": stage,
        "form": form,
        "notice": notice,
        "restarts": restarts,
        "columns": columns,
        "rows": [list(zip(row, labels, strict=True)) for row in rows],
        "caption": f"共 {len(rows)} 人，{selectors.order_words(column.id for column in columns)}",
        "window": window,
        "unknown_year": unknown,
        **more,
    }


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
