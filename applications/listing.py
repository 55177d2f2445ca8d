"""What lists, filters, statistics and the search know of an application. Pure: rules, answers and texts in, values out."""

import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from applications import answers as form
from applications.answers import OTHER, Answers
from applications.models_inbox import AgeBand
from campaigns.rules.facts import SKILL_LEVELS, completed_years
from campaigns.rules.schema import (
    ChoiceField,
    ConditionsField,
    FormField,
    MultiField,
    NationalIdField,
    RowsField,
    RuleSet,
    TextField,
)

LENGTH: Final = 40
_BANDS: Final = ((30, AgeBand.UNDER_30), (40, AgeBand.THIRTIES), (50, AgeBand.FORTIES), (60, AgeBand.FIFTIES))


@dataclass(frozen=True, slots=True)
class Coarse:
    """Of the sealed values as much as statistics may keep."""

    sex: str = ""
    age_band: str = ""
    level: str = ""
    industry: str = ""


def coarse(rules: RuleSet, answers: Answers, *, reference: date) -> Coarse:
    """An industry or level that somebody wrote in own words is “其他”: facts outlive the person's key, and words may name."""
    known = form.facts(rules, answers, today=date.max)
    born, age = known.get("birth_date"), known.get("age")
    sex = known.get("gender")
    if isinstance(born, date):
        age = completed_years(born, reference)
    return Coarse(
        sex=sex[:4] if isinstance(sex, str) else "",
        age_band=band(int(age)) if isinstance(age, int | Decimal) else "",
        level=_level(rules, answers),
        industry=_option(field_for(rules, "industry"), answers),
    )


def band(age: int) -> AgeBand:
    return next((name for limit, name in _BANDS if age < limit), AgeBand.SIXTY_UP)


def field_for(rules: RuleSet, fact: str) -> FormField | None:
    return next((field for field in rules.fields() if field.fact == fact), None)


def _option(field: FormField | None, answers: Answers) -> str:
    if not isinstance(field, ChoiceField) or form.is_personal(field):
        return ""
    value = answers.get(field.id, "")
    if not value:
        return ""
    return str(value)[:LENGTH] if value in {option.value for option in field.options} else OTHER


def _level_field(rules: RuleSet) -> FormField | None:
    """The field with the level; where a form mixes levels and titles in one list, that one."""
    stated = field_for(rules, "skill_level")
    if stated is not None:
        return stated
    lists = (field for field in rules.fields() if isinstance(field, MultiField | ChoiceField))
    return next((one for one in lists if any(option.value in SKILL_LEVELS for option in one.options)), None)


def _level(rules: RuleSet, answers: Answers) -> str:
    """The highest level that was ticked."""
    field = _level_field(rules)
    if not isinstance(field, MultiField):
        return _option(field, answers)
    given = answers.get(field.id, [])
    reached = [level for level in SKILL_LEVELS if level in given]
    return reached[-1] if reached else ""


def options(rules: RuleSet, what: str) -> list[str]:
    """What the inbox offers to narrow by `industry` or `level`; nothing where the form asks it in words or not at all."""
    field = _level_field(rules) if what == "level" else field_for(rules, what)
    if not isinstance(field, ChoiceField | MultiField):
        return []
    found = [option.value for option in field.options]
    if what == "level" and isinstance(field, MultiField):
        found = [value for value in found if value in SKILL_LEVELS]
    return [*found, OTHER] if getattr(field, "other", False) and OTHER not in found else found


def asks_sex(rules: RuleSet) -> bool:
    return field_for(rules, "gender") is not None or _asks_number(rules)


def asks_age(rules: RuleSet) -> bool:
    return any(field_for(rules, fact) for fact in ("birth_date", "age")) or _asks_number(rules)


def _asks_number(rules: RuleSet) -> bool:
    """An identity number says both."""
    return any(isinstance(field, NationalIdField) for field in rules.fields())


# --- the search ------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """One writing for width, case and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def searchable(rules: RuleSet, answers: Answers, *, name: str, number: str, employer: str, trade: str) -> str:
    """Line by line: the name, the number, what lists show, and every answer that is not sealed and has words of its own."""
    said = (
        form.display(field, answers.get(field.id), rules)
        for field in rules.fields()
        if isinstance(field, TextField | ChoiceField | MultiField | RowsField | ConditionsField)
        and not form.is_personal(field)
    )
    lines = (plain(line) for text in (name, number, employer, trade, *said) for line in text.split("\n"))
    return "\n".join(dict.fromkeys(line for line in lines if line))


def grams(campaign: int, text: str) -> list[int]:
    """The digests of a searchable text: every pair of neighbours, and the single characters of its first line, the name."""
    name = text.partition("\n")[0]
    parts = {pair for line in text.split("\n") for pair in _pairs(line)} | {char for char in name if char != " "}
    return sorted({_digest(campaign, part) for part in parts})


def _pairs(line: str) -> Iterator[str]:
    for word in line.split():
        yield from (word[at : at + 2] for at in range(len(word) - 1))


def _digest(campaign: int, part: str) -> int:
    """A signed 32-bit number, as PostgreSQL's integer takes it."""
    found = zlib.crc32(f"{campaign}:{part}".encode())
    return found - (1 << 32) if found >= 1 << 31 else found


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for: all of `grams`, and in the text itself the words that pairs alone do not prove."""

    words: tuple[str, ...]
    grams: list[int]
    patterns: list[str]


def query(campaign: int, text: str) -> Query | None:
    """Every word must occur; a single character is looked for in names. None where nothing was asked."""
    words = tuple(dict.fromkeys(plain(text).split()))
    if not words:
        return None
    parts = {part for word in words for part in (_pairs(word) if len(word) > 1 else (word,))}
    return Query(
        words,
        sorted({_digest(campaign, part) for part in parts}),
        [like(word) for word in words if len(word) > 2],
    )


def like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def excerpt(words: Sequence[str], text: str) -> str:
    """Where in a text the first of the words stands, for lists: a few characters around it."""
    found = next(((text.find(word), word) for word in words if word in text), None)
    if found is None:
        return ""
    at, word = found
    start, end = max(at - 12, 0), at + len(word) + 18
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
