"""A scanned pile of printed forms: what the QR code of each page says, which way up it lies, and its pages cut out again.

Pages come as a copier gives them: in any order, upside down, askew, two at a time on one sheet, blank backs between them.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image

from documents.paper.drawing import MM
from documents.paper.render import PaperError

RESOLUTIONS: Final = (150, 300, 400)
"""dpi at which a page is looked at, the next one where nothing was found: most pages tell at the first, which is the quickest."""
MAX_PIXELS: Final = 40_000_000
PICTURE_EDGE: Final = 1400
"""Pixels of the picture by which a person recognises a page that tells nothing by itself."""
BLANK_SPREAD: Final = 3
"""Grey levels between the 1st and the 99th percentile of a blank page, once the edges are cut off and it is shrunk."""


@dataclass(frozen=True)
class PageRead:
    """One page. `turn`: degrees clockwise to stand it upright, of four; `blank`: nothing is on it."""

    number: int
    texts: tuple[str, ...]
    turn: int
    blank: bool
    picture: bytes


def page_count(content: bytes) -> int:
    document = pypdfium2.PdfDocument(content)
    try:
        return len(document)
    finally:
        document.close()


def read_pages(content: bytes, *, after: int = 0) -> Iterator[PageRead]:
    """Read the pages of a sound PDF one by one, from the one after `after` on. Raises `PaperError` for a page that cannot be drawn."""
    document = pypdfium2.PdfDocument(content)
    try:
        for number in range(after, len(document)):
            yield _read(document, number)
    finally:
        document.close()


def _read(document: pypdfium2.PdfDocument, number: int) -> PageRead:
    found: list[zxingcpp.Barcode] = []
    image: Image.Image | None = None
    for dpi in RESOLUTIONS:
        image = _drawn(document, number, dpi)
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        if found:
            break
        if dpi == RESOLUTIONS[0] and _is_blank(image):
            return PageRead(number + 1, (), 0, blank=True, picture=_picture(image, 0))
    assert image is not None
    turn = round(-found[0].orientation / 90) % 4 * 90 if found else 0
    texts = tuple(dict.fromkeys(one.text for one in found))
    return PageRead(number + 1, texts, turn, blank=False, picture=_picture(image, turn))


def _drawn(document: pypdfium2.PdfDocument, number: int, dpi: int) -> Image.Image:
    page = document[number]
    try:
        width, height = page.get_size()
        scale = min(dpi / 72, math.sqrt(MAX_PIXELS / max(width * height, 1)))
        bitmap = page.render(scale=scale, grayscale=True)
        image: Image.Image = bitmap.to_pil().convert("L")
    except (pypdfium2.PdfiumError, ValueError, MemoryError) as error:
        raise PaperError(f"第 {number + 1} 页无法显示，请重新扫描这一页") from error
    finally:
        page.close()
    return image


def _is_blank(image: Image.Image) -> bool:
    width, height = image.size
    inner = image.crop((width // 20, height // 20, width - width // 20, height - height // 20)).resize((64, 64))
    levels = sorted(inner.tobytes())
    cut = len(levels) // 100
    return levels[-cut - 1] - levels[cut] <= BLANK_SPREAD and levels[-cut - 1] - levels[0] <= 4 * BLANK_SPREAD


def _picture(image: Image.Image, turn: int) -> bytes:
    upright = image.rotate(-turn, expand=True) if turn else image.copy()
    upright.thumbnail((PICTURE_EDGE, PICTURE_EDGE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=70)
    return out.getvalue()


def cut_out(content: bytes, pages: Sequence[tuple[int, int]]) -> bytes:
    """The named pages, (number from 1, degrees clockwise), as a PDF of their own: the same pages give the same bytes."""
    with pikepdf.open(io.BytesIO(content)) as source, pikepdf.new() as target:
        for number, turn in pages:
            target.pages.append(source.pages[number - 1])
            if turn:
                target.pages[-1].rotate(turn, relative=True)
        out = io.BytesIO()
        target.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def picture_as_pdf(content: bytes) -> bytes:
    """One photographed page as a PDF of A4's width."""
    with Image.open(io.BytesIO(content)) as image:
        out = io.BytesIO()
        image.convert("RGB").save(out, "PDF", resolution=image.width / (210 * MM / 72), quality=85)
        return out.getvalue()
