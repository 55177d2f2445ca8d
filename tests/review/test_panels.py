from datetime import timedelta
from decimal import Decimal

import pytest

from applications.models import Application
from applications.states import State
from documents.services import store_file
from review import policies, selectors
from review.models import Expert, Panel, Ranking, Recusal, Score
from review.services import panels, visits
from review.states import RecusalSource, Seat
from tests.factories import MemberFactory, UnitFactory
from tests.kept import kept
from tests.review.stagecraft import Play, committee, expert_review, final, fresh, site_visit
from unions import audit
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    return Play(union, expert_review(), final())


@kept
def panel(play):
    """A panel of three who have accepted, and an open stage with two cases."""
    play.a, play.b = play.apply(name="孙秀兰"), play.apply(name="周志强", employer="示例纺织厂")
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    return panel


@kept
def seat(play, panel):
    play.declare(panel)
    return play.seat(panel, play.experts[0])


def reload(panel):
    return Panel.objects.select_related("stage__campaign", "union").get(pk=panel.pk)


# --- the pool ---------------------------------------------------------------------------------------------------------


def test_an_expert_is_enrolled_and_brought_up_to_date(play):
    expert = play.expert("示例学院")
    again = panels.enrol_expert(
        expert.member,
        field="数控",
        employer="示例大学",
        credit_code="91330185ma27w00000",
        actor=play.office,
        at=play.now(),
    )
    assert (again.pk, again.employer, again.credit_code) == (expert.pk, "示例大学", "91330185MA27W00000")
    entry = AuditEntry.objects.latest("seq")
    assert (entry.before["employer"], entry.after["employer"]) == ("示例学院", "示例大学")


def test_the_administrator_keeps_the_pool_too(play):
    admin = MemberFactory(union=play.union, role=Role.ADMIN)
    member = MemberFactory(union=play.union, role=Role.EXPERT)
    assert panels.enrol_expert(member, field="焊接", employer="示例学院", actor=admin, at=play.now()).active


def test_others_do_not_keep_the_pool(play):
    expert = play.expert()
    with pytest.raises(Refused, match="维护专家库"):
        panels.enrol_expert(expert.member, field="焊接", employer="x", actor=play.leader, at=play.now())


def test_only_an_expert_with_a_field_enters_the_pool(play, other_union):
    with pytest.raises(Refused, match="请先邀请"):
        panels.enrol_expert(play.leader, field="焊接", employer="x", actor=play.office, at=play.now())
    member = MemberFactory(union=play.union, role=Role.EXPERT)
    with pytest.raises(Refused, match="专业领域"):
        panels.enrol_expert(member, field=" ", employer="x", actor=play.office, at=play.now())


def test_an_experts_unit_is_of_the_same_union(play, other_union):
    from unions import tenancy

    with tenancy.scope(other_union.pk):
        foreign = UnitFactory(union=other_union)
    member = MemberFactory(union=play.union, role=Role.EXPERT)
    with pytest.raises(Refused, match="本工会的单位"):
        panels.enrol_expert(member, field="焊接", employer="x", unit=foreign, actor=play.office, at=play.now())


def test_a_retired_expert_takes_no_seat(play):
    expert = play.expert()
    with pytest.raises(Refused, match="请填写退出"):
        panels.retire_expert(expert, reason="", actor=play.office, at=play.now())
    panels.retire_expert(expert, reason="退休", actor=play.office, at=play.now())
    with pytest.raises(Refused, match="不在本工会的专家库中"):
        play.form_panel("review", [Expert.objects.get(pk=expert.pk)])


# --- forming and approving --------------------------------------------------------------------------------------------


def test_a_panel_is_formed_once_from_named_experts(play):
    with pytest.raises(Refused, match="至少选择一名"):
        play.form_panel("review", [])
    play.form_panel("review")
    with pytest.raises(Refused, match="已经组成"):
        play.form_panel("review")


def test_the_same_expert_sits_once(play):
    with pytest.raises(Refused, match="已在评审团队名单中"):
        play.form_panel("review", [play.experts[0], play.experts[0]])


