"""Nobody is decided about twice: what review asks of the applications of one person."""

import pytest

from applications import ending, services
from applications.models import Application
from applications.states import State
from review import desk, selectors, together
from review.services import outcomes, stages
from review.states import Verdict
from tests.kept import kept
from tests.review.stagecraft import Play, final, qualification
from unions.permits import Refused


@kept
def play(union):
    play = Play(union, qualification(), final())
    play.open("qualification")
    return play


@kept
def twins(play):
    return play.apply(name="孙秀兰"), bear_one_number(play.apply(name="孙秀兰"))


def bear_one_number(application):
    """These rules ask for no identity number; where they do, it is found by the same index."""
    Application.objects.filter(campaign=application.campaign, name=application.name).update(id_index="one")
    application.refresh_from_db()
    return application


def merge(play, kept, ended):
    return services.merge_applications(
        kept, [ended], source=kept.sources.get(), reason="同一人", actor=play.office, at=play.now()
    )


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.REJECTED])
def test_neither_is_decided_before_the_office_chose_one(play, twins, verdict):
    play.judge(twins[0])
    with pytest.raises(Refused, match="同一证件号码另有一份"):
        play.decide("qualification", twins[0], verdict, "理由")

    kept = merge(play, *twins)

    assert play.decide("qualification", kept, verdict, "理由").application == kept
    assert selectors.where_it_stands(type(kept).objects.get(pk=twins[1].pk)).label == "已并入同一人的另一份申报"


def test_the_page_says_why_and_still_lets_a_slip_be_mended(play, twins):
    play.judge(twins[0])
    twins[0].refresh_from_db()
    verbs = desk.decision_verbs(play.stage("qualification"), twins[0], play.office, at=play.now(), return_url="/")

    against = {verb.value: verb.why_not for verb in verbs}
    assert "重复申报" in against[Verdict.PASSED]
    assert "重复申报" in against[Verdict.REJECTED]
    assert against["return"] == ""


def test_several_in_one_go_pass_neither_of_them_by(play, twins):
    rows = list(Application.objects.filter(pk__in=[row.pk for row in twins]).select_related("person__key", "union"))

    lines = together.effects(play.stage("qualification"), rows, actor=play.office, at=play.now())

    assert [line.effect for line in lines] == [together.Effect.REFUSED] * 2
    assert "重复申报" in lines[0].why


def test_a_stage_does_not_end_while_somebody_stands_in_it_twice(play, twins):
    missing = "；".join(stages.list_missing(play.stage("qualification"), at=play.now()))

    assert "还有 2 份申报与另一份使用同一证件号码" in missing


def test_the_one_that_was_decided_about_is_the_one_that_stays(play):
    first = play.apply(name="孙秀兰")
    play.judge(first)
    play.decide("qualification", first)
    second = bear_one_number(play.apply(name="孙秀兰"))
    first.refresh_from_db()
    assert ending.why_it_must_go_on(second) == ""

    with pytest.raises(Refused, match="已有结论“通过”，请保留这一份"):
        merge(play, second, first)

    merge(play, first, second)
    second.refresh_from_db()
    assert second.state == State.MERGED
    with pytest.raises(Refused, match="已有结论"):
        outcomes.decide(
            play.stage("qualification"),
            first,
            verdict=Verdict.REJECTED,
            reason="再审",
            actor=play.office,
            at=play.now(),
        )
