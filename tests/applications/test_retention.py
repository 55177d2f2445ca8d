"""The end of personal data: by time, by the person, by the office. What goes, what stays, and that the chain still proves."""

import io
from datetime import date, datetime, timedelta

import pytest
from django.http import Http404

from applications import keeping, selectors, selectors_retention, services
from applications.models import Application, ErasureRequest, Person
from applications.models_inbox import AgeBand, ApplicationFacts, SearchEntry
from applications.sealing import ERASED
from applications.services import persons, retention
from applications.states import ErasureState, State
from applications.tasks import expire_data
from campaigns.models import Campaign
from campaigns.states import CampaignState
from documents.downloads import archive, attachment
from documents.models import StoredFile
from documents.services import erase_file
from publicity.models import Award
from tests import factories
from tests.factories import IN_TIME, SHANGHAI, ApplicationFactory
from tests.kept import kept
from unions import audit
from unions import services as people
from unions.models import Member, PersonalKey, User
from unions.permits import Refused
from unions.services import system_member
from unions.states import Role

OVER = datetime(2026, 6, 1, 12, 0, tzinfo=SHANGHAI)
AFTER_DRAFTS = datetime(2026, 9, 21, 3, 10, tzinfo=SHANGHAI)
AFTER_OTHERS = datetime(2028, 6, 2, 3, 10, tzinfo=SHANGHAI)
AFTER_AWARDED = datetime(2036, 6, 2, 3, 10, tzinfo=SHANGHAI)


def finish(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.FINISHED, finished_at=OVER)
    campaign.refresh_from_db()


def expire(campaign, at):
    return retention.expire_campaign(campaign, actor=system_member(campaign.union), at=at)


def again(application):
    return Application.objects.select_related("campaign", "person__key", "union").get(pk=application.pk)


@pytest.fixture
def titled(monkeypatch):
    """What publicity would say: these were given a title."""
    ids: set[int] = set()
    monkeypatch.setattr(keeping, "_titled", [lambda asked: ids & set(asked)])
    return ids


# --- when ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 20), 6, date(2026, 9, 20)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last_of_a_shorter_month(day, months, later):
    assert selectors_retention.months_later(day, months) == later


def test_the_rules_say_how_long_and_the_time_runs_from_the_end(campaign):
    assert selectors_retention.ends_of(campaign) == selectors_retention.Ends(date(2026, 9, 20), None, None)

    finish(campaign)

    ends = selectors_retention.ends_of(campaign)
    assert (ends.drafts, ends.others, ends.awarded) == (date(2026, 9, 20), date(2028, 6, 1), date(2036, 6, 1))


def test_nobody_is_anonymised_a_day_too_early(campaign):
    application = ApplicationFactory(campaign=campaign)
    finish(campaign)

    assert expire(campaign, AFTER_OTHERS - timedelta(days=1)) == 0
    assert expire(campaign, AFTER_OTHERS) == 1
    assert expire(campaign, AFTER_OTHERS) == 0, "done again it does nothing"
    assert again(application).anonymised_at == AFTER_OTHERS


def test_a_draft_ends_by_the_closing_date_and_a_living_one_never(campaign):
    draft = ApplicationFactory(campaign=campaign, state=State.DRAFT)
    assert expire(campaign, AFTER_DRAFTS) == 0, "still being filled in, as far as anybody knows"

    services.lapse_overdue(campaign, actor=factories.office_of(campaign.union), at=AFTER_DRAFTS)

    assert expire(campaign, AFTER_DRAFTS) == 1
    assert again(draft).name == "已匿名"
    assert not ApplicationFacts.objects.exists(), "it was never handed in, so nobody counts it"


def test_what_never_reached_the_office_goes_when_the_campaign_was_cancelled(campaign):
    ApplicationFactory(campaign=campaign, state=State.DRAFT)
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.CANCELLED, finished_at=OVER)
    campaign.refresh_from_db()

    assert expire(campaign, AFTER_DRAFTS) == 1


def test_a_person_reads_until_when_each_is_kept(campaign):
    draft = ApplicationFactory(campaign=campaign, state=State.DRAFT)
    assert "保存到2026年9月20日" in selectors_retention.kept_words(draft, is_titled=False)

    draft.anonymised_at = IN_TIME
    assert "不再能读" in selectors_retention.kept_words(draft, is_titled=False)


