"""Every kind of place kept by the services: refused where the notice must be kept to, reasoned where it should."""

import threading

import pytest
from django.db import connection, connections

from campaigns.models import Campaign, Stage
from review import selectors
from review.models import Outcome
from review.services import investigations, outcomes, resolutions, stages
from review.services.resolutions import Choice
from review.states import Resolved, Verdict
from tests.kept import kept
from tests.review.placecraft import MANAGERS, WOMEN, category, composition, notice, programme, tier
from tests.review.stagecraft import Play, committee, expert_review, final, nomination, qualification
from unions import audit, tenancy
from unions.models import AuditEntry, Member
from unions.permits import Refused
from unions.states import Role

NOBODY_ASKED = {"sex": "男", "manager": False, "field": ["不分类"], "wanted": "服从安排"}


def apply(play, **given):
    return play.apply(**{**NOBODY_ASKED, **given})


def confirm(play, *people, key="final", reason="", correcting=False, **given):
    """Confirm people in the same category and tier; a pair (person, more) says its own."""
    choices = []
    for one in people:
        application, own = one if isinstance(one, tuple) else (one, {})
        choices.append(Choice(application, Resolved.CONFIRM, **{**given, **own}))
    return resolutions.pass_resolution(
        play.stage(key),
        choices=choices,
        minutes=play.minutes(),
        actor=play.leader,
        at=play.now(),
        reason=reason,
        correcting=correcting,
    )


def approved(play, key="final"):
    rows = Outcome.objects.standing().filter(stage=play.stage(key), verdict=Verdict.PASSED)
    return {row.application: (row.category, row.tier) for row in rows}


def opened(union, *parts, quota=None, stages_given=(), n=0, **given):
    fits = 3 if any("[programme]" in part for part in parts) else 10
    Member.objects.filter(union=union, role=Role.LEADER).update(active=False)  # another play's group has done its part
    play = Play(union, *stages_given, final(), quota={"places": fits, **(quota or {})}, more=notice(*parts))
    play.people = [apply(play, **given) for _ in range(n)]
    if not stages_given:
        play.open("final")
    return play


# --- programme ---------------------------------------------------------------------------------------------------------


def test_titles_are_counted_over_the_campaigns_of_a_programme(union):
    earlier = opened(union, programme(3), n=2)
    confirm(earlier, *earlier.people)
    earlier.close("final")
    now = opened(union, programme(3), n=2)

    with pytest.raises(Refused, match="其他各次已通过 2 名，本次 2 名，超出 1 名"):
        confirm(now, *now.people, reason="都很优秀")
    confirm(now, now.people[0])

    assert selectors.titled_elsewhere(earlier.campaign) == 1


def test_campaigns_of_another_programme_or_union_take_no_places(union, other_union):
    other = opened(union, programme(3, code="another"), n=2)
    confirm(other, *other.people)
    with tenancy.scope(other_union.pk):
        stranger = opened(other_union, programme(3), n=2)
        confirm(stranger, *stranger.people)
    now = opened(union, programme(3), n=3)
    assert selectors.titled_elsewhere(now.campaign) == 0
    confirm(now, *now.people)


def test_a_title_that_is_lost_gives_its_place_in_the_programme_back(union):
    now = opened(union, programme(3))
    Member.objects.filter(role=Role.LEADER).update(active=False)
    earlier = Play(union, final(), committee("afterwards"), quota={"places": 3}, more=notice(programme(3)))
    earlier.people = [apply(earlier) for _ in range(3)]
    earlier.open("final")
    confirm(earlier, *earlier.people)
    assert selectors.titled_elsewhere(now.campaign) == 3

    disqualify(earlier, earlier.people[0])
    assert selectors.titled_elsewhere(now.campaign) == 2
    earlier.close("final")
    earlier.open("afterwards")
    earlier.resolve("afterwards", [earlier.people[1]], [earlier.people[2]])

    assert selectors.titled_elsewhere(now.campaign) == 1


def test_a_campaign_given_up_before_it_decided_takes_no_places(union):
    earlier = opened(union, programme(3), n=2)
    confirm(earlier, *earlier.people)
    Campaign.objects.filter(pk=earlier.campaign.pk).update(state="cancelled")
    now = opened(union, programme(3))
    assert selectors.titled_elsewhere(now.campaign) == 0
    Stage.objects.filter(campaign=earlier.campaign).update(state="closed")
    assert selectors.titled_elsewhere(now.campaign) == 2


