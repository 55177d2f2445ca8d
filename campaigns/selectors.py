"""Reads that need several models: a stage's rules, the union's calendar, what stands against publishing. Never writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.db.models import QuerySet

from campaigns import timetable
from campaigns.models import CalendarDay, CalendarYear, Campaign, RulesVersion, Stage, UnitQuota
from campaigns.rules import loader, schema, wording
from campaigns.rules.labels import KEY_LABELS
from campaigns.states import CampaignState, StageState
from campaigns.workingdays import Calendar, UnknownYear, period_end
from unions.models import Member, Union, Unit
from unions.states import Role

Step = Literal["rules", "dates", "settings", "units", "calendar", "people"]


def stage_rule(stage: Stage) -> schema.Stage:
    """What the campaign's rules say about a stage."""
    return stage.campaign.rules.stage(stage.key)


def calendar_of(union: Union) -> Calendar:
    """The union's working days: its own table over the published one."""
    return Calendar(
        overrides=dict(CalendarDay.objects.filter(union=union).values_list("day", "working")),
        confirmed_years=frozenset(CalendarYear.objects.filter(union=union).values_list("year", flat=True)),
    )


def versions_of(campaign: Campaign) -> QuerySet[RulesVersion]:
    """The rules as published and every amendment, the newest first."""
    return RulesVersion.objects.filter(campaign=campaign).order_by("-number")


def quota_of(campaign: Campaign, unit: Unit) -> UnitQuota | None:
    """How many a unit may put forward, where the rules say so."""
    return UnitQuota.objects.filter(campaign=campaign, unit=unit).first()


def resolve_quotas(rules: schema.RuleSet, union: Union) -> dict[Unit, schema.UnitQuota]:
    """Which quota binds which unit; one that names the unit goes before one for its kind."""
    found: dict[Unit, schema.UnitQuota] = {}
    for unit in Unit.objects.for_union(union).filter(active=True):
        named = [quota for quota in rules.unit_quotas if unit.name in quota.units.named]
        of_kind = [quota for quota in rules.unit_quotas if unit.kind in quota.units.kinds]
        if named or of_kind:
            found[unit] = (named or of_kind)[0]
    return found


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage as the rail shows it."""

    label: str
    state: Literal["done", "current", "next"]
    dates: str
    word: str = ""
    url: str = ""


def span(first: date | None, last: date | None) -> str:
    """A stretch of days in words, without repeating the year: 2019年1月16日至1月31日."""
    if first is None or last is None:
        day = first or last
        return wording.chinese_date(day) if day else ""
    if first == last:
        return wording.chinese_date(first)
    end = wording.chinese_date(last)
    return f"{wording.chinese_date(first)}至{end.removeprefix(f'{first.year}年')}"


def rail(campaign: Campaign, *, at: datetime) -> list[StageView]:
    """Applications and then every stage of the campaign in its own order, and where it is."""
    published = campaign.state in {CampaignState.PUBLISHED, CampaignState.FINISHED}
    over = published and at > campaign.closes_at
    shown: list[StageView] = []
    dates = span(_local(campaign.opens_at), _local(campaign.closes_at))
    open_now = campaign.is_open(at)
    shown.append(StageView("申报", "done" if over else "current" if open_now else "next", dates))
    states: Mapping[str, Literal["done", "current", "next"]] = {
        StageState.CLOSED: "done",
        StageState.OPEN: "current",
        StageState.WAITING: "next",
    }
    rules = campaign.rules
    for stage in campaign.stages.all():
        public = rules.stage(stage.key).public_label
        shown.append(StageView(public or stage.label, states[stage.state], span(stage.planned_from, stage.planned_to)))
    return shown


def _local(moment: datetime) -> date:
    return moment.astimezone(timetable.ZONE).date()


def spoken(problem: loader.Problem) -> str:
    """A mistake in a rule set without a line in Chinese words only: 环节 › 第2项（review） › 时间：…"""
    place = " › ".join(KEY_LABELS.get(part, part) for part in problem.key.split(" › ")) if problem.key else ""
    return f"{place}：{problem.message}" if place else problem.message


# --- what stands against publishing ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found when a campaign is checked; what blocks must be put right before it can be published."""

    text: str
    step: Step
    blocking: bool = True

    def __str__(self) -> str:
        return self.text


def check_campaign(campaign: Campaign, *, at: datetime) -> list[Problem]:
    """Everything that stands against publishing a draft now, and what the office should know; blocking ones first."""
    found = [Problem(spoken(problem), "rules") for problem in loader.check_frozen(campaign.rules_data)]
    if found:
        return found
    rules = campaign.rules
    calendar = calendar_of(campaign.union)
    units = list(Unit.objects.for_union(campaign.union).filter(active=True))
    found += _check_dates(rules, at=at)
    found += _check_notices(rules, calendar)
    found += _check_units(rules, units)
    found += _check_papers(rules)
    found += _check_people(rules, campaign.union)
    return sorted(found, key=lambda problem: not problem.blocking)


