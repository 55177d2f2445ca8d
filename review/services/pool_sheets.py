"""Experts of a union as a sheet (专家导入): uploaded and sealed, shown row by row, written once somebody confirmed it."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from applications.people_sheet import MAX_BYTES, Table, Verdict, read_table
from review import policies, pool_sheet
from review.models import Expert
from review.models_pool import PoolSheet
from review.pool_sheet import NO, YES, Known, Line
from review.services import pool
from review.services.enrolling import enter_expert
from unions import audit, vault
from unions.models import Member, Union, Unit
from unions.permits import Refused
from unions.states import Role

_OWN: Final = ("field", "kind", "employer", "title", "credit_code")
"""Columns that are columns of the entry itself."""


@transaction.atomic
def upload_pool(union: Union, *, content: bytes, name: str, actor: Member, at: datetime) -> PoolSheet:
    """Take a sheet in and say at once if it is none; the file is sealed until somebody has said what is to become of it."""
    policies.can_enrol_expert(actor, union, at=at).require()
    if len(content) > MAX_BYTES:
        raise Refused("文件超过 10 MB，请只保留专家表再上传")
    table = read_table(content, pool_sheet.COLUMNS)
    if len(table.data) > pool_sheet.MAX_ROWS:
        raise Refused(f"一次最多导入 {pool_sheet.MAX_ROWS} 行，请拆成几个文件导入")
    key = vault.new_key(union, at=at)
    sealed = vault.seal(key, base64.b64encode(content).decode())
    row = PoolSheet.objects.create(union=union, name=name[:120], key=key, sealed=sealed, at=at, by=actor)
    audit.record("experts.sheet_uploaded", row, actor=actor, at=at, after={"rows": len(table.data)})
    return row


def table_of(row: PoolSheet) -> Table:
    try:
        content = base64.b64decode(vault.unseal(row.key, row.sealed))
    except vault.Unreadable:
        raise Refused("这个文件已经处理完毕并删除，需要时请重新上传") from None
    return read_table(content, pool_sheet.COLUMNS)


def preview(row: PoolSheet) -> tuple[list[Verdict], tuple[str, ...]]:
    """What would become of every row, and headings that nobody knows; judged now, so that it is never out of date."""
    table = table_of(row)
    return pool_sheet.judge(_resource(row.union, table), table.data), table.unknown


def _resource(union: Union, table: Table, lines: list[Line] | None = None) -> pool_sheet.PoolResource:
    units = {unit.name: unit.pk for unit in Unit.objects.for_union(union).active()}
    return pool_sheet.PoolResource(
        _known(union), units, headers=table.data.headers, writer=lines.append if lines is not None else None
    )


def _known(union: Union) -> dict[str, Known]:
    """Everybody of the union who signs in by phone; a constant number of queries."""
    members = Member.objects.for_union(union).people().filter(user__phone__gt="").select_related("user")
    experts = {row.member_id: row for row in Expert.objects.filter(union=union).select_related("unit", "contact__key")}
    found = {}
    for member in members:
        assert member.user is not None
        barred = ""
        if not member.active:
            barred = "此人的成员资格已停用。请先请工会管理员恢复"
        elif member.role != Role.EXPERT:
            barred = f"此人是本工会的{member.get_role_display()}，不能同时担任评审专家"
        expert = experts.get(member.pk)
        if expert is not None and not expert.active:
            barred = "此人已退出专家库。要重新入库，请在专家库里办理"
        values = _values(expert, member.user.phone or "") if expert else None
        found[member.user.phone or ""] = Known(member.pk, member.user.name, barred, values)
    return found


def _values(expert: Expert, phone: str) -> dict[str, str]:
    contact = pool.opened(getattr(expert, "contact", None))
    return {
        **{key: getattr(expert, key) for key in _OWN},
        "unit": expert.unit.name if expert.unit else "",
        "address": contact.address,
        "phone": contact.phone or phone,
        "in_draws": YES if expert.in_draws else NO,
    }


def _lock(row: PoolSheet) -> PoolSheet:
    rows = PoolSheet.objects.select_for_update(of=("self",)).select_related("union", "key")
    locked = rows.get(pk=row.pk)
    if locked.ended_at is not None:
        raise Refused("这次导入已经办完，不能重复办理")
    return locked


@transaction.atomic
def import_pool(row: PoolSheet, *, actor: Member, at: datetime) -> list[Verdict]:
    """Write every good row through the verbs of the pool; what is wrong is left out and told."""
    row = _lock(row)
    policies.can_enrol_expert(actor, row.union, at=at).require()
    table, lines = table_of(row), list[Line]()
    verdicts = pool_sheet.judge(_resource(row.union, table, lines), table.data, dry_run=False)
    if not lines:
        raise Refused("没有可以导入的行：请改好表格后重新上传")
    _write(row.union, lines, actor=actor, at=at)
    kinds = [one.kind for one in verdicts]
    counts = {kind: kinds.count(kind) for kind in ("new", "update", "same", "wrong")}
    _forget(row, at)
    audit.record("experts.sheet_imported", row, actor=actor, at=at, after=counts)
    return verdicts


def _write(union: Union, lines: Sequence[Line], *, actor: Member, at: datetime) -> None:
    members = Member.objects.select_related("union", "user").in_bulk(
        [line.known.member for line in lines if line.known]
    )
    units = {unit.name: unit for unit in Unit.objects.for_union(union).active()}
    for line in lines:
        assert line.known is not None  # a row of nobody is no good row
        told = {"in_draws": YES, "phone": line.values["phone"], **(line.known.values or {}), **line.changed}
        enter_expert(
            members[line.known.member],
            contact=pool.Contact(told["phone"], told.get("address", "")),
            **{key: told.get(key, "") for key in _OWN},
            unit=units.get(told.get("unit", "")),
            in_draws=told["in_draws"] == YES,
            actor=actor,
            at=at,
        )


@transaction.atomic
def drop_pool(row: PoolSheet, *, actor: Member, at: datetime) -> PoolSheet:
    row = _lock(row)
    policies.can_enrol_expert(actor, row.union, at=at).require()
    _forget(row, at)
    audit.record("experts.sheet_dropped", row, actor=actor, at=at)
    return row


def _forget(row: PoolSheet, at: datetime) -> None:
    """The file can be read by nobody any more."""
    key, row.key, row.sealed, row.ended_at = row.key, None, "", at
    row.save(update_fields=["key", "sealed", "ended_at"])
    assert key is not None  # what was forgotten is not ended again
    key.delete()
