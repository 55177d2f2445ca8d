"""Notices and decisions on paper after GB/T 9704-2012 党政机关公文格式.

A4, head margin 37 mm, binding edge 28 mm, text block 156 × 225 mm, 22 lines of 28 characters, body 3号 (16 pt) 仿宋,
title 2号 (22 pt) 小标宋, headings 一、黑体 and （一）楷体, page number 4号 宋 between dashes. The product leaves the place
for the seal and never draws one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from documents.paper import setting
from documents.paper.drawing import MM
from documents.paper.fonts import Library, Role, library, printable
from documents.paper.forms import spread
from documents.paper.render import About, html_to_pdf, markup

LINES: Final = 22
CHARACTERS: Final = 28
BODY: Final = 16.0
TITLE: Final = 22.0
MEASURE: Final = 156 * MM
PITCH: Final = MEASURE / CHARACTERS / BODY
"""Advance of a character on the grid in em of the body: 28 × 16 pt is 4 pt wider than 156 mm."""
LINE: Final = 225 * MM / LINES
"""Height of a line in points: 28.99."""


@dataclass(frozen=True)
class Paragraph:
    text: str
    indent: bool = True


@dataclass(frozen=True)
class Heading:
    """Level 1 一、黑体; level 2 （一）楷体; levels 3 and 4 in the body's face. The number is part of the text."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class List:
    """A table within a notice: `names` is the column of persons' names, each set whole in one face."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    names: int | None = None
    caption: str = ""


Block = Paragraph | Heading | List


@dataclass(frozen=True)
class OfficialDocument:
    """A notice or a decision. `issuer` prints the red head (发文机关标志); without it the title opens the page."""

    title: str
    body: tuple[Block, ...]
    issuer: str = ""
    document_number: str = ""
    addressee: str = ""
    attachments: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    date: str = ""
    notes: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    annexes: tuple[List, ...] = ()
    """Lists on pages of their own after the signature, each headed 附件."""
    imprint: str = ""
    """A small line at the very end, such as a digest."""
    printed_at: datetime | None = None


@dataclass(frozen=True)
class _Line:
    text: str
    css: str
    style: str


@dataclass(frozen=True)
class _Table:
    source: List
    shares: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str, str], ...], ...]
    """Cells as (text, font family or empty, alignment)."""


@dataclass(frozen=True)
class _Piece:
    lines: tuple[_Line, ...] = ()
    table: _Table | None = None


def notice_pdf(
    document: OfficialDocument, *, fonts: Library | None = None, pdfa: bool = False, seconds: float = 60
) -> bytes:
    """The document as a PDF. Raises `MissingGlyph` and the errors of `render`."""
    fonts = fonts or library()
    html = markup("documents/official.html", _context(document, fonts))
    about = About(
        title=document.title.replace("\n", ""),
        author="、".join(document.signature),
        subject=document.document_number,
        created=document.printed_at,
    )
    return html_to_pdf(html, about=about, fonts=fonts, pdfa=pdfa, seconds=seconds)


def _context(document: OfficialDocument, fonts: Library) -> Mapping[str, Any]:
    title_face = fonts.face_for(document.title, Role.TITLE)
    issuer = printable(document.issuer)
    issuer_points = (
        setting.fit(issuer, fonts.face_for(issuer, Role.TITLE), measure=MEASURE, largest=44, smallest=18, spacing=0.12)
        if issuer
        else 0
    )
    return {
        "document": document,
        "issuer": issuer,
        "issuer_points": issuer_points,
        "title_lines": title_lines(printable(document.title), setting.width("国" * 19, title_face)),
        "addressee": _lines(Paragraph(document.addressee, indent=False), fonts) if document.addressee else (),
        "pieces": [_piece(block, fonts) for block in document.body],
        "attachments": list(_attachments(document.attachments, fonts)),
        "notes": [line for note in document.notes for line in _lines(Paragraph(note), fonts)],
        "contacts": [line for contact in document.contacts for line in _lines(Paragraph(contact), fonts)],
        "annexes": [
            (_annex(number, len(document.annexes)), _table(a, fonts)) for number, a in enumerate(document.annexes, 1)
        ],
        "imprint": printable(document.imprint),
        "line": f"{LINE - 0.0005:.4f}",
        "tight": f"{PITCH - 1:.5f}",
    }


def _annex(number: int, count: int) -> str:
    return "附件" if count == 1 else f"附件{number}"


def _attachments(names: tuple[str, ...], fonts: Library) -> Iterator[_Line]:
    """附件说明: opens with 附件：; further numbers and turned lines stand under the first letter of the name."""
    for number, name in enumerate(names, start=1):
        text = printable(name if len(names) == 1 else f"{number}. {name}")
        face = fonts.stack_for(text, Role.FANG)
        for place, line in enumerate(
            setting.lines(text, face, measure=MEASURE / BODY - 5 * PITCH, indent=0, pitch=PITCH)
        ):
            word = "附件：" if number == 1 and place == 0 else "　" * 3
            yield _Line(word + line.text, Role.FANG, line.css)


def title_lines(title: str, measure: float) -> tuple[str, ...]:
    """Break a title as the standard asks: by sense, in lines of falling or rising length, words kept whole.

    A line break given in the text is respected. Otherwise a long title breaks after 关于… or before 的通知 … where the
    halves are closest to equal.
    """
    if "\n" in title:
        return tuple(part.strip() for part in title.split("\n") if part.strip())
    if len(title) <= measure:
        return (title,)
    limit = int(measure)
    aim = len(title) / -(-len(title) // limit)
    by_sense = _breaks(title)
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    """For each length of a beginning, the cheapest way to break it: even lines, and sense before evenness."""
    for end in range(1, len(title) + 1):
        rough = 0 if end in by_sense or end == len(title) else ROUGH
        best.append(
            min(
                (cost + (end - start - aim) ** 2 + rough, (*ends, end))
                for start, (cost, ends) in enumerate(best[max(0, end - limit) :], max(0, end - limit))
            )
        )
    ends = (0, *best[-1][1])
    return tuple(title[start:end] for start, end in pairwise(ends))


ROUGH: Final = 400.0
"""Cost of a break within a word: more than any unevenness."""
_AFTER: Final = re.compile(
    r"(?<=[”》）、，：])|(?=[“《（])|(?<=总工会)|(?<=公示)|(?<=同志)|(?<=授予)|(?=关于)|(?=首[届批])|(?=第[一二三四五六七八九十\d]+届)"
    r"|(?=的(?:通知|公告|公示|决定|通报))"
)


def _breaks(text: str) -> frozenset[int]:
    """Places where a title may break; never inside 《》 or “”."""
    depth, found = 0, set()
    for place in range(1, len(text)):
        depth += {"《": 1, "“": 1, "（": 1, "》": -1, "”": -1, "）": -1}.get(text[place - 1], 0)
        if depth <= 0 and _AFTER.match(text, place) and text[place] not in setting.NOT_FIRST:
            found.add(place)
    return frozenset(found)


_HEADING_ROLES: Final = {1: Role.HEI, 2: Role.KAI}


def _piece(block: Block, fonts: Library) -> _Piece:
    return _Piece(table=_table(block, fonts)) if isinstance(block, List) else _Piece(lines=tuple(_lines(block, fonts)))


def _lines(block: Paragraph | Heading, fonts: Library) -> Iterator[_Line]:
    heading = isinstance(block, Heading)
    role = _HEADING_ROLES.get(block.level, Role.FANG) if isinstance(block, Heading) else Role.FANG
    indent = 2.0 if heading or (isinstance(block, Paragraph) and block.indent) else 0.0
    text = printable(block.text)
    for part in text.split("\n"):
        if not part.strip():
            continue
        face = fonts.stack_for(part, role)
        set_lines = setting.lines(part, face, measure=MEASURE / BODY, indent=indent, pitch=PITCH)
        for line in set_lines:
            yield _Line(line.text, f"{role}{' heading' if heading else ''}", line.css)


def _table(source: List, fonts: Library) -> _Table:
    widths = source.widths or tuple(1.0 for _ in source.columns)
    shares = tuple(f"{width / sum(widths) * 100:.3f}" for width in widths)
    long = {
        column
        for column in range(len(source.columns))
        if any(len(row[column]) > 14 for row in source.rows if column < len(row))
    }
    rows = tuple(
        tuple(
            (
                spread(printable(text)) if column == source.names else printable(text),
                fonts.face_for(printable(text), Role.FANG).family if column == source.names and text else "",
                "left" if column in long and column != source.names else "center",
            )
            for column, text in enumerate(row)
        )
        for row in source.rows
    )
    return _Table(source, shares, rows)
