import io
import time
import zipfile

import pytest
from openpyxl import load_workbook

from documents.paper.sheets import Column, Sheet, sheet_bytes

SHEET = Sheet(
    title="第二届“天目工匠”申报汇总表",
    subtitle="填报单位：某某镇总工会",
    columns=(Column("序号", 6, "center"), Column("姓名", 12), Column("工作单位", 30)),
    rows=((1, "王芳", "某某精密机械制造股份有限公司临安分公司数控车间"), (2, "李四", None)),
    notes=("注：一式一份。",),
)


def book(*sheets):
    return load_workbook(io.BytesIO(sheet_bytes(*sheets)))


def test_title_header_rows_and_notes_stand_in_order():
    page = book(SHEET).worksheets[0]

    assert [page.cell(line, 1).value for line in range(1, 7)] == [
        SHEET.title,
        SHEET.subtitle,
        "序号",
        1,
        2,
        "注：一式一份。",
    ]
    assert page.cell(4, 3).value.startswith("某某精密")


def test_the_sheet_prints_landscape_on_one_page_s_width_with_its_heading():
    page = book(SHEET).worksheets[0]

    assert page.page_setup.orientation == "landscape"
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.fitToHeight == 0
    assert page.print_title_rows == "$3:$3"
    assert page.freeze_panes == "A4"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]
)
def test_no_cell_is_a_formula(text):
    cell = book(Sheet("表", (Column("姓名"),), ((text,),))).worksheets[0].cell(3, 1)

    assert cell.data_type == "s"
    assert cell.value == text
    assert cell.quotePrefix


def test_a_number_stays_a_number():
    assert book(Sheet("表", (Column("分"),), ((92.5,),))).worksheets[0].cell(3, 1).data_type == "n"


def test_long_text_makes_its_row_higher():
    page = book(Sheet("表", (Column("事迹", 20),), (("攻克技术难题" * 20,), ("短",)))).worksheets[0]

    assert page.row_dimensions[3].height > 3 * page.row_dimensions[4].height


def test_the_same_rows_give_the_same_bytes():
    first = sheet_bytes(SHEET)
    time.sleep(1.1)

    assert sheet_bytes(SHEET) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}


def test_control_characters_are_left_out():
    assert book(Sheet("表", (Column("姓名"),), (("王\x00芳",),))).worksheets[0].cell(3, 1).value == "王芳"


def test_several_sheets_have_names_that_excel_accepts():
    assert book(SHEET, Sheet("a/b:c", (Column("x"),), (), name="名[单]")).sheetnames == [SHEET.title, "名_单_"]


def test_a_row_longer_than_the_header_is_refused():
    with pytest.raises(ValueError, match="多 1 格"):
        sheet_bytes(Sheet("表", (Column("姓名"),), (("王芳", "多余"),)))
