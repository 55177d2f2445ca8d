"""Every write of an application: one module per noun, the verbs gathered here."""

from applications.services.confirmations import ask_confirmation, confirm_entry, refuse_entry, sign_consent
from applications.services.endorsements import (
    endorse_application,
    endorse_together,
    record_internal_notice,
)
from applications.services.forgetting import forget_uploads
from applications.services.inbox import (
    Share,
    add_note,
    assign_applications,
    remove_filter,
    save_filter,
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
from applications.services.materials import add_pages, arrange_pages, attach_material, attach_pages, remove_material
from applications.services.merging import choose_source, merge_applications
from applications.services.nominations import accept_nomination, decline_nomination, nominate_person, resend_invitation
from applications.services.persons import reveal_id_number
from applications.services.preferences import hand_over_order, order_people, set_phrases
from applications.services.prints import queue_forms
from applications.services.retention import erase_own, expire_campaign
from applications.services.returns import return_application
from applications.services.rights import (
    correct_name,
    decide_erasure,
    queue_export,
    request_erasure,
    take_back_erasure,
)
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
    "Share",
    "accept_nomination",
    "add_note",
    "add_pages",
    "arrange_pages",
    "ask_confirmation",
    "assign_applications",
    "assign_page",
    "attach_material",
    "attach_pages",
    "attach_scans",
    "change_channel",
    "choose_source",
    "confirm_entry",
    "confirm_people",
    "correct_name",
    "decide_erasure",
    "decline_nomination",
    "drop_people",
    "drop_scan",
    "endorse_application",
    "endorse_together",
    "erase_own",
    "expire_campaign",
    "forget_uploads",
    "hand_over_order",
    "lapse_overdue",
    "merge_applications",
    "nominate",
    "nominate_person",
    "order_people",
    "queue_export",
    "queue_forms",
    "read_people",
    "record_internal_notice",
    "refuse_entry",
    "remove_filter",
    "remove_material",
    "request_erasure",
    "resend_invitation",
    "return_application",
    "reveal_id_number",
    "save_draft",
    "save_filter",
    "set_phrases",
    "sign_consent",
    "start_application",
    "submit_application",
    "take_back_erasure",
    "upload_people",
    "upload_scan",
    "withdraw_application",
    "write_people",
]
