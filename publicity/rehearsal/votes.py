"""The public votes in a rehearsal: invented voters, each with a phone given to nobody, by the verbs the pages call."""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from campaigns.models import Stage
from publicity.models import Poll
from publicity.rehearsal.cast import Cast, user
from publicity.rehearsal.clock import Clock
from publicity.services.polls import PollText, cast_vote, open_poll
from publicity.wording_polls import poll_defaults
from review.selectors import entrants
from unions.models import User

VOTERS: Final = 48


def vote(stage: Stage, cast: Cast, clock: Clock, *, until_the_end: bool = True) -> None:
    """Open the poll, have everybody vote once, wait for its last minute; nothing where nobody stands in it."""
    if not entrants(stage).exists():
        return
    text = PollText(**poll_defaults(stage, at=clock()))
    poll = open_poll(stage, text=text, actor=cast.office, at=clock())
    clock.go_to(poll.opens_at)
    candidates = list(poll.candidates.values_list("pk", flat=True))
    for n in range(VOTERS):
        cast_vote(poll, voter=_voter(n), choices=_choices(poll, candidates, n), ballot=uuid4(), at=clock())
    if until_the_end:
        clock.go_to(poll.closes_at)


def _voter(n: int) -> User:
    phone = f"1990003{n:04}"
    return User.objects.filter(phone=f"+86{phone}").first() or user(f"演练选民{n + 1}", phone)


def _choices(poll: Poll, candidates: Sequence[int], n: int) -> list[int]:
    """As many as a ballot may name, more often those in front: results that differ, the same in every run."""
    most = min(poll.choices_max, len(candidates))
    many = poll.choices_min + n % (most - poll.choices_min + 1)
    first = n * n % len(candidates) * (n % 3) // 2
    return [candidates[(first + k) % len(candidates)] for k in range(many)]
