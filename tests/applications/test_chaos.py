"""Many drafts, each in two windows at once, over a line that loses answers, cuts requests, doubles and delays them, against a real server.

Every value is written once in the whole test, so that the union's own log says which save put it there and over what. Afterwards:
what was acknowledged is in the log, what the log says last is what the draft holds, nobody wrote over an answer that their
window had not shown, and nobody has two applications or handed one in twice.
"""

import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from applications import selectors, services
from applications.models import PHOTO, Application, Submission
from applications.sealing import plain_json
from applications.states import State
from campaigns.models import Campaign
from config.launcher.processes import die_with_parent
from tests import factories
from unions import audit, vault
from unions.models import AuditEntry, Member, Union

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = ("employer_post", "trade", "deeds", "honours")
ROW = {"date": "2020-05", "issuer": "示例局"}
SECTION = {"employer_post": "work", "trade": "work", "deeds": "story", "honours": "results"}


class Lost(Exception):
    """No answer: it may have arrived or not."""


class Server:
    """The product's own web server on the test's database."""

    def __init__(self, environ: dict[str, str], folder: Path, *, workers: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / "web.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "config.wsgi:application", f"--bind=127.0.0.1:{self.port}"),
                    *("--worker-class=gthread", f"--workers={workers}", "--threads=6", "--no-control-socket"),
                    *("--log-level=warning", "--worker-tmp-dir=/dev/shm"),
                ],
                env=environ,
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL, os.getpid()),
            )
        deadline = time.monotonic() + 90
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            line.request("GET", "/health/live/")
            return line.getresponse().status < 500
        return False

    def kill_a_worker(self, source: random.Random) -> None:
        """As the system does that is out of memory; the server starts another."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(source.choice(children)), signal.SIGKILL)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Line:
    """A bad connection of one window, signed in as somebody."""

    port: int
    session: str
    source: random.Random
    token: str = ""
    late: list[tuple[str, bytes]] = field(default_factory=list)

    def sign(self, path: str) -> None:
        """Read the page once, over a good moment of the line, for the token that posts need."""
        for _ in range(30):
            with contextlib.suppress(Lost):
                status, place, page = self._ask("GET", path)
                path = place or path
                if status == 200:
                    self.token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
                    return
            time.sleep(0.2)
        raise AssertionError(f"{path} never answered")

    def post(self, path: str, data: dict[str, Any]) -> tuple[int, str, str]:
        body = urlencode({"csrfmiddlewaretoken": self.token, **data}, doseq=True).encode()
        fate = self.source.random()
        if fate < 0.12:
            self._send(path, body)  # and never hear of it
            raise Lost
        if fate < 0.17:
            self._send(path, body[: len(body) // 2], length=len(body))
            raise Lost
        if fate < 0.22:
            self.late.append((path, body))  # on its way for a while
            raise Lost
        if fate < 0.32:
            twin = threading.Thread(target=self._quietly, args=(path, body))
            twin.start()
            try:
                return self._ask("POST", path, body)
            finally:
                twin.join()
        if self.late and fate < 0.5:
            self._quietly(*self.late.pop(0))
        return self._ask("POST", path, body)

    def arrive(self) -> None:
        """What was on its way comes in at last."""
        while self.late:
            self._quietly(*self.late.pop(0))

    def _quietly(self, path: str, body: bytes) -> None:
        with contextlib.suppress(Lost):
            self._ask("POST", path, body)

    def _headers(self) -> dict[str, str]:
        cookies = f"sessionid={self.session}" + (f"; csrftoken={self.csrf}" if self.csrf else "")
        return {
            "Cookie": cookies,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Connection": "close",
        }

    csrf: str = ""

    def _ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, str, str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            line.request(method, path, body or None, self._headers())
            answer = line.getresponse()
            if found := re.search(r"csrftoken=(\w+)", answer.headers.get("Set-Cookie", "")):
                self.csrf = found[1]
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        except (OSError, http.client.HTTPException):
            raise Lost from None
        finally:
            line.close()

    def _send(self, path: str, body: bytes, *, length: int | None = None) -> None:
        """Write a request, or its beginning, and hang up."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self._headers().items())
        size = len(body) if length is None else length
        request = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}Content-Length: {size}\r\n\r\n".encode() + body
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=30) as wire:
            wire.sendall(request)


class Ledger:
    """What the windows sent and heard, by the value, which is unlike any other."""

    def __init__(self) -> None:
        self.acknowledged: dict[tuple[int, str], list[str]] = defaultdict(list)
        self.sent_from: dict[str, set[int]] = defaultdict(set)
        self.window_of: dict[str, str] = {}
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def send(self, window: str, revision: int, entries: dict[str, str]) -> None:
        with self._lock:
            for value in entries.values():
                self.sent_from[value].add(revision)
                self.window_of[value] = window

    def hear(self, pk: int, entries: dict[str, str]) -> None:
        with self._lock:
            for name, value in entries.items():
                self.acknowledged[pk, name].append(value)


