"""Objections (异议): taken from anybody, given to somebody who never had to do with the person, looked into step by step,
answered, looked at a second time if asked for. Followed with a receipt and a code.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from publicity import notify, policies, policies_objections, selectors
from publicity import selectors_objections as casework
from publicity.codes import code_digest, new_code
from publicity.models import Notice, NoticeLine, Objection
from publicity.models_objections import ObjectionFile, ObjectionStep
from publicity.states import ObjectionState, Step
from review.services.stages import lock_stage
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused
from unions.services import public_member

CODE_LENGTH: Final = 10
EVIDENCE_BYTES: Final = 10 * 1024 * 1024
FILES: Final = 5
"""How many pieces of evidence come with one objection, one step, one wish for a second look."""
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
    try:
        content, kind = uploads.harmless(upload, max_bytes=EVIDENCE_BYTES, max_edge=LONGEST_EDGE)
    except uploads.BadUpload as bad:
        raise Refused(f"证据材料：{bad}") from None
    return Evidence(content, kind, f"{PurePath(plain_name(upload.name or '证据材料')).stem}{kind.suffix}")


@contextmanager
def _stored(notice: Notice, evidence: Sequence[Evidence], at: datetime) -> Iterator[list[StoredFile]]:
    """Files whose bytes go again when the transaction fails: it knows nothing of them."""
    if len(evidence) > FILES:
        raise Refused(f"证据材料一次至多 {FILES} 份，请合并后再上传")
    stored: list[StoredFile] = []
    try:
        for one in evidence:
            file = store_file(notice.union, one.content, name=one.name, content_type=one.kind.value, at=at)
            stored.append(file)
        yield stored
    except BaseException:
        for file in stored:
            file.file.storage.delete(str(file.file.name))
        raise


def _file(objection: Objection, files: Sequence[StoredFile], step: ObjectionStep | None = None) -> list[ObjectionFile]:
    rows = [ObjectionFile(union=objection.union, objection=objection, step=step, file=file) for file in files]
    return ObjectionFile.objects.bulk_create(rows)


@transaction.atomic
def raise_objection(
    notice: Notice,
    *,
    application: Application | None,
    text: str,
    sender: Sender,
    at: datetime,
    evidence: Sequence[Evidence] = (),
) -> tuple[Objection, str]:
    """Take an objection and return it with the code to follow it by; only the code's digest is kept.

    The stage is locked, so that it cannot close in the same moment with the objection unread.
    """
    stage = lock_stage(notice.stage)
    notice = Notice.objects.get(pk=notice.pk)
    notice.stage, notice.union = stage, stage.union
    policies.can_object(notice, at=at).require()
    _require_complete(notice, application, text, sender)
    code = new_code(CODE_LENGTH)
    number = Objection.objects.filter(notice__stage__campaign=stage.campaign_id).count() + 1
    with _stored(notice, evidence, at) as files:
        key = vault.new_key(notice.union, at=at)
        named = not sender.anonymous
        objection = Objection.objects.create(
            union=notice.union,
            notice=notice,
            application=application,
            receipt=f"Y{timezone.localdate(at):%Y}-{stage.campaign_id}-{number:03}",
            code_digest=code_digest(code),
            anonymous=sender.anonymous,
            key=key,
            sender_sealed=vault.seal(key, sender.name.strip()) if named else "",
            contact_sealed=vault.seal(key, sender.contact.strip()) if named else "",
            text_sealed=vault.seal(key, text.strip()),
            due_on=casework.due_on(stage, at=at),
            at=at,
        )
        rows = _file(objection, files)
        audit.record(
            "objection.raised",
            objection,
            actor=public_member(notice.union),
            at=at,
            after={
                "receipt": objection.receipt,
                "application": application.pk if application else None,
                "due_on": objection.due_on,
                "text": vault.digest(key, text.strip()),
                "evidence": [file.sha256 for file in files],
            },
            rows=rows,
        )
        notify.objection_received(objection, name=sender.name, contact=sender.contact, at=at)
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


# --- casework ------------------------------------------------------------------------------------------------------------


def _lock(objection: Objection) -> Objection:
    """Campaign, stage and then the case, as every service takes them."""
    stage = lock_stage(objection.notice.stage)
    locked = (
        Objection.objects.select_for_update(no_key=True, of=("self",))
        .select_related("union", "key", "notice", "application__person", "assignee__user")
        .get(pk=objection.pk)
    )
    locked.notice.stage = stage
    if locked.key is None:
        raise Refused("该异议的内容已按规定删除，不能再办理")
    return locked


@transaction.atomic
def assign_objection(
    objection: Objection, *, officer: Member, reason: str = "", actor: Member, at: datetime
) -> Objection:
    """Give the case to somebody who never had to do with the person. Giving it to another later wants a reason."""
    objection = _lock(objection)
    policies_objections.can_assign_objection(actor, objection, at=at).require()
    policies_objections.can_look_into(officer, objection, at=at).require()
    before = objection.assignee
    if before == officer:
        return objection
    if before is not None and not reason.strip():
        raise Refused("请写明改派的理由")
    objection.assignee = officer
    objection.save(update_fields=["assignee"])
    audit.record(
        "objection.assigned",
        objection,
        actor=actor,
        at=at,
        before={"assignee": before.pk if before else None},
        after={"assignee": officer.pk},
        reason=reason.strip(),
    )
    notify.objection_assigned(objection, at=at)
    return objection


def _step(
    objection: Objection, kind: Step, words: dict[str, str], actor: Member, at: datetime, **more: object
) -> ObjectionStep:
    assert objection.key is not None  # a case without its key is not worked on
    sealed = json.dumps(words, ensure_ascii=False, sort_keys=True)
    return ObjectionStep.objects.create(
        union=objection.union,
        objection=objection,
        kind=kind,
        round=objection.round,
        sealed=vault.seal(objection.key, sealed),
        digest=vault.digest(objection.key, sealed),
        at=at,
        by=actor,
        **more,
    )


@transaction.atomic
def record_finding(
    objection: Objection, *, text: str, actor: Member, at: datetime, evidence: Sequence[Evidence] = ()
) -> ObjectionStep:
    """One step of looking into it: whom one asked, what one saw, with what proves it."""
    objection = _lock(objection)
    policies_objections.can_record_finding(actor, objection, at=at).require()
    if not text.strip():
        raise Refused("请写明核查的经过和查明的情况")
    with _stored(objection.notice, evidence, at) as files:
        step = _step(objection, Step.FINDING, {"text": text.strip()}, actor, at)
        rows = _file(objection, files, step)
        audit.record(
            "objection.investigated",
            step,
            actor=actor,
            at=at,
            after={"objection": objection.pk, "kind": step.kind, "evidence": [file.sha256 for file in files]},
            rows=rows,
        )
    return step


@transaction.atomic
def answer_objection(
    objection: Objection,
    *,
    upheld: bool,
    finding: str,
    answer: str,
    actor: Member,
    at: datetime,
    excludes: bool = False,
    ground: str = "",
) -> Objection:
    """Decide: `finding` is what was established and tells nobody who objected, `answer` is what the objector reads. `excludes`
    keeps the person named from passing this notice, on `ground`.

    The log holds a commitment to the answer, not its words: they may name people and would outlive their keys.
    """
    objection = _lock(objection)
    policies_objections.can_answer_objection(actor, objection, at=at).require()
    finding, answer, ground = finding.strip(), answer.strip(), ground.strip() if excludes else ""
    if not objection.steps.filter(kind=Step.FINDING, round=objection.round).exists():
        raise Refused("还没有核查记录，请先记录核查的经过，再答复")
    if not finding:
        raise Refused("请写明查明的情况，领导小组和公示情况报告会用到")
    if not answer:
        raise Refused("请写明对反映人的答复")
    if excludes:
        _require_excludable(objection, upheld, ground)
    assert objection.key is not None
    before = objection.state
    objection.state = ObjectionState.UPHELD if upheld else ObjectionState.DISMISSED
    objection.answer_sealed = vault.seal(objection.key, answer)
    objection.finding_sealed = vault.seal(objection.key, finding)
    objection.excludes, objection.ground = excludes, ground
    objection.decided_at, objection.decided_by = at, actor
    if objection.round == 1:
        objection.appeal_until = casework.appeal_until(objection.notice.stage, at=at)
    objection.save()
    words = {"text": answer, "finding": finding}
    step = _step(objection, Step.ANSWER, words, actor, at, upheld=upheld, excludes=excludes, ground=ground)
    audit.record(
        "objection.answered",
        objection,
        actor=actor,
        at=at,
        before={"state": before},
        after={
            "state": objection.state,
            "excludes": excludes,
            "ground": ground,
            "appeal_until": objection.appeal_until,
            "answer": audit.commitment(answer, objection.code_digest),
        },
        reason=ground,
        rows=[step],
    )
    notify.objection_answered(objection, at=at)
    return objection


def _require_excludable(objection: Objection, upheld: bool, ground: str) -> None:
    if not upheld:
        raise Refused("异议不成立时不能取消人选")
    if objection.application is None:
        raise Refused("该异议没有指明人选，不能据此取消人选")
    if not ground:
        raise Refused("请写明不予通过的理由，申报人和领导小组会看到；请勿写入反映人的信息")


@transaction.atomic
def appeal_objection(objection: Objection, *, text: str, at: datetime, evidence: Sequence[Evidence] = ()) -> Objection:
    """Whoever objected asks for a second look (复核): once, by somebody who had no part in the first. The caller has checked the
    code.
    """
    objection = _lock(objection)
    policies_objections.can_appeal(objection, at=at).require()
    if not text.strip():
        raise Refused("请写明申请复核的理由")
    actor = public_member(objection.union)
    before = objection.state
    with _stored(objection.notice, evidence, at) as files:
        objection.state, objection.round = ObjectionState.APPEALED, 2
        objection.assignee, objection.appeal_until = None, None
        objection.due_on = casework.due_on(objection.notice.stage, at=at)
        objection.save()
        step = _step(objection, Step.APPEAL, {"text": text.strip()}, actor, at)
        rows = _file(objection, files, step)
        audit.record(
            "objection.appealed",
            objection,
            actor=actor,
            at=at,
            before={"state": before},
            after={
                "state": objection.state,
                "round": objection.round,
                "assignee": None,
                "due_on": objection.due_on,
                "appeal_until": None,
                "evidence": [file.sha256 for file in files],
            },
            rows=[step, *rows],
        )
        notify.objection_appealed(objection, at=at)
    return objection
