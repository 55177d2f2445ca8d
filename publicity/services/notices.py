"""Putting names before the public (公示) and correcting what was put."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from campaigns.models import Stage
from campaigns.workingdays import UnknownYear
from publicity import notify, policies, selectors
from publicity.models import Notice, NoticeLine, NoticeVersion
from publicity.services.notice_drafts import settle_draft
from publicity.services.pages import renew_pages
from review.services.stages import lock_stage
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What an officer writes; the names come from the stage."""

    title: str
    foreword: str
    contact: str


@dataclass(frozen=True, slots=True)
class DrawnUp:
    """A version as it would be published at that moment: what an officer confirms. Nothing of it is kept yet.

    Its digest stands for everything shown: the words, the names in their order, the days.
    """

    version: NoticeVersion
    lines: list[NoticeLine]
    rows: list[list[str]]
    restarts: bool


SEEN: Final = "文字、名单或公示期在您预览之后有变化，没有发布。请再看一遍预览，确认后发布"


@transaction.atomic
def publish_notice(stage: Stage, *, text: NoticeText, actor: Member, at: datetime, seen: str = "") -> NoticeVersion:
    """Put everybody who entered the stage before the public, for the days the rules give.

    `seen` is the digest of the preview that was confirmed; what became something else since is not published.
    """
    stage = lock_stage(stage)
    policies.can_publish_notice(actor, stage, at=at).require()
    if Notice.objects.filter(stage=stage).exists():
        raise Refused("公示已发布。需要改动时请“更正公示”：旧版本保留，新版本说明理由")
    drawn = draw_up(Notice(union=stage.union, stage=stage), text=text, at=at)
    _require_seen(drawn, seen)
    drawn.version.notice = Notice.objects.create(union=stage.union, stage=stage, created_at=at)
    return _publish(drawn, actor=actor, at=at)


@transaction.atomic
def correct_notice(
    notice: Notice, *, text: NoticeText, reason: str, actor: Member, at: datetime, seen: str = ""
) -> NoticeVersion:
    """A new version that says what changed; the old one stays.

    The clock starts again when the rules say so, and always when a name is new: nobody passes a notice without having
    stood before the public for all of its days.
    """
    stage = lock_stage(notice.stage)
    notice = Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    notice.stage = stage
    policies.can_correct_notice(actor, notice, at=at).require()
    if not reason.strip():
        raise Refused("请说明更正的内容和理由，它会随公示一并公开")
    drawn = draw_up(notice, text=text, reason=reason, at=at)
    _require_seen(drawn, seen)
    return _publish(drawn, actor=actor, at=at)


def draw_up(notice: Notice, *, text: NoticeText, reason: str = "", at: datetime) -> DrawnUp:
    """The next version of a notice, or the first of one that is not there yet. Writes nothing; refuses what no notice may say."""
    stage = notice.stage
    if not (text.title.strip() and text.foreword.strip() and text.contact.strip()):
        raise Refused("标题、正文和异议受理方式都要填写")
    _require_no_numbers(text, reason)
    people = selectors.candidates(stage)
    if not people:
        raise Refused("没有进入公示的人选，不能发布公示")
    last = notice.versions.latest("version") if notice.pk else None
    restarts = last is None or selectors.restarts(stage, last, people)
    starts_on, ends_on = _window(stage, at) if last is None or restarts else (last.starts_on, last.ends_on)
    columns = selectors.notice_columns(stage)
    version = NoticeVersion(
        union=stage.union,
        notice=notice,
        version=last.version + 1 if last else 1,
        title=text.title.strip(),
        foreword=text.foreword.strip(),
        contact=text.contact.strip(),
        columns=[{"id": column.id, "label": column.label} for column in columns],
        starts_on=starts_on,
        ends_on=ends_on,
        change_reason=reason.strip(),
        at=at,
    )
    rows = selectors.notice_rows(stage, people, columns)
    lines = [
        _line(version, application, row, position)
        for position, (application, row) in enumerate(zip(people, rows, strict=True), start=1)
    ]
    version.sha256 = selectors.version_digest(version, lines)
    return DrawnUp(version, lines, rows, restarts)


def _require_no_numbers(text: NoticeText, reason: str) -> None:
    """The office's own words are held to what the columns are held to; a telephone may stand under how to object."""
    words = f"{text.title}\n{text.foreword}\n{reason}"
    if selectors.without_numbers(words) != words:
        raise Refused("标题、正文或更正说明里有身份证号码或手机号码，公示中不能出现，请删去后再发布")
    if selectors.without_id_numbers(text.contact) != text.contact:
        raise Refused("异议受理方式里有身份证号码，公示中不能出现，请删去后再发布")


def _require_seen(drawn: DrawnUp, seen: str) -> None:
    if seen and drawn.version.sha256 != seen:
        raise Refused(SEEN)


def _window(stage: Stage, at: datetime) -> tuple[date, date]:
    try:
        return selectors.window(stage, timezone.localdate(at))
    except UnknownYear as unknown:
        raise Refused(selectors.unknown_year_words(unknown)) from unknown


def _publish(drawn: DrawnUp, *, actor: Member, at: datetime) -> NoticeVersion:
    version, reason = drawn.version, drawn.version.change_reason
    version.by = actor
    version.save(force_insert=True)
    for line in drawn.lines:
        line.version = version
    NoticeLine.objects.bulk_create(drawn.lines)
    settle_draft(version, actor=actor, at=at)
    audit.record(
        "notice.published" if version.version == 1 else "notice.corrected",
        version,
        actor=actor,
        at=at,
        after={
            "version": version.version,
            "sha256": version.sha256,
            "from": version.starts_on,
            "to": version.ends_on,
        },
        reason=reason,
        rows=drawn.lines,
    )
    notify.notice_published(version, at=at)
    renew_pages(version.notice)
    return version


def _line(version: NoticeVersion, application: Application, row: list[str], position: int) -> NoticeLine:
    key = application.open_key
    if key is None:
        raise Refused(f"受理编号{application.number}的个人信息已按规定删除，不能公示")
    shown = audit.canonical(row).decode()
    return NoticeLine(
        union_id=application.union_id,
        version=version,
        application=application,
        position=position,
        sealed=vault.seal(key, shown),
        digest=vault.digest(key, shown),
    )