class Window:
    """One page of one draft, as draft.js keeps it; `here` is what its controls hold, `base` what the server is known to hold."""

    def __init__(self, name: str, line: Line, address: str, application: Application, ledger: Ledger) -> None:
        self.name, self.line, self.address, self.ledger = name, line, address, ledger
        self.pk = application.pk
        # a page shows one section, and goes on from what it has shown of it
        self.revisions = dict.fromkeys(SECTION.values(), application.revision)
        self.base: dict[str, str] = dict.fromkeys(FIELDS, "as it was")
        self.here = dict(self.base)
        self.written = 0

    def work(self, edits: int) -> None:
        source = self.line.source
        self.line.sign(self.address.format("fill", "work"))
        for _ in range(edits):
            for name in source.sample(FIELDS, source.choice((1, 1, 2))):
                self._type(name)
            self._save(source)
        for _ in range(200):
            if self.here == self.base:
                break
            self._save(source)
        else:
            self.ledger.wrong.append(f"window {self.name} never came to rest")
        self.line.arrive()

    def _type(self, name: str) -> None:
        self.written += 1
        self.here[name] = f"{name} {self.name}-{self.written}"

    def _save(self, source: random.Random) -> None:
        """One section, sent as it is until it is answered; people type on meanwhile."""
        changed = [name for name in FIELDS if self.here[name] != self.base[name]]
        if not changed:
            return
        section = SECTION[source.choice(changed)]
        entries = {name: self.here[name] for name in changed if SECTION[name] == section}
        revision = self.revisions[section]
        data: dict[str, Any] = {"revision": revision, "fields": " ".join(entries)}
        for name, value in entries.items():
            row = {f"honours-0-{column}": text for column, text in {**ROW, "name": value}.items()}
            data |= row if name == "honours" else {name: value}
        data["end"] = "1"
        for attempt in range(100):
            self.ledger.send(self.name, revision, entries)
            try:
                status, _place, answer = self.line.post(self.address.format("save", section), data)
            except Lost:
                if source.random() < 0.2:
                    self._type(source.choice(list(entries)))
                time.sleep(min(0.02 * attempt, 0.5))
                continue
            self._answered(status, answer, entries, section, source)
            return
        self.ledger.wrong.append(f"window {self.name}: no answer after a hundred times")

    def _answered(self, status: int, answer: str, entries: dict[str, str], section: str, source: random.Random) -> None:
        if status not in {200, 409}:
            self.ledger.wrong.append(f"window {self.name}: {status} {answer[:200]}")
            return
        told = json.loads(answer)
        if status == 200:
            self.ledger.hear(self.pk, entries)
            self.base |= entries
        for one in told["theirs"]:
            name = one["field"]
            if name not in FIELDS:
                continue
            theirs = one["value"][0]["name"] if name == "honours" and one["value"] else one["value"]
            untouched = self.here[name] == self.base[name]
            self.base[name] = theirs
            if untouched or source.random() < 0.5:
                self.here[name] = theirs
        self.revisions[section] = told["revision"]


class Person:
    def __init__(self, number: int, member: Member, campaign: Campaign, port: int, seed: int) -> None:
        self.member, self.campaign = member, campaign
        session = factories.sign_in(Client(), member).cookies["sessionid"].value
        self.lines = [Line(port, session, random.Random(seed * 1000 + number * 10 + tab)) for tab in range(2)]
        self.home = f"/{campaign.union.slug}"

    def start(self, line: Line) -> str:
        """Press “开始填写” until something answers."""
        path = f"{self.home}/c/{self.campaign.slug}/apply/"
        for _ in range(100):
            with contextlib.suppress(Lost):
                if not line.token:
                    line.sign(f"{path}?channel=self")
                status, place, page = line.post(path, {"channel": "self", "consent": "on"})
                if status == 302:
                    return place
                return f"{status} {page[:300]}"
        return "no answer"

    def hand_in(self, line: Line, pk: int) -> str:
        for _ in range(100):
            with contextlib.suppress(Lost):
                status, place, _page = line.post(f"{self.home}/my/{pk}/submit/", {})
                line.arrive()
                return place if status == 302 else str(status)
        return "no answer"


@pytest.fixture
def serve(service_environ: dict[str, str], tmp_path: Path) -> Iterator[Any]:
    started: list[Server] = []

    def start(*, workers: int) -> Server:
        started.append(Server(service_environ, tmp_path, workers=workers))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def _open_campaign(union: Union) -> Campaign:
    """The server reads the machine's clock."""
    campaign = factories.CampaignFactory(union=union, slug="chaos")
    now = timezone.now()
    Campaign.objects.filter(pk=campaign.pk).update(opens_at=now - timedelta(days=9), closes_at=now + timedelta(days=9))
    campaign.refresh_from_db()
    return campaign


def _prepare(application: Application, number: int) -> Application:
    """Everything else the form and the check list ask for."""
    answers = factories.sample_answers(application.campaign.rules, number)
    answers |= {"employer_post": "as it was", "trade": "as it was", "deeds": "as it was"}
    answers["honours"] = [{**ROW, "name": "as it was"}]
    saved = services.save_draft(
        application, answers=answers, revision=0, actor=application.applicant, at=timezone.now()
    )
    for slot in (PHOTO, *(one.id for one in application.campaign.rules.materials if one.paper is None)):
        factories.give_material(saved, slot, at=timezone.now())
    return saved


