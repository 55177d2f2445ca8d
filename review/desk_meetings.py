"""What the pages of the leading group's meetings show. Never writes, decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from applications.models import Application
from campaigns.selectors import stage_rule
from review import desk, motions, selectors, selectors_meetings
from review import policies_meetings as permits
from review.models import Expert
from review.models_meetings import AgendaItem, Meeting, MeetingRecusal, MotionVote
from review.motions import Question
from review.services.meetings import Motion
from review.states import ItemState, Matter, MeetingState, Resolved, VoteMethod
from unions.models import Member, Union

MEETING_TONES: Final[Mapping[str, str]] = {
    MeetingState.PLANNED: "waiting",
    MeetingState.OPEN: "active",
    MeetingState.CLOSED: "holds",
    MeetingState.CANCELLED: "fails",
}
ITEM_TONES: Final[Mapping[str, str]] = {
    ItemState.OPEN: "waiting",
    ItemState.DECIDED: "holds",
    ItemState.NOT_PASSED: "fails",
    ItemState.POSTPONED: "waiting",
}
_MATTERS: Final = {"panel": Matter.PANEL, "list": Matter.LIST, "resolve": Matter.PEOPLE, "place": Matter.PLACE}


@dataclass(frozen=True, slots=True)
class Offer:
    """A matter that waits for the group and may be put on an agenda."""

    key: str
    motion: Motion
    title: str
    count: int


def offers(union: Union, *, at: datetime) -> dict[int, list[Offer]]:
    """Campaign id → what waits for a meeting of this group; what another body decides is not among it."""
    found: dict[int, list[Offer]] = {}
    for task in desk.group_desk(union, at=at).tasks:
        for motion in motions_of(task):
            if selectors_meetings.body_of(motion.matter, motion.stage) == "leading_group":
                offer = Offer(key_of(motion), motion, title_of(motion), task.count)
                found.setdefault(task.campaign.pk, []).append(offer)
    return found


def motions_of(task: desk.Task) -> list[Motion]:
    """A task of the group's desk as matters of an agenda: a tie is one for every group of people who are tied."""
    if task.kind == "place":
        case = desk.empty_places(task.campaign.union).get(pk=task.pk)
        stage = desk.place_of(case)
        assert stage is not None  # else there were no task
        return [Motion(Matter.PLACE, stage, case)]
    assert task.stage is not None  # only an empty place has none
    if task.kind == "tie":
        return [Motion(Matter.TIE, task.stage, tied=tie) for tie in selectors.ties_to_decide(task.stage)]
    return [Motion(_MATTERS[task.kind], task.stage)]


def key_of(motion: Motion) -> str:
    more = motion.investigation.pk if motion.investigation else "-".join(map(str, motion.tied))
    return f"{motion.matter}:{motion.stage.pk}:{more}"


def title_of(item: Motion | AgendaItem) -> str:
    """A matter in words, as the agenda and the minutes have it."""
    label = item.stage.label
    lost = item.investigation.application.name if item.investigation else ""
    return {
        Matter.PANEL: f"审核“{label}”评审团队",
        Matter.LIST: f"确认“{label}”名单",
        Matter.PEOPLE: f"{label}：审议人选",
        Matter.PLACE: f"{lost}被取消资格后空出的名额",
        Matter.TIE: f"“{label}”裁定并列先后",
    }[Matter(item.matter)]


def suggested_text(item: AgendaItem) -> str:
    """How the words of a resolution may begin."""
    label, rule = item.stage.label, stage_rule(item.stage)
    return {
        Matter.PANEL: f"会议审核了“{label}”评审团队组成人员，同意所报名单。",
        Matter.LIST: f"会议审核了“{label}”结果，同意确认{rule.outcome or '名单'}。",
        Matter.PEOPLE: f"会议听取了前各环节情况，逐一审议了人选，研究确定{rule.outcome or '名单'}。",
        Matter.PLACE: "会议研究了空出名额的处理意见。",
        Matter.TIE: f"会议对“{label}”中并列的人选进行了研究，裁定先后次序。",
    }[Matter(item.matter)]


def rule_words(item: AgendaItem) -> str:
    """Quorum, majority, way of voting and ties, as the rule (or the office's setting) has them."""
    rule = selectors_meetings.rule_of(item)
    source = f"依据{rule.clause}" if rule.clause else "本办公室自定"
    shares = motions.SHARE_WORDS
    return (
        f"{VoteMethod(rule.vote).label}；须有应到人数的{shares[rule.quorum]}出席、出席人数的{shares[rule.majority]}赞成；"
        f"{motions.TIE_WORDS[rule.tie]}（{source}）。回避的成员不计入该人选的应到和出席人数。"
    )


# --- one item ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class PersonLine:
    """One person of an item: what is proposed, who keeps out, how the vote went."""

    application: Application
    rank: int | None
    decision: str = ""
    reason: str = ""
    order: int | None = None
    parts: list[str] = field(default_factory=list)
    recused: list[MeetingRecusal] = field(default_factory=list)
    result: selectors_meetings.Result | None = None
    points: str = ""

    @property
    def tone(self) -> str:
        if self.result is None or not self.result.settled:
            return "waiting"
        return "holds" if self.result.carried else "fails"

    @property
    def word(self) -> str:
        """What the vote came to, in words beside its figures."""
        if self.result is None:
            return "未表决"
        if self.result.again:
            return "票数相同，再投一轮"
        if self.result.chair:
            return "票数相同，等待主持人决定"
        return "通过" if self.result.carried else "未通过"


