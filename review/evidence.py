"""What this app holds of an application whose person becomes nobody, and what must stay while it is evidence."""

from collections.abc import Collection
from datetime import datetime

from applications.models import Application
from documents.services import erase_file
from review.models import Investigation, VisitPhoto
from review.states import Case


def investigated(ids: Collection[int]) -> dict[int, str]:
    """Whose material is being looked into stays as it is until that is decided."""
    rows = Investigation.objects.filter(application__in=ids, state=Case.OPEN).values_list("application_id", flat=True)
    return dict.fromkeys(rows, "材料真实性正在核查，核查结束前依法保留")


def erase_visit_photos(application: Application, at: datetime) -> None:
    for photo in VisitPhoto.objects.filter(visit__application=application).select_related("file"):
        erase_file(photo.file, at=at)
