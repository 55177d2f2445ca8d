"""Beside a panel: the record of its draw, who judges which case, and likenesses that somebody must look at."""

import json
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Stage
from review import policies, selectors, selectors_pool
from review.forms_pool import LikenessForm
from review.models import Panel, PanelSeat
from review.pages import address, crumbs, get_stage
from review.services import allotments, draws, likenesses, seating
from review.views_office import office, readers
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

draw_readers = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)


def _panel(request: MemberRequest, stage_pk: int) -> tuple[Stage, Panel]:
    stage = get_stage(request, stage_pk, kind="expert_review")
    panel = selectors.panel_of(stage)
    if panel is None:
        raise Http404
    panel.stage = stage
    return stage, panel


def _trail(request: MemberRequest, stage: Stage, last: str) -> list[dict[str, str]]:
    back = address(request, "panel", stage_pk=stage.pk)
    return crumbs(request, (f"{stage.label}：评审团队", back), (last, ""), campaign=stage.campaign)


@draw_readers
@require_safe
def draw_record(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """The draw as a file that anybody can do again: `manage.py replay_draw FILE`."""
    stage, panel = _panel(request, stage_pk)
    policies.can_read_draw(request.member, request.union).require()
    drawn = selectors.draw_of(panel)
    if drawn is None:
        raise Http404
    text = json.dumps(draws.record_of(drawn), ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    name = quote(f"抽取记录_{stage.campaign.title}_{stage.label}.json")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response["Cache-Control"] = "no-store"
    return response


@readers
@require_http_methods(["GET", "POST"])
def allotment(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """Who has which cases and how far they are; the office gives out what is missing."""
    stage, panel = _panel(request, stage_pk)
    if not policies.in_parts(stage):
        raise Http404
    at, refusal = timezone.now(), ""
    if request.method == "POST":
        try:
            made = allotments.allot_cases(panel, actor=request.member, at=at)
        except Refused as why:
            refusal = str(why)
        else:
            messages.success(request, f"已分配 {made.cases.count()} 份次")
            return redirect(address(request, "allotment", stage_pk=stage.pk))
    board = selectors_pool.board_of(stage, panel)
    waiting = panel.allotment_pledges.filter(allotment__isnull=True).order_by("revision").last()
    context = {
        "stage": stage,
        "campaign": stage.campaign,
        "panel": panel,
        "rule": seating.rule_of(stage),
        "work": policies.work_of(stage),
        "board": board,
        "may_allot": policies.can_allot(request.member, panel, at=at),
        "commitment": waiting.commitment if waiting else "",
        "wrong": [line for one in board.allotments for line in allotments.replayed(one)],
        "refusal": refusal,
        "crumbs": _trail(request, stage, "分配评审"),
    }
    return render(request, "review/allotment.html", context)


@office
@require_http_methods(["GET", "POST"])
def seat_likenesses(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """What looks like a conflict, one by one, with the word of the office."""
    rows = PanelSeat.objects.filter(union=request.union).select_related(
        "panel__stage__campaign__union", "panel__stage__union", "expert__member__user"
    )
    seat, at = get_object_or_404(rows, pk=seat_pk), timezone.now()
    stage, found = seat.panel.stage, selectors_pool.likenesses_of(seat)
    may = policies.can_settle_likeness(request.member, seat, at=at)
    asked = request.POST.get("likeness", "")
    shown = []
    for one in found:
        mine = request.method == "POST" and asked == str(one.pk)
        open_ = may and not hasattr(one, "word")
        form = LikenessForm(request.POST if mine else None, auto_id=f"like-{one.pk}-%s") if open_ else None
        if mine and form is not None and form.is_valid():
            try:
                likenesses.settle_likeness(one, actor=request.member, at=at, **form.cleaned_data)
            except Refused as why:
                form.add_error(None, str(why))
            else:
                messages.success(request, "核对结果已记录")
                return redirect(address(request, "seat_likenesses", seat_pk=seat.pk))
        shown.append((one, form))
    context = {
        "seat": seat,
        "stage": stage,
        "rows": shown,
        "may": may,
        "back": address(request, "panel", stage_pk=stage.pk),
        "crumbs": _trail(request, stage, "回避线索"),
    }
    return render(request, "review/likenesses.html", context)
