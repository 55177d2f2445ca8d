import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.db import migrations, models

from unions.initial import Initial


class Migration(Initial):
    initial = True

    dependencies = [
        ("applications", "0001_initial"),
        ("campaigns", "0001_initial"),
        ("documents", "0001_initial"),
        ("unions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Meeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="次数")),
                ("held_on", models.DateField(verbose_name="会议日期")),
                ("place", models.CharField(max_length=80, verbose_name="会议地点")),
                ("recorder", models.CharField(blank=True, max_length=40, verbose_name="记录人")),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "筹备中"), ("open", "进行中"), ("closed", "已结束")],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="meetings", to="campaigns.campaign"
                    ),
                ),
                (
                    "chair",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.member",
                        verbose_name="主持人",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "领导小组会议",
                "verbose_name_plural": "领导小组会议",
                "ordering": ["-held_on", "-pk"],
                "constraints": [models.UniqueConstraint(fields=("campaign", "number"), name="meeting_number_once")],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "presence",
                    models.CharField(
                        choices=[("present", "出席"), ("excused", "请假"), ("absent", "缺席")],
                        default="absent",
                        max_length=8,
                        verbose_name="到会",
                    ),
                ),
                ("employer", models.CharField(blank=True, max_length=120, verbose_name="工作单位")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="说明")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attendances", to="review.meeting"
                    ),
                ),
            ],
            options={
                "verbose_name": "到会情况",
                "verbose_name_plural": "到会情况",
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("meeting", "member"), name="attendance_once")],
            },
        ),
        migrations.CreateModel(
            name="MeetingRecusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[("declared", "专家申报"), ("found", "系统核对"), ("office", "办公室认定")],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="applications.application"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="recusals", to="review.meeting"
                    ),
                ),
                (
                    "member",
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
                "verbose_name": "会议回避",
                "verbose_name_plural": "会议回避",
                "ordering": ["pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("meeting", "member", "application"), name="meeting_recusal_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AgendaItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                (
                    "matter",
                    models.CharField(
                        choices=[
                            ("panel", "审核评审团队"),
                            ("list", "确认名单"),
                            ("people", "审议人选"),
                            ("place", "空出的名额"),
                            ("tie", "裁定并列"),
                        ],
                        max_length=8,
                        verbose_name="事项",
                    ),
                ),
                ("tied", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待议"),
                            ("decided", "已议决"),
                            ("not_passed", "未获通过"),
                            ("postponed", "未议"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("proposal", models.JSONField(default=list)),
                ("text", models.TextField(blank=True, verbose_name="决议内容")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("proposed_at", models.DateTimeField(null=True)),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="agenda_items", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "investigation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="review.investigation",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="review.meeting"
                    ),
                ),
                (
                    "resolution",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="item",
                        to="review.resolution",
                    ),
                ),
            ],
            options={
                "verbose_name": "议程",
                "verbose_name_plural": "议程",
                "ordering": ["number"],
                "constraints": [models.UniqueConstraint(fields=("meeting", "number"), name="agenda_number_once")],
            },
        ),
        migrations.CreateModel(
            name="MotionVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="轮次")),
                (
                    "method",
                    models.CharField(
                        choices=[("show_of_hands", "举手表决"), ("secret_ballot", "无记名投票")],
                        max_length=16,
                        verbose_name="表决方式",
                    ),
                ),
                ("questions", models.JSONField()),
                ("urn", models.TextField(blank=True)),
                ("counts", models.JSONField(default=dict)),
                ("castings", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("voided", models.TextField(blank=True, verbose_name="作废的理由")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="votes", to="review.agendaitem"
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
                "verbose_name": "表决",
                "verbose_name_plural": "表决",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "number"), name="motion_vote_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)), fields=("item",), name="motion_vote_one_open"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MotionRoll",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "vote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="roll", to="review.motionvote"
                    ),
                ),
            ],
            options={
                "verbose_name": "表决名册",
                "verbose_name_plural": "表决名册",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("vote", "member"), name="motion_vote_member_once")],
            },
        ),
        migrations.CreateModel(
            name="MeetingRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "meeting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="record", to="review.meeting"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "会议纪要",
                "verbose_name_plural": "会议纪要",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ExpertContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
                ("masked", models.CharField(blank=True, max_length=24, verbose_name="联系电话")),
                ("phone_index", models.CharField(blank=True, max_length=64)),
                (
                    "expert",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contact", to="review.expert"
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
                "verbose_name": "专家联系方式",
                "verbose_name_plural": "专家联系方式",
            },
        ),
        migrations.CreateModel(
            name="ExpertAbsence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="起")),
                ("ends_on", models.DateField(verbose_name="止")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="absences", to="review.expert"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "不能参加评审的时间",
                "verbose_name_plural": "不能参加评审的时间",
                "ordering": ["starts_on", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("expert", "starts_on", "ends_on"), name="absence_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="absence_has_days"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpertTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("text", models.TextField(verbose_name="承诺内容")),
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
                "verbose_name": "评审纪律和保密承诺",
                "verbose_name_plural": "评审纪律和保密承诺",
                "ordering": ["version"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("union", "version"), name="expert_terms_once")],
            },
        ),
        migrations.CreateModel(
            name="TermsAcceptance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("text", models.TextField()),
                ("text_sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="acceptances", to="review.expert"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "接受评审纪律和保密承诺",
                "verbose_name_plural": "接受评审纪律和保密承诺",
                "ordering": ["at", "pk"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("expert", "text_sha256"), name="terms_accepted_once")],
            },
        ),
        migrations.CreateModel(
            name="PoolSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("sealed", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
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
                "verbose_name": "专家导入",
                "verbose_name_plural": "专家导入",
            },
        ),
        migrations.CreateModel(
            name="Likeness",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ground", models.TextField(verbose_name="线索")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="applications.application"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="likenesses", to="review.panelseat"
                    ),
                ),
            ],
            options={
                "verbose_name": "回避线索",
                "verbose_name_plural": "回避线索",
                "ordering": ["at", "pk"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("seat", "application"), name="likeness_once")],
            },
        ),
        migrations.CreateModel(
            name="LikenessWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("conflict", models.BooleanField(verbose_name="须回避")),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "likeness",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="word", to="review.likeness"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "回避线索的处理",
                "verbose_name_plural": "回避线索的处理",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AllotmentPledge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveSmallIntegerField(default=0)),
                ("commitment", models.CharField(max_length=64)),
                ("sealed_secret", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.personalkey"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "panel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allotment_pledges", to="review.panel"
                    ),
                ),
            ],
            options={
                "verbose_name": "分配承诺",
                "verbose_name_plural": "分配承诺",
                "ordering": ["revision"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("panel", "revision"), name="allotment_pledge_once")],
            },
        ),
        migrations.CreateModel(
            name="Allotment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("secret", models.CharField(max_length=64)),
                ("seed", models.CharField(max_length=64)),
                ("task", models.JSONField()),
                ("result", models.JSONField()),
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
                    "pledge",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allotment",
                        to="review.allotmentpledge",
                    ),
                ),
                (
                    "panel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allotments", to="review.panel"
                    ),
                ),
            ],
            options={
                "verbose_name": "评审分配",
                "verbose_name_plural": "评审分配",
                "ordering": ["pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AllottedCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "allotment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="review.allotment"
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="applications.application"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allotted", to="review.panelseat"
                    ),
                ),
            ],
            options={
                "verbose_name": "分配的申报",
                "verbose_name_plural": "分配的申报",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("seat", "application"), name="allotted_once")],
            },
        ),
        migrations.CreateModel(
            name="SheetDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
                ("revision", models.PositiveIntegerField(default=1)),
                ("version", models.PositiveSmallIntegerField(default=0)),
                ("saved_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="applications.application"
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.personalkey"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drafts", to="review.panelseat"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "未交的评分",
                "verbose_name_plural": "未交的评分",
                "constraints": [models.UniqueConstraint(fields=("seat", "application"), name="sheet_draft_once")],
            },
        ),
        migrations.CreateModel(
            name="HonourCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=60)),
                ("entry", models.CharField(max_length=64)),
                ("holds", models.BooleanField()),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("revision", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="honour_checks",
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
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "荣誉核实",
                "verbose_name_plural": "荣誉核实",
                "ordering": ["revision"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "field", "entry", "revision"), name="honour_check_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CountedHonours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entries", models.JSONField()),
                ("points", models.PositiveIntegerField(verbose_name="量化分")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="applications.application"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "panel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="counted_honours", to="review.panel"
                    ),
                ),
            ],
            options={
                "verbose_name": "计入的荣誉",
                "verbose_name_plural": "计入的荣誉",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("panel", "application"), name="counted_honours_once")],
            },
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("passed", "通过"),
                            ("passed_with_reason", "说明理由后通过"),
                            ("rejected", "未通过"),
                            ("not_selected", "未入选"),
                            ("suspended", "暂缓"),
                            ("disqualified", "取消资格"),
                        ],
                        max_length=20,
                        verbose_name="结论",
                    ),
                ),
                ("reason", models.TextField(verbose_name="理由")),
                ("rank", models.PositiveSmallIntegerField(null=True, verbose_name="名次")),
                ("category", models.CharField(blank=True, max_length=60, verbose_name="类别")),
                ("tier", models.CharField(blank=True, max_length=60, verbose_name="等次")),
                ("revision", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="outcomes", to="campaigns.campaign"
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="campaigns.stage",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.submission",
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="review.outcome",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "resolution",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="review.resolution",
                    ),
                ),
            ],
            options={
                "verbose_name": "环节结论",
                "verbose_name_plural": "环节结论",
                "ordering": ["at", "pk"],
                "abstract": False,
                "indexes": [models.Index(fields=["stage", "verdict"], name="outcome_stage_verdict")],
                "constraints": [
                    models.UniqueConstraint(fields=("application", "stage", "revision"), name="outcome_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("stage__isnull", True)),
                        fields=("application",),
                        name="outcome_disqualified_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__isnull", False), ("verdict", "disqualified"), _connector="OR"),
                        name="outcome_has_stage",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="outcome_has_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=60)),
                ("holds", models.BooleanField()),
                ("reason", models.TextField(blank=True)),
                ("revision", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judgements",
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
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "审核判断",
                "verbose_name_plural": "审核判断",
                "ordering": ["revision"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("application", "rule", "revision"), name="judgement_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Expert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=200, verbose_name="专业领域")),
                ("kind", models.CharField(blank=True, max_length=40, verbose_name="专家类别")),
                ("employer", models.CharField(blank=True, max_length=120, verbose_name="工作单位")),
                ("title", models.CharField(blank=True, max_length=80, verbose_name="职称职务")),
                ("credit_code", models.CharField(blank=True, max_length=18, verbose_name="统一社会信用代码")),
                ("active", models.BooleanField(default=True)),
                ("in_draws", models.BooleanField(default=True, verbose_name="参加抽取")),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="expert", to="unions.member"
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
                "verbose_name": "评审专家",
                "verbose_name_plural": "评审专家",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Panel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("approved_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True, verbose_name="评分结束")),
                (
                    "stage",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="panel", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "评审团队",
                "verbose_name_plural": "评审团队",
                "permissions": [("sit", "评审团队成员")],
            },
        ),
        migrations.CreateModel(
            name="PanelSeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("invited", "已邀请"),
                            ("accepted", "已接受"),
                            ("declined", "已谢绝"),
                            ("removed", "已退出"),
                        ],
                        default="invited",
                        max_length=10,
                    ),
                ),
                ("approved_at", models.DateTimeField(null=True)),
                ("declared_at", models.DateTimeField(null=True, verbose_name="回避申报时间")),
                ("answered_at", models.DateTimeField(null=True)),
                ("left_because", models.TextField(blank=True, verbose_name="谢绝或退出的理由")),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seats", to="review.expert"
                    ),
                ),
                (
                    "panel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seats", to="review.panel"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="review.termsacceptance",
                        verbose_name="接受的承诺",
                    ),
                ),
            ],
            options={
                "verbose_name": "评审席位",
                "verbose_name_plural": "评审席位",
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("panel", "expert"), name="seat_once")],
            },
        ),
        migrations.CreateModel(
            name="Recusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[("declared", "专家申报"), ("found", "系统核对"), ("office", "办公室认定")],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recusals",
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
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="recusals", to="review.panelseat"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "回避",
                "verbose_name_plural": "回避",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("seat", "application"), name="recusal_once")],
            },
        ),
        migrations.CreateModel(
            name="DrawPledge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("candidates", models.JSONField(verbose_name="固定的名单")),
                ("facts", models.JSONField(default=list)),
                ("conditions", models.JSONField(default=dict, verbose_name="构成要求")),
                ("announced", models.CharField(blank=True, max_length=200, verbose_name="并入种子的公开数值")),
                ("announced_for", models.DateTimeField(null=True, verbose_name="公布时间")),
                ("listed", models.CharField(max_length=64, verbose_name="名单摘要")),
                ("commitment", models.CharField(max_length=64, verbose_name="种子承诺")),
                ("sealed_seed", models.TextField()),
                ("members", models.PositiveSmallIntegerField(verbose_name="抽取人数")),
                ("reserves", models.PositiveSmallIntegerField(default=0, verbose_name="备选人数")),
                ("revision", models.PositiveSmallIntegerField(default=0)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.personalkey"
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="draw_pledges", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "抽取承诺",
                "verbose_name_plural": "抽取承诺",
                "ordering": ["revision"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("stage", "revision"), name="draw_pledge_once")],
            },
        ),
        migrations.CreateModel(
            name="PanelDraw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seed", models.CharField(max_length=64, verbose_name="种子")),
                ("public", models.CharField(blank=True, max_length=200, verbose_name="公开数值")),
                ("source", models.CharField(blank=True, max_length=300, verbose_name="出处")),
                ("result", models.JSONField(verbose_name="抽取顺序")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "panel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="draw", to="review.panel"
                    ),
                ),
                (
                    "pledge",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="draw", to="review.drawpledge"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "专家抽取",
                "verbose_name_plural": "专家抽取",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(default=0)),
                ("points", models.JSONField(default=dict)),
                ("grade", models.CharField(blank=True, max_length=60, verbose_name="等次")),
                ("comment", models.TextField(blank=True, verbose_name="评语")),
                ("nonce", models.CharField(max_length=32)),
                ("commitment", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="applications.application",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scores", to="review.panelseat"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "评分",
                "verbose_name_plural": "评分",
                "ordering": ["version"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("seat", "application", "version"), name="score_once")],
            },
        ),
        migrations.CreateModel(
            name="BallotRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="轮次")),
                ("candidates", models.JSONField()),
                ("urn", models.TextField(blank=True)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("issued", models.PositiveSmallIntegerField(null=True, verbose_name="发出选票")),
                ("voided", models.TextField(blank=True, verbose_name="作废的理由")),
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
                (
                    "panel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rounds", to="review.panel"
                    ),
                ),
            ],
            options={
                "verbose_name": "投票轮次",
                "verbose_name_plural": "投票轮次",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("panel", "number"), name="round_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)), fields=("panel",), name="round_one_open"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RollEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="roll", to="review.ballotround"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="review.panelseat"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "投票名册",
                "verbose_name_plural": "投票名册",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("round", "seat"), name="vote_once")],
            },
        ),
        migrations.CreateModel(
            name="Ballot",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("choices", models.JSONField()),
                ("void", models.BooleanField(default=False, verbose_name="废票")),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ballots", to="review.ballotround"
                    ),
                ),
            ],
            options={
                "verbose_name": "选票",
                "verbose_name_plural": "选票",
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SignedBallot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.CharField(max_length=32)),
                ("commitment", models.CharField(max_length=64)),
                (
                    "ballot",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signed", to="review.ballot"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="review.panelseat"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "记名选票",
                "verbose_name_plural": "记名选票",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VisitBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("batch", models.PositiveSmallIntegerField(verbose_name="批次")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="applications.application"
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="visit_batches", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "考察批次",
                "verbose_name_plural": "考察批次",
                "constraints": [models.UniqueConstraint(fields=("stage", "application"), name="visit_batch_once")],
            },
        ),
        migrations.CreateModel(
            name="SiteVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("visited_on", models.DateField(verbose_name="考察日期")),
                ("place", models.CharField(max_length=120, verbose_name="考察地点")),
                ("team", models.CharField(max_length=200, verbose_name="考察人员")),
                ("finding", models.TextField(verbose_name="考察情况")),
                ("checklist", models.JSONField(default=dict, verbose_name="考察要点")),
                ("points", models.DecimalField(decimal_places=2, max_digits=6, null=True, verbose_name="考察评分")),
                ("batch", models.PositiveSmallIntegerField(null=True, verbose_name="批次")),
                ("revision", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
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
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "现场考察",
                "verbose_name_plural": "现场考察",
                "ordering": ["revision"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("stage", "application", "revision"), name="visit_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.storedfile"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="review.sitevisit"
                    ),
                ),
            ],
            options={
                "verbose_name": "考察照片",
                "verbose_name_plural": "考察照片",
                "ordering": ["number"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("visit", "number"), name="visit_photo_once")],
            },
        ),
        migrations.CreateModel(
            name="Ranking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("method", models.CharField(max_length=200)),
                ("rows", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rankings", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "排名",
                "verbose_name_plural": "排名",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("stage",), name="ranking_once")],
            },
        ),
        migrations.CreateModel(
            name="Cut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("passing", models.PositiveSmallIntegerField(verbose_name="进入下一环节人数")),
                ("reason", models.TextField(verbose_name="理由")),
                ("revision", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cuts", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "入围人数",
                "verbose_name_plural": "入围人数",
                "ordering": ["revision"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("stage", "revision"), name="cut_once")],
            },
        ),
        migrations.CreateModel(
            name="TieDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.JSONField()),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tie_decisions", to="campaigns.stage"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "并列裁定",
                "verbose_name_plural": "并列裁定",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Resolution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subject",
                    models.CharField(
                        choices=[("panel", "评审团队组成"), ("list", "名单"), ("final", "审定"), ("refill", "递补")],
                        max_length=8,
                    ),
                ),
                ("met_on", models.DateField(verbose_name="会议日期")),
                ("members", models.PositiveSmallIntegerField(default=0, verbose_name="应到人数")),
                ("present", models.PositiveSmallIntegerField(verbose_name="出席人数")),
                ("in_favour", models.PositiveSmallIntegerField(verbose_name="同意人数")),
                ("text", models.TextField(verbose_name="决议内容")),
                ("decisions", models.JSONField(default=list)),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="resolutions", to="campaigns.campaign"
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolutions",
                        to="campaigns.stage",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "领导小组决议",
                "verbose_name_plural": "领导小组决议",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Investigation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("allegation", models.TextField(verbose_name="反映的问题")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "核查中"), ("upheld", "查实"), ("dismissed", "不成立")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("finding", models.TextField(blank=True, verbose_name="核查结论")),
                ("opened_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("public_note", models.TextField(blank=True, verbose_name="公开说明")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="investigations",
                        to="applications.application",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "refilled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.application",
                        verbose_name="递补人选",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "resolution",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="review.resolution",
                        verbose_name="空出名额的决议",
                    ),
                ),
            ],
            options={
                "verbose_name": "弄虚作假核查",
                "verbose_name_plural": "弄虚作假核查",
                "ordering": ["opened_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("application",), name="investigation_one_open"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="meetingrecusal",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f2557624c3a7d33f978950fb7ea012c4ec2d5177",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_bdfb5",
                    table="review_meetingrecusal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="motionroll",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="57ae0719be67ec73dcd30d78f5404667b8c61b0d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_52a9d",
                    table="review_motionroll",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="meetingrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="faa5bf7d632dbdd0d7d5a061756fc6b6a7fed5fa",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a04fe",
                    table="review_meetingrecord",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="expertterms",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fd93352f4a839c8230dfe5efe994d31e1001b027",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4d046",
                    table="review_expertterms",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="termsacceptance",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="26e1858efdf181cb84742de6bacc6327ab3ff53e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0ebe6",
                    table="review_termsacceptance",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="likeness",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="340ad973d4df5a16ffdc0bd8d451c10c37f37960",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b8de4",
                    table="review_likeness",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="likenessword",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="127ee1ab5227921d7ca95539cad417b207e4dfed",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e7c08",
                    table="review_likenessword",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allotmentpledge",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3f923a4d1a67cdba88612cd9959da3d503ca87f4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0ee14",
                    table="review_allotmentpledge",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allotment",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4b8d198234f8fca1f7e9d62f88220cfdaa15940e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_57c2a",
                    table="review_allotment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allottedcase",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="43053552af06c08be02fa388ad2fdfca265a1918",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e8fda",
                    table="review_allottedcase",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="honourcheck",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="929215fc064bd756929e6f77df4d39ad61c85635",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_1b19d",
                    table="review_honourcheck",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="countedhonours",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9d66f34ee8e93115e947689b8167e066b6be9413",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9a68c",
                    table="review_countedhonours",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="outcome",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2628fbe0bf9b74a56f6f897a8ac9ad891d33cd8d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_cd1c0",
                    table="review_outcome",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="judgement",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ea876df3f9fb943d94a53608f491115ea6346669",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4d2e8",
                    table="review_judgement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recusal",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bf4c47ebe344bef23346f950f6b6fc9158a8f639",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_dc220",
                    table="review_recusal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drawpledge",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="432b49a0d72fc46e67c4884aa2647291d0b72bf6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ec118",
                    table="review_drawpledge",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paneldraw",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b5512fb99744848beb2cd5101e66bf6979d9609a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_229e4",
                    table="review_paneldraw",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="score",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6adf47a70681155814220750ebb6b20836b8ef33",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_feca8",
                    table="review_score",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rollentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7dfb8221aa13226d2a5e0c3e7fde949ff9ca7dd7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_59d80",
                    table="review_rollentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ballot",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="18a7351fe8a309e7feab7f702629240875d8ed64",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f8d7a",
                    table="review_ballot",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signedballot",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="df621c10c8a81b90ca86aa41797caccd259ecfe2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6b8a6",
                    table="review_signedballot",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sitevisit",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3d0631936cc0a128e2f7cc788b45a1c64e016695",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_23fdb",
                    table="review_sitevisit",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visitphoto",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5a961598ead411c59b193e1c2ba79f8ab2743eca",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_1771a",
                    table="review_visitphoto",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ranking",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e065acf1619b463941517198620f3e374b9f9642",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_58406",
                    table="review_ranking",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cut",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1d3a62e07fbcf7d57dfa0f0ec7b40b2e2fa67043",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5a176",
                    table="review_cut",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tiedecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="09c8877072ea031fce5ac3873dec8dbf2d23c6dc",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_257ef",
                    table="review_tiedecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resolution",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="918649ea0a5af721773b32ee4cd8d0df36f3d4fb",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_36686",
                    table="review_resolution",
                    when="BEFORE",
                ),
            ),
        ),
    ]
