"""Reading messages: what they say, who waits for whom. Never writes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, IntegerField, Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL

from unions import phones, vault
from unions.models import Delivery, MassMessage, Member, Message, Union
from unions.outbox import kinds
from unions.outbox.queueing import address_of
from unions.outbox.states import ERRORS, FOR_A_PERSON, TONES, Channel, DeliveryState
from unions.states import Role

GONE: Final = "（内容已随个人信息按规定删除）"


@dataclass(frozen=True, slots=True)
class Content:
    """A message as it was rendered; `name` and `address` only for a recipient who is no member."""

    subject: str
    text: str
    short: str
    name: str = ""
    address: str = ""


def content_of(message: Message) -> Content:
    """Raise `vault.Unreadable` once the person's key is gone."""
    return Content(**json.loads(vault.unseal(message.key, message.sealed)))


def shown(message: Message) -> Content:
    try:
        return content_of(message)
    except vault.Unreadable:
        return Content(subject=GONE, text=GONE, short=GONE)


def label_of(message: Message) -> str:
    kind = kinds.known(message.kind)
    return kind.label if kind else message.kind


# --- the inbox ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """A line of somebody's inbox."""

    message: Message
    content: Content
    label: str


def inbox(member: Member) -> QuerySet[Message]:
    return Message.objects.inbox_of(member).select_related("key")


def items(messages: Sequence[Message]) -> list[Item]:
    return [Item(message, shown(message), label_of(message)) for message in messages]


_UNREAD: Final = """(SELECT count(*) FROM unions_message AS message
    WHERE message.recipient_id = unions_member.id AND message.read_at IS NULL AND message.shown_at IS NOT NULL)"""


def unread() -> RawSQL:
    """The number of unread messages of a member, as part of the query that finds the member.

    Every request of a member asks it, and composing it from a queryset takes longer than answering it.
    """
    return RawSQL(_UNREAD, [], output_field=IntegerField())  # noqa: S611 - nothing of it comes from outside


# --- the desk -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A delivery as the desk shows it: to whom, what it was, what became of it."""

    delivery: Delivery
    label: str
    name: str
    address: str
    error: str
    tone: str
    outdated: bool

    @property
    def for_a_person(self) -> bool:
        return self.delivery.state in FOR_A_PERSON


def desk_of(member: Member) -> str:
    """Whose deliveries somebody tends: an administrator's are the invitations of members, the office's all others."""
    return "admin" if member.role == Role.ADMIN else "office"


def deliveries(member: Member, *, states: Sequence[DeliveryState], q: str = "") -> QuerySet[Delivery]:
    """What the member's desk tends, the latest first; `q` is part of a member's name."""
    found = (
        Delivery.objects.for_union(member.union)
        .filter(message__kind__in=kinds.of_desk(desk_of(member)), state__in=states)
        .select_related("message__recipient__user", "message__key", "settled_by__user")
        .order_by("-due_at", "pk")
    )
    return found.filter(message__recipient__user__name__icontains=q) if q else found


def counts(member: Member) -> dict[str, int]:
    """How many deliveries of the member's desk are in each state; one query."""
    rows = Delivery.objects.for_union(member.union).filter(message__kind__in=kinds.of_desk(desk_of(member)))
    return dict(rows.order_by().values_list("state").annotate(Count("pk")))


def may_go_again(member: Member) -> QuerySet[Delivery]:
    """What surely reached nobody and still holds: after an outage all of it may go out again."""
    rows = Delivery.objects.for_union(member.union).filter(message__kind__in=kinds.of_desk(desk_of(member)))
    return rows.filter(
        state=DeliveryState.FAILED, error__in=["unreachable", "too_old"], message__superseded_at__isnull=True
    )


def in_words(counted: dict[str, int]) -> list[tuple[str, int]]:
    """Deliveries by state, in the order of the states."""
    return [(state.label, counted[state]) for state in DeliveryState if counted.get(state)]


def lines(rows: Sequence[Delivery]) -> list[Line]:
    return [line_of(row) for row in rows]


def line_of(delivery: Delivery) -> Line:
    message = delivery.message
    name, address = _recipient(message, Channel(delivery.channel))
    return Line(
        delivery,
        label_of(message),
        name,
        phones.shown(address),
        ERRORS.get(delivery.error, ""),
        TONES[DeliveryState(delivery.state)],
        message.superseded_at is not None,
    )


def _recipient(message: Message, channel: Channel) -> tuple[str, str]:
    if message.recipient is not None:
        return str(message.recipient), address_of(message.recipient, channel)
    content = shown(message)
    return content.name or "（已删除）", content.address


def due(union_id: int, *, at: datetime) -> QuerySet[Delivery]:
    """What a worker should look at, the oldest first: what may leave now, and what somebody began and did not end."""
    return Delivery.objects.filter(
        Q(state=DeliveryState.QUEUED, due_at__lte=at) | Q(state=DeliveryState.SENDING), union_id=union_id
    ).order_by("due_at", "pk")


def unions_with_work(*, at: datetime) -> list[int]:
    """Ids of unions in scope in which something is due."""
    rows = Delivery.objects.filter(Q(state=DeliveryState.QUEUED, due_at__lte=at) | Q(state=DeliveryState.SENDING))
    return sorted(rows.order_by().values_list("union_id", flat=True).distinct())


# --- mass messages --------------------------------------------------------------------------------------------------------


def mass_messages(union: Union) -> QuerySet[MassMessage]:
    return MassMessage.objects.for_union(union).select_related("created_by__user", "decided_by__user")


def recipients(mass: MassMessage) -> QuerySet[Message]:
    """Everybody a mass message goes to, with what became of each delivery."""
    return (
        Message.objects.filter(mass=mass)
        .select_related("recipient__user", "key")
        .prefetch_related(Prefetch("deliveries", Delivery.objects.order_by("channel")))
        .order_by("pk")
    )


def standing(mass: MassMessage) -> QuerySet[Message]:
    """Of a mass message, what no later decision has overtaken."""
    return Message.objects.filter(mass=mass, superseded_at__isnull=True)


def mass_counts(mass: MassMessage) -> dict[str, int]:
    """Deliveries of a mass message by state."""
    rows = Delivery.objects.filter(message__mass=mass).order_by()
    return dict(rows.values_list("state").annotate(Count("pk")))
