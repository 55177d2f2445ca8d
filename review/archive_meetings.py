"""What is computed again of the leading group's meetings: who voted on whom, what that carried, what was resolved, the minutes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from campaigns.archived import STAGES, rules_at
from campaigns.rules import schema
from campaigns.rules.schema import RuleSet
from review import motions
from review.archive_checks import RESOLUTIONS
from review.ranking import sha256_of
from review.selectors import may_by, meeting_of
from review.states import ItemState, Matter, Presence, Resolved, Subject, VoteMethod
from unions.archive.checks import Problem, apart, at_row, check, every, follow, written_by
from unions.archive.layout import Archive, Row

MEETINGS: Final = "review.meeting"
ATTENDANCE: Final = "review.attendance"
RECUSALS: Final = "review.meetingrecusal"
ITEMS: Final = "review.agendaitem"
VOTES: Final = "review.motionvote"
ROLL: Final = "review.motionroll"
RECORDS: Final = "review.meetingrecord"

every(RECUSALS, ROLL, RECORDS)
follow(MEETINGS, ITEMS, VOTES)
written_by("meeting.recused", "motion.voted")
apart("meeting.convened", "items")  # how many the minutes have, and of what the call said


@dataclass(slots=True)
class Past:
    """A round of voting out of an archive."""

    questions: Any
    counts: Any
    castings: Any


@dataclass(frozen=True, slots=True)
class Sitting:
    """One item of a meeting with what it is judged by."""

    archive: Archive
    meeting: Row
    item: Row
    stage: Row
    rules: RuleSet

    @property
    def staged(self) -> schema.Stage:
        return self.rules.stage(self.stage["key"])

    @property
    def rule(self) -> schema.Meeting:
        return meeting_of(self.staged)

    @property
    def votes(self) -> list[Row]:
        return sorted(self.archive.rows(VOTES, item=self.item["id"]), key=lambda row: int(row["number"]))

    @property
    def results(self) -> list[motions.Result[Past]]:
        counted = [
            Past(row["questions"], row["counts"], row["castings"])
            for row in self.votes
            if row["closed_at"] and not row["voided"]
        ]
        rule = self.rule
        return motions.results(counted, majority=rule.majority, tie=rule.tie, chair=self.meeting["chair"])

    @property
    def called(self) -> set[int]:
        return {row["member"] for row in self.archive.rows(ATTENDANCE, meeting=self.meeting["id"])}

    def present_before(self, seq: int) -> set[int]:
        """Who was there when something was put on record: people come later, and leave."""
        said = [
            entry["after"]["present"]
            for entry in self.archive.entries_of(MEETINGS, self.meeting)
            if entry["seq"] < seq and "present" in (entry["after"] or {})
        ]
        return set(said[-1]) if said else set()

    def kept_out(self, cases: Any, at: str) -> set[int]:
        """Who had to keep out of any of these by then."""
        rows = self.archive.rows(RECUSALS, meeting=self.meeting["id"])
        return {row["member"] for row in rows if row["application"] in cases and row["at"] <= at}


def sittings(archive: Archive, **where: Any) -> Iterator[Sitting]:
    meetings, stages = archive.by_id(MEETINGS), archive.by_id(STAGES)
    rules: dict[Any, RuleSet] = {}
    for item in archive.rows(ITEMS, **where):
        meeting = meetings[item["meeting"]]
        if meeting["id"] not in rules:
            rules[meeting["id"]] = rules_at(archive, meeting["closed_at"])
        yield Sitting(archive, meeting, item, stages[item["stage"]], rules[meeting["id"]])


# --- the votes --------------------------------------------------------------------------------------------------------


@check("领导小组会议的表决")
def _votes(archive: Archive) -> Iterator[Problem]:
    """Exactly those voted who were there and did not keep out, as many as the quorum wants, and the figures are theirs."""
    for sitting in sittings(archive):
        for vote in sitting.votes:
            opened = min((entry["seq"] for entry in archive.entries_of(VOTES, vote)), default=0)
            roll = {row["member"] for row in archive.rows(ROLL, vote=vote["id"])}
            for one in map(motions.question, vote["questions"]):
                yield from _asked(sitting, vote, one, opened)
                if vote["counts"]:
                    yield from _figures(vote, one, roll)
            yield from _castings(sitting, vote)


def _asked(sitting: Sitting, vote: Row, one: motions.Question, opened: int) -> Iterator[Problem]:
    out = sitting.kept_out(one.cases, vote["opened_at"])
    if set(one.voters) != sitting.present_before(opened) - out:
        yield at_row(VOTES, vote, "参加表决的不是出席且不须回避的成员", "questions")
    if one.called != len(sitting.called - out):
        yield at_row(VOTES, vote, "应到人数与应到名单不符", "questions")
    if short := motions.short_of_quorum(one, sitting.rule.quorum):
        yield at_row(VOTES, vote, short, "questions")


def _figures(vote: Row, one: motions.Question, roll: set[int]) -> Iterator[Problem]:
    cast = sum(vote["counts"][one.key])
    if vote["method"] == VoteMethod.SECRET:
        if cast != len(roll & set(one.voters)):
            yield at_row(VOTES, vote, "票数与表决名册不符", "counts")
    elif min(vote["counts"][one.key]) < 0 or cast > len(one.voters):
        yield at_row(VOTES, vote, "票数多于可以表决的人数", "counts")


def _castings(sitting: Sitting, vote: Row) -> Iterator[Problem]:
    """The chair's word was given where the rules give the chair one, on a tie, and is the one on record."""
    said = {
        entry["after"]["question"]: {
            "carried": entry["after"]["carried"],
            "reason": entry["reason"],
            "by": entry["actor"],
        }
        for entry in sitting.archive.entries_of(VOTES, vote)
        if entry["action"] == "motion.chair_decided"
    }
    if vote["castings"] != said:
        yield at_row(VOTES, vote, "主持人的决定与审计记录不符", "castings")
    questions = {one["key"]: motions.question(one) for one in vote["questions"]}
    for key in vote["castings"]:
        count = motions.Count.of(vote["counts"][key], len(questions[key].voters))
        if sitting.rule.tie != "chair_decides" or motions.outcome(count, sitting.rule.majority) != "tied":
            yield at_row(VOTES, vote, "不应由主持人决定", "castings")


