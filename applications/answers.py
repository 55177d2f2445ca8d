"""What a form of the rule set holds: bringing answers to one form, checking, showing and computing with them.

Pure functions over `campaigns.rules.schema`. A draft keeps what was typed, also when it cannot be right yet, so every scalar
is text; `typed` values exist only while something is computed. Lists are texts (multi, conditions) or rows of texts.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from applications import cleaning, identity
from campaigns.rules.facts import REGISTRY, TITLE_COLUMNS, Claim, Fact, FactKind, FactValue, Result, TitleHeld
from campaigns.rules.schema import (
    AddressField,
    ChoiceField,
    Column,
    ConditionsField,
    DateField,
    Declared,
    EmailField,
    FormField,
    Group,
    MultiField,
    NationalIdField,
    NumberField,
    Option,
    PersonNameField,
    PhoneField,
    PhotoField,
    RowsField,
    RuleSet,
    Section,
    TextField,
    YearsField,
    YesNoField,
    walk,
)

Value = str | list[str] | list[dict[str, str]]
Answers = Mapping[str, Value]

OTHER: Final = "其他"
WAIVERS: Final = "_waivers"
"""Reserved key: the waivers the applicant asks for. No field id begins with an underscore."""
YES: Final = "yes"
NO: Final = "no"

_SEALED_TYPES: Final = (NationalIdField, PhoneField, EmailField, AddressField)
_DATE: Final = re.compile(r"(\d{4})(?:[-./年](\d{1,2})(?:[-./月](\d{1,2})日?|月)?|年)?")
_COMPACT_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_WHOLE: Final = re.compile(r"-?\d{1,15}")
_PHONE: Final = re.compile(r"(?:1\d{10}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?|\d{7,8})")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PARTS: Final = {"year": 1, "month": 2, "day": 3}
_PRECISION_WORDS: Final = {"year": "年份，如 2018", "month": "年和月，如 2018-03", "day": "年月日，如 2018-03-05"}

EMPLOYER_FIELDS: Final = ("employer", "employer_post", "workplace")
TRADE_FIELDS: Final = ("trade", "speciality", "occupation")
"""Fields copied beside the application for lists: the first of these ids that the form has."""


LONG: Final = 120
"""A text that may be longer than this is written on several lines."""
count_zi = cleaning.count


def is_long(field: FormField) -> bool:
    return isinstance(field, TextField) and (field.lines > 1 or (field.at_most or field.about or 0) > LONG)


def is_personal(field: FormField) -> bool:
    """Kept under the person's own key, whatever the rule set says of numbers and addresses."""
    return field.personal or isinstance(field, _SEALED_TYPES)


def field_labels(rules: RuleSet) -> dict[str, str]:
    return {field.id: field.label for field in rules.fields()}


# --- to one form -----------------------------------------------------------------------------------------------------


def normalise(field: FormField, value: object) -> Value:
    """What was typed (or a typed value), brought to the form it is stored in; what cannot be read stays as typed."""
    if isinstance(field, RowsField):
        rows = value if isinstance(value, list | tuple) else ()
        found = [_row(field, row) for row in rows if isinstance(row, Mapping)]
        return [row for row in found if any(row.values())]
    if isinstance(field, MultiField | ConditionsField):
        return _many(value)
    text = _text(value)
    match field:
        case YesNoField():
            return {"是": YES, "否": NO, "true": YES, "false": NO}.get(cleaning.line(text).lower(), cleaning.line(text))
        case DateField():
            return iso(cleaning.line(text), field.precision)
        case TextField() if is_long(field):
            return cleaning.text(text)
        case _:
            return _CLEANED.get(type(field), cleaning.line)(text)


_CLEANED: Final[Mapping[type, Callable[[str], str]]] = {
    NationalIdField: cleaning.id_number,
    PersonNameField: cleaning.name,
    PhoneField: cleaning.phone,
    YearsField: cleaning.number,
    NumberField: cleaning.number,
}


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return YES if value else NO
        case date():
            return value.isoformat()[:10]
        case _:
            return str(value)


def _many(value: object) -> list[str]:
    if isinstance(value, str):
        return [cleaning.line(value)] if value else []
    items = value if isinstance(value, list | tuple) else sorted(value) if isinstance(value, set | frozenset) else []
    texts = [cleaning.line(_text(item)) for item in items]
    return list(dict.fromkeys(text for text in texts if text))


