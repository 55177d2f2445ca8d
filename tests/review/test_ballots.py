"""A panel votes: who may, how often, what is counted, what happens to ties, and what nobody can find out."""

import threading

import pytest
from django.db import DatabaseError, connection, models, transaction

from applications.services import withdraw_application
from review import policies, selectors, tally
from review.models import Ballot, BallotRound, Outcome, Ranking, RollEntry, SignedBallot
from review.services import ballots, panels, rankings, resolutions
from review.states import Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.stagecraft import Play, ballot_review, expert_review, final, fresh
from unions import audit, tenancy, vault
from unions.models import AuditEntry, PersonalKey
from unions.permits import Refused
from unions.states import Role

HALF = {"min": 1, "max": 2, "majority": "more_than_half"}


def voting(union, *, people=3, experts=3, ballot=None, **more):
    """An open vote of three experts over people named 甲, 乙, 丙 …"""
    play = Play(union, ballot_review(ballot=ballot or HALF, **more), final())
    play.people = [play.apply(name=name) for name in "甲乙丙丁戊己"[:people]]
    play.experts = [play.expert(f"示例{n}研究所") for n in "一二三四五"[:experts]]
    play.seated("review")
    return play


@kept
def play(union):
    return voting(union, passes={"min": 1, "max": 2, "setting": True})


def open_round(play):
    return ballots.open_round(play.panel_of("review"), actor=play.office, at=play.now())


def close_round(play):
    return ballots.close_round(play.panel_of("review"), actor=play.office, at=play.now())


@kept
def opened(play):
    """The first round, in which nobody has voted yet."""
    return open_round(play)


@kept
def voted(play):
    """A whole round, with ballots of one name and of two."""
    return play.round("review", play.people[:1], play.people[1:2], play.people[:2])


@kept
def four(union):
    """A vote of four experts: one may be recused, and it is still a secret one."""
    return voting(union, experts=4)


# --- casting ----------------------------------------------------------------------------------------------------------


def test_before_a_round_is_opened_nobody_votes(play):
    with pytest.raises(Refused, match="投票还没有开始"):
        play.vote(play.seats("review")[0], play.people[0])


def test_a_ballot_is_cast_once(play, opened):
    seat = play.seats("review")[0]
    entry = play.vote(seat, play.people[0])
    assert (entry.seat, entry.round.number) == (seat, 1)
    with pytest.raises(Refused, match="第 1 轮您已投票，选票投出后不能更改"):
        play.vote(seat, play.people[1])
    assert RollEntry.objects.count() == 1


@pytest.mark.parametrize(("names", "words"), [(0, "每票应选 1–2 人，现选了 0 人"), (3, "每票应选 1–2 人，现选了 3 人")])
def test_a_ballot_carries_as_many_names_as_the_rule_says(play, opened, names, words):
    with pytest.raises(Refused, match=words):
        play.vote(play.seats("review")[0], *play.people[:names])


def test_a_ballot_with_a_name_twice_or_from_elsewhere_is_refused(play, opened):
    seat = play.seats("review")[0]
    stranger = Play(play.union, ballot_review(), final()).apply()
    for choices in ([play.people[0]] * 2, [stranger]):
        with pytest.raises(Refused, match="不在您可投名单中"):
            play.vote(seat, *choices)


def test_only_the_expert_of_the_seat_votes(play, opened):
    one, other = play.seats("review")[:2]
    with pytest.raises(Refused, match="只有本评审团队的专家"):
        ballots.cast_ballot(one, choices=play.people[:1], actor=fresh(other.expert.member), at=play.now())


def test_where_a_rule_names_one_number_the_page_says_one(union):
    play = voting(union, ballot={"min": 2, "max": 2})
    may = ballots.choices_for(play.seats("review")[0], open_round(play))
    assert may.bounds == "2"


# --- recusal ----------------------------------------------------------------------------------------------------------


def test_a_recused_expert_cannot_choose_and_does_not_see_the_case(four):
    seat = four.seats("review")[0]
    panels.recuse(seat, four.people[0], reason="亲属", actor=four.office, at=four.now())
    opened = open_round(four)
    assert [case.name for case in ballots.choices_for(seat, opened).cases] == ["乙", "丙"]
    with pytest.raises(Refused, match="不在您可投名单中"):
        four.vote(seat, four.people[0])


