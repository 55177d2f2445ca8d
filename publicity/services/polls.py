"""Opening a public vote (网络投票), taking the votes, putting them on record."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules.wording import duration
from campaigns.workingdays import UnknownYear
from publicity import policies, selectors_polls
from publicity.ballots import Ballot, network
from publicity.models import Poll, PollCandidate, Vote
from publicity.selectors_polls import Seen, Standing
from publicity.services.pages import renew_pages
from publicity.states import Identity
from publicity.wording_polls import choices_words, voter_words
from review.services.stages import lock_stage
from unions import audit, vault
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
    identity: str = Identity.PHONE


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
        identity=text.identity,
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
    renew_pages(poll)
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
    key = application.open_key
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


# --- taking votes ------------------------------------------------------------------------------------------------------

_POLLS: Final = 0x6A7A
"""Advisory locks of polls: shared by whoever takes votes, exclusive for whoever must know that none is under way.

A lock of the row would be written with every batch, and whoever wants it alone could wait for ever behind those who share it.
"""

_LOCK_AND_READ: Final = """
SET LOCAL synchronous_commit TO on;
SELECT pg_advisory_xact_lock_shared(%s, %s);
SELECT stage.state, campaign.state, given.voter, vote.ballot, vote.day
FROM campaigns_stage AS stage
JOIN campaigns_campaign AS campaign ON campaign.id = stage.campaign_id
LEFT JOIN (
    unnest(%s::text[]) AS given (voter)
    CROSS JOIN LATERAL (
        SELECT ballot, day FROM publicity_vote WHERE poll_id = %s AND voter = given.voter OFFSET 0
    ) AS vote
) ON TRUE
WHERE stage.id = %s
"""
"""One look a voter into the index, whatever the planner believes of a table that nobody has analysed yet (`OFFSET 0` keeps the
look apart): otherwise it reads every vote of the poll for each batch, until autovacuum has come by.

One trip to the database; the last statement sees what is true once the lock is given, so a closed stage is seen closed."""

_INSERT: Final = """
INSERT INTO publicity_vote
    (union_id, poll_id, voter, ballot, day, day_seq, seq, choices, at, channel, address, network, agent, "order")
SELECT %s, %s, given.*
FROM json_to_recordset(%s) AS given(
    voter text, ballot uuid, day date, day_seq int, seq int, choices bigint[], at timestamptz,
    channel text, address text, network text, agent text, "order" text)
