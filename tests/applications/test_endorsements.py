"""What recommending units and the office say of an application on its way in."""

from datetime import timedelta

import pytest

from applications import selectors, services
from applications.models import Application, Recommendation, Return
from applications.states import Endorsement, State
from campaigns.models import UnitQuota
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory, UnitFactory
from tests.kept import kept
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role

LATE = IN_TIME + timedelta(days=60)


@kept
def waiting(campaign, town, officer):
    return ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)


@kept
def office(campaign):
    return factories.office_of(campaign.union)


@kept
def filed(campaign):
    return ApplicationFactory(campaign=campaign)


def _endorse(application, officer, decision=Endorsement.ENDORSED, at=IN_TIME, **more):
    more.setdefault("opinion", "技艺精湛，同意推荐")
    return services.endorse_application(application, decision=decision, actor=officer, at=at, **more)


def _return(application, actor, at=IN_TIME, **more):
    values = {"reason": "照片不清", "items": ["photo"], "deadline": at + timedelta(days=3), **more}
    return services.return_application(application, actor=actor, at=at, **values)


# --- endorsing -------------------------------------------------------------------------------------------------------


def test_an_endorsed_application_reaches_the_office_with_a_number(waiting, officer, town):
    row = _endorse(waiting, officer)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.number, waiting.submitted_at) == (State.SUBMITTED, "TM2026-0001", IN_TIME)
    assert (row.unit, row.submission_version, row.opinion) == (town, 1, "技艺精湛，同意推荐")
    entry = AuditEntry.objects.order_by("-seq").first()
    assert (entry.action, entry.before, entry.after["state"]) == (
        "application.endorsed",
        {"state": "awaiting_unit"},
        "submitted",
    )


def test_a_declined_one_goes_back_to_the_person_who_may_choose_another_way(campaign, alice, town, officer):
    application = ApplicationFactory(campaign=campaign, state=State.DRAFT, member=alice)
    services.change_channel(application, channel="union", unit=town, actor=alice, at=IN_TIME)
    services.submit_application(application, actor=alice, at=IN_TIME)

    _endorse(application, officer, Endorsement.DECLINED, opinion="本镇名额另有安排")

    application.refresh_from_db()
    assert (application.state, application.number) == (State.DRAFT, "")
    services.change_channel(application, channel="self", unit=None, actor=alice, at=IN_TIME)
    services.submit_application(application, actor=alice, at=IN_TIME)
    application.refresh_from_db()
    assert application.state == State.SUBMITTED


def test_an_opinion_is_written(waiting, officer):
    with pytest.raises(Refused, match="请填写推荐单位意见"):
        _endorse(waiting, officer, opinion="  ")


def test_another_units_officer_does_not_endorse(waiting, member):
    with pytest.raises(Refused, match="只有示例镇总工会的经办人"):
        _endorse(waiting, member(Role.UNIT_OFFICER))


def test_the_office_does_not_endorse_in_a_units_place(waiting, office):
    with pytest.raises(Refused, match="只有示例镇总工会的经办人"):
        _endorse(waiting, office)


def test_endorsing_after_the_deadline_is_refused(waiting, officer):
    with pytest.raises(Refused, match="不在申报期内"):
        _endorse(waiting, officer, at=LATE)

    waiting.refresh_from_db()
    assert waiting.state == State.AWAITING_UNIT


@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED, State.RETURNED, State.WITHDRAWN, State.LAPSED])
def test_only_what_waits_for_the_unit_is_endorsed(waiting, officer, state):
    Application.objects.filter(pk=waiting.pk).update(state=state, number="X")

    with pytest.raises(Refused, match="现在不能提出推荐意见"):
        _endorse(waiting, officer)


def test_self_nomination_is_endorsed_by_nobody(filed, officer):
    with pytest.raises(Refused, match="不经推荐单位"):
        _endorse(filed, officer)


# --- the society channel ---------------------------------------------------------------------------------------------


@kept
def society(union):
    return UnitFactory(union=union, kind="society", name="示例焊接协会")


@kept
def by_society(campaign, society):
    return ApplicationFactory(campaign=campaign, unit=society, state=State.AWAITING_UNIT)


def test_a_society_endorses_with_the_consent_of_its_authority(by_society):
    row = _endorse(by_society, by_society.filled_by, authority="示例局", authority_agreed_on=IN_TIME.date())

    assert (row.authority, row.authority_agreed_on) == ("示例局", IN_TIME.date())


