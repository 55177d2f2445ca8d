"""What people do with messages: send again, tell otherwise, read, choose how to be told, put a message in the union's own words."""

import uuid
from datetime import datetime

from django.db import transaction

from unions import audit, policies
from unions.models import Delivery, Mailbox, Member, Message, MessageTopic, MessageWording, Union
from unions.outbox import kinds, selectors
from unions.outbox.courier import locked, move
from unions.outbox.kinds import Words
from unions.outbox.queueing import call_courier, mailbox_of
from unions.outbox.states import DeliveryState
from unions.permits import Refused

_SETTLED = ["state", "error", "finished_at", "settled_by", "settled_at", "settled_reason"]


def _for_settling(delivery_id: uuid.UUID, actor: Member) -> Delivery:
    """The audit chain before the topic: see `queueing`."""
    audit.hold(actor.union_id)
    return locked(delivery_id)


def _settle(delivery: Delivery, actor: Member, at: datetime, reason: str) -> None:
    if not reason.strip():
        raise Refused("请填写理由，它会和这条消息一起保存")
    delivery.settled_by, delivery.settled_at, delivery.settled_reason = actor, at, reason.strip()


@transaction.atomic
def send_again(delivery_id: uuid.UUID, *, reason: str, actor: Member, at: datetime) -> Delivery:
    """Let a person decide that a message which failed or is unclear goes out again, under the same Message-ID."""
    delivery = _for_settling(delivery_id, actor)
    desk = kinds.kind_of(delivery.message.kind).desk
    policies.can_send_again(actor, delivery, desk=desk).require()
    before = delivery.state
    _settle(delivery, actor, at, reason)
    move(delivery, DeliveryState.QUEUED, at=at)
    delivery.attempts, delivery.due_at = 0, at
    delivery.save(update_fields=[*_SETTLED, "attempts", "due_at"])
    audit.record(
        "message.sent_again",
        delivery,
        actor=actor,
        at=at,
        before={"state": before},
        after={"state": delivery.state},
        reason=reason.strip(),
    )
    call_courier(delivery.union_id)
    return delivery


@transaction.atomic
def told_otherwise(delivery_id: uuid.UUID, *, reason: str, actor: Member, at: datetime) -> Delivery:
    """Record that the recipient was told in another way: by phone, in person."""
    delivery = _for_settling(delivery_id, actor)
    policies.can_settle_delivery(actor, delivery, desk=kinds.kind_of(delivery.message.kind).desk).require()
    before, error = delivery.state, delivery.error
    _settle(delivery, actor, at, reason)
    move(delivery, DeliveryState.TOLD, at=at, error=error)
    delivery.save(update_fields=_SETTLED)
    audit.record(
        "message.told_otherwise",
        delivery,
        actor=actor,
        at=at,
        before={"state": before},
        after={"state": delivery.state},
        reason=reason.strip(),
    )
    return delivery


@transaction.atomic
def send_all_again(*, reason: str, actor: Member, at: datetime) -> int:
    """After an outage: send again, at one person's word, all that surely reached nobody and still holds."""
    policies.can_tend_messages(actor, actor.union).require()
    if not reason.strip():
        raise Refused("请填写理由，它会和这些消息一起保存")
    audit.hold(actor.union_id)
    topics = MessageTopic.objects.filter(messages__deliveries__in=selectors.may_go_again(actor)).values("pk")
    list(MessageTopic.objects.select_for_update(no_key=True).filter(pk__in=topics).order_by("pk"))
    ids = sorted(selectors.may_go_again(actor).select_for_update(of=("self",)).values_list("pk", flat=True))
    if not ids:
        raise Refused("没有可以重新发送的消息")
    Delivery.objects.filter(pk__in=ids).update(
        state=DeliveryState.QUEUED,
        error="",
        finished_at=None,
        attempts=0,
        due_at=at,
        settled_by=actor,
        settled_at=at,
        settled_reason=reason.strip(),
    )
    after = {"deliveries": [str(pk) for pk in ids]}
    audit.record("message.all_sent_again", actor.union, actor=actor, at=at, after=after, reason=reason.strip())
    call_courier(actor.union_id)
    return len(ids)


# --- the recipient --------------------------------------------------------------------------------------------------------


def read_messages(member: Member, *, at: datetime, message_id: int | None = None) -> int:
    """Mark one message of the member as read, or all of them; return how many were not."""
    rows = Message.objects.inbox_of(member).filter(read_at__isnull=True)
    return (rows if message_id is None else rows.filter(pk=message_id)).update(read_at=at)


@transaction.atomic
def choose_channels(member: Member, *, mail: bool, sms: bool, at: datetime) -> Mailbox:
    """Turn mail or short messages off for what is not essential; the site keeps every message."""
    box = Mailbox.objects.select_for_update(no_key=True, of=("self",)).get(pk=mailbox_of(member, at=at).pk)
    before = {"mail": box.mail, "sms": box.sms}
    box.mail, box.sms = mail, sms
    after = {"mail": mail, "sms": sms}
    if before != after:
        box.save(update_fields=["mail", "sms"])
        audit.record("mailbox.channels_chosen", box, actor=member, at=at, before=before, after=after)
    return box


# --- the union's own words -------------------------------------------------------------------------------------------------


@transaction.atomic
def reword(union: Union, kind_id: str, words: Words, *, actor: Member, at: datetime) -> MessageWording:
    """Put a kind of message in the union's own words. What is queued already keeps the words it has."""
    policies.can_administer(actor, union).require()
    kind = kinds.kind_of(kind_id)
    wrong = [problem for problems in kinds.mistakes(kind, words).values() for problem in problems]
    if wrong:
        raise Refused(f"消息用语没有保存：{''.join(wrong)}")
    Union.objects.select_for_update(no_key=True).get(pk=union.pk)
    row = MessageWording.objects.filter(union=union, kind=kind.id).first() or MessageWording(union=union, kind=kind.id)
    before = _said(row) if row.pk else None
    row.subject, row.text, row.short = words.parts()
    row.changed_by, row.changed_at = actor, at
    row.save()
    audit.record("wording.changed", row, actor=actor, at=at, before=before, after={"kind": kind.id, **_said(row)})
    return row


@transaction.atomic
def reset_wording(union: Union, kind_id: str, *, actor: Member, at: datetime) -> None:
    """Go back to the words that come with the product."""
    policies.can_administer(actor, union).require()
    row = MessageWording.objects.select_for_update(no_key=True).filter(union=union, kind=kind_id).first()
    if row is None:
        raise Refused("这类消息用的就是系统用语")
    audit.record("wording.reset", row, actor=actor, at=at, before={"kind": kind_id, **_said(row)})
    row.delete()


def _said(row: MessageWording) -> dict[str, str]:
    return {"subject": row.subject, "text": row.text, "short": row.short}
