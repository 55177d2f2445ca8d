import hashlib
import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pikepdf
import pillow_heif
import pytest
from PIL import Image

from documents.paper.uploads import BadUpload, Kind, inspect, page_picture, sanitise_image

LIMIT = 20 * 1024 * 1024


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 560), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, **options)
    return out.getvalue()


@lru_cache  # a second of work
def heic(size: tuple[int, int] = (400, 560), **options: Any) -> bytes:
    out = io.BytesIO()
    encoded = pillow_heif.from_pillow(Image.effect_noise(size, 60).convert("RGB"))
    encoded.save(out, quality=50, **options)
    return out.getvalue()


def heic_claiming(width: int, height: int) -> bytes:
    """The size stands in the `ispe` property, which says it before anything is decoded."""
    data = heic()
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def pdf(pages: int = 1, **save: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        document.save(out, **save)
    return out.getvalue()


def pdf_with_stream(data: bytes, **entries: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        stream = pikepdf.Stream(document, b"")
        stream.write(data, filter=entries.pop("Filter", None))
        for name, value in entries.items():
            stream[f"/{name}"] = value
        document.Root.Kept = stream
        document.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


def zeros(size: int) -> bytes:
    """So many zeros, packed. One million is packed and repeated: packing hundreds of them takes seconds."""
    block, packer = bytes(1_000_000), zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    sum_of_zeros = (size % 65521) << 16 | 1
    return b"\x78\xda" + packed * (size // len(block)) + packer.flush() + sum_of_zeros.to_bytes(4)


def archive(*, size: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("word/document.xml", bytes(size))
    return out.getvalue()


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_claiming(width: int, height: int, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def checksum_off(data: bytes) -> bytes:
    return data[:-13] + bytes([data[-13] ^ 1]) + data[-12:]


def jpeg_claiming(width: int, height: int) -> bytes:
    data = picture()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def pdf_with_script() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        document.save(out)
    return out.getvalue()


def pdf_with_attachment() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments["a.exe"] = b"MZ"
        document.save(out)
    return out.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "空的"),
    "docx": (archive, "另存为 PDF"),
    "zip bomb named pdf": (lambda: archive(size=50_000_000), "压缩包"),
    "old doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 Word"),
    "exe": (lambda: b"MZ\x90\x00" + bytes(600), "程序文件"),
    "elf": (lambda: b"\x7fELF" + bytes(600), "程序文件"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
    "svg with prologue": (lambda: b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', "SVG"),
    "html": (lambda: b"<!DOCTYPE html><html><body>x</body></html>", "网页"),
    "gif": (lambda: b"GIF89a" + bytes(60), "GIF"),
    "webp": (lambda: b"RIFF\x00\x00\x00\x00WEBPVP8 ", "WebP"),
    "heic head only": (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(60), "其他格式"),
    "truncated heic": (lambda: heic()[:-3000], "不完整"),
    "heic of rubbish": (lambda: heic()[:300] + bytes(len(heic()) - 300), "其他格式"),
    "100 megapixel heic": (lambda: heic_claiming(12_000, 9_000), "照片太大"),
    "heic and zip": (lambda: heic() + archive(), "其他格式"),
    "heic and html": (lambda: heic() + b"<script>alert(1)</script>", "不完整"),
    "film": (lambda: b"\x00\x00\x00\x18ftypisom" + bytes(60), "视频"),
    "tiff": (lambda: b"II*\x00" + bytes(60), "TIFF"),
    "text": ("姓名，单位".encode, "无法识别"),
    "truncated jpeg": (lambda: picture()[:-3000], "不完整"),
    "jpeg head only": (lambda: picture()[:300], "不完整"),
    "truncated png": (lambda: picture("PNG")[:-3000], "不完整"),
    "png without its end": (lambda: picture("PNG")[:-12], "不完整"),
    "png with a wrong checksum": (lambda: checksum_off(picture("PNG")), "不完整"),
    "png with less than it says": (lambda: png_claiming(100, 100, zlib.compress(bytes(500))), "不完整"),
    "png bomb": (lambda: png_claiming(10, 10, zeros(40_000_000)), "不符"),
    "png without pixels": (lambda: png_claiming(0, 10), "不完整"),
    "100 megapixel png": (lambda: png_claiming(10_000, 10_000), "10000×10000"),
    "100 megapixel jpeg": (lambda: jpeg_claiming(12_000, 9_000), "12000×9000"),
    "huge jpeg": (lambda: jpeg_claiming(65_000, 65_000), "百万像素"),
    "truncated pdf": (lambda: pdf(20)[:-400], "不完整"),
    "pdf cut in the middle": (lambda: pdf(20)[:700] + b"\n%%EOF", "不完整"),
    "only a pdf head": (lambda: b"%PDF-1.7\n" + bytes(200), "不完整"),
    "encrypted pdf": (lambda: pdf(encryption=pikepdf.Encryption(user="a", owner="b")), "密码"),
    "restricted pdf": (lambda: pdf(encryption=pikepdf.Encryption(user="", owner="b")), "密码"),
    "pdf without pages": (lambda: pdf(0), "没有页面"),
    "pdf of 501 pages": (lambda: pdf(501), "501 页"),
    "pdf bomb": (lambda: pdf_with_stream(zeros(400_000_000), Filter=pikepdf.Name.FlateDecode), "展开后过大"),
    "pdf bomb in a bomb": (
        lambda: pdf_with_stream(
            zlib.compress(zeros(400_000_000), 9),
            Filter=pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode]),
        ),
        "展开后过大",
    ),
    "pdf with a gigapixel image": (
        lambda: pdf_with_stream(b"x", Subtype=pikepdf.Name.Image, Width=50_000, Height=50_000),
        "展开后过大",
    ),
    "pdf with a script": (pdf_with_script, "脚本"),
    "pdf with an attachment": (pdf_with_attachment, "附件"),
    "pdf and zip": (lambda: pdf() + archive(), "其他格式"),
    "pdf and html": (lambda: b"%PDF-1.7\n<script>alert(1)</script>" + pdf(), "其他格式"),
    "jpeg and zip": (lambda: picture() + archive(), "其他格式"),
    "jpeg and pdf": (lambda: picture(comment=pdf()), "其他格式"),
    "jpeg and html": (lambda: picture() + b"<script>alert(1)</script>", "其他格式"),
    "png and zip": (lambda: picture("PNG") + archive(), "其他格式"),
}


@pytest.mark.parametrize(("make", "says"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_what_to_do_next(make: Callable[[], bytes], says: str) -> None:
    file = io.BytesIO(make())

    with pytest.raises(BadUpload, match=says) as refusal:
        inspect(file, max_bytes=LIMIT)

    assert any(verb in str(refusal.value) for verb in ("请", "可以上传"))
    assert file.tell() == 0


def test_a_file_too_large_is_refused_after_the_limit_and_no_later() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"\xff\xd8\xff" + bytes(size - 3)

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

    endless = Endless()

    with pytest.raises(BadUpload, match="超过 1 MB"):
        inspect(endless, max_bytes=1024 * 1024)

    assert endless.given <= 1024 * 1024 + 128 * 1024


def test_a_type_not_wanted_here_names_those_that_are() -> None:
    with pytest.raises(BadUpload, match=r"不收 PDF 文件。请换成 JPG、PNG 后"):
        inspect(io.BytesIO(pdf()), allowed={Kind.JPEG, Kind.PNG}, max_bytes=LIMIT)


def test_a_pdf_is_described() -> None:
    data = pdf(3)

    found = inspect(io.BytesIO(data), max_bytes=LIMIT)

    assert (found.kind, found.pages, found.size) == (Kind.PDF, 3, len(data))
    assert found.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        (Kind.JPEG, picture),
        (Kind.JPEG, lambda: picture() + picture(size=(40, 56))),
        (Kind.JPEG, lambda: picture(progressive=True)),
        (Kind.PNG, lambda: picture("PNG")),
        (Kind.HEIC, heic),
    ],
    ids=["jpeg", "jpeg with a preview behind it", "progressive", "png", "heic"],
)
def test_a_picture_is_described(kind: Kind, make: Callable[[], bytes]) -> None:
    found = inspect(io.BytesIO(make()), max_bytes=LIMIT)

    assert (found.kind, found.width, found.height, found.pixels) == (kind, 400, 560, 224_000)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
@pytest.mark.parametrize("width", [1, 7, 33])
def test_every_mode_of_png_is_measured_right(mode: str, width: int) -> None:
    out = io.BytesIO()
    Image.new(mode, (width, 5)).save(out, "PNG")

    assert inspect(out, max_bytes=LIMIT).width == width


def test_an_interlaced_png_is_measured_by_its_passes() -> None:
    widths = [(1, 1), (1, 1), (2, 1), (1, 2), (3, 1), (2, 3), (5, 2)]
    raw = b"".join(bytes(rows * (1 + columns * 3)) for columns, rows in widths)
    header = struct.pack(">IIBBBBB", 5, 5, 8, 2, 0, 0, 1)
    data = (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(raw))
        + png_chunk(b"IEND", b"")
    )

    assert inspect(io.BytesIO(data), max_bytes=LIMIT).pixels == 25


def test_a_50_megapixel_photograph_passes() -> None:
    out = io.BytesIO()
    Image.new("L", (8160, 6120)).save(out, "JPEG")

    assert inspect(out, max_bytes=LIMIT).pixels == 8160 * 6120


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = open_files()

    inspect(io.BytesIO(pdf(2)), max_bytes=LIMIT)
    with pytest.raises(BadUpload):
        inspect(io.BytesIO(pdf_with_script()), max_bytes=LIMIT)

    assert list(tmp_path.iterdir()) == []
    assert open_files() == before


def photograph_with_a_place() -> bytes:
    image = Image.new("RGB", (300, 200), "navy")
    exif = image.getexif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretMaker"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_sanitised_picture_is_upright_small_and_tells_nothing() -> None:
    clean = sanitise_image(io.BytesIO(photograph_with_a_place()), max_edge=150)

    with Image.open(io.BytesIO(clean)) as image:
        assert image.size == (100, 150)
        assert dict(image.getexif()) == {}
    assert b"SecretMaker" not in clean


def test_a_heic_photograph_becomes_an_upright_jpeg_that_tells_nothing() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretMaker"
    source = heic((320, 200), exif=exif.tobytes())
    assert b"SecretMaker" in source

    clean = sanitise_image(io.BytesIO(source), max_edge=160)

    with Image.open(io.BytesIO(clean)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (160, 100), {})
    assert b"SecretMaker" not in clean


@pytest.mark.parametrize("make", [picture, heic], ids=["jpeg", "heic"])
def test_a_small_picture_is_never_blown_up(make: Callable[..., bytes]) -> None:
    data = make(size=(300, 200))
    with Image.open(io.BytesIO(sanitise_image(io.BytesIO(data), max_edge=2500))) as image:
        assert image.size == (300, 200)


def test_a_page_of_a_pdf_is_drawn_small() -> None:
    drawn = page_picture(io.BytesIO(pdf(2)), page=2, max_edge=200)

    with Image.open(io.BytesIO(drawn)) as image:
        assert (image.format, max(image.size)) == ("PNG", 200)


@pytest.mark.parametrize(("data", "page"), [(pdf(), 2), (b"%PDF-1.7 rubbish", 1)], ids=["past the end", "broken"])
def test_a_page_that_cannot_be_drawn_is_said(data: bytes, page: int) -> None:
    with pytest.raises(BadUpload, match="画不出预览"):
        page_picture(io.BytesIO(data), page=page)


def test_a_transparent_picture_is_set_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")

    with Image.open(io.BytesIO(sanitise_image(out, kind=Kind.PNG))) as image:
        assert image.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [picture()[:-4000], b"GIF89a", jpeg_claiming(12_000, 9_000), heic()[:-4000], heic_claiming(12_000, 9_000)],
    ids=["cut", "gif", "huge", "heic cut", "heic huge"],
)
def test_a_bad_picture_is_not_sanitised(data: bytes) -> None:
    with pytest.raises(BadUpload):
        sanitise_image(io.BytesIO(data))
