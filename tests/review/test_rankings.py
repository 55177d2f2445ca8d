from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction

from applications.models import Application
from applications.states import State
from campaigns.rules.facts import Facts
from review import selectors
from review.models import Outcome, Ranking
from review.services import panels, rankings
from review.states import Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.stagecraft import CRITERIA, Play, committee, expert_review, final
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


def ranked(play, *marks: int) -> list[Application]:
    """Cases with these marks, scored by everybody; the stage stays open."""
    cases = [play.apply() for _ in marks]
    play.review("review", {case.pk: mark for case, mark in zip(cases, marks, strict=True)})
    return cases


@kept
def play(union):
    return Play(union, expert_review(passes={"max": 2, "setting": True}), final())


@kept
def apart(play):
    """Three cases of which each got marks of its own: the second is the best, the first the last."""
    return ranked(play, 70, 90, 80)


@kept
def tied(play):
    """Three cases of which the first and the third have the same marks, and one of them is over the number."""
    return ranked(play, 80, 90, 80)


def test_the_best_go_on_and_the_others_are_not_selected(play, apart):
    a, b, c = apart
    play.close("review")
    rows = {row.application: row for row in Outcome.objects.all()}
    assert [(rows[x].verdict, rows[x].rank) for x in (a, b, c)] == [
        (Verdict.NOT_SELECTED, 3),
        (Verdict.PASSED, 1),
        (Verdict.PASSED, 2),
    ]
    assert rows[b].reason == "评审排名第 1，进入前 2 名"
    assert set(selectors.entrants(play.stage("final"))) == {b, c}