@pytest.mark.parametrize(
    ("size", "reserves", "words"),
    [(4, 0, "应为 4 人，现选了 3 人"), (1, 1, "应为 1 人，另可备选 1 人，现选了 3 人")],
)
def test_a_panel_has_the_size_the_rule_gives(union, size, reserves, words):
    play = Play(union, expert_review(panel={"size": size, "reserves": reserves}), final())
    with pytest.raises(Refused, match=words):
        play.form_panel("review")


def test_a_panel_belongs_to_an_expert_review_that_has_not_ended(union):
    play = Play(union, committee(), expert_review(), final())
    with pytest.raises(Refused, match="不是专家评审环节"):
        play.form_panel("committee")
    play.open("committee")
    play.close("committee")
    play.open("review")
    play.form_panel("review")
    panels_of = reload(selectors.panel_of(play.stage("review")))
    play.accept(panels_of)
    play.declare(panels_of)
    panels.close_panel(panels_of, actor=play.office, at=play.now())
    play.cut("review", 1)
    play.close("review")
    with pytest.raises(Refused, match="已结束，评审团队不能变动"):
        play.form_panel("review")


def test_nobody_but_the_office_forms_a_panel(play):
    with pytest.raises(Refused, match="办公室"):
        panels.form_panel(play.stage("review"), experts=play.experts, actor=play.leader, at=play.now())


@kept
def approved(union):
    return Play(union, expert_review(panel={"approved_by": "leading_group"}), final())


def test_a_stage_does_not_open_before_its_panel_is_approved(approved):
    with pytest.raises(Refused, match="须先经示例工匠认定领导小组审核同意"):
        approved.open("review")
    panel = approved.form_panel("review")
    with pytest.raises(Refused, match="审核同意"):
        approved.open("review")

    panels.approve_panel(panel, minutes=approved.minutes(), actor=approved.leader, at=approved.now())

    assert approved.open("review").state == "open"
    resolution = approved.stage("review").resolutions.get()
    assert (resolution.subject, len(resolution.decisions), resolution.members) == ("panel", 3, 3)


def test_invitations_count_once_the_panel_is_approved(approved):
    panel = approved.form_panel("review")
    seat = approved.seat(panel, approved.experts[0])
    with pytest.raises(Refused, match="尚未经审核同意"):
        panels.accept_seat(seat, actor=seat.expert.member, at=approved.now())
    assert not selectors.seats_of(seat.expert.member)

    panels.approve_panel(panel, minutes=approved.minutes(), actor=approved.leader, at=approved.now())

    assert panels.accept_seat(seat, actor=seat.expert.member, at=approved.now()).state == Seat.ACCEPTED
    assert list(selectors.seats_of(seat.expert.member)) == [seat]


def test_a_panel_is_approved_by_resolution_of_the_leading_group(approved):
    panel = approved.form_panel("review")
    with pytest.raises(Refused, match="领导小组成员"):
        panels.approve_panel(panel, minutes=approved.minutes(), actor=approved.office, at=approved.now())
    with pytest.raises(Refused, match="未达到应到 3 人的三分之二"):
        panels.approve_panel(panel, minutes=approved.minutes(1), actor=approved.leader, at=approved.now())


def test_there_must_be_somebody_to_approve(play):
    panel = play.form_panel("review")
    with pytest.raises(Refused, match="没有待审核"):
        panels.approve_panel(panel, minutes=play.minutes(), actor=play.leader, at=play.now())


def test_an_expert_added_later_is_approved_too(approved):
    panel = approved.form_panel("review", approve=True)
    newcomer = approved.expert("示例大学")
    with pytest.raises(Refused, match="理由"):
        panels.add_seat(panel, expert=newcomer, reason="", actor=approved.office, at=approved.now())
    seat = panels.add_seat(panel, expert=newcomer, reason="专业互补", actor=approved.office, at=approved.now())
    with pytest.raises(Refused, match="尚未经审核同意"):
        panels.accept_seat(seat, actor=newcomer.member, at=approved.now())
    panels.approve_panel(panel, minutes=approved.minutes(), actor=approved.leader, at=approved.now())
    assert panels.accept_seat(seat, actor=newcomer.member, at=approved.now()).state == Seat.ACCEPTED


