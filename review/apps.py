from pathlib import Path

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "评审"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from applications import ending, judged, keeping
        from review import (
            archive_checks,  # noqa: F401 - and what it can be checked by
            archive_meetings,  # noqa: F401
            archived,  # noqa: F401 - names what the archive holds
            selectors,
        )
        from review.actions import ACTIONS
        from review.evidence import erase_visit_photos, investigated
        from review.kinds import register_own
        from review.mailings import Passed, Stopped
        from review.selectors import why_it_must_go_on
        from unions.outbox import kinds, mass
        from unions.wording import name_actions

        register_own()
        keeping.know_held(investigated)
        keeping.erase_with(erase_visit_photos)
        ending.register(why_it_must_go_on)
        judged.register(selectors.judged)
        name_actions(ACTIONS)
        kinds.register(Path(__file__).with_name("messages.toml"))
        mass.register(Passed())
        mass.register(Stopped())
