"""Files people hand in, looked at before anything keeps them.

The type is read from the content, never from the name. Nothing is decoded that has not first said how large it is, no
archive is opened, and a PDF is taken apart in a child process with a bound on its memory and time. Every refusal says in
plain words what to do next.
"""

import hashlib
import io
import re
import subprocess
import sys
import tempfile
import warnings
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, Protocol, cast

from PIL import Image, ImageOps, UnidentifiedImageError

BLOCK: Final = 64 * 1024
MAX_PIXELS: Final = 64_000_000
"""A 50-megapixel telephone passes, a 100-megapixel one does not: decoding it would take 400 MB."""
MAX_SIDE: Final = 20_000
MAX_PAGES: Final = 500


class Kind(StrEnum):
    """What may come in. A picture is drawn anew before it is kept (`sanitise_image`), HEIC as JPEG; a PDF is kept as it is."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    HEIC = "image/heic"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def suffix(self) -> str:
        return f".{_LABELS[self].lower()}"

    @property
    def is_picture(self) -> bool:
        return self is not Kind.PDF


_LABELS: Final = {Kind.PDF: "PDF", Kind.JPEG: "JPG", Kind.PNG: "PNG", Kind.HEIC: "HEIC"}


class BadUpload(ValueError):
    """The file is refused; the message is for the person who handed it in."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class Readable(Protocol):
    """What we need of a file: Django's UploadedFile and any binary file have it."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> Any: ...


@dataclass(frozen=True)
class Inspected:
    """A file found sound. `pages` is set for a PDF, `width` and `height` for an image."""

    kind: Kind
    sha256: str
    size: int
    pages: int | None = None
    width: int | None = None
    height: int | None = None

    @property
    def pixels(self) -> int | None:
        return self.width * self.height if self.width and self.height else None


_OTHER: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK", "这是 Word、Excel 或压缩包文件。请打开后选择“另存为 PDF”（或打印成 PDF），再上传 PDF"),
    (b"\xd0\xcf\x11\xe0", "这是旧版 Word 或 Excel 文件。请打开后选择“另存为 PDF”，再上传 PDF"),
    (b"MZ", "这是程序文件，不能上传。请上传证明材料的扫描件或照片"),
    (b"\x7fELF", "这是程序文件，不能上传。请上传证明材料的扫描件或照片"),
    (b"GIF8", "这是 GIF 动图。请用手机重新拍照，或另存为 JPG 后再上传"),
    (b"BM", "这是 BMP 图片。请另存为 JPG 后再上传"),
    (b"II*\x00", "这是 TIFF 图片。请另存为 PDF 或 JPG 后再上传"),
    (b"MM\x00*", "这是 TIFF 图片。请另存为 PDF 或 JPG 后再上传"),
    (b"Rar!", "这是压缩包。请解压后逐个上传里面的文件"),
    (b"7z\xbc\xaf", "这是压缩包。请解压后逐个上传里面的文件"),
    (b"\x1f\x8b", "这是压缩包。请解压后逐个上传里面的文件"),
    (b"{\\rtf", "这是写字板文件。请打开后选择“另存为 PDF”，再上传 PDF"),
)
_MARKUP: Final = re.compile(rb"<\s*(!doctype|html|script|svg|\?xml|head|body)|<\?(xml|php)", re.IGNORECASE)


def inspect(file: Readable, *, allowed: Collection[Kind] = tuple(Kind), max_bytes: int) -> Inspected:
    """Look at a file from its beginning and leave it rewound. Raises `BadUpload`.

    Reads in blocks and keeps nothing on disk: what a PDF needs goes into an unnamed temporary file.
    """
    file.seek(0)
    try:
        sha256, size, head = _digest(file, max_bytes)
        kind = _kind(head, size, allowed)
        file.seek(0)
        if kind is Kind.PDF:
            return Inspected(kind, sha256, size, pages=_pdf(file, size))
        width, height = _MEASURES[kind](file, size)
        return Inspected(kind, sha256, size, width=width, height=height)
    finally:
        file.seek(0)


def _blocks(file: Readable) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _digest(file: Readable, max_bytes: int) -> tuple[str, int, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    for block in _blocks(file):
        size += len(block)
        head = head or block[:4096]
        if size > max_bytes:
            raise _too_large(head, max_bytes)
        digest.update(block)
    return digest.hexdigest(), size, head


def _too_large(head: bytes, max_bytes: int) -> BadUpload:
    limit = _megabytes(max_bytes)
    if head.startswith(b"%PDF-"):
        return BadUpload(
            "too_large",
            f"PDF 太大：超过 {limit}。请把扫描分辨率调到 200–300 dpi 后重新扫描；页数多的请分成几个文件上传",
        )
    return BadUpload(
        "too_large", f"照片太大：文件超过 {limit}。请在相机设置里选普通分辨率重拍，或用手机的“编辑”功能缩小后再上传"
    )


def _megabytes(size: int) -> str:
    return f"{size / 1_048_576:g} MB" if size >= 1_048_576 else f"{size / 1024:g} KB"


def _kind(head: bytes, size: int, allowed: Collection[Kind]) -> Kind:
    wanted = "、".join(kind.label for kind in Kind if kind in allowed)
    if size == 0:
        raise BadUpload("empty", "文件是空的（0 字节），可能没有传完。请检查原文件能否打开，再重新上传")
    kind = _kind_of(head)
    if kind is None:
        raise BadUpload("wrong_type", f"{_what(head)}。可以上传：{wanted}")
    if kind not in allowed:
        raise BadUpload("wrong_type", f"此处不收 {kind.label} 文件。请换成 {wanted} 后上传")
    beginning = head[:1024]
    if _MARKUP.search(beginning) or (kind is not Kind.PDF and b"%PDF-" in beginning):
        raise _polyglot()
    return kind


_SIGNATURES: Final = ((b"%PDF-", Kind.PDF), (b"\xff\xd8\xff", Kind.JPEG), (b"\x89PNG\r\n\x1a\n", Kind.PNG))
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})


def _kind_of(head: bytes) -> Kind | None:
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return Kind.HEIC
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)


def _what(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "这是视频、实况照片或不支持的图片格式。请用手机重新拍照，或另存为 JPG 后再上传"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "这是 WebP 图片。请另存为 JPG 后再上传"
    if _MARKUP.search(head[:1024]):
        return "这是网页或 SVG 文件，不能上传。请打印成 PDF 或截图为 PNG 后再上传"
    return next(
        (words for magic, words in _OTHER if head.startswith(magic)), "无法识别这个文件，它可能已经损坏或改过扩展名"
    )


def _polyglot() -> BadUpload:
    return BadUpload("polyglot", "文件里混有其他格式的内容，为安全起见不能接收。请重新扫描、拍照或打印成 PDF 后上传")


def _truncated(what: str) -> BadUpload:
    return BadUpload("truncated", f"{what}不完整，可能没有传完或已损坏。请打开原文件检查，再重新上传")


def _too_many_pixels(width: int, height: int) -> BadUpload:
    return BadUpload(
        "too_many_pixels",
        f"照片太大：{width}×{height} 像素，超过 {MAX_PIXELS // 1_000_000} 百万像素。请把手机相机改为普通分辨率后重拍，或缩小后再上传",
    )


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise _truncated("图片")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_many_pixels(width, height)


def _jpeg(file: Readable, size: int) -> tuple[int, int]:
    """Size by the header, then one pass at an eighth of the scale: enough to notice a missing end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(cast(IO[bytes], _Binary(file)), formats=("JPEG",)) as image:
                width, height = image.size
                _check_size(width, height)
                image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
                image.load()
        except Image.DecompressionBombError:
            raise BadUpload(
                "too_many_pixels",
                f"照片太大：超过 {MAX_PIXELS // 1_000_000} 百万像素。请把手机相机改为普通分辨率后重拍，或缩小后再上传",
            ) from None
        except BadUpload:
            raise
        except (OSError, SyntaxError, ValueError, UnidentifiedImageError):
            raise _truncated("照片") from None
    _check_tail(file, size)
    return width, height