def disqualify(play, application):
    found = investigations.open_investigation(application, allegation="不实", actor=play.office, at=play.now())
    return investigations.decide_investigation(
        found, upheld=True, finding="查实", public_note="材料不实", actor=play.office, at=play.now()
    )


# --- categories --------------------------------------------------------------------------------------------------------

CATEGORIES = (category("made", places=1), category("served", places=2, strength="should"))


def test_a_must_of_a_category_is_never_exceeded(union):
    play = opened(union, *CATEGORIES, n=2, field=["制造类"])
    with pytest.raises(Refused, match="制造类：通过 2 名，超出 1 名，规定不超过 1 名（二（一））"):
        confirm(play, *play.people, reason="都很优秀")
    confirm(play, play.people[0])
    assert approved(play) == {play.people[0]: ("made", "")}
    with pytest.raises(Refused, match="制造类：通过 2 名"):
        confirm(play, play.people[1], reason="也很优秀")


def test_a_should_of_a_category_is_exceeded_with_a_reason_only(union):
    play = opened(union, *CATEGORIES, n=3, field=["服务类"])
    with pytest.raises(Refused, match=r"服务类：通过 3 名，超出 1 名.*须书面说明理由"):
        confirm(play, *play.people)
    assert confirm(play, *play.people, reason="服务业申报踊跃").reason == "服务业申报踊跃"
    play.close("final")


def test_who_applied_for_several_categories_gets_the_title_in_one(union):
    play = opened(union, *CATEGORIES, field=["制造类", "服务类"], n=2)
    a, b = play.people
    with pytest.raises(Refused, match=f"{a.name}申报了多个类别，请选定按哪一个类别通过"):
        confirm(play, a)

    resolution = confirm(play, (a, {"category": "made"}), (b, {"category": "served"}))

    assert approved(play) == {a: ("made", ""), b: ("served", "")}
    assert [item["category"] for item in resolution.decisions] == ["made", "served"]
    assert AuditEntry.objects.latest("seq").after["given"] == [[a.pk, "made", ""], [b.pk, "served", ""]]


def test_nobody_gets_the_title_in_a_category_they_did_not_apply_for(union):
    play = opened(union, *CATEGORIES, field=["制造类"], n=1)
    with pytest.raises(Refused, match="没有申报“服务类”"):
        confirm(play, *play.people, category="served")
    with pytest.raises(Refused, match="没有申报“nonsense”"):
        confirm(play, *play.people, category="nonsense")


def test_whoever_named_no_category_takes_a_place_of_the_whole_only(union):
    play = opened(union, *CATEGORIES, n=1)
    confirm(play, *play.people)
    assert approved(play) == {play.people[0]: ("", "")}


def test_a_floor_of_a_category_holds_when_the_stage_closes(union):
    play = opened(union, category("made", at_least=1), n=1)
    made = apply(play, field=["制造类"])
    confirm(play, play.people[0])
    with pytest.raises(Refused, match="制造类：通过 0 名，规定至少 1 名"):
        play.close("final", reason="没有合适的人选")
    confirm(play, made)
    assert play.close("final").state == "closed"


def test_the_resolution_that_ends_the_list_keeps_to_the_floors(union):
    play = opened(union, category("made", at_least=1), n=1)
    made = apply(play, field=["制造类"])
    with pytest.raises(Refused, match="制造类：通过 0 名，规定至少 1 名"):
        play.resolve("final", play.people, [made])
    play.resolve("final", [*play.people, made])


# --- tiers -------------------------------------------------------------------------------------------------------------

TIERS = (tier("chief", places=1), tier("ordinary"))


def test_everybody_confirmed_gets_a_tier(union):
    play = opened(union, *TIERS, n=2)
    a, b = play.people
    with pytest.raises(Refused, match=f"请为{a.name}选定等次"):
        confirm(play, a)
    with pytest.raises(Refused, match=f"请为{a.name}选定等次"):
        confirm(play, a, tier="third")

    resolution = confirm(play, (a, {"tier": "chief"}), (b, {"tier": "ordinary"}))

    assert approved(play) == {a: ("", "chief"), b: ("", "ordinary")}
    assert [item["tier"] for item in resolution.decisions] == ["chief", "ordinary"]


