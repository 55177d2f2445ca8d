"""Sealed forms that come back in one pile: read by their codes, told apart, and attached once an officer has seen where they go."""

import hashlib
import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.core.files.base import File
from django.db import transaction

from applications import policies, selectors_units
from applications.models import SEALED_FORM, Application, Material, ScanBatch, ScanPage, Submission
from applications.selectors_units import ScannedForm
from applications.services.intake import locked
from applications.states import PageSource, ScanState
from campaigns.models import Campaign
from documents.models import StoredFile
from documents.paper import scans, uploads
from documents.paper.uploads import Kind
from documents.services import discard_file, plain_name, queue_job, store_file
from unions import audit
from unions.models import Member, Unit
from unions.permits import Refused

READ: Final = "applications.read_scans"
MAX_BYTES: Final = 55 * 1024 * 1024
"""Under what the web server in front lets through."""
MAX_PAGES: Final = 300
PDF: Final = "application/pdf"

_CODE: Final = re.compile(r"(?<![0-9A-Z])[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}(?![0-9A-Z])")


def codes_in(texts: Iterable[str]) -> list[str]:
    """The check codes in what QR codes say: the last part of the address each leads to."""
    return list(dict.fromkeys(code for text in texts for code in _CODE.findall(text.upper())))


# --- coming in -------------------------------------------------------------------------------------------------------


@transaction.atomic
def upload_scan(
    campaign: Campaign, *, unit: Unit, file: File[bytes], name: str, actor: Member, at: datetime
) -> tuple[ScanBatch, bool]:
    """Keep a scan and have it read. The same file again is the batch that is there already: (batch, whether it is new)."""
    policies.can_scan_forms(actor, campaign, unit).require()
    content = _inspected(file)
    sha256 = hashlib.sha256(content).hexdigest()
    lying = ScanBatch.objects.filter(campaign=campaign, unit=unit, sha256=sha256).exclude(state=ScanState.DROPPED)
    if (found := lying.first()) is not None:
        return found, False
    pages = scans.page_count(content)
    if pages > MAX_PAGES:
        raise Refused(f"文件有 {pages} 页，一次至多 {MAX_PAGES} 页。请分成几个文件上传")
    stored = store_file(campaign.union, content, name=name, content_type=PDF, at=at)
    try:
        batch = ScanBatch.objects.create(
            union=campaign.union,
            campaign=campaign,
            unit=unit,
            file=stored,
            name=plain_name(name),
            sha256=sha256,
            pages=pages,
            at=at,
            by=actor,
        )
        batch.job = queue_job(
            campaign.union,
            kind=READ,
            label=f"识别“{batch.name}”",
            params={"batch": batch.pk},
            total=0,
            actor=actor,
            at=at,
        )
        batch.save(update_fields=["job"])
        audit.record(
            "scan.uploaded",
            batch,
            actor=actor,
            at=at,
            after={"campaign": campaign.pk, "unit": unit.pk, "sha256": sha256, "pages": pages},
        )
    except BaseException:
        _discard_bytes([stored])
        raise
    return batch, True


def _inspected(file: File[bytes]) -> bytes:
    """A sound PDF as it is; a photograph of one page as a PDF, drawn anew."""
    try:
        found = uploads.inspect(file, max_bytes=MAX_BYTES)
        if found.kind is Kind.PDF:
            return bytes(file.read())
        return scans.picture_as_pdf(uploads.sanitise_image(file, max_edge=3500))
    except uploads.BadUpload as bad:
        raise Refused(str(bad)) from None


def _discard_bytes(stored: Iterable[StoredFile]) -> None:
    """The rows go with the transaction; the bytes know nothing of it."""
    for one in stored:
        one.file.storage.delete(str(one.file.name))


