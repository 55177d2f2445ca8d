import io
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from documents.paper.certificates import CertificateText, chinese_date, missing, render_batch, render_one
from documents.paper.designs import DESIGNS, RED_GOLD
from documents.paper.fonts import MissingGlyph
from documents.paper.qr import check_code, modules, runs, svg
from documents.paper.render import PaperError

"""What the module makes once is made once, not once a worker."""

CITATION = "在某市第二届“天目工匠”认定工作中，长期扎根生产一线，执着专注、精益求精、技艺精湛、业绩突出，经审定，授予“天目工匠”称号。\n特颁此证。"
NAMES = ["王芳", "张建国", "阿卜杜热合曼·买买提依明", "李\U00020bb7祥", "欧阳震霆"]


def certificate(number: int = 1, name: str = "王芳", **changes: Any) -> CertificateText:
    text = CertificateText(
        number=f"天匠〔2019〕{number:03}号",
        title="天目工匠",
        edition="某市第二届",
        name=name,
        citation=CITATION,
        issuers=("某市总工会",),
        date="二〇一九年三月二十八日",
        verify_url=f"https://example.cn/verify/TJ2019{number:03}/",
    )
    return replace(text, **changes)


@pytest.fixture(scope="module")
def batch() -> list[tuple[CertificateText, bytes]]:
    texts = [certificate(number, name) for number, name in enumerate(NAMES, start=1)]
    return list(zip(texts, [pdf for _, pdf in render_batch(texts, RED_GOLD)], strict=True))


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        assert len(document) == 1
        return re.sub(r"\s", "", document[0].get_textpage().get_text_bounded())
    finally:
        document.close()


def fonts_of(pdf: bytes) -> list[set[str]]:
    """For each embedded font, the characters it maps back to."""
    found = []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item:
                codes = re.findall(rb"<[0-9a-f]{4}> <([0-9a-f]+)>", item.ToUnicode.read_bytes())
                found.append(set("".join(bytes.fromhex(code.decode()).decode("utf-16-be") for code in codes)))
    return found


def everything_in(pdf: bytes) -> bytes:
    """The file, every object and every stream, decompressed."""
    parts = [pdf]
    with pikepdf.open(io.BytesIO(pdf)) as document:
        parts.append(repr(document.docinfo).encode())
        for item in document.objects:
            parts.append(repr(item).encode())
            if isinstance(item, pikepdf.Stream):
                parts.append(item.read_bytes())
    return b"\n".join(parts)


def glyphs_in(pdf: bytes) -> int:
    """Outlines that embedded fonts still hold."""
    count = 0
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                file = item.get("/FontFile3") or item.get("/FontFile2")
                assert file is not None
                font = TTFont(io.BytesIO(file.read_bytes()))
                if "glyf" in font:
                    count += sum(1 for name in font.getGlyphOrder() if font["glyf"][name].numberOfContours)
                else:
                    strings = font["CFF "].cff[0].CharStrings
                    count += sum(1 for name in font.getGlyphOrder() if len(strings[name].bytecode or b"") > 4)
    return count


def test_every_person_has_a_certificate_with_the_own_words(batch):
    for text, pdf in batch:
        said = text_of(pdf)
        for words in (text.name, text.number, text.title, text.edition, text.date, "某市总工会", "扫码核验", "盖章处"):
            assert words in said


def test_no_certificate_holds_another_person_s_data(batch):
    for text, pdf in batch:
        held = everything_in(pdf)
        for other, _ in batch:
            if other is text:
                continue
            for secret in (other.name, other.number, other.verify_url):
                assert secret.encode() not in held
                assert secret.encode("utf-16-be") not in held
        assert set().union(*fonts_of(pdf)) - {" ", "\u3000", "\uffff"} <= set(text_of(pdf))


def test_fonts_hold_only_the_outlines_of_the_own_sheet(batch):
    for _text, pdf in batch:
        distinct = len(set(text_of(pdf)))
        assert glyphs_in(pdf) <= distinct * 2 + 8


def test_the_border_is_one_form_object(batch):
    with pikepdf.open(io.BytesIO(batch[0][1])) as document:
        border = document.pages[0].Resources.XObject.Border

        assert border.Subtype == "/Form"
        assert document.pages[0].Contents[0].read_bytes().startswith(b"q /Border Do Q")


def test_the_same_batch_gives_the_same_bytes(batch):
    texts = [text for text, _ in batch]

    assert [pdf for _, pdf in render_batch(texts, RED_GOLD)] == [pdf for _, pdf in batch]


