from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import ranking
from review.ranking import Criterion, Method, Row, Scored, Sheet

CRAFT = Criterion("craft", 60, 100)
SPIRIT = Criterion("spirit", 40, 50)


def method(*chain: str, trimming: ranking.Trimming = "none") -> Method:
    return Method((CRAFT, SPIRIT), trimming, (*chain, "people"))


def scored(case: int, *sheets: tuple[str, str], **facts: int | None) -> Scored:
    """One sheet for each (craft, spirit) pair, by experts 1, 2, 3 …"""
    return Scored(
        case,
        tuple(
            Sheet(expert, {"craft": Decimal(craft), "spirit": Decimal(spirit)})
            for expert, (craft, spirit) in enumerate(sheets, 1)
        ),
        {key: None if value is None else Fraction(value) for key, value in facts.items()},
    )


def order(*cases: Scored, by: Method) -> list[tuple[int, int]]:
    return [(row.case, row.rank) for row in ranking.rank(cases, by)]


def test_a_total_weighs_every_criterion_by_its_share_of_the_full_mark():
    assert ranking.case_total(scored(1, ("90", "40")), method()) == 90 * Fraction(60, 100) + 40 * Fraction(40, 50)


def test_a_total_is_the_mean_over_experts():
    assert ranking.case_total(scored(1, ("100", "50"), ("50", "25")), method()) == 75


def test_trimming_leaves_out_one_highest_and_one_lowest():
    case = scored(1, ("0", "0"), ("80", "40"), ("80", "40"), ("100", "50"))
    assert ranking.case_total(case, method(trimming="trim_one")) == 80


def test_trimming_needs_three_sheets():
    with pytest.raises(ranking.TooFewSheets) as error:
        ranking.rank([scored(7, ("80", "40"), ("90", "40"))], method(trimming="trim_one"))
    assert (error.value.case, error.value.sheets, error.value.needed) == (7, 2, 3)


def test_a_case_without_a_sheet_cannot_be_ranked():
    with pytest.raises(ranking.TooFewSheets):
        ranking.rank([scored(7)], method())


def test_thirds_make_no_tie_that_rounding_would_make():
    a = scored(1, ("33.33", "0"), ("33.33", "0"), ("33.34", "0"))
    b = scored(2, ("33.33", "0"), ("33.33", "0"), ("33.33", "0"))
    rows = ranking.rank([b, a], method())
    assert [(row.case, row.rank) for row in rows] == [(1, 1), (2, 2)]
    assert [str(row.shown) for row in rows] == ["20.00", "20.00"]


@pytest.mark.parametrize(
    ("link", "winner"),
    [
        ("criterion:craft", 1),
        ("criterion:spirit", 2),
        ("fact:years_in_trade", 2),
    ],
)
def test_a_tie_is_broken_by_the_first_link_that_differs(link, winner):
    a = scored(1, ("80", "20"), years_in_trade=10)  # 48 + 16
    b = scored(2, ("60", "35"), years_in_trade=20)  # 36 + 28
    assert order(a, b, by=method(link))[0] == (winner, 1)


@pytest.mark.parametrize(("link", "winner"), [("median", 2), ("highest", 1), ("lowest", 2)])
def test_a_tie_is_broken_by_the_shape_of_the_sheets(link, winner):
    a = scored(1, ("60", "30"), ("60", "30"), ("90", "45"))
    b = scored(2, ("65", "32.5"), ("70", "35"), ("75", "37.5"))
    assert ranking.case_total(a, method()) == ranking.case_total(b, method())
    assert order(a, b, by=method(link))[0] == (winner, 1)


def test_a_tie_of_trimmed_means_may_be_broken_by_the_untrimmed_one():
    a = scored(1, ("10", "5"), ("70", "35"), ("80", "40"))
    b = scored(2, ("60", "30"), ("70", "35"), ("80", "40"))
    assert order(a, b, by=method("untrimmed", trimming="trim_one")) == [(2, 1), (1, 2)]


