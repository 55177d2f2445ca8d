from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import office_settings, services, timetable
from campaigns.models import CalendarDay, CalendarYear, Campaign, RuleSet, Stage
from campaigns.rules import loader
from campaigns.states import CampaignState, StageState
from tests.campaigns.rules.sample import WIDE
from tests.factories import NOON, CampaignFactory, MemberFactory, RuleSetFactory, office_of, sign_in
from tests.kept import kept
from unions import tenancy
from unions.models import Member, Union
from unions.states import Role

MakeMember = Callable[..., Member]
LINAN = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages tell the time by the wall clock: here it stands still."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@kept
def office(union: Union) -> Member:
    return office_of(union)


@pytest.fixture
def desk(client: Client, office: Member) -> Client:
    return sign_in(client, office)


@kept
def draft(union: Union) -> Campaign:
    return CampaignFactory(union=union, published=False, slug="tianmu")


@kept
def campaign(union: Union) -> Campaign:
    return CampaignFactory(union=union, slug="tianmu")


def url(union: Union, name: str, **kwargs: Any) -> str:
    return reverse(f"campaigns:{name}", kwargs={"union_slug": union.slug, **kwargs})


def text(response: Any) -> str:
    return str(response.content.decode())


# --- public ----------------------------------------------------------------------------------------------------------


def test_anybody_reads_what_a_campaign_asks(client: Client, union: Union, campaign: Campaign) -> None:
    response = client.get(url(union, "page", campaign_slug="tianmu"))

    page = text(response)
    assert response.status_code == 200
    for words in (
        "第二届“天目工匠”",
        "临总工〔2018〕102号",
        "不超过10名",
        "规定60周岁以下",
        "应具有中国国籍",
        "一般应60周岁以下",
        "依据：三（二）",
        "有突出贡献的可不受年龄限制",
        "工会组织推荐",
        "身份证明",
        "资格审核",
        "领导小组审定",
        campaign.rules_sha256,
        "至今没有修订",
        "我要申报",
        reverse("applications:apply", kwargs={"union_slug": union.slug, "campaign_slug": "tianmu"}),
    ):
        assert words in page, words


def test_a_moved_date_is_not_shown_as_a_clause(client: Client, union: Union, campaign: Campaign) -> None:
    page = text(client.get(url(union, "rules", campaign_slug="tianmu")))

    assert "2026年3月20日" in page
    assert "2019年1月15日" in page  # what the readings quote


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (datetime(2026, 1, 1, 12, tzinfo=timetable.ZONE), "申报尚未开始，2026年2月5日起可以申报"),
        (datetime(2026, 3, 21, 0, tzinfo=timetable.ZONE), "申报已经截止"),
    ],
)
def test_outside_the_window_the_page_says_so_instead(
    client: Client, union: Union, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, when: datetime, words: str
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: when)

    page = text(client.get(url(union, "page", campaign_slug="tianmu")))

    assert words in page
    assert "我要申报" not in page


def _without_channels(*kinds: str) -> str:
    """临安's rule set without some ways in."""
    blocks = LINAN.split("[[channels]]")
    left = [block for block in blocks[1:] if not any(f'kind = "{kind}"' in block for kind in kinds)]
    # what follows the channels stands behind the last of them
    tail = blocks[-1].partition("\n# ---")[2]
    return "[[channels]]".join([blocks[0], *[block.partition("\n# ---")[0] for block in left]]) + "\n# ---" + tail


def test_where_units_alone_nominate_the_page_says_so(client: Client, union: Union) -> None:
    campaign = CampaignFactory(union=union, text=_without_channels("self"))

    page = text(client.get(url(union, "page", campaign_slug=campaign.slug)))

    assert "我要申报" not in page
    assert "本活动不接受个人申报" in page


def test_a_unit_officer_is_led_to_the_own_units_desk(
    client: Client, union: Union, campaign: Campaign, member: MakeMember
) -> None:
    page = text(sign_in(client, member(Role.UNIT_OFFICER)).get(url(union, "page", campaign_slug="tianmu")))

    assert "推荐本单位人选" in page


