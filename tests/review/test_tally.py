"""Votes and grades become an order by pure functions: exact, and whatever the order of rows."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import tally
from review.ranking import TooFewSheets
from review.tally import Assessed, Round, Scale, Terms

MORE_THAN_HALF = Terms("more_than_half", least=1, places=2, rounds=2)
SCALE = Scale(("excellent", "good", "fair"), frozenset({"excellent", "good"}))


def votes(*ballots: str, candidates: str = "", barred: dict[str, int] | None = None) -> Round:
    """A round from letters: each ballot a word of the candidates it names."""
    people = sorted(set(candidates or "".join(ballots)))
    return Round(
        tuple(ord(one) for one in people),
        tuple(frozenset(ord(one) for one in ballot) for ballot in ballots),
        {ord(one): n for one, n in (barred or {}).items()},
    )


def letters(cases: Any) -> str:
    return "".join(chr(case) for case in cases)


# --- counting -------------------------------------------------------------------------------------------------------------


def test_an_expert_who_keeps_out_is_not_in_the_base():
    a, b = sorted(tally.count(votes("a", "ab", "b", barred={"a": 1})), key=lambda one: one.case)
    assert (a.votes, a.base, a.share, a.shown) == (2, 2, Fraction(1), "2 / 2 票")
    assert (b.votes, b.base, b.share) == (2, 3, Fraction(2, 3))


def test_nobody_who_could_be_named_by_nobody_has_a_share():
    (a,) = tally.count(votes("", candidates="a", barred={"a": 1}))
    assert a.share == 0
    assert not tally.reaches(a, "most_votes")


def test_a_name_that_is_no_candidate_counts_for_nobody():
    assert [chr(one.case) for one in tally.count(votes("az", candidates="a"))] == ["a"]


@pytest.mark.parametrize(
    ("majority", "got", "base", "reaches"),
    [
        ("more_than_half", 5, 10, False),
        ("more_than_half", 6, 10, True),
        ("two_thirds", 6, 10, False),
        ("two_thirds", 6, 9, True),
        ("most_votes", 1, 10, True),
        ("most_votes", 0, 10, False),
    ],
)
def test_a_majority_is_what_its_word_says(majority, got, base, reaches):
    assert tally.reaches(tally.Count(1, got, base), majority) is reaches


# --- the rounds -----------------------------------------------------------------------------------------------------------


def test_those_with_the_majority_are_elected_and_no_round_is_wanted():
    result = tally.follow([votes("ab", "ab", "ac", candidates="abc")], MORE_THAN_HALF)
    assert letters(result.chosen) == "ab"
    assert not result.standing


def test_a_tie_that_the_line_goes_through_stands_again_alone():
    result = tally.follow([votes("ab", "ac", "abc", "a", "bc", candidates="abc")], MORE_THAN_HALF)
    assert letters(result.chosen) == "a"
    assert letters(result.standing) == "bc"
    assert letters(sorted(result.reached)) == "abc"


def test_where_too_few_have_the_majority_everybody_left_stands_again():
    terms = Terms("more_than_half", least=2, places=3, rounds=2)
    first = votes("a", "a", "ab", "c", "", candidates="abc")
    result = tally.follow([first], terms)
    assert (letters(result.chosen), letters(result.standing)) == ("a", "bc")
    result = tally.follow([first, votes("b", "b", "b", "c", "c", candidates="bc")], terms)
    assert (letters(result.chosen), letters(result.standing)) == ("ab", "")


def test_without_places_everybody_with_the_majority_is_elected():
    assert letters(tally.follow([votes("abc", "abc")], Terms("two_thirds")).chosen) == "abc"


def test_where_the_places_are_full_nobody_more_is_elected():
    terms = Terms("most_votes", places=1, rounds=2)
    result = tally.follow([votes("a", candidates="ab"), votes("b", candidates="b")], terms)
    assert letters(result.chosen) == "a"
    assert not result.standing


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ((20, 30, 0, 44), (20, 30)),
        ((20, 30, 0, 25), (20, 25)),
        ((20, 30, 0, 18), (18, 18)),
        ((20, 30, 28, 4), (1, 2)),
        ((20, 30, 18, 9), (2, 9)),
        ((None, None, 0, 7), (1, 7)),
        ((None, 3, 5, 2), (1, 1)),
    ],
)
def test_how_many_names_a_ballot_carries(given_, expected):
    least, most, elected, choices = given_
    assert tally.limits(least, most, elected=elected, choices=choices) == expected


# --- the ranking of a vote ------------------------------------------------------------------------------------------------


def ranks(places):
    return [(chr(place.row.case), place.row.rank, letters(place.row.tied), place.reached) for place in places]


def test_the_elected_come_first_then_who_came_furthest():
    first = votes("ab", "ac", "abc", "a", "bc", candidates="abcd")
    second = votes("c", "c", "c", "b", "b", candidates="bc")
    places = tally.ranked_by_votes([first, second], MORE_THAN_HALF, {})
    assert ranks(places) == [("a", 1, "", True), ("c", 2, "", True), ("b", 3, "", True), ("d", 4, "", False)]
    assert [place.shown for place in places] == ["4 / 5 票", "3 / 5 票", "2 / 5 票", "0 / 5 票"]


def test_equal_shares_are_a_tie_for_people():
    places = tally.ranked_by_votes([votes("ab", "ab", candidates="ab")], Terms("most_votes"), {})
    assert ranks(places) == [("a", 1, "ab", True), ("b", 1, "ab", True)]


def test_the_written_chain_parts_equal_shares_and_the_unknown_comes_last():
    facts = {ord("a"): (None,), ord("b"): (Fraction(3),), ord("c"): (Fraction(9),)}
    places = tally.ranked_by_votes([votes("abc")], Terms("most_votes"), facts)
    assert [chr(place.row.case) for place in places] == ["c", "b", "a"]


ballots_of_five = st.lists(st.sets(st.integers(1, 5)), min_size=1, max_size=7)


@given(ballots_of_five, st.randoms(use_true_random=False), st.sampled_from(["more_than_half", "most_votes"]))
def test_a_tally_does_not_depend_on_the_order_of_rows(given_ballots, dice, majority):
    terms = Terms(majority, least=2, places=3, rounds=2)
    candidates, ballots = [1, 2, 3, 4, 5], [frozenset(ballot) for ballot in given_ballots]
    one = Round(tuple(candidates), tuple(ballots), {2: 0})
    dice.shuffle(candidates)
    dice.shuffle(ballots)
    other = Round(tuple(candidates), tuple(ballots), {})
    assert tally.ranked_by_votes([one], terms, {}) == tally.ranked_by_votes([other], terms, {})
    assert tally.votes_sha256([one], terms, {}) == tally.votes_sha256([other], terms, {})


@given(ballots_of_five)
def test_nobody_is_elected_beyond_the_places(given_ballots):
    given_round = Round((1, 2, 3, 4, 5), tuple(map(frozenset, given_ballots)), {})
    result = tally.follow([given_round], Terms("most_votes", places=2))
    assert len(result.chosen) <= 2
    assert not set(result.chosen) & set(result.standing)


@pytest.mark.parametrize(
    "other",
    [
        (votes("ab", "b"), Terms("most_votes"), {}),
        (votes("ab", "a", barred={"a": 1}), Terms("most_votes"), {}),
        (votes("ab", "a"), Terms("two_thirds"), {}),
        (votes("ab", "a"), Terms("most_votes"), {97: (Fraction(1),)}),
    ],
)
def test_any_change_of_a_vote_changes_its_digest(other):
    voting, terms, facts = other
    assert tally.votes_sha256([votes("ab", "a")], Terms("most_votes"), {}) != tally.votes_sha256([voting], terms, facts)


def test_a_vote_says_how_it_was_counted():
    assert Terms("two_thirds", places=3, rounds=2).described.startswith(
        "投票：得票三分之二以上入选，至多 3 名；最多 2 轮"
    )


# --- grades ---------------------------------------------------------------------------------------------------------------


def test_cases_rank_by_who_recommends_then_by_grade():
    places = tally.ranked_by_grades(
        [
            Assessed(1, ("good", "good", "good")),
            Assessed(2, ("excellent", "good", "good")),
            Assessed(3, ("excellent", "excellent", "fair")),
            Assessed(4, ("fair", "fair", "fair")),
            Assessed(5, ("good", "good", "excellent")),
        ],
        SCALE,
        {},
    )
    assert [(place.row.case, place.row.rank, place.row.tied) for place in places] == [
        (2, 1, (2, 5)),
        (5, 1, (2, 5)),
        (1, 3, ()),
        (3, 4, ()),
        (4, 5, ()),
    ]
    assert [place.shown for place in places][-2:] == ["2 / 3 人推荐", "0 / 3 人推荐"]
    assert [place.reached for place in places] == [True, True, True, True, False]


def test_an_expert_who_keeps_out_neither_helps_nor_hurts():
    places = tally.ranked_by_grades([Assessed(1, ("good", "good")), Assessed(2, ("good", "good", "fair"))], SCALE, {})
    assert [place.row.case for place in places] == [1, 2]


def test_a_case_that_nobody_assessed_has_no_place():
    with pytest.raises(TooFewSheets, match="case 7"):
        tally.ranked_by_grades([Assessed(7, ())], SCALE, {})


@given(st.lists(st.lists(st.sampled_from(SCALE.grades), min_size=1, max_size=5), min_size=1, max_size=6), st.data())
def test_grades_rank_whatever_the_order_of_rows(given_grades, data):
    cases = [Assessed(n, tuple(grades)) for n, grades in enumerate(given_grades)]
    shuffled = [Assessed(one.case, tuple(data.draw(st.permutations(one.grades)))) for one in reversed(cases)]
    assert tally.ranked_by_grades(cases, SCALE, {}) == tally.ranked_by_grades(shuffled, SCALE, {})
    assert tally.grades_sha256(cases, SCALE, {}) == tally.grades_sha256(shuffled, SCALE, {})
    assert SCALE.described.startswith("综合评议")
