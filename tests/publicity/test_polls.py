"""Opening a public vote, taking votes, what they decide: through the services and on the database itself."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from applications.models import Application, Person
from campaigns.models import Stage
from campaigns.services import cancel_campaign
from publicity import policies, selectors_counts, selectors_polls, wording_polls
from publicity.models import Poll, PollCandidate, Vote
from publicity.services import polls
from publicity.stage_kinds import PublicVote
from review.models import Outcome
from review.selectors import ranks_into, references
from review.services.investigations import decide_investigation, open_investigation
from review.services.outcomes import write_outcome
from review.services.stages import obstacles_to_closing
from review.stages import stage_kinds
from review.states import Verdict
from tests.factories import MemberFactory, UserFactory, invented_phone
from tests.kept import kept
from tests.publicity.scene import DAY, HOUR, VoteScene, public_notice, public_vote
from tests.publicity.test_divided_titles import PLAIN
from tests.review.placecraft import notice, tier
from tests.review.stagecraft import MINUTE, Play, final
from unions import audit, vault
from unions.models import AuditEntry, Union, User
from unions.permits import Refused
from unions.states import Role


@kept
def scene(union: Union) -> VoteScene:
    return VoteScene(union)


@kept
def candidates(scene: VoteScene) -> list[Application]:
    return scene.to_vote()


def _unplanned(scene: VoteScene) -> Stage:
    """The stage of the vote as if the campaign had no dates for it."""
    stage = scene.stage("vote")
    stage.planned_to = None
    return stage


def _allowance(poll: Poll, voter: User, *, at: datetime) -> selectors_polls.Allowance:
    return selectors_polls.allowance(poll, selectors_polls.voter_digest(poll, voter), day=timezone.localdate(at))


def _reasons(scene: VoteScene) -> dict[str, str]:
    rows = Outcome.objects.standing().filter(stage=scene.stage("vote")).select_related("application")
    return {row.application.name: row.reason for row in rows}


# --- opening -----------------------------------------------------------------------------------------------------------


def test_the_kind_is_known_to_the_stage_engine() -> None:
    assert isinstance(stage_kinds["public_vote"], PublicVote)


def test_opening_the_stage_makes_nothing_public(scene: VoteScene, candidates: list[Application]) -> None:
    assert not Poll.objects.exists()
    assert obstacles_to_closing(scene.stage("vote"), at=scene.now()).must == [
        "网络投票尚未发布，请在“公示与异议”中发布"
    ]


def test_the_poll_freezes_what_the_public_may_see_and_nothing_else(union: Union) -> None:
    scene = VoteScene(union, stages=(public_notice(columns=["name", "employer", "deeds", "rank"]), final()))
    scene.to_vote("赵建国", deeds="联系电话19900001111，带徒30人", years=12)

    poll = scene.open_poll()

    row = PollCandidate.objects.get(poll=poll)
    seen = selectors_polls.candidates_of(poll)[0].seen
    assert seen.name == "赵建国"
    assert seen.employer == "示例机床厂"
    assert seen.facts == [["主要事迹", "联系电话199****1111，带徒30人"]]
    assert "赵建国" not in row.sealed
    entry = AuditEntry.objects.get(action="poll.opened")
    assert entry.after is not None
    assert entry.after["candidates"] == [[row.application_id, row.digest]]


def test_without_a_notice_in_the_rules_the_public_sees_name_and_employer(union: Union) -> None:
    scene = VoteScene(union, stages=(final(),))
    scene.to_vote("赵建国", deeds="不公示的事迹")

    seen = selectors_polls.candidates_of(scene.open_poll())[0].seen

    assert (seen.name, seen.employer, seen.facts) == ("赵建国", "示例机床厂", [])


def test_people_of_several_tiers_stand_in_one_poll(union: Union) -> None:
    parts = (tier("chief", places=1), tier("ordinary"))
    shown = public_notice(columns=["name", "tier"])
    play = Play(union, public_vote(), shown, final(), quota={"places": 3}, more=notice(*parts))
    play.apply("孙秀兰", **PLAIN)
    stage = play.open("vote")

    seen = selectors_polls.seen_of(stage, selectors_polls.people_of(stage))

    assert [one.name for one in seen] == ["孙秀兰"]


def test_long_values_are_told_apart_from_short_ones(scene: VoteScene) -> None:
    scene.to_vote("赵建国", deeds="事" * 41)
    one = selectors_polls.candidates_of(scene.open_poll())[0]

    assert (one.line, one.text) == ("", "事" * 41)
    other = selectors_polls.Candidate(1, 1, 1, selectors_polls.Seen("甲", "", [["工种", "焊工"]]), gone=False)
    assert (other.line, other.text) == ("焊工", "")


@pytest.mark.parametrize("whole", [True, False], ids=["with their key", "in this campaign"])
def test_who_was_anonymised_stands_as_such(scene: VoteScene, whole: bool) -> None:
    person = scene.to_vote("赵建国")[0]
    poll = scene.open_poll()
    if whole:
        Person.objects.filter(pk=person.person_id).update(key=None)
    else:
        Application.objects.filter(pk=person.pk).update(anonymised_at=scene.now())

    (one,) = selectors_polls.candidates_of(poll)
    assert one.seen == selectors_polls.Seen("（个人信息已按规定删除）", "", [])


def test_a_person_without_a_key_cannot_be_put_to_the_vote(scene: VoteScene) -> None:
    person = scene.to_vote("赵建国")[0]
    Person.objects.filter(pk=person.person_id).update(key=None)

    with pytest.raises(Refused, match="个人信息已按规定删除，不能参加投票"):
        scene.open_poll()


def test_a_poll_is_opened_once(scene: VoteScene, candidates: list[Application]) -> None:
    scene.open_poll()

    with pytest.raises(Refused, match="网络投票已发布"):
        scene.open_poll()


def test_a_poll_is_not_changed_and_not_deleted(scene: VoteScene, candidates: list[Application]) -> None:
    poll = scene.open_poll()

    for write in (
        lambda: Poll.objects.update(closes_at=poll.closes_at + DAY),
        lambda: Poll.objects.all()._raw_delete("default"),
        lambda: PollCandidate.objects.update(number=9),
    ):
        with pytest.raises(Exception, match=r"Cannot|permission denied"), transaction.atomic():
            write()


def test_the_key_of_a_poll_may_be_deleted(scene: VoteScene, candidates: list[Application]) -> None:
    poll = scene.open_poll()
    assert poll.key is not None

    poll.key.delete()

    assert Poll.objects.get().key is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"title": " "}, "标题和投票说明都要填写"),
        ({"text": ""}, "标题和投票说明都要填写"),
        ({"closes_at": lambda now: now}, "截止时间须在开始时间之后"),
        ({"opens_at": lambda now: now + 4 * DAY}, "截止时间须在开始时间之后"),
        ({"opens_at": lambda now: now - HOUR}, "开始时间已经过去"),
    ],
)
def test_an_unsound_poll_is_refused(
    scene: VoteScene, candidates: list[Application], more: dict[str, Any], words: str
) -> None:
    given = {key: value(scene.clock) if callable(value) else value for key, value in more.items()}

    with pytest.raises(Refused, match=words):
        scene.open_poll(**given)

    assert not Poll.objects.exists()


def test_too_few_people_for_one_ballot_are_not_put_to_the_vote(union: Union) -> None:
    scene = VoteScene(union, vote={"choices_min": 5, "choices_max": 10})
    scene.to_vote()

    with pytest.raises(Refused, match="有 3 名人选，规则要求每票至少选 5 人"):
        scene.open_poll()


def test_a_poll_lasts_as_long_as_the_rules_ask(union: Union) -> None:
    scene = VoteScene(union, vote={"length": {"days": 5, "unit": "calendar"}})
    scene.to_vote()

    with pytest.raises(Refused, match="规则规定投票5日，所填时间只有 4 天"):
        scene.open_poll(closes_at=scene.clock + 3 * DAY)

    scene.open_poll(closes_at=scene.clock + 4 * DAY)


def test_a_poll_may_be_measured_in_working_days(union: Union) -> None:
    scene = VoteScene(union, vote={"length": {"days": 5, "unit": "working"}})
    scene.to_vote()  # 23 March 2026 is a Monday

    with pytest.raises(Refused, match=r"规则规定投票5个工作日，所填时间只有 4 天"):
        scene.open_poll(closes_at=scene.clock + 3 * DAY)
    with pytest.raises(Refused, match="2027年"):
        scene.open_poll(closes_at=scene.clock + 365 * DAY)

    scene.open_poll(closes_at=scene.clock + 4 * DAY)


def test_the_first_words_of_a_poll_come_from_the_rules(union: Union) -> None:
    scene = VoteScene(union, vote={"length": {"days": 7, "unit": "calendar"}, "channels": ["工会公众号"]})
    scene.to_vote()

    found = wording_polls.poll_defaults(_unplanned(scene), at=scene.clock)

    assert found["title"] == "“示例工匠”网络投票"
    assert found["text"].endswith("投票渠道：工会公众号。")
    assert (found["closes_at"].date() - found["opens_at"].date()).days == 6
    scene.open_poll(**found)


@pytest.mark.parametrize(
    ("days", "unit", "hour", "closes"),
    [
        (5, "working", 9, "2026-03-27T18:00"),
        (6, "working", 9, "2026-03-30T18:00"),
        (6, "calendar", 9, "2026-03-28T18:00"),
        (1, "calendar", 20, "2026-03-23T23:59"),
        (200, "working", 9, "2027-04-27T18:00"),
    ],
)
def test_the_first_hours_of_a_poll_are_as_long_as_the_rules_ask(
    union: Union, days: int, unit: str, hour: int, closes: str
) -> None:
    scene = VoteScene(union, vote={"length": {"days": days, "unit": unit}})

    found = wording_polls.poll_defaults(_unplanned(scene), at=scene.clock.replace(hour=hour))

    assert f"{found['closes_at']:%Y-%m-%dT%H:%M}" == closes


def test_a_poll_without_a_length_is_first_proposed_until_the_planned_day(scene: VoteScene) -> None:
    stage = _unplanned(scene)

    assert wording_polls.poll_defaults(stage, at=scene.clock)["closes_at"].date() == date(2026, 3, 27)
    stage.planned_to = date(2026, 4, 3)
    assert wording_polls.poll_defaults(stage, at=scene.clock)["closes_at"].date() == stage.planned_to


def test_only_the_office_opens_a_poll_and_only_in_its_stage(scene: VoteScene, candidates: list[Application]) -> None:
    stage, at = scene.stage("vote"), scene.now()

    assert "认定办公室" in policies.can_open_poll(scene.leader, stage, at=at).reason
    assert "不是网络投票环节" in policies.can_open_poll(scene.office, scene.stage("notice"), at=at).reason
    stage.state = "closed"
    assert "环节进行中才能发布网络投票" in policies.can_open_poll(scene.office, stage, at=at).reason
    stage.campaign.state = "cancelled"
    assert "不能发布网络投票" in policies.can_open_poll(scene.office, stage, at=at).reason


# --- voting ------------------------------------------------------------------------------------------------------------


def test_a_vote_counts_and_says_nothing_of_its_voter(scene: VoteScene, candidates: list[Application]) -> None:
    zhao, qian, _sun = candidates
    poll = scene.open_poll()
    voter = UserFactory(name="漏网选民")

    vote = scene.cast(zhao, qian, voter=voter)

    assert selectors_polls.tally(poll) == {scene.candidate(zhao): 1, scene.candidate(qian): 1}
    assert poll.key is not None
    assert vote.voter == vault.digest(poll.key, str(voter.phone))
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(v)::text FROM publicity_vote v")
        row = cursor.fetchone()[0]
    assert str(voter.phone) not in row
    assert "漏网选民" not in row
    assert not AuditEntry.objects.filter(action="votes.taken").exists()
    assert polls.record_votes(poll, at=scene.now()) == 1
    assert polls.record_votes(poll, at=scene.now()) == 0
    entry = AuditEntry.objects.get(action="votes.taken")
    assert entry.after == {"votes": 1, "through": vote.pk}
    assert set(entry.rows["publicity.vote"]) == {str(vote.pk)}
    assert entry.actor.role == Role.PUBLIC
    assert audit.verify(scene.union).verified


def test_the_same_phone_is_another_voter_in_another_poll(union: Union) -> None:
    voter = UserFactory()
    votes = []
    for _ in range(2):
        scene = VoteScene(union)
        person = scene.to_vote("赵建国")[0]
        scene.open_poll()
        votes.append(scene.cast(person, voter=voter))

    assert votes[0].voter != votes[1].voter


def test_a_member_of_no_union_may_vote(scene: VoteScene, candidates: list[Application]) -> None:
    person = candidates[0]
    poll = scene.open_poll()

    assert policies.can_vote(UserFactory(), poll, at=scene.now())
    scene.cast(person)


@pytest.mark.parametrize(("phone", "verified"), [(None, False), (invented_phone(99999), False)])
def test_a_voter_needs_a_verified_phone(
    scene: VoteScene, candidates: list[Application], phone: str | None, verified: bool
) -> None:
    person = candidates[0]
    scene.open_poll()
    voter = UserFactory()
    voter.phone, voter.phone_verified = phone, verified
    voter.save()

    with pytest.raises(Refused, match="已验证的手机号码"):
        scene.cast(person, voter=voter)


def test_no_vote_before_the_first_minute_nor_from_the_last(scene: VoteScene, candidates: list[Application]) -> None:
    person = candidates[0]
    poll = scene.open_poll()

    with pytest.raises(Refused, match=r"投票还没有开始，2026年3月23日1\d:\d\d起可以投票"):
        scene.cast(person, at=poll.opens_at - MINUTE)
    scene.cast(person, at=poll.opens_at)
    scene.cast(person, at=poll.closes_at - MINUTE)
    with pytest.raises(Refused, match=r"投票已于2026年3月26日\d+:\d\d截止，不能再投票"):
        scene.cast(person, at=poll.closes_at)


def test_no_vote_in_a_campaign_that_was_cancelled(scene: VoteScene, candidates: list[Application]) -> None:
    person = candidates[0]
    scene.open_poll()
    cancel_campaign(scene.campaign, reason="暂停", actor=scene.office, at=scene.now())

    with pytest.raises(Refused, match="投票已结束"):
        scene.cast(person)


def test_one_ballot_a_day_and_the_next_on_the_next(scene: VoteScene, candidates: list[Application]) -> None:
    person = candidates[0]
    poll = scene.open_poll()
    voter = UserFactory()
    scene.cast(person, voter=voter)

    with pytest.raises(Refused, match="每天限投 1 票，您今天已投完"):
        scene.cast(person, voter=voter)

    midnight = timezone.localtime(poll.opens_at).replace(hour=0, minute=0) + DAY
    with pytest.raises(Refused, match="今天已投完"):
        scene.cast(person, voter=voter, at=midnight - MINUTE)
    assert scene.cast(person, voter=voter, at=midnight).seq == 2


def test_at_most_so_many_ballots_in_all(union: Union) -> None:
    scene = VoteScene(union, vote={"ballots_per_day": 2, "ballots_in_all": 3})
    person = scene.to_vote()[0]
    poll = scene.open_poll()
    voter = UserFactory()
    for at in (poll.opens_at, poll.opens_at + MINUTE, poll.opens_at + DAY):
        scene.cast(person, voter=voter, at=at)

    with pytest.raises(Refused, match="限投 3 票，您已投完"):
        scene.cast(person, voter=voter, at=poll.opens_at + DAY + MINUTE)

    assert _allowance(poll, voter, at=poll.opens_at + DAY).left_today == 0
    assert selectors_polls.ballots_by_day(poll) == [
        (timezone.localdate(poll.opens_at), 2),
        (timezone.localdate(poll.opens_at + DAY), 1),
    ]


def test_a_double_click_counts_once(union: Union) -> None:
    scene = VoteScene(union, vote={"ballots_per_day": 5})
    person = scene.to_vote()[0]
    scene.open_poll()
    voter, ballot = UserFactory(), uuid4()

    first = scene.cast(person, voter=voter, ballot=ballot)
    second = scene.cast(person, voter=voter, ballot=ballot)

    assert first == second
    assert Vote.objects.count() == 1


def test_another_voters_ballot_number_hides_nobodys_vote(scene: VoteScene, candidates: list[Application]) -> None:
    person = candidates[0]
    scene.open_poll()
    ballot = uuid4()

    scene.cast(person, ballot=ballot)
    scene.cast(person, ballot=ballot)

    assert Vote.objects.count() == 2


def test_choices_keep_within_the_rules(union: Union) -> None:
    scene = VoteScene(union, vote={"choices_min": 2, "choices_max": 2})
    people = scene.to_vote()
    scene.open_poll()

    with pytest.raises(Refused, match="每票须选 2 人，您选了 1 人"):
        scene.cast(people[0])
    with pytest.raises(Refused, match="每票须选 2 人，您选了 3 人"):
        scene.cast(*people)
    with pytest.raises(Refused, match="您选了 1 人"):
        scene.cast(people[0], people[0])
    assert not Vote.objects.exists()


def test_only_candidates_of_this_poll_can_be_chosen(
    scene: VoteScene, candidates: list[Application], union: Union
) -> None:
    poll = scene.open_poll()
    other = VoteScene(union)
    stranger = other.to_vote("别处人选")[0]
    other.open_poll()

    with pytest.raises(Refused, match="不在本次投票的人选中"):
        polls.cast_vote(poll, voter=UserFactory(), choices=[other.candidate(stranger)], ballot=uuid4(), at=scene.now())


def test_whoever_left_cannot_be_chosen_any_more_and_their_votes_stay(
    scene: VoteScene, candidates: list[Application]
) -> None:
    zhao, qian, sun = candidates
    poll = scene.open_poll()
    scene.cast(zhao, qian)
    scene.cast(zhao, sun)
    investigation = open_investigation(zhao, allegation="材料不实", actor=scene.office, at=scene.now())
    decide_investigation(
        investigation,
        upheld=True,
        finding="伪造证书",
        public_note="申报材料不实",
        actor=MemberFactory(union=scene.union, role=Role.OFFICE),
        at=scene.now(),
    )

    with pytest.raises(Refused, match="赵建国已退出，不能再选"):
        scene.cast(zhao)
    scene.cast(qian)

    results = selectors_counts.count(poll, selectors_polls.candidates_of(poll)).rows
    assert [(row.candidate.name, row.votes, row.place) for row in results] == [
        ("钱秀兰", 2, 1),
        ("孙志强", 1, 2),
        ("赵建国", 2, None),
    ]


# --- what the database itself refuses ----------------------------------------------------------------------------------


def _row(scene: VoteScene, **more: Any) -> dict[str, Any]:
    poll = scene.poll
    return {
        "union": scene.union,
        "poll": poll,
        "voter": "a" * 64,
        "ballot": uuid4(),
        "day": timezone.localdate(poll.opens_at),
        "day_seq": 1,
        "seq": 1,
        "choices": [poll.candidates.first().pk],
        **more,
    }


@kept
def two_a_day(union: Union) -> VoteScene:
    """Two ballots a day and three in all; somebody has cast one."""
    scene = VoteScene(union, vote={"ballots_per_day": 2, "ballots_in_all": 3})
    scene.to_vote()
    scene.open_poll()
    Vote.objects.create(**_row(scene, voter="b" * 64))
    return scene


@pytest.mark.parametrize(
    "wrong",
    [
        lambda ids: {"day_seq": 3},
        lambda ids: {"day_seq": 0},
        lambda ids: {"seq": 4},
        lambda ids: {"seq": 0},
        lambda ids: {"choices": []},
        lambda ids: {"choices": ids},
        lambda ids: {"choices": [ids[0], ids[0]]},
        lambda ids: {"choices": [ids[0], 10**9]},
    ],
)
def test_the_database_refuses_a_vote_outside_the_rules(
    two_a_day: VoteScene, wrong: Callable[[list[int]], dict[str, Any]]
) -> None:
    ids = list(two_a_day.poll.candidates.values_list("pk", flat=True))

    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(**_row(two_a_day, **wrong(ids)))


def test_the_database_numbers_a_voters_ballots_once(union: Union) -> None:
    scene = VoteScene(union, vote={"ballots_per_day": 2})
    scene.to_vote()
    scene.open_poll()
    Vote.objects.create(**_row(scene))

    with pytest.raises(IntegrityError, match="vote_of_day_once"), transaction.atomic():
        Vote.objects.create(**_row(scene, seq=2))
    with pytest.raises(IntegrityError, match="vote_in_all_once"), transaction.atomic():
        Vote.objects.create(**_row(scene, day_seq=2))
    Vote.objects.create(**_row(scene, seq=2, day_seq=2))


# --- closing and counting ----------------------------------------------------------------------------------------------


def test_the_stage_closes_when_the_window_is_over_and_everybody_passes_without_a_rank(
    scene: VoteScene, candidates: list[Application]
) -> None:
    zhao, qian, _sun = candidates
    poll = scene.open_poll()
    scene.cast(zhao, qian)
    scene.cast(zhao)

    with pytest.raises(Refused, match=r"投票到2026年3月26日\d+:\d\d截止，截止后才能结束"):
        scene.close("vote")

    scene.end_vote()
    scene.close("vote")
    assert _reasons(scene) == {
        "赵建国": "网络投票得 2 票，列第 1 位（共 2 张选票，仅供参考）",
        "钱秀兰": "网络投票得 1 票，列第 2 位（共 2 张选票，仅供参考）",
        "孙志强": "网络投票得 0 票（共 2 张选票，仅供参考）",
    }
    rows = Outcome.objects.filter(stage=scene.stage("vote"))
    assert {(row.verdict, row.rank) for row in rows} == {(Verdict.PASSED, None)}
    with pytest.raises(Refused, match="投票已结束"):
        scene.cast(zhao, at=poll.closes_at - MINUTE)


def test_a_stage_that_nobody_reached_closes_without_a_poll(scene: VoteScene) -> None:
    someone = scene.apply()
    scene.qualify("qualification", rejecting=[someone])
    scene.open("vote")

    scene.close("vote")

    assert _reasons(scene) == {}


def test_who_came_in_after_the_poll_opened_passes_without_votes(scene: VoteScene) -> None:
    late, one = scene.apply("周桂英"), scene.apply("赵建国")
    scene.open("qualification")
    scene.judge(one)
    scene.decide("qualification", one)
    rejected = scene.decide("qualification", late, Verdict.REJECTED, "材料不足")
    scene.close("qualification")
    scene.open("vote")
    scene.open_poll()
    write_outcome(
        rejected.stage,
        late,
        verdict=Verdict.PASSED,
        reason="递补",
        supersedes=rejected,
        actor=scene.office,
        at=scene.now(),
    )
    scene.end_vote()

    scene.close("vote")

    assert _reasons(scene)["周桂英"] == "投票开始后进入本环节，未参加网络投票"


def test_the_leading_group_reads_the_votes_as_a_reference_and_not_as_a_rank(
    scene: VoteScene, candidates: list[Application]
) -> None:
    zhao, _qian, _sun = candidates
    scene.open_poll()
    scene.cast(zhao)
    assert references([zhao.pk]) == {}

    scene.end_vote()
    scene.close("vote")

    assert [row.reason for row in references([zhao.pk])[zhao.pk]] == [
        "网络投票得 1 票，列第 1 位（共 1 张选票，仅供参考）"
    ]
    assert ranks_into(scene.stage("final")) == {}


def test_the_tally_is_what_the_ballots_say_one_by_one(union: Union) -> None:
    scene = VoteScene(union, vote={"choices_max": 3})
    people = scene.to_vote()
    poll = scene.open_poll()
    for n in range(12):
        scene.cast(*[person for k, person in enumerate(people) if n % (k + 2) == 0] or people[:1])

    counted = Counter(choice for vote in Vote.objects.filter(poll=poll) for choice in vote.choices)

    assert selectors_polls.tally(poll) == dict(counted)
    assert selectors_polls.ballots(poll) == 12


def test_equal_votes_share_a_place(scene: VoteScene, candidates: list[Application]) -> None:
    zhao, qian, sun = candidates
    poll = scene.open_poll()
    for chosen in ((zhao, qian), (zhao, qian), (sun,)):
        scene.cast(*chosen)

    results = selectors_counts.count(poll, selectors_polls.candidates_of(poll)).rows

    assert [(row.candidate.name, row.place) for row in results] == [("赵建国", 1), ("钱秀兰", 1), ("孙志强", 3)]


def test_a_visitors_order_is_their_own_and_stays(scene: VoteScene) -> None:
    scene.to_vote(*(f"赵{n}" for n in "甲乙丙丁戊己庚辛"))
    people = selectors_polls.candidates_of(scene.open_poll())

    assert selectors_polls.shuffled(people, "甲") == selectors_polls.shuffled(list(reversed(people)), "甲")
    assert selectors_polls.shuffled(people, "甲") != selectors_polls.shuffled(people, "乙")
    assert {one.pk for one in selectors_polls.shuffled(people, "甲")} == {one.pk for one in people}


# --- who reads the count -----------------------------------------------------------------------------------------------


def _readers(scene: VoteScene) -> dict[str, Any]:
    supervisor = MemberFactory(union=scene.union, role=Role.SUPERVISOR)
    return {"public": None, "office": scene.office, "leader": scene.leader, "supervisor": supervisor}


def _may_read(scene: VoteScene, at: datetime) -> set[str]:
    poll = scene.poll
    return {name for name, one in _readers(scene).items() if policies.can_read_tally(one, poll, at=at)}


def test_a_hidden_tally_is_hidden_from_the_office_too_until_the_last_minute(
    scene: VoteScene, candidates: list[Application]
) -> None:
    poll = scene.open_poll()

    assert _may_read(scene, poll.closes_at - MINUTE) == set()
    assert "规则规定投票期间不显示得票" in policies.can_read_tally(scene.office, poll, at=poll.opens_at).reason
    assert "环节结束后公布" in policies.can_read_tally(None, poll, at=poll.closes_at).reason
    assert _may_read(scene, poll.closes_at) == {"office", "leader", "supervisor"}

    scene.end_vote()
    scene.close("vote")
    assert _may_read(scene, scene.now()) == {"public", "office", "leader", "supervisor"}


def test_a_shown_tally_is_public_all_along(union: Union) -> None:
    scene = VoteScene(union, vote={"tally": "shown"})
    scene.to_vote()
    poll = scene.open_poll()

    assert _may_read(scene, poll.opens_at) == {"public", "office", "leader", "supervisor"}


def test_an_applicant_reads_what_the_public_reads(scene: VoteScene, candidates: list[Application]) -> None:
    poll = scene.open_poll()
    applicant = MemberFactory(union=scene.union)

    assert not policies.can_read_tally(applicant, poll, at=poll.closes_at)


def test_a_poll_with_a_most_in_all_says_so() -> None:
    poll = Poll(ballots_per_day=2, ballots_in_all=5, choices_min=1, choices_max=3)

    assert "每个手机号码每天可投 2 票，整个投票期间至多 5 票" in wording_polls.poll_rules(poll)[1]
    poll.ballots_in_all = None
    assert "整个投票期间" not in wording_polls.poll_rules(poll)[1]
