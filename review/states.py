"""Verdicts, seats and cases. A leaf: imports nothing of ours."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class Verdict(models.TextChoices):
    PASSED = "passed", "通过"
    PASSED_WITH_REASON = "passed_with_reason", "说明理由后通过"
    REJECTED = "rejected", "未通过"
    NOT_SELECTED = "not_selected", "未入选"
    SUSPENDED = "suspended", "暂缓"
    DISQUALIFIED = "disqualified", "取消资格"


PASSING: Final = frozenset({Verdict.PASSED, Verdict.PASSED_WITH_REASON})


class Seat(models.TextChoices):
    INVITED = "invited", "已邀请"
    ACCEPTED = "accepted", "已接受"
    DECLINED = "declined", "已谢绝"
    REMOVED = "removed", "已退出"


SEAT_TRANSITIONS: Final[Mapping[Seat, frozenset[Seat]]] = {
    Seat.INVITED: frozenset({Seat.ACCEPTED, Seat.DECLINED, Seat.REMOVED}),
    Seat.ACCEPTED: frozenset({Seat.REMOVED}),
    Seat.DECLINED: frozenset(),
    Seat.REMOVED: frozenset(),
}


WORK: Final[Mapping[str, str]] = {"score": "评分", "ballot": "投票", "assessment": "评议"}
"""What a panel does by each method of an expert review."""


class Case(models.TextChoices):
    """An investigation of false material (弄虚作假)."""

    OPEN = "open", "核查中"
    UPHELD = "upheld", "查实"
    DISMISSED = "dismissed", "不成立"


CASE_TRANSITIONS: Final[Mapping[Case, frozenset[Case]]] = {
    Case.OPEN: frozenset({Case.UPHELD, Case.DISMISSED}),
    Case.UPHELD: frozenset(),
    Case.DISMISSED: frozenset(),
}


class RecusalSource(models.TextChoices):
    DECLARED = "declared", "专家申报"
    FOUND = "found", "系统核对"
    OFFICE = "office", "办公室认定"


class Subject(models.TextChoices):
    """What a resolution of the leading group is about."""

    PANEL = "panel", "评审团队组成"
    LIST = "list", "名单"
    FINAL = "final", "审定"
    REFILL = "refill", "递补"


class Resolved(models.TextChoices):
    """What a resolution says about one person."""

    CONFIRM = "confirm", "通过"
    STRIKE = "strike", "不予通过"


class MeetingState(models.TextChoices):
    PLANNED = "planned", "筹备中"
    OPEN = "open", "进行中"
    CLOSED = "closed", "已结束"
    CANCELLED = "cancelled", "已取消"


MEETING_TRANSITIONS: Final[Mapping[MeetingState, frozenset[MeetingState]]] = {
    MeetingState.PLANNED: frozenset({MeetingState.OPEN, MeetingState.CANCELLED}),
    MeetingState.OPEN: frozenset({MeetingState.CLOSED}),
    MeetingState.CLOSED: frozenset(),
    MeetingState.CANCELLED: frozenset(),
}


class Presence(models.TextChoices):
    PRESENT = "present", "出席"
    EXCUSED = "excused", "请假"
    ABSENT = "absent", "缺席"


class Matter(models.TextChoices):
    """What an item on the agenda of a meeting is about."""

    PANEL = "panel", "审核评审团队"
    LIST = "list", "确认名单"
    PEOPLE = "people", "审议人选"
    PLACE = "place", "空出的名额"
    TIE = "tie", "裁定并列"


class ItemState(models.TextChoices):
    OPEN = "open", "待议"
    DECIDED = "decided", "已议决"
    NOT_PASSED = "not_passed", "未获通过"
    POSTPONED = "postponed", "未议"


class VoteMethod(models.TextChoices):
    HANDS = "show_of_hands", "举手表决"
    SECRET = "secret_ballot", "无记名投票"
