"""Whom the office may write to at once, before anything was decided: those who have not handed in, those who are mending."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from applications import notify
from applications.days import deadline_words
from campaigns.models import Campaign
from campaigns.states import CampaignState
from unions.models import Union
from unions.outbox.letters import News
from unions.outbox.mass import Scope
from unions.permits import Refused


def campaign_of(union: Union, scope: str) -> Campaign:
    found = Campaign.objects.for_union(union).filter(pk=scope).first() if scope.isdigit() else None
    if found is None:
        raise Refused("没有这个活动，请重新选择")
    return found


def running(union: Union) -> list[Campaign]:
    return list(Campaign.objects.for_union(union).filter(state=CampaignState.PUBLISHED))


class Drafts:
    """Whoever has begun and not handed in, while applications are taken."""

    id: ClassVar[str] = "drafts"
    label: ClassVar[str] = "还没有提交的申报人"
    kind: ClassVar[str] = "mass.drafts"

    def scopes(self, union: Union, *, at: datetime) -> Sequence[Scope]:
        return [Scope(str(row.pk), row.title) for row in running(union) if row.is_open(at)]

    def people(self, union: Union, scope: str, *, at: datetime) -> Sequence[News]:
        campaign = campaign_of(union, scope)
        if not campaign.is_open(at):
            return []
        until = deadline_words(campaign.closes_at)
        return [
            News(notify.topic_of(row), notify.letter(row, self.kind, {"期限": until}))
            for row in notify.drafts(campaign)
        ]


class Returned:
    """Whoever was asked to mend something and has not done so yet."""

    id: ClassVar[str] = "returned"
    label: ClassVar[str] = "正在补正的申报人"
    kind: ClassVar[str] = "mass.returned"

    def scopes(self, union: Union, *, at: datetime) -> Sequence[Scope]:  # noqa: ARG002 - one shape for every selection
        return [Scope(str(row.pk), row.title) for row in running(union)]

    def people(self, union: Union, scope: str, *, at: datetime) -> Sequence[News]:  # noqa: ARG002
        return [
            News(
                notify.topic_of(row.application),
                notify.letter(row.application, self.kind, {"期限": deadline_words(row.deadline)}),
            )
            for row in notify.under_correction(campaign_of(union, scope))
        ]
