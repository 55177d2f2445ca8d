"""The office's desk: notices and objections, titles and certificates, the rehearsal."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Campaign, Stage
from publicity import policies, selectors, wording
from publicity.forms import AnswerForm, CorrectionForm, NoticeForm, RevocationForm
from publicity.models import Certificate, Notice, Objection
from publicity.services import awards as award_services
from publicity.services import notices as notice_services
from publicity.services import objections as objection_services
from publicity.services import rehearsals as rehearsal_services
from review.selectors import entrants
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

PER_PAGE = 30
office = role_required(Role.OFFICE)
setting_up = role_required(Role.OFFICE, Role.ADMIN)


@office
@require_safe
def desk(request: MemberRequest) -> HttpResponse:
    page = Paginator(selectors.objections(request.union), PER_PAGE).get_page(request.GET.get("page"))
    context = {"stages": selectors.notice_stages(request.union), "page_obj": page, "crumbs": [{"label": "公示与异议"}]}
    return render(request, "publicity/desk.html", context)


@office
@require_http_methods(["GET", "POST"])
def publish(request: MemberRequest, pk: int) -> HttpResponse:
    """Write the notice of a stage, see the names as they will stand, publish."""
    stage = get_object_or_404(selectors.notice_stages(request.union), pk=pk)
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
    return render(request, "publicity/notice_edit.html", _editor(stage, form))


def _editor(stage: Stage, form: NoticeForm) -> dict[str, object]:
    columns = selectors.notice_columns(stage)
    people = list(entrants(stage).order_by("number"))
    return {
        "stage": stage,
        "form": form,
        "columns": columns,
        "rows": [selectors.notice_values(application, columns) for application in people],
        "count": len(people),
    }


@office
@require_http_methods(["GET", "POST"])
def correct(request: MemberRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.for_union(request.union).select_related("stage__campaign"), pk=pk)
    last = notice.versions.order_by("version").last()
    initial = {"title": last.title, "foreword": last.foreword, "contact": last.contact} if last else {}
    form = CorrectionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        text = {name: form.cleaned_data[name] for name in ("title", "foreword", "contact")}
        try:
            version = notice_services.correct_notice(
                notice,
                text=notice_services.NoticeText(**text),
                reason=form.cleaned_data["reason"],
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"更正已发布为第 {version.version} 版，到{version.ends_on:%Y年%-m月%-d日}结束")
            return redirect("publicity:notice", union_slug=request.union.slug, pk=notice.pk)
    return render(request, "publicity/notice_edit.html", {**_editor(notice.stage, form), "notice": notice})


@office
@require_http_methods(["GET", "POST"])
def objection(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.objections(request.union), pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            objection_services.answer_objection(found, actor=request.member, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"异议 {found.receipt} 已答复")
            return redirect("publicity:desk", union_slug=request.union.slug)
    sender, contact = selectors.opened_sender(found)
    may = policies.can_answer_objection(request.member, found, at=timezone.now())
    context = {"objection": found, "form": form, "sender": sender, "contact": contact, "may_answer": may}
    return render(request, "publicity/objection.html", context)


@office
@require_safe
def evidence(request: MemberRequest, pk: int) -> FileResponse:
    found = get_object_or_404(Objection.objects.filter(union=request.union).select_related("evidence"), pk=pk)
    if found.evidence is None:
        raise Http404
    response = FileResponse(
        found.evidence.file.open("rb"),
        as_attachment=True,
        filename=found.evidence.name,
        content_type=found.evidence.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@office
@require_safe
def awards(request: MemberRequest) -> HttpResponse:
    context = {"campaigns": selectors.award_campaigns(request.union), "crumbs": [{"label": "授予与证书"}]}
    return render(request, "publicity/awards.html", context)


def _campaign(request: MemberRequest, slug: str) -> Campaign:
    return get_object_or_404(Campaign.objects.for_union(request.union).public(), slug=slug)


@office
@require_safe
def campaign_awards(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    context = {
        "campaign": campaign,
        "titled": selectors.results(campaign),
        "progress": selectors.certificate_progress(campaign),
        "job": selectors.certificate_job(campaign),
        "final": award_services.final_stage(campaign),
        "may_confer": policies.can_confer_awards(request.member, campaign, at=timezone.now()),
        "may_make": policies.can_queue_certificates(request.member, campaign, at=timezone.now()),
        "form": RevocationForm(),
    }
    return render(request, "publicity/campaign_awards.html", context)


@office
@require_POST
def confer(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    try:
        conferred = award_services.confer_awards(campaign, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已授予 {len(conferred)} 人次")
    return redirect("publicity:campaign_awards", union_slug=request.union.slug, campaign_slug=campaign_slug)


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
    return render(request, "publicity/revoke.html", {"certificate": found, "form": form})


@setting_up
@require_http_methods(["GET", "POST"])
def rehearsal(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Run the whole campaign on invented people, in a database of its own, before it is published."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.member), slug=campaign_slug)
    if request.method == "POST":
        try:
            rehearsal_services.queue_rehearsal(campaign, actor=request.member, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("publicity:rehearsal", union_slug=request.union.slug, campaign_slug=campaign_slug)
    job = selectors.rehearsal_job(campaign)
    outputs = job.outputs.select_related("file").order_by("pk") if job else []
    context = {"campaign": campaign, "job": job, "outputs": outputs}
    return render(request, "publicity/rehearsal.html", context)
