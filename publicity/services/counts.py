"""Counting a poll: what other channels counted is entered, and the whole becomes points and places where the rules say so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from django.db import transaction

from publicity import folding, policies, selectors_counts, selectors_polls
from publicity.models import Poll
from publicity.models_polls import ChannelCount
from publicity.services.doubts import lock_poll
from publicity.services.polls import record_votes
from review.models import Ranking
from review.ranking import Row
from review.selectors import names_of
from review.services.rankings import Computed, keep_ranking, plain_row
from unions import audit
from unions.models import Member
from unions.permits import Refused


@dataclass(frozen=True, slots=True)
class Counted:
    """A counting sheet: how many valid ballots, candidate id → votes, and where and by whom it was counted."""

    ballots: int
    votes: Mapping[int, int]
    note: str


@transaction.atomic
def enter_count(poll: Poll, channel: str, counted: Counted, *, actor: Member, at: datetime) -> ChannelCount:
    """What was counted on paper in one channel. Entered again, the later sheet counts and the note says why."""
    poll = lock_poll(poll)
    policies.can_enter_count(actor, poll, at=at).require()
    rule = selectors_polls.vote_rule(poll.stage)
    if channel not in {one.id for one in rule.ballot_channels if one.how == "counted"}:
        raise Refused("规则没有这个计票渠道")
    if not counted.note.strip():
        raise Refused("请填写计票说明：何时何地计票、谁监票")
    candidates = {one.pk: one for one in selectors_polls.candidates_of(poll)}
    if set(counted.votes) != set(candidates):
        raise Refused("请填写每名人选的得票，没有得票的填 0")
    for pk, votes in counted.votes.items():
        if not 0 <= votes <= counted.ballots:
            raise Refused(
                f"{candidates[pk].number} 号{candidates[pk].name}的得票须在 0 和有效选票 {counted.ballots} 之间"
            )
    row = ChannelCount.objects.create(
        union_id=poll.union_id,
        poll=poll,
        channel=channel,
        revision=ChannelCount.objects.filter(poll=poll, channel=channel).count(),
        ballots=counted.ballots,
        votes={str(pk): votes for pk, votes in sorted(counted.votes.items())},
        note=counted.note.strip(),
        at=at,
        by=actor,
    )
    audit.record(
        "poll.channel_counted",
        row,
        actor=actor,
        at=at,
        after={"channel": channel, "ballots": row.ballots, "revision": row.revision},
        reason=row.note,
    )
    return row


@transaction.atomic
def count_poll(poll: Poll, *, actor: Member, at: datetime) -> Ranking:
    """Add the votes to the totals of the review before, as the rules say, once: from here on votes are neither set aside nor restored."""
    poll = lock_poll(poll)
    policies.can_count_poll(actor, poll, at=at).require()
    rule = selectors_polls.vote_rule(poll.stage)
    if rule.counts != "weight":
        raise Refused("规则规定得票只供参考，不计入成绩")
    if missing := uncounted(poll):
        raise Refused("；".join(missing))
    record_votes(poll, at=at)
    found = ranking_of(poll)
    ranked = keep_ranking(poll.stage, found, at=at)
    audit.record("poll.counted", poll, actor=actor, at=at, after={"ranking_sha256": ranked.sha256}, rows=[ranked])
    return ranked


def uncounted(poll: Poll) -> list[str]:
    """What stands against counting: a channel whose sheet is not in, an act that waits for a second officer."""
    entered = selectors_counts.counts_of(poll)
    channels = selectors_polls.vote_rule(poll.stage).ballot_channels
    missing = [f"“{one.label}”的计票还没有录入" for one in channels if one.how == "counted" and one.id not in entered]
    waiting = [one.row.number for one in selectors_counts.asides(poll) if one.awaits]
    return missing + [f"第 {number} 号剔除还没有第二名工作人员确认，请确认或者恢复计票" for number in waiting]


def ranking_of(poll: Poll) -> Computed:
    """The places of everybody who still stands in the poll, by the votes that count and the totals before."""
    rule, stage = selectors_polls.vote_rule(poll.stage), poll.stage
    fold, weight = selectors_counts.fold_of(rule), rule.weight or 0
    assert fold is not None
    staying = {one.pk: one.application_id for one in selectors_polls.candidates_of(poll) if not one.gone}
    aside = selectors_counts.votes_aside(selectors_counts.asides(poll))
    channels = [
        replace(one, votes={case: one.votes.get(pk, 0) for pk, case in staying.items()})
        for one in selectors_counts.channels_of(poll, without=aside, recount=True)
    ]
    base = base_of(staying.values(), selectors_counts.base_totals(stage), weight)
    points = folding.folded(channels, staying.values(), fold)
    rows = folding.ranked(points, base, weight)
    return Computed(
        method=f"得票占 {weight}%，{fold.described}"[:200],
        rows=[plain_row(row) | {"shown": _shown(row, points[row.case], base, weight)} for row in rows],
        sha256=folding.input_sha256(channels, fold, base, weight),
    )


def base_of(cases: Iterable[int], known: Mapping[int, Fraction], weight: int) -> dict[int, Fraction]:
    """Everybody's total before the vote; nothing where the vote is all there is."""
    if weight == 100:
        return dict.fromkeys(cases, Fraction(0))
    base = {case: known[case] for case in cases if case in known}
    if lacking := [case for case in cases if case not in known]:
        raise Refused(f"{'、'.join(names_of(lacking).values())}没有前面评审的总分，不能合成总分")
    return base


def _shown(row: Row, points: Fraction, base: Mapping[int, Fraction], weight: int) -> str:
    before = f"，评审 {folding.shown(base[row.case])}" if weight < 100 else ""
    return f"总分 {row.shown}，得票计 {folding.shown(points)}{before}"
