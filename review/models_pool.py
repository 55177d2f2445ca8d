"""The pool beside its experts, likenesses that somebody must look at, and which seat judges which case."""

from django.db import models

from unions.models import AppendOnly, Member, PersonalKey, UnionScoped


class ExpertContact(UnionScoped):
    """Phone and address of an expert, sealed under a key of their own. `phone_index` finds the same number again."""

    expert = models.OneToOneField("review.Expert", on_delete=models.PROTECT, related_name="contact")
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    sealed = models.TextField()
    masked = models.CharField("联系电话", max_length=24, blank=True)
    phone_index = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "专家联系方式"


class ExpertAbsence(UnionScoped):
    """Days on which an expert cannot come, both included; a draw for a stage of those days leaves them out."""

    expert = models.ForeignKey("review.Expert", on_delete=models.PROTECT, related_name="absences")
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "不能参加评审的时间"
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["expert", "starts_on", "ends_on"], name="absence_once"),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="absence_has_days"),
        ]


class ExpertTerms(AppendOnly):
    """What experts promise before they see a case (评审纪律和保密承诺), as one union words it. The highest `version` holds."""

    version = models.PositiveSmallIntegerField("版本")
    text = models.TextField("承诺内容")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "评审纪律和保密承诺"
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["union", "version"], name="expert_terms_once")]


class TermsAcceptance(AppendOnly):
    """That an expert accepted this very text, and when. Version nought is the text that comes with the product."""

    expert = models.ForeignKey("review.Expert", on_delete=models.PROTECT, related_name="acceptances")
    version = models.PositiveSmallIntegerField("版本")
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "接受评审纪律和保密承诺"
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["expert", "text_sha256"], name="terms_accepted_once")]


class PoolSheet(UnionScoped):
    """A sheet of experts between its upload and the word on it, sealed under a key of its own, which goes with that word."""

    name = models.CharField(max_length=120)
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    sealed = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "专家导入"


# --- recusal ----------------------------------------------------------------------------------------------------------


class Likeness(AppendOnly):
    """Something that may be a conflict and need not be one: same surname and address, same phone. Somebody looks at it.

    Until they have, the expert does not see the case.
    """

    seat = models.ForeignKey("review.PanelSeat", on_delete=models.PROTECT, related_name="likenesses")
    application = models.ForeignKey("applications.Application", on_delete=models.PROTECT, related_name="+")
    ground = models.TextField("线索")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "回避线索"
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["seat", "application"], name="likeness_once")]


class LikenessWord(AppendOnly):
    """What the office found about a likeness, and why. Where it is a conflict the recusal is a row of its own."""

    likeness = models.OneToOneField(Likeness, on_delete=models.PROTECT, related_name="word")
    conflict = models.BooleanField("须回避")
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "回避线索的处理"


# --- which seat judges which case -------------------------------------------------------------------------------------


class AllotmentPledge(AppendOnly):
    """The committed secret of the next allotment of a panel, readable under `key` only."""

    panel = models.ForeignKey("review.Panel", on_delete=models.PROTECT, related_name="allotment_pledges")
    revision = models.PositiveSmallIntegerField(default=0)
    commitment = models.CharField(max_length=64)
    sealed_secret = models.TextField()
    key = models.ForeignKey(PersonalKey, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "分配承诺"
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["panel", "revision"], name="allotment_pledge_once")]


class Allotment(AppendOnly):
    """How cases were given to experts (分配): `task` is what it followed from, `result` case → seats, `secret` opens the pledge."""

    panel = models.ForeignKey("review.Panel", on_delete=models.PROTECT, related_name="allotments")
    pledge = models.OneToOneField(AllotmentPledge, on_delete=models.PROTECT, related_name="allotment")
    secret = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    task = models.JSONField()
    result = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "评审分配"
        ordering = ["pk"]


class AllottedCase(AppendOnly):
    """One case given to one seat. A seat given up, or a recusal, takes it out of count; the row and its sheets stay."""

    allotment = models.ForeignKey(Allotment, on_delete=models.PROTECT, related_name="cases")
    seat = models.ForeignKey("review.PanelSeat", on_delete=models.PROTECT, related_name="allotted")
    application = models.ForeignKey("applications.Application", on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "分配的申报"
        constraints = [models.UniqueConstraint(fields=["seat", "application"], name="allotted_once")]
