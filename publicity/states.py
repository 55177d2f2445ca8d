"""Objections and what becomes of them. A leaf: imports nothing of ours."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class ObjectionState(models.TextChoices):
    OPEN = "open", "待核查"
    UPHELD = "upheld", "异议成立"
    DISMISSED = "dismissed", "异议不成立"
    APPEALED = "appealed", "复核中"


OBJECTION_TRANSITIONS: Final[Mapping[ObjectionState, frozenset[ObjectionState]]] = {
    ObjectionState.OPEN: frozenset({ObjectionState.UPHELD, ObjectionState.DISMISSED}),
    ObjectionState.UPHELD: frozenset({ObjectionState.APPEALED}),
    ObjectionState.DISMISSED: frozenset({ObjectionState.APPEALED}),
    ObjectionState.APPEALED: frozenset({ObjectionState.UPHELD, ObjectionState.DISMISSED}),
}
"""An answer may be asked about once more; whether it still may be is the appeal's own rule."""

WAITING: Final = frozenset({ObjectionState.OPEN, ObjectionState.APPEALED})
"""The office owes an answer."""
ANSWERED: Final = frozenset({ObjectionState.UPHELD, ObjectionState.DISMISSED})


class Step(models.TextChoices):
    """What is done about an objection, row by row."""

    FINDING = "finding", "核查"
    ANSWER = "answer", "答复"
    APPEAL = "appeal", "申请复核"


CERTIFICATES: Final = "certificates.batch"
REHEARSAL: Final = "campaign.rehearsal"
ARCHIVE: Final = "campaign.archive"
DOSSIERS: Final = "campaign.dossiers"
"""Kinds of job that this app makes."""
