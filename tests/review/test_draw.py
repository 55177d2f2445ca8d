"""A draw follows from its list and its seed, every order is equally likely, and anybody can do it again."""

import json
from collections import Counter
from itertools import combinations, permutations

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from review import draw
from review.draw import Candidate, Conditions, Share

pools = st.lists(st.integers(1, 10_000), max_size=40, unique=True)


@given(st.text(max_size=64), pools)
def test_a_draw_is_an_order_of_the_whole_list(seed, pool):
    assert sorted(draw.drawn(seed, pool)) == sorted(pool)


@given(st.text(max_size=64), pools, st.randoms(use_true_random=False))
def test_a_draw_replays_whatever_order_the_list_is_given_in(seed, pool, dice):
    shuffled = list(pool)
    dice.shuffle(shuffled)
    assert draw.drawn(seed, pool) == draw.drawn(seed, shuffled)


def test_this_seed_and_list_give_this_order_for_ever():
    assert draw.drawn("seed", range(1, 8)) == (4, 2, 6, 3, 1, 7, 5)
    assert draw.commitment("seed") == "19b25856e1c150ca834cffc8b59b23adbd0ec0389e58eb22b3b64768098d002b"


def test_every_order_is_about_as_likely():
    """χ² over the 24 orders of four, 4,800 draws: 23 degrees of freedom, 49.7 is passed once in a thousand times."""
    seen = Counter(draw.drawn(f"seed-{n}", (3, 5, 7, 11)) for n in range(4_800))
    expected = 4_800 / 24
    assert set(seen) == set(permutations((3, 5, 7, 11)))
    assert sum((n - expected) ** 2 / expected for n in seen.values()) < 49.7


# --- conditions -----------------------------------------------------------------------------------------------------------

FIELDS = ("焊接", "数控", "电工")


@st.composite
def demands(draw_):
    """A short list of people with conditions that can or cannot be met."""
    people = tuple(
        Candidate(
            id_,
            tuple(one for one in FIELDS if draw_(st.booleans())),
            draw_(st.sampled_from(["技术", "劳模"])),
            draw_(st.sampled_from(["甲厂", "乙厂", "丙厂", ""])),
        )
        for id_ in range(draw_(st.integers(1, 8)))
    )
    most = st.none() | st.integers(0, 3)
    shares = tuple(
        Share("field", draw_(st.sampled_from(FIELDS)), draw_(st.integers(0, 3)), draw_(most))
        for _ in range(draw_(st.integers(0, 2)))
    )
    kinds = (Share("kind", "劳模", draw_(st.integers(0, 2)), draw_(most)),)
    return people, Conditions((*shares, *kinds), draw_(st.none() | st.integers(1, 2))), draw_(st.integers(1, 5))


def meets(panel, conditions):
    bodies = Counter(one.body for one in panel)
    return all(
        share.at_least <= sum(map(share.holds, panel)) <= (len(panel) if share.at_most is None else share.at_most)
        for share in conditions.shares
    ) and (conditions.per_employer is None or all(n <= conditions.per_employer for n in bodies.values()))


@given(demands(), st.text(max_size=8))
def test_a_panel_that_can_be_drawn_meets_its_conditions_and_one_that_cannot_is_refused(demand, seed):
    people, conditions, members = demand
    possible = any(meets(panel, conditions) for panel in combinations(people, members))
    assert draw.completable([], people, members, conditions) is possible
    if not possible:
        with pytest.raises(draw.Impossible):
            draw.panel_first(seed, people, members, conditions)
        return
    order = draw.panel_first(seed, people, members, conditions)
    by_id = {one.id: one for one in people}
    assert sorted(order) == sorted(by_id)
    assert meets([by_id[id_] for id_ in order[:members]], conditions)


def test_without_conditions_everybody_is_drawn_about_as_often():
    """χ² over 10,000 draws of three from eight: 7 degrees of freedom, 24.3 is passed once in a thousand times."""
    people = [Candidate(id_, ("焊接",)) for id_ in range(8)]
    seen = Counter(id_ for n in range(10_000) for id_ in draw.panel_first(f"seed-{n}", people, 3)[:3])
    expected = 10_000 * 3 / 8
    assert sum((n - expected) ** 2 / expected for n in seen.values()) < 24.3


