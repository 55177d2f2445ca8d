"""Putting names before the public (公示) and correcting what was put."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from campaigns.models import Campaign, Stage
from campaigns.rules.schema import PublicNoticeStage
from campaigns.selectors import calendar_of, stage_rule
from campaigns.workingdays import UnknownYear, period_end
from publicity import policies, selectors
from publicity.models import Notice, NoticeLine, NoticeVersion, Objection
from review.selectors import entrants
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
    stage = _lock(stage)
    policies.can_publish_notice(actor, stage, at=at).require()
    notice, created = Notice.objects.get_or_create(stage=stage, defaults={"union": stage.union, "created_at": at})
    if not created:
        raise Refused("公示已发布。需要改动时请“更正公示”：旧版本保留，新版本说明理由")
    return _add_version(notice, text, reason="", window=_window(stage, at), actor=actor, at=at)


@transaction.atomic
def correct_notice(notice: Notice, *, text: NoticeText, reason: str, actor: Member, at: datetime) -> NoticeVersion:
    """A new version that says what changed; the old one stays. The clock starts again when the rules say so."""
    stage = _lock(notice.stage)
    policies.can_correct_notice(actor, notice, at=at).require()
    if not reason.strip():
        raise Refused("请说明更正的内容和理由，它会随公示一并公开")
    last = notice.versions.latest("version")
    window = _window(stage, at) if _rule(stage).restart_on_amendment else (last.starts_on, last.ends_on)
    return _add_version(notice, text, reason=reason, window=window, actor=actor, at=at)


def _lock(stage: Stage) -> Stage:
    Campaign.objects.select_for_update().get(pk=stage.campaign_id)
    return Stage.objects.select_for_update().select_related("campaign", "union").get(pk=stage.pk)


def _rule(stage: Stage) -> PublicNoticeStage:
    rule = stage_rule(stage)
    assert isinstance(rule, PublicNoticeStage)
    return rule


def _window(stage: Stage, at: datetime) -> tuple[date, date]:
    """First and last counted day, both included, by the union's own calendar."""
    rule = _rule(stage)
    counted = partial(
        period_end,
        timezone.localdate(at),
        unit=rule.length.unit,
        calendar=calendar_of(stage.union),
        day_one=rule.day_one,
    )
    try:
        return counted(days=1), counted(days=rule.length.days)
    except UnknownYear as error:
        raise Refused(f"{error}。请先在“工作日历”中确认该年的工作日") from error


def _add_version(
    notice: Notice, text: NoticeText, *, reason: str, window: tuple[date, date], actor: Member, at: datetime
) -> NoticeVersion:
    if not (text.title.strip() and text.foreword.strip() and text.contact.strip()):
        raise Refused("标题、正文和异议受理方式都要填写")
    people = list(_candidates(notice))
    if not people:
        raise Refused("没有进入公示的人选，不能发布公示")
    last = notice.versions.last()
    columns = selectors.notice_columns(notice.stage)
    lines = [_line(application, columns, position) for position, application in enumerate(people, start=1)]
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
    version.sha256 = version_digest(version, [line.digest for line in lines])
    version.save(force_insert=True)
    for line in lines:
        line.version = version
    NoticeLine.objects.bulk_create(lines)
    audit.record(
        "notice.published" if last is None else "notice.corrected",
        version,
        actor=actor,
        at=at,
        after={"version": version.version, "sha256": version.sha256, "from": window[0], "to": window[1]},
        reason=reason,
    )
    return version


def _candidates(notice: Notice) -> list[Application]:
    """Who entered the stage, without those an upheld objection already keeps out."""
    excluded = Objection.objects.filter(notice=notice, excludes=True).values("application_id")
    return list(entrants(notice.stage).exclude(pk__in=excluded).select_related("person__key").order_by("number"))


def _line(application: Application, columns: list[selectors.Column], position: int) -> NoticeLine:
    key = application.person.key
    if key is None:
        raise Refused(f"受理编号{application.number}的个人信息已按规定删除，不能公示")
    shown = audit.canonical(selectors.notice_values(application, columns)).decode()
    return NoticeLine(
        union_id=application.union_id,
        application=application,
        position=position,
        sealed=vault.seal(key, shown),
        digest=vault.digest(key, shown),
    )


def version_digest(version: NoticeVersion, lines: list[str]) -> str:
    """What a version commits to: its words, its window and the salted digest of every line."""
    content = {
        "title": version.title,
        "foreword": version.foreword,
        "contact": version.contact,
        "columns": version.columns,
        "from": version.starts_on.isoformat(),
        "to": version.ends_on.isoformat(),
        "version": version.version,
        "reason": version.change_reason,
        "lines": lines,
    }
    return hashlib.sha256(audit.canonical(content)).hexdigest()
