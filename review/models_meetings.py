"""The leading group's meetings: agenda, attendance, who keeps out of what, the votes, and the minutes once it is over.

A module of its own; `models` imports it for Django to find.
"""

from typing import Self

from django.db import models

from applications.models import Application
from campaigns.models import Campaign, Stage
from review.states import ItemState, Matter, MeetingState, Presence, RecusalSource, VoteMethod
from unions.models import AppendOnly, Member, PersonalKey, Union, UnionScoped


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class Meeting(UnionScoped):
    """One meeting of the leading group about one campaign. Once closed, nothing of it changes; see `MeetingRecord`.

    Until it has begun it can be moved or called off, `cancelled_because` says why.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="meetings")
    number = models.PositiveSmallIntegerField("次数")
    held_on = models.DateField("会议日期")
    place = models.CharField("会议地点", max_length=80)
    chair = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name="主持人")
    recorder = models.CharField("记录人", max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    cancelled_because = models.TextField("取消的理由", blank=True)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "领导小组会议"
        ordering = ["-held_on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="meeting_number_once")]

    def __str__(self) -> str:
        return f"第 {self.number} 次会议"


class Attendance(UnionScoped):
    """Whether a member of the group came. The employer is what recusal is found by: nobody is present without one."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendances")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    presence = models.CharField("到会", max_length=8, choices=Presence.choices, default=Presence.ABSENT)
    employer = models.CharField("工作单位", max_length=120, blank=True)
    note = models.CharField("说明", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "到会情况"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "member"], name="attendance_once")]


class MeetingRecusal(AppendOnly):
    """A person whom a member of the group keeps out of (回避): neither counted nor asked where that person is voted on."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="recusals")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=RecusalSource.choices)
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "会议回避"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member", "application"], name="meeting_recusal_once")
        ]


class AgendaItem(UnionScoped):
    """One matter before a meeting: what is proposed, and what came of it.

    `proposal` holds ids and words: people with decision, rank, category, tier and reason, or an order of the tied.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    number = models.PositiveSmallIntegerField("序号")
    matter = models.CharField("事项", max_length=8, choices=Matter.choices)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="agenda_items")
    investigation = models.ForeignKey("review.Investigation", on_delete=models.PROTECT, null=True, related_name="+")
    tied = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.OPEN)
    proposal = models.JSONField(default=list)
    text = models.TextField("决议内容", blank=True)
    reason = models.TextField("理由", blank=True)
    resolution = models.OneToOneField("review.Resolution", on_delete=models.PROTECT, null=True, related_name="item")
    proposed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "议程"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="agenda_number_once")]


class MotionVote(UnionScoped):
    """One round of voting on an item. A secret one keeps running figures in `urn`, sealed, and never a ballot; see docs/adr/0010.

    `questions` are frozen when it begins; `counts` are question → [for, against, abstained], empty until it is closed.
    `castings`: what the chair decided where the rules give them the tie.
    """

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="votes")
    number = models.PositiveSmallIntegerField("轮次")
    method = models.CharField("表决方式", max_length=16, choices=VoteMethod.choices)
    questions = models.JSONField()
    urn = models.TextField(blank=True)
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    counts = models.JSONField(default=dict)
    castings = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    voided = models.TextField("作废的理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "表决"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="motion_vote_once"),
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(closed_at__isnull=True), name="motion_vote_one_open"
            ),
        ]


class MotionRoll(AppendOnly):
    """That a member has voted in a secret round, never how."""

    vote = models.ForeignKey(MotionVote, on_delete=models.PROTECT, related_name="roll")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "表决名册"
        constraints = [models.UniqueConstraint(fields=["vote", "member"], name="motion_vote_member_once")]


class MeetingRecord(AppendOnly):
    """The minutes of a closed meeting (会议纪要) as ids, figures and words, with their digest; paper is drawn from it alone."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="record")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "会议纪要"
