"""Objections on pages: how anybody raises and follows one, and the office's room in which it is worked on."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.rules.wording import duration
from documents.downloads import attachment, paper
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from publicity import papers_objections, policies, policies_objections, selectors
from publicity import selectors_objections as casework
from publicity.codes import spaced
from publicity.forms_objections import (
    AnswerForm,
    AppealForm,
    AssignForm,
    FindingForm,
    FollowForm,
    ObjectionForm,
    SuspensionForm,
)
from publicity.models import Notice, Objection
from publicity.models_objections import ObjectionFile
from publicity.services import objections, suspensions
from unions import throttle
from unions.access import public, role_required
from unions.middleware import MemberRequest, UnionRequest
from unions.models import Member
from unions.permits import Refused
from unions.states import Role

TOO_OFTEN = "操作太频繁，请等一分钟再提交；填写的内容还在"
RECEIPT = "objection_receipt"
"""Where the session keeps a receipt until it was shown."""
office = role_required(Role.OFFICE)
readers = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)


# --- whoever objects -----------------------------------------------------------------------------------------------------


def _notice(request: UnionRequest, pk: int) -> Notice:
    return get_object_or_404(selectors.notices(request.union), pk=pk)


def _evidence(form: forms.Form) -> list[objections.Evidence]:
    return [objections.inspected(upload) for upload in form.cleaned_data["evidence"]]


@public
@require_http_methods(["GET", "POST"])
def object_to(request: UnionRequest, pk: int) -> HttpResponse:
    """Take an objection from anybody; then the receipt is shown, once."""
    found = _notice(request, pk)
    decision = policies.can_object(found, at=timezone.now())
    if not decision:
        messages.error(request, decision.reason)
        return redirect("publicity:notice", union_slug=request.union.slug, pk=pk)
    named = selectors.named_only(found.stage)
    people = selectors.people_on(found)
    form = ObjectionForm(request.POST or None, request.FILES or None, people=people, named=named)
    status = 200
    if request.method == "POST" and form.is_valid():
        if throttle.allowed(request, "objection", per_minute=5):
            try:
                objection, code = _raise(found, form)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                request.session[RECEIPT] = {"notice": pk, "receipt": objection.receipt, "code": spaced(code)}
                return redirect("publicity:objection_taken", union_slug=request.union.slug, pk=pk)
        else:
            form.add_error(None, TOO_OFTEN)
            status = 429
    rule = selectors.notice_rule(found.stage).objections
    context = {
        "notice": found,
        "form": form,
        "named": named,
        "answer_within": duration(rule.answer_within) if rule and rule.answer_within else "",
        "appeal_within": duration(rule.appeal_within) if rule else "",
    }
    return render(request, "publicity/object.html", context, status=status)


def _raise(found: Notice, form: ObjectionForm) -> tuple[Objection, str]:
    data = form.cleaned_data
    return objections.raise_objection(
        found,
        application=form.person(),
        text=data["text"],
        sender=objections.Sender(data["name"], data["contact"]),
        evidence=_evidence(form),
        at=timezone.now(),
    )


@never_cache
@public
@require_safe
def objection_taken(request: UnionRequest, pk: int) -> HttpResponse:
    """The receipt and code, to be copied; asked for again, they are gone."""
    found, kept = _notice(request, pk), request.session.pop(RECEIPT, None)
    receipt = kept if kept and kept["notice"] == pk else None
    return render(request, "publicity/objection_taken.html", {"notice": found, "receipt": receipt})


@never_cache
@public
@require_http_methods(["GET", "POST"])
def follow(request: UnionRequest) -> HttpResponse:
    """Where an objection stands, for whoever holds receipt and code."""
    form, objection, status = FollowForm(request.POST or None), None, 200
    if request.method == "POST" and form.is_valid():
        if throttle.allowed(request, "follow", per_minute=10):
            objection = casework.find_objection(request.union, **form.cleaned_data)
            if objection is None:
                form.add_error(None, "请核对受理号和查询码后再试，字母大小写不限。")
        else:
            form.add_error(None, TOO_OFTEN)
            status = 429
    again = AppealForm(initial=form.cleaned_data) if objection else None
    return _followed(request, form, objection, again, status=status)


@never_cache
@public
@require_POST
def appeal(request: UnionRequest) -> HttpResponse:
    """Ask for a second look, with receipt and code once more."""
    form, status, done = AppealForm(request.POST, request.FILES), 200, False
    if not throttle.allowed(request, "appeal", per_minute=5):
        form.add_error(None, TOO_OFTEN)
        status = 429
    known = {name: request.POST.get(name, "") for name in ("receipt", "code")}
    objection = casework.find_objection(request.union, **known) if status == 200 else None
    if objection is not None and form.is_valid():
        try:
            objection = objections.appeal_objection(
                objection, text=form.cleaned_data["text"], evidence=_evidence(form), at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            done = True
    asked = FollowForm(initial=known)
    if objection is None:
        asked = FollowForm(known)
        asked.add_error(None, TOO_OFTEN if status == 429 else "请核对受理号和查询码后再试，字母大小写不限。")
    return _followed(request, asked, objection, form, status=status, appealed=done)


def _followed(
    request: UnionRequest,
    form: FollowForm,
    objection: Objection | None,
    again: AppealForm | None,
    *,
    status: int,
    appealed: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "objection": objection, "appealed": appealed}
    if objection is not None:
        context |= {
            "answer": casework.opened(objection, objection.answer_sealed),
            "may_appeal": policies_objections.can_appeal(objection, at=timezone.now()),
            "appeal": again,
        }
    return render(request, "publicity/follow.html", context, status=status)


# --- the office ----------------------------------------------------------------------------------------------------------


def _case(request: MemberRequest, pk: int) -> Objection:
    return get_object_or_404(casework.objections(request.union), pk=pk)


@readers
@require_safe
def objection(request: MemberRequest, pk: int) -> HttpResponse:
    return _room(request, _case(request, pk))


def _room(request: MemberRequest, found: Objection, **bound: forms.Form) -> HttpResponse:
    """The case with everything that may be done about it; `bound`: a form that was refused, with what was typed."""
    at = timezone.now()
    if not (may_read := policies_objections.can_read_case(request.member, found)):
        messages.error(request, may_read.reason)
        return redirect("publicity:desk", union_slug=request.union.slug)
    is_office = request.member.role == Role.OFFICE
    may_read_sender = policies.can_read_sender(request.member, found)
    sender, contact = casework.opened_sender(found) if may_read_sender else ("", "")
    choices = casework.choices(found, at=at) if is_office else []
    held = casework.last_suspension(found.notice, found.application)
    context: dict[str, Any] = {
        "objection": found,
        "text": casework.opened(found, found.text_sealed),
        "finding": casework.opened(found, found.finding_sealed),
        "answer": casework.opened(found, found.answer_sealed) if is_office else "",
        "steps": casework.steps_of(found) if is_office else [],
        "files": casework.files_of(found),
        "overdue": casework.is_overdue(found, at=at),
        "sender": sender,
        "contact": contact,
        "is_office": is_office,
        "may_read_sender": may_read_sender,
        "choices": choices,
        "nobody": bool(choices) and all(one.why_not for one in choices),
        "suspension": held,
        "may_assign": policies_objections.can_assign_objection(request.member, found, at=at),
        "may_record": policies_objections.can_record_finding(request.member, found, at=at),
        "may_suspend": policies_objections.can_suspend(request.member, found, at=at),
        "may_release": held is not None and policies_objections.can_release(request.member, held, at=at),
        "assign": AssignForm(choices=choices, assigned=found.assignee_id is not None),
        "record": FindingForm(),
        "decide": AnswerForm(),
        "suspend": SuspensionForm(auto_id="suspend_%s"),
        "crumbs": [
            {"label": "公示与异议", "url": reverse("publicity:desk", kwargs={"union_slug": request.union.slug})},
            {"label": found.receipt},
        ],
        **bound,
    }
    shown = {
        "assign": context["may_assign"],
        "record": context["may_record"],
        "decide": context["may_record"],
        "suspend": context["may_suspend"] or context["may_release"],
    }
    context["refused"] = [form for name, form in bound.items() if not shown[name]]
    return render(request, "publicity/objection.html", context)


def _do(
    request: MemberRequest, found: Objection, name: str, form: forms.Form, act: Callable[[], object], done: str
) -> HttpResponse:
    """One verb of the room: done, or the room again with what was typed and why not."""
    if form.is_valid():
        try:
            act()
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("publicity:objection", union_slug=request.union.slug, pk=found.pk)
    return _room(request, _case(request, found.pk), **{name: form})


@office
@require_POST
def assign_objection(request: MemberRequest, pk: int) -> HttpResponse:
    found, at = _case(request, pk), timezone.now()
    form = AssignForm(request.POST, choices=casework.choices(found, at=at), assigned=found.assignee_id is not None)

    def act() -> None:
        officer = get_object_or_404(Member.objects.for_union(request.union), pk=form.cleaned_data["officer"])
        reason = form.cleaned_data.get("reason", "")
        objections.assign_objection(found, officer=officer, reason=reason, actor=request.member, at=at)

    return _do(request, found, "assign", form, act, "承办人已确定")


@office
@require_POST
def record_finding(request: MemberRequest, pk: int) -> HttpResponse:
    found, form = _case(request, pk), FindingForm(request.POST, request.FILES)

    def act() -> None:
        text = form.cleaned_data["text"]
        objections.record_finding(found, text=text, evidence=_evidence(form), actor=request.member, at=timezone.now())

    return _do(request, found, "record", form, act, "核查情况已记录")


@office
@require_POST
def answer_objection(request: MemberRequest, pk: int) -> HttpResponse:
    found, form = _case(request, pk), AnswerForm(request.POST)

    def act() -> None:
        objections.answer_objection(found, actor=request.member, at=timezone.now(), **form.cleaned_data)

    return _do(request, found, "decide", form, act, f"异议 {found.receipt} 已答复")


@office
@require_POST
def suspend_candidate(request: MemberRequest, pk: int) -> HttpResponse:
    found, form = _case(request, pk), SuspensionForm(request.POST, auto_id="suspend_%s")

    def act() -> None:
        suspensions.suspend_candidate(
            found, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now()
        )

    return _do(request, found, "suspend", form, act, "已暂缓；其他人选不受影响")


@office
@require_POST
def release_candidate(request: MemberRequest, pk: int) -> HttpResponse:
    found, form = _case(request, pk), SuspensionForm(request.POST, auto_id="suspend_%s")
    held = casework.last_suspension(found.notice, found.application)
    if held is None:
        raise Http404

    def act() -> None:
        suspensions.release_candidate(held, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now())

    return _do(request, found, "suspend", form, act, "已解除暂缓")


@office
@require_safe
def evidence(request: MemberRequest, pk: int) -> FileResponse:
    """A piece of evidence, by its own number."""
    found = get_object_or_404(
        ObjectionFile.objects.filter(union=request.union).select_related("file", "objection__application__person"),
        pk=pk,
    )
    if not policies_objections.can_read_case(request.member, found.objection):
        raise Http404
    return attachment(found.file)


@readers
@require_safe
def notice_report(request: MemberRequest, pk: int) -> HttpResponse:
    """The report on a notice (公示情况报告), for those who decide next."""
    found = _notice(request, pk)
    try:
        content = papers_objections.report_pdf(found, at=timezone.now())
    except (MissingGlyph, PaperError) as error:
        messages.error(request, f"公示情况报告没有生成：{error}")
        return redirect("publicity:desk", union_slug=request.union.slug)
    return paper(content, f"{found.stage.campaign.title}公示情况报告")
