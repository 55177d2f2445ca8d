import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, connections

from applications.models import Application
from applications.states import State
from campaigns.models import Stage
from review import selectors
from review.models import Outcome, Resolution
from review.services import investigations, resolutions
from review.services.resolutions import Choice
from review.states import Resolved, Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.stagecraft import Play, committee, expert_review, final
from unions import audit, tenancy
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    """The final approval of three people for two places is open."""
    play = Play(union, final())
    play.people = [play.apply() for _ in range(3)]
    play.open("final")
    return play


def verdicts(play, key="final"):
    rows = Outcome.objects.standing().filter(stage=play.stage(key))
    return {row.application: row.verdict for row in rows}


def test_a_resolution_gives_outcomes_at_once(play):
    a, b, c = play.people

    resolution = play.resolve("final", [a, b], [c])

    assert verdicts(play) == {a: Verdict.PASSED, b: Verdict.PASSED, c: Verdict.NOT_SELECTED}
    assert {row.resolution for row in Outcome.objects.all()} == {resolution}
    assert Outcome.objects.get(application=a).reason == "2026年3月23日会议决议通过"
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.after["confirmed"], entry.after["struck"]) == (
        "resolution.passed",
        [a.pk, b.pk],
        [c.pk],
    )


def test_whoever_no_resolution_names_is_not_selected(play):
    a, b, c = play.people
    play.resolve("final", [a])
    play.close("final")
    assert verdicts(play) == {a: Verdict.PASSED, b: Verdict.NOT_SELECTED, c: Verdict.NOT_SELECTED}


def test_a_final_approval_does_not_close_without_a_resolution(play):
    with pytest.raises(Refused, match="还没有审定决议"):
        play.close("final")


def test_a_final_approval_of_nobody_closes_by_itself(union):
    play = Play(union, final())
    play.open("final")
    assert play.close("final").state == "closed"


# --- the quota --------------------------------------------------------------------------------------------------------


def test_a_must_quota_is_never_exceeded(play):
    with pytest.raises(
        Refused, match="已通过 0 名，本次通过 3 名。示例工匠名额：通过 3 名，超出 1 名，规定不超过 2 名（二）"
    ):
        play.resolve("final", play.people, reason="都很优秀")
    assert not Outcome.objects.exists()


def test_the_quota_counts_over_resolutions(play):
    a, b, c = play.people
    play.resolve("final", [a, b])
    with pytest.raises(Refused, match="已通过 2 名，本次通过 1 名"):
        play.resolve("final", [c])
    assert selectors.quota_left(play.stage("final")).left == 0
    assert selectors.quota_left(play.stage("final")).tone == "full"


def test_a_withdrawn_title_frees_its_place(play):
    a, b, c = play.people
    play.resolve("final", [a, b])
    Application.objects.filter(pk=a.pk).update(state=State.WITHDRAWN)
    play.resolve("final", [c])
    assert selectors.quota_left(play.stage("final")).used == 2


def test_a_should_quota_is_exceeded_with_a_reason_only(union):
    play = Play(union, final(), quota={"strength": "should"})
    people = [play.apply() for _ in range(3)]
    play.open("final")
    with pytest.raises(Refused, match="须书面说明理由"):
        play.resolve("final", people)

    resolution = play.resolve("final", people, reason="新设行业类别")

    assert resolution.reason == "新设行业类别"
    assert selectors.quota_left(play.stage("final")).tone == "over"


@pytest.mark.parametrize(
    ("quota", "words"),
    [
        ({"rule": "exactly", "may_stay_unfilled": False}, "通过 1 名，规定名额 2 名须用足（二）"),
        ({"rule": "top", "may_stay_unfilled": False}, "通过 1 名，规定名额 2 名须用足（二）"),
    ],
)
def test_places_that_may_not_stay_empty_are_filled(union, quota, words):
    play = Play(union, final(), quota=quota)
    a, b = play.apply(), play.apply()
    play.open("final")
    play.resolve("final", [a])
    with pytest.raises(Refused, match=words):
        play.close("final", reason="宁缺毋滥")
    play.resolve("final", [b])
    assert play.close("final").state == "closed"


def test_the_top_ones_are_no_more_than_there_are(union):
    play = Play(union, final(), quota={"rule": "top", "may_stay_unfilled": False})
    a = play.apply()
    play.open("final")
    play.resolve("final", [a])
    assert play.close("final").state == "closed"


def test_places_that_should_be_filled_may_stay_empty_with_a_reason(union):
    play = Play(union, final(), quota={"rule": "exactly", "may_stay_unfilled": False, "strength": "should"})
    a = play.apply()
    play.open("final")
    with pytest.raises(Refused, match="须书面说明理由"):
        play.resolve("final", [a])
    play.resolve("final", [a], reason="其余人选尚不够格")
    with pytest.raises(Refused, match="须书面说明理由"):
        play.close("final")
    assert play.close("final", reason="宁缺毋滥").state == "closed"


