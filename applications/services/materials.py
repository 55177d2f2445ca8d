"""Papers handed in: photo, proofs, the sealed scan. What is wrong with a file is said; a refused file leaves nothing behind."""

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import Final

from django.core.files.base import File
from django.db import transaction

from applications import policies, selectors
from applications.models import SEALED_FORM, Application, Material, Submission
from applications.selectors import Slot
from applications.services.intake import locked
from documents.models import StoredFile
from documents.paper import uploads
from documents.paper.uploads import Kind
from documents.services import plain_name, store_file
from unions import audit
from unions.models import Member
from unions.permits import Refused

MEGABYTE: Final = 1024 * 1024
LONGEST_EDGE: Final = 2400
"""Pixels: a photographed A4 page stays legible at 200 dpi."""


@transaction.atomic
def attach_material(
    application: Application, *, slot: str, file: File[bytes], actor: Member, at: datetime, check_code: str = ""
) -> Material:
    """Keep a file in a slot of the rule set, judged by its content and made harmless; nothing is kept of a bad one.

    A slot for one file replaces what lies there. The sealed scan is tied to the version it was printed from: to the one
    whose `check_code` stands on it where that was typed, else to the last.
    """
    application = locked(application)
    if not policies.accepts_slot(application, slot):
        raise Refused("申报表中没有这项材料")
    policies.can_attach(actor, application, slot, at=at).require()
    lying = [item for item in selectors.current_materials(application) if item.slot == slot]
    place = selectors.slot_of(application, slot, lying)
    submission = _printed_version(application, check_code) if slot == SEALED_FORM else None
    content, kind = _inspected(file, place)
    sha256 = hashlib.sha256(content).hexdigest()
    version = submission.pk if submission else None
    if any(item.file.sha256 == sha256 and item.submission_id == version for item in lying):
        raise Refused(f"{place.label}：这个文件已经上传过了")
    if place.full:
        raise Refused(f"{place.label}至多上传 {place.max_files} 个文件，请先移除不用的")
    name = f"{PurePath(plain_name(file.name or place.label)).stem}{kind.suffix}"
    stored = store_file(application.union, content, name=name, content_type=kind.value, at=at)
    try:
        if place.max_files == 1:
            Material.objects.filter(pk__in=[item.pk for item in lying]).update(removed_at=at)
        material = Material.objects.create(
            union=application.union,
            application=application,
            slot=slot,
            file=stored,
            submission=submission,
            uploaded_by=actor,
            uploaded_at=at,
        )
        audit.record(
            "material.attached",
            material,
            actor=actor,
            at=at,
            before={"replaced": [item.pk for item in lying] if place.max_files == 1 else []},
            after={"application": application.pk, "slot": slot, "sha256": stored.sha256, "size": stored.size},
        )
    except BaseException:
        _discard(stored)
        raise
    return material


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


_KINDS: Final = {"pdf": Kind.PDF, "jpeg": Kind.JPEG, "png": Kind.PNG}


def _inspected(file: File[bytes], place: Slot) -> tuple[bytes, Kind]:
    """What may be kept of an upload: a sound PDF as it is, a picture drawn anew without place, time or anything hidden."""
    allowed = frozenset(_KINDS[kind] for kind in place.accept)
    try:
        found = uploads.inspect(file, allowed=allowed, max_bytes=place.max_mb * MEGABYTE)
        if found.kind is Kind.PDF:
            return file.read(), Kind.PDF
        return uploads.sanitise_image(file, max_edge=LONGEST_EDGE), Kind.JPEG
    except uploads.BadUpload as bad:
        raise Refused(f"{place.label}：{bad}") from None


@transaction.atomic
def remove_material(material: Material, *, actor: Member, at: datetime) -> Material:
    """Take a paper out of its slot. The file stays where a frozen submission may refer to it."""
    application = locked(material.application)
    material = Material.objects.select_for_update(of=("self",)).get(pk=material.pk)
    policies.can_attach(actor, application, material.slot, at=at).require()
    if material.removed_at is not None:
        raise Refused("这个文件已经移除")
    material.removed_at = at
    material.save(update_fields=["removed_at"])
    audit.record(
        "material.removed", material, actor=actor, at=at, after={"application": application.pk, "slot": material.slot}
    )
    return material
