"""The assessment of a panel (综合评议): each expert gives each case a grade of the rule's scale, with a comment."""

from datetime import datetime

from django.db import transaction

from applications.models import Application
from review.models import PanelSeat, Score
from review.services.panels import begin_sheet, sheet_entry, write_sheet
from unions import audit
from unions.models import Member
from unions.permits import Refused


@transaction.atomic
def assess_case(
    seat: PanelSeat,
    application: Application,
    *,
    grade: str,
    comment: str,
    actor: Member,
    at: datetime,
    seen: int | None = None,
) -> Score:
    """Grade one case and say why. Sealed like a score: the log holds a commitment until the assessing ends, and a later
    sheet of the same expert supersedes.
    """
    seat, rule = begin_sheet(seat, application, method="assessment", actor=actor, at=at, seen=seen)
    if grade not in {item.id for item in rule.grades}:
        raise Refused("请选择一个等次")
    if not comment.strip():
        raise Refused("请填写评语")
    score = write_sheet(seat, application, points={}, grade=grade, comment=comment, at=at)
    audit.record("case.assessed", score, actor=actor, at=at, after=sheet_entry(score))
    return score
