"""How many, by what: the figures of a campaign's applications. Reads only what names nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, QuerySet

from applications import policies
from applications.models import Application
from applications.models_inbox import AgeBand, ApplicationFacts
from applications.states import State
from campaigns.models import Campaign
from campaigns.rules.facts import SKILL_LEVELS
from documents.paper.sheets import Column, Sheet, sheet_bytes
from unions.models import Member, Unit
from unions.states import Role

FEW: Final = 3
"""Fewer people than this are never a line of their own, except for the office, which reads every form anyhow."""
MOST: Final = 30
UNSAID: Final = "未填写"
TOGETHER: Final = "其他合计"


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    count: int
    per_cent: str
    width: str
    """Of the longest bar, in per cent."""


@dataclass(frozen=True, slots=True)
class Chart:
    id: str
    title: str
    bars: tuple[Bar, ...]
    total: int


def charts(campaign: Campaign, reader: Member) -> tuple[Chart, ...]:
    """One chart per question that the form asks; eight queries. Everybody but the office reads small counts only merged."""
    policies.can_inbox(reader).require()
    exact = reader.role == Role.OFFICE
    filed = Application.objects.for_union(campaign.union).filter(campaign=campaign, number__gt="")
    facts = ApplicationFacts.objects.filter(campaign=campaign, application__number__gt="")

    def of_application(field: str) -> dict[str, int]:
        return _counted(filed, field)

    def of_facts(field: str) -> dict[str, int]:
        return _counted(facts, field)

    rules = campaign.rules
    units = {str(pk): name for pk, name in Unit.objects.for_union(campaign.union).values_list("pk", "name")}
    channels = {channel.id: channel.label for channel in rules.channels}
    found = (
        # what became of the papers says nothing of a person, and everybody who reads along may know it
        _chart("state", "状态", _named(of_application("state"), dict(State.choices)), order=list(State.labels)),
        _chart("channel", "申报渠道", _named(of_application("channel"), channels), exact=exact),
        _chart("unit", "推荐单位", _named(of_application("unit_id"), units, none="不经推荐单位"), exact=exact),
        _chart("industry", "行业", of_facts("industry"), exact=exact),
        _chart("level", "技能等级", of_facts("level"), order=SKILL_LEVELS[::-1], exact=exact),
        _chart("sex", "性别", of_facts("sex"), exact=exact),
        _chart("age", "年龄段", _named(of_facts("age_band"), dict(AgeBand.choices)), order=AgeBand.labels, exact=exact),
    )
    return tuple(chart for chart in found if any(bar.label != UNSAID for bar in chart.bars))


def _counted(rows: QuerySet[Any], field: str) -> dict[str, int]:
    found = rows.order_by().values_list(field).annotate(n=Count("pk"))
    return {"" if value is None else str(value): count for value, count in found}


def _named(counts: Mapping[str, int], labels: Mapping[str, str], *, none: str = UNSAID) -> dict[str, int]:
    return {labels.get(key, key) if key else none: count for key, count in counts.items()}


def _chart(id_: str, title: str, counts: Mapping[str, int], *, order: Sequence[str] = (), exact: bool = True) -> Chart:
    """Lines in their natural order where they have one, else the largest first; what is unsaid and what is merged last."""
    counts = {label or UNSAID: count for label, count in counts.items() if count}
    total = sum(counts.values())
    rest = 0
    if not exact:
        counts, rest = merged(counts)
    places = {label: n for n, label in enumerate(order)}
    rows = sorted(counts.items(), key=lambda row: (row[0] == UNSAID, places.get(row[0], len(places)), -row[1], row[0]))
    if len(rows) > MOST:
        rest += sum(count for _label, count in rows[MOST:])
        rows = rows[:MOST]
    if rest:
        rows.append((TOGETHER, rest))
    longest = max((count for _label, count in rows), default=1)
    bars = (Bar(label, n, f"{n / total:.1%}", f"{max(n / longest * 100, 0.5):.1f}") for label, n in rows)
    return Chart(id_, title, tuple(bars), total)


def merged(counts: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Lines with few people added up to one that is not few itself; nobody can take the others from the total to find one.

    A total that is few itself becomes one line: there is nothing left to tell apart.
    """
    rows = sorted(counts.items(), key=lambda row: (row[1], row[0]))
    rest = taken = 0
    while taken < len(rows) and (rows[taken][1] < FEW or 0 < rest < FEW):
        rest += rows[taken][1]
        taken += 1
    kept = {label for label, _count in rows[taken:]}
    return {label: count for label, count in counts.items() if label in kept}, rest


def statistics_sheet(campaign: Campaign, found: Sequence[Chart]) -> bytes:
    """A workbook with a sheet per question."""
    return sheet_bytes(
        *(
            Sheet(
                title=f"{campaign.title}：按{chart.title}统计",
                subtitle=f"共 {chart.total} 份申报",
                columns=[Column(chart.title, 40), Column("人数", 12, "right"), Column("占比", 12, "right")],
                rows=[[bar.label, bar.count, bar.per_cent] for bar in chart.bars],
                name=chart.title,
                landscape=False,
            )
            for chart in found or (Chart("state", "状态", (), 0),)
        )
    )
