"""Titles of several tiers and categories: who receives which, what the notice shows, and the places to the end."""

from typing import Any

import pytest

from campaigns.models import Stage
from publicity import selectors
from publicity.models import Award
from publicity.services import awards
from review.services import investigations
from review.services.outcomes import write_outcome
from review.services.resolutions import Choice, pass_resolution
from review.states import Resolved, Verdict
from tests.kept import kept
from tests.publicity.scene import public_notice
from tests.review.placecraft import MANAGERS, category, composition, notice, programme, table, tier
from tests.review.stagecraft import Play, committee, final
from unions.models import Union
from unions.permits import Refused

PLAIN = {"sex": "男", "manager": False, "field": ["不分类"], "wanted": "服从安排"}


def award(key: str, label: str, **to: Any) -> str:
    return table("[[awards]]", id=key, label=label, to={"stage": "final", **to}, setting=True)


AWARDS = (
    award("chief", "示例首席工匠", tier="chief"),
    award("craft", "示例制造工匠", tier="ordinary", category="made"),
)


def approve(play: Play, *people: tuple[Any, dict[str, str]], key: str = "final") -> None:
    choices = [Choice(person, Resolved.CONFIRM, **given) for person, given in people]
    pass_resolution(play.stage(key), choices=choices, minutes=play.minutes(), actor=play.leader, at=play.now())


def confer(play: Play) -> set[tuple[str, int]]:
    awards.confer_awards(play.campaign, actor=play.office, at=play.now())
    return {(row.label, row.application_id) for row in Award.objects.filter(campaign=play.campaign)}


def approved(union: Union, *after: dict[str, Any]) -> Play:
    """Three people whom the approval gave their tiers, before the stages `after` it."""
    parts = (category("made"), tier("chief", places=1), tier("ordinary"), *AWARDS)
    found = Play(union, final(), *after, quota={"places": 3}, more=notice(*parts))
    found.people = [
        found.apply("孙秀兰", **PLAIN),
        found.apply("周志强", **{**PLAIN, "field": ["制造类"]}),
        found.apply("吴海涛", **PLAIN),
    ]
    found.open("final")
    a, b, c = found.people
    approve(found, (a, {"tier": "chief"}), (b, {"tier": "ordinary"}), (c, {"tier": "ordinary"}))
    found.close("final")
    return found


@kept
def play(union: Union) -> Play:
    return approved(union)


def test_each_award_goes_to_its_tier_and_category(play: Play) -> None:
    a, b, c = play.people
    everybody = {("示例工匠", one.pk) for one in (a, b, c)}
    assert confer(play) == {("示例首席工匠", a.pk), ("示例制造工匠", b.pk)} | everybody


def test_a_notice_after_the_approval_shows_the_tier_that_was_given(union: Union) -> None:
    play = approved(union, public_notice(columns=["name", "tier", "category", "rank"]))
    play.open("notice")
    stage = play.stage("notice")
    rows = selectors.notice_rows(stage, selectors.candidates(stage), selectors.notice_columns(stage))
    assert sorted(rows) == [
        ["吴海涛", "示例工匠", "", ""],
        ["周志强", "示例工匠", "制造类", ""],
        ["孙秀兰", "首席工匠", "", ""],
    ]


def test_no_tier_is_conferred_beyond_its_places(play: Play) -> None:
    extra = play.apply("郑文斌", **PLAIN)
    write_outcome(
        play.stage("final"),
        extra,
        verdict=Verdict.PASSED,
        reason="误加",
        tier="chief",
        actor=play.office,
        at=play.now(),
    )
    with pytest.raises(Refused, match="首席工匠：通过 2 名，超出 1 名"):
        confer(play)


def test_a_share_that_a_later_loss_upset_keeps_nobody_from_the_title(union: Union) -> None:
    parts = (composition("managers", MANAGERS, at_most_percent=50),)
    play = Play(union, final(), quota={"places": 3}, more=notice(*parts))
    manager, other = play.apply(**{**PLAIN, "manager": True}), play.apply(**PLAIN)
    play.open("final")
    play.resolve("final", [manager, other])
    play.close("final")
    found = investigations.open_investigation(other, allegation="不实", actor=play.office, at=play.now())
    investigations.decide_investigation(
        found, upheld=True, finding="查实", public_note="不实", actor=play.office, at=play.now()
    )
    assert confer(play) == {("示例工匠", manager.pk)}


def test_whoever_passed_by_the_stage_of_an_award_receives_it_too(union: Union) -> None:
    after = committee("chiefs", only_for=["chief"])
    play = Play(union, final(), after, quota={"places": 3}, more=notice(tier("chief"), tier("ordinary")))
    a, b, c = (play.apply(**PLAIN) for _ in range(3))
    play.open("final")
    approve(play, (a, {"tier": "chief"}), (b, {"tier": "chief"}), (c, {"tier": "ordinary"}))
    play.close("final")
    play.open("chiefs")
    play.resolve("chiefs", [a], [b])
    play.close("chiefs")
    assert confer(play) == {("示例工匠", a.pk), ("示例工匠", c.pk)}


def test_two_campaigns_of_a_programme_confer_what_was_approved(union: Union) -> None:
    first = Play(union, final(), quota={"places": 1}, more=notice(programme(1)))
    person = first.apply(**PLAIN)
    first.open("final")
    first.resolve("final", [person])
    first.close("final")
    assert confer(first) == {("示例工匠", person.pk)}
    second = Play(union, final(), quota={"places": 1}, more=notice(programme(1)))
    extra = second.apply(**PLAIN)
    second.open("final")
    write_outcome(
        second.stage("final"), extra, verdict=Verdict.PASSED, reason="误加", actor=second.office, at=second.now()
    )
    Stage.objects.filter(campaign=second.campaign).update(state="closed")
    with pytest.raises(Refused, match="三年计划：其他各次已通过 1 名，本次 1 名，超出 1 名"):
        confer(second)
