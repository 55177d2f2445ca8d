"""Who is chosen: outcomes of stages, panels of experts and their scores, visits, resolutions, investigations."""

import uuid
from typing import Self

from django.db import models

from applications.models import Application, Submission
from campaigns.models import Campaign, Stage
from documents.models import StoredFile
from review import models_meetings, models_pool, models_scoring  # noqa: F401 - Django finds models here
from review.states import Case, RecusalSource, Seat, Subject, Verdict
from unions.models import AppendOnly, Member, PersonalKey, Union, UnionScoped, Unit
from unions.states import Role


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def standing(self) -> Self:
        """Those that nothing superseded."""
        return self.filter(superseded_by__isnull=True)


class Outcome(AppendOnly):
    """What one stage decided about one application: who, when, what, why. Only ever added; a correction supersedes.

    Without a stage it is a disqualification, which ends the application wherever it stood. `category` and `tier` say in which
    the title was approved, where the rules divide it.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="outcomes")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, null=True, related_name="outcomes")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="outcomes")
    verdict = models.CharField("结论", max_length=20, choices=Verdict.choices)
    reason = models.TextField("理由")
    rank = models.PositiveSmallIntegerField("名次", null=True)
    category = models.CharField("类别", max_length=60, blank=True)
    tier = models.CharField("等次", max_length=60, blank=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="+")
    resolution = models.ForeignKey("Resolution", on_delete=models.PROTECT, null=True, related_name="outcomes")
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    revision = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    objects = OutcomeQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "环节结论"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "stage", "revision"], name="outcome_once"),
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(stage__isnull=True),
                name="outcome_disqualified_once",
            ),
            models.CheckConstraint(
                condition=models.Q(stage__isnull=False) | models.Q(verdict=Verdict.DISQUALIFIED),
                name="outcome_has_stage",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="outcome_has_reason"),
        ]
        indexes = [models.Index(fields=["stage", "verdict"], name="outcome_stage_verdict")]


class Judgement(AppendOnly):
    """An officer's word on a rule that needs judging, or on a waiver's evidence (rule id → holds or not), with the reason."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="judgements")
    rule = models.CharField(max_length=60)
    holds = models.BooleanField()
    reason = models.TextField(blank=True)
    revision = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "审核判断"
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["application", "rule", "revision"], name="judgement_once")]


class Expert(UnionScoped):
    """An expert of the union's pool (评委专家库). Recusal fails closed while the employer is unknown."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="expert")
    field = models.CharField("专业领域", max_length=200)
    """Several of them with “、” between; `fields` takes them apart."""
    kind = models.CharField("专家类别", max_length=40, blank=True)
    employer = models.CharField("工作单位", max_length=120, blank=True)
    title = models.CharField("职称职务", max_length=80, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    active = models.BooleanField(default=True)
    in_draws = models.BooleanField("参加抽取", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审专家"
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.member)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.field.split("、")) if self.field else ()


class Panel(UnionScoped):
    """The experts of one stage (评审团队). Where the rules say so, the leading group approves it before it may sit.

    `closed_at` is when its scoring, voting or assessing ended: until then no score is read by anybody but who gave it.
    """

    stage = models.OneToOneField(Stage, on_delete=models.PROTECT, related_name="panel")
    approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField("评分结束", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审团队"
        permissions = [("sit", "评审团队成员")]


class PanelSeat(UnionScoped):
    """One expert on a panel; `approved_at` is empty while the body that approves panels has not seen this name."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="seats")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="seats")
    state = models.CharField(max_length=10, choices=Seat.choices, default=Seat.INVITED)
    approved_at = models.DateTimeField(null=True)
    declared_at = models.DateTimeField("回避申报时间", null=True)
    terms = models.ForeignKey(
        "review.TermsAcceptance", on_delete=models.PROTECT, null=True, related_name="+", verbose_name="接受的承诺"
    )
    answered_at = models.DateTimeField(null=True)
    left_because = models.TextField("谢绝或退出的理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审席位"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["panel", "expert"], name="seat_once")]


class Recusal(AppendOnly):
    """A case that an expert must not see (回避)."""

    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="recusals")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="recusals")
    source = models.CharField(max_length=10, choices=RecusalSource.choices)
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "回避"
        constraints = [models.UniqueConstraint(fields=["seat", "application"], name="recusal_once")]


