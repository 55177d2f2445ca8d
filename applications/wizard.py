"""The screens of one application in their order: its sections, the conditions, the papers, the check list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from applications import selectors
from applications.answers import Answers
from applications.models import Application, Material
from applications.selectors_steps import missing_by_step


@dataclass(frozen=True, slots=True)
class Step:
    """`missing`: how much is still asked here, or None where nothing is counted."""

    key: str
    label: str
    url: str
    current: bool
    missing: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Which screen of how many this is, counted from 1."""

    at: int
    of: int


def _keys(application: Application) -> list[tuple[str, str]]:
    sections = [(section.id, section.title) for section in application.campaign.rules.form.sections]
    return [*sections, ("conditions", "对照条件"), ("materials", "证明材料"), ("check", "核对提交")]


class Wizard:
    """Addresses of the screens; a section may bear any id but those of the last three."""

    def __init__(self, application: Application, union_slug: str) -> None:
        self.application = application
        self.union_slug = union_slug
        self.keys = _keys(application)

    def url(self, place: int) -> str:
        key = self.keys[place][0]
        own = {"union_slug": self.union_slug, "pk": self.application.pk}
        if place < len(self.keys) - 3:
            return reverse("applications:fill", kwargs={**own, "section": key})
        return reverse(f"applications:{key}", kwargs=own)

    def place(self, key: str) -> int:
        return next(n for n, (own, _label) in enumerate(self.keys) if own == key)

    def steps(self, current: str, missing: Mapping[str, int]) -> list[Step]:
        return [
            Step(key, label, self.url(n), key == current, missing.get(key)) for n, (key, label) in enumerate(self.keys)
        ]

    def after(self, key: str) -> str:
        return self.url(min(self.place(key) + 1, len(self.keys) - 1))

    def before(self, key: str) -> str:
        return self.url(max(self.place(key) - 1, 0))


def context(
    application: Application,
    union_slug: str,
    key: str,
    *,
    at: datetime,
    answers: Answers | None = None,
    files: list[Material] | None = None,
) -> dict[str, Any]:
    """What `_steps.html` shows: the way, where one is on it, and what is missing at each step."""
    answers = selectors.answers_of(application) if answers is None else answers
    files = selectors.current_materials(application) if files is None else files
    wizard = Wizard(application, union_slug)
    steps = wizard.steps(key, missing_by_step(application, answers, files, at=at))
    place = wizard.place(key)
    return {"steps": steps, "step": steps[place], "progress": Progress(place + 1, len(steps))}
