"""Dates inside the rules: moved, planned, changed, and whose they are."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import timetable, workingdays
from campaigns.rules import loader
from tests.campaigns.rules.sample import LINAN, WIDE

CALENDAR = workingdays.PUBLISHED
FROZEN = loader.to_frozen(LINAN)


def _without_dates(**dates: Any) -> dict[str, Any]:
    """临安's rules with applications as given and no stage planned."""
    data = loader.to_frozen(LINAN)
    data["dates"]["applications"] = {"clause": "七（三）", **dates}
    del data["dates"]["finish_by"]
    for stage in data["stages"]:
        del stage["window"]
    return data


@given(days=st.integers(-2000, 2000))
def test_moving_there_and_back_gives_the_same_days(days: int) -> None:
    there = loader.from_frozen(timetable.shifted(FROZEN, days))
    back = loader.from_frozen(timetable.shifted(timetable.shifted(FROZEN, days), -days))

    assert [slot.on for slot in timetable.slots(back)] == [slot.on for slot in timetable.slots(LINAN)]
    assert there.reference - LINAN.reference == timedelta(days=days)


def test_not_moving_leaves_everything_as_the_notice_has_it() -> None:
    same = timetable.shifted(FROZEN, 0)

    assert same == FROZEN
    assert same is not FROZEN


def test_rules_are_never_changed_in_place() -> None:
    before = loader.to_frozen(LINAN)

    timetable.shifted(before, 10)
    timetable.completed(before, today=date(2026, 1, 1), calendar=CALENDAR)
    timetable.with_dates(before, {"finish_by": None})

    assert before == FROZEN


def test_ages_counted_on_the_day_of_issue_are_counted_on_the_moved_day() -> None:
    data = loader.to_frozen(LINAN)
    data["dates"]["reference"] = "issued"

    moved = loader.from_frozen(timetable.shifted(data, 7))

    assert moved.reference == date(2018, 12, 10)
    assert moved.basis.issued == date(2018, 12, 3)


@pytest.mark.parametrize(
    ("given_dates", "first", "last"),
    [
        ({}, date(2026, 3, 2), date(2026, 3, 31)),
        ({"from": "2026-04-01"}, date(2026, 4, 1), date(2026, 4, 30)),
        ({"to": "2026-04-30"}, date(2026, 4, 1), date(2026, 4, 30)),
        ({"from": "2026-04-10", "to": "2026-04-12"}, date(2026, 4, 10), date(2026, 4, 12)),
    ],
)
def test_an_open_window_for_applications_gets_a_month(given_dates: dict[str, str], first: date, last: date) -> None:
    full = timetable.completed(_without_dates(**given_dates), today=date(2026, 3, 2), calendar=CALENDAR)
    window = loader.from_frozen(full).dates.applications

    assert (window.from_, window.to) == (first, last)
    assert window.is_setting("from") is ("from" not in given_dates)
    assert window.is_setting("to") is ("to" not in given_dates)


def test_open_stages_follow_one_another_after_the_applications() -> None:
    full = timetable.completed(_without_dates(to="2026-03-20"), today=date(2026, 3, 2), calendar=CALENDAR)
    stages = loader.from_frozen(full).stages

    assert not loader.check_frozen(full)
    assert [(stage.window.from_, stage.window.to) for stage in stages if stage.window] == [
        (date(2026, 3, 21), date(2026, 4, 4)),
        (date(2026, 4, 5), date(2026, 4, 18)),
        (date(2026, 4, 19), date(2026, 4, 24)),  # five working days after a Sunday
        (date(2026, 4, 25), date(2026, 4, 29)),
    ]
    assert all(stage.window and stage.window.setting for stage in stages)


def test_open_stages_are_planned_before_the_day_by_which_all_must_be_done() -> None:
    data = _without_dates(to="2026-03-20")
    data["dates"]["finish_by"] = {"on": "2026-04-10", "clause": "五"}

    full = timetable.completed(data, today=date(2026, 3, 2), calendar=CALENDAR)

    assert not loader.check_frozen(full)
    last = loader.from_frozen(full).stages[-1].window
    assert last
    assert last.to == date(2026, 4, 10)


