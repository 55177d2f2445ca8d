"""Benchmarks: each measures a ratio within one run, so that the figure says something on any machine.

A figure is a function in a module of this package::

    @figure("certificates.batch_vs_naive", better="higher", target=10)
    def certificates() -> Measured:
        ...
        return Measured(naive / batch, {"peak_memory_mb": 123})
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Measured:
    ratio: float
    detail: Mapping[str, Any] = field(default_factory=dict)


class NotMeasured(Exception):
    """This machine lacks what the figure compares with; the line says so, and no target is missed."""


@dataclass(frozen=True)
class Figure:
    name: str
    better: Better
    target: float
    measure: Callable[[], Measured]

    def met(self, ratio: float) -> bool:
        return ratio >= self.target if self.better == "higher" else ratio <= self.target


FIGURES: Final[dict[str, Figure]] = {}


def figure(name: str, *, better: Better, target: float) -> Callable[[Callable[[], Measured]], Callable[[], Measured]]:
    """Register a measurement under its name; a name taken twice is a mistake, not an override."""

    def register(measure: Callable[[], Measured]) -> Callable[[], Measured]:
        if name in FIGURES:
            raise ValueError(f"figure {name} is registered twice")
        FIGURES[name] = Figure(name, better, target, measure)
        return measure

    return register
