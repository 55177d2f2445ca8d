"""Chinese set line by line.

WeasyPrint widens only word spaces, and Chinese has none, so its paragraphs stay ragged. Here each line is broken with
the customary prohibitions (避头尾: no closing mark opens a line, no opening mark ends one) and given the letter-spacing
that makes it exactly as long as the measure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from documents.paper.fonts import Face, FontFile

NOT_FIRST: Final = frozenset("、，。；：！？）》〉」』】〕”’…—·％%‰℃,.;:!?)]}")
NOT_LAST: Final = frozenset("（《〈「『【〔“‘￥¥$([{№")
TOKEN: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.,:/@%\-]*(?<![,:.])|…+|—+|\s+|.", re.DOTALL)
"""Numbers and Latin words stay whole; so do …… and ——."""

SQUEEZE: Final = 1.05
"""How much over the measure, in em, a closing mark may push a line before it goes to the next one with a companion."""


@dataclass(frozen=True)
class Line:
    """One line and the letter-spacing, in em, that sets it to the measure."""

    text: str
    spacing: float
    indent: float = 0.0

    @property
    def css(self) -> str:
        """Style of the block that holds the line."""
        indent = f";text-indent:{self.indent:.4f}em" if self.indent else ""
        return f"letter-spacing:{self.spacing:.4f}em{indent}"


def width(text: str, face: Face) -> float:
    """Width in em."""
    return sum(_advance(char, face.parts) for char in text)


@lru_cache(maxsize=50_000)
def _advance(char: str, parts: tuple[FontFile, ...]) -> float:
    for part in parts:
        if part.covers(char):
            return part.advances(char)[0]
    return 1.0


def fit(text: str, face: Face, *, measure: float, largest: float, smallest: float, spacing: float = 0.0) -> float:
    """The largest size in points at which the text stands in `measure` points on one line."""
    natural = width(text, face) + spacing * max(len(text) - 1, 0)
    return max(smallest, min(largest, measure / natural if natural else largest))


def lines(text: str, face: Face, *, measure: float, indent: float = 2.0, pitch: float = 1.0) -> Iterator[Line]:
    """Break a paragraph for a measure given in em of its size.

    `pitch` is the advance of a full-width character on the grid, in em: GB/T 9704 puts 28 characters of 16 pt into
    156 mm, so each stands on 15.79 pt.
    """
    tight = pitch - 1.0
    room, start, used, line = measure - indent * pitch, indent * pitch, 0.0, list[str]()

    def close(*, last: bool) -> Line:
        body = "".join(line).rstrip()
        natural = width(body, face) + tight * len(body)
        gaps = max(len(body) - 1, 1)
        slack = room - natural
        justified = (not last or slack < 0) and abs(slack) < 3
        return Line(body, tight + (slack / gaps if justified else 0.0), start)

    tokens = TOKEN.findall(text.strip())
    for position, token in enumerate(tokens):
        need = width(token, face) + tight * len(token)
        ending = position + 1 == len(tokens)
        over = used + need - room
        if token.isspace() and (not line or over > 0):
            continue
        hangs = token[0] in NOT_FIRST and over <= SQUEEZE
        if line and over > 1e-6 and not hangs:
            carried: list[str] = []
            while len(line) > 1 and _clings(line[-1], (carried or [token])[0]):
                carried.insert(0, line.pop())
            while carried and carried[0].isspace():
                carried.pop(0)
            yield close(last=False)
            room, start = measure, 0.0
            line = carried
            used = sum(width(part, face) + tight * len(part) for part in line)
        line.append(token)
        used += need
        if ending and line:
            yield close(last=True)


def _clings(last: str, following: str) -> bool:
    """Whether a line must not be broken between these two."""
    return last.isspace() or last in NOT_LAST or following[0] in NOT_FIRST
