"""The finished pages of published notices and of the people in a poll, for the web server to hand out without asking the application.

A page that no longer holds is taken down before the change commits, so that whoever asks meanwhile is answered by the
application (the web server keeps a file that it opened for a second); the worker puts the new one up after the commit.
That holds of every verb of this app, and of somebody who becomes nobody, whose photo goes with the page.
Whatever was lost on the way, and whatever time, a setting or an app below changed, beat finds within half a minute by the
digest at the end of each page: that the hours of a poll began, that somebody withdrew or was disqualified (the photo goes
before the page says so), that a campaign was cancelled with its poll, that a union was closed.

Nothing in them depends on who reads: no session, no token, no nonce. Where they lie: `page_files`.
"""

import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction

from documents.models import StoredFile
from publicity import selectors, selectors_pages, selectors_polls
from publicity.models import Notice, Poll
from publicity.pages import brand_css, candidate_html, feed_xml, notice_html
from publicity.selectors_pages import INDEX, Pages, folder_of_candidate
from publicity.services import page_files as files
from unions.models import Union

log = structlog.get_logger(__name__)

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")

Made = Iterator[tuple[str, bytes | None]]
"""Path below the row's folder, and its content; None: there shall be none."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What has pages: its rows, what their files should be made of, and how those that are not so are made."""

    name: str
    """The folder too, and how their addresses begin."""
    model: type[Notice] | type[Poll]
    wanted: Callable[..., Iterator[Pages]]
    make: Callable[[Any, Collection[str], datetime], Made]


def _notice_files(notice: Notice, stale: Collection[str], at: datetime) -> Made:
    notice = selectors.notices(notice.union).get(pk=notice.pk)
    for version in notice.versions.all():
        version.notice = notice
        if (path := f"v{version.version}/{INDEX}") in stale:
            yield path, notice_html(notice, version, at=at, own=True)
    if INDEX in stale:
        assert notice.in_force is not None  # a notice is written together with its first version
        yield INDEX, notice_html(notice, notice.in_force, at=at)


def _candidate_files(poll: Poll, stale: Collection[str], at: datetime) -> Made:
    """The photo before its page: where the page bears its mark, the photo is what it should be."""
    poll = selectors_polls.polls(poll.union).get(pk=poll.pk)
    photos = selectors_polls.photos_of(poll)
    for one in selectors_polls.candidates_of(poll):
        folder = folder_of_candidate(one.pk)
        if (path := f"{folder}/{INDEX}") in stale:
            photo = photos.get(one.pk)
            yield f"{folder}/photo.jpg", None if photo is None else _bytes_of(photo)
            yield path, candidate_html(poll, one, photo=photo is not None, at=at)


def _bytes_of(photo: StoredFile) -> bytes | None:
    """Without its file the application answers, as it does where there is no page."""
    try:
        with photo.file.open("rb") as file:
            content: bytes = file.read()
    except OSError:
        log.exception("photo_not_read", file=str(photo.pk))
        return None
    return content


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("polls", Poll, selectors_pages.of_polls, _candidate_files),
        Kind("notices", Notice, selectors_pages.of_notices, _notice_files),
    )
}


def _kind_of(row: Notice | Poll) -> Kind:
    return next(kind for kind in KINDS.values() if isinstance(row, kind.model))


def home_of(union: Union) -> Path:
    return Path(settings.PUBLIC_DIR) / "pages" / union.slug


def folder_of(row: Notice | Poll) -> Path:
    return home_of(row.union) / _kind_of(row).name / str(row.pk)


# --- taking down and putting up ----------------------------------------------------------------------------------------


def renew_pages(row: Notice | Poll, *, part: str = "") -> None:
    """At the end of a verb that changes what the pages show (all, or those in the folder `part`): the old ones go now, the
    new ones come with the commit.

    The row is held until then, so that nobody puts the old ones up again in between.
    """
    kind = _kind_of(row)
    kind.model.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    take_down(row, part=part)
    arguments = [row.union_id, kind.name, row.pk]
    transaction.on_commit(lambda: current_app.send_task("publicity.tasks.put_up_pages", arguments))


