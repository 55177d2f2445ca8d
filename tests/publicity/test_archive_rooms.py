"""What meetings, votes, scores and likenesses came to is computed again from an archive, whatever way they went."""

from collections.abc import Callable
from typing import Any

import pytest

from applications.models import Application
from review.services import ballots, investigations, likenesses, meeting_votes, meetings, pool
from review.services.meetings import Motion
from review.states import Matter
from tests.kept import kept
from tests.publicity.forging import archived, computed, rewritten, said_by, wrong
from tests.review.meetingcraft import Sitting, passing, people, striking
from tests.review.stagecraft import Play, ballot_review, committee, expert_review, final, fresh, qualification
from tests.review.test_likenesses import Asking
from unions.archive import checks
from unions.archive.layout import Archive
from unions.models import Union


def meeting(rule: dict[str, Any]) -> dict[str, Any]:
    return {"meeting": {"setting": True, **rule}}


# --- scores -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aggregate", ["mean", "median", "normalised"])
def test_a_ranking_by_every_method_is_computed_again(union: Union, aggregate: str) -> None:
    play = Play(union, expert_review(aggregate=aggregate), final())
    a, b = play.apply("孙秀兰"), play.apply("周建军")
    panel = play.seated("review")
    for n, seat in enumerate(play.seats("review")):
        play.score(seat, a, 70 + 7 * n, 80)
        play.score(seat, b, 90 - 3 * n, 71)
    play.end("review")

    archive = archived(play)

    assert panel.pk == archive.tables["review.panel"][0]["id"]
    assert wrong(archive) == []
    again = said_by(archive, "由评分、选票重算的排名", "review.score", lambda row: row["points"].update(craft="99"))
    assert "重算的名次与存档不同" in again[0]


# --- ballots ------------------------------------------------------------------------------------------------------------


def test_a_void_ballot_counts_as_cast_and_who_stayed_away_is_within_the_quorum(union: Union) -> None:
    ballot = {"secret": False, "quorum": "more_than_half", "min": 1, "max": 1}
    play = Play(union, ballot_review(ballot=ballot, passes={"max": 1, "setting": True}), final())
    a, b = play.apply("孙秀兰"), play.apply("周建军")
    play.seated("review")
    ballots.open_round(play.panel_of("review"), actor=play.office, at=play.now())
    first, second, _away = play.seats("review")
    running = archived(play)
    play.vote(first, a)
    ballots.cast_ballot(second, choices=[a, b], spoiled=True, actor=fresh(second.expert.member), at=play.now())
    ballots.close_round(play.panel_of("review"), actor=play.office, at=play.now())
    play.end("review")

    archive = archived(play)

    assert running.manifest["left_out"] == ["尚未结束的投票的选票"]
    assert wrong(running) == []
    assert archive.manifest["left_out"] == []
    assert wrong(archive) == []
    assert sorted(row["void"] for row in archive.tables["review.ballot"]) == [False, True]
    title = "投票的票数与名册"
    assert said_by(archive, title, "review.ballot", lambda row: row.update(void=not row["void"]))
    assert "未达到" in said_by(archive, title, "review.ballotround", lambda row: row.update(issued=4))[0]


# --- likenesses -----------------------------------------------------------------------------------------------------------


def test_a_likeness_that_was_a_conflict_is_a_recusal_in_the_archive(union: Union) -> None:
    play = Asking(union)
    case = play.apply("孙秀兰", mobile="13800001111")
    for expert in play.experts[:2]:
        pool.keep_contact(expert, pool.Contact("13800001111"), actor=play.office, at=play.now())
    play.seated("review")
    for like, conflict in zip(play.seats("review")[:2], (True, False), strict=True):
        likenesses.settle_likeness(
            like.likenesses.get(application=case), conflict=conflict, reason="查户籍", actor=play.office, at=play.now()
        )

    archive = archived(play)

    assert wrong(archive) == []
    assert [row["source"] for row in archive.tables["review.recusal"]] == ["office"]
    told = said_by(archive, "席位与回避", "review.recusal", lambda row: row.update(application=0))
    assert "认定须回避，档案中没有这项回避" in told[0]


# --- meetings -------------------------------------------------------------------------------------------------------------


def before_committee(union: Union, **rule: Any) -> tuple[Play, list[Application]]:
    play = Play(union, committee(**meeting(rule)), final())
    found = [play.apply(name) for name in ("孙秀兰", "周志强", "吴海涛")]
    play.open("committee")
    return play, found


def a_tie_that_the_chair_decides(union: Union) -> Play:
    play, (a, b, c) = before_committee(union, tie="chair_decides")
    sitting = Sitting(play, people(play, "committee"))
    sitting.recuse(play.leaders[2], c)
    sitting.propose(passing(a), passing(b), striking(c))
    sitting.hands((1, 1, 1), (2, 0, 0))
    meeting_votes.cast_deciding(
        sitting.item(), key="q1", carried=True, reason="技艺突出", actor=play.leader, at=play.now()
    )
    sitting.conclude()
    sitting.close()
    return play


