"""Row-level security on every table that has a union, as the role the product runs as.

Rows are made straight in the tables of every scoped model of every app, without their services: what is tested is the
wall that holds where code forgets.
"""

import ast
import fnmatch
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from config.launcher import roles
from publicity.models import Poll, PollCandidate, Vote
from tests import factories
from unions import tenancy
from unions.models import Member, Union, Unit

SCOPED = tenancy.scoped_models()
APPEND_ONLY = tenancy.append_only_models()
IDS = {model: model._meta.label_lower for model in [*SCOPED, *APPEND_ONLY]}

pytestmark = pytest.mark.django_db


class _Undo(Exception):
    pass


@pytest.fixture
def undone() -> Iterator[None]:
    """Foreign keys of made-up rows point nowhere, and are checked at the end of a transaction that never comes."""
    with pytest.raises(_Undo), transaction.atomic():
        yield
        raise _Undo


def _value(field: Any, number: int) -> Any:
    """Something the column takes; times rise with the position of the field, so that windows have a length."""
    if field.has_default():
        return field.get_default()
    if field.choices:
        return field.choices[0][0]
    made: dict[type[Any], Any] = {
        models.UUIDField: uuid.UUID(int=number + 1),
        models.DateTimeField: factories.NOON + timedelta(minutes=number),
        models.DateField: date(2026, 3, 2) + timedelta(days=number),
        models.BooleanField: False,
        models.JSONField: {},
        models.BinaryField: b"x",
        models.IntegerField: 1000 + number,
        models.DecimalField: 1,
        models.FileField: "x",
        models.CharField: f"x{number}"[: field.max_length],
        models.TextField: "x",
        ArrayField: [],
    }
    return next(value for kind, value in made.items() if isinstance(field, kind))


CONSISTENT: dict[str, dict[str, Any]] = {
    "publicity.objection": {"state": "dismissed"},
    "publicity.objectionstep": {"kind": "answer"},
    "publicity.votesetaside": {"act": "aside", "about_id": None},
    "applications.application": {"merged_into_id": None},
    "applications.confirmation": {"refused_at": None},
    "publicity.entitlement": {"first_month": date(2026, 3, 1)},
    "publicity.paymentlist": {"month": date(2026, 3, 1)},
    "publicity.ledgerentry": {"settles_id": None},
}
"""Values that a table's own checks ask for, beside those made up."""


def _rules_of_a_vote(union: Union) -> dict[str, Any]:
    """A vote is only taken within the rules of its poll, which a trigger reads."""
    poll = make_row(Poll, union, choices_min=1, choices_max=1)
    candidate = make_row(PollCandidate, union, poll_id=poll.pk)
    return {"poll_id": poll.pk, "day_seq": 1, "seq": 1, "choices": [candidate.pk], "at": poll.opens_at}


def make_row(model: type[models.Model], union: Union, **given: Any) -> models.Model:
    if model is Vote:
        given = _rules_of_a_vote(union)
    values: dict[str, Any] = {}
    for number, field in enumerate(model._meta.concrete_fields):
        if field.column == "union_id":
            values["union_id"] = union.pk
        elif isinstance(field, models.ForeignKey):
            values[field.attname] = (
                _value(field.target_field, number)
                if field.target_field.primary_key and isinstance(field.target_field, models.UUIDField)
                else 10_000 + number
            )
        elif not (field.primary_key and isinstance(field, models.AutoField)):
            values[field.attname] = _value(field, number)
    row = model(**(values | CONSISTENT.get(model._meta.label_lower, {}) | given))
    row.save_base(raw=True, force_insert=True)
    return row


def _refused(act: Callable[[], Any], match: str) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        act()


def test_the_products_role_cannot_pass_row_security_by() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (tenancy.APP_ROLE, False, False)
    assert tenancy.unprotected_because() == ""


@pytest.mark.parametrize("model", SCOPED, ids=IDS.get)
def test_every_table_with_a_union_has_the_policy(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relrowsecurity, pg_get_userbyid(c.relowner) <> current_user, p.polcmd, p.polpermissive"
            " FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
            " WHERE c.relname = %s AND p.polname = %s",
            [model._meta.db_table, tenancy.POLICY],
        )
        assert cursor.fetchall() == [(True, True, "*", True)]


