"""What is computed again from an archive. Pure; each app adds its own with `check`.

A check is a function from the archive to what does not agree: `Problem`s that name file, row and field. It believes nothing
but the chain, and says nothing where its tables are empty.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from unions import chain
from unions.archive import layout, tables
from unions.archive.layout import Archive, Row
from unions.models import AppendOnly


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing of a kind that does not agree: where it stands, and in words why."""

    said: str
    file: str = ""
    row: str = ""
    field: str = ""

    def __str__(self) -> str:
        place = " ".join(
            part
            for part in (self.file, f"第 {self.row} 号" if self.row else "", f"“{self.field}”" if self.field else "")
            if part
        )
        return f"{place}：{self.said}" if place else self.said


def at_row(table: str, row: Row, said: str, field: str = "") -> Problem:
    return Problem(said, layout.member_of(table), str(row.get("id", "?")), field)


Check = Callable[[Archive], Iterable[Problem]]
_checks: dict[str, Check] = {}


def check(title: str) -> Callable[[Check], Check]:
    """Register what the decorated function computes again, under the words the report uses."""

    def register(function: Check) -> Check:
        _checks[title] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Result:
    """One kind of proof and the first thing that speaks against it, if any; `count` of how many."""

    title: str
    problem: Problem | None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    results: tuple[Result, ...]
    head: str
    about: dict[str, Any]

    @property
    def verified(self) -> bool:
        return all(result.problem is None for result in self.results)

    def lines(self) -> Iterator[str]:
        """What a person reads."""
        yield f"{self.about.get('union', '')} · {self.about.get('title', '')}"
        for result in self.results:
            if result.problem is None:
                yield f"  相符  {result.title}"
            else:
                more = f"（共 {result.count} 处，这是第一处）" if result.count > 1 else ""
                yield f"  不符  {result.title}：{result.problem}{more}"
        for words in self.about.get("left_out", []):
            yield f"  未收入 {words}"
        yield f"  链头  {self.head}（请与另行记下的链头核对）"


def verify(archive: Archive, *, expect: str = "") -> Report:
    """Everything that can be computed again. `expect` is an entry noted elsewhere, NUMBER:DIGEST."""
    about = archive.manifest
    results = [_run(title, function, archive) for title, function in _own(expect) + list(_checks.items())]
    last = archive.log[-1] if archive.log else {}
    return Report(tuple(results), f"{last.get('seq')}:{last.get('digest')}", about)


def _run(title: str, function: Check, archive: Archive) -> Result:
    try:
        found = list(function(archive))
    except Exception as error:  # noqa: BLE001 - whatever a forged value does to a check, it does not agree
        found = [Problem(f"内容缺失或无法计算（{type(error).__name__}：{error}）")]
    return Result(title, found[0] if found else None, len(found))


# --- the file itself --------------------------------------------------------------------------------------------------


def _own(expect: str) -> list[tuple[str, Check]]:
    own: list[tuple[str, Check]] = [
        ("清单与各文件摘要", _manifest),
        ("审计记录的摘要链", _chain),
        ("记录对全部内容的封存", _seal),
        ("每一行、每一项", _rows),
        ("写入时的摘要", _taken),
        ("各表与审计记录", _entries),
    ]
    if expect:
        own.append(("另行记下的记录", lambda archive: _expected(archive, expect)))
    return own


def _manifest(archive: Archive) -> Iterator[Problem]:
    if archive.manifest.get("format") != layout.FORMAT:
        yield Problem(f"档案格式为 {archive.manifest.get('format')}，本版本只认 {layout.FORMAT}", layout.MANIFEST)
    noted: dict[str, str] = archive.manifest["sha256"]
    for name in sorted({*noted, *archive.members} - {layout.MANIFEST}):
        if name not in archive.members:
            yield Problem("清单中有，档案中没有", name)
        elif name not in noted:
            yield Problem("档案中有，清单中没有", name)
        elif hashlib.sha256(archive.members[name]).hexdigest() != noted[name]:
            yield Problem("内容与清单中的摘要不符", name)


_LINK: Final = frozenset({"seq", "digest"})


def _chain(archive: Archive) -> Iterator[Problem]:
    """Every entry that stands whole gives its digest and follows the one before it; of the others the links are there."""
    previous, expected, union = chain.GENESIS, 1, archive.manifest.get("union_id")
    for entry in archive.log:
        number = str(entry.get("seq"))
        if entry.get("seq") != expected:
            yield Problem(f"序号 {expected} 缺失", layout.LOG, number, "seq")
            return
        if set(entry) != _LINK:
            if entry["previous"] != previous:
                yield Problem("与前一条记录不衔接", layout.LOG, number, "previous")
            if chain.entry_digest({**entry, "union": union}) != entry["digest"]:
                yield Problem("内容与摘要不符", layout.LOG, number)
        previous, expected = entry["digest"], expected + 1
    if not archive.log:
        yield Problem("没有审计记录", layout.LOG)


