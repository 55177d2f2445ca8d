"""From TOML to a rule set and back: reading, explaining mistakes, freezing, comparing two versions.

A mistake is reported as a clerk would want it: the line, the key, and what to write instead. A frozen rule set is the plain
data that a campaign keeps; its SHA-256 is taken over one canonical text, so that anybody can compute it again.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache, lru_cache
from pathlib import Path as File
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from campaigns.rules import checks, labels, shape
from campaigns.rules.lines import Path, line_index, line_of
from campaigns.rules.schema import RuleSet, keys_of
from campaigns.rules.spoken import Speaker, model_of, name_of

RULESETS: Final = File(__file__).resolve().parent.parent / "rulesets"
"""The rule sets that come with the product, one TOML file each, named by code."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake; ``line`` counts from 1 and is 0 where the data did not come from a text."""

    line: int
    key: str
    message: str
    path: Path = field(default=(), compare=False)

    def __str__(self) -> str:
        last = self.key.rpartition(" › ")[2]
        word = f"（{labels.KEY_LABELS[last]}）" if last in labels.KEY_LABELS else ""
        place = "".join((f"第{self.line}行 " if self.line else "", self.key, word)).rstrip()
        return f"{place}：{self.message}" if place else self.message


class RuleSetError(ValueError):
    """A rule set that cannot be used, with every reason."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = problems
        super().__init__("\n".join(f"{name} {problem}" for problem in problems))


# --- reading ---------------------------------------------------------------------------------------------------------


def load(text: str, *, name: str) -> RuleSet:
    """The rule set in a TOML text; raises ``RuleSetError`` naming every line that is wrong."""
    rules, found = study(text)
    if rules is None or found:
        raise RuleSetError(name, found)
    return rules


def load_file(path: File) -> RuleSet:
    return load(path.read_text(encoding="utf-8"), name=path.name)


def check(text: str, name: str) -> list[Problem]:
    """Every mistake in a TOML text, by line; empty when it can be used. ``name`` is the file's, checked against its code."""
    rules, found = study(text)
    stem = name.removesuffix(".toml")
    if rules is not None and name.endswith(".toml") and rules.code != stem:
        index = line_index(text)
        found.append(Problem(line_of(index, ("code",)), "code", f"代号“{rules.code}”与文件名“{stem}”不一致"))
    return sorted(found)


def check_frozen(data: Mapping[str, Any]) -> list[Problem]:
    """The same for plain data, as the set-up page edits it; there are no lines."""
    _, found = _validate(dict(data), "")
    return sorted(found)


def builtin_codes() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in RULESETS.glob("*.toml")))


def load_builtin(code: str) -> RuleSet:
    """A rule set that comes with the product, by its code."""
    if code not in builtin_codes():
        known = "、".join(builtin_codes())
        raise RuleSetError(code, [Problem(0, "", f"没有代号为“{code}”的规则集；现有：{known}")])
    return load_file(RULESETS / f"{code}.toml")


def study(text: str) -> tuple[RuleSet | None, list[Problem]]:
    """What a text says, as far as it says anything, and every mistake in it.

    A rule set with mistakes is one whose tables are each well formed but do not yet hold together: fit to be worked on.
    """
    rules, found = _studied(text.removeprefix("\ufeff"))
    return rules, list(found)