_STOWAWAY: Final = re.compile(
    rb"PK\x03\x04|PK\x05\x06|%PDF-1|Rar!\x1a|7z\xbc\xaf\x27|<script|<html|<svg|<\?php|<!doctype", re.IGNORECASE
)


def _check_tail(file: Readable, size: int) -> None:
    """What follows the picture: telephones put more pictures there, attackers put an archive or a page."""
    start = max(0, size - 128 * 1024)
    file.seek(start)
    tail = file.read(128 * 1024)
    end = tail.rfind(b"\xff\xd9")
    after = tail[end + 2 :] if end >= 0 else tail
    if _STOWAWAY.search(after) or b"PK\x05\x06" in tail[-66_000:]:
        raise _polyglot()


class _Binary(io.RawIOBase):
    """Lends a file to Pillow without letting it be closed, and makes its premature end an error.

    Pillow itself says so only while `LOAD_TRUNCATED_IMAGES` is off, and WeasyPrint turns it on for the whole process.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        data = self._file.read(-1 if size is None else size)
        if not data and size:
            raise OSError("premature end")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._file.seek(offset, whence)
        return self.tell()

    def tell(self) -> int:
        return int(self._file.tell())  # type: ignore[attr-defined]


_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def _png(file: Readable, size: int) -> tuple[int, int]:
    """Pixel data of exactly the length the header promises, inflated but never kept, and nothing after the end."""
    width = height = expected = seen = 0
    inflate = zlib.decompressobj()
    for name, block in _chunks(file, size):
        if name == b"IHDR":
            width, height, expected = _png_header(block)
        elif name == b"IDAT":
            seen += _inflated(inflate, block, expected - seen)
    if not expected or seen != expected:
        raise _truncated("图片")
    if file.read(1):
        raise _polyglot()
    return width, height


def _chunks(file: Readable, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Name and bytes of each chunk up to the end, in portions; every checksum is compared."""
    file.read(8)
    name = b""
    while name != b"IEND":
        header = file.read(8)
        length, name = int.from_bytes(header[:4], "big"), header[4:]
        if len(header) < 8 or length > size:
            raise _truncated("图片")
        check = zlib.crc32(name)
        for block in _portions(file, length):
            check = zlib.crc32(block, check)
            yield name, block
        if int.from_bytes(file.read(4), "big") != check:
            raise _truncated("图片")