def test_progress_is_told_after_each(batch):
    told: list[int] = []

    numbers = [number for number, _ in render_batch([text for text, _ in batch], RED_GOLD, progress=told.append)]

    assert told == [1, 2, 3, 4, 5]
    assert numbers == [text.number for text, _ in batch]


def test_a_certificate_is_small(batch):
    assert max(len(pdf) for _, pdf in batch) < 90_000


def test_a_name_with_a_rare_character_is_set_in_one_face(batch):
    holders = [characters for characters in fonts_of(batch[3][1]) if "\U00020bb7" in characters]

    assert len(holders) == 1
    assert set("李\U00020bb7祥") <= holders[0]


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
@pytest.mark.parametrize("pdfa", [False, True], ids=["plain", "archival"])
def test_every_design_sets_long_words(design, pdfa):
    pdf = render_one(
        certificate(
            name="阿卜杜热合曼·买买提依明江",
            title="瓯海区“百名工匠大师”",
            edition="某某省某某市某某区首批",
            citation="长期扎根生产一线。" * 25,
            issuers=("某某市总工会", "某某市人力资源和社会保障局", "某某市经济和信息化局"),
        ),
        design,
        pdfa=pdfa,
    )

    assert "阿卜杜热合曼·买买提依明江" in text_of(pdf)


def test_a_citation_too_long_is_refused_with_its_length():
    with pytest.raises(PaperError, match="证书正文过长（1200 字）"):
        render_one(certificate(citation="国" * 1200), RED_GOLD)


def test_a_missing_glyph_stops_the_batch_before_the_first_sheet():
    done: list[int] = []

    with pytest.raises(MissingGlyph, match=r"U\+3FFFD"):
        list(render_batch([certificate(), certificate(2, "王\U0003fffd")], RED_GOLD, progress=done.append))

    assert done == []


def test_missing_glyphs_are_reported_by_certificate():
    found = missing([certificate(), certificate(2, "王\U0003fffd")], RED_GOLD)

    assert found == {"天匠〔2019〕002号": ["\U0003fffd"]}


def test_markup_in_a_name_is_printed_and_not_obeyed():
    pdf = render_one(certificate(name="<b>王</b>", citation="<img src='file:///etc/passwd'>&amp;"), RED_GOLD)

    assert "<b>王</b>" in text_of(pdf)
    assert "<imgsrc='file:///etc/passwd'>&amp;" in text_of(pdf)


def test_the_demo_marks_the_seal_place_as_an_example():
    assert "示例" in text_of(render_one(certificate(seal_note="示例"), RED_GOLD))


def test_more_than_one_chunk_is_laid_out(monkeypatch):
    monkeypatch.setattr("documents.paper.certificates.CHUNK", 2)

    texts = [certificate(number) for number in range(1, 6)]

    assert [number for number, _ in render_batch(texts, RED_GOLD)] == [text.number for text in texts]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2019, 3, 28), "二〇一九年三月二十八日"),
        (date(2020, 10, 10), "二〇二〇年十月十日"),
        (date(2021, 11, 1), "二〇二一年十一月一日"),
        (date(2022, 12, 20), "二〇二二年十二月二十日"),
        (date(2023, 1, 31), "二〇二三年一月三十一日"),
    ],
)
def test_a_date_is_written_in_chinese(day, words):
    assert chinese_date(day) == words


def test_a_code_covers_exactly_its_dark_modules():
    url = "https://example.cn/verify/X/"

    drawn = {(x + step, y) for x, y, length in runs(url) for step in range(length)}

    assert drawn == {(x, y) for y, row in enumerate(modules(url)) for x, dark in enumerate(row) if dark}
    assert svg(url).startswith("<svg")


def test_a_check_code_depends_on_every_byte_and_can_be_read_out():
    assert check_code("a") != check_code("b")
    assert check_code("a") == check_code(b"a")
    assert re.fullmatch(r"([2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}", check_code("a"))


def test_the_code_on_the_sheet_is_the_person_s(batch):
    text, pdf = batch[0]

    with pikepdf.open(io.BytesIO(pdf)) as document:
        drawn = document.pages[0].Contents[0].read_bytes()

    boxes = re.findall(rb"^(\d+) (\d+) (\d+) 1 re$", drawn, re.MULTILINE)
    count = len(modules(text.verify_url))
    assert {(int(x), count - 1 - int(y), int(n)) for x, y, n in boxes} == set(runs(text.verify_url))
