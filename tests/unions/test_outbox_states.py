"""The states of a delivery: whatever happens in whatever order, no two contradictory messages leave and none is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pytest_django import Settings

from tests import factories
from tests.unions.gateway import Gateway
from unions.models import Delivery, Member, Message, Union
from unions.outbox import courier, mass, queueing, tending
from unions.outbox.kinds import Words
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.mass import Scope
from unions.outbox.states import (
    DELIVERY_TRANSITIONS,
    ERRORS,
    FOR_A_PERSON,
    TONES,
    UNSENT,
    DeliveryState,
    MassState,
)
from unions.permits import Refused
from unions.states import Role

S = DeliveryState
TOPIC = Topic("application", 1)
TO = Contact("蒋海涛", "+8619900007777")
ENDS = {S.SENT, S.TOLD, S.WITHDRAWN}


# --- the table ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", S)
def test_every_state_says_what_follows_it_and_how_it_looks(state: DeliveryState) -> None:
    assert DELIVERY_TRANSITIONS[state] is not None
    assert TONES[state]
    assert (DELIVERY_TRANSITIONS[state] == frozenset()) == (state in ENDS)


def test_nothing_that_may_have_left_leaves_again_without_a_person() -> None:
    """From SENT nothing follows; from UNCLEAR only what a person decides. A newer decision withdraws all the rest."""
    assert S.QUEUED in DELIVERY_TRANSITIONS[S.UNCLEAR]
    assert S.UNCLEAR in FOR_A_PERSON
    assert not {S.UNCLEAR, *ENDS} & UNSENT
    assert all(S.WITHDRAWN in DELIVERY_TRANSITIONS[state] for state in UNSENT)


def test_every_error_has_words() -> None:
    longest = Delivery._meta.get_field("error").max_length or 0

    assert all(words and len(code) <= longest for code, words in ERRORS.items())


# --- at random ----------------------------------------------------------------------------------------------------------

SUITE = settings(
    max_examples=15,
    stateful_step_count=14,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SOAK = settings(SUITE, max_examples=400, stateful_step_count=40)

ANSWERS = st.sampled_from(["ok", "busy", "refused", "silent", "bug"])


class Everybody:
    id, label, kind = "everybody", "所有人", "mass.drafts"

    def scopes(self, union: Any, *, at: Any) -> list[Scope]:
        return []

    def people(self, union: Any, scope: str, *, at: Any) -> list[News]:
        return [News(TOPIC, [Letter("mass.drafts", TO, {"申报人": "x", "活动": "x", "期限": "x"})])]


class Outbox(RuleBasedStateMachine):
    """One person, one topic, decisions numbered as they come; each may be sent, lost, retried, overtaken or tended."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.office = Member.objects.select_related("union").get(role=Role.OFFICE)
        self.union = self.office.union
        self.clock = factories.NOON
        self.decisions = 0
        self.allowed: dict[str, int] = {}
        self.seen = 0
        Gateway.reset()

    def teardown(self) -> None:
        self.everything_ends_with_somebody()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def now(self) -> Any:
        self.clock += timedelta(minutes=1)
        return self.clock

    @rule()
    def decide(self) -> None:
        self.decisions += 1
        said = {"申报人": f"第{self.decisions}次决定", "活动": "x"}
        queueing.tell(self.union, [News(TOPIC, [Letter("application.withdrawn", TO, said)])], at=self.now())

    @rule()
    def decide_without_a_word(self) -> None:
        self.decisions += 1
        queueing.withdraw(self.union, [TOPIC], at=self.now())

    @rule()
    def write_to_many(self) -> None:
        words = Words("群发", f"第{self.decisions}次决定之后", f"第{self.decisions}次决定之后")
        mass.write_mass_message(self.union, Everybody(), Scope("1", "x"), words=words, actor=self.office, at=self.now())

    @rule(release=st.booleans())
    def look_at_the_held(self, release: bool) -> None:
        held = mass.MassMessage.objects.filter(union=self.union, state=MassState.HELD).first()
        if held is not None:
            act = mass.release_mass_message if release else mass.discard_mass_message
            act(held, actor=self.office, at=self.now())

    @rule(answers=st.lists(ANSWERS, max_size=3))
    def carry(self, answers: list[str]) -> None:
        Gateway.answers[:] = answers
        courier.deliver_due(self.union.pk, at_clock=self.now)
        Gateway.answers.clear()

    @rule()
    def claim_and_die(self) -> None:
        for delivery in Delivery.objects.filter(state=S.QUEUED, due_at__lte=self.clock):
            courier.claim(delivery.pk, at=self.now())

    @rule(answer=ANSWERS)
    def a_slow_worker_goes_on(self, answer: str) -> None:
        for delivery in Delivery.objects.filter(state=S.SENDING)[:1]:
            Gateway.answers[:] = [answer]
            courier.hand_over(delivery.pk, at_clock=self.now)
            Gateway.answers.clear()

    @rule(hours=st.integers(0, 8))
    def time_passes(self, hours: int) -> None:
        self.clock += timedelta(hours=hours)

    @rule(again=st.booleans())
    def somebody_tends(self, again: bool) -> None:
        for delivery in Delivery.objects.filter(state__in=FOR_A_PERSON)[:1]:
            act: Callable[..., Any] = tending.send_again if again else tending.told_otherwise
            try:
                act(delivery.pk, reason="已核实", actor=self.office, at=self.now())
            except Refused:
                assert delivery.message.superseded_at is not None
                continue
            if again:
                self.allowed[delivery.stable_id] = self.allowed.get(delivery.stable_id, 1) + 1

    @invariant()
    def what_leaves_is_the_newest_word(self) -> None:
        for taken in Gateway.taken[self.seen :]:
            assert f"第{self.decisions}次决定" in taken.text
        self.seen = len(Gateway.taken)

    @invariant()
    def nothing_leaves_twice_unless_somebody_said_so(self) -> None:
        ids = [taken.message_id for taken in Gateway.taken]
        assert all(ids.count(one) <= self.allowed.get(one, 1) for one in ids)

    def everything_ends_with_somebody(self) -> None:
        """Once the servers answer, each delivery has arrived, was withdrawn for a reason, or lies before a person."""
        for _ in range(8):
            courier.deliver_due(self.union.pk, at_clock=self.now)
            self.clock += timedelta(hours=8)
        left = Delivery.objects.exclude(state__in=[*ENDS, *FOR_A_PERSON])
        assert set(left.values_list("state", flat=True)) <= {S.HELD}
        for message in Message.objects.filter(superseded_at__isnull=True, mass__isnull=True):
            assert message.deliveries.get().state != S.WITHDRAWN


def play(start: int, profile: settings, union: Union, use: Settings) -> None:
    use.SMS_BACKEND = "tests.unions.gateway.Gateway"
    factories.office_of(union)

    class Seeded(Outbox):
        """One class for each seed, which hypothesis keeps on the class."""

    run_state_machine_as_test(seed(start)(Seeded), settings=profile)
    Gateway.reset()


def test_no_contradictory_pair_leaves(union: Union, settings: Settings) -> None:
    play(1, SUITE, union, settings)


@pytest.mark.soak
@pytest.mark.parametrize("start", range(10, 14))
def test_no_contradictory_pair_leaves_in_many_more(union: Union, settings: Settings, start: int) -> None:
    play(start, SOAK, union, settings)
