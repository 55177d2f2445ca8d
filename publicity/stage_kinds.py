"""What the public notice must be able to do as a stage (公示): registered with `review` at start-up."""

from datetime import datetime
from typing import ClassVar

from django.utils import timezone

from campaigns.models import Stage
from publicity import selectors
from publicity.models import Notice, Objection
from publicity.states import ObjectionState
from review.selectors import entrants, names_of
from review.services.outcomes import write_outcome
from review.states import Verdict
from unions.models import Member


class PublicNotice:
    """Closes when the days have run out and no objection is open; an upheld one may keep a person from passing."""

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
        waiting = selectors.open_objections(stage)
        if waiting:
            missing.append(f"还有 {waiting} 件异议没有答复")
        return missing

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Everybody passes but those whom an upheld objection excludes.

        The reason is read by the applicant: it carries the ground of an exclusion, never the answer, which is the objector's.
        """
        decided: dict[int | None, Objection] = {}
        for objection in Objection.objects.filter(notice__stage=stage).order_by("excludes", "state", "pk"):
            decided[objection.application_id] = objection
        for application in entrants(stage):
            verdict, reason = _outcome(decided.get(application.pk))
            write_outcome(stage, application, verdict=verdict, reason=reason, actor=actor, at=at)


def _outcome(objection: Objection | None) -> tuple[Verdict, str]:
    if objection is None:
        return Verdict.PASSED, "公示期满，无异议"
    if objection.excludes:
        return Verdict.REJECTED, f"公示期间异议成立（{objection.receipt}）：{objection.ground}"
    if objection.state == ObjectionState.UPHELD:
        return Verdict.PASSED, f"公示期间的异议已核实处理（{objection.receipt}），不影响通过"
    return Verdict.PASSED, f"公示期间的异议经核查不成立（{objection.receipt}）"
