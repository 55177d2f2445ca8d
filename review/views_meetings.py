"""The leading group's room: meetings with their agenda, votes and minutes. The office prepares, the supervisor reads along."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from applications.models import Application
from campaigns.models import Campaign
from documents.downloads import paper
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from review import desk, desk_meetings, heard, papers, policies, selectors, selectors_meetings
from review import policies_meetings as permits
from review.forms import ChoiceRow, EmptyForm, ReasonForm, TieForm
from review.forms_meetings import (
    AgendaForm,
    AnswerRow,
    AttendanceRow,
    ChairForm,
    ConveneForm,
    DecidingForm,
    HandsRow,
    MemberRecusalForm,
    MoveForm,
    PlaceProposalForm,
    ProposalForm,
)
from review.models import BallotRound, Resolution
from review.models_meetings import AgendaItem, Meeting
from review.motions import Question
from review.pages import Ask, address, ask, get_campaign, get_case, posted
from review.scopes import Given
from review.services import meeting_votes, meetings
from review.services.meetings import Motion
from review.states import ItemState, Matter, MeetingState, Resolved
from review.views_group import parts_in, picked, typed_row
from review.views_office import case_context
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.models import Member
from unions.permits import Refused
from unions.states import Role

room = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)
prepares = role_required(Role.OFFICE, Role.LEADER)
leader = role_required(Role.LEADER)


def _crumbs(request: MemberRequest, *more: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {"label": "领导小组会议", "url": address(request, "meetings")},
        *({"label": label, "url": url} for label, url in more),
    ]


def _meeting(request: MemberRequest, pk: int) -> Meeting:
    rows = Meeting.objects.for_union(request.union).select_related(
        "campaign__union", "union", "chair__user", "by__user"
    )
    return get_object_or_404(rows, pk=pk)


def _item(request: MemberRequest, pk: int) -> AgendaItem:
    rows = AgendaItem.objects.filter(union=request.union).select_related(
        "meeting__campaign__union",
        "meeting__chair__user",
        "stage__campaign__union",
        "stage__union",
        "investigation__application",
        "resolution",
    )
    return get_object_or_404(rows.prefetch_related("votes"), pk=pk)


def _here(request: MemberRequest, meeting: Meeting) -> str:
    return address(request, "meeting", meeting_pk=meeting.pk)


def _at_item(request: MemberRequest, item: AgendaItem) -> str:
    return address(request, "agenda_item", item_pk=item.pk)


def _asking(request: MemberRequest, meeting: Meeting, label: str, why_not: str, **page: Any) -> Ask:
    """What every page before a verb about a meeting has in common."""
    return Ask(
        over=f"{meeting.campaign.title}　{meeting}",
        why_not=why_not,
        back=_here(request, meeting),
        crumbs=_crumbs(request, (f"{meeting.campaign.title}{meeting}", _here(request, meeting)), (label, "")),
        **page,
    )


def _way(request: MemberRequest, item: AgendaItem, *more: str) -> list[dict[str, str]]:
    title = desk_meetings.title_of(item)
    return _crumbs(
        request,
        (f"{item.meeting.campaign.title}{item.meeting}", _here(request, item.meeting)),
        (title, _at_item(request, item) if more else ""),
        *((label, "") for label in more),
    )


# --- meetings ---------------------------------------------------------------------------------------------------------


@room
@require_safe
def meetings_page(request: MemberRequest) -> HttpResponse:
    """Every meeting, and for which campaigns something waits to be put on an agenda."""
    at = timezone.now()
    running = Campaign.objects.for_union(request.union).filter(state="published").select_related("union")
    offers = desk_meetings.offers(request.union, at=at)
    context = {
        "lines": desk_meetings.meeting_lines(request.union),
        "waiting": [(campaign, offers[campaign.pk]) for campaign in running if campaign.pk in offers],
        "may_convene": permits.can_prepare(request.member, request.union),
        "votes": desk_meetings.votes_waiting(request.member, at=at),
        "crumbs": [{"label": "领导小组会议"}],
    }
    return render(request, "review/meeting_list.html", context)


@prepares
@require_http_methods(["GET", "POST"])
def convene_meeting(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """When, where, who takes the chair, and what of the waiting matters is put on the agenda."""
    campaign, at = get_campaign(request, campaign_slug), timezone.now()
    offers = {one.key: one for one in desk_meetings.offers(request.union, at=at).get(campaign.pk, ())}
    leaders = selectors_meetings.leaders(request.union)
    form = ConveneForm(
        posted(request),
        leaders=leaders,
        offers=[(one.key, f"{one.title}（{one.count} 人）") for one in offers.values()],
        initial={
            "held_on": timezone.localdate(at),
            "items": list(offers),
            "recorder": str(request.member) if request.member.role == Role.OFFICE else "",
        },
    )
    page = Ask(
        title="召集领导小组会议",
        verb="召集会议",
        over=campaign.title,
        sub=f"应到 {len(leaders)} 人，为领导小组现有全体成员。",
        why_not=permits.can_convene_meeting(request.member, campaign, at=at).reason
        or ("" if offers else "现在没有等待领导小组决定的事项"),
        back=address(request, "meetings"),
        crumbs=_crumbs(request, ("召集会议", "")),
    )

    def act() -> str:
        given = form.cleaned_data
        meeting = meetings.convene_meeting(
            campaign,
            held_on=given["held_on"],
            place=given["place"],
            chair=_leader(leaders, given["chair"]),
            recorder=given["recorder"],
            motions=[offers[key].motion for key in given["items"]],
            actor=request.member,
            at=at,
        )
        page.to = _here(request, meeting)
        return f"已召集第 {meeting.number} 次会议，请记录到会情况"

    return ask(request, form, page, act)


def _leader(leaders: Sequence[Member], pk: str) -> Member:
    return next(one for one in leaders if str(one.pk) == pk)


@room
@require_safe
def meeting(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    """One meeting: who is here, who keeps out of whom, the agenda, and once it is over its papers."""
    found, at = _meeting(request, meeting_pk), timezone.now()
    items = list(
        found.items.select_related("stage__campaign", "investigation__application", "resolution").prefetch_related(
            "votes"
        )
    )
    rows = list(found.attendances.select_related("member__user"))
    record = getattr(found, "record", None)
    context = {
        "meeting": found,
        "campaign": found.campaign,
        "tone": desk_meetings.MEETING_TONES[found.state],
        "rows": rows,
        "present": sum(row.presence == "present" for row in rows),
        "recusals": found.recusals.select_related("member__user", "application"),
        "items": [
            (
                item,
                desk_meetings.title_of(item),
                desk_meetings.ITEM_TONES[item.state],
                selectors_meetings.open_vote(item) is not None,
            )
            for item in items
        ],
        "may_prepare": permits.can_prepare_meeting(request.member, found, at=at),
        "may_rearrange": permits.can_rearrange_meeting(request.member, found, at=at),
        "may_run": permits.can_run_meeting(request.member, found, at=at),
        "record": record,
        "agrees": meetings.agreeing(record) if record else None,
        "votes": [one for one in desk_meetings.votes_waiting(request.member, at=at) if one.item.meeting_id == found.pk],
        "crumbs": _crumbs(request, (f"{found.campaign.title}{found}", "")),
    }
    return render(request, "review/meeting.html", context)


@prepares
@require_http_methods(["GET", "POST"])
def move_meeting(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    """Another day or place, as long as it has not begun."""
    found, at = _meeting(request, meeting_pk), timezone.now()
    form = MoveForm(posted(request), initial={"held_on": found.held_on, "place": found.place})
    page = _asking(
        request,
        found,
        "改期、改地点",
        permits.can_rearrange_meeting(request.member, found, at=at).reason,
        title="会议改期、改地点",
        verb="保存改动",
        sub="保存后通知应到的全体成员；议程和已记录的到会、回避不变。",
    )

    def act() -> str:
        meetings.move_meeting(found, **form.cleaned_data, actor=request.member, at=at)
        return "会议日期和地点已改动，已通知应到的成员"

    return ask(request, form, page, act)


@prepares
@require_http_methods(["GET", "POST"])
def cancel_meeting(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    """Call it off, with a reason that those who were called read."""
    found, at = _meeting(request, meeting_pk), timezone.now()
    form = ReasonForm(posted(request))
    page = _asking(
        request,
        found,
        "取消会议",
        permits.can_rearrange_meeting(request.member, found, at=at).reason,
        title="取消会议？",
        verb="取消会议",
        kind="danger",
        text="取消后不能恢复。议程上的事项回到“等待决议”，可以另行召集会议；理由写进发给应到成员的通知。",
        count=found.attendances.count(),
        noun="名应到的成员",
    )

    def act() -> str:
        meetings.cancel_meeting(found, reason=form.cleaned_data["reason"], actor=request.member, at=at)
        return "会议已取消，已通知应到的成员"

    return ask(request, form, page, act)


@prepares
@require_http_methods(["GET", "POST"])
def set_attendance(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    """Who came, where they work, who takes the chair."""
    found, at = _meeting(request, meeting_pk), timezone.now()
    rows = [
        AttendanceRow(posted(request), row=row)
        for row in found.attendances.select_related("member__user").order_by("pk")
    ]
    leaders = [row.row.member for row in rows]
    form = ChairForm(posted(request), leaders=leaders, initial={"chair": found.chair_id})
    page = _asking(
        request,
        found,
        "到会情况",
        permits.can_prepare_meeting(request.member, found, at=at).reason,
        title="到会情况",
        verb="保存到会情况",
        sub="工作单位用于核对回避：与人选同单位的，系统会记为回避，不参加该人选的表决。",
        template="review/meeting_attendance.html",
        more={"rows": rows},
    )

    def act() -> str:
        meetings.set_attendance(
            found,
            attended={row.row.member_id: row.attended for row in rows},
            chair=_leader(leaders, form.cleaned_data["chair"]),
            actor=request.member,
            at=at,
        )
        return "到会情况已保存"

    _all_well(request, rows, form)
    return ask(request, form, page, act)


def _all_well(request: MemberRequest, rows: Sequence[forms.Form], form: forms.Form) -> None:
    """Every row shows its own error, the page says that there are some."""
    if request.method == "POST" and not all([row.is_valid() for row in rows]):  # noqa: C419 - every row shows its error
        form.add_error(None, "有的行填写不全，请看标出的地方")


@prepares
@require_http_methods(["GET", "POST"])
def recuse_member(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    """A member keeps out of somebody on the agenda."""
    found, at = _meeting(request, meeting_pk), timezone.now()
    items = found.items.select_related("stage__campaign", "investigation")
    cases = {case for item in items for case in selectors_meetings.people_of(item)}
    leaders = [row.member for row in found.attendances.select_related("member__user")]
    form = MemberRecusalForm(
        posted(request),
        leaders=leaders,
        cases=Application.objects.filter(pk__in=cases).order_by("number", "pk"),
        initial={"member": request.member.pk},
    )
    page = _asking(
        request,
        found,
        "申报回避",
        permits.can_prepare_meeting(request.member, found, at=at).reason,
        title="申报回避",
        verb="记录回避",
        text="回避的成员不查看该人选的材料，不参加其表决，也不计入应到和出席人数。记录后不能撤销。",
    )

    def act() -> str:
        given = form.cleaned_data
        member = _leader(leaders, given["member"])
        meetings.recuse_member(found, member, given["application"], reason=given["reason"], actor=request.member, at=at)
        return f"已记录：{member}对{given['application'].name}回避"

    return ask(request, form, page, act)


@prepares
@require_http_methods(["GET", "POST"])
def add_item(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    found, at = _meeting(request, meeting_pk), timezone.now()
    taken = {desk_meetings.key_of(_motion(item)) for item in found.items.filter(state=ItemState.OPEN)}
    waiting = desk_meetings.offers(request.union, at=at).get(found.campaign_id, ())
    offers = {one.key: one for one in waiting if one.key not in taken}
    form = AgendaForm(posted(request), offers=[(one.key, f"{one.title}（{one.count} 人）") for one in offers.values()])
    page = _asking(
        request,
        found,
        "增加议程",
        permits.can_prepare_meeting(request.member, found, at=at).reason
        or ("" if offers else "没有其他等待领导小组决定的事项"),
        title="增加议程",
        verb="列入议程",
    )

    def act() -> str:
        offer = offers[form.cleaned_data["item"]]
        meetings.add_item(found, offer.motion, actor=request.member, at=at)
        return f"已列入议程：{offer.title}"

    return ask(request, form, page, act)


def _motion(item: AgendaItem) -> Motion:
    return Motion(Matter(item.matter), item.stage, item.investigation, tuple(item.tied))


@leader
@require_http_methods(["GET", "POST"])
def open_meeting(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    found, at = _meeting(request, meeting_pk), timezone.now()
    present = found.attendances.filter(presence="present").count()
    page = _asking(
        request,
        found,
        "会议开始",
        permits.can_run_meeting(request.member, found, at=at).reason,
        title="开始会议？",
        verb="会议开始",
        text="开始时系统核对出席成员与人选的关系，应当回避的自动记录。",
        count=present,
        noun="人出席",
    )

    def act() -> str:
        meetings.open_meeting(found, actor=request.member, at=at)
        return "会议已开始"

    return ask(request, EmptyForm(posted(request)), page, act)


@leader
@require_http_methods(["GET", "POST"])
def close_meeting(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    found, at = _meeting(request, meeting_pk), timezone.now()
    left = found.items.filter(state=ItemState.OPEN).count()
    page = _asking(
        request,
        found,
        "会议结束",
        permits.can_run_meeting(request.member, found, at=at).reason,
        title="结束会议？",
        verb="会议结束，固定纪要",
        text=f"会议纪要从此不能更改，可以打印签字。{f'还有 {left} 项没有议，记为“未议”。' if left else ''}",
    )

    def act() -> str:
        meetings.close_meeting(found, actor=request.member, at=at)
        return "会议已结束，会议纪要已固定"

    return ask(request, EmptyForm(posted(request)), page, act)


# --- one item ---------------------------------------------------------------------------------------------------------


@room
@require_safe
def agenda_item(request: MemberRequest, item_pk: int) -> HttpResponse:
    """What is proposed, whom it is about, how the votes stand, and what can be done next."""
    found, at = _item(request, item_pk), timezone.now()
    decides = permits.can_decide_item(request.member, found, at=at)
    vote = selectors_meetings.open_vote(found)
    results = selectors_meetings.results(found)
    put: tuple[Question, ...] = ()
    if found.proposal and vote is None:
        put = selectors_meetings.waiting_questions(found, selectors_meetings.room_of(found.meeting), each=True)
    chairs = [one for one in results if one.chair]
    context = {
        "item": found,
        "meeting": found.meeting,
        "title": desk_meetings.title_of(found),
        "tone": desk_meetings.ITEM_TONES[found.state],
        "rule": desk_meetings.rule_words(found),
        "lines": desk_meetings.person_lines(found),
        "experts": desk_meetings.expert_names(found) if found.matter == Matter.PANEL else [],
        "votes": desk_meetings.vote_lines(found),
        "vote": vote,
        "results": results,
        "may_decide": decides,
        "may_propose": permits.can_propose(request.member, found, at=at),
        "may_vote": permits.can_vote(request.member, vote, at=at) if vote else None,
        "secret_due": bool(selectors_meetings.in_secret(found, put)),
        "hands_due": bool(selectors_meetings.by_hands(found, put)),
        "secret_rule": selectors_meetings.votes_in_secret(found),
        "chair_due": chairs[0].question.key if chairs else "",
        "is_chair": request.member.pk == found.meeting.chair_id,
        "voidable": any(not one.voided for one in found.votes.all()),
        "done": bool(results) and not put and vote is None and not chairs,
        "crumbs": _way(request, found),
    }
    return render(request, "review/meeting_item.html", context)


@prepares
@require_http_methods(["GET", "POST"])
def propose(request: MemberRequest, item_pk: int) -> HttpResponse:
    """What the group is to vote on: the words, and for people a decision on each."""
    found, at = _item(request, item_pk), timezone.now()
    build: Mapping[str, Callable[..., HttpResponse]] = {
        Matter.PEOPLE: _propose_people,
        Matter.PLACE: _propose_place,
        Matter.TIE: _propose_order,
        Matter.LIST: _propose_list,
        Matter.PANEL: _propose_list,
    }
    return build[found.matter](request, found, at)


def _proposing(request: MemberRequest, found: AgendaItem, at: Any) -> Ask:
    return Ask(
        title=f"提出拟作的决定：{desk_meetings.title_of(found)}",
        verb="提交表决",
        over=f"{found.meeting.campaign.title}　{found.meeting}",
        sub=desk_meetings.rule_words(found),
        why_not=permits.can_propose(request.member, found, at=at).reason,
        back=_at_item(request, found),
        crumbs=_way(request, found, "提出拟作的决定"),
    )


def _words(found: AgendaItem) -> dict[str, str]:
    return {"text": found.text or desk_meetings.suggested_text(found), "reason": found.reason}


def _propose_list(request: MemberRequest, found: AgendaItem, at: Any) -> HttpResponse:
    form = ProposalForm(posted(request), initial=_words(found))
    del form.fields["reason"]
    page = _proposing(request, found, at)
    page.text = "名单按现在的样子提出；提出后有变动的，须重新提出。"
    page.count = len(meetings.as_it_stands(found))

    def act() -> str:
        meetings.propose(found, text=form.cleaned_data["text"], actor=request.member, at=at)
        return "已提出，可以表决"

    return ask(request, form, page, act)


def _propose_people(request: MemberRequest, found: AgendaItem, at: Any) -> HttpResponse:
    stage = found.stage
    people = desk.candidates(stage, decided=False)
    may, parts = selectors.may_in_committee(stage), parts_in(stage)
    before = {row["application"]: row for row in found.proposal}
    given = desk.given_before(stage, people)
    trying = "try" in request.POST
    data = None if trying else posted(request)
    rows = []
    for one in people:
        known = before.get(one.application.pk, {})
        given_one = given.get(one.application.pk, Given())
        initial = typed_row(request, one.application, given_one)
        initial = {**{key: known[key] for key in ("decision", "reason", "rank") if known.get(key)}, **initial}
        rows.append(ChoiceRow(data, case=one.application, may=may, parts=parts, initial=initial))
    form = ProposalForm(data, initial={**_words(found), **(request.POST.dict() if trying else {})})
    ticked = {row.case.pk: picked(row) for row in rows if row["decision"].value() == Resolved.CONFIRM}
    named = [row.case.pk for row in rows if row["decision"].value()]
    page = _proposing(request, found, at)
    page.template = "review/meeting_propose.html"
    page.more = {
        "stage": stage,
        "item": found,
        "people": list(zip(people, rows, strict=True)),
        "orders": "order" in may,
        "meters": desk.quota_meters(stage, confirming=ticked, deciding=named, given=ticked),
    }

    def act() -> str:
        proposal = [
            {"application": row.case.pk, **{key: value for key, value in row.cleaned_data.items() if value}}
            for row in rows
            if row.cleaned_data["decision"]
        ]
        meetings.propose(found, proposal=proposal, actor=request.member, at=at, **form.cleaned_data)
        return f"已提出 {len(proposal)} 人的拟定意见，可以表决"

    if trying:
        return render(request, page.template, {"page": page, "form": form, "crumbs": page.crumbs, **page.more})
    _all_well(request, rows, form)
    return ask(request, form, page, act)


def _propose_place(request: MemberRequest, found: AgendaItem, at: Any) -> HttpResponse:
    cases = Application.objects.filter(pk__in=selectors_meetings.people_of(found)).order_by("number")
    form = PlaceProposalForm(posted(request), cases=cases, parts=parts_in(found.stage), initial=_words(found))
    page = _proposing(request, found, at)
    page.text = f"空出“{found.stage.label}”的 1 个名额，{len(cases)} 人可以递补。"

    def act() -> str:
        given = form.cleaned_data
        chosen = given["application"]
        row = {"application": chosen.pk if chosen else None}
        row |= {key: given[key] for key in ("category", "tier") if given.get(key)}
        meetings.propose(found, proposal=[row], text=given["text"], reason=given["reason"], actor=request.member, at=at)
        return "已提出，可以表决"

    return ask(request, form, page, act)


def _propose_order(request: MemberRequest, found: AgendaItem, at: Any) -> HttpResponse:
    tied = sorted(Application.objects.filter(pk__in=found.tied), key=lambda case: case.number)
    form = TieForm(posted(request), tied=tied, initial={"reason": found.reason})
    page = _proposing(request, found, at)

    def act() -> str:
        order = [{"application": case.pk} for case in form.order]
        text = desk_meetings.suggested_text(found)
        meetings.propose(
            found, proposal=order, text=text, reason=form.cleaned_data["reason"], actor=request.member, at=at
        )
        return "已提出先后次序，可以表决"

    return ask(request, form, page, act)


# --- votes ------------------------------------------------------------------------------------------------------------


@leader
@require_http_methods(["GET", "POST"])
def open_motion(request: MemberRequest, item_pk: int) -> HttpResponse:
    found, at = _item(request, item_pk), timezone.now()
    asked = selectors_meetings.in_secret(found, _put(found))
    page = Ask(
        title="开始无记名投票？",
        verb="开始投票",
        over=desk_meetings.title_of(found),
        text="出席的成员各自登录，在自己的设备上投票。投票只记录谁投了，不记录投了什么；全部投完后由任一成员结束并计票。",
        count=len({voter for one in asked for voter in one.voters}),
        noun="人参加投票",
        why_not=permits.can_decide_item(request.member, found, at=at).reason,
        back=_at_item(request, found),
        crumbs=_way(request, found, "开始投票"),
    )

    def act() -> str:
        meeting_votes.open_vote(found, actor=request.member, at=at)
        return "投票已开始"

    return ask(request, EmptyForm(posted(request)), page, act)


def _put(found: AgendaItem, *, each: bool = True) -> tuple[Question, ...]:
    return selectors_meetings.waiting_questions(found, selectors_meetings.room_of(found.meeting), each=each)


@leader
@require_http_methods(["GET", "POST"])
def cast_vote(request: MemberRequest, item_pk: int) -> HttpResponse:
    """A member's own ballot: on everybody they do not keep out of, for, against or abstained; twice asked, once cast."""
    found, at = _item(request, item_pk), timezone.now()
    vote = selectors_meetings.open_vote(found)
    decision = permits.can_vote(request.member, vote, at=at)
    if vote is None or not decision:
        messages.error(request, decision.reason)
        return redirect(_at_item(request, found))
    own = [one for one in vote.questions if request.member.pk in one["voters"]]
    lines = {line.application.pk: line for line in desk_meetings.person_lines(found)}
    rows = [
        (AnswerRow(posted(request), key=one["key"]), [lines[case] for case in one["cases"]], one["key"]) for one in own
    ]
    wellformed = request.method == "POST" and all([row.is_valid() for row, _, _ in rows])  # noqa: C419
    context = {
        "item": found,
        "vote": vote,
        "title": desk_meetings.title_of(found),
        "rows": rows,
        "hidden": len(vote.questions) - len(own),
        "wrong": request.method == "POST" and not wellformed,
        "crumbs": _way(request, found, "投票"),
    }
    if not wellformed or "edit" in request.POST:
        return render(request, "review/meeting_vote.html", context)
    answers = {row.key: row.cleaned_data["answer"] for row, _, _ in rows}
    if "confirmed" not in request.POST:
        context["answers"] = [
            (row.key, answers[row.key], meeting_votes.ANSWERS[answers[row.key]], who) for row, who, _ in rows
        ]
        return render(request, "review/meeting_vote_confirm.html", context)
    try:
        meeting_votes.cast_vote(found, answers=answers, actor=request.member, at=at)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已投票")
    return redirect(_at_item(request, found))


