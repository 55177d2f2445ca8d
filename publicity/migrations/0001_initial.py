import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from unions.initial import Initial


class Migration(Initial):
    initial = True

    dependencies = [
        ("applications", "0001_initial"),
        ("campaigns", "0001_initial"),
        ("documents", "0001_initial"),
        ("review", "0001_initial"),
        ("unions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="GalleryEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
                ("asked_at", models.DateTimeField(null=True, verbose_name="征求意见")),
                ("published_at", models.DateTimeField(null=True, verbose_name="发布")),
                ("changed_at", models.DateTimeField()),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gallery",
                        to="applications.application",
                    ),
                ),
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
                "verbose_name": "风采展示",
                "verbose_name_plural": "风采展示",
            },
        ),
        migrations.CreateModel(
            name="GalleryPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caption_sealed", models.TextField(blank=True)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="publicity.galleryentry"
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.storedfile"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "风采照片",
                "verbose_name_plural": "风采照片",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="GalleryConsent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("given", models.BooleanField()),
                ("text", models.TextField()),
                ("text_sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="publicity.galleryentry",
                    ),
                ),
            ],
            options={
                "verbose_name": "风采展示的本人意见",
                "verbose_name_plural": "风采展示的本人意见",
                "ordering": ["pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DecisionDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("document_number", models.CharField(blank=True, max_length=40, verbose_name="发文字号")),
                ("body", models.TextField(verbose_name="正文")),
                ("signature", models.CharField(max_length=200, verbose_name="落款")),
                ("dated", models.DateField(verbose_name="成文日期")),
                ("revision", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision_draft",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "表彰决定稿",
                "verbose_name_plural": "表彰决定稿",
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("document_number", models.CharField(blank=True, max_length=40, verbose_name="发文字号")),
                ("body", models.TextField(verbose_name="正文")),
                ("signature", models.CharField(max_length=200, verbose_name="落款")),
                ("dated", models.DateField(verbose_name="成文日期")),
                ("reason", models.TextField(blank=True, verbose_name="更正说明")),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="campaigns.campaign"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "表彰决定",
                "verbose_name_plural": "表彰决定",
                "ordering": ["version"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("campaign", "version"), name="decision_version_once")],
            },
        ),
        migrations.CreateModel(
            name="DecisionLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("sealed", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "award",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="publicity.award"
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="publicity.decision"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "表彰名单",
                "verbose_name_plural": "表彰名单",
                "ordering": ["position"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("decision", "position"), name="decision_position_once"),
                    models.UniqueConstraint(fields=("decision", "award"), name="decision_award_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=90)),
                ("label", models.CharField(max_length=60, verbose_name="项目")),
                ("amount", models.BigIntegerField(null=True, verbose_name="每期金额（分）")),
                ("instalments", models.PositiveSmallIntegerField(verbose_name="期数")),
                ("first_month", models.DateField(verbose_name="起始月份")),
                ("at", models.DateTimeField()),
                (
                    "award",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entitlements", to="publicity.award"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlements",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "应发项目",
                "verbose_name_plural": "应发项目",
                "ordering": ["pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("award", "source"), name="entitlement_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__isnull", True), ("amount__gt", 0), _connector="OR"),
                            ("instalments__gte", 1),
                        ),
                        name="entitlement_amount",
                    ),
                    models.CheckConstraint(condition=models.Q(("first_month__day", 1)), name="entitlement_month"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=90)),
                ("month", models.DateField(verbose_name="月份")),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                ("total", models.BigIntegerField(verbose_name="合计（分）")),
                ("lines", models.PositiveIntegerField(verbose_name="笔数")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_lists",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "发放名单",
                "verbose_name_plural": "发放名单",
                "ordering": ["-pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "number"), name="payment_list_number_once"),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="payment_list_month"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fixed", "核定金额"),
                            ("due", "列入名单"),
                            ("paid", "已发放"),
                            ("released", "未发放"),
                            ("stopped", "停发"),
                            ("resumed", "恢复发放"),
                            ("correction", "更正"),
                        ],
                        max_length=10,
                    ),
                ),
                ("instalment", models.PositiveSmallIntegerField(null=True, verbose_name="期")),
                ("amount", models.BigIntegerField(null=True, verbose_name="金额（分）")),
                ("month", models.DateField(null=True, verbose_name="月份")),
                ("happened_on", models.DateField(null=True, verbose_name="日期")),
                ("ground", models.CharField(blank=True, max_length=40)),
                ("reason", models.TextField(blank=True, verbose_name="原因")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "entitlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="publicity.entitlement"
                    ),
                ),
                (
                    "settles",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settled",
                        to="publicity.ledgerentry",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "on_list",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="publicity.paymentlist",
                    ),
                ),
            ],
            options={
                "verbose_name": "发放台账",
                "verbose_name_plural": "发放台账",
                "ordering": ["pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "paid")),
                        fields=("entitlement", "instalment"),
                        name="instalment_paid_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["due", "paid", "released"]), _negated=True),
                            models.Q(("amount__gt", 0), ("instalment__isnull", False), ("on_list__isnull", False)),
                            _connector="OR",
                        ),
                        name="ledger_entry_of_a_list",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["paid", "released"]), ("settles__isnull", False)),
                            models.Q(
                                models.Q(("kind__in", ["paid", "released"]), _negated=True), ("settles__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="ledger_entry_settles",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["due", "paid"]), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="ledger_entry_reasoned",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("benefit", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("promised", "待落实"),
                            ("forward", "已申报"),
                            ("granted", "已落实"),
                            ("used", "已享受"),
                            ("refused", "未落实"),
                        ],
                        max_length=8,
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("happened_on", models.DateField(verbose_name="日期")),
                ("at", models.DateTimeField()),
                (
                    "award",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="grants", to="publicity.award"
                    ),
                ),
                (
                    "by",
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
                "verbose_name": "待遇落实",
                "verbose_name_plural": "待遇落实",
                "ordering": ["pk"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="grant_refused_with_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ground", models.TextField(verbose_name="事由")),
                ("answer_by", models.DateField(verbose_name="陈述申辩截止")),
                ("at", models.DateTimeField()),
                (
                    "award",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withdrawals", to="publicity.award"
                    ),
                ),
                (
                    "by",
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
                "verbose_name": "撤销称号",
                "verbose_name_plural": "撤销称号",
                "ordering": ["-pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WithdrawalStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("answered", "陈述申辩"), ("withdrawn", "决定撤销"), ("kept", "不予撤销")],
                        max_length=10,
                    ),
                ),
                ("sealed", models.TextField(blank=True)),
                ("text", models.TextField(blank=True, verbose_name="内容")),
                ("public_note", models.TextField(blank=True, verbose_name="对外说明")),
                ("document", models.CharField(blank=True, max_length=60, verbose_name="决定文号")),
                ("met_on", models.DateField(null=True, verbose_name="会议日期")),
                (
                    "figures",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "withdrawal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="publicity.withdrawal"
                    ),
                ),
            ],
            options={
                "verbose_name": "撤销称号的步骤",
                "verbose_name_plural": "撤销称号的步骤",
                "ordering": ["pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "answered"), _negated=True),
                        fields=("withdrawal",),
                        name="withdrawal_decided_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "answered"), models.Q(("text", ""), _negated=True), _connector="OR"
                        ),
                        name="withdrawal_decided_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                ("foreword", models.TextField(verbose_name="正文")),
                ("contact", models.TextField(verbose_name="异议受理方式")),
                ("at", models.DateTimeField()),
                (
                    "by",
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
                "verbose_name": "公示模板",
                "verbose_name_plural": "公示模板",
                "constraints": [models.UniqueConstraint(fields=("union",), name="notice_template_once")],
            },
        ),
        migrations.CreateModel(
            name="NoticeDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="标题")),
                ("foreword", models.TextField(blank=True, verbose_name="正文")),
                ("contact", models.TextField(blank=True, verbose_name="异议受理方式")),
                ("reason", models.TextField(blank=True, verbose_name="更正说明")),
                ("revision", models.PositiveIntegerField(default=0)),
                ("touched", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "stage",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notice_draft", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "公示草稿",
                "verbose_name_plural": "公示草稿",
            },
        ),
        migrations.CreateModel(
            name="ObjectionStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("finding", "核查"), ("answer", "答复"), ("appeal", "申请复核")], max_length=10
                    ),
                ),
                ("round", models.PositiveSmallIntegerField()),
                ("sealed", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("upheld", models.BooleanField(null=True)),
                ("excludes", models.BooleanField(default=False)),
                ("ground", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "objection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="publicity.objection"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "异议办理记录",
                "verbose_name_plural": "异议办理记录",
                "ordering": ["pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind__in", ["answer", "appeal"])),
                        fields=("objection", "kind", "round"),
                        name="objection_answered_once_a_round",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "answer"), ("upheld__isnull", False)),
                            models.Q(
                                models.Q(("kind", "answer"), _negated=True),
                                ("excludes", False),
                                ("ground", ""),
                                ("upheld__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="objection_step_decides",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ObjectionFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.storedfile"
                    ),
                ),
                (
                    "objection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="publicity.objection"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "step",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="publicity.objectionstep",
                    ),
                ),
            ],
            options={
                "verbose_name": "异议证据",
                "verbose_name_plural": "异议证据",
                "ordering": ["pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("suspended", models.BooleanField()),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="applications.application",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="suspensions", to="publicity.notice"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "暂缓",
                "verbose_name_plural": "暂缓",
                "ordering": ["pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VoteSetAside",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("aside", "剔除"),
                            ("confirmed", "确认剔除"),
                            ("restored", "恢复计票"),
                            ("kept", "不予剔除"),
                        ],
                        max_length=10,
                        verbose_name="处理",
                    ),
                ),
                ("rule", models.CharField(max_length=20, verbose_name="发现办法")),
                ("found", models.TextField(verbose_name="发现的情况")),
                ("votes", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("reason", models.TextField(verbose_name="理由")),
                ("announcement", models.TextField(blank=True, verbose_name="公告")),
                ("at", models.DateTimeField()),
                (
                    "about",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="publicity.votesetaside",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="set_asides", to="publicity.poll"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "存疑选票的处理",
                "verbose_name_plural": "存疑选票的处理",
                "ordering": ["number"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "number"), name="set_aside_number_once"),
                    models.UniqueConstraint(fields=("about", "act"), name="set_aside_followed_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("about__isnull", True), ("act__in", ["aside", "kept"])),
                            models.Q(("about__isnull", False), ("act__in", ["confirmed", "restored"])),
                            _connector="OR",
                        ),
                        name="set_aside_about",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=20, verbose_name="渠道")),
                ("revision", models.PositiveSmallIntegerField(default=0)),
                ("ballots", models.PositiveIntegerField(verbose_name="有效选票")),
                ("votes", models.JSONField(verbose_name="得票")),
                ("note", models.TextField(verbose_name="计票说明")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="channel_counts", to="publicity.poll"
                    ),
                ),
            ],
            options={
                "verbose_name": "其他渠道的计票",
                "verbose_name_plural": "其他渠道的计票",
                "ordering": ["channel", "revision"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "channel", "revision"), name="channel_count_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
                ("certificate", models.TextField(verbose_name="证书")),
                ("chain", models.TextField(blank=True)),
                ("fingerprint", models.CharField(max_length=64, verbose_name="SHA-256 指纹")),
                ("subject", models.CharField(max_length=200, verbose_name="持有者")),
                ("issuer", models.CharField(max_length=200, verbose_name="颁发者")),
                ("not_before", models.DateTimeField()),
                ("not_after", models.DateTimeField()),
                ("source", models.CharField(choices=[("made", "本系统生成"), ("uploaded", "上传")], max_length=8)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
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
                "verbose_name": "签名密钥",
                "verbose_name_plural": "签名密钥",
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("union", "fingerprint"), name="signing_key_once")],
            },
        ),
        migrations.CreateModel(
            name="Reprint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("print_number", models.PositiveSmallIntegerField(verbose_name="印次")),
                ("code", models.CharField(max_length=16, unique=True, verbose_name="核验码")),
                ("reason", models.TextField(verbose_name="重印原因")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reprints", to="publicity.certificate"
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.storedfile",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "signer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="publicity.signingkey",
                    ),
                ),
            ],
            options={
                "verbose_name": "证书重印",
                "verbose_name_plural": "证书重印",
                "ordering": ["print_number"],
                "constraints": [
                    models.UniqueConstraint(fields=("certificate", "print_number"), name="reprint_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("print_number__gte", 2)), name="reprint_number_after_first"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField()),
                (
                    "stage",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notice", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "公示",
                "verbose_name_plural": "公示",
            },
        ),
        migrations.CreateModel(
            name="NoticeVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                ("foreword", models.TextField(verbose_name="正文")),
                ("columns", models.JSONField()),
                ("contact", models.TextField(verbose_name="异议受理方式")),
                ("starts_on", models.DateField(verbose_name="公示开始")),
                ("ends_on", models.DateField(verbose_name="公示结束")),
                ("change_reason", models.TextField(blank=True, verbose_name="更正说明")),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="publicity.notice"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "公示版本",
                "verbose_name_plural": "公示版本",
                "ordering": ["version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "version"), name="notice_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(("starts_on__lte", models.F("ends_on"))), name="notice_window"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("sealed", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notice_lines",
                        to="applications.application",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="publicity.noticeversion"
                    ),
                ),
            ],
            options={
                "verbose_name": "公示名单",
                "verbose_name_plural": "公示名单",
                "ordering": ["position"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("version", "application"), name="notice_line_once"),
                    models.UniqueConstraint(fields=("version", "position"), name="notice_position_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("receipt", models.CharField(max_length=20, verbose_name="受理号")),
                ("code_digest", models.CharField(max_length=64)),
                ("anonymous", models.BooleanField(verbose_name="匿名")),
                ("sender_sealed", models.TextField(blank=True)),
                ("contact_sealed", models.TextField(blank=True)),
                ("text_sealed", models.TextField(verbose_name="异议内容")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待核查"),
                            ("upheld", "异议成立"),
                            ("dismissed", "异议不成立"),
                            ("appealed", "复核中"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("due_on", models.DateField(null=True, verbose_name="答复期限")),
                ("answer_sealed", models.TextField(blank=True, verbose_name="答复")),
                ("finding_sealed", models.TextField(blank=True, verbose_name="查明的情况")),
                ("excludes", models.BooleanField(default=False, verbose_name="不予通过")),
                ("ground", models.TextField(blank=True, verbose_name="不予通过的理由")),
                ("at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("appeal_until", models.DateField(null=True, verbose_name="可申请复核至")),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="applications.application",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.member",
                        verbose_name="承办人",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
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
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="objections", to="publicity.notice"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "异议",
                "verbose_name_plural": "异议",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("union", "receipt"), name="objection_receipt_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer_sealed", ""),
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("round", 1),
                                ("state", "open"),
                            ),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                models.Q(("answer_sealed", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="objection_decided_with_answer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("excludes", False),
                            models.Q(
                                ("application__isnull", False),
                                ("state__in", ["upheld", "appealed"]),
                                models.Q(("ground", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="objection_excludes_named_only",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("round", 1), models.Q(("state", "appealed"), _negated=True)),
                            models.Q(
                                ("appeal_until__isnull", True), ("round", 2), models.Q(("state", "open"), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="objection_second_look_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Poll",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                ("text", models.TextField(verbose_name="投票说明")),
                ("opens_at", models.DateTimeField(verbose_name="投票开始")),
                ("closes_at", models.DateTimeField(verbose_name="投票截止")),
                ("choices_min", models.PositiveSmallIntegerField(verbose_name="每票至少选")),
                ("choices_max", models.PositiveSmallIntegerField(verbose_name="每票至多选")),
                ("ballots_per_day", models.PositiveSmallIntegerField(verbose_name="每人每天票数")),
                ("ballots_in_all", models.PositiveSmallIntegerField(null=True, verbose_name="每人总票数")),
                ("shown", models.BooleanField(verbose_name="投票期间公开得票")),
                (
                    "identity",
                    models.CharField(
                        choices=[
                            ("phone", "已验证的手机号码"),
                            ("account", "账号，含微信等统一身份登录"),
                            ("device", "本机浏览器，不登录"),
                        ],
                        default="phone",
                        max_length=10,
                        verbose_name="投票身份",
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
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
                    "stage",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="poll", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "网络投票",
                "verbose_name_plural": "网络投票",
                "ordering": ["-opens_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("opens_at__lt", models.F("closes_at"))), name="poll_window"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("choices_min__gte", 1), ("choices_min__lte", models.F("choices_max"))),
                        name="poll_choices",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PollCandidate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                ("sealed", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="poll_candidates",
                        to="applications.application",
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="candidates", to="publicity.poll"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "投票人选",
                "verbose_name_plural": "投票人选",
                "ordering": ["number"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "application"), name="poll_candidate_once"),
                    models.UniqueConstraint(fields=("poll", "number"), name="poll_candidate_number_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("voter", models.CharField(max_length=64)),
                ("ballot", models.UUIDField()),
                ("day", models.DateField()),
                ("day_seq", models.PositiveSmallIntegerField()),
                ("seq", models.PositiveIntegerField()),
                ("choices", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("at", models.DateTimeField(null=True, verbose_name="投票时间")),
                ("channel", models.CharField(blank=True, default="", max_length=20, verbose_name="渠道")),
                ("address", models.CharField(blank=True, default="", max_length=16)),
                ("network", models.CharField(blank=True, default="", max_length=16)),
                ("agent", models.CharField(blank=True, default="", max_length=16)),
                ("order", models.CharField(blank=True, default="", max_length=16)),
                (
                    "poll",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="publicity.poll",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "选票",
                "verbose_name_plural": "选票",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("ballot", "poll", "voter"), name="vote_ballot_once"),
                    models.UniqueConstraint(fields=("poll", "voter", "day", "day_seq"), name="vote_of_day_once"),
                    models.UniqueConstraint(fields=("poll", "voter", "seq"), name="vote_in_all_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Award",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("award", models.CharField(max_length=40)),
                ("label", models.CharField(max_length=60, verbose_name="称号")),
                ("conferred_on", models.DateField(verbose_name="授予日期")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="awards",
                        to="applications.application",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="awards", to="campaigns.campaign"
                    ),
                ),
                (
                    "outcome",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="review.outcome"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "授予",
                "verbose_name_plural": "授予",
                "ordering": ["pk"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("application", "award"), name="award_once")],
            },
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, verbose_name="证书编号")),
                ("code", models.CharField(max_length=16, unique=True, verbose_name="核验码")),
                ("sequence", models.PositiveIntegerField()),
                ("issued_at", models.DateTimeField()),
                (
                    "award",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="certificate", to="publicity.award"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificates",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificate",
                        to="documents.storedfile",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "signer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="publicity.signingkey",
                    ),
                ),
            ],
            options={
                "verbose_name": "证书",
                "verbose_name_plural": "证书",
                "ordering": ["sequence"],
                "indexes": [models.Index(fields=["number"], name="certificate_number")],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "sequence"), name="certificate_sequence_once"),
                    models.UniqueConstraint(fields=("union", "number"), name="certificate_number_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(verbose_name="撤销原因")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "certificate",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revocation",
                        to="publicity.certificate",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "证书撤销",
                "verbose_name_plural": "证书撤销",
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="galleryconsent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c5dd1684cf2e076fa9eba7fe2ee7bfcce2451aec",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e0cfb",
                    table="publicity_galleryconsent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="decision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3b4e312321d946f540b3b5cfdb182fb12eb32af8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_55db5",
                    table="publicity_decision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="decisionline",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2c49a4f6a108681b98536ee802fe782d3f4e7f2e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8add2",
                    table="publicity_decisionline",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entitlement",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6eac2092a4737c3685acb9c56212aff219bde576",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_44b2a",
                    table="publicity_entitlement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paymentlist",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="88c7804b565a5c4b14861b28a60608f4af632fb9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0085c",
                    table="publicity_paymentlist",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3b43e823e359d0cd907db03ef5b3357c4fc596ed",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b2acd",
                    table="publicity_ledgerentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="grant",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2c47b9ecdebf7b711394efac7ede2d89ab48dc43",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c4e25",
                    table="publicity_grant",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="withdrawal",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4a0e85ec6d50ae80c1d31d3cbcbcd57f16452f96",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_10e91",
                    table="publicity_withdrawal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="withdrawalstep",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="039bbd849b01f03c4e58a74316095e869ca5c18a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6bf40",
                    table="publicity_withdrawalstep",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="objectionstep",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e58a204abd37daaddbe6fd95b5b1db1bf6f4f338",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_954bc",
                    table="publicity_objectionstep",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="objectionfile",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c5e178f9cb80a045eded12b4a8025de77aa33b36",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8c819",
                    table="publicity_objectionfile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suspension",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="81ed26bce9f5f76302e736ce358992c162ccdc0e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8fe96",
                    table="publicity_suspension",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="votesetaside",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="21b128e9035e8315ecedc5e4666a072ce45e650b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5f9c9",
                    table="publicity_votesetaside",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channelcount",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a84a330ed79c31ee9936258dac347b845f6b0cbe",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e822b",
                    table="publicity_channelcount",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signingkey",
            trigger=pgtrigger.compiler.Trigger(
                name="fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."union_id" IS DISTINCT FROM (NEW."union_id") OR OLD."sealed" IS DISTINCT FROM (NEW."sealed") OR OLD."certificate" IS DISTINCT FROM (NEW."certificate") OR OLD."chain" IS DISTINCT FROM (NEW."chain") OR OLD."fingerprint" IS DISTINCT FROM (NEW."fingerprint") OR OLD."subject" IS DISTINCT FROM (NEW."subject") OR OLD."issuer" IS DISTINCT FROM (NEW."issuer") OR OLD."not_before" IS DISTINCT FROM (NEW."not_before") OR OLD."not_after" IS DISTINCT FROM (NEW."not_after") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="5d50f32be78a086d46d8c2120093ec27d0bf184f",
                    operation="UPDATE",
                    pgid="pgtrigger_fixed_cc077",
                    table="publicity_signingkey",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signingkey",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="882865f9b61e9d117b188ad5d6199660f2d5ab28",
                    operation="DELETE",
                    pgid="pgtrigger_kept_93f1d",
                    table="publicity_signingkey",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reprint",
            trigger=pgtrigger.compiler.Trigger(
                name="fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."union_id" IS DISTINCT FROM (NEW."union_id") OR OLD."certificate_id" IS DISTINCT FROM (NEW."certificate_id") OR OLD."print_number" IS DISTINCT FROM (NEW."print_number") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="dceaa7ba770f44e7f656553e3d54f142fb8540a2",
                    operation="UPDATE",
                    pgid="pgtrigger_fixed_83769",
                    table="publicity_reprint",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reprint",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="531991fded1a496c92dddc223c674845f9d8702f",
                    operation="DELETE",
                    pgid="pgtrigger_kept_7dda8",
                    table="publicity_reprint",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="noticeversion",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="18c8746ff8bb2918dbe0392dc86c7493e39a8792",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5bb5f",
                    table="publicity_noticeversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="noticeline",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c058a31f201bb834b3b16d8db320f20a6b9e4590",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6bea4",
                    table="publicity_noticeline",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poll",
            trigger=pgtrigger.compiler.Trigger(
                name="fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."union_id" IS DISTINCT FROM (NEW."union_id") OR OLD."stage_id" IS DISTINCT FROM (NEW."stage_id") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."opens_at" IS DISTINCT FROM (NEW."opens_at") OR OLD."closes_at" IS DISTINCT FROM (NEW."closes_at") OR OLD."choices_min" IS DISTINCT FROM (NEW."choices_min") OR OLD."choices_max" IS DISTINCT FROM (NEW."choices_max") OR OLD."ballots_per_day" IS DISTINCT FROM (NEW."ballots_per_day") OR OLD."ballots_in_all" IS DISTINCT FROM (NEW."ballots_in_all") OR OLD."shown" IS DISTINCT FROM (NEW."shown") OR OLD."identity" IS DISTINCT FROM (NEW."identity") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="6a613591fd2ced03b2e54e5b57109b527a17052b",
                    operation="UPDATE",
                    pgid="pgtrigger_fixed_3a948",
                    table="publicity_poll",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poll",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="603b38e543357b79b84c069bc3fb7a746d86b1f6",
                    operation="DELETE",
                    pgid="pgtrigger_kept_52ec8",
                    table="publicity_poll",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pollcandidate",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ce982a1986887dbdfadd283c1a037b8148b0377c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_78c5b",
                    table="publicity_pollcandidate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="vote",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d803d823f8eadd43f6ac7286f43c942a515023b5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_17c5c",
                    table="publicity_vote",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="vote",
            trigger=pgtrigger.compiler.Trigger(
                name="within_rules",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF EXISTS (\n   SELECT 1 FROM votes AS vote\n   LEFT JOIN publicity_poll AS poll ON poll.id = vote.poll_id AND poll.union_id = vote.union_id\n   WHERE poll.id IS NULL\n      OR vote.day_seq < 1 OR vote.day_seq > poll.ballots_per_day\n      OR vote.seq < 1 OR vote.seq > coalesce(poll.ballots_in_all, vote.seq)\n      OR cardinality(vote.choices) < poll.choices_min OR cardinality(vote.choices) > poll.choices_max\n      OR vote.at < date_trunc('second', poll.opens_at) OR vote.at >= poll.closes_at\n      OR cardinality(vote.choices) <> (\n         SELECT count(DISTINCT id) FROM publicity_pollcandidate\n         WHERE poll_id = vote.poll_id AND id = ANY(vote.choices)))\nTHEN\n   RAISE EXCEPTION 'vote outside the rules of its poll' USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NULL;\n",
                    hash="78c9e68144c88ebe59b462f3039480b0d2cec392",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_within_rules_3b006",
                    referencing="REFERENCING NEW TABLE AS votes ",
                    table="publicity_vote",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="award",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d5b448c4f836c9e9f45a63057442487e3488566b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f2c78",
                    table="publicity_award",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="revocation",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e7c6dae852226b0d7ab17c47b1ddf937fe80cef5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e75d5",
                    table="publicity_revocation",
                    when="BEFORE",
                ),
            ),
        ),
    ]