def test_an_added_expert_sits_at_once_where_nobody_approves(play, panel):
    newcomer = play.expert("示例纺织厂")
    seat = panels.add_seat(panel, expert=newcomer, reason="专业互补", actor=play.office, at=play.now())
    panels.accept_seat(seat, actor=newcomer.member, at=play.now())
    assert AuditEntry.objects.latest("seq").after["recused"] == [play.b.pk]


# --- answering --------------------------------------------------------------------------------------------------------


def test_only_the_invited_expert_answers(play):
    panel = play.form_panel("review")
    seat = play.seat(panel, play.experts[0])
    with pytest.raises(Refused, match="只有受邀专家本人"):
        panels.accept_seat(seat, actor=play.experts[1].member, at=play.now())


def test_an_expert_may_decline_and_is_asked_no_more(play):
    panel = play.form_panel("review")
    seat = play.seat(panel, play.experts[0])
    panels.decline_seat(seat, actor=seat.expert.member, at=play.now(), reason="出差")
    with pytest.raises(Refused, match="已谢绝"):
        panels.accept_seat(seat, actor=seat.expert.member, at=play.now())
    with pytest.raises(Refused, match="不需退出"):
        panels.remove_seat(seat, reason="改", actor=play.office, at=play.now())


def test_a_seat_gives_the_permission_to_sit_and_takes_it_back(play, panel):
    seat = play.seat(panel, play.experts[0])
    assert fresh(seat.expert.member).may("sit", panel)
    with pytest.raises(Refused, match="理由"):
        panels.remove_seat(seat, reason=" ", actor=play.office, at=play.now())
    panels.remove_seat(seat, reason="生病", actor=play.office, at=play.now())
    assert not fresh(seat.expert.member).may("sit", panel)
    assert not selectors.seats_of(seat.expert.member)


def test_scores_of_a_removed_expert_count_no_more(play, panel, seat):
    play.score(seat, play.a)
    panels.remove_seat(seat, reason="生病", actor=play.office, at=play.now())
    assert not selectors.latest_scores(panel)
    assert Score.objects.count() == 1
    with pytest.raises(Refused, match="只有本评审团队"):
        play.score(seat, play.b)


def test_an_invitation_lapses_with_the_scoring(play, panel):
    newcomer = play.expert("示例大学")
    seat = panels.add_seat(panel, expert=newcomer, reason="专业互补", actor=play.office, at=play.now())
    play.declare(panel)
    play.score_all(reload(panel), {play.a.pk: 80, play.b.pk: 70})
    panels.close_panel(panel, actor=play.office, at=play.now())
    with pytest.raises(Refused, match="评分已结束"):
        panels.accept_seat(seat, actor=newcomer.member, at=play.now())
    with pytest.raises(Refused, match="评分已结束"):
        panels.add_seat(panel, expert=play.expert("示例所"), reason="再增", actor=play.office, at=play.now())


# --- recusal ----------------------------------------------------------------------------------------------------------


def test_conflicts_are_found_when_the_stage_opens(play):
    a = play.apply(employer="示例机床厂")
    panel = play.form_panel("review", [play.expert("示例机床厂"), play.expert("示例学院")])
    play.accept(panel)
    assert not Recusal.objects.exists()

    play.open("review")

    recusal = Recusal.objects.get()
    assert (recusal.application, recusal.source, recusal.by.role) == (a, RecusalSource.FOUND, Role.SYSTEM)
    assert "工作单位相同" in recusal.reason
    assert AuditEntry.objects.filter(action="panel.recusals_found").exists()