def _seal(archive: Archive) -> Iterator[Problem]:
    """The last entry of the log vouches for every member by its digest, and for every link before it."""
    seal = archive.seal
    if seal is None:
        yield Problem("最后一条不是封存记录", layout.LOG)
        return
    about, number, noted = archive.manifest, str(seal["seq"]), seal["after"]
    if seal["object"] != ["campaigns.campaign", str(about.get("campaign"))]:
        yield Problem("封存的是另一个活动", layout.LOG, number, "object")
    members = layout.sealed_digests(archive.members)
    for name in sorted({*members, *noted["members"]}):
        if members.get(name) != noted["members"].get(name):
            yield Problem("与封存时的摘要不符", name)
    through = noted["through"]
    before = [entry for entry in archive.entries if entry["seq"] <= through]
    if layout.told(before) != noted["told"]:
        yield Problem("本活动的记录与封存时不同", layout.LOG)
    if layout.links(archive.log, through) != noted["links"]:
        yield Problem("摘要链与封存时不同", layout.LOG)
    words = {key: about.get(key) for key in noted["about"]}
    if words != noted["about"]:
        key = next(key for key in words if words[key] != noted["about"][key])
        yield Problem("与封存时不同", layout.MANIFEST, field=key)
    if extra := sorted(set(about) - {*noted["about"], "format", "sha256"}):
        yield Problem("封存时没有这一项", layout.MANIFEST, field=extra[0])


def _rows(archive: Archive) -> Iterator[Problem]:
    """Where a value was changed, by the digests of rows and fields that the seal vouches for."""
    for table in sorted({*archive.tables, *archive.digests}):
        noted, file = archive.digests.get(table, {}), layout.member_of(table)
        seen: set[str] = set()
        for row in archive.tables.get(table, []):
            number = str(row.get("id"))
            if number in seen or number not in noted:
                yield Problem("多出的一行", file, number)
            elif layout.row_digests(row) != noted[number]:
                yield Problem("内容与封存时不同", file, number, layout.changed_field(row, noted[number][1]))
            seen.add(number)
        yield from (Problem("少了一行", file, number) for number in sorted(set(noted) - seen))


_every: set[str] = set()


def every(*names: str) -> None:
    """Tables of which the log takes the digest of every row when it is written: none can be there that it does not know."""
    _every.update(names)


def _taken(archive: Archive) -> Iterator[Problem]:
    """Each row of which the log took the digest when it was written is there and is still that row."""
    rows = {name: {str(row["id"]): row for row in found} for name, found in archive.tables.items()}
    known: dict[str, set[str]] = {}
    left_out = archive.manifest.get("left_out", [])
    sealed = {table.name for table in tables.tables() if table.only is not None and table.said in left_out}
    for entry in archive.entries:
        for name, taken in (entry.get("rows") or {}).items():
            known.setdefault(name, set()).update(taken)
            for number, digest in taken.items():
                row = rows.get(name, {}).get(number)
                if row is not None and chain.row_digest(tables.own(name, row)) != digest:
                    yield at_row(name, row, f"与写入时审计记录第 {entry['seq']} 条中的摘要不符")
                elif row is None and name not in sealed:
                    yield at_row(name, {"id": number}, f"审计记录第 {entry['seq']} 条中有，档案中没有")
    for name in sorted(_every):
        for number, row in rows.get(name, {}).items():
            if number not in known.get(name, set()):
                yield at_row(name, row, "审计记录中没有这一行")


# --- rows and the log -------------------------------------------------------------------------------------------------

_followed: set[str] = set()
_apart: dict[str, frozenset[str]] = {}
_loose: set[str] = set()


def follow(*names: str) -> None:
    """Tables of rows that change, every change of which is an entry about the row itself. What is only ever added is followed
    anyway.
    """
    _followed.update(names)


def apart(action: str, *keys: str) -> None:
    """Keys of a verb's entry that mean something else than the field of that name, or what only later became of it."""
    _apart[action] = _apart.get(action, frozenset()) | frozenset(keys)


def written_by(*actions: str) -> None:
    """Verbs whose entry was made with its row: their `at`, `by` and `reason` are the same."""
    _loose.update(actions)


def _entries(archive: Archive) -> Iterator[Problem]:
    """What the log says a row is, by the last entry that says it, and who made it, when and why, by the first."""
    added = {table.name for table in tables.tables() if issubclass(table.model, AppendOnly)}
    for table, rows in sorted(archive.tables.items()):
        for row in rows if table in added | _followed else ():
            entries = archive.entries_of(table, row)
            said: dict[str, tuple[Any, str]] = {}
            for entry in entries:
                for key in (set(entry["after"] or {}) & set(row)) - _apart.get(entry["action"], frozenset()):
                    said[key] = entry["after"][key], entry["action"]
            for key, (value, action) in sorted(said.items()):
                if row[key] != value:
                    yield at_row(table, row, f"与审计记录（{action}）不符", key)
            yield from _made(table, row, entries)


def _made(table: str, row: Row, entries: list[Row]) -> Iterator[Problem]:
    first = next((entry for entry in entries if entry["action"] in _loose), None)
    if first is None:
        return
    for key, value in (("at", first["at"]), ("by", first["actor"]), ("reason", first["reason"])):
        if key in row and row[key] != value:
            yield at_row(table, row, f"与审计记录第 {first['seq']} 条不符", key)


def _expected(archive: Archive, expect: str) -> Iterator[Problem]:
    number, _, digest = expect.partition(":")
    if not any(str(entry["seq"]) == number and entry["digest"] == digest for entry in archive.log):
        yield Problem(f"档案中没有 {expect}", layout.LOG, number)
