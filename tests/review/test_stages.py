import pytest

from applications.states import State
from campaigns.models import Campaign, UnitQuota
from campaigns.states import CampaignState, StageState
from review import selectors
from review.kinds import Committee
from review.models import Outcome
from review.services import outcomes, resolutions, stages
from review.stages import register, stage_kinds
from review.states import Verdict
from tests.factories import IN_TIME, ApplicationFactory, MemberFactory, UnitFactory
from tests.kept import kept
from tests.review.stagecraft import (
    MINUTE,
    Play,
    committee,
    final,
    nomination,
    qualification,
)
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    return Play(union, qualification(), committee(), final())


def test_the_first_stage_opens_and_counts_its_entrants(play):
    play.apply()

    stage = play.open("qualification")

    assert (stage.state, stage.opened_at) == (StageState.OPEN, play.clock)
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.after) == ("stage.opened", {"state": "open", "entrants": 1})


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN])
def test_only_the_office_opens_and_closes_stages(play, role):
    stranger = MemberFactory(union=play.union, role=role)
    with pytest.raises(Refused, match="办公室"):
        stages.open_stage(play.stage("qualification"), actor=stranger, at=play.now())
    with pytest.raises(Refused, match="办公室"):
        stages.close_stage(play.stage("qualification"), actor=stranger, at=play.now())


def test_a_stage_waits_for_every_stage_before_it(play):
    with pytest.raises(Refused, match="“资格审核”尚未结束"):
        play.open("committee")


def test_a_stage_waits_even_for_one_that_sends_it_nobody(union):
    play = Play(union, qualification(), committee(), final(after="qualification"))
    play.qualify("qualification", play.apply())
    with pytest.raises(Refused, match="“领导小组审核”尚未结束"):
        play.open("final")


def test_a_stage_opens_once(play):
    play.open("qualification")
    with pytest.raises(Refused, match="不能再次开始"):
        play.open("qualification")


def test_a_closed_stage_does_not_close_again(play):
    play.open("qualification")
    play.close("qualification")
    with pytest.raises(Refused, match="已结束"):
        play.close("qualification")


def test_nothing_begins_before_applications_open(play):
    stage = play.stage("qualification")
    with pytest.raises(Refused, match="申报尚未开始"):
        stages.open_stage(stage, actor=play.office, at=stage.campaign.opens_at - MINUTE)


def test_a_campaign_that_has_ended_moves_no_more(play):
    Campaign.objects.filter(pk=play.campaign.pk).update(state=CampaignState.FINISHED)
    with pytest.raises(Refused, match="活动已结束"):
        play.open("qualification")
    with pytest.raises(Refused, match="活动已结束"):
        play.close("qualification")


def test_the_first_stage_cannot_close_while_people_may_still_apply(play):
    play.open("qualification")
    with pytest.raises(Refused, match="截止后才能结束"):
        stages.close_stage(play.stage("qualification"), actor=play.office, at=play.campaign.closes_at)


def test_the_first_stage_waits_for_units_and_for_corrections(play):
    town = UnitFactory(union=play.union, kind="town")
    ApplicationFactory(campaign=play.campaign, unit=town, state=State.AWAITING_UNIT)
    ApplicationFactory(campaign=play.campaign, state=State.RETURNED)
    play.open("qualification")

    with pytest.raises(Refused) as refusal:
        play.close("qualification")

    assert "1 份申报待推荐单位审核" in str(refusal.value)
    assert "1 份申报退回补正中" in str(refusal.value)
    assert "还没有结论" in str(refusal.value)


def test_closing_names_everybody_without_an_outcome_at_once(play):
    a, b = play.apply(name="孙秀兰"), play.apply(name="周志强")
    play.open("qualification")
    with pytest.raises(Refused, match="还没有结论：孙秀兰、周志强"):
        play.close("qualification")
    assert {a.pk, b.pk} == set(selectors.undecided(play.stage("qualification")).values_list("pk", flat=True))


def test_a_long_list_of_names_is_cut(play):
    for _ in range(11):
        play.apply()
    play.open("qualification")
    with pytest.raises(Refused, match="等 11 人"):
        play.close("qualification")


def test_a_closed_stage_records_what_everybody_got(play):
    a, b = play.apply(), play.apply()
    play.qualify("qualification", a, rejecting=[b])
    entry = AuditEntry.objects.latest("seq")
    assert entry.action == "stage.closed"
    assert entry.after["outcomes"] == [[a.pk, "passed", None], [b.pk, "rejected", None]]


