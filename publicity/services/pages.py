"""The finished pages of published notices, for the web server to hand out without asking the application.

A page that no longer holds is taken down before the change commits, so that whoever asks meanwhile is answered by the
application (the web server keeps a file that it opened for a second); the worker puts the new one up after the commit.
Whatever was lost on the way, and whatever time or a setting changed, beat finds by the digest at the end of each file.

    PUBLIC_DIR/pages/<union>/notices/<id>/index.html, …/<id>/v<version>/index.html, …/feed.xml, …/brand.css
    PUBLIC_DIR/hosts/<host>/<union> and, on a union's own domain, hosts/<host>/notices: links into pages

Nothing in them depends on who reads: no session, no token, no nonce.
"""

import gzip
import os
import re
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction

from publicity import selectors, selectors_notices
from publicity.models import Notice
from publicity.pages import brand_css, feed_xml, notice_html
from unions.models import Union

log = structlog.get_logger(__name__)

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_MARK: Final = re.compile(rb"<!-- made of ([0-9a-f]{64}) -->\s*$")


def folder_of(union: Union) -> Path:
    return Path(settings.PUBLIC_DIR) / "pages" / union.slug / "notices"


# --- taking down and putting up ----------------------------------------------------------------------------------------


def renew_pages(notice: Notice) -> None:
    """At the end of a verb that changes what a notice shows: the old pages go now, the new ones come with the commit.

    The row is held until then, so that nobody puts the old ones up again in between.
    """
    Notice.objects.select_for_update(no_key=True, of=("self",)).get(pk=notice.pk)
    take_down(notice)
    arguments = [notice.union_id, notice.pk]
    transaction.on_commit(lambda: current_app.send_task("publicity.tasks.put_up_notice", arguments))


def take_down(notice: Notice) -> None:
    """From here on the application answers. A disk that refuses must not stop the office: beat replaces the page."""
    folder = folder_of(notice.union)
    try:
        shutil.rmtree(folder / str(notice.pk))
    except FileNotFoundError:
        pass
    except OSError:
        log.exception("page_not_taken_down", notice=notice.pk)
    for name in ("feed.xml", "feed.xml.gz"):
        with suppress(OSError):
            (folder / name).unlink()


@transaction.atomic
def put_up_notice(notice_id: int, *, at: datetime) -> None:
    """Write the pages of a notice as it stands. Holding its row keeps a correction from committing in between."""
    locked = Notice.objects.select_for_update(no_key=True, of=("self",)).filter(pk=notice_id).first()
    if locked is None:
        return
    mark = due_mark(notice_id, at=at)
    notice = selectors.notices(locked.union).get(pk=notice_id)
    folder = folder_of(notice.union) / str(notice.pk)
    for version in notice.versions.all():
        version.notice = notice
        content = _marked(notice_html(notice, version, at=at, own=True), mark)
        _write(folder / f"v{version.version}" / "index.html", content)
    assert notice.in_force is not None  # a notice is written together with its first version
    _write(folder / "index.html", _marked(notice_html(notice, notice.in_force, at=at), mark))


def due_mark(notice_id: int, *, at: datetime) -> str:
    notice = selectors_notices.public_notices().get(pk=notice_id)
    together = selectors_notices.public_notices().filter(stage__campaign=notice.stage.campaign_id)
    return _marks(together, at=at)[notice_id]


def _marks(notices: Iterable[Notice], *, at: datetime) -> dict[int, str]:
    """What the files of each should be made of; whole campaigns, for their notices name one another."""
    notices = list(notices)
    gone, together = selectors_notices.anonymised(notices), defaultdict[int, list[int]](list)
    for notice in notices:
        together[notice.stage.campaign_id].append(notice.pk)
    return {
        notice.pk: selectors_notices.made_of(
            notice, rounds_out=together[notice.stage.campaign_id], gone=gone.get(notice.pk, 0), at=at
        )
        for notice in notices
    }


