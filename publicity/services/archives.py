"""The archive of a campaign (活动档案): read in one moment, vouched for by the log, the same bytes whenever it is made again."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.models import Campaign
from documents.models import Job
from documents.services import queue_job
from documents.states import UNFINISHED
from publicity import policies
from publicity.states import ARCHIVE
from unions import audit
from unions.archive import layout, tables
from unions.archive.layout import Row
from unions.chain import sha256_of
from unions.models import AuditEntry, Member

STEPS: Final = 3
"""Read, sealed, packed."""
Progress = Callable[[int, int], None]
_README: Final = """本文件是一次认定（选树）活动的档案。

tables/          每个表一个文件，每行一条记录（JSON），按编号排列
log.jsonl        工会的审计记录：本活动的逐条完整，其他活动的只留摘要，以便整条摘要链仍可校验
digests.json     每一行、每一项的摘要
manifest.json    每个文件的 SHA-256

个人信息以密文保存，没有密钥不能读出；申报人和专家的姓名、证件号码、联系方式不在其中，以编号表示。
会议纪要照录记录人和领导小组成员的工作单位，抽取名单照录专家的领域、类别和工作单位，否则其摘要无法重算。
不需要数据库即可校验：manage.py verify_archive 文件
"""


def _quiet(_done: int, _total: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Made:
    """An archive, whole: its bytes, their digest, and the entry that vouches for it."""

    content: bytes
    sha256: str
    head: str


@contextmanager
def _one_moment() -> Iterator[None]:
    """Every table as it was at the same moment, while others go on writing."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def archive_campaign(campaign: Campaign, *, actor: Member, at: datetime, progress: Progress = _quiet) -> Made:
    """Make the archive. What is still sealed is left out, and said to be.

    The log takes the digest of every part, so that the archive proves itself. Made again while nothing happened in the campaign,
    it rests on the same entry and is the same to the byte.
    """
    campaign = Campaign.objects.select_related("union").get(pk=campaign.pk)
    policies.can_archive(actor, campaign).require()
    progress(0, STEPS)
    with _one_moment():
        # no word of progress in here: what reads the moment may write nothing
        members = _members(campaign)
        about = _about(campaign)
        log = _log(campaign)
    progress(1, STEPS)
    through, seen = len(log), layout.sealed_digests(members)
    told = layout.told(entry for entry in log if "action" in entry)
    root = sha256_of({"members": seen, "told": told, "about": about})
    seal = _seal(campaign, root).first()
    if seal is None:
        seal = _record(
            campaign,
            {
                "root": root,
                "about": about,
                "members": seen,
                "through": through,
                "told": told,
                "links": layout.links(log, through),
            },
            actor=actor,
            at=at,
        )
    else:
        # what was told since says nothing new, and the archive ends where it ended the first time
        _record_again(campaign, seal, actor=actor, at=at)
    progress(2, STEPS)
    members[layout.LOG] = b"".join(map(layout.line, _ended(campaign, log, seal)))
    members[layout.MANIFEST] = layout.manifest(about, members)
    target = BytesIO()
    layout.write(target, layout.ordered(members))
    content = target.getvalue()
    return Made(content, hashlib.sha256(content).hexdigest(), f"{seal.seq}:{seal.digest}")


def _members(campaign: Campaign) -> dict[str, bytes]:
    members = {layout.README: _README.encode()}
    digests: dict[str, dict[str, list[str]]] = {}
    for name, rows in tables.contents():
        lines, digests[name] = [], {}
        for row in rows(campaign.pk):
            lines.append(layout.line(row))
            # as it will be read again
            digests[name][str(row["id"])] = layout.row_digests(json.loads(lines[-1]))
        members[layout.member_of(name)] = b"".join(lines)
    members[layout.DIGESTS] = layout.line(digests)
    return members


def _about(campaign: Campaign) -> dict[str, Any]:
    left_out = [table.left_out(campaign.pk) for table in tables.tables()]
    return {
        "union": campaign.union.name,
        "union_id": campaign.union_id,
        "campaign": campaign.pk,
        "slug": campaign.slug,
        "title": campaign.title,
        "rules_sha256": campaign.rules_sha256,
        "left_out": sorted(filter(None, left_out)),
    }


def _log(campaign: Campaign) -> list[Row]:
    """The whole chain of the union: the campaign's entries in full, of the others their links."""
    own = {(table.name, id_) for table in tables.tables() for id_ in table.ids(campaign.pk)}
    entries = AuditEntry.objects.filter(union=campaign.union_id).order_by("seq")
    return [
        _whole(entry) if (entry.object_type, entry.object_id) in own else {"seq": entry.seq, "digest": entry.digest}
        for entry in entries.iterator(chunk_size=2000)
    ]


def _whole(entry: AuditEntry) -> Row:
    content = audit.content_of(entry)
    del content["union"]
    return {**content, "digest": entry.digest}


def _seal(campaign: Campaign, root: str) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        union=campaign.union_id,
        object_type="campaigns.campaign",
        object_id=str(campaign.pk),
        action=layout.SEAL,
        after__root=root,
    ).order_by("seq")


@transaction.atomic
def _record(campaign: Campaign, after: dict[str, Any], *, actor: Member, at: datetime) -> AuditEntry:
    audit.hold(campaign.union_id)
    # two who made the same archive at once made one
    return _seal(campaign, after["root"]).first() or audit.record(
        "campaign.archived", campaign, actor=actor, at=at, after=after
    )


@transaction.atomic
def _record_again(campaign: Campaign, seal: AuditEntry, *, actor: Member, at: datetime) -> None:
    audit.record("campaign.archive_repeated", campaign, actor=actor, at=at, after={"entry": seal.seq})


def _ended(campaign: Campaign, log: list[Row], seal: AuditEntry) -> Iterator[Row]:
    """The log up to the entry that seals it; what came between reading and sealing is there as links only."""
    through = (seal.after or {})["through"]
    yield from (entry for entry in log if entry["seq"] <= through)
    between = AuditEntry.objects.filter(union=campaign.union_id, seq__gt=through, seq__lt=seal.seq).order_by("seq")
    yield from ({"seq": seq, "digest": digest} for seq, digest in between.values_list("seq", "digest"))
    yield _whole(seal)


@transaction.atomic
def queue_archive(campaign: Campaign, *, actor: Member, at: datetime) -> Job:
    """Have a worker make the archive. A second click finds the first one's job."""
    campaign = Campaign.objects.select_for_update().select_related("union").get(pk=campaign.pk)
    policies.can_archive(actor, campaign).require()
    running = Job.objects.filter(
        union=campaign.union, kind=ARCHIVE, params__campaign=campaign.pk, state__in=UNFINISHED
    ).first()
    if running is not None:
        return running
    return queue_job(
        campaign.union,
        kind=ARCHIVE,
        label=f"{campaign.title}档案",
        params={"campaign": campaign.pk},
        total=1,
        actor=actor,
        at=at,
    )


@transaction.atomic
def note_downloaded(job: Job, *, actor: Member, at: datetime) -> None:
    """Put on record who took an archive away."""
    campaign = Campaign.objects.for_union(job.union).get(pk=job.params["campaign"])
    policies.can_fetch_archive(actor, campaign).require()
    audit.record("campaign.archive_downloaded", campaign, actor=actor, at=at, after={"job": str(job.pk)})
