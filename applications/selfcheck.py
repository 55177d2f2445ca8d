"""The public self-check: a few questions drawn from a rule set, and what the answers mean. Nothing is kept of them.

The answers leave this page only when somebody asks to apply with them: then one sealed text lies in their own session, for
`CARRIED_FOR` and for one application.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from applications import answers as form
from applications.answers import WAIVERS, Answers, Value
from campaigns.models import Campaign
from campaigns.rules.engine import Finding, Findings, Verdict
from campaigns.rules.facts import REGISTRY, RESULT_COLUMNS, TITLE_COLUMNS, Claim, FactKind, Facts, WaiverState
from campaigns.rules.schema import (
    ChoiceField,
    Column,
    Computed,
    Condition,
    ConditionsField,
    DateField,
    FormField,
    MultiField,
    NationalIdField,
    Option,
    RowsField,
    RuleSet,
    Section,
    Waiver,
    walk,
)
from unions import vault

CARRIED_FOR: Final = timedelta(hours=2)

_BORN: Final = DateField(id="self_check_born", type="date", label="出生日期", fact="birth_date")
_SEX: Final = ChoiceField(
    id="self_check_sex", type="choice", label="性别", fact="gender", options=(Option(value="男"), Option(value="女"))
)
_IN_THE_NUMBER: Final = (_BORN, _SEX)
"""What the form reads off the identity number, which is never asked for here."""
_READ_COLUMNS: Final[Mapping[FactKind, frozenset[str]]] = {
    FactKind.RESULTS: frozenset(RESULT_COLUMNS),
    FactKind.TITLES: frozenset(TITLE_COLUMNS),
}


# --- what is asked ---------------------------------------------------------------------------------------------------


def questions(rules: RuleSet) -> Section | None:
    """The fields of the form that the rules compute with, and the conditions to tick, in the form's order.

    A field that another one depends on comes with it. None where nothing but people's judgement counts.
    """
    asked = _asked(rules)
    fields = [_plain(field) for field in rules.fields() if field.id in asked and not isinstance(field, NationalIdField)]
    stated = {field.fact for field in fields}
    derived = {REGISTRY[fact].since for fact in stated if fact} - _compared(rules)
    wanted = _facts(rules) - stated - derived
    fields = [field for field in _IN_THE_NUMBER if field.fact in wanted] + fields
    return Section(id="self_check", title="自查", fields=tuple(fields)) if fields else None


def waivers(rules: RuleSet) -> list[tuple[Condition, Waiver]]:
    """Waivers that somebody has to ask for; those that follow from a condition come by themselves."""
    return [(rule, waiver) for rule in walk(rules.rules) for waiver in rule.waived_by if waiver.condition is None]


def _compared(rules: RuleSet) -> set[str]:
    return {rule.fact for rule in walk(rules.rules) if isinstance(rule, Computed)}


def _facts(rules: RuleSet) -> set[str]:
    """Facts that a rule computes with, and the dates that years are counted from."""
    used = _compared(rules)
    return used | {since for fact in used if (since := REGISTRY[fact].since)}


def _asked(rules: RuleSet) -> set[str]:
    facts = _facts(rules)
    scoped = rules.scopes if any(rule.only_for for rule in rules.rules) else ()
    labels = {item.label for item in rules.categories} | {item.label for item in rules.tiers}
    names = labels | set(scoped) if scoped else set()
    by_id = {field.id: field for field in rules.fields()}
    asked = {field.id for field in by_id.values() if field.fact in facts or _chooses(field, names)}
    more = asked
    while more:
        more = {by_id[one].when.field for one in more if by_id[one].when} - asked  # type: ignore[union-attr]
        asked |= more
    return asked


def _chooses(field: FormField, names: set[str]) -> bool:
    """A condition to tick, or the category or tier that some rules are only for."""
    if isinstance(field, ChoiceField | MultiField):
        return any(option.value in names for option in field.options)
    return isinstance(field, ConditionsField)


def _plain(field: FormField) -> FormField:
    """Nothing has to be answered here, and of rows only what is computed with."""
    change: dict[str, object] = {"required": False}
    if isinstance(field, RowsField | MultiField):
        change["at_least"] = 0
    if isinstance(field, RowsField):
        change["columns"] = _columns(field)
        change["order"] = None
    return field.model_copy(update=change)


def _columns(field: RowsField) -> tuple[Column, ...]:
    read = _READ_COLUMNS[REGISTRY[field.fact or ""].kind]
    return tuple(column for column in field.columns if column.id in read or column.type == "date")


def problems(section: Section, answers: Answers, *, today: date) -> dict[str, str]:
    """What cannot be right in the answers given, by field."""
    wrong = {
        field.id: form.problem(field, answers[field.id], today=today)
        for field in section.fields
        if answers.get(field.id) and form.applies(field, answers)
    }
    return {key: words for key, words in wrong.items() if words}


# --- what is found ---------------------------------------------------------------------------------------------------


def findings(campaign: Campaign, section: Section | None, answers: Answers) -> Findings:
    """The findings as an officer would see them if every paper asked for were there."""
    rules = campaign.rules
    facts = Facts(
        values=form.facts(rules, answers, today=date.max, fields=section.fields if section else ()),
        claims={item: Claim(evidence=True) for item in form.claimed(rules, answers)},
        waivers=dict.fromkeys(form.claimed_waivers(rules, answers), WaiverState.CLAIMED),
        scope=form.scope_of(rules, answers),
    )
    return campaign.evaluator(facts, reference=campaign.reference_date)


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as the page shows it: the verdict with its word, the figures, the notice's sentence, what to bring."""

    verdict: str
    word: str
    label: str
    detail: str
    quote: str
    clause: str
    proof: str
    reading: str
    members: tuple["Line", ...] = ()


