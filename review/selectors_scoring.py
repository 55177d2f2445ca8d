"""Reads of the scoring room: the quantitative part with its claims and verification, and sheets in progress."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from applications import answers as form
from applications import selectors as intake
from applications.models import Application, Submission
from campaigns.models import Campaign, Stage
from campaigns.rules.facts import Result, years_before
from campaigns.rules.schema import ExpertReviewStage, FormField, PointTable, Quantitative, RowsField, RuleSet
from campaigns.selectors import stage_rule
from review import quantitative
from review.models import Panel, PanelSeat, Score
from review.models_scoring import CountedHonours, HonourCheck, SheetDraft
from review.quantitative import Entry, Part
from unions import vault

FAR: Final = date.max


# --- the quantitative part --------------------------------------------------------------------------------------------


def part_of(rule: ExpertReviewStage, campaign: Campaign) -> Part | None:
    """The rule's tables as the pure functions take them, with the first day that counts."""
    return part_on(rule, campaign.reference_date)


def part_on(rule: ExpertReviewStage, reference: date) -> Part | None:
    """The same on a reference date, from the rule alone."""
    return None if rule.quantitative is None else _part(rule.quantitative, reference)


def _part(given: Quantitative, reference: date) -> Part:
    tables = tuple(
        quantitative.Table(
            table.id,
            table.label,
            table.fact,
            tuple(quantitative.Bar(row.points, row.level or "", row.best, row.at_least) for row in table.rows),
            table.how,
            table.cap,
            years_before(reference, table.within.years) if table.within else None,
        )
        for table in given.tables
    )
    return Part(given.label, given.weight, given.max, tables)


def counting_stages(campaign: Campaign) -> list[ExpertReviewStage]:
    """The stages whose scores have a quantitative part."""
    return [
        rule for rule in campaign.rules.stages if isinstance(rule, ExpertReviewStage) and rule.quantitative is not None
    ]


def parts_of(campaign: Campaign) -> list[Part]:
    parts = (part_on(rule, campaign.reference_date) for rule in counting_stages(campaign))
    return [part for part in parts if part is not None]


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the form that points may be looked up for, with what the office said of it last."""

    field: str
    label: str
    text: str
    entry: str
    """The digest by which the office's word is found again."""
    value: Entry
    check: HonourCheck | None = None

    @property
    def key(self) -> str:
        return f"{self.field}:{self.entry}"

    @property
    def holds(self) -> bool:
        return self.check is not None and self.check.holds


def claims_of(application: Application, answers: form.Answers | None = None) -> list[Claim]:
    """What a person states that any table of the campaign gives points for; a line stated twice is there once."""
    return claims_of_all([application], {} if answers is None else {application.pk: answers})[application.pk]


def claims_of_all(
    applications: Sequence[Application], answers: Mapping[int, form.Answers] | None = None
) -> dict[int, list[Claim]]:
    """The same for many; three queries, however many. Needs campaign, person and key selected."""
    wanted = {
        table.fact for one in applications[:1] for rule in counting_stages(one.campaign) for table in _tables(rule)
    }
    if not wanted:
        return {one.pk: [] for one in applications}
    checks: dict[tuple[int, str, str], HonourCheck] = {}
    rows = HonourCheck.objects.filter(application__in=[one.pk for one in applications]).order_by("revision")
    for row in rows.select_related("by__user"):
        checks[row.application_id, row.field, row.entry] = row
    read = answers_of_all([one for one in applications if one.pk not in (answers or {})]) | dict(answers or {})
    return {one.pk: list(_claims(one, read[one.pk], wanted, checks)) for one in applications}


def answers_of_all(applications: Sequence[Application]) -> dict[int, form.Answers]:
    """What each handed in last; one query."""
    last: dict[int, Submission] = {}
    for row in Submission.objects.filter(application__in=[one.pk for one in applications]).order_by("version"):
        last[row.application_id] = row
    found: dict[int, form.Answers] = {}
    for one in applications:
        submission = last.get(one.pk)
        if submission is None:
            found[one.pk] = intake.answers_of(one)
        else:
            submission.application = one
            found[one.pk] = intake.submitted_answers(submission)
    return found


def _tables(rule: ExpertReviewStage) -> Iterable[PointTable]:
    return rule.quantitative.tables if rule.quantitative else ()


def _claims(
    application: Application,
    answers: form.Answers,
    wanted: set[str],
    checks: Mapping[tuple[int, str, str], HonourCheck],
) -> Iterable[Claim]:
    rules, key, seen = application.campaign.rules, application.person.key, set[str]()
    if key is None or application.anonymised_at is not None:
        return
    for item in rules.fields():
        if item.fact not in wanted:
            continue
        for raw, text, value in _stated(item, answers, rules):
            entry = vault.digest(key, f"{item.id}:{raw}")
            if entry not in seen:
                seen.add(entry)
                yield Claim(item.id, item.label, text, entry, value, checks.get((application.pk, item.id, entry)))


