"""Stages in an order that no known notice has, in an invented city: played through the services until the titles are given."""

from collections.abc import Sequence
from typing import Any

import pytest

from applications.models import Application
from publicity.models import Award, Notice
from publicity.services import awards, notices, objections
from review.selectors import ranks_into, where_it_stands
from review.states import Verdict
from tests.factories import MemberFactory
from tests.publicity.scene import ANONYMOUS, CERTIFICATE, DAY, TEXT, Scene, VoteScene, public_notice
from tests.review.stagecraft import Play, committee, expert_review, final, qualification, site_visit
from unions.models import Union
from unions.permits import Refused
from unions.states import Role


class Order(Scene):
    """Any stages in any order; whoever passes the last receives the title."""

    def __init__(self, union: Union, *stages: dict[str, Any]) -> None:
        Play.__init__(self, union, *stages, more=CERTIFICATE)
        self.second = MemberFactory(union=union, role=Role.OFFICE, name="吕复核")

    def decide_list(self, key: str, confirm: Sequence[Application], strike: Sequence[Application] = ()) -> None:
        self.open(key)
        self.resolve(key, confirm, strike)
        self.close(key)

    def score_and_cut(self, key: str, marks: dict[int, int], *, passing: int) -> None:
        self.review(key, marks)
        self.cut(key, passing)
        self.close(key)

    def show(self, key: str) -> Notice:
        self.open(key)
        return notices.publish_notice(self.stage(key), text=TEXT, actor=self.office, at=self.now()).notice

    def doubt(self, notice: Notice, person: Application, *, upheld: bool) -> None:
        doubted, _code = objections.raise_objection(
            notice, application=person, text="请核查。", sender=ANONYMOUS, at=self.now()
        )
        self.answer(doubted, upheld=upheld, excludes=upheld, ground="成果与申报不符" if upheld else "")

    def end_notice(self, notice: Notice) -> None:
        version = Notice.objects.get(pk=notice.pk).in_force
        assert version is not None
        self.clock += (version.ends_on - self.clock.date()) + DAY
        self.close(notice.stage.key)


def titled(play: Play) -> set[str]:
    """Who holds the title once it has been conferred."""
    awards.confer_awards(play.campaign, actor=play.office, at=play.now())
    return set(Award.objects.filter(campaign=play.campaign).values_list("application__name", flat=True))


def test_a_vote_before_the_experts_leaves_the_choice_to_them(union: Union) -> None:
    play = VoteScene(union, stages=(expert_review(), final()))
    zhao, qian, sun = play.to_vote()
    play.open_poll()
    play.cast(sun)
    play.cast(sun, qian)
    play.end_vote()
    play.close("vote")
    play.review("review", {zhao.pk: 95, qian.pk: 90, sun.pk: 60})
    play.cut("review", 2)
    play.close("review")
    assert ranks_into(play.stage("final")) == {zhao.pk: 1, qian.pk: 2, sun.pk: 3}
    play.open("final")
    play.resolve("final", [zhao, qian])
    play.close("final")

    assert titled(play) == {"赵建国", "钱秀兰"}
    assert where_it_stands(sun).label == "专家评审：未入选"
    assert "网络投票得 2 票，列第 1 位" in play.stage("vote").outcomes.get(application=sun).reason


def test_the_leading_group_may_come_first(union: Union) -> None:
    """It picks whom the office then reviews, and the experts and the approval see nobody whom it struck."""
    play = Order(union, committee(), qualification(), expert_review(), final())
    zhao, qian, sun, li = (play.apply(name) for name in ("赵建国", "钱秀兰", "孙志强", "李卫东"))
    play.decide_list("committee", [zhao, qian, sun], [li])
    play.qualify("qualification", zhao, sun, rejecting=[qian])
    play.score_and_cut("review", {zhao.pk: 70, sun.pk: 90}, passing=2)
    play.decide_list("final", [zhao, sun])

    assert titled(play) == {"赵建国", "孙志强"}
    assert [where_it_stands(one).label for one in (qian, li)] == ["资格审核：未通过", "领导小组审核：未入选"]


def test_a_leading_group_that_comes_first_waits_for_the_last_day_of_applications(union: Union) -> None:
    play = Order(union, committee(), final())
    person = play.apply("赵建国")
    play.clock = play.campaign.closes_at - DAY
    play.open("committee")
    play.resolve("committee", [person])

    with pytest.raises(Refused, match="截止后才能结束本环节"):
        play.close("committee")


def test_the_decision_may_come_before_experts_and_visits_that_only_confirm_it(union: Union) -> None:
    """The approval names two; a visit after it finds one wanting, so the title goes to the other alone."""
    play = Order(union, qualification(), final(), site_visit())
    zhao, qian = play.apply("赵建国"), play.apply("钱秀兰")
    play.qualify("qualification", zhao, qian)
    play.decide_list("final", [zhao, qian])
    with pytest.raises(Refused, match="“人选考察”未开始，结束后才能授予"):
        titled(play)
    play.open("visit")
    for one in (zhao, qian):
        play.visit("visit", one)
    play.decide("visit", zhao)
    play.decide("visit", qian, Verdict.REJECTED, "现场操作与申报不符")
    play.close("visit")

    assert titled(play) == {"赵建国"}
    assert where_it_stands(qian).label == "人选考察：未通过"


def test_a_notice_after_the_decision_takes_the_title_from_whom_an_objection_excludes(union: Union) -> None:
    play = Order(union, qualification(), expert_review(), final(), public_notice())
    zhao, qian, sun = (play.apply(name) for name in ("赵建国", "钱秀兰", "孙志强"))
    play.qualify("qualification", zhao, qian, sun)
    play.score_and_cut("review", {zhao.pk: 90, qian.pk: 85, sun.pk: 80}, passing=3)
    play.decide_list("final", [zhao, qian])
    notice = play.show("notice")
    play.doubt(notice, qian, upheld=True)
    play.end_notice(notice)

    assert titled(play) == {"赵建国"}
    assert where_it_stands(qian).label == "社会公示：未通过"
    assert where_it_stands(sun).label == "审定：未入选"


def test_whoever_stood_the_first_of_two_notices_may_still_fall_in_the_second(union: Union) -> None:
    play = Order(
        union,
        qualification(),
        public_notice("shortlist", label="入围公示"),
        expert_review(),
        public_notice("chosen", label="拟授予公示"),
        final(),
    )
    zhao, qian, sun = (play.apply(name) for name in ("赵建国", "钱秀兰", "孙志强"))
    play.qualify("qualification", zhao, qian, sun)
    first = play.show("shortlist")
    play.doubt(first, zhao, upheld=False)
    play.doubt(first, qian, upheld=False)
    play.end_notice(first)
    play.score_and_cut("review", {zhao.pk: 90, qian.pk: 85, sun.pk: 60}, passing=2)
    second = play.show("chosen")
    play.doubt(second, qian, upheld=True)
    play.end_notice(second)
    play.open("final")
    with pytest.raises(Refused, match="钱秀兰"):
        play.resolve("final", [zhao, qian])
    play.resolve("final", [zhao])
    play.close("final")

    assert titled(play) == {"赵建国"}
    assert where_it_stands(qian).label == "拟授予公示：未通过"
    assert where_it_stands(sun).label == "专家评审：未入选"
