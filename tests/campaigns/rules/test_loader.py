"""A rule set survives freezing unchanged, has one hash, and two versions differ in words a clerk reads."""

import hashlib
import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from campaigns.rules import loader
from campaigns.rules.labels import KEY_LABELS
from campaigns.rules.schema import RuleSet, keys_of
from tests.campaigns.rules.sample import LINAN, WIDE, changed, wide


@pytest.mark.parametrize("rules", [LINAN, wide()], ids=["linan", "wide"])
def test_freezing_and_thawing_changes_nothing(rules: RuleSet) -> None:
    frozen = loader.to_frozen(rules)

    assert loader.from_frozen(frozen) == rules
    assert loader.sha256(loader.from_frozen(json.loads(json.dumps(frozen)))) == loader.sha256(rules)


def test_the_hash_is_taken_over_the_canonical_text() -> None:
    text = loader.canonical_json(LINAN)

    assert loader.sha256(LINAN) == hashlib.sha256(text).hexdigest()
    assert json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() == text


def test_the_hash_does_not_depend_on_the_order_or_the_comments_of_the_file() -> None:
    moved = WIDE.replace('code = "yunze-2025"\n', "").replace("schema = 1\n", 'code = "yunze-2025"\nschema = 1 # one\n')

    assert loader.sha256(loader.load(moved, name="moved")) == loader.sha256(wide())


def test_the_hash_changes_with_one_character() -> None:
    assert loader.sha256(loader.load(changed("如实填写", "如实填报"), name="x")) != loader.sha256(wide())


def test_the_rule_sets_of_the_product_are_found_by_code() -> None:
    assert "linan-2018" in loader.builtin_codes()
    assert loader.load_builtin("linan-2018").code == "linan-2018"


def test_every_rule_set_of_the_product_has_no_mistake() -> None:
    for path in loader.RULESETS.glob("*.toml"):
        assert loader.check(path.read_text(encoding="utf-8"), path.name) == []


def test_a_code_that_is_no_rule_set_is_refused() -> None:
    with pytest.raises(loader.RuleSetError, match=r"没有代号为“../etc”的规则集；现有：.*linan-2018"):
        loader.load_builtin("../etc")


# --- differences -----------------------------------------------------------------------------------------------------


def changes(old: str, new: str) -> list[str]:
    return [str(change) for change in loader.diff(wide(), loader.load(changed(old, new), name="x"))]


def test_a_rule_set_does_not_differ_from_itself() -> None:
    assert loader.diff(wide(), wide()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("places = 20", "places = 28", ["名额 › 名额：由“20”改为“28”"]),
        (
            "value = 10\n",
            "value = 8\n",
            ["条件、指标 › “从业年限” › 数值：由“10”改为“8”"],
        ),
        ("preferred = true\n", "", ["渠道 › “组织推荐” › 主要渠道：删去“是”"]),
        ("from = 2025-03-10", "from = 2025-03-11", ["日期 › 申报时间 › 开始：由“2025年3月10日”改为“2025年3月11日”"]),
        (
            'notes = ["如实填写"]',
            'notes = ["如实填写", "字迹清楚"]',
            ["申报表栏目 › 填表说明：由“如实填写”改为“如实填写、字迹清楚”"],
        ),
        (
            "within = { years = 3 }",
            "within = { years = 5 }",
            ["条件、指标 › “三年内未获同类称号” › 期限之内 › 年数：由“3”改为“5”"],
        ),
        (
            '{ level = "国家级", best = 3 }, ',
            "",
            [
                "条件组 › “业绩条件” › 条件 › “大赛名次” › 名次要求：由“名次至少为第几名 3，级别 国家级、名次至少为第几名 1，只限本级 是，级别 省级”改为“名次至少为第几名 1，只限本级 是，级别 省级”"
            ],
        ),
    ],
)
def test_a_difference_reads_as_a_clerk_would_say_it(old: str, new: str, said: list[str]) -> None:
    assert changes(old, new) == said


def test_an_item_added_and_one_removed_are_told_by_name() -> None:
    extra = '[[benefits]]\nid = "study"\nlabel = "研修"\ntext = "支持研修"\nclause = "九"\n\n[[follow_up]]'
    longer = loader.load(changed("[[follow_up]]", extra), name="x")

    assert [str(change) for change in loader.diff(wide(), longer)] == ["待遇 › “研修”：新增“研修”"]
    assert [str(change) for change in loader.diff(longer, wide())] == ["待遇 › “研修”：删去“研修”"]


def test_stages_that_change_places_are_told_as_an_order() -> None:
    data = loader.to_frozen(wide())
    data["stages"][2], data["stages"][3] = data["stages"][3], data["stages"][2]
    (change,) = loader.diff(wide(), loader.from_frozen(data))

    assert change.label == "环节 › 顺序"
    assert "人选考察、网络投票" in (change.before or "")
    assert "网络投票、人选考察" in (change.after or "")


@given(st.integers(1, 500), st.sampled_from(["must", "should"]))
def test_a_difference_back_and_forth_is_the_same_with_sides_changed(places: int, strength: str) -> None:
    data = loader.to_frozen(wide())
    data["quota"] |= {"places": places, "strength": strength}
    other = loader.from_frozen(data)
    there = {(change.path, change.before, change.after) for change in loader.diff(wide(), other)}
    back = {(change.path, change.after, change.before) for change in loader.diff(other, wide())}

    assert there == back


# --- names -----------------------------------------------------------------------------------------------------------


def models(annotation: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Every model that a rule set may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in seen:
            seen.add(annotation)
            for info in annotation.model_fields.values():
                models(info.annotation, seen)
        return seen
    for part in get_args(annotation):
        models(part, seen)
    return seen


KEYS = {key for model in models(RuleSet, set()) for key in keys_of(model)}


def test_every_key_has_a_chinese_name_and_no_name_is_left_over() -> None:
    assert set(KEY_LABELS) == KEYS