@leader
@require_http_methods(["GET", "POST"])
def close_motion(request: MemberRequest, item_pk: int) -> HttpResponse:
    found, at = _item(request, item_pk), timezone.now()
    vote = selectors_meetings.open_vote(found)
    if vote is None:
        raise Http404
    page = Ask(
        title="结束投票并计票？",
        verb="结束投票，计票",
        over=desk_meetings.title_of(found),
        count=vote.roll.count(),
        noun=f"人已投票，应投 {len(meeting_votes.voters_of(vote))} 人",
        why_not=permits.can_decide_item(request.member, found, at=at).reason,
        back=_at_item(request, found),
        crumbs=_way(request, found, "计票"),
    )

    def act() -> str:
        meeting_votes.close_vote(found, actor=request.member, at=at)
        return "投票已结束，票数见下"

    return ask(request, EmptyForm(posted(request)), page, act)


@leader
@require_http_methods(["GET", "POST"])
def void_motion(request: MemberRequest, item_pk: int) -> HttpResponse:
    found, at = _item(request, item_pk), timezone.now()
    page = Ask(
        title="作废最近一轮表决？",
        verb="作废",
        kind="danger",
        over=desk_meetings.title_of(found),
        text="正在进行的投票作废后不计票；已经计票的，票数和作废的理由留在会议纪要里。作废后重新提出、重新表决。",
        why_not=permits.can_decide_item(request.member, found, at=at).reason,
        back=_at_item(request, found),
        crumbs=_way(request, found, "作废表决"),
    )
    form = ReasonForm(posted(request))

    def act() -> str:
        meeting_votes.void_vote(found, reason=form.cleaned_data["reason"], actor=request.member, at=at)
        return "已作废，可以重新提出和表决"

    return ask(request, form, page, act)


