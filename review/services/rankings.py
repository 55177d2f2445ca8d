"""From sealed scores to an archived ranking, and what people decide about it: ties, and how many go on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from applications.models import Application
from applications.selectors import facts_of
from campaigns.models import Stage
from campaigns.rules.facts import REGISTRY, UNKNOWN, Facts, Stronger, completed_years
from campaigns.rules.schema import ExpertReviewStage
from campaigns.selectors import stage_rule
from review import policies, ranking, selectors, selectors_scoring, stability, tally
from review.models import Cut, Panel, Ranking, TieDecision
from review.quantitative import Part
from review.services.seating import rule_of
from review.services.stages import lock_stage
from unions import audit
from unions.models import Member
from unions.permits import Refused


def method_of(rule: ExpertReviewStage, part: Part | None = None) -> ranking.Method:
    """The rule's method as the pure functions take it; what one sheet comes to needs no quantitative `part`."""
    return ranking.Method(
        criteria=tuple(ranking.Criterion(item.id, item.weight, item.max) for item in rule.criteria),
        trimming=rule.trimming,
        tie_break=rule.tie_break,
        aggregate=rule.aggregate,
        min_to_trim=rule.trim_from,
        part=part,
    )


def method_for(stage: Stage) -> ranking.Method:
    """The whole method of a stage, the quantitative part included."""
    rule = rule_of(stage)
    return method_of(rule, selectors_scoring.part_of(rule, stage.campaign))


def orderable(key: str, facts: Facts, reference: date) -> Fraction | None:
    """A fact as a number that is bigger for the stronger case; None while unknown."""
    fact = REGISTRY[key]
    value = facts.values.get(key, UNKNOWN)
    if value is UNKNOWN and fact.since is not None:
        start = facts.values.get(fact.since, UNKNOWN)
        value = completed_years(start, reference) if isinstance(start, date) else UNKNOWN
    if value is UNKNOWN:
        return None
    if isinstance(value, str):
        return Fraction(fact.scale.index(value))
    assert isinstance(value, int | Decimal)
    return -Fraction(value) if fact.stronger is Stronger.LOWER else Fraction(value)


def _facts(cases: Sequence[Application], keys: Sequence[str]) -> dict[int, dict[str, Fraction | None]]:
    """The facts that the chain asks for, from what each handed in last; one query. Papers are no facts."""
    if not keys:
        return {case.pk: {} for case in cases}
    read = selectors_scoring.answers_of_all(cases)
    known = ((case, facts_of(case, read[case.pk], slots=frozenset())) for case in cases)
    return {
        case.pk: {key: orderable(key, facts, case.campaign.reference_date) for key in keys} for case, facts in known
    }


def chain_facts(rule: ExpertReviewStage) -> list[str]:
    """The facts that the written chain asks for, in its order."""
    return [word.removeprefix("fact:") for word in rule.tie_break if word.startswith("fact:")]


def scored_cases(stage: Stage, panel: Panel, cases: QuerySet[Application]) -> list[ranking.Scored]:
    """The cases with the sheets that count."""
    keys = chain_facts(rule_of(stage))
    sheets: dict[int, list[ranking.Sheet]] = {}
    for (seat, application), score in selectors.latest_scores(panel).items():
        points: Mapping[str, str] = score.points
        exact = {id_: Decimal(text) for id_, text in points.items()}
        sheets.setdefault(application, []).append(ranking.Sheet(seat, exact))
    rows = list(cases.select_related("campaign", "person__key"))
    counted = rule_of(stage).quantitative is not None
    entries = selectors_scoring.entries_of(panel, rows) if counted else {}
    facts = _facts(rows, keys)
    return [
        ranking.Scored(case.pk, tuple(sheets.get(case.pk, ())), facts[case.pk], entries.get(case.pk, ()))
        for case in rows
    ]


@dataclass(frozen=True, slots=True)
class Computed:
    """What a panel's work comes to: how it was done, the rows in their order, the digest of all they follow from."""

    method: str
    rows: list[dict[str, Any]]
    sha256: str


def computed(stage: Stage, panel: Panel, cases: QuerySet[Application]) -> Computed:
    """The ranking of these cases by the method of the stage."""
    rule = rule_of(stage)
    if rule.method == "score":
        method, scored = method_for(stage), scored_cases(stage, panel, cases)
        rows = [plain_row(row) for row in ranking.rank(scored, method)]
        return Computed(method.described, rows, ranking.input_sha256(scored, method))
    keys = chain_facts(rule)
    people = list(cases.select_related("campaign", "person__key"))
    facts = {case: tuple(found.values()) for case, found in _facts(people, keys).items()}
    if rule.method == "ballot":
        terms, votes = selectors.terms_of(stage), selectors.votes_of(selectors.counted_rounds(panel), facts)
        places = tally.ranked_by_votes(votes, terms, facts)
        return Computed(terms.described, _rows(places), tally.votes_sha256(votes, terms, facts))
    scale, assessed = scale_of(rule), assessed_cases(panel, facts)
    places = tally.ranked_by_grades(assessed, scale, facts)
    return Computed(scale.described, _rows(places), tally.grades_sha256(assessed, scale, facts))


def scale_of(rule: ExpertReviewStage) -> tally.Scale:
    """The rule's grades, best first, as the pure functions take them."""
    return tally.Scale(
        tuple(grade.id for grade in rule.grades), frozenset(grade.id for grade in rule.grades if grade.recommends)
    )


