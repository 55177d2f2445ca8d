"""The panel of a stage, and what its scores become once scoring has ended."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Stage
from campaigns.states import StageState
from review import desk, draw, firmness, policies, selectors
from review.forms import (
    CutForm,
    EmptyForm,
    PanelForm,
    ReasonForm,
    RecusalForm,
    SeatForm,
    TieForm,
)
from review.forms_pool import DrawForm, PledgeForm
from review.models import Panel, PanelSeat, Ranking
from review.pages import Ask, address, ask, crumbs, get_stage, posted
from review.services import ballots, draws, panels, rankings, seating
from review.states import WORK
from review.views_office import office, readers
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.states import Role

arbiters = role_required(Role.OFFICE, Role.LEADER)


# --- the panel of a stage --------------------------------------------------------------------------------------------


def _review_stage(request: MemberRequest, pk: int) -> Stage:
    return get_stage(request, pk, kind="expert_review")


def _panel_back(request: MemberRequest, stage: Stage) -> str:
    return address(request, "panel", stage_pk=stage.pk)


def _trail(request: MemberRequest, stage: Stage, last: str) -> list[dict[str, str]]:
    return crumbs(
        request, (f"{stage.label}：评审团队", _panel_back(request, stage)), (last, ""), campaign=stage.campaign
    )


@readers
@require_safe
def panel(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """Who sits, how far they are, who keeps out of what; no score is on this page, and of a vote only rounds that are over."""
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found = selectors.panel_of(stage)
    rule = seating.rule_of(stage)
    lines: list[desk.SeatLine] = []
    if found is not None:
        found.stage = stage
        lines = desk.seat_lines(found, request.member, at=at)
    open_ = stage.state == StageState.OPEN
    context: dict[str, Any] = {
        "stage": stage,
        "campaign": stage.campaign,
        "panel": found,
        "rule": rule,
        "lines": lines,
        "approver": stage.campaign.rules.basis.name_of(rule.panel.approved_by)
        if seating.needs_approval(rule) and rule.panel.approved_by
        else "",
        "unapproved": sum(line.seat.approved_at is None and line.seat.state in panels.LIVE_SEATS for line in lines),
        "missing": panels.panel_missing(stage) if found and open_ and found.closed_at is None else [],
        "may_form": policies.can_form_panel(request.member, stage, at=at),
        "may_change": policies.can_change_panel(request.member, found, at=at) if found else None,
        "may_close": policies.can_close_panel(request.member, found, at=at) if found else None,
        "visits": rule.site_visit,
        "in_parts": policies.in_parts(stage),
        "may_read_draw": policies.can_read_draw(request.member, request.union),
        "work": policies.work_of(stage),
        "crumbs": crumbs(request, (f"{stage.label}：评审团队", ""), campaign=stage.campaign),
    }
    if rule.panel.draw:
        context |= _draw_context(stage, found, at)
    if rule.method == "ballot" and found is not None:
        sheets = desk.round_sheets(found, request.member, at=at)
        context |= {
            "sheets": sheets,
            "voting": next((sheet.round for sheet in sheets if sheet.round.closed_at is None), None),
        }
    return render(request, "review/panel.html", context)


def _draw_context(stage: Stage, found: Panel | None, at: datetime) -> dict[str, Any]:
    """What a draw followed from, so that everybody who reads the page can do it again."""
    pledge = draws.pledge_of(stage)
    drawn = selectors.draw_of(found) if found is not None else None
    names = desk.names_of_experts([*pledge.candidates]) if pledge else {}
    order = [(n, id_, names.get(id_, "")) for n, id_ in enumerate(drawn.result, 1)] if drawn else []
    members = drawn.pledge.members if drawn else 0
    reserves = members + (drawn.pledge.reserves if drawn else 0)
    return {
        "pledge": pledge,
        "outdated": pledge is not None and drawn is None and draws.outdated(pledge, at=at),
        "conditions": draw.Conditions.read(pledge.conditions).words if pledge else [],
        "drawn": drawn,
        "order": [("成员", order[:members]), ("备选", order[members:reserves]), ("其后顺序", order[reserves:])],
        "wrong": draws.replayed(drawn) if drawn else [],
        "vacancies": draws.vacancies(drawn) if drawn else 0,
    }


@office
@require_http_methods(["GET", "POST"])
def pledge_draw(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """The first step of a draw: the list is fixed, a seed is committed to."""
    stage, at = _review_stage(request, stage_pk), timezone.now()
    rule = seating.rule_of(stage).panel
    pool, conditions, away = draws.pool_of(stage, at), draws.conditions_of(stage), draws.away_from(stage, at)
    form = PledgeForm(posted(request), fixed=rule.size is not None, named=rule.public_part is not None)
    page = Ask(
        title="固定抽取名单",
        verb="固定名单并生成种子承诺",
        over=f"{stage.campaign.title}　{stage.label}",
        text=(
            f"专家库中参加抽取的 {len(pool)} 人列入名单{f'（另有 {away} 人这段时间不能参加，不列入）' if away else ''}，"
            f"{f'抽取 {rule.size} 人' if rule.size else '抽取人数由您填写'}"
            f"{f'，备选 {rule.reserves} 人' if rule.reserves else ''}。系统生成随机种子并先公布其摘要（承诺），"
            "再并入一个现在谁也不知道、谁也不能挑选的公开数值；抽取后任何人都可以据此重算。名单固定后专家库有变动的，须重新固定。"
        ),
        notes=[
            *([("info", "抽取的构成要求", conditions.words)] if conditions else []),
            *([("info", "规则规定并入种子的公开数值", [rule.public_part])] if rule.public_part else []),
        ],
        count=len(pool),
        why_not=policies.can_form_panel(request.member, stage, at=at).reason,
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "固定抽取名单"),
    )

    def act() -> str:
        given = form.cleaned_data
        announced = draws.Announced(given.get("what", ""), given["known_at"])
        pledge = draws.pledge_draw(stage, announced=announced, size=given.get("size"), actor=request.member, at=at)
        return f"已固定 {len(pledge.candidates)} 人的名单，公开数值公布后可以抽取"

    return ask(request, form, page, act)


@office
@require_http_methods(["GET", "POST"])
def draw_panel(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """The second step: the seed is opened, the panel follows."""
    stage, at = _review_stage(request, stage_pk), timezone.now()
    pledge = draws.pledge_of(stage)
    if pledge is None:
        raise Http404
    form = DrawForm(posted(request), what=pledge.announced)
    early = pledge.announced_for is not None and at < pledge.announced_for
    page = Ask(
        title="抽取评审专家？",
        verb="抽取",
        over=f"{stage.campaign.title}　{stage.label}",
        text=f"从固定的 {len(pledge.candidates)} 人中抽取。结果和种子同时公布，不能重抽；有人谢绝或退出的，按抽取顺序递补。",
        count=pledge.members,
        why_not=policies.can_form_panel(request.member, stage, at=at).reason
        or (f"“{pledge.announced}”{_moment(pledge.announced_for)} 公布，公布后再抽取" if early else ""),
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "抽取专家"),
    )

    def act() -> str:
        drawn = draws.draw_panel(stage, actor=request.member, at=at, **form.cleaned_data)
        return f"已抽取 {drawn.pledge.members} 人组成评审团队"

    return ask(request, form, page, act)


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y年%-m月%-d日 %H:%M}" if at else ""


def _formed(stage: Stage) -> Panel:
    found = selectors.panel_of(stage)
    if found is None:
        raise Http404
    found.stage = stage
    return found


@office
@require_http_methods(["GET", "POST"])
def call_next(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """The next in drawn order takes the place of somebody who declined or left."""
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found = _formed(stage)
    drawn = selectors.draw_of(found)
    if drawn is None:
        raise Http404
    following = draws.next_in_order(drawn)
    form = ReasonForm(posted(request))
    page = Ask(
        title="按抽取顺序递补专家",
        verb="递补",
        over=f"{stage.campaign.title}　{stage.label}",
        text=f"递补人选：{desk.expert_line(following)}。" if following else "",
        why_not=policies.can_change_panel(request.member, found, at=at).reason,
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "递补专家"),
    )

    def act() -> str:
        seat = draws.call_next(found, reason=form.cleaned_data["reason"], actor=request.member, at=at)
        return f"已由{seat.expert}递补"

    return ask(request, form, page, act)


# --- the vote of a panel ---------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def open_round(request: MemberRequest, stage_pk: int) -> HttpResponse:
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found = _formed(stage)
    number = found.rounds.count() + 1
    page = Ask(
        title=f"开始第 {number} 轮投票？",
        verb=f"开始第 {number} 轮投票",
        over=f"{stage.campaign.title}　{stage.label}",
        text="候选名单从此固定，专家可以投票；本轮结束前任何人看不到票数。",
        count=selectors.sitting(found).count(),
        noun="位专家",
        why_not=policies.can_open_round(request.member, found, at=at).reason,
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "开始投票"),
    )

    def act() -> str:
        voting = ballots.open_round(found, actor=request.member, at=at)
        return f"第 {voting.number} 轮投票已开始，候选 {len(voting.candidates)} 人"

    return ask(request, EmptyForm(posted(request)), page, act)


@office
@require_http_methods(["GET", "POST"])
def close_round(request: MemberRequest, stage_pk: int) -> HttpResponse:
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found = _formed(stage)
    voting = selectors.open_round(found)
    page = Ask(
        title="结束本轮投票？",
        verb="结束本轮并计票",
        over=f"{stage.campaign.title}　{stage.label}",
        text="票箱启封、计票并记入日志。结束后本轮不能再投。",
        count=voting.roll.count() if voting else 0,
        noun="张选票",
        why_not=policies.can_open_round(request.member, found, at=at).reason,
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "结束本轮"),
    )

    def act() -> str:
        return f"第 {ballots.close_round(found, actor=request.member, at=at).number} 轮投票已结束，票数见下"

    return ask(request, EmptyForm(posted(request)), page, act)


@office
@require_http_methods(["GET", "POST"])
def void_round(request: MemberRequest, stage_pk: int) -> HttpResponse:
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found = _formed(stage)
    voting = selectors.open_round(found)
    form = ReasonForm(posted(request))
    page = Ask(
        title="作废本轮投票？",
        verb="作废本轮",
        kind="danger",
        over=f"{stage.campaign.title}　{stage.label}",
        text="已投的选票不启封，全部销毁，不计入规定的轮数；处理完后重新投票。如投票后才发现应当回避，用这个办法。",
        count=voting.roll.count() if voting else 0,
        noun="张选票",
        why_not=policies.can_open_round(request.member, found, at=at).reason,
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "作废本轮"),
    )

    def act() -> str:
        voided = ballots.void_round(found, reason=form.cleaned_data["reason"], actor=request.member, at=at)
        return f"第 {voided.number} 轮投票已作废"

    return ask(request, form, page, act)


@office
@require_http_methods(["GET", "POST"])
def form_panel(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """Name the panel from the pool; the body that approves panels sees the names next."""
    stage, at = _review_stage(request, stage_pk), timezone.now()
    rule = seating.rule_of(stage)
    form = PanelForm(posted(request), experts=desk.candidates_for(None, request.union))
    size = f"应为 {rule.panel.size} 人" if rule.panel.size else "人数由办公室确定"
    reserves = f"，另可备选 {rule.panel.reserves} 人" if rule.panel.reserves else ""
    approver = stage.campaign.rules.basis.name_of(rule.panel.approved_by) if rule.panel.approved_by else ""
    page = Ask(
        title=f"组成“{stage.label}”的评审团队",
        verb=f"提交{approver}审核" if seating.needs_approval(rule) else "组成评审团队并发出邀请",
        over=stage.campaign.title,
        sub=f"评审团队{size}{reserves}。"
        + (f"须经{approver}审核同意，邀请才生效。" if seating.needs_approval(rule) else ""),
        why_not=policies.can_form_panel(request.member, stage, at=at).reason,
        back=_panel_back(request, stage),
        template="review/panel_form.html",
        crumbs=_trail(request, stage, "组成评审团队"),
        more={"rule": rule, "none": not form.fields["experts"].queryset.exists()},  # type: ignore[attr-defined]
    )

    def act() -> str:
        chosen = list(form.cleaned_data["experts"])
        panels.form_panel(stage, experts=chosen, actor=request.member, at=at)
        done = f"评审团队已组成，{len(chosen)} 人"
        return f"{done}，等待{approver}审核" if seating.needs_approval(rule) else f"{done}，邀请已生效"

    return ask(request, form, page, act)


@office
@require_http_methods(["GET", "POST"])
def add_seat(request: MemberRequest, stage_pk: int) -> HttpResponse:
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found = _formed(stage)
    form = SeatForm(posted(request), experts=desk.candidates_for(found, request.union))
    page = Ask(
        title="增补评审专家",
        verb="增补",
        over=f"{stage.campaign.title}　{stage.label}",
        text="增补的专家同样须经审核同意，邀请才生效。" if seating.needs_approval(seating.rule_of(stage)) else "",
        why_not=policies.can_change_panel(request.member, found, at=at).reason,
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "增补专家"),
    )

    def act() -> str:
        seat = panels.add_seat(found, actor=request.member, at=at, **form.cleaned_data)
        return f"已增补{seat.expert}"

    return ask(request, form, page, act)


def _seat(request: MemberRequest, pk: int) -> PanelSeat:
    rows = PanelSeat.objects.filter(union=request.union).select_related(
        "panel__stage__campaign__union", "panel__stage__union", "expert__member__user"
    )
    return get_object_or_404(rows, pk=pk)


@office
@require_http_methods(["GET", "POST"])
def remove_seat(request: MemberRequest, seat_pk: int) -> HttpResponse:
    seat, at = _seat(request, seat_pk), timezone.now()
    stage = seat.panel.stage
    form = ReasonForm(posted(request))
    page = Ask(
        title=f"{seat.expert}退出评审团队？",
        verb="退出评审团队",
        kind="danger",
        over=f"{stage.campaign.title}　{stage.label}",
        text=(
            "已经投出的选票不能收回，仍然有效；之后的轮次不再参加。不能恢复，需要时请增补其他专家。"
            if policies.work_of(stage) == WORK["ballot"]
            else f"退出后其{policies.work_of(stage)}不再计入，记录保留；不能恢复，需要时请增补其他专家。"
        ),
        count=1,
        why_not=policies.can_remove_seat(request.member, seat, at=at).reason,
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "退出评审团队"),
    )

    def act() -> str:
        panels.remove_seat(seat, reason=form.cleaned_data["reason"], actor=request.member, at=at)
        return f"{seat.expert}已退出评审团队"

    return ask(request, form, page, act)


@office
@require_http_methods(["GET", "POST"])
def recuse(request: MemberRequest, seat_pk: int) -> HttpResponse:
    """The office finds a conflict that neither the expert nor the system named."""
    seat, at = _seat(request, seat_pk), timezone.now()
    stage = seat.panel.stage
    cases = selectors.entrants(stage).exclude(recusals__seat=seat)
    form = RecusalForm(posted(request), cases=cases)
    page = Ask(
        title=f"认定{seat.expert}须回避的申报",
        verb="认定回避",
        over=f"{stage.campaign.title}　{stage.label}",
        text=f"认定后该专家看不到这份申报；已经给出的{policies.work_of(stage)}不再计入。认定不能撤销。",
        why_not=policies.can_recuse(request.member, seat, at=at).reason,
        back=_panel_back(request, stage),
        crumbs=_trail(request, stage, "认定回避"),
    )

    def act() -> str:
        recusal = panels.recuse(
            seat, form.cleaned_data["application"], reason=form.cleaned_data["reason"], actor=request.member, at=at
        )
        return f"{seat.expert}对{recusal.application.name}的申报回避"

    return ask(request, form, page, act)


@office
@require_http_methods(["GET", "POST"])
def close_panel(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """End the panel's work: the seals open, the ranking is computed once."""
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found, work = _formed(stage), policies.work_of(stage)
    decision = policies.can_close_panel(request.member, found, at=at)
    missing = panels.panel_missing(stage) if decision else []
    cases, seats = selectors.entrants(stage).count(), selectors.sitting(found).count()
    page = Ask(
        title=f"结束{work}？",
        verb=f"结束{work}并计算排名",
        over=f"{stage.campaign.title}　{stage.label}",
        text=f"{seats} 位专家的{work}{'结束' if work == WORK['ballot'] else '启封'}，{cases} 人的排名按规则计算并存档。结束后任何人不能再{work}。",
        count=cases,
        why_not=decision.reason or "；".join(missing),
        notes=[("fails", f"{work}还不能结束", missing)] if missing else [],
        back=_panel_back(request, stage),
        to=address(request, "ranking", stage_pk=stage.pk),
        crumbs=_trail(request, stage, f"结束{work}"),
    )

    def act() -> str:
        panels.close_panel(found, actor=request.member, at=at)
        return f"{work}已结束，排名已计算并存档"

    return ask(request, EmptyForm(posted(request)), page, act)


