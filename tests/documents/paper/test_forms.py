import dataclasses
import io
import re
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from documents.paper.forms import (
    Cell,
    Choice,
    Opinion,
    PaperLayout,
    PaperValues,
    PersonName,
    Row,
    Table,
    UnfinishedLayout,
    check_layout,
    fold,
    folding_order,
    form_html,
    form_pdf,
    vertical_lines,
    words,
)

LAYOUT = PaperLayout(
    title="某某工匠申报表",
    columns=6,
    copies=3,
    widths=(1, 2, 1, 2, 1, 1.4),
    top=(("推荐单位", "unit"),),
    rows=(
        Row(
            (
                Cell(label="姓名"),
                Cell(field="name"),
                Cell(label="民族"),
                Cell(field="nation"),
                Cell(photo=True, span=2, rowspan=3, hint="（2寸彩色）"),
            )
        ),
        Row((Cell(label="工作单位"), Cell(field="employer", span=3))),
        Row((Cell(label="技能等级"), Cell(field="level", span=3))),
        Row((Cell(label="已获荣誉", vertical=True), Cell(field="honours", span=5))),
        Row((Cell(label="主要事迹", vertical=True), Cell(field="deeds", span=5, height="60mm", hint="（600字以内）"))),
        Row(
            (
                Cell(label="推荐单位意见", vertical=True),
                Cell(opinion="unit", span=5, height="40mm", seal=True, date=True, signature="负责人（签字）"),
            )
        ),
        Row(
            (
                Cell(label="主管部门意见", vertical=True),
                Cell(opinion="office", span=5, height="4cm", seals=("总工会（公章）", "人社局（公章）"), date=True),
            )
        ),
    ),
    notes=("本表一式三份。",),
    instructions=("1. 如实填写。",),
)


def photograph() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (35, 49), "teal").save(out, "JPEG")
    return out.getvalue()


def values(**changes: Any) -> PaperValues:
    base = PaperValues(
        fields={
            "unit": "某某镇总工会",
            "name": PersonName("阿卜杜热合曼·买买提依明"),
            "nation": "维吾尔族",
            "employer": "某某精密机械制造股份有限公司临安分公司",
            "level": Choice(("高级技师", "技师", "高级工"), frozenset({"技师"})),
            "honours": Table(
                ("时间", "荣誉"), (("2016年5月", "市五一劳动奖章"), ("2017年6月", "技能大赛第一名")), (1, 3)
            ),
            "deeds": "长期扎根生产一线。\n传艺带徒二十六人。",
        },
        opinions={"unit": Opinion("同意推荐。", "2018年12月28日", "李某")},
        photo=photograph(),
        number="LA-0012",
        version=3,
        check_code="K7QF-2M9D-XH42",
        check_url="https://example.cn/p/LA-0012/3/",
        printed_at=datetime(2018, 12, 28, 9, tzinfo=UTC),
    )
    return dataclasses.replace(base, **changes)


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [re.sub(r"\s", "", page.get_textpage().get_text_bounded()) for page in document]
    finally:
        document.close()


def test_everything_filled_in_is_printed():
    said = "".join(pages_of(form_pdf(LAYOUT, values())))

    for text in (
        "某某工匠申报表",
        "推荐单位：某某镇总工会",
        "阿卜杜热合曼·买买提依明",
        "√技师",
        "市五一劳动奖章",
        "技能大赛第一名",
        "传艺带徒二十六人。",
        "同意推荐。",
        "负责人（签字）：李某",
        "2018年12月28日",
        "（盖章）",
        "人社局（公章）",
        "注：本表一式三份。",
        "填表说明",
    ):
        assert text in said
    assert "√高级工" not in said


def test_every_page_is_tied_to_the_data_version():
    pdf = form_pdf(LAYOUT, values())

    said = pages_of(pdf)
    assert len(said) > 1
    for number, page in enumerate(said, start=1):
        assert "编号LA-0012数据版本3校验码K7QF-2M9D-XH42一式3份" in page
        assert f"第{number}页，共{len(said)}页" in page
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert all("/Check" in page.Resources.XObject for page in document.pages)


def test_a_blank_form_leaves_the_places_to_write():
    said = "".join(pages_of(form_pdf(LAYOUT, PaperValues(fields={}))))

    for text in ("照片", "（2寸彩色）", "（600字以内）", "年月日", "（盖章）", "负责人（签字）："):
        assert text in said
    assert "校验码" not in said


def test_a_long_text_flows_over_pages_whole():
    deeds = "\n".join(f"第{number}段" + "攻克技术难题" * 30 for number in range(1, 40))

    said = pages_of(form_pdf(LAYOUT, values(fields={**values().fields, "deeds": deeds})))

    assert len(said) >= 5
    assert re.sub(r"\s", "", deeds) in re.sub(r"编号LA-0012.*?扫码可核对数据版本", "", "".join(said))


def test_borders_are_kept_where_a_row_is_split():
    deeds = "攻克技术难题" * 800

    pdf = form_pdf(LAYOUT, values(fields={**values().fields, "deeds": deeds}))

    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[1].render(scale=2).to_pil().convert("L")
    finally:
        document.close()
    row = int(17 / 297 * image.height) + 1
    dark = sum(1 for x in range(image.width) if min(image.getpixel((x, row + dy)) for dy in (-2, -1, 0, 1, 2)) < 128)
    assert dark > image.width * 0.8


