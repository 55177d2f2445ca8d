"""Recommending units: the list, their kinds, and the import from a spreadsheet, which writes nothing before it is confirmed."""

from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unions import selectors, services, sheets
from unions.access import role_required
from unions.forms import ReasonForm, UnitKindForm, UnitSheetForm
from unions.middleware import MemberRequest
from unions.models import Unit, UnitKind
from unions.permits import Refused
from unions.services import UnitPlan, UnitRow
from unions.states import Role

PAGE_SIZE = 50
SALT = "unions.unit-import"
PREVIEW_LIFE = 3600  # seconds


@role_required(Role.ADMIN)
@require_GET
def units(request: MemberRequest) -> HttpResponse:
    return _list(request, UnitKindForm())


def _list(request: MemberRequest, form: UnitKindForm) -> HttpResponse:
    q, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    kinds = list(UnitKind.objects.for_union(request.union))
    labels = {one.code: one.label for one in kinds}
    page = Paginator(selectors.find_units(request.union, q=q, kind=kind), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "unions/unit_list.html",
        {
            "page": page,
            "rows": [(unit, labels.get(unit.kind, unit.kind)) for unit in page],
            "kinds": kinds,
            "q": q,
            "kind": kind,
            "kind_form": form,
            "crumbs": [{"label": "推荐单位"}],
        },
        status=400 if form.errors else 200,
    )


@role_required(Role.ADMIN)
@require_POST
def add_kind(request: MemberRequest) -> HttpResponse:
    form = UnitKindForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    label, code = form.cleaned_data["label"], form.cleaned_data["code"]
    try:
        added = services.define_unit_kinds(request.union, {code: label}, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if added:
            messages.success(request, f"已增加类别“{label}”。")
        else:
            messages.error(request, f"代码“{code}”已被使用。")
    return redirect("unions:units", union_slug=request.union.slug)


@role_required(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def set_active(request: MemberRequest, unit_pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit.objects.for_union(request.union), pk=unit_pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            unit = services.set_unit_active(
                unit,
                not unit.active,
                actor=request.member,
                at=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{unit}已{'重新启用' if unit.active else '停用'}。")
        return redirect("unions:units", union_slug=request.union.slug)
    return render(
        request,
        "unions/unit_active.html",
        {"unit": unit, "form": form, "crumbs": _crumbs(request, "停用" if unit.active else "重新启用")},
        status=400 if form.errors else 200,
    )


@dataclass(frozen=True, slots=True)
class PreviewLine:
    line: int
    row: UnitRow
    kind: str
    verdict: str
    problem: str


@role_required(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def upload(request: MemberRequest) -> HttpResponse:
    """Read the sheet and show what would happen, line by line."""
    form = UnitSheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sheet = form.cleaned_data["sheet"]
        kinds = {kind.code: kind.label for kind in UnitKind.objects.for_union(request.union)}
        try:
            read = sheets.read_units(sheet, size=sheet.size, kinds=kinds)
        except Refused as refusal:
            form.add_error("sheet", str(refusal))
        else:
            return _preview(request, read, kinds)
    return render(
        request,
        "unions/unit_import.html",
        {"form": form, "crumbs": _crumbs(request, "导入")},
        status=400 if form.errors else 200,
    )


def _preview(request: MemberRequest, read: list[sheets.SheetRow], kinds: dict[str, str]) -> HttpResponse:
    plan = services.plan_units(request.union, [one.row for one in read])
    lines = [
        PreviewLine(
            one.line,
            one.row,
            kinds.get(one.row.kind, one.row.kind),
            _verdict(plan, one.row.name),
            one.problem or plan.problems.get(position, ""),
        )
        for position, one in enumerate(read)
    ]
    wrong = [line for line in lines if line.problem]
    payload = signing.dumps([asdict(one.row) for one in read], salt=_salt(request), compress=True)
    return render(
        request,
        "unions/unit_preview.html",
        {
            "lines": lines,
            "wrong": wrong,
            "plan": plan,
            "payload": "" if wrong else payload,
            "crumbs": _crumbs(request, "导入预览"),
        },
    )


def _verdict(plan: UnitPlan, name: str) -> str:
    if name in plan.created:
        return "新增"
    return "更新" if name in plan.changed else "不变"


@role_required(Role.ADMIN)
@require_POST
def confirm(request: MemberRequest) -> HttpResponse:
    """Import what was previewed: it comes back signed, so that it is what was shown, and to whom."""
    try:
        rows: list[dict[str, Any]] = signing.loads(
            request.POST.get("payload", ""), salt=_salt(request), max_age=PREVIEW_LIFE
        )
        created, changed = services.import_units(
            request.union, [UnitRow(**row) for row in rows], actor=request.member, at=timezone.now()
        )
    except signing.BadSignature:
        messages.error(request, "预览已过期，请重新上传。没有导入任何单位。")
        return redirect("unions:unit_import", union_slug=request.union.slug)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("unions:unit_import", union_slug=request.union.slug)
    messages.success(request, f"导入完成：新增 {created} 个，更新 {changed} 个。")
    return redirect("unions:units", union_slug=request.union.slug)


def _salt(request: MemberRequest) -> str:
    return f"{SALT}.{request.member.pk}"


@role_required(Role.ADMIN)
@require_GET
def template(request: MemberRequest) -> HttpResponse:
    content = sheets.template(kind.label for kind in UnitKind.objects.for_union(request.union))
    return HttpResponse(
        content,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={
            "Content-Disposition": "attachment; filename*=UTF-8''%E6%8E%A8%E8%8D%90%E5%8D%95%E4%BD%8D%E8%A1%A8.xlsx"
        },
    )


def _crumbs(request: MemberRequest, label: str) -> list[dict[str, str]]:
    return [
        {"label": "推荐单位", "url": reverse("unions:units", kwargs={"union_slug": request.union.slug})},
        {"label": label},
    ]
