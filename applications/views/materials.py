"""Papers handed in by whoever fills the form in: one slot for each that the notice asks for, photographs as pages of one paper.

Every form works by itself and answers with a redirect; `static/js/uploads.js` asks for JSON instead and puts the slot it gets
in its place, so that nothing typed on the same page is lost.
"""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from applications import policies, selectors, selectors_returns, services, wizard
from applications.models import PHOTO, SEALED_FORM, Application, Material
from applications.selectors import Slot
from applications.states import EDITABLE
from applications.views.applicant import answers_signed_out_with_401, face_of, find, find_own, go, link
from unions.access import member_required
from unions.middleware import MemberRequest
from unions.permits import Refused


@member_required
def materials(request: MemberRequest, pk: int) -> HttpResponse:
    """Every paper the notice asks for: of which clause, how many, and what is still missing."""
    application = find_own(request, pk)
    if application.state not in EDITABLE:
        return go(request, "status", pk=pk)
    now = timezone.now()
    asked = selectors_returns.reasons_now(application)
    by_unit = policies.speaks_for_unit(request.member, application)
    slots = [
        slot
        for slot in selectors.slots_of(application, selectors.answers_of(application))
        if by_unit or not slot.by_unit
    ]
    rows = [
        (slot, bool(policies.can_attach(request.member, application, slot.id, at=now)), asked.get(slot.id, ""))
        for slot in slots
    ]
    context = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "slots": rows,
        "missing": [slot for slot in slots if slot.needed and not slot.files],
        "in_hand": sum(bool(slot.files) for slot in slots),
        "returned": policies.open_return(application) if asked else None,
        "now": now,
        **wizard.context(application, request.union.slug, "materials", at=now),
    }
    return render(request, "applications/fill_materials.html", context)


def _back_from(request: MemberRequest, application: Application, slot: str) -> str:
    """The screen the paper was handed in on."""
    where = request.POST.get("from", "")
    if where == "unit":
        return link(request, "unit_case", pk=application.pk)
    if where == "status" or application.state not in EDITABLE:
        return link(request, "status", pk=application.pk)
    section = next((s.id for s in application.campaign.rules.form.sections if s.id == where), "")
    if section:
        return link(request, "fill", pk=application.pk, section=section) + f"#{slot}"
    return link(request, "materials", pk=application.pk) + f"#{slot}"


def _files(request: MemberRequest) -> list[UploadedFile[bytes]]:
    found = list(request.FILES.getlist("file"))
    if not found:
        raise Refused("请先选择文件")
    return found


