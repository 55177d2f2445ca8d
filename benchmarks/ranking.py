"""Ranking exactly against NumPy doing the same sums in floating point, and the expert's pages at 10, 100 and 1,000 cases.

NumPy is the fastest that this machine can do, and rounds; the product must not round, for a rounding would decide about
places. The ratio says what exactness costs: an order of magnitude is the price of whole numbers in Python against machine
words, and what people notice is whether a page stays under a second or two.
"""

import gc
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from statistics import median
from typing import Any, Final

import numpy as np
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from applications.models import Application, Person
from applications.states import State
from benchmarks import Measured, figure
from campaigns import services as campaign_services
from campaigns.models import Campaign, Stage
from campaigns.rules.loader import RULESETS
from campaigns.states import CampaignState, StageState
from review import ranking, stability
from review.models import Expert, Outcome, Panel, PanelSeat
from review.ranking import Criterion, Method, Scored, Sheet
from review.services import pool
from review.states import Seat, Verdict
from unions import services, tenancy
from unions.models import Member, Union, User
from unions.states import Role

CASES, EXPERTS, CRITERIA, CUT = 2_000, 15, 8, 200
WEIGHTS: Final = (20, 15, 15, 10, 10, 10, 10, 10)
ROUNDS: Final = 5


@figure("ranking.2000x15x8_vs_numpy", better="lower", target=20)
def exact() -> Measured:
    """All four methods and the whole stability report; both begin with what a database hands over."""
    dice = Random(15)
    given = [
        [[Decimal(dice.randint(600, 1000)).scaleb(-1) for _ in range(CRITERIA)] for _ in range(EXPERTS)]
        for _ in range(CASES)
    ]
    method = Method(
        tuple(Criterion(f"c{n}", weight, 100) for n, weight in enumerate(WEIGHTS)), "trim_one", ("median", "people")
    )
    scored = [
        Scored(
            case,
            tuple(
                Sheet(expert, {f"c{n}": points for n, points in enumerate(sheet)})
                for expert, sheet in enumerate(sheets)
            ),
            {},
        )
        for case, sheets in enumerate(given)
    ]
    ours, theirs = [], []
    shaken: Any = None
    trials = 0
    gc.collect()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        board = ranking.board(scored, method)
        stability.side_by_side(board)
        report = stability.stability(board, cut=CUT)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        trials = _in_floats(np.array(given, dtype=float))
        theirs.append(time.perf_counter() - started)
        shaken = len(report.shaken)
        if trials != len(report.trials):
            raise RuntimeError(f"NumPy tried {trials} changes, the product {len(report.trials)}")
    return Measured(
        median(ours) / median(theirs),
        {
            "exact_ms": round(median(ours) * 1000),
            "numpy_ms": round(median(theirs) * 1000),
            "trials": trials,
            "shaken": shaken,
        },
    )


def _in_floats(points: Any) -> int:
    """The four rankings, then every change the report tries: how many changes."""
    weights = np.array(WEIGHTS, dtype=float)
    totals = points @ weights / 100
    for sums in (_mean, _trimmed, _middle, _normalised):
        np.lexsort((np.arange(CASES), -sums(totals)))
    tried = 0
    for expert in range(EXPERTS):
        _inside(_trimmed(np.delete(totals, expert, axis=1)))
        tried += 1
    for nth, weight in enumerate(WEIGHTS):
        for by in (sign * step for step in stability.STEPS for sign in (1, -1)):
            if 0 <= weight + by < 100:
                moved = weights * (100 - weight - by) / (100 - weight)
                moved[nth] = weight + by
                _inside(_trimmed(points @ moved / 100))
                tried += 1
    for sums in (_mean, _middle, _normalised):
        _inside(sums(totals))
        tried += 1
    return tried


def _inside(sums: Any) -> Any:
    return np.argpartition(-sums, CUT)[:CUT]


def _mean(totals: Any) -> Any:
    return totals.mean(axis=1)


def _trimmed(totals: Any) -> Any:
    return np.sort(totals, axis=1)[:, 1:-1].mean(axis=1)


def _middle(totals: Any) -> Any:
    return np.median(totals, axis=1)


def _normalised(totals: Any) -> Any:
    apart = totals - totals.mean(axis=0)
    return (apart / np.abs(apart).mean(axis=0)).mean(axis=1)


# --- the expert's pages -----------------------------------------------------------------------------------------------

SIZES: Final = (10, 100, 1_000)
AT: Final = datetime(2026, 3, 23, 4, 0, tzinfo=UTC)
PAGES: Final = ("seat", "matrix")


@figure("expert_page.1000_vs_10", better="lower", target=25)
def expert_page() -> Measured:
    """A hundred times as many cases: both pages show fifty of them, but every conflict of interest is looked for over all,
    so that what is hidden moves neither counts nor places.
    """
    union, office, expert = _union()
    with tenancy.scope(union.pk):
        seats = {size: _seat(union, office, expert, size) for size in SIZES}
        return _measure(union, expert, seats)