def test_a_campaign_that_ended_early_may_let_the_filed_go_before_any_draft_is_due(campaign, monkeypatch):
    ends = selectors_retention.Ends(drafts=date(2030, 1, 1), others=date(2026, 6, 1), awarded=None)
    monkeypatch.setattr(selectors_retention, "ends_of", lambda _campaign: ends)
    filed = ApplicationFactory(campaign=campaign)
    ApplicationFactory(campaign=campaign, state=State.DRAFT)

    assert selectors_retention.due(campaign, at=OVER + timedelta(days=2)) == [filed.pk]


def test_what_is_not_due_stays_even_when_asked_for(campaign):
    application = ApplicationFactory(campaign=campaign)

    assert retention.expire_application(application, actor=system_member(campaign.union), at=IN_TIME) is False


def test_a_key_that_went_before_is_no_obstacle(campaign):
    application = ApplicationFactory(campaign=campaign)
    application.person.key.delete()
    finish(campaign)

    assert expire(campaign, AFTER_OTHERS) == 1


def test_only_an_applicants_membership_parts_from_its_sign_in(member, union):
    with pytest.raises(Refused, match="由工会管理员停用"):
        people.detach_member(member(Role.LEADER), actor=system_member(union), at=IN_TIME)


def test_the_nightly_task_does_it_as_the_system(campaign, monkeypatch):
    ApplicationFactory(campaign=campaign)
    finish(campaign)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AFTER_OTHERS)

    assert expire_data(campaign.union_id, campaign.pk) == 1


def test_only_the_system_lets_data_expire(campaign):
    application = ApplicationFactory(campaign=campaign)

    with pytest.raises(Refused, match="由系统办理"):
        retention.expire_application(application, actor=factories.office_of(campaign.union), at=AFTER_OTHERS)


# --- what goes and what stays ----------------------------------------------------------------------------------------


def test_anonymising_leaves_counts_and_a_chain_that_still_proves(campaign, town, officer):
    number = factories.invented_id_number(born=date(1975, 3, 16))
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, national_id=number)
    held = StoredFile.objects.filter(material__application=application, erased_at__isnull=True)
    assert held.exists()
    key = application.person.key
    assert key is not None
    finish(campaign)

    assert expire(campaign, AFTER_OTHERS) == 1

    application = again(application)
    person = application.person
    assert not PersonalKey.objects.filter(pk=key.pk).exists()
    assert (person.key_id, person.name, person.id_sealed, person.id_index) == (None, "已匿名", "", "")
    assert (application.name, application.employer, application.answers) == ("已匿名", "", {})
    assert selectors.submitted_answers(application.submissions.get()) == {}
    assert application.recommendations.get().opinion == ERASED
    assert not held.exists()
    facts = ApplicationFacts.objects.get(application=application)
    assert (application.unit, facts.sex, facts.age_band) == (town, "男", AgeBand.FIFTIES)
    assert (application.state, facts.level) == (State.SUBMITTED, "高级技师")
    assert not SearchEntry.objects.filter(application=application).exists()
    assert audit.verify(campaign.union).verified


def test_another_application_of_the_same_person_keeps_the_key(campaign, alice, union):
    """Its own frozen copies stay readable; those of the one whose time is over are not opened any more."""
    old = ApplicationFactory(campaign=campaign, member=alice)
    finish(campaign)
    second = factories.CampaignFactory(union=union, slug="second")
    new = services.start_application(second, channel="self", actor=alice, at=IN_TIME)

    assert expire(campaign, AFTER_OTHERS) == 1

    old, new = again(old), again(new)
    assert selectors.submitted_answers(old.submissions.select_related("application").get()) == {}
    assert new.person.key is not None
    assert (old.name, new.name) == ("已匿名", "田秀兰")


def test_a_title_is_public_record_and_kept_by_name_longer_and_beyond(campaign, alice, titled):
    application = ApplicationFactory(campaign=campaign, member=alice)
    titled.add(application.pk)
    finish(campaign)

    assert expire(campaign, AFTER_OTHERS) == 0
    assert "保存到2036年6月1日" in selectors_retention.kept_words(again(application), is_titled=True)
    assert expire(campaign, AFTER_AWARDED) == 1

    kept = again(application)
    assert (kept.name, kept.employer) == (application.name, application.employer)
    assert (kept.person.name, kept.person.key_id, kept.answers) == ("已匿名", None, {})


