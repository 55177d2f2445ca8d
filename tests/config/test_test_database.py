"""The suite's own ground: tests of row-level security prove something only under the product's role."""

import os

import psycopg2
import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction

from config.launcher import roles
from tests.conftest import CORES, _admin_address, empty_database, stay_on_one_core


@pytest.mark.django_db
def test_tests_run_under_the_products_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")

        assert cursor.fetchone() == ("jiangxuan_app", False, False)


@pytest.mark.django_db
def test_the_products_role_owns_no_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FILTER (WHERE tableowner = current_user), count(*) FROM pg_tables")
        owned, all_tables = cursor.fetchone()

    assert owned == 0
    assert all_tables > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("worker", "cores"), [("gw0", CORES), ("gw1", [CORES[1 % len(CORES)]]), ("gw2", [CORES[2 % len(CORES)]])]
)
def test_a_worker_and_its_session_share_a_core_but_for_the_first(
    worker: str, cores: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.ensure_connection()
    both = (0, connection.connection.get_backend_pid())
    before = [os.sched_getaffinity(process) for process in both]
    monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    try:
        for process in both:
            os.sched_setaffinity(process, CORES)

        stay_on_one_core(connection)

        assert [sorted(os.sched_getaffinity(process)) for process in both] == [cores, cores]
    finally:
        for process, kept in zip(both, before, strict=True):
            os.sched_setaffinity(process, kept)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["TRUNCATE django_session", "DROP TABLE django_session"])
def test_the_products_role_cannot_change_the_schema(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_the_clean_up_empties_append_only_tables_too() -> None:
    with roles.cursor(_admin_address()) as admin:
        admin.execute(
            "CREATE TABLE append_only (n int);"
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;"
            "CREATE TRIGGER keep BEFORE TRUNCATE OR DELETE ON append_only EXECUTE FUNCTION refuse();"
            "INSERT INTO append_only VALUES (1)"
        )
        try:
            with pytest.raises(psycopg2.errors.RaiseException, match="append only"):
                admin.execute("TRUNCATE append_only")

            empty_database()

            admin.execute("SELECT count(*) FROM append_only")
            assert admin.fetchone() == (0,)
        finally:
            admin.execute("DROP TABLE append_only; DROP FUNCTION refuse")


@pytest.mark.django_db(transaction=True)
def test_the_clean_up_keeps_content_types_and_permissions() -> None:
    empty_database()

    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM django_content_type), (SELECT count(*) FROM auth_permission)")
        content_types, permissions = cursor.fetchone()

    assert content_types > 0
    assert permissions > 0


@pytest.mark.django_db(transaction=True)
def test_the_clean_up_counts_rows_from_one_again_and_leaves_the_counters_of_what_it_keeps() -> None:
    def counters() -> dict[str, int | None]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
            return dict(cursor.fetchall())

    empty_database()
    before = counters()
    first = Group.objects.create(name="一")

    empty_database()

    assert before["django_content_type_id_seq"]
    assert before["auth_permission_id_seq"]
    assert counters() == before
    assert Group.objects.create(name="二").pk == first.pk == 1


@pytest.mark.django_db(transaction=True)
def test_the_clean_up_finds_out_who_still_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing is committed yet: what they write would come after it."""
    monkeypatch.setattr("tests.conftest.PATIENCE", "50ms")
    with roles.cursor(_admin_address()) as other:
        other.execute("BEGIN")
        other.execute("INSERT INTO auth_group (name) VALUES ('迟到')")

        with pytest.raises(psycopg2.errors.LockNotAvailable):
            empty_database()


def test_another_process_gets_the_tests_own_database(django_db_setup: None, service_environ: dict[str, str]) -> None:
    assert service_environ["DATABASE_URL"].endswith(connection.settings_dict["NAME"])
    assert service_environ["DATABASE_URL"] != os.environ["DATABASE_URL"]