def test_a_nominating_unit_is_a_conflict_of_its_people(play, union):
    from tests.factories import ApplicationFactory

    town = UnitFactory(union=union, kind="town", name="示例镇总工会")
    application = ApplicationFactory(campaign=play.campaign, unit=town, employer="示例机床厂")
    panel = play.form_panel("review", [play.expert("示例学院", unit=town), play.expert("示例所")])
    play.accept(panel)
    play.open("review")
    assert list(Recusal.objects.values_list("application", "seat__expert")) == [
        (application.pk, panel.seats.first().expert_id)
    ]


@pytest.mark.parametrize(
    ("expert_employer", "case_employer", "recused"),
    [("", "示例机床厂", 1), ("示例学院", "", 1), ("示例学院", "示例厂", 0)],
)
def test_an_unknown_employer_fails_closed(play, expert_employer, case_employer, recused):
    play.apply(employer=case_employer)
    panel = play.form_panel("review", [play.expert(expert_employer)])
    play.accept(panel)
    play.open("review")
    assert Recusal.objects.count() == recused


def test_an_expert_declares_and_never_meets_the_case(play, panel):
    seat = play.seat(panel, play.experts[0])
    found = panels.declare_conflicts(
        seat, applications=[play.a], reasons=["师徒关系"], actor=fresh(seat.expert.member), at=play.now()
    )
    assert [(row.application, row.source) for row in found] == [(play.a, RecusalSource.DECLARED)]
    with pytest.raises(Refused, match="应当回避"):
        play.score(seat, play.a)
    assert [(case.application, case.recused) for case in selectors.cases_for(seat)] == [
        (play.a, True),
        (play.b, False),
    ]


def test_a_conflict_declared_again_changes_nothing(play, seat):
    for _ in range(2):
        panels.declare_conflicts(
            seat, applications=[play.a], reasons=["师徒关系"], actor=fresh(seat.expert.member), at=play.now()
        )
    assert Recusal.objects.count() == 1


@pytest.mark.parametrize("reasons", [[], [" "], ["一", "二"]])
def test_every_declared_conflict_has_its_reason(play, seat, reasons):
    with pytest.raises(Refused, match="填写理由"):
        panels.declare_conflicts(
            seat, applications=[play.a], reasons=reasons, actor=fresh(seat.expert.member), at=play.now()
        )


def test_a_conflict_is_about_a_case_of_the_stage(play, seat):
    Application.objects.filter(pk=play.a.pk).update(state=State.WITHDRAWN)
    with pytest.raises(Refused, match="不在“专家评审”的人选中"):
        panels.declare_conflicts(
            seat, applications=[play.a], reasons=["师徒"], actor=fresh(seat.expert.member), at=play.now()
        )
    with pytest.raises(Refused, match="不在“专家评审”的人选中"):
        panels.recuse(seat, play.a, reason="师徒", actor=play.office, at=play.now())


def test_the_office_may_recuse_and_the_score_counts_no_more(play, panel, seat):
    play.score(seat, play.a)
    panels.recuse(seat, play.a, reason="亲属", actor=play.office, at=play.now())
    assert not selectors.latest_scores(panel)
    with pytest.raises(Refused, match="已经回避"):
        panels.recuse(seat, play.a, reason="亲属", actor=play.office, at=play.now())
    with pytest.raises(Refused, match="回避的理由"):
        panels.recuse(seat, play.b, reason="", actor=play.office, at=play.now())


def test_a_conflict_that_appears_later_is_found_when_scoring(play, panel, seat):
    Application.objects.filter(pk=play.a.pk).update(employer=seat.expert.employer)
    with pytest.raises(Refused, match="不能评分：专家与申报人工作单位相同"):
        play.score(seat, play.a)


# --- scoring ----------------------------------------------------------------------------------------------------------


def test_a_score_is_kept_exactly_and_sealed_in_the_log(play, panel, seat):
    score = play.score(seat, play.a, "88.50", Decimal(70))

    assert score.points == {"craft": "88.5", "spirit": "70"}
    entry = AuditEntry.objects.latest("seq")
    assert entry.action == "case.scored"
    assert entry.after == {
        "seat": seat.pk,
        "application": play.a.pk,
        "version": 0,
        "commitment": score.commitment,
    }
    assert panels.commitment_holds(score)


