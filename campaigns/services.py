"""Every write about rule sets, campaigns and the calendar."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import ProtectedError

from campaigns import office_settings, policies, presentation, selectors, timetable
from campaigns.models import (
    CalendarDay,
    CalendarYear,
    Campaign,
    RuleSet,
    RulesVersion,
    Stage,
    UnitQuota,
    WorkingCopy,
)
from campaigns.rules import loader, schema
from campaigns.states import CampaignState, StageState
from unions import audit
from unions.models import Member, Union
from unions.permits import Refused

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LENGTH: Final = 60
RESERVED_SLUGS: Final = frozenset(
    {
        *("campaigns", "rulesets", "calendar"),
        *("awards", "c", "check", "inbox", "prints", "results", "review", "unit"),
    }
)
"""Parts of addresses below `setup/`, and those that `<campaign>/check/` would be taken for."""
FIXED_HOLIDAYS: Final = ((1, 1, "元旦"), (5, 1, "劳动节"), (10, 1, "国庆节"))
"""Days off by 全国年节及纪念日放假办法 in every year: a table that lacks them was not filled in."""


# --- rule sets -------------------------------------------------------------------------------------------------------


@transaction.atomic
def load_ruleset(
    union: Union, text: str, *, name: str, actor: Member, at: datetime, origin: RuleSet | None = None
) -> RuleSet:
    """Keep a rule set for a union. The same text loaded again is the same rule set; a changed one is a further edition.

    Raises `RuleSetError`, which names line, key and reason, for a text that cannot be used.
    """
    policies.can_load_ruleset(actor, union).require()
    rules = loader.load(text, name=name)
    ruleset, created = _keep(union, rules, text, origin=origin, at=at)
    if created:
        after = {"code": rules.code, "sha256": ruleset.sha256, "origin": origin.pk if origin else None}
        audit.record("ruleset.loaded", ruleset, actor=actor, at=at, after=after)
    return ruleset


def _keep(
    union: Union, rules: schema.RuleSet, text: str, *, origin: RuleSet | None, at: datetime
) -> tuple[RuleSet, bool]:
    return RuleSet.objects.get_or_create(
        union=union,
        code=rules.code,
        sha256=loader.sha256(rules),
        defaults={"title": rules.name, "source": text, "origin": origin, "loaded_at": at},
    )


# --- a working copy of a rule set ------------------------------------------------------------------------------------


@transaction.atomic
def copy_ruleset(ruleset: RuleSet, *, actor: Member, at: datetime) -> WorkingCopy:
    """Begin to change a rule set on a copy; the original stays as it is."""
    policies.can_load_ruleset(actor, ruleset.union).require()
    working = WorkingCopy.objects.create(
        union=ruleset.union,
        origin=ruleset,
        title=ruleset.title,
        text=ruleset.source,
        created_by=actor,
        created_at=at,
        changed_by=actor,
        changed_at=at,
    )
    audit.record("ruleset.copied", working, actor=actor, at=at, after={"origin": ruleset.pk, "sha256": ruleset.sha256})
    return working


def _locked_copy(working: WorkingCopy, revision: int) -> WorkingCopy:
    """The copy as it is now; refused where somebody saved since `revision` was read."""
    working = WorkingCopy.objects.select_for_update(of=("self",)).select_related("union", "origin").get(pk=working.pk)
    if working.revision != revision:
        raise Refused(
            "这份修改稿在您打开之后又被保存过（可能在另一个窗口），请核对下面的差别；再次保存，以您填写的为准"
        )
    return working


@transaction.atomic
def edit_copy(working: WorkingCopy, *, text: str, revision: int, actor: Member, at: datetime) -> WorkingCopy:
    """Save a working copy. Tables that are not well formed are refused (`RuleSetError`); what does not yet hold together
    may wait until the copy is settled.
    """
    working = _locked_copy(working, revision)
    policies.can_edit_copy(actor, working).require()
    rules, problems = loader.study(text)
    if rules is None:
        raise loader.RuleSetError(working.title, problems)
    before, _ = loader.study(working.text)
    if text == working.text or before is None:
        return working
    changes = loader.diff(before, rules)
    working.text, working.title = text, rules.name[:TITLE_LENGTH]
    working.revision, working.changed_by, working.changed_at = revision + 1, actor, at
    working.save(update_fields=["text", "title", "revision", "changed_by", "changed_at"])
    after = {"revision": working.revision, "changes": [str(change) for change in changes]}
    audit.record("ruleset.edited", working, actor=actor, at=at, after=after)
    return working


TITLE_LENGTH: Final = 120


@transaction.atomic
def settle_copy(working: WorkingCopy, *, revision: int, actor: Member, at: datetime) -> RuleSet:
    """Make a working copy an edition of its own, that knows its origin and never changes again (→ 定稿).

    Raises `RuleSetError` while anything in it does not hold together.
    """
    working = _locked_copy(working, revision)
    policies.can_edit_copy(actor, working).require()
    rules = loader.load(working.text, name=working.title)
    if loader.sha256(rules) == working.origin.sha256:
        raise Refused("修改稿与原规则集没有差别，不必定稿")
    edition, _ = _keep(working.union, rules, working.text, origin=working.origin, at=at)
    working.edition = edition
    working.save(update_fields=["edition"])
    after = {"ruleset": edition.pk, "code": edition.code, "sha256": edition.sha256, "origin": working.origin_id}
    audit.record("ruleset.settled", working, actor=actor, at=at, after=after)
    return edition


@transaction.atomic
def discard_copy(working: WorkingCopy, *, actor: Member, at: datetime) -> None:
    """Give a working copy up; the rule set it was copied from stays."""
    working = WorkingCopy.objects.select_for_update(of=("self",)).select_related("union").get(pk=working.pk)
    policies.can_edit_copy(actor, working).require()
    audit.record("ruleset.discarded", working, actor=actor, at=at, before={"origin": working.origin_id})
    working.delete()


# --- a draft ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_campaign(
    union: Union, ruleset: RuleSet, *, slug: str, title: str, actor: Member, at: datetime, shift_days: int = 0
) -> Campaign:
    """Begin a campaign from a rule set, its timetable moved by `shift_days` and every open date planned."""
    policies.can_draft_campaign(actor, ruleset).require()
    if ruleset.union_id != union.pk:
        raise Refused("这个规则集属于其他工会")
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_LENGTH:
        raise Refused("地址标识只能用小写英文字母、数字和连字符，例如 tianmu-2026")
    if slug in RESERVED_SLUGS or Campaign.objects.filter(union=union, slug=slug).exists():
        raise Refused(f"地址标识“{slug}”已被使用，请另选")
    frozen = loader.to_frozen(loader.load(ruleset.source, name=ruleset.code))
    data = timetable.completed(
        timetable.shifted(frozen, shift_days),
        today=at.astimezone(timetable.ZONE).date(),
        calendar=selectors.calendar_of(union),
    )
    campaign = Campaign(
        union=union, slug=slug, title=title.strip() or ruleset.title, ruleset=ruleset, created_by=actor, created_at=at
    )
    _take_rules(campaign, _valid(data))
    campaign.save(force_insert=True)
    _sync_stages(campaign)
    after = {"slug": slug, "ruleset": ruleset.pk, "ruleset_sha256": ruleset.sha256, "shift_days": shift_days}
    audit.record("campaign.drafted", campaign, actor=actor, at=at, after=after)
    return campaign


def _valid(data: Mapping[str, Any]) -> schema.RuleSet:
    """The rules in plain data, or a refusal that lists what is wrong with them."""
    problems = loader.check_frozen(data)
    if problems:
        raise Refused("；".join(selectors.spoken(problem) for problem in problems))
    return loader.from_frozen(data)


def _take_rules(campaign: Campaign, rules: schema.RuleSet) -> None:
    """Put rules into a campaign: their canonical form, and the dates that queries need beside it."""
    applications = rules.dates.applications
    if applications.from_ is None or applications.to is None:
        raise Refused("请填写申报的开始日期和截止日期")
    campaign.rules_data = loader.to_frozen(rules)
    campaign.opens_at = timetable.start_of(applications.from_)
    campaign.closes_at = timetable.end_of(applications.to)
    campaign.reference_date = rules.reference
    campaign.finish_by = rules.dates.finish_by.on if rules.dates.finish_by else None


RULES_FIELDS: Final = ["rules_data", "opens_at", "closes_at", "reference_date", "finish_by"]


def _sync_stages(campaign: Campaign) -> None:
    """Make the stage rows say what the rules say; rows keep their identity by key. Begun stages are judged before."""
    rules = campaign.rules
    rows = {stage.key: stage for stage in Stage.objects.select_for_update().filter(campaign=campaign)}
    wanted = {stage.id for stage in rules.stages}
    try:
        Stage.objects.filter(campaign=campaign).exclude(key__in=wanted).delete()
    except ProtectedError:
        raise Refused("要删去的环节已有办理记录，不能删去") from None
    # positions are unique: first out of the way, then into place
    kept = [row for key, row in rows.items() if key in wanted]
    for row in kept:
        row.position += 1000
        row.save(update_fields=["position"])
    for position, rule in enumerate(rules.stages, start=1):
        window = rule.window
        stage = rows.get(rule.id) or Stage(union=campaign.union, campaign=campaign, key=rule.id)
        stage.position, stage.kind, stage.label = position, rule.kind, rule.label
        stage.planned_from, stage.planned_to = (window.from_, window.to) if window else (None, None)
        stage.save()


def _locked(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_for_update(of=("self",)).select_related("union").get(pk=campaign.pk)


@transaction.atomic
def set_dates(campaign: Campaign, *, values: Mapping[str, date | None], actor: Member, at: datetime) -> Campaign:
    """Change dates of a draft. `values` maps keys of `timetable.slots` to days; a changed day is the office's own."""
    campaign = _locked(campaign)
    policies.can_set_dates(actor, campaign).require()
    try:
        data = timetable.with_dates(campaign.rules_data, values)
    except KeyError as error:
        raise Refused(f"没有名为{error}的日期") from None
    return _rewrite(campaign, data, "campaign.dates_set", actor=actor, at=at)


