"""Which face sets which text, and what to do when none can.

A whole name is set in one design: a rare character borrowed from another face looks like a mistake on a certificate.
Coverage is therefore asked before anything is laid out, and a character that no face has stops the job by name instead
of printing a box.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import uharfbuzz as hb

PROJECT: Final = Path(__file__).resolve().parents[2]


class Role(StrEnum):
    """The five voices of Chinese official paper."""

    SONG = "song"
    HEI = "hei"
    KAI = "kai"
    FANG = "fang"
    TITLE = "title"


HANAZONO: Final = ("HanaMinA", "HanaMinB")
WENKAI: Final = ("LXGWWenKai-Regular",)
SYMBOLS: Final = ("DejaVuSans",)

CHAINS: Final[Mapping[Role, tuple[tuple[str, ...], ...]]] = {
    Role.TITLE: (
        ("FZXBSJW--GB1-0",),
        ("NotoSerifCJKsc-Bold",),
        ("SourceHanSerifSC-Bold",),
        ("FandolSong-Bold",),
        HANAZONO,
        WENKAI,
        SYMBOLS,
    ),
    Role.SONG: (
        ("NotoSerifCJKsc-Regular",),
        ("SourceHanSerifSC-Regular",),
        ("SimSun",),
        ("FandolSong-Regular",),
        HANAZONO,
        WENKAI,
        SYMBOLS,
    ),
    Role.HEI: (
        ("NotoSansCJKsc-Regular",),
        ("SourceHanSansSC-Regular",),
        ("SimHei",),
        ("FandolHei-Regular",),
        HANAZONO,
        WENKAI,
        SYMBOLS,
    ),
    Role.KAI: (
        ("KaiTi_GB2312",),
        WENKAI,
        ("FandolKai-Regular",),
        ("NotoSerifCJKsc-Regular",),
        HANAZONO,
        SYMBOLS,
    ),
    Role.FANG: (
        ("FangSong_GB2312",),
        ("FandolFang-Regular",),
        WENKAI,
        ("NotoSerifCJKsc-Regular",),
        HANAZONO,
        SYMBOLS,
    ),
}
"""Designs of a role, the wanted one first; a design may come in several files. Names are PostScript names."""

DROPPED: Final[Mapping[str, frozenset[int]]] = {
    name: frozenset({0xFFE5})
    for name in (
        "FandolFang-Regular",
        "FandolKai-Regular",
        "FandolSong-Regular",
        "FandolSong-Bold",
        "FandolHei-Regular",
    )
}
"""Code points a face draws wrongly: Fandol draws ￥ as $, and a sum of money must never change its currency."""


class MissingGlyph(ValueError):
    """No installed face can draw these characters."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(dict.fromkeys(characters))
        super().__init__("；".join(f"“{char}”（U+{ord(char):04X}）没有可用字体" for char in self.characters))


class NoFonts(RuntimeError):
    """A role of type has no face at all: the set-up is not complete."""


def needs_glyph(char: str) -> bool:
    """Whether the character must be drawn: spaces, controls and joiners need no glyph."""
    return unicodedata.category(char) not in {"Zs", "Zl", "Zp", "Cc", "Cf"} and not 0xFE00 <= ord(char) <= 0xFE0F


