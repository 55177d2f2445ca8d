"""Group commit: the ballots of all threads of a process go into the log together, by one transaction at a time."""

import queue
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, cast

import structlog
from django.db import InterfaceError, OperationalError, connection

from publicity import selectors_polls
from publicity.ballots import Ballot, Pass
from publicity.intake.desk import Busy
from publicity.models import Poll
from publicity.selectors_polls import Standing
from publicity.services import polls
from unions import tenancy

MOST: Final = 500
"""Ballots of one transaction."""
GATHER: Final = 0.003
"""Seconds in which a batch gathers when the one before held several: those who were just answered come back with more."""
PATIENCE: Final = 20.0
"""Seconds after which a voter is told to send the ballot again."""
STANDING_AGE: Final = 1.0
"""Seconds for which the names of the ballot are believed without another look."""

POLL_AGE: Final = 60.0
"""Seconds for which a poll is kept: its key may be deleted."""

log = structlog.get_logger(__name__)


class _Waiting:
    """A ballot and the thread that brought it, asleep on a bare lock: a future's condition costs three times that."""

    __slots__ = ("answer", "ballot", "given", "lock")

    def __init__(self, given: Pass, ballot: Ballot) -> None:
        self.given, self.ballot = given, ballot
        self.answer: str | None = None
        """Why it was refused, or nothing where it is in the log; None where nobody knows."""
        self.lock = threading.Lock()
        self.lock.acquire()

    def wait(self) -> str:
        if not self.lock.acquire(timeout=PATIENCE) or self.answer is None:
            raise Busy
        return self.answer

    def end(self, answer: str | None) -> None:
        self.answer = answer
        self.lock.release()


@dataclass(slots=True)
class _Known:
    poll: Poll
    since: float
    standing: Standing = field(default_factory=dict)
    seen: float = 0.0


class Writer:
    """Called by every thread with its ballot; returns when the ballot is committed, or says why it was refused.

    While one batch is being committed the next one gathers, so that a batch is as large as the load asks for and a single
    vote waits for nobody. One thread writes: it is the only one with a connection to the database.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._known_polls: dict[int, _Known] = {}
        self._scope, self._union = ExitStack(), cast("int | None", None)
        self._unstarted = threading.Lock()

    def __call__(self, given: Pass, ballot: Ballot) -> str:
        if self._unstarted.acquire(blocking=False):
            # with the first ballot, not with the process: a server forks after it has loaded us
            threading.Thread(target=self._run, name="votes", daemon=True).start()
        one = _Waiting(given, ballot)
        self._waiting.put(one)
        return one.wait()

    def _run(self) -> None:
        gather = False
        while True:
            batch = [self._waiting.get()]
            if gather:
                time.sleep(GATHER)
            while len(batch) < MOST:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            gather = len(batch) > 1
            by_poll: dict[tuple[int, int], list[_Waiting]] = defaultdict(list)
            for one in batch:
                by_poll[one.given.union, one.given.poll].append(one)
            for (union, poll), group in by_poll.items():
                self._write(union, poll, group)

    def _write(self, union: int, poll: int, group: list[_Waiting]) -> None:
        try:
            answers = self._cast(union, poll, [one.ballot for one in group])
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody is told that their ballot counts
            log.warning("votes_not_written", poll=poll, ballots=len(group), error=repr(error))
            self._leave()
            for one in group:
                one.end(None)
            return
        for one, refusal in zip(group, answers, strict=True):
            one.end(refusal)

    def _cast(self, union: int, poll: int, ballots: list[Ballot]) -> list[str]:
        """Written once more where the connection was gone: a ballot that did get in the first time counts once."""
        try:
            return self._cast_once(union, poll, ballots)
        except (OperationalError, InterfaceError):
            self._leave()
            return self._cast_once(union, poll, ballots)

    def _cast_once(self, union: int, poll: int, ballots: list[Ballot]) -> list[str]:
        if self._union != union:
            # the scope stays open from one batch to the next: telling the database costs a trip each time
            self._leave()
            self._scope.enter_context(tenancy.scope(union))
            self._union = union
        found, standing = self._known(poll)
        return polls.cast_votes(found, ballots, standing=standing)

    def _leave(self) -> None:
        self._known_polls.clear()
        self._union = None
        connection.close()
        self._scope.close()

    def _known(self, pk: int) -> tuple[Poll, Standing]:
        """The poll, which never changes, with its rules already read, and who stands in it, looked up every second."""
        now = time.monotonic()
        known = self._known_polls.get(pk)
        if known is None or now - known.since > POLL_AGE:
            known = self._known_polls[pk] = _Known(selectors_polls.with_its_stage(pk), now)
        if now - known.seen > STANDING_AGE:
            known.standing, known.seen = selectors_polls.standing_of(known.poll), now
        return known.poll, known.standing