# --- what followed ----------------------------------------------------------------------------------------------------

_OVER: Final = frozenset({ItemState.DECIDED, ItemState.NOT_PASSED})


@check("会议表决与决议")
def _followed(archive: Archive) -> Iterator[Problem]:
    """What the votes carried was resolved as proposed, what they did not carry was not, and nothing else was."""
    resolutions = archive.by_id(RESOLUTIONS)
    for sitting in sittings(archive):
        item, results = sitting.item, sitting.results
        concluded = [entry for entry in archive.entries_of(ITEMS, item) if entry["action"] == "meeting.item_concluded"]
        if item["state"] not in _OVER:
            if concluded or item["resolution"]:
                yield at_row(ITEMS, item, "审计记录中已有结果", "state")
            continue
        (entry,) = concluded
        carried = {case for one in results if one.carried for case in (one.question.cases or (0,))}
        lost = {case: one.words for one in results if not one.carried for case in one.question.cases}
        if [entry["after"]["carried"], entry["after"]["lost"]] != [sorted(carried), sorted(lost)]:
            yield at_row(ITEMS, item, "按表决重算的结果与记录不同", "state")
        yield from _to_vote(sitting, results)
        expected = _expected(sitting, carried, lost)
        done = expected is not None or (item["matter"] == Matter.TIE and bool(carried))
        if (item["state"] == ItemState.DECIDED) != done:
            yield at_row(ITEMS, item, "按表决重算的结果与记录不同", "state")
        resolution = resolutions.get(item["resolution"])
        if (resolution is None) != (expected is None):
            yield at_row(ITEMS, item, "按表决应当有、或不应当有决议", "resolution")
        elif resolution is not None:
            yield from _resolved(sitting, resolution, expected or [], results, entry)
        if item["matter"] == Matter.TIE and done:
            yield from _tie(sitting)


