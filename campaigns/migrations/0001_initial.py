import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from unions.initial import Initial


class Migration(Initial):
    initial = True

    dependencies = [
        ("unions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, verbose_name="代码")),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("source", models.TextField(verbose_name="TOML")),
                ("sha256", models.CharField(max_length=64)),
                ("loaded_at", models.DateTimeField()),
                (
                    "origin",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="campaigns.ruleset",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "规则集",
                "verbose_name_plural": "规则集",
                "ordering": ["code", "pk"],
                "constraints": [models.UniqueConstraint(fields=("union", "code", "sha256"), name="ruleset_once")],
            },
        ),
        migrations.CreateModel(
            name="WorkingCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("text", models.TextField(verbose_name="TOML")),
                ("revision", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.ruleset"
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="working_copies",
                        to="campaigns.ruleset",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "修改稿",
                "verbose_name_plural": "修改稿",
                "ordering": ["-changed_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, verbose_name="地址标识")),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("rules_data", models.JSONField(verbose_name="规则")),
                ("rules_sha256", models.CharField(blank=True, max_length=64, verbose_name="规则摘要")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "筹备中"),
                            ("published", "进行中"),
                            ("finished", "已结束"),
                            ("cancelled", "已终止"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("opens_at", models.DateTimeField(verbose_name="申报开始")),
                ("closes_at", models.DateTimeField(verbose_name="申报截止")),
                ("reference_date", models.DateField(verbose_name="年龄与年限计算基准日")),
                ("finish_by", models.DateField(blank=True, null=True, verbose_name="计划完成日")),
                ("number_prefix", models.CharField(blank=True, max_length=20, verbose_name="编号前缀")),
                ("last_number", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.member"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
                (
                    "ruleset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="campaigns", to="campaigns.ruleset"
                    ),
                ),
            ],
            options={
                "verbose_name": "活动",
                "verbose_name_plural": "活动",
                "ordering": ["-opens_at", "-pk"],
                "permissions": [("supervise_campaign", "监督活动")],
                "constraints": [
                    models.UniqueConstraint(fields=("union", "slug"), name="campaign_slug_once"),
                    models.CheckConstraint(
                        condition=models.Q(("opens_at__lt", models.F("closes_at"))), name="campaign_window"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "cancelled"]),
                            models.Q(("rules_sha256", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="campaign_published_frozen",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RulesVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("changes", models.JSONField(default=list)),
                ("rules_data", models.JSONField()),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rules_versions",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "规则版本",
                "verbose_name_plural": "规则版本",
                "ordering": ["number"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("campaign", "number"), name="rules_version_once")],
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("key", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=20)),
                ("label", models.CharField(max_length=40, verbose_name="名称")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "未开始"), ("open", "进行中"), ("closed", "已结束")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("planned_from", models.DateField(blank=True, null=True, verbose_name="计划开始")),
                ("planned_to", models.DateField(blank=True, null=True, verbose_name="计划结束")),
                ("opened_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stages", to="campaigns.campaign"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "环节",
                "verbose_name_plural": "环节",
                "ordering": ["campaign_id", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "position"), name="stage_position_once"),
                    models.UniqueConstraint(fields=("campaign", "key"), name="stage_key_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("campaign",), name="stage_one_open"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitQuota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at_most", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("at_least", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("strength", models.CharField(max_length=6)),
                ("clause", models.CharField(blank=True, max_length=40)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="unit_quotas", to="campaigns.campaign"
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
                "verbose_name": "推荐名额",
                "verbose_name_plural": "推荐名额",
                "constraints": [models.UniqueConstraint(fields=("campaign", "unit"), name="unit_quota_once")],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="日期")),
                ("working", models.BooleanField(verbose_name="工作日")),
                ("note", models.CharField(blank=True, max_length=60, verbose_name="说明")),
                (
                    "union",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="unions.union"),
                ),
            ],
            options={
                "verbose_name": "工作日调整",
                "verbose_name_plural": "工作日调整",
                "ordering": ["day"],
                "constraints": [models.UniqueConstraint(fields=("union", "day"), name="calendar_day_once")],
            },
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年份")),
                ("confirmed_at", models.DateTimeField()),
                (
                    "confirmed_by",
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
                "verbose_name": "已确认年份",
                "verbose_name_plural": "已确认年份",
                "constraints": [models.UniqueConstraint(fields=("union", "year"), name="calendar_year_once")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rulesversion",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a87c63a4501e9c90cceee246204dfad15ee8a74c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_496da",
                    table="campaigns_rulesversion",
                    when="BEFORE",
                ),
            ),
        ),
    ]