def test_passers_of_the_named_stage_come_in_whatever_stands_between(union):
    play = Play(union, qualification(), committee(), final(after="qualification"))
    a, b = play.apply(), play.apply()
    play.qualify("qualification", a, b)
    play.open("committee")
    play.resolve("committee", [a], [b])
    play.close("committee")

    assert set(selectors.entrants(play.stage("final"))) == {a, b}


def test_stages_repeat(union):
    play = Play(union, qualification("first"), qualification("second"), final())
    a, b = play.apply(), play.apply()
    play.qualify("first", a, b)
    assert set(selectors.entrants(play.stage("second"))) == {a, b}
    play.open("second")
    play.decide("second", a)
    play.decide("second", b, Verdict.REJECTED, "复核不符")
    play.close("second")
    assert list(selectors.entrants(play.stage("final"))) == [a]


def test_a_stage_of_a_kind_nobody_registered_does_not_open(union, monkeypatch):
    play = Play(union, committee(), final())
    monkeypatch.delitem(stage_kinds, "committee")
    with pytest.raises(Refused, match="尚不支持的环节类型"):
        play.open("committee")


def test_registering_the_same_kind_again_is_no_mistake_but_another_one_is():
    register(Committee())

    class Impostor(Committee):
        pass

    with pytest.raises(ValueError, match="registered twice"):
        register(Impostor())


# --- how many pass ----------------------------------------------------------------------------------------------------


def test_a_must_bound_is_never_passed(union):
    play = Play(union, qualification(passes={"max": 1, "setting": True}), final())
    a, b = play.apply(), play.apply()
    play.open("qualification")
    for application in (a, b):
        play.judge(application)
        play.decide("qualification", application)
    with pytest.raises(Refused, match="规定至多 1 人"):
        play.close("qualification", reason="人选都好")
    assert play.stage("qualification").state == StageState.OPEN


def test_a_should_bound_is_passed_with_a_reason_only(union):
    play = Play(union, qualification(passes={"min": 2, "strength": "should", "setting": True}), final())
    a = play.apply()
    play.open("qualification")
    play.judge(a)
    play.decide("qualification", a)
    with pytest.raises(Refused, match=r"须书面说明理由.*规定至少 2 人"):
        play.close("qualification")

    play.close("qualification", reason="申报人数不足")

    entry = AuditEntry.objects.latest("seq")
    assert (entry.reason, entry.after["departed"]) == ("申报人数不足", ["通过 1 人，规定至少 2 人"])


def test_bounds_that_hold_say_nothing(union):
    play = Play(union, qualification(passes={"min": 1, "max": 2, "setting": True}), final())
    play.qualify("qualification", play.apply())
    assert play.stage("qualification").state == StageState.CLOSED


# --- confirmation -----------------------------------------------------------------------------------------------------


@kept
def confirmed(union):
    """A qualification review whose list the leading group confirms, with one person passed."""
    play = Play(union, qualification(confirmed_by="leading_group"), final())
    play.a = play.apply()
    play.open("qualification")
    play.judge(play.a)
    return play


def confirm(play, **more):
    return resolutions.confirm_list(
        play.stage("qualification"), minutes=play.minutes(**more), actor=play.leader, at=play.now()
    )


def test_a_list_that_must_be_confirmed_does_not_close_before(confirmed):
    confirmed.decide("qualification", confirmed.a)
    with pytest.raises(Refused, match="示例工匠认定领导小组确认"):
        confirmed.close("qualification")

    resolution = confirm(confirmed)
    confirmed.close("qualification")

    assert [item["application"] for item in resolution.decisions] == [confirmed.a.pk]


def test_a_list_changed_after_its_confirmation_is_confirmed_again(confirmed):
    outcome = confirmed.decide("qualification", confirmed.a)
    confirm(confirmed)
    outcomes.correct_outcome(
        outcome, verdict=Verdict.REJECTED, reason="材料有误", actor=confirmed.office, at=confirmed.now()
    )
    with pytest.raises(Refused, match="确认后有变化"):
        confirmed.close("qualification")


def test_an_unfinished_list_cannot_be_confirmed(confirmed):
    with pytest.raises(Refused, match="名单尚未形成：还没有结论"):
        confirm(confirmed)


def test_a_list_is_confirmed_while_its_stage_is_open(confirmed):
    confirmed.decide("qualification", confirmed.a)
    confirm(confirmed)
    confirmed.close("qualification")
    with pytest.raises(Refused, match="进行中才能确认"):
        confirm(confirmed)


