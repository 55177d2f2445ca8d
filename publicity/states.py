"""Objections, who counts as one voter, money, benefits, and what becomes of them. A leaf: imports nothing of ours."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class ObjectionState(models.TextChoices):
    OPEN = "open", "待核查"
    UPHELD = "upheld", "异议成立"
    DISMISSED = "dismissed", "异议不成立"
    APPEALED = "appealed", "复核中"


OBJECTION_TRANSITIONS: Final[Mapping[ObjectionState, frozenset[ObjectionState]]] = {
    ObjectionState.OPEN: frozenset({ObjectionState.UPHELD, ObjectionState.DISMISSED}),
    ObjectionState.UPHELD: frozenset({ObjectionState.APPEALED}),
    ObjectionState.DISMISSED: frozenset({ObjectionState.APPEALED}),
    ObjectionState.APPEALED: frozenset({ObjectionState.UPHELD, ObjectionState.DISMISSED}),
}
"""An answer may be asked about once more; whether it still may be is the appeal's own rule."""

WAITING: Final = frozenset({ObjectionState.OPEN, ObjectionState.APPEALED})
"""The office owes an answer."""
ANSWERED: Final = frozenset({ObjectionState.UPHELD, ObjectionState.DISMISSED})


class Step(models.TextChoices):
    """What is done about an objection, row by row."""

    FINDING = "finding", "核查"
    ANSWER = "answer", "答复"
    APPEAL = "appeal", "申请复核"


class KeySource(models.TextChoices):
    """Where a union's signing key comes from."""

    MADE = "made", "本系统生成"
    UPLOADED = "uploaded", "上传"


class Entered(models.TextChoices):
    """Kinds of entry in the money ledger."""

    FIXED = "fixed", "核定金额"
    DUE = "due", "列入名单"
    PAID = "paid", "已发放"
    RELEASED = "released", "未发放"
    STOPPED = "stopped", "停发"
    RESUMED = "resumed", "恢复发放"
    CORRECTION = "correction", "更正"


class GrantState(models.TextChoices):
    """Where a benefit or a further honour stands. Promised is what the rules say, before anything is written down."""

    PROMISED = "promised", "待落实"
    FORWARD = "forward", "已申报"
    GRANTED = "granted", "已落实"
    USED = "used", "已享受"
    REFUSED = "refused", "未落实"


GRANT_TRANSITIONS: Final[Mapping[GrantState, frozenset[GrantState]]] = {
    GrantState.PROMISED: frozenset({GrantState.FORWARD, GrantState.GRANTED, GrantState.REFUSED}),
    GrantState.FORWARD: frozenset({GrantState.GRANTED, GrantState.REFUSED}),
    GrantState.GRANTED: frozenset({GrantState.USED, GrantState.REFUSED}),
    GrantState.USED: frozenset(),
    GrantState.REFUSED: frozenset({GrantState.FORWARD, GrantState.GRANTED}),
}
"""A refused one may be taken up again; what was used is over."""


class WithdrawalStepKind(models.TextChoices):
    """What happens in the procedure that takes a title away."""

    ANSWERED = "answered", "陈述申辩"
    WITHDRAWN = "withdrawn", "决定撤销"
    KEPT = "kept", "不予撤销"


class Identity(models.TextChoices):
    """What makes two ballots one voter's: chosen by the union for each poll."""

    PHONE = "phone", "已验证的手机号码"
    ACCOUNT = "account", "账号，含微信等统一身份登录"
    DEVICE = "device", "本机浏览器，不登录"


class Act(models.TextChoices):
    """What the office does about doubtful votes; each is a row, and the last one about them counts."""

    ASIDE = "aside", "剔除"
    CONFIRMED = "confirmed", "确认剔除"
    RESTORED = "restored", "恢复计票"
    KEPT = "kept", "不予剔除"


CERTIFICATES: Final = "certificates.batch"
REPRINT: Final = "certificates.reprint"
REHEARSAL: Final = "campaign.rehearsal"
ARCHIVE: Final = "campaign.archive"
DOSSIERS: Final = "campaign.dossiers"
"""Kinds of job that this app makes."""
