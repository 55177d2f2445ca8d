"""The public self-check: which questions a rule set gives, what the answers mean, and that nothing of them stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import Resolver404, get_resolver, resolve, reverse
from django.utils import timezone

from applications import selectors, selfcheck, services
from applications.answers import WAIVERS
from applications.models import Application
from campaigns.models import Campaign
from campaigns.rules import loader
from campaigns.rules.engine import Verdict
from campaigns.services import RESERVED_SLUGS
from tests import factories
from tests.campaigns.rules.sample import WIDE
from tests.factories import IN_TIME, CampaignFactory, sign_in
from unions import tenancy, throttle

GOOD: dict[str, Any] = {
    "self_check_born": "1975-03-16",
    "nationality_chinese": "yes",
    "union_member": "yes",
    "years_in_trade": "12",
    "years_working_local": "5",
    "front_line": "yes",
    "conditions": ["unique_skill"],
}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME)
    return IN_TIME


@pytest.fixture(scope="module")
def rules():
    return loader.load_builtin("linan-2018")


@pytest.fixture(scope="module")
def wide():
    return loader.load(WIDE, name="wide.toml")


def url(name, **kwargs):
    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


@pytest.fixture
def here(campaign):
    return url("selfcheck", campaign_slug=campaign.slug)


def text(response):
    return response.content.decode()


def _found(campaign, **answers):
    section = selfcheck.questions(campaign.rules)
    return selfcheck.findings(campaign, section, {**GOOD, **answers})


# --- the questions ---------------------------------------------------------------------------------------------------


def test_only_what_the_rules_compute_with_is_asked_and_the_birth_date_instead_of_the_number(rules):
    asked = [field.id for field in selfcheck.questions(rules).fields]

    assert sorted(asked) == sorted(GOOD)


def test_nothing_has_to_be_answered(rules):
    assert not any(field.required for field in selfcheck.questions(rules).fields)


def test_rows_are_asked_for_no_more_than_counts(wide):
    by_id = {field.id: field for field in selfcheck.questions(wide).fields}

    assert [column.id for column in by_id["titles"].columns] == ["on", "title"]
    assert [column.id for column in by_id["results"].columns] == ["level", "rank"]
    assert "school" not in by_id


def test_the_waivers_that_one_has_to_ask_for_are_offered_and_those_by_a_condition_are_not(wide):
    assert [waiver.id for _rule, waiver in selfcheck.waivers(wide)] == ["by_gift"]


def test_a_field_that_another_depends_on_comes_with_it(rules):
    data = loader.to_frozen(rules)
    for section in data["form"]["sections"]:
        for field in section["fields"]:
            if field["id"] == "front_line":
                field["when"] = {"field": "cluster", "equals": "健康"}

    asked = {field.id for field in selfcheck.questions(loader.from_frozen(data)).fields}

    assert asked == {*GOOD, "cluster"}


def test_sex_is_asked_where_a_rule_needs_it_and_the_form_reads_it_off_the_number(rules):
    data = loader.to_frozen(rules)
    for section in data["form"]["sections"]:
        section["fields"] = [field for field in section["fields"] if field["id"] != "gender"]
    data["criteria"].append(
        {
            "id": "women",
            "label": "性别",
            "how": "computed",
            "fact": "gender",
            "op": "one_of",
            "values": ["女"],
            "text": "限女职工",
            "clause": "三",
        }
    )

    assert "self_check_sex" in {field.id for field in selfcheck.questions(loader.from_frozen(data)).fields}


def test_an_age_that_the_form_asks_is_not_asked_for_twice(rules):
    data = loader.to_frozen(rules)
    data["form"]["sections"][0]["fields"].append({"id": "age", "type": "years", "label": "年龄", "fact": "age"})

    asked = {field.id for field in selfcheck.questions(loader.from_frozen(data)).fields}

    assert "age" in asked
    assert "self_check_born" not in asked


def test_a_category_is_asked_where_some_rules_are_only_for_one(wide):
    data = loader.to_frozen(wide)
    data["form"]["sections"][0]["fields"].append(
        {
            "id": "kind",
            "type": "choice",
            "label": "申报类别",
            "options": [{"value": "制造类"}, {"value": "服务类"}],
        }
    )

    assert "kind" in {field.id for field in selfcheck.questions(loader.from_frozen(data)).fields}


def test_where_only_people_judge_nothing_is_asked(rules):
    data = loader.to_frozen(rules)
    data["criteria"] = [rule for rule in data["criteria"] if rule["how"] == "judged"]
    data["groups"] = []
    for section in data["form"]["sections"]:
        section["fields"] = [field for field in section["fields"] if field["type"] != "conditions"]
    data["form"]["sections"] = [section for section in data["form"]["sections"] if section["fields"]]

    assert selfcheck.questions(loader.from_frozen(data)) is None


# --- what the answers mean -------------------------------------------------------------------------------------------


def test_who_meets_everything_may_apply_and_the_rest_is_for_people_to_judge(campaign):
    found = _found(campaign)

    result = selfcheck.result(found)
    words = {line.label: line.word for line in selfcheck.lines(campaign.rules, found)}
    assert (result.kind, result.headline) == ("holds", "可以申报")
    assert words["技能水平与突出贡献"] == "由审核人员判断"
    assert words["认定条件"] == "须附证明材料，由审核人员核实"


def test_a_must_that_fails_is_named(campaign):
    result = selfcheck.result(_found(campaign, years_working_local="2"))

    assert (result.kind, result.headline) == ("fails", "有一项不符合：“在临安工作年限”")


def test_several_that_fail_are_counted(campaign):
    result = selfcheck.result(_found(campaign, years_working_local="2", front_line="no"))

    assert result.headline.startswith("有 2 项不符合：")


def test_a_should_that_fails_wants_a_reason(campaign):
    result = selfcheck.result(_found(campaign, self_check_born="1950-03-16"))

    assert (result.kind, result.headline) == ("reason", "说明理由后可以通过，可以申报")


def test_what_is_not_answered_is_named(campaign):
    found = _found(campaign, union_member="", conditions=[])

    result = selfcheck.result(found)
    words = {line.label: line.word for line in selfcheck.lines(campaign.rules, found)}
    assert result.headline == "还有 2 项没有回答"
    assert words["认定条件"] == "还没有选择"
    assert "还没有回答" in words.values()


def test_a_waiver_asked_for_is_said_with_what_to_bring(campaign):
    found = _found(campaign, self_check_born="1950-03-16", **{WAIVERS: ["outstanding"]})

    age = next(line for line in selfcheck.lines(campaign.rules, found) if line.label == "年龄")
    assert (age.verdict, age.word) == (Verdict.WAIVER_CLAIMED, "申请免除，须附证明材料")
    assert "申请免除的条件" in selfcheck.result(found).text


def test_a_condition_that_was_ticked_is_shown_with_its_proof_and_the_others_are_not(campaign):
    group = next(line for line in selfcheck.lines(campaign.rules, _found(campaign)) if line.members)

    assert [(one.label, one.proof) for one in group.members] == [("绝技绝活或先进操作法", "职业资格证书、主要成果证明")]


def test_what_is_not_met_of_a_group_is_no_failure_while_another_condition_may_meet_it(union):
    campaign = CampaignFactory(union=union, ruleset=factories.RuleSetFactory(union=union, code="hangzhou-2016"))
    page = selfcheck.questions(campaign.rules)

    found = selfcheck.findings(campaign, page, {"conditions": ["unique_skill"]})
    group = next(line for line in selfcheck.lines(campaign.rules, found) if line.members)

    said = {line.label: (line.verdict, line.word) for line in group.members}
    assert said["世界、国家、省级大赛名次"] == (Verdict.CANNOT_TELL, "没有这一项")


def test_the_age_is_counted_on_the_campaigns_day(campaign):
    last = campaign.reference_date.replace(year=campaign.reference_date.year - 61)

    assert _found(campaign, self_check_born=last.isoformat())["age"].verdict == Verdict.NEEDS_REASON
    day_after = (last + timedelta(days=1)).isoformat()
    assert _found(campaign, self_check_born=day_after)["age"].verdict == Verdict.HOLDS


# --- the page --------------------------------------------------------------------------------------------------------


def test_anybody_sees_the_questions_and_every_condition_with_its_clause(client, here):
    page = text(client.get(here))

    assert "出生日期" in page
    assert "身份证号码" not in page.replace("不要填写姓名和身份证号码", "")
    assert "依据：三（二）（看原文）" in page
    assert "一般应60周岁以下" in page


def test_without_script_a_post_shows_the_findings_below_the_answers(client, here):
    page = text(client.post(here, {**GOOD, "years_working_local": "2"}))

    assert "有一项不符合：“在临安工作年限”" in page
    assert 'value="1975-03-16"' in page
    assert "这不是认定结论" in page


def test_asked_by_htmx_the_findings_come_alone(client, here):
    page = text(client.post(here, GOOD, headers={"HX-Request": "true"}))

    assert page.lstrip().startswith('<section id="result"')
    assert "可以申报" in page


def test_nothing_is_kept_of_the_answers(client, here):
    response = client.post(here, GOOD)

    assert not Session.objects.exists()
    assert "sessionid" not in response.cookies
    assert "no-store" in response["Cache-Control"]
    assert not Application.objects.exists()


def test_an_answer_that_cannot_be_right_is_said_and_counts_as_none(client, here):
    page = text(client.post(here, {**GOOD, "self_check_born": "1975-13-40"}))

    assert "请填写年月日" in page
    assert "还有 1 项没有回答" in page


def test_rows_are_added_without_script(client, union):
    CampaignFactory(union=union, slug="wide", text=WIDE)
    there = url("selfcheck", campaign_slug="wide")

    assert 'name="titles-0-title"' not in text(client.get(there))
    assert 'name="titles-0-title"' in text(client.post(there, {"rows": "titles:add"}))


def test_the_check_works_before_and_after_the_window_and_says_so(client, campaign, here):
    Campaign.objects.filter(pk=campaign.pk).update(opens_at=IN_TIME + timedelta(days=1))
    page = text(client.post(here, GOOD))
    assert "申报还没有开始" in page
    assert "带着这些答案去申报" not in page

    Campaign.objects.filter(pk=campaign.pk).update(
        opens_at=IN_TIME - timedelta(days=9), closes_at=IN_TIME - timedelta(days=1)
    )
    page = text(client.post(here, {**GOOD, "go": "apply"}))
    assert "截止；仍可以自查" in page
    assert "可以申报" in page
    assert not Session.objects.exists()


def test_a_draft_has_no_self_check(client, union):
    CampaignFactory(union=union, slug="draft", published=False)

    assert client.get(url("selfcheck", campaign_slug="draft")).status_code == 404


def test_too_many_at_once_are_asked_to_wait_and_keep_their_answers(client, here, monkeypatch):
    monkeypatch.setattr(throttle, "allowed", lambda *_a, **_k: False)

    response = client.post(here, GOOD)

    assert response.status_code == 429
    assert "操作太频繁" in text(response)
    assert 'value="1975-03-16"' in text(response)


def test_the_campaign_page_and_home_lead_here(client, campaign, here):
    page = reverse("campaigns:page", kwargs={"union_slug": "shili", "campaign_slug": campaign.slug})
    home = reverse("publicity:home", kwargs={"union_slug": "shili"})

    assert f'href="{here}"' in text(client.get(page))
    assert f'href="{here}"' in text(client.get(home))


def test_the_address_is_taken_for_no_other():
    def firsts(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from firsts(pattern.url_patterns)
            else:
                yield str(pattern.pattern).split("/")[0]

    below_a_union = [one for one in get_resolver().url_patterns if str(one.pattern) == "<slug:union_slug>/"]
    for first in {one for one in firsts(below_a_union) if one.isidentifier()}:
        try:
            name = resolve(f"/shili/{first}/check/").view_name
        except Resolver404:  # pragma: no cover - every word is a campaign's slug here
            continue
        assert name == "applications:selfcheck" or first in RESERVED_SLUGS, f"{first}/check/ is {name}"
    assert "check" in RESERVED_SLUGS


# --- taking the answers along ----------------------------------------------------------------------------------------


def _apply_with_answers(client, campaign, here, **more):
    answers = {**GOOD, "waivers": ["outstanding"], "go": "apply", **more}
    return client.post(here, answers)


def test_the_answers_are_carried_through_sign_in_into_the_form_and_marked(client, campaign, here, alice):
    response = _apply_with_answers(client, campaign, here)
    assert response["Location"] == url("apply", campaign_slug=campaign.slug)
    assert "1975" not in str(Session.objects.get().get_decoded())
    assert "/accounts/login/" in client.get(response["Location"])["Location"]

    sign_in(client, alice)
    page = text(client.get(url("apply", campaign_slug=campaign.slug) + "?channel=self"))
    assert "自查时的回答会带入申报表" in page
    client.post(url("apply", campaign_slug=campaign.slug), {"channel": "self"})

    application = Application.objects.get()
    answers = selectors.answers_of(application)
    assert (answers["years_in_trade"], answers["conditions"], answers[WAIVERS]) == (
        "12",
        ["unique_skill"],
        ["outstanding"],
    )
    assert "self_check_born" not in answers
    assert "自查时的回答，请核对" in text(client.get(url("fill", pk=application.pk, section="work")))
    assert "carried_answers" not in client.session


def test_an_answer_that_was_changed_is_no_longer_marked(campaign, alice):
    draft = services.start_application(
        campaign, channel="self", actor=alice, at=IN_TIME, carried={"years_in_trade": "12", "front_line": "yes"}
    )

    saved = services.save_draft(draft, answers={"years_in_trade": "13"}, revision=0, actor=alice, at=IN_TIME)

    assert saved.carried == ["front_line"]


def test_answers_that_are_too_old_are_forgotten(client, campaign, here, alice, monkeypatch):
    _apply_with_answers(client, campaign, here)
    monkeypatch.setattr(timezone, "now", lambda: IN_TIME + selfcheck.CARRIED_FOR + timedelta(seconds=1))
    sign_in(client, alice)

    page = text(client.get(url("apply", campaign_slug=campaign.slug) + "?channel=self"))

    assert "自查时的回答" not in page
    assert "carried_answers" not in client.session


def test_answers_are_for_one_campaign_and_cannot_be_forged(campaign, union):
    other = CampaignFactory(union=union, slug="other")
    packed = selfcheck.pack(campaign, GOOD, at=IN_TIME)

    assert selfcheck.unpack(campaign, packed, at=IN_TIME)["front_line"] == "yes"
    assert selfcheck.unpack(other, packed, at=IN_TIME) == {}
    assert selfcheck.unpack(campaign, "gAAAAA-forged", at=IN_TIME) == {}


def test_who_has_an_application_already_is_led_to_it(client, campaign, here, alice, draft):
    sign_in(client, alice)
    _apply_with_answers(client, campaign, here)

    response = client.get(url("apply", campaign_slug=campaign.slug))

    assert response["Location"] == url("status", pk=draft.pk)
    assert "carried_answers" not in client.session


def test_a_stranger_of_another_union_learns_nothing_but_the_published_rules(client, campaign, here, other_union):
    with tenancy.scope(other_union.pk):
        sign_in(client, factories.MemberFactory(union=other_union))

    assert client.get(here).status_code == 200
    assert client.get(here.replace("/shili/", "/linshi/")).status_code == 404
