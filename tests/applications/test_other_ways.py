"""Pages for what other notices ask: nomination by anyone, every type of field."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import selectors, services, tasks
from applications.forms import rows_after
from applications.models import Application
from applications.states import State
from campaigns.models import Campaign
from campaigns.rules import loader
from tests import factories
from tests.applications.test_answers import EVERY_TYPE
from tests.applications.test_intake import ANYONE
from tests.factories import IN_TIME, CampaignFactory, sign_in
from tests.kept import kept
from unions import tenancy, throttle
from unions.models import AuditEntry
from unions.permits import Refused
from unions.services import system_member
from unions.states import Role


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)
    return IN_TIME


def _text():
    return (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")


@kept
def campaign(union):
    """Anyone may name a craftsman."""
    text = _text().replace("# --- 交什么材料", ANYONE + "\n# --- 交什么材料", 1)
    return CampaignFactory(union=union, slug="tianmu", text=text)


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def text(response):
    return response.content.decode()


# --- nomination by anyone --------------------------------------------------------------------------------------------


NAMED = {"name": "蒋海涛", "reason": "手艺好", "contact": "199 0000 7777"}


@pytest.fixture(autouse=True)
def texts(settings, tmp_path):
    """Short messages as files, read back by their recipients."""
    settings.SMS_FILE_PATH = tmp_path
    return lambda: [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.json")]


@kept
def named(campaign, alice):
    """(application, token): somebody was named and has not answered."""
    return services.nominate_person(campaign, channel="others", name="蒋海涛", reason="手艺好", actor=alice, at=IN_TIME)


def test_naming_a_craftsman_invites_them_and_shows_the_link_once(client, campaign, alice, texts):
    here = url("recommend", campaign_slug="tianmu")
    assert "他人推荐" in text(sign_in(client, alice).get(url("apply", campaign_slug="tianmu")))
    assert "推荐理由" in text(client.get(here))
    assert "必填" in text(client.post(here, {"name": "蒋海涛"}))

    page = text(client.post(here, NAMED))

    application = Application.objects.get()
    factories.carry_messages(campaign.union, at=IN_TIME)
    (message,) = texts()
    assert message["to"] == "+8619900007777"
    assert "田秀兰推荐您参加" in message["text"]
    assert "/my/nominations/" in message["text"]
    assert "邀请正在发给蒋海涛" in page
    assert "等待被推荐人确认" in text(client.get(url("status", pk=application.pk)))
    assert client.get(url("form_pdf", pk=application.pk)).status_code == 404
    assert application.campaign.title in text(client.get(url("mine")))
    assert not re.search(r"/my/nominations/\w", text(client.get(url("mine"))))


def test_an_address_is_written_to_by_mail(client, campaign, alice, mailoutbox):
    sign_in(client, alice).post(url("recommend", campaign_slug="tianmu"), {**NAMED, "contact": "jiang@example.com"})

    factories.carry_messages(campaign.union, at=IN_TIME)
    (mail,) = mailoutbox
    assert mail.to == ["jiang@example.com"]
    assert "/my/nominations/" in mail.body


def test_a_contact_that_is_none_is_said(client, campaign, alice):
    page = text(sign_in(client, alice).post(url("recommend", campaign_slug="tianmu"), {**NAMED, "contact": "张三"}))

    assert "jx-error" in page
    assert not Application.objects.exists()


def test_naming_again_and_again_is_slowed_down(client, campaign, alice, monkeypatch):
    monkeypatch.setattr(throttle, "allowed", lambda *_a, **_k: False)

    page = text(sign_in(client, alice).post(url("recommend", campaign_slug="tianmu"), NAMED))

    assert "操作太频繁" in page
    assert not Application.objects.exists()


def test_a_newcomer_may_name_somebody(client, campaign):
    user = factories.UserFactory()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    client.post(url("recommend", campaign_slug="tianmu"), NAMED)

    assert Application.objects.get().nominated_by.user == user


def test_who_named_somebody_may_apply_too(client, campaign, alice, named):
    page = sign_in(client, alice).get(url("apply", campaign_slug="tianmu"))

    assert "选择申报渠道" in text(page)
    assert "我要申报" in text(client.get(url("mine")))


def test_naming_outside_the_window_is_refused_in_place(client, campaign, alice):
    Campaign.objects.filter(pk=campaign.pk).update(
        opens_at=IN_TIME - timedelta(days=9), closes_at=IN_TIME - timedelta(days=1)
    )

    page = text(sign_in(client, alice).post(url("recommend", campaign_slug="tianmu"), NAMED))

    assert "不在申报期内" in page


def test_the_nominee_reads_agrees_and_fills_in(client, named):
    _application, token = named
    user = factories.UserFactory(name="蒋海涛")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    here = url("nomination", token=token)

    assert "有人推荐您" in text(client.get(here))
    assert "请先阅读并同意" in text(client.post(here))
    response = client.post(here, {"consent": "on"})

    application = Application.objects.get()
    assert response["Location"] == url("fill", pk=application.pk, section="person")
    assert application.applicant.user == user
    assert client.get(here).status_code == 404


def test_the_link_says_who_names_one_and_why_before_anybody_signs_in(client, named):
    here = url("nomination", token=named[1])

    page = text(client.get(here))

    assert "田秀兰" in page
    assert "手艺好" in page
    assert f"/accounts/login/?next={here}" in page
    assert "/accounts/login/" in client.post(here, {"consent": "on"})["Location"]


def test_saying_no_needs_no_account(client, named, alice):
    application, token = named

    page = text(client.post(url("nomination", token=token), {"answer": "decline"}))

    application.refresh_from_db()
    assert "已谢绝" in page
    assert (application.state, application.declined_at) == (State.WITHDRAWN, IN_TIME)
    entry = AuditEntry.objects.filter(action="application.nomination_declined").get()
    assert entry.actor.role == Role.PUBLIC
    assert client.get(url("nomination", token=token)).status_code == 404
    assert "对方没有同意" in text(sign_in(client, alice).get(url("nominations")))


def test_nobody_says_no_twice_or_for_another_union(named, alice, other_union):
    application, _token = named
    with tenancy.scope(other_union.pk):
        stranger = factories.MemberFactory(union=other_union)
    with pytest.raises(Refused, match="不属于本工会"):
        services.decline_nomination(application, actor=stranger, at=IN_TIME)

    services.decline_nomination(application, actor=alice, at=IN_TIME)
    with pytest.raises(Refused, match="已被接受、谢绝或撤回"):
        services.decline_nomination(application, actor=alice, at=IN_TIME)


def test_without_an_answer_it_lapses_at_the_deadline_and_the_link_says_so(client, campaign, named, alice, monkeypatch):
    application, token = named
    late = campaign.closes_at + timedelta(minutes=1)
    services.lapse_overdue(campaign, actor=system_member(campaign.union), at=late)
    monkeypatch.setattr(timezone, "now", lambda: late)

    application.refresh_from_db()
    assert application.state == State.LAPSED
    page = text(client.get(url("nomination", token=token)))
    assert "已经逾期" in page
    assert "谢绝推荐" not in page
    assert "已经逾期" in text(client.post(url("nomination", token=token), {"answer": "decline"}))
    assert "对方没有按期答复" in text(sign_in(client, alice).get(url("nominations")))


@pytest.mark.parametrize(
    ("state", "taken", "words"),
    [
        (State.DRAFT, False, "由您填写中"),
        (State.DRAFT, True, "对方已同意，正在填写"),
        (State.SUBMITTED, True, "已递交，正在办理"),
        (State.WITHDRAWN, False, "您已撤回"),
        (State.WITHDRAWN, True, "对方同意后又撤回"),
        (State.LAPSED, True, "对方同意后没有按期递交"),
    ],
)
def test_whoever_named_somebody_sees_what_became_of_it(client, named, alice, member, state, taken, words):
    Application.objects.update(
        state=state, claim_digest="", number="1", applicant=member() if taken else None, name="蒋海涛"
    )

    page = text(sign_in(client, alice).get(url("nominations")))

    assert words in page
    assert ("/my/" + str(named[0].pk)) not in page or not taken


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_those_named_asks_once(campaign, alice, count, django_assert_num_queries):
    for _ in range(count):
        services.nominate_person(campaign, channel="others", name="蒋海涛", reason="好", actor=alice, at=IN_TIME)

    with django_assert_num_queries(1):
        assert len(selectors.named_by(alice)) == count


def test_who_named_nobody_is_told_how(client, alice):
    assert "您还没有推荐过别人" in text(sign_in(client, alice).get(url("nominations")))


def test_an_unknown_link_is_not_found(client, campaign, alice):
    assert sign_in(client, alice).get(url("nomination", token="nothing")).status_code == 404


def test_where_the_nominator_fills_it_in_they_go_on_at_once(client, union, alice):
    way = ANYONE.replace("nominee_completes = true\n", "")
    CampaignFactory(union=union, slug="t2", text=_text().replace("# --- 交什么材料", way + "\n# --- 交什么材料", 1))

    response = sign_in(client, alice).post(url("recommend", campaign_slug="t2"), {"name": "蒋海涛", "reason": "手艺好"})

    assert response["Location"] == url("fill", pk=Application.objects.get().pk, section="person")


# --- no self-nomination ----------------------------------------------------------------------------------------------


@kept
def units_only(union):
    """Nobody comes in by themselves: the notice has units nominate."""
    i, j = _text().index('[[channels]]\nid = "society"'), _text().index("# --- 交什么材料")
    return CampaignFactory(union=union, slug="units", text=_text()[:i] + _text()[j:])


def test_where_units_nominate_the_pages_say_who_and_offer_no_application(client, units_only, alice):
    who = "由镇街总工会、青山湖科技城总工会、产业（局）工会推荐"
    sign_in(client, alice)
    pages = [
        text(client.get(reverse("campaigns:page", kwargs={"union_slug": "shili", "campaign_slug": "units"}))),
        text(client.get(url("apply", campaign_slug="units"))),
        text(client.get(url("selfcheck", campaign_slug="units"))),
    ]

    assert all(who in page for page in pages)
    assert not any("我要申报" in page or "由工会组织推荐申报" in page for page in pages)
    assert "我要申报" not in text(client.get(url("mine")))


def test_starting_by_oneself_is_refused_there_and_the_officer_nominates(units_only, alice, town, officer):
    with pytest.raises(Refused, match=r"不接受个人申报，由镇街总工会.*推荐（依据四（一））"):
        services.start_application(units_only, channel="union", unit=town, actor=alice, at=IN_TIME)

    application = services.nominate(units_only, unit=town, channel="union", name="冯建国", actor=officer, at=IN_TIME)
    assert application.unit == town


# --- oneself, through a unit -----------------------------------------------------------------------------------------


def test_a_person_who_comes_by_themselves_may_have_to_go_through_a_unit(client, union, alice, town, officer):
    through = 'id = "self"\nkind = "self"\nfiles_through = ["town_union", "society"]\n'
    campaign = CampaignFactory(
        union=union, slug="through", text=_text().replace('id = "self"\nkind = "self"\n', through)
    )
    sign_in(client, alice)

    assert "请选择推荐单位" in text(client.post(url("apply", campaign_slug="through"), {"channel": "self"}))
    client.post(url("apply", campaign_slug="through"), {"channel": "self", "unit": town.pk})
    application = Application.objects.get()
    answers = factories.sample_answers(campaign.rules)
    services.save_draft(application, answers=answers, revision=0, actor=alice, at=IN_TIME)
    for slot in ("photo", *(material.id for material in campaign.rules.materials if material.paper is None)):
        factories.give_material(application, slot)
    services.submit_application(application, actor=alice, at=IN_TIME)
    application.refresh_from_db()
    assert application.state == State.AWAITING_UNIT

    sign_in(client, officer)
    client.post(url("endorse", pk=application.pk), {"decision": "endorsed", "opinion": "情况属实"})

    application.refresh_from_db()
    assert application.state == State.SUBMITTED
    assert selectors.quota_use(campaign, town).used == 1
    assert "个人自荐" not in text(client.get(url("nominate", campaign_slug="through")))


# --- every type of field ---------------------------------------------------------------------------------------------


@kept
def wide(union, alice):
    """The real form with one field of every further type in its fourth section; they print nowhere."""
    marker = '[[form.sections]]\nid = "story"'
    fields = EVERY_TYPE.replace("at_least = 1\n  at_most = 2\n  other", "at_most = 2\n  other")
    many = "".join(f'{{ value = "方向{n}" }},' for n in range(9))
    fields += f"""
  [[form.sections.fields]]
  id = "direction"
  type = "choice"
  label = "方向"
  options = [{many}]

  [[form.sections.fields]]
  id = "year"
  type = "date"
  label = "入行年份"
  precision = "year"
