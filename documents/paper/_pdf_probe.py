"""Takes a PDF from standard input apart; prints one word and a detail. Run as a child with its memory and time bounded.

Not imported by anything: a malformed PDF may exhaust or crash the parser, and then only this process dies.
"""

import io
import resource
import sys
import zlib
from collections.abc import Iterator
from typing import Any

MEMORY = 1_500_000_000
SECONDS = 15
MAX_INFLATED = 300_000_000
"""Bytes all compressed streams may inflate to: a hundred scanned colour pages stay under it as JPEG or CCITT."""

ACTIVE = {
    "/JavaScript": "脚本",
    "/JS": "脚本",
    "/Launch": "启动程序的动作",
    "/EmbeddedFile": "嵌入的附件",
    "/EmbeddedFiles": "嵌入的附件",
    "/RichMedia": "多媒体内容",
    "/XFA": "动态表单",
}


class Verdict(Exception):
    pass


def bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def names(value: Any, depth: int = 0) -> Iterator[str]:
    """Keys and name values of a direct object, without following references."""
    import pikepdf

    if depth > 20:
        return
    if isinstance(value, pikepdf.Array):
        for item in value:
            if not getattr(item, "is_indirect", False):
                yield from names(item, depth + 1)
    elif isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
        for key, item in value.items():
            yield str(key)
            if isinstance(item, pikepdf.Name):
                yield str(item)
            elif not getattr(item, "is_indirect", False):
                yield from names(item, depth + 1)


def inflated(stream: Any, room: int) -> int:
    """Bytes a stream of Flate filters inflates to, chained filters and all, never holding more than a block."""
    filters = stream.get("/Filter")
    chain = (
        [str(f) for f in filters]
        if not isinstance(filters, (str, type(None))) and str(filters)[0] != "/"
        else [str(filters)]
    )
    count = 0
    decoders = []
    for name in chain:
        if name not in {"/FlateDecode", "/Fl"}:
            break
        decoders.append(zlib.decompressobj())
    if not decoders:
        return 0
    if len(chain) > 4:
        raise Verdict("bomb")
    raw = io.BytesIO(stream.read_raw_bytes())
    while block := raw.read(65_536):
        count += push(decoders, block, room - count)
    return count


def push(decoders: list[Any], block: bytes, room: int) -> int:
    head, *rest = decoders
    count = 0
    while block and not head.eof:
        try:
            out = head.decompress(block, 65_536)
        except zlib.error:
            return count
        block = head.unconsumed_tail
        count += push(rest, out, room - count) + len(out) if rest else len(out)
        if count > room:
            raise Verdict("bomb")
    return count


def examine(data: bytes, max_pages: int, max_pixels: int) -> str:
    import pikepdf

    try:
        pdf = pikepdf.open(io.BytesIO(data), attempt_recovery=False)
    except pikepdf.PasswordError:
        return "encrypted"
    except pikepdf.PdfError:
        return "broken"
    with pdf:
        if pdf.is_encrypted:
            return "encrypted"
        room = MAX_INFLATED
        for item in pdf.objects:
            for name in names(item):
                if name in ACTIVE:
                    return f"active {ACTIVE[name]}"
            if isinstance(item, pikepdf.Stream):
                if (
                    item.get("/Subtype") == "/Image"
                    and int(item.get("/Width", 0)) * int(item.get("/Height", 0)) > max_pixels
                ):
                    return "bomb"
                room -= inflated(item, room)
        count = len(pdf.pages)
        if count == 0:
            return "no_pages"
        return f"pages {count}" if count > max_pages else f"ok {count}"


def main() -> None:
    bound()
    try:
        verdict = examine(sys.stdin.buffer.read(), int(sys.argv[1]), int(sys.argv[2]))
    except Verdict as found:
        verdict = str(found)
    except MemoryError:
        verdict = "bomb"
    except Exception:  # noqa: BLE001 (whatever the parser trips over, the file is not one we keep)
        verdict = "broken"
    sys.stdout.buffer.write(verdict.encode())


if __name__ == "__main__":
    main()
