"""Objections (异议): taken from anybody, answered by the office, followed with a receipt and a code."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from campaigns.rules.schema import PublicNoticeStage
from campaigns.selectors import stage_rule
from documents.models import StoredFile
from publicity import policies
from publicity.codes import code_digest, new_code
from publicity.models import Notice, NoticeLine, Objection
from publicity.states import ObjectionState
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused
from unions.services import public_member

CODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Sender:
    """Who objects; both empty for an anonymous objection."""

    name: str = ""
    contact: str = ""

    @property
    def anonymous(self) -> bool:
        return not self.name.strip()


@transaction.atomic
def raise_objection(
    notice: Notice,
    *,
    application: Application | None,
    text: str,
    sender: Sender,
    at: datetime,
    evidence: StoredFile | None = None,
) -> tuple[Objection, str]:
    """Take an objection and return it with the code to follow it by; only the code's digest is kept."""
    notice = Notice.objects.select_for_update().select_related("stage__campaign", "union").get(pk=notice.pk)
    policies.can_object(notice, at=at).require()
    if not text.strip():
        raise Refused("请写明异议的内容")
    rule = stage_rule(notice.stage)
    named = isinstance(rule, PublicNoticeStage) and rule.objections is not None and rule.objections.named
    if named and sender.anonymous:
        raise Refused("本次公示只受理实名异议，请填写姓名和联系方式")
    if not sender.anonymous and not sender.contact.strip():
        raise Refused("请填写联系方式，以便办公室核实和答复")
    if (
        application is not None
        and not NoticeLine.objects.filter(version__notice=notice, application=application).exists()
    ):
        raise Refused("所选人员不在本次公示名单中")
    actor = public_member(notice.union)
    key = None if sender.anonymous else vault.new_key(notice.union, at=at)
    code = new_code(CODE_LENGTH)
    number = Objection.objects.filter(notice__stage__campaign=notice.stage.campaign).count() + 1
    objection = Objection.objects.create(
        union=notice.union,
        notice=notice,
        application=application,
        receipt=f"Y{timezone.localdate(at):%Y}-{notice.stage.campaign_id}-{number:03}",
        code_digest=code_digest(code),
        anonymous=sender.anonymous,
        key=key,
        sender_sealed=vault.seal(key, sender.name.strip()) if key else "",
        contact_sealed=vault.seal(key, sender.contact.strip()) if key else "",
        text=text.strip(),
        evidence=evidence,
        at=at,
    )
    audit.record(
        "objection.raised",
        objection,
        actor=actor,
        at=at,
        after={"receipt": objection.receipt, "application": application.pk if application else None},
    )
    return objection, code


@transaction.atomic
def answer_objection(
    objection: Objection, *, upheld: bool, answer: str, actor: Member, at: datetime, excludes: bool = False
) -> Objection:
    """Decide with an answer the objector reads. `excludes` keeps the person named from passing this notice."""
    objection = Objection.objects.select_for_update(of=("self",)).select_related("union").get(pk=objection.pk)
    policies.can_answer_objection(actor, objection, at=at).require()
    if not answer.strip():
        raise Refused("请写明核查情况和答复")
    if excludes and not upheld:
        raise Refused("异议不成立时不能取消人选")
    if excludes and objection.application_id is None:
        raise Refused("该异议没有指明人选，不能据此取消人选")
    objection.state = ObjectionState.UPHELD if upheld else ObjectionState.DISMISSED
    objection.answer, objection.excludes = answer.strip(), excludes
    objection.decided_at, objection.decided_by = at, actor
    objection.save(update_fields=["state", "answer", "excludes", "decided_at", "decided_by"])
    audit.record(
        "objection.answered",
        objection,
        actor=actor,
        at=at,
        before={"state": ObjectionState.OPEN},
        after={"state": objection.state, "excludes": excludes},
        reason=answer,
    )
    return objection