def _row(field: RowsField, row: Mapping[object, object]) -> dict[str, str]:
    return {column.id: _cell(column, _text(row.get(column.id))) for column in field.columns}


def _cell(column: Column, text: str) -> str:
    if column.type == "date":
        return iso(cleaning.line(text), column.precision)
    return cleaning.number(text) if column.type == "number" else cleaning.line(text)


def iso(text: str, precision: str) -> str:
    """A date as ISO text cut to the precision asked for: 2018年3月5日 → 2018-03; unreadable text as it was."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    match = _COMPACT_DATE.fullmatch(plain) or _DATE.fullmatch(plain)
    if match is None:
        return text
    year, *rest = (part for part in match.groups() if part)
    return "-".join([year, *(f"{int(part):02d}" for part in rest)][: _PARTS[precision]])


def date_of(text: str) -> date | None:
    """The first day of a stored date, or None while it is not one."""
    match = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text)
    if match is None:
        return None
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- what is wrong ---------------------------------------------------------------------------------------------------


def is_empty(value: Value | None) -> bool:
    return not value


def applies(field: FormField, answers: Answers) -> bool:
    """Whether the field is asked at all: some depend on another answer."""
    when = field.when
    if when is None:
        return True
    other = answers.get(when.field, "")
    equals = {"是": YES, "否": NO}.get(when.equals, when.equals)
    return equals in other if isinstance(other, list) else other in {when.equals, equals}


def problem(field: FormField, value: Value, *, today: date) -> str:  # noqa: C901 - one answer a type
    """What is wrong with an answer that was given, in words; empty when nothing is."""
    if isinstance(field, RowsField):
        return _rows_problem(field, _rows(value), today)
    if isinstance(value, list):
        return _list_problem(field, [item for item in value if isinstance(item, str)])
    match field:
        case NationalIdField():
            return _identity_problem(value, today)
        case TextField():
            return _length_problem(value, field.at_most)
        case ChoiceField():
            return _choice_problem(value, field.options, other=field.other)
        case DateField():
            return _date_problem(value, field.precision, today)
        case YearsField():
            return _number_problem(value, 0, field.at_most)
        case NumberField():
            return _number_problem(value, field.at_least, field.at_most)
        case YesNoField():
            return "" if value in {YES, NO} else "请选择是或否"
        case PhoneField():
            return "" if _PHONE.fullmatch(value) else "电话号码不完整：手机 11 位，座机请写区号"
        case EmailField():
            return "" if _EMAIL.fullmatch(value) else "电子邮箱格式不对，应含“@”"
        case _:
            return _length_problem(value, 200)


def _rows(value: Value | None) -> list[dict[str, str]]:
    return [row for row in value or [] if isinstance(row, dict)] if isinstance(value, list) else []


def _identity_problem(value: str, today: date) -> str:
    try:
        found = identity.parse(value)
    except identity.BadNumber as bad:
        return str(bad)
    return "身份证号码中的出生日期晚于今天，请核对" if found.birth_date > today else ""


def _length_problem(value: str, limit: int | None) -> str:
    length = count_zi(value)
    if limit is None or length <= limit:
        return ""
    return f"至多 {limit} 字，现有 {length} 字，请删去 {length - limit} 字"


def _choice_problem(value: str, options: Sequence[Option], *, other: bool) -> str:
    if value in {option.value for option in options}:
        return ""
    if not other:
        return "请从所列选项中选择"
    return "选了“其他”，请写明内容" if value == OTHER else _length_problem(value, 40)


def _list_problem(field: FormField, values: list[str]) -> str:
    if not isinstance(field, MultiField):
        return ""
    for value in values:
        if found := _choice_problem(value, field.options, other=field.other):
            return found
    if len(values) < field.at_least:
        return f"至少选 {field.at_least} 项"
    if field.at_most and len(values) > field.at_most:
        return f"至多选 {field.at_most} 项，现选了 {len(values)} 项"
    return ""


def _date_problem(value: str, precision: str, today: date) -> str:
    found = date_of(value)
    if found is None:
        return f"请填写{_PRECISION_WORDS[precision]}"
    if value.count("-") + 1 < _PARTS[precision]:
        return f"请写到{_PRECISION_WORDS[precision]}"
    if found > today:
        return "日期不能晚于今天"
    return "年份太早，请核对" if found.year < 1900 else ""


def _number_problem(value: str, low: int, high: int | None) -> str:
    if not _WHOLE.fullmatch(value):
        return "请填写整数"
    if int(value) < low:
        return f"不能小于 {low}"
    return f"不能大于 {high}" if high is not None and int(value) > high else ""


def _rows_problem(field: RowsField, rows: list[dict[str, str]], today: date) -> str:
    if len(rows) < field.at_least:
        return f"至少填写 {field.at_least} 项"
    if len(rows) > field.at_most:
        return f"至多填写 {field.at_most} 项"
    cells = ((n, column, row.get(column.id, "")) for n, row in enumerate(rows, 1) for column in field.columns)
    for n, column, value in cells:
        if found := cell_problem(column, value, today=today):
            return f"第 {n} 项“{column.label}”：{found}"
    return ""


def cell_problem(column: Column, value: str, *, today: date) -> str:
    if not value:
        return "未填写" if column.required else ""
    match column.type:
        case "date":
            return _date_problem(value, column.precision, today)
        case "number":
            return _number_problem(value, 0, column.at_most)
        case "choice":
            return _choice_problem(value, column.options, other=False)
        case _:
            return _length_problem(value, column.at_most)


def problems(rules: RuleSet, answers: Answers, *, today: date, section: Section | None = None) -> dict[str, str]:
    """Field id → what keeps the form from being handed in: missing or wrong. Photos are materials, not answers."""
    found: dict[str, str] = {}
    fields = rules.fields() if section is None else iter(section.fields)
    for field in fields:
        if isinstance(field, PhotoField) or not applies(field, answers):
            continue
        value = answers.get(field.id, "")
        if is_empty(value):
            floor = isinstance(field, RowsField) and field.at_least > 0
            if field.required or floor:
                found[field.id] = "请至少选择一项" if isinstance(field, MultiField | ConditionsField) else "请填写此栏"
        elif wrong := problem(field, value, today=today) or _contradiction(field, rules, answers):
            found[field.id] = wrong
    return found


def shape_problems(rules: RuleSet, answers: Answers, *, today: date) -> dict[str, str]:
    """The same without what is merely missing: what is said while somebody is still typing."""
    full = problems(rules, answers, today=today)
    return {key: words for key, words in full.items() if not is_empty(answers.get(key))}


def contradictions(rules: RuleSet, answers: Answers) -> dict[str, str]:
    """Field id → how it differs from what the identity number says."""
    given = (field for field in rules.fields() if not is_empty(answers.get(field.id)))
    found = {field.id: _contradiction(field, rules, answers) for field in given}
    return {key: words for key, words in found.items() if words}


def _contradiction(field: FormField, rules: RuleSet, answers: Answers) -> str:
    """Sex and birth date are in the identity number; a second statement must not differ."""
    value = answers.get(field.id, "")
    if not isinstance(value, str) or field.fact not in {"gender", "birth_date"}:
        return ""
    known = identity_of(rules, answers)
    if known is None:
        return ""
    if field.fact == "gender" and value != known.sex:
        return f"与身份证号码不一致（号码显示为{known.sex}）"
    if isinstance(field, DateField) and field.fact == "birth_date":
        stated = known.birth_date.isoformat()
        return "" if stated.startswith(value) else "与身份证号码中的出生日期不一致"
    return ""


def identity_of(rules: RuleSet, answers: Answers) -> identity.Identity | None:
    """What the identity number says, once it is a valid one."""
    for field in rules.fields():
        value = answers.get(field.id)
        if isinstance(field, NationalIdField) and isinstance(value, str) and value:
            try:
                return identity.parse(value)
            except identity.BadNumber:
                return None
    return None


# --- showing ---------------------------------------------------------------------------------------------------------


def display(field: FormField, value: Value | None, rules: RuleSet) -> str:
    """An answer as people read it; rows one a line, in the order the rule set asks for."""
    if value is None or is_empty(value):
        return ""
    if isinstance(field, RowsField):
        return "\n".join(row_text(field, row) for row in in_order(field, _rows(value)))
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, str)]
        if isinstance(field, ConditionsField):
            labels = {item.id: item.label for item in conditions_of(field, rules)}
            return "；".join(labels[text] for text in texts if text in labels)
        options = field.options if isinstance(field, MultiField) else ()
        return "、".join(_option(text, options) for text in texts)
    match field:
        case YesNoField():
            return {YES: "是", NO: "否"}.get(value, value)
        case ChoiceField():
            return _option(value, field.options)
        case DateField():
            return date_words(value)
        case YearsField():
            return f"{value}年"
        case NumberField():
            return f"{value}{field.unit or ''}"
        case _:
            return value


def _option(value: str, options: Sequence[Option]) -> str:
    labels = {option.value: option.label or option.value for option in options}
    return labels.get(value, value if value == OTHER else f"{OTHER}：{value}")


def date_words(value: str) -> str:
    """2018-03 → 2018年3月; what is not a date stays."""
    if date_of(value) is None:
        return value
    return "".join(f"{int(part)}{unit}" for part, unit in zip(value.split("-"), "年月日", strict=False))


def row_text(field: RowsField, row: Mapping[str, str]) -> str:
    shown = (
        date_words(row.get(column.id, "")) if column.type == "date" else row.get(column.id, "")
        for column in field.columns
    )
    return "　".join(text for text in shown if text)


def in_order(field: RowsField, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """以获得时间依次填写: by the order column, oldest first; rows without it keep their place at the end."""
    key = field.order
    if key is None:
        return rows
    order = key
    return sorted(rows, key=lambda row: (row.get(order, "") == "", row.get(order, "")))


def display_masked(field: FormField, value: Value | None, rules: RuleSet) -> str:
    """The same for anybody but the applicant: numbers that identify a person are cut."""
    shown = display(field, value, rules)
    match field:
        case NationalIdField() if shown:
            return identity.masked(shown)
        case PhoneField() if shown:
            return identity.masked_phone(shown)
        case EmailField() if shown:
            return f"{shown[:1]}***@{shown.partition('@')[2]}"
        case AddressField() if shown:
            return f"{shown[:6]}****"
        case _:
            return shown


# --- conditions and computing ----------------------------------------------------------------------------------------


def conditions_of(field: ConditionsField, rules: RuleSet) -> tuple[Declared, ...]:
    """The conditions a person may pick in this field, in the notice's order."""
    group = next((rule for rule in walk(rules.rules) if rule.id == field.group), None)
    return () if group is None else tuple(item for item in walk((group,)) if isinstance(item, Declared))


