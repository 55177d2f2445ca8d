"""Who asks: persons, their applications, the papers they attach and what their units say."""

from typing import Self

from django.db import models

from applications import models_inbox  # noqa: F401 - Django finds models here
from applications.states import (
    HANDED_IN,
    LIVE,
    TONES,
    Came,
    ConfirmedBy,
    Endorsement,
    ErasureState,
    ImportState,
    NoticeResult,
    PageSource,
    ScanState,
    State,
)
from campaigns.models import Campaign
from documents.models import Job, StoredFile
from unions.models import AppendOnly, Member, PersonalKey, Union, UnionScoped, Unit, User
from unions.states import Role


class PersonQuerySet(models.QuerySet["Person"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class Person(UnionScoped):
    """A natural person as one union knows them. ID number, birth date and phone are sealed under the person's own key.

    `id_index` is a blind index: the same ID number found again without being readable.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField("姓名", max_length=60)
    id_sealed = models.TextField(blank=True)
    id_masked = models.CharField(max_length=24, blank=True)
    id_index = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    anonymised_at = models.DateTimeField(null=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        constraints = [
            models.UniqueConstraint(
                fields=["union", "id_index"], condition=~models.Q(id_index=""), name="person_id_once"
            ),
            models.UniqueConstraint(
                fields=["union", "user"], condition=models.Q(user__isnull=False), name="person_user_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApplicationQuerySet(models.QuerySet["Application"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def filed(self) -> Self:
        """Handed to the union at least once and not withdrawn: what the office works on."""
        return self.filter(state__in=[State.SUBMITTED, State.RETURNED], number__gt="")

    def twins_of(self, application: "Application") -> Self:
        """The other live applications of whoever bears the same identity number, in the same campaign."""
        if not application.id_index:
            return self.none()
        same = self.filter(campaign_id=application.campaign_id, id_index=application.id_index)
        return same.filter(state__in=sorted(LIVE)).exclude(pk=application.pk)

    def twinned(self) -> Self:
        """Those handed in whose person handed in another as well, about which the office has not decided."""
        other = Application.objects.filter(
            campaign=models.OuterRef("campaign"), id_index=models.OuterRef("id_index"), state__in=sorted(HANDED_IN)
        ).exclude(pk=models.OuterRef("pk"))
        return self.filter(models.Exists(other), state__in=sorted(HANDED_IN)).exclude(id_index="")

    def visible_to(self, member: Member) -> Self:
        """The applicant's own; a unit's, once handed to it; what was filed, for office, leading group and supervisor.

        A draft that a person fills in is read by nobody else, not by the unit it will go through either. Experts reach
        applications through their panel (`review`), never from here.
        """
        rows = self.filter(union_id=member.union_id)
        own = models.Q(applicant=member) | models.Q(applicant__isnull=True, filled_by=member)
        if member.role in {Role.OFFICE, Role.LEADER, Role.SUPERVISOR}:
            return rows.filter(own | models.Q(number__gt=""))
        if member.role == Role.UNIT_OFFICER and member.unit_id:
            handed = models.Q(applicant__isnull=True) | models.Q(handed_at__isnull=False)
            return rows.filter(own | (models.Q(unit_id=member.unit_id) & handed))
        return rows.filter(own)


class Application(UnionScoped):
    """One person's application in one campaign.

    `answers` is the draft as typed: field id → value, personal values sealed (`{"sealed": …}`). `revision` grows with every
    save and `touched` keeps the revision that last changed each field, so that a second tab cannot overwrite silently.
    What was handed in is kept as a `Submission`. Without an `applicant` it is filled in by whoever nominates. `carried`
    names the fields whose answers came from a self-check and were not touched since.

    `id_index` is the blind index of the identity number as it stands on the form: two live applications of one campaign
    that share it are of one person, and the office decides which of them goes on (`merged_into`).
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="applications")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="applications")
    applicant = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="applications", verbose_name="申报人"
    )
    filled_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name="填写人")
    channel = models.CharField("申报渠道", max_length=40)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="applications", verbose_name="推荐单位"
    )
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.DRAFT)
    number = models.CharField("受理编号", max_length=32, blank=True)
    name = models.CharField("姓名", max_length=60)
    employer = models.CharField("工作单位", max_length=120, blank=True)
    trade = models.CharField("专业领域（工种）", max_length=60, blank=True)
    answers = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    touched = models.JSONField(default=dict)
    nominated_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提名人"
    )
    nomination_reason = models.TextField("提名理由", blank=True)
    claim_digest = models.CharField(max_length=64, blank=True)
    answer_by = models.DateTimeField("请被推荐人答复的期限", null=True)
    declined_at = models.DateTimeField("被推荐人不同意", null=True)
    id_index = models.CharField(max_length=64, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="并入"
    )
    carried = models.JSONField(default=list)
    anonymised_at = models.DateTimeField("已匿名", null=True)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    handed_at = models.DateTimeField("最近递交", null=True)
    submitted_at = models.DateTimeField("首次提交", null=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报"
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "person"],
                condition=models.Q(state__in=sorted(s.value for s in LIVE)),
                name="application_once_per_person",
            ),
            models.UniqueConstraint(
                fields=["campaign", "number"], condition=~models.Q(number=""), name="application_number_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.SUBMITTED) | ~models.Q(number=""), name="application_submitted_numbered"
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.MERGED, merged_into__isnull=False)
                | (~models.Q(state=State.MERGED) & models.Q(merged_into__isnull=True)),
                name="application_merged_somewhere",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "number", "id"], name="application_by_number"),
            models.Index(fields=["campaign", "state", "number"], name="application_inbox"),
            models.Index(fields=["campaign", "channel", "number"], name="application_channel"),
            models.Index(fields=["campaign", "unit", "number"], name="application_unit"),
            models.Index(fields=["campaign", "state", "saved_at"], name="application_lapse"),
            models.Index(
                fields=["campaign", "id_index"], condition=~models.Q(id_index=""), name="application_id_index"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()

    @property
    def open_key(self) -> PersonalKey | None:
        """What opens that which readers are shown of this application; None once it was anonymised, though the person's key
        may live on for another application of theirs.
        """
        return None if self.anonymised_at is not None else self.person.key

    @property
    def tone(self) -> str:
        return TONES[State(self.state)]


class Submission(AppendOnly):
    """A frozen copy of what was handed in: answers and materials, sealed whole under the person's key.

    `digest` is salted with that key; `check_code` ties a printed form to this version.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="submissions")
    version = models.PositiveSmallIntegerField("版本")
    sealed = models.TextField()
    digest = models.CharField(max_length=64)
    check_code = models.CharField("校验码", max_length=16, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "提交版本"
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["application", "version"], name="submission_once")]


class Source(AppendOnly):
    """Who put the person forward, through which channel and unit. The reason stands with the application it came in on."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="sources")
    kind = models.CharField("来源", max_length=8, choices=Came.choices)
    channel = models.CharField("申报渠道", max_length=40)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "申报来源"
        ordering = ["at", "pk"]


class Merging(AppendOnly):
    """One application ended because another of the same person goes on: which, through which channel it counts, and why."""

    ended = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="merging")
    kept = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="mergings")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", verbose_name="计入的来源")
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "合并申报"
        ordering = ["at", "pk"]