ON CONFLICT DO NOTHING
RETURNING voter, ballot
"""
"""All rows come as one text, which is written and quoted once."""
NOT_TAKEN: Final = "这张选票没有被接受，请返回人选页面重新选择"


def cast_vote(
    poll: Poll, *, voter: User, choices: Collection[int], ballot: UUID, at: datetime, channel: str = ""
) -> Vote:
    """Take the ballot of somebody who signed in; the same `ballot` again is the same vote and changes nothing."""
    policies.can_vote(voter, poll, at=at).require()
    digest = selectors_polls.voter_digest(poll, voter)
    one = Ballot(voter=digest, ballot=ballot, choices=tuple(choices), at=at, channel=channel)
    (refusal,) = cast_votes(poll, [one])
    if refusal:
        raise Refused(refusal)
    return Vote.objects.get(poll=poll, voter=digest, ballot=ballot)


def cast_votes(poll: Poll, ballots: Sequence[Ballot], *, standing: Standing | None = None) -> list[str]:
    """Take many ballots in one durable transaction; of each, why it was refused, or nothing where it is in the log.

    The only way into the table: of a single form as of the intake's batches. Whoever calls answers the voters when it has
    returned, and nobody when it raised. A poll never changes, and `standing` may be a second old; whether the stage is open
    is read under the lock.

    A vote is put on record by `record_votes`, not here: the union's chain would let one batch after another through.
    """
    if standing is None:
        standing = selectors_polls.standing_of(poll)
    try:
        return _cast(poll, ballots, standing)
    except IntegrityError:
        # what the database refuses although we thought it right is one ballot's fault; the others are taken without it
        if len(ballots) == 1:
            return [NOT_TAKEN]
        return [answer for one in ballots for answer in cast_votes(poll, [one], standing=standing)]


@transaction.atomic
def _cast(poll: Poll, ballots: Sequence[Ballot], standing: Standing) -> list[str]:
    answers = [""] * len(ballots)
    waiting = list(range(len(ballots)))
    while waiting:
        judged = _Judged(poll, standing, {ballots[n].voter for n in waiting})
        for n in waiting:
            try:
                judged.take(n, ballots[n])
            except Refused as refused:
                answers[n] = str(refused)
        # who lost a place to a ballot that another process took at the same moment is judged again, with that one in the log
        waiting = judged.write()
    return answers


@dataclass(slots=True)
class _Row:
    """A ballot with its numbers, ready to be written; `n` is its place among those that came."""

    n: int
    ballot: Ballot
    day: date
    day_seq: int
    seq: int
    choices: list[int]


class _Judged:
    """Ballots judged against the log and each other."""

    def __init__(self, poll: Poll, standing: Standing, voters: set[str]) -> None:
        self.poll, self.standing = poll, standing
        self.rows: list[_Row] = []
        self.known: set[tuple[str, UUID]] = set()
        self.counts: dict[str, Counter[date | None]] = defaultdict(Counter)
        """Voter → day → ballots; under None all of them."""
        self.days: dict[datetime, date] = {}
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_AND_READ, [_POLLS, poll.pk, list(voters), poll.pk, poll.stage_id])
            found = cursor.fetchall()
        for stage, campaign, voter, ballot, day in found:
            poll.stage.state, poll.stage.campaign.state = stage, campaign
            if ballot is not None:
                self._count(voter, ballot, day)

    def _day(self, at: datetime) -> date:
        """The day here; ballots of one batch come within the same minute."""
        minute = at.replace(second=0, microsecond=0)
        if minute not in self.days:
            self.days[minute] = timezone.localdate(minute)
        return self.days[minute]

    def _count(self, voter: str, ballot: UUID, day: date) -> None:
        self.known.add((voter, ballot))
        self.counts[voter].update([day, None])

    def take(self, n: int, one: Ballot) -> None:
        """Number it, unless it is there already; raise where it cannot be taken."""
        if (one.voter, one.ballot) in self.known:
            return
        policies.can_take_votes(self.poll, at=one.at).require()
        chosen = require_choices(self.poll, one.choices, self.standing)
        day, counts = self._day(one.at), self.counts[one.voter]
        allowed = selectors_polls.allowed(self.poll, cast=counts[None], today=counts[day])
        if not allowed.left_today:
            raise Refused(used_up(self.poll, allowed))
        self.rows.append(_Row(n, one, day, counts[day] + 1, counts[None] + 1, chosen))
        self._count(one.voter, one.ballot, day)

    def write(self) -> list[int]:
        """Insert the rows, and say which of them another transaction was faster with."""
        if not self.rows:
            return []
        # in one order everywhere, so that two batches with the same voters never wait for each other in a ring
        rows = sorted(self.rows, key=lambda row: (row.ballot.voter, row.seq))
        given = [row.ballot for row in rows]
        digests = self._digests(
            address=[one.address for one in given],
            network=[network(one.address) for one in given],
            agent=[one.agent for one in given],
            order=[one.order for one in given],
        )
        values = [
            {
                "voter": row.ballot.voter,
                "ballot": row.ballot.ballot.hex,
                "day": row.day.isoformat(),
                "day_seq": row.day_seq,
                "seq": row.seq,
                "choices": row.choices,
                "at": row.ballot.at.isoformat(timespec="seconds"),
                "channel": row.ballot.channel,
                "address": address,
                "network": around,
                "agent": agent,
                "order": order,
            }
            for row, address, around, agent, order in zip(rows, *digests, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [self.poll.union_id, self.poll.pk, json.dumps(values)])
            if cursor.rowcount == len(rows):
                return []
            written = {(voter, str(ballot)) for voter, ballot in cursor.fetchall()}
        return [row.n for row in rows if (row.ballot.voter, str(row.ballot.ballot)) not in written]

    def _digests(self, **columns: list[str]) -> list[list[str]]:
        """Sixteen letters, the same for the same value in this poll only; of nothing there is nothing. Opens the key once."""
        values = [value and f"{kind}:{value}" for kind, column in columns.items() for value in column]
        found, many = vault.digests(self.poll.key, values), len(self.rows)
        return [[digest[:16] for digest in found[n : n + many]] for n in range(0, len(found), many)]


def require_choices(poll: Poll, choices: Collection[int], standing: Standing | None = None) -> list[int]:
    """The chosen ids in order, each once; refused in words where they are no ballot of this poll."""
    if standing is None:
        standing = selectors_polls.standing_of(poll)
    chosen = sorted(set(choices))
    if not set(chosen) <= set(standing):
        raise Refused("所选的人不在本次投票的人选中，请重新选择")
    if not all(standing[pk] for pk in chosen):
        names = {one.pk: one.name for one in selectors_polls.candidates_of(poll)}
        raise Refused(f"{'、'.join(names[pk] for pk in chosen if not standing[pk])}已退出，不能再选，请改选他人")
    if not poll.choices_min <= len(chosen) <= poll.choices_max:
        raise Refused(f"{choices_words(poll)}，您选了 {len(chosen)} 人")
    return chosen


def used_up(poll: Poll, allowed: selectors_polls.Allowance) -> str:
    """Why a voter cannot cast another ballot now."""
    if poll.ballots_in_all is not None and allowed.cast >= poll.ballots_in_all:
        return f"{voter_words(poll)}在本次投票中限投 {poll.ballots_in_all} 票，您已投完"
    return f"{voter_words(poll)}每天限投 {poll.ballots_per_day} 票，您今天已投完"


# --- on record ---------------------------------------------------------------------------------------------------------

_ENTRY: Final = 1000
"""At most so many votes an entry."""


def stop_votes(poll: Poll) -> None:
    """Wait for the ballots under way and hold back all others until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_POLLS, poll.pk])


def record_votes(poll: Poll, *, at: datetime) -> int:
    """Put on record what came in since the last time: entries with the digests of the votes, and which of them is the last.

    Ballots are held back only while the last one is looked up; ids are given under the shared lock, so that no lower one can
    come in afterwards.
    """
    with transaction.atomic():
        stop_votes(poll)
        last = Vote.objects.filter(poll=poll).aggregate(last=Max("pk"))["last"] or 0
    recorded = 0
    while rows := _record_some(poll, last, at):
        recorded += rows
    return recorded


@transaction.atomic
def _record_some(poll: Poll, last: int, at: datetime) -> int:
    poll = Poll.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=poll.pk)
    through = selectors_polls.recorded_through(poll)
    rows = list(Vote.objects.filter(poll=poll, pk__gt=through, pk__lte=last).order_by("pk")[:_ENTRY])
    if rows:
        audit.record(
            selectors_polls.VOTES_TAKEN,
            poll,
            actor=public_member(poll.union),
            at=at,
            after={"votes": len(rows), "through": rows[-1].pk},
            rows=rows,
        )
    return len(rows)
