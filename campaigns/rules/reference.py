"""Every key a rule set may hold, read off the schema, so that the guide for those who write rule sets is never behind it."""

from collections.abc import Iterator
from datetime import date
from types import NoneType
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from campaigns.rules import shape
from campaigns.rules.checks import wanted
from campaigns.rules.facts import OPS, REGISTRY, FactKind, Op
from campaigns.rules.labels import hint, label, word
from campaigns.rules.schema import FieldBase, Rule, RuleSet, Sourced, StageBase

SOURCE_KEYS: Final = tuple(Sourced.model_fields)
COMMON: Final = (Rule, StageBase, FieldBase)
"""What many tables of one list share is told once."""
_PLAIN: Final[dict[type, str]] = {bool: "true 或 false", int: "整数", str: "文字", date: "日期"}
_KINDS: Final = {
    FactKind.BOOL: "是否",
    FactKind.YEARS: "年数",
    FactKind.NUMBER: "数量",
    FactKind.DATE: "日期",
    FactKind.LEVEL: "等级",
    FactKind.CHOICE: "单选",
    FactKind.SET: "多选",
    FactKind.RESULTS: "成绩、荣誉",
    FactKind.TITLES: "称号",
}


def guide() -> str:
    """The whole of ``docs/ruleset-keys.md``: facts and comparisons, then one table of keys for each table."""
    return f"""{HEAD}
## 可以计算的事实

“本地”指规则集所写的地区。每个事实由申报表的一个栏目填写（栏目里写 `fact = "…"`），同一事实不能由两个栏目填写。
年限类事实可以直接填年数，也可以由起始日期推算。

{fact_reference()}

{comparison_reference()}

## 所有的键

凡注明“须写出处”的表，要么写 `clause`（条款），要么写 `setting = true`（整张表由本办公室自定）；有条款而个别键自定的，
在 `settings` 中列出那些键。这三个键下面不再重复。

{key_reference()}"""


HEAD: Final = """# 规则集的键和事实

写规则集时查用；怎样写，见 [`rulesets.md`](rulesets.md)。本页由 `manage.py rulesets keys` 生成，不要手改。
"""


def key_reference() -> str:
    """Markdown: one table of keys for each table of a rule set, in the order in which they are met."""
    return "\n".join(line for heading, model in _tables() for line in (*_section(heading, model), ""))


def fact_reference() -> str:
    """Markdown: the facts a computed condition may use."""
    rows = [
        f"| `{fact.key}` | {fact.label} | {_KINDS[fact.kind]} | {fact.unit or '、'.join(fact.scale)} |"
        for fact in REGISTRY.values()
    ]
    return "\n".join(("| 事实 | 意思 | 类型 | 单位或等级 |", "|---|---|---|---|", *rows))


def comparison_reference() -> str:
    """Markdown: which comparisons go with which kind of fact."""
    rows: dict[str, list[str]] = {}
    for kind, ops in OPS.items():
        for op in sorted(ops):
            rows.setdefault(op, []).append(_KINDS[kind])
    told = [
        f"| `{op}` | {word('op', op)} | {'、'.join(kinds)} | {_GIVEN[wanted(Op(op))]} |" for op, kinds in rows.items()
    ]
    return "\n".join(("| 比较 | 意思 | 用于 | 要写 |", "|---|---|---|---|", *told))


_GIVEN: Final = {
    "value": "`value`",
    "values": "`values`（已获、未获称号的，不写则指任何称号；可加 `within`）",
    "on": "`on`",
    "ranks": "`ranks`，可加 `count`（次数）、`within = { years = 3 }`（近三年）",
}


def _tables() -> Iterator[tuple[str, type[BaseModel]]]:
    seen: set[type[BaseModel]] = set()

    def down(heading: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
        if model in seen:
            return
        for base in COMMON:
            if issubclass(model, base) and base not in seen:
                seen.add(base)
                yield f"{heading.partition('（')[0]}（共同的键）", base
        seen.add(model)
        yield heading, model
        for name, info in model.model_fields.items():
            for below in shape.models_in(info.annotation):
                path = f"{heading} › {info.alias or name}" if heading else name
                yield from down(f"{path}{_tag(below)}", below)

    yield from down("", RuleSet)


def _tag(model: type[BaseModel]) -> str:
    """What tells the members of one list apart, such as a stage's kind."""
    for key in ("how", "kind", "type"):
        info = model.model_fields.get(key)
        values = get_args(info.annotation) if info else ()
        if len(values) == 1:
            return f"（{key} = {values[0]}）"
    return ""


def _section(heading: str, model: type[BaseModel]) -> Iterator[str]:
    sourced = issubclass(model, Sourced)
    yield f"#### {heading or '最外层'}"
    yield ""
    if sourced:
        yield from ("须写出处。", "")
    yield from ("| 键 | 意思 | 写法 | 必填 |", "|---|---|---|---|")
    told = {name for base in COMMON if issubclass(model, base) and model is not base for name in base.model_fields}
    if sourced:
        told.update(SOURCE_KEYS)
    for name, info in model.model_fields.items():
        if name in told:
            continue
        key = info.alias or name
        said = "：".join(part for part in (label(model.__name__, key), hint(shape.declarer(model, key), key)) if part)
        must = "是" if info.is_required() else ""
        yield f"| `{key}` | {said} | {_written(key, info.annotation)} | {must} |"


def _written(key: str, annotation: Any) -> str:
    """How a value is written, in a clerk's words."""
    inner, _ = shape.unwrapped(annotation)
    if get_origin(inner) is tuple:
        return f"列表：{_written(key, get_args(inner)[0])}"
    if codes := shape.codes(inner):
        meanings = ((code, word(key, code)) for code in codes)
        return "、".join(f"`{code}`" if code == said else f"`{code}`（{said}）" for code, said in meanings)
    if shape.models_in(inner):
        return "表"
    if inner in _PLAIN:
        return _PLAIN[inner]
    return "或".join(dict.fromkeys(_written(key, part) for part in get_args(inner) if part is not NoneType))
