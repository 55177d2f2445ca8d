"""Certificates in batches: one PDF a person, and nothing of any other person in it.

What is the same on every sheet is made once: fonts cut once, one layout for many, border and seal place as one Form
XObject. What is a person's own (the page, the glyphs on it, the code) is written page by page. Splitting one finished
PDF would be faster still, but its pieces share fonts and carry other people's page resources: those go to nobody.
"""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pydyf

from documents.paper import qr, setting
from documents.paper.designs import SHEET, Design
from documents.paper.drawing import MM, Path, Shape, circle, form_object
from documents.paper.fonts import Face, Library, library, printable
from documents.paper.render import About, Finisher, PaperError, markup, time_limit

CHUNK: Final = 100
"""Sheets laid out at a time: bounds the memory of a batch of any size."""

LEADING: Final = 1.85
CLOSE_LEADING: Final = 1.6
"""Line heights of a citation in em: ample while it is set large, closer below 16 points."""

CLOSING_LEADING: Final = 1.75
SMALLEST: Final = 11
"""Points. A citation that does not fit at this size is too long for a certificate, and the office is told."""


@dataclass(frozen=True)
class CertificateText:
    """The words of one certificate. `number` also names its file; `seal_note` stands in the empty seal place."""

    number: str
    title: str
    edition: str
    name: str
    citation: str
    issuers: tuple[str, ...]
    date: str
    verify_url: str
    honorific: str = "同志"
    seal_note: str = "盖章处"
    print_number: int = 0
    """How often it was printed, this time included; nought says nothing about it."""


@dataclass(frozen=True)
class Frame:
    """The words that all sheets of a campaign share: laid out once, painted on each."""

    title: str
    edition: str
    issuers: tuple[str, ...]
    date: str
    seal_note: str
    title_points: float
    edition_points: float
    closing_points: float
    closing_top: float
    """mm that centre the closing lines in their box."""


@dataclass(frozen=True)
class Sheet:
    """What the template needs of one certificate, measured."""

    text: CertificateText
    frame: Frame
    name: str
    name_face: str
    name_points: float
    name_gap: float
    lines: tuple[setting.Line, ...]
    citation_points: float
    leading: float

    @property
    def name_start(self) -> str:
        return self.name[:-1]

    @property
    def name_end(self) -> str:
        """The last letter carries no letter-spacing, so that the spread name is centred."""
        return self.name[-1:]


_DIGITS: Final = "〇一二三四五六七八九"


