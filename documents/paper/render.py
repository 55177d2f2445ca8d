"""HTML to PDF over WeasyPrint, with the doors shut.

The sheet may reach nothing but its own fonts and the assets handed in with it: no file, no network, no redirect. Every
glyph must come from a face of ours; anything else (a box, a borrowed face) is an error that names the character. Layout
of hostile markup can take minutes, so each rendering has a time limit.
"""

import ctypes
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import unescape
from typing import Any, Final

from django.template import Context, Engine
from weasyprint import CSS, HTML, Document
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from documents.paper.fonts import PROJECT, FontFile, Library, MissingGlyph, Role, library, needs_glyph

MAX_HTML: Final = 4_000_000
"""Characters. The longest form we know has 20,000; a rendering of more than this is a mistake or an attack."""

Finisher = Callable[[Any, Any], None]
"""WeasyPrint's hook: (document, pydyf.PDF), called before the file is written."""


class PaperError(Exception):
    """A sheet could not be made."""


class ForbiddenAsset(PaperError):
    """The sheet asked for something outside itself."""


class TooSlow(PaperError):
    """The time limit passed."""


class BorrowedGlyph(PaperError):
    """A glyph came from a face that is not part of the sheet."""


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return Engine(dirs=[str(PROJECT / "templates")], autoescape=True)


def markup(template: str, context: Mapping[str, Any]) -> str:
    """A template of ours filled in; every value is escaped. Works without a request, in workers and benchmarks."""
    return str(_engine().get_template(template).render(Context(dict(context), use_l10n=False)))


class _Refused(FatalURLFetchingError):  # type: ignore[misc]
    """Passes through WeasyPrint's `except Exception`, which would print the sheet without the asset."""


class Fetcher(URLFetcher):  # type: ignore[misc]
    """Only `data:` and `asset:<name>`."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)
        self._assets = assets
        self.refused: list[str] = []
        """WeasyPrint swallows even a fatal refusal inside an SVG and prints the sheet without the picture."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ARG002 (WeasyPrint's signature)
        scheme, _, name = url.partition(":")
        if scheme.lower() == "asset" and name in self._assets:
            return URLFetcherResponse(url, self._assets[name])
        if scheme.lower() == "data":
            return super().fetch(url)
        self.refused.append(url)
        raise _Refused(url)


class _Stop(BaseException):
    """Thrown into the rendering thread; a BaseException so that no `except Exception` inside eats it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop the block after so many seconds, in any thread (signals would reach the main thread only).

    An exception once thrown is never taken back: in CPython 3.11 clearing it leaves the interpreter's break flag set,
    which slows every instruction and hangs a traced thread. If the block ends in the same moment, it is awaited.
    """
    thread = ctypes.c_ulong(threading.get_ident())
    lock, finished, thrown = threading.Lock(), threading.Event(), threading.Event()

    def watch() -> None:
        pause = seconds
        while not finished.wait(pause):
            with lock:
                if not finished.is_set():
                    thrown.set()
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_Stop))
            pause = 1.0

    def settle() -> None:
        with lock:
            finished.set()
        while thrown.is_set():
            time.sleep(0)

    threading.Thread(target=watch, name="paper-time-limit", daemon=True).start()
    try:
        try:
            yield
        except _Stop:
            raise
        except BaseException:
            settle()
            raise
        else:
            settle()
    except _Stop:
        finished.set()
        raise TooSlow(f"排版超过 {seconds:g} 秒，已停止") from None


@dataclass(frozen=True)
class About:
    """What the file says of itself. `created` is the caller's clock: the same input gives the same bytes."""

    title: str = ""
    author: str = ""
    subject: str = ""
    created: datetime | None = None

    def metadata(self) -> Any:
        stamp = self.created.isoformat(timespec="seconds") if self.created else None
        return DocumentMetadata(
            title=self.title or None,
            authors=[self.author] if self.author else [],
            description=self.subject or None,
            generator="匠选",
            created=stamp,
            modified=stamp,
            lang="zh-CN",
        )


class Typeset:
    """The faces of one sheet or one batch, each cut once to the characters in it."""

    def __init__(self, text: str, *, fonts: Library | None = None) -> None:
        fonts = fonts or library()
        characters = {char for char in unescape(text) if needs_glyph(char)} | set(map(chr, range(0x20, 0x7F)))
        wanted = "".join(sorted(characters))
        roles = [role for role in Role if f"--{role}" in text]
        files: dict[str, FontFile] = {file.family: file for file in fonts.files.values() if file.family in text}
        variables = []
        for role in roles:
            stack = fonts.stack_for(wanted, role)
            variables.append(f"--{role}: {stack.family};")
            files.update((part.family, part) for part in stack.parts)
        self.files = files
        self.assets = {f"font/{family}": file.cut(characters) for family, file in files.items()}
        faces = (f'@font-face {{ font-family: "{family}"; src: url("asset:font/{family}"); }}' for family in files)
        self.css = "\n".join([*faces, f":root {{ {' '.join(variables)} }}"])
        self.configuration = FontConfiguration()
        self.fetcher = Fetcher(self.assets)

    def lay_out(self, html: str, *, assets: Mapping[str, bytes] | None = None) -> Document:
        if len(html) > MAX_HTML:
            raise PaperError("内容过长，无法排版")
        self.fetcher = fetcher = Fetcher({**self.assets, **(assets or {})})
        sheet = CSS(string=self.css, font_config=self.configuration, url_fetcher=fetcher)
        with suppress(_Refused):
            document = HTML(string=html, url_fetcher=fetcher).render(
                font_config=self.configuration, stylesheets=[sheet]
            )
        self._refuse()
        return document

    def _refuse(self) -> None:
        if self.fetcher.refused:
            raise ForbiddenAsset(f"纸面不得引用外部资源：{self.fetcher.refused[0][:200]}")

    def check(self, document: Document) -> None:
        """Every glyph drawn came from these faces, and nothing was asked for while drawing."""
        self._refuse()
        for font in document.fonts.values():
            if font.missing:
                raise MissingGlyph(map(chr, font.missing))
            if font.family not in self.files:
                drawn = "".join(font.to_unicode.values())
                raise BorrowedGlyph(f"以下字符未使用纸面字体：{drawn[:50]}（{font.family}）")


def write(document: Document, typeset: Typeset, about: About, *, finisher: Finisher | None, pdfa: bool) -> bytes:
    """Write the document; refuse it if a glyph is not ours."""
    document.metadata = about.metadata()

    def finish(document: Document, pdf: Any) -> None:
        typeset.check(document)
        if finisher:
            finisher(document, pdf)

    variant = {"pdf_variant": "pdf/a-2u"} if pdfa else {}
    return bytes(document.write_pdf(finisher=finish, **variant))


def html_to_pdf(
    html: str,
    *,
    about: About | None = None,
    assets: Mapping[str, bytes] | None = None,
    fonts: Library | None = None,
    finisher: Finisher | None = None,
    pdfa: bool = False,
    seconds: float = 60,
) -> bytes:
    """One sheet. Families are named `var(--song)`, `var(--kai)` … or by `Face.family` for a name set in one face.

    Raises `MissingGlyph`, `ForbiddenAsset`, `TooSlow`, `PaperError`.
    """
    with time_limit(seconds):
        typeset = Typeset(html, fonts=fonts)
        document = typeset.lay_out(html, assets=assets)
        return write(document, typeset, about or About(), finisher=finisher, pdfa=pdfa)


def safe_name(text: str) -> str:
    """A file name made from a title or a number, without what file systems and headers dislike."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f\s]+', "_", text).strip("._") or "document"