def test_whoever_is_passed_over_is_called_up_first_once_they_fit():
    people = [Candidate(1, employer="甲厂"), Candidate(2, employer="甲厂"), Candidate(3, employer="乙厂")]
    alone = Conditions(per_employer=1)
    order = draw.panel_first("seed", people, 2, alone)
    by_id = {one.id: one for one in people}
    assert {by_id[id_].employer for id_ in order[:2]} == {"甲厂", "乙厂"}
    left = by_id[order[2]]
    staying = next(by_id[id_] for id_ in order[:2] if by_id[id_].employer == "乙厂")
    assert draw.next_fitting([staying], [left], 2, alone) == left
    assert draw.next_fitting([by_id[1]], [by_id[2]], 2, alone) is None


# --- the record -----------------------------------------------------------------------------------------------------------


def record(**changes):
    seed, public = "s" * 64, "03 08 12"
    people = [Candidate(id_, ("焊接",), "技术", f"示例{id_}厂") for id_ in (2, 4, 6, 8)]
    conditions = Conditions((Share("field", "焊接", 1),), 1)
    listed = draw.pledged_sha256(people, conditions, members=2, reserves=1, announced="示例彩票")
    given_ = {
        "record": draw.RECORD,
        "candidates": [{**one.plain, "name": "某某"} for one in people],
        "conditions": conditions.plain,
        "members": 2,
        "reserves": 1,
        "announced": "示例彩票",
        "announced_for": "2026-03-23T21:30:00+08:00",
        "listed": listed,
        "commitment": draw.commitment(seed),
        "pledged_at": "2026-03-23T09:00:00+08:00",
        "drawn_at": "2026-03-24T09:00:00+08:00",
        "seed": seed,
        "public": public,
        "result": list(draw.panel_first(draw.joined(seed, public), people, 2, conditions)),
    }
    return given_ | changes


def test_a_true_record_replays():
    assert draw.differences(record()) == []
    assert draw.differences(record(public=" 03  08　12 ")) == []


def test_a_record_from_before_there_was_a_public_value_replays():
    seed, pool = "s" * 64, [2, 4, 6, 8]
    old = {
        "candidates": [{"id": id_} for id_ in pool],
        "conditions": {},
        "announced": "",
        "listed": draw.list_sha256(pool),
        "result": list(draw.drawn(seed, pool)),
    }
    assert draw.differences(record(**old)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"members": 3}, "抽取前固定的摘要"),
        ({"conditions": {"shares": [["field", "焊接", 2, None]], "per_employer": 1}}, "抽取前固定的摘要"),
        ({"conditions": {"shares": [["field", "茶艺", 2, None]], "per_employer": 1}}, "按种子重新抽取的顺序"),
        ({"conditions": {"shares": [["field", "茶艺", 2, None]], "per_employer": 1}}, "至少 2 人，抽中 0 人"),
        ({"commitment": "0" * 64}, "种子与抽取前公布的承诺"),
        ({"seed": "t" * 64}, "种子与抽取前公布的承诺"),
        ({"public": "03 08 13"}, "按种子重新抽取的顺序"),
        ({"public": " "}, "已填写"),
        ({"drawn_at": "2026-03-23T21:00:00+08:00"}, "抽取在公开数值公布之后"),
        ({"pledged_at": "2026-03-23T22:00:00+08:00"}, "固定名单在公开数值公布之前"),
        ({"result": [8, 6, 4, 2]}, "按种子重新抽取的顺序"),
    ],
)
def test_a_record_that_was_changed_does_not(changes, words):
    assert any(words in line for line in draw.differences(record(**changes)))


def test_what_is_no_record_of_a_draw_is_said_to_be_none():
    with pytest.raises(ValueError, match="不是抽取记录"):
        draw.replay({})
    with pytest.raises(ValueError, match="不完整"):
        draw.replay({"record": draw.RECORD})


def test_the_command_says_in_words_what_agrees(tmp_path, capsys):
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(record(), ensure_ascii=False), encoding="utf-8")
    call_command("replay_draw", str(file))
    said = capsys.readouterr().out
    assert "一致  种子与抽取前公布的承诺" in said
    assert "抽取结果：某某、某某" in said
    for text, words in (
        (json.dumps(record(seed="t" * 64)), "有不符之处"),
        ("{}", "不是抽取记录"),
        ("[]", "不是抽取记录"),
        ("{", "不是 JSON"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(CommandError, match=words):
            call_command("replay_draw", str(file))
    with pytest.raises(CommandError, match="打不开"):
        call_command("replay_draw", str(tmp_path / "nothing.json"))
