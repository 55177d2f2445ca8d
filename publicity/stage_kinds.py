"""What the public notice (公示) and the public vote (网络投票) must be able to do as stages: registered with `review` at start-up."""

from datetime import datetime
from typing import ClassVar

from django.utils import timezone

from campaigns.models import Stage
from publicity import selectors, selectors_counts, selectors_polls
from publicity import selectors_objections as casework
from publicity.models import Notice, Poll
from publicity.services.counts import uncounted
from publicity.services.pages import renew_pages
from publicity.services.polls import record_votes
from publicity.states import WAITING
from publicity.verdicts import HELD_BACK, verdict_of
from publicity.wording_polls import outcome_words
from review.models import Ranking
from review.selectors import cut_of, entrants, names_of, settled_rows, ties_to_decide
from review.services.outcomes import write_outcome
from review.states import PASSING, Verdict
from unions.models import Member


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
        # before anything is recorded, as whoever is anonymised takes the rows
        if notice := Notice.objects.filter(stage=stage).select_related("union").first():
            renew_pages(notice)
        decided, held = casework.deciding(stage), casework.suspended(stage)
        for application in entrants(stage):
            verdict, reason = verdict_of(decided.get(application.pk))
            if application.pk in held and verdict in PASSING:
                verdict, reason = Verdict.SUSPENDED, HELD_BACK
            write_outcome(stage, application, verdict=verdict, reason=reason, actor=actor, at=at)


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
    """Closes once the window is over and nothing about its votes waits. Where they are a reference everybody passes with the
    votes as the reason and no rank; where they count, by the ranking that they gave with the totals before.
    """

    kind: ClassVar[str] = "public_vote"
    informs_only: ClassVar[bool] = True

    def decides(self, stage: Stage) -> bool:
        return selectors_polls.vote_rule(stage).counts == "weight"

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Nothing starts by itself: an officer reads the names and sets the hours before anybody votes."""

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:
        poll = Poll.objects.filter(stage=stage).first()
        if poll is None:
            return ["网络投票尚未发布，请在“公示与异议”中发布"] if entrants(stage).exists() else []
        if at < poll.closes_at:
            return [f"投票到{timezone.localtime(poll.closes_at):%Y年%-m月%-d日%H:%M}截止，截止后才能结束"]
        poll.stage = stage
        missing = uncounted(poll)
        if not missing and selectors_polls.vote_rule(stage).counts == "weight":
            if not Ranking.objects.filter(stage=stage).exists():
                return ["得票还没有计分，请在投票的计票页面“计分排名”"]
            for tie in ties_to_decide(stage):
                names = names_of(tie)
                missing.append(f"总分并列需裁定：{'、'.join(names[id_] for id_ in tie)}")
        return missing

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Votes are stopped first and all of them put on record, so that one cast in the last moment is counted or refused."""
        poll = Poll.objects.filter(stage=stage).select_related("union").first()
        words: dict[int, str] = {}
        if poll is not None:
            poll.stage = stage
            record_votes(poll, at=at)
            words = outcome_words(selectors_counts.count(poll, selectors_polls.candidates_of(poll), recount=True))
        ranked, cut = {row.case: row for row in settled_rows(stage)}, cut_of(stage)
        for application in entrants(stage):
            reason = words.get(application.pk, "投票开始后进入本环节，未参加网络投票")
            row = ranked.get(application.pk)
            through = row is None or cut is None or row.rank <= cut
            if row is not None:
                reason = f"{reason}；总分 {row.shown}，列第 {row.rank}{_through(cut, through=through)}"
            write_outcome(
                stage,
                application,
                verdict=Verdict.PASSED if through else Verdict.NOT_SELECTED,
                reason=reason,
                rank=row.rank if row else None,
                actor=actor,
                at=at,
            )


def _through(cut: int | None, *, through: bool) -> str:
    return "" if cut is None else f"，{'进入' if through else '未进入'}前 {cut} 名"
