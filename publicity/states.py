"""Objections and what becomes of them; who counts as one voter. A leaf: imports nothing of ours."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class ObjectionState(models.TextChoices):
    OPEN = "open", "待核查"
    UPHELD = "upheld", "异议成立"
    DISMISSED = "dismissed", "异议不成立"


OBJECTION_TRANSITIONS: Final[Mapping[ObjectionState, frozenset[ObjectionState]]] = {
    ObjectionState.OPEN: frozenset({ObjectionState.UPHELD, ObjectionState.DISMISSED}),
    ObjectionState.UPHELD: frozenset(),
    ObjectionState.DISMISSED: frozenset(),
}


class Identity(models.TextChoices):
    """What makes two ballots one voter's: chosen by the union for each poll."""

    PHONE = "phone", "已验证的手机号码"
    ACCOUNT = "account", "账号，含微信等统一身份登录"
    DEVICE = "device", "本机浏览器，不登录"


CERTIFICATES: Final = "certificates.batch"
REHEARSAL: Final = "campaign.rehearsal"
ARCHIVE: Final = "campaign.archive"
DOSSIERS: Final = "campaign.dossiers"
"""Kinds of job that this app makes."""
