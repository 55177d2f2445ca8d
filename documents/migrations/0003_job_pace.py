from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_initial")]

    operations = [
        migrations.AddField(model_name="job", name="done_before", field=models.PositiveIntegerField(default=0)),
    ]
