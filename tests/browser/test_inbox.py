"""The office at its list: narrowed, searched, reviewed by the keyboard, shared and passed in one go."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from applications.models_inbox import Assignment, Note, SavedFilter
from applications.states import State
from review.models import Outcome
from review.states import Verdict
from tests.browser.visitors import Clock, Visit
from tests.factories import MemberFactory
from tests.review.stagecraft import Play, final, qualification, state_of
from unions.models import Union
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("JX_LOOK", "")
"""A folder for pictures of every step, for whoever wants to look."""


def look(visitor, name):
    if LOOK:
        visitor.page.screenshot(
            path=str(Path(LOOK) / f"inbox-{name}-{visitor.page.viewport_size['width']}.png"), full_page=True
        )


def test_the_office_works_off_its_list(union: Union, visit: Visit, clock: Clock) -> None:
    play = Play(union, qualification(), final())
    colleague = MemberFactory(union=union, role=Role.OFFICE, name="钱同事")
    names = ("孙秀兰", "周志强", "阿卜杜热西提·买买提", "郑国栋", "王建设")
    people = [
        play.apply(
            name=name,
            deeds="长期从事机器人焊接" if n % 2 else "负责大型龙门吊检修",
            level="技师" if n < 4 else "高级工",
        )
        for n, name in enumerate(names)
    ]
    play.open("qualification")
    for person in people:
        play.judge(person)
    clock.go_to(play.now())
    inbox = f"/{union.slug}/inbox/{play.campaign.slug}/"

    office = visit("经办", 1280, play.office)
    page = office.page
    office.open(inbox)
    look(office, "list")

    # narrowed, and kept under a name
    page.get_by_text("更多条件").click()
    office.field("技能等级").select_option("技师")
    look(office, "more")
    office.press("查找")
    assert "level=" in page.url
    assert "verdict" not in page.url
    page.get_by_text("保存这组条件").click()
    office.field("名称").fill("技师")
    office.press("保存")
    office.sees("已保存筛选“技师”")
    assert SavedFilter.objects.get().query == {"level": "技师"}

    # found by what somebody did
    office.field("姓名、单位、编号或事迹").fill("机器人焊接")
    office.press("查找")
    office.sees("周志强", "郑国栋", "长期从事机器人焊接")
    assert "孙秀兰" not in office.text
    look(office, "found")

    # three cases by the keyboard: one key leads to the verb, Enter decides
    office.follow("技师")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="本页快捷键")
    expect(help_).to_contain_text("下一行")
    look(office, "help")
    help_.get_by_label("使用单键快捷键").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") != "A"
    page.get_by_role("button", name="快捷键").click()
    page.get_by_role("dialog").get_by_label("使用单键快捷键").check()
    page.get_by_role("button", name="关闭").click()
    page.keyboard.press("j")
    with office.moving():
        page.keyboard.press("Enter")
    office.sees("孙秀兰", "内部备注")
    look(office, "case")
    with office.moving():
        page.keyboard.press("j")
    office.sees("周志强")
    with office.moving():
        page.keyboard.press("k")
    page.keyboard.press("m")
    assert page.evaluate("document.activeElement.id") == "papers"
    page.keyboard.press("p")
    with office.moving():
        page.keyboard.press("Enter")
    office.sees("孙秀兰：通过", "周志强")
    with office.moving():
        page.keyboard.press("r")
    office.asks("证明材料", "请补充证明")
    office.press("退回补正")
    office.sees("已退回周志强的申报", "阿卜杜热西提·买买提")
    assert state_of(people[1]) == State.RETURNED

    # a note, and whose case it is
    page.keyboard.press("i")
    office.field("备注").fill("请核对社保记录")
    office.press("添加")
    office.sees("请核对社保记录")
    assert Note.objects.count() == 1
    page.keyboard.press("a")
    with office.moving():
        page.keyboard.press("Enter")
    office.sees("沈办公")
    office.follow("回到筛选的名单")
    assert "level=" in page.url

    # shared and passed together
    page.get_by_label("选择本页全部").check()
    office.sees("已选 4 份")
    office.press("分配…")
    page.get_by_label("钱同事").check()
    office.press("预览分配")
    look(office, "assign")
    office.press("分配 3 份")
    office.sees("已分配 3 份")
    assert Assignment.objects.filter(officer=colleague).count() == 3
    page.get_by_label("选择本页全部").check()
    office.press("批量通过")
    office.sees("直接通过 2 份", "不能通过 1 份，保持不变", "已有结论 1 份，保持不变")
    look(office, "together")
    office.press("通过 2 份")
    office.sees("通过 2 份")
    assert Outcome.objects.filter(verdict=Verdict.PASSED).count() == 3

    office.open(f"{inbox}statistics/")
    office.sees("技能等级", "4 人", "80.0%")
    look(office, "statistics")
    phone = visit("手机上的经办", 390, play.office)
    for path, name in ((inbox, "list"), (f"{inbox}?q=机器人焊接", "found"), (f"{inbox}statistics/", "statistics")):
        phone.open(path)
        look(phone, name)
