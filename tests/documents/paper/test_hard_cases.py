"""What spoils sheets in practice: rare characters, very long and very short names, long deeds, many honours, no photograph."""

import dataclasses
import io
import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from documents.paper import fonts
from documents.paper.certificates import CertificateText, render_one
from documents.paper.designs import DESIGNS
from documents.paper.fonts import MissingGlyph, Role
from documents.paper.forms import Cell, PaperLayout, PaperValues, PersonName, Row, Table, form_html, form_pdf, spread
from documents.paper.official import List, OfficialDocument, Paragraph, notice_pdf

"""What the module makes once is made once, not once a worker."""

STANDARD = "".join((Path(__file__).parent / "standard_characters.txt").read_text(encoding="utf-8").split())
RARE = "䶮㛃𬭎𫖯㙦𨱏"
UYGHUR = "阿卜杜热合曼·买买提伊明托合提"
UNKNOWN = "\U0010fffd"
DEEDS = "攻克技术难题，带徒传艺，精益求精。" * 118
HONOURS = tuple((f"{1980 + number}年5月", f"第{number}届职业技能大赛第一名", "某某市总工会") for number in range(40))
LAYOUT = PaperLayout(
    title="某某工匠申报表",
    columns=4,
    rows=(
        Row(
            (Cell(label="姓  名"), Cell(field="name"), Cell(label="民族"), Cell(photo=True, rowspan=2, hint="贴照片处"))
        ),
        Row((Cell(label="工作单位"), Cell(field="employer"), Cell(label="", align="right"))),
        Row((Cell(label="曾获荣誉", vertical=True), Cell(field="honours", span=3, height="60mm"))),
        Row((Cell(label="主要事迹", vertical=True), Cell(field="deeds", span=3, height="90mm"))),
        Row((Cell(label="单位意见", vertical=True), Cell(opinion="unit", span=3, height="40mm", seal=True, date=True))),
    ),
)
SECOND = PaperLayout(title="成果一览表", columns=1, rows=(Row((Cell(field="honours", height="30mm"),)),))
VALUES = PaperValues(
    fields={
        "name": PersonName("尹力"),
        "employer": f"{RARE}精密机械制造股份有限公司临近开发区分公司",
        "honours": Table(("时间", "荣誉", "授予单位"), HONOURS, (2, 5, 3)),
        "deeds": DEEDS,
    },
    number="LA-1",
    check_code="K7QF-2M9D-XH42",
    check_url="https://example.cn/p/1/",
)


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def whole(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(pages_of(pdf)))


@pytest.fixture(scope="module")
def form() -> bytes:
    return form_pdf((LAYOUT, SECOND), VALUES)


@pytest.mark.parametrize("role", Role)
def test_every_role_of_type_has_every_standard_character(role):
    assert len(STANDARD) == len(set(STANDARD)) == 8105
    assert fonts.missing(STANDARD + RARE, role) == []


def test_every_standard_character_prints():
    said = whole(notice_pdf(OfficialDocument(title="通用规范汉字表", body=(Paragraph(STANDARD),))))

    assert set(STANDARD) - set(said) == set()


def test_forty_honours_and_long_deeds_run_over_pages_whole(form):
    said = re.sub(r"编号LA-1.*?数据版本", "", whole(form))

    assert re.sub(r"第\d+页，共\d+页.*?数据版本", "", said).count("攻克技术难题") == 118
    assert all(said.count(name) == 2 for _, name, _ in HONOURS)
    assert len(DEEDS) > 2000
    assert RARE in said


def test_the_pages_of_all_grids_are_counted_through(form):
    said = [re.sub(r"\s", "", page) for page in pages_of(form)]

    assert [f"第{n}页，共{len(said)}页" in page for n, page in enumerate(said, 1)] == [True] * len(said)
    assert any(page.startswith("成果一览表") for page in said)


def test_without_a_photograph_its_place_says_what_to_put_there(form):
    assert "贴照片处" in whole(form)


def test_a_form_that_spreads_its_labels_spreads_short_names_too():
    html = form_html(LAYOUT, VALUES)

    assert "姓\u3000名" in html
    assert "尹\u3000力" in html
    assert "尹\u3000力" not in form_html(
        dataclasses.replace(LAYOUT, rows=(Row((Cell(label="姓名"), Cell(field="name", span=3))),)), VALUES
    )


@pytest.mark.parametrize(
    ("name", "set_as"), [("尹力", "尹\u3000力"), ("王小丽", "王小丽"), ("Al", "Al"), (UYGHUR, UYGHUR)]
)
def test_only_two_chinese_characters_are_spread(name, set_as):
    assert spread(name) == set_as


def test_a_landscape_form_has_its_code_in_the_corner():
    layout = dataclasses.replace(SECOND, size="A4-landscape")

    with pikepdf.open(io.BytesIO(form_pdf(layout, dataclasses.replace(VALUES, fields={})))) as document:
        (page,) = document.pages
        assert [round(float(side) / 72 * 25.4) for side in page.MediaBox] == [0, 0, 297, 210]
        assert b"/Check Do" in page.Contents[0].read_bytes()
        assert float(page.Contents[0].read_bytes().split()[5]) == pytest.approx(264 / 25.4 * 72, abs=0.1)


def test_a_character_outside_every_face_stops_the_form_by_its_name():
    with pytest.raises(MissingGlyph, match="U\\+10FFFD"):
        form_pdf(SECOND, dataclasses.replace(VALUES, fields={"honours": Table(("荣誉",), ((UNKNOWN,),))}))


def test_lists_of_names_keep_long_ones_whole_and_spread_short_ones():
    rows = tuple((str(n), name, "某某厂") for n, name in enumerate([UYGHUR, f"李{RARE[0]}", "尹力"], 1))

    document = OfficialDocument(title="名单", body=(List(("序号", "姓名", "工作单位"), rows, (1, 2, 5), names=1),))
    said = whole(notice_pdf(document))

    assert UYGHUR in said
    assert f"李{RARE[0]}" in said


@pytest.mark.parametrize("design", DESIGNS.values(), ids=list(DESIGNS))
@pytest.mark.parametrize("name", [UYGHUR, RARE])
def test_each_design_takes_long_and_rare_names(design, name):
    text = CertificateText(
        number="示匠〔2026〕001号",
        title="示例工匠",
        edition="第二届",
        name=name,
        citation=f"{name}同志：被认定为“示例工匠”，特发此证。",
        issuers=("某某市总工会", "某某市人力资源和社会保障局"),
        date="二〇二六年三月五日",
        verify_url="https://example.cn/verify/1/",
    )

    assert name in whole(render_one(text, design))
