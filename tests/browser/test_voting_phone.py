"""Voting on a phone: the counter stays in sight, the ballot is looked at once more, and the receipt says that it counts."""

import pytest
from playwright.sync_api import expect

from publicity.models import Vote
from tests.browser.test_panel_on_a_phone import look
from tests.browser.visitors import Clock, Visit
from tests.factories import MemberFactory
from tests.publicity.crowdcraft import burst, everybody
from tests.publicity.scene import VoteScene
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = ("孙秀兰", "周志强", "阿卜杜热西提·买买提", "郑国栋", "王建设", "欧阳建国")


def test_a_ballot_is_cast_on_a_phone_and_found_again_by_its_receipt(union: Union, visit: Visit, clock: Clock) -> None:
    scene = VoteScene(union, vote={"choices_min": 2, "choices_max": 3})
    scene.to_vote(*NAMES, deeds="二十年扎根数控车间，带徒三十余人，主持完成技术革新十二项。")
    poll = scene.open_poll()
    clock.go_to(scene.now())
    voter = visit("选民", 390, MemberFactory(union=union))
    page = voter.page

    voter.open(f"/{union.slug}/polls/{poll.pk}/")
    count = page.locator("[data-ballot-count]")
    page.get_by_label("孙秀兰").check()
    expect(count).to_have_text("已选 1 / 2–3 人，还需选 1 人")
    expect(count).to_be_in_viewport()
    page.get_by_label("王建设").check()
    look(voter, "poll")
    voter.follow("周志强")
    voter.sees("二十年扎根数控车间")
    look(voter, "candidate")
    voter.follow("去投票")
    expect(count).to_have_text("已选 2 / 2–3 人")
    voter.press("下一步，核对选票")
    voter.sees("您选了 2 人")
    look(voter, "confirm")
    voter.press("确认投票")
    voter.sees("您的选票已计入")
    look(voter, "voted")

    assert Vote.objects.filter(poll=poll).count() == 1


def test_the_office_sets_a_purchased_burst_aside_and_the_public_reads_why(
    union: Union, visit: Visit, clock: Clock
) -> None:
    scene = VoteScene(union)
    zhao, qian, sun = scene.to_vote()
    poll = scene.open_poll()
    everybody(scene, zhao, zhao, qian)
    burst(scene, sun)
    scene.end_vote()
    clock.go_to(scene.now())

    office = visit("经办人", 1280, scene.office)
    office.open(f"/{union.slug}/publicity/polls/{poll.pk}/")
    look(office, "figures")
    office.follow("存疑选票")
    office.sees("短时间内得票突增")
    look(office, "doubts")
    office.follow("处理")
    office.sees("第 2 位 → 无位次")
    office.page.get_by_label("理由").first.fill("核对访问日志，均来自同一机房")
    look(office, "doubt")
    office.press("剔除 60 张并公告")
    office.sees("已剔除 60 张")
    look(office, "doubts-after")
    scene.close("vote")

    anybody = visit("公众", 390)
    anybody.open(f"/{union.slug}/polls/{poll.pk}/result/")
    anybody.sees("60 张存疑选票")
    anybody.sees("第 1 号公告")
    look(anybody, "result")
