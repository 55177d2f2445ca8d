"""Which parts of a rule set are the office's own, and so may be changed on a page without a new notice.

Everything else comes from a clause: to change it, a rule set is copied, edited as a whole and loaded under a code of its own.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from campaigns.rules.facts import REGISTRY
from campaigns.rules.labels import KEY_LABELS
from campaigns.rules.schema import RuleSet, Sourced

Frozen = Mapping[str, Any]
Path = tuple[str | int, ...]

SOURCE_KEYS: Final = frozenset({"clause", "setting", "settings"})
SKIPPED: Final = frozenset({*SOURCE_KEYS, "id", "kind", "window", "from", "to", "on"})
"""Not offered in the settings form: what ties tables together, and dates, which have a page of their own."""

WORDS: Final[Mapping[str, str]] = {
    "must": "必须",
    "should": "一般应",
    "working": "工作日",
    "calendar": "日（自然日）",
    "at_most": "不超过",
    "exactly": "等于",
    "top": "取前列",
    "score": "按指标评分",
    "ballot": "投票",
    "assessment": "综合评定",
    "none": "不去掉",
    "trim_one": "去掉一个最高分和一个最低分",
    "next_day": "次日起算",
    "same_day": "当日起算",
    "two_thirds": "三分之二以上",
    "more_than_half": "过半数",
    "most_votes": "得票多者",
    "all": "全体",
    "show_of_hands": "举手表决",
    "secret_ballot": "无记名投票",
    "hidden": "结束前不显示",
    "shown": "随时显示",
    "reference": "仅供参考",
    "weight": "计入总分",
    "red-gold": "红底金字",
    "ink-blue": "青蓝国风",
    "official": "素雅公文",
    "office": "办公室",
    "leading_group": "领导小组",
    "host": "主办单位",
    "organisers": "承办单位",
    "government": "政府",
    "units": "推荐单位",
    "panel": "评审专家",
    "public": "社会公众",
    "confirm": "确认",
    "order": "排序",
    "strike": "剔除",
}
"""What people read for the codes of closed lists."""


LABELS: Final[Mapping[tuple[str, str], str]] = {
    ("Ballot", "max"): "每票至多",
    ("Ballot", "min"): "每票至少",
    ("Certificate", "number"): "证书编号",
    ("Certificate", "wording"): "证书正文",
    ("Corrections", "times"): "可补正次数",
    ("Duration", "unit"): "按什么计算",
    ("Numbering", "application"): "申报编号",
    ("Objections", "named"): "只受理实名异议",
    ("Objections", "text"): "向公众的说明",
    ("Panel", "members"): "专家来源",
    ("Panel", "size"): "评审组人数",
    ("Passes", "max"): "至多通过",
    ("Passes", "min"): "至少通过",
    ("PublicNoticeStage", "channels"): "公示渠道",
    ("PublicNoticeStage", "columns"): "公示栏目",
    ("PublicNoticeStage", "day_one"): "公示期起算",
    ("ScoreCriterion", "label"): "指标名称",
    ("ScoreCriterion", "max"): "满分",
    ("ScoreCriterion", "text"): "评分要点",
    ("ScoreCriterion", "weight"): "权重（%）",
}
"""What a value is called where the word for its key means several things."""

HELPS: Final[Mapping[tuple[str, str], str]] = {
    ("Certificate", "number"): "{year} 为年份，{n:03} 为三位流水号",
    ("Certificate", "wording"): "{name} 为姓名，{edition} 为届次，{title} 为称号，{hosts} 为主办单位，{year} 为年份",
    ("Numbering", "application"): "{year} 为年份，{n:04} 为四位流水号",
}

COLUMNS: Final[Mapping[str, str]] = {
    "number": "申报编号",
    "unit": "推荐单位",
    "channel": "推荐渠道",
    "age": "年龄",
    "conditions": "符合的条件",
    "category": "类别",
    "tier": "等次",
    "rank": "名次",
}
"""What a public list may show besides the form's own fields."""

TIES: Final[Mapping[str, str]] = {
    "median": "评分的中位数",
    "highest": "最高分",
    "lowest": "最低分",
    "untrimmed": "不去掉极端分的平均分",
    "people": "由人工决定",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of the office's own that a form can hold."""

    path: Path
    group: str
    label: str
    kind: Literal["number", "text", "yes_no", "choice", "lines"]
    value: Any
    options: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    help: str = ""

    @property
    def name(self) -> str:
        """The field's name in the form: the path as one word."""
        return ".".join(str(part) for part in self.path)


# --- what may be changed ---------------------------------------------------------------------------------------------


def forbidden_changes(before: Frozen, after: Frozen) -> list[str]:
    """Where `after` departs from `before` in something that is not the office's own, in words; empty when all may be."""
    return [" › ".join(label) for label in dict.fromkeys(_forbidden(before, after, (), own=False))]


def _forbidden(before: Any, after: Any, label: tuple[str, ...], *, own: bool) -> Iterator[tuple[str, ...]]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _forbidden_keys(before, after, label, own=own)
    elif _has_ids(before) and _has_ids(after):
        yield from _forbidden_items(before, after, label, own=own)
    elif not (own or (_is_own(before if after is None else after) and None in (before, after))):
        yield label or ("规则",)


def _forbidden_keys(before: Frozen, after: Frozen, label: tuple[str, ...], *, own: bool) -> Iterator[tuple[str, ...]]:
    sourced = bool(SOURCE_KEYS & before.keys())
    here = bool(before.get("setting")) if sourced else own
    for key in {**before, **after}:
        named = (*label, KEY_LABELS.get(key, key))
        if key in SOURCE_KEYS:
            if before.get(key) != after.get(key):
                yield named
        else:
            allowed = here or key in before.get("settings", ())
            yield from _forbidden(before.get(key), after.get(key), named, own=allowed)


def _forbidden_items(
    before: Sequence[Frozen], after: Sequence[Frozen], label: tuple[str, ...], *, own: bool
) -> Iterator[tuple[str, ...]]:
    old, new = {item["id"]: item for item in before}, {item["id"]: item for item in after}
    for key in {**old, **new}:
        item = old.get(key) or new[key]
        yield from _forbidden(old.get(key), new.get(key), (*label, f"“{item.get('label', key)}”"), own=own)
    if [key for key in old if key in new] != [key for key in new if key in old] and not own:
        yield (*label, "顺序")


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value)


