"""Who must not judge whom (回避): what the system finds by itself, from rows already read. Unknown identity fails closed."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_NOISE: Final = re.compile(r"[\W_]+")
_FORMS: Final = re.compile(r"股份|有限|责任|公司|集团|工会(?:委员会)?$")
MIN_PART: Final = 4
"""Characters a name needs before being part of another name means the same body."""
MIN_ADDRESS: Final = 6
"""Characters an address needs before being part of another means the same place."""


def normalised(name: str) -> str:
    """An employer's name without spaces, punctuation, width, case and the words for its legal form."""
    text = _NOISE.sub("", unicodedata.normalize("NFKC", name).casefold())
    return _FORMS.sub("", text) or text


def same_body(one: str, other: str) -> bool:
    """Whether two names may mean one body: equal, or one within the other (“某某厂” and “某某厂焊接车间”)."""
    a, b = sorted((normalised(one), normalised(other)), key=len)
    return bool(a) and (a == b or (len(a) >= MIN_PART and a in b))


@dataclass(frozen=True, slots=True)
class Judge:
    """What is known of an expert."""

    member: int
    user: int | None
    name: str
    employer: str
    unit: int | None
    credit_code: str
    phones: frozenset[str] = frozenset()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """What is known of a case: the person, where they work, and everybody who put them forward."""

    applicant: int | None
    user: int | None
    name: str
    employer: str
    recommenders: frozenset[int]
    units: frozenset[int]
    unit_names: tuple[str, ...]
    credit_codes: frozenset[str]
    phones: frozenset[str] = frozenset()
    addresses: tuple[str, ...] = ()


def conflict(judge: Judge, party: Party) -> str:
    """The reason why the expert must not meet the case, or nothing."""
    if judge.member == party.applicant or (judge.user is not None and judge.user == party.user):
        return "专家本人的申报"
    if not judge.name:
        return "专家的姓名不详，无法核对"
    if not party.name:
        return "申报人的姓名不详，无法核对"
    if judge.name == party.name:
        return "专家与申报人同名，无法排除为同一人"
    if judge.member in party.recommenders:
        return "专家是该申报的填报人或推荐人"
    if judge.unit is not None and judge.unit in party.units:
        return "专家所属单位是该申报的推荐单位"
    if judge.credit_code and judge.credit_code in party.credit_codes:
        return "专家与申报人的单位统一社会信用代码相同"
    if not normalised(judge.employer):
        return "专家的工作单位不详，无法核对"
    if not normalised(party.employer):
        return "申报人的工作单位不详，无法核对"
    return _employer_conflict(judge.employer, party.employer, party.unit_names)


def _employer_conflict(employer: str, of_case: str, units: Iterable[str]) -> str:
    if same_body(employer, of_case):
        return "专家与申报人工作单位相同"
    if any(same_body(employer, unit) for unit in units):
        return "专家的工作单位是该申报的推荐单位"
    return ""


def likeness(judge: Judge, party: Party) -> str:
    """What somebody must look at although it need be no conflict, or nothing: one phone, or one surname at one address."""
    if judge.phones & party.phones:
        return "联系电话相同"
    kin = bool(judge.name) and judge.name[:1] == party.name[:1]
    if kin and any(_same_place(judge.address, other) for other in party.addresses):
        return "同姓，且联系地址相同"
    return ""


def _same_place(one: str, other: str) -> bool:
    a, b = sorted((_NOISE.sub("", unicodedata.normalize("NFKC", text).casefold()) for text in (one, other)), key=len)
    return len(a) >= MIN_ADDRESS and a in b
