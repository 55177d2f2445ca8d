"""Places in a rule set, what can be asked and added there, and what the answers make: on plain data alone."""

from typing import Any

import pytest

from campaigns import questions
from campaigns.rules import loader, source
from campaigns.rules.facts import REGISTRY
from tests.campaigns.rules.sample import WIDE

DATA = source.plain(WIDE)


def test_a_place_is_found_by_ids_and_by_numbers() -> None:
    assert questions.found(DATA, ("stages", "panel", "ballot", "min")) == 20
    assert questions.found(DATA, ("readings", "0", "says")) == "且具备下列条件"
    assert questions.name_at(DATA, ("stages", "panel")) == "综合评审"
    for path in (("stages", "0"), ("readings", "7"), ("readings", "x"), ("title", "x"), ("zzz",)):
        with pytest.raises(KeyError):
            questions.found(DATA, path)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ((), "RuleSet"),
        (("quota", "ratio"), "Ratio"),
        (("scope",), "Scope"),
        (("stages", "panel"), "ExpertReviewStage"),
        (("stages", "visit", "window"), "Window"),
        (("groups", "merits", "conditions", "taught"), "Group"),
        (("awards", "title", "monthly", "ends_when", "left"), "EndCondition"),
    ],
)
def test_the_schema_says_what_stands_at_a_place_whether_or_not_it_is_written(path: tuple[str, ...], name: str) -> None:
    assert questions.model_at(DATA, path).__name__ == name


@pytest.mark.parametrize("path", [("stages",), ("zzz",), ("title",), ("stages", "none"), ("stages", "panel", "zzz")])
def test_what_is_no_table_of_the_schema_is_no_place(path: tuple[str, ...]) -> None:
    with pytest.raises(KeyError):
        questions.model_at(DATA, path)


def test_a_kind_that_the_schema_does_not_know_is_no_place() -> None:
    odd = {**DATA, "stages": [{"id": "odd", "kind": "odd"}]}

    with pytest.raises(KeyError):
        questions.model_at(odd, ("stages", "odd"))
    with pytest.raises(KeyError):
        questions.block_at(DATA, ("stages", "odd"), table={"id": "odd", "kind": "odd"})
    assert questions.list_at(odd, ("stages",)).items == ()


def test_places_counted_by_the_checks_are_named_by_ids() -> None:
    assert questions.address(DATA, ("stages", 4, "ballot", "min")) == ("stages", "panel", "ballot", "min")
    assert questions.address(DATA, ("readings", 0)) == ("readings", "0")
    assert questions.address(DATA, ("stages", 99, "x")) == ("stages", "99", "x")


def test_a_table_is_put_in_and_the_last_of_a_list_takes_the_list_along() -> None:
    assert questions.with_table(DATA, (), {"title": "别的"})["title"] == "别的"
    assert "scope" not in questions.with_table(DATA, ("scope",), None)
    without = questions.with_table(DATA, ("readings", "0"), None)
    assert "readings" not in without
    assert "readings" in DATA


def test_items_are_put_in_and_moved_within_their_list() -> None:
    added = questions.with_item(DATA, ("benefits",), {"id": "first"}, at=0)
    assert [item["id"] for item in added["benefits"]] == ["first", "rest"]
    fresh = questions.with_item({}, ("honours",), {"id": "one"}, at=0)
    assert fresh == {"honours": [{"id": "one"}]}
    top = questions.moved(DATA, ("channels", "union"), -1)
    assert [item["id"] for item in top["channels"]] == ["union", "society", "anyone"]
    down = questions.moved(DATA, ("channels", "union"), 1)
    assert [item["id"] for item in down["channels"]] == ["society", "union", "anyone"]


def test_lists_are_found_and_nothing_else_is_a_list() -> None:
    assert questions.list_at(DATA, ("stages", "scores", "criteria")).ids == "skill,deeds"
    assert questions.list_at(DATA, ("groups", "merits", "conditions")).apart
    for path in (("quota",), ("title",)):
        with pytest.raises(KeyError):
            questions.list_at(DATA, path)


@pytest.mark.parametrize(
    "path",
    [
        *((key,) for key in ("channels", "unit_kinds", "unit_quotas", "categories", "tiers", "materials", "groups")),
        *((key,) for key in ("awards", "honours", "benefits", "follow_up", "readings")),
    ],
    ids="/".join,
)
def test_an_item_of_every_list_without_kinds_can_be_begun(path: tuple[str, ...]) -> None:
    assert questions.kinds_of(path) == []
    table = questions.seed(DATA, path, "")
    block = questions.block_at(DATA, (*path, table.get("id", "1")), table=table)

    assert block.questions
    assert table.get("id") not in {item.get("id") for item in DATA[path[0]] if "id" in item}


