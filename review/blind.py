"""Blind review (匿名评审): what an expert may see of a case without learning whose it is.

Everything that tells who somebody is by its type or fact stays hidden unless the rule set says that it may be shown, and so
do all papers. What remains has the name, the employer and the unit struck out where they occur in running text.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from applications import selectors as intake
from applications.answers import EMPLOYER_FIELDS, Answers, is_personal, listed_values
from applications.models import PHOTO, Application
from campaigns.rules.schema import FieldBase, RuleSet
from review.models import Panel, PanelSeat
from unions import vault

TYPES: Final = frozenset({"person_name", "national_id", "phone", "email", "address", "photo"})
FACTS: Final = frozenset({"birth_date", "age", "gender", "ethnicity"})
"""What an identity card says of somebody."""
STRUCK: Final = "〔隐去〕"
_SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Nothing that is read for something else."""
_LENGTH: Final = 6


def hides(item: FieldBase) -> bool:
    if item.when_blind is not None:
        return item.when_blind == "hide"
    kind = getattr(item, "type", "")
    named = item.id in {"name", *EMPLOYER_FIELDS}
    return kind in TYPES or named or item.fact in FACTS or is_personal(item)  # type: ignore[arg-type]


def hidden_slots(rules: RuleSet) -> set[str]:
    """Papers that a blind review does not show: all but those that the rule set calls safe."""
    return {PHOTO, *(item.id for item in rules.materials if item.when_blind == "hide")}


def code(panel: Panel, application: int) -> str:
    """The neutral number of a case: the same for the whole panel, and without the installation's key nobody can tell from it
    which application it is, in which order it came, or whether another is missing.
    """
    number = int(vault.blind_index(panel.stage.union, f"case:{panel.pk}:{application}"), 16)
    signs = []
    for _ in range(_LENGTH):
        number, sign = divmod(number, len(_SIGNS))
        signs.append(_SIGNS[sign])
    return "".join(signs)


def turn(seat: PanelSeat, application: int) -> str:
    """Where a case stands in the order of one expert: another order for everybody, always the same for one, and the order of
    the rest is the same whether or not a case is there.
    """
    return vault.blind_index(seat.panel.stage.union, f"turn:{seat.pk}:{application}")


def sheet(application: Application, answers: Answers) -> tuple[intake.SheetSection, ...]:
    """The form without what identifies, struck out in running text too."""
    rules = application.campaign.rules
    hidden = {item.id for item in rules.fields() if hides(item)}
    names = names_of(application, answers)
    sections = (
        replace(
            section,
            fields=tuple(
                replace(item, text=struck(item.text, names)) for item in section.fields if item.id not in hidden
            ),
        )
        for section in intake.sheet(application, answers)
    )
    return tuple(section for section in sections if section.fields)


def names_of(application: Application, answers: Answers) -> list[str]:
    """What is struck out of running text, the longest first."""
    rules = application.campaign.rules
    said = [text for key, text in listed_values(rules, answers) if key in {"name", "employer"}]
    unit = [application.unit.name] if application.unit else []
    words = {application.name, application.employer, *said, *unit}
    return sorted((word for word in words if len(word) > 1), key=lambda word: (-len(word), word))


def struck(text: str, names: Iterable[str]) -> str:
    for name in names:
        text = text.replace(name, STRUCK)
    return text
