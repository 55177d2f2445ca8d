"""Summary sheets (汇总表) as xlsx.

What people typed may open with = or @: a cell that runs when an officer opens the file is an attack, so every text is
stored as text and marked with a quote. The same rows give the same bytes, so that a sheet can be compared by digest.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final, Literal

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | None

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written where the format asks for a time: a clock would make two equal sheets differ."""

_THIN: Final = Side(style="thin", color="FF808080")
_GRID: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """`width` in characters of Excel's default face; two for one Chinese character."""

    label: str
    width: float = 14
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True)
class Sheet:
    """One sheet: a title row, an optional line under it, the header, the rows, and notes at the foot."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    subtitle: str = ""
    notes: Sequence[str] = ()
    name: str = ""
    """Tab name; the title's beginning when empty."""
    landscape: bool = True


def sheet_bytes(*sheets: Sheet) -> bytes:
    """The workbook. Raises `ValueError` when a row is longer than the header."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        tab = _tab(sheet.name or sheet.title)
        taken = {page.title.casefold() for page in book.worksheets}
        if tab.casefold() in taken:  # beginnings of long names may be alike
            tab = next(other for n in count(2) if (other := f"{tab[:27]}({n})").casefold() not in taken)
        _fill(book.create_sheet(tab), sheet)
    book.properties.creator = "匠选"
    book.properties.created = EPOCH
    out = io.BytesIO()
    book.save(out)
    return _steady(out.getvalue())


def _fill(page: Worksheet, sheet: Sheet) -> None:
    width = len(sheet.columns)
    line = 1
    _merged(page, line, width, sheet.title, Font(name="宋体", size=18, bold=True), "center", 36)
    if sheet.subtitle:
        line += 1
        _merged(page, line, width, sheet.subtitle, Font(name="宋体", size=11), "left", 20)
    line += 1
    header = line
    for place, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(place)].width = column.width
        cell = plain_cell(page, line, place, column.label)
        cell.font = Font(name="黑体", size=11)
        cell.fill = PatternFill("solid", fgColor="FFF2F2F2")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = _GRID
    page.row_dimensions[line].height = 26
    for row in sheet.rows:
        if len(row) > width:
            raise ValueError(f"《{sheet.title}》有一行比表头多 {len(row) - width} 格")
        line += 1
        lines = 1
        for place, (column, value) in enumerate(
            zip(sheet.columns, (*row, *[None] * (width - len(row))), strict=True), 1
        ):
            cell = plain_cell(page, line, place, value)
            cell.font = Font(name="宋体", size=11)
            cell.alignment = Alignment(horizontal=column.align, vertical="center", wrap_text=True)
            cell.border = _GRID
            lines = max(lines, _lines(str(value if value is not None else ""), column.width))
        page.row_dimensions[line].height = min(max(22.0, 15.5 * lines + 5), 409)
    for note in sheet.notes:
        line += 1
        _merged(page, line, width, note, Font(name="宋体", size=10), "left", 18)
    page.freeze_panes = f"A{header + 1}"
    page.print_title_rows = f"{header}:{header}"
    page.page_setup.orientation = "landscape" if sheet.landscape else "portrait"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToWidth = 1
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_options.horizontalCentered = True
    page.page_margins.left = page.page_margins.right = 0.5
    assert page.oddFooter is not None
    page.oddFooter.center.text = "第 &P 页，共 &N 页"


def _merged(page: Worksheet, line: int, width: int, text: str, font: Font, align: str, height: float) -> None:
    cell = plain_cell(page, line, 1, text)
    cell.font = font
    cell.alignment = Alignment(horizontal=align, vertical="center", wrap_text=True)
    page.row_dimensions[line].height = height
    if width > 1:
        page.merge_cells(start_row=line, start_column=1, end_row=line, end_column=width)


def plain_cell(page: Worksheet, line: int, place: int, value: Value) -> Cell:
    """Put a value where no text of it can run."""
    cell = page.cell(line, place)
    assert isinstance(cell, Cell)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        if value.startswith(FORMULA):
            cell.quotePrefix = True  # type: ignore[misc, unused-ignore]
    else:
        cell.value = value
    return cell


def _lines(text: str, width: float) -> int:
    """Lines a wrapped text takes: Chinese counts two, and a tenth of the column is lost to its margins."""
    room = max(width * 0.9, 2)
    return sum(
        max(1, -(-sum(2 if ord(char) > 0x2E7F else 1 for char in part) // int(room))) for part in text.split("\n")
    )


def _tab(title: str) -> str:
    return "".join("_" if char in r"[]:*?/\\'" else char for char in title)[:31] or "汇总表"


def _steady(workbook: bytes) -> bytes:
    """The same workbook without a clock: fixed entry times and a fixed time of modification."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "docProps/core.xml":
                data = _without_clock(data)
            fixed = zipfile.ZipInfo(entry.filename, date_time=(2000, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            target.writestr(fixed, data)
    return out.getvalue()


def _without_clock(core: bytes) -> bytes:
    start = core.index(b"<dcterms:modified")
    start = core.index(b">", start) + 1
    end = core.index(b"<", start)
    return core[:start] + EPOCH.isoformat().encode() + b"Z" + core[end:]
