import pytest

from applications.models import Application
from applications.states import State
from review import selectors
from review.models import Investigation, Outcome
from review.services import investigations, panels
from review.states import Case, Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.stagecraft import Play, committee, expert_review, final, qualification
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


def look_into(play, application, actor=None, allegation="专利系他人所有"):
    return investigations.open_investigation(
        application, allegation=allegation, actor=actor or play.office, at=play.now()
    )


def uphold(play, application, **more):
    case = look_into(play, application)
    details = {"upheld": True, "finding": "经核查属实", "public_note": "因提供虚假材料取消资格", **more}
    return investigations.decide_investigation(case, actor=play.office, at=play.now(), **details)


@kept
def play(union):
    """The panel's ranking has closed, two of four go on, the final approval waits."""
    play = Play(union, expert_review(passes={"max": 2, "setting": True}), final())
    play.people = [play.apply() for _ in range(4)]
    play.review("review", {x.pk: mark for x, mark in zip(play.people, (90, 80, 70, 60), strict=True)})
    play.close("review")
    return play


def test_an_upheld_case_disqualifies_wherever_the_application_stands(play):
    a = play.people[0]

    case = uphold(play, a)

    assert (case.state, case.decided_by) == (Case.UPHELD, play.office)
    outcome = Outcome.objects.get(application=a, stage__isnull=True)
    assert (outcome.verdict, outcome.reason) == (Verdict.DISQUALIFIED, "经核查属实")
    assert a not in selectors.entrants(play.stage("final"))
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.after) == ("investigation.decided", {"state": "upheld", "outcome": outcome.pk})


def test_a_dismissed_case_changes_nothing(play):
    a = play.people[0]
    case = uphold(play, a, upheld=False, public_note="不该公开")
    assert (case.state, case.public_note) == (Case.DISMISSED, "")
    assert a in selectors.entrants(play.stage("final"))
    assert not Outcome.objects.filter(stage__isnull=True)


def test_a_case_is_decided_once(play):
    case = uphold(play, play.people[0], upheld=False)
    with pytest.raises(Refused, match="已有结论"):
        investigations.decide_investigation(
            case, upheld=True, finding="属实", public_note="取消", actor=play.office, at=play.now()
        )


@pytest.mark.parametrize(
    ("more", "words"), [({"finding": " "}, "核查结论和依据"), ({"public_note": ""}, "对外公开的说明")]
)
def test_a_decision_says_what_was_found_and_what_the_public_reads(play, more, words):
    with pytest.raises(Refused, match=words):
        uphold(play, play.people[0], **more)


def test_there_is_one_open_case_and_none_after_the_end(play):
    a = play.people[0]
    case = look_into(play, a)
    with pytest.raises(Refused, match="正在核查"):
        look_into(play, a)
    investigations.decide_investigation(
        case, upheld=True, finding="属实", public_note="取消", actor=play.office, at=play.now()
    )
    with pytest.raises(Refused, match="已取消资格"):
        look_into(play, a)


def test_an_investigation_is_the_offices_about_what_was_handed_in_and_not_their_own(play):
    a = play.people[0]
    with pytest.raises(Refused, match="办公室"):
        look_into(play, a, actor=play.leader)
    with pytest.raises(Refused, match="反映的问题"):
        look_into(play, a, allegation=" ")
    draft = Application.objects.create(
        union=play.union,
        campaign=play.campaign,
        person=a.person,
        filled_by=play.office,
        channel="self",
        name="草稿",
        state=State.WITHDRAWN,
        created_at=play.now(),
        saved_at=play.now(),
    )
    with pytest.raises(Refused, match="尚未提交"):
        look_into(play, draft)
    Application.objects.filter(pk=a.pk).update(applicant=play.office)
    with pytest.raises(Refused, match="回避"):
        look_into(play, a)


# --- the place --------------------------------------------------------------------------------------------------------


def refill(play, case, application, reason="按排名递补", actor=None):
    return investigations.refill_place(
        case,
        application=application,
        minutes=play.minutes(),
        reason=reason,
        actor=actor or play.leader,
        at=play.now(),
    )


def test_the_next_in_line_takes_the_place_by_resolution(play):
    a, b, c, d = play.people
    case = uphold(play, a)
    assert [row.application for row in selectors.next_in_line(play.stage("review"))] == [c, d]

    resolution = refill(play, case, c)

    assert set(selectors.entrants(play.stage("final"))) == {b, c}
    moved_up = selectors.current_outcome(c, play.stage("review"))
    assert (moved_up.verdict, moved_up.rank, moved_up.resolution) == (Verdict.PASSED_WITH_REASON, 3, resolution)
    assert moved_up.supersedes.verdict == Verdict.NOT_SELECTED
    case = Investigation.objects.get(pk=case.pk)
    assert (case.resolution, case.refilled_by) == (resolution, c)


