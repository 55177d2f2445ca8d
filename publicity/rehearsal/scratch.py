"""A database of its own for a rehearsal: made from a migrated template, dropped afterwards.

It is made by a role that owns scratch databases and cannot even connect to the live one (`REHEARSAL_DATABASE_URL`). The
rehearsal itself runs as the app's ordinary role, so that row-level security binds it as it binds the product; keys, queue,
files and messages are its own too.

A rehearsal that was killed leaves its database behind. Whoever plays holds an advisory lock named after the database, so the
next rehearsal knows which ones nobody plays in any more, and drops them.
"""

import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from cryptography.fernet import Fernet
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

TEMPLATE = "jiangxuan_scratch"
RUN = f"{TEMPLATE}_run_"
_TEMPLATE_LOCK = 0x6A79
_RUN_LOCKS = 0x6A7A
_LIVE = ("DATABASE", "REHEARSAL", "POSTGRES", "PG", "REDIS", "CELERY", "S3_", "EMAIL", "SMS_", "OPERATOR")
"""Beginnings of names under which an environment may hold a way to the live installation."""
NOWHERE = "redis://127.0.0.1:1/0"
"""Nothing answers there: a rehearsal that reached for the live cache would fail instead of writing to it."""


class NoScratch(RuntimeError):
    """There is no role to make a scratch database with."""


def _in_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _template_name() -> str:
    """A name that changes with the migrations, so that an old template is never used."""
    known = MigrationLoader(None).disk_migrations
    names = "\n".join(sorted(f"{app}.{name}" for app, name in known))
    source = "".join(
        path.read_text()
        for app in ("unions", "documents", "campaigns", "applications", "review", "publicity")
        for path in sorted((settings.BASE_DIR / app / "migrations").glob("0*.py"))
    )
    return f"{TEMPLATE}_{hashlib.sha256((names + source).encode()).hexdigest()[:12]}"


@contextmanager
def cursor(url: str, *, database: str) -> Iterator[Any]:
    """An autocommit cursor in another database of the same server: databases are not made inside transactions."""
    connection = psycopg2.connect(_in_database(url, database))
    connection.autocommit = True
    try:
        with connection.cursor() as found:
            yield found
    finally:
        connection.close()


def _manage(arguments: list[str], env: Mapping[str, str]) -> None:
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        env=dict(env),
        check=True,
        capture_output=True,
    )


def environment(name: str, var: Path) -> dict[str, str]:
    """What a process of the rehearsal is given: the scratch database, its own folder and keys, no live address."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_LIVE)}
    return kept | {
        "DATABASE_URL": _in_database(settings.DATABASE_URL, name),
        "DATABASE_OWNER_URL": _in_database(settings.REHEARSAL_DATABASE_URL, name),
        "JX_DATABASE_ROLE": "app",
        "REDIS_URL": NOWHERE,
        "CELERY_BROKER_URL": "memory://localhost/",
        "EMAIL_URL": "dummymail://",
        "SMS_BACKEND": "unions.sms.FileBackend",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": Fernet.generate_key().decode(),
        "BLIND_INDEX_KEY": secrets.token_urlsafe(32),
        "VAR_DIR": str(var),
    }


def _prepare_template(maker: str, var: Path) -> str:
    """The migrated template, made once per set of migrations; others wait for it."""
    name = _template_name()
    with cursor(maker, database="postgres") as run:
        run.execute("SELECT pg_advisory_lock(%s)", [_TEMPLATE_LOCK])
        run.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{TEMPLATE}\\_%"])
        known = {row[0] for row in run.fetchall()}
        if name not in known:
            making = f"{name}_making"
            run.execute(f'DROP DATABASE IF EXISTS "{making}"')
            run.execute(f'CREATE DATABASE "{making}"')
            with cursor(maker, database=making) as inside:
                for what in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
                    inside.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {what} TO jiangxuan_app")
            _manage(["migrate", "--verbosity=0"], environment(making, var) | {"JX_DATABASE_ROLE": "owner"})
            run.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
            for old in known - {name}:
                if not old.startswith(RUN):
                    run.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
    return name


def sweep(run: Any) -> list[str]:
    """Drop the databases of rehearsals that nobody plays any more, and say which."""
    run.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [RUN.replace("_", "\\_") + "%"])
    dropped = []
    for (name,) in run.fetchall():
        run.execute("SELECT pg_try_advisory_lock(%s, %s)", [_RUN_LOCKS, _lock_of(name)])
        if run.fetchone()[0]:
            run.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            run.execute("SELECT pg_advisory_unlock(%s, %s)", [_RUN_LOCKS, _lock_of(name)])
            dropped.append(name)
    return dropped


def _lock_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)


@contextmanager
def database(var: Path) -> Iterator[dict[str, str]]:
    """The environment of a process that plays in a fresh scratch database; the database goes when the block ends."""
    maker = settings.REHEARSAL_DATABASE_URL
    if not maker:
        raise NoScratch("REHEARSAL_DATABASE_URL is not set")
    template = _prepare_template(maker, var)
    name = f"{RUN}{secrets.token_hex(6)}"
    with cursor(maker, database="postgres") as run:
        sweep(run)
        run.execute("SELECT pg_advisory_lock(%s, %s)", [_RUN_LOCKS, _lock_of(name)])
        try:
            run.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            yield environment(name, var)
        finally:
            run.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
