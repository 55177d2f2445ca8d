"""Opening a public vote (网络投票) and taking the votes."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules.wording import duration
from campaigns.workingdays import UnknownYear
from publicity import policies, selectors_polls
from publicity.models import Poll, PollCandidate, Vote
from publicity.selectors_polls import Seen
from publicity.wording_polls import choices_words
from review.services.stages import lock_stage
from unions import audit, vault
from unions.archive.tables import plain
from unions.models import Member, User
from unions.permits import Refused
from unions.services import public_member


@dataclass(frozen=True, slots=True)
class PollText:
    """What an officer writes: the words and the hours. The names come from the stage, the ballot from its rules."""

    title: str
    text: str
    opens_at: datetime
    closes_at: datetime


@transaction.atomic
def open_poll(stage: Stage, *, text: PollText, actor: Member, at: datetime) -> Poll:
    """Put everybody who entered the stage to the vote, for hours that cannot be changed afterwards."""
    stage = lock_stage(stage)
    policies.can_open_poll(actor, stage, at=at).require()
    if Poll.objects.filter(stage=stage).exists():
        raise Refused("网络投票已发布，人选和时间不能再改")
    people = selectors_polls.people_of(stage)
    _require_sound(stage, text, people, at)
    rule = selectors_polls.vote_rule(stage)
    poll = Poll.objects.create(
        union=stage.union,
        stage=stage,
        title=text.title.strip(),
        text=text.text.strip(),
        opens_at=text.opens_at,
        closes_at=text.closes_at,
        choices_min=rule.choices_min,
        choices_max=rule.choices_max,
        ballots_per_day=rule.ballots_per_day,
        ballots_in_all=rule.ballots_in_all,
        shown=rule.tally == "shown",
        key=vault.new_key(stage.union, at=at),
        at=at,
        by=actor,
    )
    seen = selectors_polls.seen_of(stage, people)
    rows = [
        _candidate(poll, application, what, number)
        for number, (application, what) in enumerate(zip(people, seen, strict=True), start=1)
    ]
    PollCandidate.objects.bulk_create(rows)
    audit.record(
        "poll.opened",
        poll,
        actor=actor,
        at=at,
        after={
            "stage": stage.pk,
            "from": poll.opens_at.isoformat(),
            "to": poll.closes_at.isoformat(),
            "candidates": [[row.application_id, row.digest] for row in rows],
        },
        rows=rows,
    )
    return poll


def _require_sound(stage: Stage, text: PollText, people: list[Application], at: datetime) -> None:
    if not (text.title.strip() and text.text.strip()):
        raise Refused("标题和投票说明都要填写")
    rule = selectors_polls.vote_rule(stage)
    if len(people) < rule.choices_min:
        raise Refused(f"本环节有 {len(people)} 名人选，规则要求每票至少选 {rule.choices_min} 人，不能发布投票")
    if text.opens_at >= text.closes_at or text.closes_at <= at:
        raise Refused("投票截止时间须在开始时间之后，并且晚于现在")
    if text.opens_at < at:
        raise Refused("投票开始时间已经过去，请填写现在以后的时间")
    if rule.length is None:
        return
    try:
        days = selectors_polls.days_of(stage, timezone.localdate(text.opens_at), timezone.localdate(text.closes_at))
    except UnknownYear as unknown:
        raise Refused(str(unknown)) from unknown
    if days < rule.length.days:
        raise Refused(f"规则规定投票{duration(rule.length)}，所填时间只有 {days} 天，请推后截止时间")


def _candidate(poll: Poll, application: Application, seen: Seen, number: int) -> PollCandidate:
    key = application.person.key
    if key is None:
        raise Refused(f"受理编号{application.number}的个人信息已按规定删除，不能参加投票")
    shown = audit.canonical(asdict(seen)).decode()
    return PollCandidate(
        union_id=poll.union_id,
        poll=poll,
        number=number,
        application=application,
        sealed=vault.seal(key, shown),
        digest=vault.digest(key, shown),
    )


@transaction.atomic
def cast_vote(poll: Poll, *, voter: User, choices: Collection[int], ballot: UUID, at: datetime) -> Vote:
    """Take one ballot; a second click on the same page is the same `ballot` and changes nothing.

    The poll is locked, so that ballots of one voter are counted one after another and none comes in while the stage closes.
    The log holds a digest of the row and no name: a vote is the public's.
    """
    poll = Poll.objects.select_for_update(no_key=True, of=("self",)).select_related("union", "key").get(pk=poll.pk)
    # read after the lock was given: a stage that closed meanwhile is seen closed
    poll.stage = Stage.objects.select_related("campaign").get(pk=poll.stage_id)
    policies.can_vote(voter, poll, at=at).require()
    digest, day = selectors_polls.voter_digest(poll, voter), timezone.localdate(at)
    before = Vote.objects.filter(poll=poll, voter=digest, ballot=ballot).first()
    if before is not None:
        return before
    chosen = require_choices(poll, choices)
    allowed = selectors_polls.allowance(poll, digest, day=day)
    if not allowed.left_today:
        raise Refused(used_up(poll, allowed))
    vote = Vote.objects.create(
        union_id=poll.union_id,
        poll=poll,
        voter=digest,
        ballot=ballot,
        day=day,
        day_seq=allowed.cast_today + 1,
        seq=allowed.cast + 1,
        choices=chosen,
        at=at.replace(microsecond=0),
    )
    audit.record("vote.cast", vote, actor=public_member(poll.union), at=at, after={"sha256": vote_sha256(vote)})
    return vote


def require_choices(poll: Poll, choices: Collection[int]) -> list[int]:
    """The chosen ids in order, each once; refused in words where they are no ballot of this poll."""
    candidates = {one.pk: one for one in selectors_polls.candidates_of(poll)}
    chosen = sorted(set(choices))
    if not set(chosen) <= set(candidates):
        raise Refused("所选的人不在本次投票的人选中，请重新选择")
    gone = [candidates[pk].name for pk in chosen if candidates[pk].gone]
    if gone:
        raise Refused(f"{'、'.join(gone)}已退出，不能再选，请改选他人")
    if not poll.choices_min <= len(chosen) <= poll.choices_max:
        raise Refused(f"{choices_words(poll)}，您选了 {len(chosen)} 人")
    return chosen


def used_up(poll: Poll, allowed: selectors_polls.Allowance) -> str:
    """Why a voter cannot cast another ballot now."""
    if poll.ballots_in_all is not None and allowed.cast >= poll.ballots_in_all:
        return f"每个手机号码在本次投票中限投 {poll.ballots_in_all} 票，您已投完"
    return f"每个手机号码每天限投 {poll.ballots_per_day} 票，您今天已投完"


def vote_sha256(vote: Vote) -> str:
    """What the log commits to: a vote that was altered afterwards no longer gives this digest."""
    content = [vote.poll_id, vote.voter, str(vote.ballot), vote.day.isoformat(), vote.day_seq, vote.seq, vote.choices]
    if vote.at is not None:
        content += [plain(vote.at), vote.channel, vote.address, vote.network, vote.agent, vote.order]
    return sha256(audit.canonical(content)).hexdigest()
