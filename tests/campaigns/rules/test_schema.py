"""A rule set answers what the rest of the product asks it."""

from datetime import date

import pytest

from campaigns.rules import loader
from campaigns.rules.checks import reached
from campaigns.rules.schema import walk
from tests.campaigns.rules.sample import LINAN, WIDE, changed, wide


def test_things_are_found_by_their_id() -> None:
    rules = wide()

    assert rules.field("deeds").label == "主要事迹"
    assert rules.stage("panel").label == "综合评审"
    assert rules.material("proof").label == "证明材料"
    assert rules.channel("anyone").label == "他人推荐"
    assert rules.award("shortlisted").kind == "second"
    assert rules.paper("form").title == "推荐表"


def test_a_stage_follows_the_one_above_unless_it_says_which() -> None:
    rules = wide()
    first, second, last = rules.stages[0], rules.stages[1], rules.stages[-1]

    assert rules.previous(first) is None
    assert rules.previous(second) == first
    assert rules.previous(last) == rules.stage("approval")


def test_every_stage_of_the_widest_rule_set_is_reached() -> None:
    assert reached(wide()) == {stage.id for stage in wide().stages}


@pytest.mark.parametrize(
    ("reference", "day"),
    [
        ('reference = "applications.to"', date(2025, 4, 30)),
        ('reference = "applications.from"', date(2025, 3, 10)),
        ('reference = "issued"', date(2025, 3, 3)),
        ('reference = "own"\nreference_day = { on = 2025-06-30, clause = "四" }', date(2025, 6, 30)),
    ],
)
def test_years_are_counted_on_the_day_the_rule_set_names(reference: str, day: date) -> None:
    assert loader.load(changed("[dates]\n", f"[dates]\n{reference}\n"), name="x").reference == day


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("host", "云泽市总工会"),
        ("office", "选树办公室"),
        ("organisers", "云泽市经信局、云泽市教育局"),
        ("leading_group", "选树工作领导小组"),
        ("government", "云泽市人民政府"),
        ("units", "推荐单位"),
        ("panel", "评审专家"),
        ("public", "社会公众"),
    ],
)
def test_bodies_are_called_as_the_notice_calls_them(body: str, name: str) -> None:
    assert wide().basis.name_of(body) == name  # type: ignore[arg-type]


def test_a_body_without_a_name_shows_its_key() -> None:
    assert wide().basis.model_copy(update={"government": None}).name_of("government") == "government"


def test_single_keys_of_a_clause_may_be_the_office_s_own() -> None:
    notice = LINAN.stage("notice")

    assert notice.is_setting("length")
    assert not notice.is_setting("label")
    assert LINAN.retention.is_setting("awarded_years")


def test_nothing_can_be_changed_after_loading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        LINAN.quota.places = 11  # type: ignore[misc]


def test_the_name_is_the_edition_and_the_title() -> None:
    assert LINAN.name == "第二届“天目工匠”"
    assert loader.load(WIDE.replace('edition = "首届"\n', ""), name="x").name == "“云泽工匠”"


def test_walking_the_rules_comes_to_nested_conditions() -> None:
    assert "lineage" in {rule.id for rule in walk(wide().rules)}