def test_every_table_of_ours_has_a_union_or_is_known_not_to() -> None:
    ours = {"unions", "documents", "campaigns", "applications", "review", "publicity"}
    without = {
        model._meta.label_lower
        for model in tenancy.apps.get_models(include_auto_created=True)
        if model._meta.app_label in ours and model not in SCOPED
    }

    assert without == {
        "unions.union",  # the tenant itself: its row is public
        "unions.user",  # a sign-in, which may work in several unions
        "unions.user_groups",
        "unions.user_user_permissions",
    }


@pytest.mark.parametrize("model", SCOPED, ids=IDS.get)
def test_a_row_of_another_union_can_be_neither_read_nor_changed(
    model: type[models.Model], union: Union, other_union: Union, undone: None
) -> None:
    with tenancy.scope(other_union.pk):
        row = make_row(model, other_union)
        assert model._default_manager.filter(pk=row.pk).exists()

    rows = model._base_manager.filter(pk=row.pk)
    assert not rows.exists()
    if model in APPEND_ONLY:
        _refused(lambda: rows.update(union_id=other_union.pk), "permission denied")
        _refused(lambda: rows._raw_delete("default"), "permission denied")
    else:
        assert rows.update(union_id=other_union.pk) == 0
        assert rows._raw_delete("default") == 0
    with tenancy.scope(other_union.pk):
        assert model._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", SCOPED, ids=IDS.get)
def test_a_row_cannot_be_put_into_another_union(
    model: type[models.Model], union: Union, other_union: Union, undone: None
) -> None:
    _refused(lambda: make_row(model, other_union), "row-level security")
    if model not in APPEND_ONLY:
        row = make_row(model, union)
        moving = "row-level security|Cannot update rows"
        _refused(lambda: model._base_manager.filter(pk=row.pk).update(union_id=other_union.pk), moving)


@pytest.mark.parametrize("model", SCOPED, ids=IDS.get)
def test_without_a_scope_nothing_is_visible_and_nothing_can_be_written(
    model: type[models.Model], union: Union, undone: None
) -> None:
    row = make_row(model, union)

    with tenancy._session(tenancy.NOWHERE):
        assert not model._base_manager.filter(pk=row.pk).exists()
        _refused(lambda: make_row(model, union), "row-level security")


@pytest.mark.parametrize("model", APPEND_ONLY, ids=IDS.get)
def test_the_products_role_may_not_change_what_is_only_ever_added(
    model: type[models.Model], union: Union, undone: None
) -> None:
    row = make_row(model, union)

    _refused(lambda: model._base_manager.filter(pk=row.pk).update(union_id=union.pk), "permission denied")
    _refused(lambda: model._base_manager.filter(pk=row.pk)._raw_delete("default"), "permission denied")


@pytest.mark.parametrize("model", APPEND_ONLY, ids=IDS.get)
def test_a_trigger_holds_even_the_owner_to_it(model: type[models.Model]) -> None:
    """The privilege binds the product's role; the trigger binds whoever has the privilege."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgenabled, (tgtype & 16) <> 0, (tgtype & 8) <> 0 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE c.relname = %s AND tgname LIKE 'pgtrigger_append_only%%'",
            [model._meta.db_table],
        )
        assert cursor.fetchall() == [("O", True, True)], "class Meta must inherit AppendOnly.Meta"


def test_scopes_nest_and_close(union: Union, other_union: Union) -> None:
    assert tenancy.current() == str(union.pk)
    with tenancy.scope(other_union.pk):
        assert set(Member.objects.values_list("union_id", flat=True)) == {other_union.pk}
        with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
            assert set(Member.objects.values_list("union_id", flat=True)) == {union.pk, other_union.pk}
        assert set(Member.objects.values_list("union_id", flat=True)) == {other_union.pk}
    assert set(Member.objects.values_list("union_id", flat=True)) == {union.pk}


def test_an_error_inside_a_scope_gives_the_scope_around_it_back(union: Union, other_union: Union) -> None:
    with (
        pytest.raises(DatabaseError, match="division by zero"),
        transaction.atomic(),
        tenancy.scope(other_union.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1 / 0")

    assert set(Member.objects.values_list("union_id", flat=True)) == {union.pk}


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_gets_the_scope_in_force(union: Union, other_union: Union) -> None:
    with tenancy.scope(other_union.pk):
        connection.close()
        assert set(Member.objects.values_list("union_id", flat=True)) == {other_union.pk}
        connection.close()
    assert set(Member.objects.values_list("union_id", flat=True)) == {union.pk}


@pytest.mark.django_db(transaction=True)
def test_row_security_is_put_back_and_the_health_page_notices_when_it_is_gone(union: Union) -> None:
    name = connection.settings_dict["NAME"]
    with roles.cursor(os.environ["DATABASE_OWNER_URL"], database=name) as owner:
        owner.execute("ALTER TABLE unions_unit DISABLE ROW LEVEL SECURITY")
        try:
            assert "unions_unit" in tenancy.unprotected_because()
        finally:
            owner.execute("ALTER TABLE unions_unit ENABLE ROW LEVEL SECURITY")
    assert tenancy.unprotected_because() == ""


def _log_in_as(url: str) -> None:
    parts = urlsplit(url)
    connection.close()
    connection.settings_dict |= {"USER": parts.username, "PASSWORD": unquote(parts.password or "")}


@pytest.fixture
def as_role(transactional_db: None) -> Iterator[Callable[[str], None]]:
    """Return a function that connects as another of the launcher's roles until the test ends."""
    yield lambda variable: _log_in_as(os.environ[variable])
    _log_in_as(os.environ["DATABASE_URL"])


