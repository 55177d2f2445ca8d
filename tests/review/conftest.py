from collections.abc import Callable
from typing import Any

import pytest

from tests.review.pagecraft import Reader
from tests.review.stagecraft import Play
from unions.models import Member


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Callable[[Play, Member], Reader]:
    """Return a function that signs a member in at a play's own time: `reader(play, play.office)`."""

    def make(play: Play, member: Member) -> Any:
        return Reader(play, member, monkeypatch)

    return make
