"""Invented people and unions, made through the same services as real ones.

Each app adds its own part at the end, under a comment with its name. Keep them small: a test says what it is about.
Names are invented, phones lie in a range that no operator assigns, ID numbers have valid check digits and no owner.
"""

# ruff: noqa: N802 - factories are named after what they make

import io
import itertools
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pikepdf
from allauth.mfa.models import Authenticator
from django.test import Client
from stdnum.cn import ric

from applications import policies
from applications import services as application_services
from applications.answers import conditions_of
from applications.models import PHOTO, SIGNED_CONSENT, Application, Confirmation, Material
from applications.selectors import consent_text
from applications.selectors_confirmations import content_digest
from applications.states import ConfirmedBy, Endorsement, State
from campaigns import services as campaign_services
from campaigns.models import Campaign, RuleSet
from campaigns.rules import loader
from campaigns.rules.schema import RuleSet as Rules
from documents.services import store_file
from unions import services, tenancy
from unions.models import Member, Union, Unit, User
from unions.outbox import courier
from unions.states import STAFF, Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=SHANGHAI)
"""A Monday, no holiday near: the moment at which tests happen unless they say otherwise."""

PASSWORD = "tie-chui-2026"

_number = itertools.count(100_000)
"""Higher than what a test counts with itself, so that nobody made here has a phone or an identity number given there."""
_SURNAMES = "赵钱孙周吴郑冯褚卫蒋沈韩朱秦尤许何吕施孔"
_GIVEN = [first + second for first in "文承启景兆" for second in "博宁明芳丰"]

# --- unions ------------------------------------------------------------------------------------------------------------


def invented_name(number: int | None = None) -> str:
    """One of five hundred names; a test gives its own people others, since who shares a name is kept out of a case."""
    n = next(_number) if number is None else number
    return _SURNAMES[n % len(_SURNAMES)] + _GIVEN[n // len(_SURNAMES) % len(_GIVEN)]


def invented_phone(number: int | None = None) -> str:
    n = next(_number) if number is None else number
    return f"+861990{n:07d}"


def UserFactory(
    *,
    name: str = "",
    email: str | None = None,
    phone: str | None = None,
    second_factor: bool = False,
    operator: bool = False,
) -> User:
    """A sign-in with `PASSWORD`; e-mail address and phone are made up unless given. `operator`: of the platform."""
    n = next(_number)
    user = User.objects.create_user(
        email=email or f"person{n}@example.com",
        phone=phone or invented_phone(n),
        phone_verified=True,
        name=name or invented_name(n),
        password=PASSWORD,
        is_staff=operator,
    )
    if second_factor:
        give_second_factor(user)
    return user


def give_second_factor(user: User) -> None:
    """Staff roles see nothing without one."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "invented"})


def UnionFactory(*, slug: str = "", name: str = "", short_name: str = "", at: datetime = NOON) -> Union:
    n = next(_number)
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        founded = services.found_union(
            slug=slug or f"u{n}", name=name or f"示例{n}区总工会", short_name=short_name or f"示例{n}", at=at
        )
    return founded.union


def UnitFactory(*, union: Union, name: str = "", kind: str = "town", parent: Unit | None = None) -> Unit:
    return Unit.objects.create(union=union, name=name or f"示例镇{next(_number)}总工会", kind=kind, parent=parent)


def MemberFactory(
    *,
    union: Union,
    role: Role = Role.APPLICANT,
    user: User | None = None,
    name: str = "",
    unit: Unit | None = None,
    at: datetime = NOON,
) -> Member:
    """A member with the role's groups and object permissions; staff has its second factor, an officer has a unit.

    Nobody joins or is appointed by the services, which would log it, since nearly every test has half a dozen of them.
    """
    user = user or UserFactory(name=name, second_factor=role in STAFF, operator=role == Role.OPERATOR)
    if role == Role.APPLICANT:
        return Member.objects.create(union=union, user=user, role=role, created_at=at)
    if role == Role.OPERATOR:
        return services.register_operator(union, user, at=at)
    if role == Role.UNIT_OFFICER and unit is None:
        unit = UnitFactory(union=union)
    member = Member.objects.create(union=union, user=user, role=role, unit=unit, created_at=at)
    services._grant(member)
    return member


def sign_in(client: Client, member: Member) -> Client:
    """Sign a member's user in; returns the client."""
    assert member.user is not None
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def carry_messages(union: Union, *, at: datetime = NOON) -> None:
    """Do what a worker does with the messages of a union that are due."""
    with tenancy.scope(union.pk):
        courier.deliver_due(union.pk, at_clock=lambda: at)


# --- campaigns ---------------------------------------------------------------------------------------------------------

CLOSES = date(2026, 3, 20)
"""The last day for applications of a campaign made by `CampaignFactory`: `NOON` lies inside its window."""


def office_of(union: Union) -> Member:
    """An office member of a union, made if there is none."""
    found = Member.objects.filter(union=union, role=Role.OFFICE, active=True).first()
    return found or MemberFactory(union=union, role=Role.OFFICE)


def RuleSetFactory(*, union: Union, code: str = "linan-2018", text: str = "", at: datetime = NOON) -> RuleSet:
    """A rule set that comes with the product, or any text."""
    text = text or (loader.RULESETS / f"{code}.toml").read_text(encoding="utf-8")
    return campaign_services.load_ruleset(union, text, name=code, actor=office_of(union), at=at)


def CampaignFactory(
    *,
    union: Union,
    published: bool = True,
    slug: str = "",
    title: str = "",
    closes: date = CLOSES,
    ruleset: RuleSet | None = None,
    text: str = "",
    at: datetime = NOON,
) -> Campaign:
    """A campaign of real rules, its timetable moved so that applications close on `closes`; published unless told otherwise.

    There is a unit of every kind its channels file through.
    """
    office = office_of(union)
    ruleset = ruleset or RuleSetFactory(union=union, text=text)
    rules = loader.load(ruleset.source, name=ruleset.code)
    applications = rules.dates.applications.to
    assert applications is not None
    n = next(_number)
    campaign = campaign_services.draft_campaign(
        union,
        ruleset,
        slug=slug or f"campaign-{n}",
        title=title,
        actor=office,
        at=at,
        shift_days=(closes - applications).days,
    )
    for kind in rules.unit_kinds:
        if not Unit.objects.filter(union=union, kind=kind.id).exists():
            UnitFactory(union=union, kind=kind.id, name=kind.units[0] if kind.units else f"示例{kind.label}{n}")
    return campaign_services.publish_campaign(campaign, actor=office, at=at) if published else campaign


# --- applications ------------------------------------------------------------------------------------------------------

IN_TIME = datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI)
"""Inside the window of a campaign made by `CampaignFactory`."""