def _is_own(value: Any) -> bool:
    """A table, or a list of tables, that says of itself that it is the office's."""
    if isinstance(value, list):
        return bool(value) and all(_is_own(item) for item in value)
    return isinstance(value, dict) and bool(value.get("setting"))


# --- the form --------------------------------------------------------------------------------------------------------


def settings_of(rules: RuleSet) -> list[Setting]:
    """Every single value of the office's own, in the order of the rule set."""
    return list(_settings(rules, rules, (), (), own=False))


def _settings(rules: RuleSet, table: BaseModel, path: Path, group: tuple[str, ...], *, own: bool) -> Iterator[Setting]:
    if isinstance(table, Sourced):
        own = table.setting
    for name, info in type(table).model_fields.items():
        key = info.alias or name
        if key in SKIPPED:
            continue
        mine = own or (isinstance(table, Sourced) and key in table.settings)
        value = getattr(table, name)
        here = (*path, key)
        if isinstance(value, BaseModel):
            yield from _settings(rules, value, here, (*group, KEY_LABELS[key]), own=mine)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for item in value:
                item_id = getattr(item, "id", None)
                if item_id is not None:
                    named = str(getattr(item, "label", None) or getattr(item, "title", None) or item_id)
                    yield from _settings(rules, item, (*here, item_id), (*group, named), own=mine)
        elif mine:
            found = _setting(rules, type(table).__name__, here, " · ".join(group), value, info.annotation)
            if found is not None:
                yield found


def _setting(rules: RuleSet, table: str, path: Path, group: str, value: Any, annotation: Any) -> Setting | None:
    key = str(path[-1])
    label = LABELS.get((table, key), KEY_LABELS[key])
    help_ = HELPS.get((table, key), "")
    inner, optional = _unwrapped(annotation)
    if get_origin(inner) in {Union, UnionType}:
        inner = type(value)  # one of several plain types: a form asks for the one that is there
    if get_origin(inner) is Literal:
        options = tuple((word, WORDS.get(word, word)) for word in map(str, get_args(inner)))
        return Setting(path, group, label, "choice", value, options, optional, help_)
    if inner in PLAIN:
        return Setting(path, group, label, PLAIN[inner], value, (), optional, help_)
    if get_origin(inner) is tuple and _unwrapped(get_args(inner)[0])[0] is str:
        words = _vocabulary(rules, table, path)
        help_ = f"每行一项，可用：{'、'.join(word for _, word in words)}" if words else "每行一项"
        return Setting(path, group, label, "lines", list(value), words, optional=True, help=help_)
    return None


PLAIN: Final[Mapping[Any, Literal["yes_no", "number", "text"]]] = {bool: "yes_no", int: "number", str: "text"}


def _vocabulary(rules: RuleSet, table: str, path: Path) -> tuple[tuple[str, str], ...]:
    """The words that stand for codes in a list, so that nobody has to read codes."""
    if path[-1] == "columns" and table == "PublicNoticeStage":
        fields = [(field.id, field.label) for field in rules.fields() if not field.personal]
        return tuple({**COLUMNS, **dict(fields)}.items())
    if path[-1] == "tie_break":
        stage = rules.stage(str(path[1]))
        criteria = [(f"criterion:{one.id}", f"指标：{one.label}") for one in getattr(stage, "criteria", ())]
        facts = [
            (word, REGISTRY[word[5:]].label) for word in getattr(stage, "tie_break", ()) if word.startswith("fact:")
        ]
        return (*criteria, *facts, *TIES.items())
    return ()


def _unwrapped(annotation: Any) -> tuple[Any, bool]:
    """The plain type behind `Annotated` and `| None`, and whether None was among it."""
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in {Union, UnionType}:
            rest = [arg for arg in get_args(annotation) if arg is not type(None)]
            optional = len(rest) < len(get_args(annotation))
            if len(rest) != 1:
                return annotation, optional
            annotation = rest[0]
        else:
            return annotation, optional


def with_values(data: Frozen, values: Mapping[Path, Any]) -> dict[str, Any]:
    """The same rules with some values written; None removes the key, and the default is left unwritten."""
    changed = copy.deepcopy(dict(data))
    for path, value in values.items():
        table: Any = changed
        for part in path[:-1]:
            table = next(item for item in table if item["id"] == part) if isinstance(table, list) else table[part]
        if value is None:
            table.pop(path[-1], None)
        else:
            table[path[-1]] = value
    return changed