def test_the_places_of_a_tier_are_kept_and_a_correction_moves_them(union):
    play = opened(union, *TIERS, n=2)
    a, b = play.people
    with pytest.raises(Refused, match="首席工匠：通过 2 名，超出 1 名"):
        confirm(play, a, b, tier="chief", reason="都很优秀")
    confirm(play, (a, {"tier": "chief"}), (b, {"tier": "ordinary"}))

    changed = {"reason": "名次更正"}
    confirm(play, (a, {"tier": "ordinary", **changed}), (b, {"tier": "chief", **changed}), correcting=True)

    rows = Outcome.objects.standing().filter(stage=play.stage("final"))
    assert {row.application: row.tier for row in rows} == {a: "ordinary", b: "chief"}


def test_the_only_tier_applied_for_needs_no_word_and_another_needs_a_reason(union):
    play = opened(union, *TIERS, n=1, wanted="首席工匠")
    other = apply(play, wanted="首席工匠")
    confirm(play, play.people[0])
    with pytest.raises(Refused, match="没有申报“示例工匠”，按该等次通过须写明理由"):
        confirm(play, other, tier="ordinary")
    confirm(play, (other, {"tier": "ordinary", "reason": "技艺尚有距离"}))
    assert approved(play)[play.people[0]] == ("", "chief")


def test_a_tier_with_conditions_of_its_own_goes_to_nobody_who_was_not_held_to_them(union):
    own = 'id = "joined"\nlabel = "从业年限"\nhow = "computed"\nfact = "years_in_trade"\nop = "at_least"\nvalue = 30'
    rule = f'[[criteria]]\n{own}\nstrength = "must"\ntext = "从业30年"\nclause = "三"\nonly_for = ["chief"]'
    play = opened(union, *TIERS, rule, n=1, wanted="示例工匠")
    with pytest.raises(Refused, match="没有申报“首席工匠”，该等次另有条件"):
        confirm(play, play.people[0], tier="chief", reason="技艺超群")


def test_a_tier_for_the_first_so_many_goes_by_rank_or_with_a_reason(union):
    parts = (tier("chief", places=1, rule="top"), tier("ordinary"))
    play = opened(union, *parts, stages_given=[committee()], n=2)
    a, b = play.people
    play.open("committee")
    resolutions.pass_resolution(
        play.stage("committee"),
        choices=[Choice(a, Resolved.CONFIRM, rank=1), Choice(b, Resolved.CONFIRM, rank=2)],
        minutes=play.minutes(),
        actor=play.leader,
        at=play.now(),
    )
    play.close("committee")
    play.open("final")
    with pytest.raises(Refused, match=f"排名在前而等次较低：{a.name}（第 1 名）"):
        confirm(play, (a, {"tier": "ordinary"}), (b, {"tier": "chief"}))
    confirm(play, (a, {"tier": "ordinary"}), (b, {"tier": "chief", "reason": "带徒成绩突出"}))


# --- composition -------------------------------------------------------------------------------------------------------


def test_a_must_share_is_kept_when_the_list_is_whole(union):
    play = opened(union, composition("women", WOMEN, at_least_percent=50), n=2)
    woman = apply(play, sex="女")
    a, b = play.people
    confirm(play, a)
    with pytest.raises(Refused, match="女性：2 人中有 0 人，占 0%，规定不少于 50%"):
        play.resolve("final", [b], [woman], reason="均经讨论")
    play.resolve("final", [woman], [b])
    assert play.close("final").state == "closed"


def test_a_must_share_broken_by_a_withdrawal_stops_the_closing(union):
    play = opened(union, composition("women", WOMEN, at_least=1), n=1)
    woman = apply(play, sex="女")
    confirm(play, *play.people, woman)
    disqualify(play, woman)
    with pytest.raises(Refused, match="女性：1 人中有 0 人"):
        play.close("final", reason="名单已定")


def test_a_should_share_is_departed_from_with_a_reason_only(union):
    play = opened(union, composition("managers", MANAGERS, "should", at_most_percent=15), n=1, manager=True)
    with pytest.raises(Refused, match=r"管理人员：1 人中有 1 人，占 100%，规定不超过 15%（二（三））。须书面说明理由"):
        confirm(play, *play.people)
    confirm(play, *play.people, reason="一线人选不足")
    with pytest.raises(Refused, match="须书面说明理由"):
        play.close("final")
    play.close("final", reason="见决议")
    assert "管理人员" in AuditEntry.objects.latest("seq").after["departed"][0]


