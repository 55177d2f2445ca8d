"""A panel's members on their phones: a ballot that counts itself and forgets nothing, a visit with its pictures."""

import os
from pathlib import Path

import pytest

from review.models import RollEntry, SiteVisit
from review.services import ballots
from tests.browser.visitors import Clock, Visit
from tests.review.pagecraft import jpeg
from tests.review.stagecraft import Play, assessment_review, ballot_review, final, site_visit
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


def test_a_ballot_is_read_ticked_and_cast_on_a_phone(union: Union, visit: Visit, clock: Clock) -> None:
    rule = {"min": 2, "max": 3, "majority": "more_than_half"}
    play = Play(union, ballot_review(ballot=rule, panel={"draw": True, "size": 4, "reserves": 1}), final())
    people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "阿卜杜热西提·买买提", "郑国栋", "王建设")]
    for n in "一二三四五六":
        play.expert(f"示例{n}研究所", name=f"{n}专家")
    clock.go_to(play.now())
    panel = draws_of(play)
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    ballots.open_round(play.panel_of("review"), actor=play.office, at=play.now())
    clock.go_to(play.now())
    seat, *others = play.seats("review")

    expert = visit("评审专家", 390, seat.expert.member)
    page = expert.page
    expert.open(f"/{union.slug}/panel/{seat.pk}/")
    count = page.locator("[data-ballot-count]")
    assert count.inner_text() == "已选 0 / 2–3 人，还需选 2 人"
    page.get_by_label("选孙秀兰").check()
    page.get_by_label("选周志强").check()
    assert count.inner_text() == "已选 2 / 2–3 人"
    look(expert, "ballot")
    expert.follow("孙秀兰")
    expert.sees("申报表")
    look(expert, "ballot-case")
    expert.open(f"/{union.slug}/panel/{seat.pk}/")
    assert count.inner_text() == "已选 2 / 2–3 人"
    expert.press("核对选票")
    expert.sees("共选 2 人")
    look(expert, "ballot-confirm")
    expert.press("投票")
    expert.sees("任何人都看不到您选了谁")
    look(expert, "ballot-cast")
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('jx:'))") == []
    assert RollEntry.objects.count() == 1

    office = visit("经办", 1280, play.office)
    office.open(f"/{union.slug}/review/stages/{play.stage('review').pk}/panel/")
    office.sees("进行中，已投 1 票")
    look(office, "panel-voting")
    for other in others:
        play.vote(other, *people[:2])
    clock.go_to(play.now())
    ballots.close_round(play.panel_of("review"), actor=play.office, at=play.now())
    play.end("review")
    clock.go_to(play.now())
    leader = visit("领导小组", 390, play.leader)
    for name, path in (("panel-counted", "panel"), ("ranking", "ranking")):
        for visitor in (office, leader):
            visitor.open(f"/{union.slug}/review/stages/{play.stage('review').pk}/{path}/")
            look(visitor, name)
    office.open(f"/{union.slug}/review/cases/{people[0].pk}/")
    look(office, "case-voted")


def draws_of(play):
    return play.draw("review").panel


def test_grades_are_given_on_a_phone(union: Union, visit: Visit, clock: Clock) -> None:
    play = Play(union, assessment_review(passes={"max": 1, "setting": True}), final())
    people = [play.apply(name="孙秀兰"), play.apply(name="周志强")]
    play.seated("review")
    clock.go_to(play.now())
    seat = play.seats("review")[0]
    expert = visit("评审专家", 390, seat.expert.member)
    expert.open(f"/{union.slug}/panel/{seat.pk}/cases/{people[0].pk}/")
    look(expert, "assess")
    expert.page.get_by_label("良好（推荐）").check()
    expert.field("评语").fill("技艺扎实")
    expert.press("保存，评下一份")
    expert.sees("孙秀兰的评议已保存")


def test_visits_are_recorded_one_after_the_other_on_a_phone(
    union: Union, visit: Visit, clock: Clock, tmp_path: Path
) -> None:
    checklist = [{"id": "post", "label": "岗位和从业年限"}, {"id": "opinion", "label": "单位和职工的评价"}]
    play = Play(union, site_visit(batches=2, photos=2, checklist=checklist, team_min=2), final())
    people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "吴海涛")]
    play.open("visit")
    clock.go_to(play.now())
    stage = play.stage("visit")
    office = visit("经办", 390, play.office)
    office.open(f"/{union.slug}/review/stages/{stage.pk}/batches/")
    look(office, "batches")
    office.press("保存批次")
    office.sees("已安排 3 人的考察批次")
    look(office, "visits")
    assert selected(stage) == {people[0].pk: 1, people[1].pk: 1, people[2].pk: 2}
    office.follow("第 1 批")
    office.follow("记录考察", within=office.box("孙秀兰"))
    pictures = [tmp_path / f"{n}.jpg" for n in range(2)]
    for path in pictures:
        path.write_bytes(jpeg().read())
    office.field("考察人员").fill("甲、乙")
    office.field("考察情况").fill("操作熟练")
    for item in checklist:
        office.field(item["label"]).fill("属实")
    office.page.set_input_files("input[type=file]", [str(path) for path in pictures])
    look(office, "visit-record")
    office.press("保存，接着记录周志强")
    office.sees("孙秀兰的考察记录已保存")
    assert office.field("考察人员").input_value() == "甲、乙"
    look(office, "visit-next")
    assert SiteVisit.objects.get().photos.count() == 2
    office.open(f"/{union.slug}/review/cases/{people[0].pk}/")
    look(office, "case-visited")


def selected(stage):
    return {row.application_id: row.batch for row in stage.visit_batches.all()}
