"""From the first line typed to the filing with the office."""

from datetime import timedelta

import pytest

from applications import selectors, services
from applications.models import Application, Person, Return, Submission
from applications.services import intake
from applications.states import State
from campaigns.rules import loader
from tests import factories
from tests.factories import IN_TIME, NOON, ApplicationFactory, CampaignFactory, UnitFactory, consent
from tests.kept import kept
from unions.models import AuditEntry
from unions.permits import Refused

LATE = NOON + timedelta(days=60)


def _actions(obj):
    entries = AuditEntry.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk))
    return list(entries.order_by("seq").values_list("action", flat=True))


def _save(application, actor, revision=0, at=IN_TIME, **answers):
    return services.save_draft(application, answers=answers, revision=revision, actor=actor, at=at)


# --- starting --------------------------------------------------------------------------------------------------------


def test_starting_makes_a_draft_with_the_name_filled_in(campaign, alice):
    draft = services.start_application(campaign, channel="self", actor=alice, at=IN_TIME)

    assert (draft.state, draft.name, draft.number) == (State.DRAFT, "田秀兰", "")
    assert selectors.answers_of(draft)["name"] == "田秀兰"
    assert _actions(draft) == ["application.started"]


def test_starting_without_consent_is_refused(campaign, member):
    with pytest.raises(Refused, match="请先阅读并同意"):
        services.start_application(campaign, channel="self", actor=member(), at=IN_TIME)


def test_a_changed_privacy_text_is_asked_for_again(campaign, alice):
    campaign.union.privacy_text = "新的告知"
    campaign.union.save()
    alice.union.refresh_from_db()

    with pytest.raises(Refused, match="请先阅读并同意"):
        services.start_application(campaign, channel="self", actor=alice, at=IN_TIME)


def test_a_second_application_of_the_same_person_is_refused(draft, alice):
    with pytest.raises(Refused, match="已有一份申报"):
        services.start_application(draft.campaign, channel="self", actor=alice, at=IN_TIME)


def test_after_a_withdrawal_a_new_one_may_be_started(draft, alice):
    services.withdraw_application(draft, actor=alice, at=IN_TIME)

    again = services.start_application(draft.campaign, channel="self", actor=alice, at=IN_TIME)

    assert again.person_id == draft.person_id


def test_starting_for_a_person_the_union_knows(campaign, alice, union):
    known = services.persons.new_person(union, name="田秀兰", at=NOON)

    draft = services.start_application(campaign, channel="self", actor=alice, at=IN_TIME, person=known, name="田秀")

    assert (draft.person, draft.name) == (known, "田秀")


def test_starting_with_an_erased_person_is_refused(draft, alice):
    services.withdraw_application(draft, actor=alice, at=IN_TIME)
    draft.person.key.delete()

    with pytest.raises(Refused, match="已按规定删除"):
        services.start_application(draft.campaign, channel="self", actor=alice, at=IN_TIME)


def test_an_unknown_channel_is_refused(campaign, alice):
    with pytest.raises(Refused, match="没有这个申报渠道"):
        services.start_application(campaign, channel="nobody", actor=alice, at=IN_TIME)


def test_starting_outside_the_window_is_refused(campaign, alice):
    with pytest.raises(Refused, match="不在申报期内"):
        services.start_application(campaign, channel="self", actor=alice, at=LATE)


def test_starting_in_a_draft_campaign_is_refused(union, alice):
    campaign = CampaignFactory(union=union, published=False)

    with pytest.raises(Refused, match="筹备中"):
        services.start_application(campaign, channel="self", actor=alice, at=IN_TIME)


def test_a_unit_channel_wants_a_unit_of_its_kinds(campaign, alice, union):
    with pytest.raises(Refused, match="请选择推荐单位"):
        services.start_application(campaign, channel="union", actor=alice, at=IN_TIME)
    society = UnitFactory(union=union, kind="society")
    with pytest.raises(Refused, match="不在其中"):
        services.start_application(campaign, channel="union", actor=alice, at=IN_TIME, unit=society)


def test_self_nomination_goes_through_no_unit(campaign, alice, town):
    with pytest.raises(Refused, match="不经推荐单位"):
        services.start_application(campaign, channel="self", actor=alice, at=IN_TIME, unit=town)