@pytest.mark.parametrize("path", [("criteria",), ("groups", "merits", "conditions"), ("composition",), ("stages",)])
def test_an_item_of_every_kind_can_be_begun(path: tuple[str, ...]) -> None:
    kinds = [code for _, options in questions.kinds_of(path) for code, _ in options]

    assert len(kinds) > 7
    for kind in kinds:
        table = questions.seed(DATA, path, kind)
        assert questions.block_at(DATA, (*path, table["id"]), table=table).questions, kind


def test_what_cannot_be_begun_is_told() -> None:
    for path, kind in ((("quota",), ""), (("title",), ""), (("stages",), "odd"), (("stages",), "")):
        with pytest.raises(KeyError):
            questions.seed(DATA, path, kind)


def test_a_new_group_has_a_condition_to_begin_with() -> None:
    group = questions.seed(DATA, ("groups",), "")

    assert [condition["id"] for condition in group["conditions"]] == [f"{group['id']}_1"]
    written = questions.with_item(
        DATA, ("groups",), {**group, "label": "组", "text": "组", "strength": "must", "clause": "三"}, at=0
    )
    assert loader.study(source.rewritten(WIDE, written))[0] is not None


def asked(path: tuple[str, ...]) -> dict[str, questions.Question]:
    return {question.key: question for block in questions.block_at(DATA, path).every() for question in block.questions}


@pytest.mark.parametrize(
    ("path", "key", "kind"),
    [
        (("criteria", "member"), "value", "yes_no"),
        (("criteria", "level"), "value", "choice"),
        (("criteria", "trade_years"), "value", "number"),
        (("criteria", "joined"), "on", "date"),
        (("criteria", "cooling"), "values", "lines"),
        (("programme",), "years", "numbers"),
        (("materials", "proof"), "accept", "many"),
        (("stages", "notice"), "columns", "lines"),
        (("awards", "title"), "stage", "choice"),
        (("awards", "title"), "wording", "long"),
    ],
)  # fmt: skip
def test_each_value_is_asked_for_in_its_own_way(path: tuple[str, ...], key: str, kind: str) -> None:
    assert asked(path)[key].kind == kind


def test_only_what_a_comparison_needs_is_asked_for() -> None:
    assert "values" not in asked(("criteria", "member"))
    assert "value" not in asked(("criteria", "cooling"))
    assert {"value", "on"} <= set(asked(("criteria", "joined")))
    odd = {**DATA, "criteria": [{"id": "odd", "how": "computed", "fact": "odd", "op": "is", "label": "x", "text": "x"}]}
    block = questions.block_at(odd, ("criteria", "odd"))
    assert {"value", "values", "on"} <= {question.key for question in block.questions}


def test_a_table_that_is_not_written_can_be_asked_about() -> None:
    bare = {key: value for key, value in DATA.items() if key != "scope"}
    block = questions.block_at(bare, ("scope",))

    assert block.table is None
    assert block.optional
    assert [question.key for question in block.questions if question.kind == "long"] == ["text"]


def test_what_could_name_nothing_is_not_asked() -> None:
    bare = {key: value for key, value in DATA.items() if key not in {"categories", "tiers"}}
    bare["stages"] = [{**stage, "only_for": []} for stage in DATA["stages"]]
    block = questions.block_at(bare, ("stages", "notice"))

    assert "only_for" not in {question.key for question in block.questions}


def test_an_answer_takes_tables_out_and_leaves_defaults_unwritten() -> None:
    block = questions.block_at(DATA, ("quota",))
    answers = {question.name: question.value for one in block.every() for question in one.questions}
    answers |= {one.written: False for one in block.every() if one.optional}
    table = questions.answered(block, answers)

    assert table == {key: value for key, value in DATA["quota"].items() if key != "ratio"}
    whole = questions.block_at(DATA, ("fraud",))
    assert questions.answered(whole, {whole.written: False}) is None


def test_every_block_of_the_forms_is_walked_but_what_stays_in_the_text() -> None:
    roots = {block.path[0] for block in questions.every_block(DATA)}

    assert roots == {key for key, value in DATA.items() if isinstance(value, dict | list)} - questions.TEXT_ONLY


def test_a_frozen_date_is_a_date_in_the_form() -> None:
    frozen = loader.to_frozen(loader.load(WIDE, name="wide"))
    block = questions.block_at(frozen, ("dates",))

    assert all(
        question.value is None or hasattr(question.value, "year")
        for one in block.every()
        for question in one.questions
        if question.kind == "date"
    )


def test_ids_are_free_and_speak_of_what_they_are_for() -> None:
    assert questions.free_id(DATA, "union") == "union_2"
    assert questions.free_id({}, "union") == "union"
    assert questions.singular("criteria") == "criterion"
    assert "age" in REGISTRY
    table: dict[str, Any] = questions.seed(DATA, ("criteria",), "fact:age")
    assert (table["id"], table["fact"], table["how"]) == ("age", "age", "computed")