def test_only_the_leading_group_confirms(confirmed):
    confirmed.decide("qualification", confirmed.a)
    with pytest.raises(Refused, match="领导小组成员"):
        resolutions.confirm_list(
            confirmed.stage("qualification"),
            minutes=confirmed.minutes(),
            actor=confirmed.office,
            at=confirmed.now(),
        )


def test_a_list_that_needs_no_confirmation_gets_none(play):
    play.open("qualification")
    with pytest.raises(Refused, match="不需另行确认"):
        confirm(play)


# --- nomination -------------------------------------------------------------------------------------------------------


def nominated(play, unit, n):
    return [ApplicationFactory(campaign=play.campaign, unit=unit, at=IN_TIME) for _ in range(n)]


def test_a_nomination_stage_passes_everybody_who_was_filed(union):
    play = Play(union, nomination(), final())
    a = play.apply()
    play.open("nomination")
    play.close("nomination")
    assert selectors.current_outcome(a, play.stage("nomination")).verdict == Verdict.PASSED


def test_a_nomination_stage_wants_its_evidence(union):
    play = Play(union, nomination(evidence=["proof"], first={"setting": True, "evidence": ["proof"]}), final())
    a = play.apply(name="孙秀兰")
    a.materials.filter(slot="proof").update(removed_at=IN_TIME)
    play.open("nomination")
    with pytest.raises(Refused, match="缺少“证明材料”：孙秀兰"):
        play.close("nomination")

    a.materials.filter(slot="proof").update(removed_at=None)
    assert play.close("nomination").state == StageState.CLOSED


@pytest.mark.parametrize(
    ("bounds", "words"), [({"at_most": 1}, "推荐 2 人，规定至多 1 人（三）"), ({"at_least": 3}, "规定至少 3 人（三）")]
)
def test_unit_quotas_are_checked_when_a_nomination_closes(union, bounds, words):
    play = Play(union, nomination(), final())
    town = UnitFactory(union=union, kind="town")
    nominated(play, town, 2)
    quota = UnitQuota.objects.create(
        union=union, campaign=play.campaign, unit=town, strength="must", clause="三", **bounds
    )
    play.open("nomination")
    with pytest.raises(Refused, match=words):
        play.close("nomination", reason="情况特殊")

    quota.strength = "should"
    quota.save()
    with pytest.raises(Refused, match="须书面说明理由"):
        play.close("nomination")
    play.close("nomination", reason="情况特殊")
    assert play.stage("nomination").state == StageState.CLOSED


def test_a_quota_of_the_offices_own_names_no_clause(union):
    play = Play(union, nomination(), final())
    town = UnitFactory(union=union, kind="town")
    UnitQuota.objects.create(union=union, campaign=play.campaign, unit=town, strength="must", at_least=1)
    play.open("nomination")
    with pytest.raises(Refused, match=r"规定至少 1 人$"):
        play.close("nomination")


def test_a_nomination_stage_may_leave_quotas_alone(union):
    play = Play(union, nomination(quotas=False), final())
    town = UnitFactory(union=union, kind="town")
    UnitQuota.objects.create(union=union, campaign=play.campaign, unit=town, strength="must", at_least=1)
    play.open("nomination")
    play.close("nomination")
    assert play.stage("nomination").state == StageState.CLOSED


def test_without_a_nomination_stage_unit_quotas_are_checked_when_the_first_stage_closes(union):
    play = Play(union, qualification(), final())
    town = UnitFactory(union=union, kind="town")
    (case,) = nominated(play, town, 1)
    UnitQuota.objects.create(union=union, campaign=play.campaign, unit=town, strength="should", clause="二", at_least=3)
    play.open("qualification")
    play.judge(case)
    play.decide("qualification", case)

    with pytest.raises(Refused, match="推荐 1 人，规定至少 3 人（二）"):
        play.close("qualification")
    play.close("qualification", reason="该镇街符合条件的人选不足")

    play.open("final")
    play.resolve("final", confirm=[case])
    assert play.close("final").state == StageState.CLOSED


# --- a kind from another app ------------------------------------------------------------------------------------------


def test_a_kind_that_leaves_somebody_without_an_outcome_cannot_close(union, monkeypatch):
    class Forgetful:
        kind = "committee"

        def on_open(self, stage, *, actor, at): ...

        def missing(self, stage, *, at):
            return []

        def on_close(self, stage, *, actor, at): ...

    monkeypatch.setitem(stage_kinds, "committee", Forgetful())
    play = Play(union, committee(), final())
    play.apply()
    play.open("committee")
    with pytest.raises(Refused, match="还有 1 人没有结论"):
        play.close("committee")
    assert not Outcome.objects.exists()
