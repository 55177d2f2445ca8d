"""Application forms (申报表) laid out as the notice prints them, from data: for the screen and for paper.

Every printed page carries a check code and a QR code that tie it to one version of the data, so that a sealed scan that
comes back can be matched, and a page swapped after sealing is noticed.
"""

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

import pikepdf
import pydyf

from documents.paper import qr, setting
from documents.paper.certificates import pages
from documents.paper.drawing import MM
from documents.paper.fonts import Library, Role, library, printable
from documents.paper.render import About, html_to_pdf, markup

Size = Literal["A4", "A3-folded", "A4-landscape"]


@dataclass(frozen=True)
class Cell:
    """One box of the grid. Exactly one of label, field, opinion and photo says what stands in it.

    `span` and `rowspan` count grid columns and rows; `height` is a CSS length; `vertical` writes a label downwards.
    `seal` leaves a place marked with `seal_label`; `seals` names several; `signature` asks for one; `date` leaves a
    place for 年 月 日. `hint` stands small where the cell is empty.
    """

    label: str = ""
    field: str = ""
    opinion: str = ""
    photo: bool = False
    span: int = 1
    rowspan: int = 1
    vertical: bool = False
    height: str = ""
    seal: bool = False
    seal_label: str = "（盖章）"
    seals: tuple[str, ...] = ()
    signature: str = ""
    date: bool = False
    align: Literal["", "left", "center", "right"] = ""
    hint: str = ""


@dataclass(frozen=True)
class Row:
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class PaperLayout:
    """A form, or the pages of one that share a grid. `widths` are relative widths of the grid's columns; `top` are (label, field) pairs above the table."""

    title: str
    columns: int
    rows: tuple[Row, ...]
    size: Size = "A4"
    copies: int = 1
    widths: tuple[float, ...] = ()
    top: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    instructions_title: str = "填表说明"


@dataclass(frozen=True)
class PersonName:
    """A name: set whole in one face."""

    text: str


def spread(name: str) -> str:
    """A name of two Chinese characters set as wide as one of three, as lists of names have it."""
    return f"{name[0]}　{name[1]}" if len(name) == 2 and all(ord(char) > 0x2E7F for char in name) else name


@dataclass(frozen=True)
class Choice:
    """Options to tick; those chosen are ticked."""

    options: tuple[str, ...]
    chosen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """Repeating rows (honours, results), printed as a small table in the cell."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()


Value = str | PersonName | Choice | Table


@dataclass(frozen=True)
class Opinion:
    """What a body wrote into its box; the date as it is to be printed."""

    text: str = ""
    date: str = ""
    signed_by: str = ""


@dataclass(frozen=True)
class PaperValues:
    """What one application fills in. `check_code` and `check_url` identify the data version (see `qr.check_code`)."""

    fields: Mapping[str, Value]
    opinions: Mapping[str, Opinion] = field(default_factory=dict)
    photo: bytes | None = None
    photo_type: str = "image/jpeg"
    photo_url: str = ""
    number: str = ""
    version: int = 1
    check_code: str = ""
    check_url: str = ""
    printed_at: datetime | None = None


LONG: Final = 36
"""字. A value longer than this is a text, set from the left and on as many lines as it takes."""

SIDES: Final = 32.0
PADDING: Final = 3.8
ORDINARY: Final = 11.0
SMALL: Final = 8.0
FOOT_LINE: Final = 7.4
HEAD_LINE, ROW_LINE, ROW_PADDING = 7.3, 7.0, 2.0
"""mm of a page's and of a box's sides; points of a value, and the least to which a narrow box shrinks it; mm of a
line with seal, signature or date, of the head and of a row of a small table (rows nobody filled are ruled all the same) and of its padding."""


@dataclass(frozen=True)
class _Box:
    """One cell as the template draws it."""

    cell: Cell
    kind: str
    css: str
    label_lines: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    face: str = ""
    options: tuple[tuple[str, bool], ...] = ()
    table: Table | None = None
    key: str = ""
    """Names the classes of this box's own styles: inline styles would need a hole in the page's CSP."""
    shares: tuple[str, ...] = ()
    line: str = ""
    """Height of a small table's rows at which they fill the box."""
    said: str = ""
    """Least height of an opinion's words, which keeps seal and date at the bottom of an empty box."""
    points: str = ""
    """Size at which a short value stands on one line in a narrow box; empty when the ordinary size does."""
    opinion: Opinion = Opinion()
    seals: tuple[str, ...] = ()
    photo: str = ""


