"""HTML to PDF, with the doors shut (`typeset` says which) and a time limit: layout of hostile markup can take minutes.

WeasyPrint is loaded with the first sheet: it takes longer than all the rest of a command that prints none.
"""

import ctypes
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from django.template import Context, Engine

from documents.paper.fonts import PROJECT, Library

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
    from documents.paper.typeset import Typeset, write

    with time_limit(seconds):
        typeset = Typeset(html, fonts=fonts)
        document = typeset.lay_out(html, assets=assets)
        return write(document, typeset, about or About(), finisher=finisher, pdfa=pdfa)


def safe_name(text: str) -> str:
    """A file name made from a title or a number, without what file systems and headers dislike."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f\s]+', "_", text).strip("._") or "document"
