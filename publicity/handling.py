"""Who has had to do with a person before, and so must not look into an objection against them.

Asked of the tables and not of a list: whatever table of the apps below ties a member to an application counts, also one that
nobody thought of here. What cannot be told counts against whoever would be chosen.
"""

from collections.abc import Iterable, Iterator
from functools import cache

from django.apps import apps
from django.db import models
from django.db.models import Value

from applications.models import Application
from review.models import Expert, PanelSeat
from review.policies import is_own
from unions.models import Member

APPS = ("applications", "review")
_WAYS: dict[type[models.Model], tuple[str, ...]] = {
    Member: ("",),
    Expert: ("member",),
    PanelSeat: ("expert__member",),
}
"""How a column leads to a member: itself, or through the expert or the seat it names."""
_SELF = "申报本人或代为填报"


@cache
def _ties() -> tuple[tuple[type[models.Model], str, str], ...]:
    """(table, way to the application, way to a member) of every table that has both."""
    found = []
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            columns = [one for one in model._meta.concrete_fields if one.is_relation]
            people = (
                ["pk"] if model is Application else [one.name for one in columns if one.related_model is Application]
            )
            members = [
                "__".join(part for part in (one.name, way) if part)
                for one in columns
                for way in _WAYS.get(one.related_model, ())  # type: ignore[arg-type]  # only models are asked for
            ]
            found += [(model, person, member) for person in people for member in members]
    return tuple(found)


def _rows(application: Application) -> Iterator["models.QuerySet[models.Model, tuple[int | None, str]]"]:
    for model, person, member in _ties():
        word = _SELF if model is Application else str(model._meta.verbose_name)
        rows = model._base_manager.filter(**{person: application.pk}).order_by()  # noqa: SLF001 - some call theirs otherwise
        yield rows.values_list(member, Value(word, output_field=models.CharField())).distinct()


def handled_by(application: Application) -> dict[int, list[str]]:
    """Member → what they did about the person, in the words of the tables; one query."""
    first, *others = _rows(application)
    found: dict[int, list[str]] = {}
    for member, word in first.union(*others):
        if member is not None and word not in found.setdefault(member, []):
            found[member].append(word)
    return found


def why_not(application: Application, members: Iterable[Member]) -> dict[int, str]:
    """Member → why they may not look into an objection against this person; nothing said of whoever may."""
    handled = handled_by(application)
    found: dict[int, str] = {}
    for member in members:
        if member.user_id is None:
            found[member.pk] = "无法确认身份"
        elif is_own(member, application):
            found[member.pk] = "异议涉及本人申报，应当回避"
        elif member.pk in handled:
            found[member.pk] = f"经办过该人选：{'、'.join(handled[member.pk])}"
        elif member.unit_id is not None and member.unit_id == application.unit_id:
            found[member.pk] = "属于该人选的推荐单位"
    return found
