"""How the votes of a poll count: without those set aside, over all channels, as points where the rules say so. Never writes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from django.db.models import Count as CountOf

from campaigns.models import Stage
from campaigns.rules.schema import BallotChannel, ExpertReviewStage, PublicVoteStage, RuleSet
from publicity import folding, selectors_polls
from publicity.models import Poll, Vote
from publicity.models_polls import ChannelCount, VoteSetAside
from publicity.selectors_polls import Candidate, Found, Running
from publicity.states import Act
from review.models import Ranking

ONLINE: BallotChannel = BallotChannel(id="online", label="网络投票", weight=100)
"""The one channel of a poll whose rules name none."""


# --- what is set aside -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aside:
    """One act of setting votes aside, and what followed it. Only what is `effective` is left out of the count."""

    row: VoteSetAside
    confirmed: VoteSetAside | None
    restored: VoteSetAside | None
    awaits: bool
    """Whether the rules want a second officer's word that is not given yet."""
    told: bool
    """Whether the public was told of it: not where it was withdrawn before it took effect."""

    @property
    def effective(self) -> bool:
        return self.restored is None and not self.awaits


def acts_of(poll: Poll) -> list[VoteSetAside]:
    """Every act about the poll's votes, in order; one query."""
    return list(VoteSetAside.objects.filter(poll=poll).select_related("by").order_by("number"))


def asides_of(acts: Iterable[VoteSetAside], *, confirmed: bool) -> list[Aside]:
    """The acts of setting aside with what followed each; `confirmed`: whether the rules want a second officer."""
    rows = list(acts)
    after = {(row.about_id, row.act): row for row in rows if row.about_id}
    return [
        Aside(
            row,
            after.get((row.pk, Act.CONFIRMED)),
            after.get((row.pk, Act.RESTORED)),
            awaits=confirmed and (row.pk, Act.CONFIRMED) not in after and (row.pk, Act.RESTORED) not in after,
            told=not confirmed or (row.pk, Act.CONFIRMED) in after,
        )
        for row in rows
        if row.act == Act.ASIDE
    ]


def asides(poll: Poll) -> list[Aside]:
    return asides_of(acts_of(poll), confirmed=selectors_polls.vote_rule(poll.stage).aside_confirmed)


def votes_aside(found: Iterable[Aside]) -> set[int]:
    """The ids of votes that do not count."""
    return {vote for one in found if one.effective for vote in one.row.votes}


# --- the count ---------------------------------------------------------------------------------------------------------


def tally_of(poll: Poll, votes: Iterable[int]) -> Counter[int]:
    """Candidate id → how many of these votes name them."""
    rows = Vote.objects.filter(poll=poll, pk__in=list(votes)).values_list("choices", flat=True)
    return Counter(candidate for choices in rows for candidate in choices)


def online(poll: Poll, without: set[int], *, recount: bool = False) -> Running:
    """What was cast online and counts: all of it but what was set aside. `recount`: from every ballot, with no sum remembered."""
    if recount:
        cast = Running(selectors_polls.ballots(poll), selectors_polls.tally(poll))
    else:
        cast = selectors_polls.running_tally(poll)
    votes = Counter(cast.votes)
    if without:
        votes.subtract(tally_of(poll, without))
    return Running(cast.ballots - len(without), dict(+votes))


def channels_rule(rule: PublicVoteStage) -> tuple[BallotChannel, ...]:
    return rule.ballot_channels or (ONLINE,)


def counts_of(poll: Poll) -> dict[str, ChannelCount]:
    """Channel → what was entered last for it."""
    return {row.channel: row for row in ChannelCount.objects.filter(poll=poll).order_by("revision")}


def channels_of(poll: Poll, *, without: set[int], recount: bool = False) -> list[folding.Channel]:
    """Every channel with its votes, in the order of the rules; one not entered yet has none."""
    entered, found = counts_of(poll), []
    for one in channels_rule(selectors_polls.vote_rule(poll.stage)):
        if one.how == "online":
            cast = online(poll, without, recount=recount)
            votes, ballots = cast.votes, cast.ballots
        else:
            row = entered.get(one.id)
            votes = {int(candidate): count for candidate, count in row.votes.items()} if row else {}
            ballots = row.ballots if row else 0
        found.append(folding.Channel(one.id, one.label, one.weight, votes, ballots))
    return found


