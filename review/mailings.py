"""Whom the office may write to after a stage: those who passed it, those who did not. Only once it is closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from applications.mailings import running
from campaigns.models import Stage
from campaigns.states import StageState
from review import notify, selectors
from review.stages import informing
from review.states import PASSING
from unions.models import Union
from unions.outbox.letters import News
from unions.outbox.mass import Scope
from unions.permits import Refused


class _AfterStage:
    passing: ClassVar[bool]
    kind: ClassVar[str]

    def scopes(self, union: Union, *, at: datetime) -> Sequence[Scope]:  # noqa: ARG002 - one shape for every selection
        closed = Stage.objects.for_union(union).filter(state=StageState.CLOSED, campaign__in=running(union))
        rows = closed.exclude(kind__in=informing()).select_related("campaign").order_by("campaign_id", "-position")
        return [Scope(str(row.pk), f"{row.campaign.title}：{selectors.public_label(row)}") for row in rows]

    def people(self, union: Union, scope: str, *, at: datetime) -> Sequence[News]:  # noqa: ARG002
        """Those whose outcome of this stage is still the last word about them, so that no later one is contradicted."""
        stage = _closed_stage(union, scope)
        found = [row for row in notify.outcomes_of(stage) if (row.verdict in PASSING) == self.passing]
        standing = selectors.where_they_stand([row.application for row in found])
        if self.passing:
            found = [row for row in found if standing[row.application_id].tone not in {"fails", "waiting"}]
        return notify.stage_news(stage, found, passed="mass.passed", stopped="mass.stopped")


class Passed(_AfterStage):
    id: ClassVar[str] = "passed"
    label: ClassVar[str] = "通过的人"
    kind: ClassVar[str] = "mass.passed"
    passing: ClassVar[bool] = True


class Stopped(_AfterStage):
    id: ClassVar[str] = "stopped"
    label: ClassVar[str] = "没有通过的人"
    kind: ClassVar[str] = "mass.stopped"
    passing: ClassVar[bool] = False


def _closed_stage(union: Union, scope: str) -> Stage:
    rows = Stage.objects.for_union(union).filter(state=StageState.CLOSED).select_related("campaign")
    found = rows.filter(pk=scope).first() if scope.isdigit() else None
    if found is None:
        raise Refused("该环节还没有结束，结束后才能按结果发送")
    return found
