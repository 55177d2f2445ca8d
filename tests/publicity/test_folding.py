"""From votes to points and places: exact, and whatever the order of rows."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicity import folding
from publicity.folding import Channel, Fold

A, B, C = 1, 2, 3
PEOPLE = (A, B, C)


def channel(weight: int = 100, ballots: int = 100, **votes: int) -> Channel:
    return Channel("online", "网络投票", weight, {ord(name) - 96: count for name, count in votes.items()}, ballots)


@pytest.mark.parametrize(
    ("fold", "points"),
    [
        (Fold("per_vote", points=1, votes=10), {A: 6, B: 3, C: 0}),
        (Fold("per_vote", points=2, cap=50), {A: 50, B: 50, C: 0}),
        (Fold("share"), {A: 60, B: 30, C: 0}),
        (Fold("share", cap=40), {A: 40, B: 30, C: 0}),
        (Fold("rank", points=100, step=5), {A: 100, B: 95, C: 0}),
        (Fold("rank", points=3, step=2), {A: 3, B: 1, C: 0}),
    ],
)
def test_votes_become_points_as_the_rule_says(fold: Fold, points: dict[int, int]) -> None:
    assert folding.points_of(channel(a=60, b=30), PEOPLE, fold) == points


def test_points_are_exact() -> None:
    assert folding.points_of(channel(ballots=3, a=1), (A,), Fold("share")) == {A: Fraction(100, 3)}
    assert folding.points_of(channel(a=10), (A,), Fold("per_vote", points=1, votes=3)) == {A: Fraction(10, 3)}
    assert folding.shown(Fraction(100, 3)).as_tuple().digits == (3, 3, 3, 3)


def test_no_ballots_are_no_points() -> None:
    assert folding.points_of(channel(ballots=0), (A,), Fold("share")) == {A: 0}


def test_equal_votes_share_a_place_and_its_points() -> None:
    points = folding.points_of(channel(a=9, b=9, c=2), PEOPLE, Fold("rank", points=100, step=10))

    assert points == {A: 100, B: 100, C: 80}


def test_places_by_votes_go_down_to_nothing_and_not_below() -> None:
    assert folding.points_of(channel(a=9, b=5, c=2), PEOPLE, Fold("rank", points=10, step=8)) == {A: 10, B: 2, C: 0}


def test_channels_count_by_their_weights() -> None:
    public, delegates = channel(60, 100, a=50, b=100), channel(40, 10, a=10)

    assert folding.folded([public, delegates], PEOPLE, Fold("share")) == {A: 70, B: 60, C: 0}


def test_the_vote_and_the_review_make_one_total() -> None:
    rows = folding.ranked({A: Fraction(100), B: Fraction(50)}, {A: Fraction(80), B: Fraction(90)}, 20)

    assert [(row.case, row.total, row.rank) for row in rows] == [(A, Fraction(84), 1), (B, Fraction(82), 2)]


def test_equal_totals_are_a_tie_for_people() -> None:
    rows = folding.ranked({A: Fraction(100), B: Fraction(0), C: Fraction(0)}, dict.fromkeys(PEOPLE, Fraction(0)), 100)

    assert [(row.case, row.rank, row.tied) for row in rows] == [(A, 1, ()), (B, 2, (B, C)), (C, 2, (B, C))]


def test_places_by_points_are_shared_and_nobody_without_points_has_one() -> None:
    assert folding.by_points({A: Fraction(2), B: Fraction(2), C: Fraction(1), 4: Fraction(0)}) == {
        A: 1,
        B: 1,
        C: 3,
        4: None,
    }


@given(st.permutations(PEOPLE), st.lists(st.integers(0, 50), min_size=3, max_size=3))
def test_the_order_of_rows_decides_nothing(order: list[int], votes: list[int]) -> None:
    got = dict(zip(PEOPLE, votes, strict=True))
    fold, base = Fold("rank", points=100, step=3), {A: Fraction(7), B: Fraction(7), C: Fraction(8)}

    def ranked(people: list[int]) -> object:
        there = [Channel("online", "网络投票", 100, {one: got[one] for one in people}, 50)]
        points = folding.folded(there, people, fold)
        return folding.ranked(points, base, 40), folding.input_sha256(there, fold, base, 40)

    assert ranked(order) == ranked(list(PEOPLE))


@pytest.mark.parametrize(
    ("fold", "words"),
    [
        (Fold("per_vote", points=1, votes=1000, cap=30), "每 1,000 票计 1 分，至多 30 分"),
        (Fold("share"), "按得票率计分（得票数除以有效选票数，满分 100）"),
        (Fold("rank", points=100, step=2, cap=90), "每后一位减 2 分，没有得票不计分，至多 90 分"),
    ],
)
def test_the_way_of_counting_is_told_in_words(fold: Fold, words: str) -> None:
    assert words in fold.described
