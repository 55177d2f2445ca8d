"""What the page of one case and the matrix do alike: a form from a sheet or a draft, keeping it, handing it in.

A refusal is words for the place where it belongs; what was typed stays on the page and, as far as it can, in the draft.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from applications.models import Application
from campaigns.rules.schema import ExpertReviewStage
from review import selectors
from review.forms import AssessmentForm, ScoreForm
from review.models import PanelSeat, Score
from review.selectors_scoring import Draft, as_typed
from review.services import assessments, panels, scoring
from unions.models import Member
from unions.permits import Refused

PER_PAGE: Final = 50
"""Cases on one page of the list and of the matrix."""
SheetForm = ScoreForm | AssessmentForm


def sheet_form(
    data: Any,
    rule: ExpertReviewStage,
    score: Score | None,
    draft: Draft | None,
    *,
    prefix: str | None = None,
    typed: Mapping[str, str] | None = None,
) -> SheetForm | None:
    """The sheet of the stage's method with what was typed last, or else given last; a vote has none for a single case."""
    shown = typed if typed is not None else draft.values if draft else as_typed(score)
    if rule.method == "score":
        return ScoreForm(data, rule=rule, initial=shown, prefix=prefix)
    if rule.method == "assessment":
        return AssessmentForm(data, grades=rule.grades, initial=shown, prefix=prefix)
    return None


def sheets_given(seat: PanelSeat, application: Application) -> int:
    return Score.objects.filter(seat=seat, application=application).count()


def values_of(data: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """What was typed for one case: every control of its sheet."""
    return {
        name.removeprefix(prefix): str(data[name])
        for name in data
        if name.startswith(prefix) and name.removeprefix(prefix).split("-")[0] in {"points", "grade", "comment"}
    }


def _number(data: Mapping[str, Any], name: str) -> int:
    text = str(data.get(name, ""))
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def keep(
    seat: PanelSeat, application: Application, data: Mapping[str, Any], prefix: str, *, actor: Member, at: datetime
) -> str:
    """Save a draft; nothing, or why it was not saved."""
    try:
        scoring.save_draft(
            seat,
            application,
            values=values_of(data, prefix),
            revision=_number(data, f"{prefix}revision"),
            version=_number(data, f"{prefix}version"),
            actor=actor,
            at=at,
        )
    except Refused as refusal:
        return str(refusal)
    return ""


def hand_in(
    seat: PanelSeat,
    case: selectors.ExpertCase,
    form: SheetForm,
    prefix: str,
    data: Mapping[str, Any],
    *,
    actor: Member,
    at: datetime,
) -> str | None:
    """Hand the sheet in: empty words when it was, None where the form itself says what is wrong, else why it was refused.

    A page that has not seen the newest sheet of its own expert says so once; handed in again, it stands.
    """
    seen = _number(data, f"{prefix}version") if f"{prefix}version" in data else None
    try:
        panels.require_seen(
            seat, case.application, seen
        )  # said before what the form says; the page comes back up to date
        if not form.is_valid():
            return None
        given = {"comment": form.cleaned_data["comment"], "actor": actor, "at": at, "seen": seen}
        if isinstance(form, ScoreForm):
            panels.score_case(seat, case.application, points=form.points, **given)
        else:
            assessments.assess_case(seat, case.application, grade=form.cleaned_data["grade"], **given)
    except Refused as refusal:
        return str(refusal)
    return ""
