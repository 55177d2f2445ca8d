"""Where in a TOML text each value stands, so that a mistake is reported with its line.

``tomllib`` checks the text but forgets the places. This scanner only runs over a text that ``tomllib`` has read, so it
follows brackets, strings and keys and need not judge anything.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

Path = tuple[str | int, ...]

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]*")
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")
_STRINGS: Final = (
    re.compile(r'"""(?:\\.|[^\\])*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\\n])*"'),
    re.compile(r"'[^'\n]*'"),
)
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that may match nothing ends."""
    return next(pattern.finditer(text, at)).end()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.ends = [match.start() for match in re.finditer("\n", self.text)]
        self.lines: dict[Path, int] = {}
        self.arrays: dict[Path, int] = {}

    def skip(self) -> None:
        self.at = _end(_BLANK, self.text, self.at)

    def take(self, what: str) -> bool:
        self.skip()
        if not self.text.startswith(what, self.at):
            return False
        self.at += len(what)
        return True

    def mark(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, bisect_left(self.ends, at) + 1)

    def string(self) -> str | None:
        for pattern in _STRINGS:
            if match := pattern.match(self.text, self.at):
                self.at = match.end()
                return match.group()
        return None

    def keys(self) -> list[str]:
        """A dotted key."""
        parts: list[str] = []
        while not parts or self.take("."):
            self.skip()
            quoted = self.string()
            if quoted is not None:
                parts.append(str(tomllib.loads(f"key = {quoted}")["key"]))
            else:
                start, self.at = self.at, _end(_BARE_KEY, self.text, self.at)
                parts.append(self.text[start : self.at])
        return parts

    def place(self, keys: list[str]) -> Path:
        """The path of a header, inside the newest item of every array of tables it passes."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.arrays:
                path = (*path, self.arrays[path])
        return path

    def document(self) -> None:
        table: Path = ()
        self.skip()
        while self.at < len(self.text):
            start = self.at
            if self.take("[["):
                keys = self.keys()
                array = (*self.place(keys[:-1]), keys[-1])
                self.arrays[array] = self.arrays.get(array, -1) + 1
                table = (*array, self.arrays[array])
                self.take("]]")
                self.mark(array, start)
                self.mark(table, start)
            elif self.take("["):
                table = self.place(self.keys())
                self.take("]")
                self.mark(table, start)
            else:
                self.pair(table)
            self.skip()

    def pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self.keys())
        self.mark(path, start)
        self.take("=")
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip()
        self.mark(path, self.at)
        if self.string() is not None:
            return
        if self.take("["):
            count = 0
            while not self.take("]"):
                self.value((*path, count))
                count += 1
                self.take(",")
        elif self.take("{"):
            while not self.take("}"):
                self.pair(path)
                self.take(",")
        else:
            self.at = _end(_SCALAR, self.text, self.at)


def line_index(text: str) -> Mapping[Path, int]:
    """The line (from 1) of every table, array item and key of a valid TOML text."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def line_of(index: Mapping[Path, int], path: Path) -> int:
    """The line of ``path``, or of the nearest table around it."""
    while path and path not in index:
        path = path[:-1]
    return index.get(path, 1)
