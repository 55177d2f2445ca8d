"""Cases given to some of the panel only: committed, replayable, evenly, filled up when somebody drops out."""

import pytest

from review import selectors
from review.models import Score
from review.models_pool import Allotment, AllottedCase
from review.services import allotments, panels
from review.states import Seat
from tests.kept import kept
from tests.review.pagecraft import member_of, text
from tests.review.stagecraft import Play, expert_review, final, fresh
from unions.models import AuditEntry, Message
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    play = Play(union, expert_review(scores_per_case=2, match_fields=True), final())
    play.people = [play.apply(name) for name in ("孙秀兰", "周志强", "吴海涛", "郑文斌")]
    return play


def seated(play, experts=None):
    panel = play.form_panel("review", experts or play.experts)
    play.accept(panel)
    play.open("review")
    return play.panel_of("review")


def allot(play, **more):
    return allotments.allot_cases(play.panel_of("review"), **{"actor": play.office, "at": play.now(), **more})


def given(play):
    return {
        seat.pk: {one.application for one in selectors.cases_for(seat) if not one.recused}
        for seat in play.seats("review")
    }


def score_given(play):
    for seat in play.seats("review"):
        for case in sorted(given(play)[seat.pk], key=lambda one: one.pk):
            if not Score.objects.filter(seat=seat, application=case).exists():
                play.score(seat, case)


def test_a_secret_is_committed_to_with_the_panel_and_opened_with_the_allotment(play):
    panel = seated(play)
    pledge = panel.allotment_pledges.get()
    made = allot(play)
    assert made.pledge == pledge
    assert made.secret not in pledge.sealed_secret
    assert allotments.replayed(made) == []
    entry = AuditEntry.objects.get(action="panel.allotted").after
    assert (entry["secret"], len(entry["given"])) == (made.secret, 8)
    assert Message.objects.filter(kind="expert.allotted").count() == 3
    assert entry["next_commitment"] == panel.allotment_pledges.get(revision=1).commitment
    made.result = {}
    assert allotments.replayed(made) == ["重新分配的结果与记录不符"]


def test_an_expert_sees_and_scores_what_was_given_to_them_and_nothing_else(play):
    panel = seated(play)
    seat = play.seats("review")[0]
    with pytest.raises(Refused, match="还没有分配评审"):
        play.declare(panel)
    allot(play)
    play.declare(panel)
    sizes = sorted(len(cases) for cases in given(play).values())
    assert sizes == [2, 3, 3]
    mine = given(play)[seat.pk]
    foreign = next(one for one in play.people if one not in mine)
    with pytest.raises(Refused, match="或没有分给您"):
        play.score(seat, foreign)
    with pytest.raises(Refused, match="或没有分给您"):
        panels.declare_conflicts(
            seat, applications=[foreign], reasons=["师徒"], actor=fresh(seat.expert.member), at=play.now()
        )


def test_closing_asks_for_the_sheets_that_were_given_out(play):
    panel = seated(play)
    assert "还没有分给 2 位专家，请分配评审：孙秀兰、周志强、吴海涛、郑文斌" in panels.panel_missing(
        play.stage("review")
    )
    allot(play)
    play.declare(panel)
    score_given(play)
    assert panels.panel_missing(play.stage("review")) == []
    play.end("review")
    assert len(selectors.settled_rows(play.stage("review"))) == 4


def test_who_drops_out_is_replaced_and_every_sheet_stays(play):
    panel = seated(play)
    allot(play)
    play.declare(panel)
    score_given(play)
    gone, staying, _ = play.seats("review")
    before = set(AllottedCase.objects.values_list("seat_id", "application_id"))
    sheets = Score.objects.count()
    with pytest.raises(Refused, match="没有还需要分配的申报"):
        allot(play)
    panels.remove_seat(gone, reason="出差", actor=play.office, at=play.now())
    missing = panels.panel_missing(play.stage("review"))
    assert any("请分配评审" in line for line in missing)
    again = allot(play)
    assert allotments.replayed(again) == []
    after = set(AllottedCase.objects.values_list("seat_id", "application_id"))
    assert before < after
    assert Score.objects.count() == sheets
    staying.refresh_from_db()
    assert staying.declared_at is None
    with pytest.raises(Refused, match="请先填写回避申报"):
        play.score(staying, play.people[0])
    play.declare(panel)
    score_given(play)
    assert panels.panel_missing(play.stage("review")) == []


