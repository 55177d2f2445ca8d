"""Invented people and unions, made through the same services as real ones.

Each app adds its own part at the end, under a comment with its name. Keep them small: a test says what it is about.
Names are invented, phones lie in a range that no operator assigns, ID numbers have valid check digits and no owner.
"""

# ruff: noqa: N802 - factories are named after what they make

import itertools
from datetime import datetime
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.test import Client

from unions import services, tenancy
from unions.models import Member, Union, Unit, User
from unions.states import STAFF, Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=SHANGHAI)
"""A Monday, no holiday near: the moment at which tests happen unless they say otherwise."""

PASSWORD = "tie-chui-2026"

_number = itertools.count(1)
_SURNAMES = "赵钱孙周吴郑冯褚卫蒋沈韩朱秦尤许何吕施孔"
_GIVEN = ("建国", "秀兰", "志强", "桂英", "海涛", "晓燕", "立新", "春梅", "永福", "玉珍")

# --- unions ------------------------------------------------------------------------------------------------------------


def invented_name(number: int | None = None) -> str:
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
    """A member with the role's groups and object permissions; staff has its second factor, an officer has a unit."""
    user = user or UserFactory(name=name, second_factor=role in STAFF, operator=role == Role.OPERATOR)
    if role == Role.APPLICANT:
        return services.join_as_applicant(union, user, at=at)
    if role == Role.OPERATOR:
        return services.register_operator(union, user, at=at)
    if role == Role.UNIT_OFFICER and unit is None:
        unit = UnitFactory(union=union)
    system = services.system_member(union)
    if role == Role.ADMIN and not Member.objects.filter(union=union, role=Role.ADMIN, active=True).exists():
        return services.appoint_first_administrator(union, user, actor=system, at=at)
    administrator = Member.objects.filter(union=union, role=Role.ADMIN, active=True).first()
    if administrator is None:
        administrator = MemberFactory(union=union, role=Role.ADMIN, at=at)
    return services.appoint_member(union, user, role, actor=administrator, at=at, unit=unit)


def sign_in(client: Client, member: Member) -> Client:
    """Sign a member's user in; returns the client."""
    assert member.user is not None
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client