def claimed(rules: RuleSet, answers: Answers) -> tuple[str, ...]:
    """Ids of the declared conditions the applicant picked."""
    found: list[str] = []
    for field in rules.fields():
        if isinstance(field, ConditionsField) and applies(field, answers):
            offered = {item.id for item in conditions_of(field, rules)}
            found += [item for item in answers.get(field.id, []) if isinstance(item, str) and item in offered]
    return tuple(found)


def claimed_labels(rules: RuleSet, answers: Answers) -> list[str]:
    picked = set(claimed(rules, answers))
    return [item.label for item in walk(rules.rules) if isinstance(item, Declared) and item.id in picked]


def claimed_waivers(rules: RuleSet, answers: Answers) -> tuple[str, ...]:
    asked = answers.get(WAIVERS, [])
    known = {waiver.id for rule in walk(rules.rules) for waiver in rule.waived_by}
    return tuple(item for item in asked if isinstance(item, str) and item in known)


def proofs(rules: RuleSet, item_id: str) -> frozenset[str]:
    """Material slots that can prove a condition, waiver or field: named by it, by its group, or naming it."""
    slots = {material.id for material in rules.materials if item_id in material.proves}
    for rule in walk(rules.rules):
        if rule.id == item_id:
            slots |= set(rule.evidence)
        elif isinstance(rule, Group) and any(item.id == item_id for item in walk((rule,))):
            slots |= set(rule.evidence) | {m.id for m in rules.materials if rule.id in m.proves}
        for waiver in rule.waived_by:
            if waiver.id == item_id:
                slots |= set(waiver.evidence)
    return frozenset(slots)


