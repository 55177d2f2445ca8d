"""Doubtful votes: set aside with a reason and an announcement, confirmed, restored, or kept. No vote is ever deleted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from publicity import policies, selectors_counts
from publicity.doubt import Doubted
from publicity.models import Poll, Vote
from publicity.models_polls import VoteSetAside
from publicity.states import Act
from review.services.stages import lock_stage
from unions import audit
from unions.models import Member
from unions.permits import Refused

VERBS: Final = {
    Act.ASIDE: "votes.set_aside",
    Act.CONFIRMED: "votes.aside_confirmed",
    Act.RESTORED: "votes.restored",
    Act.KEPT: "votes.kept",
}


def lock_poll(poll: Poll) -> Poll:
    """Campaign, stage and poll: while they are held nobody closes the stage, counts or sets votes aside."""
    stage = lock_stage(poll.stage)
    locked = Poll.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=poll.pk)
    locked.stage = stage
    return locked


@transaction.atomic
def set_votes_aside(
    poll: Poll, doubted: Doubted, *, reason: str, announcement: str, actor: Member, at: datetime
) -> VoteSetAside:
    """Leave these votes out of the count, in public. Where the rules want a second officer, only once one has confirmed it."""
    poll = lock_poll(poll)
    policies.can_settle_doubts(actor, poll, at=at).require()
    if not reason.strip():
        raise Refused("请填写剔除的理由")
    if not announcement.strip():
        raise Refused("请填写公告内容，公众据此了解剔除了多少选票、为什么")
    votes = _open_votes(poll, doubted.votes)
    if not votes:
        raise Refused("这些选票都已剔除或正在等待确认，请刷新页面")
    return _act(poll, Act.ASIDE, doubted, votes, reason, announcement, None, actor, at)


@transaction.atomic
def confirm_aside(row: VoteSetAside, *, actor: Member, at: datetime) -> VoteSetAside:
    """A second officer's word, where the rules ask for it."""
    poll = lock_poll(row.poll)
    policies.can_confirm_aside(actor, row, poll, at=at).require()
    found = _standing(poll, row)
    if not found.awaits:
        raise Refused("这次剔除不需要确认，或者已经确认、撤回")
    return _follow(poll, Act.CONFIRMED, row, "经复核，同意剔除", "", actor, at)


@transaction.atomic
def restore_votes(row: VoteSetAside, *, reason: str, announcement: str, actor: Member, at: datetime) -> VoteSetAside:
    """Count the votes of one act again, as publicly as they were set aside."""
    poll = lock_poll(row.poll)
    policies.can_settle_doubts(actor, poll, at=at).require()
    if _standing(poll, row).restored is not None:
        raise Refused("这些选票已恢复计票")
    if not reason.strip() or not announcement.strip():
        raise Refused("请填写恢复计票的理由和公告内容")
    return _follow(poll, Act.RESTORED, row, reason, announcement, actor, at)


@transaction.atomic
def keep_votes(poll: Poll, doubted: Doubted, *, reason: str, actor: Member, at: datetime) -> VoteSetAside:
    """Let the votes count after all: somebody looked, and says why."""
    poll = lock_poll(poll)
    policies.can_settle_doubts(actor, poll, at=at).require()
    if not reason.strip():
        raise Refused("请填写不予剔除的理由")
    votes = _own_votes(poll, doubted.votes)
    return _act(poll, Act.KEPT, doubted, votes, reason, "", None, actor, at)


def _own_votes(poll: Poll, votes: Sequence[int]) -> list[int]:
    own = set(Vote.objects.filter(poll=poll, pk__in=list(votes)).values_list("pk", flat=True))
    if not own or own != set(votes):
        raise Refused("所列选票不是本次投票的选票，请刷新页面")
    return sorted(own)


def _open_votes(poll: Poll, votes: Sequence[int]) -> list[int]:
    """Those that no act has taken out, and none is about to."""
    taken = {vote for one in selectors_counts.asides(poll) if one.restored is None for vote in one.row.votes}
    return [vote for vote in _own_votes(poll, votes) if vote not in taken]


def _standing(poll: Poll, row: VoteSetAside) -> selectors_counts.Aside:
    found = next((one for one in selectors_counts.asides(poll) if one.row.pk == row.pk), None)
    if found is None:
        raise Refused("这不是一次剔除，请刷新页面")
    return found


def _follow(
    poll: Poll, act: Act, row: VoteSetAside, reason: str, announcement: str, actor: Member, at: datetime
) -> VoteSetAside:
    doubted = Doubted(row.rule, row.found, row.votes)
    return _act(poll, act, doubted, row.votes, reason, announcement, row, actor, at)


def _act(
    poll: Poll,
    act: Act,
    doubted: Doubted,
    votes: list[int],
    reason: str,
    announcement: str,
    about: VoteSetAside | None,
    actor: Member,
    at: datetime,
) -> VoteSetAside:
    row = VoteSetAside.objects.create(
        union_id=poll.union_id,
        poll=poll,
        number=VoteSetAside.objects.filter(poll=poll).count() + 1,
        act=act,
        about=about,
        rule=doubted.rule,
        found=doubted.found,
        votes=votes,
        reason=reason.strip(),
        announcement=announcement.strip(),
        at=at,
        by=actor,
    )
    audit.record(
        VERBS[act],
        row,
        actor=actor,
        at=at,
        after={"poll": poll.pk, "number": row.number, "count": len(votes)},
        reason=row.reason,
    )
    return row