def assessed_cases(panel: Panel, cases: Iterable[int]) -> list[tally.Assessed]:
    """The cases with the grades that count."""
    grades: dict[int, list[str]] = {}
    for (_, application), score in selectors.latest_scores(panel).items():
        grades.setdefault(application, []).append(score.grade)
    return [tally.Assessed(case, tuple(grades.get(case, ()))) for case in cases]


def plain_row(row: ranking.Row) -> dict[str, Any]:
    return {"application": row.case, "total": str(row.total), "rank": row.rank, "tied": list(row.tied)}


def _rows(places: Iterable[tally.Place]) -> list[dict[str, Any]]:
    return [plain_row(place.row) | {"shown": place.shown, "reached": place.reached} for place in places]


def archive_ranking(stage: Stage, panel: Panel, *, at: datetime) -> Ranking:
    """Compute the ranking once and keep it with the digest of its input; called when the panel's work ends."""
    return keep_ranking(stage, computed(stage, panel, selectors.entrants(stage)), at=at)


def keep_ranking(stage: Stage, found: Computed, *, at: datetime) -> Ranking:
    """Keep what a stage of an app above came to, once; for its verbs, which lock, permit and record."""
    return Ranking.objects.create(
        union_id=stage.union_id, stage=stage, method=found.method, rows=found.rows, sha256=found.sha256, at=at
    )


@transaction.atomic
def set_cut(stage: Stage, *, passing: int, reason: str, actor: Member, at: datetime) -> Cut:
    """Fix how many of the ranking go on, within the rule's bounds; a *should* may be departed from, all with the reason."""
    stage = lock_stage(stage)
    policies.can_set_cut(actor, stage, at=at).require()
    if not reason.strip():
        raise Refused("请填写确定人数的理由")
    if passing < 1:
        raise Refused("进入下一环节的人数至少为 1")
    passes = stage_rule(stage).passes
    if passes is not None and passes.strength == "must":
        if passes.max is not None and passing > passes.max:
            raise Refused(f"规定至多 {passes.max} 人进入下一环节")
        if passes.min is not None and passing < passes.min:
            raise Refused(f"规定至少 {passes.min} 人进入下一环节")
    _require_reached(stage, passing, at_least=(passes.min if passes else None) or 0)
    cut = Cut.objects.create(
        union_id=stage.union_id,
        stage=stage,
        passing=passing,
        reason=reason.strip(),
        revision=stage.cuts.count(),
        at=at,
        by=actor,
    )
    audit.record("ranking.cut_set", cut, actor=actor, at=at, after={"passing": passing}, reason=reason.strip())
    return cut


def _require_reached(stage: Stage, passing: int, *, at_least: int) -> None:
    """People may go beyond those whom the panel's vote let through only as far as the rules want that many."""
    reached = selectors.reached_in(stage) if rule_of(stage).method != "score" else None
    if reached is not None and passing > max(reached, at_least):
        words = f"，规定至少 {at_least} 人，至多可确定到 {at_least} 人" if at_least > reached else ""
        raise Refused(f"按评审办法可以进入的只有 {reached} 人{words}")


@transaction.atomic
def decide_tie(stage: Stage, *, order: Sequence[Application], reason: str, actor: Member, at: datetime) -> TieDecision:
    """People order the cases that the written chain left tied, with the reason. A later decision supersedes."""
    stage = lock_stage(stage)
    policies.can_decide_tie(actor, stage, at=at).require()
    if not reason.strip():
        raise Refused("请填写裁定并列的理由")
    archived = Ranking.objects.filter(stage=stage).first()
    if archived is None:
        raise Refused(f"{policies.work_of(stage)}尚未结束，还没有排名")
    ids = [application.pk for application in order]
    staying = set(selectors.entrants(stage).values_list("pk", flat=True))
    ties = [set(row["tied"]) & staying for row in archived.rows if row["tied"]]
    if len(set(ids)) != len(ids) or len(ids) < 2 or set(ids) not in ties:
        raise Refused("请把并列的人选全部排出先后，不多也不少")
    decision = TieDecision.objects.create(
        union_id=stage.union_id, stage=stage, order=ids, reason=reason.strip(), at=at, by=actor
    )
    audit.record("ranking.tie_decided", decision, actor=actor, at=at, after={"order": ids}, reason=reason.strip())
    return decision


@dataclass(frozen=True, slots=True)
class Compared:
    """The archived sheets by each of the four methods, and how firm the list is; without a cut there is no list yet."""

    method: str
    settled: tuple[ranking.Row, ...]
    views: tuple[stability.View, ...]
    report: stability.Report | None


def compared(stage: Stage, panel: Panel) -> Compared | None:
    """What the scores of a closed panel would have come to otherwise, for those who are still in it; None where it did not
    score. A constant number of queries, and nothing is written.
    """
    if rule_of(stage).method != "score":
        return None
    settled = selectors.settled_rows(stage)
    ranked = Application.objects.filter(pk__in=[row.case for row in settled])
    method = method_for(stage)
    board = ranking.board(scored_cases(stage, panel, ranked), method)
    cut = selectors.cut_of(stage)
    report = None
    if cut is not None:
        passing = [row.case for row in settled if row.rank <= cut]
        report = stability.stability(board, cut=cut, inside=passing)
    return Compared(stability.name_of(method), settled, stability.side_by_side(board), report)


def recomputed(stage: Stage) -> bool:
    """Whether the archived ranking follows from the scores as they stand: anybody may ask."""
    archived = Ranking.objects.get(stage=stage)
    panel = Panel.objects.get(stage=stage)
    ranked = Application.objects.filter(pk__in=[row["application"] for row in archived.rows])
    return computed(stage, panel, ranked).sha256 == archived.sha256
