"""A meeting of the leading group: three members at their own browsers, one keeps out of somebody, a tie, the minutes on paper."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from review.models import Outcome
from review.states import Verdict
from tests.browser.visitors import Clock, Visit
from tests.review.stagecraft import Play, committee, final
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("JX_LOOK", "")
"""A folder for pictures of every step, for whoever wants to look."""


def look(visitor, name):
    if LOOK:
        page = visitor.page
        size = page.viewport_size
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        page.screenshot(path=str(Path(LOOK) / f"{name}-{size['width']}.png"))
        page.set_viewport_size(size)


def test_a_committee_meets_votes_in_secret_and_breaks_a_tie(union: Union, visit: Visit, clock: Clock) -> None:
    rule = {"vote": "secret_ballot", "tie": "chair_decides", "setting": True}
    play = Play(union, committee(meeting=rule), final())
    people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "阿卜杜热西提·买买提")]
    play.open("committee")
    clock.go_to(play.now())
    chair = visit("组长", 1280, play.leader)
    members = [visit(f"组员{n}", 390, one) for n, one in enumerate(play.leaders[1:], 1)]

    chair.open(f"/{union.slug}/group/")
    look(chair, "group")
    chair.follow("召集会议")
    chair.field("会议地点").fill("总工会三楼会议室")
    look(chair, "convene")
    chair.press("召集会议")
    look(chair, "called")
    chair.follow("改期、改地点")
    chair.field("会议地点").fill("总工会二楼会议室")
    look(chair, "move")
    chair.press("保存改动")
    chair.sees("总工会二楼会议室", "已通知应到的成员")
    chair.follow("记录到会情况")
    for n, leader in enumerate(play.leaders):
        row = chair.page.get_by_role("region", name=str(leader))
        row.get_by_label("出席", exact=True).check()
        row.get_by_label("工作单位").fill(f"示例机关{n}处")
    look(chair, "attendance")
    chair.press("保存到会情况")
    address = urlsplit(chair.page.url).path

    third = members[1]
    third.open(address)
    third.follow("申报回避")
    third.field("人选").select_option(value=str(people[0].pk))
    third.field("回避的理由").fill("曾为师徒")
    look(third, "recuse")
    third.press("记录回避")
    third.sees("许组员 回避 孙秀兰")

    chair.open(address)
    look(chair, "meeting")
    chair.follow("会议开始")
    chair.press("会议开始")
    chair.follow("领导小组审核：审议人选")
    chair.follow("提出拟作的决定")
    for person in people:
        group = chair.page.get_by_role("group", name=f"{person.name}：决定")
        group.get_by_label("通过", exact=True).check()
    look(chair, "propose")
    chair.press("提交表决")
    look(chair, "item-proposed")
    chair.follow("开始无记名投票")
    chair.press("开始投票")

    said = ({people[1].name: "赞成", people[2].name: "赞成"}, {people[1].name: "反对", people[2].name: "赞成"})
    for member, answers in zip(members, said, strict=True):
        member.open(f"/{union.slug}/group/")
        member.follow("去投票")
        vote(member, answers)
    look(members[0], "voted")
    chair.open(f"/{union.slug}/group/")
    chair.follow("去投票")
    look(chair, "ballot")
    vote(chair, {people[1].name: "弃权", people[2].name: "赞成"})
    chair.follow("结束投票，计票")
    chair.press("结束投票，计票")
    chair.sees("票数相同，等待主持人决定")
    look(chair, "item-tied")
    chair.follow("主持人决定")
    chair.page.get_by_label("通过", exact=True).check()
    chair.field("决定的理由").fill("技艺突出")
    chair.press("作出决定")
    chair.follow("举手表决，记录票数")
    look(chair, "hands")
    chair.press("记录票数")
    look(chair, "item-done")
    chair.follow("作出决议")
    look(chair, "conclude")
    chair.press("作出决议")
    chair.open(address)
    chair.follow("会议结束")
    chair.press("会议结束，固定纪要")
    look(chair, "meeting-closed")
    chair.sees("与记录核对一致")

    assert set(Outcome.objects.values_list("verdict", flat=True)) == {Verdict.PASSED}
    paper = chair.page.request.get(chair.page.get_by_role("link", name="会议纪要（PDF）").get_attribute("href"))
    assert paper.body().startswith(b"%PDF")
    if LOOK:
        (Path(LOOK) / "minutes.pdf").write_bytes(paper.body())
        href = chair.page.get_by_role("link", name="决议（PDF）").first.get_attribute("href")
        (Path(LOOK) / "resolution.pdf").write_bytes(chair.page.request.get(href).body())
    first = members[0]
    first.open(f"/{union.slug}/group/")
    first.open(address)
    look(first, "meeting-phone")
    first.follow("领导小组审核：审议人选")
    look(first, "item-phone")
    first.follow("孙秀兰")
    first.sees("曾为师徒")
    look(first, "dossier")
    first.follow("下一人")
    first.sees("技艺突出")
    chair.open(urlsplit(first.page.url).path)
    look(chair, "dossier")


def vote(visitor, answers):
    for name, answer in answers.items():
        visitor.page.get_by_role("group", name=name).get_by_label(answer, exact=True).check()
    if visitor.page.viewport_size["width"] == 390:
        look(visitor, "ballot")
    visitor.press("核对选票")
    look(visitor, "ballot-confirm")
    visitor.press("投票")
    visitor.sees("已投票")
