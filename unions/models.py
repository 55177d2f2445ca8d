"""Who: the union (tenant), its recommending units, its people and what they did."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from unions import phones
from unions.outbox.states import Channel, DeliveryState, MassState
from unions.rights import Rights
from unions.states import STAFF, Role

RESERVED_SLUGS = frozenset(
    {
        *(
            "accounts",
            "admin",
            "health",
            "invitations",
            "large-type",
            "media",
            "metrics",
            "operator",
            "outbox",
            "static",
        ),
        *("styleguide", "unions", "verify"),
    }
)
"""First parts of addresses that belong to no union."""


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, email: str | None = None, phone: str | None = None, password: str | None = None, **extra: Any
    ) -> "User":
        user = self.model(email=self.normalize_email(email) or None, phone=phone or None, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_operator(self, *, email: str, password: str | None = None, **extra: Any) -> "User":
        """A platform operator. Never a superuser, which would pass every object permission by."""
        return self.create_user(email=email, password=password, is_staff=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """A sign-in. Rights come from memberships; `is_staff` marks the platform operator."""

    username = models.CharField("账号标识", max_length=64, unique=True, editable=False)
    email = models.EmailField("电子邮箱", null=True, blank=True, unique=True)
    phone = models.CharField("手机号码", max_length=20, null=True, blank=True, unique=True)
    phone_verified = models.BooleanField(default=False)
    name = models.CharField("姓名", max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("平台管理员", default=False)
    large_type = models.BooleanField("大字版", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email or phones.shown(self.phone or "") or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.username:
            self.username = uuid.uuid4().hex
        # two people without an address would both have the empty one
        self.email = self.email.lower() if self.email else None
        self.phone = self.phone or None
        super().save(*args, **kwargs)


class Union(models.Model):
    """A trade union: the tenant. Its own row is public; everything below it carries its id."""

    slug = models.SlugField("地址标识", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60, help_text="全称，如：某某区总工会")
    short_name = models.CharField("简称", max_length=20)
    domain = models.CharField("自有域名", max_length=120, null=True, blank=True, unique=True)
    brand = models.CharField(
        "主题色",
        max_length=7,
        default="#B4161B",
        validators=[RegexValidator(r"^#[0-9A-Fa-f]{6}$", "请填写如 #B4161B 的颜色")],
    )
    office_name = models.CharField("办公室名称", max_length=60, blank=True)
    contact_phone = models.CharField("联系电话", max_length=40, blank=True)
    contact_address = models.CharField("联系地址", max_length=120, blank=True)
    privacy_text = models.TextField("个人信息处理告知", blank=True)
    active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("创建时间")

    class Meta:
        verbose_name = verbose_name_plural = "工会"
        permissions = [
            ("run_office", "认定办公室"),
            ("lead", "领导小组"),
            ("supervise", "监督"),
            ("administer", "工会管理"),
            ("review_as_expert", "评审"),
        ]

    def __str__(self) -> str:
        return self.name


class UnionScoped(models.Model):
    """A row of one union. Queries start from `for_union`; row-level security holds where code forgets."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class AppendOnly(UnionScoped):
    """A row that is only ever added: a trigger refuses UPDATE and DELETE, and the app's role lacks the privilege."""

    append_only: ClassVar[bool] = True

    class Meta:
        abstract = True
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class UnitKindQuerySet(models.QuerySet["UnitKind"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class UnitKind(UnionScoped):
    """A kind of recommending body as this union's rule sets name it: the code they use and the word people read."""

    code = models.CharField("代码", max_length=40)
    label = models.CharField("名称", max_length=40)

    objects = UnitKindQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位类别"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["union", "code"], name="unit_kind_code_once"),
            models.UniqueConstraint(fields=["union", "label"], name="unit_kind_label_once"),
        ]

    def __str__(self) -> str:
        return self.label


class UnitQuerySet(models.QuerySet["Unit"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def active(self) -> Self:
        return self.filter(active=True)


class Unit(UnionScoped):
    """A recommending body (推荐单位): a tree of 镇街总工会, 产业工会, enterprises, societies …

    `kind` is a code the rule set names (`unit_kinds`); no code knows what kinds a city has.
    """

    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=40)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    active = models.BooleanField("启用", default=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推荐单位"
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["union", "name"], name="unit_name_once")]
        permissions = [("represent", "推荐单位经办")]

    def __str__(self) -> str:
        return self.name


class MemberQuerySet(models.QuerySet["Member"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def active(self) -> Self:
        return self.filter(active=True)

    def at_work(self, at: datetime) -> Self:
        """Active, and not past the end of a membership given for a time."""
        return self.active().filter(models.Q(until__isnull=True) | models.Q(until__gt=at))

    def visible_to(self, member: "Member") -> Self:
        """The people of a union are its administrator's business; everybody else sees themselves."""
        mine = self.filter(union_id=member.union_id)
        return mine.people() if member.role == Role.ADMIN else mine.filter(pk=member.pk)

    def people(self) -> Self:
        return self.exclude(role__in=[Role.SYSTEM, Role.PUBLIC])


class Member(UnionScoped):
    """A user's role in a union: the `actor` of every verb.

    The two rows without a user stand for the system (time ran out) and for the public (an anonymous objection).
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="memberships")
    role = models.CharField("角色", max_length=16, choices=Role.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="members")
    active = models.BooleanField("启用", default=True)
    until = models.DateTimeField("权限截止", null=True, blank=True)
    created_at = models.DateTimeField("加入时间")

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "成员"
        constraints = [
            models.UniqueConstraint(fields=["union", "user"], name="member_once"),
            models.UniqueConstraint(
                fields=["union", "role"], condition=models.Q(user__isnull=True), name="member_system_once"
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | models.Q(role__in=[Role.SYSTEM, Role.PUBLIC]),
                name="member_has_user",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user) if self.user else self.get_role_display()

    @property
    def display_name(self) -> str:
        return str(self)

    @property
    def contact(self) -> str:
        """Phone or address, for those who manage people."""
        return (phones.shown(self.user.phone) if self.user.phone else self.user.email or "") if self.user else ""

    @property
    def is_staff_role(self) -> bool:
        return self.role in STAFF

    @cached_property
    def _checker(self) -> Rights:
        return Rights(self.user)

    def may(self, permission: str, obj: models.Model) -> bool:
        """Guardian's object permission, asked of an active member only; `permission` without the app's label.

        A superuser would pass every such check by, so one gets none: nobody holds a right that no union gave.
        """
        if not self.active or self.user is None or self.user.is_superuser:
            return False
        return bool(self._checker.has_perm(permission, obj))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def open(self) -> Self:
        """Neither used nor revoked; it may have run out."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(UnionScoped):
    """A link that makes its bearer a member with a role. The token is stored as a digest only."""

    contact = models.CharField("手机或邮箱", max_length=120)
    name = models.CharField("姓名", max_length=60)
    role = models.CharField("角色", max_length=16, choices=Role.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "邀请"
        ordering = ["-created_at", "-pk"]


class Consent(AppendOnly):
    """Who accepted which text about their personal data (个人信息保护法 第十三、十七条), and when."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="consents")
    text_sha256 = models.CharField(max_length=64)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "个人信息处理同意"
        constraints = [models.UniqueConstraint(fields=["member", "text_sha256"], name="consent_once")]


class PersonalKey(UnionScoped):
    """A person's own key, wrapped by the master key. Deleting it makes every sealed value and digest unreadable."""

    wrapped = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "个人密钥"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def visible_to(self, member: Member) -> Self:
        """The log is the supervisor's and the administrator's."""
        if member.role in {Role.SUPERVISOR, Role.ADMIN}:
            return self.filter(union_id=member.union_id)
        return self.none()


class AuditEntry(AppendOnly):
    """One write: who, what, when, before → after. Entries of a union form a SHA-256 chain.

    `rows` are digests of the append-only rows that were written with it: model → id → digest, as an archive computes them again.
    """

    seq = models.PositiveBigIntegerField("序号")
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name="操作人")
    action = models.CharField("操作", max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField("理由", blank=True)
    rows = models.JSONField(null=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "审计记录"
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["union", "seq"], name="audit_seq_once")]
        indexes = [models.Index(fields=["union", "object_type", "object_id"], name="audit_object")]


# --- messages (unions.outbox) -----------------------------------------------------------------------------------------


class MessageTopic(UnionScoped):
    """What messages are about: the application with this id, say. Its row is the lock under which they are queued and leave."""

    thing = models.CharField(max_length=40)
    thing_id = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "消息事项"
        constraints = [models.UniqueConstraint(fields=["union", "thing", "thing_id"], name="message_topic_once")]


class Mailbox(UnionScoped):
    """A member's own say in how they are told, and the key under which messages to them are sealed."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="mailbox")
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    mail = models.BooleanField("邮件", default=True)
    sms = models.BooleanField("短信", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息偏好"


class MessageWording(UnionScoped):
    """A union's own words for a kind of message. Without a row the words that come with the product are used."""

    kind = models.CharField(max_length=60)
    subject = models.CharField("标题", max_length=60)
    text = models.TextField("正文")
    short = models.TextField("短信", max_length=300)
    changed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "消息用语"
        constraints = [models.UniqueConstraint(fields=["union", "kind"], name="message_wording_once")]


class MassMessageQuerySet(models.QuerySet["MassMessage"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class MassMessage(UnionScoped):
    """One message to all of a selection, held until somebody of the office has looked at it. `label` says to whom."""

    selection = models.CharField(max_length=60)
    scope = models.CharField(max_length=64)
    label = models.CharField("发给", max_length=160)
    state = models.CharField(max_length=10, choices=MassState.choices, default=MassState.HELD)
    people = models.PositiveIntegerField("人数")
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = MassMessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "群发消息"
        ordering = ["-created_at", "-pk"]


class MessageQuerySet(models.QuerySet["Message"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def inbox_of(self, member: Member) -> Self:
        """What the member may read: their own, and of a held mass message nothing yet."""
        return self.filter(union_id=member.union_id, recipient=member, shown_at__isnull=False)


class Message(UnionScoped):
    """What one person is told: read on the site by a member, and carried by deliveries to their mail and phone.

    The words are rendered when it is queued, in the transaction of the decision, and `sealed` under `key` with the name and
    contact of a recipient who is no member. `superseded_at`: a later decision about the same topic holds instead.
    `once` names what must be told one time only.
    """

    topic = models.ForeignKey(MessageTopic, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=60)
    recipient = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="messages")
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    sealed = models.TextField()
    path = models.CharField(max_length=200, blank=True)
    once = models.CharField(max_length=120, blank=True)
    mass = models.ForeignKey(MassMessage, on_delete=models.PROTECT, null=True, related_name="messages")
    created_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["union", "once"], condition=~models.Q(once=""), name="message_once"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="message_inbox"),
            models.Index(
                fields=["recipient"],
                condition=models.Q(read_at__isnull=True, shown_at__isnull=False),
                name="message_unread",
            ),
        ]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class Delivery(UnionScoped):
    """One message on its way by one channel. Its id makes the Message-ID (`stable_id`), the same at every attempt.

    `error` is a word of `unions.outbox.states.ERRORS`, never what a server answered: that may hold addresses.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField("方式", max_length=4, choices=Channel.choices)
    state = models.CharField("状态", max_length=9, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=12, blank=True)
    settled_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_reason = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息投递"
        constraints = [models.UniqueConstraint(fields=["message", "channel"], name="delivery_once")]
        indexes = [models.Index(fields=["union", "state", "due_at"], name="delivery_due")]

    @property
    def stable_id(self) -> str:
        """The Message-ID, by which a server knows a message it has heard before."""
        return f"{self.pk}@jiangxuan"
