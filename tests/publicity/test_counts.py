"""Several channels, points, and the way into the ranking: exact, and ties for people."""

from fractions import Fraction
from typing import Any

import pytest

from applications.models import Application
from campaigns.rules import loader
from campaigns.rules.schema import PublicVoteStage
from publicity import papers, policies, selectors_counts, selectors_doubts, selectors_polls, wording_polls
from publicity.doubt import Doubted
from publicity.models_polls import ChannelCount
from publicity.services import archives, counts, doubts
from publicity.services.counts import Counted
from review.models import Outcome, Ranking
from review.selectors import ranks_into, settled_rows
from review.services import rankings
from review.services.stages import obstacles_to_closing
from review.states import Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.publicity.crowdcraft import burst, everybody
from tests.publicity.scene import HOUR, VoteScene, public_notice, public_vote
from tests.review.stagecraft import Play, committee, expert_review, final, qualification, rules_text
from unions import audit
from unions.archive import checks
from unions.archive.checks import verify
from unions.archive.layout import Archive
from unions.models import AuditEntry, Union
from unions.permits import Refused
from unions.states import Role

RANKS = {"how": "rank", "points": 100, "step": 10, "setting": True}
CHANNELS = [
    {"id": "online", "label": "网络投票", "weight": 60},
    {"id": "delegates", "label": "职工代表投票", "weight": 40, "how": "counted"},
]


class Weighed(VoteScene):
    """A scored review before the vote; the vote weighs."""

    def __init__(self, union: Union, *, marks: tuple[int, ...] = (80, 90, 70), **vote: Any) -> None:
        rule = public_vote(**{"counts": "weight", "weight": 20, "fold": RANKS, **vote})
        review = expert_review(passes={"max": 9, "setting": True})
        Play.__init__(self, union, qualification(), review, rule, public_notice(), final())
        people = [self.apply(name) for name in ("赵建国", "钱秀兰", "孙志强")]
        self.qualify("qualification", *people)
        self.review("review", {person.pk: mark for person, mark in zip(people, marks, strict=True)})
        rankings.set_cut(self.stage("review"), passing=3, reason="全部", actor=self.office, at=self.now())
        for tie in tied(self, "review"):
            self.settle(tie)
        self.close("review")
        self.open("vote")
        self.people = people
        self.open_poll()

    def settle(self, tie: list[Application], key: str = "review") -> None:
        rankings.decide_tie(self.stage(key), order=tie, reason="合议", actor=self.leader, at=self.now())

    def count_now(self) -> Ranking:
        return counts.count_poll(self.poll, actor=self.office, at=self.now())

    def sheet(self, got: tuple[int, ...], ballots: int = 30, **more: Any) -> ChannelCount:
        given = {self.candidate(one): count for one, count in zip(self.people, got, strict=True)}
        counted = Counted(ballots, more.pop("votes", given), more.pop("note", "职代会计票，监票人二名"))
        details = {"actor": self.office, "at": self.now(), **more}
        return counts.enter_count(self.poll, details.pop("channel", "delegates"), counted, **details)


def tied(scene: VoteScene, key: str) -> list[list[Application]]:
    return [
        list(Application.objects.filter(pk__in=row.tied).order_by("pk"))
        for row in settled_rows(scene.stage(key))
        if row.tied and row.case == min(row.tied)
    ]


@kept
def scene(union: Union) -> Weighed:
    """Three people with marks, and a vote that weighs a fifth and ranks, in its first minute."""
    return Weighed(union)


@kept
def with_delegates(union: Union) -> Weighed:
    """The vote alone decides, and the delegates' sheet is not in yet."""
    return Weighed(union, weight=100, ballot_channels=CHANNELS)


# --- into the ranking --------------------------------------------------------------------------------------------------