def test_publicity_says_who_was_given_a_title(campaign):
    assert not Award.objects.exists()
    assert keeping.titled([1, 2]) == frozenset()


def test_what_is_held_waits(campaign, monkeypatch):
    application = ApplicationFactory(campaign=campaign)
    monkeypatch.setattr(keeping, "_held", [lambda ids: dict.fromkeys(ids, "正在核查")])
    finish(campaign)

    assert expire(campaign, AFTER_OTHERS) == 0
    assert again(application).anonymised_at is None


# --- the person deletes ----------------------------------------------------------------------------------------------


def test_a_draft_is_deleted_at_once_and_one_may_begin_again(draft, alice, campaign, picture):
    services.attach_material(draft, slot="photo", file=picture(), actor=alice, at=IN_TIME)
    user = alice.user

    services.erase_own(draft, actor=alice, at=IN_TIME)

    gone, member = again(draft), Member.objects.get(pk=alice.pk)
    assert (gone.state, gone.name, gone.person.key_id, gone.id_index) == (State.WITHDRAWN, "已匿名", None, "")
    assert (member.active, str(member), member.user.has_usable_password()) == (False, "已注销", False)
    assert audit.verify(campaign.union).verified
    assert User.objects.get(pk=user.pk).name == "田秀兰", "the sign-in is the person's own"
    back = factories.MemberFactory(union=campaign.union, user=user)
    factories.consent(back)
    assert services.start_application(campaign, channel="self", actor=back, at=IN_TIME).person_id != gone.person_id


def test_a_withdrawn_one_is_deleted_and_a_filed_one_is_not(campaign, alice):
    filed = ApplicationFactory(campaign=campaign, member=alice)

    with pytest.raises(Refused, match="请先撤回，或提出删除请求"):
        services.erase_own(filed, actor=alice, at=IN_TIME)
    services.withdraw_application(filed, actor=alice, at=IN_TIME)
    services.erase_own(filed, actor=alice, at=IN_TIME)

    assert ApplicationFacts.objects.get().application.state == State.WITHDRAWN
    with pytest.raises(Refused, match="只能删除本人"):
        services.erase_own(again(filed), actor=Member.objects.get(pk=alice.pk), at=IN_TIME)


def test_what_was_deleted_cannot_be_deleted_again(campaign, alice, union):
    first = ApplicationFactory(campaign=campaign, member=alice, state=State.WITHDRAWN)
    other = factories.CampaignFactory(union=union, slug="other")
    services.start_application(other, channel="self", actor=alice, at=IN_TIME)
    services.erase_own(first, actor=alice, at=IN_TIME)

    with pytest.raises(Refused, match="已经删除"):
        services.erase_own(again(first), actor=alice, at=IN_TIME)
    retention.anonymise(again(first), actor=alice, at=IN_TIME, why="again")
    assert Member.objects.get(pk=alice.pk).active


def test_strangers_delete_nothing_and_evidence_stays(draft, alice, member, monkeypatch):
    with pytest.raises(Refused, match="只能删除本人"):
        services.erase_own(draft, actor=member(), at=IN_TIME)
    monkeypatch.setattr(keeping, "_held", [lambda ids: dict.fromkeys(ids, "正在核查")])
    with pytest.raises(Refused, match="现在还不能删除：正在核查"):
        services.erase_own(draft, actor=alice, at=IN_TIME)


def test_a_sign_in_that_still_nominates_somebody_stays(union, alice):
    hangzhou = factories.CampaignFactory(
        union=union, ruleset=factories.RuleSetFactory(union=union, code="hangzhou-2016")
    )
    channel = next(c.id for c in hangzhou.rules.channels if c.kind == "anyone")
    services.nominate_person(hangzhou, channel=channel, name="赵被荐", reason="手艺好", actor=alice, at=IN_TIME)
    own = next(c.id for c in hangzhou.rules.channels if c.kind == "self")
    draft = services.start_application(hangzhou, channel=own, actor=alice, at=IN_TIME)

    services.erase_own(draft, actor=alice, at=IN_TIME)

    assert Member.objects.get(pk=alice.pk).active


# --- the office answers ----------------------------------------------------------------------------------------------


