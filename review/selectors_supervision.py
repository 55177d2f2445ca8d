"""What the supervisor reads of a campaign: who did what, and where to look twice. Nothing that is sealed; a constant number of
queries, however many people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from applications.models import Application, Reveal
from campaigns.models import Campaign, RulesVersion, Stage
from campaigns.rules.schema import ExpertReviewStage
from campaigns.selectors import stage_rule
from documents.paper.sheets import Column, Sheet
from review import ranking, supervision
from review.models import Outcome, PanelSeat, Recusal, Score
from review.policies import DECIDED_ONE_BY_ONE, RESOLVED
from review.selectors import ranks_into
from review.services.rankings import method_of
from review.states import PASSING, Seat, Verdict
from unions import wording
from unions.archive.tables import tables
from unions.models import AuditEntry, Member

MOST: Final = 100
"""Lines of one list on the page; the sheet holds them all."""


# --- who did what -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what the log is narrowed: a name, a verb in words, a kind of thing, one person's case."""

    who: str = ""
    action: str = ""
    kind: str = ""
    number: str = ""


def entries(campaign: Campaign, reader: Member, wanted: Wanted) -> QuerySet[AuditEntry]:
    """The campaign's own entries, newest first: of everything that its archive would tell of."""
    own = Q(pk__in=[])
    for table in tables():
        if wanted.kind and table.name != wanted.kind:
            continue
        ids = table.all_rows(campaign.pk).annotate(as_text=Cast("pk", TextField()))
        own |= Q(object_type=table.name, object_id__in=ids.values("as_text"))
    found = AuditEntry.objects.visible_to(reader).filter(own).select_related("actor__user").order_by("-seq")
    if wanted.who:
        found = found.filter(actor__user__name__icontains=wanted.who)
    if wanted.action:
        found = found.filter(Q(action__in=wording.actions_like(wanted.action)) | Q(action__startswith=wanted.action))
    if wanted.number:
        cases = list(
            Application.objects.filter(Q(number__iexact=wanted.number) | Q(name=wanted.number), campaign=campaign)
            .exclude(number="")
            .values_list("pk", flat=True)
        )
        texts = [str(pk) for pk in cases]
        said = Q(object_type="applications.application", object_id__in=texts) | Q(after__application__in=cases)
        found = found.filter(said)
    return found


def kinds() -> list[tuple[str, str]]:
    """The kinds of things that the log of a campaign speaks of, by their words."""
    return sorted(((table.name, table.label) for table in tables()), key=lambda pair: pair[1])


# --- where to look twice ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody about whom it was decided otherwise than the ranking has it, and why."""

    stage: Stage
    application: Application
    rank: int | None
    said: str
    reason: str


@dataclass(frozen=True, slots=True)
class ApartLine:
    stage: Stage
    expert: str
    figures: supervision.Apart

    @property
    def deviation(self) -> str:
        return f"{float(self.figures.deviation):.2f}"

    @property
    def correlation(self) -> str:
        return "—" if self.figures.correlation is None else f"{self.figures.correlation:.2f}"


@dataclass(frozen=True, slots=True)
class QuickLine:
    who: str
    what: str
    application: Application
    at: datetime
    seconds: str
    together: int


@dataclass(frozen=True, slots=True)
class LateLine:
    """Something that was changed after the fact: what, of whom, from what to what, why."""

    kind: str
    about: str
    said: str
    reason: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Supervised:
    """Everything on the page; each list whole."""

    departures: list[Departure]
    apart: list[ApartLine]
    open_panels: list[Stage]
    quick: list[QuickLine]
    late: list[LateLine]
    reveals: list[Reveal]

    @property
    def remarkable(self) -> int:
        return sum(line.figures.remarkable for line in self.apart)


def supervised(campaign: Campaign) -> Supervised:
    stages = list(Stage.objects.filter(campaign=campaign).select_related("union").order_by("position"))
    for stage in stages:
        stage.campaign = campaign
    outcomes = list(
        Outcome.objects.filter(campaign=campaign)
        .select_related("application", "by__user", "resolution", "supersedes__by__user")
        .defer("application__answers", "application__touched")
        .order_by("at", "pk")
    )
    scores = list(
        Score.objects.filter(seat__panel__stage__campaign=campaign, seat__panel__closed_at__isnull=False)
        .select_related("seat__expert__member__user", "seat__panel", "application")
        .defer("application__answers", "application__touched")
        .order_by("version", "pk")
    )
    recused = set(
        Recusal.objects.filter(seat__panel__stage__campaign=campaign).values_list("seat_id", "application_id")
    )
    open_ = PanelSeat.objects.filter(panel__stage__campaign=campaign, panel__closed_at__isnull=True)
    unsealed = set(open_.values_list("panel__stage_id", flat=True))
    return Supervised(
        departures=_departures(stages, outcomes),
        apart=_apart(stages, scores, recused),
        open_panels=[stage for stage in stages if stage.pk in unsealed],
        quick=_quick(stages, outcomes, scores),
        late=sorted(_late(campaign, stages, outcomes, scores), key=lambda line: line.at),
        reveals=list(
            Reveal.objects.filter(application__campaign=campaign)
            .select_related("application", "by__user")
            .defer("application__answers", "application__touched")
            .order_by("at", "pk")
        ),
    )


