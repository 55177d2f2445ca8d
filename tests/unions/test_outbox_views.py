"""The pages of messages: everybody's inbox, the desk of what was not delivered, mass messages, the union's own words."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from tests import factories
from tests.kept import kept
from unions.models import Delivery, MassMessage, Member, Message, MessageWording, Union
from unions.outbox import kinds, queueing
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.states import DeliveryState
from unions.states import Role

Make = Callable[..., Member]
SAID = {"申报人": "李示例", "活动": "示例工匠认定", "期限": "3月20日"}
S = DeliveryState


def at(name: str, **kwargs: Any) -> str:
    return reverse(f"unions:{name}", kwargs={"union_slug": "shili", **kwargs})


def text(response: Any) -> str:
    return str(response.content.decode())


def tell(union: Union, *to: Member | Contact, kind: str = "application.withdrawn", topic: int = 1) -> list[Message]:
    letters = [Letter(kind, one, SAID, path="/shili/my/") for one in to]
    return queueing.tell(union, [News(Topic("application", topic), letters)], at=factories.NOON)


@kept
def alice(union: Union) -> Member:
    return factories.MemberFactory(union=union, name="田秀兰")


@kept
def office(union: Union) -> Member:
    return factories.office_of(union)


# --- the inbox --------------------------------------------------------------------------------------------------------


def test_unread_messages_are_counted_in_the_header_and_read_by_opening(
    union: Union, client: Client, alice: Member
) -> None:
    first, _second = tell(union, alice, alice)
    factories.sign_in(client, alice)

    assert '2<span class="jx-sr"> 条未读' in text(client.get(at("inbox")))
    page = text(client.get(at("message", message_pk=first.pk)))
    assert '1<span class="jx-sr"> 条未读' in page
    assert "李示例参加“示例工匠认定”的申报已按您的操作撤回" in page
    assert 'href="/shili/my/"' in page
    assert "已把 1 条消息标为已读" in text(client.post(at("read_all"), follow=True))
    assert "没有未读消息" in text(client.post(at("read_all"), follow=True))
    assert "条未读" not in text(client.get(at("inbox")))


def test_an_overtaken_message_says_so(union: Union, client: Client, alice: Member) -> None:
    (first,) = tell(union, alice)
    tell(union, alice)
    factories.sign_in(client, alice)

    assert "已有更新的进展" in text(client.get(at("inbox")))
    assert "这条消息之后又有新的进展" in text(client.get(at("message", message_pk=first.pk)))


def test_nobody_reads_a_message_to_somebody_else_or_one_that_waits(
    union: Union, client: Client, alice: Member, office: Member
) -> None:
    (mine,) = tell(union, alice)
    (held,) = tell(union, office)
    Message.objects.filter(pk=held.pk).update(shown_at=None)
    factories.sign_in(client, office)

    assert "还没有消息" in text(client.get(at("inbox")))
    for message in (mine, held):
        assert client.get(at("message", message_pk=message.pk)).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_inbox_takes_the_same_queries_however_long(
    union: Union, client: Client, alice: Member, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tell(union, *[alice] * rows)
    factories.sign_in(client, alice)

    with django_assert_num_queries(13):
        client.get(at("inbox"))


def test_a_person_chooses_how_to_be_told(union: Union, client: Client, alice: Member) -> None:
    factories.sign_in(client, alice)

    page = text(client.get(at("channels")))
    assert "申报截止提醒" in page.partition("总会发送的")[0]
    assert "退回补正" in page.partition("总会发送的")[2]
    client.post(at("channels"), {"mail": "on"})

    box = queueing.mailbox_of(alice, at=factories.NOON)
    assert (box.mail, box.sms) == (True, False)


# --- the desk ---------------------------------------------------------------------------------------------------------


@kept
def failed(union: Union) -> Delivery:
    (message,) = tell(union, Contact("蒋海涛", "+8619900007777"))
    message.deliveries.update(state=S.FAILED, error="refused", attempts=1, finished_at=factories.NOON)
    return message.deliveries.get()


def test_what_was_not_delivered_is_seen_and_sent_again(
    union: Union, client: Client, office: Member, failed: Delivery
) -> None:
    factories.sign_in(client, office)

    page = text(client.get(at("deliveries")))
    assert all(word in page for word in ("蒋海涛", "19900007777", "没有发出", "拒收", "申报已撤回"))
    here = at("settle", delivery_pk=failed.pk)
    page = text(client.get(here))
    assert "再发一次" in page
    assert "李示例" not in page  # the text of a message to somebody outside may hold a link that is theirs alone
    assert client.post(here, {"reason": "", "act": "again"}).status_code == 400
    assert "已重新交发" in text(client.post(here, {"reason": "号码已核实", "act": "again"}, follow=True))
    assert "待发" in text(client.get(at("deliveries") + "?view=on_the_way"))
    assert "不需要办理" in text(client.get(here))


def test_how_somebody_was_told_is_kept_with_its_reason(
    union: Union, client: Client, office: Member, failed: Delivery
) -> None:
    factories.sign_in(client, office)

    client.post(at("settle", delivery_pk=failed.pk), {"reason": "电话告知本人", "act": "told"})

    assert "电话告知本人" in text(client.get(at("deliveries") + "?view=settled"))
    assert "没有需要办理的消息" in text(client.get(at("deliveries")))


def test_what_was_overtaken_offers_no_second_sending(
    union: Union, client: Client, office: Member, alice: Member, failed: Delivery
) -> None:
    Delivery.objects.filter(pk=failed.pk).update(state=S.UNCLEAR, error="silent")
    tell(union, alice)
    factories.sign_in(client, office)
    here = at("settle", delivery_pk=failed.pk)

    assert "再发一次" not in text(client.get(here))
    response = client.post(here, {"reason": "再发", "act": "again"})
    assert response.status_code == 400
    assert "后来又有新的决定" in text(response)


def test_each_desk_tends_its_own(union: Union, client: Client, office: Member, member: Make) -> None:
    admin = member(Role.ADMIN)
    queueing.tell(
        union,
        [
            News(
                Topic("invitation", 1),
                [Letter("member.invited", Contact("孔新人", "x"), {"角色": "x", "期限": "x", "链接": "x"})],
            )
        ],
        at=factories.NOON,
    )

    assert "孔新人" in text(factories.sign_in(client, admin).get(at("deliveries")))
    assert "孔新人" not in text(factories.sign_in(client, office).get(at("deliveries")))
    assert client.get(at("settle", delivery_pk=Delivery.objects.get().pk)).status_code == 404


def test_after_an_outage_all_go_out_again(
    union: Union, client: Client, office: Member, alice: Member, failed: Delivery
) -> None:
    tell(union, alice, topic=2)
    Delivery.objects.filter(message__recipient=alice).update(state=S.FAILED, error="unreachable")
    factories.sign_in(client, office)

    assert "重新发送 2 条" in text(client.get(at("deliveries")))
    assert "涉及 <strong>2</strong> 条" in text(client.get(at("send_all_again")))
    assert "请填写理由" in text(client.post(at("send_all_again"), {"reason": ""}, follow=True))
    assert "已重新交发 2 条" in text(client.post(at("send_all_again"), {"reason": "已恢复"}, follow=True))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_desk_takes_the_same_queries_however_long(
    union: Union, client: Client, office: Member, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        tell(union, Contact("蒋海涛", "无"), factories.MemberFactory(union=union), topic=n)
    Delivery.objects.update(state=S.UNCLEAR)
    factories.sign_in(client, office)

    with django_assert_num_queries(16):
        client.get(at("deliveries"))


def test_the_desk_finds_a_member_by_name(union: Union, client: Client, office: Member, alice: Member) -> None:
    tell(union, alice)
    factories.sign_in(client, office)

    assert "田秀兰" in text(client.get(at("deliveries") + "?view=on_the_way&q=秀兰"))
    assert "没有符合条件的消息" in text(client.get(at("deliveries") + "?view=on_the_way&q=建国"))


# --- mass messages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def campaign(union: Union, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: factories.IN_TIME)
    return factories.CampaignFactory(union=union, slug="tianmu")


def test_a_mass_message_is_chosen_written_looked_at_and_sent(
    union: Union, client: Client, office: Member, alice: Member, campaign: Any
) -> None:
    factories.ApplicationFactory(campaign=campaign, member=alice, state="draft", name="田秀兰")
    factories.sign_in(client, office)

    page = text(client.get(at("mass_messages")))
    to = f"drafts:{campaign.pk}"
    assert f'value="{to}"' in page
    here = f"{at('write_mass_message')}?to={to}"
    page = text(client.get(here))
    assert "现在有 1 人" in page
    words = {"subject": "请提交", "text": "{姓名}，请在{期限}前提交", "short": "{姓名}请提交{备注}"}
    response = client.post(here, words)
    assert response.status_code == 400
    assert "没有“{备注}”这个占位符" in text(response)
    assert "请在{期限}前提交" in text(response)  # what was typed is still there

    page = text(client.post(here, {**words, "short": "{姓名}请提交"}, follow=True))
    written = MassMessage.objects.get()
    assert all(
        word in page for word in ("田秀兰，请在2026年3月20日", "【匠选】田秀兰请提交", "发出给 1 人", "等待审阅")
    )
    assert not Message.objects.inbox_of(alice).exists()

    asked = client.get(at("release_mass_message", mass_pk=written.pk))
    assert "涉及 <strong>1</strong> 人" in text(asked)
    assert "已交发" in text(client.post(at("release_mass_message", mass_pk=written.pk), follow=True))
    assert Message.objects.inbox_of(alice).exists()
    assert "不能再办理" in text(client.post(at("release_mass_message", mass_pk=written.pk), follow=True))
    assert "不能再办理" in text(client.post(at("discard_mass_message", mass_pk=written.pk), follow=True))


def test_a_mass_message_is_thrown_away(
    union: Union, client: Client, office: Member, alice: Member, campaign: Any
) -> None:
    factories.ApplicationFactory(campaign=campaign, member=alice, state="draft")
    factories.sign_in(client, office)
    here = f"{at('write_mass_message')}?to=drafts:{campaign.pk}"
    client.post(here, {"subject": "请提交", "text": "请提交", "short": "请提交"})
    written = MassMessage.objects.get()

    assert "不发给任何人" in text(client.get(at("discard_mass_message", mass_pk=written.pk)))
    assert "没有发给任何人" in text(client.post(at("discard_mass_message", mass_pk=written.pk), follow=True))
    assert "已作废" in text(client.get(at("mass_messages")))


@pytest.mark.parametrize("to", ["", "x:1", "drafts:0"])
def test_without_a_choice_there_is_nothing_to_write(
    union: Union, client: Client, office: Member, campaign: Any, to: str
) -> None:
    factories.sign_in(client, office)

    assert "请先选择发给谁" in text(client.get(f"{at('write_mass_message')}?to={to}", follow=True))


def test_nobody_to_write_to_is_said_in_place(union: Union, client: Client, office: Member, campaign: Any) -> None:
    factories.sign_in(client, office)
    here = f"{at('write_mass_message')}?to=drafts:{campaign.pk}"

    response = client.post(here, {"subject": "请提交", "text": "请提交", "short": "请提交"})

    assert "不需要发送" in text(response)
    assert not MassMessage.objects.exists()


def test_without_a_campaign_the_page_says_when_there_will_be_a_choice(
    union: Union, client: Client, office: Member
) -> None:
    assert "现在没有可以群发的对象" in text(factories.sign_in(client, office).get(at("mass_messages")))


# --- the union's own words --------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, member: Make) -> Client:
    return factories.sign_in(client, member(Role.ADMIN))


def test_every_kind_has_its_page_with_a_preview(desk: Client) -> None:
    listed = text(desk.get(at("wordings")))

    for kind in kinds.all_kinds():
        assert at("wording", kind_id=kind.id) in listed
    page = text(desk.get(at("wording", kind_id="application.submitted")))
    assert "受理编号 SL2026-0001" in page
    assert re.search(r"短信共 \d+ 字，一条", page)
    assert "<code>{受理编号}</code>" in page
    assert desk.get(at("wording", kind_id="no.such")).status_code == 404


def test_words_are_previewed_corrected_saved_and_given_up(desk: Client) -> None:
    here = at("wording", kind_id="application.withdrawn")
    words = {"subject": "撤回", "text": "{姓名}，撤回了", "short": "{姓名}" + "长" * 80}

    page = text(desk.post(here, {**words, "act": "preview"}))
    assert "王示例，撤回了" in page
    assert "按 2 条计费" in page
    assert not MessageWording.objects.exists()

    response = desk.post(here, {**words, "text": "{身份证号}"})
    assert response.status_code == 400
    assert "没有“{身份证号}”这个占位符" in text(response)
    assert "改正左边标出的地方" in text(response)

    assert "已保存“申报已撤回”的用语" in text(desk.post(here, words, follow=True))
    assert "本会用语" in text(desk.get(at("wordings")))
    assert "已恢复系统用语" in text(desk.post(at("reset_wording", kind_id="application.withdrawn"), follow=True))
    assert "就是系统用语" in text(desk.post(at("reset_wording", kind_id="application.withdrawn"), follow=True))