def test_a_changed_score_breaks_its_commitment(play, seat):
    score = play.score(seat, play.a)
    score.points = {"craft": "100", "spirit": "100"}
    assert not panels.commitment_holds(score)


def test_a_later_sheet_supersedes(play, panel, seat):
    play.score(seat, play.a, 60, 60)
    play.score(seat, play.a, 90, 90)
    assert [row.version for row in Score.objects.all()] == [0, 1]
    assert selectors.latest_scores(panel)[seat.pk, play.a.pk].points["craft"] == "90"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"craft": 80}, "请填写“精神”"),
        ({"craft": "", "spirit": 80}, "请填写“技艺”"),
        ({"craft": "八十", "spirit": 80}, "不是数字"),
        ({"craft": "NaN", "spirit": 80}, "0 到 100"),
        ({"craft": 101, "spirit": 80}, "0 到 100"),
        ({"craft": -1, "spirit": 80}, "0 到 100"),
        ({"craft": "80.005", "spirit": 80}, "最多 2 位小数"),
        ({"craft": 80, "spirit": 80, "luck": 1}, "与规则不符"),
    ],
)
def test_a_sheet_is_complete_and_within_the_marks(play, seat, given, words):
    with pytest.raises(Refused, match=words):
        panels.score_case(seat, play.a, points=given, actor=fresh(seat.expert.member), at=play.now())
    assert not Score.objects.exists()


def test_nought_and_the_full_mark_are_points(play, seat):
    assert play.score(seat, play.a, 0, 100).points == {"craft": "0", "spirit": "100"}


def test_conflicts_are_declared_before_the_first_score(play, panel):
    with pytest.raises(Refused, match="请先填写回避申报"):
        play.score(play.seat(panel, play.experts[0]), play.a)


def test_nobody_scores_in_anothers_seat(play, panel, seat):
    with pytest.raises(Refused, match="只有本评审团队"):
        panels.score_case(
            seat,
            play.a,
            points={"craft": 1, "spirit": 1},
            actor=fresh(play.experts[1].member),
            at=play.now(),
        )


def test_nobody_scores_before_the_stage_opens_or_without_accepting(play):
    panel = play.form_panel("review")
    a = play.apply()
    seat = play.seat(panel, play.experts[0])
    with pytest.raises(Refused, match="只有本评审团队"):
        play.score(seat, a)
    play.accept(panel)
    seat = play.seat(panel, play.experts[0])
    with pytest.raises(Refused, match="环节进行中"):
        play.score(seat, a)


def test_an_accepted_seat_is_what_counts_even_with_the_permission(play, panel, seat):
    seat.state = Seat.REMOVED
    assert "接受邀请后才能参加评审" in policies.can_sit(fresh(seat.expert.member), seat).reason


def test_a_panel_without_a_seat_taken_or_declared_is_missing_both(play):
    play.apply(name="孙秀兰")
    play.open("review")
    with pytest.raises(Refused, match="评审团队尚未组成；评分尚未结束"):
        play.close("review")
    panel = play.form_panel("review")
    with pytest.raises(Refused, match="还没有专家接受邀请；回避后评委不足 1 人，请增补专家：孙秀兰（0 人）"):
        panels.close_panel(panel, actor=play.office, at=play.now())
    play.accept(panel)
    with pytest.raises(Refused, match="尚未作回避申报"):
        panels.close_panel(panel, actor=play.office, at=play.now())


def test_scoring_ends_when_every_sheet_is_there(play, panel, seat):
    play.score(seat, play.a)
    with pytest.raises(Refused, match="尚未评分：孙秀兰"):
        panels.close_panel(panel, actor=play.office, at=play.now())