def claims(rules: RuleSet, answers: Answers, *, slots: frozenset[str]) -> dict[str, Claim]:
    """Declared conditions with whether any of their proof is attached (`slots`: those with a file)."""
    return {item: Claim(evidence=not proofs(rules, item).isdisjoint(slots)) for item in claimed(rules, answers)}


def scope_of(rules: RuleSet, answers: Answers) -> frozenset[str]:
    """Categories and tiers applied for: answers that name one by id or label."""
    names = {category.label: category.id for category in rules.categories}
    names |= {tier.label: tier.id for tier in rules.tiers} | {id_: id_ for id_ in rules.scopes}
    if not names:
        return frozenset()
    return frozenset(
        names[text]
        for field in rules.fields()
        if isinstance(field, ChoiceField | MultiField)
        for text in _many(answers.get(field.id))
        if text in names
    )


def facts(
    rules: RuleSet, answers: Answers, *, today: date, fields: Iterable[FormField] | None = None
) -> dict[str, FactValue]:
    """Typed facts from answers that can be read; what is missing or wrong is left out and so stays unknown.

    `fields`: of these instead of the whole form.
    """
    found: dict[str, FactValue] = {}
    for field in rules.fields() if fields is None else fields:
        fact = REGISTRY.get(field.fact or "")
        value = answers.get(field.id, "")
        if fact is None or is_empty(value) or not applies(field, answers) or problem(field, value, today=today):
            continue
        found[fact.key] = _fact(field, fact, value)
    known = identity_of(rules, answers)
    if known is not None:
        found["birth_date"], found["gender"] = known.birth_date, known.sex
    return found