def test_anybody_may_name_somebody_where_the_notice_says_so(client: Client, union: Union) -> None:
    anyone = LINAN.replace('kind = "self"', 'kind = "anyone"', 1)
    campaign = CampaignFactory(union=union, text=anyone)

    assert "推荐身边的人" in text(client.get(url(union, "page", campaign_slug=campaign.slug)))


def test_amendments_stand_on_the_public_page(client: Client, union: Union, campaign: Campaign, office: Member) -> None:
    data = timetable.with_dates(campaign.rules_data, {"applications.to": date(2026, 3, 25)})
    services.amend_campaign(campaign, rules_data=data, reason="应单位要求延长", actor=office, at=NOON)

    page = text(client.get(url(union, "page", campaign_slug="tianmu")))

    assert "第 1 号修订" in page
    assert "应单位要求延长" in page
    assert "申报截止" in page
    assert "2026年3月25日" in page
    assert "本办公室自定的项" not in page


def test_earlier_versions_stay_readable(client: Client, union: Union, campaign: Campaign, office: Member) -> None:
    was = campaign.rules_sha256
    data = {**campaign.rules_data, "quota": {**campaign.rules_data["quota"], "places": 12}}
    services.amend_campaign(campaign, rules_data=data, reason="增加名额", actor=office, at=NOON)
    address = url(union, "rules", campaign_slug="tianmu")

    current, first = text(client.get(address)), text(client.get(f"{address}?version=0"))

    assert "不超过12名" in current
    assert "增加名额" in current
    assert "这是以前的版本" not in current
    assert "不超过10名" in first
    assert was in first
    assert "这是以前的版本" in first


def test_the_bytes_behind_the_digest_can_be_fetched(client: Client, union: Union, campaign: Campaign) -> None:
    response = client.get(url(union, "rules_text", campaign_slug="tianmu", number=0))

    assert sha256(response.content).hexdigest() == campaign.rules_sha256
    assert client.get(url(union, "rules_text", campaign_slug="tianmu", number=1)).status_code == 404


@pytest.mark.parametrize("name", ["page", "rules"])
def test_a_draft_is_seen_by_those_who_set_it_up_only(
    client: Client, union: Union, draft: Campaign, member: MakeMember, name: str
) -> None:
    address = url(union, name, campaign_slug="tianmu")

    assert client.get(address).status_code == 404
    assert sign_in(client, member(Role.APPLICANT)).get(address).status_code == 404
    assert sign_in(client, member(Role.SUPERVISOR)).get(address).status_code == 200


def test_a_draft_given_up_never_becomes_public(client: Client, union: Union, draft: Campaign, office: Member) -> None:
    services.cancel_campaign(draft, reason="不办了", actor=office, at=NOON)

    assert client.get(url(union, "page", campaign_slug="tianmu")).status_code == 404


def test_a_campaign_given_up_says_so(client: Client, union: Union, campaign: Campaign, office: Member) -> None:
    services.cancel_campaign(campaign, reason="上级决定停办", actor=office, at=NOON)

    page = text(client.get(url(union, "page", campaign_slug="tianmu")))

    assert "活动已终止" in page
    assert "我要申报" not in page


# --- strangers -------------------------------------------------------------------------------------------------------

DESK_PAGES = ["setup", "dates", "settings", "check", "publish", "amend", "finish", "cancel"]


def _addresses(union: Union, campaign: Campaign) -> dict[str, str]:
    return {
        **{name: url(union, name, campaign_slug=campaign.slug) for name in DESK_PAGES},
        **{name: url(union, name, ruleset_id=campaign.ruleset_id) for name in ("ruleset", "copy_ruleset", "draft")},
        **{name: url(union, name) for name in ("desk", "rulesets", "calendar")},
    }


