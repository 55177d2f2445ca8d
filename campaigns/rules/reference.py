"""Every key a rule set may hold, read off the schema, so that the guide for those who write rule sets is never behind it."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from campaigns.rules import shape
from campaigns.rules.facts import REGISTRY, FactKind
from campaigns.rules.labels import KEY_LABELS
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
        yield from ("须写 `clause` 或 `setting = true`。", "")
    yield from ("| 键 | 意思 | 写法 | 必填 |", "|---|---|---|---|")
    told = {name for base in COMMON if issubclass(model, base) and model is not base for name in base.model_fields}
    if sourced:
        told.update(SOURCE_KEYS)
    for name, info in model.model_fields.items():
        if name in told:
            continue
        key = info.alias or name
        yield f"| `{key}` | {KEY_LABELS[key]} | {_written(info.annotation)} | {'是' if info.is_required() else ''} |"


def _written(annotation: Any) -> str:
    """How a value is written, in a clerk's words."""
    origin = get_origin(annotation)
    parts = [part for part in get_args(annotation) if part is not NoneType and part is not Ellipsis]
    if origin is Literal:
        return "、".join(f"`{part}`" for part in parts)
    if origin is tuple:
        return f"列表：{_written(parts[0])}"
    if origin is Annotated:
        return _written(parts[0])
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "、".join(f"`{item}`" for item in annotation)
    if shape.models_in(annotation):
        return "表"
    if parts:
        return "或".join(dict.fromkeys(_written(part) for part in parts))
    return _PLAIN[annotation]