def test_an_open_quota_says_what_is_left(play):
    left = selectors.quota_left(play.stage("final"))
    assert (left.limit, left.used, left.left, left.tone, left.clause) == (2, 0, 2, "ok", "二")


# --- choices ----------------------------------------------------------------------------------------------------------


def pass_choices(play, *choices, key="final", actor=None, minutes=None, correcting=False):
    return resolutions.pass_resolution(
        play.stage(key),
        choices=choices,
        minutes=minutes or play.minutes(),
        actor=actor or play.leader,
        at=play.now(),
        correcting=correcting,
    )


def test_a_strike_needs_its_reason(play):
    with pytest.raises(Refused, match="请写明不予通过"):
        pass_choices(play, Choice(play.people[0], Resolved.STRIKE))


def test_a_resolution_is_about_somebody_and_about_each_once(play):
    a = play.people[0]
    with pytest.raises(Refused, match="没有涉及任何人选"):
        pass_choices(play)
    with pytest.raises(Refused, match="出现了两次"):
        pass_choices(play, Choice(a, Resolved.CONFIRM), Choice(a, Resolved.STRIKE, "重复"))


def test_only_entrants_are_decided_on(play):
    Application.objects.filter(pk=play.people[0].pk).update(state=State.WITHDRAWN)
    with pytest.raises(Refused, match="不在“审定”的人选中"):
        play.resolve("final", play.people[:1])


def test_the_leading_group_alone_resolves(play):
    for actor in (play.office, MemberFactory(union=play.union, role=Role.SUPERVISOR)):
        with pytest.raises(Refused, match="领导小组成员"):
            pass_choices(play, Choice(play.people[0], Resolved.CONFIRM), actor=actor)


def test_a_leader_does_not_record_a_decision_on_themself(play):
    Application.objects.filter(pk=play.people[0].pk).update(applicant=play.leader)
    with pytest.raises(Refused, match="应当回避"):
        play.resolve("final", play.people[:1])


def test_somebody_under_investigation_is_not_confirmed(play):
    a = play.people[0]
    investigations.open_investigation(a, allegation="专利系他人所有", actor=play.office, at=play.now())
    with pytest.raises(Refused, match="正在核查"):
        play.resolve("final", [a])
    play.resolve("final", [], [a])
    with pytest.raises(Refused, match="正在核查，尚无结论"):
        play.close("final")


def test_a_decided_case_is_decided_again_only_as_a_correction(play):
    a, b, _ = play.people
    play.resolve("final", [a])
    with pytest.raises(Refused, match="已有决议"):
        play.resolve("final", [a])
    with pytest.raises(Refused, match="还没有决议，不能更正"):
        play.resolve("final", [b], correcting=True)
    with pytest.raises(Refused, match="请写明更正"):
        pass_choices(play, Choice(a, Resolved.CONFIRM), correcting=True)

    play.resolve("final", [], [a], why="查有违纪", correcting=True)

    assert verdicts(play) == {a: Verdict.NOT_SELECTED}
    assert Outcome.objects.filter(application=a).count() == 2


def test_resolutions_belong_to_stages_that_are_resolved_and_open(union):
    play = Play(union, expert_review(), final())
    a = play.apply()
    with pytest.raises(Refused, match="不由决议作出结论"):
        play.resolve("review", [a])
    with pytest.raises(Refused, match="进行中才能作出决议"):
        play.resolve("final", [a])


# --- the meeting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"present": 1, "in_favour": 1}, "未达到应到 3 人的三分之二以上"),
        ({"present": 4, "in_favour": 4}, "不能超过领导小组人数"),
        ({"in_favour": 1}, "同意 1 人，未达到出席 3 人的过半数"),
        ({"in_favour": 0}, "同意人数应在 1 到出席人数之间"),
        ({"in_favour": 4}, "同意人数应在 1 到出席人数之间"),
        ({"text": " "}, "请填写决议内容"),
    ],
)
def test_a_meeting_must_be_able_to_resolve(play, change, words):
    with pytest.raises(Refused, match=words):
        pass_choices(play, Choice(play.people[0], Resolved.CONFIRM), minutes=replace(play.minutes(), **change))
    assert not Resolution.objects.exists()


def test_a_meeting_lies_in_the_past(play):
    minutes = replace(play.minutes(), met_on=play.clock.date() + timedelta(days=1))
    with pytest.raises(Refused, match="不能晚于今天"):
        pass_choices(play, Choice(play.people[0], Resolved.CONFIRM), minutes=minutes)


def test_the_rule_of_the_meeting_counts(union):
    play = Play(union, final(meeting={"quorum": "more_than_half", "majority": "all", "setting": True}))
    a = play.apply()
    play.open("final")
    with pytest.raises(Refused, match="未达到出席 2 人的全部"):
        pass_choices(play, Choice(a, Resolved.CONFIRM), minutes=play.minutes(2, 1))
    assert pass_choices(play, Choice(a, Resolved.CONFIRM), minutes=play.minutes(2, 2)).members == 3


