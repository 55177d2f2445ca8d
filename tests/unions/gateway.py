"""A short-message gateway for tests: it keeps what it took and answers as it is told."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from unions import sms


class Taken(NamedTuple):
    to: str
    text: str
    message_id: str


class Gateway:
    """`answers` are used up one a message: "ok", "busy" (surely not taken), "refused", "silent" (taken or not), "bug"."""

    taken: ClassVar[list[Taken]] = []
    answers: ClassVar[list[str]] = []
    meanwhile: ClassVar[Callable[[], None] | None] = None

    @classmethod
    def reset(cls) -> None:
        cls.taken.clear()
        cls.answers.clear()
        cls.meanwhile = None

    def send(self, *, to: str, text: str, message_id: str) -> None:
        if Gateway.meanwhile is not None:
            Gateway.meanwhile()
        answer = Gateway.answers.pop(0) if Gateway.answers else "ok"
        if answer == "busy":
            raise sms.NotTaken("busy")
        if answer == "refused":
            raise sms.Refused("no such number")
        if answer == "bug":
            raise ValueError("a gateway written in a hurry")
        Gateway.taken.append(Taken(to, text, message_id))
        if answer == "silent":
            raise TimeoutError


class KillingGateway:
    """Takes the message, writes down that it did, and dies with its worker before anybody hears of it."""

    def send(self, *, to: str, text: str, message_id: str) -> None:
        with Path(os.environ["GATEWAY_FILE"]).open("a", encoding="utf-8") as file:
            file.write(message_id + "\n")
        os.kill(os.getpid(), signal.SIGKILL)


class UnreachableGateway:
    def send(self, *, to: str, text: str, message_id: str) -> None:
        raise socket.gaierror
