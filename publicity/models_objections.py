"""Casework on objections: what was done about each, with what evidence, and whom it holds back meanwhile."""

from django.db import models
from django.db.models import Q

from publicity.states import Step
from unions.models import AppendOnly, Member


class ObjectionStep(AppendOnly):
    """One step of a case: something found out, an answer, the wish for a second look. Its words are sealed under the objection's
    key, `digest` is salted with it. `round` is the look it belongs to.
    """

    objection = models.ForeignKey("publicity.Objection", on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Step.choices)
    round = models.PositiveSmallIntegerField()
    sealed = models.TextField()
    digest = models.CharField(max_length=64)
    upheld = models.BooleanField(null=True)
    excludes = models.BooleanField(default=False)
    ground = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "异议办理记录"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["objection", "kind", "round"],
                condition=Q(kind__in=[Step.ANSWER, Step.APPEAL]),
                name="objection_answered_once_a_round",
            ),
            models.CheckConstraint(
                condition=Q(kind=Step.ANSWER, upheld__isnull=False)
                | (~Q(kind=Step.ANSWER) & Q(upheld__isnull=True, excludes=False, ground="")),
                name="objection_step_decides",
            ),
        ]


class ObjectionFile(AppendOnly):
    """A piece of evidence: of whoever objected, or (`step`) of a later step. How its maker called it is the file's own name."""

    objection = models.ForeignKey("publicity.Objection", on_delete=models.PROTECT, related_name="files")
    step = models.ForeignKey(ObjectionStep, on_delete=models.PROTECT, null=True, related_name="files")
    file = models.OneToOneField("documents.StoredFile", on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "异议证据"
        ordering = ["pk"]


class Suspension(AppendOnly):
    """Somebody on a notice is held back (暂缓) while an objection is looked into, or released again: the last row counts."""

    notice = models.ForeignKey("publicity.Notice", on_delete=models.PROTECT, related_name="suspensions")
    application = models.ForeignKey("applications.Application", on_delete=models.PROTECT, related_name="suspensions")
    suspended = models.BooleanField()
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "暂缓"
        ordering = ["pk"]