"""
    data = loader.to_frozen(loader.load(_text(), name="x"))
    import tomllib

    extra = tomllib.loads('[form]\n[[form.sections]]\nid = "x"\ntitle = "x"\n' + fields)
    data["form"]["sections"][3]["fields"] += [field.model_dump(mode="json", by_alias=True) for field in _fields(extra)]
    assert marker in _text()
    campaign = CampaignFactory(union=union, slug="wide")
    Campaign.objects.filter(pk=campaign.pk).update(rules_data=data)
    campaign.refresh_from_db()
    return services.start_application(campaign, channel="self", actor=alice, at=IN_TIME)


def _fields(extra):
    from pydantic import TypeAdapter

    from campaigns.rules.schema import Section

    section = TypeAdapter(Section).validate_json(
        __import__("json").dumps(extra["form"]["sections"][0], ensure_ascii=False)
    )
    return section.fields


def test_every_type_of_field_is_asked_and_kept(client, wide, alice):
    here = url("fill", pk=wide.pk, section="results")
    page = text(sign_in(client, alice).get(here))
    assert 'type="email"' in page
    assert 'type="date"' in page
    assert 'type="month"' in page
    assert "仅在“工会会员”为“否”时填写" in page
    assert 'name="contests-0-level"' in page

    client.post(
        here,
        {
            "end": "1",
            "revision": "0",
            "languages": ["普通话", "其他"],
            "languages__other": "客家话",
            "born": "1975-03-16",
            "since": "2001-05",
            "patents": "3",
            "mail": "a@example.com",
            "home": "示例路1号",
            "direction": "方向8",
            "year": "2001",
            "contests-TOTAL_FORMS": "2",
            "contests-0-level": "省级",
            "contests-0-rank": "2",
            "contests-1-level": "市级",
            "contests-1-DELETE": "on",
        },
    )

    wide.refresh_from_db()
    answers = selectors.answers_of(wide)
    assert answers["languages"] == ["普通话", "客家话"]
    assert answers["contests"] == [{"level": "省级", "rank": "2", "date": ""}]
    assert (answers["direction"], answers["year"]) == ("方向8", "2001")
    page = text(client.get(here))
    assert 'value="客家话"' in page
    assert "sealed" in str(wide.answers["home"])


@pytest.mark.parametrize(
    ("verb", "at", "left"),
    [
        ("add", -1, "甲乙_"),
        ("remove", 0, "乙"),
        ("remove", 5, "甲乙"),
        ("up", 0, "甲乙"),
        ("up", 1, "乙甲"),
        ("down", 0, "乙甲"),
        ("down", 1, "甲乙"),
        ("nothing", 0, "甲乙"),
    ],
)
def test_the_buttons_of_the_row_editor(verb, at, left):
    rows = [{"name": "甲"}, {"name": "乙"}]

    assert "".join(row.get("name", "_") for row in rows_after(rows, verb, at)) == left


# --- the rest --------------------------------------------------------------------------------------------------------


def test_the_beat_looks_in_every_union(campaign, other_union):
    tasks.sweep_overdue()

    assert Application.objects.filter(state=State.LAPSED).count() == 0


def test_an_officer_without_a_unit_has_no_desk(client, campaign, member):
    officer = member(Role.UNIT_OFFICER)
    type(officer).objects.filter(pk=officer.pk).update(unit=None)
    sign_in(client, officer)

    assert client.get(url("unit")).status_code == 404


def test_nominating_after_the_deadline_is_refused_in_place(client, campaign, town, officer):
    Campaign.objects.filter(pk=campaign.pk).update(
        opens_at=IN_TIME - timedelta(days=9), closes_at=IN_TIME - timedelta(days=1)
    )
    sign_in(client, officer)

    page = text(
        client.post(url("nominate", campaign_slug="tianmu"), {"channel": "union", "name": "冯建国", "attested": "on"})
    )

    assert "不在申报期内" in page


def test_the_units_case_is_not_for_those_who_do_not_speak_for_it(client, campaign, town, officer, union):
    other = factories.UnitFactory(union=union, kind="town_union")
    foreign = factories.ApplicationFactory(campaign=campaign, unit=other)
    Application.objects.filter(pk=foreign.pk).update(applicant=officer)
    sign_in(client, officer)

    assert client.get(url("unit_case", pk=foreign.pk)).status_code == 404


def test_an_application_one_may_read_but_not_write_is_not_found_on_the_writers_pages(
    client, campaign, town, officer, alice
):
    handed = factories.ApplicationFactory(campaign=campaign, member=alice, state=State.DRAFT)
    services.change_channel(handed, channel="union", unit=town, actor=alice, at=IN_TIME)
    services.submit_application(handed, actor=alice, at=IN_TIME)
    sign_in(client, officer)

    assert client.get(url("check", pk=handed.pk)).status_code == 404
    assert client.get(url("status", pk=handed.pk)).status_code == 404
    assert client.get(url("unit_case", pk=handed.pk)).status_code == 200
