"""What stands beside the scores of a panel: sheets that are being written, and honours that the office has verified.

A module of its own, so that the review's own rows stay readable; `models` imports it for Django to find.
"""

from django.db import models

from applications.models import Application
from unions.models import AppendOnly, Member, PersonalKey, UnionScoped


class SheetDraft(UnionScoped):
    """A score sheet in progress, as typed: sealed under a `key` of its own, which goes with it when the sheet is handed in.

    `revision` rises with every save; `version` is how many sheets of this expert on this case there were when it was begun.
    A draft counts for nothing and is read by nobody but its author.
    """

    seat = models.ForeignKey("review.PanelSeat", on_delete=models.PROTECT, related_name="drafts")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    sealed = models.TextField()
    key = models.ForeignKey(PersonalKey, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    version = models.PositiveSmallIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "未交的评分"
        constraints = [models.UniqueConstraint(fields=["seat", "application"], name="sheet_draft_once")]


class HonourCheck(AppendOnly):
    """The office's word on one stated honour or fact that points may be looked up for: whether it holds, and why not.

    `entry` is a digest of what was stated, salted with the person's key: it says nothing once the key is gone, and a line that
    is changed afterwards has to be verified anew. The highest `revision` counts.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="honour_checks")
    field = models.CharField(max_length=60)
    entry = models.CharField(max_length=64)
    holds = models.BooleanField()
    reason = models.TextField("理由", blank=True)
    revision = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "荣誉核实"
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(fields=["application", "field", "entry", "revision"], name="honour_check_once")
        ]


class CountedHonours(AppendOnly):
    """What the quantitative part of one case was looked up from, fixed when the scoring ended: part of what the ranking
    follows from. `entries` = [[fact, level, place, day, number]]; they name nobody.
    """

    panel = models.ForeignKey("review.Panel", on_delete=models.PROTECT, related_name="counted_honours")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    entries = models.JSONField()
    points = models.PositiveIntegerField("量化分")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "计入的荣誉"
        constraints = [models.UniqueConstraint(fields=["panel", "application"], name="counted_honours_once")]