def lines(rules: RuleSet, found: Findings) -> list[Line]:
    return [_line(rules, finding) for finding in found]


def _line(rules: RuleSet, finding: Finding, *, spared: bool = False) -> Line:
    """`spared`: within a group that does not fail, so that what is not met is one of several and no failure."""
    spared = spared or (bool(finding.children) and finding.verdict not in {Verdict.FAILS, Verdict.NEEDS_REASON})
    members = tuple(_line(rules, child, spared=spared) for child in finding.children if _counts(child))
    lacks = spared and finding.counts_as is Verdict.FAILS
    return Line(
        verdict=Verdict.CANNOT_TELL.value if lacks else finding.counts_as.value,
        word="没有这一项" if lacks else _word(finding),
        label=finding.label,
        detail="" if finding.how in {"judged", "declared"} else finding.detail,
        quote=finding.text,
        clause=finding.clause or "",
        proof=_proof(rules, finding),
        reading=finding.reading or "",
        members=members,
    )


def _counts(child: Finding) -> bool:
    """Of conditions to tick only those that were."""
    return child.how != "declared" or child.verdict not in {Verdict.CANNOT_TELL, Verdict.FAILS}


def _word(finding: Finding) -> str:
    """Where the component's own word would say less than is known here."""
    declared = any(item.how == "declared" for item in finding.walk())
    match finding.verdict:
        case Verdict.NEEDS_JUDGEMENT:
            return "须附证明材料，由审核人员核实" if declared else "由审核人员判断"
        case Verdict.WAIVER_CLAIMED:
            return "申请免除，须附证明材料"
        case Verdict.CANNOT_TELL:
            return "还没有选择" if declared else "还没有回答"
        case _:
            return finding.word


def _proof(rules: RuleSet, finding: Finding) -> str:
    """The papers that prove it, by their names: of a computed rule, and of a condition that was ticked."""
    if finding.how in {"group", "judged"} or finding.verdict in {Verdict.FAILS, Verdict.CANNOT_TELL}:
        return ""
    slots = form.proofs(rules, finding.rule_id)
    return "、".join(material.label for material in rules.materials if material.id in slots)


@dataclass(frozen=True, slots=True)
class Result:
    """What the answers mean in one sentence. `kind` is how the alert looks."""

    kind: str
    headline: str
    text: str


def result(found: Findings) -> Result:
    """The gravest thing first, as the engine orders it."""
    failing = _labels(found.with_verdict(Verdict.FAILS))
    unknown = found.with_verdict(Verdict.CANNOT_TELL)
    departed = _labels(found.with_verdict(Verdict.NEEDS_REASON))
    if failing:
        count = "有一项" if len(failing) == 1 else f"有 {len(failing)} 项"
        return Result("fails", f"{count}不符合：{'、'.join(failing)}", "这是必须符合的条件，照此申报不能通过。")
    if unknown:
        text = f"已回答的没有不符合的。还差：{'、'.join(_labels(unknown))}。"
        return Result("info", f"还有 {len(unknown)} 项没有回答", text)
    if departed:
        text = f"{'、'.join(departed)}是一般应符合的条件，现在不符合；审核人员写明理由后可以通过。"
        return Result("reason", "说明理由后可以通过，可以申报", text)
    waived = "申请免除的条件和" if found.with_verdict(Verdict.WAIVER_CLAIMED) else ""
    return Result("holds", "可以申报", f"您回答的各项都符合；{waived}其余各项凭证明材料核实，或由审核人员判断。")


def _labels(items: Sequence[Finding]) -> list[str]:
    return [f"“{item.label}”" for item in items]


# --- taking the answers along ----------------------------------------------------------------------------------------


def carriable(rules: RuleSet, answers: Answers) -> dict[str, Value]:
    """What the campaign's own form asks too."""
    known = {field.id for field in rules.fields()} | {WAIVERS}
    return {key: value for key, value in answers.items() if key in known and value}


def pack(campaign: Campaign, answers: Answers, *, at: datetime) -> str:
    """The answers as one sealed text that nobody can read or change, with whose and when."""
    held = carriable(campaign.rules, answers)
    return vault.wrap(json.dumps({"campaign": campaign.pk, "at": at.isoformat(), "answers": held}, ensure_ascii=False))


def unpack(campaign: Campaign, packed: str, *, at: datetime) -> dict[str, Value]:
    """The answers again; none where they are for another campaign, too old, or not ours."""
    try:
        held = json.loads(vault.unwrap(packed))
    except vault.Unreadable:
        return {}
    if held["campaign"] != campaign.pk or at - datetime.fromisoformat(held["at"]) > CARRIED_FOR:
        return {}
    return carriable(campaign.rules, held["answers"])


def carried_labels(rules: RuleSet, answers: Answers) -> Iterator[str]:
    """What is taken along, as the form calls it."""
    yield from (field.label for field in rules.fields() if field.id in answers)
    if WAIVERS in answers:
        yield "申请免除的条件"