@leader
@require_http_methods(["GET", "POST"])
def count_hands(request: MemberRequest, item_pk: int) -> HttpResponse:
    """The figures of a show of hands: all together, apart from people whom somebody keeps out of; or one by one."""
    found, at = _item(request, item_pk), timezone.now()
    each = "each" in request.GET
    secret = selectors_meetings.votes_in_secret(found)
    asked = selectors_meetings.by_hands(found, _put(found, each=each or secret))
    lines = desk_meetings.question_lines(asked)
    rows = [HandsRow(posted(request), question=one) for one in asked]
    form = forms.Form(posted(request))
    page = Ask(
        title="举手表决：记录票数",
        verb="记录票数",
        over=desk_meetings.title_of(found),
        sub=desk_meetings.rule_words(found),
        why_not=permits.can_decide_item(request.member, found, at=at).reason
        or ("" if asked else "没有等待举手表决的事项"),
        back=_at_item(request, found),
        template="review/meeting_hands.html",
        crumbs=_way(request, found, "举手表决"),
        more={
            "rows": list(zip(lines, rows, strict=True)),
            "shown": meeting_votes.seen(asked),
            "each": each,
            "secret": secret,
            "may_split": not secret and found.matter not in selectors_meetings.AS_ONE,
            "item": found,
        },
    )

    def act() -> str:
        meeting_votes.count_hands(
            found,
            counts={row.question.key: row.counts for row in rows},
            shown=request.POST.get("shown", ""),
            each=each,
            actor=request.member,
            at=at,
        )
        return "票数已记录"

    _all_well(request, rows, form)
    return ask(request, form, page, act)


