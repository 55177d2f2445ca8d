"""The audit log: one entry a write, in the same transaction, chained per union.

The chain of a union is a lock of its own, taken last: services lock their rows first and record at the end, so that two of
them never wait for each other in a ring. Only messages are queued after it (see `unions.outbox.queueing`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from unions import chain
from unions.archive import tables
from unions.chain import GENESIS, canonical, commitment
from unions.models import AuditEntry, Member, Union

__all__ = [
    "GENESIS",
    "Change",
    "Verification",
    "canonical",
    "commitment",
    "content_of",
    "entry_digest",
    "hold",
    "record",
    "record_all",
    "verify",
]

_LOCK_SPACE = 0x6A78  # advisory locks of the audit chain


def content_of(entry: AuditEntry) -> dict[str, Any]:
    return {
        "union": entry.union_id,
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor_id,
        "action": entry.action,
        "object": [entry.object_type, entry.object_id],
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
        "previous": entry.previous,
        **({"rows": entry.rows} if entry.rows else {}),
    }


def entry_digest(entry: AuditEntry) -> str:
    return chain.entry_digest(content_of(entry))


def record(
    action: str,
    obj: models.Model,
    *,
    actor: Member,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    rows: Iterable[models.Model] = (),
) -> AuditEntry:
    """Append one entry to the chain of the actor's union. Call it last, inside the transaction of the write.

    `before`/`after` hold plain JSON values: ids, states, dates as text; `vault.digest` for personal values and
    `commitment` for sealed ones. Of `obj`, where it is only ever added, and of the other `rows` that the verb added the entry
    takes a digest.
    """
    return record_all(action, [(obj, before, after)], actor=actor, at=at, reason=reason, rows=rows)[0]


Change = tuple[models.Model, Mapping[str, Any] | None, Mapping[str, Any] | None]
"""A row that was written, and what it was before and after."""


def record_all(
    action: str,
    changes: Sequence[Change],
    *,
    actor: Member,
    at: datetime,
    reason: str = "",
    rows: Iterable[models.Model] = (),
) -> list[AuditEntry]:
    """The same for many rows that one verb wrote: an entry each, chained one by one, sent to the database together."""
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record outside a transaction would part the entry from its write")
    for obj, _before, _after in changes:
        owner = obj.pk if isinstance(obj, Union) else getattr(obj, "union_id", actor.union_id)
        if owner != actor.union_id:
            raise RuntimeError(f"{action}: an actor of union {actor.union_id} wrote a row of union {owner}")
    seq, previous = _last_held(actor.union_id)
    entries: list[AuditEntry] = []
    for obj, before, after in changes:
        seq += 1
        entry = AuditEntry(
            union_id=actor.union_id,
            seq=seq,
            at=at,
            actor=actor,
            action=action,
            object_type=obj._meta.label_lower,
            object_id=str(obj.pk),
            before=_plain(before),
            after=_plain(after),
            reason=reason,
            rows=tables.digests_of([obj, *(rows if not entries else ())]),
            previous=previous,
        )
        previous = entry.digest = entry_digest(entry)
        entries.append(entry)
    return AuditEntry.objects.bulk_create(entries)


_HOLD = "SELECT pg_advisory_xact_lock(%s, %s);"
_LAST = "SELECT seq, digest FROM unions_auditentry WHERE union_id = %s ORDER BY seq DESC LIMIT 1"


def _last_held(union_id: int) -> tuple[int, str]:
    """Number and digest of the last entry, which stays the last until the transaction ends.

    One trip with two statements: the second sees what was committed while the first waited.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD + _LAST, [_LOCK_SPACE, union_id, union_id])
        found: tuple[int, str] = cursor.fetchone() or (0, GENESIS)
    return found


def hold(union_id: int) -> None:
    """Take the union's chain until the transaction ends. For what locks topics of messages before it records: they come after."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [_LOCK_SPACE, union_id])


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """JSON types only, as the database will give them back, so that the digest can be computed again.

    Fractions become text: the database writes 1e16 as 10000000000000000, which would have another digest.
    """
    if values is None:
        return None
    plain: dict[str, Any] = json.loads(json.dumps(dict(values), default=str, allow_nan=False), parse_float=str)
    return plain


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at` is the number of the first entry that does not agree, or None."""

    union_id: int
    entries: int
    head: str
    broken_at: int | None = None
    problem: str = ""

    @property
    def verified(self) -> bool:
        return self.broken_at is None


def verify(union: Union) -> Verification:
    """Walk the chain of a union from the first entry and name the first broken row."""
    previous, expected = GENESIS, 1
    for entry in _entries(union):
        problem = ""
        if entry.seq != expected:
            problem = f"序号 {expected} 缺失"
        elif entry.previous != previous:
            problem = "与前一条记录不衔接"
        elif entry_digest(entry) != entry.digest:
            problem = "内容与摘要不符"
        if problem:
            return Verification(union.pk, expected - 1, previous, expected, problem)
        previous, expected = entry.digest, expected + 1
    return Verification(union.pk, expected - 1, previous)


def _entries(union: Union) -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(union=union).order_by("seq").iterator(chunk_size=2000)