def test_an_inactive_unit_is_refused(campaign, alice, town):
    town.active = False
    town.save()

    with pytest.raises(Refused, match="没有这个推荐单位"):
        services.start_application(campaign, channel="union", actor=alice, at=IN_TIME, unit=town)


def test_a_stranger_of_another_union_cannot_start(campaign, other_union):
    from unions import tenancy

    with tenancy.scope(other_union.pk):
        stranger = factories.MemberFactory(union=other_union)
    with pytest.raises(Refused, match="请先登录并加入本工会"):
        services.start_application(campaign, channel="self", actor=stranger, at=IN_TIME)


# --- nominating ------------------------------------------------------------------------------------------------------


def test_an_officer_nominates_for_the_own_unit(campaign, officer, town):
    draft = services.nominate(campaign, unit=town, channel="union", name="冯建国", actor=officer, at=IN_TIME)

    assert (draft.applicant, draft.nominated_by, draft.unit, draft.name) == (None, officer, town, "冯建国")
    assert _actions(draft) == ["application.nominated"]


def test_an_officer_does_not_nominate_for_another_unit(campaign, officer, union):
    other = UnitFactory(union=union, kind="town_union")

    with pytest.raises(Refused, match="经办人可以"):
        services.nominate(campaign, unit=other, channel="union", name="冯建国", actor=officer, at=IN_TIME)


def test_a_nomination_wants_a_name(campaign, officer, town):
    with pytest.raises(Refused, match="姓名"):
        services.nominate(campaign, unit=town, channel="union", name=" ", actor=officer, at=IN_TIME)


def test_nominating_after_the_window_or_by_self_channel_is_refused(campaign, officer, town):
    with pytest.raises(Refused, match="不在申报期内"):
        services.nominate(campaign, unit=town, channel="union", name="冯建国", actor=officer, at=LATE)
    with pytest.raises(Refused, match="个人自荐由本人申报"):
        services.nominate(campaign, unit=town, channel="self", name="冯建国", actor=officer, at=IN_TIME)


def test_nominating_somebody_who_applies_already_opens_a_second_draft_that_is_known_as_such(
    draft, officer, town, alice
):
    _save(draft, alice, national_id=factories.invented_id_number())
    draft.refresh_from_db()

    second = services.nominate(
        draft.campaign, unit=town, channel="union", name="田秀兰", actor=officer, at=IN_TIME, person=draft.person
    )

    assert second.person != draft.person
    assert list(Application.objects.twins_of(second)) == [draft]


def test_a_stranger_of_another_union_cannot_nominate(campaign, officer, town, other_union):
    officer.union_id = other_union.pk

    with pytest.raises(Refused, match="只能在本工会内推荐"):
        services.nominate(campaign, unit=town, channel="union", name="冯建国", actor=officer, at=IN_TIME)


# --- anyone names a craftsman ----------------------------------------------------------------------------------------

ANYONE = """
[[channels]]
id = "others"
kind = "anyone"
label = "他人推荐"
text = "社会各界人士可推荐身边的优秀工匠"
nominee_completes = true
setting = true
"""


@kept
def open_campaign(union):
    from campaigns.rules import loader

    text = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    return CampaignFactory(union=union, text=text.replace("# --- 交什么材料", ANYONE + "\n# --- 交什么材料", 1))


@kept
def named(open_campaign, alice):
    return services.nominate_person(
        open_campaign, channel="others", name="蒋海涛", reason="手艺好", actor=alice, at=IN_TIME
    )


def test_anybody_names_a_craftsman_who_then_completes_the_application(named, member):
    application, token = named
    nominee = member(name="蒋海涛")
    consent(nominee)

    services.accept_nomination(application, actor=nominee, at=IN_TIME)

    application.refresh_from_db()
    assert intake.token_digest(token) != application.claim_digest == ""
    assert (application.applicant, application.filled_by) == (nominee, nominee)
    assert selectors.answers_of(application)["name"] == "蒋海涛"
    assert _actions(application) == ["application.nominated", "application.nomination_accepted"]


def test_until_accepted_nobody_fills_it_in(named, alice):
    with pytest.raises(Refused, match="只有填写人"):
        _save(named[0], alice, deeds="我来写")