def test_the_median_of_an_even_number_is_the_middle():
    a = scored(1, ("50", "25"), ("60", "30"), ("80", "40"), ("90", "45"))
    b = scored(2, ("40", "20"), ("70", "35"), ("75", "37.5"), ("95", "47.5"))
    assert order(a, b, by=method("median"))[0] == (2, 1)


def test_an_unknown_fact_comes_last():
    a = scored(1, ("80", "40"), years_in_trade=None)
    b = scored(2, ("80", "40"), years_in_trade=0)
    c = scored(3, ("80", "40"))
    assert order(a, b, c, by=method("fact:years_in_trade")) == [(2, 1), (1, 2), (3, 2)]


def test_an_unknown_link_is_a_mistake():
    with pytest.raises(ValueError, match="dice"):
        ranking.rank([scored(1, ("80", "40"))], method("dice"))


def test_a_tie_that_the_chain_leaves_shares_its_rank():
    same = ("80", "40")
    rows = ranking.rank([scored(3, same), scored(1, same), scored(2, ("90", "45"))], method("median"))
    assert [(row.case, row.rank, row.tied) for row in rows] == [(2, 1, ()), (1, 2, (1, 3)), (3, 2, (1, 3))]


ROWS = (
    Row(1, Fraction(90), 1),
    Row(2, Fraction(80), 2, (2, 3, 4)),
    Row(3, Fraction(80), 2, (2, 3, 4)),
    Row(4, Fraction(80), 2, (2, 3, 4)),
    Row(5, Fraction(70), 5),
)


@pytest.mark.parametrize(
    ("cut", "ordered", "ties"),
    [
        (None, False, 0),
        (1, False, 0),
        (2, False, 1),
        (3, False, 1),
        (4, False, 0),
        (5, False, 0),
        (5, True, 1),
        (None, True, 1),
    ],
)
def test_people_decide_a_tie_only_where_it_matters(cut, ordered, ties):
    assert len(ranking.open_ties(ROWS, cut=cut, ordered=ordered)) == ties


def test_peoples_order_gives_every_case_its_own_place():
    rows = ranking.settle(ROWS, [[4, 2, 3]])
    assert [(row.case, row.rank, row.tied) for row in rows] == [
        (1, 1, ()),
        (4, 2, ()),
        (2, 3, ()),
        (3, 4, ()),
        (5, 5, ()),
    ]


def test_the_last_order_counts_and_one_about_no_tie_says_nothing():
    rows = ranking.settle(ROWS, [[4, 2, 3], [3, 2, 4], [1, 5], [2, 3]])
    assert [row.case for row in rows] == [1, 3, 2, 4, 5]


def test_places_close_up_when_somebody_leaves():
    rows = ranking.only(ROWS, {2, 3, 5})
    assert [(row.case, row.rank, row.tied) for row in rows] == [(2, 1, (2, 3)), (3, 1, (2, 3)), (5, 3, ())]


def test_a_tie_of_one_is_none():
    assert [row.tied for row in ranking.only(ROWS, {1, 2})] == [(), ()]


def test_an_order_stays_good_for_the_rest_of_a_tie():
    rows = ranking.settle(ranking.only(ROWS, {1, 2, 3, 5}), [[4, 3, 2]])
    assert [(row.case, row.rank) for row in rows] == [(1, 1), (3, 2), (2, 3), (5, 4)]


@pytest.mark.parametrize(
    ("confirmed", "passed_over", "skipped"),
    [({1, 2}, {3}, ()), ({1, 3}, {2}, (2,)), ({4}, {1, 2, 9}, (1, 2)), (set(), {1}, ()), ({9}, {1}, ())],
)
def test_whoever_was_ranked_before_a_confirmed_person_was_passed_over(confirmed, passed_over, skipped):
    assert ranking.departures(confirmed, passed_over, {1: 1, 2: 2, 3: 3, 4: 4}) == skipped


def test_the_digest_knows_numbers_not_how_they_are_written():
    assert ranking.input_sha256([scored(1, ("90", "40"))], method()) == ranking.input_sha256(
        [scored(1, ("90.00", "4E+1"))], method()
    )