def a_tie_that_is_voted_on_again_and_a_vote_thrown_away(union: Union) -> Play:
    play, (a, b, _) = before_committee(union, tie="another_round")
    sitting = Sitting(play, people(play, "committee"), absent=play.leaders[2:])
    sitting.propose(passing(a), passing(b))
    sitting.hands((2, 0, 0))
    meeting_votes.void_vote(sitting.item(), reason="计票有误", actor=play.leader, at=play.now())
    sitting.attend()  # who was away has come
    sitting.propose(passing(a), passing(b))
    sitting.hands((1, 1, 1))
    sitting.hands((1, 1, 0))
    sitting.conclude()
    sitting.close()
    return play


def a_secret_vote_that_carries_some(union: Union) -> Play:
    play, (a, b, c) = before_committee(union, vote="secret_ballot")
    sitting = Sitting(play, people(play, "committee"))
    sitting.recuse(play.leaders[2], c)  # two are too few for a secret
    sitting.propose(passing(a), passing(b), passing(c))
    sitting.open_vote()
    for leader, words in zip(play.leaders, ("for", "for", "against"), strict=True):
        sitting.vote(leader, {a.pk: "for", b.pk: "against" if words == "for" else "for"})
    sitting.close_vote()
    sitting.hands((2, 0, 0))
    sitting.conclude()
    sitting.close()
    return play


def a_place_that_is_filled(union: Union, *, filled: bool = True) -> Play:
    play = Play(union, final(), quota={"places": 1})
    a, b = play.apply("孙秀兰"), play.apply("周志强")
    play.open("final")
    play.resolve("final", [a], [b])
    play.close("final")
    case = investigations.open_investigation(a, allegation="不实", actor=play.office, at=play.now())
    case = investigations.decide_investigation(
        case, upheld=True, finding="查实", public_note="不实", actor=play.office, at=play.now()
    )
    sitting = Sitting(play, Motion(Matter.PLACE, play.stage("final"), investigation=case))
    sitting.propose({"application": b.pk if filled else None}, reason="依次递补")
    sitting.hands((3, 0, 0))
    sitting.conclude()
    sitting.close()
    return play


def a_place_that_is_left(union: Union) -> Play:
    return a_place_that_is_filled(union, filled=False)


def a_tie_of_a_ranking(union: Union, *, figures: tuple[int, int, int] = (3, 0, 0)) -> Play:
    play = Play(union, expert_review(), final())
    a, b = play.apply("孙秀兰"), play.apply("周志强")
    play.review("review", {a.pk: 80, b.pk: 80})
    play.cut("review", 1)
    sitting = Sitting(play, Motion(Matter.TIE, play.stage("review"), tied=(a.pk, b.pk)))
    sitting.propose({"application": b.pk}, {"application": a.pk}, reason="技艺更精")
    sitting.hands(figures)
    sitting.conclude()
    sitting.close()
    return play


def a_tie_of_a_ranking_that_stays(union: Union) -> Play:
    return a_tie_of_a_ranking(union, figures=(1, 2, 0))


def a_panel_at_a_meeting_that_goes_on(union: Union) -> Play:
    play = Play(union, expert_review(panel={"approved_by": "leading_group"}), final())
    play.apply("孙秀兰")
    play.form_panel("review")
    sitting = Sitting(play, Motion(Matter.PANEL, play.stage("review")))
    sitting.propose()
    sitting.hands((3, 0, 0))
    sitting.conclude()
    return play


def a_list_that_is_confirmed_and_a_panel_that_is_not_reached(union: Union) -> Play:
    review = expert_review(panel={"approved_by": "leading_group"})
    play = Play(union, qualification(confirmed_by="leading_group"), review, final())
    person = play.apply("孙秀兰")
    play.open("qualification")
    play.judge(person)
    play.decide("qualification", person)
    play.form_panel("review")
    motions = [Motion(Matter.LIST, play.stage("qualification")), Motion(Matter.PANEL, play.stage("review"))]
    sitting = Sitting(play, *motions)
    sitting.propose()
    sitting.hands((3, 0, 0))
    sitting.conclude()
    sitting.close()
    return play


def a_strike_that_is_not_carried(union: Union) -> Play:
    play, (a, b, _) = before_committee(union)
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(passing(a), striking(b))
    sitting.hands((3, 0, 0), (1, 2, 0), each=True)
    sitting.conclude()
    sitting.close()
    return play


def what_was_not_reached(union: Union) -> Play:
    play, _ = before_committee(union)
    Sitting(play, people(play, "committee")).close()
    return play


def a_meeting_that_was_moved_and_called_off(union: Union) -> Play:
    play, _ = before_committee(union)
    called = Sitting(play, people(play, "committee"), opened=False).meeting
    how: dict[str, Any] = {"actor": play.office}
    called = meetings.move_meeting(called, held_on=called.held_on, place="二楼会议室", at=play.now(), **how)
    meetings.cancel_meeting(called, reason="半数成员出差", at=play.now(), **how)
    return play