@transaction.atomic
def change_settings(campaign: Campaign, *, rules_data: Mapping[str, Any], actor: Member, at: datetime) -> Campaign:
    """Change what the office itself decides in a draft; what a clause of the notice says stays as the notice says it."""
    campaign = _locked(campaign)
    policies.can_change_settings(actor, campaign).require()
    fixed = office_settings.forbidden_changes(campaign.rules_data, dict(rules_data))
    if fixed:
        raise Refused(
            f"这些是通知的规定，不能在此修改：{'；'.join(fixed)}。确需改动，请复制规则集后修改，再据此筹备活动"
        )
    return _rewrite(campaign, rules_data, "campaign.settings_changed", actor=actor, at=at)


def _rewrite(campaign: Campaign, data: Mapping[str, Any], action: str, *, actor: Member, at: datetime) -> Campaign:
    before = campaign.rules
    _take_rules(campaign, _valid(data))
    changes = presentation.changes(before, campaign.rules)
    if changes:
        campaign.save(update_fields=RULES_FIELDS)
        _sync_stages(campaign)
        audit.record(action, campaign, actor=actor, at=at, after={"changes": [str(change) for change in changes]})
    return campaign


# --- publishing and after --------------------------------------------------------------------------------------------


@transaction.atomic
def publish_campaign(campaign: Campaign, *, actor: Member, at: datetime) -> Campaign:
    """Freeze the rules with their SHA-256 and open the campaign to the public (→ 进行中).

    Two officers who publish at once publish once: the second finds the campaign published and is told so.
    """
    campaign = _locked(campaign)
    policies.can_publish_campaign(actor, campaign).require()
    blocking = [problem for problem in selectors.check_campaign(campaign, at=at) if problem.blocking]
    if blocking:
        raise Refused("还不能发布：" + "；".join(problem.text for problem in blocking))
    _freeze(campaign)
    campaign.state, campaign.published_at = CampaignState.PUBLISHED, at
    campaign.save(update_fields=["rules_data", "rules_sha256", "state", "published_at"])
    version = _add_version(campaign, number=0, reason="", changes=[], actor=actor, at=at)
    _resolve_quotas(campaign)
    audit.record(
        "campaign.published",
        campaign,
        actor=actor,
        at=at,
        before={"state": CampaignState.DRAFT},
        after={"state": campaign.state, "rules_sha256": campaign.rules_sha256},
        rows=[version],
    )
    return campaign