def test_an_office_member_of_another_union_reads_nothing(client: Client, union: Union, other_union: Union) -> None:
    campaign = CampaignFactory(union=union, slug="tianmu", title="只属于本工会的活动")
    with tenancy.scope(other_union.pk):
        stranger = MemberFactory(union=other_union, role=Role.OFFICE)
    sign_in(client, stranger)

    for name, address in _addresses(union, campaign).items():
        assert client.get(address).status_code == 403, name
        through_own = client.get(address.replace(f"/{union.slug}/", f"/{other_union.slug}/"))
        if name not in {"desk", "rulesets", "calendar"}:
            assert through_own.status_code == 404, name
        assert campaign.title not in text(through_own), name


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT])
def test_roles_without_a_part_in_setting_up_are_turned_away(
    client: Client, union: Union, campaign: Campaign, member: MakeMember, role: Role
) -> None:
    sign_in(client, member(role))

    for name, address in _addresses(union, campaign).items():
        assert client.get(address).status_code == 403, name


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR, Role.ADMIN])
def test_others_read_but_do_not_change(
    client: Client, union: Union, campaign: Campaign, member: MakeMember, role: Role
) -> None:
    sign_in(client, member(role))
    addresses = _addresses(union, campaign)

    for name in ("desk", "rulesets", "ruleset", "setup"):
        assert client.get(addresses[name]).status_code == 200, name
    for name in ("dates", "settings", "check", "publish", "amend", "finish", "cancel", "draft"):
        assert client.get(addresses[name]).status_code == 403, name


def test_a_visitor_is_sent_to_the_sign_in_page(client: Client, union: Union, campaign: Campaign) -> None:
    for name, address in _addresses(union, campaign).items():
        assert client.get(address).status_code == 302, name


# --- rule sets -------------------------------------------------------------------------------------------------------


def test_a_rule_set_of_the_product_is_loaded_with_one_click(desk: Client, union: Union) -> None:
    page = text(desk.get(url(union, "rulesets")))
    assert "还没有规则集" in page
    assert "linan-2018" in page

    response = desk.post(url(union, "load_ruleset"), {"code": "linan-2018"}, follow=True)

    assert "检查无误，已装入" in text(response)
    assert "三（二）1" in text(response)
    assert RuleSet.objects.get().code == "linan-2018"


def test_an_unknown_code_is_not_a_file_name(desk: Client, union: Union) -> None:
    assert desk.post(url(union, "load_ruleset"), {"code": "../../etc/passwd"}).status_code == 404


