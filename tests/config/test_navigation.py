"""The rail of each role names places that exist."""

import pytest
from django.urls import resolve, reverse

from config.navigation import PLACES
from unions.states import Role

EVERY = sorted({place.view for places in PLACES.values() for place in places})


@pytest.mark.parametrize("view", EVERY)
def test_a_place_of_a_rail_is_an_address(view: str) -> None:
    kwargs = {} if view.startswith("unions_global:") else {"union_slug": "yunshan"}

    assert resolve(reverse(view, kwargs=kwargs)).view_name == view


def test_every_role_has_a_rail_and_people_a_first_place() -> None:
    assert set(PLACES) == set(Role)
    assert all(PLACES[role] for role in Role if role not in {Role.SYSTEM, Role.PUBLIC})
