"""The one registry of facts a rule may compute with, and the container that carries one person's facts.

A fact has one key, one type and one unit in the whole product, so that two rule sets can never mean different things by
the same word (or the same thing by two words). Nothing here knows a city: "本地" is whatever place the rule set is for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Final


class FactKind(StrEnum):
    """What sort of value a fact has, and so which comparisons a rule may make with it."""

    BOOL = "bool"
    YEARS = "years"
    NUMBER = "number"
    DATE = "date"
    LEVEL = "level"
    CHOICE = "choice"
    SET = "set"
    RESULTS = "results"
    TITLES = "titles"


class Stronger(StrEnum):
    """Which way a fact may move without ever worsening a person's case under an ordinary rule."""

    HIGHER = "higher"
    LOWER = "lower"
    TRUE = "true"
    MORE = "more"


class Op(StrEnum):
    """Comparisons. Every bound includes the number itself (以上、以下、以内 include it: 民法典 art. 1259)."""

    IS = "is"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    NOT_BEFORE = "not_before"
    NOT_AFTER = "not_after"
    YEARS_AGO_AT_LEAST = "years_ago_at_least"
    YEARS_AGO_AT_MOST = "years_ago_at_most"
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    INCLUDES_ANY = "includes_any"
    INCLUDES_ALL = "includes_all"
    INCLUDES_NONE = "includes_none"
    REACHES = "reaches"
    HELD = "held"
    NOT_HELD = "not_held"


OPS: Final[Mapping[FactKind, frozenset[Op]]] = {
    FactKind.BOOL: frozenset({Op.IS}),
    FactKind.YEARS: frozenset({Op.AT_LEAST, Op.AT_MOST}),
    FactKind.NUMBER: frozenset({Op.AT_LEAST, Op.AT_MOST}),
    FactKind.DATE: frozenset({Op.NOT_BEFORE, Op.NOT_AFTER, Op.YEARS_AGO_AT_LEAST, Op.YEARS_AGO_AT_MOST}),
    FactKind.LEVEL: frozenset({Op.AT_LEAST, Op.AT_MOST}),
    FactKind.CHOICE: frozenset({Op.ONE_OF, Op.NONE_OF}),
    FactKind.SET: frozenset({Op.INCLUDES_ANY, Op.INCLUDES_ALL, Op.INCLUDES_NONE}),
    FactKind.RESULTS: frozenset({Op.REACHES}),
    FactKind.TITLES: frozenset({Op.HELD, Op.NOT_HELD}),
}

SKILL_LEVELS: Final = ("无等级", "初级工", "中级工", "高级工", "技师", "高级技师")
"""None at all (stated, not merely unsaid), then vocational levels five to one, weakest first (国家职业资格五级 … 一级)."""
PROFESSIONAL_TITLES: Final = ("初级职称", "中级职称", "副高级职称", "正高级职称")
EDUCATION: Final = ("小学", "初中", "高中", "大专", "本科", "硕士", "博士")
AREA_LEVELS: Final = ("县级", "市级", "省级", "国家级", "世界级")
"""Who held the competition or gave the honour, lowest first; 区 counts as 县级."""

TITLE_COLUMNS: Final = ("title", "name", "honour")
RESULT_COLUMNS: Final = ("level", "rank")
"""By which ids the columns of a form's rows are known that state titles (the first of these) and results."""


class Unknown(Enum):
    """A fact nobody has stated yet: never the same as False, nought or none."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Result:
    """One competition result or honour: ``rank`` None means a prize without a place, ``on`` None an unstated date."""

    level: str
    rank: int | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class TitleHeld:
    """A title the person holds already, and since when, for exclusions and cooling-off years."""

    title: str
    on: date | None = None


FactValue = bool | int | Decimal | date | str | frozenset[str] | tuple[Result, ...] | tuple[TitleHeld, ...] | Unknown


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the registry; ``since`` names the date fact that completed years can be counted from."""

    key: str
    label: str
    kind: FactKind
    unit: str = ""
    stronger: Stronger | None = None
    scale: tuple[str, ...] = ()
    since: str | None = None


def _registry(*facts: Fact) -> Mapping[str, Fact]:
    return {fact.key: fact for fact in facts}