@leader
@require_http_methods(["GET", "POST"])
def cast_deciding(request: MemberRequest, item_pk: int) -> HttpResponse:
    """The chair's word on a tie, one question at a time."""
    found, at = _item(request, item_pk), timezone.now()
    result = next((one for one in selectors_meetings.results(found) if one.chair), None)
    if result is None:
        raise Http404
    (line,) = desk_meetings.question_lines([result.question])
    form = DecidingForm(posted(request))
    page = Ask(
        title="票数相同，由主持人决定",
        verb="作出决定",
        over=desk_meetings.title_of(found),
        sub=f"{line.names}：{result.count.words}",
        text="决定和理由写入会议纪要，不能更改。",
        why_not=permits.can_decide_item(request.member, found, at=at).reason,
        back=_at_item(request, found),
        crumbs=_way(request, found, "主持人决定"),
    )

    def act() -> str:
        meeting_votes.cast_deciding(found, key=result.question.key, actor=request.member, at=at, **form.cleaned_data)
        return "主持人的决定已记录"

    return ask(request, form, page, act)


@leader
@require_http_methods(["GET", "POST"])
def conclude_item(request: MemberRequest, item_pk: int) -> HttpResponse:
    found, at = _item(request, item_pk), timezone.now()
    results = selectors_meetings.results(found)
    lost = [case for one in results if not one.carried for case in one.question.cases]
    names = "、".join(selectors.names_of(lost).values())
    page = Ask(
        title="按表决结果作出决议？",
        verb="作出决议",
        over=desk_meetings.title_of(found),
        text="各人的结论从此生效，只能以更正决议改变。"
        + (f"表决未通过：{names}；拟通过而未获通过的，按不予通过记录，以票数为理由。" if lost else ""),
        why_not=permits.can_decide_item(request.member, found, at=at).reason,
        back=_at_item(request, found),
        crumbs=_way(request, found, "作出决议"),
    )

    def act() -> str:
        done = meeting_votes.conclude_item(found, actor=request.member, at=at)
        return f"第 {done.number} 项议程：{done.get_state_display()}"

    return ask(request, EmptyForm(posted(request)), page, act)


