import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from campaigns import selectors, services, timetable
from campaigns.models import CalendarDay, CalendarYear, Campaign, RuleSet, RulesVersion, Stage, UnitQuota
from campaigns.rules import loader
from campaigns.rules.loader import RuleSetError
from campaigns.states import CampaignState, StageState
from review.models import Panel
from tests.campaigns.rules.sample import WIDE
from tests.factories import CLOSES, NOON, CampaignFactory, MemberFactory, RuleSetFactory, UnitFactory, office_of
from tests.kept import kept
from unions import audit, tenancy
from unions.models import AuditEntry, Member, Union, Unit
from unions.permits import Refused
from unions.services import system_member
from unions.states import Role

MakeMember = Callable[..., Member]
LINAN = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
DAY = timedelta(days=1)


@kept
def office(union: Union) -> Member:
    return office_of(union)


@kept
def draft(union: Union) -> Campaign:
    return CampaignFactory(union=union, published=False)


@kept
def campaign(union: Union) -> Campaign:
    return CampaignFactory(union=union)


# --- rule sets -------------------------------------------------------------------------------------------------------


def test_a_rule_set_is_kept_with_its_source_and_digest(union: Union, office: Member) -> None:
    ruleset = services.load_ruleset(union, LINAN, name="linan-2018", actor=office, at=NOON)

    assert (ruleset.code, ruleset.source, ruleset.loaded_at) == ("linan-2018", LINAN, NOON)
    assert ruleset.sha256 == loader.sha256(loader.load_builtin("linan-2018"))
    assert str(ruleset) == "第二届“天目工匠”"
    assert AuditEntry.objects.get(action="ruleset.loaded").after["sha256"] == ruleset.sha256


def test_the_same_text_loaded_again_is_the_same_rule_set(union: Union, office: Member) -> None:
    first = services.load_ruleset(union, LINAN, name="linan-2018", actor=office, at=NOON)
    again = services.load_ruleset(union, LINAN, name="linan-2018", actor=office, at=NOON + DAY)

    assert first == again
    assert AuditEntry.objects.filter(action="ruleset.loaded").count() == 1


def test_a_changed_text_is_a_further_edition_that_knows_its_origin(union: Union, office: Member) -> None:
    first = services.load_ruleset(union, LINAN, name="linan-2018", actor=office, at=NOON)
    text = LINAN.replace("places = 10", "places = 12", 1)

    copy = services.load_ruleset(union, text, name="linan-2018", actor=office, at=NOON, origin=first)

    assert copy.origin == first
    assert RuleSet.objects.for_union(union).count() == 2
    assert list(first.copies.all()) == [copy]


def test_a_text_that_cannot_be_used_is_refused_with_line_and_reason(union: Union, office: Member) -> None:
    with pytest.raises(RuleSetError) as error:
        services.load_ruleset(union, LINAN.replace("places = 10", "place = 10", 1), name="x", actor=office, at=NOON)

    assert any("place" in str(problem) and problem.line for problem in error.value.problems)
    assert not RuleSet.objects.exists()


@pytest.mark.parametrize("role", [Role.OFFICE, Role.ADMIN])
def test_office_and_administrator_load_rule_sets(union: Union, member: MakeMember, role: Role) -> None:
    assert services.load_ruleset(union, LINAN, name="linan-2018", actor=member(role), at=NOON).pk


def test_the_command_loads_as_the_system(union: Union) -> None:
    assert services.load_ruleset(union, LINAN, name="linan-2018", actor=system_member(union), at=NOON).pk


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.LEADER, Role.SUPERVISOR])
def test_nobody_else_loads_rule_sets(union: Union, member: MakeMember, role: Role) -> None:
    with pytest.raises(Refused, match="只有认定办公室和工会管理员"):
        services.load_ruleset(union, LINAN, name="linan-2018", actor=member(role), at=NOON)


# --- drafting --------------------------------------------------------------------------------------------------------