def _to_vote(sitting: Sitting, results: list[motions.Result[Past]]) -> Iterator[Problem]:
    """Everybody who was proposed was voted on, and nobody else."""
    item = sitting.item
    named = {row["application"] for row in item["proposal"] if row.get("application") is not None}
    if item["matter"] == Matter.PLACE and item["investigation"] is not None:
        named.add(sitting.archive.by_id("review.investigation")[item["investigation"]]["application"])
    if {case for one in results for case in one.question.cases} != named:
        yield at_row(ITEMS, item, "表决的不是所提的人选", "proposal")


def _expected(sitting: Sitting, carried: set[int], lost: dict[int, str]) -> list[dict[str, Any]] | None:
    """The decisions that follow, as far as the votes say; None where none does."""
    item = sitting.item
    matter, proposal = item["matter"], item["proposal"]
    if matter == Matter.PEOPLE:
        strikes = "strike" in may_by(sitting.staged)
        return list(_people(proposal, carried, lost, strikes=strikes)) or None
    if lost or not carried or matter == Matter.TIE:
        return None
    if matter == Matter.PANEL:
        return [{"expert": row["expert"]} for row in proposal]
    if matter == Matter.LIST:
        return [{"application": case, "decision": Resolved.CONFIRM.value} for case in sorted(carried)]
    (row,) = proposal
    if row["application"] is None:
        return [{"investigation": item["investigation"], "decision": "leave_empty"}]
    return [
        {
            "investigation": item["investigation"],
            "application": row["application"],
            "decision": Resolved.CONFIRM.value,
        }
    ]


def _people(proposal: list[Row], carried: set[int], lost: dict[int, str], *, strikes: bool) -> Iterator[dict[str, Any]]:
    for row in proposal:
        case = row["application"]
        if case in carried:
            yield {
                "application": case,
                "decision": row["decision"],
                "rank": row.get("rank"),
                "reason": row.get("reason", "").strip(),
            }
        elif row["decision"] == Resolved.CONFIRM and strikes:
            yield {
                "application": case,
                "decision": Resolved.STRIKE.value,
                "rank": None,
                "reason": f"会议表决未通过：{lost[case]}",
            }


def _resolved(
    sitting: Sitting,
    resolution: Row,
    expected: list[dict[str, Any]],
    results: list[motions.Result[Past]],
    entry: Row,
) -> Iterator[Problem]:
    item, meeting = sitting.item, sitting.meeting
    said = resolution["decisions"]
    if len(said) != len(expected) or any(
        one.get(key) != value for one, wanted in zip(said, expected, strict=True) for key, value in wanted.items()
    ):
        yield at_row(RESOLUTIONS, resolution, "与会议表决的结果不符", "decisions")
    favour = min((one.count.in_favour for one in results if one.carried), default=0)
    subject = {
        Matter.PANEL: Subject.PANEL,
        Matter.LIST: Subject.LIST,
        Matter.PLACE: Subject.REFILL,
    }.get(item["matter"], Subject.FINAL if sitting.stage["kind"] == "final_approval" else Subject.LIST)
    follows = {
        "subject": subject.value,
        "met_on": meeting["held_on"],
        "members": len(sitting.called),
        "present": len(sitting.present_before(entry["seq"])),
        "in_favour": favour,
        "text": item["text"],
    }
    if item["matter"] in {Matter.PEOPLE, Matter.PLACE}:
        follows["reason"] = item["reason"]
    for key, value in follows.items():
        if resolution[key] != value:
            yield at_row(RESOLUTIONS, resolution, "与会议的记录不符", key)


def _tie(sitting: Sitting) -> Iterator[Problem]:
    item = sitting.item
    order = [row["application"] for row in item["proposal"]]
    if not sitting.archive.rows("review.tiedecision", stage=item["stage"], order=order, reason=item["reason"]):
        yield at_row(ITEMS, item, "没有与表决相符的并列裁定", "proposal")