def test_what_nobody_stated_fails_a_must(union):
    play = opened(union, composition("managers", MANAGERS, at_most=0), n=1, manager="")
    with pytest.raises(Refused, match="另有 1 人没有填明，按计入处理"):
        confirm(play, *play.people, reason="应无管理人员")


def test_the_facts_are_those_handed_in_last(union):
    parts = (composition("women", WOMEN, at_least=1),)
    play = opened(union, *parts, stages_given=[qualification()], n=1, sex="男")
    application = play.people[0]
    play.open("qualification")
    deadline = play.now()
    back = outcomes.return_for_correction(
        play.stage("qualification"),
        application,
        reason="性别填错",
        items=["sex"],
        deadline=deadline.replace(year=deadline.year + 1),
        actor=play.office,
        at=play.now(),
    )
    from tests.review.pagecraft import resubmit

    resubmit(play, back.application, sex="女")
    play.judge(application)
    play.decide("qualification", application)
    play.close("qualification")
    play.open("final")
    confirm(play, application)


def test_a_composition_of_a_stage_is_judged_when_that_stage_closes(union):
    parts = (composition("women", WOMEN, at_least=1, among="qualification"),)
    play = opened(union, *parts, stages_given=[qualification()], n=1)
    play.open("qualification")
    play.judge(play.people[0])
    play.decide("qualification", play.people[0])
    assert "女性" in stages.obstacles_to_closing(play.stage("qualification"), at=play.now()).must[0]
    with pytest.raises(Refused, match="女性：1 人中有 0 人"):
        play.close("qualification", reason="没有女性申报")


def test_a_list_that_breaks_a_must_cannot_be_confirmed(union):
    parts = (composition("women", WOMEN, at_least=1, among="qualification"),)
    play = opened(union, *parts, stages_given=[qualification(confirmed_by="leading_group")], n=1)
    play.open("qualification")
    play.judge(play.people[0])
    play.decide("qualification", play.people[0])
    with pytest.raises(Refused, match="名单不合规定，不能确认：女性"):
        resolutions.confirm_list(play.stage("qualification"), minutes=play.minutes(), actor=play.leader, at=play.now())


# --- ratio -------------------------------------------------------------------------------------------------------------

RATIO = {"candidates": 3, "places": 2, "clause": "二"}


def test_the_ratio_of_the_quota_is_judged_when_the_candidates_are_made(union):
    play = opened(union, quota={"places": 2, "ratio": RATIO}, stages_given=[nomination()], n=2)
    play.open("nomination")
    assert "候选人 2 名，名额 2 名" in stages.obstacles_to_closing(play.stage("nomination"), at=play.now()).must[0]
    with pytest.raises(Refused, match="规定不低于 3∶2（至少 3 名候选人）"):
        play.close("nomination", reason="申报不足")
    apply(play)
    play.close("nomination")


def test_a_should_ratio_is_departed_from_with_a_reason_only(union):
    ratio = {"candidates": 3, "places": 2, "strength": "should", "setting": True}
    play = opened(union, quota={"places": 2}, stages_given=[committee(ratio=ratio)], n=2)
    play.open("committee")
    with pytest.raises(Refused, match=r"候选人 2 名，名额 2 名.*须书面说明理由"):
        play.resolve("committee", play.people)
    play.resolve("committee", play.people, reason="申报不足")
    with pytest.raises(Refused, match="须书面说明理由"):
        play.close("committee")
    play.close("committee", reason="申报不足")


# --- stages for some only --------------------------------------------------------------------------------------------------


@kept
def split(union):
    """Qualification, a review of those who make things, then the final approval of everybody."""
    review = expert_review(only_for=["made"], passes={"max": 1, "setting": True})
    play = Play(union, qualification(), review, final(), quota={"places": 10}, more=notice(category("made")))
    play.made = [apply(play, field=["制造类"]) for _ in range(2)]
    play.other = apply(play)
    play.qualify("qualification", *play.made, play.other)
    return play


