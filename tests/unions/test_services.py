from collections.abc import Callable

import pytest

from unions import audit
from unions.models import Member, Union
from unions.states import STAFF, Role


@pytest.mark.parametrize("role", sorted({*STAFF, Role.APPLICANT}))
def test_every_role_can_be_given(union: Union, member: Callable[..., Member], role: Role) -> None:
    assert member(role).role == role
    assert audit.verify(union).verified