DECISIONS: Final[Mapping[str, str]] = {Resolved.CONFIRM: "拟通过", Resolved.STRIKE: "拟不予通过", "": ""}


def person_lines(item: AgendaItem) -> list[PersonLine]:
    """Everybody an item is about; a constant number of queries."""
    ids = selectors_meetings.people_of(item)
    proposed = {row["application"]: row for row in item.proposal if row.get("application") is not None}
    by_id = Application.objects.in_bulk({*ids, *proposed})
    ranks = selectors.ranks_into(item.stage)
    recused: dict[int, list[MeetingRecusal]] = {}
    for row in item.meeting.recusals.select_related("member__user"):
        recused.setdefault(row.application_id, []).append(row)
    results = {case: one for one in selectors_meetings.results(item) for case in one.question.cases}
    labels = {part.id: part.label for part in item.stage.campaign.rules.parts}
    points = selectors.visit_points(by_id)
    lines = []
    for pk in dict.fromkeys([*ids, *proposed]):
        said = proposed.get(pk, {})
        lines.append(
            PersonLine(
                by_id[pk],
                ranks.get(pk),
                DECISIONS[said.get("decision", "")],
                said.get("reason", ""),
                list(proposed).index(pk) + 1 if item.matter == Matter.TIE and proposed else said.get("rank"),
                [labels[said[key]] for key in ("category", "tier") if said.get(key)],
                recused.get(pk, []),
                results.get(pk),
                points.get(pk, ""),
            )
        )
    return lines


def expert_names(item: AgendaItem) -> list[str]:
    """The names that an item about a panel proposes."""
    ids = [row["expert"] for row in item.proposal] or selectors_meetings.waiting_experts(item.stage)
    rows = Expert.objects.filter(pk__in=ids).select_related("member__user").order_by("pk")
    return [f"{desk.expert_line(row)}　{row.field}" for row in rows]


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question as it is put: its people by name, how many may vote."""

    question: Question
    names: str
    voters: int


def question_lines(asked: Sequence[Question]) -> list[QuestionLine]:
    names = selectors.names_of({case for one in asked for case in one.cases})
    return [
        QuestionLine(one, "、".join(names[case] for case in one.cases) or "所提名单", len(one.voters)) for one in asked
    ]


@dataclass(frozen=True, slots=True)
class VoteLine:
    """One round of an item: how many have voted while it is open, the figures afterwards."""

    vote: MotionVote
    voted: int
    of: int
    waiting: list[str]
    results: list[tuple[str, str]]


def vote_lines(item: AgendaItem) -> list[VoteLine]:
    """Every round of an item in its order, the thrown away too; a constant number of queries."""
    votes = list(item.votes.all())
    asked = {vote.pk: [motions.question(one) for one in vote.questions] for vote in votes}
    names = selectors.names_of({case for rows in asked.values() for one in rows for case in one.cases})
    members = {row.member_id: str(row.member) for row in item.meeting.attendances.select_related("member__user")}
    rolls: dict[int, set[int]] = {}
    live = [vote.pk for vote in votes if vote.method == VoteMethod.SECRET]
    for round_, member in selectors_meetings.roll_of(live):
        rolls.setdefault(round_, set()).add(member)
    lines = []
    for vote in votes:
        may = {member for one in asked[vote.pk] for member in one.voters}
        voted = rolls.get(vote.pk, set())
        lines.append(
            VoteLine(
                vote,
                len(voted),
                len(may),
                sorted(members.get(one, "") for one in may - voted) if vote.closed_at is None else [],
                [
                    (
                        "、".join(names[case] for case in one.cases) or "所提名单",
                        motions.Count.of(vote.counts[one.key], len(one.voters)).words,
                    )
                    for one in asked[vote.pk]
                    if one.key in vote.counts
                ],
            )
        )
    return lines


# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeetingLine:
    meeting: Meeting
    tone: str
    titles: list[str]
    present: int
    called: int


def meeting_lines(union: Union) -> list[MeetingLine]:
    """Every meeting of the union, the newest first; a constant number of queries."""
    return [
        MeetingLine(
            meeting,
            MEETING_TONES[meeting.state],
            [title_of(item) for item in sorted(meeting.items.all(), key=lambda item: item.number)],
            sum(row.presence == "present" for row in meeting.attendances.all()),
            len(meeting.attendances.all()),
        )
        for meeting in selectors_meetings.meetings_of(union)
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A secret vote that waits for one member."""

    item: AgendaItem
    title: str


def votes_waiting(member: Member, *, at: datetime) -> list[Waiting]:
    """The open votes in which a member still has a vote."""
    rows = MotionVote.objects.filter(union_id=member.union_id, closed_at=None).select_related(
        "item__meeting__campaign__union", "item__stage", "item__investigation__application"
    )
    return [Waiting(vote.item, title_of(vote.item)) for vote in rows if permits.can_vote(member, vote, at=at)]
