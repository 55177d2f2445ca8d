"""The public votes in a rehearsal: invented voters by the functions that take everybody's votes, a burst that the office finds and
sets aside, and other channels where the rules have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from campaigns.models import Stage
from publicity import selectors_counts, selectors_doubts, selectors_polls
from publicity.ballots import Ballot
from publicity.models import Poll, Vote
from publicity.rehearsal.cast import Cast, user
from publicity.rehearsal.clock import Clock
from publicity.rehearsal.voters import Voter, crowd
from publicity.services import counts, doubts
from publicity.services.polls import PollText, cast_vote, cast_votes, open_poll
from publicity.wording_polls import poll_defaults
from review.selectors import entrants, names_of, ties_to_decide
from review.services.rankings import decide_tie
from unions import vault
from unions.models import User
from unions.permits import Refused

VOTERS: Final = 48
"""How many vote where nobody asks for more: too few for anybody to buy votes."""
BATCH: Final = 1000
SEED: Final = 7
DELEGATES: Final = 40


@dataclass(frozen=True, slots=True)
class Planted:
    """What a rehearsal bought in one poll, to be compared with what was found and set aside."""

    stage: int
    votes: frozenset[int]


def vote(stage: Stage, cast: Cast, clock: Clock, *, voters: int = VOTERS) -> Planted | None:
    """Open the poll, have everybody vote, wait for its last minute, settle what is doubtful; nothing where nobody stands in it."""
    poll = _opened(stage, cast, clock)
    if poll is None:
        return None
    candidates = list(poll.candidates.values_list("pk", flat=True))
    people = crowd(
        voters,
        candidates,
        opens=poll.opens_at,
        closes=poll.closes_at,
        least=poll.choices_min,
        most=min(poll.choices_max, len(candidates)),
        seed=SEED,
    )
    bought = _cast(poll, people)
    clock.go_to(poll.closes_at)
    settle(poll, cast, clock)
    return Planted(stage.pk, bought)


def begin_vote(stage: Stage, cast: Cast, clock: Clock) -> None:
    """Open the poll and have some vote, by the click of each."""
    poll = _opened(stage, cast, clock)
    if poll is None:
        return
    clock.go_to(poll.opens_at)
    candidates = list(poll.candidates.values_list("pk", flat=True))
    for n in range(VOTERS):
        cast_vote(poll, voter=_voter(n), choices=_choices(poll, candidates, n), ballot=UUID(int=n), at=clock())


def _opened(stage: Stage, cast: Cast, clock: Clock) -> Poll | None:
    if not entrants(stage).exists():
        return None
    text = PollText(**poll_defaults(stage, at=clock()))
    opened = open_poll(stage, text=text, actor=cast.office, at=clock())
    return selectors_polls.polls(cast.union).get(pk=opened.pk)


def _cast(poll: Poll, people: Sequence[Voter]) -> frozenset[int]:
    """Hand the ballots in, a batch a transaction as the intake does it; the ids of those that were bought."""
    voters = vault.digests(poll.key, [one.phone for one in people])
    bought = []
    numbered = list(zip(people, voters, range(len(people)), strict=True))
    for at in range(0, len(numbered), BATCH):
        some = numbered[at : at + BATCH]
        ballots = [
            Ballot(
                voter=voter,
                ballot=UUID(int=n),
                choices=one.choices,
                at=one.at,
                address=one.address,
                agent=one.agent,
                order=one.order,
            )
            for one, voter, n in some
        ]
        bought += [UUID(int=n) for one, _, n in some if one.bought]
        if refused := [answer for answer in cast_votes(poll, ballots) if answer]:
            raise Refused(f"{len(refused)} 张选票没有被接受：{refused[0]}")
    return frozenset(Vote.objects.filter(poll=poll, ballot__in=bought).values_list("pk", flat=True))


def _voter(n: int) -> User:
    phone = f"1990003{n:04}"
    return User.objects.filter(phone=f"+86{phone}").first() or user(f"演练选民{n + 1}", phone)


def _choices(poll: Poll, candidates: Sequence[int], n: int) -> list[int]:
    """As many as a ballot may name, more often those in front: results that differ, the same in every run."""
    most = min(poll.choices_max, len(candidates))
    many = poll.choices_min + n % (most - poll.choices_min + 1)
    first = n * n % len(candidates) * (n % 3) // 2
    return [candidates[(first + k) % len(candidates)] for k in range(many)]


# --- after the last minute ---------------------------------------------------------------------------------------------


def settle(poll: Poll, cast: Cast, clock: Clock) -> None:
    """Set every doubt aside, enter the other channels, count where votes count, and have people settle ties."""
    rule = selectors_polls.vote_rule(poll.stage)
    candidates = selectors_polls.candidates_of(poll)
    # a rehearsal has no cache: nothing here is remembered
    count, findings = selectors_counts.count(poll, candidates, recount=True), selectors_doubts.find_doubts(poll)
    for found in selectors_doubts.doubts_of(poll, count, findings):
        if not found.finding.doubtful:
            continue
        row = doubts.set_votes_aside(
            poll,
            found.doubted,
            reason="演练：核对访问日志，属集中刷票",
            announcement=f"经核查，{len(found.open):,} 张选票属集中刷票，不计入得票。",
            actor=cast.office,
            at=clock(),
        )
        if rule.aside_confirmed:
            doubts.confirm_aside(row, actor=cast.second, at=clock())
    for channel in rule.ballot_channels:
        if channel.how == "counted":
            given = {one.pk: (DELEGATES - 3 * n) % (DELEGATES + 1) for n, one in enumerate(candidates)}
            sheet = counts.Counted(DELEGATES, given, "演练：会场计票，监票人二名")
            counts.enter_count(poll, channel.id, sheet, actor=cast.office, at=clock())
    if rule.counts == "weight":
        counts.count_poll(poll, actor=cast.office, at=clock())
        for tie in ties_to_decide(poll.stage):
            order = list(entrants(poll.stage).filter(pk__in=names_of(tie)).order_by("number"))
            decide_tie(poll.stage, order=order, reason="演练：研究确定", actor=cast.leaders[0], at=clock())
