"""Several cases in one go, each by the verb for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from applications.models import Application
from campaigns.models import Stage
from review.models import Outcome
from review.services.outcomes import decide
from review.services.stages import lock_stage
from review.states import Verdict
from unions.models import Member
from unions.permits import Refused

MOST: Final = 100
"""Cases in one go: they are passed in one transaction, while others wait for the stage."""


@dataclass(frozen=True, slots=True)
class Passed:
    plain: int
    reasoned: int
    had: int
    """Decided already, by a first click or a colleague; left as they were."""


@transaction.atomic
def pass_together(
    stage: Stage,
    *,
    plain: Iterable[Application],
    reasoned: Iterable[Application] = (),
    reason: str = "",
    actor: Member,
    at: datetime,
) -> Passed:
    """Pass all of these or, where one may not pass after all, none. `reasoned` ones pass for the one written reason.

    The stage is locked first: of two who press at once, the second finds everything decided and does nothing twice.
    """
    stage = lock_stage(stage)
    wanted = {row.pk: (row, Verdict.PASSED) for row in plain}
    wanted |= {row.pk: (row, Verdict.PASSED_WITH_REASON) for row in reasoned}
    if not wanted:
        raise Refused("请先勾选要通过的申报")
    if len(wanted) > MOST:
        raise Refused(f"一次至多办理 {MOST} 份，请分几次勾选")
    standing = Outcome.objects.standing().filter(stage=stage, application__in=wanted)
    had = set(standing.values_list("application_id", flat=True))
    for pk in sorted(wanted.keys() - had):
        row, verdict = wanted[pk]
        words = reason if verdict == Verdict.PASSED_WITH_REASON else ""
        try:
            decide(stage, row, verdict=verdict, reason=words, actor=actor, at=at)
        except Refused as refusal:
            raise Refused(f"{row.number} {row.name}：{refusal}。本次所选都没有办理") from refusal
    done = [wanted[pk][1] for pk in wanted.keys() - had]
    return Passed(done.count(Verdict.PASSED), done.count(Verdict.PASSED_WITH_REASON), len(had))
