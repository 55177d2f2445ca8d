"""Every write of an application: one module per noun, the verbs gathered here."""

from applications.services.endorsements import (
    endorse_application,
    endorse_together,
    record_internal_notice,
    return_application,
)
from applications.services.forgetting import forget_uploads
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
from applications.services.preferences import hand_over_order, order_people, set_phrases
from applications.services.prints import queue_forms
from applications.services.scans import assign_page, attach_scans, drop_scan, upload_scan
from applications.services.sheet_imports import (
    confirm_people,
    drop_people,
    read_people,
    upload_people,
    write_people,
)

__all__ = [
    "Conflict",
    "accept_nomination",
    "assign_page",
    "attach_material",
    "attach_scans",
    "change_channel",
    "confirm_people",
    "decline_nomination",
    "drop_people",
    "drop_scan",
    "endorse_application",
    "endorse_together",
    "forget_uploads",
    "hand_over_order",
    "lapse_overdue",
    "nominate",
    "nominate_person",
    "order_people",
    "queue_forms",
    "read_people",
    "record_internal_notice",
    "remove_material",
    "return_application",
    "reveal_id_number",
    "save_draft",
    "set_phrases",
    "start_application",
    "submit_application",
    "upload_people",
    "upload_scan",
    "withdraw_application",
    "write_people",
]
