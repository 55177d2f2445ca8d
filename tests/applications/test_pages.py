"""The pages of applicants, units and the office, through the real address of each."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import selectors, selectors_inbox, services
from applications.models import Application, Material
from applications.states import State
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory, CampaignFactory, UnitFactory, sign_in
from unions import tenancy
from unions.states import Role


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """The clock that views read stands inside the window of `CampaignFactory`."""
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)
    return IN_TIME


@pytest.fixture
def draft(campaign, alice, now):
    return services.start_application(campaign, channel="self", actor=alice, at=now)


@pytest.fixture
def filed(campaign, alice, now):
    return ApplicationFactory(campaign=campaign, member=alice, at=now)


@pytest.fixture
def waiting(campaign, town, officer, now):
    return ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT, at=now)


@pytest.fixture
def as_alice(client, alice):
    return sign_in(client, alice)


@pytest.fixture
def as_officer(client, officer):
    return sign_in(client, officer)


@pytest.fixture
def as_office(client, campaign):
    return sign_in(client, factories.office_of(campaign.union))


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def text(response):
    return response.content.decode()


# --- the way in ------------------------------------------------------------------------------------------------------


def test_the_ways_in_are_shown_with_their_clauses(client, campaign, alice):
    page = text(sign_in(client, alice).get(url("apply", campaign_slug="tianmu")))

    assert "个人自荐" in page
    assert "四（四）" in page


def test_a_visitor_signs_in_first(client, campaign):
    response = client.get(url("apply", campaign_slug="tianmu"))

    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_a_newcomer_joins_agrees_and_starts(client, campaign):
    user = factories.UserFactory(name="冯春梅")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    response = client.post(url("apply", campaign_slug="tianmu"), {"channel": "self", "consent": "on"})

    application = Application.objects.get()
    assert response["Location"] == url("fill", pk=application.pk, section="person")
    assert application.name == "冯春梅"
    assert selectors.has_consented(application.applicant)


def test_a_newcomer_who_does_not_agree_starts_nothing(client, campaign):
    user = factories.UserFactory()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    page = text(client.post(url("apply", campaign_slug="tianmu"), {"channel": "self"}))

    assert "请先阅读并同意" in page
    assert not Application.objects.exists()


def test_the_unit_is_chosen_where_the_way_has_one(as_alice, campaign, town):
    assert "示例镇总工会" in text(as_alice.get(url("apply", campaign_slug="tianmu") + "?channel=union"))
    assert "请选择推荐单位" in text(as_alice.post(url("apply", campaign_slug="tianmu"), {"channel": "union"}))

    as_alice.post(url("apply", campaign_slug="tianmu"), {"channel": "union", "unit": town.pk})

    assert Application.objects.get().unit == town


def test_whoever_applies_already_is_led_to_it(as_alice, draft):
    assert as_alice.get(url("apply", campaign_slug="tianmu"))["Location"] == url("status", pk=draft.pk)


@pytest.mark.parametrize("slug", ["nothing", "draft"])
def test_a_campaign_that_is_not_public_has_no_door(as_alice, union, slug):
    CampaignFactory(union=union, slug="draft", published=False)

    assert as_alice.get(url("apply", campaign_slug=slug)).status_code == 404


def test_an_unknown_way_is_not_found(as_alice, campaign):
    assert as_alice.get(url("apply", campaign_slug="tianmu") + "?channel=x").status_code == 404
    assert as_alice.get(url("recommend", campaign_slug="tianmu")).status_code == 404


# --- filling in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["person", "work", "grounds", "results", "story"])
def test_every_section_has_a_screen(as_alice, draft, section):
    response = as_alice.get(url("fill", pk=draft.pk, section=section))

    assert response.status_code == 200
    assert "共 8 步" in text(response)


def test_each_step_says_what_it_lacks(as_alice, draft):
    page = text(as_alice.get(url("fill", pk=draft.pk, section="work")))
    empty = text(as_alice.get(url("fill", pk=draft.pk, section="results")))

    assert "第 2 步，共 8 步" in page
    assert "本步还缺 6 处" in page
    assert "本步已填好" in empty
    assert "还缺 1 处" in page


def test_keypads_fit_what_is_asked(as_alice, draft):
    page = text(as_alice.get(url("fill", pk=draft.pk, section="person")))
    work = text(as_alice.get(url("fill", pk=draft.pk, section="work")))

    assert 'type="tel" name="mobile"' in page
    assert 'autocomplete="tel"' in page
    assert 'autocapitalize="characters"' in page
    assert 'inputmode="numeric"' in work
    assert 'autocomplete="organization"' in work
    assert 'enterkeyhint="next"' in work


def test_an_unknown_section_is_not_found(as_alice, draft):
    assert as_alice.get(url("fill", pk=draft.pk, section="nothing")).status_code == 404


def test_saving_goes_on_to_the_next_screen_and_back_to_the_last(as_alice, draft):
    here = url("fill", pk=draft.pk, section="work")

    forward = as_alice.post(here, {"end": "1", "revision": "0", "trade": "焊工", "go": "next"})
    back = as_alice.post(here, {"end": "1", "revision": "1", "trade": "焊工", "go": "back"})

    assert forward["Location"] == url("fill", pk=draft.pk, section="grounds")
    assert back["Location"] == url("fill", pk=draft.pk, section="person")
    draft.refresh_from_db()
    assert draft.trade == "焊工"


def test_other_is_kept_with_its_words(as_alice, draft):
    here = url("fill", pk=draft.pk, section="work")
    as_alice.post(here, {"end": "1", "revision": "0", "cluster": "其他", "cluster__other": "竹编"})

    draft.refresh_from_db()
    assert selectors.answers_of(draft)["cluster"] == "竹编"
    assert 'value="竹编"' in text(as_alice.get(here))


def test_conditions_are_picked(as_alice, draft):
    here = url("fill", pk=draft.pk, section="grounds")

    as_alice.post(here, {"end": "1", "revision": "0", "conditions": ["teaching", "innovation"]})

    draft.refresh_from_db()
    assert selectors.answers_of(draft)["conditions"] == ["teaching", "innovation"]
    assert text(as_alice.get(here)).count("checked") == 2


def test_rows_work_without_script(as_alice, draft):
    here = url("fill", pk=draft.pk, section="results")
    row = {"honours-0-date": "2020-05", "honours-0-name": "首席技师", "honours-0-issuer": "示例局"}

    added = text(as_alice.post(here, {"end": "1", "revision": "0", **row, "rows": "honours:add"}))
    assert 'name="honours-1-name"' in added
    removed = text(as_alice.post(here, {"end": "1", "revision": "1", **row, "rows": "honours:remove:0"}))

    assert "首席技师" not in removed
    draft.refresh_from_db()
    assert "honours" not in selectors.answers_of(draft)


def test_rows_change_places_without_script(as_alice, draft):
    here = url("fill", pk=draft.pk, section="results")
    rows = {"honours-0-name": "甲", "honours-1-name": "乙"}

    as_alice.post(here, {"end": "1", "revision": "0", **rows, "rows": "honours:up:1"})
    as_alice.post(
        here, {"end": "1", "revision": "1", "honours-0-name": "乙", "honours-1-name": "甲", "rows": "honours:up:9"}
    )
    as_alice.post(
        here, {"end": "1", "revision": "1", "honours-0-name": "乙", "honours-1-name": "甲", "rows": "nothing:up:0"}
    )

    draft.refresh_from_db()
    assert [row["name"] for row in selectors.answers_of(draft)["honours"]] == ["乙", "甲"]


def test_a_wrong_value_is_kept_and_said_in_place(as_alice, draft):
    as_alice.post(url("fill", pk=draft.pk, section="person"), {"end": "1", "revision": "0", "national_id": "3301"})

    page = text(as_alice.get(url("fill", pk=draft.pk, section="person")))

    assert "应为 18 位，现为 4 位" in page
    assert 'value="3301"' in page


def test_a_conflict_without_script_shows_both_and_keeps_what_was_typed(as_alice, draft, alice, now):
    services.save_draft(draft, answers={"trade": "焊工"}, revision=0, actor=alice, at=now)

    page = text(as_alice.post(url("fill", pk=draft.pk, section="work"), {"end": "1", "revision": "0", "trade": "钳工"}))

    assert "专业领域用哪一个？" in page
    assert "用别处的：焊工" in page
    assert 'value="钳工"' in page
    assert 'name="revision" value="1"' in page


def test_without_script_one_chooses_field_by_field(as_alice, draft, alice, now):
    services.save_draft(draft, answers={"trade": "焊工", "years_in_trade": "9"}, revision=0, actor=alice, at=now)
    mine = {"fields": "trade years_in_trade", "trade": "钳工", "years_in_trade": "12"}
    here = url("fill", pk=draft.pk, section="work")
    as_alice.post(here, {"end": "1", "revision": "0", **mine})

    as_alice.post(here, {"end": "1", "revision": "1", **mine, "use-trade": "theirs", "use-years_in_trade": "mine"})

    draft.refresh_from_db()
    opened = selectors.answers_of(draft)
    assert (opened["trade"], opened["years_in_trade"]) == ("焊工", "12")


def test_what_a_page_did_not_carry_stays(as_alice, draft, alice, now):
    services.save_draft(draft, answers={"trade": "焊工", "cluster": "时尚"}, revision=0, actor=alice, at=now)

    as_alice.post(
        url("fill", pk=draft.pk, section="work"), {"end": "1", "revision": "1", "fields": "trade", "trade": "钳工"}
    )

    draft.refresh_from_db()
    assert selectors.answers_of(draft)["cluster"] == "时尚"


def test_a_refusal_keeps_what_was_typed(as_alice, draft, campaign, now):
    type(campaign).objects.filter(pk=campaign.pk).update(
        opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=1)
    )

    page = text(as_alice.post(url("fill", pk=draft.pk, section="work"), {"end": "1", "revision": "0", "trade": "钳工"}))

    assert "不在申报期内" in page
    assert 'value="钳工"' in page


# --- saving by itself ------------------------------------------------------------------------------------------------


def test_the_page_saves_itself(as_alice, draft):
    response = as_alice.post(url("save", pk=draft.pk, section="work"), {"end": "1", "revision": "0", "trade": "焊工"})

    answer = json.loads(response.content)
    assert (response.status_code, answer["revision"]) == (200, 1)
    assert "T" in answer["saved_at"]
    assert answer["theirs"] == []


def test_a_save_is_told_what_the_step_lacks_and_what_cannot_be_right(as_alice, draft):
    before = as_alice.post(
        url("save", pk=draft.pk, section="person"), {"end": "1", "fields": "", "revision": "0"}
    ).json()

    after = as_alice.post(
        url("save", pk=draft.pk, section="person"),
        {"end": "1", "fields": "national_id ethnicity", "revision": "0", "national_id": "3301", "ethnicity": "汉族"},
    ).json()

    assert after["missing"] == before["missing"] - 1
    assert "应为 18 位" in after["wrong"]["national_id"]


def test_a_save_learns_what_was_changed_elsewhere_meanwhile(as_alice, draft, alice, now):
    """Otherwise a page that goes on from the new revision would overwrite what it never showed."""
    services.save_draft(draft, answers={"trade": "焊工", "deeds": "别的"}, revision=0, actor=alice, at=now)

    answer = as_alice.post(
        url("save", pk=draft.pk, section="work"), {"end": "1", "revision": "0", "fields": "cluster", "cluster": "时尚"}
    ).json()

    assert answer["revision"] == 2
    assert answer["theirs"] == [{"field": "trade", "label": "专业领域", "text": "焊工", "value": "焊工"}]


def test_a_last_save_says_what_it_had_sent_before_without_an_answer(as_alice, draft):
    here = url("save", pk=draft.pk, section="work")
    as_alice.post(here, {"end": "1", "revision": "0", "fields": "trade", "trade": "焊"})

    lost = as_alice.post(here, {"end": "1", "revision": "0", "fields": "trade", "trade": "焊工"})
    heard = as_alice.post(
        here,
        {"end": "1", "revision": "0", "fields": "trade", "trade": "焊工", "unheard": "fields=trade&trade=%E7%84%8A"},
    )

    assert (lost.status_code, heard.status_code) == (409, 200)
    draft.refresh_from_db()
    assert draft.trade == "焊工"


def test_a_conflict_is_answered_with_the_other_values(as_alice, draft, alice, now):
    services.save_draft(draft, answers={"trade": "焊工"}, revision=0, actor=alice, at=now)

    response = as_alice.post(url("save", pk=draft.pk, section="work"), {"end": "1", "revision": "0", "trade": "钳工"})

    assert response.status_code == 409
    assert response.json() == {
        "revision": 1,
        "theirs": [{"field": "trade", "label": "专业领域", "text": "焊工", "value": "焊工"}],
    }


def test_an_expired_session_is_told_so_that_nothing_is_lost(client, draft):
    response = client.post(url("save", pk=draft.pk, section="work"), {"end": "1", "revision": "0", "trade": "焊工"})

    assert response.status_code == 401
    assert "保留在本页" in response.json()["error"]


def test_a_refused_save_says_why(as_alice, filed):
    response = as_alice.post(url("save", pk=filed.pk, section="work"), {"end": "1", "revision": "x", "trade": "焊工"})

    assert response.status_code == 422
    assert "不能修改" in response.json()["error"]


def test_a_request_that_was_cut_off_on_its_way_changes_nothing(as_alice, draft, alice, now):
    services.save_draft(draft, answers={"trade": "焊工"}, revision=0, actor=alice, at=now)
    cut = {"revision": "1", "fields": "trade", "trade": "焊"}

    told = as_alice.post(url("save", pk=draft.pk, section="work"), cut)
    page = text(as_alice.post(url("fill", pk=draft.pk, section="work"), cut))

    assert told.status_code == 422
    assert "没有传完整" in told.json()["error"]
    assert "没有传完整" in page
    draft.refresh_from_db()
    assert draft.trade == "焊工"


def test_saving_asks_for_post(as_alice, draft):
    assert as_alice.get(url("save", pk=draft.pk, section="work")).status_code == 405


def test_findings_follow_what_is_saved(as_alice, draft, alice, now):
    services.save_draft(draft, answers={"years_working_local": "1"}, revision=0, actor=alice, at=now)

    page = text(as_alice.get(url("findings", pk=draft.pk)))

    assert "在临安工作不少于3年" in page
    assert "不符合" in page


# --- conditions and waivers ------------------------------------------------------------------------------------------


def test_a_waiver_is_asked_for_where_the_rule_does_not_hold(as_alice, draft, alice, now):
    number = factories.invented_id_number(born=now.date().replace(year=now.year - 65, day=1))
    services.save_draft(draft, answers={"national_id": number}, revision=0, actor=alice, at=now)
    here = url("conditions", pk=draft.pk)

    assert "有突出贡献的可不受年龄限制" in text(as_alice.get(here))
    response = as_alice.post(here, {"revision": "1", "waivers": ["outstanding"]})

    assert response["Location"] == url("materials", pk=draft.pk)
    page = text(as_alice.get(here))
    assert "申请免除，待核实" in page


def test_a_waiver_clash_is_said(as_alice, draft, alice, now):
    services.save_draft(draft, answers={"_waivers": ["outstanding"]}, revision=0, actor=alice, at=now)

    page = text(as_alice.post(url("conditions", pk=draft.pk), {"revision": "0", "waivers": []}))

    assert "没有保存" in page


# --- papers ----------------------------------------------------------------------------------------------------------


def test_papers_are_handed_in_and_taken_back(as_alice, draft, picture):
    here = url("materials", pk=draft.pk)
    assert "身份证明" in text(as_alice.get(here))

    response = as_alice.post(url("attach", pk=draft.pk, slot="identity"), {"file": picture(), "from": "materials"})
    material = Material.objects.get()
    assert response["Location"] == here + "#identity"
    assert "证件照.jpg" in text(as_alice.get(here))
    as_alice.post(url("remove", pk=draft.pk, material=material.pk), {"from": "materials"})

    assert not Material.objects.current().exists()


def test_an_upload_by_script_is_answered_in_json(as_alice, draft, picture):
    here = url("attach", pk=draft.pk, slot="identity")

    good = as_alice.post(here, {"file": picture()}, headers={"accept": "application/json"})
    again = as_alice.post(here, {"file": picture()}, headers={"accept": "application/json"})
    nothing = as_alice.post(here, {}, headers={"accept": "application/json"})

    assert good.json()["ok"] is True
    assert "data-paper" in good.json()["html"]
    assert (again.status_code, "已经上传过" in again.json()["error"]) == (422, True)
    assert nothing.json() == {"error": "请先选择文件"}


def test_a_bad_upload_without_script_is_said_on_the_page(as_alice, draft):
    response = as_alice.post(url("attach", pk=draft.pk, slot="identity"), {"from": "person"}, follow=True)

    assert "请先选择文件" in text(response)


def test_the_unit_hands_in_its_own_papers_on_the_case(as_officer, campaign, union, picture, now, client, member):
    society = UnitFactory(union=union, kind="society")
    officer = member(Role.UNIT_OFFICER, unit=society)
    application = ApplicationFactory(campaign=campaign, unit=society, member=officer, state=State.AWAITING_UNIT, at=now)
    sign_in(client, officer)

    response = client.post(
        url("attach", pk=application.pk, slot="authority_consent"), {"file": picture(), "from": "unit"}
    )

    assert response["Location"] == url("unit_case", pk=application.pk)
    assert "行业主管部门同意日期" in text(client.get(response["Location"]))


def test_the_photo_leads_back_to_its_section(as_alice, draft, picture):
    response = as_alice.post(url("attach", pk=draft.pk, slot="photo"), {"file": picture(), "from": "person"})

    assert response["Location"] == url("fill", pk=draft.pk, section="person") + "#photo"


def test_removing_what_may_not_be_removed_is_said(as_alice, filed):
    material = Material.objects.filter(application=filed, slot="identity").get()

    response = as_alice.post(url("remove", pk=filed.pk, material=material.pk), follow=True)

    assert "不能修改" in text(response)


# --- handing in ------------------------------------------------------------------------------------------------------


def test_the_check_list_says_what_is_missing_with_its_clause(as_alice, draft):
    page = text(as_alice.get(url("check", pk=draft.pk)))

    assert "身份证明尚未上传" in page
    assert "七（三）" in page


def test_handing_in(as_alice, campaign, alice, now):
    application = ApplicationFactory(campaign=campaign, member=alice, state=State.DRAFT, at=now)
    assert "提交申报" in text(as_alice.get(url("check", pk=application.pk)))

    page = text(as_alice.post(url("submit", pk=application.pk), follow=True))

    assert f"受理编号 TM{now.year}-0001" in page


def test_the_same_click_come_twice_hands_in_once_and_says_nothing_of_it(as_alice, campaign, alice, now):
    ready = ApplicationFactory(campaign=campaign, member=alice, state=State.DRAFT, at=now)
    as_alice.post(url("submit", pk=ready.pk))
    as_alice.get(url("status", pk=ready.pk))

    again = as_alice.post(url("submit", pk=ready.pk), follow=True)

    assert again.redirect_chain[-1][0] == url("status", pk=ready.pk)
    assert "不能" not in text(again)
    assert ready.submissions.count() == 1


def test_handing_in_too_early_leads_back_to_the_list(as_alice, draft):
    response = as_alice.post(url("submit", pk=draft.pk), follow=True)

    assert "还不能提交" in text(response)


def test_handing_in_to_the_unit(as_alice, campaign, alice, town, now):
    application = ApplicationFactory(campaign=campaign, member=alice, state=State.DRAFT, at=now)
    services.change_channel(application, channel="union", unit=town, actor=alice, at=now)

    page = text(as_alice.post(url("submit", pk=application.pk), follow=True))

    assert "已递交推荐单位" in page
    assert "等待示例镇总工会审核推荐" in page


@pytest.mark.parametrize("name", ["conditions", "materials", "check"])
def test_what_was_handed_in_is_no_longer_filled_in(as_alice, filed, name):
    assert as_alice.get(url(name, pk=filed.pk))["Location"] == url("status", pk=filed.pk)
    assert as_alice.get(url("fill", pk=filed.pk, section="work"))["Location"] == url("status", pk=filed.pk)


def test_withdrawing_is_asked_and_done(as_alice, filed):
    here = url("withdraw", pk=filed.pk)
    assert "不能恢复" in text(as_alice.get(here))

    page = text(as_alice.post(here, {"reason": "工作调动"}, follow=True))
    again = text(as_alice.post(here, follow=True))

    assert "申报已撤回" in page
    assert "不能撤回" in again
    assert "现在不能撤回" in text(as_alice.get(here))


def test_changing_the_way_in(as_alice, draft, town):
    here = url("channel", pk=draft.pk)
    assert "示例镇总工会" in text(as_alice.get(here))

    refused = text(as_alice.post(here, {"way": "union:"}))
    as_alice.post(here, {"way": f"union:{town.pk}"})

    assert "请选择推荐单位" in refused
    draft.refresh_from_db()
    assert draft.unit == town


# --- where it stands -------------------------------------------------------------------------------------------------


def test_the_status_of_a_draft(as_alice, draft):
    page = text(as_alice.get(url("status", pk=draft.pk)))

    assert "继续填写" in page
    assert "更改申报渠道" in page


def test_the_status_of_what_was_filed(as_alice, filed):
    page = text(as_alice.get(url("status", pk=filed.pk)))

    assert filed.number in page
    assert filed.submissions.get().check_code in page
    assert "认定办公室收到申报" in page


def test_the_status_of_what_was_returned_leads_to_what_is_to_be_mended(as_alice, campaign, alice, now):
    application = ApplicationFactory(campaign=campaign, member=alice, at=now)
    services.return_application(
        application,
        reason="照片不清",
        items=["photo", "deeds", "identity"],
        deadline=now + timedelta(days=3),
        actor=factories.office_of(campaign.union),
        at=now,
    )

    page = text(as_alice.get(url("status", pk=application.pk)))

    assert "照片不清" in page
    assert url("fill", pk=application.pk, section="story") + "#deeds" in page
    assert url("materials", pk=application.pk) + "#identity" in page
    screen = text(as_alice.get(url("fill", pk=application.pk, section="work")))
    assert 'name="trade"' not in screen


def test_my_applications_and_what_is_open(as_alice, draft, union, now):
    CampaignFactory(union=union, slug="another", title="另一个活动")

    page = text(as_alice.get(url("mine")))

    assert "第二届“天目工匠”" in page
    assert "另一个活动" in page


@pytest.mark.parametrize("count", [1, 3])
def test_my_applications_cost_the_same_for_any_number(as_alice, union, alice, now, count, django_assert_num_queries):
    for n in range(count):
        other = CampaignFactory(union=union, slug=f"c{n}")
        services.start_application(other, channel="self", actor=alice, at=now)
    as_alice.get(url("mine"))

    with django_assert_num_queries(8):
        as_alice.get(url("mine"))


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def material(draft, alice, picture, now):
    return services.attach_material(draft, slot="identity", file=picture(), actor=alice, at=now)


def test_a_file_is_a_download_that_no_browser_runs(as_alice, material):
    response = as_alice.get(url("file", file_id=material.file_id))

    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_a_preview_is_drawn_anew(as_alice, material):
    response = as_alice.get(url("preview", file_id=material.file_id))

    assert response["Content-Type"] == "image/jpeg"


def test_the_preview_of_a_pdf_is_a_picture_of_its_page(as_alice, draft, alice, scan, now):
    material = services.attach_material(draft, slot="identity", file=scan, actor=alice, at=now)

    first = as_alice.get(url("preview", file_id=material.file_id))

    assert (first.status_code, first["Content-Type"]) == (200, "image/png")
    assert "sandbox" in first["Content-Security-Policy"]
    assert as_alice.get(url("page", file_id=material.file_id, page=2)).status_code == 404


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.SUPERVISOR])
def test_the_office_the_group_and_the_supervisor_read_what_was_filed(client, filed, member, role):
    material = Material.objects.filter(application=filed).first()
    sign_in(client, member(role))

    assert client.get(url("file", file_id=material.file_id)).status_code == 200


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.ADMIN])
def test_to_others_the_file_does_not_exist(client, filed, member, role):
    material = Material.objects.filter(application=filed).first()
    sign_in(client, member(role))

    assert client.get(url("file", file_id=material.file_id)).status_code == 404


def test_nobody_but_the_applicant_reads_the_papers_of_a_draft(as_office, material):
    assert as_office.get(url("file", file_id=material.file_id)).status_code == 404


# --- the unit --------------------------------------------------------------------------------------------------------


def test_the_units_desk(as_officer, waiting, campaign):
    assert campaign.title in text(as_officer.get(url("unit")))
    page = text(as_officer.get(url("unit_desk", campaign_slug="tianmu")))

    assert waiting.name in page
    assert "推荐意见" in page


def test_the_desk_says_what_is_missing_and_counts_those_who_write_by_themselves(
    as_officer, officer, town, campaign, alice, now
):
    services.nominate(campaign, unit=town, channel="union", name="冯建国", actor=officer, at=now)
    services.start_application(campaign, channel="union", unit=town, actor=alice, at=now)

    page = text(as_officer.get(url("unit_desk", campaign_slug="tianmu")))

    assert "另有 1 人" in page
    assert "田秀兰" not in page
    assert "冯建国" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_desk_costs_the_same_for_any_number(
    as_officer, campaign, town, officer, now, count, django_assert_num_queries
):
    for _ in range(count):
        ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.DRAFT, at=now)
    as_officer.get(url("unit_desk", campaign_slug="tianmu"))

    with django_assert_num_queries(16):
        as_officer.get(url("unit_desk", campaign_slug="tianmu"))


def test_nominating(as_officer, campaign, town):
    here = url("nominate", campaign_slug="tianmu")
    assert "工会组织推荐" in text(as_officer.get(here))

    as_officer.post(here, {"channel": "union", "name": "冯建国"})
    assert not Application.objects.exists()
    response = as_officer.post(here, {"channel": "union", "name": "冯建国", "attested": "on"})

    application = Application.objects.get()
    assert response["Location"] == url("fill", pk=application.pk, section="person")
    assert "我的账号" not in text(as_officer.get(response["Location"]))


def test_a_unit_that_no_channel_names_cannot_nominate(client, campaign, member, union):
    sign_in(client, member(Role.UNIT_OFFICER, unit=UnitFactory(union=union, kind="village")))

    assert "本单位不能推荐" in text(client.get(url("nominate", campaign_slug="tianmu")))


def test_endorsing(as_officer, waiting):
    here = url("unit_case", pk=waiting.pk)
    page = text(as_officer.get(here))
    assert "同意推荐即证明以下内容属实：从业年限20年" in page

    incomplete = text(as_officer.post(url("endorse", pk=waiting.pk), {"decision": "endorsed"}))
    done = text(
        as_officer.post(url("endorse", pk=waiting.pk), {"decision": "endorsed", "opinion": "同意"}, follow=True)
    )
    again = text(as_officer.post(url("endorse", pk=waiting.pk), {"decision": "endorsed", "opinion": "同意"}))

    assert "必填" in incomplete
    assert "申报已送认定办公室" in done
    assert "现在不能提出推荐意见" in again


def test_declining(as_officer, waiting):
    page = text(
        as_officer.post(url("endorse", pk=waiting.pk), {"decision": "declined", "opinion": "名额有限"}, follow=True)
    )

    assert "可改走其他渠道" in page


def test_the_unit_returns_for_correction(as_officer, waiting, now):
    here = url("unit_return", pk=waiting.pk)
    deadline = (timezone.localtime(now) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    past = (timezone.localtime(now) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")

    incomplete = as_officer.post(here, {"reason": "照片不清"})
    refused = text(as_officer.post(here, {"reason": "照片不清", "items": ["photo"], "deadline": past}))
    done = text(as_officer.post(here, {"reason": "照片不清", "items": ["photo"], "deadline": deadline}, follow=True))

    assert incomplete.status_code == 200
    assert "须晚于现在" in refused
    assert "补正" in done


def test_the_whole_number_with_a_reason(as_officer, waiting):
    number = selectors.answers_of(waiting)["national_id"]

    shown = as_officer.post(url("reveal", pk=waiting.pk), {"reason": "核对"})
    refused = text(as_officer.post(url("reveal", pk=waiting.pk), {"reason": ""}))

    assert number in text(shown)
    assert shown["Cache-Control"] == "no-store"
    assert "请填写查看" in refused
    assert number not in text(as_officer.get(url("unit_case", pk=waiting.pk)))


def test_the_officer_hands_in_for_the_unit(as_officer, officer, campaign, town, now):
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.DRAFT, at=now)
    factories.confirmed(application, at=now)

    response = as_officer.post(url("submit", pk=application.pk))

    assert response["Location"] == url("unit_case", pk=application.pk)


# --- the office ------------------------------------------------------------------------------------------------------


def test_the_inbox_lists_what_was_filed_and_no_drafts(as_office, filed, campaign, now):
    draft = ApplicationFactory(campaign=campaign, state=State.DRAFT, at=now)

    assert campaign.title in text(as_office.get(url("inboxes")))
    page = text(as_office.get(url("inbox", campaign_slug="tianmu")))

    assert filed.number in page
    assert draft.name not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "submitted"}, True),
        ({"state": "returned"}, False),
        ({"channel": "self"}, True),
        ({"channel": "union"}, False),
        ({"q": "田秀"}, True),
        ({"q": "示例工作单位"}, True),
        ({"q": "-0001"}, True),
        ({"q": "没有"}, False),
        ({"unit": "999999"}, False),
        ({"unit": "abc"}, True),
    ],
)
def test_the_inbox_is_narrowed(as_office, campaign, alice, now, query, found):
    filed = ApplicationFactory(campaign=campaign, member=alice, name="田秀兰", at=now)

    page = text(as_office.get(url("inbox", campaign_slug="tianmu"), query))

    assert (filed.number in page) == found
    assert ("没有符合条件的申报" in page) != found


def test_the_inbox_turns_pages_by_key(as_office, campaign, filed):
    copies = [
        Application(
            union=filed.union,
            campaign=campaign,
            person=services.persons.new_person(filed.union, name=f"某{n}", at=filed.created_at),
            filled_by=filed.filled_by,
            channel="self",
            state=State.SUBMITTED,
            number=f"TM-{n:04}",
            name=f"某{n}",
            created_at=filed.created_at,
            saved_at=filed.saved_at,
        )
        for n in range(120)
    ]
    Application.objects.bulk_create(copies)
    office = factories.office_of(campaign.union)

    first = selectors_inbox.inbox(campaign, office, filters={})
    second = selectors_inbox.inbox(campaign, office, filters={}, after=first.next_after)
    third = selectors_inbox.inbox(campaign, office, filters={}, after=second.next_after)
    back = selectors_inbox.inbox(campaign, office, filters={}, before=third.previous_before)
    start = selectors_inbox.inbox(campaign, office, filters={}, before=back.previous_before)
    before_all = selectors_inbox.inbox(campaign, office, filters={}, before="A")

    assert [len(page.rows) for page in (first, second, third, back, start)] == [50, 50, 21, 50, 50]
    assert [row.number for row in back.rows] == [row.number for row in second.rows]
    assert [row.number for row in start.rows] == [row.number for row in first.rows]
    assert (first.previous_before, third.next_after, start.previous_before, before_all.rows) == ("", "", "", [])
    assert "下一页" in text(as_office.get(url("inbox", campaign_slug="tianmu")))
    assert "上一页" in text(as_office.get(url("inbox", campaign_slug="tianmu"), {"after": first.next_after}))


@pytest.mark.parametrize("count", [1, 3])
def test_the_inbox_costs_the_same_for_any_number(as_office, campaign, now, count, django_assert_num_queries):
    for _ in range(count):
        ApplicationFactory(campaign=campaign, at=now)
    as_office.get(url("inbox", campaign_slug="tianmu"))

    with django_assert_num_queries(14):
        as_office.get(url("inbox", campaign_slug="tianmu"))


def test_an_empty_inbox_says_what_comes(as_office, campaign):
    assert "还没有申报" in text(as_office.get(url("inbox", campaign_slug="tianmu")))


# --- strangers -------------------------------------------------------------------------------------------------------

MINE = ["status", "findings", "conditions", "materials", "check", "withdraw", "channel", "form_pdf", "print_forms"]
POSTS = ["submit", "endorse", "unit_return", "reveal"]


@pytest.mark.parametrize("name", MINE)
def test_another_applicant_finds_nothing(client, filed, member, name):
    sign_in(client, member())

    assert client.get(url(name, pk=filed.pk)).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_another_units_officer_finds_nothing(client, waiting, member, name):
    sign_in(client, member(Role.UNIT_OFFICER))

    assert client.post(url(name, pk=waiting.pk), {"reason": "看看"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("fill", {"section": "work"}),
        ("save", {"section": "work"}),
        ("attach", {"slot": "identity"}),
        ("remove", {"material": 1}),
        ("form_pdf_version", {"version": 1}),
        ("unit_case", {}),
    ],
)
def test_strangers_of_the_same_union_find_nothing_behind_any_address(client, filed, member, name, more):
    sign_in(client, member(Role.UNIT_OFFICER))
    address = url(name, pk=filed.pk, **more)

    response = client.post(address) if name in {"save", "attach", "remove"} else client.get(address)

    assert response.status_code == 404


@pytest.mark.parametrize("name", [*MINE, "unit_case"])
def test_members_of_another_union_are_turned_away(client, filed, other_union, name):
    with tenancy.scope(other_union.pk):
        stranger = factories.MemberFactory(union=other_union, role=Role.OFFICE)
    sign_in(client, stranger)

    assert client.get(url(name, pk=filed.pk)).status_code == 403


@pytest.mark.parametrize("name", ["unit", "inboxes"])
def test_desks_are_for_their_roles(as_alice, campaign, name):
    assert as_alice.get(url(name)).status_code == 403


@pytest.mark.parametrize(
    ("name", "role"), [("unit_desk", Role.OFFICE), ("nominate", Role.OFFICE), ("unit_sheet", Role.OFFICE)]
)
def test_the_units_pages_are_the_units(client, campaign, member, name, role):
    sign_in(client, member(role))

    assert client.get(url(name, campaign_slug="tianmu")).status_code == 403


@pytest.mark.parametrize("name", ["inbox", "inbox_sheet"])
def test_the_inbox_is_not_the_units(as_officer, campaign, name):
    assert as_officer.get(url(name, campaign_slug="tianmu")).status_code == 403
