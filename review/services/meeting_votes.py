"""The votes of the leading group: by show of hands, or in secret with nothing kept but running figures (adr/0010). Then what follows.

What a vote carries is done by the verbs that decide it elsewhere (resolutions, panels, rankings, investigations): they judge
places, departures from the ranking and everything else, before the vote as a trial and after it for good.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from applications.models import Application
from review import motions, selectors, selectors_meetings
from review import policies_meetings as permits
from review.models import Panel, Resolution
from review.models_meetings import AgendaItem, MeetingRecusal, MotionRoll, MotionVote
from review.motions import Question
from review.ranking import sha256_of
from review.services import investigations, panels, rankings, resolutions
from review.services.meetings import by_member, find_recusals, lock_item, lock_row
from review.services.resolutions import Choice, Minutes
from review.services.stages import lock_places, lock_stage
from review.states import ItemState, Matter, Resolved, VoteMethod
from unions import audit, vault
from unions.models import Member, PersonalKey
from unions.permits import Refused

FOR: Final = "for"
AGAINST: Final = "against"
ABSTAIN: Final = "abstain"
ANSWERS: Final[Mapping[str, str]] = {FOR: "赞成", AGAINST: "反对", ABSTAIN: "弃权"}
_WIDE: Final = 4
"""Digits of a running figure: all of one length, so that the sealed text tells nothing by its size."""


def _lock(item: AgendaItem) -> AgendaItem:
    """Stage (and for places of the title the union before it), meeting, item: the order every service of this app keeps."""
    places = item.matter == Matter.PLACE or item.stage.kind == "final_approval"
    stage = (lock_places if places else lock_stage)(item.stage)
    meeting = lock_row(item.meeting, stage.campaign)
    locked = lock_item(item, meeting)
    locked.stage = stage
    return locked


def _live(item: AgendaItem) -> MotionVote:
    vote = item.votes.select_for_update(no_key=True, of=("self",)).select_related("key").filter(closed_at=None).first()
    if vote is None:
        raise Refused("现在没有进行中的投票")
    vote.item = item
    return vote


# --- putting the question ---------------------------------------------------------------------------------------------


def seen(asked: Iterable[Question]) -> str:
    """What a page showed of the questions, so that figures are never taken for others than they were counted for."""
    return sha256_of([one.plain for one in asked])[:16]


def _put(item: AgendaItem, *, each: bool, at: datetime) -> tuple[tuple[Question, ...], list[MeetingRecusal]]:
    """The questions as they stand now, and whom members were newly found to keep out of."""
    if not item.proposal:
        raise Refused("还没有提议，请先提出拟作的决定")
    if selectors_meetings.open_vote(item) is not None:
        raise Refused("本项正在投票，请先结束或作废")
    found = find_recusals(item.meeting, at=at)
    asked = selectors_meetings.waiting_questions(item, selectors_meetings.room_of(item.meeting), each=each)
    if not asked:
        raise Refused("本项已全部表决，请作出决议")
    rule = selectors_meetings.rule_of(item)
    for one in asked:
        if short := motions.short_of_quorum(one, rule.quorum):
            raise Refused(f"{_named(one)}{short}")
    return asked, found


def _named(one: Question) -> str:
    names = "、".join(selectors.names_of(one.cases[:10]).values())
    return f"{names}：" if names else ""


@transaction.atomic
def open_vote(item: AgendaItem, *, actor: Member, at: datetime) -> MotionVote:
    """Begin a secret vote: questions and voters are frozen, every figure is nought and sealed."""
    item = _lock(item)
    permits.can_decide_item(actor, item, at=at).require()
    asked, found = _put(item, each=True, at=at)
    secret = selectors_meetings.in_secret(item, asked)
    if not secret:
        raise Refused(f"可以表决的不足 {motions.MIN_SECRET} 人，无记名会暴露个人的选择，请举手表决并记录票数")
    _try(item, actor=actor, at=at)
    key = vault.new_key(item.meeting.union, at=at)
    vote = MotionVote.objects.create(
        union_id=item.union_id,
        item=item,
        number=item.votes.count() + 1,
        method=VoteMethod.SECRET,
        questions=[one.plain for one in secret],
        urn=vault.seal(key, _running({one.key: [0, 0, 0] for one in secret})),
        key=key,
        opened_at=at,
    )
    audit.record(
        "motion.opened",
        vote,
        actor=actor,
        at=at,
        after={"item": item.pk, "round": vote.number, "questions": vote.questions, "recused": by_member(found)},
        rows=found,
    )
    return vote


def _running(figures: Mapping[str, Sequence[int]]) -> str:
    return json.dumps({key: [f"{n:0{_WIDE}}" for n in three] for key, three in sorted(figures.items())})


def _figures(vote: MotionVote) -> dict[str, list[int]]:
    """The running figures; refused where they are not as many as the roll says."""
    found = {key: [int(n) for n in three] for key, three in json.loads(vault.unseal(vote.key, vote.urn)).items()}
    voted = set(vote.roll.values_list("member_id", flat=True))
    for one in map(motions.question, vote.questions):
        if sum(found[one.key]) != len(voted.intersection(one.voters)):
            raise Refused("票数与表决名册不符，请停止投票并报告监督员")
    return found


@transaction.atomic
def cast_vote(item: AgendaItem, *, answers: Mapping[str, str], actor: Member, at: datetime) -> MotionRoll:
    """Vote once in the open round. The roll says who; what was said is added to the figures and kept nowhere else."""
    item = _lock(item)
    vote = item.votes.select_for_update(no_key=True, of=("self",)).select_related("key").filter(closed_at=None).first()
    if vote is not None:
        vote.item = item
    permits.can_vote(actor, vote, at=at).require()
    assert vote is not None  # the policy has refused without one
    own = [one for one in map(motions.question, vote.questions) if actor.pk in one.voters]
    if set(answers) != {one.key for one in own} or not set(answers.values()) <= set(ANSWERS):
        raise Refused("请对每一名人选选择赞成、反对或弃权")
    figures = _figures(vote)
    for key, answer in answers.items():
        figures[key][list(ANSWERS).index(answer)] += 1
    assert vote.key is not None
    vote.urn = vault.seal(vote.key, _running(figures))
    vote.save(update_fields=["urn"])
    entry = MotionRoll.objects.create(union_id=item.union_id, vote=vote, member=actor, at=at)
    audit.record("motion.voted", entry, actor=actor, at=at, after={"vote": vote.pk})
    return entry


def voters_of(vote: MotionVote) -> set[int]:
    return {member for one in vote.questions for member in one["voters"]}


@transaction.atomic
def close_vote(item: AgendaItem, *, actor: Member, at: datetime) -> MotionVote:
    """End a secret vote once everybody who may has voted: the figures are opened, their key destroyed."""
    item = _lock(item)
    permits.can_decide_item(actor, item, at=at).require()
    vote = _live(item)
    voted = set(vote.roll.values_list("member_id", flat=True))
    waiting = Member.objects.filter(pk__in=voters_of(vote) - voted).select_related("user").order_by("pk")
    if waiting:
        names = "、".join(map(str, waiting))
        raise Refused(f"还没有投票：{names}。中途离会的，请作废本轮、改记到会情况后重新投票")
    vote.counts = _figures(vote)
    _seal_away(vote, at=at)
    audit.record("motion.counted", vote, actor=actor, at=at, after={"item": item.pk, "counts": vote.counts})
    return vote


def _seal_away(vote: MotionVote, *, at: datetime) -> None:
    """No copy of the figures on their way can be opened once their key is gone."""
    key = vote.key
    vote.urn, vote.key, vote.closed_at = "", None, at
    vote.save(update_fields=["urn", "key", "counts", "closed_at", "voided"])
    if key is not None:
        PersonalKey.objects.filter(pk=key.pk).delete()


@transaction.atomic
def count_hands(
    item: AgendaItem,
    *,
    counts: Mapping[str, Sequence[int]],
    shown: str,
    actor: Member,
    at: datetime,
    each: bool = False,
) -> MotionVote:
    """Record a show of hands: question → for, against, abstained. No more hands than members present who may vote on it."""
    item = _lock(item)
    permits.can_decide_item(actor, item, at=at).require()
    waiting, found = _put(item, each=_each(item, each=each), at=at)
    asked = selectors_meetings.by_hands(item, waiting)
    if not asked:
        raise Refused("规则定为无记名投票，请开始投票，由各位成员在自己的设备上投")
    if seen(asked) != shown:
        raise Refused("到会、回避或提议有变动，表决的分组已经不同，请按新的分组重新计票")
    if set(counts) != {one.key for one in asked}:
        raise Refused("请填写每一项的赞成、反对和弃权人数")
    for one in asked:
        if min(counts[one.key]) < 0 or sum(counts[one.key]) > len(one.voters):
            raise Refused(f"{_named(one)}赞成、反对、弃权合计不能超过可以表决的 {len(one.voters)} 人")
    _try(item, actor=actor, at=at)
    vote = MotionVote.objects.create(
        union_id=item.union_id,
        item=item,
        number=item.votes.count() + 1,
        method=VoteMethod.HANDS,
        questions=[one.plain for one in asked],
        counts={key: list(three) for key, three in counts.items()},
        opened_at=at,
        closed_at=at,
    )
    audit.record(
        "motion.counted",
        vote,
        actor=actor,
        at=at,
        after={
            "item": item.pk,
            "round": vote.number,
            "questions": vote.questions,
            "counts": vote.counts,
            "recused": by_member(found),
        },
        rows=found,
    )
    return vote


def _each(item: AgendaItem, *, each: bool) -> bool:
    """Where the vote is secret people are asked one by one, those for whom hands must do as well."""
    return each or selectors_meetings.votes_in_secret(item)


@transaction.atomic
def void_vote(item: AgendaItem, *, reason: str, actor: Member, at: datetime) -> MotionVote:
    """Throw the last vote of an item away: an open one unread, a counted one with its figures kept in the minutes."""
    item = _lock(item)
    permits.can_decide_item(actor, item, at=at).require()
    if not reason.strip():
        raise Refused("请填写作废的理由")
    vote = item.votes.select_for_update(no_key=True, of=("self",)).select_related("key").filter(voided="").last()
    if vote is None:
        raise Refused("没有可以作废的表决")
    vote.voided = reason.strip()
    _seal_away(vote, at=vote.closed_at or at)
    audit.record(
        "motion.voided", vote, actor=actor, at=at, after={"item": item.pk, "round": vote.number}, reason=vote.voided
    )
    return vote


@transaction.atomic
def cast_deciding(item: AgendaItem, *, key: str, carried: bool, reason: str, actor: Member, at: datetime) -> MotionVote:
    """The chair decides a tie (主持人决定), where the rules give them the word, openly and with a reason."""
    item = _lock(item)
    permits.can_decide_item(actor, item, at=at).require()
    if actor.pk != item.meeting.chair_id:
        raise Refused("票数相同由主持人决定，请主持人本人操作")
    result = next((one for one in selectors_meetings.results(item) if one.question.key == key and one.chair), None)
    if result is None:
        raise Refused("没有等待主持人决定的表决")
    if not reason.strip():
        raise Refused("请填写决定的理由")
    vote = MotionVote.objects.select_for_update(no_key=True).get(pk=result.vote.pk)
    vote.castings = vote.castings | {key: {"carried": carried, "reason": reason.strip(), "by": actor.pk}}
    vote.save(update_fields=["castings"])
    audit.record(
        "motion.chair_decided",
        vote,
        actor=actor,
        at=at,
        after={"item": item.pk, "question": key, "carried": carried},
        reason=reason.strip(),
    )
    return vote


# --- what follows -----------------------------------------------------------------------------------------------------


@transaction.atomic
def conclude_item(item: AgendaItem, *, actor: Member, at: datetime) -> AgendaItem:
    """Do what the votes carried, by the verb that decides it; what they did not carry is not done."""
    item = _lock(item)
    permits.can_decide_item(actor, item, at=at).require()
    results = selectors_meetings.results(item)
    room = selectors_meetings.room_of(item.meeting)
    waiting = selectors_meetings.waiting_questions(item, room, each=True)
    if not results or waiting or not all(one.settled for one in results):
        raise Refused("本项还没有表决完，全部表决后才能作出决议")
    carried = {case for one in results if one.carried for case in (one.question.cases or (0,))}
    lost = {case: one for one in results if not one.carried for case in one.question.cases}
    favour = min((one.count.in_favour for one in results if one.carried), default=0)
    item.resolution = _apply(item, carried, {case: one.words for case, one in lost.items()}, favour, actor=actor, at=at)
    done = item.resolution is not None or (item.matter == Matter.TIE and bool(carried))
    item.state = ItemState.DECIDED if done else ItemState.NOT_PASSED
    item.save(update_fields=["resolution", "state"])
    audit.record(
        "meeting.item_concluded",
        item,
        actor=actor,
        at=at,
        after={
            "state": item.state,
            "resolution": item.resolution_id,
            "carried": sorted(carried),
            "lost": sorted(lost),
        },
    )
    return item


def _try(item: AgendaItem, *, actor: Member, at: datetime) -> None:
    """Do what is proposed and undo it: what the rules refuse is refused before anybody votes on it."""
    settled = selectors_meetings.results(item)
    named = set(selectors_meetings.put_to_vote(item)) or {0}
    lost = {case: one.words for one in settled if one.settled and not one.carried for case in one.question.cases}
    with transaction.atomic():
        _apply(item, named - set(lost), lost, 1, actor=actor, at=at)
        transaction.set_rollback(True)


def _apply(
    item: AgendaItem,
    carried: Collection[int],
    lost: Mapping[int, str],
    favour: int,
    *,
    actor: Member,
    at: datetime,
) -> Resolution | None:
    room = selectors_meetings.room_of(item.meeting)
    minutes = Minutes(item.meeting.held_on, len(room.present), favour, item.text, called=len(room.called))
    if item.matter == Matter.PEOPLE:
        return _resolve_people(item, carried, lost, minutes, actor=actor, at=at)
    if lost or not carried:
        return None
    if item.matter == Matter.PANEL:
        return _approve_panel(item, minutes, actor=actor, at=at)
    if item.matter == Matter.LIST:
        if {row["application"] for row in item.proposal} != selectors.proposed_passers(item.stage):
            raise Refused("名单在提出后有变动，请作废表决，按新的名单重新提出")
        return resolutions.confirm_list(item.stage, minutes=minutes, actor=actor, at=at)
    if item.matter == Matter.TIE:
        order = _in_order(row["application"] for row in item.proposal)
        rankings.decide_tie(item.stage, order=order, reason=item.reason, actor=actor, at=at)
        return None
    return _fill_place(item, minutes, actor=actor, at=at)


def _in_order(ids: Iterable[int]) -> list[Application]:
    wanted = list(ids)
    by_id = Application.objects.select_related("campaign", "person").in_bulk(wanted)
    return [by_id[pk] for pk in wanted]


def _resolve_people(
    item: AgendaItem,
    carried: Collection[int],
    lost: Mapping[int, str],
    minutes: Minutes,
    *,
    actor: Member,
    at: datetime,
) -> Resolution | None:
    """What was carried is resolved as proposed. Whoever was proposed to pass and was not carried does not pass, with the figures
    as the reason, where the group may strike; else nothing is said about them.
    """
    may_strike = "strike" in selectors.may_in_committee(item.stage)
    people = {one.pk: one for one in _in_order(row["application"] for row in item.proposal)}
    choices = []
    for row in item.proposal:
        case = row["application"]
        if case in carried:
            choices.append(
                Choice(
                    people[case],
                    Resolved(row["decision"]),
                    row.get("reason", ""),
                    row.get("rank"),
                    row.get("category", ""),
                    row.get("tier", ""),
                )
            )
        elif row["decision"] == Resolved.CONFIRM and may_strike:
            choices.append(Choice(people[case], Resolved.STRIKE, f"会议表决未通过：{lost[case]}"))
    if not choices:
        return None
    return resolutions.pass_resolution(
        item.stage, choices=choices, minutes=minutes, reason=item.reason, actor=actor, at=at
    )


def _approve_panel(item: AgendaItem, minutes: Minutes, *, actor: Member, at: datetime) -> Resolution:
    panel = Panel.objects.get(stage=item.stage)
    if [row["expert"] for row in item.proposal] != selectors_meetings.waiting_experts(item.stage):
        raise Refused("评审团队在提出后有变动，请作废表决，按新的名单重新提出")
    return panels.approve_panel(panel, minutes=minutes, actor=actor, at=at)


def _fill_place(item: AgendaItem, minutes: Minutes, *, actor: Member, at: datetime) -> Resolution:
    assert item.investigation is not None  # an item about a place has one
    (row,) = item.proposal
    if row["application"] is None:
        return investigations.leave_empty(item.investigation, minutes=minutes, reason=item.reason, actor=actor, at=at)
    (application,) = _in_order([row["application"]])
    return investigations.refill_place(
        item.investigation,
        application=application,
        minutes=minutes,
        reason=item.reason,
        category=row.get("category", ""),
        tier=row.get("tier", ""),
        actor=actor,
        at=at,
    )
