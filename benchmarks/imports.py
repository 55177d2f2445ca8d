"""A unit's sheet of 5,000 people: judged for the preview, then written once confirmed, against bare reading of the file.

Every row is checked by the campaign's own rules twice (before anybody confirms, and under the locks it is written under),
found again by its identity number, sealed under a key of its own and recorded in the chain; bare openpyxl only reads the
cells. The page of the preview is asked at 200 and at 5,000 rows: it must cost as many queries. The worker's part is done
in this process; the import that is repeated at the end must find nothing left to do.
"""

import io
import secrets
import time
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, Final

import openpyxl
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from stdnum.cn import ric

from applications import people_sheet, selectors, services
from applications.models import Application, SheetImport
from applications.services import sheet_imports
from benchmarks import Measured, figure
from campaigns import services as campaign_services
from campaigns.models import Campaign
from campaigns.rules import schema
from campaigns.rules.loader import RULESETS, builtin_codes, load
from unions import services as union_services
from unions import tenancy
from unions.models import Member, Unit, User
from unions.states import Role

ROWS: Final = 5_000
FEW: Final = 200
AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CLOSES: Final = date(2026, 3, 20)
_number = count(1)


@figure("import.5000_vs_bare_reading", better="lower", target=20)
def imports() -> Measured:
    campaign, officer = _unit()
    with tenancy.scope(campaign.union_id):
        content = _sheet(campaign, officer, ROWS)
        started = time.perf_counter()
        _bare(content)
        bare = time.perf_counter() - started
        row, preview, confirm = _import(campaign, officer, content)
        made = Application.objects.filter(campaign=campaign).count()
        again, repeated, _ = _import(campaign, officer, content, confirm=False)
        few, _, _ = _import(campaign, officer, _sheet(campaign, officer, FEW), confirm=False)
        queries = [_queries(officer, one) for one in (few, row)]
        right = made == ROWS and again.counts["same"] == ROWS and queries[0] == queries[1]
    return Measured(
        (preview + confirm) / bare if right else float("inf"),
        {
            "seconds": {
                "bare": round(bare, 2),
                "preview": round(preview, 2),
                "confirm": round(confirm, 2),
                "preview_repeated": round(repeated, 2),
            },
            "rows_written": made,
            "bytes": len(content),
            "queries_per_page": {str(FEW): queries[0], str(ROWS): queries[1]},
        },
    )


def _bare(content: bytes) -> int:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return sum(len(cells) for cells in book.worksheets[0].iter_rows(values_only=True))


def _import(
    campaign: Campaign, officer: Member, content: bytes, *, confirm: bool = True
) -> tuple[SheetImport, float, float]:
    """The import with the seconds until it could be confirmed, and from there to its end."""
    assert officer.unit is not None
    started = time.perf_counter()
    row = services.upload_people(campaign, unit=officer.unit, content=content, name="人选.xlsx", actor=officer, at=AT)
    row = services.read_people(sheet_imports.import_of(row.job) if row.job else row, actor=officer, at=AT)
    read = time.perf_counter()
    if confirm:
        row = services.confirm_people(row, picked=None, attested=True, actor=officer, at=AT)
        row = services.write_people(row, actor=officer, at=AT)
    return row, read - started, time.perf_counter() - read


def _queries(officer: Member, row: SheetImport) -> int:
    client = Client(headers={"host": "localhost"})
    assert officer.user is not None
    client.force_login(officer.user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(
        "applications:unit_import",
        kwargs={"union_slug": row.union.slug, "campaign_slug": row.campaign.slug, "import_pk": row.pk},
    )
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"the preview answered {response.status_code}")
    return len(captured)


def _sheet(campaign: Campaign, officer: Member, size: int) -> bytes:
    """So many invented people, every column that the template has filled in."""
    channels = selectors.nomination_channels(officer, campaign)
    columns = [one for one in people_sheet.columns(campaign.rules, channels) if one.field is not None]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("汇总表")
    sheet.append([column.label for column in columns])
    for _ in range(size):
        n = next(_number)
        sheet.append([_cell(column.field, n, campaign.rules) for column in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(item: Any, n: int, rules: schema.RuleSet) -> str:
    match item:
        case schema.NationalIdField():
            digits = f"330112{1960 + n // 500 % 40}0316{n % 500 * 2 + 1:03d}"
            return digits + str(ric.calc_check_digit(digits + "0"))
        case schema.PersonNameField():
            return f"赵{'建国秀兰志强桂英海涛'[n % 10]}{'一二三四五'[n % 5]}"
        case schema.PhoneField():
            return f"1990{n:07d}"
        case schema.YearsField() | schema.NumberField():
            return "12"
        case schema.DateField():
            return "2005-06-01"
        case schema.ChoiceField() if item.fact == "gender":
            return "男"
        case schema.TextField():
            return f"示例{item.label}{n % 30}"[: item.at_most or 40]
        case _:
            return next(iter(people_sheet.choices(item, rules)), "示例")


def _unit() -> tuple[Campaign, Member]:
    slug = f"bench-{secrets.token_hex(4)}"
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        founded = union_services.found_union(slug=slug, name=f"测量{slug}总工会", short_name="测量", at=AT)
    union = founded.union
    with tenancy.scope(union.pk):
        admin, clerk, own = (
            User.objects.create_user(email=f"{role}-{slug}@example.com", name=role)
            for role in ("admin", "office", "officer")
        )
        Authenticator.objects.create(user=own, type=Authenticator.Type.TOTP, data={"secret": "invented"})
        first = union_services.appoint_first_administrator(union, admin, actor=founded.system, at=AT)
        office = union_services.appoint_member(union, clerk, Role.OFFICE, actor=first, at=AT)
        code = builtin_codes()[0]
        text = (RULESETS / f"{code}.toml").read_text(encoding="utf-8")
        ruleset = campaign_services.load_ruleset(union, text, name=code, actor=office, at=AT)
        rules = load(text, name=code)
        until = rules.dates.applications.to
        assert until is not None
        campaign = campaign_services.draft_campaign(
            union, ruleset, slug="import", title="导入", actor=office, at=AT, shift_days=(CLOSES - until).days
        )
        units = [
            Unit.objects.create(union=union, kind=kind.id, name=(*kind.units, f"示例{kind.label}")[0])
            for kind in rules.unit_kinds
        ]
        files = next(channel.files_through[0] for channel in rules.channels if channel.files_through)
        own_unit = next(unit for unit in units if unit.kind == files)
        campaign = campaign_services.publish_campaign(campaign, actor=office, at=AT)
        officer = union_services.appoint_member(union, own, Role.UNIT_OFFICER, actor=first, at=AT, unit=own_unit)
        return campaign, officer
