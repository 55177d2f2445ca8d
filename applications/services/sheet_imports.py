"""A sheet of people (汇总表) becomes drafts of a unit: looked at first, written only once an officer has confirmed it.

What is written is what a nomination and a first save would have written, for many at once: a person found again by the
identity number, values sealed under that person's key, an audit entry each. Done again it finds everybody there already.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Final

import tablib
from django.db import connection, transaction

from applications import answers as form
from applications import identity, policies, selectors
from applications.days import local_today
from applications.models import Application, Person, SheetImport, Source
from applications.people_sheet import (
    MAX_BYTES,
    Column,
    Known,
    Line,
    PeopleResource,
    Table,
    Verdict,
    columns,
    judge,
    read_table,
)
from applications.sealing import open_answers, plain_json, seal_answers
from applications.services.intake import note_twins, save_draft
from applications.services.persons import ID_LOCKS
from applications.states import LIVE, Came, ImportState, State
from campaigns.models import Campaign
from campaigns.rules.schema import Channel
from documents.models import Job
from documents.services import plain_name, queue_job
from unions import audit, vault
from unions.models import Member, PersonalKey, Unit
from unions.permits import Refused
from unions.policies import can_represent

READ: Final = "applications.read_people"
WRITE: Final = "applications.import_people"
SLICE: Final = 200
"""Rows a transaction: a worker that dies loses at most so many, and finds the others there already."""
SMALL_BYTES: Final = 100_000
SMALL_ROWS: Final = 300
"""What is read, or written, while the officer waits; anything larger is a job."""
ATTESTED: Final = "已告知被推荐人并取得同意"

Progress = Callable[[int], None]


# --- coming in -------------------------------------------------------------------------------------------------------


@transaction.atomic
def upload_people(
    campaign: Campaign, *, unit: Unit, content: bytes, name: str, actor: Member, at: datetime
) -> SheetImport:
    """Keep a sheet, sealed, for looking at. A large one is read by a worker; a small one the caller has read at once."""
    policies.can_import_people(actor, campaign, unit, at=at).require()
    if len(content) > MAX_BYTES:
        raise Refused(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆成几个文件导入")
    if not selectors.nomination_channels(actor, campaign):
        raise Refused("本次活动的规则没有规定由本单位这一类单位推荐，不能导入")
    if len(content) <= SMALL_BYTES:
        read_table(content, _columns(campaign, actor))  # what is no such sheet is said in place, and nothing is kept
    key = vault.new_key(campaign.union, at=at)
    row = SheetImport.objects.create(
        union=campaign.union,
        campaign=campaign,
        unit=unit,
        name=plain_name(name),
        key=key,
        sealed=vault.seal(key, base64.b64encode(content).decode()),
        at=at,
        by=actor,
    )
    if len(content) > SMALL_BYTES:
        row.job = queue_job(
            campaign.union,
            kind=READ,
            label=f"核对“{row.name}”",
            params={"import": row.pk},
            total=0,
            actor=actor,
            at=at,
        )
        row.save(update_fields=["job"])
    audit.record(
        "people.sheet_uploaded",
        row,
        actor=actor,
        at=at,
        after={"campaign": campaign.pk, "unit": unit.pk, "bytes": len(content)},
    )
    return row


def _columns(campaign: Campaign, actor: Member) -> tuple[Column, ...]:
    return columns(campaign.rules, _channels(campaign, actor))


def _channels(campaign: Campaign, actor: Member) -> list[Channel]:
    return selectors.nomination_channels(actor, campaign)


def table_of(row: SheetImport) -> Table:
    """The sheet as it was uploaded; refused once it has been forgotten."""
    try:
        content = base64.b64decode(vault.unseal(row.key, row.sealed))
    except vault.Unreadable:
        raise Refused("这个文件已经按规定删除，请重新上传") from None
    return read_table(content, _columns(row.campaign, row.by))


def verdicts_of(row: SheetImport) -> list[Verdict]:
    """What was found in it, row by row; nothing once it has been forgotten."""
    told = json.loads(vault.unseal(row.key, row.preview)) if row.preview else []
    return [Verdict(**{**one, "faults": tuple(map(tuple, one["faults"]))}) for one in told]


def read_people(row: SheetImport, *, actor: Member, at: datetime, progress: Progress | None = None) -> SheetImport:
    """Judge every row by the campaign's own form. Writes nothing but what it found."""
    table = table_of(row)
    found = judge(_resource(row, actor=row.by, at=at, progress=progress), table.data)
    with transaction.atomic():
        row = _locked(row)
        _require(row, ImportState.READING)
        row.state = ImportState.READ
        _keep(row, found, unknown=table.unknown)
        audit.record("people.sheet_read", row, actor=actor, at=at, after=row.counts)
    return row