def test_the_base_of_a_case_is_the_ballots_of_those_who_could_name_it(union):
    play = voting(union, experts=4, passes={"max": 2, "setting": True})
    a, b, c = play.people
    panels.recuse(play.seats("review")[0], a, reason="亲属", actor=play.office, at=play.now())
    play.round("review", [b], [a, b], [a], [c])
    entry = AuditEntry.objects.get(action="round.closed")
    assert entry.after["counts"] == [[a.pk, 2, 3], [b.pk, 2, 4], [c.pk, 1, 4]]
    play.end("review")
    play.close("review")
    rows = {row.application: (row.verdict, row.rank, row.reason) for row in Outcome.objects.all()}
    assert rows[a] == (Verdict.PASSED, 1, "评审排名第 1（2 / 3 票），进入前 1 名")
    assert rows[b] == (Verdict.NOT_SELECTED, 2, "2 / 4 票，未达到规定的得票")
    assert rankings.recomputed(play.stage("review"))


def test_a_conflict_that_becomes_known_at_the_vote_is_recused_first(four):
    panels.recuse(four.seats("review")[1], four.people[1], reason="师徒", actor=four.office, at=four.now())
    open_round(four)
    expert = four.experts[0]
    panels.enrol_expert(expert.member, field="焊接", employer="示例机床厂", actor=four.office, at=four.now())
    seat = four.seats("review")[0]
    with pytest.raises(Refused, match="不在您可投名单中"):
        four.vote(seat, four.people[0])
    assert ballots.choices_for(seat, selectors.open_round(seat.panel)).cases == []


def test_after_voting_nobody_is_recused_unless_the_round_is_thrown_away(four):
    first = open_round(four)
    seat = four.seats("review")[0]
    four.vote(seat, four.people[0])
    with pytest.raises(Refused, match="已经投票，选票不能收回；确需回避的，请先作废本轮"):
        panels.recuse(seat, four.people[0], reason="亲属", actor=four.office, at=four.now())
    with pytest.raises(Refused, match="请先作废本轮"):
        panels.declare_conflicts(
            seat,
            applications=four.people[:1],
            reasons=["亲属"],
            actor=fresh(seat.expert.member),
            at=four.now(),
        )
    with pytest.raises(Refused, match="请填写本轮作废的理由"):
        ballots.void_round(four.panel_of("review"), reason=" ", actor=four.office, at=four.now())
    ballots.void_round(four.panel_of("review"), reason="发现应当回避", actor=four.office, at=four.now())
    first.refresh_from_db()
    assert (first.voided, first.urn, first.key) == ("发现应当回避", "", None)
    assert not Ballot.objects.exists()
    panels.recuse(seat, four.people[0], reason="亲属", actor=four.office, at=four.now())
    # a round that was thrown away is none of those the rule allows
    a, b, _ = four.people
    four.round("review", [b], [a], [a], [a])
    four.end("review")
    assert [row["shown"] for row in Ranking.objects.get().rows][:2] == ["3 / 3 票", "1 / 4 票"]


def test_who_may_name_nobody_need_not_vote(union):
    play = voting(union, people=1, experts=4)
    seat = play.seats("review")[0]
    panels.recuse(seat, play.people[0], reason="亲属", actor=play.office, at=play.now())
    open_round(play)
    for other in play.seats("review")[1:]:
        play.vote(other, play.people[0])
    close_round(play)
    assert not panels.panel_missing(play.stage("review"))


def seen_in_two_rounds(union, *, hidden: bool):
    """What the first expert sees of a vote of two rounds; with a hidden case it is elected in the first."""
    play = voting(
        union,
        people=4 if hidden else 3,
        experts=4,
        ballot={**HALF, "max": 3, "rounds": 2},
        passes={"min": 3, "max": 3, "setting": True},
    )
    a, b, _, *others = play.people
    seat = play.seats("review")[0]
    for case in others:
        panels.recuse(seat, case, reason="亲属", actor=play.office, at=play.now())
    first = ballots.choices_for(seat, open_round(play))
    for voter, names in zip(play.seats("review"), [[a], [a, *others], [a, *others], [b, *others]], strict=True):
        play.vote(voter, *names)
    close_round(play)
    return play, [first, ballots.choices_for(seat, open_round(play))]