def _fact(field: FormField, fact: Fact, value: Value) -> FactValue:
    if isinstance(value, list):
        return _list_fact(field, fact, value)
    match fact.kind:
        case FactKind.BOOL:
            return value == YES
        case FactKind.YEARS | FactKind.NUMBER:
            return Decimal(value)
        case FactKind.DATE if isinstance(field, NationalIdField):
            return identity.parse(value).birth_date
        case FactKind.DATE:
            return date_of(value) or date.max
        case _:
            return value


def _list_fact(field: FormField, fact: Fact, value: list[str] | list[dict[str, str]]) -> FactValue:
    if fact.kind is FactKind.SET:
        return frozenset(item for item in value if isinstance(item, str))
    rows = [item for item in value if isinstance(item, dict)]
    if fact.kind is FactKind.TITLES:
        return tuple(TitleHeld(_first(row, *TITLE_COLUMNS), _row_date(field, row)) for row in rows)
    results = (
        Result(level, _rank(row.get("rank", "")), _row_date(field, row))
        for row in rows
        if (level := row.get("level", "")) in fact.scale
    )
    return tuple(results)


def _first(row: Mapping[str, str], *keys: str) -> str:
    return next((row[key] for key in keys if row.get(key)), "")


def _rank(text: str) -> int | None:
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits and int(digits) > 0 else None


def _row_date(field: FormField, row: Mapping[str, str]) -> date | None:
    columns = field.columns if isinstance(field, RowsField) else ()
    dates = (date_of(row.get(column.id, "")) for column in columns if column.type == "date")
    return next((day for day in dates if day), None)


def listed_values(rules: RuleSet, answers: Answers) -> Iterator[tuple[str, str]]:
    """What lists show beside the name: ("name" | "employer" | "trade", text)."""
    by_id = {field.id: field for field in rules.fields()}
    for key, ids in (("name", ("name",)), ("employer", EMPLOYER_FIELDS), ("trade", TRADE_FIELDS)):
        field = next((by_id[id_] for id_ in ids if id_ in by_id), None)
        if field is not None and not is_empty(answers.get(field.id)):
            yield key, display(field, answers[field.id], rules)


@dataclass(frozen=True, slots=True)
class Shown:
    """One answered field for reading: the label as the form has it, the answer as people read it."""

    id: str
    label: str
    text: str
    clause: str | None
    personal: bool


def _document(field: FormField, value: Value | None) -> str:
    """A residence permit is named: whoever compares it with the paper looks for another card."""
    named = identity.document_of(value) if isinstance(field, NationalIdField) and isinstance(value, str) else ""
    return f"（{named}）" if named else ""


def shown(rules: RuleSet, section: Section, answers: Answers, *, masked: bool) -> tuple[Shown, ...]:
    """A section for reading; photos are shown with the materials."""
    say = display_masked if masked else display
    return tuple(
        Shown(
            field.id,
            field.label,
            say(field, answers.get(field.id), rules) + _document(field, answers.get(field.id)),
            field.clause,
            is_personal(field),
        )
        for field in section.fields
        if not isinstance(field, PhotoField) and applies(field, answers)
    )
