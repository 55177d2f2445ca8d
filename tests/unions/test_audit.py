"""The chain: whole as it is written, broken by whatever is changed behind its back."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import Json

from config.launcher import roles
from tests import factories
from unions import audit, services, tenancy
from unions.models import AuditEntry, Member, Union
from unions.states import Role

NOON = factories.NOON


def _write(union: Union, actor: Member, number: int, **details: Any) -> AuditEntry:
    with transaction.atomic():
        return audit.record("test.written", union, actor=actor, at=NOON + timedelta(seconds=number), **details)


@contextmanager
def _intruder(union: Union) -> Iterator[Any]:
    """Somebody with the superuser's password, past triggers and policies."""
    with roles.cursor(os.environ["DATABASE_ADMIN_URL"], database=connection.settings_dict["NAME"]) as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor


def test_entries_are_numbered_and_chained_from_the_founding_on(union: Union) -> None:
    actor = services.system_member(union)
    for number in range(3):
        _write(union, actor, number, after={"number": number})

    entries = list(AuditEntry.objects.for_union(union))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert entries[0].action == "union.founded"
    assert entries[0].previous == audit.GENESIS
    assert [entry.previous for entry in entries[1:]] == [entry.digest for entry in entries[:-1]]
    assert audit.verify(union) == audit.Verification(union.pk, 4, entries[-1].digest)


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused(union: Union) -> None:
    actor = services.system_member(union)

    with pytest.raises(RuntimeError, match="outside a transaction"):
        audit.record("test.written", union, actor=actor, at=NOON)


def test_an_actor_cannot_write_into_the_chain_about_another_unions_row(union: Union, other_union: Union) -> None:
    actor = services.system_member(union)
    with tenancy.scope(other_union.pk):
        unit = factories.UnitFactory(union=other_union)

    for row in (unit, other_union):
        with pytest.raises(RuntimeError, match="wrote a row of union"):
            audit.record("test.written", row, actor=actor, at=NOON)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(after=st.dictionaries(st.sampled_from(["a", "名", "z"]), _json), reason=st.text(max_size=20))
def test_whatever_is_written_verifies_when_it_is_read_back(union: Union, after: dict[str, Any], reason: str) -> None:
    reason = reason.replace("\0", "").encode("utf-8", "ignore").decode()

    _write(union, services.system_member(union), 1, before={"x": Decimal("1.50")}, after=after, reason=reason)

    assert audit.verify(union).verified


def test_a_number_that_is_none_is_refused_rather_than_written_wrong(union: Union) -> None:
    with pytest.raises(ValueError, match="JSON"):
        _write(union, services.system_member(union), 1, after={"points": float("nan")})


TAMPERED: dict[str, Any] = {
    "seq": 77,
    "at": NOON + timedelta(days=1),
    "actor_id": None,  # another member of the union, filled in below
    "action": "test.forged",
    "object_type": "unions.unit",
    "object_id": "999",
    "before": Json({"state": "forged"}),
    "after": Json({"state": "forged"}),
    "reason": "伪造",
    "rows": Json({"review.outcome": {"1": "f" * 32}}),
    "previous": "f" * 64,
    "digest": "f" * 64,
}


def test_every_field_of_an_entry_is_tampered_with_below() -> None:
    assert set(TAMPERED) == {field.attname for field in AuditEntry._meta.concrete_fields} - {"id", "union_id"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", TAMPERED)
def test_a_changed_field_is_found_and_the_first_broken_row_named(union: Union, column: str) -> None:
    actor = services.system_member(union)
    for number in range(4):
        _write(union, actor, number, before={"state": "a"}, after={"state": "b"}, reason="依据")
    value = services.public_member(union).pk if column == "actor_id" else TAMPERED[column]

    with _intruder(union) as cursor:
        cursor.execute(f"UPDATE unions_auditentry SET {column} = %s WHERE union_id = %s AND seq = 3", [value, union.pk])

    result = audit.verify(union)
    assert not result.verified
    assert result.broken_at == 3
    assert result.entries == 2
    assert result.problem


@pytest.mark.django_db(transaction=True)
def test_a_removed_entry_is_found(union: Union) -> None:
    actor = services.system_member(union)
    for number in range(4):
        _write(union, actor, number)

    with _intruder(union) as cursor:
        cursor.execute("DELETE FROM unions_auditentry WHERE union_id = %s AND seq = 2", [union.pk])

    assert audit.verify(union).broken_at == 2


@pytest.mark.django_db(transaction=True)
def test_an_entry_rewritten_with_a_fitting_digest_breaks_the_next_one(union: Union) -> None:
    actor = services.system_member(union)
    for number in range(3):
        _write(union, actor, number, reason="真")
    forged = AuditEntry.objects.get(union=union, seq=2)
    forged.reason = "假"

    with _intruder(union) as cursor:
        cursor.execute(
            "UPDATE unions_auditentry SET reason = %s, digest = %s WHERE union_id = %s AND seq = 2",
            [forged.reason, audit.entry_digest(forged), union.pk],
        )

    assert audit.verify(union).broken_at == 3


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_keep_one_chain_and_never_wait_in_a_ring(union: Union) -> None:
    """Each writer locks rows of its own first and the chain last; rows are taken in one order by all."""
    units = [factories.UnitFactory(union=union) for _ in range(2)]
    actor = services.system_member(union)
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def work(worker: int) -> None:
        try:
            with tenancy.scope(union.pk):
                start.wait()
                for number in range(10):
                    with transaction.atomic():
                        unit = type(units[0]).objects.select_for_update().get(pk=units[(worker + number) % 2].pk)
                        audit.record("test.written", unit, actor=actor, at=NOON, after={"by": worker, "n": number})
                        audit.record("test.again", unit, actor=actor, at=NOON)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    result = audit.verify(union)
    assert result.verified
    assert result.entries == 1 + 4 * 10 * 2


def test_the_chains_of_two_unions_know_nothing_of_each_other(union: Union, other_union: Union) -> None:
    _write(union, services.system_member(union), 1)
    with tenancy.scope(other_union.pk):
        _write(other_union, services.system_member(other_union), 1)
        assert audit.verify(other_union).entries == 2
    assert audit.verify(union).entries == 2


def test_a_commitment_hides_the_value_and_binds_to_it() -> None:
    sealed = audit.commitment({"points": "9.5"}, "nonce")

    assert sealed == audit.commitment({"points": "9.5"}, "nonce")
    assert sealed != audit.commitment({"points": "9.6"}, "nonce")
    assert sealed != audit.commitment({"points": "9.5"}, "another")


def test_the_log_is_read_by_supervisor_and_administrator_only(union: Union, member: Callable[..., Member]) -> None:
    for role in (Role.SUPERVISOR, Role.ADMIN):
        assert AuditEntry.objects.visible_to(member(role)).exists()
    for role in (Role.OFFICE, Role.EXPERT, Role.LEADER, Role.UNIT_OFFICER, Role.APPLICANT):
        assert not AuditEntry.objects.visible_to(member(role)).exists()