class UnfinishedLayout(ValueError):
    """The rows of a form do not fill its grid."""


_LENGTH: Final = re.compile(r"\d+(\.\d+)?(mm|cm|pt|em)")


def check_layout(layout: PaperLayout) -> list[list[int]]:
    """Every row must fill the grid exactly, counting boxes that reach down from above; else lines end in nothing.

    Returns the grid column at which each box starts. Raises `UnfinishedLayout` naming the row.
    """
    starts: list[list[int]] = []
    open_below = [0] * layout.columns
    for number, row in enumerate(layout.rows, start=1):
        if wrong := next((c.height for c in row.cells if c.height and not _LENGTH.fullmatch(c.height)), None):
            raise UnfinishedLayout(f"《{layout.title}》第 {number} 行的高度“{wrong}”应写作 40mm 这样的长度")
        taken = [rest > 0 for rest in open_below]
        open_below = [max(rest - 1, 0) for rest in open_below]
        at = 0
        starts.append([])
        for cell in row.cells:
            while at < layout.columns and taken[at]:
                at += 1
            columns = range(at, at + cell.span)
            if columns.stop > layout.columns or any(taken[column] for column in columns):
                raise UnfinishedLayout(f"《{layout.title}》第 {number} 行超出 {layout.columns} 列")
            starts[-1].append(at)
            for column in columns:
                taken[column] = True
                open_below[column] = cell.rowspan - 1
            at = columns.stop
        if not all(taken):
            raise UnfinishedLayout(f"《{layout.title}》第 {number} 行不足 {layout.columns} 列")
    if any(open_below):
        raise UnfinishedLayout(f"《{layout.title}》有格子伸出最后一行")
    return starts


def form_html(layout: PaperLayout, values: PaperValues, *, nonce: str = "", fonts: Library | None = None) -> str:
    """The form for the screen: a `<style>` (with the page's CSP nonce) and a `<section class="paper-form">`."""
    context = {**_page_context((layout,), values, screen=True, fonts=fonts), "nonce": nonce}
    return markup("documents/_form.html", context)


def form_pdf(
    layout: PaperLayout | Sequence[PaperLayout],
    values: PaperValues,
    *,
    fonts: Library | None = None,
    pdfa: bool = False,
    seconds: float = 60,
) -> bytes:
    """The form on paper; several layouts follow each other on pages counted through, of the first one's size.

    A3-folded comes imposed, two A4 pages on a sheet, ready to print double-sided and fold.
    """
    sheets = (layout,) if isinstance(layout, PaperLayout) else tuple(layout)
    layout = sheets[0]
    html = markup("documents/form.html", _page_context(sheets, values, screen=False, fonts=fonts))
    about = About(title=layout.title, subject=values.number, created=values.printed_at)

    def finish(_document: Any, pdf: Any) -> None:
        if values.check_url:
            _stamp(pdf, values.check_url, width=_width(layout))

    sheet = html_to_pdf(html, about=about, fonts=fonts, finisher=finish, pdfa=pdfa, seconds=seconds)
    return fold(sheet) if layout.size == "A3-folded" else sheet


def words(layout: PaperLayout, values: PaperValues) -> str:
    """Everything the form prints, for asking `fonts.missing` while the applicant can still change it."""
    return _context(layout, values, screen=False, fonts=None, faces=False)["words"]  # type: ignore[no-any-return]


def _width(layout: PaperLayout) -> float:
    """Mm of a page."""
    return 297.0 if layout.size == "A4-landscape" else 210.0


def _page_context(
    layouts: Sequence[PaperLayout], values: PaperValues, *, screen: bool, fonts: Library | None
) -> dict[str, Any]:
    """The whole paper; each layout's own styles are told apart by its class."""
    return {
        "sheets": [
            {**_context(layout, values, screen=screen, fonts=fonts), "name": f"f{n}"}
            for n, layout in enumerate(layouts)
        ],
        "layout": layouts[0],
        "values": values,
        "code": qr.svg(values.check_url) if screen and values.check_url else "",
    }