def test_votes_and_scores_make_one_ranking_and_the_stage_gives_the_places(scene: Weighed, union: Union) -> None:
    zhao, qian, sun = scene.people
    everybody(scene, zhao, zhao, sun)
    scene.end_vote()
    assert obstacles_to_closing(scene.stage("vote"), at=scene.now()).must == [
        "得票还没有计分，请在投票的计票页面“计分排名”"
    ]

    ranked = scene.count_now()

    # 80 × 80% + 100 × 20%, 90 × 80% + 0, 70 × 80% + 90 × 20%
    assert [(row["application"], row["total"], row["rank"]) for row in ranked.rows] == [
        (zhao.pk, "84", 1),
        (sun.pk, "74", 2),
        (qian.pk, "72", 3),
    ]
    assert ranked.method == "得票占 20%，按得票位次计分，第一位 100 分，每后一位减 10 分，没有得票不计分"
    scene.close("vote")
    rows = Outcome.objects.filter(stage=scene.stage("vote")).order_by("rank")
    assert [(row.application_id, row.verdict) for row in rows] == [
        (one.pk, Verdict.PASSED) for one in (zhao, sun, qian)
    ]
    assert rows[0].reason == ("网络投票得 80 票，计 100.00 分，列第 1 位（共 120 张选票）；总分 84.00，列第 1")
    assert ranks_into(scene.stage("final")) == {zhao.pk: 1, sun.pk: 2, qian.pk: 3}
    assert audit.verify(union).verified


def test_only_so_many_as_the_rules_say_go_on(union: Union) -> None:
    scene = Weighed(union, passes={"max": 1, "setting": True})
    everybody(scene, *scene.people[:2])
    scene.end_vote()
    scene.count_now()
    scene.close("vote")

    rows = Outcome.objects.filter(stage=scene.stage("vote")).order_by("rank")
    assert [row.verdict for row in rows] == [Verdict.PASSED, Verdict.NOT_SELECTED, Verdict.NOT_SELECTED]
    assert rows[0].reason.endswith("，进入前 1 名")


def test_equal_totals_wait_for_people_and_no_row_order_decides(union: Union) -> None:
    scene = Weighed(union, marks=(80, 80, 70), passes={"max": 1, "setting": True})
    zhao, qian, _sun = scene.people
    everybody(scene, zhao, qian)
    scene.end_vote()
    scene.count_now()

    (tie,) = tied(scene, "vote")
    assert {one.pk for one in tie} == {zhao.pk, qian.pk}
    assert "总分并列需裁定" in obstacles_to_closing(scene.stage("vote"), at=scene.now()).must[0]

    scene.settle([qian, zhao], "vote")
    scene.close("vote")

    assert Outcome.objects.get(stage=scene.stage("vote"), rank=1).application_id == qian.pk


def test_votes_alone_may_make_the_ranking(union: Union) -> None:
    scene = Weighed(union, weight=100)
    everybody(scene, *scene.people[:2])
    scene.end_vote()

    assert [(row["total"], row["rank"]) for row in scene.count_now().rows] == [("100", 1), ("100", 1), ("0", 3)]


def test_the_review_that_a_vote_is_added_to_may_lie_further_back() -> None:
    vote = public_vote(counts="weight", weight=20, fold=RANKS)
    rules = loader.load(rules_text(expert_review(), committee(), vote, final()), name="invented.toml")
    (rule,) = [stage for stage in rules.stages if isinstance(stage, PublicVoteStage)]

    found = selectors_counts.review_before(rules, rule)

    assert found is not None
    assert found.id == "review"


def test_what_was_set_aside_counts_for_nobody_and_stays_so_once_counted(union: Union) -> None:
    scene = Weighed(union, fold={"how": "share", "setting": True}, weight=50)
    zhao, _qian, sun = scene.people
    everybody(scene, zhao)
    burst(scene, sun)
    scene.end_vote()
    count = selectors_counts.count(scene.poll, selectors_polls.candidates_of(scene.poll))
    found = selectors_doubts.doubts_of(scene.poll, count)[0]
    row = doubts.set_votes_aside(
        scene.poll, found.doubted, reason="刷票", announcement="不计入", actor=scene.office, at=scene.now()
    )

    ranked = scene.count_now()

    assert {one["application"]: one["total"] for one in ranked.rows}[sun.pk] == "35"
    with pytest.raises(Refused, match="已经计分排名"):
        doubts.restore_votes(row, reason="x", announcement="x", actor=scene.office, at=scene.now())
    with pytest.raises(Refused, match="已经计分排名"):
        scene.count_now()


