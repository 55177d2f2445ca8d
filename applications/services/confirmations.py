"""A person says that what somebody else filled in for them is right: by a code to their own phone, or signed on paper."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.files.base import File
from django.db import transaction

from applications import policies, selectors
from applications import selectors_confirmations as entries
from applications.models import SIGNED_CONSENT, Application, Confirmation
from applications.services.intake import locked, token_digest
from applications.services.materials import attach_material
from applications.states import EDITABLE, ConfirmedBy
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused

VALID: Final = timedelta(hours=24)
"""Long enough for somebody who reads messages after the shift."""
PAUSE: Final = timedelta(minutes=1)
ASKED_A_DAY: Final = 5
REMARK: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What the message has to say; link and code are kept nowhere."""

    confirmation: Confirmation
    contact: str
    token: str
    code: str


@transaction.atomic
def ask_confirmation(application: Application, *, field: str, actor: Member, at: datetime) -> Asked:
    """Draw link and code for the person; `field` is the one of the form that holds the phone or address to send them to.

    Asked once everything else is complete: a later change would ask again. An earlier link that waits is dead from now on.
    """
    application = locked(application)
    policies.can_ask_confirmation(actor, application, at=at).require()
    contact = next((one for one in entries.contacts(application, actor) if one.field == field), None)
    if contact is None:
        raise Refused("请先在申报表中填写本人的手机号码或电子邮箱（不能是填写人自己的）")
    if application.state in EDITABLE and (wrong := selectors.blockers(selectors.submit_checklist(application, at))):
        raise Refused(f"还有 {len(wrong)} 处没有填好，请补齐以后再请本人确认，免得改动后又要重新确认")
    if entries.standing(application) is not None:
        raise Refused("本人已经确认过现在的内容，可以直接递交")
    rows = Confirmation.objects.filter(application=application, method=ConfirmedBy.CODE)
    if rows.filter(at__gt=at - PAUSE).exists():
        raise Refused("刚刚发送过，请过一分钟再发")
    if rows.filter(at__gt=at - timedelta(days=1)).count() >= ASKED_A_DAY:
        raise Refused(f"一天至多发送 {ASKED_A_DAY} 次；请明天再发，或者上传本人签字的确认书")
    rows.filter(confirmed_at__isnull=True, refused_at__isnull=True, expires_at__gt=at).update(expires_at=at)
    token, code = secrets.token_urlsafe(18), f"{secrets.randbelow(10**6):06d}"
    row = Confirmation.objects.create(
        union=application.union,
        application=application,
        method=ConfirmedBy.CODE,
        revision=application.revision,
        digest=entries.content_digest(application),
        contact=contact.masked,
        token_digest=token_digest(token),
        code_digest=_code_digest(token, code),
        expires_at=at + VALID,
        at=at,
        by=actor,
    )
    audit.record(
        "application.confirmation_asked",
        application,
        actor=actor,
        at=at,
        after={"confirmation": row.pk, "revision": row.revision, "digest": row.digest, "to": row.contact},
    )
    return Asked(row, contact.value, token, code)


def _code_digest(token: str, code: str) -> str:
    """Salted with the link, which is kept nowhere: six digits alone could be guessed from their digest."""
    return hmac.new(token.encode(), code.encode(), hashlib.sha256).hexdigest()


def confirm_entry(confirmation: Confirmation, *, token: str, code: str, actor: Member, at: datetime) -> Confirmation:
    """The person types the code. A wrong one is counted, and the count stays whatever is said to them."""
    with transaction.atomic():
        row = _locked(confirmation)
        policies.can_answer_confirmation(actor, row, at=at).require()
        _require_unchanged(row)
        right = hmac.compare_digest(row.code_digest, _code_digest(token, code.strip()))
        if right:
            row.confirmed_at = at
            verb = "application.entry_confirmed"
        else:
            row.attempts += 1
            verb = "application.code_mistyped"
        row.save(update_fields=["confirmed_at", "attempts"])
        audit.record(
            verb,
            row.application,
            actor=actor,
            at=at,
            after={"confirmation": row.pk, "revision": row.revision, "digest": row.digest, "attempts": row.attempts},
        )
    if not right:
        left = policies.CODE_ATTEMPTS - row.attempts
        raise Refused(
            f"验证码不对，请看短信或邮件里的 6 位数字；还可以试 {left} 次"
            if left
            else "验证码输错次数太多，请让填写人重新发送"
        )
    return row


@transaction.atomic
def refuse_entry(confirmation: Confirmation, *, remark: str, actor: Member, at: datetime) -> Confirmation:
    """The person says that it is not right, and what is wrong; whoever filled it in reads that and mends it."""
    row = _locked(confirmation)
    policies.can_answer_confirmation(actor, row, at=at).require()
    if not remark.strip():
        raise Refused("请写明哪里不对，填写人好改正")
    assert row.application.person.key is not None
    row.refused_at = at
    row.remark_sealed = vault.seal(row.application.person.key, remark.strip()[:REMARK])
    row.save(update_fields=["refused_at", "remark_sealed"])
    audit.record(
        "application.entry_refused",
        row.application,
        actor=actor,
        at=at,
        after={"confirmation": row.pk, "revision": row.revision, "digest": row.digest},
    )
    return row


def _locked(confirmation: Confirmation) -> Confirmation:
    application = locked(confirmation.application)
    row = Confirmation.objects.select_for_update(of=("self",)).get(pk=confirmation.pk)
    row.application = application
    return row


def _require_unchanged(row: Confirmation) -> None:
    """What is confirmed is what was shown."""
    if row.application.person.key_id is None or row.digest != entries.content_digest(row.application):
        raise Refused("填写人又改过内容，这个链接已经失效；改好以后会再发一条消息给您")


@transaction.atomic
def sign_consent(application: Application, *, file: File[bytes], actor: Member, at: datetime) -> Confirmation:
    """Keep the paper that the person signed, as their word on what stands on the form now."""
    application = locked(application)
    policies.can_ask_confirmation(actor, application, at=at).require()
    material = attach_material(application, slot=SIGNED_CONSENT, file=file, actor=actor, at=at)
    row = Confirmation.objects.create(
        union=application.union,
        application=application,
        method=ConfirmedBy.PAPER,
        revision=application.revision,
        digest=entries.content_digest(application),
        material=material,
        at=at,
        by=actor,
        confirmed_at=at,
    )
    audit.record(
        "application.consent_signed",
        application,
        actor=actor,
        at=at,
        after={"confirmation": row.pk, "revision": row.revision, "digest": row.digest, "material": material.pk},
    )
    return row
