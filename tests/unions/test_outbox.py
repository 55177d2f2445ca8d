"""Queuing, carrying and tending messages, one at a time. What happens at once is in test_outbox_at_once."""

import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from tests import factories
from tests.kept import kept
from tests.unions.gateway import Gateway
from unions import audit, messaging, tasks, tenancy
from unions.models import AuditEntry, Delivery, Mailbox, Member, Message, Union
from unions.outbox import courier, mass, queueing, selectors, tending
from unions.outbox.kinds import Words
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.mass import Scope
from unions.outbox.states import RETRY_AFTER, TOO_OLD, Channel, DeliveryState, MassState
from unions.permits import Refused
from unions.states import Role

NOON = factories.NOON
MINUTE = timedelta(minutes=1)
TOPIC = Topic("application", 7)
SAID = {"申报人": "李示例", "活动": "示例工匠认定"}
S = DeliveryState


@pytest.fixture(autouse=True)
def gateway(settings: Settings) -> Iterator[type[Gateway]]:
    settings.SMS_BACKEND = "tests.unions.gateway.Gateway"
    Gateway.reset()
    yield Gateway
    Gateway.reset()


@kept
def alice(union: Union) -> Member:
    """Reached by phone and by mail."""
    return factories.MemberFactory(union=union, name="田秀兰")


@kept
def office(union: Union) -> Member:
    return factories.office_of(union)


def letter(to: Member | Contact, kind: str = "application.withdrawn", **more: Any) -> Letter:
    return Letter(kind, to, SAID, **more)


def tell(union: Union, *letters: Letter, topic: Topic = TOPIC, at: Any = NOON) -> list[Message]:
    return queueing.tell(union, [News(topic, letters)], at=at)


def carry(union: Union, at: Any = NOON) -> None:
    courier.deliver_due(union.pk, at_clock=lambda: at)


def states(message: Message) -> dict[str, str]:
    return dict(message.deliveries.order_by("channel").values_list("channel", "state"))


# --- queuing ----------------------------------------------------------------------------------------------------------


def test_a_message_is_read_on_the_site_and_goes_by_mail_and_phone(union: Union, alice: Member) -> None:
    (message,) = tell(union, letter(alice, path="/shili/my/7/"))
    carry(union)

    assert "李示例参加“示例工匠认定”的申报已按您的操作撤回" in selectors.content_of(message).text
    assert states(message) == {"mail": S.SENT, "sms": S.SENT}
    (sent,) = mail.outbox
    assert sent.to == [alice.user.email]
    assert sent.extra_headers["Message-ID"] == f"<{message.deliveries.get(channel=Channel.MAIL).stable_id}>"
    assert "登录后查看：http" in str(sent.body)
    assert "/shili/my/7/" in str(sent.body)
    assert "示例区总工会" in str(sent.body)
    (text,) = Gateway.taken
    assert text.to == alice.user.phone
    assert text.text.startswith("【匠选】李示例")


def test_nothing_of_a_message_is_kept_in_clear(union: Union, alice: Member) -> None:
    tell(union, letter(Contact("蒋海涛", "jiang@example.com")), letter(alice))

    for message in Message.objects.all():
        assert not any(word in message.sealed for word in ("李示例", "蒋海涛", "example.com"))


def test_a_phone_that_was_never_proved_and_an_empty_address_get_nothing(union: Union, alice: Member) -> None:
    alice.user.phone_verified, alice.user.email = False, None
    alice.user.save()

    (message,) = tell(union, letter(alice))

    assert states(message) == {}
    assert selectors.inbox(alice).get() == message


@pytest.mark.parametrize(
    ("address", "channel"), [("+8619900007777", "sms"), ("199 0000 7777", "sms"), ("jiang@example.com", "mail")]
)
def test_somebody_who_is_no_member_is_reached_at_what_they_gave(union: Union, address: str, channel: str) -> None:
    (message,) = tell(union, letter(Contact("蒋海涛", address)))
    carry(union)

    assert states(message) == {channel: S.SENT}
    assert [taken.to for taken in Gateway.taken] == (["+8619900007777"] if channel == "sms" else [])


def test_a_contact_that_reaches_nobody_waits_for_a_person(union: Union, office: Member) -> None:
    (message,) = tell(union, letter(Contact("蒋海涛", "到厂里找我")))

    (line,) = selectors.lines(list(selectors.deliveries(office, states=[S.FAILED])))
    assert states(message) == {"mail": S.FAILED}
    assert (line.name, line.address, line.error) == ("蒋海涛", "到厂里找我", "收件人没有留下可用的联系方式")


