"""What a demo union is made of: read from TOML, checked like a rule set, so that a slip of the pen is named and not loaded."""

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from publicity.rehearsal.intake import Fate
from unions.states import Role

FOLDER = Path(__file__).parent
PLATFORM = "平台"

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


Count = Annotated[int, Field(ge=0)]


class SoFar(_Table):
    """How far the stage is that a campaign is in: seats in the order they were named, cases in the order of their numbers.

    What a kind of stage does not know stays nought.
    """

    returned: Count = 0
    decided: Count = 0
    declined: Count = 0
    waiting: Count = 0
    added: Count = 0
    """How many of the pool were named to the panel since, whom the approving body has yet to see."""
    visited: Count = 0
    judged: tuple[Count, ...] = ()
    """For each expert who has come, how many cases they have scored or graded."""
    allegation: str = ""
    objection: str = ""


class Campaign(_Table):
    """One campaign: its edition, how far it is played, and which of its dates (`anchor`) falls how many `days` from today.

    `stage` is the one it is in, `signin` the applicant in it who can sign in: the first to whom something interesting happened.
    """

    slug: Text
    title: Text
    edition: str = ""
    play: Literal["finished", "in_stage", "open"]
    anchor: Text
    days: int
    people: int
    failing: int = 2
    cases: tuple[Case, ...] = ()
    stage: str = ""
    so_far: SoFar = SoFar()
    signin: Person | None = None


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
    campaigns: tuple[Campaign, ...]

    def of(self, role: Role) -> list[Person]:
        return [person for person in self.people if person.role == role]

    @property
    def signins(self) -> list[dict[str, str]]:
        """Union, role, login and password of everybody with an address, as the sign-in page lists them."""
        applicants = [campaign.signin for campaign in self.campaigns if campaign.signin]
        everybody = (*applicants, *self.people)
        return [
            {
                "union": PLATFORM if person.role == Role.OPERATOR else self.name,
                "role": person.role_label,
                "login": person.email,
                "password": self.password,
            }
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
        if path.stem not in {"holidays", "pictures"}
    ]


def signins(found: Sequence[Scene]) -> list[dict[str, str]]:
    """The sign-ins of all unions; who works for several, as the platform's operator does, once and last."""
    everybody = {one["login"]: one for scene in found for one in scene.signins}
    return sorted(everybody.values(), key=lambda one: one["union"] == PLATFORM)


def holidays(year: int) -> dict[date, str]:
    """Statutory days off of a year that no published table knows yet; for the demo only."""
    known = tomllib.loads((FOLDER / "holidays.toml").read_text(encoding="utf-8"))
    return dict.fromkeys(known.get(str(year), {}).get("off", ()), "法定节假日（演示用）")