def test_many_honours_flow_over_pages_with_their_heading():
    rows = tuple((f"20{number:02}年", "全省职业技能大赛第一名" * 3) for number in range(60))

    said = pages_of(
        form_pdf(LAYOUT, values(fields={**values().fields, "honours": Table(("获得时间", "荣誉名称"), rows)}))
    )

    assert sum("获得时间荣誉名称" in page for page in said) >= 2
    assert all(f"20{number:02}年" in "".join(said) for number in range(60))


def test_the_photograph_is_in_its_place():
    with pikepdf.open(io.BytesIO(form_pdf(LAYOUT, values()))) as document:
        images = document.pages[0].get_images()

        assert [(int(image.Width), int(image.Height)) for image in images.values()] == [(35, 49)]


def test_a3_is_imposed_for_folding():
    flat = form_pdf(LAYOUT, values())

    folded = form_pdf(dataclasses.replace(LAYOUT, size="A3-folded"), values())

    with pikepdf.open(io.BytesIO(flat)) as before, pikepdf.open(io.BytesIO(folded)) as after:
        assert len(after.pages) == -(-len(before.pages) // 4) * 2
        for page in after.pages:
            assert [round(float(side) / 72 * 25.4) for side in page.MediaBox] == [0, 0, 420, 297]
    assert sorted("".join(pages_of(flat))) == sorted("".join(pages_of(folded)))


@pytest.mark.parametrize(
    ("slots", "order"), [(4, [(3, 0), (1, 2)]), (8, [(7, 0), (1, 6), (5, 2), (3, 4)])], ids=["one sheet", "two sheets"]
)
def test_pages_follow_each_other_once_folded(slots, order):
    assert folding_order(slots) == order


def test_folding_is_repeatable():
    flat = form_pdf(LAYOUT, values())

    assert fold(flat) == fold(flat)


def test_the_same_values_give_the_same_bytes():
    assert form_pdf(LAYOUT, values()) == form_pdf(LAYOUT, values())


@pytest.mark.parametrize("where", ["name", "employer", "deeds", "unit"])
def test_hostile_markup_is_printed_and_not_obeyed(where):
    hostile = "</td></table><img src='file:///etc/passwd'><style>@import 'http://x';</style>"

    said = "".join(pages_of(form_pdf(LAYOUT, values(fields={**values().fields, where: hostile}))))

    assert "<imgsrc='file:///etc/passwd'>" in said


def test_hostile_markup_is_escaped_on_the_screen():
    html = form_html(
        LAYOUT, values(number="<script>1</script>", fields={"name": "<script>alert(1)</script>"}), nonce="abc"
    )

    assert "<script>" not in html
    assert '<style nonce="abc">' in html
    assert " style=" not in html


def test_the_screen_shows_the_photograph_by_address_and_the_code_as_drawing():
    html = form_html(LAYOUT, values(photo_url="/p/1/photo/"))

    assert '<img src="/p/1/photo/"' in html
    assert "<svg" in html
    assert "base64" not in html


def test_words_are_known_before_printing():
    assert "买买提依明" in words(LAYOUT, values())


def test_a_short_value_shrinks_to_its_narrow_box():
    html = form_html(LAYOUT, values())
    assert "nowrap" not in html.split("td.b")[0].replace(".paper-form .option", "").replace("white-space: nowrap }", "")

    said = "".join(pages_of(form_pdf(LAYOUT, values(fields={"nation": "19900001234567"}))))
    assert "19900001234567" in said


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ((Row((Cell(label="甲", span=5),)),), "第 1 行不足 6 列"),
        ((Row((Cell(label="甲", span=7),)),), "第 1 行超出 6 列"),
        ((Row((Cell(label="甲", span=6, rowspan=2),)),), "伸出最后一行"),
        (
            (Row((Cell(label="甲", rowspan=2), Cell(label="乙", span=5))), Row((Cell(label="丙", span=6),))),
            "第 2 行超出",
        ),
        ((Row((Cell(label="甲", span=6, height="90px;}"),)),), "应写作 40mm"),
    ],
)
def test_a_grid_that_does_not_close_is_refused_by_row(rows, says):
    with pytest.raises(UnfinishedLayout, match=says):
        check_layout(dataclasses.replace(LAYOUT, rows=rows))


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("主要事迹", ("主", "要", "事", "迹")),
        ("推荐单位意见", ("推荐", "单位", "意见")),
        ("领导小组办公室意见", ("领导", "小组", "办公", "室意", "见")),
        ("领导\n小组\n办公室\n意见", ("领导", "小组", "办公室", "意见")),
    ],
)
def test_a_label_is_written_downwards(label, lines):
    assert vertical_lines(label) == lines


def test_a_label_breaks_where_the_rule_set_breaks_it():
    layout = dataclasses.replace(LAYOUT, rows=(Row((Cell(label="技能等级\n或职称"), Cell(field="level", span=5))),))

    assert "技能等级<br>或职称" in form_html(layout, values())
