"""What the office writes before a notice is public: the words a union starts from, and the draft of each stage.

A module of its own; `models` imports it for Django to find.
"""

from typing import Self

from django.db import models

from campaigns.models import Stage
from unions.models import Member, Union, UnionScoped


class NoticeTemplateQuerySet(models.QuerySet["NoticeTemplate"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class NoticeTemplate(UnionScoped):
    """The union's own words for a notice, with {blanks} that are filled from the rules. Without a row the built-in ones hold."""

    title = models.CharField("标题", max_length=120)
    foreword = models.TextField("正文")
    contact = models.TextField("异议受理方式")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    objects = NoticeTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示模板"
        constraints = [models.UniqueConstraint(fields=["union"], name="notice_template_once")]


class NoticeDraftQuerySet(models.QuerySet["NoticeDraft"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class NoticeDraft(UnionScoped):
    """What was typed for the next version of a stage's notice. It saves itself, field by field, and outlives the publication.

    `touched` holds the revision at which each field was last changed, so that a second window writes over nothing that it
    did not show. Publishing sets the fields to what was published.
    """

    stage = models.OneToOneField(Stage, on_delete=models.PROTECT, related_name="notice_draft")
    title = models.CharField("标题", max_length=120, blank=True)
    foreword = models.TextField("正文", blank=True)
    contact = models.TextField("异议受理方式", blank=True)
    reason = models.TextField("更正说明", blank=True)
    revision = models.PositiveIntegerField(default=0)
    touched = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    objects = NoticeDraftQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示草稿"
