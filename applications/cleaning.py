"""What is typed or pasted, brought to one form before anything is made of it: from Word, from a chat, from a keyboard left on full width.

`static/js/jx.js` does the same while one types, so that the count under a field and the count here agree; tests hold the two
against each other. Joiners and variation selectors stay: names of people are written with them.
"""

import re
import unicodedata
from typing import Final

_DROPPED: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufffc]"
)
"""Controls (the database takes no NUL), soft hyphens, invisible marks and the place of a pasted picture."""
_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES: Final = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_BULLETS: Final = re.compile("[\uf06c\uf06e\uf0a7\uf0b7\uf0d8\uf0fc]")
"""Word's bullets, which only its symbol font can draw."""
_DASHES: Final = re.compile("[\u2010-\u2015\u2212]")
_EDGE: Final = " \n\u3000"
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff ]+")


def _plain(value: str) -> str:
    broken = _BREAKS.sub("\n", value)
    return _BULLETS.sub("•", _SPACES.sub(" ", _DROPPED.sub("", broken)))


def text(value: str) -> str:
    """Several lines: at most one empty line in a row, nothing at the ends of lines; indents of paragraphs stay."""
    lines = re.sub("[ \u3000]+\n", "\n", re.sub(" {2,}", " ", _plain(value)))
    return re.sub("\n{3,}", "\n\n", lines).strip(_EDGE)


def line(value: str) -> str:
    """One line with single spaces."""
    return re.sub("[ \n\u3000]+", " ", _plain(value)).strip(" ")


def name(value: str) -> str:
    """A person's name: the space that spreads two characters to the width of three (张　三) is no part of it."""
    one = line(value)
    return one.replace(" ", "") if _HAN.fullmatch(one) else one


def number(value: str) -> str:
    """Half-width, without separators and without the unit that the field states anyway."""
    return re.sub("周?年$", "", re.sub("[ ,]", "", _narrow(value)))


def phone(value: str) -> str:
    plain = _DASHES.sub("-", _narrow(value).replace(" ", ""))
    plain = re.sub(r"^(?:\+86|0086)-?", "", plain)
    return plain.replace("-", "") if plain.startswith("1") else plain


def id_number(value: str) -> str:
    return _narrow(value).replace(" ", "").upper()


def _narrow(value: str) -> str:
    return unicodedata.normalize("NFKC", line(value))


def count(value: str) -> int:
    """字数 as the form counts it: code points without line breaks."""
    return len(value.replace("\r", "").replace("\n", ""))
