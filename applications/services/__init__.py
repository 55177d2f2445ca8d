"""Every write of an application: one module per noun, the verbs gathered here."""

from applications.services.endorsements import (
    endorse_application,
    endorse_together,
    record_internal_notice,
    return_application,
)
from applications.services.inbox import (
    Share,
    add_note,
    assign_applications,
    remove_filter,
    save_filter,
)
from applications.services.intake import (
    Conflict,
    accept_nomination,
    change_channel,
    decline_nomination,
    lapse_overdue,
    nominate,
    nominate_person,
    save_draft,
    start_application,
    submit_application,
    withdraw_application,
)
from applications.services.materials import attach_material, remove_material
from applications.services.persons import reveal_id_number

__all__ = [
    "Conflict",
    "Share",
    "accept_nomination",
    "add_note",
    "assign_applications",
    "attach_material",
    "change_channel",
    "decline_nomination",
    "endorse_application",
    "endorse_together",
    "lapse_overdue",
    "nominate",
    "nominate_person",
    "record_internal_notice",
    "remove_filter",
    "remove_material",
    "return_application",
    "reveal_id_number",
    "save_draft",
    "save_filter",
    "start_application",
    "submit_application",
    "withdraw_application",
]
