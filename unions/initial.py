"""A first migration that creates all tables of an app at once."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState


class Initial(Migration):
    """Whole models, their triggers and SQL, and nothing that alters a model.

    Django builds every model class that is related to the one an operation names anew, after each operation; here all are
    related to each other by way of the union, and a new database took half a minute of that. With all models known before
    the first table is made the classes are built once. It is not taken back: before it there is nothing to go back to.
    """

    def apply(
        self,
        project_state: ProjectState,
        schema_editor: BaseDatabaseSchemaEditor,
        collect_sql: bool = False,  # noqa: ARG002 - Django names it
    ) -> ProjectState:
        project_state = self.mutate_state(project_state, preserve=False)
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, project_state, project_state)
        return project_state

    def mutate_state(self, project_state: ProjectState, preserve: bool = True) -> ProjectState:
        state = project_state.clone() if preserve else project_state
        state.__dict__.pop("apps", None)  # a cached property: built with the next look at it
        for operation in self.operations:
            operation.state_forwards(self.app_label, state)
        return state
