"""What people are told on the way from the first draft to the office's desk, and whom the office may write to."""

from datetime import timedelta

import pytest

from applications import notify, services, tasks
from applications.mailings import Drafts, Returned
from applications.models import Application
from applications.states import Endorsement, State
from campaigns.rules import loader
from tests import factories
from tests.applications.test_intake import ANYONE
from tests.factories import IN_TIME, ApplicationFactory, CampaignFactory
from tests.kept import kept
from unions.models import Delivery, Member, Message
from unions.outbox import mass, selectors
from unions.outbox.mass import Scope
from unions.outbox.states import DeliveryState
from unions.permits import Refused
from unions.services import system_member
from unions.states import Role

DAY = timedelta(days=1)


def told(member):
    """Kinds of message in a member's inbox, the oldest first."""
    return list(selectors.inbox(member).order_by("pk").values_list("kind", flat=True))


def words(member):
    return selectors.content_of(selectors.inbox(member).order_by("pk").last())


# --- applying ---------------------------------------------------------------------------------------------------------


def test_whoever_files_is_told_the_number(campaign, alice):
    application = ApplicationFactory(campaign=campaign, member=alice)

    assert told(alice) == ["application.submitted"]
    assert application.number in words(alice).text
    message = selectors.inbox(alice).get()
    assert message.path == f"/shili/my/{application.pk}/"
    assert message.key_id == application.person.key_id


def test_a_return_says_until_when_and_keeps_the_reason_on_the_page(campaign, alice):
    application = ApplicationFactory(campaign=campaign, member=alice, state=State.RETURNED)

    assert told(alice) == ["application.submitted", "application.returned"]
    said = words(alice)
    assert "由认定办公室退回补正，共 1 项" in said.text
    assert "3月15日" in said.short
    assert "请补充" not in f"{said.subject}{said.text}{said.short}"

    services.submit_application(application, actor=alice, at=IN_TIME + DAY)
    assert told(alice)[-1] == "application.mended"
    assert set(Message.objects.get(kind="application.returned").deliveries.values_list("state", flat=True)) == {
        DeliveryState.WITHDRAWN
    }


def test_a_unit_and_its_officers_are_told_in_turn(campaign, town, officer, union):
    colleague = factories.MemberFactory(union=union, role=Role.UNIT_OFFICER, unit=town)

    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)
    assert told(officer) == ["application.to_unit"]
    assert told(colleague) == ["unit.waiting"]

    services.endorse_application(
        application, decision=Endorsement.ENDORSED, opinion="同意推荐", actor=colleague, at=IN_TIME
    )
    assert told(officer)[-1] == "application.endorsed"
    assert not Delivery.objects.filter(message__kind="unit.waiting", state=DeliveryState.QUEUED).exists()


def test_a_unit_that_declines_leaves_another_way_open(campaign, town, officer):
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)

    services.endorse_application(
        application, decision=Endorsement.DECLINED, opinion="名额有限", actor=officer, at=IN_TIME
    )

    assert told(officer)[-1] == "application.declined"
    assert "名额有限" not in words(officer).text


def test_a_unit_returns_under_its_own_name(campaign, town, officer):
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)

    services.return_application(
        application, reason="照片不清", items=["photo"], deadline=IN_TIME + DAY, actor=officer, at=IN_TIME
    )

    assert "由示例镇总工会退回补正" in words(officer).text


def test_a_withdrawal_is_confirmed_and_withdraws_what_was_on_its_way(campaign, alice):
    ApplicationFactory(campaign=campaign, member=alice, state=State.WITHDRAWN)

    assert told(alice) == ["application.submitted", "application.withdrawn"]
    states = Delivery.objects.filter(message__kind="application.submitted").values_list("state", flat=True)
    assert set(states) == {DeliveryState.WITHDRAWN}


def test_what_lapsed_is_told(campaign, alice, draft, union):
    services.lapse_overdue(campaign, actor=system_member(union), at=campaign.closes_at + DAY)

    assert told(alice) == ["application.lapsed"]


# --- nomination by anybody ----------------------------------------------------------------------------------------------


@kept
def open_campaign(union):
    text = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    text = text.replace("# --- 交什么材料", ANYONE + "\n# --- 交什么材料", 1)
    return CampaignFactory(union=union, slug="tianmu", text=text)


@kept
def named(open_campaign, alice):
    return services.nominate_person(
        open_campaign,
        channel="others",
        name="蒋海涛",
        reason="手艺好",
        contact="+8619900007777",
        actor=alice,
        at=IN_TIME,
    )


def test_the_person_named_is_asked_with_the_link(named, alice):
    application, token = named
    message = Message.objects.get(kind="nomination.invited")

    said = selectors.content_of(message)
    assert f"/my/nominations/{token}/" in said.short
    assert (said.name, said.address) == ("蒋海涛", "+8619900007777")
    assert message.key_id == application.person.key_id
    assert token not in message.sealed
    assert told(alice) == []


def test_whoever_named_them_learns_the_answer_and_nothing_after_it(named, alice, member):
    application, _token = named
    nominee = member(name="蒋海涛")
    factories.consent(nominee)

    accepted = services.accept_nomination(application, actor=nominee, at=IN_TIME)
    services.withdraw_application(accepted, actor=nominee, at=IN_TIME)

    assert told(alice) == ["nomination.accepted"]
    assert told(nominee) == ["application.withdrawn"]
    assert Delivery.objects.get(message__kind="nomination.invited").state == DeliveryState.WITHDRAWN