def _check_dates(rules: schema.RuleSet, *, at: datetime) -> Iterator[Problem]:
    applications = rules.dates.applications
    if applications.from_ is None or applications.to is None:
        yield Problem("申报时间没有填全，请填写开始日期和截止日期", "dates")
        return
    if timetable.end_of(applications.to) <= at:
        yield Problem(f"申报截止日{wording.chinese_date(applications.to)}已经过去，请重新设定日期", "dates")
    last_label, last_start, last_end = "申报", applications.from_, applications.to
    for stage in rules.stages:
        window = stage.window
        if window is None or window.from_ is None or window.to is None:
            yield Problem(f"“{stage.label}”没有填写起止日期", "dates")
            continue
        if stage.kind != "nomination":
            if window.from_ <= applications.to:
                day = wording.chinese_date(applications.to)
                yield Problem(f"“{stage.label}”在申报截止（{day}）之前就开始，请推后", "dates")
            elif window.from_ < last_start:
                yield Problem(f"“{stage.label}”早于前一环节“{last_label}”开始，与规则的次序不符", "dates")
            elif window.from_ <= last_end:
                yield Problem(f"“{stage.label}”与前一环节“{last_label}”的日期重叠", "dates", blocking=False)
        last_label, last_start, last_end = stage.label, window.from_, window.to


def _check_notices(rules: schema.RuleSet, calendar: Calendar) -> Iterator[Problem]:
    """A notice must not run into a year whose holidays nobody has confirmed, nor past its own window."""
    unknown: set[int] = set()
    for stage in rules.stages:
        if not isinstance(stage, schema.PublicNoticeStage) or stage.window is None or stage.window.from_ is None:
            continue
        try:
            end = period_end(
                stage.window.from_,
                days=stage.length.days,
                unit=stage.length.unit,
                calendar=calendar,
                day_one=stage.day_one,
            )
        except UnknownYear as error:
            unknown.add(error.year)
            continue
        if stage.window.to is not None and end > stage.window.to:
            length, day = wording.duration(stage.length), wording.chinese_date(end)
            yield Problem(
                f"“{stage.label}”从{wording.chinese_date(stage.window.from_)}起公示{length}，要到{day}届满，"
                f"晚于计划结束日{wording.chinese_date(stage.window.to)}",
                "dates",
            )
    for year in sorted(unknown):
        yield Problem(f"公示期会进入{year}年，但该年的节假日和调休尚未确认，请先在工作日历中确认", "calendar")


def _check_units(rules: schema.RuleSet, units: list[Unit]) -> Iterator[Problem]:
    kinds, names = {unit.kind for unit in units}, {unit.name for unit in units}
    labels = {kind.id: kind.label for kind in rules.unit_kinds}
    for quota in rules.unit_quotas:
        missing = [name for name in quota.units.named if name not in names]
        if missing:
            yield Problem(
                f"推荐名额（{quota.clause or '本办公室自定'}）点名的单位不存在：{'、'.join(missing)}", "units"
            )
        for kind in quota.units.kinds:
            if kind not in kinds:
                yield Problem(f"推荐名额涉及“{labels.get(kind, kind)}”，但还没有这类推荐单位，请先导入", "units")
    for channel in rules.channels:
        wanted = "、".join(f"“{labels.get(kind, kind)}”" for kind in channel.files_through)
        if channel.files_through and not kinds.intersection(channel.files_through):
            yield Problem(
                f"渠道“{channel.label}”要经{wanted}申报，但还没有这类推荐单位，请先导入",
                "units",
                blocking=channel.kind == "unit",
            )


def _check_papers(rules: schema.RuleSet) -> Iterator[Problem]:
    """That each field is printed is the loader's to check; here, that there is something to print at all."""
    if not any(isinstance(paper, schema.FormPaper) for paper in rules.papers):
        yield Problem("规则集没有可打印的申报表（papers），申报人无法打印盖章", "rules")


def _check_people(rules: schema.RuleSet, union: Union) -> Iterator[Problem]:
    """Who will be needed later: said now, but no reason to hold back the campaign."""
    roles = list(Member.objects.for_union(union).active().values_list("role", flat=True))
    for stage in rules.stages:
        if isinstance(stage, schema.ExpertReviewStage):
            wanted = (stage.panel.size or 1) + stage.panel.reserves
            have = roles.count(Role.EXPERT)
            if have < wanted:
                text = f"“{stage.label}”需要{wanted}位评审专家（含候补），现有{have}位，请在环节开始前邀请"
                yield Problem(text, "people", blocking=False)
    bodies = {body for stage in rules.stages for body in (stage.by, stage.confirmed_by)}
    if "leading_group" in bodies and Role.LEADER not in roles:
        yield Problem("还没有领导小组成员的账号，请在需要其确认的环节之前邀请", "people", blocking=False)
