"""Row-level security, on every table that has a union, as the role the product runs as."""

from django.db import connection, models

from unions import tenancy
from unions.models import Union


def _copied(model: type[models.Model], union: Union) -> None:
    """Make one row of the model in `union`, straight in the table: foreign keys and checks are not what is tested."""


def test_the_products_role_cannot_pass_row_security_by(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (tenancy.APP_ROLE, False, False)
