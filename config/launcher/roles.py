"""The database's roles: who may do what, whatever the code forgets.

* ``jiangxuan_owner`` owns the tables and migrates them; it may create the test databases.
* ``jiangxuan_app`` is what the product runs as: neither superuser nor owner, so row-level security binds it.
* ``jiangxuan_rehearsal`` may create scratch databases and cannot even connect to the live one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2 import sql

DATABASE = "jiangxuan"
OWNER = "jiangxuan_owner"
APP = "jiangxuan_app"
REHEARSAL = "jiangxuan_rehearsal"
_ATTRIBUTES = {
    OWNER: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE CREATEDB",
    APP: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
    REHEARSAL: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE CREATEDB",
}


@contextmanager
def cursor(url: str, *, database: str | None = None) -> Iterator[Any]:
    """Yield an autocommit cursor; ``database`` replaces the one in the address."""
    parts = urlsplit(url)
    connection = psycopg2.connect(
        host=parts.hostname,
        port=parts.port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        dbname=database or parts.path.lstrip("/"),
        connect_timeout=5,
    )
    try:
        connection.autocommit = True
        with connection.cursor() as found:
            yield found
    finally:
        connection.close()


def prepare(admin_url: str, passwords: dict[str, str], *, database: str = DATABASE) -> None:
    """Make roles, database, extension and default privileges; safe to repeat.

    ``template1`` gets the extension and the default privileges too, so that test and scratch databases, which are
    copies of it, hold the same rights as the live one.
    """
    with cursor(admin_url, database="postgres") as run:
        for role, attributes in _ATTRIBUTES.items():
            run.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if run.fetchone() else "CREATE"
            run.execute(
                sql.SQL("{} ROLE {} WITH {} PASSWORD {}").format(
                    sql.SQL(verb), sql.Identifier(role), sql.SQL(attributes), sql.Literal(passwords[role])
                )
            )
        run.execute("SELECT current_user = 'postgres' OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not run.fetchone()[0]:  # a managed server's administrator must join a role to hand things to it
            run.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
        run.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        fresh = run.fetchone() is None
    _grant(admin_url, "template1")
    if fresh:
        with cursor(admin_url, database="postgres") as run:
            run.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER)))
    _grant(admin_url, database)
    with cursor(admin_url, database="postgres") as run:
        run.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        run.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                sql.Identifier(database), sql.Identifier(APP)
            )
        )


def _grant(admin_url: str, database: str) -> None:
    with cursor(admin_url, database=database) as run:
        run.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for what in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
            run.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT {} TO {}").format(
                    sql.Identifier(OWNER), sql.SQL(what), sql.Identifier(APP)
                )
            )
