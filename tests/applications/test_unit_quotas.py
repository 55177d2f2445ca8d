"""Quotas of units before they are used up: what if these, and what is still missing, for the unit and for the office."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import selectors, services
from applications.models import Application
from applications.states import Endorsement, State
from campaigns.models import UnitQuota
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory, UnitFactory, sign_in
from tests.kept import kept
from unions.permits import Refused


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)


@kept
def three(campaign, town, officer):
    return [
        ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT) for _ in range(3)
    ]


def _quota(campaign, unit, *, strength="must", at_most=None, at_least=None):
    return UnitQuota.objects.create(
        union=campaign.union,
        campaign=campaign,
        unit=unit,
        at_most=at_most,
        at_least=at_least,
        strength=strength,
        clause="三",
    )


def url(name, app="applications", **kwargs):
    return reverse(f"{app}:{name}", kwargs={"union_slug": "shili", "campaign_slug": "tianmu", **kwargs})


def _together(campaign, people, officer, **more):
    return services.endorse_together(campaign, people, opinion="同意推荐", actor=officer, at=IN_TIME, **more)


# --- several at once -------------------------------------------------------------------------------------------------


def test_several_are_recommended_with_one_opinion(campaign, three, officer):
    assert _together(campaign, three, officer) == 3

    assert set(Application.objects.values_list("state", flat=True)) == {State.SUBMITTED}


def test_over_a_binding_quota_none_of_them_is(campaign, town, three, officer):
    _quota(campaign, town, at_most=2)

    with pytest.raises(Refused, match=r"名额已满，不能再推荐.*所选人选都没有推荐"):
        _together(campaign, three, officer)

    assert set(Application.objects.values_list("state", flat=True)) == {State.AWAITING_UNIT}


def test_over_a_quota_that_should_hold_a_reason_is_asked_for_all(campaign, town, three, officer):
    _quota(campaign, town, at_most=2, strength="should")

    with pytest.raises(Refused, match="须书面说明理由"):
        _together(campaign, three, officer)
    assert _together(campaign, three, officer, quota_reason="三人成果突出") == 3


def test_nobody_picked_and_people_of_another_campaign_are_refused(campaign, union, town, three, officer):
    with pytest.raises(Refused, match="请先勾选"):
        _together(campaign, [], officer)
    other = factories.CampaignFactory(union=union)
    with pytest.raises(Refused, match="不都在本次活动中"):
        _together(other, three, officer)


# --- the unit's desk -------------------------------------------------------------------------------------------------


def test_the_desk_shows_what_if_these(client, campaign, town, three, officer):
    _quota(campaign, town, at_most=2)
    sign_in(client, officer)
    picks = [one.pk for one in three]

    assert "人之后" not in client.get(url("unit_desk")).content.decode()
    page = client.get(url("unit_desk"), {"pick": picks}).content.decode()
    assert "推荐所选 3 人之后" in page
    assert "请减少 1 人" in page
    assert "依据：三" in page
    page = client.get(url("unit_desk"), {"pick": picks[:2]}).content.decode()
    assert "名额已满" in page
    part = client.get(url("unit_desk"), {"pick": picks}, headers={"HX-Request": "true"}).content.decode()
    assert "请减少 1 人" in part
    assert "<html" not in part


def test_the_desk_says_what_is_still_missing_and_for_how_long(client, campaign, town, three, officer):
    _quota(campaign, town, at_least=3, strength="should")
    services.endorse_application(three[0], decision=Endorsement.ENDORSED, opinion="同意", actor=officer, at=IN_TIME)
    sign_in(client, officer)

    page = client.get(url("unit_desk"), {"pick": three[1].pk}).content.decode()

    assert "还差 2 名" in page
    assert "原则上至少推荐 3 名，现已推荐 1 名" in page
    assert "推荐之后还差 1 名" in page
    assert "还有 10" in page


def test_the_officer_recommends_those_ticked(client, campaign, town, three, officer):
    _quota(campaign, town, at_most=2, strength="should")
    sign_in(client, officer)
    picks = [one.pk for one in three]

    page = client.get(url("endorse_together"), {"pick": picks}).content.decode()
    assert "推荐这 3 人" in page
    assert "超出名额的，须书面说明理由" in page
    page = client.post(url("endorse_together"), {"pick": picks, "opinion": "同意推荐"}).content.decode()
    assert "所选人选都没有推荐" in page
    done = client.post(url("endorse_together"), {"pick": picks, "opinion": "同意推荐", "quota_reason": "突出"})

    assert done["Location"] == url("unit_desk")
    assert Application.objects.filter(state=State.SUBMITTED).count() == 3


def test_nothing_ticked_leads_back_to_the_desk(client, campaign, town, officer):
    sign_in(client, officer)

    assert client.get(url("endorse_together"))["Location"] == url("unit_desk")


def test_people_of_another_unit_cannot_be_ticked(client, campaign, town, officer, union):
    foreign = ApplicationFactory(
        campaign=campaign, unit=UnitFactory(union=union, kind="town_union"), state=State.AWAITING_UNIT
    )
    sign_in(client, officer)

    client.post(url("endorse_together"), {"pick": foreign.pk, "opinion": "同意推荐"})

    foreign.refresh_from_db()
    assert foreign.state == State.AWAITING_UNIT


# --- the office ------------------------------------------------------------------------------------------------------


def test_the_office_sees_every_unit_with_a_quota_also_one_that_put_nobody_forward(
    client, campaign, town, three, officer, union
):
    idle = UnitFactory(union=union, kind="town_union", name="示例空镇总工会")
    _quota(campaign, town, at_most=1, strength="should")
    _quota(campaign, idle, at_least=3)
    _together(campaign, three[:2], officer, quota_reason="突出")
    sign_in(client, factories.office_of(union))

    page = client.get(url("campaign", "review")).content.decode()

    assert "示例空镇总工会" in page
    assert "还差 3 名" in page
    assert "超出 1 名" in page


@pytest.mark.parametrize("units", [1, 3])
def test_the_office_asks_twice_whatever_the_number_of_units(campaign, union, units, django_assert_num_queries):
    for _ in range(units):
        _quota(campaign, UnitFactory(union=union, kind="town_union"), at_most=2)

    with django_assert_num_queries(2):
        assert len(selectors.quota_uses(campaign)) == units


def test_after_the_deadline_nobody_is_ticked(client, campaign, town, three, officer, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME + timedelta(days=60))
    sign_in(client, officer)

    assert 'name="pick"' not in client.get(url("unit_desk")).content.decode()