def test_counting_waits_for_the_last_minute_and_is_for_the_office(scene: Weighed, union: Union) -> None:
    scene.clock = scene.poll.closes_at - HOUR

    with pytest.raises(Refused, match="截止后才能计分"):
        scene.count_now()
    leader = MemberFactory(union=union, role=Role.LEADER)
    assert "认定办公室" in policies.can_count_poll(leader, scene.poll, at=scene.now()).reason


def test_votes_that_are_a_reference_are_not_counted_into_anything(union: Union) -> None:
    scene = VoteScene(union)
    scene.to_vote()
    scene.open_poll()
    scene.end_vote()

    with pytest.raises(Refused, match="只供参考"):
        counts.count_poll(scene.poll, actor=scene.office, at=scene.now())


def test_who_was_not_scored_before_cannot_be_counted_in(scene: Weighed) -> None:
    scene.end_vote()
    known = selectors_counts.base_totals(scene.stage("vote"))
    assert known == {one.pk: mark for one, mark in zip(scene.people, (80, 90, 70), strict=True)}

    with pytest.raises(Refused, match="赵建国没有前面评审的总分"):
        counts.base_of({scene.people[0].pk: Fraction(1)}, {}, 20)


# --- channels ----------------------------------------------------------------------------------------------------------


def test_every_channel_counts_by_its_weight(union: Union) -> None:
    scene = Weighed(union, weight=100, ballot_channels=CHANNELS, fold={"how": "share", "setting": True})
    zhao, qian, _sun = scene.people
    everybody(scene, zhao, qian)  # a half each
    scene.end_vote()
    with pytest.raises(Refused, match="“职工代表投票”的计票还没有录入"):
        scene.count_now()

    scene.sheet((10, 20, 0), note="第一次")
    scene.sheet((15, 30, 0), note="第一次抄错一行，重新录入")
    ranked = scene.count_now()

    # 50 × 60% + 100 × 40%, 50 × 60% + 50 × 40%
    assert [(row["application"], row["total"]) for row in ranked.rows][:2] == [(qian.pk, "70"), (zhao.pk, "50")]
    scene.close("vote")
    assert Outcome.objects.get(stage=scene.stage("vote"), rank=1).reason.startswith(
        "网络投票得 60 票，职工代表投票得 30 票，计 70.00 分，列第 1 位（共 150 张选票）"
    )
    assert [row.revision for row in ChannelCount.objects.order_by("pk")] == [0, 1]
    assert AuditEntry.objects.filter(action="poll.channel_counted").count() == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"channel": "online"}, "没有这个计票渠道"),
        ({"note": " "}, "计票说明"),
        ({"votes": {}}, "每名人选的得票"),
        ({"ballots": 9}, "须在 0 和有效选票 9 之间"),
    ],
)
def test_an_unsound_sheet_is_refused(with_delegates: Weighed, more: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        with_delegates.sheet((10, 20, 0), **more)


def test_several_channels_may_be_put_together_for_reference_too(union: Union) -> None:
    scene = VoteScene(union, vote={"ballot_channels": CHANNELS, "fold": RANKS})
    zhao, qian, sun = scene.to_vote()
    scene.open_poll()
    everybody(scene, zhao)
    given = {scene.candidate(one): count for one, count in ((zhao, 0), (qian, 20), (sun, 1))}
    counts.enter_count(scene.poll, "delegates", Counted(20, given, "计票"), actor=scene.office, at=scene.now())
    scene.end_vote()

    rows = selectors_counts.count(scene.poll, selectors_polls.candidates_of(scene.poll)).rows
    assert [(row.candidate.name, row.by_channel, row.shown, row.place) for row in rows] == [
        ("赵建国", (120, 0), "60.00", 1),
        ("钱秀兰", (0, 20), "40.00", 2),
        ("孙志强", (0, 1), "36.00", 3),
    ]
    scene.close("vote")
    assert ranks_into(scene.stage("final")) == {}


# --- told --------------------------------------------------------------------------------------------------------------


def test_the_result_says_what_the_votes_are_for(union: Union) -> None:
    scene = Weighed(union, weight=30, ballot_channels=CHANNELS)

    assert wording_polls.use_words(scene.poll).startswith("得票按 30% 计入总分，按得票位次计分")
    assert "得票按 30% 计入总分" in wording_polls.poll_defaults(scene.stage("vote"), at=scene.clock)["text"]
    scene.sheet((10, 20, 0))
    poll = scene.poll
    count = selectors_counts.count(poll, selectors_polls.candidates_of(poll))
    words = wording_polls.poll_words(poll, selectors_counts.summary(poll), count)
    assert words[1] == "计票渠道：网络投票占 60%，有效选票 0 张；职工代表投票占 40%，有效选票 30 张。"


def test_the_result_on_paper_names_ballots_people_and_what_was_set_aside(union: Union) -> None:
    scene = VoteScene(union)
    zhao, _qian, sun = scene.to_vote()
    scene.open_poll()
    everybody(scene, zhao, count=30)
    bought = burst(scene, sun)
    scene.end_vote()
    aside = doubts.set_votes_aside(
        scene.poll,
        Doubted("burst", "突增", sorted(bought)),
        reason="刷票",
        announcement="经核查属集中刷票",
        actor=scene.office,
        at=scene.now(),
    )
    back = {"reason": "复查", "announcement": "恢复计票的公告", "actor": scene.office}
    doubts.restore_votes(aside, at=scene.now(), **back)
    scene.close("vote")
    poll = scene.poll

    made = papers.poll_document(poll, selectors_counts.count(poll, selectors_polls.candidates_of(poll)))

    words = "".join(paragraph.text for paragraph in made.body)
    assert "共有 90 人投票，收到网上选票 90 张，计入 90 张" in words
    assert "60 张）：经核查属集中刷票" in words
    assert "恢复计票）：恢复计票的公告" in words
    assert made.annexes[0].rows[0][:3] == ("1", "1", "孙志强")
    assert papers.poll_pdf(poll).startswith(b"%PDF")


# --- from the archive alone --------------------------------------------------------------------------------------------


def test_an_archive_counts_the_vote_again_with_what_was_set_aside_and_finds_what_was_changed(union: Union) -> None:
    scene = Weighed(union, weight=60, ballot_channels=CHANNELS, fold={"how": "share", "setting": True})
    zhao, qian, sun = scene.people
    everybody(scene, zhao, qian, count=40)
    bought = sorted(burst(scene, sun))
    scene.sheet((15, 30, 0))
    scene.end_vote()
    told = {"reason": "刷票", "announcement": "不计入", "actor": scene.office}
    doubts.set_votes_aside(scene.poll, Doubted("burst", "突增", bought), at=scene.now(), **told)
    scene.count_now()
    scene.close("vote")
    archive = Archive.of(archives.archive_campaign(scene.campaign, actor=scene.office, at=scene.now()).content)
    assert [one.problem for one in verify(archive).results if one.problem] == []

    for title, table, field, value in (
        ("得票计分的排名", "publicity.votesetaside", "votes", bought[1:]),
        ("网络投票的选票与得票", "publicity.votesetaside", "votes", bought[1:]),
        ("得票计分的排名", "publicity.channelcount", "ballots", 31),
        ("得票计分的排名", "review.ranking", "sha256", "0" * 64),
        ("存疑选票的剔除", "publicity.votesetaside", "votes", [10**9]),
    ):
        rows = archive.tables[table]
        at = next(
            n for n, row in enumerate(rows) if table != "review.ranking" or row["stage"] == scene.stage("vote").pk
        )
        before = rows[at][field]
        rows[at][field] = value
        assert checks._run(title, checks._checks[title], archive).problem is not None, (title, table, field)
        rows[at][field] = before
