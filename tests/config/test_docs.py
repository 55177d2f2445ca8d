"""What README and the guides point to is there, and every picture is shown somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

PAGES = [settings.BASE_DIR / "README.md", *sorted((settings.BASE_DIR / "docs").rglob("*.md"))]


def links(page: Path) -> Iterator[Path]:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            yield (page.parent / target).resolve()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not link.exists()] == []


def test_every_picture_is_shown() -> None:
    shown = {link for page in PAGES for link in links(page)}

    assert [picture for picture in (settings.BASE_DIR / "docs" / "images").iterdir() if picture not in shown] == []
