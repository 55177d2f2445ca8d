"""The supervisor's pages: what to look at twice, the campaign's log, the workbook. Nothing sealed, nothing changed."""

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from applications.models import Reveal
from review import selectors_supervision as reading
from review.models import Panel
from review.services import outcomes, panels
from review.states import Verdict
from tests.kept import kept
from tests.review.pagecraft import member_of, text
from tests.review.stagecraft import Play, assessment_review, ballot_review, expert_review, final, qualification
from unions.models import AuditEntry
from unions.states import Role


@kept
def play(union):
    return Play(union, qualification(), expert_review(passes={"max": 2, "setting": True}), final())


@pytest.fixture
def supervisor(play, reader):
    return reader(play, member_of(play, Role.SUPERVISOR, name="简守正"))


def where(play):
    return {"campaign_slug": play.campaign.slug}


def five(play):
    return [play.expert(f"示例{n}研究所", name=f"{n}专家") for n in "一二三四五"]


def reviewed(play, *marks):
    """So many people with these marks from every expert, the fifth expert apart from the others."""
    people = [play.apply(name=name) for name in ("孙秀兰", "周建军", "吴桂英")[: len(marks)]]
    play.qualify("qualification", *people)
    panel = play.form_panel("review", five(play))
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    panel = Panel.objects.select_related("stage__campaign").get(pk=panel.pk)
    for n, seat in enumerate(play.seats("review")):
        for person, mark in zip(people, marks, strict=True):
            given = mark - 40 if n == 4 else mark
            play.score(seat, person, given, given)
    return people, panel


@kept
def scored(play):
    """Two people with all their marks, still sealed."""
    return reviewed(play, 90, 81)


@kept
def two(play, scored):
    """Those people once the panel has closed."""
    people, panel = scored
    panels.close_panel(panel, actor=play.office, at=play.now())
    return people


def test_nothing_sealed_is_told_before_the_panel_closes(play, scored, supervisor):
    page = text(supervisor.get("supervision", **where(play)))
    log = text(supervisor.get("supervision_log", **where(play)))

    assert "评审还没有结束，评分封存" in page
    assert "平均偏差" not in page.partition("怎么量的")[0]
    assert "评分" in log
    assert "&#x27;craft&#x27;" not in log
    assert "points" not in log


def test_an_expert_far_from_the_others_is_pointed_out_once_the_panel_has_closed(play, two, supervisor):
    page = text(supervisor.get("supervision", **where(play)))

    assert "五专家" in page
    assert "40.00" in page
    assert page.count("偏差大") == 1
    assert "怎么量的" in page


def test_a_departure_from_the_ranking_stands_with_its_reasons(play, two, supervisor):
    play.cut("review", 2)
    play.close("review")
    play.open("final")
    play.resolve("final", two[1:], two[:1], why="技艺突出，经集体研究", reason="综合考虑全区布局")

    page = text(supervisor.get("supervision", **where(play)))

    assert "排名在前而未通过" in page
    assert "综合考虑全区布局" in page


def test_late_changes_and_reveals_are_listed_with_their_reasons(play, supervisor):
    person = play.apply(name="孙秀兰")
    play.open("qualification")
    play.judge(person)
    given = play.decide("qualification", person)
    outcomes.correct_outcome(
        given, verdict=Verdict.REJECTED, reason="复核发现材料不实", actor=play.office, at=play.now()
    )
    Reveal.objects.create(union=play.union, application=person, reason="核对获奖证书", at=play.now(), by=play.office)

    page = text(supervisor.get("supervision", **where(play)))

    assert "由“通过”改为“未通过”" in page
    assert "复核发现材料不实" in page
    assert "核对获奖证书" in page


def test_decisions_in_seconds_are_listed(play, supervisor):
    people = [play.apply(name=name) for name in ("孙秀兰", "周建军")]
    play.open("qualification")
    at = play.now()
    for n, person in enumerate(people):
        outcomes.decide(
            play.stage("qualification"),
            person,
            verdict=Verdict.REJECTED,
            reason="不符合",
            actor=play.office,
            at=at + timedelta(seconds=4 * n),
        )

    page = text(supervisor.get("supervision", **where(play)))

    assert "4 秒" in page
    assert "系统不记录何时打开一份申报" in page


def test_the_log_is_the_campaigns_own_and_is_narrowed_by_person_verb_thing_and_case(play, supervisor):
    person = play.apply(name="孙秀兰")
    play.open("qualification")
    play.judge(person)
    play.decide("qualification", person)
    foreign = member_of(play, Role.EXPERT)
    panels.enrol_expert(foreign, field="焊接", employer="外校", actor=play.office, at=play.now())

    def rows(query=""):
        return text(supervisor.get("supervision_log", query, **where(play)))

    assert "作出结论" in rows()
    assert "录入专家库" not in rows()
    assert "作出结论" in rows("?q=沈办公")
    assert "没有符合条件的记录" in rows("?q=无此人")
    assert "开始环节" not in rows("?action=结论")
    assert "作出结论" in rows("?action=结论")
    assert "开始环节" not in rows("?kind=review.outcome")
    assert "作出结论" in rows(f"?case={person.number}")
    assert "开始环节" not in rows("?case=孙秀兰")


def test_the_workbook_holds_what_the_page_shows(play, two, supervisor):
    response = supervisor.get("supervision_sheet", **where(play))

    book = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["决定与排名的差别", "与其他专家的差距", "数秒内的决定", "事后的改动", "查看证件号码"]
    values = [cell for row in book["与其他专家的差距"].iter_rows(values_only=True) for cell in row]
    assert "偏差大" in values
    assert any(isinstance(value, str) and "中位数" in value for value in values)


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.EXPERT, Role.ADMIN, Role.APPLICANT])
def test_the_room_is_the_supervisors(role, play, reader):
    visitor = reader(play, member_of(play, role))

    for page in ("supervision", "supervision_log", "supervision_sheet"):
        assert visitor.get(page, **where(play)).status_code == 403


def test_nothing_can_be_posted_there(play, supervisor):
    before = AuditEntry.objects.count()

    for page in ("supervision", "supervision_log", "supervision_sheet"):
        assert supervisor.post(page, **where(play)).status_code == 405
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_ask_the_same_number_of_questions(count, play, supervisor, django_assert_num_queries):
    people, panel = reviewed(play, *(90, 81, 70)[:count])
    panels.close_panel(panel, actor=play.office, at=play.now())
    play.cut("review", min(count, 2))
    play.close("review", reason="按实际")
    play.open("final")
    play.resolve("final", people[:1], people[1:2])
    supervisor.get("supervision", **where(play))

    with django_assert_num_queries(15):
        text(supervisor.get("supervision", **where(play)))
    with django_assert_num_queries(9):
        text(supervisor.get("supervision_log", **where(play)))


def test_grades_are_compared_by_their_place_on_the_scale_and_votes_by_nobody(union):
    play = Play(union, qualification(), assessment_review(), final())
    people = [play.apply(name=name) for name in ("孙秀兰", "周建军")]
    play.qualify("qualification", *people)
    play.seated("review", five(play))
    for n, seat in enumerate(play.seats("review")):
        for person in people:
            play.assess(seat, person, "fair" if n == 0 else "excellent")
    play.end("review")

    found = reading.supervised(play.campaign)

    assert {line.figures.deviation for line in found.apart if line.figures.far} == {100}

    voted = Play(union, qualification(), ballot_review(passes={"max": 1, "setting": True}), final())
    assert reading.supervised(voted.campaign).apart == []