def _context(
    layout: PaperLayout, values: PaperValues, *, screen: bool, fonts: Library | None, faces: bool = True
) -> dict[str, Any]:
    starts = check_layout(layout)
    widths = layout.widths or (1.0,) * layout.columns
    total = sum(widths)
    wide = any(_APART.fullmatch(cell.label) for row in layout.rows for cell in row.cells)
    boxes = [
        [
            _box(
                cell,
                values,
                key=f"b{line}-{place}",
                measure=sum(widths[starts[line][place] :][: cell.span]) / total * (_width(layout) - SIDES) - PADDING,
                screen=screen,
                fonts=fonts,
                faces=faces and not screen,
                wide=wide,
            )
            for place, cell in enumerate(row.cells)
        ]
        for line, row in enumerate(layout.rows)
    ]
    heights: dict[str, str] = {}
    for row in boxes:
        for box in row:
            if box.cell.height:
                heights.setdefault(_height_class(box.cell.height), box.cell.height)
    text = "".join(
        part
        for row in boxes
        for box in row
        for part in (*box.label_lines, *box.paragraphs, *(o for o, _ in box.options))
    )
    return {
        "layout": layout,
        "values": values,
        "rows": boxes,
        "heights": heights.items(),
        "columns": [(number, f"{width / total * 100:.3f}") for number, width in enumerate(widths, start=1)],
        "boxes": [box for row in boxes for box in row if box.face or box.shares or box.points or box.said],
        "top": [(label, _plain(values.fields.get(name, ""))) for label, name in layout.top],
        "words": text + layout.title + "".join(layout.notes) + "".join(layout.instructions),
    }


_UNITS: Final = {"mm": 1.0, "cm": 10.0, "pt": 1 / MM, "em": ORDINARY / MM}


def _millimetres(length: str) -> float:
    return float(length[:-2]) * _UNITS[length[-2:]]


def _height_class(height: str) -> str:
    return "h" + "".join(char if char.isalnum() else "-" for char in height)


def _box(
    cell: Cell,
    values: PaperValues,
    *,
    key: str,
    measure: float,
    screen: bool,
    fonts: Library | None,
    faces: bool,
    wide: bool,
) -> _Box:
    tall = f" {_height_class(cell.height)}" if cell.height else ""
    if cell.photo:
        return _Box(cell, "photo", f"photo{tall}", photo=_photo(values, screen=screen))
    if cell.opinion:
        opinion = values.opinions.get(cell.opinion, Opinion())
        seals = cell.seals or ((cell.seal_label,) if cell.seal else ())
        paragraphs = _paragraphs(opinion.text)
        foot = (bool(cell.signature) + min(len(seals), 1) + cell.date) * FOOT_LINE
        said = f"{max(_millimetres(cell.height or '40mm') - foot - 5, 8):.1f}mm"
        return _Box(
            cell, "opinion", f"opinion {key}", paragraphs=paragraphs, opinion=opinion, seals=seals, key=key, said=said
        )
    if cell.field:
        value = values.fields.get(cell.field, "")
        if wide and isinstance(value, PersonName):  # a form that writes 姓　名 spreads the name as well
            value = PersonName(spread(printable(value.text)))
        return _value_box(cell, value, tall, key, fonts, measure=measure, faces=faces)
    lines = vertical_lines(cell.label) if cell.vertical else tuple(map(_spaced, cell.label.split("\n")))
    points = _fitting(lines, measure, fonts or library(), Role.SONG, least=9) if faces and len(lines) == 1 else ""
    css = f"label {key}{' vertical' if cell.vertical else ''}{f' {cell.align}' if cell.align else ''}{tall}"
    return _Box(cell, "label", css, label_lines=lines, key=key, points=points)


def _value_box(
    cell: Cell, value: Value, tall: str, key: str, fonts: Library | None, *, measure: float, faces: bool
) -> _Box:
    if isinstance(value, Choice):
        options = tuple((option, option in value.chosen) for option in value.options)
        return _Box(cell, "choice", f"value{tall}", options=options)
    if isinstance(value, Table):
        widths = value.widths or tuple(1.0 for _ in value.columns)
        shares = tuple(f"{width / sum(widths) * 100:.3f}" for width in widths)
        room = _millimetres(cell.height) - HEAD_LINE if cell.height else 0
        count = max(int(room / ROW_LINE), len(value.rows))
        ruled = replace(value, rows=value.rows + (("",) * len(value.columns),) * (count - len(value.rows)))
        line = f"{room / count - ROW_PADDING:.2f}mm" if room / max(count, 1) >= ROW_LINE else ""
        return _Box(cell, "table", f"value rows {key}{tall}", table=ruled, key=key, shares=shares, line=line)
    face = ""
    if isinstance(value, PersonName) and faces:
        face = (fonts or library()).face_for(printable(value.text), Role.FANG).family
    paragraphs = _paragraphs(_plain(value))
    long = cell.height or len(paragraphs) > 1 or sum(map(len, paragraphs)) > LONG
    align = cell.align or ("left" if long else "center")
    css = f"value {key} {align}{' text' if long else ''}{tall}"
    points = "" if long or not faces else _fitting(paragraphs, measure, fonts or library(), Role.FANG, least=SMALL)
    return _Box(cell, "value", css, paragraphs=paragraphs, key=key, face=face, points=points)