@kept
def asked(campaign, alice):
    ApplicationFactory(campaign=campaign, member=alice)
    return services.request_erasure(alice, words="不想再参加", actor=alice, at=IN_TIME)


def decide(asked, *, grant=True, **more):
    told = {"reason": "同意", "basis": "个人信息保护法第四十七条", **more}
    return services.decide_erasure(asked, grant=grant, actor=factories.office_of(asked.union), at=IN_TIME, **told)


def test_a_request_is_granted_with_reason_and_ground(asked, campaign, alice):
    application = Application.objects.get(campaign=campaign)
    with pytest.raises(Refused, match="请先由本人撤回"):
        decide(asked)
    services.withdraw_application(application, actor=alice, at=IN_TIME)

    done = decide(asked)

    assert (done.state, done.decided_at) == (ErasureState.GRANTED, IN_TIME)
    assert again(application).person.anonymised_at == IN_TIME
    assert audit.verify(campaign.union).verified
    with pytest.raises(Refused, match="不能再处理"):
        decide(done)


def test_a_refusal_wants_reason_and_ground_and_leaves_everything(asked):
    with pytest.raises(Refused, match="理由和法律依据"):
        decide(asked, grant=False, basis=" ")

    assert decide(asked, grant=False).state == ErasureState.REFUSED
    assert Person.objects.get(pk=asked.person_id).key_id is not None


def test_what_is_held_is_not_granted(asked, campaign, alice, monkeypatch):
    services.withdraw_application(Application.objects.get(campaign=campaign), actor=alice, at=IN_TIME)
    monkeypatch.setattr(keeping, "_held", [lambda ids: dict.fromkeys(ids, "异议正在处理")])

    with pytest.raises(Refused, match="异议正在处理"):
        decide(asked)


def test_a_person_without_applications_goes_too(union, member):
    somebody = member(name="田秀兰")
    persons.person_of(somebody, at=IN_TIME)
    asked = services.request_erasure(somebody, actor=somebody, at=IN_TIME)

    decide(asked)

    assert Person.objects.get(pk=asked.person_id).anonymised_at == IN_TIME


def test_one_request_at_a_time_and_it_can_be_taken_back(asked, alice, member):
    with pytest.raises(Refused, match="正在处理"):
        services.request_erasure(alice, actor=alice, at=IN_TIME)
    with pytest.raises(Refused, match="只有本人可以撤回"):
        services.take_back_erasure(asked, actor=member(), at=IN_TIME)

    assert services.take_back_erasure(asked, actor=alice, at=IN_TIME).state == ErasureState.TAKEN_BACK
    with pytest.raises(Refused, match="本人撤回"):
        services.take_back_erasure(asked, actor=alice, at=IN_TIME)
    assert services.request_erasure(alice, actor=alice, at=IN_TIME).state == ErasureState.OPEN


def test_who_may_ask_and_who_may_answer(asked, alice, member, campaign):
    with pytest.raises(Refused, match="没有保存"):
        services.request_erasure(member(), actor=member(), at=IN_TIME)
    with pytest.raises(Refused, match="认定办公室"):
        services.decide_erasure(asked, grant=True, reason="x", basis="x", actor=member(Role.LEADER), at=IN_TIME)
    office = factories.office_of(campaign.union)
    Person.objects.filter(pk=asked.person_id).update(user=office.user)
    with pytest.raises(Refused, match="由其他工作人员处理"):
        decide(ErasureRequest.objects.get(pk=asked.pk))


def test_nothing_asked_for_somebody_else_or_by_a_closed_account(alice, asked, member):
    alice.active = False
    ErasureRequest.objects.all().delete()
    with pytest.raises(Refused, match="只能请求删除本人"):
        services.request_erasure(alice, actor=alice, at=IN_TIME)


def test_files_that_were_erased_are_not_served(draft, alice, picture):

    material = services.attach_material(draft, slot="identity", file=picture(), actor=alice, at=IN_TIME)
    services.remove_material(material, actor=alice, at=IN_TIME)
    stored = StoredFile.objects.get(pk=material.file_id)
    erase_file(stored, at=OVER)
    assert stored.erased_at == IN_TIME, "done again it changes nothing"

    with pytest.raises(Http404):
        attachment(stored)
    packed = b"".join(archive([stored], name="x.zip").streaming_content)
    assert io.BytesIO(packed).read(2) == b"PK"
