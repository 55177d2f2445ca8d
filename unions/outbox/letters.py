"""What a service hands to the outbox: about what, to whom, which kind, with which values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unions.models import Member, PersonalKey


@dataclass(frozen=True, slots=True)
class Topic:
    """The thing a message is about: ("application", 12). Later decisions about it withdraw earlier messages."""

    thing: str
    id: int

    @property
    def thing_id(self) -> str:
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is no member: a name, and a phone or an e-mail address. Both are kept sealed."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person. `key` seals it, where the person behind it has a key; `once` keeps it from being told twice.

    `values` fill the placeholders of the kind; those that every kind has are known here. `path` leads to what it is about.
    """

    kind: str
    to: Member | Contact
    values: Mapping[str, str]
    path: str = ""
    key: PersonalKey | None = None
    once: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """All that one act tells about one topic."""

    topic: Topic
    letters: Sequence[Letter]
