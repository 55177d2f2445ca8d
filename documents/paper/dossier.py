"""A person's file (一人一档) on paper: a cover, a table of contents with page numbers, sections of tables and words. Knows no model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from documents.paper.fonts import Library, Role, library, printable
from documents.paper.render import About, html_to_pdf, markup


@dataclass(frozen=True)
class Facts:
    """Pairs of a label and what stands there."""

    pairs: tuple[tuple[str, str], ...]
    heading: str = ""


@dataclass(frozen=True)
class Table:
    """`widths` are shares of the page; `digests` names columns set in small Latin figures."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    caption: str = ""
    digests: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Words:
    text: str
    heading: str = ""


@dataclass(frozen=True)
class Section:
    """Without parts it says `empty`, so that nobody wonders whether a page is missing."""

    title: str
    parts: tuple[Facts | Table | Words, ...] = ()
    empty: str = "无。"


@dataclass(frozen=True)
class Dossier:
    title: str
    name: str
    over: str
    cover: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    foot: str
    annexes: tuple[str, ...] = ()
    """Papers that are bound in behind this one, told in the table of contents."""
    signed_by: str = ""
    date: str = ""
    printed_at: datetime | None = None


def dossier_pdf(dossier: Dossier, *, fonts: Library | None = None, seconds: float = 120) -> bytes:
    """The file as a PDF. Raises `MissingGlyph` and the errors of `render`."""
    fonts = fonts or library()
    html = markup("documents/dossier.html", _context(dossier, fonts))
    about = About(title=f"{dossier.name} {dossier.title}", author=dossier.signed_by, created=dossier.printed_at)
    return html_to_pdf(html, about=about, fonts=fonts, seconds=seconds)


def _context(dossier: Dossier, fonts: Library) -> Mapping[str, Any]:
    name = printable(dossier.name)
    return {
        "dossier": dossier,
        "name": name,
        "name_face": fonts.face_for(name, Role.TITLE).family,
        "cover": [(label, printable(text)) for label, text in dossier.cover],
        "sections": [
            {
                "number": n,
                "title": section.title,
                "empty": section.empty,
                "parts": [_part(part) for part in section.parts],
            }
            for n, section in enumerate(dossier.sections, start=1)
        ],
        "annexes": dossier.annexes,
    }


def _part(part: Facts | Table | Words) -> Mapping[str, Any]:
    match part:
        case Facts():
            return {
                "kind": "facts",
                "heading": part.heading,
                "pairs": [(label, _paragraphs(text)) for label, text in part.pairs],
            }
        case Table():
            shares = part.widths or (1.0,) * len(part.columns)
            return {
                "kind": "table",
                "caption": part.caption,
                "columns": part.columns,
                "shares": [f"{100 * share / sum(shares):.2f}" for share in shares],
                "rows": [[(printable(text), n in part.digests) for n, text in enumerate(row)] for row in part.rows],
            }
        case Words():
            return {"kind": "words", "heading": part.heading, "paragraphs": _paragraphs(part.text)}


def _paragraphs(text: str) -> list[str]:
    return [printable(line) for line in text.splitlines() if line.strip()] or ["—"]
