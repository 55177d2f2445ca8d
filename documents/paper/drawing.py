"""Ornament as data: frames, scrolls, rosettes and ridges that become PDF operators once and are then only referred to.

Lengths are millimetres from the upper left corner of the sheet. Curves are cubic Béziers: a rosette drawn as a polyline
made certificates four times as large.
"""

import math
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

import pydyf

MM: Final = 72 / 25.4


class Shape(Protocol):
    """Something that draws itself."""

    def operators(self) -> Iterator[str]: ...


def _rgb(colour: str) -> str:
    return " ".join(f"{int(colour[i : i + 2], 16) / 255:.3f}" for i in (1, 3, 5))


def _paint(fill: str, stroke: str, width: float) -> tuple[str, str]:
    before = (f"{_rgb(fill)} rg " if fill else "") + (f"{_rgb(stroke)} RG {width:.2f} w " if stroke else "")
    return before, "B" if fill and stroke else "f" if fill else "S"


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


@dataclass(frozen=True)
class Path:
    """An outline in absolute M L C Z commands, placed, scaled, mirrored and turned (degrees)."""

    d: str
    fill: str = ""
    stroke: str = ""
    width: float = 0.3
    at: tuple[float, float] = (0, 0)
    scale: tuple[float, float] = (1, 1)
    turn: float = 0

    def operators(self) -> Iterator[str]:
        before, paint = _paint(self.fill, self.stroke, self.width)
        cos, sin = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        sx, sy = self.scale
        matrix = (cos * sx, sin * sx, -sin * sy, cos * sy, *self.at)
        yield f"q {' '.join(f'{value:.4f}' for value in matrix)} cm {before}1 J 1 j"
        yield from _commands(self.d)
        yield f"{paint} Q"


def _commands(d: str) -> Iterator[str]:
    for letter, numbers in re.findall(r"([MLCZ])([^MLCZ]*)", d):
        values = [_n(float(number)) for number in numbers.replace(",", " ").split()]
        operator, size = {"M": ("m", 2), "L": ("l", 2), "C": ("c", 6), "Z": ("h", 0)}[letter]
        if not size:
            yield operator
        for start in range(0, len(values), size or 1):
            yield f"{' '.join(values[start : start + size])} {operator}"


@dataclass(frozen=True)
class Wash:
    """A rectangle of colour."""

    colour: str
    x: float = 0
    y: float = 0
    w: float = 297
    h: float = 210

    def operators(self) -> Iterator[str]:
        yield f"{_rgb(self.colour)} rg {self.x} {self.y} {self.w} {self.h} re f"


@dataclass(frozen=True)
class Frame:
    """A line around the sheet; `notch` cuts the corners in, as on old document borders."""

    inset: float
    width: float
    colour: str
    notch: float = 0
    sheet: tuple[float, float] = (297, 210)

    def operators(self) -> Iterator[str]:
        (w, h), i, n = self.sheet, self.inset, self.notch
        points = [(i, i), (w - i, i), (w - i, h - i), (i, h - i)]
        if n:
            k = n * 0.4477
            d = (
                f"M {i + n} {i} L {w - i - n} {i} C {w - i - n} {i + k} {w - i - k} {i + n} {w - i} {i + n} "
                f"L {w - i} {h - i - n} C {w - i - k} {h - i - n} {w - i - n} {h - i - k} {w - i - n} {h - i} "
                f"L {i + n} {h - i} C {i + n} {h - i - k} {i + k} {h - i - n} {i} {h - i - n} "
                f"L {i} {i + n} C {i + k} {i + n} {i + n} {i + k} {i + n} {i} Z"
            )
        else:
            d = "M " + " L ".join(f"{x} {y}" for x, y in points) + " Z"
        yield from Path(d, stroke=self.colour, width=self.width).operators()


@dataclass(frozen=True)
class Fret:
    """A meander (回纹) running round the sheet in a whole number of cells, with a knot in each corner."""

    inset: float
    cell: float
    width: float
    colour: str
    sheet: tuple[float, float] = (297, 210)

    def operators(self) -> Iterator[str]:
        (w, h), i, band = self.sheet, self.inset, self.cell
        yield f"q {_rgb(self.colour)} RG {self.width:.2f} w 1 J 1 j"
        for length, origin, axes in (
            (w - 2 * i, (i, i), (1, 0, 0, 1)),
            (w - 2 * i, (w - i, h - i), (-1, 0, 0, -1)),
            (h - 2 * i, (w - i, i), (0, 1, -1, 0)),
            (h - 2 * i, (i, h - i), (0, -1, 1, 0)),
        ):
            run = length - 2 * band
            count = round(run / (band * 1.2))
            step = run / count
            yield f"q {' '.join(map(str, axes))} {_n(origin[0])} {_n(origin[1])} cm"
            for number in range(count):
                yield from self._cell(band + number * step, step)
            yield from _commands(
                f"M {0.2 * band} {0.2 * band} L {0.8 * band} {0.2 * band} L {0.8 * band} {0.8 * band} "
                f"L {0.2 * band} {0.8 * band} Z M {0.4 * band} {0.4 * band} L {0.6 * band} {0.4 * band} "
                f"L {0.6 * band} {0.6 * band} L {0.4 * band} {0.6 * band} Z"
            )
            yield "S Q"
        yield "Q"

    def _cell(self, x: float, step: float) -> Iterator[str]:
        u, v = step / 6, self.cell / 6
        points = ((0, 5.2), (0, 0.8), (5, 0.8), (5, 4.2), (2, 4.2), (2, 2.5), (3.5, 2.5))
        yield from _commands(
            "M "
            + " L ".join(f"{x + a * u:.3f} {b * v:.3f}" for a, b in points)
            + f" M {x:.3f} {5.2 * v:.3f} L {x + step:.3f} {5.2 * v:.3f}"
        )


