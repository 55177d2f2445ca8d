"""Queuing messages in the transaction of what they are about, and withdrawing what a newer decision makes untrue.

Locks: topics come last of all, after the audit chain, in the order of their ids. A service records first and tells then, so
that one which decides on several people (record, tell, record, tell …) never waits in a ring with another.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from celery import current_app
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import Q

from unions import phones, vault
from unions.models import (
    Delivery,
    Mailbox,
    MassMessage,
    Member,
    Message,
    MessageTopic,
    MessageWording,
    Union,
)
from unions.outbox import kinds
from unions.outbox.kinds import Kind, Words
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.states import UNSENT, Channel, DeliveryState

DELIVER: Final = "unions.tasks.deliver_messages"


@transaction.atomic
def tell(union: Union, news: Sequence[News], *, at: datetime) -> list[Message]:
    """Queue what an act tells. Call it last in the act's transaction, after the audit entry.

    A letter whose kind decides withdraws everything unsent that was queued about its topic before, to whomever. The number
    of queries does not depend on how many people are told.
    """
    news = [one for one in news if one.letters]
    if not news:
        return []
    topics = _locked(union, [one.topic for one in news])
    deciding = [topics[one.topic] for one in news if any(kinds.kind_of(letter.kind).decides for letter in one.letters)]
    _supersede(deciding, at)
    return _queue(union, [(topics[one.topic], letter) for one in news for letter in one.letters], at=at)


@transaction.atomic
def withdraw(union: Union, topics: Sequence[Topic], *, at: datetime) -> None:
    """Withdraw what is unsent, where a newer decision has nothing to tell instead."""
    _supersede(list(_locked(union, topics).values()), at)


@transaction.atomic
def remind(union: Union, topic: Topic, letters: Sequence[Letter], *, still: Callable[[], bool], at: datetime) -> int:
    """Queue a reminder if it is still apt now that nobody can decide about the topic meanwhile; return how many."""
    topics = _locked(union, [topic])
    if not still():
        return 0
    return len(_queue(union, [(topics[topic], letter) for letter in letters], at=at))


@transaction.atomic
def hold(union: Union, news: Sequence[News], *, mass: MassMessage, words: Words, at: datetime) -> list[Message]:
    """Queue a mass message for review, in the office's own words; the caller has locked and asked again who is meant."""
    topics = _locked(union, [one.topic for one in news])
    pairs = [(topics[one.topic], letter) for one in news for letter in one.letters]
    return _queue(union, pairs, at=at, mass=mass, words=words)


def lock_topics(union: Union, topics: Iterable[Topic]) -> None:
    """Keep decisions about these things waiting until the transaction ends."""
    _locked(union, list(topics))


def _locked(union: Union, topics: Sequence[Topic]) -> dict[Topic, MessageTopic]:
    by_thing: dict[str, set[str]] = defaultdict(set)
    for topic in topics:
        by_thing[topic.thing].add(topic.thing_id)
    wanted = Q(pk__in=[])
    for thing, ids in by_thing.items():
        wanted |= Q(thing=thing, thing_id__in=ids)
    known = set(MessageTopic.objects.filter(wanted, union=union).values_list("thing", "thing_id"))
    missing = sorted((thing, id_) for thing, ids in by_thing.items() for id_ in ids if (thing, id_) not in known)
    if missing:
        MessageTopic.objects.bulk_create(
            (MessageTopic(union=union, thing=thing, thing_id=id_) for thing, id_ in missing), ignore_conflicts=True
        )
    rows = MessageTopic.objects.select_for_update(no_key=True, of=("self",)).filter(wanted, union=union).order_by("pk")
    found = {(row.thing, row.thing_id): row for row in rows}
    return {topic: found[topic.thing, topic.thing_id] for topic in topics}


def _supersede(topics: Sequence[MessageTopic], at: datetime) -> None:
    """Under the topics' locks: nothing of them is being handed over, or the lock would not be ours.

    A delivery that says SENDING is one whose worker has claimed it and waits for this lock, or one whose worker died while
    handing it over. The first never leaves; of the second nobody can know, so a person looks at it.
    """
    if not topics:
        return
    open_ = Delivery.objects.select_for_update(no_key=True, of=("self",)).filter(
        message__topic__in=topics, state__in=UNSENT
    )
    deliveries = list(open_.order_by("pk"))
    lost = [one.pk for one in deliveries if one.state == DeliveryState.SENDING and not held_by_a_worker(one)]
    withdrawn = [one.pk for one in deliveries if one.pk not in lost]
    if withdrawn:
        Delivery.objects.filter(pk__in=withdrawn).update(state=DeliveryState.WITHDRAWN, finished_at=at)
    if lost:
        Delivery.objects.filter(pk__in=lost).update(state=DeliveryState.UNCLEAR, error="interrupted", finished_at=at)
    Message.objects.filter(topic__in=topics, superseded_at__isnull=True).update(superseded_at=at)


def worker_lock(delivery: Delivery) -> int:
    """The advisory lock that a worker's session holds from claiming a delivery until its end is recorded."""
    return int.from_bytes(delivery.pk.bytes[:8], "big", signed=True)


