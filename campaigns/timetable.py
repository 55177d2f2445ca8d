"""The dates of a campaign inside its rules: shifting all, filling the open ones, changing some.

Pure functions over frozen rules. A date that the office chose is marked as the office's own in the very table that holds it
(`settings`), so that no page ever shows it as a clause of the notice.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from campaigns import workingdays
from campaigns.rules import loader
from campaigns.rules.schema import PublicNoticeStage, PublicVoteStage, RuleSet, Stage

ZONE: Final = ZoneInfo("Asia/Shanghai")
Frozen = dict[str, Any]

APPLICATION_DAYS: Final = 30
STAGE_DAYS: Final[Mapping[str, int]] = {
    "nomination": 14,
    "qualification": 15,
    "site_visit": 10,
    "expert_review": 14,
    "committee": 3,
    "final_approval": 5,
}
"""How long a stage is planned for where the rules leave it open: the office's defaults, changed on the dates page."""
VOTE_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Slot:
    """One date that can be set: its key (`applications.to`, `stages.review.from` …) and what people call it."""

    key: str
    label: str
    on: date | None
    source: str
    """The clause, or that it is the office's own."""


OWN: Final = "本办公室自定"


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def end_of(day: date) -> datetime:
    """The last second of a day: a deadline on a day includes the day (以前 with 本数)."""
    return datetime.combine(day, time(23, 59, 59), ZONE)


def _tables(data: Frozen) -> Iterator[tuple[str, Frozen]]:
    """Every table that holds dates of the timetable, with the key it is known by."""
    dates = data["dates"]
    for name in ("applications", "launch", "award", "reference_day", "finish_by"):
        if name in dates:
            yield name, dates[name]
    for stage in data["stages"]:
        if "window" in stage:
            yield f"stages.{stage['id']}", stage["window"]


def _put(table: Frozen, key: str, day: date | None) -> None:
    """Write one date; where that changes what the table says, the key becomes the office's own."""
    said = day.isoformat() if day else None
    if table.get(key) == said:
        return
    if said is None:
        del table[key]
    else:
        table[key] = said
    if not table.get("setting") and key not in table.get("settings", []):
        table["settings"] = [*table.get("settings", []), key]


def shifted(data: Frozen, days: int) -> Frozen:
    """The same rules with the whole timetable moved; the notice's own date of issue stays what it is."""
    moved = copy.deepcopy(data)
    if days == 0:
        return moved
    step = timedelta(days=days)
    for _, table in _tables(moved):
        for key in ("from", "to", "on"):
            if key in table:
                _put(table, key, date.fromisoformat(table[key]) + step)
    if moved["dates"].get("reference") == "issued":
        issued = date.fromisoformat(moved["basis"]["issued"])
        moved["dates"]["reference"] = "own"
        moved["dates"]["reference_day"] = {"on": (issued + step).isoformat(), "setting": True}
    return moved


def completed(data: Frozen, *, today: date, calendar: workingdays.Calendar) -> Frozen:
    """The same rules with every open date of applications and stages planned, one stage after the other."""
    full = copy.deepcopy(data)
    applications = full["dates"]["applications"]
    first, last = _day(applications, "from"), _day(applications, "to")
    if last is None:
        first = first or today
        last = first + timedelta(days=APPLICATION_DAYS - 1)
    first = first or last - timedelta(days=APPLICATION_DAYS - 1)
    _put(applications, "from", first)
    _put(applications, "to", last)
    rules = loader.from_frozen(full)
    limit = rules.dates.finish_by.on if rules.dates.finish_by else date.max
    before = last
    for stage, table in zip(rules.stages, full["stages"], strict=True):
        window = table.setdefault("window", {"setting": True})
        follows = first if stage.kind == "nomination" else before + timedelta(days=1)
        start = _day(window, "from") or min(follows, limit)
        end = _day(window, "to") or (last if stage.kind == "nomination" else planned_end(stage, start, calendar))
        _put(window, "from", start)
        if isinstance(stage, PublicNoticeStage) and _is_own(window, "to"):
            # moved onto a long holiday, a notice needs more days than the office planned
            end = max(end, notice_end(stage, start, calendar) or end)
        if "to" not in window:
            end = min(end, limit)
        _put(window, "to", max(start, end))
        before = max(before, end)
    return full


def _is_own(table: Frozen, key: str) -> bool:
    return bool(table.get("setting")) or key in table.get("settings", [])


def _day(table: Frozen, key: str) -> date | None:
    return date.fromisoformat(table[key]) if key in table else None


def planned_end(stage: Stage, start: date, calendar: workingdays.Calendar) -> date:
    """When a stage that starts on a day is planned to end."""
    if isinstance(stage, PublicNoticeStage):
        return notice_end(stage, start, calendar) or start + timedelta(days=2 * stage.length.days)
    days = stage.length.days if isinstance(stage, PublicVoteStage) and stage.length else STAGE_DAYS.get(stage.kind)
    return start + timedelta(days=(days or VOTE_DAYS) - 1)


def notice_end(stage: PublicNoticeStage, start: date, calendar: workingdays.Calendar) -> date | None:
    """The last day of a public notice published on a day; None where it runs into a year nobody knows yet."""
    try:
        return workingdays.period_end(
            start, days=stage.length.days, unit=stage.length.unit, calendar=calendar, day_one=stage.day_one
        )
    except workingdays.UnknownYear:
        return None


def with_dates(data: Frozen, values: Mapping[str, date | None]) -> Frozen:
    """The same rules with some dates changed; raises `KeyError` for a key that is no date of the timetable."""
    changed = copy.deepcopy(data)
    for key, day in values.items():
        name, _, end = key.rpartition(".")
        if key in {"finish_by", "reference_day"}:
            table, end = changed["dates"].setdefault(key, {"setting": True}), "on"
        elif name == "applications" and end in {"from", "to"}:
            table = changed["dates"]["applications"]
        elif name.startswith("stages.") and end in {"from", "to"}:
            stage = next((one for one in changed["stages"] if one["id"] == name.removeprefix("stages.")), None)
            if stage is None:
                raise KeyError(key)
            table = stage.setdefault("window", {"setting": True})
        else:
            raise KeyError(key)
        _put(table, end, day)
    for key in ("finish_by", "reference_day"):
        if "on" not in changed["dates"].get(key, {"on": None}):
            del changed["dates"][key]
    return changed


def slots(rules: RuleSet) -> list[Slot]:
    """Every date an officer sets, in the order of the campaign."""
    dates = rules.dates
    found = [
        Slot("applications.from", "申报开始", dates.applications.from_, _source(dates.applications, "from")),
        Slot("applications.to", "申报截止", dates.applications.to, _source(dates.applications, "to")),
    ]
    if dates.reference == "own":
        day = dates.reference_day
        found.append(Slot("reference_day", "年龄和年限计算到", day.on if day else None, _source(day, "on")))
    for stage in rules.stages:
        window = stage.window
        found += [
            Slot(
                f"stages.{stage.id}.from",
                f"{stage.label}开始",
                window.from_ if window else None,
                _source(window, "from"),
            ),
            Slot(f"stages.{stage.id}.to", f"{stage.label}结束", window.to if window else None, _source(window, "to")),
        ]
    finish = dates.finish_by
    found.append(Slot("finish_by", "全部完成期限", finish.on if finish else None, _source(finish, "on")))
    return found


def _source(table: Any, key: str) -> str:
    return OWN if table is None or table.is_setting(key) else str(table.clause)
