"""Phone numbers as people write them, and as they are kept: E.164."""

import re
from typing import Final

_NOISE: Final = re.compile(r"[\s\-－—()（）]")
_MAINLAND_MOBILE: Final = re.compile(r"1\d{10}")
_E164: Final = re.compile(r"\+[1-9]\d{5,14}")


def normalise(text: str) -> str:
    """Return the number as E.164 where it can be read as one, else what was typed without spaces.

    A bare mainland mobile number (138 …), with or without 86 before it, gets its +86.
    """
    digits = _NOISE.sub("", text.translate(_FULL_WIDTH))
    bare = re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", digits)
    if _MAINLAND_MOBILE.fullmatch(bare):
        return f"+86{bare}"
    return re.sub(r"^00", "+", digits)


def is_phone(text: str) -> bool:
    return bool(_E164.fullmatch(normalise(text)))


def shown(phone: str) -> str:
    """A mainland number without its country code, as people read it."""
    return phone.removeprefix("+86")


def masked(phone: str) -> str:
    """The first three and last two digits: enough for its owner, too little for anybody else."""
    digits = shown(phone)
    return f"{digits[:3]}{'*' * max(len(digits) - 5, 0)}{digits[-2:]}"


_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９＋", "0123456789+")