class DrawPledge(AppendOnly):
    """Before a panel is drawn: the frozen list, its digest, and a seed that nobody knows yet but that is committed to.

    `facts` is what the draw knows of the people on the list, `conditions` what the panel must look like, `announced` a public
    value that is known at `announced_for` and chosen by nobody; all of it is under the digest `listed`.
    `sealed_seed` is readable under `key` only. A later revision is made only where the pool has changed since.
    """

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="draw_pledges")
    candidates = models.JSONField("固定的名单")
    facts = models.JSONField(default=list)
    conditions = models.JSONField("构成要求", default=dict)
    announced = models.CharField("并入种子的公开数值", max_length=200, blank=True)
    announced_for = models.DateTimeField("公布时间", null=True)
    listed = models.CharField("名单摘要", max_length=64)
    commitment = models.CharField("种子承诺", max_length=64)
    sealed_seed = models.TextField()
    key = models.ForeignKey(PersonalKey, on_delete=models.PROTECT, related_name="+")
    members = models.PositiveSmallIntegerField("抽取人数")
    reserves = models.PositiveSmallIntegerField("备选人数", default=0)
    revision = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "抽取承诺"
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["stage", "revision"], name="draw_pledge_once")]


class PanelDraw(AppendOnly):
    """How a panel was drawn (抽取): `seed` opens the pledge, `public` is the announced value and `source` where it was read.

    `result` is everybody on the list: the panel in drawn order, then the others in drawn order.
    """

    pledge = models.OneToOneField(DrawPledge, on_delete=models.PROTECT, related_name="draw")
    panel = models.OneToOneField(Panel, on_delete=models.PROTECT, related_name="draw")
    seed = models.CharField("种子", max_length=64)
    public = models.CharField("公开数值", max_length=200, blank=True)
    source = models.CharField("出处", max_length=300, blank=True)
    result = models.JSONField("抽取顺序")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "专家抽取"


class ScoreQuerySet(models.QuerySet["Score"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def visible_to(self, member: Member) -> Self:
        """An expert's own; everybody's only for those who decide or supervise, and only once scoring has ended."""
        own = models.Q(seat__expert__member=member)
        rows = self.filter(union_id=member.union_id)
        if member.role in {Role.OFFICE, Role.LEADER, Role.SUPERVISOR}:
            return rows.filter(own | models.Q(seat__panel__closed_at__isnull=False))
        return rows.filter(own)


class Score(AppendOnly):
    """One expert's word on one case: scores per criterion as decimal text, or a grade. The highest `version` counts.

    Sealed until scoring ends: nobody but the expert reads it, and the audit log holds `commitment` only.
    """

    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="scores")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="scores")
    version = models.PositiveSmallIntegerField(default=0)
    points = models.JSONField(default=dict)
    grade = models.CharField("等次", max_length=60, blank=True)
    comment = models.TextField("评语", blank=True)
    nonce = models.CharField(max_length=32)
    commitment = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = ScoreQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "评分"
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["seat", "application", "version"], name="score_once")]


class BallotRound(UnionScoped):
    """One round of a panel's vote. Until it is closed all its ballots lie in `urn`, one sealed value; see docs/adr/0008.

    `candidates` are frozen when the round opens. The urn is emptied and its `key` destroyed when the round ends.
    """

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField("轮次")
    candidates = models.JSONField()
    urn = models.TextField(blank=True)
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    issued = models.PositiveSmallIntegerField("发出选票", null=True)
    """How many might vote in it, counted when it ends."""
    voided = models.TextField("作废的理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投票轮次"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "number"], name="round_once"),
            models.UniqueConstraint(
                fields=["panel"], condition=models.Q(closed_at__isnull=True), name="round_one_open"
            ),
        ]


class RollEntry(AppendOnly):
    """That an expert has voted in a round (投票名册), never how."""

    round = models.ForeignKey(BallotRound, on_delete=models.PROTECT, related_name="roll")
    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "投票名册"
        constraints = [models.UniqueConstraint(fields=["round", "seat"], name="vote_once")]


