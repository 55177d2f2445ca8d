import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from unions.initial import Initial


# Operators over text and arrays are not leakproof, so that under row-level security no index of them is ever used for the
# product's role. The function belongs to the owner of the tables and holds the policy itself: the session's own union and
# no other. It reads nothing but ids out, and stops after `most` of them.
SEARCH = """
CREATE FUNCTION applications_search(campaign bigint, wanted integer[], patterns text[], most integer)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT entry.application_id FROM public.applications_searchentry entry'
    ' WHERE entry.grams @> $1 AND entry.campaign_id = $2'
    ' AND entry.union_id::text = current_setting(''app.union'', true)'
    ' AND entry.text LIKE ALL ($3) LIMIT $4'
    USING wanted, campaign, patterns, most;
END
$$
"""


class Migration(Initial):
    initial = True

    dependencies = [
        ("campaigns", "0001_initial"),
        ("documents", "0001_initial"),
        ("unions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApplicationFacts",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sex", models.CharField(blank=True, max_length=4, verbose_name="性别")),
                (
                    "age_band",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("u30", "29岁及以下"),
                            ("30s", "30～39岁"),
                            ("40s", "40～49岁"),
                            ("50s", "50～59岁"),
                            ("60up", "60岁及以上"),
                        ],
                        max_length=4,
                        verbose_name="年龄段",
                    ),
                ),
                ("level", models.CharField(blank=True, max_length=40, verbose_name="技能等级")),
                ("industry", models.CharField(blank=True, max_length=40, verbose_name="行业")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("must_not_pass", "不得通过"),
                            ("incomplete", "信息不足"),
                            ("needs_judgement", "待审核判断"),
                            ("may_pass_with_reason", "说明理由后可以通过"),
                            ("may_pass", "可以通过"),
                        ],
                        max_length=24,
                        verbose_name="核对结果",
                    ),
                ),
                (
                    "against",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), default=list, size=None
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="facts", to="applications.application"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "统计要素",
                "verbose_name_plural": "统计要素",
                "indexes": [
                    models.Index(fields=["campaign", "sex"], name="facts_sex"),
                    models.Index(fields=["campaign", "age_band"], name="facts_age_band"),
                    models.Index(fields=["campaign", "level"], name="facts_level"),
                    models.Index(fields=["campaign", "industry"], name="facts_industry"),
                    models.Index(fields=["campaign", "verdict"], name="facts_verdict"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("grams", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="search",
                        to="applications.application",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "检索条目",
                "verbose_name_plural": "检索条目",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["grams"], name="search_grams")
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=30, verbose_name="名称")),
                ("query", models.JSONField(default=dict)),
                ("shared", models.BooleanField(default=False, verbose_name="同事可见")),
                ("created_at", models.DateTimeField()),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.campaign"
                    ),
                ),
                (
                    "owner",
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
                "verbose_name": "常用筛选",
                "verbose_name_plural": "常用筛选",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "owner", "name"), name="saved_filter_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignment",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.member",
                        verbose_name="办理人",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "办理分工",
                "verbose_name_plural": "办理分工",
                "indexes": [models.Index(fields=["campaign", "officer"], name="assignment_officer")],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="applications.application"
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
                "verbose_name": "内部备注",
                "verbose_name_plural": "内部备注",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="姓名")),
                ("id_sealed", models.TextField(blank=True)),
                ("id_masked", models.CharField(blank=True, max_length=24)),
                ("id_index", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                ("anonymised_at", models.DateTimeField(null=True)),
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
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "人员",
                "verbose_name_plural": "人员",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("id_index", ""), _negated=True),
                        fields=("union", "id_index"),
                        name="person_id_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("user__isnull", False)), fields=("union", "user"), name="person_user_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=40, verbose_name="申报渠道")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "填写中"),
                            ("awaiting_unit", "待推荐单位审核"),
                            ("submitted", "已提交"),
                            ("returned", "退回补正"),
                            ("withdrawn", "已撤回"),
                            ("lapsed", "逾期未提交"),
                            ("merged", "已并入另一份"),
                        ],
                        default="draft",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=32, verbose_name="受理编号")),
                ("name", models.CharField(max_length=60, verbose_name="姓名")),
                ("employer", models.CharField(blank=True, max_length=120, verbose_name="工作单位")),
                ("trade", models.CharField(blank=True, max_length=60, verbose_name="专业领域（工种）")),
                ("answers", models.JSONField(default=dict)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("touched", models.JSONField(default=dict)),
                ("nomination_reason", models.TextField(blank=True, verbose_name="提名理由")),
                ("claim_digest", models.CharField(blank=True, max_length=64)),
                ("answer_by", models.DateTimeField(null=True, verbose_name="请被推荐人答复的期限")),
                ("declined_at", models.DateTimeField(null=True, verbose_name="被推荐人不同意")),
                ("id_index", models.CharField(blank=True, max_length=64)),
                ("carried", models.JSONField(default=list)),
                ("anonymised_at", models.DateTimeField(null=True, verbose_name="已匿名")),
                ("created_at", models.DateTimeField()),
                ("saved_at", models.DateTimeField()),
                ("handed_at", models.DateTimeField(null=True, verbose_name="最近递交")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="首次提交")),
                (
                    "applicant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="unions.member",
                        verbose_name="申报人",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "filled_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.member",
                        verbose_name="填写人",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="applications.application",
                        verbose_name="并入",
                    ),
                ),
                (
                    "nominated_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.member",
                        verbose_name="提名人",
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
                        related_name="applications",
                        to="unions.unit",
                        verbose_name="推荐单位",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="applications.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "申报",
                "verbose_name_plural": "申报",
                "ordering": ["number", "pk"],
                "indexes": [
                    models.Index(fields=["campaign", "number", "id"], name="application_by_number"),
                    models.Index(fields=["campaign", "state", "number"], name="application_inbox"),
                    models.Index(fields=["campaign", "channel", "number"], name="application_channel"),
                    models.Index(fields=["campaign", "unit", "number"], name="application_unit"),
                    models.Index(fields=["campaign", "state", "saved_at"], name="application_lapse"),
                    models.Index(
                        condition=models.Q(("id_index", ""), _negated=True),
                        fields=["campaign", "id_index"],
                        name="application_id_index",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["awaiting_unit", "draft", "returned", "submitted"])),
                        fields=("campaign", "person"),
                        name="application_once_per_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("campaign", "number"),
                        name="application_number_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "submitted"), _negated=True),
                            models.Q(("number", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="application_submitted_numbered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("merged_into__isnull", False), ("state", "merged")),
                            models.Q(models.Q(("state", "merged"), _negated=True), ("merged_into__isnull", True)),
                            _connector="OR",
                        ),
                        name="application_merged_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("sealed", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("check_code", models.CharField(max_length=16, unique=True, verbose_name="校验码")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
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
                "verbose_name": "提交版本",
                "verbose_name_plural": "提交版本",
                "ordering": ["version"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("application", "version"), name="submission_once")],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("self", "本人申报"), ("unit", "单位推荐"), ("person", "他人推荐")],
                        max_length=8,
                        verbose_name="来源",
                    ),
                ),
                ("channel", models.CharField(max_length=40, verbose_name="申报渠道")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sources",
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
                "verbose_name": "申报来源",
                "verbose_name_plural": "申报来源",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Merging",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "ended",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merging",
                        to="applications.application",
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mergings",
                        to="applications.application",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.source",
                        verbose_name="计入的来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "合并申报",
                "verbose_name_plural": "合并申报",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Material",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slot", models.CharField(max_length=40)),
                ("pages", models.PositiveSmallIntegerField(default=0, verbose_name="合成页数")),
                ("uploaded_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="materials",
                        to="applications.application",
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="material", to="documents.storedfile"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "材料",
                "verbose_name_plural": "材料",
                "ordering": ["slot", "uploaded_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Recommendation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "decision",
                    models.CharField(
                        choices=[("endorsed", "同意推荐"), ("declined", "不予推荐")], max_length=10, verbose_name="结论"
                    ),
                ),
                ("opinion", models.TextField(verbose_name="推荐单位意见")),
                ("authority", models.CharField(blank=True, max_length=80, verbose_name="行业主管部门")),
                ("authority_agreed_on", models.DateField(blank=True, null=True, verbose_name="主管部门同意日期")),
                ("quota_reason", models.TextField(blank=True, verbose_name="超出名额的理由")),
                ("submission_version", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recommendations",
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
                    "carried_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.recommendation",
                        verbose_name="原在另一份申报上提出",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.unit"),
                ),
            ],
            options={
                "verbose_name": "推荐意见",
                "verbose_name_plural": "推荐意见",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="InternalNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="公示开始")),
                ("ends_on", models.DateField(verbose_name="公示结束")),
                ("place", models.CharField(max_length=120, verbose_name="公示地点和方式")),
                (
                    "result",
                    models.CharField(
                        choices=[("no_objection", "无异议"), ("settled", "有异议，已核实处理")],
                        max_length=12,
                        verbose_name="公示结果",
                    ),
                ),
                ("settlement", models.TextField(blank=True, verbose_name="异议及处理情况")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="internal_notices",
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
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.unit"),
                ),
            ],
            options={
                "verbose_name": "单位内公示",
                "verbose_name_plural": "单位内公示",
                "ordering": ["at", "pk"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="internal_notice_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Return",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(blank=True, verbose_name="退回原因")),
                ("items", models.JSONField(default=list, verbose_name="需补正的项目")),
                ("reasons", models.JSONField(default=dict, verbose_name="逐项原因")),
                ("version", models.PositiveSmallIntegerField(default=0, verbose_name="退回的版本")),
                ("deadline", models.DateTimeField(verbose_name="补正期限")),
                ("at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
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
                "verbose_name": "退回补正",
                "verbose_name_plural": "退回补正",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)),
                        fields=("application",),
                        name="return_one_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words_sealed", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待处理"),
                            ("granted", "已删除"),
                            ("refused", "未同意"),
                            ("taken_back", "本人撤回"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="处理情况",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="提出时间")),
                ("reason", models.TextField(blank=True, verbose_name="处理理由")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="法律依据")),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "by",
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
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure_requests",
                        to="applications.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "删除个人信息的请求",
                "verbose_name_plural": "删除个人信息的请求",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("person",), name="erasure_request_one_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(verbose_name="查看理由")),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reveals",
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
                "verbose_name": "证件号码查看记录",
                "verbose_name_plural": "证件号码查看记录",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="NomineeInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact_index", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
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
                "verbose_name": "推荐邀请",
                "verbose_name_plural": "推荐邀请",
                "ordering": ["at", "pk"],
                "indexes": [models.Index(fields=["union", "contact_index"], name="nominee_invitation_contact")],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "method",
                    models.CharField(
                        choices=[("code", "验证码"), ("paper", "签字的确认书")], max_length=8, verbose_name="方式"
                    ),
                ),
                ("revision", models.PositiveIntegerField(verbose_name="第几次保存的内容")),
                ("digest", models.CharField(max_length=64)),
                (
                    "contact",
                    models.CharField(blank=True, help_text="只留首尾几位", max_length=120, verbose_name="发往"),
                ),
                ("token_digest", models.CharField(blank=True, max_length=64)),
                ("code_digest", models.CharField(blank=True, max_length=64)),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="输错次数")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="有效期至")),
                ("at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="本人确认")),
                ("refused_at", models.DateTimeField(null=True, verbose_name="本人说内容不对")),
                ("remark_sealed", models.TextField(blank=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
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
                (
                    "material",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.material",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "本人确认",
                "verbose_name_plural": "本人确认",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("token_digest", ""), _negated=True),
                        fields=("union", "token_digest"),
                        name="confirmation_token_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at__isnull", True), ("refused_at__isnull", True), _connector="OR"
                        ),
                        name="confirmation_one_answer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PreferenceOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.JSONField(default=list, verbose_name="推荐排序")),
                ("handed_over", models.BooleanField(default=False, verbose_name="已报送")),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.campaign"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.unit"),
                ),
            ],
            options={
                "verbose_name": "推荐排序",
                "verbose_name_plural": "推荐排序",
                "ordering": ["pk"],
                "abstract": False,
                "indexes": [models.Index(fields=["campaign", "unit", "-id"], name="preference_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("handed_over", True)),
                        fields=("campaign", "unit"),
                        name="preference_handed_over_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpinionPhrases",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("texts", models.JSONField(default=list, verbose_name="推荐意见常用语")),
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
                    "unit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "推荐意见常用语",
                "verbose_name_plural": "推荐意见常用语",
            },
        ),
        migrations.CreateModel(
            name="SheetImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("sealed", models.TextField(blank=True, verbose_name="文件（加密）")),
                ("preview", models.TextField(blank=True, verbose_name="核对结果（加密）")),
                ("counts", models.JSONField(default=dict, verbose_name="行数")),
                ("picked", models.JSONField(null=True, verbose_name="所选的行")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "正在核对"),
                            ("read", "待确认"),
                            ("writing", "正在导入"),
                            ("done", "已导入"),
                            ("dropped", "已放弃"),
                        ],
                        default="reading",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="上传时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.campaign"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.job"
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
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.unit"),
                ),
            ],
            options={
                "verbose_name": "汇总表导入",
                "verbose_name_plural": "汇总表导入",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ScanBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("sha256", models.CharField(max_length=64)),
                ("pages", models.PositiveSmallIntegerField(verbose_name="页数")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "正在识别"),
                            ("read", "待确认"),
                            ("attached", "已归入"),
                            ("dropped", "已放弃"),
                        ],
                        default="reading",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("counts", models.JSONField(default=dict, verbose_name="结果")),
                ("at", models.DateTimeField(verbose_name="上传时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.campaign"
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="documents.storedfile",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.job"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.unit"),
                ),
            ],
            options={
                "verbose_name": "批量扫描件",
                "verbose_name_plural": "批量扫描件",
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "dropped"), _negated=True),
                        fields=("campaign", "unit", "sha256"),
                        name="scan_batch_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScanPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="第几页")),
                ("codes", models.JSONField(default=list, verbose_name="校验码")),
                (
                    "source",
                    models.CharField(
                        choices=[("code", "二维码"), ("hand", "人工指定"), ("none", "没有读出"), ("blank", "空白页")],
                        max_length=8,
                        verbose_name="来源",
                    ),
                ),
                ("turn", models.PositiveSmallIntegerField(default=0)),
                ("left_out", models.BooleanField(default=False, verbose_name="不用")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sheets", to="applications.scanbatch"
                    ),
                ),
                (
                    "picture",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="documents.storedfile",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
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
            ],
            options={
                "verbose_name": "扫描页",
                "verbose_name_plural": "扫描页",
                "ordering": ["number"],
                "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="scan_page_once")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="note",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d05d6ca24230a1d22507e0e27b9b9058a58eb535",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_1bbf6",
                    table="applications_note",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="submission",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="06de8cfc5b972890517311927d21d292b9565483",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_69572",
                    table="applications_submission",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="source",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6c29ce5423b020215bb22034fa51a5edcb135fae",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_054e2",
                    table="applications_source",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="merging",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ddac4d1cf85f57e9ccb77d4a311418cdc67ff6a6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b7000",
                    table="applications_merging",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="internalnotice",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e035dcde71a891717a986bf1d1d9e504346e6b98",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0f037",
                    table="applications_internalnotice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reveal",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="aa5d4a560c539a7c4e33dcf4f06fb102a5903eec",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_099fd",
                    table="applications_reveal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="preferenceorder",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d24a6b2488c2365522fe802eea21242e2294aad2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f565f",
                    table="applications_preferenceorder",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(SEARCH, "DROP FUNCTION applications_search(bigint, integer[], text[], integer)"),
    ]