REGISTRY: Final = _registry(
    Fact("birth_date", "出生日期", FactKind.DATE),
    Fact("age", "年龄", FactKind.YEARS, "周岁", Stronger.LOWER, since="birth_date"),
    Fact("gender", "性别", FactKind.CHOICE),
    Fact("ethnicity", "民族", FactKind.CHOICE),
    Fact("political_status", "政治面貌", FactKind.CHOICE),
    Fact("nationality_chinese", "具有中国国籍", FactKind.BOOL, stronger=Stronger.TRUE),
    Fact("union_member", "是工会会员", FactKind.BOOL, stronger=Stronger.TRUE),
    Fact("in_service", "是在职职工", FactKind.BOOL, stronger=Stronger.TRUE),
    Fact("front_line", "目前仍在一线岗位", FactKind.BOOL, stronger=Stronger.TRUE),
    Fact("skilled_post", "目前仍在技能岗位", FactKind.BOOL, stronger=Stronger.TRUE),
    Fact("works_local", "目前在本地工作", FactKind.BOOL, stronger=Stronger.TRUE),
    Fact("manager", "担任管理职务", FactKind.BOOL),
    Fact("employer_kind", "所在单位性质", FactKind.CHOICE),
    Fact("industry", "所属行业", FactKind.CHOICE),
    Fact("occupations", "职业类别", FactKind.SET),
    Fact("trade_since", "从事本专业技能工作起始日期", FactKind.DATE),
    Fact("years_in_trade", "从事本专业技能工作年限", FactKind.YEARS, "年", Stronger.HIGHER, since="trade_since"),
    Fact("years_in_trade_local", "在本地从事本专业技能工作年限", FactKind.YEARS, "年", Stronger.HIGHER),
    Fact("years_front_line_local", "在本地直接从事一线技能工作年限", FactKind.YEARS, "年", Stronger.HIGHER),
    Fact("local_since", "在本地工作起始日期", FactKind.DATE),
    Fact("years_working_local", "在本地工作年限", FactKind.YEARS, "年", Stronger.HIGHER, since="local_since"),
    Fact("years_continuous_local", "在本地连续工作年限", FactKind.YEARS, "年", Stronger.HIGHER),
    Fact("resident_since", "在本地居住起始日期", FactKind.DATE),
    Fact("years_resident_local", "在本地居住年限", FactKind.YEARS, "年", Stronger.HIGHER, since="resident_since"),
    Fact("resident_local", "具有本地户籍或居住证", FactKind.BOOL, stronger=Stronger.TRUE),
    Fact("employer_since", "进入现单位日期", FactKind.DATE),
    Fact("years_with_employer", "在现单位工作年限", FactKind.YEARS, "年", Stronger.HIGHER, since="employer_since"),
    Fact("post_since", "从事现岗位工作时间", FactKind.DATE),
    Fact("years_on_post", "从事现岗位年限", FactKind.YEARS, "年", Stronger.HIGHER, since="post_since"),
    Fact("skill_level", "技能等级", FactKind.LEVEL, stronger=Stronger.HIGHER, scale=SKILL_LEVELS),
    Fact("professional_title", "职称", FactKind.LEVEL, stronger=Stronger.HIGHER, scale=PROFESSIONAL_TITLES),
    Fact("education", "学历", FactKind.LEVEL, stronger=Stronger.HIGHER, scale=EDUCATION),
    Fact("competition_results", "职业技能大赛成绩", FactKind.RESULTS, stronger=Stronger.MORE, scale=AREA_LEVELS),
    Fact("honours", "所获荣誉", FactKind.RESULTS, stronger=Stronger.MORE, scale=AREA_LEVELS),
    Fact("prior_titles", "已获称号", FactKind.TITLES),
    Fact("invention_patents", "发明专利", FactKind.NUMBER, "项", Stronger.HIGHER),
    Fact("utility_patents", "实用新型专利", FactKind.NUMBER, "项", Stronger.HIGHER),
    Fact("innovations", "技术创新成果", FactKind.NUMBER, "项", Stronger.HIGHER),
    Fact("apprentices", "所带徒弟", FactKind.NUMBER, "人", Stronger.HIGHER),
    Fact("annual_benefit", "年创经济效益", FactKind.NUMBER, "元", Stronger.HIGHER),
    Fact("disciplined", "受过处分处罚", FactKind.BOOL),
)


class WaiverState(StrEnum):
    """Where a waiver somebody asked for stands; one nobody asked for has no state."""

    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Claim:
    """The applicant says that a declared condition holds; ``evidence`` tells whether its proof is attached."""

    evidence: bool = False


class FactError(ValueError):
    """A value that its fact's type does not allow, in words for a person."""


def _is_whole(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_text_set(value: object) -> bool:
    return isinstance(value, frozenset) and all(isinstance(item, str) for item in value)


def _is_results(value: object, scale: tuple[str, ...]) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, Result) and item.level in scale for item in value)


def _is_titles(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, TitleHeld) for item in value)


def fits(fact: Fact, value: object) -> bool:
    """Whether ``value`` is of the type the registry gives the fact; ``UNKNOWN`` always is."""
    if value is UNKNOWN:
        return True
    match fact.kind:
        case FactKind.BOOL:
            return isinstance(value, bool)
        case FactKind.YEARS | FactKind.NUMBER:
            return _is_whole(value)
        case FactKind.DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
        case FactKind.LEVEL:
            return value in fact.scale
        case FactKind.CHOICE:
            return isinstance(value, str)
        case FactKind.SET:
            return _is_text_set(value)
        case FactKind.RESULTS:
            return _is_results(value, fact.scale)
        case _:
            return _is_titles(value)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person: facts, what they claim, and what officers have judged so far.

    ``values`` maps fact keys to values; a missing key means unknown. ``claims`` holds the declared conditions the
    applicant picked (by condition id), ``waivers`` the waivers by waiver id, ``judgements`` an officer's holds/fails by
    rule id. ``scope`` names the categories and tiers applied for. Because judgements are inputs, one function gives the
    findings both before and after judging.
    """

    values: Mapping[str, FactValue] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    waivers: Mapping[str, WaiverState] = field(default_factory=dict)
    judgements: Mapping[str, bool] = field(default_factory=dict)
    scope: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for key, value in self.values.items():
            fact = REGISTRY.get(key)
            if fact is None:
                raise FactError(f"没有名为“{key}”的事实")
            if not fits(fact, value):
                raise FactError(f"“{fact.label}”的值不合要求：{value!r}")


def completed_years(since: date, on: date) -> int:
    """Completed years (周岁, 满…年) from ``since`` to ``on``, both of the calendar.

    A year is complete on the corresponding day; where the month has none, on its last day (民法典 art. 202), so that
    whoever was born on 29 February completes a year on 28 February of a common year.
    """
    years = on.year - since.year
    if (on.month, on.day) >= (since.month, since.day):
        return years
    ends_month_early = since.month == on.month == 2 and since.day == 29 and on.day == 28 and not _is_leap(on.year)
    return years if ends_month_early else years - 1


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def years_before(on: date, years: int) -> date:
    """The same day ``years`` earlier (28 February where there is no 29th): the first day of a look-back window."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:
        return on.replace(year=on.year - years, day=28)