# --- the dossier ------------------------------------------------------------------------------------------------------


@room
@require_safe
def dossier(request: MemberRequest, item_pk: int, application_pk: int) -> HttpResponse:
    """Everything on one person that an item is about, on one page; never for a member who keeps out of them."""
    found = _item(request, item_pk)
    lines = desk_meetings.person_lines(found)
    ids = [line.application.pk for line in lines]
    if application_pk not in ids:
        raise Http404
    if selectors_meetings.is_recused(found.meeting, request.member, application_pk):
        messages.error(request, "您对此人选应当回避，不能查看其材料")
        return redirect(_at_item(request, found))
    application = get_case(request, application_pk)
    place = ids.index(application_pk)
    past = [
        (item, desk_meetings.title_of(item), selectors_meetings.verdict_on(item, application_pk))
        for item in selectors_meetings.resolutions_about(application)
        if item.pk != found.pk
    ]
    context = case_context(request, application)
    context |= {
        "item": found,
        "title": desk_meetings.title_of(found),
        "place": place + 1,
        "of": len(ids),
        "before": ids[place - 1] if place else None,
        "after": ids[place + 1] if place + 1 < len(ids) else None,
        "heard": heard.heard([application_pk]).get(application_pk, []),
        "resolved": past,
        "recusals": found.meeting.recusals.filter(application=application).select_related("member__user"),
        "points": selectors.visit_points([application_pk]).get(application_pk, ""),
        "line": lines[place],
        "crumbs": _way(request, found, application.name),
    }
    return render(request, "review/dossier.html", context)