# --- the minutes ------------------------------------------------------------------------------------------------------


@check("会议纪要")
def _minutes(archive: Archive) -> Iterator[Problem]:
    """The minutes bear their digest, the log took it, and they say what the rows say."""
    records = {row["meeting"]: row for row in archive.rows(RECORDS)}
    for meeting in archive.rows(MEETINGS):
        record = records.get(meeting["id"])
        if record is None:
            if meeting["closed_at"]:
                yield at_row(MEETINGS, meeting, "会议已经结束，档案中没有纪要")
            continue
        if sha256_of(record["content"]) != record["sha256"]:
            yield at_row(RECORDS, record, "内容与摘要不符", "sha256")
        closed = [entry for entry in archive.entries_of(MEETINGS, meeting) if entry["action"] == "meeting.closed"]
        if [entry["after"]["sha256"] for entry in closed] != [record["sha256"]]:
            yield at_row(RECORDS, record, "与会议结束时审计记录中的摘要不符", "sha256")
        again = minutes_again(archive, meeting)
        if record["content"] != again:
            key = next((key for key in again if record["content"].get(key) != again[key]), "content")
            yield at_row(RECORDS, record, f"纪要与会议的记录不符（{key}）", "content")


def minutes_again(archive: Archive, meeting: Row) -> dict[str, Any]:
    """The same as `review.services.meetings.minutes_of`, from an archive's rows."""
    own = sorted(sittings(archive, meeting=meeting["id"]), key=lambda sitting: int(sitting.item["number"]))
    attendance = sorted(archive.rows(ATTENDANCE, meeting=meeting["id"]), key=lambda row: int(row["member"]))
    recusals = sorted(
        archive.rows(RECUSALS, meeting=meeting["id"]), key=lambda row: (row["member"], row["application"])
    )
    return {
        **{key: meeting[key] for key in ("campaign", "number", "held_on", "place", "chair", "recorder")},
        "attendance": [{key: row[key] for key in ("member", "presence", "employer", "note")} for row in attendance],
        "recusals": [{key: row[key] for key in ("member", "application", "source", "reason")} for row in recusals],
        "items": [_item_again(sitting) for sitting in own],
    }


_OF_ITEM: Final = (
    "number",
    "matter",
    "stage",
    "investigation",
    "state",
    "text",
    "reason",
    "proposal",
    "resolution",
)
_OF_VOTE: Final = ("number", "method", "questions", "counts", "castings", "voided")


def _item_again(sitting: Sitting) -> dict[str, Any]:
    item = sitting.item
    return {
        "item": item["id"],
        **{key: item[key] for key in _OF_ITEM},
        "carried": sorted(case for one in sitting.results if one.carried for case in one.question.cases),
        "votes": [{key: vote[key] for key in _OF_VOTE} for vote in sitting.votes],
    }


@check("会议的到会情况")
def _attendance(archive: Archive) -> Iterator[Problem]:
    """Who is said to have been there is who the log said last, and nobody is there without an employer to check against."""
    for meeting in archive.rows(MEETINGS):
        rows = archive.rows(ATTENDANCE, meeting=meeting["id"])
        present = sorted(row["member"] for row in rows if row["presence"] == Presence.PRESENT)
        said = [
            entry["after"]["present"]
            for entry in archive.entries_of(MEETINGS, meeting)
            if "present" in (entry["after"] or {})
        ]
        if said and said[-1] != present:
            yield at_row(MEETINGS, meeting, "出席人员与审计记录不符")
        convened = [
            entry["after"]["called"]
            for entry in archive.entries_of(MEETINGS, meeting)
            if entry["action"] == "meeting.convened"
        ]
        if convened != [sorted(row["member"] for row in rows)]:
            yield at_row(MEETINGS, meeting, "应到名单与审计记录不符")
        for row in rows:
            if row["presence"] == Presence.PRESENT and not row["employer"]:
                yield at_row(ATTENDANCE, row, "出席而没有写明工作单位", "employer")
