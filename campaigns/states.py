"""States of a campaign and of its stages. A leaf: imports nothing of ours."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class CampaignState(models.TextChoices):
    DRAFT = "draft", "筹备中"
    PUBLISHED = "published", "进行中"
    FINISHED = "finished", "已结束"
    CANCELLED = "cancelled", "已终止"


CAMPAIGN_TRANSITIONS: Final[Mapping[CampaignState, frozenset[CampaignState]]] = {
    CampaignState.DRAFT: frozenset({CampaignState.PUBLISHED, CampaignState.CANCELLED}),
    CampaignState.PUBLISHED: frozenset({CampaignState.FINISHED, CampaignState.CANCELLED}),
    CampaignState.FINISHED: frozenset(),
    CampaignState.CANCELLED: frozenset(),
}


class StageState(models.TextChoices):
    WAITING = "waiting", "未开始"
    OPEN = "open", "进行中"
    CLOSED = "closed", "已结束"


STAGE_TRANSITIONS: Final[Mapping[StageState, frozenset[StageState]]] = {
    StageState.WAITING: frozenset({StageState.OPEN}),
    StageState.OPEN: frozenset({StageState.CLOSED}),
    StageState.CLOSED: frozenset(),
}