def test_a_file_is_checked_and_loaded(desk: Client, union: Union) -> None:
    upload = SimpleUploadedFile("yunze-2025.toml", WIDE.encode())

    desk.post(url(union, "load_ruleset"), {"file": upload})

    assert RuleSet.objects.get().code == "yunze-2025"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (WIDE.replace("places = 20", "place = 20", 1).encode(), "没有装入"),
        ("名称".encode("gbk"), "不是 UTF-8 文本"),
        (b"x" * 1_000_001, "超过 1 MB"),
        (b"\n", "请粘贴规则集全文"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(desk: Client, union: Union, content: bytes, words: str) -> None:
    response = desk.post(url(union, "load_ruleset"), {"file": SimpleUploadedFile("x.toml", content)})

    assert response.status_code == 422
    assert words in text(response)
    assert not RuleSet.objects.exists()


def test_a_rule_set_reads_like_its_notice(desk: Client, union: Union) -> None:
    ruleset = RuleSetFactory(union=union)

    page = text(desk.get(url(union, "ruleset", ruleset_id=ruleset.pk)))

    for words in ("据此筹备活动", "复制并修改", "有突出贡献的可不受年龄限制", "本办公室自定", ruleset.sha256):
        assert words in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_rule_sets_takes_constant_queries(
    desk: Client, union: Union, rows: int, django_assert_num_queries: Any
) -> None:
    for n in range(rows):
        RuleSetFactory(union=union, text=WIDE.replace("places = 20", f"places = {20 + n}", 1))
    desk.get(url(union, "rulesets"))

    with django_assert_num_queries(11):
        desk.get(url(union, "rulesets"))


# --- the officer's way -----------------------------------------------------------------------------------------------


def test_the_whole_way_from_a_rule_set_to_a_public_page(desk: Client, union: Union, client: Client) -> None:
    CampaignFactory(union=union)  # its units are there
    ruleset = RuleSet.objects.get()
    assert "申报截止日" in text(desk.get(url(union, "draft", ruleset_id=ruleset.pk)))

    response = desk.post(
        url(union, "draft", ruleset_id=ruleset.pk), {"title": "新活动", "slug": "xin", "closes": "2026-04-20"}
    )
    assert response["Location"] == url(union, "dates", campaign_slug="xin")
    draft = Campaign.objects.get(slug="xin")
    assert draft.closes_at == timetable.end_of(date(2026, 4, 20))

    page = text(desk.get(response["Location"]))
    for words in ("申报开始", "社会公示开始", "公示5个工作日", "本办公室自定", 'type="date"'):
        assert words in page
    response = desk.post(response["Location"], {**_dates(draft), "applications.to": "2026-04-19"})
    assert response["Location"] == url(union, "settings", campaign_slug="xin")

    page = text(desk.get(response["Location"]))
    assert "专家评审 · 评审组" in page
    draft.refresh_from_db()
    response = desk.post(response["Location"], {**_settings(draft), "stages.review.panel.size": "9"})
    assert response["Location"] == url(union, "check", campaign_slug="xin")

    page = text(desk.get(response["Location"]))
    assert "没有必须处理的问题" in page
    assert "需要11位评审专家（含候补），现有0位" in page

    address = url(union, "publish", campaign_slug="xin")
    draft.refresh_from_db()
    page = text(desk.get(address))
    assert loader.sha256(draft.rules) in page
    assert "2026年4月19日" in page
    desk.post(address)

    draft.refresh_from_db()
    assert draft.state == CampaignState.PUBLISHED
    assert client.get(url(union, "page", campaign_slug="xin")).status_code == 200


def _dates(campaign: Campaign) -> dict[str, str]:
    return {slot.key: slot.on.isoformat() if slot.on else "" for slot in timetable.slots(campaign.rules)}


def _settings(campaign: Campaign) -> dict[str, str]:
    values = {}
    for setting in office_settings.settings_of(campaign.rules):
        value = setting.value
        if setting.kind == "yes_no":
            value = "yes" if value else "no"
        if setting.kind == "lines":
            words = dict(setting.options)
            value = "\n".join(words.get(item, item) for item in value)
        values[setting.name] = "" if value is None else str(value)
    return values


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"slug": "天目"}, "小写英文字母"),
        ({"slug": "tianmu"}, "已被使用"),
        ({"closes": ""}, "这个字段是必填项"),
    ],
)
def test_a_draft_that_cannot_begin_keeps_what_was_typed(
    desk: Client, union: Union, draft: Campaign, values: dict[str, str], words: str
) -> None:
    typed = {"title": "我打的名称", "slug": "y", "closes": "2026-04-20", **values}

    response = desk.post(url(union, "draft", ruleset_id=draft.ruleset_id), typed)

    assert response.status_code == 422
    assert words in text(response)
    assert "我打的名称" in text(response)


def test_refused_dates_stay_in_the_form(desk: Client, union: Union, draft: Campaign) -> None:
    response = desk.post(
        url(union, "dates", campaign_slug="tianmu"), {**_dates(draft), "applications.to": "2020-01-01"}
    )

    assert response.status_code == 422
    assert "日期没有保存" in text(response)
    assert "2020-01-01" in text(response)


def test_refused_settings_stay_in_the_form(desk: Client, union: Union, draft: Campaign) -> None:
    response = desk.post(
        url(union, "settings", campaign_slug="tianmu"),
        {**_settings(draft), "stages.review.criteria.skill.weight": "31"},
    )

    assert response.status_code == 422
    assert "设定没有保存" in text(response)
    draft.refresh_from_db()
    assert loader.sha256(draft.rules) == loader.sha256(CampaignFactory(union=union, published=False).rules)


def test_settings_saved_unchanged_change_nothing(desk: Client, union: Union, draft: Campaign) -> None:
    before = draft.rules_data

    response = desk.post(url(union, "settings", campaign_slug="tianmu"), _settings(draft))

    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.rules_data == before


def test_the_steps_of_a_published_campaign_say_that_it_is_frozen(
    desk: Client, union: Union, campaign: Campaign
) -> None:
    for name in ("dates", "settings"):
        page = text(desk.get(url(union, name, campaign_slug="tianmu")))
        assert "规则已冻结" in page
        assert "保存，下一步" not in page