def _portions(file: Readable, length: int) -> Iterator[bytes]:
    while length:
        block = file.read(min(BLOCK, length))
        if not block:
            raise _truncated("图片")
        length -= len(block)
        yield block


def _png_header(data: bytes) -> tuple[int, int, int]:
    if len(data) != 13 or data[9] not in _CHANNELS:
        raise _truncated("图片")
    width, height = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    _check_size(width, height)
    bits = data[8] * _CHANNELS[data[9]]
    passes = _ADAM7 if data[12] else ((0, 0, 1, 1),)
    total = 0
    for x, y, dx, dy in passes:
        columns, rows = -(-(width - x) // dx), -(-(height - y) // dy)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return width, height, total


def _inflated(inflate: Any, block: bytes, room: int) -> int:
    """Bytes this block inflates to; more than the header promised is a bomb."""
    count = 0
    try:
        while block and not inflate.eof:
            count += len(inflate.decompress(block, BLOCK))
            block = inflate.unconsumed_tail
            if count > room:
                raise BadUpload("bomb", "图片的实际内容与声明的大小不符，不能接收。请用手机重新拍照后上传")
    except zlib.error:
        raise _truncated("图片") from None
    return count


def _heic(file: Readable, size: int) -> tuple[int, int]:
    """Boxes that fill the file to its last byte, then one decoding in the child: it says the size before it begins."""
    _check_boxes(file, size)
    _check_tail_of(file, size)
    file.seek(0)
    width, height, _ = _photograph(file, max_edge=0, quality=0)
    return width, height


def _check_boxes(file: Readable, size: int) -> None:
    """ISO base media: each box says its length. A file cut short ends inside one; bytes behind the last are no box."""
    at = 0
    while at < size:
        file.seek(at)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        elif length == 0:
            length = size - at
        if len(header) < 8 or not header[4:8].isascii() or not header[4:8].decode().isprintable():
            raise _polyglot()
        if length < 8 or at + length > size:
            raise _truncated("照片")
        at += length


def _check_tail_of(file: Readable, size: int) -> None:
    file.seek(max(0, size - 66_000))
    if b"PK\x05\x06" in file.read(66_000):
        raise _polyglot()


_MEASURES: Final[dict[Kind, Callable[[Readable, int], tuple[int, int]]]] = {
    Kind.JPEG: _jpeg,
    Kind.PNG: _png,
    Kind.HEIC: _heic,
}


def _photograph(file: Readable, *, max_edge: int, quality: int) -> tuple[int, int, bytes]:
    """What the child says of a HEIC photograph: its size and, with `max_edge`, the picture as JPEG."""
    verdict, drawn = _drawn(file, "photograph", MAX_PIXELS, MAX_SIDE, max_edge, quality)
    word, *numbers = verdict.split()
    if word == "pixels":
        raise _too_many_pixels(int(numbers[0]), int(numbers[1]))
    if word == "bomb":
        raise BadUpload("bomb", "照片太大，展开后放不下。请把手机相机改为普通分辨率后重拍")
    if word != "ok":
        raise _truncated("照片")
    return int(numbers[0]), int(numbers[1]), drawn


_PICTURE_PROBE: Final = Path(__file__).with_name("_picture_probe.py")


def _drawn(file: Readable, what: str, *numbers: int) -> tuple[str, bytes]:
    """Ask the drawing child; one that dies or hangs has met a bomb."""
    with tempfile.TemporaryFile() as copy:
        for block in _blocks(file):
            copy.write(block)
        copy.flush()
        copy.seek(0)
        command = [sys.executable, "-I", str(_PICTURE_PROBE), what, *map(str, numbers)]
        try:
            answer = subprocess.run(command, stdin=copy, capture_output=True, timeout=30, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            return "bomb", b""
    verdict, _, drawn = answer.stdout.partition(b"\n")
    return (verdict.decode("utf-8", "replace"), drawn) if answer.returncode == 0 and verdict else ("bomb", b"")


def page_picture(file: Readable, *, page: int = 1, max_edge: int = 640) -> bytes:
    """One page of a PDF that was found sound, counted from 1, as a small PNG. Raises `BadUpload`, also past the last page."""
    file.seek(0)
    verdict, drawn = _drawn(file, "page", page, max_edge)
    if not verdict.startswith("ok"):
        raise BadUpload("no_picture", "这一页画不出预览，请下载后查看")
    return drawn


_PROBE: Final = Path(__file__).with_name("_pdf_probe.py")
_VERDICTS: Final[dict[str, Callable[[str], BadUpload]]] = {
    "encrypted": lambda _: BadUpload(
        "encrypted", "PDF 设有密码或权限限制，无法审阅。请去掉密码（打开后“另存为”或“打印成 PDF”）再上传"
    ),
    "broken": lambda _: _truncated("PDF "),
    "bomb": lambda _: BadUpload("bomb", "PDF 展开后过大，不能接收。请重新扫描，分辨率 200–300 dpi 即可"),
    "active": lambda what: BadUpload("active", f"PDF 中含有{what}，为安全起见不能接收。请用“打印成 PDF”另存一份后上传"),
    "pages": lambda count: BadUpload(
        "too_many_pages", f"PDF 有 {count} 页，最多 {MAX_PAGES} 页。请只保留相关页，或分成几个文件上传"
    ),
    "no_pages": lambda _: BadUpload("truncated", "PDF 里没有页面。请打开原文件检查，再重新上传"),
}


def _pdf(file: Readable, size: int) -> int:
    _check_pdf_ends(file, size)
    file.seek(0)
    with tempfile.TemporaryFile() as copy:
        for block in _blocks(file):
            copy.write(block)
        copy.flush()
        copy.seek(0)
        verdict, detail = _probe(copy)
    if verdict == "ok":
        return int(detail)
    raise _VERDICTS.get(verdict, _VERDICTS["bomb"])(detail)


def _check_pdf_ends(file: Readable, size: int) -> None:
    file.seek(max(0, size - 66_000))
    tail = file.read(66_000)
    end = tail.rfind(b"%%EOF")
    if end < 0:
        raise _truncated("PDF ")
    if b"PK\x05\x06" in tail or _STOWAWAY.search(tail[end:]):
        raise _polyglot()


def _probe(copy: Any) -> tuple[str, str]:
    """Ask the child process; one that dies or hangs has met a bomb."""
    command = [sys.executable, "-I", str(_PROBE), str(MAX_PAGES), str(MAX_PIXELS * 3)]
    try:
        answer = subprocess.run(command, stdin=copy, capture_output=True, timeout=20, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "bomb", ""
    verdict, _, detail = answer.stdout.decode("utf-8", "replace").strip().partition(" ")
    return (verdict, detail) if answer.returncode == 0 and verdict else ("bomb", "")


def harmless(
    file: Readable, *, max_bytes: int, max_edge: int, allowed: Collection[Kind] = tuple(Kind), quality: int = 88
) -> tuple[bytes, Kind]:
    """What may be kept of an upload: a sound PDF as it is, a picture drawn anew as JPEG, so that nothing in it tells where or by
    whom it was taken. Raises `BadUpload`.
    """
    if inspect(file, allowed=allowed, max_bytes=max_bytes).kind is Kind.PDF:
        return file.read(), Kind.PDF
    return sanitise_image(file, max_edge=max_edge, quality=quality), Kind.JPEG


def sanitise_image(
    file: Readable | BinaryIO, *, max_edge: int = 1600, kind: Kind = Kind.JPEG, quality: int = 88
) -> bytes:
    """The picture encoded anew: upright, no longer than `max_edge`, on white, without EXIF, GPS or anything hidden.
    A smaller one keeps its size. A HEIC photograph is decoded in the child and comes out as JPEG whatever `kind` says.

    Call `inspect` first; this checks the size by the header again and raises `BadUpload` all the same.
    """
    file.seek(0)
    try:
        if _kind_of(file.read(16)) is Kind.HEIC:
            file.seek(0)
            return _photograph(file, max_edge=max_edge, quality=quality)[2]
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(cast(IO[bytes], _Binary(file)), formats=("JPEG", "PNG")) as image:
                _check_size(*image.size)
                image.draft("RGB", (max_edge, max_edge))
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((max_edge, max_edge), Image.Resampling.LANCZOS)
                picture = _on_white(upright)
    except BadUpload:
        raise
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
        raise _truncated("图片") from None
    finally:
        file.seek(0)
    out = io.BytesIO()
    if kind is Kind.PNG:
        picture.save(out, "PNG", optimize=True)
    else:
        picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(white, layer)
    clean = Image.new("RGB", image.size)
    clean.paste(image.convert("RGB"))
    return clean
