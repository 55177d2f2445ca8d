"""The file: a ZIP whose bytes follow from its content alone, and how it is read again. Pure.

Every table is a member of JSON lines, a row each, sorted by id. `digests.json` has, for every row, its SHA-256 and eight hex
digits for each of its fields, so that a changed value is named and not only the file it stands in.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final

from unions.chain import canonical, sha256_of

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DIGESTS: Final = "digests.json"
LOG: Final = "log.jsonl"
README: Final = "说明.txt"
TABLES: Final = "tables/"
SEAL: Final = "campaign.archived"
ABOUT_ARCHIVES: Final = frozenset({SEAL, "campaign.archive_repeated", "campaign.archive_downloaded"})
"""Verbs that say nothing of the campaign itself: an archive made after them is the same."""
_SHORT: Final = 8
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

Row = dict[str, Any]


class Unreadable(Exception):
    """The file is no archive, or damaged beyond reading; the words are for people."""


def member_of(table: str) -> str:
    return f"{TABLES}{table}.jsonl"


def line(row: Mapping[str, Any]) -> bytes:
    return canonical(row) + b"\n"


def row_digests(row: Mapping[str, Any]) -> list[str]:
    """The row's digest, then eight digits for each field in the order of their names."""
    return [sha256_of(row), "".join(sha256_of([key, row[key]])[:_SHORT] for key in sorted(row))]


def changed_field(row: Mapping[str, Any], noted: str) -> str:
    """The first field whose digits differ from those noted; "" where the fields themselves are others."""
    keys = sorted(row)
    if len(noted) != _SHORT * len(keys):
        return ""
    for place, key in enumerate(keys):
        if sha256_of([key, row[key]])[:_SHORT] != noted[place * _SHORT : (place + 1) * _SHORT]:
            return key
    return ""


def write(target: IO[bytes], members: Iterable[tuple[str, bytes]]) -> None:
    """The same members give the same bytes: no clock, no owner, one way to compress."""
    with zipfile.ZipFile(target, "w") as file:
        for name, content in members:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            file.writestr(info, content, compresslevel=6)


@dataclass
class Archive:
    """An archive that was read. What stands in it is believed nowhere: `checks` compute it again."""

    members: Mapping[str, bytes]

    @classmethod
    def read(cls, source: Path | IO[bytes]) -> "Archive":
        try:
            with zipfile.ZipFile(source) as file:
                names = file.namelist()
                if len(set(names)) != len(names):
                    raise Unreadable("档案中有同名的文件")
                return cls({name: file.read(name) for name in names})
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            raise Unreadable(f"文件不是档案，或已损坏：{error}") from error

    @classmethod
    def of(cls, content: bytes) -> "Archive":
        return cls.read(BytesIO(content))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return dict(self._json(MANIFEST))

    @cached_property
    def digests(self) -> dict[str, dict[str, list[str]]]:
        return dict(self._json(DIGESTS))

    @cached_property
    def log(self) -> list[Row]:
        return self._lines(LOG)

    def _json(self, name: str) -> Any:
        try:
            return json.loads(self.members[name])
        except (KeyError, ValueError) as error:
            raise Unreadable(f"档案缺少 {name}，或其内容无法读取") from error

    def _lines(self, name: str) -> list[Row]:
        try:
            return [json.loads(text) for text in self.members[name].splitlines()]
        except (KeyError, ValueError) as error:
            raise Unreadable(f"档案缺少 {name}，或其内容无法读取") from error

    @cached_property
    def tables(self) -> dict[str, list[Row]]:
        """Every table by the label of its model."""
        return {
            name.removeprefix(TABLES).removesuffix(".jsonl"): self._lines(name)
            for name in self.members
            if name.startswith(TABLES)
        }

    def rows(self, table: str, **where: Any) -> list[Row]:
        """The rows of a table in which these fields have these values."""
        found = self.tables.get(table, [])
        return [row for row in found if all(row.get(key) == value for key, value in where.items())]

    def by_id(self, table: str) -> dict[Any, Row]:
        return {row["id"]: row for row in self.tables.get(table, [])}

    @cached_property
    def entries(self) -> list[Row]:
        """The entries of the log that stand in it whole; the others are of other campaigns and only links of the chain."""
        return [entry for entry in self.log if "action" in entry]

    @cached_property
    def _entries_of(self) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = {}
        for entry in self.entries:
            found.setdefault((entry["object"][0], entry["object"][1]), []).append(entry)
        return found

    def entries_of(self, table: str, row: Mapping[str, Any]) -> list[Row]:
        """What the log says of a row, oldest first."""
        return self._entries_of.get((table, str(row["id"])), [])

    @property
    def seal(self) -> Row | None:
        """The entry by which the log vouches for everything else in the archive: its last."""
        last = self.log[-1] if self.log else {}
        return last if last.get("action") == SEAL else None


def sealed_digests(members: Mapping[str, bytes]) -> dict[str, str]:
    """What the seal names: every member but the log it stands in and the manifest."""
    return {
        name: hashlib.sha256(content).hexdigest()
        for name, content in sorted(members.items())
        if name not in {LOG, MANIFEST}
    }


def told(entries: Iterable[Row]) -> str:
    """The digest over what the log says of the campaign: it changes with every act but the making of archives."""
    return sha256_of([entry["digest"] for entry in entries if entry["action"] not in ABOUT_ARCHIVES])


def links(log: Sequence[Row], through: int) -> str:
    """The digest over every link of the chain up to `through`: also of those between which only others wrote."""
    return sha256_of([[entry["seq"], entry["digest"]] for entry in log if entry["seq"] <= through])


def manifest(about: Mapping[str, Any], members: Mapping[str, bytes]) -> bytes:
    content = {
        **about,
        "format": FORMAT,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(members.items())},
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def ordered(members: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The manifest first, so that whoever opens the file sees what it is."""
    yield MANIFEST, members[MANIFEST]
    yield from ((name, content) for name, content in sorted(members.items()) if name != MANIFEST)
