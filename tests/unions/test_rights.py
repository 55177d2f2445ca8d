"""Rights on an object: from the role, from a person's own grant, asked of the database once."""

from collections.abc import Callable
from typing import Any

import pytest
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import assign_perm

from tests import factories
from unions.models import Member, Union
from unions.rights import Rights
from unions.states import Role

pytestmark = pytest.mark.django_db

Appoint = Callable[..., Member]


def test_a_role_and_a_grant_of_ones_own_count_alike(union: Union, member: Appoint) -> None:
    officer = member(Role.OFFICE)
    assign_perm("view_union", officer.user, union)

    held = Rights(officer.user).get_perms(union)

    assert sorted(held) == ["run_office", "view_union"]
    assert sorted(ObjectPermissionChecker(officer.user).get_perms(union)) == sorted(held)


def test_a_right_holds_for_the_object_alone_on_which_it_was_given(
    union: Union, other_union: Union, member: Appoint
) -> None:
    mine, another = factories.UnitFactory(union=union), factories.UnitFactory(union=union)
    officer = member(Role.UNIT_OFFICER, unit=mine)
    assign_perm("represent", officer.user, mine)

    assert Rights(officer.user).get_perms(mine) == ["represent"]
    assert Rights(officer.user).get_perms(another) == []
    assert Rights(member(Role.OFFICE).user).get_perms(other_union) == []


def test_an_account_that_was_closed_holds_nothing(union: Union, member: Appoint) -> None:
    user = member(Role.OFFICE).user
    user.is_active = False

    assert Rights(user).get_perms(union) == []
    assert not Rights(user).has_perm("run_office", union)


def test_a_superuser_holds_what_was_given_and_no_more(union: Union, member: Appoint) -> None:
    user = member(Role.OFFICE).user
    user.is_superuser = True

    assert Rights(user).get_perms(union) == ["run_office"]


def test_an_object_is_asked_about_once(union: Union, member: Appoint, django_assert_num_queries: Any) -> None:
    rights = Rights(member(Role.OFFICE).user)

    with django_assert_num_queries(1):
        assert rights.has_perm("run_office", union)
        assert not rights.has_perm("lead", union)