def test_a_panel_smaller_than_its_rule_does_not_end(union):
    play = Play(union, expert_review(panel={"size": 3}), final())
    panel = play.form_panel("review")
    play.accept(panel)
    panels.remove_seat(play.seat(panel, play.experts[0]), reason="生病", actor=play.office, at=play.now())
    play.open("review")
    play.declare(panel)
    with pytest.raises(Refused, match="应有 3 人，已接受邀请的 2 人"):
        panels.close_panel(panel, actor=play.office, at=play.now())


def test_long_lists_of_what_is_missing_are_cut(play):
    for _ in range(11):
        play.apply()
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    with pytest.raises(Refused, match="等 11 人"):
        panels.close_panel(panel, actor=play.office, at=play.now())


def test_recusals_leave_enough_experts_for_trimming(union):
    play = Play(union, expert_review(trimming="trim_one"), final())
    a = play.apply(name="孙秀兰")
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    panels.recuse(play.seat(panel, play.experts[0]), a, reason="亲属", actor=play.office, at=play.now())
    play.score_all(reload(panel), {a.pk: 80})
    with pytest.raises(Refused, match="评委不足 3 人，请增补专家：孙秀兰（2 人）"):
        panels.close_panel(panel, actor=play.office, at=play.now())


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.SUPERVISOR, Role.ADMIN, Role.APPLICANT])
def test_nobody_reads_a_score_before_scoring_ends(play, panel, seat, role):
    play.score(seat, play.a)
    reader = MemberFactory(union=play.union, role=role)
    with pytest.raises(Refused, match="封存"):
        selectors.scores_for(reload(panel), reader=reader, at=play.now())
    with pytest.raises(Refused, match="封存"):
        selectors.ranked_cases(play.stage("review"), reader=reader, at=play.now())
    assert not Score.objects.visible_to(reader)


def test_experts_read_their_own_scores_only(play, panel, seat):
    play.score(seat, play.a)
    other = play.seat(panel, play.experts[1])
    play.score(other, play.a)
    assert [row.seat for row in Score.objects.visible_to(seat.expert.member)] == [seat]
    own = {case.application: case.score for case in selectors.cases_for(seat)}
    assert own[play.a].seat == seat
    assert own[play.b] is None


def test_the_log_opens_when_scoring_ends(play, panel, seat):
    play.score_all(reload(panel), {play.a.pk: 80, play.b.pk: 70})

    closed = panels.close_panel(panel, actor=play.office, at=play.now())

    entry = AuditEntry.objects.latest("seq")
    nonces = dict(entry.after["nonces"])
    for score in Score.objects.all():
        committed = AuditEntry.objects.get(action="case.scored", object_id=str(score.pk)).after["commitment"]
        value = panels.committed(score.seat_id, score.application_id, score.version, score.points, score.comment)
        assert audit.commitment(value, nonces[score.pk]) == committed
    assert entry.after["ranking_sha256"] == Ranking.objects.get().sha256
    assert len(selectors.scores_for(closed, reader=play.office, at=play.now())) == 6
    assert Score.objects.visible_to(play.leader).count() == 6


@pytest.mark.parametrize("role", [Role.ADMIN, Role.APPLICANT, Role.EXPERT])
def test_scores_stay_with_those_who_decide_or_supervise(play, role):
    play.apply()
    panel = play.review("review", {a.pk: 80 for a in Application.objects.all()})
    with pytest.raises(Refused, match="领导小组和监督员"):
        selectors.scores_for(panel, reader=MemberFactory(union=play.union, role=role), at=play.now())


def test_nothing_changes_after_scoring_has_ended(play, panel, seat):
    play.score_all(reload(panel), {play.a.pk: 80, play.b.pk: 70})
    panels.close_panel(panel, actor=play.office, at=play.now())
    seat = play.seat(panel, play.experts[0])
    with pytest.raises(Refused, match="评分已经结束"):
        panels.close_panel(panel, actor=play.office, at=play.now())
    with pytest.raises(Refused, match="不能再更改"):
        play.score(seat, play.a)
    with pytest.raises(Refused, match="评分已结束"):
        panels.remove_seat(seat, reason="生病", actor=play.office, at=play.now())
    with pytest.raises(Refused, match="评分已结束"):
        panels.recuse(seat, play.a, reason="亲属", actor=play.office, at=play.now())


