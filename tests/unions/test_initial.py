"""First migrations: whole models only, and nothing that the models say is missing in them."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations import CreateModel, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from pgtrigger.migrations import AddTrigger

from unions.initial import Initial


def test_a_first_migration_alters_nothing_since_its_models_are_built_once() -> None:
    found = [one for one in MigrationLoader(None).disk_migrations.values() if isinstance(one, Initial)]

    assert {one.app_label for one in found} == {
        "unions",
        "documents",
        "campaigns",
        "applications",
        "review",
        "publicity",
    }
    for one in found:
        assert one.name == "0001_initial"
        assert all(type(operation) in {CreateModel, AddTrigger, RunSQL} for operation in one.operations)


@pytest.mark.django_db
def test_every_model_is_migrated() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_looking_at_a_plan_leaves_the_state_before_it_alone() -> None:
    """`mutate_state` with `preserve` is what `sqlmigrate` and the test of consistency build upon."""
    loader = MigrationExecutor(connection).loader
    before = loader.project_state(("auth", "0012_alter_user_first_name_max_length"))
    known = set(before.models)

    after = loader.get_migration("unions", "0001_initial").mutate_state(before)

    assert set(before.models) == known
    assert ("unions", "union") in after.models
    assert after.apps.get_model("unions", "Union")._meta.get_field("slug").unique
