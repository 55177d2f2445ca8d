"""Carrying messages: claimed in one transaction, handed over in the next, so that a death in between leaves its trace.

    QUEUED ──claim──▶ SENDING ──hand over──▶ SENT · QUEUED (surely not taken: later again) · FAILED · UNCLEAR

From the claim to the end the worker's session holds an advisory lock on the delivery, and while handing over the row of the
topic as well. Whoever finds SENDING without the first knows that its worker died: such a delivery is unclear and a
person's business, it is never sent again by itself. The second keeps a newer decision waiting until the message is out; a
decision that was faster has withdrawn it, and then it does not leave.

Nothing here is recorded in the audit chain: a worker would wait for it while it holds a topic. What the machine did stands
in the delivery.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection, transaction
from django.utils import timezone

from unions import messaging, vault
from unions.models import Delivery, MessageTopic
from unions.outbox import selectors
from unions.outbox.queueing import address_of, worker_lock
from unions.outbox.states import DELIVERY_TRANSITIONS, RETRY_AFTER, TOO_OLD, Channel, DeliveryState

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100
"""Deliveries one task looks at; it asks for another task when there are more."""
PATIENCE: Final = timedelta(seconds=120)
"""How long one task goes on: servers that do not answer must not bring it near the time limit of tasks."""


def deliver_due(union_id: int, *, at_clock: Callable[[], datetime]) -> bool:
    """Carry what is due in the union in scope; whether more is left. Safe to run any number of times, also at once."""
    began = at_clock()
    ids = list(selectors.due(union_id, at=began).values_list("pk", flat=True)[: AT_ONCE + 1])
    for delivery_id in ids[:AT_ONCE]:
        deliver(delivery_id, at_clock=at_clock)
        if at_clock() - began > PATIENCE:
            return True
    return len(ids) > AT_ONCE


def deliver(delivery_id: uuid.UUID, *, at_clock: Callable[[], datetime]) -> None:
    with _only_here(delivery_id) as mine:
        if mine and claim(delivery_id, at=at_clock()):
            hand_over(delivery_id, at_clock=at_clock)


@contextmanager
def _only_here(delivery_id: uuid.UUID) -> Iterator[bool]:
    key = worker_lock(Delivery(pk=delivery_id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def locked(delivery_id: uuid.UUID) -> Delivery:
    """The topic's row first, then the delivery's, as everywhere."""
    topic = MessageTopic.objects.filter(messages__deliveries=delivery_id).values_list("pk", flat=True).get()
    MessageTopic.objects.select_for_update(no_key=True).get(pk=topic)
    rows = Delivery.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "message__recipient__user", "message__key", "message__union", "union"
    )
    return rows.get(pk=delivery_id)


def move(delivery: Delivery, state: DeliveryState, *, at: datetime, error: str = "") -> None:
    """Go to the next state, if the table of transitions knows the way; the caller saves."""
    before = DeliveryState(delivery.state)
    if state not in DELIVERY_TRANSITIONS[before]:
        raise ValueError(f"a delivery that is {before} cannot become {state}")
    delivery.state, delivery.error = state, error
    delivery.finished_at = None if state in {DeliveryState.QUEUED, DeliveryState.SENDING} else at


_MOVED: Final = ["state", "error", "finished_at"]


@transaction.atomic
def claim(delivery_id: uuid.UUID, *, at: datetime) -> bool:
    """Say that it is being sent, before it is; whether it shall be. The caller holds the delivery's advisory lock.

    So if it says SENDING already, whoever said so died.
    """
    delivery = locked(delivery_id)
    if delivery.state == DeliveryState.SENDING:
        move(delivery, DeliveryState.UNCLEAR, at=at, error="interrupted")
        delivery.save(update_fields=_MOVED)
        return False
    if delivery.state != DeliveryState.QUEUED or delivery.due_at > at:
        return False
    if delivery.attempts == 0 and at - delivery.due_at > TOO_OLD:
        move(delivery, DeliveryState.FAILED, at=at, error="too_old")
        delivery.save(update_fields=_MOVED)
        return False
    move(delivery, DeliveryState.SENDING, at=at)
    delivery.attempts += 1
    delivery.claimed_at = at
    delivery.save(update_fields=[*_MOVED, "attempts", "claimed_at"])
    return True


@transaction.atomic
def hand_over(delivery_id: uuid.UUID, *, at_clock: Callable[[], datetime]) -> None:
    """Give it to the server of its channel and write down what came of it, unless a newer decision withdrew it meanwhile."""
    delivery = locked(delivery_id)
    if delivery.state != DeliveryState.SENDING:
        return
    state, error = _post(delivery)
    at = at_clock()
    if state == DeliveryState.QUEUED:
        if delivery.attempts > len(RETRY_AFTER):
            state, error = DeliveryState.FAILED, "unreachable"
        else:
            delivery.due_at = at + RETRY_AFTER[delivery.attempts - 1]
    move(delivery, state, at=at, error=error)
    delivery.save(update_fields=[*_MOVED, "due_at"])


def _post(delivery: Delivery) -> tuple[DeliveryState, str]:
    """What came of it. An error that nobody foresaw is unclear: it may have come after the server took the message."""
    message, channel = delivery.message, Channel(delivery.channel)
    try:
        content = selectors.content_of(message)
    except vault.Unreadable:
        return DeliveryState.WITHDRAWN, "erased"
    address = content.address if message.recipient is None else address_of(message.recipient, channel)
    if not address:
        return DeliveryState.FAILED, "no_contact"
    try:
        if channel == Channel.SMS:
            messaging.send_sms(address, text=content.short, message_id=delivery.stable_id)
        else:
            messaging.send_mail(
                address, subject=content.subject, text=_letter(delivery, content), message_id=delivery.stable_id
            )
    except messaging.RefusedError:
        return DeliveryState.FAILED, "refused"
    except messaging.NotTakenError:
        return DeliveryState.QUEUED, "unreachable"
    except messaging.UndeliveredError:
        return DeliveryState.UNCLEAR, "silent"
    except Exception:
        log.exception("message_unclear", delivery=str(delivery.pk), kind=message.kind)
        return DeliveryState.UNCLEAR, "unexpected"
    return DeliveryState.SENT, ""


def _letter(delivery: Delivery, content: selectors.Content) -> str:
    """The text of a mail: where to read on, and who writes."""
    union = delivery.message.union
    lines = [content.text]
    if delivery.message.path:
        lines.append(f"登录后查看：{messaging.absolute(delivery.message.path)}")
    signed = [union.name, f"{timezone.localtime(delivery.message.created_at):%Y年%-m月%-d日}"]
    return "\n\n".join([*lines, "\n".join(signed)]) + "\n"