def test_a_society_without_the_consent_of_its_authority_is_refused(by_society):
    with pytest.raises(Refused, match=r"须经行业主管部门审核同意（依据四（二））：请填写行业主管部门的名称和同意日期"):
        _endorse(by_society, by_society.filled_by)


def test_the_authority_cannot_have_agreed_tomorrow(by_society):
    tomorrow = IN_TIME.date() + timedelta(days=1)

    with pytest.raises(Refused, match="不能晚于今天"):
        _endorse(by_society, by_society.filled_by, authority="示例局", authority_agreed_on=tomorrow)


def test_a_society_hands_in_the_proof_of_consent_first(by_society, scan):
    officer = by_society.filled_by
    by_society.materials.filter(slot="authority_consent").update(removed_at=IN_TIME)
    with pytest.raises(Refused, match="请先上传：行业主管部门同意推荐的证明"):
        _endorse(by_society, officer, authority="示例局", authority_agreed_on=IN_TIME.date())

    services.attach_material(by_society, slot="authority_consent", file=scan, actor=officer, at=IN_TIME)

    assert _endorse(by_society, officer, authority="示例局", authority_agreed_on=IN_TIME.date())


def test_declining_wants_neither_consent_nor_papers(by_society):
    by_society.materials.filter(slot="authority_consent").update(removed_at=IN_TIME)

    assert _endorse(by_society, by_society.filled_by, Endorsement.DECLINED)


def test_an_enterprise_endorses_straight_to_the_office(campaign, union):
    works = UnitFactory(union=union, kind="enterprise", name="示例电缆有限公司")

    application = ApplicationFactory(campaign=campaign, unit=works)

    assert (application.channel, application.state) == ("enterprise", State.SUBMITTED)


# --- quotas ----------------------------------------------------------------------------------------------------------


def _quota(campaign, town, **bounds):
    bounds = {"strength": "must", "clause": "三", **bounds}
    return UnitQuota.objects.create(union=campaign.union, campaign=campaign, unit=town, **bounds)


def test_a_must_quota_is_never_exceeded(campaign, town, officer, waiting):
    _quota(campaign, town, at_most=1)
    ApplicationFactory(campaign=campaign, unit=town, member=officer)

    with pytest.raises(Refused, match="至多推荐 1 名（三），已推荐 1 名，名额已满"):
        _endorse(waiting, officer, quota_reason="特别优秀")


def test_a_should_quota_is_exceeded_only_with_a_written_reason(campaign, town, officer, waiting):
    _quota(campaign, town, at_most=1, at_least=1, strength="should", clause="")
    ApplicationFactory(campaign=campaign, unit=town, member=officer)

    with pytest.raises(Refused, match="原则上推荐 1 名（本办公室自定），已推荐 1 名，再推荐须书面说明理由"):
        _endorse(waiting, officer)
    row = _endorse(waiting, officer, quota_reason="两人系同一项目主创")

    assert row.quota_reason == "两人系同一项目主创"


def test_a_withdrawal_gives_its_place_back(campaign, town, officer, waiting):
    _quota(campaign, town, at_most=1)
    first = ApplicationFactory(campaign=campaign, unit=town, member=officer)
    services.withdraw_application(first, actor=officer, at=IN_TIME)

    assert _endorse(waiting, officer)


def test_how_much_of_a_quota_is_used(campaign, town, officer):
    assert selectors.quota_use(campaign, town).rule == "通知没有限定推荐名额"
    _quota(campaign, town, at_most=2, at_least=1)

    empty = selectors.quota_use(campaign, town)
    ApplicationFactory(campaign=campaign, unit=town, member=officer)
    one = selectors.quota_use(campaign, town)
    ApplicationFactory(campaign=campaign, unit=town, member=officer)
    full = selectors.quota_use(campaign, town)

    assert (empty.left, empty.missing, empty.state) == (2, 1, "ok")
    assert (one.left, one.missing, one.state) == (1, 0, "ok")
    assert (full.left, full.state, full.exceeded_by_one_more) == (0, "full", True)
    assert full.rule == "至少推荐 1 名，至多推荐 2 名"
    UnitQuota.objects.update(at_most=1)
    assert selectors.quota_use(campaign, town).state == "over"


def test_a_quota_with_a_floor_only_never_stops_anybody(campaign, town, officer):
    _quota(campaign, town, at_least=3, strength="should")

    use = selectors.quota_use(campaign, town)

    assert (use.left, use.missing, use.state, use.rule) == (None, 3, "ok", "原则上至少推荐 3 名")


