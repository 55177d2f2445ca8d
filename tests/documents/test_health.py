"""The operator is told when Chinese paper could not be printed."""

import pytest

from documents import health
from documents.paper.fonts import MissingGlyph, Role


def test_fonts_are_found_on_a_machine_that_was_set_up() -> None:
    assert health.fonts().well


def test_a_missing_face_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty:
        def require(self, text: str, role: Role) -> None:
            raise MissingGlyph(text)

    monkeypatch.setattr(health, "library", Empty)

    found = health.fonts()

    assert not found.well
    assert "fonts-noto-cjk" in found.advice
