"""The pool of experts: who is in it, an entry, a sheet of many, the promise; and an expert's own page about themselves."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from applications.people_sheet import MAX_BYTES
from documents.downloads import sheet
from review import policies, pool_sheet, selectors_pool
from review.forms import ReasonForm
from review.forms_pool import AbsenceForm, ExpertForm, PoolSheetForm, TermsForm
from review.models import Expert
from review.models_pool import PoolSheet
from review.pages import Ask, address, ask, posted
from review.services import enrolling, panels, pool, pool_sheets
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.models import Member, Unit
from unions.permits import Refused
from unions.states import Role

PER_PAGE = 50
KINDS = (("wrong", "有问题"), ("new", "新增"), ("update", "更新"), ("same", "没有变化"))
TONES = {"wrong": "fails", "new": "holds", "update": "reason", "same": "waiting"}
keepers = role_required(Role.OFFICE, Role.ADMIN)
pool_readers = role_required(Role.OFFICE, Role.ADMIN, Role.LEADER, Role.SUPERVISOR)
own = role_required(Role.EXPERT)


@pool_readers
@require_safe
def experts(request: MemberRequest) -> HttpResponse:
    asked = {key: request.GET.get(key, "").strip() for key in ("q", "field", "kind", "state")}
    page = Paginator(selectors_pool.pool(request.union, **asked), PER_PAGE).get_page(request.GET.get("page"))
    fields, kinds = selectors_pool.words_of(request.union)
    context = {
        "page": page,
        "asked": asked,
        "narrowed": any(asked.values()),
        "fields": fields,
        "kinds": kinds,
        "states": selectors_pool.STATES.items(),
        "may_enrol": policies.can_enrol_expert(request.member, request.union, at=timezone.now()),
        "crumbs": [{"label": "评委专家库"}],
    }
    return render(request, "review/expert_list.html", context)


def _expert(request: MemberRequest, pk: int) -> Expert:
    rows = Expert.objects.filter(union=request.union).select_related("member__user", "member__union", "union", "unit")
    return get_object_or_404(rows, pk=pk)


def _trail(request: MemberRequest, *more: str) -> list[dict[str, str]]:
    return [{"label": "评委专家库", "url": address(request, "experts")}, *({"label": one} for one in more)]


@keepers
@require_http_methods(["GET", "POST"])
def enrol(request: MemberRequest) -> HttpResponse:
    """Enter a member who was invited as an expert."""
    members = Member.objects.for_union(request.union).active().filter(role=Role.EXPERT, expert__isnull=True)
    return _enrol(request, members, title="专家入库", initial={})


@keepers
@require_http_methods(["GET", "POST"])
def expert(request: MemberRequest, expert_pk: int) -> HttpResponse:
    """Bring an entry up to date; a retired expert comes back that way."""
    found = _expert(request, expert_pk)
    initial = {
        "member": found.member_id,
        "field": found.field,
        "kind": found.kind,
        "employer": found.employer,
        "title": found.title,
        "unit": found.unit_id,
        "credit_code": found.credit_code,
        "in_draws": found.in_draws,
    }
    return _enrol(request, Member.objects.filter(pk=found.member_id), title=f"专家：{found}", initial=initial)


def _enrol(request: MemberRequest, members: Any, *, title: str, initial: dict[str, Any]) -> HttpResponse:
    at = timezone.now()
    units = Unit.objects.for_union(request.union).active()
    form = ExpertForm(posted(request), members=members.select_related("user", "union"), units=units, initial=initial)
    back = address(request, "experts")
    page = Ask(
        title=title,
        verb="保存",
        sub="工作单位、所属单位和信用代码用于核对回避；与申报人单位相同的，系统自动回避。",
        why_not=policies.can_enrol_expert(request.member, request.union, at=at).reason,
        back=back,
        crumbs=_trail(request, title),
    )

    def act() -> str:
        entry = dict(form.cleaned_data)
        contact = pool.Contact(entry.pop("phone"), entry.pop("address"))
        saved = enrolling.enter_expert(contact=contact, actor=request.member, at=at, **entry)
        return f"{saved}的专家信息已保存"

    return ask(request, form, page, act)


@keepers
@require_http_methods(["GET", "POST"])
def retire(request: MemberRequest, expert_pk: int) -> HttpResponse:
    found, at = _expert(request, expert_pk), timezone.now()
    form = ReasonForm(posted(request))
    page = Ask(
        title=f"{found}退出专家库？",
        verb="退出专家库",
        kind="danger",
        text="退出后不能再选入评审团队；登记的电话和地址随即删除；已有的席位不受影响，需要时在评审团队中逐一退出。以后可以重新入库。",
        count=1,
        why_not=policies.can_enrol_expert(request.member, request.union, at=at).reason,
        back=address(request, "experts"),
        crumbs=_trail(request, "退出专家库"),
    )

    def act() -> str:
        panels.retire_expert(found, reason=form.cleaned_data["reason"], actor=request.member, at=at)
        return f"{found}已退出专家库"

    return ask(request, form, page, act)


# --- one expert -------------------------------------------------------------------------------------------------------


@pool_readers
@require_safe
def expert_record(request: MemberRequest, expert_pk: int) -> HttpResponse:
    """What is known of an expert: the entry, when they cannot come, what they promised, what they did on panels."""
    return _record(request, _expert(request, expert_pk))


def _record(
    request: MemberRequest, found: Expert, *, absence: AbsenceForm | None = None, contact: pool.Contact | None = None
) -> HttpResponse:
    may = policies.can_enrol_expert(request.member, request.union, at=timezone.now())
    kept = getattr(found, "contact", None)
    context = {
        "expert": found,
        "may_enrol": may,
        "masked": kept.masked if kept else "",
        "sealed": kept is not None,
        "contact": contact,
        "absences": found.absences.all(),
        "absence": absence or AbsenceForm(),
        "acceptances": found.acceptances.all(),
        "service": selectors_pool.service_of(found),
        "today": timezone.localdate(),
        "crumbs": _trail(request, str(found)),
    }
    return render(request, "review/pool_expert.html", context)


@keepers
@require_POST
def reveal_contact(request: MemberRequest, expert_pk: int) -> HttpResponse:
    found = _expert(request, expert_pk)
    contact = pool.reveal_contact(found, actor=request.member, at=timezone.now())
    response = _record(request, found, contact=contact)
    response["Cache-Control"] = "no-store"
    return response


@keepers
@require_POST
def absence(request: MemberRequest, expert_pk: int) -> HttpResponse:
    found = _expert(request, expert_pk)
    form = _absence(request, found)
    if form is None:
        return redirect(address(request, "expert_record", expert_pk=found.pk))
    return _record(request, found, absence=form)


def _absence(request: MemberRequest, found: Expert) -> AbsenceForm | None:
    """Add or drop what the form says; the form comes back where it could not be done."""
    at = timezone.now()
    dropped = request.POST.get("drop", "")
    form = AbsenceForm(request.POST)
    try:
        if dropped.isdigit():
            pool.drop_absence(found, int(dropped), actor=request.member, at=at)
            messages.success(request, "已删去")
            return None
        if form.is_valid():
            pool.add_absence(found, actor=request.member, at=at, **form.cleaned_data)
            messages.success(request, "已登记，抽取这段时间的评审时不列入名单")
            return None
    except Refused as refusal:
        form.add_error("ends_on", str(refusal))
    return form


# --- the promise ------------------------------------------------------------------------------------------------------


@keepers
@require_http_methods(["GET", "POST"])
def word_terms(request: MemberRequest) -> HttpResponse:
    at, now = timezone.now(), pool.terms_of(request.union)
    form = TermsForm(posted(request), initial={"text": now.text})
    page = Ask(
        title="评审纪律和保密承诺",
        verb="保存",
        sub=f"现为第 {now.version} 版" if now.version else "现用系统自带的内容，可改成本会的",
        why_not=policies.can_enrol_expert(request.member, request.union, at=at).reason,
        back=address(request, "experts"),
        crumbs=_trail(request, "评审承诺"),
    )

    def act() -> str:
        worded = pool.word_terms(request.union, text=form.cleaned_data["text"], actor=request.member, at=at)
        return "内容没有变化" if worded == now else f"已保存为第 {worded.version} 版"

    return ask(request, form, page, act)


# --- a sheet of many --------------------------------------------------------------------------------------------------


@keepers
@require_GET
def pool_template(request: MemberRequest) -> HttpResponse:  # noqa: ARG001 - one sheet for everybody
    return sheet(pool_sheet.template(), "评审专家导入模板")


@keepers
@require_http_methods(["GET", "POST"])
def import_experts(request: MemberRequest) -> HttpResponse:
    """Hand a sheet in; what is wrong with the file as a whole is said at once."""
    form = PoolSheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["sheet"]
        try:
            row = pool_sheets.upload_pool(
                request.union,
                content=file.read(MAX_BYTES + 1),
                name=file.name,
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("sheet", str(refusal))
        else:
            return redirect(address(request, "pool_import", sheet_pk=row.pk))
    context = {"form": form, "most": pool_sheet.MAX_ROWS, "crumbs": _trail(request, "导入专家")}
    return render(request, "review/pool_import_start.html", context)


@keepers
@require_http_methods(["GET", "POST"])
def pool_import(request: MemberRequest, sheet_pk: int) -> HttpResponse:
    """What would become of every row; confirmed, it is written, given up, the file is forgotten."""
    rows = PoolSheet.objects.filter(union=request.union).select_related("union", "key", "by__user")
    row, at = get_object_or_404(rows, pk=sheet_pk), timezone.now()
    refusal = ""
    if request.method == "POST":
        try:
            return _end_import(request, row, at)
        except Refused as why:
            refusal = str(why)
    if row.ended_at is not None:
        return redirect(address(request, "experts"))
    verdicts, unknown = pool_sheets.preview(row)
    kinds = [one.kind for one in verdicts]
    tally = [(kind, word, TONES[kind], kinds.count(kind)) for kind, word in KINDS if kind in kinds]
    order = [kind for kind, _ in KINDS]
    context = {
        "row": row,
        "refusal": refusal,
        "unknown": unknown,
        "tally": tally,
        "good": kinds.count("new") + kinds.count("update"),
        "wrong": kinds.count("wrong"),
        "lines": [
            (one, TONES[one.kind], dict(KINDS)[one.kind])
            for one in sorted(verdicts, key=lambda one: (order.index(one.kind), one.line))
        ],
        "crumbs": _trail(request, "导入专家"),
    }
    return render(request, "review/pool_import.html", context)


def _end_import(request: MemberRequest, row: PoolSheet, at: datetime) -> HttpResponse:
    if "drop" in request.POST:
        pool_sheets.drop_pool(row, actor=request.member, at=at)
        messages.success(request, "已放弃导入，文件已删除")
        return redirect(address(request, "import_experts"))
    kinds = [one.kind for one in pool_sheets.import_pool(row, actor=request.member, at=at)]
    left = f"，{kinds.count('wrong')} 行有问题没有导入" if "wrong" in kinds else ""
    messages.success(request, f"已导入：新增 {kinds.count('new')} 人，更新 {kinds.count('update')} 人{left}")
    return redirect(address(request, "experts"))


# --- an expert about themselves ---------------------------------------------------------------------------------------


@own
@require_http_methods(["GET", "POST"])
def my_profile(request: MemberRequest) -> HttpResponse:
    """The own entry to read, and the days on which one cannot come."""
    rows = Expert.objects.filter(member=request.member).select_related("member__user", "union", "unit")
    found = rows.first()
    form = AbsenceForm()
    if found is not None and request.method == "POST":
        back = _absence(request, found)
        if back is None:
            return redirect(address(request, "my_profile"))
        form = back
    context = {
        "expert": found,
        "absences": found.absences.all() if found else [],
        "absence": form,
        "acceptances": found.acceptances.all() if found else [],
        "crumbs": [{"label": "我的评审", "url": address(request, "my_panels")}, {"label": "我的专家信息"}],
    }
    return render(request, "review/pool_profile.html", context)