def _departures(stages: Sequence[Stage], outcomes: Sequence[Outcome]) -> list[Departure]:
    """Where people decided otherwise than the order in which the cases came: passed over, or set in another place."""
    found: list[Departure] = []
    gone = {row.supersedes_id for row in outcomes}
    for stage in (one for one in stages if one.kind in RESOLVED):
        rows = {row.application_id: row for row in outcomes if row.stage_id == stage.pk and row.pk not in gone}
        if not rows:
            continue
        ranks = ranks_into(stage)
        through = [pk for pk, row in rows.items() if row.verdict in PASSING]
        stopped = [pk for pk, row in rows.items() if row.verdict not in PASSING]
        skipped = set(ranking.departures(through, stopped, ranks))
        for pk in sorted(rows, key=lambda pk: (ranks.get(pk, len(ranks) + 1), pk)):
            row, rank = rows[pk], ranks.get(pk)
            moved = row.verdict in PASSING and None not in {rank, row.rank} and rank != row.rank
            if pk not in skipped and not moved:
                continue
            said = "排名在前而未通过" if pk in skipped else f"由第 {rank} 改列第 {row.rank}"
            common = row.resolution.reason if row.resolution else ""
            reason = "；".join(dict.fromkeys(filter(None, (row.reason, common))))
            found.append(Departure(stage, row.application, rank, said, reason))
    return found


def _apart(stages: Sequence[Stage], scores: Sequence[Score], recused: set[tuple[int, int]]) -> list[ApartLine]:
    """Sheets that count, of panels whose work is over; a vote says nothing of one expert."""
    lines = []
    for stage in stages:
        rule = stage_rule(stage)
        if not isinstance(rule, ExpertReviewStage) or rule.method == "ballot":
            continue
        totals: dict[int, dict[int, Fraction]] = {}
        names: dict[int, str] = {}
        for score in scores:
            seat = score.seat
            counts = seat.state == Seat.ACCEPTED and (seat.pk, score.application_id) not in recused
            if seat.panel.stage_id == stage.pk and counts:
                totals.setdefault(seat.pk, {})[score.application_id] = _total(rule, score)
                names[seat.pk] = str(seat.expert)
        lines += [ApartLine(stage, names[one.expert], one) for one in supervision.apart(totals)]
    return lines


def _total(rule: ExpertReviewStage, score: Score) -> Fraction:
    """Out of 100: the weighted total, or how high the grade stands on its scale."""
    if rule.method == "score":
        points = {id_: Decimal(text) for id_, text in score.points.items()}
        return ranking.sheet_total(ranking.Sheet(score.seat_id, points), method_of(rule))
    grades = [grade.id for grade in rule.grades]
    return Fraction(100 * (len(grades) - 1 - grades.index(score.grade)), max(len(grades) - 1, 1))


def _quick(stages: Sequence[Stage], outcomes: Sequence[Outcome], scores: Sequence[Score]) -> list[QuickLine]:
    """When a case was opened is not on record, so what is measured is the time since the same person's decision before."""
    one_by_one = {stage.pk for stage in stages if stage.kind in DECIDED_ONE_BY_ONE}
    decided = [row for row in outcomes if row.stage_id in one_by_one and row.resolution_id is None]
    first = [score for score in scores if score.version == 0]
    applications = {row.application_id: row.application for row in decided}
    applications |= {score.application_id: score.application for score in first}
    words = {row.by_id: str(row.by) for row in decided}
    experts = {score.seat_id: str(score.seat.expert) for score in first}
    lines = []
    for what, people, acts in (
        ("审核结论", words, [supervision.Act(row.by_id, row.at, row.application_id) for row in decided]),
        ("评分评议", experts, [supervision.Act(row.seat_id, row.at, row.application_id) for row in first]),
    ):
        for one in supervision.quick(acts):
            seconds = f"{one.after.total_seconds():.1f}".removesuffix(".0")
            who = people[one.act.by]
            lines.append(QuickLine(who, what, applications[one.act.about], one.act.at, seconds, one.together))
    return lines


