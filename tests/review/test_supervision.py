"""What is pointed out to a supervisor: experts far from the others, decisions in seconds. Pure measures, exact bounds."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from review.supervision import CASES, Act, apart, median, quick

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def panel(*rows: tuple[int, ...]) -> dict[int, dict[int, Fraction]]:
    """Expert 1, 2 … → what they gave to case 1, 2 …"""
    return {n: {case: Fraction(points) for case, points in enumerate(row, 1)} for n, row in enumerate(rows, 1)}


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle() -> None:
    assert median([Fraction(3), Fraction(1), Fraction(2)]) == 2
    assert median([Fraction(4), Fraction(1), Fraction(2), Fraction(3)]) == Fraction(5, 2)


def test_an_expert_is_measured_by_the_median_of_the_others_and_not_by_their_own_weight_in_it() -> None:
    found = {one.expert: one for one in apart(panel((60, 60), (80, 82), (80, 78), (81, 80)))}

    assert found[1].deviation == 20
    assert found[1].far
    assert not any(found[n].far for n in (2, 3, 4))
    assert next(iter(found)) == 1


def test_ten_points_exactly_are_not_yet_far() -> None:
    rows = [(70,), (80,), (80,)]

    assert apart(panel(*rows))[0].deviation == 10
    assert not apart(panel(*rows))[0].far
    assert apart(panel((69,), (80,), (80,)))[0].far


def test_whoever_orders_the_cases_the_other_way_round_is_pointed_out_however_close_the_points() -> None:
    usual = (80, 81, 82, 83, 84)

    found = {one.expert: one for one in apart(panel(usual[::-1], usual, usual))}

    assert found[1].contrary
    assert found[1].remarkable
    assert found[1].correlation == -1.0
    assert not found[2].contrary


def test_of_few_cases_the_order_says_nothing() -> None:
    usual = tuple(range(80, 80 + CASES - 1))

    assert not any(one.contrary for one in apart(panel(usual[::-1], usual, usual)))


def test_somebody_who_gives_everybody_the_same_has_no_order_to_compare() -> None:
    found = {one.expert: one for one in apart(panel((80,) * 6, (80, 81, 82, 83, 84, 85), (80, 81, 82, 83, 84, 85)))}

    assert found[1].correlation is None
    assert not found[1].contrary


def test_a_weak_agreement_is_contrary_below_the_bound_without_rounding() -> None:
    usual = (1, 2, 3, 4, 5)

    found = {one.expert: one for one in apart(panel((3, 1, 5, 4, 2), usual, usual))}

    assert found[1].correlation is not None
    assert abs(found[1].correlation - 0.1) < 1e-9
    assert found[1].contrary


def test_a_case_that_only_one_other_scored_is_no_measure() -> None:
    assert apart({1: {1: Fraction(80)}, 2: {1: Fraction(10)}}) == []


def test_decisions_that_follow_within_seconds_are_told_the_quickest_first() -> None:
    acts = [
        Act(1, NOON, 1),
        Act(1, NOON + timedelta(seconds=9), 2),
        Act(1, NOON + timedelta(seconds=12), 3),
        Act(1, NOON + timedelta(minutes=5), 4),
        Act(2, NOON + timedelta(seconds=1), 5),
    ]

    assert [(one.act.about, one.after.total_seconds(), one.together) for one in quick(acts)] == [(3, 3, 1), (2, 9, 1)]


def test_ten_seconds_are_time_enough() -> None:
    assert quick([Act(1, NOON, 1), Act(1, NOON + timedelta(seconds=10), 2)]) == []


def test_several_decided_in_one_act_are_told_once() -> None:
    acts = [*(Act(1, NOON, n) for n in range(1, 4)), Act(1, NOON + timedelta(seconds=2), 9)]

    assert [(one.act.about, one.together) for one in quick(acts)] == [(1, 3), (9, 1)]