def held_by_a_worker(delivery: Delivery) -> bool:
    """Whether the worker that claimed it lives. Its lock falls with its session; ours ends with this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [worker_lock(delivery)])
        return not cursor.fetchone()[0]


# --- writing the rows ---------------------------------------------------------------------------------------------------


def wordings(union: Union, names: Iterable[str]) -> dict[str, Words]:
    """The words of some kinds as this union says them; one query."""
    own = {
        row.kind: Words(row.subject, row.text, row.short)
        for row in MessageWording.objects.filter(union=union, kind__in=set(names))
    }
    return {name: own.get(name, kinds.kind_of(name).words) for name in names}


def _queue(
    union: Union,
    pairs: Sequence[tuple[MessageTopic, Letter]],
    *,
    at: datetime,
    mass: MassMessage | None = None,
    words: Words | None = None,
) -> list[Message]:
    told = set(
        Message.objects.filter(union=union, once__in=[letter.once for _, letter in pairs if letter.once]).values_list(
            "once", flat=True
        )
    )
    pairs = [(topic, letter) for topic, letter in pairs if letter.once not in told]
    if not pairs:
        return []
    said = wordings(union, [letter.kind for _, letter in pairs])
    boxes = _mailboxes(union, [letter.to for _, letter in pairs if isinstance(letter.to, Member)], at)
    messages, deliveries = [], []
    for topic, letter in pairs:
        kind = kinds.kind_of(letter.kind)
        box = boxes[letter.to.pk] if isinstance(letter.to, Member) else None
        key = letter.key or (box.key if box else None) or vault.new_key(union, at=at)
        message = Message(
            union=union,
            topic=topic,
            kind=kind.id,
            recipient=letter.to if isinstance(letter.to, Member) else None,
            key=key,
            sealed=vault.seal(key, _content(union, kind, words or said[kind.id], letter)),
            path=letter.path if isinstance(letter.to, Member) else "",
            once=letter.once,
            mass=mass,
            created_at=at,
            shown_at=at if mass is None else None,
        )
        messages.append(message)
        deliveries += _deliveries(message, kind, letter.to, box, at)
    Message.objects.bulk_create(messages)
    Delivery.objects.bulk_create(deliveries)
    if deliveries and mass is None:
        call_courier(union.pk)
    return messages


def call_courier(union_id: int) -> None:
    """Have a worker look after what is due; if the call is lost, beat makes another."""
    transaction.on_commit(lambda: current_app.send_task(DELIVER, [union_id]))


def _content(union: Union, kind: Kind, words: Words, letter: Letter) -> str:
    name = str(letter.to) if isinstance(letter.to, Member) else letter.to.name
    always = {"姓名": name, "工会": union.name, "电话": union.contact_phone or "见网站首页"}
    rendered = kinds.render(kind, words, {**always, **letter.values})
    content = {"subject": rendered.subject, "text": rendered.text, "short": rendered.short}
    if isinstance(letter.to, Contact):
        content |= {"name": letter.to.name, "address": letter.to.address}
    return json.dumps(content, ensure_ascii=False)


def _mailboxes(union: Union, members: Sequence[Member], at: datetime) -> dict[int, Mailbox]:
    wanted = {member.pk for member in members}
    boxes = _boxes(wanted)
    missing = sorted(pk for pk in wanted if pk not in boxes)
    if missing:
        keys = vault.new_keys(union, len(missing), at=at)
        Mailbox.objects.bulk_create(
            [Mailbox(union=union, member_id=pk, key=key) for pk, key in zip(missing, keys, strict=True)],
            ignore_conflicts=True,
        )
        boxes = _boxes(wanted)
    for box in boxes.values():
        if box.key is None:  # deleted with the person's data; what comes later is sealed anew
            box.key = vault.new_key(union, at=at)
            box.save(update_fields=["key"])
    return boxes


def _boxes(members: Iterable[int]) -> dict[int, Mailbox]:
    return {box.member_id: box for box in Mailbox.objects.filter(member__in=members).select_related("key")}


def mailbox_of(member: Member, *, at: datetime) -> Mailbox:
    return _mailboxes(member.union, [member], at)[member.pk]


def _deliveries(
    message: Message, kind: Kind, to: Member | Contact, box: Mailbox | None, at: datetime
) -> list[Delivery]:
    state = DeliveryState.HELD if message.mass else DeliveryState.QUEUED
    if isinstance(to, Contact):
        channel = channel_of(to.address)
        if channel is None:
            lost = Delivery(union=message.union, message=message, channel=Channel.MAIL, due_at=at)
            lost.state, lost.error, lost.finished_at = DeliveryState.FAILED, "no_contact", at
            return [lost]
        channels = [channel]
    else:
        assert box is not None
        wanted = {Channel.MAIL: box.mail or kind.essential, Channel.SMS: box.sms or kind.essential}
        channels = [channel for channel in Channel if wanted[channel] and address_of(to, channel)]
    return [Delivery(union=message.union, message=message, channel=one, state=state, due_at=at) for one in channels]


def channel_of(address: str) -> Channel | None:
    """How somebody is reached at what they gave as their contact; None where it is neither a phone nor an address."""
    if phones.is_phone(address):
        return Channel.SMS
    try:
        validate_email(address)
    except ValidationError:
        return None
    return Channel.MAIL


def address_of(member: Member, channel: Channel) -> str:
    """Where a member is reached now: a phone counts once it was proved to be theirs."""
    user = member.user
    if user is None:
        return ""
    if channel == Channel.SMS:
        return user.phone or "" if user.phone_verified else ""
    return user.email or ""
