"""The office's list at 200, 2,000 and 20,000 applications: a page must cost the same, in time and in queries.

Real requests through every middleware against real PostgreSQL, in a union of its own whose applications go at the end.
The three campaigns stand side by side and are asked in turn, so that a busy moment of the machine meets them all alike.
Every page shows fifty rows at each size. A search that finds nobody has to look at everybody: it shows no rows, is told
beside the figure and is not part of it.
"""

import gc
import os
import secrets
import time
from contextlib import closing
from datetime import UTC, datetime
from statistics import median
from typing import Final

import psycopg2
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Application, Person
from applications.states import State
from benchmarks import Measured, figure
from campaigns import services as campaign_services
from campaigns.models import Campaign
from campaigns.rules.loader import RULESETS, builtin_codes
from campaigns.states import CampaignState
from unions import services, tenancy
from unions.models import Member, Union, Unit, User
from unions.states import Role

SIZES: Final = (200, 2_000, 20_000)
ROUNDS: Final = 25
NO_HIT: Final = "search_without_a_hit"
AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@figure("inbox.20000_vs_200", better="lower", target=1.5)
def inbox() -> Measured:
    union, office = _union()
    with tenancy.scope(union.pk):
        campaigns = {size: _campaign(union, office, size) for size in SIZES}
        _analyse()
        try:
            return _measure(union, office, campaigns)
        finally:
            Application.objects.filter(union=union).delete()
            Person.objects.filter(union=union).delete()


def _analyse() -> None:
    """Statistics as autovacuum keeps them, which only the owner of the tables may ask for."""
    with closing(psycopg2.connect(os.environ["DATABASE_OWNER_URL"])) as owner, owner, owner.cursor() as cursor:
        cursor.execute("ANALYZE applications_application")


def _measure(union: Union, office: Member, campaigns: dict[int, tuple[Campaign, str, int]]) -> Measured:
    client = Client(headers={"host": "localhost"})
    assert office.user is not None
    client.force_login(office.user, backend="django.contrib.auth.backends.ModelBackend")
    pages = {
        "first": {},
        "middle": {"after": "N{middle:05d}"},
        "by_state": {"state": "submitted"},
        "by_channel_and_unit": {"channel": "{channel}", "unit": "{unit}"},
        "by_name": {"q": "赵"},
        NO_HIT: {"q": "查无此人"},
    }

    def ask(size: int, query: dict[str, str]) -> None:
        campaign, channel, unit = campaigns[size]
        filled = {key: text.format(middle=size // 2, channel=channel, unit=unit) for key, text in query.items()}
        address = reverse("applications:inbox", kwargs={"union_slug": union.slug, "campaign_slug": campaign.slug})
        response = client.get(address, filled)
        if response.status_code != 200:
            raise RuntimeError(f"the inbox answered {response.status_code}")

    queries: dict[str, list[int]] = {}
    for name, query in pages.items():
        queries[name] = []
        for size in SIZES:
            ask(size, query)
            with CaptureQueriesContext(connection) as captured:
                ask(size, query)
            queries[name].append(len(captured))
    times: dict[tuple[str, int], list[float]] = {(name, size): [] for name in pages for size in SIZES}
    gc.disable()
    for _ in range(ROUNDS):
        for name, query in pages.items():
            for size in SIZES:
                started = time.perf_counter()
                ask(size, query)
                times[name, size].append(time.perf_counter() - started)
    gc.enable()
    small, large = SIZES[0], SIZES[-1]
    ratios = {name: median(times[name, large]) / median(times[name, small]) for name in pages}
    equal = all(len(set(counts)) == 1 for counts in queries.values())
    return Measured(
        max(ratio for name, ratio in ratios.items() if name != NO_HIT) if equal else float("inf"),
        {
            "ratio_per_page": {name: round(ratio, 2) for name, ratio in ratios.items()},
            "queries_per_page": {
                name: dict(zip(map(str, SIZES), counts, strict=True)) for name, counts in queries.items()
            },
            "milliseconds": {
                name: {str(size): round(median(times[name, size]) * 1000, 1) for size in SIZES} for name in pages
            },
            "rounds": ROUNDS,
        },
    )


def _union() -> tuple[Union, Member]:
    slug = f"bench-{secrets.token_hex(4)}"
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        founded = services.found_union(slug=slug, name=f"测量{slug}总工会", short_name="测量", at=AT)
    union = founded.union
    with tenancy.scope(union.pk):
        admin, clerk = (
            User.objects.create_user(email=f"{role}-{slug}@example.com", name=role) for role in ("admin", "office")
        )
        Authenticator.objects.create(user=clerk, type=Authenticator.Type.TOTP, data={"secret": "invented"})
        administrator = services.appoint_first_administrator(union, admin, actor=founded.system, at=AT)
        return union, services.appoint_member(union, clerk, Role.OFFICE, actor=administrator, at=AT)


def _campaign(union: Union, office: Member, size: int) -> tuple[Campaign, str, int]:
    """A campaign with so many invented people; the rows are written in bulk, the page reads them as any others."""
    code = builtin_codes()[0]
    text = (RULESETS / f"{code}.toml").read_text(encoding="utf-8")
    ruleset = campaign_services.load_ruleset(union, text, name=code, actor=office, at=AT)
    campaign = campaign_services.draft_campaign(
        union, ruleset, slug=f"c{size}", title=f"{size} 人", actor=office, at=AT
    )
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.PUBLISHED, rules_sha256="0" * 64)
    channel = campaign.rules.channels[0].id
    units = [Unit.objects.create(union=union, name=f"示例单位{size}-{n}", kind="unit") for n in range(2)]
    given = ("建国", "秀兰", "志强", "桂英", "海涛", "晓燕", "立新", "春梅", "永福", "玉珍")
    people = Person.objects.bulk_create(
        (Person(union=union, name=f"赵{given[n % 10]}{n}", created_at=AT) for n in range(size)), batch_size=5000
    )
    Application.objects.bulk_create(
        (
            Application(
                union=union,
                campaign=campaign,
                person=person,
                filled_by=office,
                channel=channel if n % 2 else "self",
                unit=units[n // 2 % 2] if n % 2 else None,
                state=State.RETURNED if n % 7 == 0 else State.SUBMITTED,
                number=f"N{n:05d}",
                name=person.name,
                employer=f"示例精密机械制造股份有限公司第{n % 30}分厂",
                trade="焊工",
                created_at=AT,
                saved_at=AT,
                submitted_at=AT,
            )
            for n, person in enumerate(people)
        ),
        batch_size=5000,
    )
    return campaign, channel, units[1].pk