def test_a_case_of_a_recused_expert_goes_to_another_where_there_is_one(play):
    panel = seated(play)
    allot(play)
    play.declare(panel)
    seat = play.seats("review")[0]
    case = min(given(play)[seat.pk], key=lambda one: one.pk)
    panels.recuse(seat, case, reason="师徒", actor=play.office, at=play.now())
    allot(play)
    assert sum(case in cases for cases in given(play).values()) == 2
    assert case not in given(play)[seat.pk]
    other = next(one for one in play.seats("review") if one != seat)
    panels.recuse(other, case, reason="亲属", actor=play.office, at=play.now())
    assert not any("请分配评审" in line for line in panels.panel_missing(play.stage("review")))


def test_nothing_is_given_out_before_everybody_has_answered_or_where_all_judge_all(union, play):
    panel = play.form_panel("review")
    with pytest.raises(Refused, match="环节进行中才能办理"):
        allot(play)
    play.open("review")
    with pytest.raises(Refused, match="还有 3 位专家没有答复邀请"):
        allot(play)
    for seat in panel.seats.all():
        panels.remove_seat(seat, reason="出差", actor=play.office, at=play.now())
    with pytest.raises(Refused, match="还没有专家接受邀请"):
        allot(play)
    with pytest.raises(Refused, match="只有认定办公室"):
        allot(play, actor=play.leader)
    whole = Play(union, expert_review(), final())
    whole.form_panel("review")
    whole.open("review")
    with pytest.raises(Refused, match="不需分配"):
        allot(whole)


@pytest.mark.parametrize("people", [1, 3])
def test_the_office_reads_who_has_what_and_never_a_score(union, reader, people, django_assert_num_queries):
    play = Play(union, expert_review(scores_per_case=2), final())
    for _ in range(people):
        play.apply()
    panel = seated(play)
    stage, office = play.stage("review"), reader(play, play.office)
    assert f"分配 {people} 份申报" in text(office.get("allotment", stage_pk=stage.pk))
    assert office.post("allotment", stage_pk=stage.pk).status_code == 302
    assert "没有还需要分配的申报" in text(office.post("allotment", stage_pk=stage.pk))
    for seat in play.seats("review"):
        if given(play)[seat.pk]:
            panels.declare_conflicts(seat, applications=[], reasons=[], actor=fresh(seat.expert.member), at=play.now())
    assert not any("尚未作回避申报" in line for line in panels.panel_missing(stage))
    assert panel.seats.count() == 3
    seat = next(one for one in play.seats("review") if given(play)[one.pk])
    play.score(seat, given(play)[seat.pk].pop(), "71.43", "68.57")
    with django_assert_num_queries(19):
        page = text(office.get("allotment", stage_pk=stage.pk))
    assert "重算一致" in page
    assert page.count("（已评）") == 1
    assert not any(mark in page for mark in ("71.43", "68.57", "70.29"))
    leader = reader(play, member_of(play, Role.LEADER))
    assert "秘密种子" in text(leader.get("allotment", stage_pk=stage.pk))
    leader.post("allotment", stage_pk=stage.pk)
    assert Allotment.objects.count() == 1
    assert play.seats("review")[0].state == Seat.ACCEPTED


def test_where_all_judge_all_there_is_no_such_page(union, reader):
    play = Play(union, expert_review(), final())
    play.form_panel("review")
    assert reader(play, play.office).get("allotment", stage_pk=play.stage("review").pk).status_code == 404


def test_an_expert_is_told_to_wait_and_then_to_declare(play, reader):
    panel = seated(play)
    seat = play.seats("review")[0]
    expert = reader(play, seat.expert.member)
    assert "还没有分配评审" in text(expert.get("seat", seat_pk=seat.pk))
    allot(play)
    page = text(expert.get("conflicts", seat_pk=seat.pk))
    assert all((one.name in page) == (one in given(play)[seat.pk]) for one in play.people)
    play.declare(panel)
    page = text(expert.get("seat", seat_pk=seat.pk))
    assert f"共 {len(given(play)[seat.pk])} 份" in page


def test_cases_of_a_category_go_to_its_experts(union):
    more = '[[categories]]\nid = "machining"\nlabel = "数控"\nsetting = true\n'
    play = Play(union, expert_review(scores_per_case=1, match_fields=True), final(), more=more)
    people = [play.apply() for _ in range(2)]
    experts = [play.expert("示例一所", name="一专家"), play.expert("示例二所", name="二专家")]
    type(experts[0]).objects.filter(pk=experts[0].pk).update(field="数控、电工")
    type(people[0]).objects.filter(pk=people[0].pk).update(trade="数控车工")
    type(people[1]).objects.filter(pk=people[1].pk).update(trade="焊接")
    seated(play, experts)
    allot(play)
    first, second = play.seats("review")
    assert given(play) == {first.pk: {people[0]}, second.pk: {people[1]}}