def test_the_archived_ranking_follows_from_the_scores(play, apart):
    assert rankings.recomputed(play.stage("review"))
    archived = Ranking.objects.get()
    assert [row["total"] for row in archived.rows] == ["90", "80", "70"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Ranking.objects.update(sha256="0" * 64)


def test_a_stage_does_not_close_before_its_scoring_has_ended(play):
    a = play.apply()
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    panel.stage = play.stage("review")
    play.score_all(panel, {a.pk: 80})
    with pytest.raises(Refused, match="评分尚未结束，请先结束评分"):
        play.close("review")


# --- the cut ----------------------------------------------------------------------------------------------------------


def test_without_a_number_in_the_rule_the_office_sets_one(union):
    play = Play(union, expert_review(), final())
    _, b = ranked(play, 70, 90)
    with pytest.raises(Refused, match="请先确定进入下一环节的人数"):
        play.close("review")
    assert not selectors.proposed_passers(play.stage("review"))
    assert not any(
        row.passes for row in selectors.ranked_cases(play.stage("review"), reader=play.office, at=play.now())
    )

    play.cut("review", 1)
    play.close("review")

    assert list(selectors.entrants(play.stage("final"))) == [b]


def test_the_number_set_last_counts(play, apart):
    play.cut("review", 2)
    play.cut("review", 1)
    assert selectors.cut_of(play.stage("review")) == 1
    assert len(selectors.proposed_passers(play.stage("review"))) == 1


@pytest.mark.parametrize(
    ("passing", "reason", "words"),
    [(0, "少", "至少为 1"), (3, "多", "规定至多 2 人"), (1, " ", "请填写确定人数的理由")],
)
def test_the_number_keeps_to_the_rule(play, passing, reason, words):
    play.open("review")
    with pytest.raises(Refused, match=words):
        rankings.set_cut(play.stage("review"), passing=passing, reason=reason, actor=play.office, at=play.now())


def test_the_number_is_not_under_the_least(union):
    play = Play(union, expert_review(passes={"min": 2, "setting": True}), final())
    play.open("review")
    with pytest.raises(Refused, match="规定至少 2 人"):
        play.cut("review", 1)
    play.cut("review", 5)


def test_a_should_number_may_be_departed_from(union):
    play = Play(union, expert_review(passes={"max": 1, "strength": "should", "setting": True}), final())
    ranked(play, 70, 90)
    play.cut("review", 2)
    with pytest.raises(Refused, match="须书面说明理由"):
        play.close("review")
    play.close("review", reason="两人都好")
    assert selectors.entrants(play.stage("final")).count() == 2


def test_the_number_belongs_to_the_office_and_to_a_ranking(union):
    play = Play(union, committee(), expert_review(), final())
    play.open("committee")
    with pytest.raises(Refused, match="没有排名"):
        play.cut("committee", 1)
    with pytest.raises(Refused, match="办公室"):
        rankings.set_cut(play.stage("review"), passing=1, reason="x", actor=play.leader, at=play.now())


# --- ties -------------------------------------------------------------------------------------------------------------


def decide(play, *order, actor=None, reason="综合考虑"):
    return rankings.decide_tie(
        play.stage("review"), order=order, reason=reason, actor=actor or play.leader, at=play.now()
    )


def test_a_tie_at_the_cut_is_decided_by_people(play, tied):
    a, b, c = tied
    with pytest.raises(Refused, match=f"并列需裁定：{a.name}、{c.name}"):
        play.close("review")

    decide(play, c, a)
    play.close("review")

    assert {row.application: row.rank for row in Outcome.objects.all()} == {b: 1, c: 2, a: 3}
    assert AuditEntry.objects.filter(action="ranking.tie_decided").get().after == {"order": [c.pk, a.pk]}


def test_a_tie_that_changes_nothing_is_left(play):
    a, b, c = ranked(play, 90, 90, 80)
    play.close("review")
    assert {row.application: row.rank for row in Outcome.objects.all()} == {a: 1, b: 1, c: 3}


def test_where_ranks_are_published_every_tie_is_decided(union):
    notice = {
        "id": "notice",
        "kind": "public_notice",
        "label": "公示",
        "by": "office",
        "setting": True,
        "length": {"days": 5, "unit": "calendar"},
        "columns": ["name", "rank"],
    }
    play = Play(union, expert_review(passes={"max": 2, "setting": True}), notice, final())
    ranked(play, 90, 90, 80)
    with pytest.raises(Refused, match="并列需裁定"):
        play.close("review")


def test_the_written_chain_goes_first(play):
    a, b = play.apply(), play.apply()
    panel = play.form_panel("review", play.experts[:1])
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    seat = play.seat(panel, play.experts[0])
    play.score(seat, a, 60, 90)  # 36 + 36
    play.score(seat, b, 80, 60)  # 48 + 24
    panels.close_panel(panel, actor=play.office, at=play.now())
    assert [row.case for row in selectors.settled_rows(play.stage("review"))] == [b.pk, a.pk]


@pytest.mark.parametrize("who", ["leader", "office"])
def test_the_leading_group_or_the_office_decides_a_tie(play, tied, who):
    a, _, c = tied
    assert decide(play, a, c, actor=getattr(play, who)).order == [a.pk, c.pk]


def test_others_decide_no_tie(play, tied):
    a, _, c = tied
    with pytest.raises(Refused, match="可以裁定并列"):
        decide(play, a, c, actor=MemberFactory(union=play.union, role=Role.SUPERVISOR))


def test_a_tie_is_decided_whole_once_there_is_one(play):
    play.apply()
    play.open("review")
    with pytest.raises(Refused, match="还没有排名"):
        decide(play)


def test_an_order_names_the_tied_and_nobody_else(play, tied):
    a, b, c = tied
    for order in ([a], [a, b], [a, c, b], [a, c, c]):
        with pytest.raises(Refused, match="不多也不少"):
            decide(play, *order)
    with pytest.raises(Refused, match="裁定并列的理由"):
        decide(play, a, c, reason=" ")


def test_a_tie_is_decided_while_its_stage_is_open(play):
    a, b, _ = ranked(play, 90, 90, 80)
    play.close("review")
    with pytest.raises(Refused, match="环节进行中"):
        decide(play, a, b)


def test_the_ranking_closes_up_when_somebody_withdraws(play, tied):
    a, b, c = tied
    Application.objects.filter(pk=a.pk).update(state=State.WITHDRAWN)
    play.close("review")
    assert {row.application: row.rank for row in Outcome.objects.all()} == {b: 1, c: 2}
    assert rankings.recomputed(play.stage("review"))


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_ranking_is_read_with_names_after_scoring(play, apart):
    _, b, _ = apart
    rows = selectors.ranked_cases(play.stage("review"), reader=play.leader, at=play.now())
    assert [(row.rank, row.total, row.passes) for row in rows] == [
        (1, "90.00", True),
        (2, "80.00", True),
        (3, "70.00", False),
    ]
    assert (rows[0].application, rows[0].tied) == (b, False)


def test_a_stage_without_a_panel_has_no_ranking(play):
    assert selectors.ranked_cases(play.stage("review"), reader=play.leader, at=play.now()) == []


@pytest.mark.parametrize("cases", [1, 3])
def test_reading_the_ranking_costs_the_same_for_one_and_for_three(play, cases, django_assert_num_queries):
    ranked(play, *range(70, 70 + cases))
    stage, at = play.stage("review"), play.now()
    with django_assert_num_queries(9):
        selectors.ranked_cases(stage, reader=play.office, at=at)


# --- facts in the chain -----------------------------------------------------------------------------------------------


def test_a_fact_of_the_application_breaks_a_tie(union):
    play = Play(
        union,
        expert_review(criteria=CRITERIA, tie_break=["fact:years_in_trade", "people"]),
        final(),
    )
    a, b, c = play.apply(years=10), play.apply(years=20), play.apply(years="")
    play.review("review", {a.pk: 80, b.pk: 80, c.pk: 80})
    assert [row.case for row in selectors.settled_rows(play.stage("review"))] == [b.pk, a.pk, c.pk]


@pytest.mark.parametrize(
    ("key", "values", "number"),
    [
        ("years_in_trade", {"years_in_trade": 12}, 12),
        ("years_in_trade", {"trade_since": date(2010, 3, 1)}, 16),
        ("years_in_trade", {}, None),
        ("years_in_trade_local", {}, None),
        ("age", {"age": 40}, -40),
        ("skill_level", {"skill_level": "技师"}, 4),
        ("annual_benefit", {"annual_benefit": Decimal("1.5")}, Fraction(3, 2)),
    ],
)
def test_a_fact_in_the_chain_is_bigger_for_the_stronger_case(key, values, number):
    assert rankings.orderable(key, Facts(values=values), date(2026, 3, 20)) == number
