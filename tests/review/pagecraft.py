"""What the tests of this app's pages share: a reader at the campaign's own time, addresses, and what a page says."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from applications import services as intake
from applications.models import Application
from review.models import Panel
from review.services import panels
from tests import factories
from tests.factories import MemberFactory, sign_in
from tests.review.stagecraft import Play
from unions.models import Member
from unions.states import Role


class Reader:
    """A signed-in member who opens pages of one union; every page happens a minute after what happened before."""

    def __init__(self, play: Play, member: Member, monkeypatch: Any) -> None:
        self.play = play
        self.member = member
        self.client = sign_in(Client(), member)
        self._patch = monkeypatch

    @contextmanager
    def _at(self, moment: datetime) -> Iterator[None]:
        with self._patch.context() as patch:
            patch.setattr(timezone, "now", lambda: moment)
            yield

    def url(self, name: str, **kwargs: Any) -> str:
        return reverse(f"review:{name}", kwargs={"union_slug": self.play.union.slug, **kwargs})

    def get(self, name: str, query: str = "", **kwargs: Any) -> Any:
        with self._at(self.play.now()):
            return self.client.get(self.url(name, **kwargs) + query)

    def post(self, name: str, data: dict[str, Any] | None = None, query: str = "", **kwargs: Any) -> Any:
        with self._at(self.play.now()):
            return self.client.post(self.url(name, **kwargs) + query, data or {})


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def member_of(play: Play, role: Role, name: str = "") -> Member:
    return MemberFactory(union=play.union, role=role, name=name)


def minutes(play: Play, **more: Any) -> dict[str, Any]:
    return {
        "met_on": play.clock.date().isoformat(),
        "present": 3,
        "in_favour": 3,
        "text": "经会议讨论决定",
        **more,
    }


def jpeg(name: str = "现场.jpg", *, content: bytes = b"") -> SimpleUploadedFile:
    """A small picture as a browser uploads it, or whatever `content` is under its name."""
    if not content:
        buffer = io.BytesIO()
        Image.new("RGB", (60, 40), "grey").save(buffer, "JPEG")
        content = buffer.getvalue()
    return SimpleUploadedFile(name, content, "image/jpeg")


def resubmit(play: Play, application: Application, **answers: Any) -> Application:
    """Mend a returned application and hand it in again."""
    application = Application.objects.select_related("campaign", "person").get(pk=application.pk)
    actor = application.filled_by
    application = intake.save_draft(
        application, answers=answers, revision=application.revision, actor=actor, at=play.now()
    )
    factories.confirmed(application, at=play.now())
    return intake.submit_application(application, actor=actor, at=play.now())


def end_scoring(play: Play, panel: Panel) -> Panel:
    panel = Panel.objects.select_related("stage__campaign").get(pk=panel.pk)
    return panels.close_panel(panel, actor=play.office, at=play.now())
