"""他人推荐: how long an answer is waited for, asking once more, and the measure that keeps it from being misused."""

import json
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import services, tasks
from applications.models import Application, NomineeInvitation
from applications.services import nominations
from applications.states import State
from campaigns.rules import loader
from tests import factories
from tests.applications.test_intake import ANYONE
from tests.factories import IN_TIME, CampaignFactory, consent, sign_in
from tests.kept import kept
from unions import throttle
from unions.models import AuditEntry
from unions.permits import Refused
from unions.services import system_member

CONTACT = "+8619900007777"


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)


@pytest.fixture(autouse=True)
def texts(settings, tmp_path):
    settings.SMS_FILE_PATH = tmp_path
    return lambda: [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.json")]


def _campaign(union, more="", **details):
    source = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    way = ANYONE.rstrip() + f"\n{more}\n"
    return CampaignFactory(
        union=union, slug="tianmu", text=source.replace("# --- 交什么材料", way + "\n# --- 交什么材料", 1), **details
    )


@kept
def campaign(union):
    return _campaign(union, closes=date(2026, 4, 20))


def name(campaign, actor, *, contact=CONTACT, at=IN_TIME):
    return services.nominate_person(
        campaign, channel="others", name="蒋海涛", reason="手艺好", actor=actor, at=at, contact=contact
    )


def _day(answer_by):
    return timezone.localtime(answer_by).strftime("%m-%d %H:%M")


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def text(response):
    return response.content.decode()


# --- how long --------------------------------------------------------------------------------------------------------


def test_without_a_word_in_the_rules_two_weeks_are_given(campaign, alice):
    assert _day(name(campaign, alice)[0].answer_by) == "03-24 23:59"


@pytest.mark.parametrize(("days", "unit", "until"), [(3, "calendar", "03-13 23:59"), (5, "working", "03-17 23:59")])
def test_the_rules_say_how_long(union, alice, days, unit, until):
    campaign = _campaign(union, f'answer_within = {{ days = {days}, unit = "{unit}" }}', closes=date(2026, 4, 20))

    assert _day(name(campaign, alice)[0].answer_by) == until


def test_never_longer_than_the_window_is_open(union, alice):
    campaign = _campaign(union, closes=date(2026, 3, 20))

    assert name(campaign, alice)[0].answer_by == campaign.closes_at


def test_where_the_working_days_are_not_known_yet_the_deadline_holds(union, alice, monkeypatch):
    campaign = _campaign(union, 'answer_within = { days = 400, unit = "working" }', closes=date(2026, 4, 20))

    assert name(campaign, alice)[0].answer_by == campaign.closes_at


def test_the_beat_ends_what_was_not_answered_and_nothing_else(campaign, alice, member):
    waiting, _token = name(campaign, alice)
    nominee = member()
    consent(nominee)
    accepted = services.accept_nomination(name(campaign, alice, contact="")[0], actor=nominee, at=IN_TIME)
    late = waiting.answer_by + timedelta(minutes=1)

    assert services.lapse_overdue(campaign, actor=system_member(campaign.union), at=waiting.answer_by) == 0
    with pytest.raises(Refused, match=r"答复期限（.*）已过"):
        services.accept_nomination(waiting, actor=nominee, at=late)
    assert services.lapse_overdue(campaign, actor=system_member(campaign.union), at=late) == 1

    states = dict(Application.objects.values_list("pk", "state"))
    assert states == {waiting.pk: State.LAPSED, accepted.pk: State.DRAFT}


def test_the_task_asks_the_clock(campaign, alice, monkeypatch):
    waiting, _token = name(campaign, alice)
    monkeypatch.setattr(timezone, "now", lambda: waiting.answer_by + timedelta(minutes=1))

    assert tasks.lapse_overdue(campaign.union_id, campaign.pk) == 1


# --- once more -------------------------------------------------------------------------------------------------------


def test_whoever_named_somebody_asks_once_more_with_a_new_link(client, campaign, alice, texts):
    sign_in(client, alice).post(
        url("recommend", campaign_slug="tianmu"), {"name": "蒋海涛", "reason": "手艺好", "contact": CONTACT}
    )
    application = Application.objects.get()
    factories.carry_messages(campaign.union, at=IN_TIME)
    old = application.claim_digest
    page = text(client.get(url("nominations")))
    assert "前答复" in page
    assert "重新发送" in page
    here = url("resend_invitation", pk=application.pk)
    assert "只能重新发送一次" in text(client.get(here))
    assert "必填" in text(client.post(here, {}))

    page = text(client.post(here, {"contact": "199 0000 8888"}))
    factories.carry_messages(campaign.union, at=IN_TIME)

    assert "邀请正在发给蒋海涛" in page
    assert sorted(message["to"] for message in texts()) == [CONTACT, "+8619900008888"]
    application.refresh_from_db()
    assert application.claim_digest not in {old, ""}
    link = re.search(r"/my/nominations/[\w-]+/", page)[0]
    assert "有人推荐您" in text(type(client)().get(f"/shili{link}"))
    assert "邀请只能重新发送一次" in text(client.post(here, {"contact": CONTACT}))
    assert "重新发送</a>" not in text(client.get(url("nominations")))
    assert AuditEntry.objects.filter(action="application.invitation_resent").count() == 1


def test_only_whoever_named_them_asks_again_and_not_after_an_answer(client, campaign, alice, member, monkeypatch):
    application, _token = name(campaign, alice)
    stranger = member()
    with pytest.raises(Refused, match="只有推荐人"):
        services.resend_invitation(application, contact=CONTACT, actor=stranger, at=IN_TIME)
    assert sign_in(client, stranger).get(url("resend_invitation", pk=application.pk)).status_code == 404
    sign_in(client, alice)
    monkeypatch.setattr(throttle, "allowed", lambda *_a, **_k: False)
    assert "操作太频繁" in text(client.post(url("resend_invitation", pk=application.pk), {"contact": CONTACT}))
    services.decline_nomination(application, actor=alice, at=IN_TIME)
    with pytest.raises(Refused, match="已被接受、谢绝或撤回"):
        services.resend_invitation(application, contact=CONTACT, actor=alice, at=IN_TIME)
    assert "现在不能重新发送" in text(client.get(url("resend_invitation", pk=application.pk)))


# --- the measure -----------------------------------------------------------------------------------------------------


def test_nobody_is_pestered_whoever_names_them(campaign, alice, member):
    for n in range(nominations.ASKED_PER_CONTACT):
        name(campaign, member() if n else alice)

    with pytest.raises(Refused, match="现在不能再向这个号码"):
        name(campaign, alice)
    assert CONTACT not in str(list(NomineeInvitation.objects.values()))
    name(campaign, alice, contact="someone@example.com")


def test_who_said_no_is_not_asked_again(campaign, alice, member):
    application, _token = name(campaign, alice)
    services.decline_nomination(application, actor=alice, at=IN_TIME)

    with pytest.raises(Refused, match="现在不能再向这个号码"):
        name(campaign, member())


def test_ten_people_a_day_are_enough(campaign, alice):
    for _ in range(nominations.NAMED_A_DAY):
        name(campaign, alice, contact="")
    with pytest.raises(Refused, match="一天至多推荐 10 人"):
        name(campaign, alice, contact="")

    name(campaign, alice, contact="", at=IN_TIME + timedelta(days=1, minutes=1))


def test_oneself_is_not_invited(campaign, alice):
    with pytest.raises(Refused, match="不能邀请自己"):
        name(campaign, alice, contact=alice.user.phone)