def _late(
    campaign: Campaign, stages: Sequence[Stage], outcomes: Sequence[Outcome], scores: Sequence[Score]
) -> Iterable[LateLine]:
    labels = {stage.pk: stage.label for stage in stages}
    for row in outcomes:
        if row.supersedes is not None:
            was = Verdict(row.supersedes.verdict).label
            said = f"{labels.get(row.stage_id or 0, '')}：由“{was}”改为“{row.get_verdict_display()}”"
            yield LateLine("更正结论", str(row.application), said, row.reason, str(row.by), row.at)
        elif row.verdict == Verdict.DISQUALIFIED:
            yield LateLine("取消资格", str(row.application), "取消资格", row.reason, str(row.by), row.at)
    for score in scores:
        if score.version:
            said = f"{labels[score.seat.panel.stage_id]}：第 {score.version + 1} 次评分"
            yield LateLine("改评分", str(score.application), said, "", str(score.seat.expert), score.at)
    versions = RulesVersion.objects.filter(campaign=campaign, number__gt=0, at__gte=campaign.opens_at)
    for version in versions.select_related("by__user").defer("rules_data"):
        said = f"第 {version.number} 次修订，{len(version.changes)} 处"
        yield LateLine("开始申报后修订规则", campaign.title, said, version.reason, str(version.by), version.at)


# --- the sheet --------------------------------------------------------------------------------------------------------


def sheets(campaign: Campaign, found: Supervised, *, at: datetime) -> list[Sheet]:
    """Everything on the page as a workbook, each list whole."""
    when = f"{campaign.title}　导出于 {_time(at)}"

    def sheet(name: str, columns: Sequence[tuple[str, float]], rows: Sequence[Sequence[Any]], *notes: str) -> Sheet:
        return Sheet(
            f"{name}（监督）", [Column(label, width) for label, width in columns], rows, when, notes, name=name
        )

    return [
        sheet(
            "决定与排名的差别",
            [("环节", 18), ("编号", 14), ("姓名", 12), ("排名", 8), ("决定", 24), ("理由", 60)],
            [
                [row.stage.label, row.application.number, row.application.name, row.rank, row.said, row.reason]
                for row in found.departures
            ],
        ),
        sheet(
            "与其他专家的差距",
            [("环节", 18), ("专家", 14), ("比较件数", 10), ("平均偏差", 10), ("排序相关", 10), ("提示", 24)],
            [
                [line.stage.label, line.expert, line.figures.cases, line.deviation, line.correlation, apart_words(line)]
                for line in found.apart
            ],
            *MEASURES,
        ),
        sheet(
            "数秒内的决定",
            [("办理人", 14), ("事项", 12), ("编号", 14), ("时间", 22), ("距上一件（秒）", 16), ("一并办理（件）", 16)],
            [
                [line.who, line.what, line.application.number, _time(line.at), line.seconds, line.together]
                for line in found.quick
            ],
            QUICK_MEASURE,
        ),
        sheet(
            "事后的改动",
            [("类别", 20), ("对象", 24), ("改动", 40), ("理由", 50), ("办理人", 14), ("时间", 22)],
            [[row.kind, row.about, row.said, row.reason, row.who, _time(row.at)] for row in found.late],
        ),
        sheet(
            "查看证件号码",
            [("编号", 14), ("查看人", 14), ("理由", 50), ("时间", 22)],
            [[row.application.number, str(row.by), row.reason, _time(row.at)] for row in found.reveals],
        ),
    ]


_DEVIATION: Final = (
    "平均偏差：该专家每件的总分（百分制；评议按等次在等级中的位置折算）与其他专家总分中位数之差的绝对值，取平均；"
    f"超过 {supervision.DEVIATION} 分的提示。一件须另有至少 {supervision.OTHERS} 名专家评过才比较。"
)
_CORRELATION: Final = (
    "排序相关：该专家的排序与其他专家中位数排序的等级相关系数（Spearman，同分取中间位次），"
    f"比较 {supervision.CASES} 件以上、低于 {float(supervision.CORRELATION)} 的提示。"
)
MEASURES: Final = (_DEVIATION, _CORRELATION)
QUICK_MEASURE: Final = (
    f"系统不记录何时打开一份申报，这里量的是同一人相邻两次决定的间隔，短于 {supervision.QUICK.seconds} 秒的列出；"
    "同一时刻作出的是一并办理，只列一次。"
)


def apart_words(line: ApartLine) -> str:
    words = [word for word, holds in (("偏差大", line.figures.far), ("排序相反", line.figures.contrary)) if holds]
    return "、".join(words)


def _time(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
