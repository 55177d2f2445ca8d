"""Doubtful votes in a poll: found, set aside in public with a reason, confirmed, restored, kept; never deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from applications.models import Application
from publicity import policies, selectors_counts, selectors_doubts, selectors_polls
from publicity.ballots import receipt
from publicity.doubt import Doubted
from publicity.models import Vote
from publicity.models_polls import VoteSetAside
from publicity.selectors_counts import Count
from publicity.services import counts, doubts
from publicity.states import Act
from review.models import Outcome
from review.services.stages import obstacles_to_closing
from tests.factories import MemberFactory
from tests.kept import kept
from tests.publicity.crowdcraft import burst, everybody
from tests.publicity.scene import HOUR, VoteScene
from unions import audit
from unions.models import AuditEntry, Member, Union
from unions.permits import Refused
from unions.states import Role

TOLD = {"reason": "查访问日志，均来自机房", "announcement": "有 60 张选票经核查为集中刷票，不计入得票。"}


class Doubts:
    """A poll that is over: 赵 and 钱 by the public, 孙 by a burst."""

    def __init__(self, union: Union, **rule: Any) -> None:
        self.scene = VoteScene(union, vote=rule)
        self.zhao, self.qian, self.sun = self.scene.to_vote()
        self.scene.open_poll()
        everybody(self.scene, self.zhao, self.zhao, self.qian)
        self.bought = burst(self.scene, self.sun)
        self.scene.end_vote()
        self.second: Member = MemberFactory(union=union, role=Role.OFFICE)

    @property
    def count(self) -> Count:
        return selectors_counts.count(self.scene.poll, selectors_polls.candidates_of(self.scene.poll))

    @property
    def found(self) -> list[selectors_doubts.Doubt]:
        return selectors_doubts.doubts_of(self.scene.poll, self.count)

    def aside(self, **more: Any) -> VoteSetAside:
        given = {"actor": self.scene.office, "at": self.scene.now(), **TOLD, **more}
        return doubts.set_votes_aside(self.scene.poll, given.pop("doubted", None) or self.found[0].doubted, **given)

    def restore(self, row: VoteSetAside, **more: Any) -> VoteSetAside:
        given = {"reason": "误判", "announcement": "经复查，恢复计票。", "actor": self.second, **more}
        return doubts.restore_votes(row, at=self.scene.now(), **given)

    def confirm(self, row: VoteSetAside, actor: Member | None = None) -> VoteSetAside:
        return doubts.confirm_aside(row, actor=actor or self.second, at=self.scene.now())

    def votes(self, person: Application) -> int:
        return next(row.votes for row in self.count.rows if row.candidate.application_id == person.pk)


@kept
def made(union: Union) -> Doubts:
    return Doubts(union)


# --- found -------------------------------------------------------------------------------------------------------------


def test_a_burst_is_found_with_its_votes_its_figures_and_what_it_would_change(made: Doubts) -> None:
    (row,) = [row for row in made.found if row.finding.doubtful]

    assert set(row.finding.votes) == made.bought
    assert "1 号人选短时间内得票突增：60 票" in row.words
    assert "60 票来自 2 种相同的设备特征，在其他选票中几乎没有" in row.words
    assert "孙志强" not in row.words
    changed = {one.candidate.name: (one.before, one.after, one.place_before, one.place_after) for one in row.effect}
    assert changed == {"孙志强": (60, 0, 2, None), "钱秀兰": (40, 40, 3, 2)}
    assert row.waits


def test_findings_cost_the_same_whatever_was_found(made: Doubts, django_assert_num_queries: Any) -> None:
    count, poll = made.count, made.scene.poll
    with django_assert_num_queries(4):  # how many votes, the votes, the acts, the choices
        selectors_doubts.doubts_of(poll, count)
    with django_assert_num_queries(3):  # remembered
        selectors_doubts.doubts_of(poll, count)


def test_votes_of_before_moments_were_kept_are_left_out(union: Union) -> None:
    scene = VoteScene(union)
    scene.to_vote()

    assert selectors_doubts.findings_of(scene.open_poll()) == []


# --- set aside ---------------------------------------------------------------------------------------------------------


def test_votes_set_aside_stay_and_count_no_more(made: Doubts) -> None:
    row = made.aside()

    assert (row.number, row.act, set(row.votes)) == (1, Act.ASIDE, made.bought)
    assert Vote.objects.filter(pk__in=made.bought).count() == 60
    assert (made.votes(made.sun), made.votes(made.zhao)) == (0, 80)
    assert (made.count.aside, made.count.ballots) == (60, 120)
    assert (
        selectors_counts.count(made.scene.poll, selectors_polls.candidates_of(made.scene.poll), recount=True)
        == made.count
    )
    (found,) = [one for one in made.found if one.finding.doubtful]
    assert (found.aside, found.open, found.waits) == (60, (), False)
    entry = AuditEntry.objects.get(action="votes.set_aside")
    assert entry.reason == TOLD["reason"]
    assert audit.verify(made.scene.union).verified


def test_the_outcome_says_what_was_set_aside(made: Doubts) -> None:
    made.aside()
    made.scene.close("vote")

    reasons = Outcome.objects.filter(stage=made.scene.stage("vote")).order_by("application_id")
    assert [row.reason for row in reasons] == [
        "网络投票得 80 票，列第 1 位（共 120 张选票，另有 60 张存疑选票已剔除，仅供参考）",
        "网络投票得 40 票，列第 2 位（共 120 张选票，另有 60 张存疑选票已剔除，仅供参考）",
        "网络投票得 0 票（共 120 张选票，另有 60 张存疑选票已剔除，仅供参考）",
    ]


def test_a_voter_learns_from_the_receipt_why_the_ballot_does_not_count(made: Doubts) -> None:
    vote = Vote.objects.filter(pk__in=made.bought).first()
    honest = Vote.objects.exclude(pk__in=made.bought).first()
    made.aside()
    poll = made.scene.poll

    assert selectors_counts.ballot_of(poll, receipt(vote.ballot)).set_aside == TOLD["announcement"]
    assert selectors_counts.ballot_of(poll, receipt(honest.ballot)).set_aside == ""
    assert selectors_counts.ballot_of(poll, "0000") is None


def test_the_public_is_told_how_many_and_why(made: Doubts) -> None:
    row = made.aside()
    made.restore(row)

    told = selectors_counts.summary(made.scene.poll)

    assert (told.ballots, told.voters, told.aside) == (180, 180, 0)
    assert told.acts[0].row.announcement == TOLD["announcement"]
    assert told.acts[0].restored.announcement == "经复查，恢复计票。"


@pytest.mark.parametrize(("missing", "words"), [("reason", "剔除的理由"), ("announcement", "公告内容")])
def test_nothing_is_set_aside_without_a_reason_and_an_announcement(made: Doubts, missing: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        made.aside(**{missing: " "})


def test_the_same_votes_are_set_aside_once(made: Doubts) -> None:
    found = made.found[0].doubted
    made.aside()

    with pytest.raises(Refused, match="都已剔除"):
        made.aside(doubted=found)


def test_of_overlapping_findings_only_what_is_left_is_set_aside(made: Doubts) -> None:
    some = sorted(made.bought)[:20]
    made.aside(doubted=Doubted("network", "同一网段", some))

    assert set(made.aside().votes) == made.bought - set(some)
    assert made.votes(made.sun) == 0


@pytest.mark.parametrize("votes", [[], [10**9]])
def test_votes_of_another_poll_are_none_of_this_one(made: Doubts, votes: list[int]) -> None:
    with pytest.raises(Refused, match="不是本次投票的选票"):
        made.aside(doubted=Doubted("burst", "", votes))


def test_an_act_is_not_changed_and_not_deleted(made: Doubts) -> None:
    made.aside()
    for write in (
        lambda: VoteSetAside.objects.update(reason="x"),
        lambda: VoteSetAside.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(Exception, match=r"Cannot|permission denied"), transaction.atomic():
            write()


# --- restored and kept -------------------------------------------------------------------------------------------------


def test_restored_votes_count_again_and_may_be_set_aside_again(made: Doubts) -> None:
    row = made.aside()
    assert [one.after for one in selectors_doubts.restoring(made.scene.poll, made.count, row)] == [40, 60]

    back = made.restore(row)

    assert (back.about, back.votes, made.votes(made.sun)) == (row, row.votes, 60)
    with pytest.raises(Refused, match="已恢复计票"):
        made.restore(row)
    assert made.aside().number == 3
    assert made.votes(made.sun) == 0


def test_restoring_wants_a_reason_and_an_announcement_too(made: Doubts) -> None:
    row = made.aside()

    with pytest.raises(Refused, match="恢复计票的理由和公告"):
        made.restore(row, announcement="")


def test_votes_that_are_kept_count_and_say_why(made: Doubts) -> None:
    found = made.found[0].doubted
    with pytest.raises(Refused, match="不予剔除的理由"):
        doubts.keep_votes(made.scene.poll, found, reason="", actor=made.scene.office, at=made.scene.now())

    row = doubts.keep_votes(
        made.scene.poll, found, reason="企业统一配发手机", actor=made.scene.office, at=made.scene.now()
    )

    assert made.votes(made.sun) == 60
    assert (made.found[0].kept, made.found[0].waits) == (row, False)
    with pytest.raises(Refused, match="不是一次剔除"):
        made.restore(row)


# --- a second officer --------------------------------------------------------------------------------------------------


def test_where_the_rules_want_it_a_second_officer_confirms(union: Union) -> None:
    made = Doubts(union, aside_confirmed=True)
    row = made.aside()

    assert made.votes(made.sun) == 60
    assert made.found[0].awaiting == 60
    assert not selectors_counts.summary(made.scene.poll).acts
    assert obstacles_to_closing(made.scene.stage("vote"), at=made.scene.now()).must == [
        "第 1 号剔除还没有第二名工作人员确认，请确认或者恢复计票"
    ]
    with pytest.raises(Refused, match="提出人以外的另一名"):
        made.confirm(row, made.scene.office)

    made.confirm(row)

    assert made.votes(made.sun) == 0
    with pytest.raises(Refused, match="已经确认"):
        made.confirm(row)


def test_what_was_withdrawn_before_it_took_effect_is_not_announced(union: Union) -> None:
    made = Doubts(union, aside_confirmed=True)
    made.restore(made.aside())

    assert selectors_counts.summary(made.scene.poll).acts == []
    assert counts.uncounted(made.scene.poll) == []


# --- who and when ------------------------------------------------------------------------------------------------------


def _why(made: Doubts, actor: Member) -> str:
    return policies.can_settle_doubts(actor, made.scene.poll, at=made.scene.now()).reason


def test_only_the_office_settles_doubts_and_nobody_about_a_poll_they_stand_in(made: Doubts) -> None:
    assert "认定办公室" in _why(made, MemberFactory(union=made.scene.union, role=Role.SUPERVISOR))
    assert _why(made, made.second) == ""
    made.second.user = made.zhao.person.user
    Application.objects.filter(pk=made.zhao.pk).update(applicant=made.second)
    assert "应当回避" in _why(made, made.second)


def test_while_the_count_is_hidden_nothing_of_it_is_settled(made: Doubts) -> None:
    made.scene.clock = made.scene.poll.closes_at - HOUR

    assert "截止后才能处理存疑选票" in _why(made, made.scene.office)


def test_a_count_that_is_shown_may_be_settled_while_people_vote(union: Union) -> None:
    made = Doubts(union, tally="shown")
    made.scene.clock = made.scene.poll.closes_at - HOUR

    made.aside()

    assert made.votes(made.sun) == 0


def test_after_the_stage_has_closed_the_count_stands(made: Doubts) -> None:
    row = made.aside()
    made.scene.close("vote")
    acts: list[Callable[[], Any]] = [lambda: made.restore(row), lambda: made.aside(doubted=Doubted("burst", "", [1]))]

    for act in acts:
        with pytest.raises(Refused, match="投票环节已结束"):
            act()