def test_nobody_but_the_office_ends_the_scoring(play, panel):
    with pytest.raises(Refused, match="办公室"):
        panels.close_panel(panel, actor=play.leader, at=play.now())


# --- visits -----------------------------------------------------------------------------------------------------------


@kept
def visiting(union):
    play = Play(union, expert_review(site_visit=True), final())
    play.a = play.apply(name="孙秀兰")
    play.panel = play.form_panel("review")
    play.accept(play.panel)
    play.open("review")
    play.declare(play.panel)
    return play


def test_where_experts_visit_nobody_is_scored_unseen(visiting):
    seat = visiting.seat(visiting.panel, visiting.experts[0])
    with pytest.raises(Refused, match="考察后才能评分"):
        visiting.score(seat, visiting.a)
    with pytest.raises(Refused, match="尚无现场考察记录：孙秀兰"):
        panels.close_panel(visiting.panel, actor=visiting.office, at=visiting.now())
    visiting.visit("review", visiting.a)
    assert visiting.score(seat, visiting.a)


def test_an_expert_of_the_panel_may_record_the_visit(visiting):
    expert = fresh(visiting.experts[0].member)
    assert visiting.visit("review", visiting.a, actor=expert).by == expert


def test_a_recused_expert_does_not_visit(visiting):
    seat = visiting.seat(visiting.panel, visiting.experts[0])
    panels.recuse(seat, visiting.a, reason="亲属", actor=visiting.office, at=visiting.now())
    with pytest.raises(Refused, match="不能参加考察"):
        visiting.visit("review", visiting.a, actor=fresh(seat.expert.member))


def test_others_record_no_visit(visiting):
    stranger = visiting.expert("示例大学").member
    with pytest.raises(Refused, match="可以记录现场考察"):
        visiting.visit("review", visiting.a, actor=stranger)


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"place": " "}, "请填写考察地点"),
        ({"finding": ""}, "请填写考察地点"),
        ({"team": [" "]}, "请填写考察地点"),
        ({"checklist": {"tidy": "是"}}, "没有规定考察要点"),
    ],
)
def test_a_record_of_a_visit_says_where_who_and_what(visiting, details, words):
    with pytest.raises(Refused, match=words):
        visiting.visit("review", visiting.a, **details)


def test_a_visit_lies_in_the_past(visiting):
    with pytest.raises(Refused, match="不能晚于今天"):
        visiting.visit("review", visiting.a, visited_on=visiting.clock.date() + timedelta(days=1))


def test_only_cases_of_the_stage_are_visited(visiting):
    Application.objects.filter(pk=visiting.a.pk).update(state=State.WITHDRAWN)
    with pytest.raises(Refused, match="不在“专家评审”的人选中"):
        visiting.visit("review", visiting.a)


def test_a_stage_without_visits_records_none(play, panel):
    with pytest.raises(Refused, match="不需要现场考察"):
        play.visit("review", play.a)


def test_a_visit_belongs_to_an_open_stage(union):
    play = Play(union, site_visit(), final())
    with pytest.raises(Refused, match="环节进行中"):
        play.visit("visit", play.apply())


def test_a_stage_without_a_panel_takes_visits_from_the_office_only(union):
    play = Play(union, site_visit(), final())
    application = play.apply()
    play.open("visit")
    with pytest.raises(Refused, match="可以记录现场考察"):
        play.visit("visit", application, actor=play.leader)


