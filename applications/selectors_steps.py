"""What is still missing on each screen of an application that is being filled in."""

from collections.abc import Mapping
from datetime import datetime

from applications import answers as form
from applications import selectors
from applications.answers import Answers
from applications.days import local_today
from applications.models import PHOTO, Application, Material
from campaigns.rules.schema import PhotoField, Section


def missing_by_step(
    application: Application, answers: Answers, files: list[Material], *, at: datetime
) -> dict[str, int]:
    """Step → how many of its fields and papers are missing or cannot be right: sections by id, then the papers."""
    rules = application.campaign.rules
    found = {section.id: len(problems_of(application, section, answers, at=at)) for section in rules.form.sections}
    for section in rules.form.sections:
        if has_photo(section) and selectors.slot_of(application, PHOTO, files).wanted:
            found[section.id] += 1
    slots = selectors.slots_of(application, answers, files)
    found["materials"] = sum(slot.wanted and not slot.by_unit for slot in slots)
    return found


def problems_of(application: Application, section: Section, answers: Answers, *, at: datetime) -> Mapping[str, str]:
    return form.problems(application.campaign.rules, answers, today=local_today(at), section=section)


def has_photo(section: Section) -> bool:
    return any(isinstance(field, PhotoField) for field in section.fields)
