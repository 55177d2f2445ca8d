"""What stands against publishing, and how a campaign shows where it is."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from campaigns import policies, selectors, services, timetable
from campaigns.models import Campaign, Stage
from campaigns.rules import loader
from campaigns.states import CAMPAIGN_TRANSITIONS, STAGE_TRANSITIONS, CampaignState, StageState
from tests.campaigns.rules.sample import WIDE
from tests.factories import NOON, CampaignFactory, MemberFactory, UnitFactory, office_of
from tests.kept import kept
from unions.models import Member, Union, Unit
from unions.states import Role

MakeMember = Callable[..., Member]


@kept
def draft(union: Union) -> Campaign:
    return CampaignFactory(union=union, published=False)


def _problems(campaign: Campaign, data: dict[str, Any] | None = None) -> list[selectors.Problem]:
    """What is found when the rules are these; unchecked by any service."""
    if data is not None:
        campaign.rules_data = data
    return selectors.check_campaign(campaign, at=NOON)


def _texts(problems: list[selectors.Problem], *, blocking: bool = True) -> str:
    return "\n".join(str(problem) for problem in problems if problem.blocking is blocking)


def _moved(campaign: Campaign, **days: str | None) -> dict[str, Any]:
    """Keys with __ for the dots."""
    values = {key.replace("__", "."): date.fromisoformat(day) if day else None for key, day in days.items()}
    return timetable.with_dates(campaign.rules_data, values)


def test_a_draft_on_sensible_dates_has_nothing_against_it(draft: Campaign) -> None:
    assert _texts(_problems(draft)) == ""


def test_broken_rules_are_named_and_nothing_else_is_asked(draft: Campaign) -> None:
    problems = _problems(draft, {**draft.rules_data, "quota": {**draft.rules_data["quota"], "places": 0}})

    assert {problem.step for problem in problems} == {"rules"}
    assert "不能小于 1" in _texts(problems)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"applications__from": None}, "申报时间没有填全"),
        ({"stages__review__to": None}, "“专家评审”没有填写起止日期"),
        ({"stages__qualification__from": "2026-03-20"}, "“资格审核”在申报截止（2026年3月20日）之前就开始"),
        ({"stages__notice__from": "2026-04-01"}, "“社会公示”早于前一环节“专家评审”开始"),
        ({"stages__notice__to": "2026-05-11"}, "公示5个工作日，要到2026年"),
    ],
)
def test_dates_that_do_not_fit_are_named(draft: Campaign, days: dict[str, str | None], words: str) -> None:
    problems = _problems(draft, _moved(draft, **days))

    assert words in _texts(problems)
    assert {problem.step for problem in problems if problem.blocking} == {"dates"}


def test_a_stage_past_the_day_by_which_all_must_be_done_is_named(draft: Campaign) -> None:
    problems = _texts(_problems(draft, _moved(draft, finish_by="2026-05-20")))

    assert "环节 › 第4项（approval） › 时间 › 止（对象）：“领导小组审定”晚于规定的完成日期 2026-05-20" in problems


def test_overlapping_stages_are_only_mentioned(draft: Campaign) -> None:
    problems = _problems(draft, _moved(draft, stages__qualification__to="2026-04-20"))

    assert _texts(problems) == ""
    assert "“专家评审”与前一环节“资格审核”的日期重叠" in _texts(problems, blocking=False)


def test_a_closed_window_is_named(draft: Campaign) -> None:
    problems = selectors.check_campaign(draft, at=draft.closes_at + timedelta(days=1))

    assert "申报截止日2026年3月20日已经过去" in _texts(problems)


def test_a_notice_into_an_unknown_year_waits_for_the_calendar(union: Union) -> None:
    draft = CampaignFactory(union=union, published=False, closes=date(2026, 11, 10))
    [problem] = [problem for problem in _problems(draft) if problem.step == "calendar"]
    assert "公示期会进入2027年" in problem.text

    days = {date(2027, 1, 1): False, date(2027, 10, 1): False}
    services.confirm_calendar_year(union, 2027, days, actor=office_of(union), at=NOON)

    assert _texts(_problems(draft)) == ""


def test_missing_units_are_named(union: Union) -> None:
    draft = CampaignFactory(union=union, published=False, text=WIDE)
    assert "示例" not in _texts(_problems(draft))
    Unit.objects.for_union(union).update(active=False)

    problems = _texts(_problems(draft))

    assert "推荐名额涉及“县市区总工会”，但还没有这类推荐单位" in problems
    assert "推荐名额（五1）点名的单位不存在：东湖区总工会" in problems


def test_a_channel_nobody_files_through_blocks_only_where_units_file(union: Union, draft: Campaign) -> None:
    Unit.objects.for_union(union).update(active=False)
    problems = _problems(draft)

    assert "渠道“工会组织推荐”要经“镇街总工会”、“青山湖科技城总工会”、“产业（局）工会”申报" in _texts(problems)
    assert "渠道“社团推荐”" in _texts(problems, blocking=False)


def test_a_rule_set_without_a_form_to_print_is_named(draft: Campaign) -> None:
    data = {**draft.rules_data, "papers": [paper for paper in draft.rules_data["papers"] if paper["kind"] == "list"]}
    for material in data["materials"]:
        material.pop("paper", None)

    assert "没有可打印的申报表" in _texts(_problems(draft, data))


def test_who_is_still_missing_is_said_but_holds_nothing_back(union: Union, draft: Campaign) -> None:
    said = _texts(_problems(draft), blocking=False)
    assert "“专家评审”需要9位评审专家（含候补），现有0位" in said
    assert "还没有领导小组成员的账号" in said

    for role in (*[Role.EXPERT] * 9, Role.LEADER):
        MemberFactory(union=union, role=role)

    assert _texts(_problems(draft), blocking=False) == ""


def test_the_rail_shows_applications_and_every_stage_in_order(union: Union) -> None:
    campaign = CampaignFactory(union=union)

    def states(at: Any) -> list[str]:
        campaign.refresh_from_db()
        return [stage.state for stage in selectors.rail(campaign, at=at)]

    assert [stage.label for stage in selectors.rail(campaign, at=NOON)] == [
        "申报",
        "资格审核",
        "专家评审",
        "社会公示",
        "领导小组审定",
    ]
    assert selectors.rail(campaign, at=NOON)[0].dates == "2026年2月5日至3月20日"
    assert states(NOON) == ["current", "next", "next", "next", "next"]
    assert states(campaign.opens_at - timedelta(days=1))[0] == "next"
    Stage.objects.filter(campaign=campaign, key="qualification").update(state=StageState.CLOSED)
    Stage.objects.filter(campaign=campaign, key="review").update(state=StageState.OPEN)
    assert states(campaign.closes_at + timedelta(days=1)) == ["done", "done", "current", "next", "next"]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (None, None, ""),
        (date(2026, 1, 5), None, "2026年1月5日"),
        (None, date(2026, 1, 5), "2026年1月5日"),
        (date(2026, 1, 5), date(2026, 1, 5), "2026年1月5日"),
        (date(2026, 1, 5), date(2026, 2, 5), "2026年1月5日至2月5日"),
        (date(2026, 12, 5), date(2027, 2, 5), "2026年12月5日至2027年2月5日"),
    ],
)
def test_a_stretch_of_days_in_words(first: date | None, last: date | None, words: str) -> None:
    assert selectors.span(first, last) == words


def test_a_stage_knows_its_rule(union: Union) -> None:
    stage = Stage.objects.get(campaign=CampaignFactory(union=union), key="review")

    assert selectors.stage_rule(stage).kind == "expert_review"
    assert stage in Stage.objects.for_union(union)


def test_applications_are_taken_inside_the_window_of_a_published_campaign_only(union: Union, draft: Campaign) -> None:
    assert "筹备中" in policies.can_apply(draft, at=NOON).reason
    campaign = services.publish_campaign(draft, actor=office_of(union), at=NOON)

    assert policies.can_apply(campaign, at=NOON)
    assert policies.can_apply(campaign, at=campaign.closes_at)
    assert campaign.is_open(campaign.closes_at)
    assert policies.can_apply(campaign, at=campaign.opens_at)
    second = timedelta(seconds=1)
    assert policies.can_apply(campaign, at=campaign.closes_at + second).reason == "申报已经截止"
    assert policies.can_apply(campaign, at=campaign.opens_at - second).reason == "申报尚未开始"
    assert not campaign.is_open(campaign.closes_at + second)


@pytest.mark.parametrize("state", CampaignState)
def test_every_state_of_a_campaign_has_its_transitions(state: CampaignState) -> None:
    assert CAMPAIGN_TRANSITIONS[state] <= frozenset(CampaignState)


@pytest.mark.parametrize("state", StageState)
def test_every_state_of_a_stage_has_its_transitions(state: StageState) -> None:
    assert STAGE_TRANSITIONS[state] <= frozenset(StageState)


def test_drafts_are_visible_to_those_who_set_campaigns_up(union: Union, draft: Campaign, member: MakeMember) -> None:
    seen = {
        role: Campaign.objects.visible_to(member(role)).exists() for role in (Role.OFFICE, Role.LEADER, Role.EXPERT)
    }

    assert seen == {Role.OFFICE: True, Role.LEADER: True, Role.EXPERT: False}
    assert not Campaign.objects.for_union(union).public().exists()


def test_rules_are_parsed_once_per_text_and_compiled_beside(union: Union, draft: Campaign) -> None:
    assert draft.rules is draft.rules
    assert draft.evaluator is Campaign.objects.get(pk=draft.pk).evaluator
    assert loader.sha256(draft.rules) == loader.sha256(loader.from_frozen(draft.rules_data))


def test_a_quota_by_kind_passes_units_that_rest(union: Union) -> None:
    resting = UnitFactory(union=union, kind="county", name="西山县总工会")
    Unit.objects.filter(pk=resting.pk).update(active=False)

    assert selectors.resolve_quotas(loader.load(WIDE, name="wide"), union) == {}
