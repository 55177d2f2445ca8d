"""The rooms before the first score: the pool, a draw with a public number, an invitation with its promise, likenesses, shares."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from review.models import PanelDraw
from review.models_pool import Likeness
from review.services import panels, pool
from tests.browser.visitors import Clock, Visit
from tests.review.pagecraft import member_of
from tests.review.stagecraft import Play, expert_review, final
from tests.review.test_pool import phoned, sheet
from unions.models import Union
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("JX_LOOK", "")
"""A folder for pictures of every step, for whoever wants to look."""
LONG = "示例省示例市示例区精密制造与自动化装备工程技术研究中心"


def look(visitor, name):
    if LOOK:
        page = visitor.page
        size = page.viewport_size
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(height, 900)})
            page.screenshot(path=str(Path(LOOK) / f"{name}-{width}.png"))
        page.set_viewport_size(size)


def test_a_panel_is_drawn_and_its_cases_are_given_out(union: Union, visit: Visit, clock: Clock) -> None:
    panel = {
        "draw": True,
        "size": 3,
        "reserves": 1,
        "shares": [{"field": "焊接", "at_least": 1}, {"kind": "劳模", "at_least": 1, "at_most": 2}],
        "per_employer": 1,
    }
    play = Play(union, expert_review(panel=panel, scores_per_case=2, match_fields=True), final())
    people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "阿卜杜热西提·买买提", "郑国栋")]
    for n, name in enumerate(("蒋文斌", "沈丽", "韩卫国", "杨敏", "帕提古丽·阿卜杜热合曼", "朱建华")):
        panels.enrol_expert(
            member_of(play, Role.EXPERT, name),
            field="焊接、数控加工" if n % 2 else "电工",
            kind="劳模" if n % 3 == 0 else "技术专家",
            employer=LONG if n == 4 else f"示例{'一二三四五六'[n]}研究所",
            title="高级工程师",
            actor=play.office,
            at=play.now(),
        )
    clock.go_to(play.now())
    office = visit("经办", 1280, play.office)
    office.open(f"/{union.slug}/review/pool/experts/")
    look(office, "pool")
    office.follow("帕提古丽·阿卜杜热合曼")
    look(office, "pool-expert")
    office.open(f"/{union.slug}/review/pool/experts/?q=没有")
    look(office, "pool-none")
    office.open(f"/{union.slug}/review/pool/experts/new/")
    look(office, "pool-enrol")

    stage = play.stage("review")
    office.open(f"/{union.slug}/review/stages/{stage.pk}/panel/pledge/")
    look(office, "draw-pledge")
    office.page.get_by_label("并入种子的公开数值").fill("中国福利彩票双色球 2026033 期开奖号码")
    known = timezone.localtime(clock()) + timedelta(hours=2)
    office.page.get_by_label("何时公布").fill(known.strftime("%Y-%m-%dT%H:%M"))
    office.press("固定名单并生成种子承诺")
    office.sees("名单已固定，等待抽取")
    look(office, "draw-pledged")
    clock.go_to(known + timedelta(minutes=1))
    office.open(f"/{union.slug}/review/stages/{stage.pk}/panel/draw/")
    office.page.get_by_label("中国福利彩票双色球 2026033 期开奖号码").fill("03 08 12 19 24 31 07")
    office.page.get_by_label("出处").fill("https://example.org/ssq/2026033")
    look(office, "draw-draw")
    office.press("抽取")
    office.page.get_by_text("抽取记录：").click()
    office.sees("下载抽取记录")
    look(office, "draw-drawn")

    drawn = PanelDraw.objects.get()
    play.clock = clock()
    seats = list(drawn.panel.seats.select_related("expert__member__user").order_by("pk"))
    expert = visit("评审专家", 390, seats[0].expert.member)
    expert.open(f"/{union.slug}/panel/")
    look(expert, "invited")
    expert.press("接受邀请并承诺遵守")
    expert.open(f"/{union.slug}/panel/me/")
    look(expert, "profile")
    play.clock = clock()
    for seat in seats[1:]:
        panels.accept_seat(seat, actor=seat.expert.member, at=play.now())
    play.open("review")
    Likeness.objects.create(
        union=union, seat=seats[1], application=people[1], ground="同姓，且联系地址相同", at=play.now()
    )
    clock.go_to(play.now())
    office.open(f"/{union.slug}/review/stages/{stage.pk}/panel/")
    look(office, "panel-alike")
    office.open(f"/{union.slug}/review/seats/{seats[1].pk}/likenesses/")
    office.press("记录核对结果")
    office.sees("请选择核对结果")
    look(office, "likenesses")
    office.open(f"/{union.slug}/review/stages/{stage.pk}/panel/allotment/")
    look(office, "allotment-before")
    office.press("分配 4 份申报")
    office.sees("重算一致")
    look(office, "allotment")
    expert.open(f"/{union.slug}/panel/{seats[0].pk}/conflicts/")
    look(expert, "conflicts")


def test_a_sheet_of_experts_is_checked_before_it_is_written(union: Union, visit: Visit, clock: Clock) -> None:
    play = Play(union, expert_review(), final())
    phoned(play, "+8619900011101", "蒋专家")
    play.expert(name="沈专家")
    clock.go_to(play.now())
    office = visit("经办", 390, play.office)
    office.open(f"/{union.slug}/review/pool/import/")
    look(office, "import-start")
    file = sheet(("蒋专家", "19900011101", "焊接、数控", "劳模", LONG), ("吴专家", "19900011109", "焊接", "", "", "12"))
    office.page.get_by_label("填好的专家表").set_input_files(
        {"name": "专家.xlsx", "mimeType": "application/octet-stream", "buffer": file.read()}
    )
    office.press("上传并核对")
    office.sees("请先请工会管理员邀请")
    look(office, "import")
    office.press("导入 1 人")
    office.sees("新增 1 人")
    assert pool.terms_of(union).version == 0
