"""Photographed pages as one PDF: bound, added to, put in another order.

Only pictures that `uploads.sanitise_image` drew and PDFs bound here come in, so nothing is decoded: the JPEG goes into the page as
it is, and the same pages in the same order make the same bytes.
"""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    import pikepdf

A4: Final = (595.28, 841.89)
"""Points. A page lies across where its picture does."""
MAX_PAGES: Final = 40


def bind(pictures: Iterable[bytes], *, onto: bytes | None = None) -> bytes:
    """One page a picture, behind those of `onto` where there is such a PDF."""
    import pikepdf

    with pikepdf.open(io.BytesIO(onto)) if onto else pikepdf.new() as book:
        for picture in pictures:
            _add_page(book, picture)
        return _saved(book)


def arranged(pdf: bytes, order: Sequence[int]) -> bytes:
    """The pages named in `order` (counted from 1), in that order; what is not named is left out."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as source, pikepdf.new() as book:
        for number in order:
            book.pages.append(source.pages[number - 1])
        return _saved(book)


def _add_page(book: "pikepdf.Pdf", picture: bytes) -> None:
    import pikepdf

    with Image.open(io.BytesIO(picture)) as image:
        width, height = image.size
    across, down = A4[::-1] if width > height else A4
    scale = min(across / width, down / height)
    drawn = (width * scale, height * scale)
    stream = pikepdf.Stream(
        book,
        picture,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    page = book.add_blank_page(page_size=(across, down))
    name = page.add_resource(stream, pikepdf.Name.XObject)
    left, below = (across - drawn[0]) / 2, (down - drawn[1]) / 2
    page.contents_add(f"q {drawn[0]:.2f} 0 0 {drawn[1]:.2f} {left:.2f} {below:.2f} cm {name} Do Q".encode())


def _saved(book: "pikepdf.Pdf") -> bytes:
    out = io.BytesIO()
    book.save(out, deterministic_id=True)
    return out.getvalue()