def _freeze(campaign: Campaign) -> None:
    rules = campaign.rules
    campaign.rules_data, campaign.rules_sha256 = loader.to_frozen(rules), loader.sha256(rules)


def _add_version(
    campaign: Campaign, *, number: int, reason: str, changes: list[loader.Change], actor: Member, at: datetime
) -> RulesVersion:
    return RulesVersion.objects.create(
        union=campaign.union,
        campaign=campaign,
        number=number,
        reason=reason,
        changes=[{"label": c.label, "before": c.before, "after": c.after} for c in changes],
        rules_data=campaign.rules_data,
        sha256=campaign.rules_sha256,
        at=at,
        by=actor,
    )


def _resolve_quotas(campaign: Campaign) -> None:
    """Write down which quota binds which unit now, so that a renamed or added unit does not change a running campaign."""
    UnitQuota.objects.filter(campaign=campaign).delete()
    UnitQuota.objects.bulk_create(
        UnitQuota(
            union=campaign.union,
            campaign=campaign,
            unit=unit,
            at_most=quota.at_most,
            at_least=quota.at_least,
            strength=quota.strength,
            clause=quota.clause or "",
        )
        for unit, quota in selectors.resolve_quotas(campaign.rules, campaign.union).items()
    )


@transaction.atomic
def amend_campaign(
    campaign: Campaign, *, rules_data: Mapping[str, Any], reason: str, actor: Member, at: datetime
) -> Campaign:
    """Change frozen rules by a numbered amendment (修订), whose reason and differences are public.

    What has happened already is not rewritten: a closed stage keeps its rules, an open one all but its dates, and
    conditions, form and materials stay once applications have closed, because nobody could answer the new ones.
    """
    campaign = _locked(campaign)
    policies.can_amend_campaign(actor, campaign).require()
    if not reason.strip():
        raise Refused("请写明修订的理由，理由会向社会公开")
    before = campaign.rules
    rules = _valid(rules_data)
    changes = presentation.changes(before, rules)
    if not changes:
        raise Refused("规则没有任何改动，无需修订")
    stages = list(Stage.objects.select_for_update().filter(campaign=campaign))
    _judge_amendment(campaign, before, rules, stages, at=at)
    was = campaign.rules_sha256
    _take_rules(campaign, rules)
    _freeze(campaign)
    campaign.save(update_fields=[*RULES_FIELDS, "rules_sha256"])
    _sync_stages(campaign)
    if before.unit_quotas != rules.unit_quotas:
        _resolve_quotas(campaign)
    last = selectors.versions_of(campaign).values_list("number", flat=True)[0]
    version = _add_version(campaign, number=last + 1, reason=reason, changes=changes, actor=actor, at=at)
    audit.record(
        "campaign.amended",
        campaign,
        actor=actor,
        at=at,
        before={"rules_sha256": was},
        after={
            "rules_sha256": campaign.rules_sha256,
            "number": version.number,
            "changes": [str(change) for change in changes],
        },
        reason=reason,
        rows=[version],
    )
    return campaign


