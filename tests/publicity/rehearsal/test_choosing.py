"""A rehearsal ends also where the titles are divided in every way: whom the group confirms keeps to every place."""

from collections import Counter
from datetime import datetime, time

import pytest

from campaigns.rules import loader
from campaigns.timetable import ZONE
from publicity.models import Award
from publicity.rehearsal import cast, play
from publicity.rehearsal.choosing import choose, reason_for
from publicity.rehearsal.clock import Clock
from review import selectors
from review.models import Outcome
from review.scopes import Given
from review.states import PASSING
from tests.publicity.scene import public_notice
from tests.review.placecraft import MANAGERS, WOMEN, category, composition, notice, programme, tier
from tests.review.stagecraft import Play, committee, expert_review, final, qualification, rules_text
from unions import tenancy
from unions.models import Union

pytestmark = pytest.mark.django_db

RATIO = {"candidates": 3, "places": 2, "clause": "二"}
DIVIDED = rules_text(
    qualification(),
    expert_review(panel={"size": 3}, only_for=["made", "served"]),
    committee(),
    public_notice(),
    final(),
    quota={"places": 5, "rule": "exactly", "may_stay_unfilled": False, "ratio": RATIO},
    more=notice(
        programme(10),
        category("made", places=3, at_least=1),
        category("served", places=3),
        tier("chief", places=1, rule="exactly"),
        tier("ordinary", places=4),
        composition("women", WOMEN, at_least_percent=20),
        composition("managers", MANAGERS, at_most_percent=15),
    ),
)


def test_a_rehearsal_of_divided_titles_ends() -> None:
    rules = loader.load(DIVIDED, name="divided.toml")
    assert rules.basis.issued is not None
    clock = Clock(datetime.combine(rules.basis.issued, time(9), ZONE))
    founded = cast.found(rules, clock, slug="yanlian")
    with tenancy.scope(founded.union.pk):
        scene = cast.assemble(founded, rules, clock)
        played = play.run(scene, DIVIDED, clock, count=24, seed=7, progress=lambda _words: None)
        stage = played.campaign.stages.get(key="final")
        approved = list(Outcome.objects.standing().filter(stage=stage, verdict__in=PASSING))

        assert len(approved) == 5
        assert Counter(row.tier for row in approved) == {"chief": 1, "ordinary": 4}
        assert max(Counter(row.category for row in approved).values()) <= 3
        assert all(one.holds for one in selectors.counts(stage))
        assert Award.objects.filter(campaign=played.campaign).count() == 5


@pytest.fixture
def play_of(union: Union):  # type: ignore[no-untyped-def]
    def make(*parts: str, places: int = 3, **more: object) -> Play:
        found = Play(union, final(), quota={"places": places, **more}, more=notice(*parts))
        found.open("final")
        return found

    return make


PLAIN = {"sex": "男", "manager": False, "field": ["不分类"], "wanted": "服从安排"}


def test_the_first_of_the_list_are_chosen_as_far_as_there_are_places(play_of) -> None:
    scene = play_of(tier("chief", places=1), tier("ordinary"), places=2)
    a, b, c = (scene.apply(**PLAIN).pk for _ in range(3))

    chosen = choose(selectors.field_of(scene.stage("final")), [c, a, b])

    assert chosen == {c: Given("", "chief"), a: Given("", "ordinary")}


def test_the_tier_applied_for_goes_before_another_which_is_given_with_a_reason(play_of) -> None:
    scene = play_of(tier("chief", places=1), tier("ordinary"), places=2)
    people = [scene.apply(**{**PLAIN, "wanted": "首席工匠"}).pk for _ in range(2)]
    field = selectors.field_of(scene.stage("final"))

    chosen = choose(field, people)

    assert [given.tier for given in chosen.values()] == ["chief", "ordinary"]
    assert [reason_for(field, id_, given) for id_, given in chosen.items()] == ["", "按等次名额调整"]


def test_somebody_makes_room_for_a_share(play_of) -> None:
    scene = play_of(composition("women", WOMEN, at_least_percent=50), places=2)
    men = [scene.apply(**PLAIN).pk for _ in range(2)]
    woman = scene.apply(**{**PLAIN, "sex": "女"}).pk

    chosen = choose(selectors.field_of(scene.stage("final")), [*men, woman])

    assert chosen.keys() == {men[0], woman}


def test_a_share_that_nobody_can_meet_is_left_to_the_refusal(play_of) -> None:
    scene = play_of(composition("women", WOMEN, at_least=1))
    man = scene.apply(**PLAIN).pk

    assert choose(selectors.field_of(scene.stage("final")), [man]).keys() == {man}
