"""Votes over HTTP: the intake beside a bare Django view with one INSERT, and beside pgbench.

Intake and view are served by the same server, granian, with as many processes and threads, on the same PostgreSQL with its real fsync,
and asked in turn by the same load generator, which keeps as many connections to each. The intake does all that it does for
a voter: the pass is verified, the hours, choices and limits are judged, the digests are made, and the answer comes after
the commit. The view does one INSERT into the same table, whose constraints and triggers hold for both.

pgbench inserts the same rows with as many clients, each in its own transaction, without HTTP or Python: what the database
alone gives to whoever does not gather.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Person
from benchmarks import Measured, figure
from benchmarks._load import Load, load
from benchmarks.inbox import found_a_union
from campaigns import services as campaign_services
from campaigns.models import Campaign, Stage
from campaigns.rules.loader import RULESETS, builtin_codes, load_builtin
from campaigns.rules.schema import PublicVoteStage, RuleSet
from campaigns.selectors import stage_rule
from campaigns.states import CampaignState, StageState
from config.launcher import ports
from config.launcher.processes import die_with_parent
from publicity.ballots import Pass, issue
from publicity.models import Poll, PollCandidate, Vote
from review.models import Outcome
from review.states import Verdict
from unions import tenancy, vault
from unions.models import Member, Union

PEOPLE = 30
CHOSEN = 5
WORKERS, THREADS, CONNECTIONS = 2, 32, 64
ROUNDS, REQUESTS = 7, 1500
SECONDS = 6
AT_LEAST = 1.8


@figure("votes.vs_one_insert_view", better="higher", target=AT_LEAST)
def votes() -> Measured:
    polls = _polls(2)
    union = polls[0].union
    bare = {"BENCH_POLL": f"{union.pk}:{polls[1].pk}"}
    made: dict[str, list[Load]] = {"intake": [], "view": []}
    with tenancy.scope(union.pk), server("config.votes") as intake, server("benchmarks._bare_votes", bare) as view:
        sides = (("intake", intake, _ballots(polls[0])), ("view", view, _plain(polls[1])))
        for _name, port, requests in sides:
            load(port, islice(requests, CONNECTIONS * 4), connections=CONNECTIONS)
        for n in range(ROUNDS):
            for name, port, requests in sides if n % 2 else reversed(sides):
                made[name].append(load(port, list(islice(requests, REQUESTS)), connections=CONNECTIONS))
        for poll, right in zip(polls, (303, 204), strict=True):
            asked = CONNECTIONS * 4 + ROUNDS * REQUESTS
            if Vote.objects.filter(poll=poll).count() != asked:
                raise RuntimeError(f"not every request became a vote of poll {poll.pk}; {right} was expected")
    ratios = [a.rate / b.rate for a, b in zip(made["intake"], made["view"], strict=True)]
    return Measured(
        median(ratios),
        {
            "votes_per_second": {name: round(median(one.rate for one in of)) for name, of in made.items()},
            "p50_milliseconds": {name: _milliseconds(of, 0.5) for name, of in made.items()},
            "p99_milliseconds": {name: _milliseconds(of, 0.99) for name, of in made.items()},
            "ratios": [round(ratio, 2) for ratio in ratios],
            "server": f"granian, {WORKERS} processes of {THREADS} threads, {CONNECTIONS} connections",
            "requests": f"{ROUNDS} times {REQUESTS} each, in turn",
            "cores": os.cpu_count(),
        },
    )


@figure("floor.votes_vs_pgbench", better="higher", target=0)
def floor() -> Measured:
    """Reported: how the intake compares with the database's own tool inserting one row a transaction."""
    program = pgbench()
    if program is None:
        return Measured(0, {"absent": "no pgbench beside the server's programs or on the path"})
    polls = _polls(2)
    union = polls[0].union
    with tenancy.scope(union.pk), server("config.votes") as intake:
        requests = _ballots(polls[0])
        load(intake, islice(requests, CONNECTIONS * 4), connections=CONNECTIONS)
        rates, taken = [], []
        for _ in range(3):
            rates.append(_pgbench(program, polls[1]))
            taken.append(load(intake, list(islice(requests, REQUESTS * 2)), connections=CONNECTIONS))
    ratios = [one.rate / rate for one, rate in zip(taken, rates, strict=True)]
    return Measured(
        median(ratios),
        {
            "inserts_per_second": round(median(rates)),
            "votes_per_second": round(median(one.rate for one in taken)),
            "clients": WORKERS * THREADS,
            "p99_milliseconds": _milliseconds(taken, 0.99),
            "pgbench": program,
        },
    )


def _milliseconds(loads: list[Load], share: float) -> float:
    return round(median(one.quantile(share) for one in loads) * 1000, 1)


# --- what is asked ----------------------------------------------------------------------------------------------------


