"""Tenancy: the union of the request, in Python and in the database session.

Row-level security compares `union_id` of each row with the session variable `app.union`. It is empty unless a scope is
open, so code that forgets its scope sees nothing and writes nothing.
"""

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

NOWHERE: Final = ""
EVERYWHERE: Final = "*"

APP_ROLE: Final = "jiangxuan_app"
"""The role the product connects as: neither owner nor superuser."""

_current: ContextVar[str] = ContextVar("union", default=NOWHERE)


class GlobalRoute(enum.Enum):
    """The few places that look across unions. Each is tested by name."""

    VERIFY = "certificate verification by number"
    DIRECTORY = "the page over all unions"
    MEMBERSHIPS = "which unions a user belongs to"
    INVITATION = "an invitation link before its union is known"
    OPERATOR = "platform operation: health and the list of unions"
    SWEEP = "beat looks for stale work in every union"


def current() -> str:
    """The session value in force: an id as text, `NOWHERE` or `EVERYWHERE`."""
    return _current.get()


def _tell(connection: BaseDatabaseWrapper, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.union', %s, false)", [value])


def _listens(connection: BaseDatabaseWrapper) -> bool:
    """Whether the session takes a value now.

    An aborted transaction refuses every statement. Its rollback also takes back a value that was set inside it, so the
    one from before the scope is in force again by itself.
    """
    return (
        connection.connection is not None
        and not connection.needs_rollback
        and connection.connection.info.transaction_status != TRANSACTION_STATUS_INERROR
    )


@contextmanager
def _session(value: str) -> Iterator[None]:
    connection = connections[DEFAULT_DB_ALIAS]
    token = _current.set(value)
    try:
        if connection.connection is not None:
            _tell(connection, value)
        yield
    finally:
        _current.reset(token)
        if _listens(connection):
            _tell(connection, _current.get())


@contextmanager
def scope(union_id: int) -> Iterator[None]:
    """Work inside one union: rows of every other union are invisible, and writing them fails."""
    with _session(str(int(union_id))):
        yield


@contextmanager
def everywhere(route: GlobalRoute) -> Iterator[None]:  # noqa: ARG001 - the name is the permission, and greppable
    """Look across unions, for one of the named routes only."""
    with _session(EVERYWHERE):
        yield


def _on_connect(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.alias == DEFAULT_DB_ALIAS:
        _tell(connection, _current.get())


def scoped_models() -> list[type[models.Model]]:
    """Every model that has a union: its own table carries `union_id`."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and any(field.column == "union_id" for field in model._meta.local_concrete_fields)
    ]


POLICY: Final = "union_only"

_INSTALL: Final = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS {policy} ON {table};
CREATE POLICY {policy} ON {table}
    USING (current_setting('app.union', true) = '*'
           OR union_id = nullif(nullif(current_setting('app.union', true), ''), '*')::bigint)
    WITH CHECK (current_setting('app.union', true) = '*'
           OR union_id = nullif(nullif(current_setting('app.union', true), ''), '*')::bigint);
"""


def install_row_security(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put the policy on every table that has a union. Idempotent; runs as the owner of the tables."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in scoped_models():
            if model._meta.db_table in existing:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(_INSTALL.format(table=table, policy=POLICY))
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        if cursor.fetchone() is None:
            return  # a scratch server that never had the product's role
        for model in append_only_models():
            if model._meta.db_table in existing:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}")


def append_only_models() -> list[type[models.Model]]:
    """Every model whose rows are only ever added."""
    return [model for model in apps.get_models() if getattr(model, "append_only", False)]


def unprotected_because() -> str:
    """Why row-level security does not bind this connection, in words for the health page; empty when it does."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            return "应用以可绕过行级安全的数据库角色连接"
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity, pg_has_role(current_user, c.relowner, 'MEMBER')"
            " FROM pg_class c WHERE c.relname = ANY(%s) AND c.relnamespace = 'public'::regnamespace",
            [[model._meta.db_table for model in scoped_models()]],
        )
        for table, enabled, owner in cursor.fetchall():
            if owner:
                return f"应用以数据表 {table} 的所有者身份连接"
            if not enabled:
                return f"数据表 {table} 未启用行级安全"
    return ""


def _after_migrate(using: str, **_: Any) -> None:
    install_row_security(using)


def connect_signals() -> None:
    """Called once by the app's `ready`."""
    connection_created.connect(_on_connect, dispatch_uid="tenancy.on_connect")
    # the signal comes once for every app, and after all of them are migrated
    post_migrate.connect(_after_migrate, sender=apps.get_app_config("unions"), dispatch_uid="tenancy.after_migrate")