def _keep(row: SheetImport, found: Sequence[Verdict], *, unknown: Sequence[str]) -> None:
    assert row.key is not None
    row.preview = vault.seal(row.key, json.dumps([asdict(one) for one in found], ensure_ascii=False))
    kinds = [one.kind for one in found]
    row.counts = {kind: kinds.count(kind) for kind in ("new", "update", "same", "wrong")} | {"unknown": list(unknown)}
    row.save(update_fields=["state", "preview", "counts"])


def _locked(row: SheetImport) -> SheetImport:
    rows = SheetImport.objects.select_for_update(of=("self",)).select_related(
        "campaign__union", "unit", "key", "by__unit", "by__user", "union"
    )
    return rows.get(pk=row.pk)


def _require(row: SheetImport, *states: ImportState) -> None:
    if row.state not in states:
        raise Refused(f"这次导入{row.get_state_display()}，不能重复办理")


def _resource(
    row: SheetImport,
    *,
    actor: Member,
    at: datetime,
    writer: Callable[[Line], None] | None = None,
    progress: Progress | None = None,
    lock: bool = False,
) -> PeopleResource:
    channels = _channels(row.campaign, actor)

    def look_up(indexes: Sequence[str]) -> Mapping[str, Known]:
        if lock:
            _lock_identities(indexes)
        return _known(row.campaign, row.unit, indexes)

    return PeopleResource(
        row.campaign.rules,
        columns(row.campaign.rules, channels),
        channels,
        today=local_today(at),
        index=lambda number: vault.blind_index(row.union, number),
        look_up=look_up,
        writer=writer,
        progress=progress,
    )


