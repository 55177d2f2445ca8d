import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.cache import cache
from pytest_django import Settings

from applications.models import Application
from publicity.models import Certificate
from tests.kept import kept
from tests.publicity.scene import Scene
from unions import throttle
from unions.models import Union

SetClock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rate limits count in the shared cache, and no minute of theirs ends in the middle of a test."""
    monkeypatch.setattr(throttle, "WINDOW", 1_000_000)
    cache.clear()
    yield
    cache.clear()


@kept
def scene(union: Union) -> Scene:
    return Scene(union)


# --- how far a scene has come: who applied, and what has happened since -------------------------------------------------


@kept
def in_notice(scene: Scene) -> list[Application]:
    return scene.to_notice("赵建国")


@kept
def three_in_notice(scene: Scene) -> list[Application]:
    return scene.to_notice()


@kept
def in_final(scene: Scene) -> list[Application]:
    return scene.to_final("赵建国")


@kept
def both_final(scene: Scene) -> list[Application]:
    return scene.to_final("赵建国", "钱秀兰")


@kept
def certificate(scene: Scene) -> Certificate:
    """The only one of a campaign, with a number and no file yet."""
    return scene.certified("赵建国")[0]


@kept
def certificates(scene: Scene) -> list[Certificate]:
    return scene.certified()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Return a function that stops Django's clock, which views ask, at a moment of the scene."""

    def stop(moment: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return stop


@pytest.fixture
def public(tmp_path: Path, settings: Settings) -> Path:
    """A folder of the test's own for finished pages."""
    folder = tmp_path / "public"
    settings.PUBLIC_DIR, settings.SITE_URL = folder, "http://testserver"
    return folder


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[Any]]]:
    """What is sent to the worker: (task, arguments)."""
    tasks: list[tuple[str, list[Any]]] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, arguments: tasks.append((name, arguments)))
    return tasks


@pytest.fixture(scope="session")
def sound_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.save(out)
    return out.getvalue()
