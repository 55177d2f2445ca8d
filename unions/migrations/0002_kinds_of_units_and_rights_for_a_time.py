import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unions", "0001_initial")]

    operations = [
        migrations.RemoveField(model_name="union", name="require_mfa"),
        migrations.AddField(
            model_name="member",
            name="until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="权限截止"),
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
            options={"verbose_name": "单位类别", "verbose_name_plural": "单位类别", "ordering": ["pk"]},
        ),
        migrations.AddConstraint(
            model_name="unitkind",
            constraint=models.UniqueConstraint(fields=("union", "code"), name="unit_kind_code_once"),
        ),
        migrations.AddConstraint(
            model_name="unitkind",
            constraint=models.UniqueConstraint(fields=("union", "label"), name="unit_kind_label_once"),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(fields=("member", "text_sha256"), name="consent_once"),
        ),
    ]
