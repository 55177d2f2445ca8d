"""What a voter posts, and what they are answered. No session and no database: the pass says who votes, `take` writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import parse_qs

from altcha import v1 as altcha
from django.utils.crypto import salted_hmac

from publicity import ballots
from publicity.ballots import Ballot, Pass

MOST: Final = 32_768
"""Bytes of a form; a ballot of a hundred names has a tenth of that."""
FIELDS: Final = 500
CHOICE: Final = "poll_choice"
RECEIPT: Final = "poll_receipt"
"""Cookies of the visitor's own: what they ticked, until it is cast, and the receipt of what they cast."""
RECEIPT_AGE: Final = 3600
WORK: Final = 60_000
"""How many tries the proof of work takes at most: about a second of a phone."""

AGAIN: Final[Mapping[str, str]] = {
    "old": "核对页面已过期，或者不是从本页提交的，请核对后再次确认，您的选择还在",
    "human": "没有收到本机的验证结果。请等验证完成后再确认；浏览器须允许运行脚本，不能运行的，请换一个浏览器或设备",
    "refused": "这张选票刚才没有被接受，请核对后再次确认，您的选择还在",
}
"""Why a voter is sent back to the page of confirmation, where that page cannot see it by itself."""


class Busy(Exception):
    """Nothing is known of the ballot: it may be in the log or not, and the same one may be sent again."""


Take = Callable[[Pass, Ballot], str]
"""Write a ballot durably and say why it was refused, or nothing; raises `Busy`."""


@dataclass(frozen=True, slots=True)
class Posted:
    path: str
    body: bytes
    address: str
    agent: str
    secure: bool


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str = ""


def address_of(remote: str, forwarded: str, *, proxies: int) -> str:
    """Whose request it is: what the last proxy of ours saw, never what a visitor claims before it."""
    seen = [part.strip() for part in forwarded.split(",") if part.strip()]
    return seen[-proxies] if proxies and len(seen) >= proxies else remote


def answer(posted: Posted, *, at: datetime, take: Take) -> Reply:
    form = _form(posted.body)
    token = form.get("pass", [""])[0]
    given = ballots.read(token, path=posted.path, at=at)
    if given is None:
        return _to(posted, "confirm/?again=old")
    if given.human and not _is_human(form.get("altcha", [""])[0], given):
        return _to(posted, "confirm/?again=human")
    choices = tuple(int(text) for text in form.get("choice", []) if text.isascii() and text.isdigit())
    ballot = Ballot(
        *(given.voter, given.ballot, choices, at, given.channel),
        address=posted.address,
        agent=posted.agent[:300],
        order=given.order,
    )
    try:
        refusal = take(given, ballot)
    except Busy:
        return _busy(posted, form)
    if refusal:
        return _to(posted, "confirm/?again=refused")
    return _to(
        posted,
        "done/",
        _cookie(posted, RECEIPT, f"{given.poll}:{ballots.receipt(given.ballot)}", RECEIPT_AGE),
        _cookie(posted, CHOICE, "", 0),
    )


def _form(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=FIELDS) if len(body) <= MOST else {}
    except ValueError:
        return {}


def _to(posted: Posted, place: str, *cookies: tuple[str, str]) -> Reply:
    """On to a page beside the address of the intake."""
    return Reply(303, (("Location", posted.path.removesuffix("cast/") + place), *cookies))


def _cookie(posted: Posted, name: str, value: str, age: int) -> tuple[str, str]:
    path = posted.path.partition("polls/")[0]
    secure = "; Secure" if posted.secure else ""
    return "Set-Cookie", f"{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


_BUSY: Final = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>选票还没有得到确认</title></head><body><main><h1>选票还没有得到确认</h1>
<p>系统繁忙，暂时不知道您的选票是否已计入。请稍等片刻，再次提交：同一张选票无论提交几次，只计一次。</p>
<form method="post" action="{path}">{fields}<button type="submit">再次提交</button></form></main></body></html>
"""


def _busy(posted: Posted, form: Mapping[str, list[str]]) -> Reply:
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name in ("pass", "altcha", "choice")
        for value in form.get(name, [])
    )
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Retry-After", "2"))
    return Reply(503, headers, _BUSY.format(path=escape(posted.path), fields=fields))


# --- the proof of work -------------------------------------------------------------------------------------------------


def _key() -> str:
    return salted_hmac("publicity.intake.human", "altcha", algorithm="sha256").hexdigest()


def challenge(given: Pass) -> dict[str, object]:
    """What the voter's browser has to solve; the solution is good for this ballot only, so that none is used twice."""
    made = altcha.create_challenge(
        altcha.ChallengeOptions(hmac_key=_key(), max_number=WORK, params={"ballot": given.ballot.hex})
    )
    return dict(made.to_dict())


def _is_human(payload: str, given: Pass) -> bool:
    try:
        solved = altcha.Payload.from_base64(payload)
        holds, _why = altcha.verify_solution(solved, _key(), check_expires=False)
        own = altcha.extract_params(solved.to_dict()).get("ballot")
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    return holds and own == [given.ballot.hex]