ANSWERED: Final = (("criteria", "条件"), ("groups", "条件"), ("form", "申报表"), ("materials", "材料"))


def _judge_amendment(
    campaign: Campaign, before: schema.RuleSet, after: schema.RuleSet, stages: list[Stage], *, at: datetime
) -> None:
    if before.code != after.code:
        raise Refused("修订不能换用另一个规则集")
    new = {stage.id: stage for stage in after.stages}
    begun = [stage for stage in stages if stage.state != StageState.WAITING]
    for stage in begun:
        was, now = before.stage(stage.key), new.get(stage.key)
        if now is None:
            raise Refused(f"“{stage.label}”{stage.get_state_display()}，不能删去")
        if stage.state == StageState.OPEN:
            was, now = was.model_copy(update={"window": None}), now.model_copy(update={"window": None})
        if was != now:
            raise Refused(f"“{stage.label}”{stage.get_state_display()}，规则不能再改")
    order = [stage.id for stage in after.stages][: len(begun)]
    if order != [stage.key for stage in begun]:
        raise Refused("不能在已经开始的环节之前增加或调换环节")
    if at > campaign.closes_at or begun:
        changed = {word for name, word in ANSWERED if getattr(before, name) != getattr(after, name)}
        if changed:
            raise Refused(f"申报已截止，{'、'.join(sorted(changed))}不能再改：申报人已无法据此补报")


