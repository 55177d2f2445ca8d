"""What one save of a draft costs, beside a bare Django view that does one UPDATE of the same row.

Both are asked in turn in one process, on the same connection to real PostgreSQL, with the same test client, so that a busy moment
of the machine meets both alike. The bare view has no middleware, no session and no member: nothing but the handler, a
UPDATE of one text in `answers`, and a line of JSON. The save is the one the page sends while somebody writes their deeds: every
middleware, the session, the member, the lock, the policies, the sealed values, the findings of the step, the audit entry.

The ratio is taken of the 95th percentiles. Queries must be the same for a draft nearly empty and for one that is full, whose log
is long; otherwise the figure is infinite.
"""

import gc
import secrets
import time
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from typing import Any, Final

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from django.utils import timezone

from applications import services as applications
from applications.answers import Answers
from applications.models import Application
from applications.policies import needs_unit
from applications.selectors import consent_text
from benchmarks import Measured, figure
from campaigns import services as campaigns
from campaigns.models import Campaign
from campaigns.rules.loader import RULESETS, builtin_codes, load_builtin
from campaigns.rules.schema import RowsField, RuleSet, TextField
from campaigns.states import CampaignState
from unions import services, tenancy
from unions.models import Member, Union, User
from unions.states import Role

ROUNDS: Final = 400
WARM: Final = 40
TARGET: Final = 12
WHY: Final = (
    "a save is 13 statements (whose user, which union, which member, the scope, the row, the row again under its lock, the "
    "update, the chain's lock, its last entry, the new one, commit) where the bare view has one: 12 means that none of the "
    "others costs more than that one UPDATE with everything around it"
)
AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DEEDS: Final = "从事焊接工作三十年，完成技术革新十二项，带徒二十六人。" * 12


def bare(request: HttpRequest) -> JsonResponse:
    Application.objects.filter(pk=int(request.POST["pk"])).update(answers={"deeds": request.POST["deeds"]})
    return JsonResponse({"ok": True})


urlpatterns = [path("bare/", bare)]


@figure("autosave.p95_vs_one_update", better="lower", target=TARGET)
def autosave() -> Measured:
    union, applicant = _union()
    with tenancy.scope(union.pk):
        campaign = _campaign(union)
        draft, full, spare = (_draft(campaign, applicant if n == 0 else _applicant(union)) for n in range(3))
        _fill(full)
        return _measure(union, draft, full, spare)


def _measure(union: Union, draft: Application, full: Application, spare: Application) -> Measured:
    save, bare_save = _Saver(union, full), _Bare(spare)
    queries = {"nearly_empty": _queries(_Saver(union, draft)), "full": _queries(save)}
    for n in range(WARM):
        save(n)
        bare_save(n)
    queries["full_after_many_saves"] = _queries(save)
    times: dict[str, list[float]] = {"save": [], "bare": []}
    gc.disable()
    for n in range(ROUNDS):
        for name, call in (("save", save), ("bare", bare_save)):
            started = time.perf_counter()
            call(WARM + n)
            times[name].append(time.perf_counter() - started)
    gc.enable()
    p95 = {name: quantiles(seconds, n=20)[18] for name, seconds in times.items()}
    equal = len(set(queries.values())) == 1
    return Measured(
        p95["save"] / p95["bare"] if equal else float("inf"),
        {
            "p95_milliseconds": {name: round(seconds * 1000, 2) for name, seconds in p95.items()},
            "median_milliseconds": {name: round(median(seconds) * 1000, 2) for name, seconds in times.items()},
            "queries": queries,
            "rounds": ROUNDS,
            "why": WHY,
        },
    )


class _Saver:
    """The page's own save, one more word each time."""

    def __init__(self, union: Union, application: Application) -> None:
        assert application.applicant is not None and application.applicant.user is not None  # noqa: PT018
        background = {"x-requested-with": "XMLHttpRequest", "accept": "application/json"}
        self.client = Client(headers={"host": "localhost", **background})
        self.client.force_login(application.applicant.user, backend="django.contrib.auth.backends.ModelBackend")
        section = next(
            section.id
            for section in application.campaign.rules.form.sections
            if any(field.id == "deeds" for field in section.fields)
        )
        own = {"union_slug": union.slug, "pk": application.pk, "section": section}
        self.address = reverse("applications:save", kwargs=own)
        self.revision = application.revision

    def __call__(self, n: int) -> None:
        data = {"revision": self.revision, "fields": "deeds", "deeds": f"{DEEDS}{n}", "end": "1"}
        response = self.client.post(self.address, data)
        if response.status_code != 200:
            raise RuntimeError(f"the save answered {response.status_code}: {response.content.decode()[:200]}")
        self.revision = response.json()["revision"]