@lru_cache(maxsize=32)
def _studied(text: str) -> tuple[RuleSet | None, tuple[Problem, ...]]:
    """A campaign's set-up and a rehearsal read the same text many times over; what comes of it cannot be changed."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, (_syntax(str(error), text),)
    rules, found = _validate(data, text)
    return rules, tuple(found)


def quoted(text: str, problem: Problem) -> str:
    """The line of the text that a mistake stands in."""
    lines = text.splitlines()
    return lines[problem.line - 1].strip() if 0 < problem.line <= len(lines) else ""


def _validate(data: dict[str, Any], text: str) -> tuple[RuleSet | None, list[Problem]]:
    """`text` is where the data was read from, if anywhere: its lines are looked for once there is a mistake to place."""

    @cache
    def index() -> Mapping[Path, int]:
        return line_index(text)

    def problem(path: Path, message: str) -> Problem:
        return Problem(line_of(index(), path) if text else 0, _spoken(path, data), message, path)

    try:
        rules = RuleSet.model_validate_json(json.dumps(data, default=_plain))
    except ValidationError as error:
        return None, [problem(path, message) for path, message in _explained(error, data)]
    return rules, [problem(path, message) for path, message in checks.problems(rules)]


def _plain(value: date | time) -> str:
    return value.isoformat()


_SYNTAX: Final = (
    ("Expected '='", "键的后面缺少英文等号 ="),
    ("Invalid date", "没有这样的日期"),
    ("Invalid value", "等号后面的值写法不对（文字要加英文双引号，日期写作 2019-01-15）"),
    ("Unclosed array", "方括号 [ 没有对应的 ]"),
    ("Unclosed inline table", "花括号 { 没有对应的 }"),
    ("Unterminated string", "引号没有成对"),
    ("Illegal character", "引号没有成对，或含有不可见的控制字符"),
    ("Cannot overwrite", "同一个键写了两次"),
    ("Duplicate inline", "花括号内同一个键写了两次"),
    ("Expected newline", "一行只能写一项，或引号没有成对"),
    ("Expected ']", "表头的方括号没有成对"),
    ("Invalid initial character", "键的名称只能用英文字母、数字、下划线"),
    ("Invalid statement", "这一行不是“键 = 值”，也不是 [表头]（键要用英文半角）"),
)
_PLACE: Final = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")


_QUOTED: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
_CHINESE_MARKS: Final = re.compile(r"[“”‘’，＝［］｛｝【】；：。]")
_OTHER_DATE: Final = re.compile(r"=\s*\d{4}(?:[/.年]|-\d(?!\d)|-\d\d-\d(?!\d))")
_LIST: Final = re.compile(r"^\s*([\w-]+)\s*=\s*\[", re.MULTILINE)


def _syntax(message: str, text: str) -> Problem:
    """What is wrong with a text that is no TOML: the slips of a clerk's hand first, then what the parser found."""
    place = _PLACE.search(message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    here = (text.splitlines() or [""])[min(line, text.count("\n") + 1) - 1 : line]
    bare = _QUOTED.sub("", here[0]) if here else ""
    if mark := _CHINESE_MARKS.search(bare):
        return Problem(line, "", f"用了中文标点 {mark[0]} ：引号、逗号、等号、括号都要用英文半角")
    if _OTHER_DATE.search(bare):
        return Problem(line, "", "日期写作 2019-01-15：四位年、两位月、两位日，用短横线连接，不加引号")
    if "Unclosed array" in message:
        start = list(_LIST.finditer(text, 0, _offset(text, line + 1)))
        if start:
            first = text.count("\n", 0, start[-1].start(1)) + 1
            said = f"第{first}行“{start[-1][1]} = [”开始的列表没有写完：两项之间缺少逗号，或缺少收尾的 ]"
            return Problem(line, "", said)
    if bare.lstrip().startswith("[") and "Cannot" in message:
        return Problem(
            line, "", "这个表头与前面的重复或写法不一致：单独一张表写 [表头]，一次；列表的每一项都写 [[表头]]"
        )
    said = next((chinese for english, chinese in _SYNTAX if english in message), f"不符合 TOML 写法：{message}")
    return Problem(line, "", said)


def _offset(text: str, line: int) -> int:
    """Where a line begins."""
    return len("".join(text.splitlines(keepends=True)[: line - 1]))


# --- explaining ------------------------------------------------------------------------------------------------------


def _spoken(path: Path, data: Any) -> str:
    """“stages › 第2项（panel） › size”: places counted from one, items by their id."""
    parts: list[str] = []
    for part in path:
        data = _inside(data, part)
        if isinstance(part, str):
            parts.append(part)
        else:
            id_ = data.get("id") if isinstance(data, dict) else None
            parts.append(f"第{part + 1}项（{id_}）" if id_ else f"第{part + 1}项")
    return " › ".join(parts)


def _inside(data: Any, part: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(str(part))
    return data[part] if isinstance(data, list) and isinstance(part, int) and part < len(data) else None


def _explained(error: ValidationError, data: dict[str, Any]) -> list[tuple[Path, str]]:
    """Pydantic's errors at the paths of the data, in words; an emptied list only echoes the errors inside it."""
    found: dict[Path, list[str]] = {}
    for detail in error.errors(include_url=False):
        path = _data_path(detail["loc"], data)
        if detail["type"] != "too_short" or not _inside_all(data, path):
            found.setdefault(path, []).append(_reason(detail))
    return [(path, _either(reasons)) for path, reasons in found.items()]


def _either(reasons: list[str]) -> str:
    """One sentence where a value may be of several types and is none of them."""
    if len(reasons) > 1 and all(reason.startswith("要写") for reason in reasons):
        return f"要写{'，或'.join(reason.removeprefix('要写') for reason in reasons)}"
    return "；".join(reasons)


def _inside_all(data: Any, path: Path) -> Any:
    for part in path:
        data = _inside(data, part)
    return data


def _data_path(loc: tuple[str | int, ...], data: Any) -> Path:
    """A pydantic location without the names of union members, which are not written in the file."""
    path: list[str | int] = []
    for at, part in enumerate(loc):
        is_last = at == len(loc) - 1
        here = _inside(data, part)
        if here is None and (not is_last or not isinstance(data, dict | list)):
            continue
        if here is None and isinstance(part, str) and isinstance(data, dict) and part in _tags(data):
            continue
        path.append(part)
        data = here
    return tuple(path)


def _tags(table: dict[str, Any]) -> set[str]:
    """The union members a table may have been read as."""
    return {str(table.get(key)) for key in ("how", "kind", "type")} | ({"group"} if "needs" in table else set())


_WANTED: Final = {
    "int_type": "要写整数",
    "int_parsing": "要写整数",
    "int_from_float": "要写整数",
    "string_type": "要写文字（加英文双引号）",
    "bool_type": "要写 true 或 false",
    "bool_parsing": "要写 true 或 false",
    "date_type": "要写日期，如 2019-01-15（不加引号）",
    "date_parsing": "要写日期，如 2019-01-15（不加引号）",
    "date_from_datetime_parsing": "要写日期，如 2019-01-15（不写时刻）",
    "tuple_type": "要写列表，用方括号 [ ] 括起来",
    "model_type": "要写成表，用花括号 { } 括起来或另起 [表头]",
    "model_attributes_type": "要写成表，用花括号 { } 括起来或另起 [表头]",
    "string_too_short": "不能为空",
    "too_short": "至少要写一项",
}


def _reason(detail: ErrorDetails) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    match kind:
        case "missing":
            return f"缺少必填项“{key}”"
        case "extra_forbidden":
            known = _known_keys(detail["loc"][:-1])
            near = checks.nearest(key, known)
            return f"不认识的键“{key}”{near or '；这里可以写：' + '、'.join(sorted(known))}"
        case "literal_error" | "enum":
            return _only(key, _options(str(context["expected"])), detail["input"])
        case "union_tag_not_found":
            return (
                "缺少 how（computed、declared、judged），条件组则缺少 needs"
                if _is_rule(detail["loc"])
                else "缺少 kind 或 type"
            )
        case "union_tag_invalid":
            codes = _options(str(context["expected_tags"]))
            return f"不认识的种类“{context['tag']}”，{_only('kind', codes, context['tag'])}"
        case "string_pattern_mismatch":
            return '写法不对：编号只能用小写英文字母、数字和下划线（代号用连字符），高度如 "40mm"'
        case "greater_than_equal":
            return f"不能小于 {context['ge']}"
        case "less_than_equal":
            return f"不能大于 {context['le']}"
        case _:
            return _WANTED.get(kind, detail["msg"])


def _is_rule(loc: tuple[str | int, ...]) -> bool:
    return len(loc) > 1 and loc[-2] in {"conditions", "criteria"}


def _options(expected: str) -> list[str]:
    return expected.replace("'", "").replace(" or ", ", ").split(", ")


def _only(key: str, codes: list[str], typed: object) -> str:
    """The words a key may hold, each with what it means; whoever wrote the meaning is told the word."""
    meanings = {code: labels.word(key, code) for code in codes}
    said = "、".join(code if word == code else f"{code}（{word}）" for code, word in meanings.items())
    meant = next((code for code, word in meanings.items() if typed == word), "")
    near = f"，是不是想写“{meant}”？" if meant else checks.nearest(str(typed), codes)
    return f"只能是：{said}{near}"


def _known_keys(loc: tuple[str | int, ...]) -> set[str]:
    """The keys that may be written at a location: follow it through the models."""
    models: set[shape.Model] = {RuleSet}
    for part in loc:
        below = {
            found
            for model in models
            for key, info in shape.keys(model)
            if part == key
            for found in shape.models_in(info.annotation)
        }
        named = {model for model in models if part in shape.tags_of(model)}
        models = below or named or models
    return {key for model in models for key in keys_of(model)}


# --- freezing --------------------------------------------------------------------------------------------------------


def to_frozen(rules: RuleSet) -> dict[str, Any]:
    """Plain data of a rule set (what is not written is left out), fit for a JSON column."""
    frozen: dict[str, Any] = json.loads(canonical_json(rules))
    return frozen


def from_frozen(data: Mapping[str, Any]) -> RuleSet:
    """The rule set that ``to_frozen`` froze; it was checked when it was published."""
    return _thawed(json.dumps(data))


@lru_cache(maxsize=64)
def _thawed(text: str) -> RuleSet:
    return RuleSet.model_validate_json(text)


def canonical_json(rules: RuleSet) -> bytes:
    """The one text of a rule set: UTF-8, keys sorted, no spaces, nothing that equals its default.

    Leaving defaults out keeps the hash of a frozen rule set when the schema learns a new optional key.
    """
    data = rules.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(rules: RuleSet) -> str:
    """The hexadecimal SHA-256 of the canonical text, as the public page shows it."""
    return hashlib.sha256(canonical_json(rules)).hexdigest()


# --- comparing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: ``before`` None for what was added, ``after`` None for what was removed."""

    path: str
    label: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.label}：新增“{self.after}”"
        if self.after is None:
            return f"{self.label}：删去“{self.before}”"
        return f"{self.label}：由“{self.before}”改为“{self.after}”"


def diff(a: RuleSet, b: RuleSet) -> list[Change]:
    """What changed from ``a`` to ``b``, item by item; items keep their identity by id, not by place."""
    before, after = to_frozen(a), to_frozen(b)
    comparison = _Comparison(Speaker(before, after))
    comparison.tables(before, after, RuleSet, (), ())
    return comparison.changes


class _Comparison:
    """Two rule sets side by side."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.changes: list[Change] = []

    def tables(
        self, a: dict[str, Any], b: dict[str, Any], model: shape.Model, path: tuple[str, ...], label: tuple[str, ...]
    ) -> None:
        infos = dict(shape.keys(model))
        for key in [*a, *(key for key in b if key not in a)]:
            here, named = (*path, key), (*label, labels.label(model.__name__, key))
            annotation: Any = infos[key].annotation
            old: Any = a.get(key)
            new: Any = b.get(key)
            if old == new:
                continue
            if isinstance(old, dict) and isinstance(new, dict):
                self.tables(old, new, model_of(annotation, new), here, named)
            elif _has_ids(old) and _has_ids(new):
                self.items(old, new, annotation, here, named)
            else:
                said = (None if one is None else self.speaker.said(one, key, model) for one in (old, new))
                self.changes.append(Change(".".join(here), " › ".join(named), *said))

    def items(
        self,
        a: list[dict[str, Any]],
        b: list[dict[str, Any]],
        annotation: Any,
        path: tuple[str, ...],
        label: tuple[str, ...],
    ) -> None:
        before = {item["id"]: item for item in a}
        after = {item["id"]: item for item in b}
        for id_ in [*before, *(id_ for id_ in after if id_ not in before)]:
            old, new = before.get(id_), after.get(id_)
            here, named = (*path, id_), (*label, f"“{name_of(old or new or {})}”")
            model = model_of(annotation, new or old or {})
            if old and new and model is model_of(annotation, old):
                self.tables(old, new, model, here, named)
            else:
                said = (None if one is None else self.speaker.table(one, model) for one in (old, new))
                self.changes.append(Change(".".join(here), " › ".join(named), *said))
        kept = [id_ for id_ in before if id_ in after]
        moved = [id_ for id_ in after if id_ in before]
        if kept != moved:
            orders = ("、".join(name_of(after[id_]) for id_ in side) for side in (kept, moved))
            self.changes.append(Change(".".join(path), " › ".join((*label, "顺序")), *orders))


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "id" in item for item in value)