def curve(point: Callable[[float], tuple[float, float]], start: float, end: float, pieces: int) -> str:
    """A parametric curve as cubic Béziers, tangents by central difference."""
    step, e = (end - start) / pieces, 1e-4

    def slope(t: float) -> tuple[float, float]:
        (ax, ay), (bx, by) = point(t - e), point(t + e)
        return (bx - ax) / (2 * e), (by - ay) / (2 * e)

    x0, y0 = point(start)
    parts = [f"M {x0:.2f} {y0:.2f}"]
    for number in range(pieces):
        t, u = start + number * step, start + (number + 1) * step
        (ax, ay), (bx, by), (p, q), (r, s) = point(t), point(u), slope(t), slope(u)
        k = step / 3
        parts.append(f"C {ax + p * k:.2f} {ay + q * k:.2f} {bx - r * k:.2f} {by - s * k:.2f} {bx:.2f} {by:.2f}")
    return " ".join(parts)


@dataclass(frozen=True)
class Rosette:
    """A guilloche of several waved rings, pale, behind the text: hard to copy on an office printer."""

    x: float
    y: float
    radius: float
    colour: str
    petals: int = 24
    rings: int = 5
    depth: float = 0.12
    width: float = 0.1

    def operators(self) -> Iterator[str]:
        for ring in range(self.rings):
            base = self.radius * (1 - ring * 0.5 / self.rings)
            for phase in (0.0, math.pi):
                d = curve(self._wave(base, phase), 0, 2 * math.pi, self.petals * 4)
                yield from Path(d, stroke=self.colour, width=self.width).operators()

    def _wave(self, base: float, phase: float) -> Callable[[float], tuple[float, float]]:
        def point(t: float) -> tuple[float, float]:
            r = base * (1 + self.depth * math.sin(self.petals * t + phase))
            return self.x + r * math.cos(t), self.y + r * math.sin(t)

        return point


def scroll(x: float, y: float, radius: float, *, turns: float = 1.6, start: float = 0.0, hand: int = 1) -> str:
    """A cloud curl (云头): a spiral that opens from its eye."""

    def point(t: float) -> tuple[float, float]:
        r = radius * (0.12 + 0.88 * (t / (2 * math.pi * turns)) ** 0.9)
        angle = math.radians(start) + hand * t
        return x + r * math.cos(angle), y + r * math.sin(angle)

    return curve(point, 0.02, 2 * math.pi * turns, max(6, round(turns * 8)))


@dataclass(frozen=True)
class Corners:
    """The same outlines in all four corners, mirrored; drawn for the upper left one."""

    outlines: tuple[Path, ...]
    sheet: tuple[float, float] = (297, 210)

    def operators(self) -> Iterator[str]:
        w, h = self.sheet
        for a, d, e, f in ((1, 1, 0.0, 0.0), (-1, 1, w, 0.0), (1, -1, 0.0, h), (-1, -1, w, h)):
            yield f"q {a} 0 0 {d} {_n(e)} {_n(f)} cm"
            for outline in self.outlines:
                yield from outline.operators()
            yield "Q"


def ridge(peaks: Iterable[tuple[float, float]], *, floor: float, left: float = 0, right: float = 297) -> str:
    """A line of hills: summits and valleys (x, y) joined smoothly and closed along the floor."""
    points = list(peaks)
    (x0, y0), parts = points[0], []
    for (ax, ay), (bx, by) in pairwise(points):
        middle = (bx - ax) * 0.5
        parts.append(f"C {ax + middle:.2f} {ay:.2f} {bx - middle:.2f} {by:.2f} {bx:.2f} {by:.2f}")
    return f"M {left} {floor} L {x0} {y0} {' '.join(parts)} L {right} {floor} Z"


def circle(x: float, y: float, r: float) -> str:
    k = r * 0.5523
    return (
        f"M {x + r} {y} C {x + r} {y + k} {x + k} {y + r} {x} {y + r} C {x - k} {y + r} {x - r} {y + k} {x - r} {y} "
        f"C {x - r} {y - k} {x - k} {y - r} {x} {y - r} C {x + k} {y - r} {x + r} {y - k} {x + r} {y} Z"
    )


def form_object(shapes: Iterable[Shape], *, width: float, height: float) -> tuple[bytes, pydyf.Dictionary]:
    """The shapes as the compressed body and the dictionary of a Form XObject for a page of that size in mm."""
    body = "\n".join(line for shape in shapes for line in shape.operators())
    header = pydyf.Dictionary(
        {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array([0, 0, width, height]),
            "Matrix": pydyf.Array([round(MM, 6), 0, 0, -round(MM, 6), 0, round(height * MM, 4)]),
            "Resources": pydyf.Dictionary(),
            "Filter": "/FlateDecode",
        }
    )
    return zlib.compress(body.encode(), 9), header
