"""Filled in for somebody else: asking the person, their paper, and the page on which they answer without an account."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from applications import papers, policies, selectors, services
from applications import selectors_confirmations as entries
from applications.models import PHOTO, SIGNED_CONSENT, Application, Confirmation
from applications.services.intake import token_digest
from applications.views.applicant import face_of, find_own, go, link
from unions import messaging, throttle
from unions.access import member_required, public
from unions.middleware import MemberRequest, UnionRequest
from unions.permits import Refused
from unions.services import public_member

PER_MINUTE = 20


@member_required
def confirmation(request: MemberRequest, pk: int) -> HttpResponse:
    """Whoever fills in asks the person here, and sees what came of it."""
    application = find_own(request, pk)
    if not policies.needs_confirmation(application):
        raise Http404
    now = timezone.now()
    files = selectors.current_materials(application)
    context: dict[str, Any] = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "entry": entries.entry_of(application),
        "contacts": entries.contacts(application, request.member),
        "paper": selectors.slot_of(application, SIGNED_CONSENT, files),
        "allowed": policies.can_ask_confirmation(request.member, application, at=now),
        "has_paper": bool(papers.form_papers(application.campaign.rules)),
        "first_section": application.campaign.rules.form.sections[0].id,
        "by_unit": policies.speaks_for_unit(request.member, application),
        "now": now,
    }
    return render(request, "applications/confirmation.html", context)


@member_required
@require_POST
def ask_confirmation(request: MemberRequest, pk: int) -> HttpResponse:
    application = find_own(request, pk)
    try:
        asked = services.ask_confirmation(
            application, field=request.POST.get("field", ""), actor=request.member, at=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return go(request, "confirmation", pk=pk)
    address = request.build_absolute_uri(link(request, "confirm_entry", token=asked.token))
    who = f"{request.member}（{application.unit.name}）" if application.unit else str(request.member)
    text = (
        f"{application.name}，您好：{who}为您填写了“{application.campaign.title}”的申报表。请打开链接核对：{address} "
        f"内容属实的，在页面上输入验证码 {asked.code}；不对的，在页面上写明。24 小时内有效。"
    )
    try:
        messaging.send(
            asked.contact,
            subject=f"请核对您的申报表：{application.campaign.title}",
            text=text,
            message_id=f"confirmation-{asked.confirmation.pk}@jiangxuan",
        )
    except messaging.UndeliveredError:
        messages.error(request, "消息可能没有送达。请核对表上的号码，过一分钟再发；也可以上传本人签字的确认书。")
    else:
        messages.success(request, f"已发送到 {asked.confirmation.contact}，请{application.name}本人打开链接核对。")
    return go(request, "confirmation", pk=pk)


@member_required
@require_POST
def sign_consent(request: MemberRequest, pk: int) -> HttpResponse:
    application = find_own(request, pk)
    file = request.FILES.get("file")
    try:
        if file is None or isinstance(file, list):
            raise Refused("请先选择文件")  # noqa: TRY301 - said on the same page
        services.sign_consent(application, file=file, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已上传本人签字的确认书，现在可以递交。")
    return go(request, "confirmation", pk=pk)


def _asked(request: UnionRequest, token: str) -> Confirmation:
    rows = Confirmation.objects.filter(union=request.union).select_related(
        "application__campaign", "application__person__key", "application__unit", "application__union", "by__user"
    )
    return get_object_or_404(rows, token_digest=token_digest(token))


@never_cache
@public
def confirm_entry(request: UnionRequest, token: str) -> HttpResponse:
    """The person reads what was filled in for them, on their own phone and without an account, and answers."""
    row = _asked(request, token)
    now = timezone.now()
    actor = request.member or public_member(request.union)
    context: dict[str, Any] = {
        "confirmation": row,
        "application": row.application,
        "campaign": row.application.campaign,
    }
    if request.method == "POST":
        wrong = request.POST.get("answer") == "refuse"
        try:
            if not throttle.allowed(request, "confirm", per_minute=PER_MINUTE):
                raise Refused("操作太频繁，请等一分钟再试")  # noqa: TRY301 - said on the same page
            if wrong:
                services.refuse_entry(row, remark=request.POST.get("remark", ""), actor=actor, at=now)
            else:
                services.confirm_entry(row, token=token, code=request.POST.get("code", ""), actor=actor, at=now)
        except Refused as refusal:
            context |= {"refusal": str(refusal), "wrong": wrong, "remark": request.POST.get("remark", "")}
        else:
            return redirect(link(request, "confirm_entry", token=token))
        row = _asked(request, token)
    return render(request, "applications/confirm_entry.html", {**context, **_shown(row, actor, now)})


def _shown(row: Confirmation, actor: Any, now: Any) -> dict[str, Any]:
    """What was filled in, as long as it waits for an answer; later only what was answered."""
    application: Application = row.application
    allowed = policies.can_answer_confirmation(actor, row, at=now)
    unchanged = application.person.key_id is not None and row.digest == entries.content_digest(application)
    shown: dict[str, Any] = {"confirmation": row, "allowed": allowed, "changed": bool(allowed) and not unchanged}
    if not allowed or not unchanged:
        return shown
    answers = selectors.answers_of(application)
    files = selectors.current_materials(application)
    slots = (selectors.slot_of(application, PHOTO, files), *selectors.slots_of(application, answers, files))
    return {
        **shown,
        "sections": selectors.sheet(application, answers),
        "papers": [(slot.label, len(slot.files)) for slot in slots if slot.files and not slot.by_unit],
        "consent_text": selectors.consent_text(application.union),
        "now": now,
    }