@transaction.atomic
def finish_campaign(campaign: Campaign, *, actor: Member, at: datetime) -> Campaign:
    """Close a campaign whose every stage is closed (→ 已结束)."""
    campaign = _locked(campaign)
    policies.can_finish_campaign(actor, campaign).require()
    left = [
        stage.label
        for stage in Stage.objects.select_for_update().filter(campaign=campaign)
        if stage.state != StageState.CLOSED
    ]
    if left:
        raise Refused(f"还有环节没有结束：{'、'.join(left)}")
    campaign.state, campaign.finished_at = CampaignState.FINISHED, at
    campaign.save(update_fields=["state", "finished_at"])
    audit.record("campaign.finished", campaign, actor=actor, at=at, after={"state": campaign.state})
    return campaign


@transaction.atomic
def cancel_campaign(campaign: Campaign, *, reason: str, actor: Member, at: datetime) -> Campaign:
    """Give a campaign up, for good and with a reason; what was filed stays readable (→ 已终止)."""
    campaign = _locked(campaign)
    policies.can_cancel_campaign(actor, campaign).require()
    if not reason.strip():
        raise Refused("请写明终止的理由，理由会记入审计记录")
    before = campaign.state
    campaign.state, campaign.finished_at = CampaignState.CANCELLED, at
    campaign.save(update_fields=["state", "finished_at"])
    audit.record(
        "campaign.cancelled",
        campaign,
        actor=actor,
        at=at,
        before={"state": before},
        after={"state": campaign.state},
        reason=reason,
    )
    return campaign


# --- the calendar ----------------------------------------------------------------------------------------------------


@transaction.atomic
def set_calendar_days(
    union: Union, days: Mapping[date, tuple[bool, str]], *, actor: Member, at: datetime
) -> list[CalendarDay]:
    """Say of some days that they are worked or not (and why), whatever the published table says."""
    policies.can_change_calendar(actor, union).require()
    rows = [
        CalendarDay.objects.update_or_create(union=union, day=day, defaults={"working": working, "note": note})[0]
        for day, (working, note) in sorted(days.items())
    ]
    if rows:
        table = {row.day.isoformat(): row.working for row in rows}
        audit.record("calendar.days_set", union, actor=actor, at=at, after={"days": table})
    return rows


@transaction.atomic
def remove_calendar_day(row: CalendarDay, *, actor: Member, at: datetime) -> None:
    """Go back to the published table for one day; in a confirmed year the table must stay whole."""
    policies.can_change_calendar(actor, row.union).require()
    row = CalendarDay.objects.select_for_update().get(pk=row.pk)
    fixed = {(month, day) for month, day, _ in FIXED_HOLIDAYS}
    confirmed = CalendarYear.objects.filter(union=row.union, year=row.day.year).exists()
    if confirmed and not row.working and (row.day.month, row.day.day) in fixed:
        raise Refused(f"{row.day.year}年已经确认，法定节日不能移除")
    audit.record("calendar.day_removed", row, actor=actor, at=at, before={"day": row.day, "working": row.working})
    row.delete()


@transaction.atomic
def confirm_calendar_year(
    union: Union, year: int, days: Mapping[date, bool] | None = None, *, actor: Member, at: datetime
) -> CalendarYear:
    """Vouch for the working days of a year that the product's table does not know, so that notices may run into it.

    `days` are added to what the union's table already holds. A table without the fixed holidays was not filled in.
    """
    policies.can_change_calendar(actor, union).require()
    Union.objects.select_for_update().get(pk=union.pk)
    for day, working in (days or {}).items():
        if day.year != year:
            raise Refused(f"{day.isoformat()}不在{year}年")
        CalendarDay.objects.update_or_create(union=union, day=day, defaults={"working": working})
    off = set(CalendarDay.objects.filter(union=union, day__year=year, working=False).values_list("day", flat=True))
    missing = [
        name
        for month, day, name in FIXED_HOLIDAYS
        if date(year, month, day) not in off and _is_weekday(year, month, day)
    ]
    if missing:
        raise Refused(f"还没有录入{year}年的{'、'.join(missing)}，请按国务院办公厅的放假通知录入后再确认")
    row, _ = CalendarYear.objects.get_or_create(
        union=union, year=year, defaults={"confirmed_by": actor, "confirmed_at": at}
    )
    table = {
        day.isoformat(): working
        for day, working in CalendarDay.objects.filter(union=union, day__year=year).values_list("day", "working")
    }
    audit.record("calendar.year_confirmed", row, actor=actor, at=at, after={"year": year, "days": table})
    return row


def _is_weekday(year: int, month: int, day: int) -> bool:
    return date(year, month, day).weekday() < 5
