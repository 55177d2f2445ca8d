"""What the pages of this app show, put together from its own reads and those below. Never writes, decides nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value

from applications import selectors as intake
from applications.answers import Answers, display_masked
from applications.models import PHOTO, SEALED_FORM, Application, Material, Submission
from campaigns.models import Campaign, Stage
from campaigns.rules.engine import Finding, Findings, Overall
from campaigns.rules.facts import WaiverState
from campaigns.rules.schema import ExpertReviewStage, PhotoField, SiteVisitStage
from campaigns.selectors import stage_rule
from campaigns.states import StageState
from documents.paper.uploads import Kind
from review import blind, places, policies, ranking, selectors, tally
from review.models import (
    BallotRound,
    Expert,
    Investigation,
    Judgement,
    Outcome,
    Panel,
    PanelSeat,
    Recusal,
    Resolution,
    RollEntry,
    Score,
    SignedBallot,
    SiteVisit,
)
from review.scopes import Given, scopes, settled
from review.services import outcomes, panels, seating
from review.services.rankings import method_of
from review.services.stages import CONFIRMING, list_missing
from review.states import PASSING, WORK, Case, Seat, Subject, Verdict
from unions.models import Member, Union
from unions.permits import Decision, denied
from unions.states import Role

STAGE_TONES: Final[Mapping[str, str]] = {
    StageState.WAITING: "waiting",
    StageState.OPEN: "active",
    StageState.CLOSED: "holds",
}
VERDICT_TONES: Final[Mapping[str, str]] = {
    Verdict.PASSED: "holds",
    Verdict.PASSED_WITH_REASON: "reason",
    Verdict.REJECTED: "fails",
    Verdict.NOT_SELECTED: "waiting",
    Verdict.SUSPENDED: "reason",
    Verdict.DISQUALIFIED: "fails",
}
SEAT_TONES: Final[Mapping[str, str]] = {
    Seat.INVITED: "waiting",
    Seat.ACCEPTED: "holds",
    Seat.DECLINED: "fails",
    Seat.REMOVED: "fails",
}


# --- campaigns and their stages --------------------------------------------------------------------------------------


def campaigns_of(union: Union) -> QuerySet[Campaign]:
    """Every campaign that was published, the newest first."""
    return Campaign.objects.for_union(union).public().prefetch_related("stages").order_by("-opens_at", "-pk")


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign with the stage it is in, or the one that comes next."""

    campaign: Campaign
    open: Stage | None
    next: Stage | None
    waiting: int


def campaign_lines(campaigns: Sequence[Campaign]) -> list[CampaignLine]:
    """Where each campaign is and how many cases wait there; one query, whatever their number (stages are prefetched)."""
    found = []
    for campaign in campaigns:
        stages = sorted(campaign.stages.all(), key=lambda stage: stage.position)
        for stage in stages:
            stage.campaign = campaign
        open_ = next((stage for stage in stages if stage.state == StageState.OPEN), None)
        next_ = next((stage for stage in stages if stage.state == StageState.WAITING), None)
        found.append((campaign, open_, next_))
    counts = _waiting([open_ for _, open_, _ in found if open_ is not None])
    return [
        CampaignLine(campaign, open_, next_, counts.get(open_.pk, 0) if open_ else 0)
        for campaign, open_, next_ in found
    ]


def _waiting(stages: Sequence[Stage]) -> dict[int, int]:
    """Stage id → cases without an outcome, as one query over all stages."""
    parts = [
        selectors.undecided(stage).order_by().annotate(of=Value(stage.pk)).values("of").annotate(n=Count("pk"))
        for stage in stages
    ]
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {row["of"]: row["n"] for row in rows}


def decided_one_by_one(stage: Stage) -> bool:
    return stage.kind in policies.DECIDED_ONE_BY_ONE


def visits_in(stage: Stage) -> bool:
    """Whether visits are recorded in a stage."""
    rule = stage_rule(stage)
    return isinstance(rule, SiteVisitStage) or (isinstance(rule, ExpertReviewStage) and rule.site_visit)


STANDING_FILTERS: Final = {"waiting": "尚无结论", "passed": "通过", "stopped": "未通过或未入选"}


def standing_rows(campaign: Campaign, member: Member, *, stage: Stage | None, verdict: str, q: str) -> Any:
    """Everybody who filed, narrowed to those in a stage by what it decided about them."""
    rows = Application.objects.visible_to(member).filter(campaign=campaign, number__gt="")
    if stage is not None:
        given = Outcome.objects.standing().filter(application=OuterRef("pk"), stage=stage)
        entered = selectors.undecided(stage) if stage.state == StageState.OPEN else Application.objects.none()
        rows = {
            "passed": rows.filter(Exists(given.filter(verdict__in=PASSING))),
            "stopped": rows.filter(Exists(given.exclude(verdict__in=PASSING))),
            "waiting": rows.filter(pk__in=entered.values("pk")),
        }.get(verdict, rows.filter(Q(Exists(given)) | Q(pk__in=entered.values("pk"))))
    if q:
        rows = rows.filter(Q(name__contains=q) | Q(employer__contains=q) | Q(number__contains=q.upper()))
    return rows.defer("answers", "touched").order_by("number", "pk")


@dataclass(frozen=True, slots=True)
class StandingLine:
    application: Application
    standing: selectors.Standing
    last: Outcome | None