def test_what_is_to_be_told_once_is_told_once(union: Union, alice: Member) -> None:
    tell(union, letter(alice, once="x"))

    assert tell(union, letter(alice, once="x")) == []
    assert Message.objects.count() == 1


def test_telling_many_takes_as_many_queries_as_telling_one(
    union: Union, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [factories.MemberFactory(union=union) for _ in range(4)]
    with django_assert_num_queries(14):
        queueing.tell(union, [News(Topic("application", 1), [letter(people[0])])], at=NOON)
    with django_assert_num_queries(14):
        news = [News(Topic("application", n), [letter(one)]) for n, one in enumerate(people[1:], start=2)]
        queueing.tell(union, news, at=NOON)


def test_telling_nobody_asks_nothing(union: Union, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):  # the savepoint
        assert queueing.tell(union, [News(TOPIC, [])], at=NOON) == []


def test_a_message_that_cannot_be_rendered_takes_the_act_down_with_it(union: Union, alice: Member) -> None:
    with pytest.raises(KeyError, match="受理编号"):
        tell(union, letter(alice, "application.submitted"))


# --- a newer decision ---------------------------------------------------------------------------------------------------


def test_a_newer_decision_withdraws_the_unsent_older_one_to_whomever(union: Union, alice: Member) -> None:
    bob = factories.MemberFactory(union=union)
    older, waiting = tell(union, letter(alice, "application.lapsed"), letter(bob))
    held = tell(union, letter(alice), at=NOON + MINUTE)
    carry(union, NOON + MINUTE)

    older.refresh_from_db()
    assert states(older) == states(waiting) == {"mail": S.WITHDRAWN, "sms": S.WITHDRAWN}
    assert older.superseded_at == NOON + MINUTE
    assert states(held[0]) == {"mail": S.SENT, "sms": S.SENT}
    assert len(mail.outbox) == 1


def test_two_letters_of_one_act_do_not_withdraw_each_other(union: Union, alice: Member) -> None:
    bob = factories.MemberFactory(union=union)

    for message in tell(union, letter(alice), letter(bob)):
        assert set(states(message).values()) == {S.QUEUED}


def test_what_only_informs_withdraws_nothing(union: Union, alice: Member) -> None:
    (older,) = tell(union, letter(alice))
    said = {**SAID, "期限": "明天"}
    tell(union, Letter("application.draft_near", alice, said), at=NOON + MINUTE)

    assert set(states(older).values()) == {S.QUEUED}


def test_another_topic_is_left_alone(union: Union, alice: Member) -> None:
    (older,) = tell(union, letter(alice))
    tell(union, letter(alice), topic=Topic("seat", 7))

    assert set(states(older).values()) == {S.QUEUED}


def test_what_was_sent_stays_sent(union: Union, alice: Member) -> None:
    (older,) = tell(union, letter(alice))
    carry(union)
    queueing.withdraw(union, [TOPIC], at=NOON + MINUTE)

    assert set(states(older).values()) == {S.SENT}


def test_a_decision_finds_a_delivery_whose_worker_died_and_gives_it_to_a_person(union: Union, alice: Member) -> None:
    (older,) = tell(union, letter(alice))
    delivery = older.deliveries.get(channel=Channel.SMS)
    assert courier.claim(delivery.pk, at=NOON)

    tell(union, letter(alice), at=NOON + MINUTE)

    assert states(older) == {"mail": S.WITHDRAWN, "sms": S.UNCLEAR}
    assert older.deliveries.get(channel=Channel.SMS).error == "interrupted"


def test_a_reminder_that_is_no_longer_apt_is_not_queued(union: Union, alice: Member) -> None:
    letters = [Letter("application.draft_near", alice, {**SAID, "期限": "明天"})]

    assert queueing.remind(union, TOPIC, letters, still=lambda: False, at=NOON) == 0
    assert queueing.remind(union, TOPIC, letters, still=lambda: True, at=NOON) == 1


# --- carrying -----------------------------------------------------------------------------------------------------------


def sms_only(union: Union) -> Delivery:
    (message,) = tell(union, letter(Contact("蒋海涛", "+8619900007777")))
    return message.deliveries.get()


def now(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_what_was_surely_not_taken_is_tried_again_later_and_later_and_then_waits_for_a_person(union: Union) -> None:
    delivery = sms_only(union)
    at = NOON
    for pause in RETRY_AFTER:
        Gateway.answers[:] = ["busy"]
        carry(union, at)
        assert (now(delivery).state, now(delivery).due_at) == (S.QUEUED, at + pause)
        carry(union, at)  # not due yet
        at += pause
    Gateway.answers[:] = ["busy"]
    carry(union, at)

    assert (now(delivery).state, now(delivery).error) == (S.FAILED, "unreachable")
    assert now(delivery).attempts == len(RETRY_AFTER) + 1
    assert Gateway.taken == []


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        ("refused", S.FAILED, "refused"),
        ("silent", S.UNCLEAR, "silent"),
        ("bug", S.UNCLEAR, "unexpected"),
    ],
)
def test_what_came_of_it_is_written_down(union: Union, answer: str, state: str, error: str) -> None:
    delivery = sms_only(union)
    Gateway.answers[:] = [answer]

    carry(union)
    carry(union, NOON + timedelta(days=1))

    assert (now(delivery).state, now(delivery).error, now(delivery).attempts) == (state, error, 1)