def test_the_owner_and_the_superuser_are_said_to_pass_row_security_by(as_role: Callable[[str], None]) -> None:
    as_role("DATABASE_OWNER_URL")
    assert "所有者" in tenancy.unprotected_because()
    as_role("DATABASE_ADMIN_URL")
    assert "绕过" in tenancy.unprotected_because()


@pytest.mark.parametrize("role", [tenancy.APP_ROLE, "role_of_another_server"])
def test_row_security_is_installed_again_and_again(
    as_role: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setattr(tenancy, "APP_ROLE", role)
    as_role("DATABASE_OWNER_URL")

    tenancy.install_row_security()

    as_role("DATABASE_URL")
    assert tenancy.unprotected_because() == ""


def test_a_migration_leaves_no_table_unprotected(as_role: Callable[[str], None]) -> None:
    as_role("DATABASE_OWNER_URL")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Unit._meta.db_table} DISABLE ROW LEVEL SECURITY")

    call_command("migrate", verbosity=0)

    as_role("DATABASE_URL")
    assert tenancy.unprotected_because() == ""


@pytest.mark.usefixtures("transactional_db")
def test_a_session_beside_the_products_own_is_told_no_union(union: Union) -> None:
    with tenancy.scope(union.pk), connection._nodb_cursor() as beside, connection.cursor() as own:
        told = []
        for cursor in (own, beside):
            cursor.execute("SELECT current_setting('app.union', true)")
            told.append(cursor.fetchone()[0])

    assert told[0] == str(union.pk)
    assert told[1] in {None, ""}


def test_tables_that_are_not_there_yet_are_passed_over(
    as_role: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_role("DATABASE_OWNER_URL")
    monkeypatch.setattr(connection.introspection, "table_names", lambda: ["unions_unit"])

    tenancy.install_row_security()


# --- routes across unions -------------------------------------------------------------------------------------------

PLACES: dict[str, list[str]] = {
    "VERIFY": ["publicity/views.py"],
    "DIRECTORY": ["publicity/views.py"],
    "MEMBERSHIPS": ["unions/adapters.py"],
    "INVITATION": ["unions/views/acceptance.py"],
    "OPERATOR": [
        "unions/views/operator.py",
        "*/management/commands/demo.py",
        "*/demo/*.py",
        "publicity/rehearsal/cast.py",
    ],
    "SWEEP": ["*/tasks.py"],
}
"""Which modules may look across unions, by the name of the route."""


def _uses() -> Iterator[tuple[str, str]]:
    for app in ("unions", "documents", "campaigns", "applications", "review", "publicity", "config"):
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "everywhere":
                    continue
                yield getattr(node.args[0], "attr", "?"), str(path.relative_to(settings.BASE_DIR))


def test_only_the_named_places_look_across_unions() -> None:
    strange = [
        (route, path)
        for route, path in _uses()
        if not any(fnmatch.fnmatch(path, pattern) for pattern in PLACES.get(route, []))
    ]

    assert strange == []


def test_every_named_route_is_used() -> None:
    assert {route.name for route in tenancy.GlobalRoute} == {route for route, _ in _uses()}


def test_a_unit_of_another_union_is_not_there_for_the_orm_either(union: Union, other_union: Union) -> None:
    with tenancy.scope(other_union.pk):
        unit = factories.UnitFactory(union=other_union, name="别人的单位")

    assert not Unit.objects.filter(name="别人的单位").exists()
    with pytest.raises(Unit.DoesNotExist):
        unit.refresh_from_db()
