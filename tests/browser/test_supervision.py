"""The supervisor's room and the archive, in a browser: on a phone and at a desk, without a fault of accessibility."""

import os
from pathlib import Path

import pytest

from documents import runner
from documents.models import JobOutput
from publicity.services import archives
from review.models import Panel
from review.services import outcomes, panels
from review.states import Verdict
from tests.browser.visitors import Clock, Visit, Visitor
from tests.review.pagecraft import member_of
from tests.review.stagecraft import Play, expert_review, final, qualification
from unions.models import AuditEntry, Union
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("JX_LOOK", "")
"""A folder for pictures of every step, for whoever wants to look."""


def look(visitor: Visitor, name: str) -> None:
    if LOOK:
        size = visitor.page.viewport_size
        assert size is not None
        visitor.page.screenshot(path=str(Path(LOOK) / f"{name}-{size['width']}.png"), full_page=True)


def decided(union: Union) -> Play:
    """An expert apart from the others, a decision corrected, another than the ranking had it, and an archive made."""
    play = Play(union, qualification(), expert_review(passes={"max": 2, "setting": True}), final())
    people = [play.apply(name=name) for name in ("孙秀兰", "周建军", "吴桂英")]
    mistaken = play.apply(name="郑国栋")
    play.open("qualification")
    wrong = play.decide("qualification", mistaken, Verdict.REJECTED, "材料不足")
    outcomes.correct_outcome(wrong, verdict=Verdict.REJECTED, reason="材料不实", actor=play.office, at=play.now())
    for person in people:
        play.judge(person)
        play.decide("qualification", person)
    play.close("qualification")
    experts = [play.expert(f"示例{n}研究所", name=f"{n}专家") for n in "一二三四五"]
    panel = play.seated("review", experts)
    for n, seat in enumerate(play.seats("review")):
        for person, mark in zip(people, (90, 81, 70), strict=True):
            play.score(seat, person, mark - 40 * (n == 4), mark - 40 * (n == 4))
    panels.close_panel(Panel.objects.select_related("stage").get(pk=panel.pk), actor=play.office, at=play.now())
    play.cut("review", 2)
    play.close("review")
    play.open("final")
    play.resolve("final", [people[1]], [people[0]], why="技艺突出，经集体研究", reason="综合考虑全区布局")
    job = archives.queue_archive(play.campaign, actor=play.office, at=play.now())
    runner.run(job.pk, at_clock=play.now)
    return play


@pytest.mark.parametrize("width", [390, 1280])
def test_supervisor_and_office_find_their_rooms(width: int, union: Union, visit: Visit, clock: Clock) -> None:
    play = decided(union)
    clock.go_to(play.now())
    at = f"/{union.slug}/review/{play.campaign.slug}"

    supervisor = visit("监督员", width, member_of(play, Role.SUPERVISOR, name="简守正"))
    supervisor.open(f"{at}/")
    look(supervisor, "campaign")
    supervisor.open(f"{at}/supervision/")
    supervisor.sees("排名在前而未通过", "偏差大", "技艺突出，经集体研究", "由“未通过”改为“未通过”")
    look(supervisor, "supervision")
    supervisor.follow("本活动的记录")
    supervisor.sees("封存活动档案", "作出结论")
    look(supervisor, "log")
    supervisor.open(f"/{union.slug}/archive/{play.campaign.slug}/")
    supervisor.sees("怎样校验")
    look(supervisor, "archive-supervisor")
    with supervisor.page.expect_download() as taken:
        supervisor.page.get_by_role("link", name="下载").click()
    assert taken.value.suggested_filename.endswith("档案.zip")
    assert AuditEntry.objects.filter(action="campaign.archive_downloaded").count() == 1
    assert JobOutput.objects.count() == 1

    office = visit("办公室", width, play.office)
    office.open(f"{at}/")
    office.follow("档案")
    office.sees("再生成一份", "生成全部人选的一人一档")
    look(office, "archive-office")
    office.open(f"/{union.slug}/review/cases/{play.campaign.applications.get(name='周建军').pk}/")
    with office.page.expect_download() as file:
        office.page.get_by_role("button", name="一人一档（PDF）").click()
    assert file.value.suggested_filename.endswith("一人一档.pdf")
    look(office, "case")
    if LOOK:
        file.value.save_as(str(Path(LOOK) / f"dossier-{width}.pdf"))
