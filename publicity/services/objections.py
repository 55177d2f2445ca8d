"""Objections (异议): taken from anybody, answered by the office, followed with a receipt and a code."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Final

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from applications.models import Application
from documents.models import StoredFile
from documents.paper import uploads
from documents.paper.uploads import Kind
from documents.services import plain_name, store_file
from publicity import notify, policies, selectors
from publicity.codes import code_digest, new_code
from publicity.models import Notice, NoticeLine, Objection
from publicity.states import ObjectionState
from review.services.stages import lock_stage
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused
from unions.services import public_member

CODE_LENGTH: Final = 10
EVIDENCE_BYTES: Final = 10 * 1024 * 1024
LONGEST_EDGE: Final = 2400
"""Pixels: a photographed A4 page stays legible at 200 dpi."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who objects; both empty for an anonymous objection."""

    name: str = ""
    contact: str = ""

    @property
    def anonymous(self) -> bool:
        return not self.name.strip()


@dataclass(frozen=True, slots=True)
class Evidence:
    """An upload found sound and made harmless, not stored yet."""

    content: bytes
    kind: Kind
    name: str


def inspected(upload: File[bytes]) -> Evidence:
    """What may be kept of an upload: a sound PDF as it is, a picture drawn anew, so that nothing in it tells who took it."""
    try:
        found = uploads.inspect(upload, max_bytes=EVIDENCE_BYTES)
        if found.kind is Kind.PDF:
            content, kind = upload.read(), Kind.PDF
        else:
            content, kind = uploads.sanitise_image(upload, max_edge=LONGEST_EDGE), Kind.JPEG
    except uploads.BadUpload as bad:
        raise Refused(f"证据材料：{bad}") from None
    return Evidence(content, kind, f"{PurePath(plain_name(upload.name or '证据材料')).stem}{kind.suffix}")


@transaction.atomic
def raise_objection(
    notice: Notice,
    *,
    application: Application | None,
    text: str,
    sender: Sender,
    at: datetime,
    evidence: Evidence | None = None,
) -> tuple[Objection, str]:
    """Take an objection and return it with the code to follow it by; only the code's digest is kept.

    The stage is locked, so that it cannot close in the same moment with the objection unread.
    """
    stage = lock_stage(notice.stage)
    notice = Notice.objects.get(pk=notice.pk)
    notice.stage, notice.union = stage, stage.union
    policies.can_object(notice, at=at).require()
    _require_complete(notice, application, text, sender)
    key = None if sender.anonymous else vault.new_key(notice.union, at=at)
    code = new_code(CODE_LENGTH)
    number = Objection.objects.filter(notice__stage__campaign=stage.campaign_id).count() + 1
    stored = _store(notice, evidence, at)
    try:
        objection = Objection.objects.create(
            union=notice.union,
            notice=notice,
            application=application,
            receipt=f"Y{timezone.localdate(at):%Y}-{stage.campaign_id}-{number:03}",
            code_digest=code_digest(code),
            anonymous=sender.anonymous,
            key=key,
            sender_sealed=vault.seal(key, sender.name.strip()) if key else "",
            contact_sealed=vault.seal(key, sender.contact.strip()) if key else "",
            text=text.strip(),
            evidence=stored,
            at=at,
        )
        audit.record(
            "objection.raised",
            objection,
            actor=public_member(notice.union),
            at=at,
            after={
                "receipt": objection.receipt,
                "application": application.pk if application else None,
                "evidence": stored.sha256 if stored else None,
            },
        )
        notify.objection_received(objection, name=sender.name, contact=sender.contact, at=at)
    except BaseException:
        if stored is not None:  # the row goes with the transaction; the bytes know nothing of it
            stored.file.storage.delete(str(stored.file.name))
        raise
    return objection, code


def _require_complete(notice: Notice, application: Application | None, text: str, sender: Sender) -> None:
    if not text.strip():
        raise Refused("请写明异议的内容")
    if selectors.named_only(notice.stage) and sender.anonymous:
        raise Refused("本次公示只受理实名异议，请填写姓名和联系方式")
    if not sender.anonymous and not sender.contact.strip():
        raise Refused("请填写联系方式，以便办公室核实和答复")
    listed = NoticeLine.objects.filter(version__notice=notice)
    if application is not None and not listed.filter(application=application).exists():
        raise Refused("所选人员不在本次公示名单中")


def _store(notice: Notice, evidence: Evidence | None, at: datetime) -> StoredFile | None:
    if evidence is None:
        return None
    return store_file(notice.union, evidence.content, name=evidence.name, content_type=evidence.kind.value, at=at)


@transaction.atomic
def answer_objection(
    objection: Objection,
    *,
    upheld: bool,
    answer: str,
    actor: Member,
    at: datetime,
    excludes: bool = False,
    ground: str = "",
) -> Objection:
    """Decide with an answer the objector reads. `excludes` keeps the person named from passing this notice, on `ground`.

    The log holds a commitment to the answer, not its words: they may name people and would outlive their keys.
    """
    lock_stage(objection.notice.stage)
    objection = (
        Objection.objects.select_for_update(no_key=True, of=("self",))
        .select_related("union", "application__person")
        .get(pk=objection.pk)
    )
    policies.can_answer_objection(actor, objection, at=at).require()
    if not answer.strip():
        raise Refused("请写明核查情况和答复")
    if excludes:
        _require_excludable(objection, upheld, ground)
    objection.state = ObjectionState.UPHELD if upheld else ObjectionState.DISMISSED
    objection.answer, objection.excludes = answer.strip(), excludes
    objection.ground = ground.strip() if excludes else ""
    objection.decided_at, objection.decided_by = at, actor
    objection.save(update_fields=["state", "answer", "excludes", "ground", "decided_at", "decided_by"])
    audit.record(
        "objection.answered",
        objection,
        actor=actor,
        at=at,
        before={"state": ObjectionState.OPEN},
        after={
            "state": objection.state,
            "excludes": excludes,
            "answer": audit.commitment(objection.answer, objection.code_digest),
        },
        reason=objection.ground,
    )
    notify.objection_answered(objection, at=at)
    return objection


def _require_excludable(objection: Objection, upheld: bool, ground: str) -> None:
    if not upheld:
        raise Refused("异议不成立时不能取消人选")
    if objection.application is None:
        raise Refused("该异议没有指明人选，不能据此取消人选")
    if not ground.strip():
        raise Refused("请写明不予通过的理由，申报人和领导小组会看到；请勿写入反映人的信息")
