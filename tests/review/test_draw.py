"""A draw follows from its list and its seed, every order is equally likely, and anybody can do it again."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import draw

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


def record(**changes):
    seed, pool = "s" * 64, [2, 4, 6, 8]
    given_ = {
        "candidates": pool,
        "listed": draw.list_sha256(pool),
        "committed": draw.commitment(seed),
        "seed": seed,
        "result": list(draw.drawn(seed, pool)),
    }
    return given_ | changes


def test_a_true_record_replays():
    assert draw.replay(**record()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"candidates": [2, 4, 6, 9]}, "名单与固定时的摘要不符"),
        ({"committed": "0" * 64}, "种子与抽取前公布的承诺不符"),
        ({"seed": "t" * 64}, "种子与抽取前公布的承诺不符"),
        ({"result": [2, 4, 6, 8][::-1]}, "重新抽取的结果与记录不符"),
    ],
)
def test_a_record_that_was_changed_does_not(changes, words):
    assert words in draw.replay(**record(**changes))