def test_hiding_a_case_changes_nothing_that_an_expert_sees(union):
    play, with_hidden = seen_in_two_rounds(union, hidden=True)
    counted = selectors.votes_of(selectors.counted_rounds(play.panel_of("review")), [case.pk for case in play.people])
    assert play.people[3].pk in tally.follow(counted, selectors.terms_of(play.stage("review"))).chosen
    _, without = seen_in_two_rounds(union, hidden=False)
    assert [(may.bounds, [case.name for case in may.cases]) for may in with_hidden] == [
        (may.bounds, [case.name for case in may.cases]) for may in without
    ]


# --- secrecy ----------------------------------------------------------------------------------------------------------


def test_while_a_round_is_open_there_is_no_ballot_and_no_tally(play, opened):
    seat = play.seats("review")[0]
    play.vote(seat, play.people[0])
    assert not Ballot.objects.exists()
    opened.refresh_from_db()
    assert opened.urn.startswith("gAAAA")  # nothing but ciphertext
    for role in (Role.OFFICE, Role.LEADER, Role.SUPERVISOR, Role.ADMIN, Role.EXPERT):
        reader = MemberFactory(union=play.union, role=role)
        assert not policies.can_read_tally(reader, opened, at=play.now())
    assert ballots.unfinished(ballots.bench_of(play.stage("review"), play.panel_of("review")))[0].startswith("尚未投票")


def test_a_closed_round_is_read_by_those_who_decide_or_supervise(play, voted):
    closed = BallotRound.objects.get(panel=play.panel_of("review"))

    for role, may in ((Role.OFFICE, True), (Role.LEADER, True), (Role.SUPERVISOR, True), (Role.EXPERT, False)):
        reader = MemberFactory(union=play.union, role=role)
        assert bool(policies.can_read_tally(reader, closed, at=play.now())) is may


def test_no_column_of_a_ballot_names_a_voter_a_time_or_an_order(play, voted):
    fields = {field.name: field for field in Ballot._meta.concrete_fields}
    assert set(fields) == {"id", "union", "round", "choices", "void"}
    assert isinstance(fields["id"], models.UUIDField)
    assert not SignedBallot.objects.exists()
    related = {relation.name for relation in Ballot._meta.related_objects}
    assert related == {"signed"}