def test_what_blocks_is_listed_with_the_page_that_mends_it(desk: Client, union: Union, office: Member) -> None:
    services.draft_campaign(union, RuleSetFactory(union=union), slug="alt", title="旧日程", actor=office, at=NOON)

    page = text(desk.get(url(union, "check", campaign_slug="alt")))
    assert "申报截止日2019年1月15日已经过去" in page
    assert url(union, "dates", campaign_slug="alt") in page
    assert "还没有这类推荐单位" in page

    assert "发布前还有" in text(desk.get(url(union, "setup", campaign_slug="alt")))
    assert "还不能发布" in text(desk.get(url(union, "publish", campaign_slug="alt")))
    response = desk.post(url(union, "publish", campaign_slug="alt"), follow=True)
    assert "还不能发布：" in text(response)
    assert not Campaign.objects.get(slug="alt").rules_sha256


def test_a_ready_draft_is_told_to_rehearse(desk: Client, union: Union, draft: Campaign) -> None:
    page = text(desk.get(url(union, "setup", campaign_slug="tianmu")))

    assert "检查通过，可以发布" in page


def test_publishing_twice_is_told(desk: Client, union: Union, campaign: Campaign) -> None:
    page = text(desk.get(url(union, "publish", campaign_slug="tianmu")))

    assert "不能再次发布" in page


def test_an_amendment_is_seen_before_it_is_published(desk: Client, union: Union, campaign: Campaign) -> None:
    address = url(union, "amend", campaign_slug="tianmu")
    assert "第 1 号修订" in text(desk.get(address))
    typed = {**_dates(campaign), **_settings(campaign), "applications.to": "2026-03-25"}

    unchanged = text(desk.post(address, {**_dates(campaign), **_settings(campaign), "step": "preview"}))
    assert "没有任何改动" in unchanged

    preview = text(desk.post(address, {**typed, "step": "preview"}))
    assert "将要公开的改动" in preview
    assert "2026年3月25日" in preview

    without_reason = desk.post(address, {**typed, "step": "amend", "reason": ""})
    assert without_reason.status_code == 422
    campaign.refresh_from_db()
    assert campaign.closes_at == timetable.end_of(date(2026, 3, 20))

    done = desk.post(address, {**typed, "step": "amend", "reason": "延长申报"}, follow=True)
    assert "修订已发布" in text(done)
    assert "延长申报" in text(done)
    campaign.refresh_from_db()
    assert campaign.closes_at == timetable.end_of(date(2026, 3, 25))


def test_an_amendment_that_breaks_the_rules_says_how(desk: Client, union: Union, campaign: Campaign) -> None:
    typed = {**_dates(campaign), **_settings(campaign), "stages.review.criteria.skill.weight": "31", "step": "amend"}

    response = desk.post(url(union, "amend", campaign_slug="tianmu"), {**typed, "reason": "x"})

    assert response.status_code == 422
    assert "100" in text(response)


def test_an_amendment_that_is_refused_says_why(desk: Client, union: Union, campaign: Campaign) -> None:
    Stage.objects.filter(campaign=campaign, key="qualification").update(state=StageState.CLOSED)
    typed = {**_dates(campaign), **_settings(campaign), "stages.qualification.to": "2026-04-09"}

    response = desk.post(url(union, "amend", campaign_slug="tianmu"), {**typed, "reason": "x", "step": "amend"})

    assert "规则不能再改" in text(response)


def test_a_draft_has_nothing_to_amend(desk: Client, union: Union, draft: Campaign) -> None:
    assert "筹备中的活动请直接修改" in text(desk.get(url(union, "amend", campaign_slug="tianmu")))


def test_a_campaign_is_finished_after_its_last_stage(desk: Client, union: Union, campaign: Campaign) -> None:
    address = url(union, "finish", campaign_slug="tianmu")
    setup = url(union, "setup", campaign_slug="tianmu")
    assert address not in text(desk.get(setup))
    assert "所有环节都已结束时" in text(desk.get(address))
    assert "还有环节没有结束" in text(desk.post(address, follow=True))

    Stage.objects.filter(campaign=campaign).update(state=StageState.CLOSED)
    assert address in text(desk.get(setup))

    assert "活动已结束" in text(desk.post(address, follow=True))