@transaction.atomic
def keep_page(batch: ScanBatch, read: scans.PageRead, *, at: datetime) -> ScanPage:
    """What one page says; made once, however often a worker starts over."""
    lying = ScanPage.objects.filter(batch=batch, number=read.number).first()
    if lying is not None:
        return lying
    codes = codes_in(read.texts)
    known = list(
        Submission.objects.filter(
            union=batch.union, check_code__in=codes, application__campaign=batch.campaign, application__unit=batch.unit
        )
    )
    picture = store_file(
        batch.union,
        read.picture,
        name=f"第{read.number}页.jpg",
        content_type="image/jpeg",
        at=at,
        pk=uuid.uuid5(uuid.NAMESPACE_OID, f"scan:{batch.pk}:{read.number}"),
    )
    one = known[0] if len(codes) == 1 and known else None
    source = PageSource.BLANK if read.blank else PageSource.CODE if len(codes) == 1 else PageSource.NONE
    return ScanPage.objects.create(
        union=batch.union,
        batch=batch,
        number=read.number,
        codes=codes,
        source=source,
        submission=one,
        turn=read.turn,
        left_out=read.blank,
        picture=picture,
    )


@transaction.atomic
def finish_reading(batch: ScanBatch, *, actor: Member, at: datetime) -> ScanBatch:
    batch = _locked(batch)
    if batch.state == ScanState.READING:
        batch.state = ScanState.READ
        batch.save(update_fields=["state"])
        audit.record("scan.read", batch, actor=actor, at=at, after={"pages": batch.sheets.count()})
    return batch


def _locked(batch: ScanBatch) -> ScanBatch:
    rows = ScanBatch.objects.select_for_update(of=("self",)).select_related("campaign__union", "unit", "union", "file")
    return rows.get(pk=batch.pk)


def _open(batch: ScanBatch, actor: Member) -> ScanBatch:
    batch = _locked(batch)
    policies.can_scan_forms(actor, batch.campaign, batch.unit).require()
    if batch.state != ScanState.READ:
        raise Refused(f"这份扫描件{batch.get_state_display()}，不能再改")
    return batch


# --- by hand ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def assign_page(
    page: ScanPage,
    *,
    code: str = "",
    application: Application | None = None,
    leave_out: bool = False,
    actor: Member,
    at: datetime,
) -> ScanPage:
    """Say whose page it is: by the code that stands on it, or by the person; or leave it out, since it is no form."""
    batch = _open(page.batch, actor)
    page = ScanPage.objects.select_for_update(of=("self",)).get(pk=page.pk, batch=batch)
    wanted = code.strip().upper()
    before = {"submission": page.submission_id, "left_out": page.left_out}
    if leave_out:
        page.submission = None
    elif wanted:
        page.submission = _by_code(batch, wanted)
    elif application is not None:
        page.submission = _newest(batch, application)
    else:
        raise Refused("请填写页脚的校验码，或者选择是谁的申报表")
    page.left_out = leave_out
    page.source = PageSource.HAND
    page.save(update_fields=["submission", "left_out", "source"])
    audit.record(
        "scan.page_assigned",
        batch,
        actor=actor,
        at=at,
        before=before,
        after={"page": page.number, "submission": page.submission_id, "left_out": page.left_out},
    )
    return page


def _by_code(batch: ScanBatch, code: str) -> Submission:
    rows = Submission.objects.filter(
        union=batch.union, application__campaign=batch.campaign, application__unit=batch.unit, check_code=code
    )
    found = rows.first()
    if found is None:
        raise Refused(f"本单位没有校验码为“{code}”的申报表，请对照页脚逐位核对（没有字母 O、I、L 和数字 0、1）")
    return found


def _newest(batch: ScanBatch, application: Application) -> Submission:
    rows = Submission.objects.filter(
        application=application, application__campaign=batch.campaign, application__unit=batch.unit
    )
    found = rows.order_by("-version").first()
    if found is None:
        raise Refused("所选的人还没有递交过申报表，请重新选择")
    return found


# --- confirming ------------------------------------------------------------------------------------------------------


