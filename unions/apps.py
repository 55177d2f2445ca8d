from pathlib import Path

from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "unions"
    verbose_name = "工会与成员"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from unions import tenancy
        from unions.outbox import kinds

        tenancy.connect_signals()
        kinds.register(Path(__file__).with_name("messages.toml"))
