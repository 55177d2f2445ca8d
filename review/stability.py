"""How firm a ranking is: who would stand on the other side of the line by another method, without one expert, or with one
weight moved. Pure and exact, like the ranking itself.

Nothing here decides anything: it tells those who decide which places hang by a thread.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, compress
from typing import Final, Literal

from review.ranking import Board, Method, Row, Scored, TooFewSheets, board, checked, cut_up, places

STEPS: Final = (5, 10)
"""By how many points of a hundred one weight moves, up and down."""
NAMES: Final[Mapping[str, str]] = {
    "mean": "平均分",
    "trimmed": "去掉最高最低",
    "median": "中位数",
    "normalised": "按专家折算",
}
_METHODS: Final[Mapping[str, Mapping[str, str]]] = {
    "mean": {"aggregate": "mean", "trimming": "none"},
    "trimmed": {"aggregate": "mean", "trimming": "trim_one"},
    "median": {"aggregate": "median", "trimming": "none"},
    "normalised": {"aggregate": "normalised", "trimming": "none"},
}
Kind = Literal["expert", "weight", "method"]


def name_of(method: Method) -> str:
    """Which of the four a method is."""
    return "trimmed" if method.aggregate == "mean" and method.trimming == "trim_one" else method.aggregate


# --- side by side -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class View:
    """One method's ranking of the same sheets; `lacking` names a case with too few sheets for it, and then there are no rows."""

    name: str
    rows: tuple[Row, ...]
    lacking: TooFewSheets | None = field(default=None, compare=False)


def side_by_side(of: Board) -> tuple[View, ...]:
    """The ranking by each of the four methods."""
    return tuple(_view(of, name) for name in _METHODS)


def _view(of: Board, name: str) -> View:
    try:
        return View(name, places(of.by(**_METHODS[name])))
    except TooFewSheets as lacking:
        return View(name, (), lacking)