def test_the_place_may_be_left_empty_by_resolution(play):
    case = uphold(play, play.people[0])
    resolution = investigations.leave_empty(
        case, minutes=play.minutes(), reason="宁缺毋滥", actor=play.leader, at=play.now()
    )
    assert (resolution.subject, resolution.reason) == ("refill", "宁缺毋滥")
    with pytest.raises(Refused, match="已有决议"):
        refill(play, case, play.people[2])


def test_a_place_is_filled_with_a_reason_by_the_leading_group(play):
    case = uphold(play, play.people[0])
    with pytest.raises(Refused, match="请写明理由"):
        refill(play, case, play.people[2], reason=" ")
    with pytest.raises(Refused, match="领导小组成员"):
        refill(play, case, play.people[2], actor=MemberFactory(union=play.union, role=Role.OFFICE))


def test_only_an_upheld_case_leaves_a_place(play):
    case = uphold(play, play.people[0], upheld=False)
    with pytest.raises(Refused, match="没有空出名额"):
        refill(play, case, play.people[2])


def test_whoever_passed_already_or_was_rejected_takes_no_place(play):
    case = uphold(play, play.people[0])
    with pytest.raises(Refused, match="可以递补的人选"):
        refill(play, case, play.people[1])


def test_whoever_is_looked_into_takes_no_place(play):
    case = uphold(play, play.people[0])
    look_into(play, play.people[2])
    with pytest.raises(Refused, match="正在核查"):
        refill(play, case, play.people[2])


def test_a_leader_does_not_move_themself_up(play):
    case = uphold(play, play.people[0])
    Application.objects.filter(pk=play.people[2].pk).update(applicant=play.leader)
    with pytest.raises(Refused, match="回避"):
        refill(play, case, play.people[2])


def test_somebody_who_had_no_place_leaves_none(play):
    case = uphold(play, play.people[3])
    with pytest.raises(Refused, match="不需递补"):
        refill(play, case, play.people[2])


def test_a_place_is_not_filled_behind_a_stage_that_has_closed(play):
    a, b, c, _ = play.people
    play.open("final")
    play.resolve("final", [b], [a])
    play.close("final")
    case = uphold(play, a)
    with pytest.raises(Refused, match="不需递补"):
        refill(play, case, c)


def test_a_title_that_fell_away_is_filled_within_the_quota(union):
    play = Play(union, final(), quota={"places": 1})
    a, b, c = (play.apply() for _ in range(3))
    play.open("final")
    play.resolve("final", [a])
    play.close("final")
    case = uphold(play, a)
    refill(play, case, b)
    assert [row.application for row in selectors.passed(play.stage("final"))] == [b]
    second = uphold(play, b)
    refill(play, second, c)
    assert [row.application for row in selectors.passed(play.stage("final"))] == [c]


def test_nobody_is_moved_up_into_a_scoring_that_has_ended(union):
    play = Play(union, committee(), expert_review(passes={"max": 2, "setting": True}), final())
    a, b, c = (play.apply() for _ in range(3))
    play.open("committee")
    play.resolve("committee", [a, b], [c])
    play.close("committee")
    play.review("review", {a.pk: 90, b.pk: 80})
    case = uphold(play, a)
    with pytest.raises(Refused, match="评审已经结束"):
        refill(play, case, c)


def test_whoever_moves_up_into_a_running_scoring_is_scored_like_everybody(union):
    play = Play(union, committee(), expert_review(passes={"max": 2, "setting": True}), final())
    a, b, c = (play.apply() for _ in range(3))
    play.open("committee")
    play.resolve("committee", [a, b], [c])
    play.close("committee")
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    refill(play, uphold(play, a), c)
    panel.stage = play.stage("review")
    play.score_all(panel, {b.pk: 80, c.pk: 90})
    panels.close_panel(panel, actor=play.office, at=play.now())
    assert [row.case for row in selectors.settled_rows(play.stage("review"))] == [c.pk, b.pk]


def test_a_review_without_a_limit_leaves_nobody_in_line(union):
    play = Play(union, qualification(), final())
    a, b = play.apply(), play.apply()
    play.qualify("qualification", a, rejecting=[b])
    case = uphold(play, a)
    with pytest.raises(Refused, match="可以递补的人选"):
        refill(play, case, b)