# --- paper ------------------------------------------------------------------------------------------------------------


def _pdf(request: MemberRequest, make: Callable[[], bytes], name: str, back: str) -> HttpResponse:
    try:
        return paper(make(), name, shown=True)
    except (MissingGlyph, PaperError) as error:
        messages.error(request, f"公文暂时不能生成：{error}")
        return redirect(back)


@room
@require_safe
def minutes_paper(request: MemberRequest, meeting_pk: int) -> HttpResponse:
    found = _meeting(request, meeting_pk)
    record = getattr(found, "record", None)
    if found.state != MeetingState.CLOSED or record is None:
        raise Http404
    return _pdf(request, lambda: papers.minutes_pdf(record), f"minutes-{found.pk}", _here(request, found))


@room
@require_safe
def resolution_paper(request: MemberRequest, resolution_pk: int) -> HttpResponse:
    rows = Resolution.objects.filter(union=request.union).select_related("campaign__union", "stage", "by__user")
    found = get_object_or_404(rows, pk=resolution_pk)
    back = address(request, "meetings")
    return _pdf(request, lambda: papers.resolution_pdf(found), f"resolution-{found.pk}", back)


@room
@require_safe
def counting_sheet(request: MemberRequest, round_pk: int) -> HttpResponse:
    """The sheet of a closed round of a panel's vote, for those who watched and counted to sign."""
    rows = BallotRound.objects.filter(union=request.union).select_related("panel__stage__campaign__union", "union")
    found = get_object_or_404(rows, pk=round_pk)
    found.panel.stage.union = request.union
    if found.voided or not policies.can_read_tally(request.member, found, at=timezone.now()):
        raise Http404
    back = address(request, "panel", stage_pk=found.panel.stage_id)
    return _pdf(request, lambda: papers.counting_sheet_pdf(found), f"counting-{found.pk}", back)
