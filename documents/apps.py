from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "文档"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from documents import health  # noqa: F401 - registers the check of fonts
        from documents.actions import ACTIONS
        from unions.wording import name_actions

        name_actions(ACTIONS)