@transaction.atomic
def attach_scans(batch: ScanBatch, *, actor: Member, at: datetime) -> ScanBatch:
    """Every form of the newest version becomes its application's sealed scan; what cannot be is counted and stays.

    All in one transaction: half a pile attached could not be told from a whole one. The same pages a second time change nothing.
    """
    batch = _open(batch, actor)
    content = content_of(batch)
    found = selectors_units.pile(batch)
    able = sorted((form for form in found.matched if not form.refusal), key=lambda form: form.application.pk)
    if not able:
        raise Refused("没有可以归入的申报表：请先为没有读出的页指定是谁的，或重新上传")
    stored: list[StoredFile] = []
    try:
        made = sum(_attach(form, content, stored, actor=actor, at=at) for form in able)
        batch.state, batch.confirmed_at = ScanState.ATTACHED, at
        batch.counts = {
            "attached": made,
            "same": len(able) - made,
            "refused": len(found.matched) - len(able),
            "older": len(found.older),
            "foreign": len(found.foreign),
            "unread": len(found.unread),
        }
        batch.save(update_fields=["state", "confirmed_at", "counts"])
        audit.record("scan.attached", batch, actor=actor, at=at, after=batch.counts)
    except BaseException:
        _discard_bytes(stored)
        raise
    return batch


def _attach(form: ScannedForm, content: bytes, stored: list[StoredFile], *, actor: Member, at: datetime) -> bool:
    application = locked(form.application)
    policies.can_attach(actor, application, SEALED_FORM, at=at).require()
    pages = scans.cut_out(content, [(page.number, page.turn) for page in form.pages])
    sha256 = hashlib.sha256(pages).hexdigest()
    lying = Material.objects.current().filter(application=application, slot=SEALED_FORM).select_related("file")
    if any(item.file.sha256 == sha256 and item.submission_id == form.submission.pk for item in lying):
        return False
    name = f"{application.number or application.name}_盖章申报表.pdf"
    stored.append(store_file(application.union, pages, name=name, content_type=PDF, at=at))
    replaced = [item.pk for item in lying]
    Material.objects.filter(pk__in=replaced).update(removed_at=at)
    material = Material.objects.create(
        union=application.union,
        application=application,
        slot=SEALED_FORM,
        file=stored[-1],
        submission=form.submission,
        uploaded_by=actor,
        uploaded_at=at,
    )
    audit.record(
        "material.attached",
        material,
        actor=actor,
        at=at,
        before={"replaced": replaced},
        after={
            "application": application.pk,
            "slot": SEALED_FORM,
            "sha256": sha256,
            "size": len(pages),
            "pages": [page.number for page in form.pages],
        },
    )
    return True


@transaction.atomic
def drop_scan(batch: ScanBatch, *, actor: Member, at: datetime) -> ScanBatch:
    """Give a pile up; its file and pictures go."""
    batch = _locked(batch)
    policies.can_scan_forms(actor, batch.campaign, batch.unit).require()
    if batch.state not in {ScanState.READING, ScanState.READ}:
        raise Refused(f"这份扫描件{batch.get_state_display()}，不能再放弃")
    batch.state = ScanState.DROPPED
    batch.save(update_fields=["state"])
    forget_scan(batch)
    audit.record("scan.dropped", batch, actor=actor, at=at)
    return batch


def forget_scan(batch: ScanBatch) -> None:
    """The pile and the pictures of its pages; what was attached from it is a file of its own."""
    files = [batch.file] if batch.file else []
    files += [page.picture for page in batch.sheets.select_related("picture") if page.picture]
    batch.sheets.update(picture=None)
    batch.file = None
    batch.save(update_fields=["file"])
    for stored in files:
        discard_file(stored)


def content_of(batch: ScanBatch) -> bytes:
    if batch.file is None:
        raise Refused("扫描件已经按规定删除，请重新上传")
    with batch.file.file.open("rb") as file:
        return bytes(file.read())
