"""Picture the papers of a rule set for `docs/papers/<code>-<paper>.png`, from what its rehearsal printed.

    make rehearse RULESET=CODE PEOPLE=14
    python scripts/papers_for_docs.py CODE …          # every rule set that was rehearsed, when none is named

One form of each kind, the first notice, the conferring decision and a certificate of each design; the pages of a paper stand
side by side. Everybody on them is invented.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image

REHEARSED: Final = Path("var/rehearsal")
OUT: Final = Path("docs/papers")
WIDTH: Final = 520
"""Pixels of a portrait page: enough to read the labels."""
BYTES: Final = 60_000
GAP: Final = 12
MOST_PAGES: Final = 4


def pages(pdf: Path) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            page.render(
                scale=WIDTH * (1 if page.get_height() > page.get_width() else 1.414) / page.get_width()
            ).to_pil()
            for page in list(document)[:MOST_PAGES]
        ]
    finally:
        document.close()


def sheet(images: Sequence[Image.Image]) -> Image.Image:
    """The pages beside each other on grey."""
    width = sum(image.width for image in images) + GAP * (len(images) + 1)
    ground = Image.new("RGB", (width, max(image.height for image in images) + 2 * GAP), "#c9cdd2")
    x = GAP
    for image in images:
        ground.paste(image, (x, GAP))
        x += image.width + GAP
    return ground


def small(image: Image.Image) -> bytes:
    """As a palette PNG of few colours, and fewer or smaller until it weighs little."""
    for share in (1.0, 0.85, 0.7, 0.6, 0.5):
        size = (round(image.width * share), round(image.height * share))
        smaller = image.resize(size, Image.Resampling.LANCZOS) if share < 1 else image
        for colours in (24, 12, 8):
            out = io.BytesIO()
            smaller.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            if out.tell() <= BYTES:
                return out.getvalue()
    return out.getvalue()


def found(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name of the picture and the paper: of each kind of form that of the first person."""
    for kind in sorted({path.parent for path in folder.glob("forms/**/*.pdf")}):
        yield ("form" if kind.name == "forms" else f"form-{kind.name}"), min(kind.glob("*.pdf"))
    yield from (("notice", path) for path in sorted(folder.glob("notice-*.pdf"))[:1])
    yield from (("decision", path) for path in folder.glob("表彰决定.pdf"))
    yield from (("certificate", path) for path in sorted(folder.glob("certificates/*.pdf"))[:1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("codes", nargs="*")
    codes = parser.parse_args().codes or sorted(path.name for path in REHEARSED.iterdir())
    OUT.mkdir(parents=True, exist_ok=True)
    for code in codes:
        for name, pdf in found(REHEARSED / code / "papers"):
            target = OUT / f"{code}-{name}.png"
            target.write_bytes(small(sheet(pages(pdf))))
            print(f"{target} {target.stat().st_size // 1024} KB", file=sys.stderr)


if __name__ == "__main__":
    main()