def test_another_bodys_quorum_is_not_counted_on_the_leading_group(union):
    play = Play(union, final(by="government"))
    a = play.apply()
    play.open("final")
    assert pass_choices(play, Choice(a, Resolved.CONFIRM), minutes=play.minutes(9, 9)).members == 0


# --- order and departures ---------------------------------------------------------------------------------------------


@kept
def ordered(union):
    """A committee of everybody, whose places are settled before the final approval."""
    play = Play(union, committee(), final())
    play.people = [play.apply() for _ in range(3)]
    play.open("committee")
    return play


def ranks(play, *pairs):
    return [Choice(application, Resolved.CONFIRM, rank=rank) for application, rank in pairs]


def test_a_committee_orders_the_list_and_the_order_binds(ordered):
    a, b, c = ordered.people
    pass_choices(ordered, *ranks(ordered, (a, 3), (b, 1), (c, 2)), key="committee")
    ordered.close("committee")
    ordered.open("final")

    with pytest.raises(Refused, match=f"{b.name}（第 1 名）、{c.name}（第 2 名）"):
        ordered.resolve("final", [a])

    ordered.resolve("final", [b])
    ordered.resolve("final", [a], why="另有突出贡献")
    ordered.close("final")
    rows = Outcome.objects.filter(stage=ordered.stage("final"))
    assert {row.application: row.rank for row in rows} == {a: 3, b: 1, c: 2}


def test_striking_the_better_one_with_a_reason_is_no_silent_departure(ordered):
    a, b, c = ordered.people
    pass_choices(ordered, *ranks(ordered, (a, 3), (b, 1), (c, 2)), key="committee")
    ordered.close("committee")
    ordered.open("final")
    ordered.resolve("final", [c], [b])
    assert verdicts(ordered)[b] == Verdict.NOT_SELECTED


@pytest.mark.parametrize("places", [(1, 1, 2), (1, 2, None), (0, 1, 2)])
def test_an_order_gives_everybody_a_place_of_their_own(ordered, places):
    with pytest.raises(Refused, match="都要有名次"):
        pass_choices(ordered, *ranks(ordered, *zip(ordered.people, places, strict=True)), key="committee")


def test_a_later_order_does_not_use_a_place_again(ordered):
    a, b, _ = ordered.people
    pass_choices(ordered, *ranks(ordered, (a, 1)), key="committee")
    with pytest.raises(Refused, match="不得重复"):
        pass_choices(ordered, *ranks(ordered, (b, 1)), key="committee")


def test_the_final_approval_orders_nobody(play):
    with pytest.raises(Refused, match="没有授权在本环节排定名次"):
        pass_choices(play, *ranks(play, (play.people[0], 1)))


def test_a_committee_that_may_not_strike_strikes_nobody(union):
    play = Play(union, committee(may=["confirm"]), final())
    a = play.apply()
    play.open("committee")
    with pytest.raises(Refused, match="没有授权在本环节去除"):
        play.resolve("committee", [], [a])


def test_the_ranking_of_the_panel_binds_through_the_stages_between(union):
    play = Play(union, expert_review(passes={"max": 3, "setting": True}), committee(), final())
    people = [play.apply() for _ in range(3)]
    play.review("review", {x.pk: mark for x, mark in zip(people, (90, 80, 70), strict=True)})
    play.close("review")
    play.open("committee")
    play.resolve("committee", people)
    play.close("committee")
    play.open("final")
    assert selectors.ranks_into(play.stage("final")) == {x.pk: n for n, x in enumerate(people, 1)}
    with pytest.raises(Refused, match="排名在前的人选没有列入决议"):
        play.resolve("final", people[1:])


# --- concurrent clicks ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_quota_holds_however_many_click_at_once(union):
    """Six leaders confirm six different people for two places at the same moment."""
    play = Play(union, final())
    leaders = [MemberFactory(union=union, role=Role.LEADER) for _ in range(3)] + play.leaders
    people = [play.apply() for _ in leaders]
    play.open("final")
    stage, at, minutes = play.stage("final"), play.now(), play.minutes(6)
    start = threading.Barrier(len(leaders))
    answers: list[str] = []

    def click(leader, application):
        try:
            with tenancy.scope(union.pk):
                start.wait(20)
                resolutions.pass_resolution(
                    Stage.objects.get(pk=stage.pk),
                    choices=[Choice(application, Resolved.CONFIRM)],
                    minutes=minutes,
                    actor=leader,
                    at=at,
                )
            answers.append("passed")
        except Refused as refusal:
            answers.append(str(refusal))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click, args=pair) for pair in zip(leaders, people, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    connection.close()
    with tenancy.scope(union.pk):
        assert answers.count("passed") == 2
        assert all("超出 1 名" in answer for answer in answers if answer != "passed")
        assert Outcome.objects.filter(verdict=Verdict.PASSED).count() == 2
        assert Resolution.objects.count() == 2
        assert audit.verify(union).verified
