"""Filled in by an officer and confirmed by the worker on their phone; and a craftsman named by a neighbour."""

import json
import os
import re
from pathlib import Path

import pytest

from applications.models import Application
from applications.states import State
from campaigns.rules import loader
from tests import factories
from tests.applications.test_intake import ANYONE
from tests.browser.visitors import Clock, Visit, Visitor
from unions.models import Union
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("JX_LOOK", "")
"""A folder for pictures of every step, for whoever wants to look."""


def look(visitor: Visitor, name: str) -> None:
    if LOOK:
        visitor.page.screenshot(
            path=str(Path(LOOK) / f"{name}-{visitor.page.viewport_size['width']}.png"), full_page=True
        )


@pytest.fixture
def phone(settings, tmp_path):
    """The last short message to a number, as its owner reads it."""
    settings.SMS_FILE_PATH = tmp_path

    def read(number: str) -> str:
        found = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.json")]
        return str(max((one for one in found if one["to"] == number), key=lambda one: one["at"])["text"])

    return read


def path_in(text: str) -> str:
    return re.search(r"https?://[^/]+(/\S+)", text)[1]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_worker_confirms_what_the_officer_typed(
    union: Union, visit: Visit, clock: Clock, width: int, phone
) -> None:
    campaign = factories.CampaignFactory(union=union, slug="tianmu")
    town = factories.UnitFactory(union=union, kind="town_union", name="示例镇总工会")
    officer = factories.MemberFactory(union=union, role=Role.UNIT_OFFICER, unit=town, name="何立新")
    clock.go_to(factories.IN_TIME)
    case = factories.ApplicationFactory(
        campaign=campaign, unit=town, member=officer, state=State.DRAFT, mobile="19900001234", trade="焊工"
    )
    desk, worker = visit("经办人", width, officer), visit("职工", width)

    desk.open(f"/shili/my/{case.pk}/check/")
    desk.sees("还须本人确认")
    look(desk, "check")
    desk.follow("请本人确认")
    look(desk, "ask")
    desk.press("发送")
    desk.sees("已发送到 199****1234", "等待本人确认")

    worker.open(path_in(phone("+8619900001234")))
    worker.sees("何立新（示例镇总工会）为您填写了", "焊工")
    look(worker, "worker")
    worker.page.get_by_text("内容不对？点这里写明").click()
    worker.fill(哪里不对="我是钳工，不是焊工")
    worker.press("告诉填写人")
    worker.sees("已告诉填写人")

    desk.open(f"/shili/my/{case.pk}/confirmation/")
    desk.sees("我是钳工，不是焊工")
    look(desk, "refused")
    desk.follow("去改正")
    desk.open(f"/shili/my/{case.pk}/fill/work/")
    desk.fill(专业领域="钳工")
    desk.press("保存并继续")
    clock.go_to(clock().replace(hour=20))
    desk.open(f"/shili/my/{case.pk}/confirmation/")
    desk.press("发送")
    text = phone("+8619900001234")
    worker.open(path_in(text))
    worker.sees("钳工")
    worker.fill(验证码=re.search(r"验证码 (\d{6})", text)[1])
    worker.press("内容属实，确认")
    worker.sees("已记下您的确认")
    look(worker, "confirmed")

    desk.open(f"/shili/my/{case.pk}/check/")
    desk.sees("本人已确认")
    desk.press("递交推荐单位")
    desk.sees("已递交推荐单位")
    case.refresh_from_db()
    assert case.state == State.AWAITING_UNIT


@pytest.mark.parametrize("width", [390, 1280])
def test_a_neighbour_names_a_craftsman_who_applies_already_and_the_office_sees_both(
    union: Union, visit: Visit, clock: Clock, width: int, phone
) -> None:
    source = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    campaign = factories.CampaignFactory(
        union=union, slug="tianmu", text=source.replace("# --- 交什么材料", f"{ANYONE}\n# --- 交什么材料", 1)
    )
    town = factories.UnitFactory(union=union, kind="town_union", name="示例镇总工会")
    number = factories.invented_id_number()
    alice = factories.MemberFactory(union=union, name="田秀兰")
    own = factories.ApplicationFactory(campaign=campaign, member=alice, national_id=number, name="田秀兰")
    factories.ApplicationFactory(campaign=campaign, unit=town, national_id=number, name="田秀兰", deeds="单位写的事迹")
    clock.go_to(factories.IN_TIME)
    neighbour = visit("邻居", width, factories.MemberFactory(union=union, name="沈志强"))

    neighbour.open("/shili/c/tianmu/recommend/")
    neighbour.fill(您推荐的人的姓名="田秀兰", 对方的手机号码或电子邮箱="19900004321", 推荐理由="带出了十几个徒弟")
    neighbour.press("推荐")
    neighbour.sees("邀请正在发给田秀兰", "逾期推荐失效")
    look(neighbour, "named")
    neighbour.follow("看我推荐的人")
    neighbour.sees("等待对方答复")
    neighbour.follow("对方没有收到，重新发送")
    neighbour.fill(对方的手机号码或电子邮箱="19900004322")
    neighbour.press("发送")
    neighbour.sees("邀请正在发给田秀兰")
    look(neighbour, "resent")
    factories.carry_messages(union, at=clock())

    nominee = visit("被推荐人", width, alice)
    nominee.open(path_in(phone("+8619900004322")))
    look(nominee, "invitation")
    nominee.page.get_by_label("我已阅读并同意").check()
    nominee.press("同意并填写申报表")
    nominee.sees("这次推荐已经记在里面", "带出了十几个徒弟", "可能是单位也推荐了您")
    look(nominee, "status")

    office = visit("办公室", width, factories.office_of(union))
    office.open("/shili/inbox/tianmu/")
    office.follow("重复申报")
    office.sees("1 人的申报在等您核对")
    look(office, "twins")
    office.follow("并排核对")
    office.sees("单位写的事迹", "带出了十几个徒弟")
    office.page.get_by_label(f"第 1 份：{own.number}").check()
    office.page.get_by_label("工会组织推荐（示例镇总工会）").check()
    office.fill(理由="本人填写更完整")
    look(office, "side-by-side")
    office.press("下一步：确认")
    office.sees("合并后不能恢复")
    look(office, "confirm-merge")
    office.press("合并")
    office.sees("没有重复申报", "本人填写更完整")
    office.open(f"/shili/review/cases/{own.pk}/")
    office.sees("申报来源", "来自并入的申报")
    look(office, "case")
    assert Application.objects.filter(state=State.MERGED).count() == 2
