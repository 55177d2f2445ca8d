"""Intake states of an application. A leaf: imports nothing of ours.

From `SUBMITTED` on, where an application stands follows from its outcomes (see `review`), never from a state stored here.
"""

from collections.abc import Mapping
from typing import Final

from django.db import models


class State(models.TextChoices):
    DRAFT = "draft", "填写中"
    AWAITING_UNIT = "awaiting_unit", "待推荐单位审核"
    SUBMITTED = "submitted", "已提交"
    RETURNED = "returned", "退回补正"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "逾期未提交"
    MERGED = "merged", "已并入另一份"


TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.DRAFT: frozenset({State.AWAITING_UNIT, State.SUBMITTED, State.WITHDRAWN, State.LAPSED, State.MERGED}),
    State.AWAITING_UNIT: frozenset(
        {State.DRAFT, State.RETURNED, State.SUBMITTED, State.WITHDRAWN, State.LAPSED, State.MERGED}
    ),
    State.SUBMITTED: frozenset({State.RETURNED, State.WITHDRAWN, State.MERGED}),
    State.RETURNED: frozenset({State.AWAITING_UNIT, State.SUBMITTED, State.WITHDRAWN, State.LAPSED, State.MERGED}),
    State.WITHDRAWN: frozenset(),
    State.LAPSED: frozenset(),
    State.MERGED: frozenset(),
}
"""AWAITING_UNIT → DRAFT: the unit declined (不予推荐), and another channel is still open to the person."""

EDITABLE: Final = frozenset({State.DRAFT, State.RETURNED})
LIVE: Final = frozenset({State.DRAFT, State.AWAITING_UNIT, State.SUBMITTED, State.RETURNED})
HANDED_IN: Final = LIVE - {State.DRAFT}
"""Live, and out of the hands of whoever fills it in."""


class Endorsement(models.TextChoices):
    ENDORSED = "endorsed", "同意推荐"
    DECLINED = "declined", "不予推荐"


class Came(models.TextChoices):
    """Who put a person forward."""

    SELF = "self", "本人申报"
    UNIT = "unit", "单位推荐"
    PERSON = "person", "他人推荐"


class ConfirmedBy(models.TextChoices):
    """How a person says that what somebody else filled in for them is right."""

    CODE = "code", "验证码"
    PAPER = "paper", "签字的确认书"


class NoticeResult(models.TextChoices):
    """What came of the notice inside the own unit."""

    NO_OBJECTION = "no_objection", "无异议"
    SETTLED = "settled", "有异议，已核实处理"


PERSONAL_DATA: Final = "personal-data"
"""The kind of job that makes a copy of everything kept about somebody."""


class ErasureState(models.TextChoices):
    OPEN = "open", "待处理"
    GRANTED = "granted", "已删除"
    REFUSED = "refused", "未同意"
    TAKEN_BACK = "taken_back", "本人撤回"


TONES: Final[Mapping[State, str]] = {
    State.DRAFT: "active",
    State.AWAITING_UNIT: "waiting",
    State.SUBMITTED: "holds",
    State.RETURNED: "reason",
    State.WITHDRAWN: "waiting",
    State.LAPSED: "fails",
    State.MERGED: "waiting",
}
"""How a state looks: the name of a badge, always beside its word."""


class ImportState(models.TextChoices):
    """A sheet of people from its upload to the drafts made of it."""

    READING = "reading", "正在核对"
    READ = "read", "待确认"
    WRITING = "writing", "正在导入"
    DONE = "done", "已导入"
    DROPPED = "dropped", "已放弃"


class ScanState(models.TextChoices):
    """A pile of sealed forms from its upload to the papers attached from it."""

    READING = "reading", "正在识别"
    READ = "read", "待确认"
    ATTACHED = "attached", "已归入"
    DROPPED = "dropped", "已放弃"


class PageSource(models.TextChoices):
    """How a scanned page came to the version it belongs to."""

    CODE = "code", "二维码"
    HAND = "hand", "人工指定"
    NONE = "none", "没有读出"
    BLANK = "blank", "空白页"