# --- the ranking -----------------------------------------------------------------------------------------------------


@readers
@require_safe
def ranking(request: MemberRequest, stage_pk: int) -> HttpResponse:
    """The ranking with its cut and ties; sealed until scoring has ended, for every reader."""
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found, work = selectors.panel_of(stage), policies.work_of(stage)
    if found is not None:
        found.stage = stage
    readable = policies.can_read_scores(request.member, found, at=at) if found else None
    rows = selectors.ranked_cases(stage, reader=request.member, at=at) if readable else []
    ties = desk.tied_groups(stage) if readable else []
    compared = rankings.compared(stage, found) if found and rows else None
    context = {
        "stage": stage,
        "campaign": stage.campaign,
        "sealed": not readable,
        "rows": rows,
        "cut": selectors.cut_of(stage),
        "last_cut": stage.cuts.select_related("by__user").order_by("revision").last() if readable else None,
        "archived": Ranking.objects.filter(stage=stage).first() if readable else None,
        "decisions": stage.tie_decisions.select_related("by__user").order_by("at", "pk") if readable else [],
        "ties": ties,
        "work": work,
        "total_label": {"评分": "总分", "投票": "得票"}.get(work, "推荐"),
        "sheets": desk.round_sheets(found, request.member, at=at) if found and readable else [],
        "told": firmness.told(stage, found, compared) if found and compared else None,
        "may_cut": policies.can_set_cut(request.member, stage, at=at),
        "may_tie": policies.can_decide_tie(request.member, stage, at=at),
        "crumbs": _trail(request, stage, "排名"),
    }
    return render(request, "review/ranking.html", context)


