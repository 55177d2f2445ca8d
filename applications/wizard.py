"""The screens of one application in their order: its sections, the conditions, the papers, the check list."""

from dataclasses import dataclass

from django.urls import reverse

from applications.models import Application


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    label: str
    url: str
    current: bool


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

    def steps(self, current: str) -> list[Step]:
        return [Step(key, label, self.url(n), key == current) for n, (key, label) in enumerate(self.keys)]

    def after(self, key: str) -> str:
        return self.url(min(self.place(key) + 1, len(self.keys) - 1))

    def before(self, key: str) -> str:
        return self.url(max(self.place(key) - 1, 0))


def progress(application: Application, key: str) -> Progress:
    keys = [own for own, _label in _keys(application)]
    return Progress(keys.index(key) + 1, len(keys))