# --- the report -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sides:
    """Who is inside the line, and whom it goes through so that people must decide."""

    inside: frozenset[int]
    on_line: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing changed. `subject` is the expert, the criterion (empty: the quantitative part) or the method; `by` the points.

    `goes` leave the list for sure, `comes` come onto it, `open` depend on a tie; `lacking`: it cannot be computed.
    """

    kind: Kind
    subject: int | str
    by: int = 0
    goes: frozenset[int] = frozenset()
    comes: frozenset[int] = frozenset()
    open: frozenset[int] = frozenset()
    lacking: TooFewSheets | None = field(default=None, compare=False)

    @property
    def touched(self) -> frozenset[int]:
        return self.goes | self.comes | self.open


@dataclass(frozen=True, slots=True)
class Report:
    """`inside` are those on the list as it stands; `firm` of them stay there whatever is changed."""

    cut: int
    inside: frozenset[int]
    trials: tuple[Trial, ...]

    @property
    def shaken(self) -> frozenset[int]:
        """Everybody whose side depends on some choice, on either side of the line."""
        return frozenset[int]().union(*(trial.touched for trial in self.trials))

    @property
    def firm(self) -> frozenset[int]:
        return self.inside - self.shaken

    @property
    def changing(self) -> tuple[Trial, ...]:
        return tuple(trial for trial in self.trials if trial.touched)

    @property
    def untried(self) -> tuple[Trial, ...]:
        return tuple(trial for trial in self.trials if trial.lacking)


def stability(of: Board, *, cut: int, inside: Iterable[int] | None = None, steps: Sequence[int] = STEPS) -> Report:
    """Change one thing at a time and look who crosses the line after the first `cut` places.

    `inside` says who is on the list where people have decided a tie at the line; left out, it follows from the board.
    """
    base = _sides(of, cut)
    standing = base.inside if inside is None else frozenset(inside)
    spared = base.on_line  # people have decided, or will, about a tie that is there already
    trials = []
    for kind, subject, by, make in _changes(of, steps):
        try:
            found = _sides(make(), cut)
        except TooFewSheets as lacking:
            trials.append(Trial(kind, subject, by, lacking=lacking))
            continue
        open_ = found.on_line - spared
        goes = standing - found.inside - found.on_line
        trials.append(Trial(kind, subject, by, goes, found.inside - standing, open_))
    return Report(cut, standing, tuple(trials))


def _sides(of: Board, cut: int) -> Sides:
    """Who is above the line. The chain is asked only about those whose totals are equal at it."""
    totals, _ = of.values
    cases = [one.case for one in of.scored]
    if cut >= len(cases):
        return Sides(frozenset(cases))
    line = sorted(totals, reverse=True)[cut - 1] if cut > 0 else None
    if line is None:
        return Sides(frozenset())
    above = [at for at, total in enumerate(totals) if total > line]
    equal = [at for at, total in enumerate(totals) if total == line]
    room = cut - len(above)
    if len(equal) > room:
        chains = {at: of.chain(at) for at in equal}
        edge = sorted(chains.values(), reverse=True)[room - 1]
        clear = [at for at in equal if chains[at] > edge]
        tied = [at for at in equal if chains[at] == edge]
        if len(clear) + len(tied) > room:
            return Sides(frozenset(cases[at] for at in (*above, *clear)), frozenset(cases[at] for at in tied))
        equal = [*clear, *tied]
    return Sides(frozenset(cases[at] for at in (*above, *equal)))


_Change = tuple[Kind, int | str, int, Callable[[], Board]]


def _changes(of: Board, steps: Sequence[int]) -> Iterator[_Change]:
    for expert in sorted({expert for experts in of.experts for expert in experts}):
        yield "expert", expert, 0, lambda expert=expert: without(of, expert)  # type: ignore[misc]
    for subject, weight in _weights(of.method):
        for by in (sign * step for step in steps for sign in (1, -1)):
            if weight < 100 and 0 <= weight + by < 100:
                yield "weight", subject, by, lambda s=subject, b=by: moved(of, s, b)  # type: ignore[misc]
    for name in _METHODS:
        if name != name_of(of.method):
            yield "method", name, 0, lambda name=name: of.by(**_METHODS[name])  # type: ignore[misc]


def _weights(method: Method) -> Iterator[tuple[str, int]]:
    yield from ((item.id, item.weight) for item in method.criteria)
    if method.part is not None:
        yield "", method.part.weight


def without(of: Board, expert: int) -> Board:
    """The board without one expert's sheets; refused where that leaves a case too few."""
    kept = [[other != expert for other in experts] for experts in of.experts]
    made = replace(
        of,
        sheets=_kept(of.sheets, kept),
        parts=[_kept(column, kept) for column in of.parts] if _asks_for_criteria(of.method) else of.parts,
        experts=tuple(tuple(compress(experts, keep)) for experts, keep in zip(of.experts, kept, strict=True)),
    )
    return checked(made)


def _kept(rows: Iterable[list[int]], kept: Iterable[list[bool]]) -> list[list[int]]:
    return [list(compress(row, keep)) for row, keep in zip(rows, kept, strict=True)]


def _asks_for_criteria(method: Method) -> bool:
    """Whether the chain ever looks at the points of one criterion."""
    return any(word.startswith("criterion:") for word in method.tie_break)


def moved(of: Board, subject: str, by: int) -> Board:
    """The board with one weight moved by so many points of a hundred; the others shrink or grow in proportion.

    With a weight w becoming v, every other is multiplied by (100 − v) / (100 − w); all is kept over the denominator 100 − w.
    """
    method = of.method
    weight = dict(_weights(method))[subject]
    rest, other = 100 - weight, 100 - weight - by
    quantities = [value * other for value in of.quantities]
    if subject:
        nth = next(n for n, item in enumerate(method.criteria) if item.id == subject)
        # v·q·rest + (T − w·q)·other, with T the total and q the points of the criterion
        own = (weight + by) * rest - weight * other
        flat = zip(chain.from_iterable(of.sheets), chain.from_iterable(of.parts[nth]), strict=True)
        sheets = cut_up([total * other + own * points for total, points in flat], map(len, of.sheets))
    else:
        sheets = [[total * other for total in totals] for totals in of.sheets]
        quantities = [value // weight * (weight + by) * rest for value in of.quantities]
    return replace(of, unit=of.unit * rest, sheets=sheets, quantities=quantities)


def report(cases: Iterable[Scored], method: Method, *, cut: int, inside: Iterable[int] | None = None) -> Report:
    return stability(board(cases, method), cut=cut, inside=inside)
