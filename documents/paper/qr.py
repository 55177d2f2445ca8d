"""QR codes as PDF operators and as check codes that a person can read out."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import segno

MASK: Final = 4
"""Fixed: choosing the best of eight masks costs more than everything else on a certificate, and readers do not care."""

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L: a check code is read out over the telephone."""


@lru_cache(maxsize=256)
def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The matrix without its quiet zone, error correction M (a stamp may cover a corner)."""
    code = segno.make_qr(text, error="m", mask=MASK, boost_error=False, encoding="utf-8")
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def runs(text: str) -> Iterator[tuple[int, int, int]]:
    """Dark modules merged along each row: (column, row, length)."""
    for y, row in enumerate(modules(text)):
        x = 0
        while x < len(row):
            if not row[x]:
                x += 1
                continue
            start = x
            while x < len(row) and row[x]:
                x += 1
            yield start, y, x - start


def operators(text: str, *, x: float, y: float, side: float) -> bytes:
    """PDF operators that draw the code black; x, y is the lower left corner, all in points."""
    count = len(modules(text))
    unit = side / count
    boxes = (f"{c} {count - r - 1} {n} 1 re" for c, r, n in runs(text))
    return f"q 0 g {unit:.5f} 0 0 {unit:.5f} {x:.3f} {y:.3f} cm\n{chr(10).join(boxes)}\nf Q\n".encode()


def svg(text: str) -> str:
    """The same code as one SVG path, for the screen."""
    count = len(modules(text))
    path = "".join(f"M{c} {r}h{n}v1h-{n}z" for c, r, n in runs(text))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {count} {count}" shape-rendering="crispEdges" '
        f'role="img" aria-label="二维码"><path d="{path}"/></svg>'
    )


def check_code(data: bytes | str) -> str:
    """Twelve characters that tie a print to the data it was made from: 59 bits of SHA-256, written `XXXX-XXXX-XXXX`."""
    raw = data.encode() if isinstance(data, str) else data
    number = int.from_bytes(hashlib.sha256(raw).digest(), "big")
    code = ""
    for _ in range(12):
        number, digit = divmod(number, len(ALPHABET))
        code += ALPHABET[digit]
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"