def fold_of(rule: PublicVoteStage) -> folding.Fold | None:
    """How the rules make points of votes, as the pure functions take it."""
    if rule.fold is None:
        return None
    fold = rule.fold
    return folding.Fold(fold.how, fold.points or 0, fold.votes or 1, fold.step or 0, fold.cap)


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the count: votes by channel, points where the rules give them. `place` is empty for the gone and for who got
    nothing; equal ones share a place.
    """

    candidate: Candidate
    channels: tuple[str, ...]
    by_channel: tuple[int, ...]
    points: Fraction | None
    place: int | None

    @property
    def labelled(self) -> list[tuple[str, int]]:
        return list(zip(self.channels, self.by_channel, strict=True))

    @property
    def votes(self) -> int:
        return sum(self.by_channel)

    @property
    def shown(self) -> str:
        return "" if self.points is None else str(folding.shown(self.points))


def standings(
    candidates: Sequence[Candidate], channels: Sequence[folding.Channel], fold: folding.Fold | None
) -> list[Standing]:
    """By place, then by number; the gone keep their votes and have no place, nor do they take one from anybody."""
    staying = [one.pk for one in candidates if not one.gone]
    votes = {one.pk: tuple(channel.votes.get(one.pk, 0) for channel in channels) for one in candidates}
    points = folding.folded(channels, staying, fold) if fold is not None else {}
    places = folding.by_points(points or {pk: Fraction(sum(votes[pk])) for pk in staying})
    labels = tuple(channel.label for channel in channels)
    rows = [
        Standing(one, labels, votes[one.pk], points.get(one.pk) if fold else None, places.get(one.pk))
        for one in candidates
    ]
    return sorted(rows, key=lambda row: (row.candidate.gone, row.place or len(rows) + 1, row.candidate.number))


@dataclass(frozen=True, slots=True)
class Count:
    """A poll as it counts now. `aside`: ballots that were cast and do not count."""

    rows: list[Standing]
    channels: list[folding.Channel]
    fold: folding.Fold | None
    aside: int

    @property
    def ballots(self) -> int:
        """Ballots that count, over all channels."""
        return sum(channel.ballots for channel in self.channels)


def count(poll: Poll, candidates: Sequence[Candidate], *, recount: bool = False) -> Count:
    """The count as it stands. A constant number of queries."""
    without = votes_aside(asides(poll))
    channels = channels_of(poll, without=without, recount=recount)
    fold = fold_of(selectors_polls.vote_rule(poll.stage))
    return Count(standings(candidates, channels, fold), channels, fold, len(without))


def less(of: Count, rule: PublicVoteStage, votes: Mapping[int, int], ballots: int) -> Count:
    """The same count with these votes cast online taken out of it, or put back where they are negative."""
    at = next(n for n, one in enumerate(channels_rule(rule)) if one.how == "online")
    before = of.channels[at]
    left = {row.candidate.pk: before.votes.get(row.candidate.pk, 0) - votes.get(row.candidate.pk, 0) for row in of.rows}
    channels = [*of.channels]
    channels[at] = replace(before, votes=left, ballots=before.ballots - ballots)
    candidates = [row.candidate for row in of.rows]
    return Count(standings(candidates, channels, of.fold), channels, of.fold, of.aside + ballots)


# --- into the ranking --------------------------------------------------------------------------------------------------


def review_before(rules: RuleSet, rule: PublicVoteStage) -> ExpertReviewStage | None:
    """The review whose totals the vote is added to: the nearest one on the way here."""
    source = rules.previous(rule)
    while source is not None and not isinstance(source, ExpertReviewStage):
        source = rules.previous(source)
    return source


def base_totals(stage: Stage) -> dict[int, Fraction]:
    """Application id → the exact total of the review before."""
    before = review_before(stage.campaign.rules, selectors_polls.vote_rule(stage))
    archived = (
        Ranking.objects.filter(stage__campaign_id=stage.campaign_id, stage__key=before.id).first() if before else None
    )
    return {row["application"]: Fraction(row["total"]) for row in archived.rows} if archived else {}


# --- what the public is told at the end --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Summary:
    """How many ballots, from how many voters, and what was set aside and why."""

    ballots: int
    voters: int
    aside: int
    acts: list[Aside]


def ballot_of(poll: Poll, code: str) -> Found | None:
    """The ballot that a receipt was given for: that it counts, or what the public was told when it was set aside."""
    vote = selectors_polls.vote_of_receipt(poll, code)
    if vote is None:
        return None
    told = (one.row.announcement for one in asides(poll) if one.effective and vote.pk in one.row.votes)
    return Found(next(told, ""))


def summary(poll: Poll) -> Summary:
    found = asides(poll)
    figures = Vote.objects.filter(poll=poll).aggregate(ballots=CountOf("pk"), voters=CountOf("voter", distinct=True))
    told = [one for one in found if one.told]
    return Summary(figures["ballots"], figures["voters"], len(votes_aside(found)), told)