# --- returning -------------------------------------------------------------------------------------------------------


def test_the_office_returns_with_reasons_items_and_a_deadline(filed, office):
    row = _return(filed, office, items=["photo", "deeds", "photo"])

    filed.refresh_from_db()
    assert filed.state == State.RETURNED
    assert (row.items, row.unit) == (["photo", "deeds"], None)
    assert selectors.return_items_words(row, filed) == "照片、主要事迹"
    assert AuditEntry.objects.order_by("-seq").first().reason == "照片不清"


def test_the_unit_returns_what_it_screens(waiting, officer, town):
    row = _return(waiting, officer, items=["deeds"])
    services.save_draft(waiting, answers={"deeds": "更完整的事迹"}, revision=1, actor=officer, at=IN_TIME)
    factories.confirmed(waiting)
    services.submit_application(waiting, actor=officer, at=IN_TIME)

    waiting.refresh_from_db()
    assert (waiting.state, row.unit) == (State.AWAITING_UNIT, town)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reason": " "}, "请写明退回的原因"),
        ({"items": []}, "请至少勾选一项"),
        ({"items": ["nothing"]}, "没有这些项目：nothing"),
        ({"deadline": IN_TIME}, "须晚于现在"),
    ],
)
def test_a_return_that_could_not_be_answered_is_refused(filed, office, change, words):
    with pytest.raises(Refused, match=words):
        _return(filed, office, **change)


def test_a_unit_leaves_time_to_reach_the_office(waiting, officer, campaign):
    with pytest.raises(Refused, match="不能晚于申报截止时间"):
        _return(waiting, officer, deadline=campaign.closes_at + timedelta(seconds=1))


def test_a_unit_does_not_return_after_the_deadline(waiting, officer):
    with pytest.raises(Refused, match="不在申报期内"):
        _return(waiting, officer, at=LATE)


def test_the_office_does_not_return_what_the_unit_screens(waiting, office):
    with pytest.raises(Refused, match="由该单位经办人退回"):
        _return(waiting, office)


def test_applicants_return_nothing(filed):
    with pytest.raises(Refused, match="只有认定办公室"):
        _return(filed, filed.applicant)


def test_what_is_returned_already_is_not_returned_again(filed, office):
    _return(filed, office)

    with pytest.raises(Refused, match="退回补正，不能退回补正"):
        _return(filed, office)


def test_after_the_end_of_the_campaign_nothing_is_returned(filed, office, campaign):
    type(campaign).objects.filter(pk=campaign.pk).update(state="finished")

    with pytest.raises(Refused, match="已结束，不能退回补正"):
        _return(filed, office)


def test_the_rules_say_how_often_it_may_be_mended(filed, office):
    _return(filed, office, items=["deeds"])
    services.save_draft(filed, answers={"deeds": "改"}, revision=1, actor=filed.applicant, at=IN_TIME)
    services.submit_application(filed, actor=filed.applicant, at=IN_TIME)

    with pytest.raises(Refused, match=r"补正至多 1 次（本办公室自定），已退回 1 次"):
        _return(filed, office)


def test_where_the_rules_say_nothing_it_may_be_mended_again(filed, office, campaign):
    data = dict(campaign.rules_data)
    data["stages"] = [
        {**stage, "corrections": None} for stage in data["stages"] if stage["kind"] == "qualification"
    ] + [stage for stage in data["stages"] if stage["kind"] != "qualification"]
    type(campaign).objects.filter(pk=campaign.pk).update(rules_data=data)
    for n in range(2):
        _return(filed, office, items=["deeds"])
        services.save_draft(filed, answers={"deeds": f"改{n}"}, revision=n + 1, actor=filed.applicant, at=IN_TIME)
        services.submit_application(filed, actor=filed.applicant, at=IN_TIME)

    assert Return.objects.filter(application=filed).count() == 2


def test_recommendations_are_only_added(waiting, officer):
    _return(waiting, officer, items=["deeds"])
    services.save_draft(waiting, answers={"deeds": "改"}, revision=1, actor=officer, at=IN_TIME)
    factories.confirmed(waiting)
    services.submit_application(waiting, actor=officer, at=IN_TIME)
    _endorse(waiting, officer, Endorsement.DECLINED)
    services.submit_application(waiting, actor=officer, at=IN_TIME)
    _endorse(waiting, officer)

    rows = Recommendation.objects.filter(application=waiting).values_list("decision", "submission_version")
    assert list(rows) == [("declined", 2), ("endorsed", 3)]
