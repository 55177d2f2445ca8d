"""Pages for what other notices ask: nomination by anyone, every type of field."""

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


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)
    return IN_TIME


def _text():
    return (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")


@pytest.fixture
def campaign(union):
    """Anyone may name a craftsman."""
    text = _text().replace("# --- 交什么材料", ANYONE + "\n# --- 交什么材料", 1)
    return CampaignFactory(union=union, slug="tianmu", text=text)


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def text(response):
    return response.content.decode()


# --- nomination by anyone --------------------------------------------------------------------------------------------


def test_naming_a_craftsman_gives_a_link_for_them(client, campaign, alice):
    here = url("recommend", campaign_slug="tianmu")
    assert "他人推荐" in text(sign_in(client, alice).get(url("apply", campaign_slug="tianmu")))
    assert "推荐理由" in text(client.get(here))
    assert "必填" in text(client.post(here, {"name": "蒋海涛"}))

    page = text(client.post(here, {"name": "蒋海涛", "reason": "手艺好"}))

    application = Application.objects.get()
    assert "请把下面的链接转给蒋海涛本人" in page
    assert "等待被推荐人确认" in text(client.get(url("status", pk=application.pk)))
    assert client.get(url("form_pdf", pk=application.pk)).status_code == 404
    assert application.campaign.title in text(client.get(url("mine")))
    with pytest.raises(ValueError, match="substring not found"):
        text(client.get(url("mine"))).index("/my/nominations/")


def test_a_newcomer_may_name_somebody(client, campaign):
    user = factories.UserFactory()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    client.post(url("recommend", campaign_slug="tianmu"), {"name": "蒋海涛", "reason": "手艺好"})

    assert Application.objects.get().nominated_by.user == user


def test_naming_outside_the_window_is_refused_in_place(client, campaign, alice):
    Campaign.objects.filter(pk=campaign.pk).update(
        opens_at=IN_TIME - timedelta(days=9), closes_at=IN_TIME - timedelta(days=1)
    )

    page = text(
        sign_in(client, alice).post(url("recommend", campaign_slug="tianmu"), {"name": "蒋海涛", "reason": "手艺好"})
    )

    assert "不在申报期内" in page


def test_the_nominee_reads_agrees_and_fills_in(client, campaign, alice):
    _application, token = services.nominate_person(
        campaign, channel="others", name="蒋海涛", reason="手艺好", actor=alice, at=IN_TIME
    )
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


def test_an_unknown_link_is_not_found(client, campaign, alice):
    assert sign_in(client, alice).get(url("nomination", token="nothing")).status_code == 404


def test_where_the_nominator_fills_it_in_they_go_on_at_once(client, union, alice):
    way = ANYONE.replace("nominee_completes = true\n", "")
    CampaignFactory(union=union, slug="t2", text=_text().replace("# --- 交什么材料", way + "\n# --- 交什么材料", 1))

    response = sign_in(client, alice).post(url("recommend", campaign_slug="t2"), {"name": "蒋海涛", "reason": "手艺好"})

    assert response["Location"] == url("fill", pk=Application.objects.get().pk, section="person")


# --- every type of field ---------------------------------------------------------------------------------------------


@pytest.fixture
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
    from unions.states import Role

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