class MaterialQuerySet(models.QuerySet["Material"]):
    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)


SEALED_FORM = "sealed_form"
SIGNED_CONSENT = "signed_consent"
PHOTO = "photo"


class Material(UnionScoped):
    """One paper in a slot of the rule set (`materials[].id`), or the reserved slots `photo`, `sealed_form`
    and `signed_consent`.

    `pages` counts the photographed pages that were put together here into one PDF; 0: the file is as it came. The sealed scan
    names the version it was printed from.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="materials")
    slot = models.CharField(max_length=40)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="material")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    pages = models.PositiveSmallIntegerField("合成页数", default=0)
    uploaded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "材料"
        ordering = ["slot", "uploaded_at", "pk"]

    @property
    def is_picture(self) -> bool:
        return self.file.content_type.startswith("image/")

    @property
    def takes_pages(self) -> bool:
        """Whether further photographed pages can be put behind it: a picture, or pages bound here."""
        return self.slot != PHOTO and (self.is_picture or self.pages > 0)


class Recommendation(UnionScoped):
    """What a recommending body says (推荐单位意见). A later row supersedes an earlier one of the same unit; none is edited.

    A society's recommendation records the consent of its 主管部门: its name, and the date.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="recommendations")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField("结论", max_length=10, choices=Endorsement.choices)
    opinion = models.TextField("推荐单位意见")
    authority = models.CharField("行业主管部门", max_length=80, blank=True)
    authority_agreed_on = models.DateField("主管部门同意日期", null=True, blank=True)
    quota_reason = models.TextField("超出名额的理由", blank=True)
    submission_version = models.PositiveSmallIntegerField(default=0)
    carried_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原在另一份申报上提出"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "推荐意见"
        ordering = ["at", "pk"]


