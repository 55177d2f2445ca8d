"""The comparison of methods and the stability report in words, for those who decide on a ranking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from applications.models import Application
from campaigns.models import Stage
from review import stability
from review.models import Panel, PanelSeat
from review.services.rankings import Compared
from review.services.seating import rule_of

HEADINGS: Final = {"expert": "少一位专家", "weight": "权重略有变动", "method": "换一种汇总办法"}
SHOWN: Final = 10
"""Names in one sentence."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A case by one method. `inside`: it would be on the list; `crosses`: it is on the other side now; `open`: a tie there."""

    rank: int
    total: str
    inside: bool
    open: bool
    crosses: bool


@dataclass(frozen=True, slots=True)
class Line:
    application: Application
    cells: tuple[Cell | None, ...]
    """One for each method, in their order; None where the method cannot be used."""

    @property
    def crosses(self) -> bool:
        return any(cell is not None and (cell.crosses or cell.open) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    label: str
    own: bool
    """The method of the rules."""
    lacking: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the page shows: the summary first, the table, then every change that moves somebody."""

    summary: tuple[str, ...]
    firm: bool
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    changes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """(heading, ((what is changed, what follows), …))"""
    untried: tuple[str, ...]


def told(stage: Stage, panel: Panel, found: Compared) -> Told:
    """A constant number of queries: names of cases and of experts."""
    ids = [row.case for view in found.views for row in view.rows]
    people = Application.objects.in_bulk(set(ids))
    names = {id_: person.name for id_, person in people.items()}
    report = found.report
    columns = tuple(
        Column(
            view.name,
            stability.NAMES[view.name],
            view.name == found.method,
            f"{names.get(view.lacking.case, '有的人选')}只有 {view.lacking.sheets} 份评分，不足 {view.lacking.needed} 份，不能这样算"
            if view.lacking
            else "",
        )
        for view in found.views
    )
    lines = tuple(_lines(found, people))
    if report is None:
        return Told((), firm=False, columns=columns, lines=lines, changes=(), untried=())
    wording = _Wording(stage, panel, names)
    return Told(
        summary(report, names),
        not report.shaken,
        columns,
        lines,
        tuple(
            (HEADINGS[kind], tuple((wording.changed(trial), wording.follows(trial)) for trial in trials))
            for kind in HEADINGS
            if (trials := [trial for trial in report.changing if trial.kind == kind])
        ),
        tuple(wording.cannot(trial) for trial in report.untried if trial.kind != "method"),
    )


def _lines(found: Compared, people: Mapping[int, Application]) -> Iterable[Line]:
    cut = found.report.cut if found.report else 0
    inside = found.report.inside if found.report else frozenset[int]()
    by_method = [{row.case: row for row in view.rows} for view in found.views]
    for one in found.settled:
        cells: list[Cell | None] = []
        for view, rows in zip(found.views, by_method, strict=True):
            if not rows:
                cells.append(None)
                continue
            row = rows[one.case]
            within = row.rank <= cut
            tie = within and row.rank + len(row.tied or (0,)) - 1 > cut
            own = view.name == found.method
            crosses = bool(found.report) and not tie and not own and within != (one.case in inside)
            cells.append(Cell(row.rank, str(row.shown), within, tie and not own, crosses))
        yield Line(people[one.case], tuple(cells))


def summary(report: stability.Report, names: Mapping[int, str]) -> tuple[str, ...]:
    """The readable answer: how many places hang on nothing, and whose do."""
    n, firm = len(report.inside), len(report.firm)
    steps = "、".join(str(step) for step in stability.STEPS)
    whatever = f"无论少了哪一位专家、哪一项权重增减 {steps} 个百分点、换用哪一种汇总办法"
    if not n:
        return ("名单上还没有人。",)
    if not report.shaken:
        return (f"名单上的 {n} 人，{whatever}，都还是这 {n} 人。",)
    said = [f"名单上的 {n} 人，{firm} 人{whatever}都在名单上；{n - firm} 人取决于这些选择。"]
    wavering = report.inside - report.firm
    coming = report.shaken - report.inside
    if wavering:
        said.append(f"不稳的：{listed(wavering, names)}。")
    if coming:
        said.append(f"名单外有 {len(coming)} 人在某些情况下会进入或并列：{listed(coming, names)}。")
    return tuple(said)


def listed(cases: Iterable[int], names: Mapping[int, str]) -> str:
    ordered = [names[case] for case in sorted(cases)]
    return "、".join(ordered[:SHOWN]) + (f"等 {len(ordered)} 人" if len(ordered) > SHOWN else "")


class _Wording:
    """Trials in words."""

    def __init__(self, stage: Stage, panel: Panel, names: Mapping[int, str]) -> None:
        self.names = names
        rule = rule_of(stage)
        self.weights = {item.id: (item.label, item.weight) for item in rule.criteria}
        if rule.quantitative is not None:
            self.weights[""] = (rule.quantitative.label, rule.quantitative.weight)
        seats = PanelSeat.objects.filter(panel=panel).select_related("expert__member__user")
        self.experts = {seat.pk: str(seat.expert) for seat in seats}

    def changed(self, trial: stability.Trial) -> str:
        if trial.kind == "expert":
            return f"不计{self.experts[int(trial.subject)]}的评分"
        if trial.kind == "method":
            return f"改用{stability.NAMES[str(trial.subject)]}"
        label, weight = self.weights[str(trial.subject)]
        return f"“{label}”由 {weight}% 改为 {weight + trial.by}%，其余按比例增减"

    def follows(self, trial: stability.Trial) -> str:
        said = []
        if trial.goes:
            said.append(f"{listed(trial.goes, self.names)}落到名单外")
        if trial.comes:
            said.append(f"{listed(trial.comes, self.names)}进入名单")
        if trial.open:
            said.append(f"{listed(trial.open, self.names)}在末位并列，须由人裁定")
        return "；".join(said)

    def cannot(self, trial: stability.Trial) -> str:
        lacking = trial.lacking
        assert lacking is not None
        name = self.names[lacking.case]
        return f"{self.changed(trial)}后，{name}只剩 {lacking.sheets} 份评分，不足 {lacking.needed} 份，没有试算"