def _lock_identities(indexes: Iterable[str]) -> None:
    """Nobody else ties anything to these numbers until the transaction ends; always taken in one order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(number)) FROM unnest(%s::text[]) AS number",
            [ID_LOCKS, sorted(set(indexes))],
        )


def _known(campaign: Campaign, unit: Unit, indexes: Sequence[str]) -> dict[str, Known]:
    """What the union knows of the bearers of these numbers; two queries, however many they are."""
    known = {
        index: Known(person=pk, readable=key is not None)
        for pk, index, key in Person.objects.filter(union=campaign.union, id_index__in=set(indexes)).values_list(
            "pk", "id_index", "key"
        )
    }
    live = Application.objects.filter(campaign=campaign, state__in=LIVE, id_index__in=set(indexes))
    for one in live.select_related("person__key"):
        told = known.setdefault(one.id_index, Known())
        if one.unit_id != unit.pk or one.applicant_id is not None:
            told.elsewhere = True
            continue
        told.application, told.state = one.pk, f"{one.get_state_display()}"
        told.editable = one.state == State.DRAFT
        told.answers = open_answers(one.person.key, one.answers)
    return known


# --- confirming ------------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_people(
    row: SheetImport, *, picked: Sequence[int] | None, attested: bool, actor: Member, at: datetime
) -> SheetImport:
    """The officer has seen what would happen and wants it: of every good row, or of those `picked` by their number.

    Many are written by a worker; few the caller has written at once.
    """
    row = _locked(row)
    policies.can_import_people(actor, row.campaign, row.unit, at=at).require()
    _require(row, ImportState.READ)
    if not attested:
        raise Refused("请先确认：已向所列人员说明个人信息的用途，并取得其同意")
    good = {one.line for one in verdicts_of(row) if one.kind in {"new", "update"}}
    chosen = good if picked is None else good & set(picked)
    if not chosen:
        raise Refused("没有可以导入的行：请勾选没有问题的行，或改好表格后重新上传")
    row.state, row.confirmed_at, row.picked = ImportState.WRITING, at, sorted(chosen)
    if len(chosen) > SMALL_ROWS:
        row.job = queue_job(
            row.union,
            kind=WRITE,
            label=f"导入“{row.name}”",
            params={"import": row.pk},
            total=0,
            actor=actor,
            at=at,
        )
    row.save(update_fields=["state", "confirmed_at", "picked", "job"])
    audit.record(
        "people.sheet_confirmed", row, actor=actor, at=at, after={"rows": len(chosen), **row.counts}, reason=ATTESTED
    )
    return row


def write_people(row: SheetImport, *, actor: Member, at: datetime, progress: Progress | None = None) -> SheetImport:
    """Write the confirmed rows, a slice a transaction, each judged once more under the locks it is written under."""
    _require(row, ImportState.WRITING)
    policies.can_import_people(actor, row.campaign, row.unit, at=at).require()
    table = table_of(row)
    wanted = set(row.picked or ())
    rows = [line for line in table.data if line[0] in wanted]
    found: dict[int, Verdict] = {}
    for start in range(0, len(rows), SLICE):
        found |= {one.line: one for one in _write_slice(row, rows[start : start + SLICE], table, actor=actor, at=at)}
        if progress is not None:
            progress(len(found))
    with transaction.atomic():
        row = _locked(row)
        _require(row, ImportState.WRITING)
        row.state = ImportState.DONE
        unknown = row.counts.get("unknown", [])
        left = [one for one in verdicts_of(row) if one.line in found or one.kind in {"wrong", "same"}]
        _keep(row, [found.get(one.line, one) for one in left], unknown=unknown)
        audit.record("people.sheet_imported", row, actor=actor, at=at, after=row.counts)
    return row


def _write_slice(
    row: SheetImport, rows: Sequence[tuple[object, ...]], table: Table, *, actor: Member, at: datetime
) -> list[Verdict]:
    """New people together; whoever is there already is saved one by one afterwards, as the form saves."""
    lines: list[Line] = []
    with transaction.atomic():
        resource = _resource(row, actor=actor, at=at, writer=lines.append, lock=True)
        told = judge(resource, tablib.Dataset(*rows, headers=table.data.headers), dry_run=False)
        new = [line for line in lines if line.known.application is None]
        if new:
            _nominate_all(row, new, actor=actor, at=at)
    refused = {line.line: _save(line, actor=actor, at=at) for line in lines if line.known.application is not None}
    return [
        replace(one, kind="wrong", faults=(("这一行", refused[one.line]),)) if refused.get(one.line) else one
        for one in told
    ]


def _save(line: Line, *, actor: Member, at: datetime) -> str:
    """The changed cells into a draft that is there already; why not, where it went on in the meantime."""
    assert line.known.application is not None
    application = Application.objects.get(pk=line.known.application)
    try:
        save_draft(application, answers=line.changed, revision=application.revision, actor=actor, at=at)
    except Refused as refusal:
        return str(refusal)
    return ""


def _nominate_all(row: SheetImport, lines: Sequence[Line], *, actor: Member, at: datetime) -> list[Application]:
    """The caller holds the locks of the numbers, under which it found that none of these people applies yet."""
    campaign, rules = row.campaign, row.campaign.rules
    people = _people(row, lines, at=at)
    made = []
    for line, (person, key) in zip(lines, people, strict=True):
        shown = dict(form.listed_values(rules, line.answers))
        made.append(
            Application(
                union=row.union,
                campaign=campaign,
                person=person,
                filled_by=actor,
                nominated_by=actor,
                channel=line.channel,
                unit=row.unit,
                name=str(line)[:60],
                employer=shown.get("employer", "")[:120],
                trade=shown.get("trade", "")[:60],
                answers=seal_answers(rules, key, line.answers),
                revision=1,
                touched=dict.fromkeys(line.answers, 1),
                id_index=line.index,
                created_at=at,
                saved_at=at,
            )
        )
    Application.objects.bulk_create(made)
    Source.objects.bulk_create(
        Source(union=row.union, application=one, kind=Came.UNIT, channel=one.channel, unit=row.unit, at=at, by=actor)
        for one in made
    )
    audit.record_all(
        "application.imported",
        [
            (
                one,
                None,
                {
                    "campaign": campaign.pk,
                    "channel": one.channel,
                    "unit": row.unit_id,
                    "state": State.DRAFT,
                    "sheet": row.pk,
                    "revision": 1,
                    "answers": vault.digest(key, plain_json(line.answers)),
                },
            )
            for one, line, (_, key) in zip(made, lines, people, strict=True)
        ],
        actor=actor,
        at=at,
        reason=ATTESTED,
    )
    for one, line in zip(made, lines, strict=True):
        if line.known.elsewhere:
            note_twins(one, actor=actor, at=at)
    return made


def _people(row: SheetImport, lines: Sequence[Line], *, at: datetime) -> list[tuple[Person, PersonalKey]]:
    """Each line's person and their key: found by the number, or made.

    Whoever stands in the campaign by another way too gets a record apart, as everywhere: the number is on the application.
    """
    found = {
        one.id_index: one
        for one in Person.objects.filter(
            union=row.union, id_index__in=[one.index for one in lines if one.known.person and not one.known.elsewhere]
        ).select_related("key")
    }
    fresh = [line for line in lines if line.index not in found]
    keys = vault.new_keys(row.union, len(fresh), at=at)
    made = []
    for line, key in zip(fresh, keys, strict=True):
        number = _number(row, line)
        made.append(
            Person(
                union=row.union,
                key=key,
                name=str(line)[:60],
                id_sealed=vault.seal(key, number),
                id_masked=identity.masked(number),
                id_index="" if line.known.elsewhere else line.index,
                created_at=at,
            )
        )
    Person.objects.bulk_create(made)
    found |= {line.index: one for line, one in zip(fresh, made, strict=True)}
    pairs = [(found[line.index], found[line.index].key) for line in lines]
    return [(person, key) for person, key in pairs if key is not None]


def _number(row: SheetImport, line: Line) -> str:
    known = form.identity_of(row.campaign.rules, line.answers)
    assert known is not None  # a line without one is no good line
    return known.number


# --- leaving ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def drop_people(row: SheetImport, *, actor: Member, at: datetime) -> SheetImport:
    """Give an import up before it is confirmed; what was uploaded is forgotten at once."""
    row = _locked(row)
    can_represent(actor, row.unit).require()
    _require(row, ImportState.READING, ImportState.READ)
    row.state = ImportState.DROPPED
    forget_sheet(row)
    audit.record("people.sheet_dropped", row, actor=actor, at=at)
    return row


def forget_sheet(row: SheetImport) -> None:
    """Nobody can read the file or what was found in it any more; how many rows there were stays."""
    key, row.key, row.sealed, row.preview = row.key, None, "", ""
    row.save(update_fields=["state", "key", "sealed", "preview"])
    assert key is not None  # whose sheet was forgotten is neither dropped nor forgotten again
    key.delete()


def import_of(job: Job) -> SheetImport:
    return SheetImport.objects.select_related("campaign__union", "unit", "key", "by__unit", "by__user", "union").get(
        union=job.union, pk=job.params["import"]
    )