def invented_id_number(number: int | None = None, *, born: date = date(1975, 3, 16), man: bool = True) -> str:
    """A number with a valid check digit that nobody bears: a county of its own for those below 500, ten for the others."""
    n = next(_number) if number is None else number
    county = 330112 if n < 500 else 330102 + n // 500 % 10
    digits = f"{county}{born:%Y%m%d}{n % 500 * 2 + (1 if man else 0):03d}"
    return digits + ric.calc_check_digit(digits + "0")


def sample_answers(rules: Rules, number: int | None = None, **given: Any) -> dict[str, Any]:
    """Answers to every field that is asked, right for any rule set; a fact gets a value that any bar lets through."""
    n = next(_number) if number is None else number
    answers: dict[str, Any] = {}
    for field in rules.fields():
        answers[field.id] = _sample(field, rules, n)
    answers = {key: value for key, value in answers.items() if value is not None}
    return {**answers, **given}


def _sample(field: Any, rules: Rules, n: int) -> Any:
    match field.type:
        case "person_name":
            return invented_name(n)
        case "national_id":
            return invented_id_number(n)
        case "phone":
            return f"1990{n:07d}"
        case "email":
            return f"person{n}@example.com"
        case "address":
            return f"示例路{n}号"
        case "choice":
            values = [option.value for option in field.options]
            return "男" if field.fact == "gender" else "高级技师" if "高级技师" in values else values[0]
        case "multi":
            return [option.value for option in field.options[: max(field.at_least, 1)]]
        case "yes_no":
            return field.fact not in {"manager", "disciplined"}
        case "date":
            return date(2001, 5, 6)
        case "years":
            return 20
        case "number":
            return max(field.at_least, 1)
        case "conditions":
            return [item.id for item in conditions_of(field, rules)][:1]
        case "rows":
            return [_sample_row(field, k) for k in range(max(field.at_least, 1))]
        case "photo":
            return None
        case _:
            return f"示例{field.label}"[: field.at_most or 40]


