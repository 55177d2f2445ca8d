"""What the office keeps beside an application: what it is listed, searched and counted by, who works on it, and notes.

A module of its own, so that the application itself stays readable; `models` imports it for Django to find.
"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from campaigns.models import Campaign
from campaigns.rules.engine import Overall
from unions.models import AppendOnly, Member, UnionScoped


class AgeBand(models.TextChoices):
    """As coarse as statistics need it; ages count completed years on the campaign's reference date."""

    UNDER_30 = "u30", "29岁及以下"
    THIRTIES = "30s", "30～39岁"
    FORTIES = "40s", "40～49岁"
    FIFTIES = "50s", "50～59岁"
    SIXTY_UP = "60up", "60岁及以上"


class ApplicationFacts(UnionScoped):
    """A coarse copy in clear of what the form seals, made at each submission: filters and statistics read nothing else.

    It names nobody and stays when the person's key is deleted, so that a campaign can still be counted. `verdict` is what
    the findings as a whole allow, `against` the ids of the rules that stand in the way.
    """

    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="facts")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    sex = models.CharField("性别", max_length=4, blank=True)
    age_band = models.CharField("年龄段", max_length=4, choices=AgeBand.choices, blank=True)
    level = models.CharField("技能等级", max_length=40, blank=True)
    industry = models.CharField("行业", max_length=40, blank=True)
    verdict = models.CharField(
        "核对结果", max_length=24, choices=[(item.value, item.label) for item in Overall], blank=True
    )
    against = ArrayField(models.CharField(max_length=80), default=list)

    class Meta:
        verbose_name = verbose_name_plural = "统计要素"
        indexes = [
            models.Index(fields=["campaign", name], name=f"facts_{name}")
            for name in ("sex", "age_band", "level", "industry", "verdict")
        ]


class SearchEntry(UnionScoped):
    """What an application is found by: its number, name, employer and whatever it says that is not sealed.

    `grams` are digests of the text's pairs of characters, each with the campaign's id, so that two-character names are
    found and no campaign pays for another's size. Row-level security lets no index of the text be used from outside, since
    its operators are not leakproof: the function `applications_search` of the migration looks into it and holds the same
    policy. The row goes when the person is anonymised.
    """

    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="search")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.TextField()
    grams = ArrayField(models.IntegerField())

    class Meta:
        verbose_name = verbose_name_plural = "检索条目"
        indexes = [GinIndex(fields=["grams"], name="search_grams", fastupdate=False)]


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def visible_to(self, member: Member) -> Self:
        """One's own, and what colleagues of the same role share."""
        shared = models.Q(shared=True, owner__role=member.role)
        return self.filter(models.Q(owner=member) | shared, union_id=member.union_id)


class SavedFilter(UnionScoped):
    """Conditions of the inbox under a name, as the address carries them. Shared ones are seen by the whole office."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("名称", max_length=30)
    query = models.JSONField(default=dict)
    shared = models.BooleanField("同事可见", default=False)
    created_at = models.DateTimeField()

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "常用筛选"
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "owner", "name"], name="saved_filter_once")]


class Assignment(UnionScoped):
    """Who of the office works on an application; the audit log keeps who did before."""

    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="assignment")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name="办理人")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "办理分工"
        indexes = [models.Index(fields=["campaign", "officer"], name="assignment_officer")]


class Note(AppendOnly):
    """A note among colleagues, sealed under the person's key. Never shown to the applicant, a unit, an expert or the public."""

    application = models.ForeignKey("applications.Application", on_delete=models.PROTECT, related_name="notes")
    sealed = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "内部备注"
        ordering = ["at", "pk"]
