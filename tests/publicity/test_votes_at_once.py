"""Votes that come in at the same moment: real threads, real connections."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection

from publicity import selectors_polls
from publicity.models import Vote
from publicity.services import polls
from tests.factories import UserFactory
from tests.publicity.scene import VoteScene
from unions import audit, tenancy
from unions.models import Union
from unions.permits import Refused

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(union: Union, *verbs: Callable[[], object]) -> list[object]:
    """Run the verbs together; return what each answered or raised."""
    start = threading.Barrier(len(verbs))
    answers: list[object] = [None] * len(verbs)

    def run(n: int, verb: Callable[[], object]) -> None:
        try:
            with tenancy.scope(union.pk):
                start.wait(20)
                answers[n] = verb()
        except Exception as error:  # noqa: BLE001 - the test looks at what it was
            answers[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_two_votes_of_one_phone_at_once_are_one_ballot_a_day(union: Union) -> None:
    scene = VoteScene(union)
    zhao, qian, _sun = scene.to_vote()
    poll, voter, at = scene.open_poll(), UserFactory(), scene.now()
    chosen = [scene.candidate(zhao), scene.candidate(qian)]

    answers = _at_once(
        union,
        *(
            lambda pk=pk: polls.cast_vote(poll, voter=voter, choices=[pk], ballot=uuid4(), at=at)  # type: ignore[misc]
            for pk in chosen
        ),
    )

    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert Vote.objects.count() == 1


def test_a_double_click_at_once_counts_once(union: Union) -> None:
    scene = VoteScene(union, vote={"ballots_per_day": 5})
    person = scene.to_vote("赵建国")[0]
    poll, voter, at, ballot, pk = scene.open_poll(), UserFactory(), scene.now(), uuid4(), scene.candidate(person)

    def click() -> Vote:
        return polls.cast_vote(poll, voter=voter, choices=[pk], ballot=ballot, at=at)

    answers = _at_once(union, click, click, click)

    assert len({answer.pk for answer in answers if isinstance(answer, Vote)}) == 1
    assert Vote.objects.count() == 1


def test_everybodys_vote_at_once_is_counted(union: Union) -> None:
    scene = VoteScene(union)
    person = scene.to_vote("赵建国")[0]
    poll, at, pk = scene.open_poll(), scene.now(), scene.candidate(person)
    voters = [UserFactory() for _ in range(4)]

    _at_once(
        union,
        *(
            lambda voter=voter: polls.cast_vote(poll, voter=voter, choices=[pk], ballot=uuid4(), at=at)  # type: ignore[misc]
            for voter in voters
        ),
    )

    assert selectors_polls.tally(poll) == {pk: 4}
    assert audit.verify(union).verified


def test_a_vote_at_the_last_moment_is_counted_or_refused(union: Union) -> None:
    """Whichever is first, what the stage recorded is what the ballots say."""
    scene = VoteScene(union)
    person = scene.to_vote("赵建国")[0]
    poll, pk, voter = scene.open_poll(), scene.candidate(person), UserFactory()
    last = poll.closes_at - (poll.closes_at - poll.opens_at) / 1000
    scene.end_vote()

    _at_once(
        union,
        lambda: polls.cast_vote(poll, voter=voter, choices=[pk], ballot=uuid4(), at=last),
        lambda: scene.close("vote"),
    )

    votes = selectors_polls.tally(poll).get(pk, 0)
    assert scene.stage("vote").outcomes.get().reason.startswith(f"网络投票得 {votes} 票")