class InternalNotice(AppendOnly):
    """The notice inside the own unit (单位内公示) before a nomination, both days included. A later row supersedes an earlier one.

    Its evidence lies among the materials, in the slots that the rules name.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="internal_notices")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField("公示开始")
    ends_on = models.DateField("公示结束")
    place = models.CharField("公示地点和方式", max_length=120)
    result = models.CharField("公示结果", max_length=12, choices=NoticeResult.choices)
    settlement = models.TextField("异议及处理情况", blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "单位内公示"
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="internal_notice_days")
        ]


class Return(UnionScoped):
    """A return for correction (退回补正): what to mend and until when. Answered by the next submission.

    `items` are ids of form fields and material slots; nothing else can be changed meanwhile. `reasons` says of each what is
    wrong with it; one without its own has the common `reason`. `version` is the submission that came back; the next one answers
    it. `unit` is set where the recommending unit returned it, before the office ever saw it.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="returns")
    reason = models.TextField("退回原因", blank=True)
    items = models.JSONField("需补正的项目", default=list)
    reasons = models.JSONField("逐项原因", default=dict)
    version = models.PositiveSmallIntegerField("退回的版本", default=0)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deadline = models.DateTimeField("补正期限")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "退回补正"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=models.Q(answered_at__isnull=True), name="return_one_open"
            )
        ]


class ErasureRequest(UnionScoped):
    """A person asks that their data be deleted (个人信息保护法 第四十七条); the office answers with its reason and the law's ground.

    What the person writes is sealed under their key, so that it goes with everything else when the request is granted.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="erasure_requests")
    words_sealed = models.TextField(blank=True)
    state = models.CharField("处理情况", max_length=10, choices=ErasureState.choices, default=ErasureState.OPEN)
    at = models.DateTimeField("提出时间")
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField("处理理由", blank=True)
    basis = models.CharField("法律依据", max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "删除个人信息的请求"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state=ErasureState.OPEN), name="erasure_request_one_open"
            )
        ]


class Reveal(AppendOnly):
    """An ID number shown whole: to whom, why, when."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="reveals")
    reason = models.TextField("查看理由")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "证件号码查看记录"


