"""姓氏笔画: the order of names in official lists.

Fewer strokes of the surname first; equal counts by the kinds of strokes in the order they are written (横竖撇点折); then the
given name the same way, one of a single character first. A compound surname counts as one surname: 欧阳 stands by 欧 and
after everybody who is called 欧. Names with · (维吾尔族 and others) go character by character.
"""

import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

Place = tuple[int, int, int]
NameKey = tuple[tuple[Place, ...], bool, tuple[Place, ...], str]
T = TypeVar("T")

_COMPOUND: Final = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙
钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里
呼延 东郭 南门 羊舌 微生 公户 公玉 梁丘 左丘 东门 西门 第五 完颜 纳兰 叶赫 爱新觉罗
"""
COMPOUND: Final = frozenset(_COMPOUND.split())
DOTS: Final = frozenset("·•・‧∙⋅")
WRITTEN, UNWRITTEN, FOREIGN = range(3)
"""A character whose place in the table is known; another Chinese one, by code point after all of those; any other, last."""


@lru_cache(maxsize=1)
def _places() -> dict[str, Place]:
    lines = (Path(__file__).parent / "strokes.txt").read_text(encoding="utf-8").splitlines()
    counted = (line.split() for line in lines if not line.startswith("#"))
    return {char: (WRITTEN, int(count), place) for count, row in counted for place, char in enumerate(row)}


def strokes(char: str) -> int | None:
    """How many strokes a character has; None where nobody counted."""
    place = _places().get(char)
    return place[1] if place else None


def _place(char: str) -> Place:
    chinese = unicodedata.name(char, "").startswith("CJK ")
    return _places().get(char) or (UNWRITTEN if chinese else FOREIGN, ord(char), 0)


def name_key(name: str) -> NameKey:
    """Sort key of a name. Different names have different keys, so that no list depends on the order of rows."""
    whole = unicodedata.normalize("NFC", name)
    letters = "".join(char for char in whole if not char.isspace() and char not in DOTS)
    surname = 1
    if letters == "".join(whole.split()) and len(letters) > 2:  # a dot parts no surname of ours
        surname = next((length for length in (4, 2) if len(letters) > length and letters[:length] in COMPOUND), 1)
    given = letters[surname:]
    return tuple(map(_place, letters[:surname])), len(given) > 1, tuple(map(_place, given)), name


def in_stroke_order(rows: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """The rows by their names; namesakes stay as they came."""
    return sorted(rows, key=lambda row: name_key(name(row)))
