"""What makes votes doubtful: pure, on invented voters. A factory at lunch does not."""

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publicity import doubt
from publicity.doubt import Cast

DAY: Final = 86_400
HOURS: Final = [1] * 6 + [3, 5, 8, 9, 9, 10, 14, 10, 8, 8, 8, 9, 12, 14, 16, 14, 9, 4]
"""How lively each hour of a day is."""
PHONES: Final = [f"手机{n}" for n in range(80)]
COMMON: Final = [1 / (n + 1) for n in range(80)]


class Crowd:
    """Votes of a poll, added group by group; ids count on."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.votes: list[Cast] = []

    def add(self, at: int, *choices: int, **more: str) -> int:
        number = len(self.votes)
        details = {"voter": f"v{number}", "order": f"o{number}", "agent": self.phone(), **more}
        self.votes.append(Cast(id=number, at=at, choices=choices, **details))
        return number

    def phone(self) -> str:
        return self.random.choices(PHONES, COMMON)[0]

    def everybody(self, count: int, *, days: int = 5, people: int = 20) -> None:
        """The public, over the hours of the day, the better known people more often."""
        for _ in range(count):
            hour = self.random.choices(range(24), HOURS)[0]
            at = self.random.randrange(days) * DAY + hour * 3600 + self.random.randrange(3600)
            liked = self.random.choices(
                range(people), [1 / (n + 2) for n in range(people)], k=self.random.randint(1, 4)
            )
            network = f"网段{self.random.randrange(2000)}"
            self.add(at, *sorted(set(liked)), network=network, address=f"{network}.{self.random.randrange(30)}")

    def bought(self, count: int, *, person: int, at: int, seconds: int = 2400, **same: str) -> set[int]:
        """Votes that somebody paid for: one person, few devices, addresses of a few networks."""
        return {
            self.add(
                at + self.random.randrange(seconds),
                person,
                agent=f"脚本{n % 4}",
                network=f"机房{n % 5}",
                address=f"机房{n % 5}.{n % 50}",
                **same,
            )
            for n in range(count)
        }

    def factory(self, count: int = 400, *, person: int, at: int, seconds: int = 3000) -> None:
        """Colleagues at lunch: one address, one of their own, everybody's own phone and moment."""
        for _ in range(count):
            self.add(at + self.random.randrange(seconds), person, network="工厂", address="工厂出口")


def doubted(found: Iterable[doubt.Finding]) -> set[int]:
    return {vote for one in found if one.doubtful for vote in one.votes}


NOON: Final = 2 * DAY + 12 * 3600


def test_a_purchased_burst_is_found_whole_and_nobody_else_with_it() -> None:
    crowd = Crowd()
    crowd.everybody(3000)
    bought = crowd.bought(200, person=19, at=2 * DAY + 3 * 3600)

    found = doubt.find(crowd.votes)

    assert doubted(found) == bought
    first = found[0]
    assert (first.rule, first.about) == ("burst", 19)
    assert {sign.kind for sign in first.signs} == {"agent"}
    assert (first.signs[0].kinds, first.signs[0].votes, first.signs[0].outside) == (4, 200, 0)
    assert first.start >= 2 * DAY + 3 * 3600
    assert first.end <= 2 * DAY + 3 * 3600 + 2401
    assert first.counted > 20 * max(first.expected, 1)
    assert set(first.also) <= set(doubt.RULES)


def test_a_factory_at_lunch_is_never_doubtful() -> None:
    """400 colleagues vote for their own colleague, from the one address that the factory has."""
    crowd = Crowd()
    crowd.everybody(3000)
    crowd.factory(person=18, at=NOON)

    found = doubt.find(crowd.votes)

    assert doubted(found) == set()
    (remark,) = found
    assert (remark.rule, remark.about, remark.doubtful) == ("burst", 18, False)
    assert {"choices", "network", "address"} <= set(remark.also)


def test_a_factory_alone_in_its_poll_is_not_doubtful_either() -> None:
    crowd = Crowd()
    crowd.factory(person=1, at=NOON)

    assert doubted(doubt.find(crowd.votes)) == set()


