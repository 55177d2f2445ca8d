"""The place of every value of a TOML text is known, whatever way it is written."""

import tomllib
from typing import Any

import pytest

from campaigns.rules.lines import Path, line_index, line_of
from campaigns.rules.loader import RULESETS
from tests.campaigns.rules.sample import WIDE

TEXT = r"""# a comment
title = "一 # no comment"
"quoted key" = 'it'
a.b = 1

[table]
long = QQQ
one \" two
threeQQQ
literal = '''
x'''
list = [
  1, # first
  { x = 2, y = [3] },
]

[[items]]
id = "one"
  [[items.parts]]
  id = "p1"
  [[items.parts]]
  id = "p2"
  [items.box]
  id = "box"

[[items]]
id = "two"
  [[items.parts]]
  id = "p3"
""".replace("QQQ", '"""')


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("quoted key",), 3),
        (("a", "b"), 4),
        (("table",), 6),
        (("table", "long"), 7),
        (("table", "literal"), 10),
        (("table", "list"), 12),
        (("table", "list", 0), 13),
        (("table", "list", 1, "y", 0), 14),
        (("items",), 17),
        (("items", 0, "parts", 1, "id"), 22),
        (("items", 0, "box", "id"), 24),
        (("items", 1, "id"), 27),
        (("items", 1, "parts", 0), 28),
        (("items", 1, "parts", 0, "missing", "deep"), 28),
        (("nowhere",), 1),
    ],
)
def test_a_value_stands_on_its_line(path: Path, line: int) -> None:
    assert line_of(line_index(TEXT), path) == line


def test_lines_end_in_windows_too() -> None:
    assert line_of(line_index(TEXT.replace("\n", "\r\n")), ("items", 1, "id")) == 27


def leaves(value: Any, path: Path = ()) -> list[Path]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for at, item in enumerate(value) for leaf in leaves(item, (*path, at))]
    return [path]


@pytest.mark.parametrize(
    "text", [TEXT, WIDE, *(path.read_text(encoding="utf-8") for path in sorted(RULESETS.glob("*.toml")))]
)
def test_every_value_that_toml_reads_has_a_line_of_its_own_text(text: str) -> None:
    index = line_index(text)
    lines = text.splitlines()

    for path in leaves(tomllib.loads(text)):
        key = next(part for part in reversed(path) if isinstance(part, str))
        assert path in index
        assert key in lines[index[path] - 1] or isinstance(path[-1], int)