def _sample_row(field: Any, k: int) -> dict[str, Any]:
    words = {"date": "2020-05", "number": 1}
    return {
        column.id: column.options[0].value if column.options else words.get(column.type, f"示例{column.label}{k}")
        for column in field.columns
    }


def consent(member: Member, *, at: datetime = NOON) -> None:
    services.give_consent(member, text=consent_text(member.union), at=at)


@cache
def blank_page() -> bytes:
    """A sound PDF of one empty page."""
    with pikepdf.new() as book:
        book.add_blank_page(page_size=(200, 280))
        out = io.BytesIO()
        book.save(out, deterministic_id=True)
    return out.getvalue()


def give_material(
    application: Application, slot: str, *, at: datetime = IN_TIME, content: bytes | None = None
) -> Material:
    """A paper in its slot, past the inspection of uploads."""
    return give_materials(application, slot, at=at, content=content)[0]


def give_materials(
    application: Application, *slots: str, at: datetime = IN_TIME, content: bytes | None = None
) -> list[Material]:
    page = blank_page() if content is None else content
    return Material.objects.bulk_create(
        Material(
            union=application.union,
            application=application,
            slot=slot,
            file=store_file(
                application.union,
                page + f"\n%{next(_number)}\n".encode(),
                name=f"{slot}.pdf",
                content_type="application/pdf",
                at=at,
            ),
            uploaded_by_id=application.filled_by_id,
            uploaded_at=at,
        )
        for slot in slots
    )


def confirmed(application: Application, *, at: datetime = IN_TIME) -> None:
    """The person's signature under what a unit filled in for them as it stands now, past the inspection of uploads."""
    if application.applicant_id is not None:
        return
    application = Application.objects.select_related("campaign", "person__key", "union").get(pk=application.pk)
    if policies.needs_confirmation(application):
        Confirmation.objects.create(
            union=application.union,
            application=application,
            method=ConfirmedBy.PAPER,
            revision=application.revision,
            digest=content_digest(application),
            material=give_material(application, SIGNED_CONSENT, at=at),
            at=at,
            by=application.filled_by,
            confirmed_at=at,
        )


def ApplicationFactory(
    *,
    campaign: Campaign,
    state: State = State.SUBMITTED,
    member: Member | None = None,
    unit: Unit | None = None,
    channel: str = "",
    at: datetime = IN_TIME,
    **given: Any,
) -> Application:
    """An application taken to `state` by the services, on sample answers; `given` replaces some of them.

    Without a unit it comes by the channel of self-nomination; with one the unit's officer nominates and, for SUBMITTED
    and RETURNED, endorses.
    """
    rules = campaign.rules
    if unit is None:
        way = channel or next(item.id for item in rules.channels if item.kind == "self")
        member = member or MemberFactory(union=campaign.union)
        consent(member)
        application = application_services.start_application(campaign, channel=way, actor=member, at=at)
    else:
        way = channel or next(item.id for item in rules.channels if unit.kind in item.files_through)
        member = member or MemberFactory(union=campaign.union, role=Role.UNIT_OFFICER, unit=unit)
        application = application_services.nominate(
            campaign, unit=unit, channel=way, name=invented_name(), actor=member, at=at
        )
    answers = sample_answers(rules, **given)
    application = application_services.save_draft(application, answers=answers, revision=0, actor=member, at=at)
    papers = [material.id for material in rules.materials if material.paper is None]
    give_materials(application, PHOTO, *papers, at=at)
    if state == State.DRAFT:
        return application
    confirmed(application, at=at)
    application = application_services.submit_application(application, actor=member, at=at)
    if unit is not None and state != State.AWAITING_UNIT:
        application_services.endorse_application(
            application,
            decision=Endorsement.ENDORSED,
            opinion="同意推荐",
            authority="示例行业主管部门",
            authority_agreed_on=at.date(),
            actor=member,
            at=at,
        )
    if state == State.RETURNED:
        application_services.return_application(
            application,
            reason="请补充",
            items=[next(field.id for field in rules.fields() if field.type == "text")],
            deadline=at + timedelta(days=5),
            actor=office_of(campaign.union),
            at=at,
        )
    if state == State.WITHDRAWN:
        application_services.withdraw_application(application, actor=member, at=at)
    application.refresh_from_db()
    return application