MEETINGS = [
    a_tie_that_the_chair_decides,
    a_tie_that_is_voted_on_again_and_a_vote_thrown_away,
    a_secret_vote_that_carries_some,
    a_place_that_is_filled,
    a_place_that_is_left,
    a_tie_of_a_ranking,
    a_tie_of_a_ranking_that_stays,
    a_panel_at_a_meeting_that_goes_on,
    a_list_that_is_confirmed_and_a_panel_that_is_not_reached,
    a_strike_that_is_not_carried,
    what_was_not_reached,
    a_meeting_that_was_moved_and_called_off,
]


@pytest.mark.parametrize("held", MEETINGS, ids=lambda held: held.__name__)
def test_what_a_meeting_came_to_is_computed_again(union: Union, held: Callable[[Union], Play]) -> None:
    assert wrong(archived(held(union))) == []


@pytest.mark.parametrize(
    ("title", "table", "change"),
    [
        ("领导小组会议的表决", "review.motionvote", {"castings": {}}),
        ("领导小组会议的表决", "review.motionvote", {"counts": {"q1": [2, 1, 1], "q2": [2, 0, 0]}}),
        ("领导小组会议的表决", "review.meetingrecusal", {"application": 0}),
        ("会议表决与决议", "review.motionvote", {"counts": {"q1": [1, 2, 0], "q2": [2, 0, 0]}, "castings": {}}),
        ("会议表决与决议", "review.resolution", {"present": 2}),
        ("会议表决与决议", "review.resolution", {"in_favour": 3}),
        ("会议表决与决议", "review.resolution", {"decisions": []}),
        ("会议表决与决议", "review.agendaitem", {"state": "not_passed"}),
        ("会议表决与决议", "review.agendaitem", {"proposal": []}),
        ("会议表决与决议", "review.agendaitem", {"state": "open"}),
        ("会议纪要", "review.meeting", {"place": "别处"}),
        ("会议纪要", "review.attendance", {"employer": "别处"}),
        ("会议纪要", "review.motionvote", {"method": "secret_ballot"}),
        ("会议纪要", "review.meetingrecord", {"sha256": "0" * 64}),
        ("会议的到会情况", "review.attendance", {"presence": "absent"}),
        ("会议的到会情况", "review.attendance", {"employer": ""}),
        ("会议的到会情况", "review.attendance", {"member": 0}),
    ],
)
def test_what_was_changed_of_a_meeting_no_longer_follows(
    chaired: Archive, title: str, table: str, change: dict[str, Any]
) -> None:
    assert said_by(chaired, title, table, lambda row: row.update(change))


@pytest.mark.parametrize(
    "change",
    [{"place": "总工会三楼会议室"}, {"held_on": "2026-03-01"}, {"state": "planned"}, {"cancelled_because": "无人报名"}],
    ids=",".join,
)
def test_what_a_meeting_that_was_called_off_said_stands_in_the_log(union: Union, change: dict[str, Any]) -> None:
    archive = archived(a_meeting_that_was_moved_and_called_off(union))

    forged = rewritten(archive, "review.meeting", lambda rows: rows[0].update(change))
    assert any("不符" in str(problem) for problem in checks._entries(forged))


def test_a_vote_of_too_few_and_minutes_that_are_gone_are_found(chaired: Archive) -> None:
    votes = said_by(
        chaired, "领导小组会议的表决", "review.motionvote", lambda row: row["questions"][0].update(called=50)
    )
    assert any("未达到" in words for words in votes)
    gone = rewritten(chaired, "review.meetingrecord", lambda rows: rows.clear())
    assert "会议已经结束，档案中没有纪要" in computed(gone, "会议纪要")[0]


def test_a_tie_decided_at_a_meeting_is_in_the_archive_as_it_was_voted(union: Union) -> None:
    archive = archived(a_tie_of_a_ranking(union))

    gone = rewritten(archive, "review.tiedecision", lambda rows: rows.clear())

    assert "没有与表决相符的并列裁定" in computed(gone, "会议表决与决议")[0]


@kept
def chaired(union: Union) -> Archive:
    return archived(a_tie_that_the_chair_decides(union))


def test_a_secret_vote_that_is_open_is_in_the_archive_by_its_roll_alone(union: Union) -> None:
    play, (a, b, c) = before_committee(union, vote="secret_ballot")
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(passing(a), passing(b), passing(c))
    sitting.open_vote()
    sitting.vote(play.leader, "for")

    archive = archived(play)

    assert archive.manifest["left_out"] == ["尚未结束的会议表决的票数"]
    (vote,) = archive.tables["review.motionvote"]
    assert not {"urn", "key"} & set(vote)
    assert vote["counts"] == {}
    assert [row["member"] for row in archive.tables["review.motionroll"]] == [play.leader.pk]
    assert wrong(archive) == []
