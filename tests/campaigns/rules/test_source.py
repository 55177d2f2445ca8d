"""A rule set's text is changed as little as a change of its data asks for; whatever the text, it then says the data."""

import copy
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.rules import loader, source
from tests.campaigns.rules.sample import WIDE

LINAN = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")


def rewritten(text: str, data: dict[str, Any]) -> str:
    said = source.rewritten(text, data)
    assert source.plain(said) == data
    return said


@pytest.mark.parametrize("text", [WIDE, LINAN], ids=["wide", "linan"])
def test_unchanged_data_leaves_every_byte(text: str) -> None:
    assert rewritten(text, source.plain(text)) == text


def test_one_value_changes_one_line() -> None:
    data = source.plain(LINAN)
    data["quota"]["places"] = 12

    assert rewritten(LINAN, data) == LINAN.replace("places = 10", "places = 12", 1)


def test_a_value_in_braces_changes_in_place() -> None:
    data = source.plain(LINAN)
    data["stages"][0]["corrections"]["within"]["days"] = 7

    assert rewritten(LINAN, data) == LINAN.replace("within = { days = 5", "within = { days = 7", 1)


def test_a_key_is_taken_out_and_one_is_written() -> None:
    data = source.plain("[a]\nx = 1 # why\ny = 2\n")
    del data["a"]["y"]
    data["a"]["z"] = "三"

    assert rewritten("[a]\nx = 1 # why\ny = 2\n", data) == '[a]\nx = 1 # why\nz = "三"\n'


def test_a_key_goes_before_the_tables_inside() -> None:
    data = source.plain(LINAN)
    data["awards"][0]["text"] = "授予称号"
    data["awards"][0]["monthly"] = {"amount": 800, "months": 24, "text": "每月800元", "clause": "六"}
    said = rewritten(LINAN, data)

    assert said.index("monthly = { amount = 800, months = 24") < said.index("[awards.certificate]")


def test_items_keep_their_text_when_they_move() -> None:
    data = source.plain(LINAN)
    data["stages"].reverse()
    said = rewritten(LINAN, data)

    assert sorted(line for line in said.splitlines() if line) == sorted(line for line in LINAN.splitlines() if line)


def test_a_heading_stays_before_what_it_heads() -> None:
    data = source.plain(LINAN)
    data["channels"].pop()
    data["stages"].pop()
    said = rewritten(LINAN, data)

    for heading, what in (("# --- 交什么材料", "[[materials]]"), ("# --- 奖励", "[[awards]]")):
        after = said[said.index(heading) :].splitlines()[1:]
        assert next(line for line in after if line) == what


def test_a_new_item_stands_in_its_place_with_a_blank_line_around() -> None:
    data = source.plain("[[a]]\nid = 'x'\n[[a]]\nid = 'y'\n# the end\n")
    data["a"].insert(1, {"id": "n", "list": ["一", "二"], "table": {"k": True}})

    assert rewritten("[[a]]\nid = 'x'\n[[a]]\nid = 'y'\n# the end\n", data) == (
        '[[a]]\nid = \'x\'\n\n[[a]]\nid = "n"\nlist = ["一", "二"]\ntable = { k = true }\n\n[[a]]\nid = \'y\'\n# the end\n'
    )


def test_a_list_that_there_was_not_is_written_table_by_table() -> None:
    data = source.plain("a = 1\n") | {"b": [{"id": "x"}, {"id": "y"}]}

    assert rewritten("a = 1\n", data) == 'a = 1\n\n[[b]]\nid = "x"\n\n[[b]]\nid = "y"\n\n'


@pytest.mark.parametrize(
    ("text", "items", "said"),
    [
        ("x = [{ id = 'a' }, { id = 'b' }]\n", [{"id": "a"}, {"id": "c"}], "x = [\n    { id = 'a' },\n    { id = \"c\" },\n]\n"),
        ("x = [{ id = 'a', v = 1 }]\n", [{"id": "a", "v": 2}], "x = [{ id = 'a', v = 2 }]\n"),
        ("x = [{ v = 1 }, { v = 2 }]\n", [{"v": 2}], "x = [{ v = 2 }]\n"),
        ("x = [{ v = 1 }, { v = 2 }]\n", [{"v": 1}, {"v": 3}], "x = [{ v = 1 }, { v = 3 }]\n"),
        ("x = [1, 2]\n", [{"v": 1}], "x = [{ v = 1 }]\n"),
        ("[[x]]\nv = 1\n", [1], "x = [1]\n"),
    ],
)  # fmt: skip
def test_a_list_in_brackets_keeps_what_it_can(text: str, items: list[Any], said: str) -> None:
    assert rewritten(text, {"x": items}) == said


def test_a_long_list_has_an_item_a_line_and_a_longer_table_never() -> None:
    long = ["字" * 60, "词" * 60]
    said = rewritten("a = 1\n", {"a": 1, "b": long, "c": {"d": long}})

    assert said.splitlines()[1:4] == ["b = [", f'  "{long[0]}",', f'  "{long[1]}",']
    assert said.splitlines()[-1].startswith("c = { d = [")


def test_a_text_that_cannot_be_mended_in_place_is_written_anew() -> None:
    data = {"a": float("nan")}  # equal to nothing, so no text can be proved to say it

    assert source.rewritten("a = 1 # why\n", data) == "a = nan\n"


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["criteria", "groups", "channels", "materials", "stages", "awards", "benefits", "readings"]),
        st.sampled_from(["remove", "reverse", "rotate", "insert", "change"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=20, deadline=None)
@given(EDITS, st.sampled_from([WIDE, LINAN]))
def test_whatever_is_done_the_text_says_it_and_keeps_its_comments(edits: list[tuple[str, str]], text: str) -> None:
    data = copy.deepcopy(source.plain(text))
    for key, edit in edits:
        items = data.get(key, [])
        match edit:
            case "remove" if len(items) > 1:
                items.pop(0)
            case "reverse":
                items.reverse()
            case "rotate" if items:
                items.append(items.pop(0))
            case "insert":
                items.insert(len(items) // 2, {"id": f"new{len(items)}", "text": "新\n“句”"})
            case _ if items:
                items[0]["clause"] = "九"
    said = rewritten(text, data)

    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in said.splitlines() if line.startswith("#")] == headings


def test_a_heading_with_nothing_under_it_has_no_tail_to_cut() -> None:
    document = tomlkit.parse("[empty]\n")

    assert source._cut_tail(document["empty"]) == []
