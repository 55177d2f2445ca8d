"""The finished pages of published notices, for the web server to hand out without asking the application.

A page that no longer holds is taken down before the change commits, so that whoever asks meanwhile is answered by the
application (the web server keeps a file that it opened for a second); the worker puts the new one up after the commit. Whatever was lost on the way, and whatever time or a
setting changed, beat finds by the digest at the end of each file.

    PUBLIC_DIR/pages/<union>/notices/<id>/index.html, …/<id>/v<version>/index.html, …/feed.xml, …/brand.css
    PUBLIC_DIR/hosts/<host>/<union> and, on a union's own domain, hosts/<host>/notices: links into pages

Nothing in them depends on who reads: no session, no token, no nonce.
"""

import gzip
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
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

_MARK: Final = re.compile(rb"<!-- made of ([0-9a-f]{64}) -->\s*$")


def folder_of(union: Union) -> Path:
    return Path(settings.PUBLIC_DIR) / "pages" / union.slug / "notices"


# --- taking down and putting up ----------------------------------------------------------------------------------------


def renew_pages(notice: Notice) -> None:
    """At the end of a verb that changes what a notice shows: the old pages go now, the new ones come with the commit."""
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
    siblings = Notice.objects.filter(stage__campaign=notice.stage.campaign_id).order_by("pk")
    return selectors_notices.made_of(notice, rounds_out=list(siblings.values_list("pk", flat=True)), at=at)


def put_up_union(union: Union, *, mark: str) -> None:
    """What a union's notices have in common: the feed, the colour, and the hosts under which they are found."""
    folder = folder_of(union)
    _write(folder / "brand.css", brand_css(union))
    _write(folder / "feed.xml", _marked(feed_xml(union), mark))
    for link, target in _links(union):
        _point(link, target)


def _links(union: Union) -> Iterator[tuple[Path, Path]]:
    hosts = Path(settings.PUBLIC_DIR) / "hosts"
    home = folder_of(union).parent
    yield hosts / (urlsplit(settings.SITE_URL).hostname or "localhost") / union.slug, home
    if union.domain:
        yield hosts / union.domain / union.slug, home
        yield hosts / union.domain / "notices", home / "notices"


# --- what beat finds ---------------------------------------------------------------------------------------------------


def due_notices(*, at: datetime) -> list[tuple[int, int]]:
    """(union, notice) of every notice whose files do not say what the rows say now. The caller looks everywhere, by name."""
    notices = list(selectors_notices.public_notices())
    together: dict[int, list[int]] = {}
    for notice in notices:
        together.setdefault(notice.stage.campaign_id, []).append(notice.pk)
    found = []
    for notice in notices:
        mark = selectors_notices.made_of(notice, rounds_out=together[notice.stage.campaign_id], at=at)
        folder = folder_of(notice.union) / str(notice.pk)
        pages = [folder / "index.html", *(folder / f"v{one.version}" / "index.html" for one in notice.versions.all())]
        if not notice.union.active:
            take_down(notice)
        elif any(_mark_of(page) != mark for page in pages):
            found.append((notice.union_id, notice.pk))
    return found


def due_unions(*, at: datetime) -> list[tuple[int, str]]:
    """(union, mark) of every union with notices whose feed, colour or links are not as they should be."""
    marks: dict[int, list[str]] = {}
    unions: dict[int, Union] = {}
    for notice in selectors_notices.public_notices().filter(union__active=True):
        unions[notice.union_id] = notice.union
        marks.setdefault(notice.union_id, []).append(selectors_notices.made_of(notice, rounds_out=(), at=at))
    return [
        (union.pk, mark)
        for union in unions.values()
        if not _is_up(union, mark := selectors_notices.digest_of(marks[union.pk]))
    ]


def _is_up(union: Union, mark: str) -> bool:
    folder = folder_of(union)
    return (
        _mark_of(folder / "feed.xml") == mark
        and _read(folder / "brand.css") == brand_css(union)
        and all(_leads(link, target) for link, target in _links(union))
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