def test_the_digest_changes_with_a_point():
    assert ranking.input_sha256([scored(1, ("90", "40"))], method()) != ranking.input_sha256(
        [scored(1, ("90", "40.01"))], method()
    )


def test_the_method_says_how_it_ranks():
    assert ranking.Method((CRAFT,), "trim_one", ("median", "people")).described == (
        "加权平均（craft×60%）；去掉一个最高分和一个最低分；同分依次：median、people"
    )
    assert "不去分" in ranking.Method((CRAFT,)).described


# --- properties -------------------------------------------------------------------------------------------------------

points = st.decimals(0, 100, places=1, allow_nan=False)
half_points = st.decimals(0, 50, places=1, allow_nan=False)
pairs = st.tuples(points, half_points)
CHAINS = st.lists(
    st.sampled_from(["criterion:craft", "criterion:spirit", "median", "highest", "lowest", "untrimmed", "fact:years"]),
    max_size=3,
    unique=True,
)


@st.composite
def contests(draw: st.DrawFn) -> tuple[list[Scored], Method]:
    experts = draw(st.integers(3, 5))
    few = st.sampled_from([(Decimal(80), Decimal(40)), (Decimal(60), Decimal(30))])  # ties are common
    sheet = st.one_of(few, pairs)
    cases = [
        Scored(
            case,
            tuple(Sheet(e, {"craft": c, "spirit": s}) for e, (c, s) in enumerate(given_by, 1)),
            {"years": draw(st.one_of(st.none(), st.integers(0, 3).map(Fraction)))},
        )
        for case, given_by in enumerate(
            draw(st.lists(st.lists(sheet, min_size=experts, max_size=experts), min_size=1, max_size=7)), 1
        )
    ]
    return cases, method(*draw(CHAINS), trimming=draw(st.sampled_from(["none", "trim_one"])))


@given(contests(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(contest, random):
    cases, how = contest
    shuffled = [Scored(c.case, tuple(random.sample(c.sheets, len(c.sheets))), c.facts) for c in cases]
    random.shuffle(shuffled)

    assert ranking.rank(shuffled, how) == ranking.rank(cases, how)
    assert ranking.input_sha256(shuffled, how) == ranking.input_sha256(cases, how)


@given(contests())
def test_ranks_are_one_to_n_with_ties_sharing_the_first(contest):
    cases, how = contest
    rows = ranking.rank(cases, how)

    assert sorted(row.case for row in rows) == [case.case for case in cases]
    for row in rows:
        assert row.rank == 1 + sum(other.rank < row.rank for other in rows)
        assert set(row.tied or (row.case,)) == {other.case for other in rows if other.rank == row.rank}


@given(contests(), st.data())
def test_a_better_sheet_never_worsens_a_place(contest, data):
    cases, how = contest
    lucky = data.draw(st.integers(0, len(cases) - 1))
    sheet = data.draw(st.integers(0, len(cases[lucky].sheets) - 1))
    before = cases[lucky].sheets[sheet].points
    more = data.draw(st.decimals(0, 100 - before["craft"], places=1, allow_nan=False))
    sheets = list(cases[lucky].sheets)
    sheets[sheet] = Sheet(sheets[sheet].expert, {**before, "craft": before["craft"] + more})
    better = list(cases)
    better[lucky] = Scored(cases[lucky].case, tuple(sheets), cases[lucky].facts)

    rank_of = {row.case: row.rank for row in ranking.rank(cases, how)}
    rank_after = {row.case: row.rank for row in ranking.rank(better, how)}
    assert rank_after[cases[lucky].case] <= rank_of[cases[lucky].case]


@given(contests(), st.randoms(use_true_random=False))
def test_deciding_every_tie_leaves_one_place_for_each(contest, random):
    cases, how = contest
    rows = ranking.rank(cases, how)
    decisions = [random.sample(tie, len(tie)) for tie in {row.tied for row in rows if row.tied}]

    settled = ranking.settle(rows, decisions)

    assert [row.rank for row in settled] == list(range(1, len(cases) + 1))
    assert ranking.open_ties(settled, cut=1, ordered=True) == ()