@office
@require_http_methods(["GET", "POST"])
def set_cut(request: MemberRequest, stage_pk: int) -> HttpResponse:
    stage, at = _review_stage(request, stage_pk), timezone.now()
    found = selectors.panel_of(stage)
    readable = found is not None and policies.can_read_scores(request.member, found, at=at)
    back = address(request, "ranking", stage_pk=stage.pk)
    passes = seating.rule_of(stage).passes
    bounds = []
    if passes and passes.min is not None:
        bounds.append(f"至少 {passes.min} 人")
    if passes and passes.max is not None:
        bounds.append(f"至多 {passes.max} 人")
    form = CutForm(posted(request), initial={"passing": selectors.cut_of(stage)})
    page = Ask(
        title="确定进入下一环节的人数",
        verb="确定人数",
        over=f"{stage.campaign.title}　{stage.label}",
        text=(
            (f"规定{'、'.join(bounds)}。" if bounds else "规则没有限定人数。")
            + (
                "按排名从前往后，确定后可以再改，每次都留下理由。"
                if readable
                else f"{policies.work_of(stage)}封存中，此时确定的人数不受排名影响。"
            )
        ),
        why_not=policies.can_set_cut(request.member, stage, at=at).reason,
        back=back,
        crumbs=_trail(request, stage, "确定人数"),
    )

    def act() -> str:
        cut = rankings.set_cut(stage, actor=request.member, at=at, **form.cleaned_data)
        return f"已确定前 {cut.passing} 名进入下一环节"

    return ask(request, form, page, act)


@arbiters
@require_http_methods(["GET", "POST"])
def decide_tie(request: MemberRequest, stage_pk: int, tie: str) -> HttpResponse:
    """People put in order whom the written chain left tied."""
    stage, at = _review_stage(request, stage_pk), timezone.now()
    back = address(request, "ranking", stage_pk=stage.pk)
    found = selectors.panel_of(stage)
    if found is None or not policies.can_read_scores(request.member, found, at=at):
        raise Http404
    tied = dict(desk.tied_groups(stage)).get(tie)
    if tied is None:
        return redirect(back)
    form = TieForm(posted(request), tied=tied)
    page = Ask(
        title="裁定并列的先后",
        verb="裁定先后",
        over=f"{stage.campaign.title}　{stage.label}",
        text="按规则写明的办法仍分不出先后，由人裁定。理由保留在记录里。",
        count=len(tied),
        why_not=policies.can_decide_tie(request.member, stage, at=at).reason,
        back=back,
        crumbs=_trail(request, stage, "裁定并列"),
    )

    def act() -> str:
        rankings.decide_tie(stage, order=form.order, reason=form.cleaned_data["reason"], actor=request.member, at=at)
        return f"已裁定 {len(tied)} 人的先后"

    return ask(request, form, page, act)