def test_a_claimed_delivery_whose_worker_died_is_never_sent_again_by_itself(union: Union) -> None:
    delivery = sms_only(union)
    assert courier.claim(delivery.pk, at=NOON)

    carry(union, NOON + MINUTE)

    assert (now(delivery).state, now(delivery).error) == (S.UNCLEAR, "interrupted")
    assert Gateway.taken == []


def test_what_was_withdrawn_after_the_claim_does_not_leave(union: Union) -> None:
    delivery = sms_only(union)
    assert courier.claim(delivery.pk, at=NOON)
    queueing.withdraw(union, [TOPIC], at=NOON)

    courier.hand_over(delivery.pk, at_clock=lambda: NOON)

    assert Gateway.taken == []
    assert not courier.claim(delivery.pk, at=NOON)


def test_what_lay_too_long_waits_for_a_person_instead_of_surprising_somebody(union: Union) -> None:
    delivery = sms_only(union)

    carry(union, NOON + TOO_OLD + MINUTE)

    assert (now(delivery).state, now(delivery).error) == (S.FAILED, "too_old")


def test_who_has_no_address_any_more_waits_for_a_person(union: Union, alice: Member) -> None:
    (message,) = tell(union, letter(alice))
    alice.user.email = None
    alice.user.save()

    carry(union)

    assert states(message) == {"mail": S.FAILED, "sms": S.SENT}


def test_a_deleted_key_withdraws_what_it_sealed(union: Union, alice: Member) -> None:
    (message,) = tell(union, letter(alice))
    message.key.delete()
    carry(union)

    message.refresh_from_db()
    assert set(states(message).values()) == {S.WITHDRAWN}
    assert selectors.shown(message).text == selectors.GONE
    (later,) = tell(union, letter(alice), at=NOON + MINUTE)
    assert "李示例" in selectors.content_of(later).text


def test_one_that_breaks_does_not_hold_up_the_next(union: Union) -> None:
    first, second = sms_only(union), None
    (message,) = tell(union, letter(Contact("吕小妹", "+8619900008888")), topic=Topic("application", 8))
    second = message.deliveries.get()
    Gateway.answers[:] = ["bug", "ok"]

    carry(union)

    assert {now(first).state, now(second).state} == {S.UNCLEAR, S.SENT}


def test_a_task_that_takes_too_long_leaves_the_rest_to_another(union: Union) -> None:
    sms_only(union)
    tell(union, letter(Contact("吕小妹", "+8619900008888")), topic=Topic("application", 8))
    clock = iter([NOON, NOON, NOON, *[NOON + timedelta(hours=1)] * 9])

    assert courier.deliver_due(union.pk, at_clock=lambda: next(clock))
    assert len(Gateway.taken) == 1