def standing_lines(applications: Sequence[Application]) -> list[StandingLine]:
    """Where each stands and the last word on them; a constant number of queries."""
    standings = selectors.where_they_stand(applications)
    last: dict[int, Outcome] = {}
    for outcome in (
        Outcome.objects.standing()
        .filter(application__in=[row.pk for row in applications])
        .select_related("stage")
        .order_by("stage__position")
    ):
        last[outcome.application_id] = outcome
    return [StandingLine(row, standings[row.pk], last.get(row.pk)) for row in applications]


# --- one case --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class FindingLine:
    """A finding as the officer reads it: how deep in its group, who judges it, what was said so far."""

    finding: Finding
    depth: int
    later: bool
    judgement: Judgement | None
    may_judge: bool
    waivers: list["WaiverLine"]
    error: str = ""
    typed: str = ""

    @property
    def unclaimed(self) -> bool:
        """A condition that the person did not pick: nothing is held against anybody for that."""
        claimless = self.finding.how == "declared" and self.judgement is None and not self.finding.barred
        return claimless and self.finding.verdict == "fails"

    @property
    def word(self) -> str:
        if self.unclaimed:
            return "未申报此项"
        return "由后续环节的评审专家或领导小组判断" if self.later else self.finding.word

    @property
    def open(self) -> bool:
        return self.finding.verdict == "needs_judgement"


@dataclass(slots=True)
class WaiverLine:
    id: str
    text: str
    clause: str | None
    asked: bool
    judgement: Judgement | None
    error: str = ""
    typed: str = ""


def finding_lines(
    application: Application, found: Findings, *, may_judge: bool, rule: str = "", error: str = "", typed: str = ""
) -> list[FindingLine]:
    """Every finding with its members below it; what was typed for `rule` and refused comes back with the refusal."""
    said = judgements_of(application)
    later = selectors.judged_later(application.campaign)
    lines: list[FindingLine] = []

    def add(finding: Finding, depth: int) -> None:
        mine = finding.rule_id == rule
        waivers = [
            WaiverLine(
                waiver.id,
                waiver.text,
                waiver.clause,
                waiver.state is WaiverState.CLAIMED or finding.verdict == "waiver_claimed",
                said.get(waiver.id),
                error if waiver.id == rule else "",
                typed if waiver.id == rule else "",
            )
            for waiver in finding.waivers
            if waiver.state is not None or finding.verdict in {"waiver_claimed", "waived"}
        ]
        judgeable = may_judge and finding.how != "group" and finding.rule_id not in later
        lines.append(
            FindingLine(
                finding,
                depth,
                finding.rule_id in later and finding.how != "group",
                said.get(finding.rule_id),
                judgeable,
                waivers,
                error if mine else "",
                typed if mine else "",
            )
        )
        for child in finding.children:
            add(child, depth + 1)

    for item in found:
        add(item, 0)
    return lines


def judgements_of(application: Application) -> dict[str, Judgement]:
    rows = Judgement.objects.filter(application=application).select_related("by__user").order_by("revision")
    return {row.rule: row for row in rows}


def overall(application: Application) -> Overall:
    """What the findings as a whole allow the office to do."""
    return selectors.findings(application, leaving=selectors.judged_later(application.campaign)).overall