def test_a_burst_at_the_same_time_as_the_factory_is_told_from_it() -> None:
    crowd = Crowd()
    crowd.everybody(3000)
    crowd.factory(person=18, at=NOON)
    bought = crowd.bought(150, person=18, at=NOON)

    assert doubted(doubt.find(crowd.votes)) >= bought
    assert len(doubted(doubt.find(crowd.votes)) - bought) <= 5


def test_the_same_order_of_candidates_gives_scripts_away_although_their_devices_differ() -> None:
    crowd = Crowd()
    crowd.everybody(3000)
    bought = {crowd.add(NOON + 8 * n, 7, order=f"录制{n % 3}", network=f"n{n}", address=f"a{n}") for n in range(120)}

    found = doubt.find(crowd.votes)

    assert doubted(found) == bought
    assert {sign.kind for one in found for sign in one.signs} == {"order"}


def test_one_device_with_one_choice_is_found_where_nothing_else_is_known() -> None:
    crowd = Crowd()
    crowd.everybody(3000)
    bought = {crowd.add(NOON + 8 * n, 7, 9, 12, agent="模拟器", network=f"n{n}") for n in range(90)}

    assert doubted(doubt.find(crowd.votes)) == bought


def test_an_ordinary_poll_has_nothing_doubtful() -> None:
    crowd = Crowd(seed=3)
    crowd.everybody(4000)

    assert doubt.find(crowd.votes) == []


def test_a_poll_in_which_few_orders_are_possible_finds_no_orders_alike() -> None:
    """Three candidates stand in six orders: many see the same."""
    crowd = Crowd()
    for n in range(2000):
        crowd.add(n * 40, n % 3, order=f"次序{n % 6}")

    assert doubt.find(crowd.votes) == []


def test_votes_of_which_little_was_kept_are_not_doubted() -> None:
    votes = [Cast(n, f"v{n}", NOON + n, (1,)) for n in range(300)]

    assert [
        one.doubtful for one in doubt.find([*votes, *(Cast(900 + n, f"w{n}", n * 300, (2,)) for n in range(300))])
    ] == [False]


def test_a_voter_who_may_vote_often_is_one_voter() -> None:
    """Alike are voters, not ballots: whoever may cast many a day has one phone for all of them."""
    crowd = Crowd()
    crowd.everybody(2000)
    for n in range(60):
        crowd.add(NOON + n * 10, 5, voter=f"常客{n % 4}", agent="老手机", order=f"我的{n % 4}")

    assert doubted(doubt.find(crowd.votes)) == set()


def test_two_bursts_apart_are_two_findings() -> None:
    crowd = Crowd()
    crowd.everybody(2000)
    night = crowd.bought(80, person=19, at=DAY + 3 * 3600, seconds=1200)
    noon = crowd.bought(80, person=19, at=3 * DAY + 12 * 3600, seconds=1200)

    found = [one for one in doubt.find(crowd.votes) if one.doubtful]

    assert [set(one.votes) for one in found] in ([night, noon], [noon, night])


def test_a_finding_is_known_by_its_votes() -> None:
    crowd = Crowd()
    crowd.everybody(1000)
    crowd.bought(60, person=19, at=NOON, seconds=600)
    first = doubt.find(crowd.votes)[0]

    assert doubt.find(crowd.votes)[0].key == first.key
    assert replace(first, votes=first.votes[1:]).key != first.key


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(shuffler: random.Random) -> None:
    crowd = Crowd()
    crowd.everybody(600, days=2)
    crowd.bought(60, person=19, at=NOON - DAY, seconds=900)
    mixed = list(crowd.votes)
    shuffler.shuffle(mixed)

    assert doubt.find(mixed) == doubt.find(crowd.votes)


def test_nothing_is_found_where_nobody_voted() -> None:
    assert doubt.find([]) == []


@pytest.mark.soak
def test_four_hundred_thousand_votes_take_some_seconds() -> None:
    crowd = Crowd()
    crowd.everybody(395_000, days=10, people=40)
    bought = crowd.bought(5000, person=39, at=NOON)

    assert doubted(doubt.find(crowd.votes)) >= bought
