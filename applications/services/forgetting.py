"""What was uploaded or printed on the way and is full of identity numbers does not lie about: it goes after some days.

What was made of it stays: the drafts of a sheet, the scans attached from a pile, the form that can be printed again.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from applications import policies
from applications.models import ScanBatch, SheetImport
from applications.services.prints import PRINT
from applications.services.scans import forget_scan
from applications.services.sheet_imports import forget_sheet
from applications.states import ImportState, ScanState
from documents.models import Job, JobOutput
from documents.services import discard_file
from documents.states import UNFINISHED
from unions import audit
from unions.models import Member, Union

SHEETS: Final = timedelta(days=3)
PRINTS: Final = timedelta(days=3)
ATTACHED: Final = timedelta(days=3)
UNCONFIRMED: Final = timedelta(days=30)
"""How long a sheet, a batch of printed forms, an attached pile and one that nobody confirmed are kept."""


@transaction.atomic
def forget_uploads(union: Union, *, actor: Member, at: datetime) -> int:
    """Forget what is older than it need be; return how many. Done again it finds nothing left."""
    policies.can_forget_uploads(actor, union).require()
    return _sheets(union, actor, at) + _piles(union, actor, at) + _prints(union, actor, at)


def _sheets(union: Union, actor: Member, at: datetime) -> int:
    rows = SheetImport.objects.select_for_update(of=("self",)).filter(
        union=union, key__isnull=False, at__lt=at - SHEETS
    )
    due = list(rows.exclude(state=ImportState.WRITING).select_related("key").order_by("pk"))
    for row in due:
        if row.state != ImportState.DONE:
            row.state = ImportState.DROPPED
        forget_sheet(row)
        audit.record("people.sheet_forgotten", row, actor=actor, at=at, after={"state": row.state})
    return len(due)


def _piles(union: Union, actor: Member, at: datetime) -> int:
    rows = ScanBatch.objects.select_for_update(of=("self",)).filter(union=union, file__isnull=False)
    due = [
        *rows.filter(state=ScanState.ATTACHED, confirmed_at__lt=at - ATTACHED).select_related("file"),
        *rows.filter(state__in=[ScanState.READING, ScanState.READ], at__lt=at - UNCONFIRMED).select_related("file"),
    ]
    for batch in sorted(due, key=lambda one: one.pk):
        if batch.state != ScanState.ATTACHED:
            batch.state = ScanState.DROPPED
            batch.save(update_fields=["state"])
        forget_scan(batch)
        audit.record("scan.forgotten", batch, actor=actor, at=at, after={"state": batch.state})
    return len(due)


def _prints(union: Union, actor: Member, at: datetime) -> int:
    jobs = Job.objects.filter(union=union, kind=PRINT, created_at__lt=at - PRINTS).exclude(state__in=UNFINISHED)
    due = list(jobs.filter(pk__in=JobOutput.objects.filter(job__kind=PRINT).values("job")).order_by("pk"))
    for job in due:
        outputs = list(JobOutput.objects.filter(job=job).select_related("file"))
        for output in outputs:
            output.delete()
            discard_file(output.file)
        audit.record("job.outputs_forgotten", job, actor=actor, at=at, after={"outputs": len(outputs)})
    return len(due)