def test_the_nominator_takes_a_nomination_back(named, alice, member):
    application, _token = named
    nominee = member()
    consent(nominee)
    services.withdraw_application(application, actor=alice, at=IN_TIME)

    with pytest.raises(Refused, match="已被接受、谢绝或撤回"):
        services.accept_nomination(application, actor=nominee, at=IN_TIME)


def test_one_does_not_accept_the_own_nomination(named, alice):
    with pytest.raises(Refused, match="不能接受自己提出的推荐"):
        services.accept_nomination(named[0], actor=alice, at=IN_TIME)


def test_accepting_wants_consent_and_the_window(named, member):
    nominee = member(name="蒋海涛")
    with pytest.raises(Refused, match="请先阅读并同意"):
        services.accept_nomination(named[0], actor=nominee, at=IN_TIME)
    consent(nominee)
    with pytest.raises(Refused, match="不在申报期内"):
        services.accept_nomination(named[0], actor=nominee, at=LATE)


def test_a_link_of_another_union_is_refused(named, alice, other_union):
    alice.union_id = other_union.pk

    with pytest.raises(Refused, match="不属于本工会"):
        services.accept_nomination(named[0], actor=alice, at=IN_TIME)


def test_naming_a_craftsman_wants_name_and_reason(open_campaign, alice):
    with pytest.raises(Refused, match="姓名和推荐理由"):
        services.nominate_person(open_campaign, channel="others", name="蒋海涛", reason="", actor=alice, at=IN_TIME)


def test_staff_do_not_nominate_privately(open_campaign, officer):
    with pytest.raises(Refused, match="不以个人名义推荐"):
        services.nominate_person(open_campaign, channel="others", name="蒋海涛", reason="好", actor=officer, at=IN_TIME)


def test_a_unit_channel_is_not_open_to_anyone(campaign, officer, town):
    with pytest.raises(Refused, match="请选择推荐单位"):
        services.nominate_person(campaign, channel="union", name="蒋海涛", reason="好", actor=officer, at=IN_TIME)


def test_the_anyone_channel_is_not_for_oneself(open_campaign, alice):
    with pytest.raises(Refused, match="推荐他人"):
        services.start_application(open_campaign, channel="others", actor=alice, at=IN_TIME)


def test_where_the_nominee_need_not_complete_it_the_nominator_fills_it_in(union, alice):
    from campaigns.rules import loader

    text = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    way = ANYONE.replace("nominee_completes = true\n", "")
    campaign = CampaignFactory(union=union, text=text.replace("# --- 交什么材料", way + "\n# --- 交什么材料", 1))

    application, token = services.nominate_person(
        campaign, channel="others", name="蒋海涛", reason="手艺好", actor=alice, at=IN_TIME
    )
    _save(application, alice, deeds="他的事迹")

    assert token == ""
    application.refresh_from_db()
    assert selectors.answers_of(application)["deeds"] == "他的事迹"


# --- channels --------------------------------------------------------------------------------------------------------


def test_the_channel_can_be_changed_while_it_is_a_draft(draft, alice, town):
    services.change_channel(draft, channel="union", unit=town, actor=alice, at=IN_TIME)

    draft.refresh_from_db()
    assert (draft.channel, draft.unit) == ("union", town)
    assert _actions(draft)[-1] == "application.channel_changed"


def test_the_channel_stays_once_handed_in(campaign):
    application = ApplicationFactory(campaign=campaign)

    with pytest.raises(Refused, match="不能修改"):
        services.change_channel(application, channel="self", unit=None, actor=application.applicant, at=IN_TIME)


def test_the_channel_stays_while_returned(campaign):
    application = ApplicationFactory(campaign=campaign, state=State.RETURNED)

    with pytest.raises(Refused, match="首次递交前"):
        services.change_channel(application, channel="self", unit=None, actor=application.applicant, at=IN_TIME)


def test_nobody_changes_into_the_anyone_channel(open_campaign, alice):
    draft = services.start_application(open_campaign, channel="self", actor=alice, at=IN_TIME)

    with pytest.raises(Refused, match="由推荐人提名"):
        services.change_channel(draft, channel="others", unit=None, actor=alice, at=IN_TIME)


# --- saving ----------------------------------------------------------------------------------------------------------


