"""Reads over the pool: who is in it, what they did on panels before, who judges which case."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from applications.models import Application
from campaigns.models import Stage
from review import selectors
from review.models import Expert, Panel, PanelSeat
from review.models_pool import Allotment, Likeness
from review.services.seating import Bench, bench_of
from review.states import Seat
from unions.models import Union

STATES = {"active": "在库", "draws": "参加抽取", "away": "不参加抽取", "retired": "已退出"}


def pool(union: Union, *, q: str = "", field: str = "", kind: str = "", state: str = "") -> QuerySet[Expert]:
    """The pool, narrowed; with what each did on panels so far."""
    rows = Expert.objects.filter(union=union).select_related("member__user", "unit", "contact")
    if q:
        rows = rows.filter(
            Q(member__user__name__contains=q)
            | Q(employer__contains=q)
            | Q(field__contains=q)
            | Q(kind__contains=q)
            | Q(title__contains=q)
        )
    if field:
        rows = rows.filter(pk__in=[row.pk for row in rows if field in row.fields])
    if kind:
        rows = rows.filter(kind=kind)
    match state:
        case "active":
            rows = rows.filter(active=True)
        case "draws" | "away":
            rows = rows.filter(active=True, in_draws=state == "draws")
        case "retired":
            rows = rows.filter(active=False)
    return rows.annotate(
        sat=Count("seats", filter=Q(seats__state=Seat.ACCEPTED)),
        declined=Count("seats", filter=Q(seats__state=Seat.DECLINED)),
        removed=Count("seats", filter=Q(seats__state=Seat.REMOVED)),
    ).order_by("-active", "field", "pk")


def words_of(union: Union) -> tuple[list[str], list[str]]:
    """Every field and every kind in the pool, for the filters."""
    rows = Expert.objects.filter(union=union)
    fields = {one for row in rows.only("field") for one in row.fields}
    return sorted(fields), sorted({kind for kind in rows.values_list("kind", flat=True) if kind})


def service_of(expert: Expert) -> list[PanelSeat]:
    """The seats an expert was ever given, the newest first."""
    rows = PanelSeat.objects.filter(expert=expert).select_related("panel__stage__campaign", "terms")
    return list(rows.order_by("-pk"))


# --- likenesses -------------------------------------------------------------------------------------------------------


def likenesses_of(seat: PanelSeat) -> list[Likeness]:
    rows = Likeness.objects.filter(seat=seat).select_related("application", "word__by__user")
    return list(rows.order_by("word__at", "pk"))


# --- who judges which case --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeatLoad:
    """One expert with the cases given to them, and of which there is a sheet; never what is on it."""

    seat: PanelSeat
    cases: Sequence[tuple[Application, bool]]

    @property
    def done(self) -> int:
        return sum(sheet for _, sheet in self.cases)


@dataclass(frozen=True, slots=True)
class Board:
    """The allotment of a panel as the office reads it."""

    loads: Sequence[SeatLoad]
    short: Sequence[tuple[Application, int, int]]
    """Cases that lack experts: how many have it, how many could."""
    allotments: Sequence[Allotment]


def board_of(stage: Stage, panel: Panel) -> Board:
    """A constant number of queries."""
    bench = bench_of(stage, panel)
    given = selectors.latest_scores(panel)
    loads = [
        SeatLoad(
            seat,
            [(case, (seat.pk, case.pk) in given) for case in bench.cases if _judges(bench, seat, case)],
        )
        for seat in bench.seats
    ]
    wanted = bench.rule.scores_per_case or 0
    short = []
    for case in bench.cases:
        have, able = len(bench.judges(case.pk)), len(bench.able(case.pk))
        if have < wanted:
            short.append((case, have, able))
    rows = Allotment.objects.filter(panel=panel).select_related("pledge", "by__user", "panel__stage__campaign")
    return Board(loads, short, list(rows.order_by("pk")))


def _judges(bench: Bench, seat: PanelSeat, case: Application) -> bool:
    pair = (seat.pk, case.pk)
    return pair not in bench.recused and (bench.allotted is None or pair in bench.allotted)