OVERALL_TONES: Final[Mapping[str, str]] = {
    Overall.MAY_PASS: "holds",
    Overall.MAY_PASS_WITH_REASON: "reason",
    Overall.MUST_NOT_PASS: "fails",
    Overall.NEEDS_JUDGEMENT: "waiting",
    Overall.INCOMPLETE: "waiting",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of a case, as it is shown: pictures and first pages in place, anything else by a link."""

    pk: int
    file_id: UUID
    name: str
    size: int
    at: datetime
    picture: bool


@dataclass(frozen=True, slots=True)
class PaperSlot:
    label: str
    clause: str | None
    wanted: bool
    files: list[Paper]


def _paper(material: Material) -> Paper:
    stored = material.file
    return Paper(
        material.pk,
        stored.pk,
        stored.name,
        stored.size,
        material.uploaded_at,
        stored.content_type in {Kind.PDF, Kind.JPEG, Kind.PNG},
    )


def paper_slots(application: Application, answers: Answers, *, hidden: Iterable[str] = ()) -> list[PaperSlot]:
    """The materials of a case in the notice's order, the photo first and the sealed form last, without `hidden` ones."""
    files = intake.current_materials(application)
    slots = list(intake.slots_of(application, answers, files))
    if any(isinstance(item, PhotoField) for item in application.campaign.rules.fields()):
        slots.insert(0, intake.slot_of(application, PHOTO, files))
    slots.append(intake.slot_of(application, SEALED_FORM, files))
    return [
        PaperSlot(slot.label, slot.clause, slot.needed or slot.required, [_paper(file) for file in slot.files])
        for slot in slots
        if slot.id not in frozenset(hidden)
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """One submission with what it changed against the one before; personal numbers stay cut."""

    submission: Submission
    changes: list[Difference]


def versions(application: Application) -> list[Version]:
    """Every version handed in, the newest first. Needs submissions prefetched with their person's key."""
    rules = application.campaign.rules
    labels = intake.item_labels(application) | {SEALED_FORM: "盖章的申报表"}
    rows: list[Version] = []
    before: intake.Frozen | None = None
    for submission in application.submissions.all():
        submission.application = application
        now = intake.frozen(submission)
        changes: list[Difference] = []
        if before is not None:
            for item in rules.fields():
                old, new = (display_masked(item, one.answers.get(item.id), rules) for one in (before, now))
                if before.answers.get(item.id) != now.answers.get(item.id):
                    changes.append(Difference(item.label, old, new))
            changes += _file_changes(before, now, labels)
        rows.append(Version(submission, changes))
        before = now
    return rows[::-1]


def _file_changes(before: intake.Frozen, now: intake.Frozen, labels: Mapping[str, str]) -> list[Difference]:
    changes = []
    for slot in dict.fromkeys(file.slot for file in (*before.materials, *now.materials)):
        old, new = ([f for f in one.materials if f.slot == slot] for one in (before, now))
        if [f.sha256 for f in old] != [f.sha256 for f in new]:
            names = ("、".join(f.name for f in files) for files in (old, new))
            changes.append(Difference(labels.get(slot, slot), *names))
    return changes


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """What a panel said about one case, once its work has ended."""

    stage: Stage
    work: str
    columns: list[dict[str, str]]
    rows: list[dict[str, Any]]
    comments: list[tuple[str, str]]
    recused: list[Recusal]
    rank: int | None
    total: str
    row_label: str = "评审专家"
    total_label: str = ""
    sealed: bool = False


def score_sheets(application: Application, reader: Member, *, at: datetime) -> list[ScoreSheet]:
    """Per panel of the campaign that met the case: sealed before its work has ended, for everybody."""
    sheets = []
    stages = Stage.objects.filter(campaign=application.campaign_id, kind="expert_review", panel__isnull=False)
    for stage in stages.select_related("panel").order_by("position"):
        stage.campaign = application.campaign
        stage.panel.stage = stage
        if not policies.can_read_scores(reader, stage.panel, at=at):
            if stage.state == StageState.OPEN and selectors.entrants(stage).filter(pk=application.pk).exists():
                sheets.append(ScoreSheet(stage, policies.work_of(stage), [], [], [], [], None, "", sealed=True))
            continue
        sheet = _score_sheet(stage, application, reader, at)
        if sheet.rows:
            sheets.append(sheet)
    return sheets


def _score_sheet(stage: Stage, application: Application, reader: Member, at: datetime) -> ScoreSheet:
    rule = seating.rule_of(stage)
    columns, rows, comments = {"score": _scored, "assessment": _assessed, "ballot": _voted}[rule.method](
        stage, application, reader, at
    )
    recused = Recusal.objects.filter(seat__panel=stage.panel, application=application)
    place = next((row for row in selectors.settled_rows(stage) if row.case == application.pk), None)
    shown = selectors.archived_words(stage).get(application.pk, ("", True))[0]
    return ScoreSheet(
        stage,
        policies.work_of(stage),
        columns,
        rows,
        comments,
        list(recused.select_related("seat__expert__member__user")),
        place.rank if place else None,
        (shown or f"{place.shown} 分") if place else "",
        "轮次" if rule.method == "ballot" else "评审专家",
        _total_label(rule),
    )


def _total_label(rule: ExpertReviewStage) -> str:
    if rule.method != "score":
        return ""
    return f"专家评分（满分 {100 - rule.quantitative.weight}）" if rule.quantitative else "加权总分"


_Sheet = tuple[list[dict[str, str]], list[dict[str, Any]], list[tuple[str, str]]]
"""Columns, rows and comments of a score matrix."""


def _sheets(stage: Stage, application: Application, reader: Member, at: datetime) -> Iterator[tuple[PanelSeat, Score]]:
    scores = selectors.scores_for(stage.panel, reader=reader, at=at)
    for seat in selectors.sitting(stage.panel):
        score = scores.get((seat.pk, application.pk))
        if score is not None:
            yield seat, score


def _scored(stage: Stage, application: Application, reader: Member, at: datetime) -> _Sheet:
    rule = seating.rule_of(stage)
    method = method_of(rule)
    rows, comments = [], []
    for seat, score in _sheets(stage, application, reader, at):
        points = {id_: Decimal(text) for id_, text in score.points.items()}
        total = ranking.Row(0, ranking.sheet_total(ranking.Sheet(seat.pk, points), method), 0).shown
        cells = [score.points[item.id] for item in rule.criteria]
        rows.append({"label": str(seat.expert), "cells": cells, "total": str(total)})
        if score.comment:
            comments.append((str(seat.expert), score.comment))
    return criteria_columns(rule), rows, comments


def _assessed(stage: Stage, application: Application, reader: Member, at: datetime) -> _Sheet:
    grades = {item.id: item for item in seating.rule_of(stage).grades}
    rows, comments = [], []
    for seat, score in _sheets(stage, application, reader, at):
        grade = grades[score.grade]
        rows.append({"label": str(seat.expert), "cells": [grade.label, "推荐" if grade.recommends else "不推荐"]})
        comments.append((str(seat.expert), score.comment))
    return [{"label": "等次"}, {"label": "意见"}], rows, comments


def _voted(stage: Stage, application: Application, reader: Member, at: datetime) -> _Sheet:
    rows = [
        {
            "label": f"第 {sheet.round.number} 轮",
            "cells": [line.count.votes, line.count.base, "入选" if line.elected else "未入选"],
        }
        for sheet in round_sheets(stage.panel, reader, at=at)
        for line in sheet.lines
        if line.application == application
    ]
    return [{"label": "得票"}, {"label": "可投其票的票数"}, {"label": "结果"}], rows, []


def criteria_columns(rule: ExpertReviewStage) -> list[dict[str, str]]:
    return [{"label": item.label, "note": f"满分 {item.max}，占 {item.weight}%"} for item in rule.criteria]


def outcomes_of(application: Application) -> list[Outcome]:
    """Every word ever said on a case, the superseded too, oldest first."""
    return list(
        Outcome.objects.filter(application=application)
        .select_related("stage", "by__user", "resolution", "superseded_by")
        .order_by("at", "pk")
    )


def visits_of(application: Application) -> list[SiteVisit]:
    """The record of each visit that counts, per stage."""
    rows = (
        SiteVisit.objects.filter(application=application)
        .select_related("stage__campaign", "by__user")
        .prefetch_related("photos")
    )
    last: dict[int, SiteVisit] = {row.stage_id: row for row in rows.order_by("revision")}
    return list(last.values())


def checklist_of(visit: SiteVisit) -> list[tuple[str, str]]:
    rule = stage_rule(visit.stage)
    labels = {item.id: item.label for item in rule.checklist} if isinstance(rule, SiteVisitStage) else {}
    return [(labels.get(id_, id_), text) for id_, text in visit.checklist.items()]


def open_stage_of(campaign: Campaign) -> Stage | None:
    stage = campaign.stages.filter(state=StageState.OPEN).first()
    if stage is not None:
        stage.campaign = campaign
    return stage


def can_judge_now(actor: Member, application: Application, stage: Stage | None, *, at: datetime) -> Decision:
    """Judging is part of a qualification review that is open and has not decided on the case."""
    decision = policies.can_judge_rule(actor, application, at=at)
    if not decision:
        return decision
    if stage is None or stage.kind != "qualification":
        return denied("资格审核进行中才能作出审核判断")
    if selectors.current_outcome(application, stage) is not None:
        return denied("该申报在本环节已有结论，请先更正结论")
    return decision


@dataclass(frozen=True, slots=True)
class Neighbours:
    before: int | None
    after: int | None
    waiting: int | None
    """How many wait in the queue; nobody counts a narrowed list."""


def neighbours(application: Application, stage: Stage | None, reader: Member) -> Neighbours:
    """The cases beside this one by number: of the queue, for the office that works it off; else of the stage."""
    rows: QuerySet[Application]
    if stage is None:
        rows = Application.objects.visible_to(reader).filter(campaign=application.campaign_id, number__gt="")
    elif reader.role == Role.OFFICE and decided_one_by_one(stage):
        rows = selectors.undecided(stage)
    else:
        rows = selectors.entrants(stage)
    by_number = rows.order_by("number").values_list("pk", flat=True)
    return Neighbours(
        by_number.filter(number__lt=application.number).last(),
        by_number.filter(number__gt=application.number).first(),
        by_number.count(),
    )


@dataclass(slots=True)
class Verb:
    """One verb of the decision bar, in the words of its component."""

    value: str
    label: str
    kind: str = "plain"
    reason: str = ""
    reason_help: str = ""
    key: str = ""
    why_not: str = ""
    url: str = ""
    action: str = ""
    error: str = ""
    typed: str = ""


def decision_verbs(
    stage: Stage, application: Application, actor: Member, *, at: datetime, return_url: str
) -> list[Verb]:
    """What the office may say on a case now, and what stands against the rest."""
    closed = policies.can_decide(actor, stage, application, at=at).reason
    barred = policies.can_conclude(actor, stage, application, at=at).reason
    against = {
        verdict: barred or outcomes.why_not(stage, application, verdict)
        for verdict in (Verdict.PASSED, Verdict.PASSED_WITH_REASON)
    }
    plain, reasoned = against[Verdict.PASSED], against[Verdict.PASSED_WITH_REASON]
    verbs = [
        Verb(Verdict.PASSED, "通过", "primary", key="p", why_not=plain),
        Verb(
            Verdict.PASSED_WITH_REASON,
            "说明理由后通过",
            "primary" if plain and not reasoned else "plain",
            reason="通过的理由",
            reason_help="理由会保留，并提交评审和审定时参考。",
            key="w",
            why_not=reasoned,
        ),
    ]
    if stage.kind == "qualification":
        verbs.append(Verb("return", "退回补正", key="r", url=return_url, why_not=closed))
    verbs.append(
        Verb(
            Verdict.REJECTED,
            "不予通过",
            "danger",
            reason="不予通过的理由",
            reason_help="环节结束后申报人会看到。",
            key="x",
            why_not=barred,
        )
    )
    return verbs


# --- the pool and panels ---------------------------------------------------------------------------------------------


def names_of_experts(ids: Iterable[int]) -> dict[int, str]:
    """Expert id → name and employer, for the record of a draw."""
    rows = Expert.objects.filter(pk__in=list(ids)).select_related("member__user")
    return {row.pk: expert_line(row) for row in rows}


def expert_line(expert: Expert) -> str:
    return f"{expert}（{expert.employer or '工作单位不详'}）"


def candidates_for(panel: Panel | None, union: Union) -> QuerySet[Expert]:
    """Experts that may still be named."""
    rows = Expert.objects.filter(union=union, active=True).select_related("member__user").order_by("field", "pk")
    if panel is None:
        return rows
    if seating.rule_of(panel.stage).panel.draw:
        rows = rows.filter(in_draws=False)
    return rows.exclude(seats__panel=panel)


@dataclass(slots=True)
class SeatLine:
    """One seat as the office sees it: how far the expert is, never what they gave."""

    seat: PanelSeat
    tone: str
    scored: int
    due: int
    recusals: list[Recusal]
    may_remove: bool = False
    may_recuse: bool = False
    voted: bool = False
    unlooked: int = 0
    """Likenesses that nobody has looked at."""


def seat_lines(panel: Panel, actor: Member, *, at: datetime) -> list[SeatLine]:
    """Every seat with its progress; a constant number of queries."""
    cases = set(selectors.entrants(panel.stage).values_list("pk", flat=True))
    recusals: dict[int, list[Recusal]] = {}
    for row in Recusal.objects.filter(seat__panel=panel).select_related("application", "by__user").order_by("at", "pk"):
        recusals.setdefault(row.seat_id, []).append(row)
    given: dict[int, set[int]] | None = {} if policies.in_parts(panel.stage) else None
    if given is not None:
        for seat_id, application_id in selectors.allotted_of(panel):
            given.setdefault(seat_id, set()).add(application_id)
    waiting = Counter(seat_id for seat_id, _ in selectors.unlooked_of(panel))
    done: dict[int, set[int]] = {}
    for seat_id, application_id in selectors.latest_scores(panel):
        done.setdefault(seat_id, set()).add(application_id)
    voting = selectors.open_round(panel) if policies.work_of(panel.stage) == WORK["ballot"] else None
    voted = set(voting.roll.values_list("seat_id", flat=True)) if voting else set()
    may = policies.can_change_panel(actor, panel, at=at).allowed
    lines = []
    for seat in panel.seats.select_related("expert__member__user").order_by("pk"):
        seat.panel = panel
        own = recusals.get(seat.pk, [])
        due = cases - {row.application_id for row in own}
        if given is not None:
            due &= given.get(seat.pk, set())
        lines.append(
            SeatLine(
                seat,
                SEAT_TONES[seat.state],
                len(done.get(seat.pk, set()) & due),
                len(due),
                own,
                may_remove=may and seat.state in panels.LIVE_SEATS,
                may_recuse=may and seat.state == Seat.ACCEPTED,
                voted=seat.pk in voted,
                unlooked=waiting[seat.pk],
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class VisitLine:
    application: Application
    visit: SiteVisit | None
    batch: int | None
    outcome: Outcome | None
    recordable: bool


def visit_lines(stage: Stage) -> list[VisitLine]:
    """Every case with its batch, its last record and what was decided; a constant number of queries."""
    seen, batches = selectors.visited(stage), selectors.batches_of(stage)
    given = {row.application_id: row for row in Outcome.objects.standing().filter(stage=stage)}
    return [
        VisitLine(
            case,
            seen.get(case.pk),
            batches.get(case.pk),
            given.get(case.pk),
            recordable=not batches_in(stage) or case.pk in batches,
        )
        for case in selectors.entrants(stage)
    ]


def batches_in(stage: Stage) -> int:
    """In how many batches the rules have visits made; nought where they do not say."""
    rule = stage_rule(stage)
    return (rule.batches or 0) if isinstance(rule, SiteVisitStage) else 0


VISITORS: Final = 30
"""Names offered for a team."""


def visitors_for(stage: Stage) -> list[str]:
    """Who may be named as having gone on a visit: the stage's panel, else the office and the experts of the pool."""
    panel = selectors.panel_of(stage)
    if panel is not None:
        return [str(seat.expert) for seat in selectors.sitting(panel)]
    office = (
        Member.objects.for_union(stage.union).active().filter(role=Role.OFFICE).select_related("user").order_by("pk")
    )
    experts = Expert.objects.filter(union=stage.union_id, active=True).select_related("member__user").order_by("pk")
    return [str(one) for one in (*office, *experts)][:VISITORS]


def next_in_batch(stage: Stage, batch: int | None, after: Application) -> Application | None:
    """Who of the same batch is to be recorded next: by number, round from this one; nobody where there are no batches."""
    if batch is None:
        return None
    batches, seen = selectors.batches_of(stage), selectors.visited(stage)
    waiting = [
        case
        for case in selectors.entrants(stage)
        if batches.get(case.pk) == batch and case.pk not in seen and case != after
    ]
    return next((case for case in waiting if case.number > after.number), waiting[0] if waiting else None)


def last_in_batch(stage: Stage, visits: Iterable[SiteVisit], of: Application) -> SiteVisit | None:
    """The newest record of the same batch: its day and team are most likely this one's too."""
    batch = selectors.batches_of(stage).get(of.pk)
    return max((one for one in visits if batch and one.batch == batch), key=lambda one: one.at, default=None)


def suggested_batches(stage: Stage) -> dict[int, int]:
    """The batches as arranged, and for the rest an even split: by unit, then by number, so that a team travels less."""
    arranged, cases = selectors.batches_of(stage), list(selectors.entrants(stage))
    rest = sorted(
        (case for case in cases if case.pk not in arranged), key=lambda case: (case.unit_id or 0, case.number)
    )
    size = -(-len(cases) // max(batches_in(stage), 1))
    room = [n for n in range(1, batches_in(stage) + 1) for _ in range(size - list(arranged.values()).count(n))]
    return arranged | {case.pk: batch for case, batch in zip(rest, room, strict=False)}


# --- the vote --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CountLine:
    """One candidate of a closed round."""

    application: Application
    count: tally.Count
    reached: bool
    elected: bool


@dataclass(frozen=True, slots=True)
class RoundSheet:
    """A round as the office, the leading group and the supervisor read it: how many have voted, and once closed the count."""

    round: BallotRound
    voted: int
    lines: list[CountLine]
    signed: list[tuple[str, str]]
    voters: list[str]
    """Who has voted, by name and in no order of time."""
    void: int = 0

    @property
    def valid(self) -> int:
        return self.voted - self.void

    @property
    def issued(self) -> int:
        return self.round.issued or self.voted


def round_sheets(panel: Panel, reader: Member, *, at: datetime) -> list[RoundSheet]:
    """Every round; nothing is read from one that is open, and nothing from one thrown away."""
    rule = seating.rule_of(panel.stage)
    if rule.method != "ballot":
        return []
    counted = selectors.counted_rounds(panel)
    terms = selectors.terms_of(panel.stage)
    candidates = {case for row in counted for case in row.candidates}
    by_id = Application.objects.in_bulk(candidates)
    votes = selectors.votes_of(counted, candidates)
    elected = set(tally.follow(votes, terms).chosen)
    readable = {
        row.pk: tally.count(given)
        for row, given in zip(counted, votes, strict=True)
        if policies.can_read_tally(reader, row, at=at)
    }
    signed: dict[int, list[tuple[str, str]]] = {}
    for one in SignedBallot.objects.filter(ballot__round__in=readable).select_related(
        "ballot", "seat__expert__member__user"
    ):
        names = "、".join(by_id[case].name for case in one.ballot.choices) or "空白"
        names += "（废票）" if one.ballot.void else ""
        signed.setdefault(one.ballot.round_id, []).append((str(one.seat.expert), names))
    rolls: dict[int, list[str]] = {}
    for entry in RollEntry.objects.filter(round__panel=panel).select_related("seat__expert__member__user"):
        rolls.setdefault(entry.round_id, []).append(str(entry.seat.expert))
    return [
        RoundSheet(
            row,
            row.voted,
            [
                CountLine(by_id[one.case], one, tally.reaches(one, terms.majority), one.case in elected)
                for one in readable.get(row.pk, ())
            ],
            sorted(signed.get(row.pk, [])),
            sorted(rolls.get(row.pk, [])),
            row.spoiled if row.pk in readable else 0,
        )
        for row in panel.rounds.annotate(
            voted=Count("roll", distinct=True),
            spoiled=Count("ballots", filter=Q(ballots__void=True), distinct=True),
        ).order_by("number")
    ]


def tied_groups(stage: Stage) -> list[tuple[str, list[Application]]]:
    """Ties that people must decide: a key for the page, and the cases by number."""
    ties = selectors.ties_to_decide(stage)
    by_id = Application.objects.in_bulk([id_ for tie in ties for id_ in tie])
    return [
        ("-".join(map(str, tie)), sorted((by_id[id_] for id_ in tie), key=lambda case: case.number)) for tie in ties
    ]


# --- the expert ------------------------------------------------------------------------------------------------------


def own_seats(member: Member) -> QuerySet[PanelSeat]:
    """The fetch is the permission: an expert's own seats, with everything the pages of a seat read."""
    return selectors.seats_of(member).select_related(
        "panel__stage__campaign__union", "panel__stage__union", "expert__member__user"
    )


def cases_of(seat: PanelSeat) -> list[selectors.ExpertCase]:
    """The cases before an expert in the order in which this one meets them: shuffled, so that nobody is always the first or
    the last, and the same every time. A vote keeps the order of numbers.
    """
    rule, cases = seating.rule_of(seat.panel.stage), cases_before(seat)
    if rule.method == "ballot":
        return cases
    if rule.blind:
        cases = [replace(case, code=blind.code(seat.panel, case.application.pk)) for case in cases]
    return sorted(cases, key=lambda case: blind.turn(seat, case.application.pk))


def cases_before(seat: PanelSeat) -> list[selectors.ExpertCase]:
    """The cases before an expert by number. A recused one is not among them, nor one whose conflict the system finds just now:
    a case may have come or been corrected after the seat was taken, and an unknown identity fails closed.
    """
    shown = [case for case in selectors.cases_for(seat) if not case.recused]
    conflicting = seating.found_conflicts(
        seat, Application.objects.filter(pk__in=[case.application.pk for case in shown])
    )
    return [case for case in shown if case.application.pk not in conflicting]


@dataclass(frozen=True, slots=True)
class SeatCase:
    """One case of an expert with its place in the list."""

    case: selectors.ExpertCase
    number: int
    of: int
    before: str | None
    after: str | None
    unscored: str | None


def case_of(seat: PanelSeat, ref: str) -> SeatCase | None:
    """The case by what stands for it, or None: whatever the reason it is not there, the answer is the same."""
    cases = cases_of(seat)
    ids = [case.ref for case in cases]
    if ref not in ids:
        return None
    at = ids.index(ref)
    around = cases[at + 1 :] + cases[:at]
    return SeatCase(
        cases[at],
        at + 1,
        len(cases),
        ids[at - 1] if at else None,
        ids[at + 1] if at + 1 < len(ids) else None,
        next((case.ref for case in around if case.score is None), None),
    )


def material_for(seat: PanelSeat, ref: str, material_pk: int) -> Material | None:
    """A paper of a case that stands before this expert; the sealed form carries the ID number in clear and stays out."""
    line = case_of(seat, ref)
    if line is None:
        return None
    return (
        Material.objects.current()
        .filter(pk=material_pk, application=line.case.application)
        .exclude(slot__in=hidden_slots(seat))
        .select_related("file")
        .first()
    )


def hidden_slots(seat: PanelSeat) -> set[str]:
    """Papers that show an identity number whole: the sealed form, and what proves the identity field. A blind review shows
    none but those that the rules call safe.
    """
    rules = seat.panel.stage.campaign.rules
    personal = {item.id for item in rules.fields() if item.type == "national_id"}
    hidden = {SEALED_FORM, *(item.id for item in rules.materials if personal & set(item.proves))}
    return hidden | blind.hidden_slots(rules) if seating.rule_of(seat.panel.stage).blind else hidden


def seat_papers(seat: PanelSeat, application: Application, answers: Answers) -> list[PaperSlot]:
    """The papers an expert may read; where the review is blind, under names that tell nothing."""
    slots = [slot for slot in paper_slots(application, answers, hidden=hidden_slots(seat)) if slot.files]
    if not seating.rule_of(seat.panel.stage).blind:
        return slots
    return [
        replace(slot, files=[replace(file, name=f"{slot.label} {n}") for n, file in enumerate(slot.files, 1)])
        for slot in slots
    ]


RECENT: Final = 10
"""Resolutions shown on the group's desk."""


# --- the leading group -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits for the leading group, with the page that does it."""

    kind: str
    title: str
    campaign: Campaign
    stage: Stage | None
    text: str
    count: int
    pk: int


@dataclass(slots=True)
class GroupDesk:
    tasks: list[Task] = field(default_factory=list)
    blocked: list[tuple[Stage, list[str]]] = field(default_factory=list)


def group_desk(union: Union, *, at: datetime) -> GroupDesk:
    """What waits for the leading group over all running campaigns, and lists that are not ready for it yet."""
    desk = GroupDesk()
    stages = (
        Stage.objects.for_union(union)
        .filter(campaign__state="published", state__in=[StageState.OPEN, StageState.WAITING])
        .select_related("campaign__union", "union", "panel")
        .order_by("campaign_id", "position")
    )
    for stage in stages:
        _panel_task(desk, stage)
        if stage.state == StageState.OPEN:
            _list_task(desk, stage, at)
            _resolution_task(desk, stage)
            _tie_task(desk, stage)
    for case in empty_places(union):
        if place_of(case) is not None:
            desk.tasks.append(
                Task(
                    "place",
                    f"{case.application.name}被取消资格后空出的名额",
                    case.application.campaign,
                    None,
                    "决议递补，或决议名额空缺。",
                    1,
                    case.pk,
                )
            )
    return desk


def place_of(case: Investigation) -> Stage | None:
    """The stage in which the disqualified held a place that may still be filled: no later one has closed."""
    stage = selectors.place_stage(case.application)
    if stage is None or stage.campaign.stages.filter(position__gt=stage.position, state=StageState.CLOSED).exists():
        return None
    return stage


def _panel_task(desk: GroupDesk, stage: Stage) -> None:
    panel = getattr(stage, "panel", None)
    if panel is None:
        return
    waiting = panel.seats.filter(approved_at__isnull=True, state__in=panels.LIVE_SEATS).count()
    if waiting:
        text = "名单经审核同意后，邀请才发给专家。"
        desk.tasks.append(Task("panel", f"{stage.label}：审核评审团队", stage.campaign, stage, text, waiting, stage.pk))


def _list_task(desk: GroupDesk, stage: Stage, at: datetime) -> None:
    if stage_rule(stage).confirmed_by not in CONFIRMING:
        return
    missing = list_missing(stage, at=at)
    if missing:
        desk.blocked.append((stage, missing))
        return
    passers = selectors.proposed_passers(stage)
    if confirmed_ids(stage) != passers:
        text = "确认后环节才能结束。"
        desk.tasks.append(Task("list", f"{stage.label}：确认名单", stage.campaign, stage, text, len(passers), stage.pk))


def confirmed_ids(stage: Stage) -> frozenset[int] | None:
    resolution = selectors.confirmation(stage)
    return None if resolution is None else frozenset(item["application"] for item in resolution.decisions)


def _resolution_task(desk: GroupDesk, stage: Stage) -> None:
    if stage.kind not in policies.RESOLVED:
        return
    waiting = selectors.undecided(stage).count()
    if waiting:
        text = "审阅人选材料和各环节理由，记录会议决议。"
        desk.tasks.append(Task("resolve", stage.label, stage.campaign, stage, text, waiting, stage.pk))


def _tie_task(desk: GroupDesk, stage: Stage) -> None:
    ties = selectors.ties_to_decide(stage) if stage.kind == "expert_review" else ()
    if ties:
        text = "按规则仍分不出先后，须裁定。"
        count = sum(len(tie) for tie in ties)
        desk.tasks.append(Task("tie", f"{stage.label}：裁定并列", stage.campaign, stage, text, count, stage.pk))


def empty_places(union: Union) -> QuerySet[Investigation]:
    """Cases of false material that were upheld and whose place nobody has resolved on."""
    return (
        Investigation.objects.filter(
            union=union,
            state=Case.UPHELD,
            resolution__isnull=True,
            application__campaign__state="published",
        )
        .select_related("application__campaign__union", "application__union")
        .order_by("pk")
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line of a resolution page: who, in which rank, with what was said of them on the way."""

    application: Application
    rank: int | None
    outcome: Outcome | None
    notes: list[Outcome]
    references: list[Outcome]
    investigated: bool
    parts: list[str]
    """The category and tier of the title, as approved."""
    points: str = ""
    """What the team gave that visited them."""


def candidates(stage: Stage, *, decided: bool) -> list[Candidate]:
    """Entrants without (or with) an outcome of this stage, by rank then number; a constant number of queries."""
    ranks = selectors.ranks_into(stage)
    people = list(selectors.entrants(stage))
    given: dict[int, Outcome] = {}
    notes: dict[int, list[Outcome]] = {}
    rows = (
        Outcome.objects.standing()
        .filter(application__in=[person.pk for person in people], stage__isnull=False)
        .select_related("stage")
        .order_by("stage__position")
    )
    for row in rows:
        if row.stage_id == stage.pk:
            given[row.application_id] = row
        elif row.verdict == Verdict.PASSED_WITH_REASON:
            notes.setdefault(row.application_id, []).append(row)
    looked_into = set(selectors.under_investigation(stage).values_list("pk", flat=True))
    rules = stage.campaign.rules
    labels = {item.id: item.label for item in rules.parts}
    said = selectors.references(person.pk for person in people)
    points = selectors.visit_points(person.pk for person in people)
    people.sort(key=lambda person: (ranks.get(person.pk, 10**9), person.number))
    return [
        Candidate(
            person,
            ranks.get(person.pk),
            given.get(person.pk),
            notes.get(person.pk, []),
            said.get(person.pk, []),
            person.pk in looked_into,
            _part_labels(given.get(person.pk), labels),
            points.get(person.pk, ""),
        )
        for person in people
        if (person.pk in given) == decided
    ]


def _part_labels(outcome: Outcome | None, labels: Mapping[str, str]) -> list[str]:
    return [labels.get(id_, id_) for id_ in (outcome.category, outcome.tier) if id_] if outcome else []


def given_before(stage: Stage, people: Sequence[Candidate]) -> dict[int, Given]:
    """Application id → the category and tier to begin with: as approved before, or the only one applied for."""
    rules, ids = stage.campaign.rules, [one.application.pk for one in people]
    if stage.kind != "final_approval" or not rules.scopes:
        return {}
    standing = scopes(stage.campaign, stage_rule(stage), ids)
    said = {
        one.application.pk: Given(one.outcome.category, one.outcome.tier) if one.outcome else Given() for one in people
    }
    return {id_: settled(rules, standing[id_], said[id_]) for id_ in ids}


@dataclass(frozen=True, slots=True)
class Meter:
    """One bound as a page shows it: with places a meter, else a line of figures."""

    count: places.Count
    verdict: str
    """What it means as things stand, in words; never colour alone."""

    @property
    def badge(self) -> str:
        if self.count.holds:
            return "holds"
        return "fails" if self.count.strength == "must" else "reason"


def quota_meters(
    stage: Stage, *, confirming: Iterable[int], deciding: Iterable[int], given: Mapping[int, Given]
) -> list[Meter]:
    """“What if these”: `confirming` of those being decided pass, outcomes of the others stand."""
    if not places.counted_in(stage.campaign.rules, stage_rule(stage)):
        return []
    field = selectors.field_of(stage)
    others = set(field.standing) - set(deciding)
    return [_meter(one) for one in field.counts(others | set(confirming), given=given)]


def foreseen_meters(stage: Stage) -> list[Meter]:
    """The same for the office, on those who would pass if the stage closed now."""
    return [_meter(one) for one in selectors.foreseen_counts(stage)]


def _meter(count: places.Count) -> Meter:
    if count.holds:
        return Meter(count, "符合")
    if count.strength == "should":
        return Meter(count, "不符合，须书面说明理由")
    return Meter(count, "不符合，不能通过" if count.lasting else "尚未达到")


def last_resolution(stage: Stage) -> Resolution | None:
    return stage.resolutions.select_related("by__user").order_by("at", "pk").last()


def recent_resolutions(union: Union) -> list[Resolution]:
    rows = Resolution.objects.filter(union=union).select_related("stage", "campaign", "by__user")
    return list(rows.order_by("-at", "-pk")[:RECENT])


def list_obstacle(stage: Stage, *, at: datetime) -> str:
    """Why the list of a stage cannot be confirmed now; nothing where it can."""
    if stage_rule(stage).confirmed_by not in CONFIRMING:
        return f"“{stage.label}”的名单不需另行确认"
    if stage.state != StageState.OPEN:
        return f"“{stage.label}”{StageState(stage.state).label}，环节进行中才能确认名单"
    missing = list_missing(stage, at=at)
    return f"名单尚未形成：{'；'.join(missing)}" if missing else ""


def subject_words(resolution: Resolution) -> str:
    stage = resolution.stage.label if resolution.stage else ""
    return f"{stage}：{Subject(resolution.subject).label}" if stage else Subject(resolution.subject).label


def leaders(union: Union) -> int:
    """How many the leading group has, for the minutes."""
    return Member.objects.for_union(union).active().filter(role=Role.LEADER).count()
