"""Which kinds of message there are and what they say. Each app registers its own `messages.toml` at start-up.

Words are templates with Chinese placeholders ({姓名}). They are strict: what no kind knows is a mistake, told in place.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

SIGNATURE: Final = "【匠选】"
"""Before every short message, and counted with it."""
ONE_SMS: Final = 70
LONG_SMS_PART: Final = 67
"""Characters: a longer text is split and charged in parts of 67."""

ALWAYS: Final = ("姓名", "工会", "电话")
"""Placeholders that every kind may use."""

_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_ID_NUMBER: Final = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{9}[\dXx](?!\d)")


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and text of a site message and mail; `short` is the short message without its signature."""

    subject: str
    text: str
    short: str

    def parts(self) -> tuple[str, str, str]:
        return (self.subject, self.text, self.short)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Kind(_Strict):
    """One kind of message.

    `decides`: it tells a decision, and withdraws what is unsent about the same topic; the others only inform.
    `essential`: no preference turns it off. `desk`: who tends what could not be delivered. `needs`: placeholders that a
    union's own words may not leave out. `mass`: written by the office to many.
    """

    id: str
    label: str
    group: str
    fields: list[str] = []
    needs: list[str] = []
    decides: bool = False
    essential: bool = False
    mass: bool = False
    desk: Literal["office", "admin"] = "office"
    subject: str
    text: str
    sms: str

    @property
    def words(self) -> Words:
        return Words(self.subject, self.text.strip(), self.sms)

    @property
    def placeholders(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*ALWAYS, *self.fields)))


class _File(_Strict):
    placeholders: dict[str, str] = {}
    kinds: list[Kind]


_kinds: Final[dict[str, Kind]] = {}
_samples: Final[dict[str, str]] = {}


def register(path: Path) -> None:
    """Make the kinds of a file known, with the invented values that previews show. Its own words must be right."""
    found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    _samples.update(found.placeholders)
    for kind in found.kinds:
        known = _kinds.get(kind.id)
        if known is not None and known != kind:
            raise ValueError(f"message kind {kind.id} is registered twice")
        wrong = [problem for problems in mistakes(kind, kind.words).values() for problem in problems]
        wrong += [f"no sample for {name}" for name in kind.placeholders if name not in _samples]
        if wrong:
            raise ValueError(f"{path}: {kind.id}: {'; '.join(wrong)}")
        _kinds[kind.id] = kind


def kind_of(name: str) -> Kind:
    return _kinds[name]


def known(name: str) -> Kind | None:
    return _kinds.get(name)


def all_kinds() -> Sequence[Kind]:
    return tuple(_kinds.values())


def of_desk(desk: str) -> list[str]:
    """Ids of the kinds that a desk tends."""
    return [kind.id for kind in _kinds.values() if kind.desk == desk]


def samples(kind: Kind) -> dict[str, str]:
    """Invented values for a preview."""
    return {name: _samples[name] for name in kind.placeholders}


def mistakes(kind: Kind, words: Words) -> dict[str, list[str]]:
    """What is wrong with the words of a kind, by part ("subject", "text", "short"), to be said in place."""
    found = {
        part: _mistakes_in(kind, text) for part, text in zip(("subject", "text", "short"), words.parts(), strict=True)
    }
    for part in ("text", "short"):
        said = _PLACE.findall(getattr(words, part))
        missing = [f"{{{name}}}" for name in kind.needs if name not in said]
        if missing:
            found[part].append(f"不能缺少 {'、'.join(missing)}，否则收件人无法办理。")
    return found


def _mistakes_in(kind: Kind, text: str) -> list[str]:
    found = []
    if not text.strip():
        found.append("请填写。")
    offered = "、".join(f"{{{name}}}" for name in kind.placeholders)
    unknown = [name for name in dict.fromkeys(_PLACE.findall(text)) if name not in kind.placeholders]
    found += [f"没有“{{{name}}}”这个占位符。可以用：{offered}。" for name in unknown]
    if set(_PLACE.sub("", text)) & set("{}"):
        found.append("花括号不成对。占位符写成 {姓名} 这样，其他地方不要用花括号。")
    if _ID_NUMBER.search(text):
        found.append("消息里不能写证件号码。")
    return found


def render(kind: Kind, words: Words, values: Mapping[str, str]) -> Words:
    """Fill the words in. A value that is missing raises KeyError: it is the caller's mistake, and nothing is queued.

    Whatever a value holds, no identity number leaves.
    """
    missing = [name for name in kind.placeholders if name not in values]
    if missing:
        raise KeyError(f"{kind.id}: {'、'.join(missing)}")
    subject, text, short = (
        _ID_NUMBER.sub("（证件号码从略）", _PLACE.sub(lambda found: values[found[1]], part)) for part in words.parts()
    )
    return Words(" ".join(subject.split())[:120], text, short)


@dataclass(frozen=True, slots=True)
class Length:
    """How long a short message is with its signature, and how many it is charged as."""

    characters: int
    messages: int


def length_of(short: str) -> Length:
    n = len(SIGNATURE + short)
    return Length(n, 1 if n <= ONE_SMS else -(-n // LONG_SMS_PART))
