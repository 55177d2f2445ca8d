from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "unions"
    verbose_name = "工会与成员"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from unions import tenancy

        tenancy.connect_signals()
