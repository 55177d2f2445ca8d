"""What a title brings, and what becomes of it: the decision, money, other benefits, and a title's withdrawal."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from campaigns.models import Campaign
from publicity.states import Entered, GrantState, WithdrawalStepKind
from unions.models import AppendOnly, Member, UnionScoped

# --- the conferring decision ------------------------------------------------------------------------------------------


class DecisionDraft(UnionScoped):
    """The words of a conferring decision while the office works on them; the list comes from the outcomes."""

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, related_name="decision_draft")
    title = models.CharField("标题", max_length=200)
    document_number = models.CharField("发文字号", max_length=40, blank=True)
    body = models.TextField("正文")
    signature = models.CharField("落款", max_length=200)
    dated = models.DateField("成文日期")
    revision = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "表彰决定稿"

    @property
    def plain(self) -> dict[str, Any]:
        """Its words, as a decision takes them over."""
        return {name: getattr(self, name) for name in ("title", "document_number", "body", "signature", "dated")}


class Decision(AppendOnly):
    """A conferring decision (表彰决定) as it was issued: words and list under one digest. A correction is a further version."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="decisions")
    version = models.PositiveSmallIntegerField("版本")
    title = models.CharField("标题", max_length=200)
    document_number = models.CharField("发文字号", max_length=40, blank=True)
    body = models.TextField("正文")
    signature = models.CharField("落款", max_length=200)
    dated = models.DateField("成文日期")
    reason = models.TextField("更正说明", blank=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "表彰决定"
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["campaign", "version"], name="decision_version_once")]


class DecisionLine(AppendOnly):
    """One person on a decision: name and employer sealed under the person's key, with their salted digest."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    award = models.ForeignKey("publicity.Award", on_delete=models.PROTECT, related_name="+")
    sealed = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "表彰名单"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "position"], name="decision_position_once"),
            models.UniqueConstraint(fields=["decision", "award"], name="decision_award_once"),
        ]


# --- money ------------------------------------------------------------------------------------------------------------


class Entitlement(AppendOnly):
    """Money that an award brings by the rules: once, or a number of months. Whole fen.

    `source` is where it comes from in the rules: the award's id, a point, and `money`, `monthly` or the id of a benefit.
    `amount` is that of one instalment; null where the rules name none and the office fixes it.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="entitlements")
    award = models.ForeignKey("publicity.Award", on_delete=models.PROTECT, related_name="entitlements")
    source = models.CharField(max_length=90)
    label = models.CharField("项目", max_length=60)
    amount = models.BigIntegerField("每期金额（分）", null=True)
    instalments = models.PositiveSmallIntegerField("期数")
    first_month = models.DateField("起始月份")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "应发项目"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["award", "source"], name="entitlement_once"),
            models.CheckConstraint(
                condition=(Q(amount__isnull=True) | Q(amount__gt=0)) & Q(instalments__gte=1), name="entitlement_amount"
            ),
            models.CheckConstraint(condition=Q(first_month__day=1), name="entitlement_month"),
        ]


class PaymentList(AppendOnly):
    """A list of who is paid what, of one source and month. What became of it stands in the entries of its lines."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="payment_lists")
    source = models.CharField(max_length=90)
    month = models.DateField("月份")
    number = models.PositiveSmallIntegerField("序号")
    total = models.BigIntegerField("合计（分）")
    lines = models.PositiveIntegerField("笔数")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "发放名单"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="payment_list_number_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="payment_list_month"),
        ]


class LedgerEntry(AppendOnly):
    """One line of the money ledger; what is owed, paid and ended follows from all of them (`publicity.ledger`).

    `instalment` counts from nought. A due entry stands on a list and is settled once: paid, or released unpaid with the reason.
    """

    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Entered.choices)
    instalment = models.PositiveSmallIntegerField("期", null=True)
    amount = models.BigIntegerField("金额（分）", null=True)
    month = models.DateField("月份", null=True)
    happened_on = models.DateField("日期", null=True)
    ground = models.CharField(max_length=40, blank=True)
    reason = models.TextField("原因", blank=True)
    on_list = models.ForeignKey(PaymentList, on_delete=models.PROTECT, null=True, related_name="entries")
    settles = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="settled")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "发放台账"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement", "instalment"], condition=Q(kind=Entered.PAID), name="instalment_paid_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[Entered.DUE, Entered.PAID, Entered.RELEASED])
                | Q(instalment__isnull=False, amount__gt=0, on_list__isnull=False),
                name="ledger_entry_of_a_list",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[Entered.PAID, Entered.RELEASED], settles__isnull=False)
                | (~Q(kind__in=[Entered.PAID, Entered.RELEASED]) & Q(settles__isnull=True)),
                name="ledger_entry_settles",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[Entered.DUE, Entered.PAID]) | ~Q(reason=""), name="ledger_entry_reasoned"
            ),
        ]


# --- other benefits ---------------------------------------------------------------------------------------------------


class Grant(AppendOnly):
    """What became of a benefit or a further honour that the rules promise a titled person; before the first it is promised."""

    award = models.ForeignKey("publicity.Award", on_delete=models.PROTECT, related_name="grants")
    benefit = models.CharField(max_length=40)
    """The id in the rules, of a benefit or of an honour."""
    state = models.CharField(max_length=8, choices=GrantState.choices)
    note = models.TextField("说明", blank=True)
    happened_on = models.DateField("日期")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "待遇落实"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=GrantState.REFUSED) | ~Q(note=""), name="grant_refused_with_reason"
            )
        ]


# --- withdrawal of a title --------------------------------------------------------------------------------------------


class Withdrawal(AppendOnly):
    """The procedure by which a title is taken away (撤销称号): opened on a ground, with time for the person to answer."""

    award = models.ForeignKey("publicity.Award", on_delete=models.PROTECT, related_name="withdrawals")
    ground = models.TextField("事由")
    answer_by = models.DateField("陈述申辩截止")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "撤销称号"
        ordering = ["-pk"]

    @property
    def answers(self) -> "list[WithdrawalStep]":
        """What the person said; no query of its own where the steps were fetched along."""
        return [step for step in self.steps.all() if step.kind == WithdrawalStepKind.ANSWERED]

    @property
    def decided(self) -> "WithdrawalStep | None":
        return next((step for step in self.steps.all() if step.kind != WithdrawalStepKind.ANSWERED), None)

    @property
    def withdrawn(self) -> bool:
        return self.decided is not None and self.decided.kind == WithdrawalStepKind.WITHDRAWN


class WithdrawalStep(AppendOnly):
    """What happened in it: the person's answer (sealed under the person's key), and one decision that ends it."""

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=WithdrawalStepKind.choices)
    sealed = models.TextField(blank=True)
    text = models.TextField("内容", blank=True)
    public_note = models.TextField("对外说明", blank=True)
    document = models.CharField("决定文号", max_length=60, blank=True)
    met_on = models.DateField("会议日期", null=True)
    figures = ArrayField(models.PositiveSmallIntegerField(), default=list)
    """Of a meeting: members, present, in favour."""
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "撤销称号的步骤"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["withdrawal"],
                condition=~Q(kind=WithdrawalStepKind.ANSWERED),
                name="withdrawal_decided_once",
            ),
            models.CheckConstraint(
                condition=Q(kind=WithdrawalStepKind.ANSWERED) | ~Q(text=""), name="withdrawal_decided_with_reason"
            ),
        ]