def _measure(union: Union, expert: Expert, seats: dict[int, PanelSeat]) -> Measured:
    client = Client(headers={"host": "localhost"})
    assert expert.member.user is not None
    client.force_login(expert.member.user, backend="django.contrib.auth.backends.ModelBackend")

    def ask(name: str, size: int) -> None:
        address = reverse(f"review:{name}", kwargs={"union_slug": union.slug, "seat_pk": seats[size].pk})
        response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{name} answered {response.status_code}")

    queries: dict[str, list[int]] = {}
    for name in PAGES:
        queries[name] = []
        for size in SIZES:
            ask(name, size)
            with CaptureQueriesContext(connection) as captured:
                ask(name, size)
            queries[name].append(len(captured))
    times: dict[tuple[str, int], list[float]] = {(name, size): [] for name in PAGES for size in SIZES}
    for _ in range(ROUNDS):
        for name in PAGES:
            for size in SIZES:
                started = time.perf_counter()
                ask(name, size)
                times[name, size].append(time.perf_counter() - started)
    ratios = {name: median(times[name, SIZES[-1]]) / median(times[name, SIZES[0]]) for name in PAGES}
    equal = all(len(set(counts)) == 1 for counts in queries.values())
    return Measured(
        max(ratios.values()) if equal else float("inf"),
        {
            "ratio_per_page": {name: round(ratio, 2) for name, ratio in ratios.items()},
            "queries_per_page": {
                name: dict(zip(map(str, SIZES), counts, strict=True)) for name, counts in queries.items()
            },
            "milliseconds": {
                name: {str(size): round(median(times[name, size]) * 1000, 1) for size in SIZES} for name in PAGES
            },
        },
    )


def _union() -> tuple[Union, Member, Expert]:
    slug = f"bench-{secrets.token_hex(4)}"
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        founded = services.found_union(slug=slug, name=f"测量{slug}总工会", short_name="测量", at=AT)
    union = founded.union
    with tenancy.scope(union.pk):
        users = {
            role: User.objects.create_user(email=f"{role}-{slug}@example.com", name=f"测量{role}")
            for role in ("admin", "office", "expert")
        }
        for user in users.values():
            Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "invented"})
        admin = services.appoint_first_administrator(union, users["admin"], actor=founded.system, at=AT)
        office = services.appoint_member(union, users["office"], Role.OFFICE, actor=admin, at=AT)
        member = services.appoint_member(union, users["expert"], Role.EXPERT, actor=admin, at=AT)
        expert = Expert.objects.create(union=union, member=member, field="焊接", employer="测量研究所")
        return union, office, expert


def _rulesets() -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in sorted(RULESETS.glob("*.toml")))


def _seat(union: Union, office: Member, expert: Expert, size: int) -> PanelSeat:
    """A panel at work on so many invented people; the rows are written in bulk, the pages read them as any others."""
    text = next(text for text in _rulesets() if 'method = "score"' in text)
    ruleset = campaign_services.load_ruleset(union, text, name=f"r{size}", actor=office, at=AT)
    campaign = campaign_services.draft_campaign(
        union, ruleset, slug=f"c{size}", title=f"{size} 人", actor=office, at=AT
    )
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.PUBLISHED, rules_sha256="0" * 64)
    rule = next(rule for rule in campaign.rules.stages if rule.kind == "expert_review")
    source = campaign.rules.previous(rule)
    stage, _ = Stage.objects.update_or_create(
        campaign=campaign,
        key=rule.id,
        defaults={"state": StageState.OPEN},
        create_defaults={
            "union": union,
            "kind": rule.kind,
            "label": rule.label,
            "position": 9,
            "state": StageState.OPEN,
        },
    )
    people = Person.objects.bulk_create(Person(union=union, name=f"测量人{n}", created_at=AT) for n in range(size))
    rows = Application.objects.bulk_create(
        Application(
            union=union,
            campaign=campaign,
            person=person,
            filled_by=office,
            channel=campaign.rules.channels[0].id,
            state=State.SUBMITTED,
            number=f"N{n:05d}",
            name=person.name,
            employer=f"测量机械第{n % 30}分厂",
            trade="焊工",
            created_at=AT,
            saved_at=AT,
            submitted_at=AT,
        )
        for n, person in enumerate(people)
    )
    if source is not None:
        _pass(union, campaign, source.id, rows, office)
    panel = Panel.objects.create(union=union, stage=stage, created_at=AT, approved_at=AT)
    seat = PanelSeat.objects.create(
        union=union,
        panel=panel,
        expert=expert,
        state=Seat.ACCEPTED,
        terms=pool.accepted_terms(expert, read=None, at=AT),
        approved_at=AT,
        declared_at=AT,
        answered_at=AT,
    )
    assert expert.member.user is not None
    assign_perm("sit", expert.member.user, panel)
    return seat


def _pass(union: Union, campaign: Campaign, key: str, rows: list[Application], office: Member) -> None:
    stage, _ = Stage.objects.update_or_create(
        campaign=campaign,
        key=key,
        defaults={"state": StageState.CLOSED},
        create_defaults={"union": union, "kind": "qualification", "label": "资格审核", "position": 8},
    )
    Outcome.objects.bulk_create(
        Outcome(
            union=union,
            campaign=campaign,
            stage=stage,
            application=row,
            verdict=Verdict.PASSED,
            reason="测量",
            at=AT,
            by=office,
        )
        for row in rows
    )