def post(path: str, body: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def ballots(poll: Poll, voters: Callable[[int], str], *, start: int = 0) -> Iterator[bytes]:
    """Requests of one voter after another, as the page of confirmation sends them."""
    ids = list(PollCandidate.objects.filter(poll=poll).values_list("pk", flat=True))
    path, at, n = (
        reverse("publicity:cast", kwargs={"union_slug": poll.union.slug, "pk": poll.pk}),
        timezone.now(),
        start,
    )
    while True:
        given = Pass(poll.union_id, poll.pk, voters(n), uuid4(), path, order=f"{n:x}")
        choice = [ids[(n * 7 + k) % len(ids)] for k in range(CHOSEN)]
        yield post(path, urlencode({"pass": issue(given, at=at), "choice": choice}, doseq=True))
        n += 1


def _voter(n: int) -> str:
    return sha256(str(n).encode()).hexdigest()


def _ballots(poll: Poll) -> Iterator[bytes]:
    return ballots(poll, _voter)


def _plain(poll: Poll) -> Iterator[bytes]:
    """The same for the bare view, which believes whatever voter it is told."""
    ids = list(PollCandidate.objects.filter(poll=poll).values_list("pk", flat=True))
    n = 0
    while True:
        choice = [ids[(n * 7 + k) % len(ids)] for k in range(CHOSEN)]
        yield post("/cast/", urlencode({"voter": _voter(n), "choice": choice}, doseq=True))
        n += 1


# --- who is asked -----------------------------------------------------------------------------------------------------


@contextmanager
def server(module: str, more: dict[str, str] | None = None, *, workers: int = WORKERS) -> Iterator[int]:
    """Granian with an application of ours, all processes of it ready; gives its port."""
    port = ports.free_port()
    command = [
        *(sys.executable, "-m", "granian", f"{module}:application", "--interface=wsgi", f"--port={port}", "--http=1"),
        *(f"--workers={workers}", f"--blocking-threads={THREADS}"),
    ]
    with tempfile.NamedTemporaryFile() as said:
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            preexec_fn=die_with_parent(signal.SIGTERM, os.getpid()),  # noqa: PLW1509 - one thread
        )
        try:
            deadline, text = time.monotonic() + 60, Path(said.name)
            while text.read_text().count("Started worker-") < workers:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{module} did not start: {text.read_text()}")
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def pgbench() -> str | None:
    """PostgreSQL's own load generator, where the machine or the embedded server has it."""
    beside = [str(folder / "pgbench") for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return next((path for path in beside if Path(path).exists()), None) or shutil.which("pgbench")


def _pgbench(program: str, poll: Poll) -> float:
    """Transactions a second of clients that insert one vote each and commit."""
    ids = list(PollCandidate.objects.filter(poll=poll).values_list("pk", flat=True))[:CHOSEN]
    script = (
        "INSERT INTO publicity_vote (union_id, poll_id, voter, ballot, day, day_seq, seq, choices, at, channel, address,"
        f' network, agent, "order") VALUES ({poll.union_id}, {poll.pk}, md5(random()::text) || md5(random()::text),'
        f" gen_random_uuid(), current_date, 1, 1, '{{{','.join(map(str, ids))}}}', now(), '', '', '', '', '');"
    )
    where = urlsplit(os.environ["DATABASE_URL"])
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [
                *(program, "--no-vacuum", f"--file={file.name}", f"--client={WORKERS * THREADS}", f"--jobs={WORKERS}"),
                *(f"--time={SECONDS}", "--protocol=prepared", f"--host={where.hostname}", f"--port={where.port}"),
                *(f"--username={where.username}", where.path.lstrip("/")),
            ],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PGPASSWORD": where.password or "", "PGOPTIONS": f"-c app.union={poll.union_id}"},
        )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("tps = ")]
    return float(line.split()[2])


# --- what is voted on -------------------------------------------------------------------------------------------------


def _polls(many: int) -> list[Poll]:
    """Polls of a union of their own that are open now, each with so many invented people."""
    union, office = found_a_union()
    with tenancy.scope(union.pk):
        return [make_poll(union, office, f"vote{n}") for n in range(many)]


def make_poll(union: Union, office: Member, slug: str, *, per_day: int = 1) -> Poll:
    now = timezone.now()
    code = next(code for code in builtin_codes() if _has_a_vote(load_builtin(code)))
    text = (RULESETS / f"{code}.toml").read_text(encoding="utf-8")
    ruleset = campaign_services.load_ruleset(union, text, name=slug, actor=office, at=now)
    campaign = campaign_services.draft_campaign(union, ruleset, slug=slug, title=slug, actor=office, at=now)
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.PUBLISHED, rules_sha256="0" * 64)
    stage = Stage.objects.get(campaign=campaign, kind="public_vote")
    Stage.objects.filter(pk=stage.pk).update(state=StageState.OPEN, opened_at=now)
    rule, people = stage_rule(stage), [_person(campaign, office, n) for n in range(PEOPLE)]
    assert isinstance(rule, PublicVoteStage)
    before = campaign.rules.previous(rule)
    if before is not None:
        _pass(Stage.objects.get(campaign=campaign, key=before.id), people, office)
    poll = Poll.objects.create(
        union=union,
        stage=stage,
        title="示例投票",
        text="请投票。",
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=1),
        choices_min=1,
        choices_max=20,
        ballots_per_day=per_day,
        shown=False,
        key=vault.new_key(union, at=now),
        at=now,
        by=office,
    )
    PollCandidate.objects.bulk_create(
        PollCandidate(union=union, poll=poll, number=n, application=one, sealed="-", digest="0" * 64)
        for n, one in enumerate(people, start=1)
    )
    return poll


def _has_a_vote(rules: RuleSet) -> bool:
    return any(isinstance(stage, PublicVoteStage) for stage in rules.stages)


def _person(campaign: Campaign, office: Member, n: int) -> Application:
    now = timezone.now()
    person = Person.objects.create(union=campaign.union, name=f"赵建国{n}", created_at=now)
    return Application.objects.create(
        union=campaign.union,
        campaign=campaign,
        person=person,
        filled_by=office,
        channel="self",
        state="submitted",
        number=f"N{n:05d}",
        name=person.name,
        created_at=now,
        saved_at=now,
        submitted_at=now,
    )


def _pass(stage: Stage, people: list[Application], office: Member) -> None:
    Outcome.objects.bulk_create(
        Outcome(
            union=stage.union,
            campaign=stage.campaign,
            stage=stage,
            application=one,
            verdict=Verdict.PASSED,
            reason="符合条件",
            at=timezone.now(),
            by=office,
        )
        for one in people
    )