@kept
def inspected(union):
    play = Play(
        union,
        site_visit(team_min=2, team_max=3, checklist=[{"id": "tidy", "label": "现场整洁"}], photos=1),
        final(),
    )
    play.a = play.apply()
    play.open("visit")
    play.photo = store_file(union, b"invented", name="p.jpg", content_type="image/jpeg", at=play.now())
    return play


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"team": ["沈办公"]}, "至少 2 人、至多 3 人，现有 1 人"),
        ({"team": ["甲", "乙", "丙", "丁"]}, "现有 4 人"),
        ({"checklist": {}}, "请填写考察要点：现场整洁"),
        ({"checklist": {"noisy": "否"}}, "与规则不符"),
        ({"photos": []}, "至少 1 张，现有 0 张"),
    ],
)
def test_a_visit_stage_asks_for_what_its_rule_says(inspected, details, words):
    with pytest.raises(Refused, match=words):
        inspected.visit("visit", inspected.a, **{"checklist": {"tidy": "是"}, "photos": [inspected.photo], **details})


def test_a_visit_keeps_several_photos_and_needs_as_many_as_its_rule_says(union):
    play = Play(union, site_visit(photos=2), final())
    application = play.apply()
    play.open("visit")
    files = [
        store_file(union, b"invented %d" % n, name=f"{n}.jpg", content_type="image/jpeg", at=play.now())
        for n in range(3)
    ]
    with pytest.raises(Refused, match="至少 2 张，现有 1 张"):
        play.visit("visit", application, photos=files[:1])
    visit = play.visit("visit", application, photos=files)
    assert [photo.file for photo in visit.photos.all()] == files


def test_visits_in_batches_want_a_batch_first(union):
    play = Play(union, site_visit(batches=2), final())
    a, b = play.apply(name="孙秀兰"), play.apply()
    play.open("visit")
    with pytest.raises(Refused, match="请先安排孙秀兰的批次"):
        play.visit("visit", a)
    batches = visits.arrange_batches(play.stage("visit"), batches={a.pk: 2}, actor=play.office, at=play.now())
    assert batches == {a.pk: 2}
    assert play.visit("visit", a).batch == 2
    with pytest.raises(Refused, match="已经考察过，不能再改批次：孙秀兰"):
        visits.arrange_batches(play.stage("visit"), batches={a.pk: 1}, actor=play.office, at=play.now())
    visits.arrange_batches(play.stage("visit"), batches={a.pk: 2, b.pk: 1}, actor=play.office, at=play.now())
    visits.arrange_batches(play.stage("visit"), batches={b.pk: 2}, actor=play.office, at=play.now())
    entry = AuditEntry.objects.filter(action="visit.batches_arranged").latest("seq")
    assert (entry.before, entry.after) == ({"batches": [[b.pk, 1]]}, {"batches": [[b.pk, 2]]})


def test_batches_keep_to_the_rule_and_the_stage(union):
    play = Play(union, site_visit(batches=2), site_visit("again"), final())
    application = play.apply()
    play.open("visit")
    arrange = {"actor": play.office, "at": play.now()}
    for batches, words in (({application.pk: 3}, "在 1 到 2 之间"), ({0: 1}, "不在“人选考察”的名单中")):
        with pytest.raises(Refused, match=words):
            visits.arrange_batches(play.stage("visit"), batches=batches, **arrange)
    with pytest.raises(Refused, match="认定办公室"):
        visits.arrange_batches(play.stage("visit"), batches={}, actor=play.leader, at=play.now())
    visits.arrange_batches(play.stage("visit"), batches={application.pk: 1}, **arrange)
    play.visit("visit", application)
    play.decide("visit", application)
    play.close("visit")
    play.open("again")
    with pytest.raises(Refused, match="没有规定“人选考察”分批"):
        visits.arrange_batches(play.stage("again"), batches={}, actor=play.office, at=play.now())


def test_a_later_record_of_a_visit_supersedes(inspected):
    for tidy in ("否", "是"):
        inspected.visit("visit", inspected.a, checklist={"tidy": tidy}, photos=[inspected.photo])
    assert selectors.visited(inspected.stage("visit"))[inspected.a.pk].checklist == {"tidy": "是"}


def test_a_team_without_an_upper_bound_says_none(union):
    play = Play(union, site_visit(), final())
    application = play.apply()
    play.open("visit")
    with pytest.raises(Refused, match="至少 2 人，现有 1 人"):
        play.visit("visit", application, team=["沈办公"])