def test_a_draft_has_its_rules_its_window_and_its_stages(union: Union, office: Member) -> None:
    ruleset = RuleSetFactory(union=union)

    draft = services.draft_campaign(union, ruleset, slug="tianmu-2", title="", actor=office, at=NOON)

    assert (draft.state, draft.title, str(draft)) == (CampaignState.DRAFT, "第二届“天目工匠”", "第二届“天目工匠”")
    assert draft.opens_at == datetime(2018, 12, 3, tzinfo=timetable.ZONE)
    assert draft.closes_at == datetime(2019, 1, 15, 23, 59, 59, tzinfo=timetable.ZONE)
    assert (draft.reference_date, draft.finish_by) == (date(2019, 1, 15), date(2019, 3, 31))
    assert [(stage.position, stage.key, stage.kind, stage.state) for stage in draft.stages.all()] == [
        (1, "qualification", "qualification", StageState.WAITING),
        (2, "review", "expert_review", StageState.WAITING),
        (3, "notice", "public_notice", StageState.WAITING),
        (4, "approval", "final_approval", StageState.WAITING),
    ]
    assert str(draft.stages.first()) == "资格审核"
    assert draft.rules == loader.load_builtin("linan-2018")


def test_a_timetable_is_moved_as_a_whole_and_moved_dates_are_the_offices_own(draft: Campaign) -> None:
    rules = draft.rules
    moved = CLOSES - date(2019, 1, 15)

    assert rules.dates.applications.to == CLOSES
    assert rules.dates.applications.is_setting("to")
    assert rules.dates.applications.clause == "七（三）"
    assert draft.reference_date == CLOSES
    assert draft.finish_by == date(2019, 3, 31) + moved
    assert rules.stages[0].window is not None
    assert rules.stages[0].window.from_ == date(2019, 1, 16) + moved
    assert rules.basis.issued == date(2018, 12, 3)


@pytest.mark.parametrize("slug", ["", "Tianmu", "天目", "a b", "-a", "x" * 61])
def test_an_address_that_does_not_fit_is_refused(union: Union, office: Member, slug: str) -> None:
    ruleset = RuleSetFactory(union=union)

    with pytest.raises(Refused, match="地址标识只能用"):
        services.draft_campaign(union, ruleset, slug=slug, title="x", actor=office, at=NOON)


def test_an_address_is_used_once(union: Union, office: Member, draft: Campaign) -> None:
    for slug in (draft.slug, "calendar"):
        with pytest.raises(Refused, match="已被使用"):
            services.draft_campaign(union, draft.ruleset, slug=slug, title="x", actor=office, at=NOON)


def test_a_rule_set_of_another_union_is_refused(union: Union, other_union: Union) -> None:
    with tenancy.scope(other_union.pk):
        foreign, stranger = RuleSetFactory(union=other_union), office_of(other_union)
        with pytest.raises(Refused, match="其他工会"):
            services.draft_campaign(union, foreign, slug="x", title="x", actor=stranger, at=NOON)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.OFFICE, Role.SYSTEM, Role.PUBLIC}])
def test_only_the_office_sets_campaigns_up(union: Union, member: MakeMember, draft: Campaign, role: Role) -> None:
    actor = member(role)
    verbs: list[Callable[[], Any]] = [
        lambda: services.draft_campaign(union, draft.ruleset, slug="y", title="y", actor=actor, at=NOON),
        lambda: services.set_dates(draft, values={}, actor=actor, at=NOON),
        lambda: services.change_settings(draft, rules_data=draft.rules_data, actor=actor, at=NOON),
        lambda: services.publish_campaign(draft, actor=actor, at=NOON),
        lambda: services.amend_campaign(draft, rules_data=draft.rules_data, reason="x", actor=actor, at=NOON),
        lambda: services.finish_campaign(draft, actor=actor, at=NOON),
        lambda: services.cancel_campaign(draft, reason="x", actor=actor, at=NOON),
    ]

    for verb in verbs:
        with pytest.raises(Refused, match="只有认定办公室"):
            verb()


# --- dates and settings ----------------------------------------------------------------------------------------------


