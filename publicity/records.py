"""What is public record of an application, and what must stay while somebody objects."""

from collections.abc import Collection, Iterable
from datetime import datetime

from applications.models import Application
from publicity.models import Award, Notice, NoticeLine, Objection
from publicity.services.pages import renew_pages
from publicity.states import ObjectionState
from review.heard import Heard


def titled(ids: Collection[int]) -> list[int]:
    """Whoever was commended by name, revoked titles included: that a title was taken away is public too."""
    return list(Award.objects.filter(application__in=ids).values_list("application_id", flat=True))


def objected(ids: Collection[int]) -> dict[int, str]:
    rows = Objection.objects.filter(application__in=ids, state=ObjectionState.OPEN)
    return dict.fromkeys(rows.values_list("application_id", flat=True), "公示的异议正在处理，处理结束前依法保留")


def renew_notices_of(application: Application, at: datetime) -> None:  # noqa: ARG001 - one shape for every eraser
    """Whoever becomes nobody stands on no finished page either."""
    named = NoticeLine.objects.filter(application=application).values("version__notice")
    for notice in Notice.objects.filter(pk__in=named).select_related("union").order_by("pk"):
        renew_pages(notice)


_TONES = {ObjectionState.OPEN: "reason", ObjectionState.UPHELD: "fails", ObjectionState.DISMISSED: "holds"}


def objections_about(applications: Iterable[int]) -> dict[int, list[Heard]]:
    """What the leading group reads of objections to these people: never who raised them."""
    found: dict[int, list[Heard]] = {}
    for row in Objection.objects.filter(application__in=list(applications)).order_by("at", "pk"):
        state = ObjectionState(row.state)
        said = Heard(row.receipt, row.at, row.text, state.label, _TONES[state], row.answer, row.ground)
        found.setdefault(row.application_id or 0, []).append(said)
    return found
