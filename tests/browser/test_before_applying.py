"""Before anybody applies: the self-check at a phone and at a desk, and the unit's desk with its places and its notice."""

from datetime import date, datetime

import pytest

from applications import services
from applications.models import Application
from applications.states import NoticeResult, State
from campaigns.models import UnitQuota
from campaigns.rules import loader
from tests import factories
from tests.browser.visitors import Clock, Visit
from unions.models import Union
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST = '\n  [channels.first]\n  length = { days = 5, unit = "working" }\n  clause = "四（一）"\n'


@pytest.mark.parametrize("width", [390, 1280])
def test_anybody_checks_themselves_and_goes_on_with_the_answers(
    union: Union, visit: Visit, clock: Clock, width: int
) -> None:
    factories.CampaignFactory(union=union, slug="tianmu")
    alice = factories.MemberFactory(union=union, name="田秀兰")
    visitor = visit("公众", width)

    visitor.open("/shili/")
    visitor.follow("我符合条件吗")
    visitor.fill(出生日期="1950-03-16")
    visitor.choose("工会会员", "是")
    visitor.page.get_by_text("还有 5 项没有回答").wait_for()
    visitor.look()
    visitor.choose("中国国籍", "是")
    visitor.choose("目前仍在一线岗位", "是")
    visitor.fill(从业年限="12", 在临安工作年限="5")
    visitor.page.get_by_label("绝技绝活").check()
    visitor.page.get_by_text("说明理由后可以通过，可以申报").wait_for()
    visitor.press("看结果")
    visitor.sees("一般应符合的条件", "须附证明材料，由审核人员核实", "申报时附：")

    visitor.sign_in(alice)
    visitor.press("带着这些答案去申报")
    visitor.sees("选择申报渠道")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_officer_sees_what_if_these_and_records_the_notice(
    union: Union, visit: Visit, clock: Clock, width: int
) -> None:
    source = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    text = source.replace('clause = "四（一）"\n', f'clause = "四（一）"\n{FIRST}', 1)
    campaign = factories.CampaignFactory(union=union, slug="tianmu", text=text)
    town = factories.UnitFactory(union=union, kind="town_union", name="示例镇总工会")
    officer = factories.MemberFactory(union=union, role=Role.UNIT_OFFICER, unit=town, name="何立新")
    UnitQuota.objects.create(
        union=union, campaign=campaign, unit=town, at_most=1, at_least=1, strength="must", clause="三"
    )
    for _ in range(2):
        factories.ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.AWAITING_UNIT)
    case = Application.objects.earliest("pk")
    clock.go_to(datetime(2026, 3, 17, 9, tzinfo=factories.SHANGHAI))
    visitor = visit("经办人", width, officer)

    visitor.open("/shili/unit/tianmu/")
    for box in visitor.page.locator("input[name=pick]").all():
        box.check()
    visitor.page.get_by_text("请减少 1 人").wait_for()
    visitor.look()
    visitor.open(f"/shili/unit/cases/{case.pk}/")
    visitor.sees("推荐前须先在本单位公示5个工作日")
    services.record_internal_notice(
        case,
        starts_on=date(2026, 3, 9),
        ends_on=date(2026, 3, 16),
        place="公告栏",
        result=NoticeResult.NO_OBJECTION,
        actor=officer,
        at=clock(),
    )
    visitor.open(f"/shili/unit/tianmu/endorse/?pick={case.pk}")
    visitor.fill(推荐单位意见="同意推荐")
    visitor.press("推荐这 1 人")
    visitor.sees("已推荐 1 人")

    office = visit("办公室", width, factories.office_of(union))
    office.open("/shili/review/tianmu/")
    office.sees("各单位推荐名额", "示例镇总工会")
    office.open(f"/shili/review/cases/{case.pk}/")
    office.sees("单位内公示", "公告栏")
