from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = "选树活动"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns import archived  # noqa: F401 - names what the archive holds
        from campaigns.actions import ACTIONS
        from unions.wording import name_actions

        name_actions(ACTIONS)
