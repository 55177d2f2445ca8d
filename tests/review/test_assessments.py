"""A panel assesses: a grade and a comment each, sealed like scores, ranked by who recommends."""

import pytest

from review import selectors
from review.models import Outcome, Ranking, Score
from review.services import panels, rankings, resolutions
from review.states import Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.stagecraft import Play, assessment_review, expert_review, final
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    return assessing(union, passes={"max": 2, "setting": True})


def assessing(union, people=3, **more):
    play = Play(union, assessment_review(**more), final())
    play.people = [play.apply(name=name) for name in "甲乙丙"[:people]]
    play.seated("review")
    return play


def assess_all(play, *grades: str):
    """A word of grades for each case, one letter an expert: e, g, f."""
    words = {"e": "excellent", "g": "good", "f": "fair"}
    for case, given in zip(play.people, grades, strict=True):
        for seat, letter in zip(play.seats("review"), given, strict=True):
            play.assess(seat, case, words[letter])


def test_a_grade_is_sealed_and_committed_to(play):
    seat = play.seats("review")[0]
    score = play.assess(seat, play.people[0], "excellent", "独门绝技")
    assert (score.grade, score.points, score.comment) == ("excellent", {}, "独门绝技")
    assert panels.commitment_holds(score)
    entry = AuditEntry.objects.get(action="case.assessed")
    assert entry.after["commitment"] == score.commitment
    assert "excellent" not in str(entry.after)
    score.grade = "fair"
    assert not panels.commitment_holds(score)
    for role in (Role.OFFICE, Role.LEADER, Role.SUPERVISOR):
        reader = MemberFactory(union=play.union, role=role)
        assert not Score.objects.visible_to(reader)
        with pytest.raises(Refused, match="评议封存中"):
            selectors.ranked_cases(play.stage("review"), reader=reader, at=play.now())


@pytest.mark.parametrize(
    ("grade", "comment", "words"),
    [("", "扎实", "请选择一个等次"), ("superb", "扎实", "请选择一个等次"), ("good", " ", "请填写评语")],
)
def test_a_sheet_has_a_grade_of_the_scale_and_a_comment(play, grade, comment, words):
    with pytest.raises(Refused, match=words):
        play.assess(play.seats("review")[0], play.people[0], grade, comment)


def test_a_later_sheet_supersedes(play):
    seat = play.seats("review")[0]
    play.assess(seat, play.people[0], "fair")
    play.assess(seat, play.people[0], "good")
    assert [(row.version, row.grade) for row in Score.objects.all()] == [(0, "fair"), (1, "good")]


def test_a_recused_expert_does_not_assess(play):
    seat = play.seats("review")[0]
    panels.recuse(seat, play.people[0], reason="亲属", actor=play.office, at=play.now())
    with pytest.raises(Refused, match="应当回避，不能评议"):
        play.assess(seat, play.people[0])


def test_each_method_has_its_own_sheet(union, play):
    with pytest.raises(Refused, match="由专家评议"):
        play.score(play.seats("review")[0], play.people[0])
    scoring = Play(union, expert_review(), final())
    case = scoring.apply()
    panel = scoring.form_panel("review")
    scoring.accept(panel)
    scoring.open("review")
    scoring.declare(panel)
    with pytest.raises(Refused, match="由专家评分"):
        scoring.assess(scoring.seat(panel, scoring.experts[0]), case)


def test_the_recommended_go_on_in_the_order_of_shares_and_grades(play):
    a, b, c = play.people
    with pytest.raises(Refused, match="评议还不能结束：尚未评议：甲"):
        play.end("review")
    assess_all(play, "ggf", "egg", "ggg")
    play.end("review")
    with pytest.raises(Refused, match="评议已结束，不能再更改"):
        play.assess(play.seats("review")[0], a)
    archived = Ranking.objects.get()
    assert [(row["application"], row["shown"]) for row in archived.rows] == [
        (b.pk, "3 / 3 人推荐"),
        (c.pk, "3 / 3 人推荐"),
        (a.pk, "2 / 3 人推荐"),
    ]
    assert rankings.recomputed(play.stage("review"))
    ranked = selectors.ranked_cases(play.stage("review"), reader=play.leader, at=play.now())
    assert [(row.total, row.passes) for row in ranked] == [
        ("3 / 3 人推荐", True),
        ("3 / 3 人推荐", True),
        ("2 / 3 人推荐", False),
    ]
    play.close("review")
    assert set(selectors.entrants(play.stage("final"))) == {b, c}


def test_whom_nobody_recommends_does_not_go_on_though_there_is_room(play):
    a, b, c = play.people
    assess_all(play, "eee", "fff", "ggf")
    play.end("review")
    play.close("review")
    assert set(selectors.entrants(play.stage("final"))) == {a, c}
    assert Outcome.objects.get(application=b).verdict == Verdict.NOT_SELECTED
    assert Outcome.objects.get(application=b).reason == "0 / 3 人推荐，没有专家推荐"


def test_equal_grades_are_decided_by_people(play):
    a, b, c = play.people
    assess_all(play, "egg", "gge", "geg")
    play.end("review")
    with pytest.raises(Refused, match="并列需裁定"):
        play.close("review")
    rankings.decide_tie(play.stage("review"), order=[c, b, a], reason="合议", actor=play.leader, at=play.now())
    play.close("review")
    assert set(selectors.entrants(play.stage("final"))) == {b, c}


def test_a_list_that_the_organisers_confirm_waits_for_them(union):
    play = assessing(union, people=2, passes={"max": 1, "setting": True}, confirmed_by="organisers")
    assess_all(play, "eee", "ggg")
    play.end("review")
    with pytest.raises(Refused, match="名单须经示例区人社局确认"):
        play.close("review")
    resolutions.confirm_list(play.stage("review"), minutes=play.minutes(), actor=play.leader, at=play.now())
    play.close("review")
    assert list(selectors.entrants(play.stage("final"))) == [play.people[0]]


def test_without_a_number_the_office_sets_one_among_the_recommended(union):
    play = assessing(union, people=2)
    assess_all(play, "eee", "fff")
    play.end("review")
    assert selectors.cut_of(play.stage("review")) is None
    with pytest.raises(Refused, match="可以进入的只有 1 人"):
        play.cut("review", 2)
    play.cut("review", 1)
    play.close("review")


def test_where_nobody_is_recommended_nobody_goes_on(union):
    play = assessing(union, people=1)
    assess_all(play, "fff")
    play.end("review")
    play.close("review")
    assert not selectors.entrants(play.stage("final"))
