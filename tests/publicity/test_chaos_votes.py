"""Votes over HTTP while web, recorder and database are killed with -9: what was acknowledged is in the log, once, and nothing else is.

Voters send the same ballot again until it is acknowledged, as the page lets them, and some of them once more after that.
PostgreSQL is one of the test's own, with its real fsync, so that killing it disturbs nobody else.
"""

import contextlib
import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from config.launcher import places, ports, postgres, roles
from config.launcher.processes import Child, die_with_parent
from publicity import selectors_polls
from publicity.ballots import Pass, issue, receipt
from publicity.models import Poll, PollCandidate, Vote
from publicity.services import polls
from tests.publicity.scene import DAY, VoteScene
from unions import audit, tenancy
from unions.models import AuditEntry, Union

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "invented"
RECORD = """
import time, django; django.setup()
from publicity.models import Poll
from publicity.services import polls
from unions import tenancy
from django.db import connection
from django.utils import timezone
with tenancy.scope({union}):
    while True:
        try:
            polls.record_votes(Poll.objects.select_related("union").get(pk={poll}), at=timezone.now())
        except Exception:
            connection.close()
        time.sleep(0.05)
"""


class Database:
    """A PostgreSQL of the test's own, filled with what the test's database holds."""

    def __init__(self, home: Path) -> None:
        self.home, self.account = home, places.server_account()
        if self.account is not None:
            os.chown(home, self.account.uid, self.account.gid)
        secrets = {"POSTGRES_ADMIN_PASSWORD": PASSWORD}
        self.log = home / "postgresql.log"
        self.child, self.admin, _ = postgres.start(home, secrets, log=self.log, account=self.account, fast=False)
        roles.prepare(self.admin, dict.fromkeys((roles.OWNER, roles.APP, roles.REHEARSAL), PASSWORD))
        self._fill()

    def _fill(self) -> None:
        parts = urlsplit(os.environ["DATABASE_ADMIN_URL"])
        there = parts._replace(path=f"/{quote(connection.settings_dict['NAME'])}").geturl()
        here = urlsplit(self.admin)._replace(path=f"/{roles.DATABASE}").geturl()
        tools = places.choose_postgres(self.home / "postgres", self.home, self.account).bin
        dumped = subprocess.run(
            [self._tool(tools, "pg_dump"), "--format=plain", f"--dbname={there}"], check=True, capture_output=True
        )
        restore = [self._tool(tools, "psql"), "--quiet", "--set=ON_ERROR_STOP=0", f"--dbname={here}"]
        subprocess.run(restore, input=dumped.stdout, check=True, capture_output=True)

    @staticmethod
    def _tool(tools: Path, name: str) -> str:
        found = str(tools / name) if (tools / name).exists() else shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is neither beside the server's programs nor on the path")
        return found

    @property
    def url(self) -> str:
        host = self.admin.rpartition("@")[2].partition("/")[0]
        return f"postgres://{roles.APP}:{PASSWORD}@{host}/{roles.DATABASE}"

    def kill(self) -> None:
        """As a machine does that loses power: every process at once. Then it starts again on the same port."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()
        for pid in (self.child.pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.child.process.wait()
        arguments = [str(part) for part in self.child.process.args]  # type: ignore[union-attr]
        time.sleep(0.2)
        self.child = Child(
            *("postgresql", arguments),
            log=self.log,
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
            stop_signal=signal.SIGINT,
            account=self.account,
            cwd=self.home,
        )


@contextlib.contextmanager
def _process(*arguments: str, environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environ,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL, os.getpid()),
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass
class Voters:
    """Everybody who votes, and what they were told."""

    port: int
    path: str
    union: int
    poll: int
    candidates: list[int]
    acknowledged: dict[UUID, list[int]] = field(default_factory=dict)
    lost: int = 0
    given_up: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def vote(self, n: int) -> None:
        """One ballot, sent until it is acknowledged; every fifth voter sends it again afterwards."""
        source, ballot = random.Random(n), uuid4()
        voter, choice = sha256(str(n).encode()).hexdigest(), sorted(source.sample(self.candidates, 2))
        given = Pass(self.union, self.poll, voter, ballot, self.path)
        body = urlencode({"pass": issue(given, at=timezone.now()), "choice": choice}, doseq=True)
        if self.given_up:
            return
        self._until_acknowledged(body, ballot)
        with self.lock:
            self.acknowledged[ballot] = choice
        if n % 5 == 0:
            self._until_acknowledged(body, ballot)

    def _until_acknowledged(self, body: str, ballot: UUID) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=25)
                line.request("POST", self.path, body, {"Content-Type": "application/x-www-form-urlencoded"})
                answer = line.getresponse()
                if answer.status == 303:
                    assert answer.getheader("Location", "").endswith("/done/"), answer.getheader("Location")
                    assert receipt(ballot) in answer.getheader("Set-Cookie", "")
                    return
                assert answer.status == 503
            with self.lock:
                self.lost += 1
            time.sleep(0.05)
        self.given_up = True
        raise AssertionError("a ballot was never acknowledged")


class Intake:
    """The server of votes with two processes, started again whenever it ends, as its container is.

    It replaces a process that was killed; when the same one dies twice within seconds it gives up and ends.
    """

    def __init__(self, port: int, environ: dict[str, str], log: Path) -> None:
        self._command = (
            *("-m", "granian", "config.votes:application", "--interface=wsgi", f"--port={port}", "--http=1"),
            *("--workers=2", "--blocking-threads=8", "--respawn-failed-workers", "--log-level=error"),
        )
        self._environ, self._log = environ, log
        self._pid: int | None = None
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        while self._keeper.is_alive():  # it may just be starting another one
            self._kill(self._pid)
            self._keeper.join(0.1)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            with _process(*self._command, environ=self._environ, log=self._log) as server:
                self._pid = server.pid
                server.wait()

    def kill_a_process(self) -> None:
        with contextlib.suppress(FileNotFoundError, IndexError):  # it has just ended, or has started none yet
            children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
            self._kill(int(random.choice(children)))

    @staticmethod
    def _kill(pid: int | None) -> None:
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the server's account can reach; pytest's own are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="jx-votes-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    ("people", "kills"),
    [pytest.param(250, 3, id="small"), pytest.param(20_000, 40, id="big", marks=pytest.mark.soak)],
)
def test_not_one_acknowledged_vote_is_lost_or_doubled(
    union: Union, service_environ: dict[str, str], home: Path, people: int, kills: int
) -> None:
    scene = VoteScene(union)
    scene.to_vote()
    poll = scene.open_poll(closes_at=timezone.now() + DAY)
    candidates = list(PollCandidate.objects.filter(poll=poll).values_list("pk", flat=True))
    path = reverse("publicity:cast", kwargs={"union_slug": union.slug, "pk": poll.pk})
    database = Database(home)
    port, environ = ports.free_port(), {**service_environ, "DATABASE_URL": database.url}
    recorder = ("-c", RECORD.format(union=union.pk, poll=poll.pk))
    log, voters = home / "web.log", Voters(port, path, union.pk, poll.pk, candidates)
    try:
        with contextlib.ExitStack() as running, ThreadPoolExecutor(12) as crowd:
            intake = running.enter_context(Intake(port, environ, log))
            recording = running.enter_context(_process(*recorder, environ=environ, log=log))
            sent = [crowd.submit(voters.vote, n) for n in range(people)]
            for n in range(kills):
                _wait_for(voters, people * (n + 1) // (kills + 2))
                intake.kill_a_process()
                if n % 3 == 1:
                    database.kill()
                if n % 3 == 2:
                    recording.kill()
                    recording = running.enter_context(_process(*recorder, environ=environ, log=log))
            for one in sent:
                one.result()
        assert voters.lost > 0, "nothing was killed under load"
        _check(database, union, poll, voters)
    finally:
        database.child.stop(grace=10)


def _wait_for(voters: Voters, votes: int) -> None:
    deadline = time.monotonic() + 120
    while len(voters.acknowledged) < votes:
        assert time.monotonic() < deadline, f"{len(voters.acknowledged)} votes in two minutes"
        time.sleep(0.005)


def _check(database: Database, union: Union, poll: Poll, voters: Voters) -> None:
    """In the database that was killed: every ballot once, every one on record, the chain whole, the sums right."""
    before, parts = dict(connection.settings_dict), urlsplit(database.url)
    connection.close()
    connection.settings_dict.update(
        HOST=parts.hostname, PORT=parts.port, NAME=roles.DATABASE, USER=roles.APP, PASSWORD=PASSWORD
    )
    try:
        with tenancy.scope(union.pk):
            kept = {ballot: list(choices) for ballot, choices in Vote.objects.values_list("ballot", "choices")}
            assert kept == voters.acknowledged
            assert Vote.objects.count() == len(kept)
            polls.record_votes(poll, at=timezone.now())
            entries = AuditEntry.objects.filter(action=selectors_polls.VOTES_TAKEN)
            recorded = [pk for entry in entries for pk in entry.rows["publicity.vote"]]
            assert sorted(map(int, recorded)) == list(Vote.objects.order_by("pk").values_list("pk", flat=True))
            assert audit.verify(union).verified
            assert sum(selectors_polls.tally(poll).values()) == 2 * len(kept)
            assert selectors_polls.running_tally(poll).votes == selectors_polls.tally(poll)
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)