class Ballot(AppendOnly):
    """One ballot of a closed round: the names on it. It bears no voter and no time, and its random id says nothing.

    A void one (废票) was handed in spoiled on purpose: it counts as cast and gives nobody a vote, whatever names it bears.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(BallotRound, on_delete=models.PROTECT, related_name="ballots")
    choices = models.JSONField()
    void = models.BooleanField("废票", default=False)

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "选票"
        ordering = ["id"]


class SignedBallot(AppendOnly):
    """Whose a ballot is, where the rules let the panel vote by name; a secret ballot has no such row."""

    ballot = models.OneToOneField(Ballot, on_delete=models.PROTECT, related_name="signed")
    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=32)
    commitment = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "记名选票"


class VisitBatch(UnionScoped):
    """Which batch a case is visited in, where the rules have visits made in batches (分批)."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="visit_batches")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    batch = models.PositiveSmallIntegerField("批次")

    class Meta:
        verbose_name = verbose_name_plural = "考察批次"
        constraints = [models.UniqueConstraint(fields=["stage", "application"], name="visit_batch_once")]


class SiteVisit(AppendOnly):
    """A record of a visit to the workplace (现场考察): who went, when, what was found. A later row supersedes."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="visits")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="visits")
    visited_on = models.DateField("考察日期")
    place = models.CharField("考察地点", max_length=120)
    team = models.CharField("考察人员", max_length=200)
    finding = models.TextField("考察情况")
    checklist = models.JSONField("考察要点", default=dict)
    points = models.DecimalField("考察评分", max_digits=6, decimal_places=2, null=True)
    batch = models.PositiveSmallIntegerField("批次", null=True)
    revision = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "现场考察"
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["stage", "application", "revision"], name="visit_once")]


class VisitPhoto(AppendOnly):
    """One picture of a visit; a later record may show the same file again."""

    visit = models.ForeignKey(SiteVisit, on_delete=models.PROTECT, related_name="photos")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "考察照片"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["visit", "number"], name="visit_photo_once")]


class Ranking(AppendOnly):
    """The ranking of a stage as computed when its panel was closed: `rows` = [{application, total, rank, tied}], and how.

    Rows of a vote or an assessment also say what people read (`shown`) and whether the method lets the case through at all
    (`reached`). A pure function of the scores or ballots: anybody can compute it again and compare `sha256`.
    """

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="rankings")
    method = models.CharField(max_length=200)
    rows = models.JSONField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "排名"
        constraints = [models.UniqueConstraint(fields=["stage"], name="ranking_once")]


class Cut(AppendOnly):
    """How many of a ranking go on, where the office sets the number. A later row supersedes, with its reason."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="cuts")
    passing = models.PositiveSmallIntegerField("进入下一环节人数")
    reason = models.TextField("理由")
    revision = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "入围人数"
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["stage", "revision"], name="cut_once")]


class TieDecision(AppendOnly):
    """People's decision where the written chain left a tie: the order of the tied cases, with the reason."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="tie_decisions")
    order = models.JSONField()
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "并列裁定"
        ordering = ["at", "pk"]


class Resolution(AppendOnly):
    """What the leading group resolved at a meeting: about a panel, a list, the final approval, a place left by a strike.

    `members` is the size of the group on that day, as far as the quorum was counted on it (else 0). `decisions` holds ids
    and words: [{application, decision, rank, category, tier, reason}] or [{expert}]. `reason` is why a *should* was departed from.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="resolutions")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, null=True, related_name="resolutions")
    subject = models.CharField(max_length=8, choices=Subject.choices)
    met_on = models.DateField("会议日期")
    members = models.PositiveSmallIntegerField("应到人数", default=0)
    present = models.PositiveSmallIntegerField("出席人数")
    in_favour = models.PositiveSmallIntegerField("同意人数")
    text = models.TextField("决议内容")
    decisions = models.JSONField(default=list)
    reason = models.TextField("理由", blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "领导小组决议"
        ordering = ["at", "pk"]


class Investigation(UnionScoped):
    """A case of false material: opened, looked into, decided with a reason; upheld means disqualification."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="investigations")
    allegation = models.TextField("反映的问题")
    state = models.CharField(max_length=10, choices=Case.choices, default=Case.OPEN)
    finding = models.TextField("核查结论", blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    public_note = models.TextField("公开说明", blank=True)
    resolution = models.ForeignKey(
        Resolution, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="空出名额的决议"
    )
    refilled_by = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="递补人选"
    )

    class Meta:
        verbose_name = verbose_name_plural = "弄虚作假核查"
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=models.Q(state=Case.OPEN), name="investigation_one_open"
            )
        ]