def put_up_union(union: Union, *, mark: str) -> None:
    """What a union's notices have in common: the feed, the colour, and the hosts under which they are found."""
    folder = folder_of(union)
    _write(folder / "brand.css", brand_css(union))
    _write(folder / "feed.xml", _marked(feed_xml(union), mark))
    for link in _left_over(union):
        link.unlink(missing_ok=True)
    for link, target in _links(union).items():
        _point(link, target)


def _links(union: Union) -> dict[Path, Path]:
    hosts = Path(settings.PUBLIC_DIR) / "hosts"
    home = folder_of(union).parent
    found = {hosts / (urlsplit(settings.SITE_URL).hostname or "localhost") / union.slug: home}
    if union.domain and _HOST.fullmatch(union.domain):
        found |= {hosts / union.domain / union.slug: home, hosts / union.domain / "notices": home / "notices"}
    return found


def _left_over(union: Union) -> list[Path]:
    """Links under a domain that the union has no more."""
    home, wanted = folder_of(union).parent, _links(union)
    links = (link for link in Path(settings.PUBLIC_DIR).glob("hosts/*/*") if link not in wanted)
    return [link for link in links if _leads(link, home) or _leads(link, home / "notices")]


# --- what beat finds ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """What has to be written: (union, notice) of pages, (union, mark) of what a union's notices have in common."""

    notices: list[tuple[int, int]]
    unions: list[tuple[int, str]]


def due(*, at: datetime) -> Due:
    """Whatever files do not say what the rows say now; a constant number of queries. The caller looks everywhere, by name."""
    notices = list(selectors_notices.public_notices())
    marks, found = _marks(notices, at=at), Due([], [])
    unions: dict[Union, list[str]] = defaultdict(list)
    for notice in notices:
        if not notice.union.active:
            take_down(notice)
            continue
        unions[notice.union].append(marks[notice.pk])
        folder = folder_of(notice.union) / str(notice.pk)
        pages = [folder / "index.html", *(folder / f"v{one.version}" / "index.html" for one in notice.versions.all())]
        if any(_mark_of(page) != marks[notice.pk] for page in pages):
            found.notices.append((notice.union_id, notice.pk))
    for union, made in unions.items():
        mark = selectors_notices.digest_of(made)
        if not _is_up(union, mark):
            found.unions.append((union.pk, mark))
    return found


def _is_up(union: Union, mark: str) -> bool:
    folder = folder_of(union)
    return (
        _mark_of(folder / "feed.xml") == mark
        and _read(folder / "brand.css") == brand_css(union)
        and all(_leads(link, target) for link, target in _links(union).items())
        and not _left_over(union)
    )


# --- files -------------------------------------------------------------------------------------------------------------


def _marked(content: bytes, mark: str) -> bytes:
    return content.rstrip() + f"\n<!-- made of {mark} -->\n".encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _mark_of(path: Path) -> str:
    found = _MARK.search(_read(path)[-120:])
    return found[1].decode() if found else ""


def _write(path: Path, content: bytes) -> None:
    """The file and its compressed twin, each replaced at once: a reader gets the old or the new, never half of one."""
    _folder(path.parent)
    for target, data in ((path, content), (path.with_name(f"{path.name}.gz"), gzip.compress(content, 9, mtime=0))):
        fresh = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
        fresh.write_bytes(data)
        fresh.chmod(0o644)
        fresh.replace(target)


def _folder(path: Path) -> None:
    """Readable by the web server, whatever umask the worker has."""
    path.mkdir(parents=True, exist_ok=True)
    for one in (path, *path.parents):
        if one.is_relative_to(settings.PUBLIC_DIR):
            one.chmod(0o755)


def _leads(link: Path, target: Path) -> bool:
    return link.is_symlink() and link.parent / link.readlink() == link.parent / _relative(link, target)


def _relative(link: Path, target: Path) -> Path:
    return Path(os.path.relpath(target, link.parent))


def _point(link: Path, target: Path) -> None:
    if _leads(link, target):
        return
    _folder(link.parent)
    fresh = link.with_name(f".{link.name}.{secrets.token_hex(6)}")
    fresh.symlink_to(_relative(link, target))
    fresh.replace(link)
