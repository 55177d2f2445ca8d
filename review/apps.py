from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "评审"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from applications import judged
        from review import selectors
        from review.actions import ACTIONS
        from review.kinds import register_own
        from unions.wording import name_actions

        register_own()
        judged.register(selectors.judged)
        name_actions(ACTIONS)