def test_ballots_lie_in_the_order_of_their_random_ids_and_were_written_together(play, voted):
    """Neither the physical order nor the writing transaction tells anything: all ballots came in one, after all votes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text FROM review_ballot ORDER BY ctid")
        ballot_rows = cursor.fetchall()
        cursor.execute("SELECT xmin::text FROM review_rollentry")
        roll = {row[0] for row in cursor.fetchall()}
    assert [row[0] for row in ballot_rows] == sorted(row[0] for row in ballot_rows)
    assert len({row[1] for row in ballot_rows}) == 1
    assert len(roll) >= 1


def test_no_entry_of_the_log_joins_a_voter_to_a_choice(play, voted):
    ids = {str(row.pk) for row in Ballot.objects.all()}
    for entry in AuditEntry.objects.filter(action="ballot.cast"):
        assert set(entry.after) == {"round", "seat", "recused"}
        assert entry.after["recused"] == []
        assert entry.object_type == "review.rollentry"
    for entry in AuditEntry.objects.all():
        assert not ids & set(str(entry.after).split("'"))
    closed = AuditEntry.objects.get(action="round.closed")
    assert closed.after["ballots"] == 3
    assert closed.after["nonces"] == []
    assert audit.verify(play.union).verified


def test_the_urn_never_tells_by_its_size_how_many_names_a_ballot_carries(play):
    sizes = []
    for choices in (play.people[:1], play.people[:2]):
        opened = open_round(play)
        play.vote(play.seats("review")[0], *choices)
        opened.refresh_from_db()
        sizes.append(len(opened.urn))
        ballots.void_round(play.panel_of("review"), reason="重来", actor=play.office, at=play.now())
    assert sizes[0] == sizes[1]


def test_the_key_of_the_urn_is_gone_with_the_round(play, opened):
    key = opened.key_id
    for seat in play.seats("review"):
        play.vote(seat, play.people[0])
    close_round(play)
    opened.refresh_from_db()
    assert (opened.urn, opened.key_id) == ("", None)
    assert not PersonalKey.objects.filter(pk=key).exists()


def test_ballots_and_roll_are_never_changed(play, voted):
    for rows in (Ballot.objects, RollEntry.objects):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all().delete()


def test_an_urn_that_does_not_agree_with_the_roll_is_not_counted(play, opened):
    for seat in play.seats("review"):
        play.vote(seat, play.people[0])
    opened.refresh_from_db()
    BallotRound.objects.filter(pk=opened.pk).update(urn=vault.seal(opened.key, "[]"))
    with pytest.raises(Refused, match="票箱中的选票数与投票名册不符"):
        close_round(play)
    assert not Ballot.objects.exists()


def test_a_secret_vote_of_two_is_none(union):
    play = voting(union, experts=2)
    with pytest.raises(Refused, match="回避后评委不足 3 人"):
        open_round(play)


def test_who_leaves_after_voting_keeps_the_ballot_but_a_vote_too_small_is_not_counted(union):
    play = voting(union, experts=3)
    open_round(play)
    gone, *others = play.seats("review")
    panels.remove_seat(gone, reason="出差", actor=play.office, at=play.now())
    for seat in others:
        play.vote(seat, play.people[0])
    with pytest.raises(Refused, match="只有 2 人投票，不足 3 人"):
        close_round(play)
    more = play.expert("示例六研究所")
    panels.add_seat(play.panel_of("review"), expert=more, reason="补缺", actor=play.office, at=play.now())
    seat = play.seat(play.panel_of("review"), more)
    panels.accept_seat(seat, actor=fresh(more.member), at=play.now())
    panels.declare_conflicts(
        play.seat(play.panel_of("review"), more), applications=[], reasons=[], actor=fresh(more.member), at=play.now()
    )
    with pytest.raises(Refused, match="尚未投票"):
        close_round(play)
    play.vote(play.seats("review")[-1], play.people[0])
    close_round(play)
    assert Ballot.objects.count() == 3


# --- votes by name ----------------------------------------------------------------------------------------------------


def test_a_vote_by_name_is_sealed_until_the_round_ends_and_opens_its_commitments(union):
    play = voting(union, experts=2, ballot={**HALF, "secret": False})
    opened = open_round(play)
    for seat in play.seats("review"):
        play.vote(seat, play.people[0])
    assert not SignedBallot.objects.exists()
    close_round(play)
    entries = {
        entry.after["seat"]: entry.after["commitment"] for entry in AuditEntry.objects.filter(action="ballot.cast")
    }
    nonces = dict(AuditEntry.objects.get(action="round.closed").after["nonces"])
    for signed in SignedBallot.objects.select_related("ballot"):
        value = ballots.signed_value(opened.pk, signed.seat_id, signed.ballot.choices)
        assert audit.commitment(value, nonces[signed.seat_id]) == entries[signed.seat_id] == signed.commitment
    assert SignedBallot.objects.count() == 2


# --- rounds and their end -------------------------------------------------------------------------------------------------


def test_a_round_needs_a_panel_that_is_ready_and_is_one_at_a_time(union):
    play = Play(union, ballot_review(ballot=HALF), expert_review("more"), final())
    play.apply()
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    with pytest.raises(Refused, match="投票还不能开始：尚未作回避申报"):
        open_round(play)
    play.declare(panel)
    assert panels.panel_missing(play.stage("review")) == ["还没有投票"]
    with pytest.raises(Refused, match="现在没有进行中的投票"):
        close_round(play)
    open_round(play)
    with pytest.raises(Refused, match="上一轮投票尚未结束"):
        open_round(play)
    with pytest.raises(Refused, match=r"投票还不能结束：.*第 1 轮投票尚未结束"):
        play.end("review")


def test_only_a_stage_that_votes_has_rounds(union):
    play = Play(union, expert_review(), final())
    play.apply()
    play.seated("review")
    with pytest.raises(Refused, match="不以投票方式评审"):
        open_round(play)
    with pytest.raises(Refused, match="评分尚未结束"):
        play.close("review")


def test_with_nobody_to_vote_on_there_is_no_round(union):
    play = voting(union, people=0)
    with pytest.raises(Refused, match="没有需要投票的人选"):
        open_round(play)
    play.end("review")
    play.close("review")


def test_a_tie_at_the_line_is_voted_again_as_far_as_the_rule_allows(union):
    play = voting(union, ballot={**HALF, "rounds": 2}, passes={"max": 2, "setting": True}, people=4)
    a, b, c, _ = play.people
    play.round("review", [a, b], [a, c], [b, c])
    # all three have two of three votes, for two places
    assert "已入选 0 人，须就其余 3 人再投一轮" in panels.panel_missing(play.stage("review"))
    second = open_round(play)
    assert second.candidates == sorted([a.pk, b.pk, c.pk])
    for seat, names in zip(play.seats("review"), [[a], [a, b], [a, b]], strict=True):
        play.vote(seat, *names)
    close_round(play)
    with pytest.raises(Refused, match="没有需要投票的人选"):
        open_round(play)
    play.end("review")
    play.close("review")
    assert set(selectors.entrants(play.stage("final"))) == {a, b}


def test_what_the_rounds_leave_tied_people_decide(union):
    play = voting(union, passes={"max": 2, "setting": True})
    a, b, c = play.people
    play.round("review", [a, b], [a, c], [b, c])
    with pytest.raises(Refused, match="规定最多投 1 轮，仍未产生的由人确定"):
        open_round(play)
    play.end("review")
    with pytest.raises(Refused, match="并列需裁定"):
        play.close("review")
    rankings.decide_tie(play.stage("review"), order=[c, a, b], reason="合议", actor=play.leader, at=play.now())
    play.close("review")
    assert set(selectors.entrants(play.stage("final"))) == {a, c}


def test_too_few_with_the_majority_are_filled_up_by_people_as_far_as_the_rule_wants(union):
    play = voting(union, passes={"min": 2, "max": 3, "setting": True})
    a, b, c = play.people
    play.round("review", [a], [a], [a, b])
    play.end("review")
    assert selectors.cut_of(play.stage("review")) == 1
    with pytest.raises(Refused, match="规定至少 2 人"):
        play.close("review")
    with pytest.raises(Refused, match="按评审办法可以进入的只有 1 人，规定至少 2 人，至多可确定到 2 人"):
        play.cut("review", 3)
    play.cut("review", 2)
    play.close("review")
    assert set(selectors.entrants(play.stage("final"))) == {a, b}
    assert Outcome.objects.get(application=c).reason == "0 / 3 票，未达到规定的得票"


def test_nobody_without_the_majority_goes_on_by_the_offices_number(union):
    play = voting(union)
    play.round("review", *[play.people[:1]] * 3)
    play.end("review")
    with pytest.raises(Refused, match=r"按评审办法可以进入的只有 1 人$"):
        play.cut("review", 2)
    assert selectors.proposed_passers(play.stage("review")) == {play.people[0].pk}


def test_a_vote_without_majority_and_number_wants_the_offices_number(union):
    play = voting(union, ballot={"max": 2})
    a, b, _ = play.people
    play.round("review", [a, b], [a], [a])
    play.end("review")
    assert selectors.cut_of(play.stage("review")) is None
    play.cut("review", 1)
    play.close("review")
    assert list(selectors.entrants(play.stage("final"))) == [a]


def test_who_leaves_after_a_round_is_no_longer_counted(union):
    play = voting(union, ballot={**HALF, "rounds": 2}, passes={"min": 2, "max": 2, "setting": True})
    a, b, c = play.people
    play.round("review", [a, b], [a, b], [a, b])
    assert not panels.panel_missing(play.stage("review"))
    withdraw_application(b, actor=fresh(b.filled_by), at=play.now())
    assert "已入选 1 人，须就其余 1 人再投一轮" in panels.panel_missing(play.stage("review"))
    play.round("review", [c], [c], [c])
    play.end("review")
    play.close("review")
    assert set(selectors.entrants(play.stage("final"))) == {a, c}
    withdraw_application(c, actor=fresh(c.filled_by), at=play.now())
    assert rankings.recomputed(play.stage("review"))


def test_who_comes_in_after_the_vote_is_voted_on_whatever_the_number_of_rounds(union):
    play = voting(union, passes={"max": 2, "setting": True})
    a = play.people[0]
    play.round("review", [a], [a], [a])
    late = play.apply(name="庚")
    with pytest.raises(Refused, match="投票开始后才进入本环节，须再投一轮：庚"):
        play.end("review")
    play.round("review", [late], [late], [late])
    play.end("review")
    play.close("review")
    assert set(selectors.entrants(play.stage("final"))) == {a, late}


def test_the_written_chain_may_name_facts(union):
    play = Play(
        union,
        ballot_review(ballot=HALF, passes={"max": 1, "setting": True}, tie_break=["fact:years_in_trade", "people"]),
        final(),
    )
    a, b = play.apply(years=3), play.apply(years=9)
    play.seated("review")
    play.round("review", [a, b], [a, b], [a, b])
    play.end("review")
    play.close("review")
    assert list(selectors.entrants(play.stage("final"))) == [b]


def test_a_list_that_somebody_confirms_waits_for_them(union):
    play = voting(union, passes={"max": 2, "setting": True}, confirmed_by="host")
    a, b, _ = play.people
    play.round("review", [a], [a, b], [a, b])
    play.end("review")
    with pytest.raises(Refused, match="名单须经示例区总工会确认"):
        play.close("review")
    resolution = resolutions.confirm_list(
        play.stage("review"), minutes=play.minutes(), actor=play.leader, at=play.now()
    )
    assert [item["application"] for item in resolution.decisions] == sorted([a.pk, b.pk])
    play.close("review")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"trimming": "trim_one"}, "去掉最高最低"),
        ({"tie_break": ["median", "people"]}, "按分数区分同分"),
        ({"blind": True}, "匿名投票"),
    ],
)
def test_what_is_not_done_yet_is_refused_in_words(union, more, words):
    play = Play(union, ballot_review(ballot=HALF, **more), final())
    with pytest.raises(Refused, match=f"系统尚不支持：.*{words}"):
        play.open("review")


# --- at once ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_clicks_cast_one_ballot(union):
    play = voting(union)
    open_round(play)
    seat = play.seats("review")[0]
    member, at = fresh(seat.expert.member), play.now()
    start, answers = threading.Barrier(2), []

    def click():
        try:
            with tenancy.scope(union.pk):
                start.wait(20)
                answers.append(ballots.cast_ballot(seat, choices=play.people[:1], actor=member, at=at))
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "RollEntry"]
    assert RollEntry.objects.count() == 1
    assert AuditEntry.objects.filter(action="ballot.cast").count() == 1


# --- void ballots and the quorum ---------------------------------------------------------------------------------------


def spoil(play, seat, *choices):
    return ballots.cast_ballot(seat, choices=choices, spoiled=True, actor=fresh(seat.expert.member), at=play.now())


def test_a_void_ballot_counts_as_cast_and_names_nobody(play, opened):
    a, b, c = play.people
    first, second, third = play.seats("review")
    play.vote(first, a)
    spoil(play, second)
    spoil(play, third, a, b, c)
    close_round(play)

    opened.refresh_from_db()
    assert opened.issued == 3
    assert sorted(Ballot.objects.values_list("void", flat=True)) == [False, True, True]
    (votes,) = selectors.votes_of([opened], [one.pk for one in play.people])
    assert {one.case: (one.votes, one.base) for one in tally.count(votes)} == {a.pk: (1, 3), b.pk: (0, 3), c.pk: (0, 3)}
    entry = AuditEntry.objects.get(action="round.closed")
    assert (entry.after["issued"], entry.after["ballots"], entry.after["void"]) == (3, 3, 2)


def test_a_wellformed_ballot_is_not_void(play, opened):
    with pytest.raises(Refused, match="有效票"):
        spoil(play, play.seats("review")[0], play.people[0])


def test_a_void_ballot_is_sealed_at_the_size_of_any_other(play, opened):
    sizes = set()
    for cast in (lambda seat: play.vote(seat, play.people[0]), lambda seat: spoil(play, seat)):
        with transaction.atomic():
            cast(play.seats("review")[0])
            row = BallotRound.objects.select_related("key").get(pk=opened.pk)
            sizes.add(len(vault.unseal(row.key, row.urn)))
            transaction.set_rollback(True)
    assert len(sizes) == 1


def test_a_void_ballot_by_name_is_committed_to_as_such(union):
    play = voting(union, ballot={**HALF, "secret": False})
    play.round("review", *([one] for one in play.people))
    plain = ballots.signed_value(1, 2, [3])
    assert plain == {"round": 1, "seat": 2, "choices": [3]}
    assert ballots.signed_value(1, 2, [], void=True)["void"] is True


def test_a_round_closes_with_the_quorum_that_the_rule_asks_for(union):
    play = voting(union, experts=5, ballot={**HALF, "quorum": "two_thirds"})
    voted = open_round(play)
    for seat in play.seats("review")[:3]:
        play.vote(seat, play.people[0])
    with pytest.raises(Refused, match="已投 3 人，规定应投的 三分之二以上投票才能结束"):
        close_round(play)
    play.vote(play.seats("review")[3], play.people[0])
    close_round(play)
    voted.refresh_from_db()
    assert (voted.issued, voted.roll.count()) == (5, 4)
    (votes,) = selectors.votes_of([voted], [one.pk for one in play.people])
    assert tally.count(votes)[0].base == 4
