"""What is public record of an application, and what must stay while somebody objects."""

from collections.abc import Collection, Iterable
from datetime import datetime

from applications.models import Application
from documents.services import erase_file
from publicity.models import Award, Notice, NoticeLine, Objection, PollCandidate
from publicity.models_objections import ObjectionFile
from publicity.selectors_objections import opened
from publicity.selectors_pages import folder_of_candidate
from publicity.services.pages import renew_pages
from publicity.states import WAITING, ObjectionState
from review.heard import Heard


def titled(ids: Collection[int]) -> list[int]:
    """Whoever was commended by name, revoked titles included: that a title was taken away is public too."""
    return list(Award.objects.filter(application__in=ids).values_list("application_id", flat=True))


def objected(ids: Collection[int]) -> dict[int, str]:
    rows = Objection.objects.filter(application__in=ids, state__in=WAITING)
    return dict.fromkeys(rows.values_list("application_id", flat=True), "公示的异议正在处理，处理结束前依法保留")


def renew_pages_of(application: Application, at: datetime) -> None:  # noqa: ARG001 - one shape for every eraser
    """Whoever becomes nobody stands on no finished page either: of this application or, since their key goes, of an earlier one."""
    person = application.person_id
    named = NoticeLine.objects.filter(application__person=person).values("version__notice")
    for notice in Notice.objects.filter(pk__in=named).select_related("union").order_by("pk"):
        renew_pages(notice)
    stood = PollCandidate.objects.filter(application__person=person).select_related("poll__union")
    for one in stood.order_by("poll", "pk"):
        renew_pages(one.poll, part=folder_of_candidate(one.pk))


def erase_objections(application: Application, at: datetime) -> None:
    """What was said about somebody who becomes nobody goes with them: the keys of the objections, and the evidence."""
    rows = Objection.objects.filter(application=application, key__isnull=False).select_related("key").order_by("pk")
    for row in rows:
        for one in ObjectionFile.objects.filter(objection=row).select_related("file"):
            erase_file(one.file, at=at)
        assert row.key is not None
        row.key.delete()


_TONES = {
    ObjectionState.OPEN: "reason",
    ObjectionState.APPEALED: "reason",
    ObjectionState.UPHELD: "fails",
    ObjectionState.DISMISSED: "holds",
}


def objections_about(applications: Iterable[int]) -> dict[int, list[Heard]]:
    """What the leading group reads of objections to these people: never who raised them, nor the answer, which is theirs."""
    found: dict[int, list[Heard]] = {}
    rows = Objection.objects.filter(application__in=list(applications)).select_related("key")
    for row in rows.order_by("at", "pk"):
        state = ObjectionState(row.state)
        text, finding = opened(row, row.text_sealed), opened(row, row.finding_sealed)
        said = Heard(row.receipt, row.at, text, state.label, _TONES[state], finding, row.ground)
        found.setdefault(row.application_id or 0, []).append(said)
    return found
