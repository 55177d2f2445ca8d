"""My data (个人信息保护法 第四章): see, correct, take a copy, delete or ask for it; and the office's answers."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from applications import keeping, policies_rights, selectors, selectors_retention, selectors_rights, services
from applications.models import Application, ErasureRequest
from applications.states import ErasureState
from applications.views.applicant import face_of, find_own, go
from unions import vault
from unions.access import member_required, role_required
from unions.middleware import MemberRequest
from unions.models import Member
from unions.permits import Refused
from unions.states import Role

PER_PAGE = 100


@never_cache
@member_required
@require_GET
def my_data(request: MemberRequest) -> HttpResponse:
    return _show(request)


def _show(request: MemberRequest, **told: Any) -> HttpResponse:
    now = timezone.now()
    data = selectors_rights.data_of(request.member)
    context = {
        "face": face_of(request),
        "data": data,
        "reveals": [
            (held.application, one, selectors_rights.seen_by(one)) for held in data.held for one in held.reveals
        ],
        "exports": [
            (job, next((out for out in job.outputs.all() if not out.file.is_gone(now)), None)) for job in data.exports
        ],
        "open_request": next((one for one in data.requests if one.state == ErasureState.OPEN), None),
        "may_request": policies_rights.can_request_erasure(request.member, data.person),
        "now": now,
        **told,
    }
    return render(request, "applications/my_data.html", context)


@member_required
@require_POST
def correct_name(request: MemberRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    try:
        services.correct_name(request.member, name=name[:60], actor=request.member, at=timezone.now())
    except Refused as refusal:
        return _show(request, name_error=str(refusal))
    messages.success(request, "姓名已更正。")
    return go(request, "my_data")


@member_required
@require_POST
def export_data(request: MemberRequest) -> HttpResponse:
    try:
        job = services.queue_export(request.member, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return go(request, "my_data")
    return redirect("documents:job", union_slug=request.union.slug, job_id=job.pk)


@member_required
@require_POST
def request_erasure(request: MemberRequest) -> HttpResponse:
    words = request.POST.get("words", "")
    try:
        services.request_erasure(request.member, words=words[:500], actor=request.member, at=timezone.now())
    except Refused as refusal:
        return _show(request, erasure_error=str(refusal), words=words)
    messages.success(request, "删除请求已提出，认定办公室处理后，结果会显示在这里。")
    return go(request, "my_data")


@member_required
@require_POST
def take_back_erasure(request: MemberRequest) -> HttpResponse:
    rows = ErasureRequest.objects.filter(union=request.union, by=request.member, state=ErasureState.OPEN)
    asked = get_object_or_404(rows)
    try:
        services.take_back_erasure(asked, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "删除请求已撤回。")
    return go(request, "my_data")


@member_required
def erase(request: MemberRequest, pk: int) -> HttpResponse:
    """Says what goes and what stays, and deletes at once."""
    application = find_own(request, pk)
    allowed = policies_rights.can_erase_own(request.member, application)
    context: dict[str, Any] = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "allowed": allowed,
        "files": len(selectors.current_materials(application)),
        "last": not Application.objects.filter(person=application.person_id, anonymised_at__isnull=True)
        .exclude(pk=application.pk)
        .exists(),
    }
    if request.method == "POST":
        try:
            services.erase_own(application, actor=request.member, at=timezone.now())
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            messages.success(request, "已删除：填写的内容和上传的文件都不再保存。")
            return _home(request)
    return render(request, "applications/erase.html", context)


def _home(request: MemberRequest) -> HttpResponse:
    """Where one is sent after the last of one's data went, and with it the membership."""
    still = Member.objects.filter(pk=request.member.pk, user=request.user.pk, active=True).exists()
    return go(request, "my_data") if still else redirect(f"/{request.union.slug}/")


# --- the office ------------------------------------------------------------------------------------------------------


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label="处理意见",
        choices=[("grant", "同意删除"), ("refuse", "不同意删除")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择同意或不同意。"},
    )
    reason = forms.CharField(
        label="理由", widget=forms.Textarea(attrs={"rows": 3}), max_length=500, help_text="本人会看到。"
    )
    basis = forms.CharField(
        label="法律依据",
        max_length=200,
        help_text="同意的，如“个人信息保护法第四十七条第一款”；不同意的，写明要求继续保存的法律、行政法规或者规定。",
        widget=forms.TextInput(attrs={"list": "grounds"}),
    )


@role_required(Role.OFFICE)
@require_GET
def erasures(request: MemberRequest) -> HttpResponse:
    """Open requests first, the oldest at the top; then what was answered."""
    rows = ErasureRequest.objects.filter(union=request.union).select_related("person", "decided_by__user")
    context = {
        "open": list(rows.filter(state=ErasureState.OPEN)),
        "answered": list(rows.exclude(state=ErasureState.OPEN).order_by("-decided_at")[:PER_PAGE]),
        "now": timezone.now(),
    }
    return render(request, "applications/erasures.html", context)


@role_required(Role.OFFICE)
def erasure(request: MemberRequest, erasure_pk: int) -> HttpResponse:
    rows = ErasureRequest.objects.filter(union=request.union).select_related("person__key", "union", "decided_by__user")
    asked = get_object_or_404(rows, pk=erasure_pk)
    form = DecisionForm(request.POST or None, label_suffix="")
    refusal = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.decide_erasure(
                asked,
                grant=given["decision"] == "grant",
                reason=given["reason"],
                basis=given["basis"],
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "已处理，结果本人可以看到。")
            return go(request, "erasures")
    applications = list(Application.objects.filter(person=asked.person_id).select_related("campaign", "unit"))
    titled = selectors_retention.titled_among(applications)
    context = {
        "asked": asked,
        "words": _words(asked),
        "applications": [
            (row, row.pk in titled, selectors_retention.kept_words(row, is_titled=row.pk in titled))
            for row in applications
        ],
        "held": keeping.held([row.pk for row in applications]).values(),
        "form": form,
        "refusal": refusal,
        "may_decide": policies_rights.can_decide_erasure(request.member, asked),
    }
    return render(request, "applications/erasure.html", context)


def _words(asked: ErasureRequest) -> str:
    try:
        return vault.unseal(asked.person.key, asked.words_sealed) if asked.words_sealed else ""
    except vault.Unreadable:
        return ""