def test_what_was_typed_is_kept_even_when_it_cannot_be_right_yet(draft, alice):
    _save(draft, alice, national_id="33011219", years_in_trade="十几年")

    draft.refresh_from_db()
    opened = selectors.answers_of(draft)
    assert (opened["national_id"], opened["years_in_trade"]) == ("33011219", "十几")
    assert draft.revision == 1


def test_personal_values_are_sealed_and_never_in_clear(draft, alice):
    number = factories.invented_id_number()
    _save(draft, alice, national_id=number, mobile="19900001234")

    draft.refresh_from_db()
    assert number not in str(draft.answers)
    assert "19900001234" not in str(draft.answers)
    assert number not in str(list(AuditEntry.objects.values_list("after", flat=True)))
    person = Person.objects.get(pk=draft.person_id)
    assert number not in person.id_sealed
    assert person.id_masked.startswith("3301*")


def test_a_save_of_one_section_leaves_the_others(draft, alice):
    _save(draft, alice, trade="焊工")
    _save(draft, alice, revision=1, deeds="事迹")

    draft.refresh_from_db()
    typed = {key: value for key, value in selectors.answers_of(draft).items() if key != "mobile"}
    assert typed == {"name": "田秀兰", "trade": "焊工", "deeds": "事迹"}
    assert draft.trade == "焊工"


def test_the_number_somebody_signed_up_with_is_there_already(draft, alice):
    assert selectors.answers_of(draft)["mobile"] == str(alice.user.phone).removeprefix("+86")
    assert draft.carried == []


@pytest.mark.parametrize("user", [{"phone_verified": False}, {"phone": None}])
def test_a_number_that_is_not_known_is_asked(campaign, member, user):
    newcomer = member()
    type(newcomer.user).objects.filter(pk=newcomer.user_id).update(**user)
    newcomer.user.refresh_from_db()
    factories.consent(newcomer)

    started = services.start_application(campaign, channel="self", actor=newcomer, at=IN_TIME)

    assert "mobile" not in selectors.answers_of(started)


def test_a_form_that_asks_for_no_number_gets_none(union, alice):
    text = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    plain = factories.CampaignFactory(union=union, text=text.replace('type = "phone"', 'type = "text"'))

    started = services.start_application(plain, channel="self", actor=alice, at=IN_TIME)

    assert "mobile" not in selectors.answers_of(started)


def test_a_cleared_field_is_cleared(draft, alice):
    _save(draft, alice, trade="焊工")
    _save(draft, alice, revision=1, trade="")

    draft.refresh_from_db()
    assert ("trade" in selectors.answers_of(draft), draft.trade) == (False, "")


def test_saving_the_same_again_writes_nothing(draft, alice):
    _save(draft, alice, trade="焊工")
    entries = AuditEntry.objects.count()

    saved = _save(draft, alice, revision=1, trade="焊工")

    assert (saved.revision, AuditEntry.objects.count()) == (1, entries)


def test_two_tabs_on_different_fields_go_together(draft, alice):
    _save(draft, alice, trade="焊工")

    _save(draft, alice, revision=0, deeds="另一个窗口写的")

    draft.refresh_from_db()
    assert selectors.answers_of(draft)["trade"] == "焊工"


def test_two_tabs_on_the_same_field_conflict_and_nothing_is_written(draft, alice):
    _save(draft, alice, trade="焊工", cluster="时尚", _waivers=["outstanding"])

    with pytest.raises(services.Conflict, match="专业领域") as caught:
        _save(draft, alice, revision=0, trade="钳工", deeds="别的", _waivers=[])

    assert caught.value.changed == (("trade", "专业领域", "焊工"), ("_waivers", "豁免申请", ""))
    assert caught.value.revision == 1
    draft.refresh_from_db()
    assert "deeds" not in selectors.answers_of(draft)


def test_the_writer_does_not_conflict_with_a_save_of_its_own_that_was_never_answered(draft, alice):
    _save(draft, alice, trade="焊")

    saved = services.save_draft(
        draft, answers={"trade": "焊工"}, revision=0, unheard={"trade": "焊"}, actor=alice, at=IN_TIME
    )

    assert saved.trade == "焊工"


def test_what_the_writer_had_sent_excuses_nothing_that_somebody_else_wrote(draft, alice):
    _save(draft, alice, trade="钳工")

    with pytest.raises(services.Conflict):
        services.save_draft(
            draft, answers={"trade": "焊工"}, revision=0, unheard={"trade": "焊"}, actor=alice, at=IN_TIME
        )


