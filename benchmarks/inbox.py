"""The office's list at 200, 2,000 and 20,000 applications: a page must cost the same, in time and in queries.

Real requests through every middleware against real PostgreSQL, in a union of its own whose applications go at the end.
The three campaigns stand side by side and are asked in turn, so that a busy moment of the machine meets them all alike.
Every page but two shows fifty rows at each size, so that the same work is compared: a search that finds nobody, and one for
a person whose two-character name is theirs alone. Those two and the searches over the deeds go through the index of pairs.
"""

import gc
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from random import Random
from statistics import median
from typing import Any, Final

import psycopg2
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import listing
from applications.models import Application, Person
from applications.models_inbox import AgeBand, ApplicationFacts, Assignment, SearchEntry
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
VOCABULARY: Final = (
    "工艺 革新 焊缝 探伤 合格率 提高 降低 成本 徒弟 带教 竞赛 第一名 专利 设备 改造 班组 模具 精度 数控 装配 检修 攻关 车间 刀具 夹具 编程 铸造 热处理 钳工 电气 节能 减排 安全 生产"
    " 传承 绝技 绝活 非遗 手艺 陶瓷 木雕 刺绣 制茶 烹饪 汽修 航空 轴承 齿轮 轨道 桥梁 隧道 测量 化验 纺织 印染 裁剪 皮革 制鞋 眼镜 锁具 阀门 泵站 锅炉 管道 起重 吊装 冶炼 轧钢"
)
DEEDS: Final = 600
"""Characters of what each person says they did, as the notices ask for."""
AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@figure("inbox.20000_vs_200", better="lower", target=1.5)
def inbox() -> Measured:
    union, office = found_a_union()
    with tenancy.scope(union.pk):
        with _index_built_at_the_end():
            campaigns = {size: _campaign(union, office, size) for size in SIZES}
        _analyse()
        try:
            return _measure(union, office, campaigns)
        finally:
            for rows in (SearchEntry, ApplicationFacts, Assignment):
                rows.objects.filter(union=union).delete()
            Application.objects.filter(union=union).delete()
            Person.objects.filter(union=union).delete()


@contextmanager
def _as_owner() -> Iterator[Any]:
    with closing(psycopg2.connect(os.environ["DATABASE_OWNER_URL"])) as owner, owner, owner.cursor() as cursor:
        yield cursor


@contextmanager
def _index_built_at_the_end() -> Iterator[None]:
    """Millions of pairs go into their index in one go instead of one by one, as they would over months."""
    with _as_owner() as cursor:
        cursor.execute("SELECT pg_get_indexdef('search_grams'::regclass)")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX search_grams")
    try:
        yield
    finally:
        with _as_owner() as cursor:
            cursor.execute(definition)


def _analyse() -> None:
    """Statistics as autovacuum keeps them, which only the owner of the tables may ask for."""
    with _as_owner() as cursor:
        for table in ("application", "applicationfacts", "searchentry", "assignment", "note"):
            cursor.execute(f"ANALYZE applications_{table}")


def _measure(union: Union, office: Member, campaigns: dict[int, tuple[Campaign, str, int]]) -> Measured:
    client = Client(headers={"host": "localhost"})
    assert office.user is not None
    client.force_login(office.user, backend="django.contrib.auth.backends.ModelBackend")
    pages = {
        "first": {},
        "middle": {"after": "N{middle:05d}"},
        "by_state": {"state": "submitted"},
        "by_channel_and_unit": {"channel": "{channel}", "unit": "{unit}"},
        "by_verdict": {"verdict": "may_pass_with_reason"},
        "by_sex_and_level": {"sex": "女", "level": "高级工"},
        "by_sex_without_a_hit": {"sex": "女", "age": "60up"},
        "by_officer": {"assigned": "me"},
        "unassigned": {"assigned": "none"},
        "search_surname": {"q": "赵"},
        "search_two_characters": {"q": "文白"},
        "search_deeds": {"q": "机器人焊接"},
        "search_two_words": {"q": "焊工 机器人焊接"},
        "search_with_a_filter": {"q": "工艺", "sex": "女"},
        "search_without_a_hit": {"q": "查无此人"},
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
        max(ratios.values()) if equal else float("inf"),
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


def found_a_union() -> tuple[Union, Member]:
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
    dice = Random(size)
    given = ("建国", "秀兰", "志强", "桂英", "海涛", "晓燕", "立新", "春梅", "永福", "玉珍")
    names = ["文白" if n == size // 2 else f"赵{given[n % 10]}{n}" for n in range(size)]
    people = Person.objects.bulk_create(
        (Person(union=union, name=name, created_at=AT) for name in names), batch_size=5000
    )
    rows = Application.objects.bulk_create(
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
    ApplicationFacts.objects.bulk_create(
        (
            ApplicationFacts(
                union=union,
                campaign=campaign,
                application=row,
                sex="女" if n % 2 else "男",
                age_band=AgeBand.values[1 + n % 3],
                level="高级工" if n // 2 % 2 else "技师",
                industry="其他",
                verdict="may_pass_with_reason" if n % 4 == 0 else "needs_judgement",
            )
            for n, row in enumerate(rows)
        ),
        batch_size=5000,
    )
    Assignment.objects.bulk_create(
        (
            Assignment(union=union, campaign=campaign, application=row, officer=office, by=office, at=AT)
            for n, row in enumerate(rows)
            if n % 3 == 1
        ),
        batch_size=5000,
    )
    SearchEntry.objects.bulk_create((_entry(row, _deeds(dice, n)) for n, row in enumerate(rows)), batch_size=1000)
    return campaign, channel, units[1].pk


def _deeds(dice: Random, n: int) -> str:
    """Sentences of craftsmen's words in any order; every fourth person welds with robots, so that each size finds fifty."""
    words = VOCABULARY.split()
    told = ["机器人焊接"] if n % 4 == 0 else []
    length = 0
    while length < DEEDS:
        told.append(dice.choice(words) + dice.choice(words))
        length += len(told[-1])
    return "，".join(told)


def _entry(row: Application, deeds: str) -> SearchEntry:
    lines = (row.name, row.number, row.employer, row.trade, deeds)
    text = "\n".join(listing.plain(line) for line in lines)
    grams = listing.grams(row.campaign_id, text)
    return SearchEntry(union_id=row.union_id, campaign_id=row.campaign_id, application=row, text=text, grams=grams)
