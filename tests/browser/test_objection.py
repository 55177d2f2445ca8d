"""An objection from its filing on a phone to the answer, the second look and its end."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.visitors import Clock, Visit
from tests.factories import MemberFactory
from tests.publicity.scene import Scene, photo
from unions.models import Union
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("JX_LOOK", "")
"""A folder for pictures of every step, for whoever wants to look."""


def look(visitor, name):
    if LOOK:
        size = visitor.page.viewport_size
        visitor.page.screenshot(path=str(Path(LOOK) / f"{name}-{size['width']}.png"), full_page=True)


def work_on(visitor, address, *, conclusion, words):
    """Whoever has the case notes what they found, and answers."""
    visitor.open(address)
    visitor.field("核查的经过和情况").fill("走访车间，调阅了设计图纸。")
    visitor.press("记录核查")
    visitor.choose("核查结论", conclusion)
    visitor.field("查明的情况").fill(words)
    visitor.field("给反映人的答复").fill(f"经核查，{words}")
    look(visitor, f"case-{conclusion}")
    visitor.press("答复")
    visitor.sees("已答复", words)


def test_an_objection_from_a_phone_to_its_end(union: Union, visit: Visit, clock: Clock, tmp_path: Path) -> None:
    rule = {"text": "请反映", "answer_within": {"days": 10, "unit": "working"}, "setting": True}
    scene = Scene(union, notice={"objections": rule})
    third = MemberFactory(union=union, role=Role.OFFICE, name="许复查")
    person = scene.to_notice()[0]
    version = scene.publish()
    clock.go_to(scene.now())
    for name in ("图纸.jpg", "合影.jpg"):
        (tmp_path / name).write_bytes(photo())

    phone = visit("反映人", 390)
    phone.open(f"/{union.slug}/notices/{version.notice_id}/")
    phone.follow("提出异议")
    phone.field("反映的对象").select_option(value=str(person.pk))
    phone.field("异议内容").fill("主要成果是班组共同完成的。")
    phone.field("证据材料").set_input_files([tmp_path / "图纸.jpg", tmp_path / "合影.jpg"])
    look(phone, "object")
    phone.press("提交异议")
    receipt, code = phone.page.locator(".jx-ticket dd").all_inner_texts()
    look(phone, "taken")

    office = visit("认定办公室", 1280, scene.office)
    office.open(f"/{union.slug}/publicity/")
    look(office, "desk")
    office.follow(receipt)
    address = office.path()
    office.sees("主要成果是班组共同完成的。", "经办过该人选")
    look(office, "case-open")
    office.field("承办人").select_option(label="吕复核")
    office.press("确定承办人")
    office.field("理由").fill("成果归属需要核实")
    office.press("暂缓")
    office.sees("赵建国暂缓")

    second = visit("承办人", 1280, scene.second)
    work_on(second, address, conclusion="异议不成立", words="成果主要由本人完成。")

    def follow() -> None:
        phone.open(f"/{union.slug}/objections/")
        phone.fill(受理号=receipt, 查询码=code)
        phone.press("查询")

    follow()
    phone.sees("异议不成立", "成果主要由本人完成。")
    phone.field("申请复核的理由").fill("图纸上有三个人的签名。")
    look(phone, "follow")
    phone.press("申请复核")
    phone.sees("复核申请已收到", "正在复核")

    office.open(address)
    office.sees("办理过该异议")
    office.field("承办人").select_option(label="许复查")
    office.press("确定承办人")
    work_on(visit("复核人", 390, third), address, conclusion="异议成立", words="成果由三人共同完成，申报人排名第一。")
    office.open(address)
    office.field("理由").fill("已核实")
    office.press("解除暂缓")
    office.sees("已解除暂缓")
    look(office, "case-end")
    follow()
    phone.sees("异议成立", "申报人排名第一", "复核的答复是最后答复")
    expect(phone.page.get_by_role("button", name="申请复核")).to_have_count(0)