def chinese_date(day: date) -> str:
    """二〇一九年三月二十八日, as a certificate is dated."""

    def number(value: int) -> str:
        tens, units = divmod(value, 10)
        return ("" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十") + (_DIGITS[units] if units else "")

    year = "".join(_DIGITS[int(digit)] for digit in f"{day.year:04}")
    return f"{year}年{number(day.month)}月{number(day.day)}日"


def missing(
    certificates: Sequence[CertificateText], design: Design, *, fonts: Library | None = None
) -> dict[str, list[str]]:
    """Certificate number → characters that cannot be printed; empty when the batch can run."""
    fonts = fonts or library()
    found = {c.number: fonts.missing(_words(c), design.citation_role) for c in certificates}
    return {number: characters for number, characters in found.items() if characters}


def render_batch(
    certificates: Sequence[CertificateText],
    design: Design,
    *,
    progress: Callable[[int], None] | None = None,
    fonts: Library | None = None,
    about: About | None = None,
    pdfa: bool = False,
    seconds_each: float = 10,
) -> Iterator[tuple[str, bytes]]:
    """Yield (number, PDF) in the order given; `progress(done)` after each.

    The whole batch is checked for missing glyphs before the first sheet is made (`MissingGlyph`). The same batch gives
    the same bytes. Raises `PaperError` when a text does not fit its place.
    """
    from documents.paper.typeset import Typeset, write

    fonts = fonts or library()
    everything = "".join(map(_words, certificates))
    for role in {design.title_role, design.name_role, design.citation_role}:
        fonts.require(everything, role)
    sheets = [measured(certificate, design, fonts=fonts) for certificate in certificates]
    typeset: Typeset | None = None
    border = form_object(shapes(design), width=SHEET[0], height=SHEET[1])
    done = 0
    for start in range(0, len(sheets), CHUNK):
        chunk = sheets[start : start + CHUNK]
        frames = list(dict.fromkeys(sheet.frame for sheet in chunk))
        with time_limit(seconds_each * len(chunk)):
            html = markup("documents/certificate.html", {"design": design, "frames": frames, "sheets": chunk})
            if typeset is None:
                typeset = Typeset(html + everything + "".join(sheet.name_face for sheet in sheets), fonts=fonts)
            document = typeset.lay_out(html)
        if len(document.pages) != len(frames) + len(chunk):
            raise PaperError("证书文字放不下一页，请缩短正文")
        below = dict(zip(frames, document.pages, strict=False))
        for sheet, page in zip(chunk, document.pages[len(frames) :], strict=True):
            with time_limit(seconds_each):
                own = About(
                    title=f"{sheet.text.title} {sheet.text.name}",
                    author="、".join(sheet.text.issuers),
                    subject=sheet.text.number,
                    created=about.created if about else None,
                )
                finisher = _finisher(border, sheet.text.verify_url, design)
                whole = document.copy([_overlaid(below[sheet.frame], page)])
                pdf = write(whole, typeset, own, finisher=finisher, pdfa=pdfa)
            done += 1
            yield sheet.text.number, pdf
            if progress:
                progress(done)


def render_one(
    certificate: CertificateText, design: Design, *, fonts: Library | None = None, pdfa: bool = False
) -> bytes:
    """One certificate, for a preview or a re-issue."""
    return next(render_batch([certificate], design, fonts=fonts, pdfa=pdfa))[1]


def _words(c: CertificateText) -> str:
    return "".join((c.number, c.title, c.edition, c.name, c.citation, *c.issuers, c.date, c.honorific, c.seal_note))


def shapes(design: Design) -> tuple[Shape, ...]:
    """Everything drawn behind the words, the same on every sheet."""
    return (*design.shapes, *_seal_place(design))


def measured(text: CertificateText, design: Design, *, fonts: Library | None = None) -> Sheet:
    """The words of a certificate with the sizes and lines at which they fit the design."""
    fonts = fonts or library()
    name = printable(text.name).strip()
    face = fonts.face_for(name + text.honorific, design.name_role)
    size = setting.fit(
        name, face, measure=(design.name.w - 24) * MM, largest=design.name_points, smallest=13, spacing=0.1
    )
    points, lines = _citation(printable(text.citation), design, fonts)
    return Sheet(
        text=text,
        frame=_frame(text, design, fonts),
        name=name,
        name_face=face.family,
        name_points=size,
        name_gap={2: 1.0, 3: 0.3}.get(len(name), 0.0),
        lines=lines,
        citation_points=points,
        leading=_leading(points),
    )


def _frame(text: CertificateText, design: Design, fonts: Library) -> Frame:
    title = printable(text.title).strip()
    face = fonts.face_for(title, design.title_role)
    if design.vertical_title:
        title_points = min(design.title_points, design.title.h * MM / max(len(title), 1) / 1.12)
        edition_measure = design.edition.h * MM
    else:
        title_points = setting.fit(
            title, face, measure=design.title.w * MM, largest=design.title_points, smallest=16, spacing=0.25
        )
        edition_measure = design.edition.w * MM
    edition = setting.fit(text.edition, face, measure=edition_measure, largest=19, smallest=8, spacing=0.2)
    largest = 17.0 if len(text.issuers) < 3 else 13.5
    closing = min(
        (
            setting.fit(
                line,
                fonts.face_for(line, design.citation_role),
                measure=design.closing.w * MM,
                largest=largest,
                smallest=8,
            )
            for line in text.issuers
        ),
        default=largest,
    )
    height = (len(text.issuers) + 1) * closing * CLOSING_LEADING / MM
    return Frame(
        title=title,
        edition=printable(text.edition),
        issuers=text.issuers,
        date=text.date,
        seal_note=text.seal_note,
        title_points=title_points,
        edition_points=edition,
        closing_points=closing,
        closing_top=max(0.0, (design.closing.h - height) / 2),
    )


def _overlaid(below: Any, own: Any) -> Any:
    """A page that paints the shared words and then a person's own; glyphs of both are counted for the file's fonts."""
    page = copy.copy(own)

    def paint(stream: Any, scale: float = 1) -> None:
        below.paint(stream, scale)
        own.paint(stream, scale)

    page.paint = paint
    return page


def _citation(text: str, design: Design, fonts: Library) -> tuple[float, tuple[setting.Line, ...]]:
    """The largest size, in half points, at which the paragraphs stand in their box."""
    face: Face = fonts.face_for(text, design.citation_role)
    points = design.citation_points
    while points >= SMALLEST:
        measure = math.floor(design.citation.w * MM / points * 100) / 100
        paragraphs = (part for part in text.split("\n") if part.strip())
        lines = tuple(line for part in paragraphs for line in setting.lines(part, face, measure=measure))
        if len(lines) * points * _leading(points) <= design.citation.h * MM:
            return points, lines
        points -= 0.5
    raise PaperError(f"证书正文过长（{len(text)} 字），请缩短后再生成")


def _leading(points: float) -> float:
    return LEADING if points >= 16 else CLOSE_LEADING


def _seal_place(design: Design) -> Iterator[Shape]:
    """A pale dashed ring where the seal goes. The product never draws an official seal."""
    box = design.seal
    ring = circle(box.x + box.w / 2, box.y + box.h / 2, box.w / 2)
    yield _Dashed(ring, "#D8C9B0" if design.code == "red-gold" else "#C9D0D8")


@dataclass(frozen=True)
class _Dashed:
    d: str
    colour: str

    def operators(self) -> Iterator[str]:
        yield "q [1.2 1.2] 0 d"
        yield from Path(self.d, stroke=self.colour, width=0.22).operators()
        yield "Q"


def _finisher(border: tuple[bytes, pydyf.Dictionary], url: str, design: Design) -> Finisher:
    body, header = border

    def finish(_document: Any, pdf: Any) -> None:
        form = pydyf.Stream([body], pydyf.Dictionary(header))
        pdf.add_object(form)
        box = design.qr
        code = qr.operators(url, x=box.x * MM, y=(SHEET[1] - box.y - box.h) * MM, side=box.w * MM)
        back = pydyf.Stream([b"q /Border Do Q", code], compress=True)
        pdf.add_object(back)
        for page in pages(pdf):
            resources = pdf.objects[int(page["Resources"].split()[0])]
            resources["XObject"]["Border"] = form.reference
            page["Contents"] = pydyf.Array([back.reference, page["Contents"]])

    return finish


def pages(pdf: Any) -> list[Any]:
    """The page dictionaries of a pydyf.PDF."""
    return [item for item in pdf.objects if isinstance(item, dict) and item.get("Type") == "/Page"]
