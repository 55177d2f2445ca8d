"""How figures and bounds read in Chinese, for findings, rule documents and differences."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from campaigns.rules.facts import (
    REGISTRY,
    UNKNOWN,
    Fact,
    FactKind,
    FactValue,
    Op,
    Result,
    TitleHeld,
    completed_years,
    years_before,
)
from campaigns.rules.schema import Comparison, Duration, RankBar

UNIT_OF_DAYS = {"working": "个工作日", "calendar": "日"}
STRENGTHS = {"must": "必须", "should": "一般应"}


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def duration(length: Duration) -> str:
    return f"{length.days}{UNIT_OF_DAYS[length.unit]}"


def _dated(text: str, on: date | None) -> str:
    return f"{text}（{chinese_date(on)}）" if on else text


def _result(result: Result) -> str:
    return _dated(f"{result.level}第{result.rank}名" if result.rank else f"{result.level}获奖", result.on)


def _listed(texts: Iterable[str], empty: str) -> str:
    return "、".join(texts) or empty


def value_of(fact: Fact, value: FactValue) -> str:
    """One known value as people say it, with its unit."""
    match value:
        case bool():
            return "是" if value else "否"
        case int() | Decimal():
            return f"{value}{fact.unit}"
        case date():
            return chinese_date(value)
        case frozenset():
            return _listed(sorted(value), "无")
        case tuple():
            return _listed((_result(item) if isinstance(item, Result) else _title(item) for item in value), "无")
        case _:
            return str(value)


def _title(held: TitleHeld) -> str:
    return _dated(held.title, held.on)


def _bar(bar: RankBar) -> str:
    above = "" if bar.exact_level else "以上"
    if bar.best is None:
        return f"{bar.level}{above}获奖"
    place = "第1名" if bar.best == 1 else f"前{bar.best}名"
    return f"{bar.level}{above}{place}"


def bound(test: Comparison, *, barred: bool = False) -> str:
    """What the rule asks for, without its subject; ``barred``: the condition is one that nobody may meet."""
    return f"{'所列情形' if barred else '规定'}{_asked(test)}"


def _asked(test: Comparison) -> str:  # noqa: C901, PLR0912 - one line for each operator
    fact = REGISTRY[test.fact]
    names = "、".join(test.values)
    match test.op:
        case Op.IS:
            return f"为“{'是' if test.value else '否'}”"
        case Op.AT_LEAST if fact.kind is FactKind.LEVEL or test.fact == "age":
            return f"{test.value}{fact.unit}以上"
        case Op.AT_LEAST:
            return f"不少于{test.value}{fact.unit}"
        case Op.AT_MOST:
            return f"{test.value}{fact.unit}以下"
        case Op.NOT_BEFORE:
            return f"不早于{chinese_date(test.on or date.min)}"
        case Op.NOT_AFTER:
            return f"不晚于{chinese_date(test.on or date.min)}"
        case Op.YEARS_AGO_AT_LEAST:
            return f"已满{test.value}年"
        case Op.YEARS_AGO_AT_MOST:
            return f"不超过{test.value}年"
        case Op.ONE_OF:
            return f"为{names}之一" if len(test.values) > 1 else f"为{names}"
        case Op.NONE_OF:
            return f"不属于{names}"
        case Op.INCLUDES_ANY:
            return f"含{names}之一" if len(test.values) > 1 else f"含{names}"
        case Op.INCLUDES_ALL:
            return f"同时含{names}"
        case Op.INCLUDES_NONE:
            return f"不含{names}"
        case Op.REACHES:
            times = f"{test.count}次以上" if test.count > 1 else ""
            return f"{_window(test)}{'或'.join(_bar(bar) for bar in test.ranks)}{times}"
        case Op.HELD:
            return f"{_window(test)}已获{names or '称号'}"
        case _:
            return f"{_window(test)}未获{names or '同类称号'}"


def _window(test: Comparison) -> str:
    return f"近{test.within.years}年内" if test.within else ""


def comparison(test: Comparison, value: FactValue, reference: date, *, barred: bool = False) -> str:
    """The figure beside the bound: “截至2019年1月15日61周岁，规定60周岁以下”."""
    fact = REGISTRY[test.fact]
    if value is UNKNOWN:
        return f"尚未填写{fact.label}，{bound(test, barred=barred)}"
    stated = value_of(fact, value)
    until = f"截至{chinese_date(reference)}"
    match fact.kind:
        case FactKind.YEARS:
            subject = "" if test.fact == "age" else fact.label
            stated = f"{until}{subject}{stated}"
        case FactKind.NUMBER:
            stated = f"{fact.label}{stated}"
        case FactKind.BOOL:
            stated = f"{fact.label}：{stated}"
        case FactKind.RESULTS | FactKind.TITLES:
            since = f"，{chinese_date(years_before(reference, test.within.years))}以来计算" if test.within else ""
            stated = f"{fact.label}：{stated}{since}"
        case FactKind.DATE if test.op in {Op.YEARS_AGO_AT_LEAST, Op.YEARS_AGO_AT_MOST} and isinstance(value, date):
            stated = f"{fact.label}为{stated}，{until}满{completed_years(value, reference)}年"
        case _:
            stated = f"{fact.label}为{stated}"
    return f"{stated}，{bound(test, barred=barred)}"
