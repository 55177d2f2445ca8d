"""Draws one picture of what comes on standard input: of a HEIC photograph, or of a page of a PDF. A child, its memory and time bounded.

Not imported by anything: both decoders are large C libraries, and whatever they meet, only this process dies. The answer is one
line, `ok <width> <height>` or a single word, and after it the picture.
"""

import io
import resource
import sys
from typing import Any

MEMORY = 1_500_000_000
SECONDS = 20


def bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def photograph(data: bytes, max_pixels: int, max_side: int, max_edge: int, quality: int) -> tuple[str, bytes]:
    """Size by the header before anything is decoded; without `max_edge` the decoding only proves that it can be done."""
    import pillow_heif
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1
    with Image.open(io.BytesIO(data), formats=("HEIF",)) as image:
        width, height = image.size
        if width * height > max_pixels or max(width, height) > max_side:
            return f"pixels {width} {height}", b""
        image.load()
        if not max_edge:
            return f"ok {width} {height}", b""
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((max_edge, max_edge), Image.Resampling.LANCZOS)
        clean = Image.new("RGB", upright.size, "white")
        clean.paste(upright.convert("RGB"), mask=upright.getchannel("A") if "A" in upright.getbands() else None)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=quality, optimize=True)
    return f"ok {width} {height}", out.getvalue()


def page(data: bytes, number: int, max_edge: int) -> tuple[str, bytes]:
    """Page `number`, counted from 1, as PNG of few colours: text stays crisp and a photograph stays small."""
    import pypdfium2

    document: Any = pypdfium2.PdfDocument(data)
    if not 1 <= number <= len(document):
        return "no_page", b""
    found = document[number - 1]
    width, height = found.get_size()
    longer = max(width, height)
    if longer <= 0:
        return "broken", b""
    picture = found.render(scale=max_edge / longer).to_pil().convert("RGB")
    out = io.BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)
    return f"ok {picture.width} {picture.height}", out.getvalue()


def main() -> None:
    bound()
    what, *numbers = sys.argv[1:]
    try:
        data = sys.stdin.buffer.read()
        draw: Any = photograph if what == "photograph" else page
        verdict, drawn = draw(data, *map(int, numbers))
    except MemoryError:
        verdict, drawn = "bomb", b""
    except Exception:  # noqa: BLE001 (whatever the decoder trips over, there is no picture)
        verdict, drawn = "broken", b""
    sys.stdout.buffer.write(verdict.encode() + b"\n" + drawn)


if __name__ == "__main__":
    main()