def test_a_stage_for_some_only_takes_those_and_the_others_pass_by(split):
    a, b = split.made
    assert set(selectors.entrants(split.stage("review"))) == {a, b}
    assert selectors.passing_by(split.stage("review")) == {split.other.pk}
    split.review("review", {a.pk: 90, b.pk: 80})

    assert selectors.where_it_stands(split.other).label == "已通过资格审核"
    assert selectors.where_it_stands(a).label == "专家评审进行中"
    assert [item.label for item in selectors.timeline(split.other)][-1] == "接下来：审定"

    split.close("review")

    assert set(selectors.entrants(split.stage("final"))) == {a, split.other}
    assert set(selectors.passed(split.stage("review")).values_list("application", flat=True)) == {a.pk}
    assert {row.application for row in selectors.past(split.stage("review"))} == {a, split.other}
    assert selectors.where_it_stands(split.other).label == "已通过资格审核"
    split.open("final")
    assert selectors.where_it_stands(split.other).label == "审定进行中"
    assert selectors.ranks_into(split.stage("final")) == {a.pk: 1, b.pk: 2}
    confirm(split, split.other)
    split.resolve("final", [a])
    split.close("final")
    assert set(selectors.past(split.stage("final"))) == set(selectors.passed(split.stage("final")))


def test_people_of_all_categories_named_enter_and_who_applied_for_several_by_any(union):
    parts = (category("made"), category("served"))
    play = Play(union, committee(only_for=["made", "served"]), final(), quota={"places": 10}, more=notice(*parts))
    made, both, none = (apply(play, field=field) for field in (["制造类"], ["不分类", "服务类"], ["不分类"]))
    assert set(selectors.entrants(play.stage("committee"))) == {made, both}
    assert [row.application for row in selectors.past(play.stage("committee"))] == []
    play.open("committee")
    play.resolve("committee", [made], [both])
    play.close("committee")
    assert set(selectors.entrants(play.stage("final"))) == {made, none}


def test_ranks_of_two_stages_for_some_only_are_not_compared(union):
    parts = (category("made"), category("served"))
    first = committee("first", only_for=["made"], label="制造类审核")
    second = committee("second", only_for=["served"], label="服务类审核")
    play = Play(union, first, second, final(), quota={"places": 10}, more=notice(*parts))
    made = [apply(play, field=["制造类"]) for _ in range(2)]
    served = [apply(play, field=["服务类"]) for _ in range(2)]
    for key, people in (("first", made), ("second", served)):
        play.open(key)
        choices = [Choice(one, Resolved.CONFIRM, rank=n) for n, one in enumerate(people, 1)]
        resolutions.pass_resolution(
            play.stage(key), choices=choices, minutes=play.minutes(), actor=play.leader, at=play.now()
        )
        play.close(key)
    play.open("final")
    assert selectors.ranks_into(play.stage("final")) == {made[0].pk: 1, made[1].pk: 2, served[0].pk: 1, served[1].pk: 2}
    with pytest.raises(Refused, match=f"{made[0].name}（第 1 名）。"):
        confirm(play, made[1])
    confirm(play, *made)


def test_after_the_approval_a_stage_is_for_the_tier_that_was_given(union):
    after = committee("chiefs", only_for=["chief"])
    play = Play(union, final(), after, quota={"places": 10}, more=notice(*TIERS))
    a, b = apply(play), apply(play)
    play.open("final")
    confirm(play, (a, {"tier": "chief"}), (b, {"tier": "ordinary"}))
    play.close("final")
    assert list(selectors.entrants(play.stage("chiefs"))) == [a]
    assert {row.application for row in selectors.past(play.stage("chiefs"))} == {b}


def test_two_approvals_for_some_only_share_the_places_of_the_title(union):
    parts = (category("made"), category("served"))
    first, second = final("first", only_for=["made"]), final("second", only_for=["served"])
    play = Play(union, first, second, quota={"places": 2}, more=notice(*parts))
    made = apply(play, field=["制造类"])
    served = [apply(play, field=["服务类"]) for _ in range(2)]
    play.open("first")
    confirm(play, made, key="first")
    play.close("first")
    play.open("second")
    with pytest.raises(Refused, match="示例工匠名额：通过 3 名，超出 1 名"):
        confirm(play, *served, key="second")
    confirm(play, served[0], key="second")


# --- the place that somebody lost ------------------------------------------------------------------------------------------


def refill(play, lost, application, **more):
    case = disqualify(play, lost)
    return investigations.refill_place(
        case,
        application=application,
        minutes=play.minutes(),
        reason="依次递补",
        actor=play.leader,
        at=play.now(),
        **more,
    )


