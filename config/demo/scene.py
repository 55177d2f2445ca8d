"""What a demo union is made of: read from TOML, checked like a rule set, so that a slip of the pen is named and not loaded."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from publicity.rehearsal.intake import Fate
from unions.states import Role

FOLDER = Path(__file__).parent

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Branding(_Table):
    """What the public sees of the union."""

    brand: Text
    office_name: Text
    contact_phone: Text
    contact_address: Text


class Units(_Table):
    kind: Text
    names: tuple[Text, ...] = Field(min_length=1)


class Person(_Table):
    """Somebody with a role; with an e-mail address they have a sign-in that everybody is told."""

    role: Role
    name: Text
    email: str = ""
    label: str = ""
    unit: str = ""
    field: str = ""
    employer: str = ""
    title: str = ""

    @property
    def role_label(self) -> str:
        return self.label or self.role.label


class Case(_Table):
    """How one applicant of an open campaign comes in."""

    channel: Text
    fate: Fate = Fate.FILED
    unit: str = ""
    nominated: bool = False


class Review(_Table):
    """How far the experts are: seats in the order they were named, cases in the order of their numbers."""

    declined: int
    waiting: int
    visited: int
    scored: tuple[int, ...]
    allegation: Text


class Campaign(_Table):
    """One campaign: its edition, how far it is played, and which of its dates (`anchor`) falls how many `days` from today."""

    slug: Text
    title: Text
    edition: Text
    play: Literal["finished", "in_review", "open"]
    anchor: Text
    days: int
    people: int
    failing: int = 2
    cases: tuple[Case, ...] = ()
    review: Review | None = None


class Scene(_Table):
    ruleset: Text
    slug: Text
    name: Text
    short_name: Text
    password: Text
    numbers: Annotated[int, Field(ge=0, multiple_of=1000)]
    """Where the numbers of its people begin: no two unions may give out the same telephones."""
    branding: Branding
    units: tuple[Units, ...]
    people: tuple[Person, ...]
    draft_applicant: Person
    titled_applicant: Person
    campaigns: tuple[Campaign, ...]

    def of(self, role: Role) -> list[Person]:
        return [person for person in self.people if person.role == role]

    @property
    def signins(self) -> list[dict[str, str]]:
        """Role, login and password of everybody with an address, as the sign-in page lists them."""
        everybody = (self.draft_applicant, self.titled_applicant, *self.people)
        return [
            {"role": person.role_label, "login": person.email, "password": self.password}
            for person in everybody
            if person.email
        ]

    def plays(self, how: str) -> list[Campaign]:
        return [campaign for campaign in self.campaigns if campaign.play == how]


def scenes() -> list[Scene]:
    """Every union of the demo, in the order of their files."""
    return [
        Scene.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*.toml"))
        if path.stem != "holidays"
    ]


def holidays(year: int) -> dict[date, str]:
    """Statutory days off of a year that no published table knows yet; for the demo only."""
    known = tomllib.loads((FOLDER / "holidays.toml").read_text(encoding="utf-8"))
    return dict.fromkeys(known.get(str(year), {}).get("off", ()), "法定节假日（演示用）")