def _stated(item: FormField, answers: form.Answers, rules: RuleSet) -> Iterator[tuple[str, str, Entry]]:
    """(as stated, as people read it, as it is counted) for each line of a field."""
    given = answers.get(item.id)
    if given is None or form.is_empty(given):
        return
    if isinstance(item, RowsField):
        for row in given if isinstance(given, list) else []:
            if isinstance(row, dict):
                raw, text = json.dumps(row, sort_keys=True, ensure_ascii=False), form.row_text(item, row)
                yield from ((raw, text, value) for value in _counted(item, {**answers, item.id: [row]}, rules))
        return
    text = form.display(item, given, rules)
    yield from ((str(given), text, value) for value in _counted(item, answers, rules))


def _counted(item: FormField, answers: form.Answers, rules: RuleSet) -> Iterator[Entry]:
    key = item.fact or ""
    value = form.facts(rules, answers, today=FAR, fields=[item]).get(key)
    if isinstance(value, tuple):
        yield from (Entry(key, one.level, one.rank, one.on) for one in value if isinstance(one, Result))
    elif isinstance(value, str):
        yield Entry(key, level=value)
    elif isinstance(value, int | Decimal):
        yield Entry(key, amount=Fraction(value))


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One line of the derivation as people read it; `named` says what was stated, which a blind review leaves out."""

    words: str
    named: str
    points: int
    counts: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Quantified:
    """The quantitative part of one case, with its derivation line by line."""

    part: Part
    result: quantitative.Result
    tables: tuple[tuple[quantitative.Subtotal, tuple[CountedLine, ...]], ...]
    waiting: int
    """Lines nobody has verified yet: they count for nothing."""
    refused: tuple[Claim, ...] = ()


def quantified(part: Part, claims: Sequence[Claim]) -> Quantified:
    """Only what was verified counts."""
    held = [claim for claim in claims if claim.holds]
    result = quantitative.compute(part, [claim.value for claim in held])
    used = {table.fact for table in part.tables}
    own = [claim for claim in claims if claim.value.fact in used]
    return Quantified(
        part,
        result,
        tuple((one, tuple(_lines(one, held))) for one in result.subtotals),
        sum(claim.check is None for claim in own),
        tuple(claim for claim in own if claim.check is not None and not claim.holds),
    )


def _lines(subtotal: quantitative.Subtotal, held: Sequence[Claim]) -> Iterable[CountedLine]:
    left = list(held)
    for line in subtotal.lines:
        claim = next(claim for claim in left if claim.value == line.entry)
        left.remove(claim)
        words = claim.text if line.entry.amount is not None else line.entry.words
        yield CountedLine(words, claim.text, line.points, line.counts, line.why_not)


def entries_of(panel: Panel, cases: Sequence[Application]) -> dict[int, tuple[Entry, ...]]:
    """Application id → what counts: as it was fixed when the scoring ended, before that as it is verified now."""
    if panel.closed_at is not None:
        rows = CountedHonours.objects.filter(panel=panel).values_list("application_id", "entries")
        kept = {case: tuple(Entry.of(plain) for plain in entries) for case, entries in rows}
        if kept:
            return kept
    claims = claims_of_all(cases)
    return {case: tuple(claim.value for claim in own if claim.holds) for case, own in claims.items()}


def unverified(stage: Stage, cases: Sequence[Application]) -> list[Application]:
    """The cases with a line that this stage gives points for and that nobody has verified yet."""
    rule = stage_rule(stage)
    if not isinstance(rule, ExpertReviewStage) or rule.quantitative is None:
        return []
    used = {table.fact for table in rule.quantitative.tables}
    claims = claims_of_all(cases)
    return [
        case for case in cases if any(claim.check is None and claim.value.fact in used for claim in claims[case.pk])
    ]


# --- sheets in progress -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """What an expert typed and has not handed in."""

    application: int
    revision: int
    version: int
    saved_at: datetime
    values: Mapping[str, str] = field(default_factory=dict)


def drafts_of(seat: PanelSeat) -> dict[int, Draft]:
    """Application id → the sheet in progress; for the expert of the seat alone. One query."""
    rows = SheetDraft.objects.filter(seat=seat).select_related("key")
    return {row.application_id: opened(row) for row in rows}


def draft_of(seat: PanelSeat, application: Application) -> Draft | None:
    row = SheetDraft.objects.filter(seat=seat, application=application).select_related("key").first()
    return opened(row) if row else None


def as_typed(score: Score | None) -> dict[str, str]:
    """A sheet that was handed in, as its form shows it."""
    if score is None:
        return {}
    points = {f"points-{id_}": text for id_, text in score.points.items()}
    return {name: text for name, text in (points | {"grade": score.grade, "comment": score.comment}).items() if text}


def opened(row: SheetDraft) -> Draft:
    values: dict[str, str] = json.loads(vault.unseal(row.key, row.sealed))
    return Draft(row.application_id, row.revision, row.version, row.saved_at, values)
