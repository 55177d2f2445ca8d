"""Mass messages (群发): to all of a selection, held until somebody of the office has looked at how many, who and what.

A selection is registered by the app that knows it. Which people it means is asked twice: the second time under the locks of
their topics, so that nobody is told that something is missing who handed it in a moment ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from django.db import transaction

from unions import audit, policies
from unions.models import Delivery, MassMessage, Member, Message, Union
from unions.outbox import kinds, queueing
from unions.outbox.kinds import Words
from unions.outbox.letters import News
from unions.outbox.states import MASS_TRANSITIONS, DeliveryState, MassState
from unions.permits import Refused


@dataclass(frozen=True, slots=True)
class Scope:
    """Within what a selection is made: a campaign, a stage. `id` is whatever the selection reads again."""

    id: str
    label: str


class Selection(Protocol):
    """People the office may write to at once."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str:
        """Who they are: 还没有提交的申报人."""
        ...

    @property
    def kind(self) -> str:
        """The kind of message whose words are offered."""
        ...

    def scopes(self, union: Union, *, at: datetime) -> Sequence[Scope]: ...
    def people(self, union: Union, scope: str, *, at: datetime) -> Sequence[News]:
        """Who is meant now, each with the values of the message. Raise `Refused` where the scope is none of the union's."""
        ...


_selections: Final[dict[str, Selection]] = {}


def register(selection: Selection) -> None:
    known = _selections.get(selection.id)
    if known is not None and type(known) is not type(selection):
        raise ValueError(f"selection {selection.id} is registered twice")
    _selections[selection.id] = selection


def selections() -> Sequence[Selection]:
    return tuple(_selections.values())


def selection_of(name: str) -> Selection | None:
    return _selections.get(name)


@transaction.atomic
def write_mass_message(
    union: Union, selection: Selection, scope: Scope, *, words: Words, actor: Member, at: datetime
) -> MassMessage:
    """Render one message for each of the selection and hold them all for review."""
    policies.can_run_office(actor, union).require()
    kind = kinds.kind_of(selection.kind)
    wrong = [problem for problems in kinds.mistakes(kind, words).values() for problem in problems]
    if wrong:
        raise Refused("".join(wrong))
    audit.hold(union.pk)
    locked = {news.topic for news in selection.people(union, scope.id, at=at)}
    queueing.lock_topics(union, locked)
    people = [news for news in selection.people(union, scope.id, at=at) if news.topic in locked and news.letters]
    if not people:
        raise Refused(f"现在没有“{scope.label}”中{selection.label}，不需要发送")
    mass = MassMessage.objects.create(
        union=union,
        selection=selection.id,
        scope=scope.id,
        label=f"{scope.label}：{selection.label}"[:160],
        people=len(people),
        created_by=actor,
        created_at=at,
    )
    queueing.hold(union, people, mass=mass, words=words, at=at)
    audit.record(
        "mass_message.written",
        mass,
        actor=actor,
        at=at,
        after={"selection": selection.id, "scope": scope.id, "people": mass.people},
    )
    return mass


def _decide(mass: MassMessage, state: MassState, *, actor: Member, at: datetime) -> MassMessage:
    mass = MassMessage.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=mass.pk)
    policies.can_run_office(actor, mass.union).require()
    if state not in MASS_TRANSITIONS[MassState(mass.state)]:
        raise Refused(f"这批消息{mass.get_state_display()}，不能再办理")
    mass.state, mass.decided_by, mass.decided_at = state, actor, at
    mass.save(update_fields=["state", "decided_by", "decided_at"])
    audit.hold(mass.union_id)
    return mass


def _held(mass: MassMessage) -> list[Delivery]:
    rows = Delivery.objects.select_for_update(no_key=True, of=("self",)).filter(
        message__mass=mass, state=DeliveryState.HELD
    )
    return list(rows.order_by("pk"))


@transaction.atomic
def release_mass_message(mass: MassMessage, *, actor: Member, at: datetime) -> MassMessage:
    """Let it go, except to those about whom something was decided since it was written."""
    mass = _decide(mass, MassState.RELEASED, actor=actor, at=at)
    ids = [delivery.pk for delivery in _held(mass)]
    Delivery.objects.filter(pk__in=ids).update(state=DeliveryState.QUEUED, due_at=at)
    shown = Message.objects.filter(mass=mass, superseded_at__isnull=True).update(shown_at=at)
    audit.record("mass_message.released", mass, actor=actor, at=at, after={"people": shown, "deliveries": len(ids)})
    queueing.call_courier(mass.union_id)
    return mass


@transaction.atomic
def discard_mass_message(mass: MassMessage, *, actor: Member, at: datetime) -> MassMessage:
    """Send it to nobody. The rows stay, as what was not sent."""
    mass = _decide(mass, MassState.DISCARDED, actor=actor, at=at)
    ids = [delivery.pk for delivery in _held(mass)]
    Delivery.objects.filter(pk__in=ids).update(state=DeliveryState.WITHDRAWN, finished_at=at)
    audit.record("mass_message.discarded", mass, actor=actor, at=at, after={"deliveries": len(ids)})
    return mass
