"""What became of the demo's messages: the addresses are invented, so nothing is carried; all of it left when it was queued.

Two are kept for the office's desk: one that was refused, and one of which nobody knows.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import F

from unions.models import Delivery, Message, Union
from unions.outbox import kinds
from unions.outbox.states import DeliveryState

UNREAD_FOR: Final = timedelta(days=5)
"""What is older was read."""


def settle(union: Union, *, now: datetime) -> None:
    waiting = Delivery.objects.filter(union=union, state=DeliveryState.QUEUED)
    waiting.update(state=DeliveryState.SENT, attempts=1, claimed_at=F("due_at"), finished_at=F("due_at"))
    Message.objects.filter(union=union, created_at__lt=now - UNREAD_FOR).update(read_at=F("created_at"))
    latest = (
        Delivery.objects.filter(
            union=union,
            state=DeliveryState.SENT,
            message__kind__in=kinds.of_desk("office"),
            message__superseded_at__isnull=True,
        )
        .order_by("-due_at", "pk")
        .values_list("pk", flat=True)
    )
    ends = ((DeliveryState.FAILED, "refused"), (DeliveryState.UNCLEAR, "silent"))
    for pk, (state, error) in zip(list(latest[:2]), ends, strict=False):
        Delivery.objects.filter(pk=pk).update(state=state, error=error)
