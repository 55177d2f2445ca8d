import base64
import io
import threading
import time
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest

from documents.paper.fonts import MissingGlyph
from documents.paper.render import (
    About,
    BorrowedGlyph,
    ForbiddenAsset,
    PaperError,
    TooSlow,
    html_to_pdf,
    markup,
    safe_name,
    time_limit,
)

DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def page(body: str, role: str = "song") -> str:
    return f"<style>body {{ font-family: var(--{role}) }}</style>{body}"


@pytest.mark.parametrize(
    "body",
    [
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:1/x.png">',
        '<link rel="stylesheet" href="https://example.invalid/a.css">',
        '<style>@import "file:///etc/passwd";</style>',
        '<style>@font-face { font-family: x; src: url("file:///etc/passwd") } p { font-family: x }</style><p>x</p>',
        '<style>p { background: url("ftp://127.0.0.1/x") }</style><p>x</p>',
        '<object data="file:///etc/passwd"></object>',
        '<img src="asset:unknown">',
        '<img src="FILE:///etc/passwd">',
        "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>\">",
    ],
)
def test_nothing_outside_the_sheet_is_fetched(body):
    with pytest.raises(ForbiddenAsset, match="不得引用外部资源"):
        html_to_pdf(page(body))


def test_named_assets_and_data_are_fetched():
    dot = base64.b64decode(DOT.partition(",")[2])

    pdf = html_to_pdf(page(f'<img src="{DOT}"> <img src="asset:dot">'), assets={"dot": dot})

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages[0].get_images()) == 2, "a picture and its mask"


def test_a_missing_glyph_is_an_error_that_names_it():
    with pytest.raises(MissingGlyph, match=r"U\+3FFFD"):
        html_to_pdf(page("王\U0003fffd"))


def test_a_face_that_is_not_the_sheet_s_is_an_error():
    with pytest.raises(BorrowedGlyph, match="中"):
        html_to_pdf("<p style='font-family: sans-serif'>中</p>")


def test_hostile_markup_meets_the_time_limit():
    started = time.monotonic()

    with pytest.raises(TooSlow, match=r"0\.5 秒"):
        html_to_pdf(page("<table><tr><td colspan=100000>中</table>"), seconds=0.5)

    assert time.monotonic() - started < 10


def test_the_time_limit_holds_in_any_thread():
    caught = []

    def work() -> None:
        try:
            with time_limit(0.2):
                while True:
                    pass
        except TooSlow as slow:
            caught.append(slow)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)

    assert len(caught) == 1


def test_a_block_within_its_time_is_left_alone_and_its_error_passes():
    with time_limit(30):
        pass
    with pytest.raises(KeyError), time_limit(30):
        raise KeyError

    for _ in range(1000):
        pass


def test_an_error_in_the_moment_of_the_limit_still_ends_as_too_slow():
    with pytest.raises(TooSlow), time_limit(0.05):
        try:
            while True:
                pass
        finally:
            time.sleep(0)


def test_a_sheet_of_millions_of_characters_is_refused():
    with pytest.raises(PaperError, match="内容过长"):
        html_to_pdf(page("中" * 4_000_001))


def test_values_in_templates_are_escaped():
    html = markup(
        "documents/_list.html", {"table": {"source": {"caption": "<img src=x>", "columns": ["<b>"]}, "rows": []}}
    )

    assert "&lt;img" in html
    assert "<b>" not in html


def test_the_same_input_gives_the_same_bytes():
    about = About(title="公示", author="总工会", created=datetime(2019, 3, 11, 9, tzinfo=UTC))

    assert html_to_pdf(page("天目工匠"), about=about) == html_to_pdf(page("天目工匠"), about=about)


def test_the_file_says_what_it_is():
    about = About(title="公示", author="总工会", subject="12号", created=datetime(2019, 3, 11, 9, tzinfo=UTC))

    with pikepdf.open(io.BytesIO(html_to_pdf(page("中"), about=about))) as document:
        assert [str(document.docinfo[f"/{key}"]) for key in ("Title", "Author", "Subject")] == [
            "公示",
            "总工会",
            "12号",
        ]
        assert str(document.docinfo.CreationDate).startswith("D:20190311")


def test_archival_files_carry_their_profile():
    with pikepdf.open(io.BytesIO(html_to_pdf(page("中"), pdfa=True))) as document:
        assert b"pdfaid" in document.Root.Metadata.read_bytes()
        assert "/OutputIntents" in document.Root


def test_text_can_be_read_back():
    assert "天目工匠 ￥20000" in text_of(html_to_pdf(page("天目工匠 ￥20000", "fang")))


def test_a_file_name_is_made_safe():
    assert safe_name('临总工〔2019〕1号/“a:b" \n') == "临总工〔2019〕1号_“a_b_".strip("._")
    assert safe_name("...") == "document"