def _wants_json(request: MemberRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _answer(request: MemberRequest, application: Application, material: Material) -> HttpResponse:
    """JSON {ok, html, add}: the slot anew, and where a further page of this paper would go."""
    if not _wants_json(request):
        messages.success(request, "已上传。")
        return redirect(_back_from(request, application, material.slot))
    html = render_to_string("applications/_slot.html", _slot_context(request, application, material.slot), request)
    add = link(request, "add_pages", pk=application.pk, material=material.pk)
    return JsonResponse({"ok": True, "html": html, "add": add})


def _slot_context(request: MemberRequest, application: Application, slot_id: str) -> dict[str, Any]:
    slot = selectors.slot_of(application, slot_id, selectors.current_materials(application))
    if slot_id not in {PHOTO, SEALED_FORM}:
        every = selectors.slots_of(application, selectors.answers_of(application))
        slot = replace(slot, needed=next(one.needed for one in every if one.id == slot_id))
    return {
        "slot": slot,
        "application": application,
        "may_change": bool(policies.can_attach(request.member, application, slot_id, at=timezone.now())),
        "from": request.POST.get("from", ""),
        "check_code": slot_id == SEALED_FORM,
    }


def _refuse(request: MemberRequest, application: Application, slot: str, refusal: Refused) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": str(refusal)}, status=422)
    messages.error(request, str(refusal))
    return redirect(_back_from(request, application, slot))


@require_POST
@answers_signed_out_with_401
@member_required
def attach(request: MemberRequest, pk: int, slot: str) -> HttpResponseBase:
    """One file or several; several photographs together become the pages of one paper, in a slot for one file always."""
    application = find(request, pk)
    try:
        material = _attach(request, application, slot, _files(request))
    except Refused as refusal:
        return _refuse(request, application, slot, refusal)
    return _answer(request, application, material)


def _attach(
    request: MemberRequest, application: Application, slot_id: str, files: list[UploadedFile[bytes]]
) -> Material:
    if not policies.accepts_slot(application, slot_id):
        raise Refused("申报表中没有这项材料")
    given: dict[str, Any] = {"slot": slot_id, "actor": request.member, "at": timezone.now()}
    given["check_code"] = request.POST.get("check_code", "")
    slot: Slot = selectors.slot_of(application, slot_id)
    if len(files) > 1 and (request.POST.get("together") or slot.max_files == 1):
        return services.attach_pages(application, files=files, **given)
    material = services.attach_material(application, file=files[0], replacing=_replaced(request, application), **given)
    for number, file in enumerate(files[1:], start=2):
        try:
            material = services.attach_material(application, file=file, **given)
        except Refused as refusal:
            raise Refused(f"前 {number - 1} 个已收下；第 {number} 个没有：{refusal}") from None
    return material


def _replaced(request: MemberRequest, application: Application) -> Material | None:
    pk = request.POST.get("replaces", "")
    if not pk.isdigit():
        return None
    return get_object_or_404(Material.objects.filter(application=application), pk=pk)


def _material(request: MemberRequest, application: Application, pk: int) -> Material:
    rows = Material.objects.current().filter(application=application).select_related("file")
    return get_object_or_404(rows, pk=pk)


@member_required
@require_POST
def remove(request: MemberRequest, pk: int, material: int) -> HttpResponse:
    application = find(request, pk)
    row = _material(request, application, material)
    try:
        services.remove_material(row, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(_back_from(request, application, row.slot))


# --- pages of one paper ----------------------------------------------------------------------------------------------


@member_required
def pages(request: MemberRequest, pk: int, material: int) -> HttpResponse:
    """The pages of a photographed paper: add one, put them in order, take one out."""
    application = find(request, pk)
    row = _material(request, application, material)
    slot = selectors.slot_of(application, row.slot)
    if not (row.takes_pages and slot.takes_pages):
        raise Http404
    if not policies.can_attach(request.member, application, row.slot, at=timezone.now()):
        raise Http404
    context = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "slot": slot,
        "material": row,
        "pages": range(1, (row.pages or 1) + 1),
        "from": request.GET.get("from", "materials"),
        "back": _back(request, application, row.slot),
    }
    return render(request, "applications/material_pages.html", context)


def _back(request: MemberRequest, application: Application, slot: str) -> str:
    if request.GET.get("from") == "unit":
        return link(request, "unit_case", pk=application.pk)
    view = "materials" if application.state in EDITABLE else "status"
    return link(request, view, pk=application.pk) + f"#{slot}"


def _to_pages(request: MemberRequest, application: Application, material: Material) -> HttpResponse:
    where = link(request, "pages", pk=application.pk, material=material.pk)
    origin = request.POST.get("from", "")
    return redirect(f"{where}?from={origin}" if origin in {"unit", "status", "materials"} else where)


@require_POST
@answers_signed_out_with_401
@member_required
def add_pages(request: MemberRequest, pk: int, material: int) -> HttpResponseBase:
    application = find(request, pk)
    row = _material(request, application, material)
    try:
        row = services.add_pages(row, files=_files(request), actor=request.member, at=timezone.now())
    except Refused as refusal:
        if _wants_json(request):
            return JsonResponse({"error": str(refusal)}, status=422)
        messages.error(request, str(refusal))
        return _to_pages(request, application, row)
    return _answer(request, application, row) if _wants_json(request) else _to_pages(request, application, row)


@member_required
@require_POST
def arrange_pages(request: MemberRequest, pk: int, material: int) -> HttpResponse:
    """`do`: up, down or out, with the number of the page."""
    application = find(request, pk)
    row = _material(request, application, material)
    what, _, number = request.POST.get("do", "").partition(":")
    order = _ordered(list(range(1, row.pages + 1)), what, int(number) if number.isdigit() else 0)
    try:
        row = services.arrange_pages(row, order=order, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _to_pages(request, application, row)


def _ordered(order: list[int], what: str, number: int) -> list[int]:
    if number not in order:
        return order
    at = order.index(number)
    match what:
        case "up" if at > 0:
            order[at - 1], order[at] = order[at], order[at - 1]
        case "down" if at < len(order) - 1:
            order[at + 1], order[at] = order[at], order[at + 1]
        case "out":
            order.remove(number)
        case _:
            pass
    return order
