"""Secret votes of the leading group: by no id, order or time can a vote be tied to who gave it."""

import itertools
import json
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import Model

from review import motions, selectors_meetings
from review.models import Outcome
from review.models_meetings import MotionRoll, MotionVote
from review.services import meeting_votes
from review.states import Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.meetingcraft import Sitting, passing, people
from tests.review.stagecraft import Play, committee, final
from unions import vault
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role

pytestmark = pytest.mark.django_db
SECRET = {"meeting": {"vote": "secret_ballot", "setting": True}}


@kept
def play(union):
    play = Play(union, committee(**SECRET), final())
    play.people = [play.apply(name=name) for name in ("孙秀兰", "周志强")]
    play.open("committee")
    return play


@kept
def sitting(play):
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(*map(passing, play.people))
    return sitting


def test_everybody_votes_on_their_own_and_the_figures_come_at_the_end(play, sitting):
    a, b = play.people
    sitting.open_vote()
    for leader, answers in zip(
        play.leaders,
        ({a.pk: "for", b.pk: "for"}, {a.pk: "for", b.pk: "against"}, {a.pk: "abstain", b.pk: "against"}),
        strict=True,
    ):
        sitting.vote(leader, answers)
    vote = sitting.close_vote()
    assert list(vote.counts.values()) == [[2, 0, 1], [1, 2, 0]]
    sitting.conclude()
    verdicts = dict(Outcome.objects.values_list("application", "verdict"))
    assert verdicts == {a.pk: Verdict.PASSED, b.pk: Verdict.NOT_SELECTED}


UNSAID = {"id", "urn", "key_id", "object_id", "seq", "digest", "previous"}
"""Numbers of rows, which go on counting, and digests over them; the sealed figures are looked into by a test of their own."""


def said(vote: int) -> dict[str, list[str]]:
    """Every row of this app and of the log, in the order they came."""
    found = {}
    for model in [*apps.get_app_config("review").get_models(), AuditEntry]:
        rows = model._default_manager.order_by("pk")
        fields = [field.attname for field in model._meta.concrete_fields if field.attname not in UNSAID]
        found[model._meta.label] = [
            json.dumps({name: plainly(row, name) for name in fields}, default=str, ensure_ascii=False)
            .replace(f'"vote": {vote}', "the vote")
            .replace(f'"vote_id": {vote}', "the vote")
            for row in rows
        ]
    return found


def plainly(row: Model, name: str) -> Any:
    """Of the rows an entry takes digests of, which and how many: the digests are over the very rows that are compared here, with
    their numbers.
    """
    value = getattr(row, name)
    if isinstance(row, AuditEntry) and name == "rows":
        return {model: len(taken) for model, taken in (value or {}).items()}
    return value


def test_whoever_gave_which_vote_every_row_and_the_log_are_the_same(play, sitting):
    """The same votes, dealt out among the voters in every way, leave the same rows at the same times, during the vote and after."""
    clock, seen = play.clock, []
    for dealt in itertools.permutations(("for", "against", "abstain")):
        play.clock = clock
        with transaction.atomic():
            vote = sitting.open_vote()
            for leader, answer in zip(play.leaders, dealt, strict=True):
                sitting.vote(leader, answer)
            size, during = len(MotionVote.objects.get(pk=vote.pk).urn), said(vote.pk)
            sitting.close_vote()
            seen.append((size, during, said(vote.pk)))
            transaction.set_rollback(True)
    assert seen[0][2]["review.MotionRoll"]
    assert all(one == seen[0] for one in seen)


def test_what_is_sealed_is_running_figures_and_grows_with_nobodys_choice(play, sitting):
    vote = sitting.open_vote()
    sizes = set()
    for leader, answer in zip(play.leaders, ("for", "abstain", "against"), strict=True):
        sitting.vote(leader, answer)
        row = MotionVote.objects.select_related("key").get(pk=vote.pk)
        sizes.add(len(row.urn))
        opened = json.loads(vault.unseal(row.key, row.urn))
        assert set(opened) == {"q1", "q2"}
        assert all(len(three) == 3 and all(len(n) == 4 for n in three) for three in opened.values())
        assert row.counts == {}
    assert len(sizes) == 1
    sitting.close_vote()
    row = MotionVote.objects.get(pk=vote.pk)
    assert (row.urn, row.key) == ("", None)


def test_the_roll_and_the_log_say_who_and_never_what(play, sitting):
    vote = sitting.open_vote()
    sitting.vote(play.leader, "against")
    assert [field.name for field in MotionRoll._meta.concrete_fields] == ["id", "union", "vote", "member", "at"]
    entry = AuditEntry.objects.filter(action="motion.voted").get()
    assert entry.after == {"vote": vote.pk}