def _writes(application: Application) -> dict[str, list[tuple[int, str]]]:
    """Field → (revision, digest) of every save that changed it, in order, as the log has them."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    entries = AuditEntry.objects.filter(action="application.draft_saved", object_id=str(application.pk))
    for entry in entries.order_by("seq"):
        for name, digest in entry.after.items():
            if name in FIELDS:
                found[name].append((entry.after["revision"], digest))
    return found


def _faults(application: Application, ledger: Ledger) -> list[str]:
    key = application.person.key
    values = [value for value in ledger.window_of if value.partition(" ")[2].startswith(f"{application.pk}-")]
    as_kept = {value: [{**ROW, "name": value}] if value.startswith("honours") else value for value in values}
    value_of = {vault.digest(key, plain_json(kept)): value for value, kept in as_kept.items()}
    opened = selectors.answers_of(application)
    wrong = []
    for name, writes in _writes(application).items():
        digests = [digest for _revision, digest in writes]
        missing = [
            value
            for value in ledger.acknowledged[application.pk, name]
            if vault.digest(key, plain_json(as_kept[value])) not in digests
        ]
        wrong += [f"{application.pk}: {value!r} was acknowledged and never written" for value in missing]
        strange = [digest for digest in digests[1:] if digest not in value_of]
        wrong += [f"{application.pk}: {name} was written with something nobody typed" for _ in strange]
        if vault.digest(key, plain_json(opened.get(name, ""))) != digests[-1]:
            wrong.append(f"{application.pk}: {name} holds {opened.get(name)!r}, not what was written last")
        for (before, one), (_revision, other) in pairwise(writes):
            mine, over = value_of.get(other), value_of.get(one)
            if mine is None or over is None or ledger.window_of[mine] == ledger.window_of[over]:
                continue
            if max(ledger.sent_from[mine]) < before:
                wrong.append(f"{application.pk}: {mine!r} was written over {over!r}, which its window had not shown")
    return wrong


def play(union: Union, server: Server, *, people: int, edits: int, threads: int, seed: int, kills: int = 0) -> None:
    campaign = _open_campaign(union)
    crowd = []
    for number in range(people):
        member = factories.MemberFactory(union=union)
        factories.consent(member)
        crowd.append(Person(number, member, campaign, server.port, seed))
    ledger = Ledger()

    with ThreadPoolExecutor(threads) as pool:
        places = list(
            pool.map(lambda pair: pair[0].start(pair[1]), ((one, line) for one in crowd for line in one.lines))
        )
        assert [place for place in places if "/fill/" not in place and not re.search(r"/my/\d+/$", place)] == []
        drafts = {one.member.pk: Application.objects.get(applicant=one.member) for one in crowd}
        assert Application.objects.count() == people

        windows = []
        for number, one in enumerate(crowd):
            draft = drafts[one.member.pk] = _prepare(drafts[one.member.pk], number)
            address = f"{one.home}/my/{draft.pk}/{{}}/{{}}/"
            windows += [
                Window(f"{draft.pk}-{'ab'[tab]}", line, address, draft, ledger) for tab, line in enumerate(one.lines)
            ]
        over = threading.Event()
        killer = threading.Thread(target=_kill_now_and_then, args=(server, over, kills, seed))
        killer.start()
        list(pool.map(lambda window: window.work(edits), windows))
        over.set()
        killer.join()

        assert ledger.wrong == []
        handed = list(
            pool.map(
                lambda pair: pair[0].hand_in(pair[1], drafts[pair[0].member.pk].pk),
                ((one, line) for one in crowd for line in one.lines),
            )
        )
    assert [place for place in handed if not re.search(r"/my/\d+/$", place)] == []

    rows = list(Application.objects.select_related("campaign", "person__key"))
    assert len(rows) == people
    assert [wrong for row in rows for wrong in _faults(row, ledger)] == []
    assert {row.state for row in rows} == {State.SUBMITTED}
    assert len({row.number for row in rows}) == people
    assert Submission.objects.count() == people
    for row in rows:
        assert selectors.submitted_answers(selectors.latest_submission(row)) == selectors.answers_of(row)
    assert audit.verify(union).verified


def _kill_now_and_then(server: Server, over: threading.Event, kills: int, seed: int) -> None:
    source = random.Random(seed)
    for _ in range(kills):
        if over.wait(source.uniform(1, 4)):
            return
        server.kill_a_worker(source)


def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(union: Union, serve: Any) -> None:
    play(union, serve(workers=1), people=4, edits=4, threads=8, seed=20260302)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_three_hundred_drafts_over_bad_lines_and_dying_servers(union: Union, serve: Any, seed: int) -> None:
    play(union, serve(workers=3), people=300, edits=12, threads=32, seed=seed, kills=40)
