"""What goes into an archive: every app names its tables, one line each.

A table is archived with all its fields. What names a person in clear is left out (`leave`) or stands as its digest
(`digest`); sealed values stand as they are, for without their keys they tell nothing.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from unions.archive.layout import Row
from unions.chain import canonical, row_digest
from unions.models import AppendOnly, UnionScoped

Path = str | Callable[[int], models.Q]
"""From a row to its campaign as a filter would; or a campaign's id → which rows are its own, where no one way leads there."""
Rows = Callable[[int], Iterable[Row]]
"""A campaign's id → rows with an `id`."""


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of row. `said` tells what was left out where something was: a row that `only` does not let in yet, or of an
    `unread` row a secret that nobody has opened.
    """

    model: type[UnionScoped]
    path: Path
    leave: frozenset[str] = frozenset()
    digest: frozenset[str] = frozenset()
    plus: Mapping[str, str] = field(default_factory=dict)
    only: models.Q | None = None
    said: str = ""
    unread: models.Q | None = None
    logged_only: bool = False
    once: frozenset[str] = frozenset()
    """Of rows that change: the fields that are given once, and that the log takes the digest of."""

    @property
    def taken(self) -> bool:
        """Whether the log takes digests of its rows."""
        return not self.logged_only and (bool(self.once) or issubclass(self.model, AppendOnly))

    def own(self, row: Row) -> Row:
        """Of an archived row what the log's digest is over: nothing that was looked up elsewhere or came later."""
        return {
            key: value for key, value in row.items() if key not in self.plus and (not self.once or key in self.once)
        }

    @property
    def name(self) -> str:
        return str(self.model._meta.label_lower)

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)

    def all_rows(self, campaign: int) -> "models.QuerySet[Any]":
        manager = self.model._base_manager  # noqa: SLF001 - some models call theirs otherwise
        own = models.Q(**{self.path: campaign}) if isinstance(self.path, str) else self.path(campaign)
        return manager.filter(own).order_by("pk")

    def _fields(self) -> "list[models.Field[Any, Any]]":
        return [one for one in self.model._meta.concrete_fields if one.name not in {"union", *self.leave}]

    def _row(self, values: Iterable[Any]) -> Row:
        row = {one.name: plain(value) for one, value in zip(self._fields(), values, strict=False)}
        for name in self.digest & row.keys():
            row[f"{name}_sha256"] = _digest_of(row.pop(name))
        return row

    def row(self, obj: models.Model) -> Row:
        """One row as the archive will hold it, without what it looks up elsewhere (`plus`)."""
        return self._row(getattr(obj, one.attname) for one in self._fields())

    def rows(self, campaign: int) -> Iterator[Row]:
        found = self.all_rows(campaign)
        if self.only is not None:
            found = found.filter(self.only)
        names = [one.attname for one in self._fields()]
        for values in found.values_list(*names, *self.plus.values()).iterator(chunk_size=2000):
            row = self._row(values)
            more = zip(self.plus, values[len(names) :], strict=True)
            yield {**row, **{name: plain(value) for name, value in more}}

    def ids(self, campaign: int) -> set[str]:
        """Of all rows, also those that are not open yet: what the log says of them belongs to the campaign."""
        return {str(pk) for pk in self.all_rows(campaign).values_list("pk", flat=True)}

    def left_out(self, campaign: int) -> str:
        """What is still sealed, in words that give no number away."""
        rows = self.all_rows(campaign)
        hidden = self.only is not None and rows.exclude(self.only).exists()
        unread = self.unread is not None and rows.filter(self.unread).exists()
        return self.said if hidden or unread else ""


_tables: dict[str, Table] = {}
_derived: dict[str, Rows] = {}


def keep(
    model: type[UnionScoped],
    path: Path,
    *,
    leave: Collection[str] = (),
    digest: Collection[str] = (),
    plus: Mapping[str, str] | None = None,
    only: models.Q | None = None,
    said: str = "",
    unread: models.Q | None = None,
    once: Collection[str] = (),
) -> None:
    """Archive a table; `path` leads from a row to the campaign."""
    table = Table(
        model, path, frozenset(leave), frozenset(digest), dict(plus or {}), only, said, unread, once=frozenset(once)
    )
    _tables[table.name] = table


def keep_log_of(model: type[UnionScoped], path: str) -> None:
    """Rows that are not archived themselves, while what was done to them belongs to the campaign's log."""
    table = Table(model, path, logged_only=True)
    _tables[table.name] = table


def derive(name: str, rows: Rows) -> None:
    """Rows that stand in no table, as what the engine was told of each person."""
    _derived[name] = rows


def tables() -> list[Table]:
    return [table for _, table in sorted(_tables.items())]


def contents() -> list[tuple[str, Rows]]:
    """Every table and derived list by its name in the archive, in one order."""
    kept = {table.name: table.rows for table in tables() if not table.logged_only}
    return sorted({**kept, **_derived}.items())


def plain(value: Any) -> Any:
    """A value as JSON has it: one text for one value, times in UTC."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return value


def own(name: str, row: Row) -> Row:
    """What the log took the digest of."""
    table = _tables.get(name)
    return row if table is None else table.own(row)


def digests_of(objs: Iterable[models.Model]) -> dict[str, dict[str, str]] | None:
    """Of those that are only ever added (or given `once`) and that an archive will hold: model → id → digest."""
    found: dict[str, dict[str, str]] = {}
    for obj in objs:
        table = _tables.get(obj._meta.label_lower)
        if table is not None and table.taken:
            found.setdefault(table.name, {})[str(obj.pk)] = row_digest(table.own(table.row(obj)))
    return found or None


def _digest_of(value: Any) -> str:
    """Nothing has no digest, so that one sees where something was said."""
    if value in ("", None, [], {}):
        return ""
    return hashlib.sha256(value.encode() if isinstance(value, str) else canonical(value)).hexdigest()