def test_every_kind_of_stage_can_be_planned() -> None:
    data = loader.to_frozen(loader.load(WIDE, name="wide"))
    for stage in data["stages"]:
        stage.pop("window", None)

    full = timetable.completed(data, today=date(2026, 3, 2), calendar=CALENDAR)

    stages = loader.from_frozen(full).stages
    assert {stage.kind for stage in stages} >= {"nomination", "public_vote", "site_visit", "committee"}
    assert all(stage.window and stage.window.from_ and stage.window.to for stage in stages)
    nomination = next(stage for stage in stages if stage.kind == "nomination")
    assert nomination.window
    assert nomination.window.to == loader.from_frozen(full).dates.applications.to


def test_a_notice_moved_onto_a_holiday_gets_the_days_it_needs() -> None:
    onto_national_day = (date(2026, 9, 30) - date(2019, 3, 4)).days
    full = timetable.completed(timetable.shifted(FROZEN, onto_national_day), today=date(2026, 1, 1), calendar=CALENDAR)
    notice = loader.from_frozen(full).stage("notice")

    assert notice.window
    assert notice.window.from_ == date(2026, 9, 30)
    assert notice.window.to == workingdays.add_working_days(date(2026, 9, 30), 5)


def test_a_notice_that_runs_into_an_unknown_year_is_planned_with_room() -> None:
    notice = LINAN.stage("notice")

    assert timetable.notice_end(notice, date(2026, 12, 28), CALENDAR) is None  # type: ignore[arg-type]
    assert timetable.planned_end(notice, date(2026, 12, 28), CALENDAR) == date(2027, 1, 7)


def test_a_date_of_ones_own_marks_the_key_and_keeps_the_clause() -> None:
    changed = loader.from_frozen(timetable.with_dates(FROZEN, {"applications.to": date(2019, 1, 20)}))

    assert changed.dates.applications.clause == "七（三）"
    assert changed.dates.applications.settings == ("from", "to")
    sources = {slot.key: slot.source for slot in timetable.slots(changed)}
    assert sources["applications.to"] == "本办公室自定"
    assert {slot.key: slot.source for slot in timetable.slots(LINAN)}["applications.to"] == "七（三）"


def test_dates_are_taken_out_and_put_in() -> None:
    values = {"finish_by": None, "stages.review.from": None}
    without = timetable.with_dates(FROZEN, values)
    assert "finish_by" not in without["dates"]
    assert "from" not in without["stages"][1]["window"]

    again = timetable.with_dates(without, {"finish_by": date(2019, 4, 1), "reference_day": None})
    assert again["dates"]["finish_by"] == {"on": "2019-04-01", "setting": True}
    assert "reference_day" not in again["dates"]


def test_a_stage_without_a_window_gets_one() -> None:
    data = _without_dates(to="2026-03-20")

    changed = timetable.with_dates(data, {"stages.review.from": date(2026, 5, 1), "stages.review.to": None})

    assert changed["stages"][1]["window"] == {"setting": True, "from": "2026-05-01"}
    bare = {slot.key: (slot.on, slot.source) for slot in timetable.slots(loader.from_frozen(data))}
    assert bare["stages.review.to"] == (None, "本办公室自定")


def test_an_own_day_of_reckoning_can_be_set() -> None:
    data = loader.to_frozen(LINAN)
    data["dates"]["reference"] = "own"
    data["dates"]["reference_day"] = {"on": "2018-12-31", "clause": "三"}
    rules = loader.from_frozen(timetable.with_dates(data, {"reference_day": date(2019, 1, 1)}))

    slot = next(slot for slot in timetable.slots(rules) if slot.key == "reference_day")
    assert (slot.on, slot.source) == (date(2019, 1, 1), "本办公室自定")
    assert rules.reference == date(2019, 1, 1)


@pytest.mark.parametrize("key", ["birthday", "applications.middle", "stages.nowhere.to", "stages.review.middle"])
def test_what_is_no_date_is_refused(key: str) -> None:
    with pytest.raises(KeyError, match=key):
        timetable.with_dates(FROZEN, {key: date(2019, 1, 1)})


def test_a_deadline_includes_its_day() -> None:
    assert timetable.end_of(date(2019, 1, 15)).isoformat() == "2019-01-15T23:59:59+08:00"
    assert timetable.start_of(date(2019, 1, 15)).isoformat() == "2019-01-15T00:00:00+08:00"