def test_a_save_leaves_the_seals_of_other_fields_as_they_were(draft, alice):
    _save(draft, alice, mobile="19900001234")
    draft.refresh_from_db()
    sealed = draft.answers["mobile"]

    _save(draft, alice, revision=1, trade="焊工")

    draft.refresh_from_db()
    assert draft.answers["mobile"] == sealed


def test_the_same_value_from_two_tabs_is_no_conflict(draft, alice):
    _save(draft, alice, trade="焊工")

    assert _save(draft, alice, revision=0, trade="焊工").revision == 1


def test_an_unknown_field_is_refused(draft, alice):
    with pytest.raises(Refused, match="没有“nothing”这一栏"):
        _save(draft, alice, nothing="x")


def test_only_whoever_fills_it_in_saves(draft, member):
    with pytest.raises(Refused, match="只有填写人"):
        _save(draft, member(), trade="焊工")


def test_a_member_of_another_union_does_not_save(draft, alice, other_union):
    alice.union_id = other_union.pk

    with pytest.raises(Refused, match="只有填写人"):
        _save(draft, alice, trade="焊工")


def test_saving_after_the_deadline_is_refused_and_keeps_the_draft(draft, alice):
    _save(draft, alice, trade="焊工")

    with pytest.raises(Refused, match="不在申报期内"):
        _save(draft, alice, revision=1, at=LATE, trade="钳工")

    draft.refresh_from_db()
    assert selectors.answers_of(draft)["trade"] == "焊工"


def test_saving_what_was_handed_in_is_refused(campaign):
    application = ApplicationFactory(campaign=campaign)

    with pytest.raises(Refused, match="不能修改"):
        _save(application, application.applicant, trade="钳工")


def test_an_erased_person_is_not_written_to_again(draft, alice):
    _save(draft, alice, mobile="19900001234")
    draft.person.key.delete()
    draft.refresh_from_db()

    assert selectors.answers_of(draft)["mobile"] == "（已按规定删除）"
    with pytest.raises(Refused, match="已按规定删除"):
        _save(draft, alice, revision=1, trade="焊工")


# --- one person, one application -------------------------------------------------------------------------------------


def test_the_number_ties_the_draft_to_the_person_the_union_knows(campaign, draft, alice, union):
    number = factories.invented_id_number()
    _save(draft, alice, national_id=number)
    services.withdraw_application(draft, actor=alice, at=IN_TIME)
    bob = factories.MemberFactory(union=union)
    consent(bob)
    other = services.start_application(campaign, channel="self", actor=bob, at=IN_TIME)

    _save(other, bob, national_id=number, mobile="19900001234")

    other.refresh_from_db()
    draft.refresh_from_db()
    assert other.person_id == draft.person_id
    assert selectors.answers_of(other)["mobile"] == "19900001234"
    assert draft.person.user == alice.user


def test_a_mended_slip_in_the_number_stays_with_the_person(draft, alice):
    first, second = factories.invented_id_number(), factories.invented_id_number()
    _save(draft, alice, national_id=first)
    _save(draft, alice, revision=1, national_id=second)

    draft.refresh_from_db()
    assert Person.objects.count() == 1
    assert draft.person.id_masked.endswith(second[-4:])


def test_a_new_number_does_not_rewrite_a_person_others_rely_on(campaign, draft, alice, union):
    _save(draft, alice, national_id=factories.invented_id_number())
    services.withdraw_application(draft, actor=alice, at=IN_TIME)
    again = services.start_application(campaign, channel="self", actor=alice, at=IN_TIME)

    _save(again, alice, national_id=factories.invented_id_number())

    again.refresh_from_db()
    draft.refresh_from_db()
    assert again.person_id != draft.person_id
    assert again.person.user is None


def test_the_same_number_typed_again_changes_nobody(draft, alice):
    number = factories.invented_id_number()
    _save(draft, alice, national_id=number)
    _save(draft, alice, revision=1, trade="焊工")

    assert Person.objects.count() == 1