def test_setting_dates_moves_window_stages_and_reference_day(draft: Campaign, office: Member) -> None:
    values = {"applications.to": CLOSES + DAY, "stages.review.from": date(2026, 4, 20), "finish_by": date(2026, 8, 1)}

    changed = services.set_dates(draft, values=values, actor=office, at=NOON)

    assert changed.closes_at == timetable.end_of(CLOSES + DAY)
    assert (changed.reference_date, changed.finish_by) == (CLOSES + DAY, date(2026, 8, 1))
    assert Stage.objects.get(campaign=draft, key="review").planned_from == date(2026, 4, 20)
    entry = AuditEntry.objects.get(action="campaign.dates_set")
    assert "申报截止：由“2026年3月20日”改为“2026年3月21日”" in entry.after["changes"]


def test_setting_the_same_dates_records_nothing(draft: Campaign, office: Member) -> None:
    services.set_dates(draft, values={"applications.to": CLOSES}, actor=office, at=NOON)

    assert not AuditEntry.objects.filter(action="campaign.dates_set").exists()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"applications.to": date(2026, 1, 1)}, "开始日期"),
        ({"applications.from": None}, "请填写申报的开始日期和截止日期"),
        ({"birthday": CLOSES}, "没有名为'birthday'的日期"),
        ({"stages.nowhere.to": CLOSES}, "没有名为'stages.nowhere.to'的日期"),
    ],
)
def test_dates_that_make_no_sense_are_refused(
    draft: Campaign, office: Member, values: dict[str, date | None], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        services.set_dates(draft, values=values, actor=office, at=NOON)

    draft.refresh_from_db()
    assert draft.closes_at == timetable.end_of(CLOSES)


def _edited(campaign: Campaign, *path: str | int, value: Any) -> dict[str, Any]:
    data: dict[str, Any] = loader.to_frozen(campaign.rules)
    table: Any = data
    for part in path[:-1]:
        table = table[part]
    table[path[-1]] = value
    return data


def test_the_office_changes_its_own_settings(draft: Campaign, office: Member) -> None:
    data = _edited(draft, "stages", 1, "panel", "size", value=9)

    services.change_settings(draft, rules_data=data, actor=office, at=NOON)

    draft.refresh_from_db()
    assert draft.rules.stages[1].panel.size == 9
    assert AuditEntry.objects.get(action="campaign.settings_changed").after["changes"] == [
        "环节 › “专家评审” › 评审组 › 评审组人数：由“7”改为“9”"
    ]


def test_what_a_clause_says_is_not_changed_in_a_draft(draft: Campaign, office: Member) -> None:
    with pytest.raises(Refused, match=r"通知的规定，不能在此修改：名额 › 名额.*复制规则集"):
        services.change_settings(draft, rules_data=_edited(draft, "quota", "places", value=99), actor=office, at=NOON)


def test_settings_that_make_no_rule_set_are_refused(draft: Campaign, office: Member) -> None:
    data = _edited(draft, "stages", 1, "criteria", 0, "weight", value=31)

    with pytest.raises(Refused, match="100"):
        services.change_settings(draft, rules_data=data, actor=office, at=NOON)


@pytest.mark.parametrize("verb", ["set_dates", "change_settings"])
def test_a_published_campaign_is_not_edited(campaign: Campaign, office: Member, verb: str) -> None:
    more = {"values": {}} if verb == "set_dates" else {"rules_data": campaign.rules_data}

    with pytest.raises(Refused, match="规则已冻结"):
        getattr(services, verb)(campaign, actor=office, at=NOON, **more)


# --- publishing ------------------------------------------------------------------------------------------------------


def test_publishing_freezes_the_rules_with_their_digest(campaign: Campaign, union: Union) -> None:
    assert (campaign.state, campaign.published_at) == (CampaignState.PUBLISHED, NOON)
    assert campaign.rules_sha256 == loader.sha256(campaign.rules)
    version = RulesVersion.objects.get(campaign=campaign)
    assert (version.number, version.sha256, version.reason, version.changes) == (0, campaign.rules_sha256, "", [])
    assert version.rules_data == campaign.rules_data
    assert AuditEntry.objects.get(action="campaign.published").after["rules_sha256"] == campaign.rules_sha256
    assert audit.verify(union).verified


def test_a_campaign_on_the_notices_own_dates_keeps_the_rule_sets_digest(union: Union, office: Member) -> None:
    UnitFactory(union=union, kind="town_union")
    then = datetime(2018, 12, 3, 9, tzinfo=timetable.ZONE)
    draft = services.draft_campaign(union, RuleSetFactory(union=union), slug="a", title="", actor=office, at=then)

    assert services.publish_campaign(draft, actor=office, at=then).rules_sha256 == draft.ruleset.sha256


def test_quotas_are_written_down_per_unit_and_the_named_one_goes_first(union: Union) -> None:
    named, ordinary = (UnitFactory(union=union, kind="county", name=name) for name in ("东湖区总工会", "西山县总工会"))
    unbound = UnitFactory(union=union, kind="elsewhere")

    campaign = CampaignFactory(union=union, text=WIDE)

    def said(unit: Unit) -> tuple[Any, ...] | None:
        quota = selectors.quota_of(campaign, unit)
        return (quota.at_least, quota.at_most, quota.strength, quota.clause) if quota else None

    assert said(named) == (None, 2, "must", "五1")
    assert said(ordinary) == (1, 5, "should", "五1")
    assert said(unbound) is None


def test_amended_quotas_bind_the_units_anew(union: Union) -> None:
    unit = UnitFactory(union=union, kind="county", name="西山县总工会")
    UnitFactory(union=union, kind="county", name="东湖区总工会")
    campaign = CampaignFactory(union=union, text=WIDE)
    data = _edited(campaign, "unit_quotas", 0, "at_most", value=6)

    services.amend_campaign(campaign, rules_data=data, reason="增加名额", actor=office_of(union), at=NOON)

    quota = selectors.quota_of(campaign, unit)
    assert quota is not None
    assert quota.at_most == 6


def test_what_blocks_is_named_and_nothing_is_published(union: Union, office: Member) -> None:
    draft = services.draft_campaign(union, RuleSetFactory(union=union), slug="a", title="", actor=office, at=NOON)

    with pytest.raises(Refused, match=r"还不能发布：申报截止日2019年1月15日已经过去"):
        services.publish_campaign(draft, actor=office, at=NOON)

    draft.refresh_from_db()
    assert (draft.state, draft.rules_sha256) == (CampaignState.DRAFT, "")
    assert not RulesVersion.objects.exists()


@pytest.mark.parametrize("state", [state for state in CampaignState if state != CampaignState.DRAFT])
def test_only_a_draft_is_published(campaign: Campaign, office: Member, state: CampaignState) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(state=state)

    with pytest.raises(Refused, match="不能再次发布"):
        services.publish_campaign(campaign, actor=office, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_publish_at_once_publish_once(union: Union, draft: Campaign) -> None:
    officers = [MemberFactory(union=union, role=Role.OFFICE) for _ in range(2)]
    ready, refusals = threading.Barrier(2), []

    def publish(officer: Member) -> None:
        try:
            with tenancy.scope(union.pk):
                ready.wait(20)
                services.publish_campaign(draft, actor=officer, at=NOON)
        except Refused as refusal:
            refusals.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=[officer]) for officer in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert refusals == ["活动进行中，不能再次发布"]
    assert RulesVersion.objects.filter(campaign=draft).count() == 1
    assert AuditEntry.objects.filter(action="campaign.published").count() == 1


# --- amending --------------------------------------------------------------------------------------------------------


def test_an_amendment_is_numbered_reasoned_and_its_differences_are_kept(campaign: Campaign, office: Member) -> None:
    was = campaign.rules_sha256
    data = _edited(campaign, "quota", "places", value=12)

    amended = services.amend_campaign(campaign, rules_data=data, reason="领导小组决定增加名额", actor=office, at=NOON)

    assert amended.rules.quota.places == 12
    assert amended.rules_sha256 == loader.sha256(amended.rules) != was
    version = selectors.versions_of(campaign)[0]
    assert (version.number, version.reason, version.sha256) == (1, "领导小组决定增加名额", amended.rules_sha256)
    assert version.changes == [{"label": "名额 › 名额", "before": "10", "after": "12"}]
    assert AuditEntry.objects.get(action="campaign.amended").before == {"rules_sha256": was}


def test_an_amendment_moves_dates_and_stages(campaign: Campaign, office: Member) -> None:
    data = timetable.with_dates(
        campaign.rules_data, {"applications.to": CLOSES + DAY, "stages.review.to": date(2026, 5, 8)}
    )

    amended = services.amend_campaign(campaign, rules_data=data, reason="延期", actor=office, at=NOON)

    assert amended.closes_at == timetable.end_of(CLOSES + DAY)
    assert Stage.objects.get(campaign=campaign, key="review").planned_to == date(2026, 5, 8)


def test_an_amendment_adds_and_removes_stages_that_have_not_begun(campaign: Campaign, office: Member) -> None:
    data = loader.to_frozen(campaign.rules)
    data["stages"].insert(
        1,
        {"id": "visit", "kind": "site_visit", "label": "实地考察", "by": "office", "setting": True},
    )
    amended = services.amend_campaign(campaign, rules_data=data, reason="增加考察", actor=office, at=NOON)
    assert [stage.key for stage in amended.stages.all()] == ["qualification", "visit", "review", "notice", "approval"]

    del data["stages"][1]
    amended = services.amend_campaign(campaign, rules_data=data, reason="取消考察", actor=office, at=NOON)
    assert [stage.key for stage in amended.stages.all()] == ["qualification", "review", "notice", "approval"]
    assert list(selectors.versions_of(campaign).values_list("number", flat=True)) == [2, 1, 0]


@pytest.mark.parametrize(
    ("path", "value", "reason", "why"),
    [
        (("quota", "places"), 12, " ", "请写明修订的理由"),
        (("quota", "places"), 10, "理由", "没有任何改动"),
        (("quota", "places"), 0, "理由", "不能小于 1"),
        (("code",), "other-1", "理由", "不能换用另一个规则集"),
    ],
)
def test_an_amendment_that_is_none_is_refused(
    campaign: Campaign, office: Member, path: tuple[str, ...], value: Any, reason: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        services.amend_campaign(
            campaign, rules_data=_edited(campaign, *path, value=value), reason=reason, actor=office, at=NOON
        )

    assert RulesVersion.objects.count() == 1


def test_a_draft_is_not_amended(draft: Campaign, office: Member) -> None:
    with pytest.raises(Refused, match="筹备中的活动请直接修改"):
        services.amend_campaign(draft, rules_data=draft.rules_data, reason="x", actor=office, at=NOON)


def _begin(campaign: Campaign, key: str, state: StageState) -> None:
    Stage.objects.filter(campaign=campaign, key=key).update(state=state)


@pytest.mark.parametrize("state", [StageState.OPEN, StageState.CLOSED])
def test_a_stage_that_has_begun_keeps_its_rules(campaign: Campaign, office: Member, state: StageState) -> None:
    _begin(campaign, "qualification", state)
    data = _edited(campaign, "stages", 0, "outcome", value="入围者")

    with pytest.raises(Refused, match=r"“资格审核”.*规则不能再改"):
        services.amend_campaign(campaign, rules_data=data, reason="x", actor=office, at=NOON)


def test_an_open_stage_may_be_extended_and_a_closed_one_not(campaign: Campaign, office: Member) -> None:
    data = timetable.with_dates(campaign.rules_data, {"stages.qualification.to": date(2026, 4, 10)})
    _begin(campaign, "qualification", StageState.OPEN)

    services.amend_campaign(campaign, rules_data=data, reason="材料多", actor=office, at=NOON)

    campaign.refresh_from_db()
    _begin(campaign, "qualification", StageState.CLOSED)
    data = timetable.with_dates(campaign.rules_data, {"stages.qualification.to": date(2026, 4, 12)})
    with pytest.raises(Refused, match="规则不能再改"):
        services.amend_campaign(campaign, rules_data=data, reason="x", actor=office, at=NOON)


def test_a_stage_that_has_begun_is_not_removed_nor_overtaken(campaign: Campaign, office: Member) -> None:
    _begin(campaign, "qualification", StageState.OPEN)
    without = loader.to_frozen(campaign.rules)
    del without["stages"][0]
    del without["papers"][0]["pages"][1]["rows"][2][1]["after"]
    overtaken = loader.to_frozen(campaign.rules)
    overtaken["stages"].insert(
        0, {"id": "visit", "kind": "site_visit", "label": "考察", "by": "office", "setting": True}
    )

    with pytest.raises(Refused, match="“资格审核”进行中，不能删去"):
        services.amend_campaign(campaign, rules_data=without, reason="x", actor=office, at=NOON)
    with pytest.raises(Refused, match="不能在已经开始的环节之前"):
        services.amend_campaign(campaign, rules_data=overtaken, reason="x", actor=office, at=NOON)


def test_a_stage_on_which_something_hangs_is_not_removed(campaign: Campaign, office: Member, union: Union) -> None:
    stage = Stage.objects.get(campaign=campaign, key="review")
    Panel.objects.create(union=union, stage=stage, created_at=NOON)
    data = loader.to_frozen(campaign.rules)
    del data["stages"][1]

    with pytest.raises(Refused, match="已有办理记录"):
        services.amend_campaign(campaign, rules_data=data, reason="x", actor=office, at=NOON)


def test_conditions_stay_once_nobody_can_answer_new_ones(campaign: Campaign, office: Member) -> None:
    data = _edited(campaign, "criteria", 4, "value", value=55)

    with pytest.raises(Refused, match="申报已截止，条件不能再改"):
        services.amend_campaign(campaign, rules_data=data, reason="x", actor=office, at=campaign.closes_at + DAY)

    assert services.amend_campaign(campaign, rules_data=data, reason="x", actor=office, at=NOON) == campaign


# --- the end ---------------------------------------------------------------------------------------------------------


def test_a_campaign_finishes_when_every_stage_is_closed(campaign: Campaign, office: Member) -> None:
    with pytest.raises(Refused, match="还有环节没有结束：资格审核、专家评审、社会公示、领导小组审定"):
        services.finish_campaign(campaign, actor=office, at=NOON)

    Stage.objects.filter(campaign=campaign).update(state=StageState.CLOSED)
    finished = services.finish_campaign(campaign, actor=office, at=NOON)

    assert (finished.state, finished.finished_at) == (CampaignState.FINISHED, NOON)
    with pytest.raises(Refused, match="只有进行中的活动可以结束"):
        services.finish_campaign(campaign, actor=office, at=NOON)


@pytest.mark.parametrize("published", [True, False])
def test_a_campaign_is_given_up_with_a_reason(union: Union, office: Member, published: bool) -> None:
    campaign = CampaignFactory(union=union, published=published)
    with pytest.raises(Refused, match="请写明终止的理由"):
        services.cancel_campaign(campaign, reason="", actor=office, at=NOON)

    cancelled = services.cancel_campaign(campaign, reason="上级决定停办", actor=office, at=NOON)

    assert cancelled.state == CampaignState.CANCELLED
    assert AuditEntry.objects.get(action="campaign.cancelled").reason == "上级决定停办"
    with pytest.raises(Refused, match="已终止，不能终止"):
        services.cancel_campaign(campaign, reason="x", actor=office, at=NOON)


# --- the calendar ----------------------------------------------------------------------------------------------------

DAYS_2027 = {date(2027, 1, 1): False, date(2027, 10, 1): False}
"""1 May 2027 is a Saturday, so the fixed holiday needs no entry."""


def test_a_confirmed_year_lets_a_notice_run_into_it(union: Union, office: Member) -> None:
    assert not selectors.calendar_of(union).knows(2027)

    services.confirm_calendar_year(union, 2027, DAYS_2027, actor=office, at=NOON)

    calendar = selectors.calendar_of(union)
    assert calendar.knows(2027)
    assert calendar.overrides == DAYS_2027
    entry = AuditEntry.objects.get(action="calendar.year_confirmed")
    assert entry.after == {"year": 2027, "days": {"2027-01-01": False, "2027-10-01": False}}


def test_a_year_is_confirmed_again_with_more_days(union: Union, office: Member) -> None:
    services.confirm_calendar_year(union, 2027, DAYS_2027, actor=office, at=NOON)
    services.confirm_calendar_year(union, 2027, {date(2027, 2, 8): False}, actor=office, at=NOON + DAY)

    assert CalendarYear.objects.get(year=2027).confirmed_at == NOON
    assert CalendarDay.objects.count() == 3


def test_a_year_nobody_filled_in_is_not_confirmed(union: Union, office: Member) -> None:
    with pytest.raises(Refused, match="还没有录入2027年的元旦、国庆节"):
        services.confirm_calendar_year(union, 2027, actor=office, at=NOON)

    assert not CalendarYear.objects.exists()


def test_a_day_of_another_year_does_not_slip_in(union: Union, office: Member) -> None:
    with pytest.raises(Refused, match="2028-01-01不在2027年"):
        services.confirm_calendar_year(union, 2027, {date(2028, 1, 1): False}, actor=office, at=NOON)


def test_single_days_are_set_changed_and_removed(union: Union, office: Member) -> None:
    services.set_calendar_days(union, {date(2026, 3, 9): (False, "停电")}, actor=office, at=NOON)
    [row] = services.set_calendar_days(union, {date(2026, 3, 9): (True, "")}, actor=office, at=NOON)
    assert selectors.calendar_of(union).overrides == {date(2026, 3, 9): True}

    services.remove_calendar_day(row, actor=office, at=NOON)

    assert not CalendarDay.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="calendar.day").count() == 3


def test_no_days_are_no_entry(union: Union, office: Member) -> None:
    assert services.set_calendar_days(union, {}, actor=office, at=NOON) == []
    assert not AuditEntry.objects.filter(action="calendar.days_set").exists()


def test_a_confirmed_year_keeps_its_fixed_holidays(union: Union, office: Member) -> None:
    services.confirm_calendar_year(union, 2027, DAYS_2027, actor=office, at=NOON)

    with pytest.raises(Refused, match="2027年已经确认，法定节日不能移除"):
        services.remove_calendar_day(CalendarDay.objects.get(day=date(2027, 1, 1)), actor=office, at=NOON)


def test_only_office_and_administrator_change_the_calendar(union: Union, member: MakeMember) -> None:
    leader = member(Role.LEADER)

    for verb in (
        lambda: services.set_calendar_days(union, {date(2026, 3, 9): (False, "")}, actor=leader, at=NOON),
        lambda: services.confirm_calendar_year(union, 2027, DAYS_2027, actor=leader, at=NOON),
    ):
        with pytest.raises(Refused, match="工作日历"):
            verb()


def test_an_office_member_of_another_union_changes_nothing(union: Union, other_union: Union, draft: Campaign) -> None:
    with tenancy.scope(other_union.pk):
        stranger = MemberFactory(union=other_union, role=Role.OFFICE)

    with pytest.raises(Refused, match="只有认定办公室"):
        services.publish_campaign(draft, actor=stranger, at=NOON)
    with pytest.raises(Refused, match="工作日历"):
        services.set_calendar_days(union, {date(2026, 3, 9): (False, "")}, actor=stranger, at=NOON)


def test_units_without_a_quota_have_none(campaign: Campaign, union: Union) -> None:
    unit = UnitFactory(union=union)

    assert selectors.quota_of(campaign, unit) is None
    assert not UnitQuota.objects.filter(campaign=campaign).exists()