def test_a_member_votes_once_on_everybody_and_only_if_here(play, sitting):
    a, b = play.people
    sitting.open_vote()
    with pytest.raises(Refused, match="请对每一名人选"):
        meeting_votes.cast_vote(sitting.item(), answers={"q1": "for"}, actor=play.leader, at=play.now())
    with pytest.raises(Refused, match="请对每一名人选"):
        sitting.vote(play.leader, "perhaps")
    sitting.vote(play.leader, "for")
    with pytest.raises(Refused, match="投出后不能更改"):
        sitting.vote(play.leader, "for")
    with pytest.raises(Refused, match="没有记为出席"):
        sitting.vote(MemberFactory(union=play.union, role=Role.LEADER), "for")
    with pytest.raises(Refused, match="领导小组成员"):
        sitting.vote(play.office, "for")
    with pytest.raises(Refused, match="还没有投票：朱组员、许组员"):
        sitting.close_vote()
    with pytest.raises(Refused, match="正在投票"):
        sitting.recuse(play.leaders[1], a)
    with pytest.raises(Refused, match="正在投票"):
        sitting.attend()
    with pytest.raises(Refused, match="正在投票"):
        sitting.close()
    with pytest.raises(Refused, match="正在投票"):
        sitting.open_vote()
    assert b.pk


def test_without_an_open_vote_nobody_votes_or_counts(play, sitting):
    with pytest.raises(Refused, match="没有进行中的投票"):
        meeting_votes.cast_vote(sitting.item(), answers={}, actor=play.leader, at=play.now())
    with pytest.raises(Refused, match="没有进行中的投票"):
        sitting.close_vote()


def test_of_too_few_voters_no_secret_vote_is_taken(play, sitting):
    """One of three keeps out: two secret votes would tell each the other's, so hands are raised for that person."""
    a, b = play.people
    sitting.recuse(play.leaders[2], a)
    vote = sitting.open_vote()
    assert [one["cases"] for one in vote.questions] == [[b.pk]]
    for leader in play.leaders:
        sitting.vote(leader, "for")
    sitting.close_vote()
    with pytest.raises(Refused, match=f"不足 {motions.MIN_SECRET} 人，无记名会暴露"):
        sitting.open_vote()
    sitting.hands((2, 0, 0))
    sitting.conclude()
    assert Outcome.objects.filter(verdict=Verdict.PASSED).count() == 2


def test_where_the_rules_want_secrecy_hands_are_not_counted(sitting):
    item = sitting.item()
    with pytest.raises(Refused, match="规则定为无记名投票"):
        meeting_votes.count_hands(item, counts={}, shown="", actor=sitting.play.leader, at=sitting.play.now())


def test_a_member_who_keeps_out_of_everybody_has_no_ballot(union):
    play = Play(union, committee(**SECRET), final())
    play.leaders.append(MemberFactory(union=union, role=Role.LEADER, name="吕组员"))
    a = play.apply()
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"))
    sitting.recuse(play.leaders[3], a)
    sitting.propose(passing(a))
    sitting.open_vote()
    with pytest.raises(Refused, match="您都应当回避"):
        sitting.vote(play.leaders[3], "for")


def test_an_open_vote_is_thrown_away_unread(play, sitting):
    vote = sitting.open_vote()
    sitting.vote(play.leader, "for")
    meeting_votes.void_vote(sitting.item(), reason="有成员离会", actor=play.leader, at=play.now())
    row = MotionVote.objects.get(pk=vote.pk)
    assert (row.counts, row.urn, row.key) == ({}, "", None)
    assert sitting.open_vote().number == 2


def test_figures_that_do_not_agree_with_the_roll_stop_the_vote(play, sitting):
    vote = sitting.open_vote()
    row = MotionVote.objects.select_related("key").get(pk=vote.pk)
    MotionVote.objects.filter(pk=vote.pk).update(
        urn=vault.seal(row.key, json.dumps({"q1": ["0001", "0000", "0000"], "q2": ["0000"] * 3}))
    )
    with pytest.raises(Refused, match="票数与表决名册不符"):
        sitting.vote(play.leader, "for")


def test_what_is_waiting_is_read_in_one_place(play, sitting):
    room = selectors_meetings.room_of(sitting.meeting)
    asked = selectors_meetings.waiting_questions(sitting.item(), room, each=False)
    assert [one.cases for one in asked] == [tuple(one.pk for one in play.people)]
