"""What becomes of a poll's votes: doubtful ones set aside or kept, and what was counted in other channels.

A module of its own; `models` imports it for Django to find.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from publicity.states import Act
from unions.models import AppendOnly, Member


class VoteSetAside(AppendOnly):
    """One act about doubtful votes, which stay where they are: set aside (剔除), confirmed, restored, or kept after all.

    `found` is what was found, in the words that the office read; `votes` are ids. What follows an act names it in `about` and
    repeats its votes. `announcement` is what the public reads.
    """

    poll = models.ForeignKey("publicity.Poll", on_delete=models.PROTECT, related_name="set_asides")
    number = models.PositiveSmallIntegerField("序号")
    act = models.CharField("处理", max_length=10, choices=Act.choices)
    about = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    rule = models.CharField("发现办法", max_length=20)
    found = models.TextField("发现的情况")
    votes = ArrayField(models.BigIntegerField())
    reason = models.TextField("理由")
    announcement = models.TextField("公告", blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "存疑选票的处理"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "number"], name="set_aside_number_once"),
            models.UniqueConstraint(fields=["about", "act"], name="set_aside_followed_once"),
            models.CheckConstraint(
                condition=Q(act__in=[Act.ASIDE, Act.KEPT], about__isnull=True)
                | Q(act__in=[Act.CONFIRMED, Act.RESTORED], about__isnull=False),
                name="set_aside_about",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 号：{Act(self.act).label}"


class ChannelCount(AppendOnly):
    """What was counted on paper in one channel of a poll and entered by the office; a later row supersedes, with its reason.

    `votes`: candidate id → votes.
    """

    poll = models.ForeignKey("publicity.Poll", on_delete=models.PROTECT, related_name="channel_counts")
    channel = models.CharField("渠道", max_length=20)
    revision = models.PositiveSmallIntegerField(default=0)
    ballots = models.PositiveIntegerField("有效选票")
    votes = models.JSONField("得票")
    note = models.TextField("计票说明")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "其他渠道的计票"
        ordering = ["channel", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "channel", "revision"], name="channel_count_once"),
        ]