def test_a_campaign_is_given_up_with_a_reason(desk: Client, union: Union, campaign: Campaign) -> None:
    address = url(union, "cancel", campaign_slug="tianmu")
    assert "终止以后不能恢复" in text(desk.get(address))
    assert desk.post(address, {"reason": ""}).status_code == 422

    desk.post(address, {"reason": "停办"})

    again = desk.post(address, {"reason": "停办"})
    assert "已终止，不能终止" in text(again)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_campaigns_takes_constant_queries(
    desk: Client, union: Union, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        CampaignFactory(union=union)
    desk.get(url(union, "desk"))

    with django_assert_num_queries(9):
        desk.get(url(union, "desk"))


def test_the_list_says_where_each_campaign_is(
    desk: Client, union: Union, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed() -> str:
        return text(desk.get(url(union, "desk")))

    assert "正在申报" in listed()
    monkeypatch.setattr(timezone, "now", lambda: campaign.opens_at - timedelta(days=1))
    assert "申报尚未开始" in listed()
    monkeypatch.setattr(timezone, "now", lambda: campaign.closes_at + timedelta(days=1))
    assert "待开始：资格审核" in listed()
    Stage.objects.filter(campaign=campaign, key="qualification").update(state=StageState.OPEN)
    assert "正在资格审核" in listed()
    Stage.objects.filter(campaign=campaign).update(state=StageState.CLOSED)
    assert "全部环节已结束" in listed()
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.CANCELLED)
    assert "全部环节已结束" not in listed()


def test_an_empty_list_says_what_to_do_first(desk: Client, union: Union) -> None:
    assert "选择规则集" in text(desk.get(url(union, "desk")))


# --- the calendar ----------------------------------------------------------------------------------------------------


def test_a_year_is_entered_and_confirmed(desk: Client, union: Union) -> None:
    page = text(desk.get(url(union, "calendar")))
    assert "系统自带" in page
    assert "确认2027年的工作日" in page
    assert "还没有录入2027年的元旦" in text(desk.post(url(union, "confirm_year", year=2027), follow=True))

    lines = "2027-01-01 至 2027-01-03 休 元旦\n2027-10-01至2027-10-07 放假 国庆节\n\n2027-9-26 班 调休"
    desk.post(url(union, "set_days"), {"days": lines})
    assert CalendarDay.objects.count() == 11
    assert CalendarDay.objects.get(day=date(2027, 9, 26)).working

    response = desk.post(url(union, "confirm_year", year=2027), follow=True)
    assert "2027年的工作日已确认" in text(response)
    assert "已确认" in text(response)
    assert CalendarYear.objects.get().year == 2027


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("元旦放假", "第1行看不懂"),
        ("2027-02-30 休", "没有这样的日期"),
        ("2027-02-11 至 2027-02-05 休", "起止日期不对"),
        ("2027-01-01 至 2027-03-01 休", "起止日期不对"),
    ],
)
def test_a_line_nobody_understands_is_named(desk: Client, union: Union, line: str, words: str) -> None:
    response = desk.post(url(union, "set_days"), {"days": line})

    assert response.status_code == 422
    assert words in text(response)
    assert line in text(response)


def test_a_day_is_removed_unless_its_year_stands_on_it(desk: Client, union: Union, office: Member) -> None:
    services.set_calendar_days(union, {date(2026, 3, 9): (False, "停电")}, actor=office, at=NOON)
    desk.post(url(union, "remove_day", day_id=CalendarDay.objects.get().pk))
    assert not CalendarDay.objects.exists()

    days = {date(2027, 1, 1): False, date(2027, 10, 1): False}
    services.confirm_calendar_year(union, 2027, days, actor=office, at=NOON)
    day = CalendarDay.objects.get(day=date(2027, 1, 1))
    response = desk.post(url(union, "remove_day", day_id=day.pk), follow=True)
    assert "法定节日不能移除" in text(response)


def test_a_year_out_of_range_is_none(desk: Client, union: Union) -> None:
    assert desk.post(url(union, "confirm_year", year=9999)).status_code == 404


def test_a_day_of_another_union_is_not_removed(desk: Client, union: Union, other_union: Union) -> None:
    with tenancy.scope(other_union.pk):
        days = {date(2026, 3, 9): (False, "")}
        services.set_calendar_days(other_union, days, actor=office_of(other_union), at=NOON)
        foreign = CalendarDay.objects.get()

    assert desk.post(url(union, "remove_day", day_id=foreign.pk)).status_code == 404
