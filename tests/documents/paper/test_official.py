import re

import pypdfium2
import pytest

from documents.paper.official import Heading, List, OfficialDocument, Paragraph, notice_pdf, title_lines

NOTICE = OfficialDocument(
    title="某某市总工会关于第二届“天目工匠”拟认定人选的公示",
    issuer="某某市总工会文件",
    document_number="某总工〔2019〕12号",
    addressee="各县（市、区）总工会：",
    body=(
        Paragraph("现将名单予以公示，接受社会监督。"),
        Heading("一、公示时间"),
        Heading("（一）工作日", 2),
        Paragraph("2019年3月11日至3月15日（5个工作日）。"),
        List(
            ("序号", "姓名", "工作单位"),
            (("1", "李\U00020bb7祥", "某某竹编工艺厂"), ("2", "王芳", "某某精密机械制造股份有限公司分公司")),
            (1, 2, 5),
            names=1,
        ),
    ),
    attachments=("拟认定人选主要事迹", "异议书格式"),
    signature=("某某市总工会", "某某市人力资源和社会保障局"),
    date="2019年3月11日",
    notes=("（此件公开发布）",),
    contacts=("联系人：陈某；联系电话：19900001234。",),
    annexes=(List(("姓名", "主要事迹"), (("王芳", "攻克技术难题37项。"),), caption="主要事迹"),),
)


def texts(pdf: bytes) -> list[list[str]]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded().splitlines() for page in document]
    finally:
        document.close()


def boxes(pdf: bytes, page: int) -> list[tuple[float, float]]:
    """Left edge and baseline, in mm from the upper left corner, of each 国 on a page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[page].get_textpage()
        return [
            (
                text.get_charbox(index, loose=True)[0] / 72 * 25.4,
                297 - text.get_charbox(index, loose=True)[1] / 72 * 25.4,
            )
            for index in range(text.count_chars())
            if text.get_text_range(index, 1) == "国"
        ]
    finally:
        document.close()


@pytest.fixture(scope="module")
def full_page() -> bytes:
    return notice_pdf(OfficialDocument(title="题", body=(Paragraph("国" * 28 * 60, indent=False),)))


def test_a_page_holds_22_lines_of_28_characters(full_page):
    lines = [line for line in texts(full_page)[1] if "国" in line]

    assert [len(line) for line in lines] == [28] * 22


def test_the_text_block_stands_where_the_standard_puts_it(full_page):
    places = boxes(full_page, 1)
    columns, rows = sorted({round(x, 1) for x, _ in places}), sorted({round(y, 1) for _, y in places})

    assert columns[0] == pytest.approx(28, abs=0.5)
    assert columns[-1] - columns[0] == pytest.approx(27 * 156 / 28, abs=0.5)
    assert rows[-1] - rows[0] == pytest.approx(21 * 225 / 22, abs=0.5)


def test_page_numbers_stand_between_dashes_right_on_odd_and_left_on_even_pages(full_page):
    document = pypdfium2.PdfDocument(full_page)
    try:
        for number in (1, 2):
            text = document[number - 1].get_textpage()
            everything = text.get_text_range()
            assert f"— {number} —" in everything.replace("—", "—")
            left = text.get_charbox(everything.rindex(f"— {number}"))[0] / 72 * 25.4
            assert (left > 105) == (number % 2 == 1)
    finally:
        document.close()


def test_every_part_of_a_notice_is_printed_in_order():
    said = re.sub(r"\s", "", "".join(line for page in texts(notice_pdf(NOTICE)) for line in page))

    places = [
        said.index(part)
        for part in (
            "某某市总工会文件",
            "某总工〔2019〕12号",
            "拟认定人选的公示",
            "各县（市、区）总工会：",
            "一、公示时间",
            "（一）工作日",
            "（5个工作日）",
            "李\U00020bb7祥",
            "附件：1.拟认定人选主要事迹",
            "2.异议书格式",
            "联系人：陈某",
            "某某市人力资源和社会保障局",
            "2019年3月11日",
            "（此件公开发布）",
            "攻克技术难题37项。",
        )
    ]
    assert places[:6] == sorted(places[:6])
    assert places[6:] == sorted(places[6:]) or said.count("2019年3月11日") > 1


def test_a_single_attachment_has_no_number():
    said = "".join(
        line
        for page in texts(notice_pdf(OfficialDocument(title="题", body=(Paragraph("文"),), attachments=("名单",))))
        for line in page
    )

    assert "附件：名单" in re.sub(r"\s", "", said)


def test_a_decision_without_a_red_head_shows_its_number_under_the_title():
    pages = texts(
        notice_pdf(
            OfficialDocument(
                title="关于认定的决定", document_number="某总工〔2019〕20号", body=(Paragraph("决定如下。"),)
            )
        )
    )

    assert [line for line in pages[0] if line.strip()][:2] == ["关于认定的决定", "某总工〔2019〕20号"]


def test_a_long_list_repeats_its_heading_on_every_page():
    rows = tuple((str(number), "王芳", "攻克技术难题三十七项，获发明专利两项。" * 2) for number in range(1, 90))

    pages = texts(
        notice_pdf(OfficialDocument(title="名单", body=(List(("序号", "姓名", "事迹"), rows, (1, 2, 8), names=1),)))
    )

    assert len(pages) > 2
    assert all("姓名" in "".join(page) for page in pages)


def test_hostile_markup_is_printed_and_not_obeyed():
    hostile = "<img src='file:///etc/passwd'>"

    pdf = notice_pdf(
        OfficialDocument(title=hostile, addressee=hostile, body=(Paragraph(hostile), List((hostile,), ((hostile,),))))
    )

    assert "".join(line for page in texts(pdf) for line in page).count("passwd") == 5


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于认定的决定", ("关于认定的决定",)),
        ("关于公布\n名单的公示", ("关于公布", "名单的公示")),
        (
            "杭州市临安区总工会关于第二届“天目工匠”拟认定人选的公示",
            ("杭州市临安区总工会关于第二届", "“天目工匠”拟认定人选的公示"),
        ),
        ("国" * 40, ("国" * 13, "国" * 13, "国" * 14)),
        (
            "某某区人民政府关于授予王一等8名同志第二届“天目工匠”称号的决定",
            ("某某区人民政府关于授予王一等8名同志", "第二届“天目工匠”称号的决定"),
        ),
        (
            "关于授予阿卜杜热合曼·买买提伊明等30名同志首届“示例工匠”称号的决定",
            ("关于授予", "阿卜杜热合曼·买买提伊明等30名同志", "首届“示例工匠”称号的决定"),
        ),
    ],
)
def test_a_title_breaks_by_sense(title, lines):
    assert title_lines(title, 19) == lines
