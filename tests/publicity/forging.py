"""Small archives of what a test has played, and one of their rows changed."""

from collections.abc import Callable
from typing import Any

from publicity.services import archives
from tests.review.stagecraft import Play
from unions.archive import checks, layout
from unions.archive.layout import Archive

Rows = list[dict[str, Any]]


def archived(play: Play) -> Archive:
    return Archive.of(archives.archive_campaign(play.campaign, actor=play.office, at=play.now()).content)


def wrong(archive: Archive) -> list[str]:
    return [f"{one.title}：{one.problem}" for one in checks.verify(archive).results if one.problem]


def rewritten(archive: Archive, table: str, change: Callable[[Rows], object]) -> Archive:
    """The archive with the rows of a table changed in place, and no digest computed again."""
    rows = [{**row} for row in archive.tables[table]]
    change(rows)
    return Archive({**archive.members, layout.member_of(table): b"".join(map(layout.line, rows))})


def computed(archive: Archive, title: str) -> list[str]:
    """What one computation says, whatever else would find something, until what was forged makes it break."""
    said: list[str] = []
    try:
        for problem in checks._checks[title](archive):
            said.append(str(problem))  # noqa: PERF401 - what came before the end is kept
    except LookupError as error:
        said.append(repr(error))
    return said


def said_by(archive: Archive, title: str, table: str, change: Callable[[dict[str, Any]], object]) -> list[str]:
    """What one computation says once the first row of a table was changed."""
    return computed(rewritten(archive, table, lambda rows: change(rows[0])), title)
