"""What is asked: rule sets, campaigns with their frozen rules, stages and unit quotas, the calendar of working days."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Self

from django.db import models

from campaigns.rules.engine import Evaluator, compile_rules
from campaigns.rules.loader import from_frozen
from campaigns.rules.schema import RuleSet as Rules
from campaigns.states import CampaignState, StageState
from unions.models import AppendOnly, Member, Union, UnionScoped, Unit
from unions.states import Role


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class RuleSet(UnionScoped):
    """A rule set as its union keeps it: the TOML source, valid when it was stored. A copy knows its origin."""

    code = models.SlugField("代码", max_length=60)
    title = models.CharField("名称", max_length=120)
    source = models.TextField("TOML")
    sha256 = models.CharField(max_length=64)
    origin = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="copies")
    loaded_at = models.DateTimeField()

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "规则集"
        ordering = ["code", "pk"]
        constraints = [models.UniqueConstraint(fields=["union", "code", "sha256"], name="ruleset_once")]

    def __str__(self) -> str:
        return self.title


class WorkingCopyQuerySet(models.QuerySet["WorkingCopy"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def under_way(self) -> Self:
        return self.filter(edition=None)


class WorkingCopy(UnionScoped):
    """A copy of a rule set while it is being changed: each table is well formed, though not all need hold together yet.

    However often it is saved it stays one row; settling it (定稿) makes the one edition that campaigns can be drafted from.
    """

    origin = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="working_copies")
    title = models.CharField("名称", max_length=120)
    text = models.TextField("TOML")
    revision = models.PositiveIntegerField(default=1)
    edition = models.ForeignKey(RuleSet, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    objects = WorkingCopyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "修改稿"
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return self.title


@lru_cache(maxsize=64)
def _parse(canonical: bytes) -> Rules:
    return from_frozen(json.loads(canonical))


@lru_cache(maxsize=64)
def _compile(canonical: bytes) -> Evaluator:
    return compile_rules(_parse(canonical))


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def public(self) -> Self:
        return self.exclude(state=CampaignState.DRAFT)

    def visible_to(self, member: Member) -> Self:
        """Drafts are seen by those who set campaigns up; published ones by everybody."""
        mine = self.filter(union_id=member.union_id)
        return mine if member.role in {Role.OFFICE, Role.ADMIN, Role.LEADER, Role.SUPERVISOR} else mine.public()


class Campaign(UnionScoped):
    """One run of a recognition (认定/选树). Its rules are its own copy: editable as a draft, frozen once published."""

    slug = models.SlugField("地址标识", max_length=60)
    title = models.CharField("名称", max_length=120)
    ruleset = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="campaigns")
    rules_data = models.JSONField("规则")
    rules_sha256 = models.CharField("规则摘要", max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT)
    opens_at = models.DateTimeField("申报开始")
    closes_at = models.DateTimeField("申报截止")
    reference_date = models.DateField("年龄与年限计算基准日")
    finish_by = models.DateField("计划完成日", null=True, blank=True)
    number_prefix = models.CharField("编号前缀", max_length=20, blank=True)
    last_number = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = CampaignQuerySet.as_manager()

    _dumped: tuple[object, bytes] | None = None

    class Meta:
        verbose_name = verbose_name_plural = "活动"
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["union", "slug"], name="campaign_slug_once"),
            models.CheckConstraint(condition=models.Q(opens_at__lt=models.F("closes_at")), name="campaign_window"),
            models.CheckConstraint(
                condition=models.Q(state__in=[CampaignState.DRAFT, CampaignState.CANCELLED])
                | ~models.Q(rules_sha256=""),
                name="campaign_published_frozen",
            ),
        ]
        permissions = [("supervise_campaign", "监督活动")]

    def __str__(self) -> str:
        return self.title

    @property
    def rules(self) -> Rules:
        return _parse(self._canonical)

    @property
    def evaluator(self) -> Evaluator:
        return _compile(self._canonical)

    @property
    def _canonical(self) -> bytes:
        """One text per `rules_data` object: rules are replaced, never changed in place, and read many times a page."""
        if self._dumped is None or self._dumped[0] is not self.rules_data:
            text = json.dumps(self.rules_data, sort_keys=True, ensure_ascii=False).encode()
            self._dumped = (self.rules_data, text)
        return self._dumped[1]

    def share_rules(self, other: Self) -> None:
        """Take over what another copy of this row has read and parsed, where the digest says that it is the same."""
        if self.rules_sha256 and self.rules_sha256 == other.rules_sha256 and self.pk == other.pk:
            self.rules_data, self._dumped = other.rules_data, other._dumped

    def is_open(self, at: datetime) -> bool:
        """Applications are taken: published, and `at` inside the window, both ends included."""
        return self.state == CampaignState.PUBLISHED and self.opens_at <= at <= self.closes_at


class RulesVersion(AppendOnly):
    """The rules as published (number 0) and every numbered amendment (修订), with its reason, public."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="rules_versions")
    number = models.PositiveSmallIntegerField("序号")
    reason = models.TextField("理由", blank=True)
    changes = models.JSONField(default=list)
    rules_data = models.JSONField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "规则版本"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="rules_version_once")]


class StageQuerySet(models.QuerySet["Stage"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class Stage(UnionScoped):
    """One stage of a campaign, in the order its rules give. Its parameters are read from the frozen rules by `key`."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="stages")
    position = models.PositiveSmallIntegerField("次序")
    key = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    label = models.CharField("名称", max_length=40)
    state = models.CharField(max_length=8, choices=StageState.choices, default=StageState.WAITING)
    planned_from = models.DateField("计划开始", null=True, blank=True)
    planned_to = models.DateField("计划结束", null=True, blank=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = StageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "环节"
        ordering = ["campaign_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "position"], name="stage_position_once"),
            models.UniqueConstraint(fields=["campaign", "key"], name="stage_key_once"),
            models.UniqueConstraint(
                fields=["campaign"], condition=models.Q(state=StageState.OPEN), name="stage_one_open"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class UnitQuota(UnionScoped):
    """How many a unit may (must) put forward in a campaign, resolved from the rules when the campaign is published."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="unit_quotas")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    at_most = models.PositiveSmallIntegerField(null=True, blank=True)
    at_least = models.PositiveSmallIntegerField(null=True, blank=True)
    strength = models.CharField(max_length=6)
    clause = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "推荐名额"
        constraints = [models.UniqueConstraint(fields=["campaign", "unit"], name="unit_quota_once")]


class CalendarDay(UnionScoped):
    """A day on which the union's calendar differs from the table, or fills a year the table does not know."""

    day = models.DateField("日期")
    working = models.BooleanField("工作日")
    note = models.CharField("说明", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日调整"
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["union", "day"], name="calendar_day_once")]


class CalendarYear(UnionScoped):
    """A year whose working days an officer confirmed, so that notices may run into it."""

    year = models.PositiveSmallIntegerField("年份")
    confirmed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "已确认年份"
        constraints = [models.UniqueConstraint(fields=["union", "year"], name="calendar_year_once")]
