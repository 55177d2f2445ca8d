"""Putting names before the public (公示) and correcting what was put."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from campaigns.models import Stage
from campaigns.workingdays import UnknownYear
from publicity import notify, policies, selectors
from publicity.models import Notice, NoticeLine, NoticeVersion
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


@transaction.atomic
def publish_notice(stage: Stage, *, text: NoticeText, actor: Member, at: datetime) -> NoticeVersion:
    """Put everybody who entered the stage before the public, for the days the rules give."""
    stage = lock_stage(stage)
    policies.can_publish_notice(actor, stage, at=at).require()
    if Notice.objects.filter(stage=stage).exists():
        raise Refused("公示已发布。需要改动时请“更正公示”：旧版本保留，新版本说明理由")
    people = selectors.candidates(stage)
    notice = Notice.objects.create(union=stage.union, stage=stage, created_at=at)
    return _add_version(notice, text, people, last=None, reason="", window=_window(stage, at), actor=actor, at=at)


@transaction.atomic
def correct_notice(notice: Notice, *, text: NoticeText, reason: str, actor: Member, at: datetime) -> NoticeVersion:
    """A new version that says what changed; the old one stays.

    The clock starts again when the rules say so, and always when a name is new: nobody passes a notice without having
    stood before the public for all of its days.
    """
    stage = lock_stage(notice.stage)
    notice = Notice.objects.get(pk=notice.pk)
    notice.stage = stage
    policies.can_correct_notice(actor, notice, at=at).require()
    if not reason.strip():
        raise Refused("请说明更正的内容和理由，它会随公示一并公开")
    last = notice.versions.latest("version")
    people = selectors.candidates(stage)
    window = _window(stage, at) if selectors.restarts(stage, last, people) else (last.starts_on, last.ends_on)
    return _add_version(notice, text, people, last=last, reason=reason, window=window, actor=actor, at=at)


def _window(stage: Stage, at: datetime) -> tuple[date, date]:
    try:
        return selectors.window(stage, timezone.localdate(at))
    except UnknownYear as unknown:
        raise Refused(selectors.unknown_year_words(unknown)) from unknown


def _add_version(
    notice: Notice,
    text: NoticeText,
    people: list[Application],
    *,
    last: NoticeVersion | None,
    reason: str,
    window: tuple[date, date],
    actor: Member,
    at: datetime,
) -> NoticeVersion:
    if not (text.title.strip() and text.foreword.strip() and text.contact.strip()):
        raise Refused("标题、正文和异议受理方式都要填写")
    if not people:
        raise Refused("没有进入公示的人选，不能发布公示")
    columns = selectors.notice_columns(notice.stage)
    version = NoticeVersion(
        union=notice.union,
        notice=notice,
        version=last.version + 1 if last else 1,
        title=text.title.strip(),
        foreword=text.foreword.strip(),
        contact=text.contact.strip(),
        columns=[{"id": column.id, "label": column.label} for column in columns],
        starts_on=window[0],
        ends_on=window[1],
        change_reason=reason.strip(),
        at=at,
        by=actor,
    )
    rows = selectors.notice_rows(notice.stage, people, columns)
    lines = [
        _line(version, application, row, position)
        for position, (application, row) in enumerate(zip(people, rows, strict=True), start=1)
    ]
    version.sha256 = selectors.version_digest(version, lines)
    version.save(force_insert=True)
    NoticeLine.objects.bulk_create(lines)
    audit.record(
        "notice.published" if last is None else "notice.corrected",
        version,
        actor=actor,
        at=at,
        after={"version": version.version, "sha256": version.sha256, "from": window[0], "to": window[1]},
        reason=reason.strip(),
        rows=lines,
    )
    notify.notice_published(version, at=at)
    return version


def _line(version: NoticeVersion, application: Application, row: list[str], position: int) -> NoticeLine:
    key = application.person.key
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
