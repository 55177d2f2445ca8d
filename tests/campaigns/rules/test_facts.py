"""Facts are typed, whole years are counted as the law counts them, and the registry agrees with itself."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.facts import (
    OPS,
    REGISTRY,
    UNKNOWN,
    FactError,
    FactKind,
    Facts,
    Op,
    Result,
    TitleHeld,
    completed_years,
    fits,
    years_before,
)

births = st.dates(date(1940, 1, 1), date(2010, 12, 31))
days = st.dates(date(2011, 1, 1), date(2060, 12, 31))

GOOD: dict[str, Any] = {
    "union_member": True,
    "years_in_trade": 12,
    "annual_benefit": Decimal("12.5"),
    "birth_date": date(1980, 1, 1),
    "skill_level": "技师",
    "industry": "制造",
    "occupations": frozenset({"工人"}),
    "competition_results": (Result("省级", 1),),
    "prior_titles": (TitleHeld("劳模"),),
}
BAD: dict[str, Any] = {
    "union_member": 1,
    "years_in_trade": True,
    "annual_benefit": "12",
    "birth_date": datetime(1980, 1, 1),  # noqa: DTZ001 - any datetime is refused
    "skill_level": "大师",
    "industry": 3,
    "occupations": frozenset({3}),
    "competition_results": (Result("宇宙级", 1),),
    "prior_titles": (Result("省级", 1),),
}


@pytest.mark.parametrize("key", GOOD)
def test_a_fact_takes_a_value_of_its_type(key: str) -> None:
    assert Facts({key: GOOD[key]}).values[key] == GOOD[key]


@pytest.mark.parametrize("key", BAD)
def test_a_fact_refuses_any_other_type(key: str) -> None:
    with pytest.raises(FactError, match=REGISTRY[key].label):
        Facts({key: BAD[key]})


def test_the_examples_cover_every_kind_of_fact() -> None:
    assert {REGISTRY[key].kind for key in GOOD} == set(FactKind)


def test_every_fact_may_be_unknown() -> None:
    assert all(fits(fact, UNKNOWN) for fact in REGISTRY.values())


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(FactError, match="没有名为“shoe_size”"):
        Facts({"shoe_size": 42})


def test_what_years_are_counted_from_is_a_date_of_the_registry() -> None:
    assert {REGISTRY[fact.since].kind for fact in REGISTRY.values() if fact.since} == {FactKind.DATE}


def test_every_comparison_belongs_to_a_kind() -> None:
    assert frozenset().union(*OPS.values()) == set(Op)


def test_the_day_before_the_birthday_the_year_is_not_complete() -> None:
    assert completed_years(date(1958, 1, 16), date(2019, 1, 15)) == 60


def test_on_the_birthday_the_year_is_complete() -> None:
    assert completed_years(date(1958, 1, 15), date(2019, 1, 15)) == 61


@pytest.mark.parametrize(
    ("on", "years"),
    [
        (date(2019, 2, 27), 58),
        (date(2019, 2, 28), 59),
        (date(2019, 3, 1), 59),
        (date(2020, 2, 28), 59),
        (date(2020, 2, 29), 60),
        (date(2100, 2, 28), 140),
    ],
)
def test_whoever_was_born_on_29_february_completes_a_common_year_on_its_28th(on: date, years: int) -> None:
    assert completed_years(date(1960, 2, 29), on) == years


@given(births, days)
def test_completed_years_never_fall_as_days_pass(birth: date, on: date) -> None:
    assert completed_years(birth, on) <= completed_years(birth, on + timedelta(days=1))


@given(births, st.integers(0, 60))
def test_a_look_back_window_opens_where_its_years_are_complete(on: date, years: int) -> None:
    first = years_before(on, years)

    assert completed_years(first, on) == years
    assert completed_years(first + timedelta(days=2), on) < max(years, 1)


def test_a_window_that_would_open_on_29_february_opens_on_the_28th() -> None:
    assert years_before(date(2020, 2, 29), 3) == date(2017, 2, 28)
