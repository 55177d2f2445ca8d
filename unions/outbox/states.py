"""Where a delivery stands. A leaf: imports nothing of ours."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import models


class Channel(models.TextChoices):
    MAIL = "mail", "邮件"
    SMS = "sms", "短信"


class DeliveryState(models.TextChoices):
    HELD = "held", "等待审阅"
    QUEUED = "queued", "待发"
    SENDING = "sending", "正在发送"
    SENT = "sent", "已发出"
    FAILED = "failed", "没有发出"
    UNCLEAR = "unclear", "不能确定是否发出"
    TOLD = "told", "已另行告知"
    WITHDRAWN = "withdrawn", "已撤下"


_S = DeliveryState
DELIVERY_TRANSITIONS: Final[Mapping[DeliveryState, frozenset[DeliveryState]]] = {
    _S.HELD: frozenset({_S.QUEUED, _S.WITHDRAWN}),
    _S.QUEUED: frozenset({_S.SENDING, _S.FAILED, _S.WITHDRAWN}),
    _S.SENDING: frozenset({_S.SENT, _S.QUEUED, _S.FAILED, _S.UNCLEAR, _S.WITHDRAWN}),
    _S.SENT: frozenset(),
    _S.FAILED: frozenset({_S.QUEUED, _S.TOLD, _S.WITHDRAWN}),
    _S.UNCLEAR: frozenset({_S.QUEUED, _S.TOLD}),
    _S.TOLD: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
"""SENDING → QUEUED: surely not taken, tried again later. UNCLEAR → QUEUED: only because a person said so."""

FOR_A_PERSON: Final = frozenset({_S.FAILED, _S.UNCLEAR})
"""What nobody but a person can settle."""
UNSENT: Final = frozenset({_S.HELD, _S.QUEUED, _S.FAILED, _S.SENDING})
"""What a newer decision withdraws; of SENDING only what has not left the hands of its worker."""

TONES: Final[Mapping[DeliveryState, str]] = {
    _S.HELD: "waiting",
    _S.QUEUED: "active",
    _S.SENDING: "active",
    _S.SENT: "holds",
    _S.FAILED: "fails",
    _S.UNCLEAR: "reason",
    _S.TOLD: "holds",
    _S.WITHDRAWN: "waiting",
}

ERRORS: Final[Mapping[str, str]] = {
    "refused": "对方服务器拒收，地址可能有误",
    "unreachable": "发送服务器连接不上，多次重试仍未成功",
    "no_contact": "收件人没有留下可用的联系方式",
    "too_old": "超过七天没有发出，内容可能已经过时",
    "interrupted": "发送中途程序中断，可能已经发出，也可能没有",
    "silent": "交给发送服务器后没有得到答复，可能已经发出，也可能没有",
    "unexpected": "发送时出现意外错误，可能已经发出，也可能没有",
    "erased": "收件人的个人信息已按规定删除",
}

RETRY_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
"""How long to wait after each attempt that surely reached nobody; then a person is asked."""
TOO_OLD: Final = timedelta(days=7)


class MassState(models.TextChoices):
    HELD = "held", "等待审阅"
    RELEASED = "released", "已发出"
    DISCARDED = "discarded", "已作废"


MASS_TRANSITIONS: Final[Mapping[MassState, frozenset[MassState]]] = {
    MassState.HELD: frozenset({MassState.RELEASED, MassState.DISCARDED}),
    MassState.RELEASED: frozenset(),
    MassState.DISCARDED: frozenset(),
}
