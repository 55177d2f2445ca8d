"""What the public notice must be able to do as a stage (公示): registered with `review` at start-up."""

from datetime import datetime
from typing import ClassVar

from django.utils import timezone

from campaigns.models import Stage
from publicity import selectors
from publicity.models import Notice, Objection
from publicity.states import ObjectionState
from review.selectors import entrants
from review.services.outcomes import write_outcome
from review.states import Verdict
from unions.models import Member


class PublicNotice:
    """Closes when the days have run out and no objection is open; an upheld one may keep a person from passing."""

    kind: ClassVar[str] = "public_notice"

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Nothing starts by itself: an officer reads the names before the public does."""

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:
        notice = Notice.objects.filter(stage=stage).first()
        version = notice.versions.last() if notice else None
        if version is None:
            return ["公示尚未发布"]
        missing = []
        if timezone.localdate(at) <= version.ends_on:
            missing.append(f"公示到{version.ends_on:%Y年%-m月%-d日}结束，期满后才能关闭")
        waiting = selectors.open_objections(stage)
        if waiting:
            missing.append(f"还有 {waiting} 件异议没有答复")
        return missing

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        decided: dict[int, Objection] = {}
        for objection in Objection.objects.filter(notice__stage=stage, application__isnull=False).order_by("excludes"):
            decided[objection.application_id or 0] = objection
        for application in entrants(stage):
            objection = decided.get(application.pk)
            if objection is not None and objection.excludes:
                verdict, reason = Verdict.REJECTED, f"公示期间异议成立（{objection.receipt}）：{objection.answer}"
            elif objection is not None and objection.state == ObjectionState.UPHELD:
                verdict, reason = Verdict.PASSED, f"公示期间异议已核实处理（{objection.receipt}），不影响通过"
            elif objection is not None:
                verdict, reason = Verdict.PASSED, f"公示期间异议经核查不成立（{objection.receipt}）"
            else:
                verdict, reason = Verdict.PASSED, "公示期满，无异议"
            write_outcome(stage, application, verdict=verdict, reason=reason, actor=actor, at=at)
