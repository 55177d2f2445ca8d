"""A kept fixture is made once, and is to every test as it was."""

from typing import Any

import pytest

from tests import factories
from tests.kept import KEEPER, Definition, kept
from unions import tenancy
from unions.models import Union, Unit


@kept
def town(union: Union) -> Unit:
    return factories.UnitFactory(union=union, name="示例镇总工会")


@kept
def village(union: Union, town: Unit) -> Unit:
    town.name = "改名而未保存"  # type: ignore[misc]  # what a later fixture does to a value is not in the earlier one
    return factories.UnitFactory(union=union, name="示例村总工会", parent=town)


def _spoil(town: Unit) -> None:
    Unit.objects.filter(pk=town.pk).update(name="被改的镇")
    factories.UnitFactory(union=town.union, name="多出的镇")
    town.name = "被改的镇"


@pytest.mark.parametrize("turn", range(4))
def test_a_row_and_its_object_are_as_they_were(turn: int, union: Union, town: Unit) -> None:
    assert town.union is union
    assert town.name == "示例镇总工会"
    assert list(Unit.objects.values_list("name", flat=True)) == ["示例镇总工会"]
    _spoil(town)


@pytest.mark.parametrize("turn", range(2))
def test_what_builds_upon_it_sees_it_and_the_test_sees_both(turn: int, union: Union, village: Unit, town: Unit) -> None:
    assert village.parent is town
    assert town.name == "改名而未保存"
    _spoil(town)


def test_the_union_of_a_kept_fixture_is_open(town: Unit) -> None:
    assert tenancy.current() == str(town.union_id)


@pytest.mark.django_db
def test_a_test_without_it_finds_an_empty_database() -> None:
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        assert not Union.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_builds_for_itself(town: Unit) -> None:
    assert not KEEPER.given
    assert Unit.objects.get() == town


@pytest.mark.django_db
def test_one_that_asks_for_what_is_not_kept_is_named() -> None:
    def alone(client: Any) -> None: ...

    wrong = Definition(alone, ("client",), lambda _value: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(pytest.UsageError, match="alone is kept and asks for client, which is not"):
        KEEPER._build(wrong)


def test_a_failure_while_building_leaves_the_rest_as_it_was(town: Unit) -> None:
    def broken(union: Union) -> None:
        factories.UnitFactory(union=union, name="半途而废")
        raise RuntimeError

    height = len(KEEPER._stack)
    with pytest.raises(RuntimeError):
        KEEPER._build(Definition(broken, ("union",), lambda _value: tenancy.scope(town.union_id)))

    assert len(KEEPER._stack) == height
    assert Unit.objects.get() == town
