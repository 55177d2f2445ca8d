"""Doubtful votes as the desks read them: what was found, what setting it aside would do, what was decided. Never writes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.core.cache import cache
from django.utils import timezone

from publicity import doubt, selectors_counts, selectors_polls
from publicity.doubt import Doubted, Finding
from publicity.models import Poll, Vote
from publicity.models_polls import VoteSetAside
from publicity.selectors_counts import Count
from publicity.selectors_polls import Candidate
from publicity.states import Act

KEPT_FOR: Final = 24 * 3600
"""Seconds that findings are remembered: they are the same as long as no vote came in."""


def casts_of(poll: Poll) -> list[doubt.Cast]:
    """Every vote whose moment is known, as the rules of doubt read it; one query."""
    names = ("pk", "voter", "at", "choices", "address", "network", "agent", "order")
    rows = Vote.objects.filter(poll=poll, at__isnull=False).values_list(*names)
    return [
        doubt.Cast(pk, voter, int(at.timestamp()), tuple(choices), *rest)
        for pk, voter, at, choices, *rest in rows.iterator(chunk_size=5000)
        if at is not None
    ]


def find_doubts(poll: Poll) -> list[Finding]:
    """What the rules of doubt find in the poll, looked for now: some seconds for hundreds of thousands of votes."""
    return doubt.find(casts_of(poll))


def findings_of(poll: Poll) -> list[Finding]:
    """The same for pages, remembered until the next vote."""
    key = f"poll-doubts:{poll.pk}:{Vote.objects.filter(poll=poll).count()}"
    found: list[Finding] | None = cache.get(key)
    if found is None:
        found = find_doubts(poll)
        cache.set(key, found, KEPT_FOR)
    return found


# --- in words ----------------------------------------------------------------------------------------------------------


def when(start: int, end: int) -> str:
    first, last = (timezone.localtime(datetime.fromtimestamp(at, UTC)) for at in (start, end - 1))
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%-m月%-d日%H:%M}"
    return f"{first:%-m月%-d日%H:%M}至{until}"


def words(finding: Finding, numbers: dict[int, int]) -> str:
    """What was found, with its figures: no names, so that it may be kept. `numbers`: candidate id → number."""
    whom = f"{numbers[finding.about]} 号人选" if finding.about in numbers else ""
    head = f"{when(finding.start, finding.end)}，{whom}{doubt.RULES[finding.rule].label}"
    figures = f"：{finding.counted:,} 票，按本次投票同时段的节奏约 {finding.expected:,} 票"
    signs = "".join(f"；其中 {_sign(sign)}" for sign in finding.signs)
    also = "、".join(doubt.RULES[rule].label for rule in finding.also)
    return f"{head}{figures}{signs}{f'；同时符合：{also}' if also else ''}"


def _sign(sign: doubt.Sign) -> str:
    share = f"{sign.outside / 100:.2f}".rstrip("0").rstrip(".")
    outside = f"在其他选票中只占 {share}%" if sign.outside else "在其他选票中几乎没有"
    return f"{sign.votes:,} 票来自 {sign.kinds:,} 种相同的{doubt.SIGNS[sign.kind]}，{outside}"


# --- what the office sees ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What an act does to one candidate."""

    candidate: Candidate
    before: int
    after: int
    place_before: int | None
    place_after: int | None

    @property
    def moves(self) -> bool:
        return self.place_before != self.place_after


def effect(before: Count, after: Count) -> list[Change]:
    """Whose votes or places change, by the place before."""
    later = {row.candidate.pk: row for row in after.rows}
    rows = [
        Change(row.candidate, row.votes, later[row.candidate.pk].votes, row.place, later[row.candidate.pk].place)
        for row in before.rows
    ]
    return [row for row in rows if row.before != row.after or row.moves]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A finding with what has been done about it. `open` votes are neither set aside nor waiting for it; `effect` is what it
    would do to set them aside.
    """

    finding: Finding
    words: str
    aside: int
    awaiting: int
    kept: VoteSetAside | None
    open: tuple[int, ...]
    effect: list[Change]

    @property
    def doubted(self) -> Doubted:
        return Doubted(self.finding.rule, self.words, self.finding.votes)

    @property
    def waits(self) -> bool:
        """Whether somebody must still say what becomes of it."""
        return self.finding.doubtful and self.kept is None and bool(self.open)


def doubts_of(poll: Poll, count: Count, found: Sequence[Finding] | None = None) -> list[Doubt]:
    """Every finding (those given, or as pages know them) and where it stands; a constant number of queries."""
    rule, numbers = (
        selectors_polls.vote_rule(poll.stage),
        {row.candidate.pk: row.candidate.number for row in count.rows},
    )
    acts = selectors_counts.acts_of(poll)
    asides = selectors_counts.asides_of(acts, confirmed=rule.aside_confirmed)
    gone = selectors_counts.votes_aside(asides)
    awaiting = {vote for one in asides if one.awaits for vote in one.row.votes}
    keeping = [row for row in acts if row.act == Act.KEPT]
    found = findings_of(poll) if found is None else found
    choices = dict(
        Vote.objects.filter(poll=poll, pk__in={vote for one in found for vote in one.votes}).values_list(
            "pk", "choices"
        )
    )
    rows = []
    for finding in found:
        votes = set(finding.votes)
        left = tuple(sorted(votes - gone - awaiting))
        named = Counter(chosen for vote in left for chosen in choices[vote])
        rows.append(
            Doubt(
                finding,
                words(finding, numbers),
                len(votes & gone),
                len(votes & awaiting),
                next((row for row in reversed(keeping) if votes <= set(row.votes)), None),
                left,
                effect(count, selectors_counts.less(count, rule, named, len(left))),
            )
        )
    return rows


def doubt_of(poll: Poll, count: Count, key: str) -> Doubt | None:
    return next((one for one in doubts_of(poll, count) if one.finding.key == key), None)


def restoring(poll: Poll, count: Count, row: VoteSetAside) -> list[Change]:
    """What it would do to count the votes of one act again."""
    back = {pk: -votes for pk, votes in selectors_counts.tally_of(poll, row.votes).items()}
    after = selectors_counts.less(count, selectors_polls.vote_rule(poll.stage), back, -len(row.votes))
    return effect(count, after)