def test_a_lost_place_is_refilled_in_its_own_tier(union):
    play = opened(union, *TIERS, n=3)
    a, b, c = play.people
    confirm(play, (a, {"tier": "chief"}), (b, {"tier": "ordinary"}))
    play.resolve("final", [], [c])
    play.close("final")

    resolution = refill(play, a, c)

    assert Outcome.objects.standing().get(stage=play.stage("final"), application=c).tier == "chief"
    assert resolution.decisions[0]["tier"] == "chief"


def test_a_refill_takes_the_tier_the_group_says_and_no_more_than_its_places(union):
    play = opened(union, *TIERS, n=3)
    a, b, c = play.people
    confirm(play, (a, {"tier": "chief"}), (b, {"tier": "ordinary"}))
    play.resolve("final", [], [c])
    play.close("final")
    with pytest.raises(Refused, match="首席工匠：通过 2 名"):
        refill(play, b, c, tier="chief")


def test_a_refill_that_breaks_a_must_is_refused_and_one_that_mends_it_is_not(union):
    play = opened(union, composition("women", WOMEN, at_least=2), category("made", at_least=1))
    women = [apply(play, sex="女", field=["制造类"]) for _ in range(3)]
    man = apply(play)
    play.resolve("final", women[:2], [women[2], man])
    play.close("final")
    with pytest.raises(Refused, match="女性：2 人中有 1 人"):
        refill(play, women[0], man)
    case = disqualify(play, women[1])
    investigations.refill_place(
        case, application=women[2], minutes=play.minutes(), reason="递补", actor=play.leader, at=play.now()
    )
    row = Outcome.objects.standing().get(stage=play.stage("final"), application=women[2])
    assert (row.verdict, row.category) == (Verdict.PASSED_WITH_REASON, "made")


# --- concurrent clicks -----------------------------------------------------------------------------------------------------


def race(union, clicks):
    """Every click at the same moment in a thread and a connection of its own; returns what each was told."""
    start = threading.Barrier(len(clicks))
    answers: list[str] = []

    def run(click):
        try:
            with tenancy.scope(union.pk):
                start.wait(20)
                click()
            answers.append("passed")
        except Refused as refusal:
            answers.append(str(refusal))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(click,)) for click in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    connection.close()
    return answers


def clicks_of(play, *choices):
    leaders = Member.objects.filter(union=play.union, role=Role.LEADER, active=True).count()
    stage, minutes, at = play.stage("final"), play.minutes(leaders), play.now()

    def one(choice):
        return lambda: resolutions.pass_resolution(
            Stage.objects.get(pk=stage.pk), choices=[choice], minutes=minutes, actor=play.leader, at=at
        )

    return [one(choice) for choice in choices]


@pytest.mark.django_db(transaction=True)
def test_the_programme_holds_however_many_campaigns_click_at_once(union):
    """Two campaigns of one programme with three places confirm six people one by one at the same moment."""
    plays = [opened(union, programme(3), n=3) for _ in range(2)]
    Member.objects.filter(pk__in=[one.pk for one in plays[0].leaders]).update(active=True)
    clicks = [
        click for play in plays for click in clicks_of(play, *(Choice(one, Resolved.CONFIRM) for one in play.people))
    ]

    answers = race(union, clicks)

    with tenancy.scope(union.pk):
        assert answers.count("passed") == 3
        assert all("三年计划" in answer for answer in answers if answer != "passed")
        assert Outcome.objects.filter(verdict=Verdict.PASSED).count() == 3
        assert audit.verify(union).verified


@pytest.mark.django_db(transaction=True)
def test_the_places_of_a_tier_hold_however_many_click_at_once(union):
    play = opened(union, *TIERS, n=4)

    answers = race(union, clicks_of(play, *(Choice(one, Resolved.CONFIRM, tier="chief") for one in play.people)))

    with tenancy.scope(union.pk):
        assert answers.count("passed") == 1
        assert all("首席工匠：通过 2 名" in answer for answer in answers if answer != "passed")
        assert Outcome.objects.filter(tier="chief").count() == 1


# --- how many queries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_the_counts_of_a_stage_take_the_same_queries_however_many_people(union, django_assert_max_num_queries, count):
    play = opened(union, *CATEGORIES, *TIERS, programme(9), composition("women", WOMEN, at_least=1), n=count)
    with django_assert_max_num_queries(6):
        selectors.counts(play.stage("final"), [one.pk for one in play.people])
