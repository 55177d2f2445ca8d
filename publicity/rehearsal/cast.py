"""Everybody a campaign needs besides the applicants: an invented union with its office, panel, leading group and units."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from campaigns.rules.schema import ExpertReviewStage, RuleSet
from publicity.rehearsal.clock import Clock
from publicity.rehearsal.people import FIRMS
from review.models import Expert
from review.services import panels
from unions import tenancy
from unions.models import Member, Union, Unit, User
from unions.services import (
    Founded,
    UnitRow,
    appoint_first_administrator,
    appoint_member,
    define_unit_kinds,
    found_union,
    import_units,
)
from unions.states import Role

LEADERS: Final = 5
PANEL: Final = 7
"""How many experts sit where the rules leave it open."""
UNITS_OF_A_KIND: Final = 3
BEYOND: Final = 3
"""How many more experts than may be drawn the pool holds, so that there is something to draw."""


@dataclass(slots=True)
class Cast:
    union: Union
    system: Member
    admin: Member
    office: Member
    second: Member
    supervisor: Member
    leaders: list[Member]
    experts: list[Expert]
    officers: dict[int, Member]
    units: list[Unit]
    officials: list[Expert] = field(default_factory=list)
    """People of the bodies that the rules want on a drawn panel besides the drawn."""

    def units_of(self, kinds: Iterable[str]) -> list[Unit]:
        """Units of one of the kinds (where none are named, all) for which somebody works here."""
        wanted = set(kinds)
        return [unit for unit in self.units if unit.pk in self.officers and (not wanted or unit.kind in wanted)]


def user(name: str, phone: str) -> User:
    """A sign-in that nobody can use: it has no password."""
    return User.objects.create_user(phone=f"+86{phone}", name=name, phone_verified=True)


def found(rules: RuleSet, clock: Clock, *, slug: str) -> Founded:
    """The union itself, before its scope can be opened."""
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        return found_union(slug=slug, name=rules.basis.hosts[0], short_name=rules.basis.hosts[0], at=clock())


def assemble(founded: Founded, rules: RuleSet, clock: Clock, *, count: int = 0) -> Cast:
    """Appoint everybody, inside the union's scope; `count`: how many people units are to have places for."""
    union = founded.union
    admin = appoint_first_administrator(union, user("演练管理员", "19900019000"), actor=founded.system, at=clock())
    numbers = iter(range(19900019001, 19900019999))

    def appoint(name: str, role: Role, unit: Unit | None = None) -> Member:
        return appoint_member(union, user(name, str(next(numbers))), role, actor=admin, at=clock(), unit=unit)

    define_unit_kinds(union, {kind.id: kind.label for kind in rules.unit_kinds}, actor=admin, at=clock())
    import_units(union, _unit_rows(rules, count), actor=admin, at=clock())
    units = list(Unit.objects.for_union(union))
    office = appoint("演练经办一", Role.OFFICE)
    cast = Cast(
        union=union,
        system=founded.system,
        admin=admin,
        office=office,
        second=appoint("演练经办二", Role.OFFICE),
        supervisor=appoint("演练监督员", Role.SUPERVISOR),
        leaders=[appoint(f"演练领导{n}", Role.LEADER) for n in range(1, LEADERS + 1)],
        experts=[],
        officers={unit.pk: appoint(f"{unit.name}经办", Role.UNIT_OFFICER, unit) for unit in units},
        units=units,
    )
    for n in range(2):
        appoint(f"演练异议承办{n + 1}", Role.OFFICE)  # objections are looked into by who had no part in anything before
    for n, (kind, field_) in enumerate(_made_up(rules)):
        member = appoint(f"演练专家{n + 1}", Role.EXPERT)
        # the first one works where some applicants do, so that a conflict of interest comes up
        employer = f"{rules.region}{FIRMS[0]}" if n == 0 else f"演练研究院{n}所"
        cast.experts.append(
            panels.enrol_expert(
                member, field=field_, kind=kind, employer=employer, title="高级工程师", actor=office, at=clock()
            )
        )
    for n, kind in enumerate(_besides(rules)):
        member = appoint(f"演练部门人员{n + 1}", Role.EXPERT)
        cast.officials.append(
            panels.enrol_expert(
                member, field="综合", employer=f"演练机关：{kind}", in_draws=False, actor=office, at=clock()
            )
        )
    return cast


def _besides(rules: RuleSet) -> list[str]:
    panels_of = [stage.panel for stage in rules.stages if isinstance(stage, ExpertReviewStage)]
    return list(dict.fromkeys(kind for panel in panels_of for kind in panel.besides))


def _made_up(rules: RuleSet) -> list[tuple[str, str]]:
    """Kind and fields of every expert, so that a panel which meets the rules can be drawn."""
    shares = [share for stage in rules.stages if isinstance(stage, ExpertReviewStage) for share in stage.panel.shares]
    kinds = [share.kind for share in shares if share.kind for _ in range((share.at_least or 0) + 1)]
    made = []
    for n in range(_panel_size(rules)):
        fields = [share.field for share in shares if share.field and n < (share.at_least or 0) + BEYOND]
        made.append((kinds[n % len(kinds)] if kinds else "", "、".join(["综合", *fields])))
    return made


def _panel_size(rules: RuleSet) -> int:
    sizes = [
        (stage.panel.size or PANEL) + stage.panel.reserves + (BEYOND if stage.panel.draw else 0)
        for stage in rules.stages
        if isinstance(stage, ExpertReviewStage)
    ]
    return max(sizes, default=0)


def _unit_rows(rules: RuleSet, count: int) -> list[UnitRow]:
    rows = []
    for kind in rules.unit_kinds:
        names = kind.units or tuple(f"演练{kind.label}{_numeral(n)}" for n in range(_units_of(rules, kind.id, count)))
        rows += [UnitRow(name=name, kind=kind.id) for name in names]
    return rows


def _units_of(rules: RuleSet, kind: str, count: int) -> int:
    """Enough of a kind that a binding quota leaves its share of the people a place."""
    quota = next((quota for quota in rules.unit_quotas if kind in quota.units.kinds), None)
    if quota is None or quota.strength != "must" or not quota.at_most:
        return UNITS_OF_A_KIND
    open_kinds = {kind.id for kind in rules.unit_kinds if not kind.units}
    channels = (channel for channel in rules.channels if kind in channel.files_through)
    beside = max((len(open_kinds.intersection(channel.files_through)) for channel in channels), default=1)
    return max(UNITS_OF_A_KIND, -(-count // (quota.at_most * beside)))


def _numeral(n: int) -> str:
    return "一二三四五六七八九十"[n] if n < 10 else str(n + 1)