class _Bare:
    def __init__(self, application: Application) -> None:
        self.pk = application.pk
        self.settings = override_settings(MIDDLEWARE=[], ROOT_URLCONF=__name__)
        with self.settings:
            self.client = Client(headers={"host": "localhost"})
            self.client.handler.load_middleware()

    def __call__(self, n: int) -> None:
        with self.settings:
            response = self.client.post("/bare/", {"pk": self.pk, "deeds": f"{DEEDS}{n}"})
        if response.status_code != 200:
            raise RuntimeError(f"the bare view answered {response.status_code}")


def _queries(save: _Saver) -> int:
    save(-1)
    with CaptureQueriesContext(connection) as captured:
        save(-2)
    return len(captured)


def _union() -> tuple[Union, Member]:
    slug = f"bench-{secrets.token_hex(4)}"
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        founded = services.found_union(slug=slug, name=f"测量{slug}总工会", short_name="测量", at=AT)
    with tenancy.scope(founded.union.pk):
        return founded.union, _applicant(founded.union)


def _applicant(union: Union) -> Member:
    user = User.objects.create_user(email=f"{secrets.token_hex(4)}@example.com", name="测量人")
    member = services.join_as_applicant(union, user, at=AT)
    services.give_consent(member, text=consent_text(union), at=AT)
    return member


def _campaign(union: Union) -> Campaign:
    """Open today, so that the pages' own clock may be read."""
    code = next(code for code in reversed(builtin_codes()) if _by_oneself(load_builtin(code)))
    text = (RULESETS / f"{code}.toml").read_text(encoding="utf-8")
    system = services.system_member(union)
    admin = services.appoint_first_administrator(
        union, User.objects.create_user(email=f"a{secrets.token_hex(4)}@example.com", name="管"), actor=system, at=AT
    )
    clerk = User.objects.create_user(email=f"o{secrets.token_hex(4)}@example.com", name="办")
    office = services.appoint_member(union, clerk, Role.OFFICE, actor=admin, at=AT)
    ruleset = campaigns.load_ruleset(union, text, name=code, actor=office, at=AT)
    campaign = campaigns.draft_campaign(union, ruleset, slug="autosave", title="测量", actor=office, at=AT)
    now = timezone.now()
    window = {"opens_at": now - timedelta(days=9), "closes_at": now + timedelta(days=9)}
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.PUBLISHED, rules_sha256="0" * 64, **window)
    campaign.refresh_from_db()
    return campaign


def _by_oneself(rules: RuleSet) -> str:
    """The channel by which one applies without a unit, where the rules have one."""
    return next((one.id for one in rules.channels if one.kind == "self" and not needs_unit(one)), "")


def _draft(campaign: Campaign, member: Member) -> Application:
    channel = _by_oneself(campaign.rules)
    return applications.start_application(campaign, channel=channel, actor=member, at=timezone.now())


def _fill(application: Application) -> None:
    answers: dict[str, Any] = {"national_id": _number(), "mobile": "19900001234", "name": "测量人"}
    for field in application.campaign.rules.fields():
        if isinstance(field, RowsField):
            rows = ({column.id: "示例" for column in field.columns} for _ in range(min(field.at_most, 10)))
            answers[field.id] = list(rows)
        elif isinstance(field, TextField):
            answers.setdefault(field.id, "示例")
    known: Answers = {key: value for key, value in answers.items() if _has(application.campaign, key)}
    assert application.applicant is not None
    applications.save_draft(application, answers=known, revision=0, actor=application.applicant, at=timezone.now())
    application.refresh_from_db()


def _has(campaign: Campaign, key: str) -> bool:
    return any(field.id == key for field in campaign.rules.fields())


def _number() -> str:
    """An identity number with a valid check digit that nobody bears."""
    from stdnum.cn import ric

    digits = f"330112{date(1975, 3, 16):%Y%m%d}{secrets.randbelow(1000):03d}"
    return digits + str(ric.calc_check_digit(digits + "0"))
