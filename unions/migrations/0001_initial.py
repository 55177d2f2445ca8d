import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models

from unions.initial import Initial


class Migration(Initial):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("username", models.CharField(editable=False, max_length=64, unique=True, verbose_name="账号标识")),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, null=True, unique=True, verbose_name="电子邮箱"),
                ),
                ("phone", models.CharField(blank=True, max_length=20, null=True, unique=True, verbose_name="手机号码")),
                ("phone_verified", models.BooleanField(default=False)),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="姓名")),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False, verbose_name="平台管理员")),
                ("large_type", models.BooleanField(default=False, verbose_name="大字版")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "用户",
                "verbose_name_plural": "用户",
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="user_email_any_case")
                ],
            },
        ),
        migrations.CreateModel(
            name="Union",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40, unique=True, verbose_name="地址标识")),
                ("name", models.CharField(help_text="全称，如：某某区总工会", max_length=60, verbose_name="名称")),
                ("short_name", models.CharField(max_length=20, verbose_name="简称")),
                (
                    "domain",
                    models.CharField(blank=True, max_length=120, null=True, unique=True, verbose_name="自有域名"),
                ),
                (
                    "brand",
                    models.CharField(
                        default="#B4161B",
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator("^#[0-9A-Fa-f]{6}$", "请填写如 #B4161B 的颜色")
                        ],
                        verbose_name="主题色",
                    ),
                ),
                ("office_name", models.CharField(blank=True, max_length=60, verbose_name="办公室名称")),
                ("contact_phone", models.CharField(blank=True, max_length=40, verbose_name="联系电话")),
                ("contact_address", models.CharField(blank=True, max_length=120, verbose_name="联系地址")),
                ("privacy_text", models.TextField(blank=True, verbose_name="个人信息处理告知")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                ("created_at", models.DateTimeField(verbose_name="创建时间")),
            ],
            options={
                "verbose_name": "工会",
                "verbose_name_plural": "工会",
                "permissions": [
                    ("run_office", "认定办公室"),
                    ("lead", "领导小组"),
                    ("supervise", "监督"),
                    ("administer", "工会管理"),
                    ("review_as_expert", "评审"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, verbose_name="代码")),
                ("label", models.CharField(max_length=40, verbose_name="名称")),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "单位类别",
                "verbose_name_plural": "单位类别",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("union", "code"), name="unit_kind_code_once"),
                    models.UniqueConstraint(fields=("union", "label"), name="unit_kind_label_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("kind", models.CharField(max_length=40, verbose_name="类别")),
                ("credit_code", models.CharField(blank=True, max_length=18, verbose_name="统一社会信用代码")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="unions.unit",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "推荐单位",
                "verbose_name_plural": "推荐单位",
                "ordering": ["name", "pk"],
                "permissions": [("represent", "推荐单位经办")],
                "constraints": [models.UniqueConstraint(fields=("union", "name"), name="unit_name_once")],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("applicant", "申报人"),
                            ("unit_officer", "推荐单位经办人"),
                            ("office", "认定办公室"),
                            ("expert", "评审专家"),
                            ("leader", "领导小组成员"),
                            ("supervisor", "监督员"),
                            ("admin", "工会管理员"),
                            ("operator", "平台管理员"),
                            ("system", "系统"),
                            ("public", "公众"),
                        ],
                        max_length=16,
                        verbose_name="角色",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="权限截止")),
                ("created_at", models.DateTimeField(verbose_name="加入时间")),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="unions.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "成员",
                "verbose_name_plural": "成员",
                "constraints": [
                    models.UniqueConstraint(fields=("union", "user"), name="member_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("user__isnull", True)), fields=("union", "role"), name="member_system_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("user__isnull", False), ("role__in", ["system", "public"]), _connector="OR"
                        ),
                        name="member_has_user",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact", models.CharField(max_length=120, verbose_name="手机或邮箱")),
                ("name", models.CharField(max_length=60, verbose_name="姓名")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("applicant", "申报人"),
                            ("unit_officer", "推荐单位经办人"),
                            ("office", "认定办公室"),
                            ("expert", "评审专家"),
                            ("leader", "领导小组成员"),
                            ("supervisor", "监督员"),
                            ("admin", "工会管理员"),
                            ("operator", "平台管理员"),
                            ("system", "系统"),
                            ("public", "公众"),
                        ],
                        max_length=16,
                        verbose_name="角色",
                    ),
                ),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "邀请",
                "verbose_name_plural": "邀请",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text_sha256", models.CharField(max_length=64)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "个人信息处理同意",
                "verbose_name_plural": "个人信息处理同意",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("member", "text_sha256"), name="consent_once")],
            },
        ),
        migrations.CreateModel(
            name="PersonalKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "个人密钥",
                "verbose_name_plural": "个人密钥",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveBigIntegerField(verbose_name="序号")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("action", models.CharField(max_length=60, verbose_name="操作")),
                ("object_type", models.CharField(max_length=60)),
                ("object_id", models.CharField(max_length=64)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("rows", models.JSONField(null=True)),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.member",
                        verbose_name="操作人",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "审计记录",
                "verbose_name_plural": "审计记录",
                "ordering": ["seq"],
                "abstract": False,
                "indexes": [models.Index(fields=["union", "object_type", "object_id"], name="audit_object")],
                "constraints": [models.UniqueConstraint(fields=("union", "seq"), name="audit_seq_once")],
            },
        ),
        migrations.CreateModel(
            name="MessageTopic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("thing", models.CharField(max_length=40)),
                ("thing_id", models.CharField(max_length=64)),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "消息事项",
                "verbose_name_plural": "消息事项",
                "constraints": [
                    models.UniqueConstraint(fields=("union", "thing", "thing_id"), name="message_topic_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mail", models.BooleanField(default=True, verbose_name="邮件")),
                ("sms", models.BooleanField(default=True, verbose_name="短信")),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="mailbox", to="unions.member"
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="unions.personalkey",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "消息偏好",
                "verbose_name_plural": "消息偏好",
            },
        ),
        migrations.CreateModel(
            name="MessageWording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=60, verbose_name="标题")),
                ("text", models.TextField(verbose_name="正文")),
                ("short", models.TextField(max_length=300, verbose_name="短信")),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "消息用语",
                "verbose_name_plural": "消息用语",
                "constraints": [models.UniqueConstraint(fields=("union", "kind"), name="message_wording_once")],
            },
        ),
        migrations.CreateModel(
            name="MassMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("selection", models.CharField(max_length=60)),
                ("scope", models.CharField(max_length=64)),
                ("label", models.CharField(max_length=160, verbose_name="发给")),
                (
                    "state",
                    models.CharField(
                        choices=[("held", "等待审阅"), ("released", "已发出"), ("discarded", "已作废")],
                        default="held",
                        max_length=10,
                    ),
                ),
                ("people", models.PositiveIntegerField(verbose_name="人数")),
                ("created_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "群发消息",
                "verbose_name_plural": "群发消息",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("sealed", models.TextField()),
                ("path", models.CharField(blank=True, max_length=200)),
                ("once", models.CharField(blank=True, max_length=120)),
                ("created_at", models.DateTimeField()),
                ("shown_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("superseded_at", models.DateTimeField(null=True)),
                (
                    "mass",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="unions.massmessage",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="unions.member",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="unions.messagetopic"
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="unions.personalkey",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "消息",
                "verbose_name_plural": "消息",
                "ordering": ["-created_at", "-pk"],
                "indexes": [
                    models.Index(fields=["recipient", "-created_at"], name="message_inbox"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True), ("shown_at__isnull", False)),
                        fields=["recipient"],
                        name="message_unread",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("once", ""), _negated=True), fields=("union", "once"), name="message_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "channel",
                    models.CharField(choices=[("mail", "邮件"), ("sms", "短信")], max_length=4, verbose_name="方式"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "等待审阅"),
                            ("queued", "待发"),
                            ("sending", "正在发送"),
                            ("sent", "已发出"),
                            ("failed", "没有发出"),
                            ("unclear", "不能确定是否发出"),
                            ("told", "已另行告知"),
                            ("withdrawn", "已撤下"),
                        ],
                        default="queued",
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=12)),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_reason", models.TextField(blank=True)),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="unions.message"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "消息投递",
                "verbose_name_plural": "消息投递",
                "indexes": [models.Index(fields=["union", "state", "due_at"], name="delivery_due")],
                "constraints": [models.UniqueConstraint(fields=("message", "channel"), name="delivery_once")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="750e180958e28cae82694ac02816b04aad3d0511",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_dba9a",
                    table="unions_consent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b9a3cddda394b8d67dd2b1c537c37db6867c6eb0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_151df",
                    table="unions_auditentry",
                    when="BEFORE",
                ),
            ),
        ),
    ]
