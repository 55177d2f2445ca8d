from pathlib import Path

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "评审"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from review.actions import ACTIONS
        from review.kinds import register_own
        from review.mailings import Passed, Stopped
        from unions.outbox import kinds, mass
        from unions.wording import name_actions

        register_own()
        name_actions(ACTIONS)
        kinds.register(Path(__file__).with_name("messages.toml"))
        mass.register(Passed())
        mass.register(Stopped())
