"""What workers do for a unit's desk: read and import sheets of people, read piles of sealed forms, print forms."""

import io
from collections.abc import Iterator
from typing import Final

import pikepdf
from django.urls import reverse

from applications import papers
from applications.models import Application, ScanBatch, SheetImport, Submission
from applications.services import scans, sheet_imports
from applications.services.prints import PRINT
from applications.states import ImportState, ScanState
from campaigns.models import Campaign
from documents.jobs import Clock, handler
from documents.models import Job
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError, safe_name
from documents.paper.scans import read_pages
from documents.selectors import keys_done
from documents.services import add_output, beat
from unions.models import Member, Unit
from unions.permits import Refused
from unions.policies import can_represent

ALL: Final = "all"
"""The output that holds every form."""


def _for_the_unit(member: Member, job: Job) -> bool:
    """Whoever acts for the unit: a colleague may fetch what the other had made."""
    row: SheetImport | ScanBatch | None = None
    if "import" in job.params:
        row = SheetImport.objects.filter(union=job.union, pk=job.params["import"]).select_related("unit").first()
    elif "batch" in job.params:
        row = ScanBatch.objects.filter(union=job.union, pk=job.params["batch"]).select_related("unit").first()
    unit = row.unit if row else Unit.objects.filter(union=job.union, pk=job.params.get("unit")).first()
    return unit is not None and bool(can_represent(member, unit))


def _to_import(job: Job) -> str:
    row = sheet_imports.import_of(job)
    return reverse(
        "applications:unit_import",
        kwargs={"union_slug": job.union.slug, "campaign_slug": row.campaign.slug, "import_pk": row.pk},
    )


def _to_scan(job: Job) -> str:
    batch = ScanBatch.objects.select_related("campaign").get(union=job.union, pk=job.params["batch"])
    return reverse(
        "applications:unit_scan",
        kwargs={"union_slug": job.union.slug, "campaign_slug": batch.campaign.slug, "batch_pk": batch.pk},
    )


@handler(sheet_imports.READ, may_read=_for_the_unit, leads_to=_to_import, unit="行")
def read_people(job: Job, *, at_clock: Clock) -> None:
    row = sheet_imports.import_of(job)
    if row.state != ImportState.READING:
        return
    total = len(sheet_imports.table_of(row).data)

    def progress(done: int) -> None:
        beat(job, at=at_clock(), done=done, total=total)

    progress(0)
    sheet_imports.read_people(row, actor=job.requested_by, at=at_clock(), progress=progress)
    beat(job, at=at_clock(), done=0, total=0)


@handler(sheet_imports.WRITE, may_read=_for_the_unit, leads_to=_to_import, unit="行")
def import_people(job: Job, *, at_clock: Clock) -> None:
    row = sheet_imports.import_of(job)
    if row.state != ImportState.WRITING:
        return

    def progress(done: int) -> None:
        beat(job, at=at_clock(), done=done, total=len(row.picked or ()))

    progress(0)
    sheet_imports.write_people(row, actor=job.requested_by, at=at_clock(), progress=progress)
    beat(job, at=at_clock(), done=0, total=0)


@handler(scans.READ, may_read=_for_the_unit, leads_to=_to_scan, unit="页")
def read_scans(job: Job, *, at_clock: Clock) -> None:
    batch = ScanBatch.objects.select_related("campaign", "unit", "union", "file").get(
        union=job.union, pk=job.params["batch"]
    )
    if batch.state != ScanState.READING:
        return
    read = batch.sheets.count()
    beat(job, at=at_clock(), done=read, total=batch.pages)
    try:
        for page in read_pages(scans.content_of(batch), after=read):
            scans.keep_page(batch, page, at=at_clock())
            beat(job, at=at_clock(), done=page.number, total=batch.pages)
    except PaperError as error:
        raise Refused(str(error)) from error
    scans.finish_reading(batch, actor=job.requested_by, at=at_clock())
    beat(job, at=at_clock(), done=0, total=0)


@handler(PRINT, may_read=_for_the_unit)
def print_forms(job: Job, *, at_clock: Clock) -> None:
    """Each form a file, then all of them in order in one. A form that cannot be set stops itself and no other."""
    campaign = Campaign.objects.for_union(job.union).get(pk=job.params["campaign"])
    made = keys_done(job)
    sheets = papers.form_papers(campaign.rules)
    due = list(_submissions(job, campaign))
    beat(job, at=at_clock(), total=len(due) * len(sheets) + 1)
    unset: list[str] = []
    for number, submission in enumerate(due, start=1):
        application = submission.application
        for paper in sheets:
            key = f"{application.pk}-{paper.id}"
            if key in made:
                continue
            try:
                content = papers.form_pdf(submission, paper=paper.id)
            except (MissingGlyph, PaperError) as error:
                unset.append(f"{application.name}的《{paper.title}》（{error}）")
                continue
            name = safe_name(f"{number:03d}_{application.name}_{paper.title}")
            add_output(job, key, content=content, name=f"{name}.pdf", content_type=scans.PDF, at=at_clock())
    if unset:
        raise Refused(f"有 {len(unset)} 份没有生成：{'；'.join(unset)}。其余已生成，可以下载；请改用其他写法后重做")
    if ALL not in made:
        name = safe_name(f"全部申报表_{job.label}")
        add_output(job, ALL, content=_bound(job), name=f"{name}.pdf", content_type=scans.PDF, at=at_clock())


def _submissions(job: Job, campaign: Campaign) -> Iterator[Submission]:
    """The newest version of each, in the order asked for; whoever left since is not printed."""
    asked: list[int] = job.params["applications"]
    rows = Application.objects.filter(campaign=campaign, unit=job.params["unit"], pk__in=asked).select_related(
        "campaign", "person__key", "unit", "union"
    )
    people = {row.pk: row for row in rows}
    newest = {
        row.application_id: row
        for row in Submission.objects.filter(application__in=people)
        .order_by("application_id", "-version")
        .distinct("application_id")
    }
    for pk in asked:
        if pk in newest:
            newest[pk].application = people[pk]
            yield newest[pk]


def _bound(job: Job) -> bytes:
    """All forms in one file, each from a front page on: printed double-sided, no form shares a sheet with another."""
    outputs = {output.key: output for output in job.outputs.select_related("file")}
    campaign = Campaign.objects.for_union(job.union).get(pk=job.params["campaign"])
    keys = [f"{pk}-{paper.id}" for pk in job.params["applications"] for paper in papers.form_papers(campaign.rules)]
    with pikepdf.new() as target:
        for key in keys:
            if key not in outputs:
                continue
            with outputs[key].file.file.open("rb") as file, pikepdf.open(io.BytesIO(file.read())) as source:
                target.pages.extend(source.pages)
                if len(source.pages) % 2:
                    box = pikepdf.Rectangle(source.pages[-1].mediabox)
                    target.add_blank_page(page_size=(box.width, box.height))
        out = io.BytesIO()
        target.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()