def test_a_returned_application_keeps_its_person(campaign, alice):
    known = ApplicationFactory(campaign=campaign, state=State.DRAFT)
    services.withdraw_application(known, actor=known.applicant, at=IN_TIME)
    application = ApplicationFactory(campaign=campaign, member=alice)
    before = application.person_id
    services.return_application(
        application,
        reason="号码有误",
        items=["national_id"],
        deadline=IN_TIME + timedelta(days=3),
        actor=factories.office_of(campaign.union),
        at=IN_TIME,
    )

    _save(application, alice, revision=1, national_id=selectors.answers_of(known)["national_id"])

    application.refresh_from_db()
    assert application.person_id == before


# --- handing in ------------------------------------------------------------------------------------------------------


def test_self_nomination_goes_straight_to_the_office_with_a_number(campaign):
    application = ApplicationFactory(campaign=campaign)

    assert (application.state, application.number) == (State.SUBMITTED, "TM2026-0001")
    assert application.submitted_at == IN_TIME
    assert _actions(application)[-1] == "application.submitted"


def test_numbers_follow_the_order_of_filing_and_the_prefix(campaign):
    ApplicationFactory(campaign=campaign)
    campaign.number_prefix = "试-"
    campaign.last_number = 1
    campaign.save(update_fields=["number_prefix", "last_number"])

    assert ApplicationFactory(campaign=campaign).number == "试-TM2026-0002"


def test_a_rule_set_without_numbering_still_numbers(campaign):
    campaign.rules_data = {**campaign.rules_data, "numbering": None}

    assert intake.number_for(campaign, 7, at=IN_TIME) == "2026-0007"


def test_what_was_handed_in_is_frozen_and_sealed(campaign):
    application = ApplicationFactory(campaign=campaign, deeds="冻结的事迹")
    submission = Submission.objects.get(application=application)

    frozen = selectors.frozen(submission)

    assert "冻结的事迹" not in submission.sealed
    assert frozen.answers["deeds"] == "冻结的事迹"
    assert {item.slot for item in frozen.materials} >= {"photo", "identity", "years_proof"}
    assert (frozen.channel, frozen.unit, frozen.rules_sha256) == ("self", "", campaign.rules_sha256)
    assert len(submission.check_code) == 14
    assert selectors.submitted_answers(submission) == frozen.answers


def test_a_submission_of_an_erased_person_reads_as_empty(campaign):
    application = ApplicationFactory(campaign=campaign)
    application.person.key.delete()

    submission = Submission.objects.get(application=application)

    assert selectors.frozen(submission).answers == {}


def test_a_unit_channel_waits_for_the_unit(campaign, town):
    application = ApplicationFactory(campaign=campaign, unit=town, state=State.AWAITING_UNIT)

    assert (application.state, application.number, application.submitted_at) == (State.AWAITING_UNIT, "", None)


def test_what_is_missing_is_said_and_nothing_is_handed_in(draft, alice):
    with pytest.raises(Refused, match=r"还不能提交：.*身份证号码.*等共 \d+ 处"):
        services.submit_application(draft, actor=alice, at=IN_TIME)

    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_a_few_missing_things_are_all_named(campaign):
    application = ApplicationFactory(campaign=campaign, state=State.DRAFT, deeds="")

    with pytest.raises(Refused, match=r"还不能提交：主要事迹：请填写此栏$"):
        services.submit_application(application, actor=application.applicant, at=IN_TIME)


def test_a_condition_that_fails_does_not_stop_anybody_from_asking(campaign):
    application = ApplicationFactory(campaign=campaign, years_working_local=1)

    assert application.state == State.SUBMITTED


@pytest.mark.parametrize("state", [State.AWAITING_UNIT, State.SUBMITTED, State.WITHDRAWN, State.LAPSED])
def test_handing_in_twice_is_refused(campaign, state, town):
    unit = town if state == State.AWAITING_UNIT else None
    application = ApplicationFactory(campaign=campaign, unit=unit, state=State.DRAFT)
    Application.objects.filter(pk=application.pk).update(state=state, number="X1")

    with pytest.raises(Refused, match="不能修改"):
        services.submit_application(application, actor=application.filled_by, at=IN_TIME)


def test_mending_what_was_returned_hands_it_in_again(campaign):
    application = ApplicationFactory(campaign=campaign, state=State.RETURNED)
    field = Return.objects.get(application=application).items[0]
    _save(application, application.applicant, revision=1, **{field: "改好了"})

    services.submit_application(application, actor=application.applicant, at=IN_TIME + timedelta(days=4))

    application.refresh_from_db()
    assert (application.state, application.number) == (State.SUBMITTED, "TM2026-0001")
    assert list(application.submissions.values_list("version", flat=True)) == [1, 2]
    assert not Return.objects.filter(answered_at__isnull=True).exists()


