"""What the public notice (公示) and the public vote (网络投票) must be able to do as stages: registered with `review` at start-up."""

from datetime import datetime
from typing import ClassVar

from django.utils import timezone

from campaigns.models import Stage
from publicity import selectors, selectors_polls
from publicity import selectors_objections as casework
from publicity.models import Notice, Poll
from publicity.services.pages import renew_pages
from publicity.services.polls import record_votes
from publicity.states import WAITING
from publicity.verdicts import HELD_BACK, verdict_of
from review.selectors import entrants, names_of
from review.services.outcomes import write_outcome
from review.states import PASSING, Verdict
from unions.models import Member
from unions.permits import Refused


class PublicNotice:
    """Closes when the days have run out and no objection is open or appealable; an upheld one may keep a person from passing."""

    kind: ClassVar[str] = "public_notice"

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Nothing starts by itself: an officer reads the names before the public does."""

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:
        """Nobody passes unseen: also who came in since, by the refilling of a place, must stand on the notice first."""
        people = [application.pk for application in selectors.candidates(stage)]
        notice = Notice.objects.filter(stage=stage).first()
        version = notice.in_force if notice else None
        if version is None:
            return ["公示尚未发布"] if people else []
        missing = []
        listed = set(version.lines.values_list("application_id", flat=True))
        unseen = names_of([pk for pk in people if pk not in listed])
        if unseen:
            missing.append(f"公示名单中没有{'、'.join(unseen.values())}，请先更正公示")
        if timezone.localdate(at) <= version.ends_on:
            missing.append(f"公示到{version.ends_on:%Y年%-m月%-d日}结束，期满后才能关闭")
        return [*missing, *_objections_missing(stage, at)]

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Everybody passes but those whom an upheld objection excludes, and those held back, who wait."""
        decided, held = casework.deciding(stage), casework.suspended(stage)
        for application in entrants(stage):
            verdict, reason = verdict_of(decided.get(application.pk))
            if application.pk in held and verdict in PASSING:
                verdict, reason = Verdict.SUSPENDED, HELD_BACK
            write_outcome(stage, application, verdict=verdict, reason=reason, actor=actor, at=at)
        if notice := Notice.objects.filter(stage=stage).select_related("union").first():
            renew_pages(notice)


def _objections_missing(stage: Stage, at: datetime) -> list[str]:
    """An answer is owed, or may still be asked about. Who is held back keeps nobody else waiting."""
    rows = casework.unsettled(stage, at=at)
    held = casework.suspended(stage)
    found = list(rows.exclude(application__in=held).values_list("state", "appeal_until"))
    owed = sum(state in WAITING for state, _ in found)
    until = max((day for state, day in found if state not in WAITING and day is not None), default=None)
    return [
        *([f"还有 {owed} 件异议没有答复"] if owed else []),
        *([f"已答复的异议在{until:%Y年%-m月%-d日}前还可以申请复核，期满后才能关闭"] if until else []),
    ]


class PublicVote:
    """Closes once the window is over; everybody passes, with the votes as the reason and no rank: they are a reference."""

    kind: ClassVar[str] = "public_vote"
    informs_only: ClassVar[bool] = True

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:  # noqa: ARG002 - one shape for every kind
        """Nothing starts by itself: an officer reads the names and sets the hours before anybody votes."""
        rule = selectors_polls.vote_rule(stage)
        if rule.counts == "weight":
            raise Refused(
                f"规则规定网络投票的得票按 {rule.weight}% 计入成绩，系统尚不支持，目前得票只能供评审和审定参考。"
                "为免错误执行，环节不能开始"
            )

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:
        poll = Poll.objects.filter(stage=stage).first()
        if poll is None:
            return ["网络投票尚未发布，请在“公示与异议”中发布"] if entrants(stage).exists() else []
        if at < poll.closes_at:
            return [f"投票到{timezone.localtime(poll.closes_at):%Y年%-m月%-d日%H:%M}截止，截止后才能结束"]
        return []

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Votes are stopped first and all of them put on record, so that one cast in the last moment is counted or refused."""
        poll = Poll.objects.filter(stage=stage).select_related("union").first()
        results: dict[int, selectors_polls.Result] = {}
        cast = 0
        if poll is not None:
            poll.stage = stage
            record_votes(poll, at=at)
            cast = selectors_polls.ballots(poll)
            found = selectors_polls.results_of(selectors_polls.candidates_of(poll), selectors_polls.tally(poll))
            results = {row.candidate.application_id: row for row in found}
        for application in entrants(stage):
            reason = _votes(results.get(application.pk), cast)
            write_outcome(stage, application, verdict=Verdict.PASSED, reason=reason, actor=actor, at=at)


def _votes(result: selectors_polls.Result | None, cast: int) -> str:
    if result is None:
        return "投票开始后进入本环节，未参加网络投票"
    place = f"，列第 {result.place} 位" if result.place else ""
    return f"网络投票得 {result.votes:,} 票{place}（共 {cast:,} 张选票，仅供参考）"
