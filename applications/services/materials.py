"""Papers handed in: photo, proofs, the sealed scan. What is wrong with a file is said; a refused file leaves nothing behind."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final

from django.core.files.base import File
from django.db import transaction

from applications import policies, selectors
from applications.models import PHOTO, SEALED_FORM, Application, Material, Submission
from applications.selectors import Slot
from applications.services.intake import locked
from documents.models import StoredFile
from documents.paper import binding, uploads
from documents.paper.uploads import Kind
from documents.services import erase_file, plain_name, store_file
from unions import audit
from unions.models import Member
from unions.permits import Refused

MEGABYTE: Final = 1024 * 1024
LONGEST_EDGE: Final = 2500
"""Pixels: a photographed A4 page stays legible at 200 dpi."""
QUALITY: Final = 85


@dataclass(frozen=True, slots=True)
class _Paper:
    """What is to be kept: bytes found sound and made harmless, of how many photographed pages."""

    content: bytes
    kind: Kind
    name: str
    pages: int = 0


@transaction.atomic
def attach_material(
    application: Application,
    *,
    slot: str,
    file: File[bytes],
    actor: Member,
    at: datetime,
    check_code: str = "",
    replacing: Material | None = None,
) -> Material:
    """Keep a file in a slot of the rule set, judged by its content and made harmless; nothing is kept of a bad one.

    A slot for one file replaces what lies there; in another `replacing` names the one it stands in for. The sealed scan is tied
    to the version it was printed from: to the one whose `check_code` stands on it where that was typed, else to the last.
    """
    application = _opened(application, slot, actor, at)
    place = _place(application, slot)
    submission = _printed_version(application, check_code) if slot == SEALED_FORM else None
    content, kind = _inspected(file, place)
    name = f"{PurePath(plain_name(file.name or place.label)).stem}{kind.suffix}"
    paper = _Paper(content, kind, name)
    return _keep(application, place, paper, submission, replacing=replacing, actor=actor, at=at)


@transaction.atomic
def attach_pages(
    application: Application,
    *,
    slot: str,
    files: Sequence[File[bytes]],
    actor: Member,
    at: datetime,
    check_code: str = "",
) -> Material:
    """Several photographs, in their order, as the pages of one paper. One bad photograph, and none is kept."""
    if len(files) == 1:
        return attach_material(application, slot=slot, file=files[0], actor=actor, at=at, check_code=check_code)
    application = _opened(application, slot, actor, at)
    place = _place(application, slot)
    if slot == PHOTO or "pdf" not in place.accept:
        raise Refused(f"{place.label}只收一张照片，不能合成多页")
    submission = _printed_version(application, check_code) if slot == SEALED_FORM else None
    pictures = _pictures(files, place, already=0)
    paper = _Paper(_of_fair_size(binding.bind(pictures), place), Kind.PDF, f"{place.label}.pdf", len(pictures))
    return _keep(application, place, paper, submission, actor=actor, at=at)


@transaction.atomic
def add_pages(material: Material, *, files: Sequence[File[bytes]], actor: Member, at: datetime) -> Material:
    """Put further photographs behind a photographed paper, which becomes a PDF of pages if it was a single picture."""
    application, material = _current(material, actor, at)
    place = _place(application, material.slot)
    if not material.takes_pages or "pdf" not in place.accept:
        raise Refused(f"{place.label}：这个文件不是拍照合成的，不能加页；请另外上传，或移除后重新拍照")
    with material.file.file.open("rb") as kept:
        content = kept.read()
    pictures = _pictures(files, place, already=material.pages or 1)
    bound = binding.bind(pictures, onto=content) if material.pages else binding.bind([content, *pictures])
    paper = _Paper(_of_fair_size(bound, place), Kind.PDF, _as_pdf(material), (material.pages or 1) + len(pictures))
    return _keep(application, place, paper, material.submission, replacing=material, actor=actor, at=at)


@transaction.atomic
def arrange_pages(material: Material, *, order: Sequence[int], actor: Member, at: datetime) -> Material:
    """Keep the pages named, counted from 1, in the order named; a page left out is gone."""
    application, material = _current(material, actor, at)
    if not material.pages:
        raise Refused("这个文件不是拍照合成的，不能调整页序")
    if len(set(order)) != len(order) or not set(order) <= set(range(1, material.pages + 1)):
        raise Refused("页码不对，请刷新页面后再试")
    if not order:
        raise Refused("至少保留一页；整份不要的，请返回上一页移除")
    if list(order) == list(range(1, material.pages + 1)):
        return material
    with material.file.file.open("rb") as kept:
        content = binding.arranged(kept.read(), order)
    place = _place(application, material.slot)
    paper = _Paper(content, Kind.PDF, material.file.name, len(order))
    return _keep(application, place, paper, material.submission, replacing=material, actor=actor, at=at)


@transaction.atomic
def remove_material(material: Material, *, actor: Member, at: datetime) -> Material:
    """Take a paper out of its slot. Its file stays where a frozen submission refers to it, and only there."""
    application, material = _current(material, actor, at)
    _take_out([material], at=at)
    audit.record(
        "material.removed", material, actor=actor, at=at, after={"application": application.pk, "slot": material.slot}
    )
    return material


# --- steps -----------------------------------------------------------------------------------------------------------


def _opened(application: Application, slot: str, actor: Member, at: datetime) -> Application:
    application = locked(application)
    if not policies.accepts_slot(application, slot):
        raise Refused("申报表中没有这项材料")
    policies.can_attach(actor, application, slot, at=at).require()
    return application


def _current(material: Material, actor: Member, at: datetime) -> tuple[Application, Material]:
    """The paper as it is now that its application is held: a second window may have exchanged it."""
    application = locked(material.application)
    policies.can_attach(actor, application, material.slot, at=at).require()
    row = Material.objects.select_for_update(of=("self",)).select_related("file").get(pk=material.pk)
    if row.removed_at is not None:
        raise Refused("这个文件已经移除，或刚在别处改过；请刷新页面再操作")
    return application, row


def _place(application: Application, slot: str) -> Slot:
    lying = [item for item in selectors.current_materials(application) if item.slot == slot]
    return selectors.slot_of(application, slot, lying)


def _keep(
    application: Application,
    place: Slot,
    paper: _Paper,
    submission: Submission | None,
    *,
    replacing: Material | None = None,
    actor: Member,
    at: datetime,
) -> Material:
    gone = list(place.files) if place.max_files == 1 else [f for f in place.files if replacing and f.pk == replacing.pk]
    if replacing is not None and not gone:
        raise Refused("要替换的文件已经移除，请刷新页面再上传")
    sha256, version = hashlib.sha256(paper.content).hexdigest(), submission.pk if submission else None
    if any(item.file.sha256 == sha256 and item.submission_id == version for item in place.files):
        raise Refused(f"{place.label}：这个文件已经上传过了")
    if place.full and not gone:
        raise Refused(f"{place.label}至多上传 {place.max_files} 个文件，请先移除不用的")
    stored = store_file(application.union, paper.content, name=paper.name, content_type=paper.kind.value, at=at)
    try:
        _take_out(gone, at=at)
        material = Material.objects.create(
            union=application.union,
            application=application,
            slot=place.id,
            file=stored,
            pages=paper.pages,
            submission=submission,
            uploaded_by=actor,
            uploaded_at=at,
        )
        after: dict[str, Any] = {"application": application.pk, "slot": place.id, "sha256": stored.sha256}
        after |= {"size": stored.size, **({"pages": paper.pages} if paper.pages else {})}
        replaced = [item.pk for item in gone]
        audit.record("material.attached", material, actor=actor, at=at, before={"replaced": replaced}, after=after)
    except BaseException:
        _discard(stored)
        raise
    return material


def _take_out(materials: Sequence[Material], *, at: datetime) -> None:
    """What no submission froze is nobody's evidence: its bytes go at once. A sealed scan always was somebody's word."""
    for material in materials:
        material.removed_at = at
        material.save(update_fields=["removed_at"])
        frozen = Submission.objects.filter(application=material.application_id, at__gte=material.uploaded_at)
        if material.slot != SEALED_FORM and not frozen.exists():
            erase_file(material.file, at=at)


def _discard(stored: StoredFile) -> None:
    """The row goes with the transaction; the bytes know nothing of it."""
    stored.file.storage.delete(str(stored.file.name))


def _printed_version(application: Application, check_code: str) -> Submission:
    last = selectors.latest_submission(application)
    assert last is not None  # the state of the application was judged before
    code = check_code.strip().upper()
    if not code or code == last.check_code:
        return last
    if Submission.objects.filter(application=application, check_code=code).exists():
        raise Refused(f"这份申报表是按以前的版本打印的，请重新打印（当前校验码 {last.check_code}）、盖章后再上传")
    raise Refused(f"校验码与本申报不符，请核对页脚的校验码（当前为 {last.check_code}）")


_KINDS: Final = {"pdf": {Kind.PDF}, "jpeg": {Kind.JPEG, Kind.HEIC}, "png": {Kind.PNG}}
"""A telephone that takes HEIC takes photographs all the same: wherever JPEG may come, HEIC may, and is kept as JPEG."""


def _inspected(file: File[bytes], place: Slot) -> tuple[bytes, Kind]:
    allowed = frozenset().union(*(_KINDS[kind] for kind in place.accept))
    try:
        return uploads.harmless(
            file, max_bytes=place.max_mb * MEGABYTE, max_edge=LONGEST_EDGE, allowed=allowed, quality=QUALITY
        )
    except uploads.BadUpload as bad:
        raise Refused(f"{place.label}：{bad}") from None


def _pictures(files: Sequence[File[bytes]], place: Slot, *, already: int) -> list[bytes]:
    if not files:
        raise Refused("请先选择照片")
    if already + len(files) > binding.MAX_PAGES:
        raise Refused(f"{place.label}：一份至多 {binding.MAX_PAGES} 页，多出的请另成一份")
    pictures = []
    for number, file in enumerate(files, start=1):
        try:
            content, kind = _inspected(file, place)
        except Refused as refusal:
            raise Refused(f"第 {number} 张没有收下，{refusal}") from None
        if kind is Kind.PDF:
            raise Refused(f"{place.label}：第 {number} 个是 PDF，只有照片可以合成；PDF 请单独上传")
        pictures.append(content)
    return pictures


def _of_fair_size(content: bytes, place: Slot) -> bytes:
    if len(content) > place.max_mb * MEGABYTE:
        raise Refused(f"{place.label}：合成后超过 {place.max_mb} MB，请分成两份上传")
    return content


def _as_pdf(material: Material) -> str:
    return f"{PurePath(material.file.name).stem}{Kind.PDF.suffix}"
