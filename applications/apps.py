from pathlib import Path

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = "申报"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from applications import (
            archived,  # noqa: F401 - names what the archive holds
            jobs,  # noqa: F401 - registers the jobs of a unit's desk
        )
        from applications.actions import ACTIONS
        from applications.mailings import Drafts, Returned
        from unions.outbox import kinds, mass
        from unions.wording import name_actions

        name_actions(ACTIONS)
        from applications import exports  # noqa: F401 - registers the job that copies a person's data

        kinds.register(Path(__file__).with_name("messages.toml"))
        mass.register(Drafts())
        mass.register(Returned())