def take_down(row: Notice | Poll, *, part: str = "") -> None:
    """From here on the application answers. A disk that refuses must not stop the office: beat replaces the page."""
    try:
        shutil.rmtree(folder_of(row) / part)
    except FileNotFoundError:
        pass
    except OSError:
        log.exception("pages_not_taken_down", folder=str(folder_of(row) / part))
    if isinstance(row, Notice):
        files.remove_text(folder_of(row).parent / "feed.xml")


@transaction.atomic
def put_up_pages(kind: str, pk: int, *, at: datetime) -> None:
    """Write the pages of a row that do not say how it stands. Holding the row keeps a change from committing in between."""
    model = KINDS[kind].model
    row = model.objects.select_for_update(no_key=True, of=("self",)).select_related("union").filter(pk=pk).first()
    if row is None:
        return
    folder = folder_of(row)
    (pages,) = KINDS[kind].wanted(at=at, only=pk)
    if not pages.marks:
        take_down(row)
        return
    for path, content in KINDS[kind].make(row, _stale(pages), at):
        if content is None:
            (folder / path).unlink(missing_ok=True)
        elif path in pages.marks:
            files.write_text(folder / path, files.marked(content, pages.marks[path]))
        else:
            files.write(folder / path, content)


def _stale(pages: Pages) -> set[str]:
    folder = folder_of(pages.row)
    return {path for path, mark in pages.marks.items() if files.mark_of(folder / path) != mark}


def put_up_union(union: Union, *, mark: str) -> None:
    """What a union's pages have in common: the feed, the colour, and the hosts under which they are found."""
    folder = home_of(union) / "notices"
    files.write_text(folder / "brand.css", brand_css(union))
    files.write_text(folder / "feed.xml", files.marked(feed_xml(union), mark))
    for link in _left_over(union):
        link.unlink(missing_ok=True)
    for link, target in _links(union).items():
        files.point(link, target)


def _links(union: Union) -> dict[Path, Path]:
    hosts, home = Path(settings.PUBLIC_DIR) / "hosts", home_of(union)
    found = {hosts / (urlsplit(settings.SITE_URL).hostname or "localhost") / union.slug: home}
    if union.domain and _HOST.fullmatch(union.domain):
        own = hosts / union.domain
        found |= {own / union.slug: home} | {own / name: home / name for name in KINDS}
    return found


def _left_over(union: Union) -> list[Path]:
    """Links under a domain that the union has no more."""
    home, wanted = home_of(union), _links(union)
    links = (link for link in Path(settings.PUBLIC_DIR).glob("hosts/*/*") if link not in wanted)
    return [link for link in links if any(files.leads(link, one) for one in (home, *(home / name for name in KINDS)))]


# --- what beat finds ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """What has to be written: (union, kind, id) of pages, (union, mark) of what a union's pages have in common."""

    pages: list[tuple[int, str, int]]
    unions: list[tuple[int, str]]


def due(*, at: datetime) -> Due:
    """Whatever files do not say what the rows say now; a constant number of queries. The caller looks everywhere, by name."""
    found, unions = Due([], []), dict[Union, list[str]]()
    for kind in KINDS.values():
        for pages in kind.wanted(at=at):
            if not pages.marks:
                take_down(pages.row)
                continue
            notices = unions.setdefault(pages.row.union, [])
            if kind.model is Notice:
                notices.append(pages.marks[INDEX])
            if _stale(pages):
                found.pages.append((pages.row.union_id, kind.name, pages.row.pk))
    for union, notices in unions.items():
        mark = selectors_pages.of_union(union, notices)
        if not _is_up(union, mark):
            found.unions.append((union.pk, mark))
    return found


def _is_up(union: Union, mark: str) -> bool:
    folder = home_of(union) / "notices"
    return (
        files.mark_of(folder / "feed.xml") == mark
        and files.read(folder / "brand.css") == brand_css(union)
        and all(files.leads(link, target) for link, target in _links(union).items())
        and not _left_over(union)
    )