def printable(text: str) -> str:
    """Take out what can only spoil a sheet: control characters and invisible direction marks (a reversed name is a fraud)."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})


@dataclass(frozen=True, slots=False, eq=False)
class FontFile:
    """One face in one file."""

    postscript: str
    path: Path
    index: int

    @property
    def family(self) -> str:
        """The name under which our style sheets know it; nothing installed is called so."""
        return f"jx-{self.postscript}"

    @cached_property
    def _face(self) -> Any:
        return hb.Face(hb.Blob.from_file_path(str(self.path)), self.index)

    @cached_property
    def _coverage(self) -> Any:
        return self._face.unicodes

    def covers(self, char: str) -> bool:
        return ord(char) in self._coverage and ord(char) not in DROPPED.get(self.postscript, frozenset())

    def cut(self, characters: Iterable[str]) -> bytes:
        """The face with nothing but these characters: 24 MB become a few KB, once a batch instead of once a sheet."""
        order = hb.SubsetInput()
        order.sets(hb.SubsetInputSets.UNICODE).set({ord(char) for char in characters if self.covers(char)})
        order.sets(hb.SubsetInputSets.NO_SUBSET_TABLE_TAG)
        order.flags = hb.SubsetFlags.NOTDEF_OUTLINE
        return bytes(hb.subset(self._face, order).blob.data)

    def advances(self, text: str) -> list[float]:
        """Advance widths in em, one for each character; enough for setting Chinese line by line."""
        font = self._measure
        return [font.get_glyph_h_advance(font.get_nominal_glyph(ord(char)) or 0) / self._face.upem for char in text]

    @cached_property
    def _measure(self) -> Any:
        return hb.Font(self._face)


@dataclass(frozen=True, eq=False)
class Face:
    """One design, in one file or several."""

    parts: tuple[FontFile, ...]

    @property
    def family(self) -> str:
        """Value for CSS `font-family`; identifiers, so that no template has to quote them."""
        return ", ".join(part.family for part in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.postscript for part in self.parts)

    def covers(self, char: str) -> bool:
        return any(part.covers(char) for part in self.parts)


class Library:
    """The faces found in some directories, ordered into the chains of the roles."""

    def __init__(self, directories: Sequence[Path], chains: Mapping[Role, Sequence[Sequence[str]]] = CHAINS) -> None:
        self.files = _discover(directories, {name for chain in chains.values() for design in chain for name in design})
        self._chains: dict[Role, tuple[Face, ...]] = {}
        for role, chain in chains.items():
            designs = (tuple(self.files[name] for name in design if name in self.files) for design in chain)
            self._chains[role] = tuple(Face(parts) for parts in designs if parts)

    def chain(self, role: Role) -> tuple[Face, ...]:
        if not (chain := self._chains.get(role, ())):
            raise NoFonts(f"没有安装“{role}”字体，请运行 scripts/setup.sh")
        return chain

    def missing(self, text: str, role: Role = Role.SONG) -> list[str]:
        """The characters that no face of the role's chain has, each once, in order."""
        chain = self.chain(role)
        wanted = dict.fromkeys(char for char in text if needs_glyph(char))
        return [char for char in wanted if not any(face.covers(char) for face in chain)]

    def require(self, text: str, role: Role = Role.SONG) -> None:
        if missing := self.missing(text, role):
            raise MissingGlyph(missing)

    def face_for(self, text: str, role: Role) -> Face:
        """One design for the whole text: the first of the chain that has every character.

        When no single design has them all, the design with the most comes first and the others fill in: printed and
        slightly uneven is better than refused.
        """
        self.require(text, role)
        wanted = {char for char in text if needs_glyph(char)}
        chain = self.chain(role)
        for face in chain:
            if all(face.covers(char) for char in wanted):
                return face
        best = max(chain, key=lambda face: sum(map(face.covers, wanted)))
        return Face(best.parts + tuple(part for face in chain if face is not best for part in face.parts))

    def stack_for(self, text: str, role: Role) -> Face:
        """The role's first face with those of its chain that this text needs besides."""
        self.require(text, role)
        rest = {char for char in text if needs_glyph(char)}
        parts: list[FontFile] = []
        for position, face in enumerate(self.chain(role)):
            covered = {char for char in rest if face.covers(char)}
            if covered or position == 0:
                parts.extend(part for part in face.parts if position == 0 or any(map(part.covers, covered)))
            rest -= covered
        return Face(tuple(parts))


def _discover(directories: Sequence[Path], wanted: set[str]) -> dict[str, FontFile]:
    found: dict[str, FontFile] = {}
    for directory in directories:
        for path in sorted(directory.rglob("*")) if directory.is_dir() else ():
            if path.suffix.lower() not in {".otf", ".ttf", ".ttc", ".otc"}:
                continue
            for name, index in _names(path):
                if name in wanted and name not in found:
                    found[name] = FontFile(name, path, index)
    return found


def _names(path: Path) -> list[tuple[str, int]]:
    try:
        blob = hb.Blob.from_file_path(str(path))
    except (hb.HarfBuzzError, OSError):
        return []
    names = []
    for index in range(hb.Face(blob, 0).count):
        name = hb.Face(blob, index).get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME)
        if name:
            names.append((name, index))
    return names


def default_directories(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """A union's own faces first (`FONT_DIRS`, `VAR_DIR/fonts`), then what set-up fetched, then the system's."""
    own = [Path(part) for part in re.split("[:,]", environ.get("FONT_DIRS", "")) if part]
    return (
        *own,
        Path(environ.get("VAR_DIR", PROJECT / "var")) / "fonts",
        PROJECT / ".tools" / "fonts",
        Path("/usr/local/share/fonts"),
        Path("/usr/share/fonts"),
        Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"),
    )


@lru_cache(maxsize=1)
def library() -> Library:
    """The library of this process; fonts installed later are seen after a restart."""
    return Library(default_directories())


def face_for(text: str, role: Role) -> Face:
    return library().face_for(text, role)


def missing(text: str, role: Role = Role.SONG) -> list[str]:
    return library().missing(text, role)


def require(text: str, role: Role = Role.SONG) -> None:
    """Raise `MissingGlyph` naming every character that cannot be printed: ask before the job, not after it."""
    library().require(text, role)
