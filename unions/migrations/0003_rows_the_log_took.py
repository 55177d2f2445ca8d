from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("unions", "0002_outbox"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="rows",
            field=models.JSONField(null=True),
        ),
    ]
