"""An expert's entry in the pool as a page or a sheet gives it: what is judged about them, and how to reach them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from review.models import Expert
from review.services.panels import enrol_expert
from review.services.pool import Contact, contact_of, keep_contact
from unions.models import Member


@transaction.atomic
def enter_expert(member: Member, *, contact: Contact, actor: Member, at: datetime, **entry: Any) -> Expert:
    """`enrol_expert` with phone and address; nothing of it is written where one of the two is refused.

    A phone or address left empty says nothing, since the page does not show the one that is kept.
    """
    expert = enrol_expert(member, actor=actor, at=at, **entry)
    before = contact_of(expert)
    told = Contact(contact.phone or before.phone, contact.address or before.address)
    if told != before:
        keep_contact(expert, told, actor=actor, at=at)
    return expert