class NomineeInvitation(UnionScoped):
    """One message that asked somebody whom another person named (他人推荐). Whom, only as a blind index: enough to count."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="invitations")
    contact_index = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "推荐邀请"
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["union", "contact_index"], name="nominee_invitation_contact")]


class Confirmation(UnionScoped):
    """What a person says of the form that somebody else filled in for them: asked by a code, or signed on paper.

    `digest` is that of exactly what was shown, under the person's key: whatever is changed later, asks again. Of link and
    code only digests are kept.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="confirmations")
    method = models.CharField("方式", max_length=8, choices=ConfirmedBy.choices)
    revision = models.PositiveIntegerField("第几次保存的内容")
    digest = models.CharField(max_length=64)
    contact = models.CharField("发往", max_length=120, blank=True, help_text="只留首尾几位")
    token_digest = models.CharField(max_length=64, blank=True)
    code_digest = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField("输错次数", default=0)
    expires_at = models.DateTimeField("有效期至", null=True)
    material = models.ForeignKey(Material, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField("本人确认", null=True)
    refused_at = models.DateTimeField("本人说内容不对", null=True)
    remark_sealed = models.TextField(blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "本人确认"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "token_digest"], condition=~models.Q(token_digest=""), name="confirmation_token_once"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True) | models.Q(refused_at__isnull=True),
                name="confirmation_one_answer",
            ),
        ]


# --- the unit's desk -------------------------------------------------------------------------------------------------


class PreferenceOrder(AppendOnly):
    """The order in which a unit would have its people chosen (推荐排序): all of them at once. A later row supersedes an earlier one.

    `order` holds ids of applications, the first one first. Once `handed_over` is set no further row follows.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    order = models.JSONField("推荐排序", default=list)
    handed_over = models.BooleanField("已报送", default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "推荐排序"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "unit"], condition=models.Q(handed_over=True), name="preference_handed_over_once"
            )
        ]
        indexes = [models.Index(fields=["campaign", "unit", "-id"], name="preference_newest")]


class OpinionPhrases(UnionScoped):
    """What a unit starts its opinions from, one phrase a line, in place of those that come with the rules."""

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="+")
    texts = models.JSONField("推荐意见常用语", default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "推荐意见常用语"


class SheetImportQuerySet(models.QuerySet["SheetImport"]):
    def visible_to(self, member: Member) -> Self:
        """The unit's own; nobody else reads the numbers of people who are not yet people of the campaign."""
        return self.filter(union_id=member.union_id, unit_id=member.unit_id)


class SheetImport(UnionScoped):
    """A sheet of people (汇总表) on its way in. Nothing of it is an application before somebody confirms.

    The file and what was found in it are sealed under a key of their own, which goes when the import is done with: a
    spreadsheet full of identity numbers is kept no longer than it is needed.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("文件名", max_length=200)
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    sealed = models.TextField("文件（加密）", blank=True)
    preview = models.TextField("核对结果（加密）", blank=True)
    counts = models.JSONField("行数", default=dict)
    picked = models.JSONField("所选的行", null=True)
    state = models.CharField("状态", max_length=8, choices=ImportState.choices, default=ImportState.READING)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("上传时间")
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField("确认时间", null=True)

    objects = SheetImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "汇总表导入"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ScanBatchQuerySet(models.QuerySet["ScanBatch"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(union_id=member.union_id, unit_id=member.unit_id)


class ScanBatch(UnionScoped):
    """One scan of many sealed forms, in any order. Nothing of it is a material before somebody confirms."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    file = models.OneToOneField(StoredFile, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField("页数")
    state = models.CharField("状态", max_length=8, choices=ScanState.choices, default=ScanState.READING)
    counts = models.JSONField("结果", default=dict)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("上传时间")
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField("确认时间", null=True)

    objects = ScanBatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批量扫描件"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "unit", "sha256"],
                condition=~models.Q(state=ScanState.DROPPED),
                name="scan_batch_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ScanPage(UnionScoped):
    """One page of the pile: the codes read off it, the version it belongs to and how that is known.

    `turn` is by how many degrees, clockwise, it has to be turned to stand upright.
    """

    batch = models.ForeignKey(ScanBatch, on_delete=models.PROTECT, related_name="sheets")
    number = models.PositiveSmallIntegerField("第几页")
    codes = models.JSONField("校验码", default=list)
    source = models.CharField("来源", max_length=8, choices=PageSource.choices)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="+")
    turn = models.PositiveSmallIntegerField(default=0)
    left_out = models.BooleanField("不用", default=False)
    picture = models.OneToOneField(StoredFile, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "扫描页"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="scan_page_once")]
