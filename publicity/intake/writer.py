"""Group commit: the ballots of all threads of a process go into the log together, by one transaction at a time."""

import queue
import threading
import time
from collections import defaultdict
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from publicity import selectors_polls
from publicity.ballots import Ballot, Pass
from publicity.intake.desk import Busy
from publicity.selectors_polls import Standing
from publicity.services import polls
from unions import tenancy

MOST: Final = 500
"""Ballots of one transaction."""
PATIENCE: Final = 20.0
"""Seconds after which a voter is told to send the ballot again."""
STANDING_AGE: Final = 1.0
"""Seconds for which the names of the ballot are believed without another look."""

log = structlog.get_logger(__name__)

Waiting = tuple[Pass, Ballot, "Future[str]"]


class Writer:
    """Called by every thread with its ballot; returns when the ballot is committed, or says why it was refused.

    While one batch is being committed the next one gathers, so that a batch is as large as the load asks for and a single
    vote waits for nobody. One thread writes: it is the only one with a connection to the database.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Waiting] = queue.SimpleQueue()
        self._standing: dict[int, tuple[float, Standing]] = {}
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def __call__(self, given: Pass, ballot: Ballot) -> str:
        if self._thread is None:
            self._start()
        future: Future[str] = Future()
        self._waiting.put((given, ballot, future))
        try:
            return future.result(PATIENCE)
        except TookTooLong as late:
            raise Busy from late

    def _start(self) -> None:
        """With the first ballot, not with the process: a server forks after it has loaded us."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="votes", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < MOST:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            by_poll: dict[tuple[int, int], list[Waiting]] = defaultdict(list)
            for one in batch:
                by_poll[one[0].union, one[0].poll].append(one)
            for (union, poll), group in by_poll.items():
                self._write(union, poll, group)

    def _write(self, union: int, poll: int, group: list[Waiting]) -> None:
        try:
            close_old_connections()
            with tenancy.scope(union):
                answers = polls.cast_votes(
                    poll, [ballot for _given, ballot, _future in group], standing=self._who_stands(poll)
                )
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody is told that their ballot counts
            log.warning("votes_not_written", poll=poll, ballots=len(group), error=repr(error))
            if isinstance(error, DatabaseError | InterfaceError):
                connection.close()
            for *_, future in group:
                future.set_exception(Busy())
            return
        for (*_, future), refusal in zip(group, answers, strict=True):
            future.set_result(refusal)

    def _who_stands(self, poll: int) -> Standing:
        now = time.monotonic()
        known = self._standing.get(poll)
        if known is None or now - known[0] > STANDING_AGE:
            known = now, selectors_polls.standing_of(selectors_polls.with_its_stage(poll))
            self._standing[poll] = known
        return known[1]
