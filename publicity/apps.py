from pathlib import Path

from django.apps import AppConfig


class PublicityConfig(AppConfig):
    name = "publicity"
    verbose_name = "公开"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from applications import keeping
        from publicity import (
            archived,  # noqa: F401 - names what the archive holds
            jobs,  # noqa: F401 - registers the job of certificates
        )
        from publicity.actions import ACTIONS
        from publicity.records import erase_objections, objected, objections_about, renew_pages_of, titled
        from publicity.services.gallery import forget_gallery
        from publicity.stage_kinds import PublicNotice, PublicVote
        from review import heard
        from review.stages import register
        from unions.outbox import kinds
        from unions.wording import name_actions

        keeping.know_titled(titled)
        keeping.know_held(objected)
        keeping.erase_with(renew_pages_of)
        keeping.erase_with(erase_objections)
        keeping.erase_with(forget_gallery)
        heard.register(objections_about)
        register(PublicNotice())
        register(PublicVote())
        name_actions(ACTIONS)
        kinds.register(Path(__file__).with_name("messages.toml"))