def _fitting(paragraphs: Sequence[str], measure: float, fonts: Library, role: Role, *, least: float) -> str:
    """A size under the ordinary 11 pt, not under the least, at which the value need not break; else empty, and it wraps."""
    text = "".join(paragraphs)
    if not text:
        return ""
    points = measure * MM / setting.width(text, fonts.stack_for(text, role))
    return f"{points:.2f}" if least <= points < ORDINARY else ""


def _plain(value: Value) -> str:
    match value:
        case PersonName(text):
            return printable(text)
        case Choice(_, chosen):
            return "、".join(sorted(chosen))
        case Table():
            return ""
        case _:
            return printable(value)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in printable(text).split("\n") if part.strip())


_APART: Final = re.compile(r"[\u4e00-\u9fff][ \u3000]+[\u4e00-\u9fff]")


def _spaced(label: str) -> str:
    """A label whose letters stand apart, as notices write 姓　名: a run of blanks is as wide as a character."""
    return re.sub(r"(?<=[\u2e80-\U0003ffff])[ \u3000]+(?=[\u2e80-\U0003ffff])", "\u3000", label)


def vertical_lines(label: str) -> tuple[str, ...]:
    """A label written downwards: broken as it is written, else one character a line up to five, two a line beyond."""
    if "\n" in label:
        return tuple(label.split())
    letters = label.replace(" ", "")
    step = 1 if len(letters) <= 5 else 2
    return tuple(letters[at : at + step] for at in range(0, len(letters), step))


def _photo(values: PaperValues, *, screen: bool) -> str:
    if screen:
        return values.photo_url
    if values.photo is None:
        return ""
    return f"data:{values.photo_type};base64,{base64.b64encode(values.photo).decode()}"


def _stamp(pdf: Any, url: str, *, width: float) -> None:
    """The QR code in the lower right corner of every page, drawn once and referred to."""
    body = qr.operators(url, x=0, y=0, side=1)
    form = pydyf.Stream(
        [body],
        pydyf.Dictionary(
            {"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array([0, 0, 1, 1]), "Resources": pydyf.Dictionary()}
        ),
        compress=True,
    )
    pdf.add_object(form)
    side = 13 * MM
    place = f"q {side:.3f} 0 0 {side:.3f} {(width - 20 - 13) * MM:.3f} {8 * MM:.3f} cm /Check Do Q".encode()
    back = pydyf.Stream([place], compress=True)
    pdf.add_object(back)
    for page in pages(pdf):
        pdf.objects[int(page["Resources"].split()[0])]["XObject"]["Check"] = form.reference
        page["Contents"] = pydyf.Array([back.reference, page["Contents"]])


def fold(sheet: bytes) -> bytes:
    """Impose A4 pages on A3 landscape for folding: outside last|first, inside second|third; blanks fill up."""
    with pikepdf.open(io.BytesIO(sheet)) as source, pikepdf.new() as target:
        forms = [target.copy_foreign(page.as_form_xobject()) for page in source.pages]
        for left, right in folding_order(len(forms) + -len(forms) % 4):
            page = target.add_blank_page(page_size=(420 * MM, 297 * MM))
            placed = pikepdf.Dictionary()
            content = b""
            for number, x in ((left, 0.0), (right, 210 * MM)):
                if number < len(forms):
                    placed[f"/P{number}"] = forms[number]
                    content += f"q 1 0 0 1 {x:.4f} 0 cm /P{number} Do Q\n".encode()
            page.Resources = pikepdf.Dictionary(XObject=placed)
            page.Contents = target.make_stream(content)
        for key, value in source.docinfo.items():
            target.docinfo[key] = str(value)
        out = io.BytesIO()
        target.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def folding_order(slots: int) -> Sequence[tuple[int, int]]:
    """Page numbers (left, right) of each side, for a number of pages divisible by four."""
    sides = []
    for sheet in range(slots // 4):
        sides.append((slots - 1 - 2 * sheet, 2 * sheet))
        sides.append((2 * sheet + 1, slots - 2 - 2 * sheet))
    return sides
