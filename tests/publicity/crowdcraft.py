"""Invented voters for a poll in the database: the public over the hours, and a burst that somebody paid for."""

from datetime import timedelta
from uuid import UUID

from applications.models import Application
from publicity.ballots import Ballot
from publicity.models import Vote
from publicity.services.polls import cast_votes
from tests.publicity.scene import VoteScene


def everybody(scene: VoteScene, *people: Application, count: int = 120) -> None:
    """People who vote for these in turn, over three days, each by a phone and from an address of their own."""
    poll, ids = scene.poll, [scene.candidate(one) for one in people]
    step = (poll.closes_at - poll.opens_at) / (count + 1)
    _cast(
        scene,
        [
            Ballot(
                voter=f"{n:064x}",
                ballot=UUID(int=n + 1),
                choices=(ids[n % len(ids)],),
                at=poll.opens_at + step * n,
                address=f"198.51.{n % 250}.7",
                agent=f"手机 {n % 13}",
                order=f"seed-{n}",
            )
            for n in range(count)
        ],
    )


def burst(scene: VoteScene, person: Application, *, count: int = 60, hours: int = 20, number: int = 1) -> set[int]:
    """Votes for one person within ten minutes, by two devices; their ids."""
    start = scene.poll.opens_at + timedelta(hours=hours)
    ballots = [
        Ballot(
            voter=f"{number:04x}{n:060x}",
            ballot=UUID(int=(number << 64) + n),
            choices=(scene.candidate(person),),
            at=start + timedelta(seconds=10 * n),
            address=f"203.0.113.{n % 9}",
            agent=f"脚本 {n % 2}",
            order=f"bought-{number}-{n}",
        )
        for n in range(count)
    ]
    _cast(scene, ballots)
    return set(Vote.objects.filter(ballot__in=[one.ballot for one in ballots]).values_list("pk", flat=True))


def _cast(scene: VoteScene, ballots: list[Ballot]) -> None:
    assert not any(cast_votes(scene.poll, ballots))
