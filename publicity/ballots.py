"""A ballot on its way: the pass that the page gives a voter, where the ballot came from, the receipt. Pure: no database, no clock."""

import base64
import binascii
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core import signing

PASS_AGE: Final = timedelta(hours=12)
"""How long a page of confirmation is good for; whoever comes later looks at it again."""
_SALT: Final = "publicity.ballot"
RECEIPT_BYTES: Final = 10


@dataclass(frozen=True, slots=True)
class Ballot:
    """One ballot as it came in at `at`. `voter` is a digest already.

    `address`, `agent` and `order` stand here as the voter sent them, and are kept as digests under the poll's key only.
    """

    voter: str
    ballot: UUID
    choices: tuple[int, ...]
    at: datetime
    channel: str = ""
    address: str = ""
    agent: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    """What the page of confirmation knows of a voter and the intake believes: signed, good for one ballot at one address."""

    union: int
    poll: int
    voter: str
    ballot: UUID
    path: str
    channel: str = ""
    order: str = ""
    human: bool = False
    """Whether the ballot must bring the proof of work of this pass with it."""


def issue(given: Pass, *, at: datetime) -> str:
    content = [
        *(int(at.timestamp()), given.union, given.poll, given.voter, given.ballot.hex),
        *(given.path, given.channel, given.order, given.human),
    ]
    return signing.dumps(content, salt=_SALT)


def read(token: str, *, path: str, at: datetime) -> Pass | None:
    """The pass, or None where it is not one of ours, is for another address or too old."""
    try:
        issued, union, poll, voter, ballot, signed, channel, order, human = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    if signed != path or not 0 <= at.timestamp() - issued + 1 <= PASS_AGE.total_seconds():
        return None
    return Pass(union, poll, voter, UUID(ballot), signed, channel, order, human)


def network(address: str) -> str:
    """The /24 or /48 that an address is in; empty where it is none."""
    if ":" not in address:
        return f"{address.rpartition('.')[0]}.0/24" if address.count(".") == 3 else ""  # nearly all, without a parser
    try:
        ip: Any = ipaddress.ip_address(address)
    except ValueError:
        return ""
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def receipt(ballot: UUID) -> str:
    """Sixteen letters of the ballot's number, known to its voter alone."""
    code = base64.b32encode(ballot.bytes[:RECEIPT_BYTES]).decode()
    return "-".join(code[n : n + 4] for n in range(0, 16, 4))


def between(code: str) -> tuple[UUID, UUID] | None:
    """The first and last number that a receipt can stand for, however it was typed; None where it is no receipt."""
    letters = "".join(code.split()).replace("-", "").upper()
    try:
        start = base64.b32decode(letters)
    except (binascii.Error, ValueError):
        return None
    if len(start) != RECEIPT_BYTES:
        return None
    rest = 16 - RECEIPT_BYTES
    return UUID(bytes=start + b"\0" * rest), UUID(bytes=start + b"\xff" * rest)