def test_a_no_is_told_too(named, alice, member):
    services.decline_nomination(named[0], actor=member(), at=IN_TIME)

    assert told(alice) == ["nomination.declined"]


def test_an_invitation_that_lapses_is_withdrawn_and_nobody_is_told_anything(named, open_campaign, union, alice):
    services.lapse_overdue(open_campaign, actor=system_member(union), at=open_campaign.closes_at + DAY)

    assert Delivery.objects.get().state == DeliveryState.WITHDRAWN
    assert told(alice) == []


def test_taking_a_nomination_back_withdraws_its_invitation(named, alice):
    services.withdraw_application(named[0], actor=alice, at=IN_TIME)

    assert Delivery.objects.get(message__kind="nomination.invited").state == DeliveryState.WITHDRAWN
    assert told(alice) == ["application.withdrawn"]


# --- reminders ------------------------------------------------------------------------------------------------------------


def test_an_unfinished_draft_is_reminded_of_once_before_the_end(campaign, alice, draft):
    near = campaign.closes_at - notify.DRAFT_NEAR

    assert notify.deadlines_near(campaign, at=near - DAY) == 0
    assert notify.deadlines_near(campaign, at=near) == 1
    assert notify.deadlines_near(campaign, at=near + DAY) == 0
    assert told(alice) == ["application.draft_near"]
    assert notify.deadlines_near(campaign, at=campaign.closes_at + DAY) == 0


def test_a_return_is_reminded_of_once_before_its_deadline(campaign, alice):
    application = ApplicationFactory(campaign=campaign, member=alice, state=State.RETURNED)
    deadline = application.returns.get().deadline

    assert notify.deadlines_near(campaign, at=deadline - notify.RETURN_NEAR - DAY) == 0
    assert notify.deadlines_near(campaign, at=deadline - notify.RETURN_NEAR) == 1
    assert notify.deadlines_near(campaign, at=deadline) == 0
    assert told(alice)[-1] == "application.return_near"


def test_a_reminder_finds_the_draft_handed_in_meanwhile(campaign, alice, draft):
    row = notify.drafts(campaign).get()
    Application.objects.filter(pk=draft.pk).update(state=State.WITHDRAWN)

    said = {"期限": "明天"}
    assert notify._remind(row, notify.letter(row, "application.draft_near", said), State.DRAFT, IN_TIME) == 0
    assert notify._remind(row, [], State.DRAFT, IN_TIME) == 0


def test_beat_reminds_in_every_union(campaign, alice, draft, monkeypatch):
    called = []
    monkeypatch.setattr(tasks.remind_applicants_of, "delay", lambda *ids: called.append(ids))
    monkeypatch.setattr(tasks.timezone, "now", lambda: campaign.closes_at - DAY)

    tasks.remind_applicants()

    assert called == [(campaign.union_id, campaign.pk)]
    assert tasks.remind_applicants_of(*called[0]) == 1


# --- whom the office may write to ------------------------------------------------------------------------------------------


def test_the_office_may_write_to_all_unfinished_drafts(campaign, alice, draft, union):
    ApplicationFactory(campaign=campaign)
    selection = Drafts()

    (scope,) = selection.scopes(union, at=IN_TIME)
    (news,) = selection.people(union, scope.id, at=IN_TIME)

    assert scope == Scope(str(campaign.pk), campaign.title)
    assert news.letters[0].to == alice
    assert selection.scopes(union, at=campaign.closes_at + DAY) == []
    assert selection.people(union, scope.id, at=campaign.closes_at + DAY) == []


def test_the_office_may_write_to_all_who_are_mending(campaign, alice, union):
    ApplicationFactory(campaign=campaign, member=alice, state=State.RETURNED)
    selection = Returned()

    (scope,) = selection.scopes(union, at=IN_TIME)
    (news,) = selection.people(union, scope.id, at=IN_TIME)

    assert news.letters[0].to == alice


@pytest.mark.parametrize("scope", ["", "x", "999999"])
def test_a_scope_that_is_none_of_the_union_is_refused(union, scope):
    with pytest.raises(Refused, match="没有这个活动"):
        Returned().people(union, scope, at=IN_TIME)


def test_who_hands_in_after_a_mass_message_was_written_does_not_get_it(campaign, alice, union):
    application = ApplicationFactory(campaign=campaign, member=alice, state=State.DRAFT)
    office = factories.office_of(union)
    kind = "mass.drafts"
    (scope,) = Drafts().scopes(union, at=IN_TIME)
    offered = mass.queueing.wordings(union, [kind])[kind]
    written = mass.write_mass_message(union, Drafts(), scope, words=offered, actor=office, at=IN_TIME)

    services.submit_application(application, actor=alice, at=IN_TIME)
    mass.release_mass_message(written, actor=office, at=IN_TIME)

    assert told(alice) == ["application.submitted"]


def test_a_reader_without_a_sign_in_is_not_told(campaign, draft):
    draft.applicant = Member.objects.get(union=campaign.union, role=Role.SYSTEM)

    assert notify.letter(draft, "application.lapsed") == []
