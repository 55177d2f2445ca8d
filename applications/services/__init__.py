"""Every write of an application: one module per noun, the verbs gathered here."""

from applications.services.confirmations import ask_confirmation, confirm_entry, refuse_entry, sign_consent
from applications.services.endorsements import (
    endorse_application,
    endorse_together,
    record_internal_notice,
    return_application,
)
from applications.services.intake import (
    Conflict,
    change_channel,
    lapse_overdue,
    nominate,
    save_draft,
    start_application,
    submit_application,
    withdraw_application,
)
from applications.services.materials import attach_material, remove_material
from applications.services.merging import choose_source, merge_applications
from applications.services.nominations import (
    accept_nomination,
    decline_nomination,
    nominate_person,
    resend_invitation,
)
from applications.services.persons import reveal_id_number

__all__ = [
    "Conflict",
    "accept_nomination",
    "ask_confirmation",
    "attach_material",
    "change_channel",
    "choose_source",
    "confirm_entry",
    "decline_nomination",
    "endorse_application",
    "endorse_together",
    "lapse_overdue",
    "merge_applications",
    "nominate",
    "nominate_person",
    "record_internal_notice",
    "refuse_entry",
    "remove_material",
    "resend_invitation",
    "return_application",
    "reveal_id_number",
    "save_draft",
    "sign_consent",
    "start_application",
    "submit_application",
    "withdraw_application",
]