def test_more_than_one_task_may_carry_asks_for_another(
    union: Union, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    called: list[int] = []
    monkeypatch.setattr(courier, "AT_ONCE", 1)
    monkeypatch.setattr(tasks.deliver_messages, "delay", called.append)
    delivery = sms_only(union)
    tell(union, letter(Contact("吕小妹", "+8619900008888")), topic=Topic("application", 8))
    Delivery.objects.update(due_at=delivery.due_at + (tasks.timezone.now() - NOON))

    tasks.deliver_messages(union.pk)
    assert (len(Gateway.taken), called) == (1, [union.pk])

    tasks.deliver_messages(union.pk)
    assert (len(Gateway.taken), called) == (2, [union.pk])


def test_the_sweep_finds_unions_in_which_something_is_due(
    union: Union, other_union: Union, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[int] = []
    monkeypatch.setattr(tasks.deliver_messages, "delay", called.append)
    sms_only(union)

    tasks.sweep_messages()

    assert called == [union.pk]


# --- servers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no")}), messaging.RefusedError),
        (smtplib.SMTPRecipientsRefused({"a": (450, b"later")}), messaging.NotTakenError),
        (smtplib.SMTPDataError(554, b"no"), messaging.NotTakenError),
        (smtplib.SMTPServerDisconnected("gone"), messaging.UndeliveredError),
        (TimeoutError(), messaging.UndeliveredError),
        (ConnectionRefusedError(), messaging.NotTakenError),
    ],
)
def test_an_error_after_the_letter_is_on_its_way_is_sure_only_where_the_server_said_no(
    error: OSError, expected: type[Exception], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send_messages(self: object, messages: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send_messages)

    with pytest.raises(messaging.UndeliveredError) as raised:
        messaging.send("a@example.com", subject="x", text="x", message_id="x")
    assert type(raised.value) is expected
    assert "a@example.com" not in str(raised.value)


def test_a_server_that_cannot_be_reached_surely_took_nothing(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens

    with pytest.raises(messaging.NotTakenError):
        messaging.send("a@example.com", subject="x", text="x", message_id="x")


def test_a_gateway_out_of_reach_surely_took_nothing(settings: Settings) -> None:
    settings.SMS_BACKEND = "tests.unions.gateway.UnreachableGateway"

    with pytest.raises(messaging.NotTakenError):
        messaging.send("+8619900007777", subject="x", text="x", message_id="x")


# --- tending ------------------------------------------------------------------------------------------------------------


def unclear(union: Union) -> Delivery:
    delivery = sms_only(union)
    Gateway.answers[:] = ["silent"]
    carry(union)
    return now(delivery)


def test_a_person_sends_again_under_the_same_id_and_says_why(union: Union, office: Member) -> None:
    delivery = unclear(union)

    tending.send_again(delivery.pk, reason="号码已核实", actor=office, at=NOON + MINUTE)
    carry(union, NOON + MINUTE)

    found = now(delivery)
    assert (found.state, found.settled_by, found.settled_reason) == (S.SENT, office, "号码已核实")
    assert len({taken.message_id for taken in Gateway.taken}) == 1
    entry = AuditEntry.objects.get(action="message.sent_again")
    assert (entry.actor, entry.reason, entry.before) == (office, "号码已核实", {"state": S.UNCLEAR})


def test_a_person_records_how_somebody_was_told(union: Union, office: Member) -> None:
    delivery = unclear(union)

    tending.told_otherwise(delivery.pk, reason="3月2日电话告知", actor=office, at=NOON)

    assert (now(delivery).state, now(delivery).error) == (S.TOLD, "silent")
    with pytest.raises(Refused, match="已另行告知，不需要人工办理"):
        tending.send_again(delivery.pk, reason="再发", actor=office, at=NOON)
    assert audit.verify(union).verified


def test_what_a_later_decision_overtook_is_not_sent_again(union: Union, office: Member, alice: Member) -> None:
    delivery = unclear(union)
    tell(union, letter(alice), at=NOON + MINUTE)

    with pytest.raises(Refused, match="后来又有新的决定"):
        tending.send_again(delivery.pk, reason="再发", actor=office, at=NOON)
    tending.told_otherwise(delivery.pk, reason="已电话说明", actor=office, at=NOON)
    assert now(delivery).state == S.TOLD


@pytest.mark.parametrize("act", [tending.send_again, tending.told_otherwise])
def test_settling_without_a_reason_is_refused(union: Union, office: Member, act: Callable[..., Any]) -> None:
    delivery = unclear(union)

    with pytest.raises(Refused, match="请填写理由"):
        act(delivery.pk, reason=" ", actor=office, at=NOON)
    assert now(delivery).state == S.UNCLEAR


@pytest.mark.parametrize(
    ("role", "why"),
    [(Role.APPLICANT, "只有认定办公室"), (Role.LEADER, "只有认定办公室"), (Role.ADMIN, "另一个岗位")],
)
def test_only_the_desk_of_a_kind_settles_it(union: Union, role: Role, why: str) -> None:
    delivery = unclear(union)

    with pytest.raises(Refused, match=why):
        tending.told_otherwise(delivery.pk, reason="x", actor=factories.MemberFactory(union=union, role=role), at=NOON)


def test_after_an_outage_everything_that_reached_nobody_goes_out_again(union: Union, office: Member) -> None:
    lost, refused = sms_only(union), None
    (message,) = tell(union, letter(Contact("吕小妹", "+8619900008888")), topic=Topic("application", 8))
    refused = message.deliveries.get()
    Delivery.objects.filter(pk=lost.pk).update(state=S.FAILED, error="unreachable", attempts=6)
    Delivery.objects.filter(pk=refused.pk).update(state=S.FAILED, error="refused", attempts=1)

    with pytest.raises(Refused, match="请填写理由"):
        tending.send_all_again(reason="", actor=office, at=NOON)
    assert tending.send_all_again(reason="短信恢复", actor=office, at=NOON) == 1
    carry(union)

    assert (now(lost).state, now(refused).state) == (S.SENT, S.FAILED)
    with pytest.raises(Refused, match="没有可以重新发送的消息"):
        tending.send_all_again(reason="短信恢复", actor=office, at=NOON)


def test_a_delivery_takes_no_way_that_the_table_does_not_know(union: Union) -> None:
    with pytest.raises(ValueError, match="cannot become"):
        courier.move(sms_only(union), S.SENT, at=NOON)


# --- the recipient ------------------------------------------------------------------------------------------------------


def test_preferences_turn_off_what_is_not_essential_and_nothing_else(union: Union, alice: Member) -> None:
    tending.choose_channels(alice, mail=False, sms=False, at=NOON)
    tending.choose_channels(alice, mail=False, sms=False, at=NOON)

    near = Letter("application.draft_near", alice, {**SAID, "期限": "明天"})
    optional, essential = tell(union, near, letter(alice), at=NOON)

    assert states(optional) == {}
    assert set(states(essential)) == {"mail", "sms"}
    assert AuditEntry.objects.filter(action="mailbox.channels_chosen").count() == 1


def test_reading_is_counted_for_oneself_only(union: Union, alice: Member) -> None:
    bob = factories.MemberFactory(union=union)
    (first, *_) = tell(union, letter(alice), letter(alice), letter(bob))

    assert tending.read_messages(alice, at=NOON, message_id=first.pk) == 1
    assert tending.read_messages(alice, at=NOON) == 1
    assert tending.read_messages(alice, at=NOON) == 0
    assert Member.objects.annotate(unread=selectors.unread()).get(pk=bob.pk).unread == 1


# --- the union's own words ----------------------------------------------------------------------------------------------


def test_a_union_says_it_in_its_own_words_and_goes_back(union: Union, alice: Member) -> None:
    admin = factories.MemberFactory(union=union, role=Role.ADMIN)
    (before,) = tell(union, letter(alice))
    for text in ("{姓名}，撤回了", "{姓名}，已撤回"):
        words = Words("撤回", text, "{姓名}已撤回")
        tending.reword(union, "application.withdrawn", words, actor=admin, at=NOON)

    (after,) = tell(union, letter(alice), at=NOON + MINUTE)
    assert selectors.content_of(after).text == "田秀兰，已撤回"
    assert "按您的操作" in selectors.content_of(before).text

    tending.reset_wording(union, "application.withdrawn", actor=admin, at=NOON)
    assert "按您的操作" in selectors.content_of(tell(union, letter(alice), at=NOON)[0]).text
    with pytest.raises(Refused, match="就是系统用语"):
        tending.reset_wording(union, "application.withdrawn", actor=admin, at=NOON)


def test_words_that_are_wrong_are_not_saved(union: Union) -> None:
    admin = factories.MemberFactory(union=union, role=Role.ADMIN)

    with pytest.raises(Refused, match="身份证号"):
        tending.reword(union, "application.withdrawn", Words("x", "{身份证号}", "x"), actor=admin, at=NOON)


def test_only_the_administrator_changes_the_words(union: Union, office: Member) -> None:
    with pytest.raises(Refused, match="管理员"):
        tending.reword(union, "application.withdrawn", Words("x", "x", "x"), actor=office, at=NOON)


# --- mass messages ------------------------------------------------------------------------------------------------------


class Everybody:
    """All applicants of a union, but those whom somebody decided about."""

    id, label, kind = "everybody", "所有人", "mass.drafts"
    asked = 0
    leaves: Member | None = None

    def scopes(self, union: Union, *, at: Any) -> list[Scope]:
        return [Scope("1", "示例工匠认定")]

    def people(self, union: Union, scope: str, *, at: Any) -> list[News]:
        self.asked += 1
        members = Member.objects.filter(union=union, role=Role.APPLICANT).select_related("user")
        if self.asked > 1 and self.leaves is not None:
            members = members.exclude(pk=self.leaves.pk)
        said = {**SAID, "期限": "3月20日"}
        return [News(Topic("application", one.pk), [Letter("mass.drafts", one, said)]) for one in members]


WORDS = Words("请提交", "{姓名}，请在{期限}前提交", "{姓名}，请在{期限}前提交")


def write(union: Union, office: Member, selection: Everybody | None = None) -> Any:
    return mass.write_mass_message(
        union, selection or Everybody(), Scope("1", "示例工匠认定"), words=WORDS, actor=office, at=NOON
    )


def test_a_mass_message_waits_until_somebody_looked_at_it(union: Union, office: Member, alice: Member) -> None:
    written = write(union, office)
    carry(union)

    assert (written.people, written.state) == (1, MassState.HELD)
    assert mail.outbox == []
    assert not selectors.inbox(alice).exists()
    (row,) = selectors.recipients(written)
    assert selectors.content_of(row).text == "田秀兰，请在3月20日前提交"

    mass.release_mass_message(written, actor=office, at=NOON + MINUTE)
    carry(union, NOON + MINUTE)

    assert len(mail.outbox) == len(Gateway.taken) == 1
    assert selectors.inbox(alice).exists()
    with pytest.raises(Refused, match="已发出，不能再办理"):
        mass.discard_mass_message(written, actor=office, at=NOON + MINUTE)


def test_a_discarded_mass_message_reaches_nobody(union: Union, office: Member, alice: Member) -> None:
    written = write(union, office)
    mass.discard_mass_message(written, actor=office, at=NOON + MINUTE)
    carry(union, NOON + MINUTE)

    assert mail.outbox == []
    assert not selectors.inbox(alice).exists()
    assert selectors.mass_counts(written) == {S.WITHDRAWN: 2}


def test_whoever_was_decided_about_since_is_left_out(union: Union, office: Member, alice: Member) -> None:
    factories.MemberFactory(union=union)
    written = write(union, office)
    tell(union, letter(alice), topic=Topic("application", alice.pk), at=NOON + MINUTE)
    mass.release_mass_message(written, actor=office, at=NOON + 2 * MINUTE)

    assert selectors.standing(written).count() == 1
    assert selectors.inbox(alice).get().mass is None
    assert AuditEntry.objects.get(action="mass_message.released").after == {"people": 1, "deliveries": 2}


def test_who_is_meant_is_asked_again_under_the_locks(union: Union, office: Member, alice: Member) -> None:
    selection = Everybody()
    selection.leaves = alice

    with pytest.raises(Refused, match="不需要发送"):
        write(union, office, selection)


def test_only_the_office_writes_to_many_and_only_sound_words(union: Union, office: Member, alice: Member) -> None:
    with pytest.raises(Refused, match="认定办公室"):
        write(union, alice)
    with pytest.raises(Refused, match="生日"):
        mass.write_mass_message(
            union,
            Everybody(),
            Scope("1", "x"),
            words=Words("{生日}", "x", "x"),
            actor=office,
            at=NOON,
        )


def test_a_selection_is_registered_once() -> None:
    (first, *_) = mass.selections()
    mass.register(first)

    class Other(Everybody):
        id = first.id

    with pytest.raises(ValueError, match="registered twice"):
        mass.register(Other())


def test_a_mailbox_made_at_the_same_time_is_found(union: Union, alice: Member) -> None:
    Mailbox.objects.create(union=union, member=alice, key=None)

    assert queueing.mailbox_of(alice, at=NOON).key is not None


def test_a_member_without_a_sign_in_has_no_address(union: Union) -> None:
    with tenancy.scope(union.pk):
        system = Member.objects.get(union=union, role=Role.SYSTEM)

    assert queueing.address_of(system, Channel.MAIL) == ""
