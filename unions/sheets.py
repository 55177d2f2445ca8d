"""The spreadsheet of recommending units: reading what an office typed, and the empty template."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException
from stdnum.cn import uscc

from unions.permits import Refused
from unions.services import UnitRow

COLUMNS: Final = ("名称", "类别", "上级单位", "统一社会信用代码")
MAX_BYTES: Final = 2 * 1024 * 1024
MAX_UNPACKED: Final = 40 * 1024 * 1024
MAX_ROWS: Final = 2000


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line of the sheet under its number there; `problem` says what to correct, in words, or is empty."""

    line: int
    row: UnitRow
    problem: str = ""


def read_units(file: IO[bytes], *, size: int, kinds: Mapping[str, str]) -> list[SheetRow]:
    """Read a units sheet. `kinds` maps code → label; the sheet may hold either. Refuses what is no such sheet."""
    if size > MAX_BYTES:
        raise Refused(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆分后导入")
    lines = _lines(file)
    heading = [_text(cell) for cell in next(lines, ())]
    missing = [column for column in COLUMNS[:2] if column not in heading]
    if missing:
        raise Refused(f"第一行缺少列：{'、'.join(missing)}。请使用下载的模板")
    by_label = {label: code for code, label in kinds.items()}
    rows: list[SheetRow] = []
    for number, cells in enumerate(lines, start=2):
        values = dict(zip(heading, map(_text, cells), strict=False))
        name, kind, parent, code = (values.get(column, "") for column in COLUMNS)
        if not (name or kind or parent or code):
            continue
        if len(rows) == MAX_ROWS:
            raise Refused(f"一次最多导入 {MAX_ROWS} 行，请拆分后导入")
        rows.append(
            SheetRow(
                number,
                UnitRow(name=name, kind=by_label.get(kind, kind), parent=parent, credit_code=code.upper()),
                _problem(name, kind, code, kinds=kinds, labels=by_label),
            )
        )
    if not rows:
        raise Refused("表中没有数据：请从第二行起每行填写一个单位")
    return rows


def _problem(name: str, kind: str, code: str, *, kinds: Mapping[str, str], labels: Mapping[str, str]) -> str:
    if not name:
        return "缺少单位名称"
    if len(name) > 80:
        return "单位名称超过 80 字"
    if not kind:
        return "缺少类别"
    if kind not in labels and kind not in kinds:
        return f"类别“{kind}”不存在，可用的类别：{'、'.join(kinds.values()) or '尚未设置'}"
    if code and not uscc.is_valid(code):
        return f"统一社会信用代码“{code}”不正确，请核对（18 位，最后一位是校验码）"
    return ""


def _lines(file: IO[bytes]) -> Iterator[Sequence[Any]]:
    """Cells line by line. What unpacks to more than a sheet of this size can hold is refused before it is unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
                raise Refused("文件解压后过大，不像是单位表。请使用下载的模板")
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        yield from sheet.iter_rows(values_only=True, max_col=20)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, IndexError) as error:
        raise Refused("无法读取：请上传 Excel 的 .xlsx 文件（不是 .xls 或 .csv）") from error


def _text(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def template(kinds: Iterable[str]) -> bytes:
    """An empty sheet with the headings, and a second one that lists the labels of the kinds."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "推荐单位"
    sheet.append(list(COLUMNS))
    for cell, column, width in zip(sheet[1], "ABCD", (32, 20, 32, 24), strict=True):
        cell.font = Font(bold=True)
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    notes = book.create_sheet("填写说明")
    for line in (
        ["名称", "必填，单位全称；已有同名单位时更新其余各列"],
        ["类别", "必填，填下列之一"],
        ["上级单位", "选填，须已存在或排在本行之前"],
        ["统一社会信用代码", "选填，18 位"],
        [],
        ["可用的类别"],
        *([kind] for kind in kinds),
    ):
        notes.append(line)
    notes.column_dimensions["A"].width = 24
    notes.column_dimensions["B"].width = 48
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