def test_only_what_was_asked_for_can_be_mended(campaign):
    application = ApplicationFactory(campaign=campaign, state=State.RETURNED)

    with pytest.raises(Refused, match="专业领域不能修改"):
        _save(application, application.applicant, revision=1, trade="钳工")
    with pytest.raises(Refused, match="豁免申请不能修改"):
        _save(application, application.applicant, revision=1, _waivers=["outstanding"])


def test_a_late_answer_is_refused(campaign):
    application = ApplicationFactory(campaign=campaign, state=State.RETURNED)
    late = IN_TIME + timedelta(days=5, seconds=1)

    with pytest.raises(Refused, match="补正期限已过"):
        services.submit_application(application, actor=application.applicant, at=late)


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_withdrawing_is_recorded_with_its_reason(campaign):
    application = ApplicationFactory(campaign=campaign)

    services.withdraw_application(application, actor=application.applicant, at=IN_TIME, reason="工作调动")

    application.refresh_from_db()
    assert application.state == State.WITHDRAWN
    assert AuditEntry.objects.order_by("-seq").first().reason == "工作调动"


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.LAPSED])
def test_what_has_ended_cannot_be_withdrawn(draft, alice, state):
    Application.objects.filter(pk=draft.pk).update(state=state)

    with pytest.raises(Refused, match="不能撤回"):
        services.withdraw_application(draft, actor=alice, at=IN_TIME)


def test_a_stranger_does_not_withdraw(draft, member):
    with pytest.raises(Refused, match="只有申报人"):
        services.withdraw_application(draft, actor=member(), at=IN_TIME)


def test_after_the_end_of_the_campaign_nothing_is_withdrawn(draft, alice):
    type(draft.campaign).objects.filter(pk=draft.campaign_id).update(state="finished")

    with pytest.raises(Refused, match="已结束"):
        services.withdraw_application(draft, actor=alice, at=IN_TIME)


def test_what_was_not_handed_in_lapses_after_the_deadline(campaign, town):
    draft = ApplicationFactory(campaign=campaign, state=State.DRAFT)
    waiting = ApplicationFactory(campaign=campaign, unit=town, state=State.AWAITING_UNIT)
    filed = ApplicationFactory(campaign=campaign)
    returned = ApplicationFactory(campaign=campaign, state=State.RETURNED)
    office = factories.office_of(campaign.union)

    assert services.lapse_overdue(campaign, actor=office, at=LATE) == 3
    assert services.lapse_overdue(campaign, actor=office, at=LATE) == 0

    states = {row.pk: row.state for row in Application.objects.all()}
    assert [states[row.pk] for row in (draft, waiting, returned, filed)] == [State.LAPSED] * 3 + [State.SUBMITTED]


def test_before_the_deadline_only_unanswered_returns_lapse(campaign):
    ApplicationFactory(campaign=campaign, state=State.DRAFT)
    returned = ApplicationFactory(campaign=campaign, state=State.RETURNED)
    office = factories.office_of(campaign.union)

    assert services.lapse_overdue(campaign, actor=office, at=IN_TIME + timedelta(days=6)) == 1
    returned.refresh_from_db()
    assert returned.state == State.LAPSED


def test_applicants_do_not_let_others_lapse(campaign, alice):
    with pytest.raises(Refused, match="由系统或认定办公室"):
        services.lapse_overdue(campaign, actor=alice, at=LATE)


def test_a_way_the_table_of_transitions_does_not_know_is_refused(draft):
    draft.state = State.WITHDRAWN

    with pytest.raises(Refused, match="已撤回，不能变为"):
        intake.move(draft, State.SUBMITTED)


def test_somebody_whose_name_is_not_known_yet_starts_with_an_empty_form(campaign, union):
    nameless = factories.MemberFactory(union=union, user=factories.UserFactory(name="无名"))
    nameless.user.name = ""
    nameless.user.save()
    consent(nameless)

    draft = services.start_application(campaign, channel="self", actor=nameless, at=IN_TIME)

    assert "name" not in selectors.answers_of(draft)
