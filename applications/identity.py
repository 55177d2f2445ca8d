"""Resident identity numbers (GB 11643-1999): whether one is well formed, and what it says of its bearer.

The residence permits of people from Hong Kong, Macao and Taiwan (港澳台居民居住证, 国办发〔2018〕81号) carry 810000, 820000 and
830000 in place of a county and the same check digit.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from stdnum import numdb
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from applications import cleaning

_PERMITS: Final = ("810000", "820000", "830000")
LENGTH: Final = 18


class BadNumber(ValueError):
    """The number cannot be right; the text says what to look at."""


@dataclass(frozen=True, slots=True)
class Identity:
    number: str
    birth_date: date
    sex: str


def parse(text: str) -> Identity:
    """Read a number or raise `BadNumber`.

    A county code counts as known if it was ever assigned: `stdnum` would refuse whoever was born before the code was, and
    numbers given at a later registration are just that.
    """
    number = cleaning.id_number(text)
    if len(number) != LENGTH:
        raise BadNumber(f"身份证号码应为 {LENGTH} 位，现为 {len(number)} 位")
    if not (number[:-1].isascii() and number[:-1].isdigit()):
        raise BadNumber("身份证号码前 17 位应全部是数字")
    if ric.calc_check_digit(number) != number[-1]:
        raise BadNumber("身份证号码有误（校验码不符），请对照证件逐位核对")
    try:
        birth_date = ric.get_birth_date(number)
    except InvalidComponent:
        raise BadNumber("身份证号码中的出生日期不存在，请对照证件逐位核对") from None
    if not _known_place(number[:6]):
        raise BadNumber("身份证号码中的地区代码不存在，请对照证件逐位核对")
    return Identity(number, birth_date, "男" if int(number[16]) % 2 else "女")


@lru_cache(maxsize=4096)
def _known_place(code: str) -> bool:
    """Six digits that thousands share; looking one up costs more than all else about a number."""
    return code in _PERMITS or any("county" in found for _part, found in numdb.get("cn/loc").info(code))


def document_of(number: str) -> str:
    """The card that bears a number, where it is not the resident's identity card."""
    return "港澳台居民居住证" if number[:6] in _PERMITS else ""


def masked(number: str) -> str:
    """The first and the last four characters: enough to recognise one's own, and no birth date."""
    return f"{number[:4]}{'*' * max(len(number) - 8, 4)}{number[-4:]}"


def masked_phone(number: str) -> str:
    return f"{number[:3]}****{number[-4:]}" if len(number) > 7 else "****"
