"""What is like a conflict of interest is looked at by a person of the office, whose word and reason stay on record."""

from datetime import datetime

from django.db import transaction

from review import policies
from review.models import Recusal
from review.models_pool import Likeness, LikenessWord
from review.services.seating import add_recusals, lock_seat, require_not_voted
from review.states import RecusalSource
from unions import audit
from unions.models import Member
from unions.permits import Refused


@transaction.atomic
def settle_likeness(likeness: Likeness, *, conflict: bool, reason: str, actor: Member, at: datetime) -> LikenessWord:
    """A conflict is recused; where it is none, the expert sees the case from now on."""
    seat = lock_seat(likeness.seat)
    policies.can_settle_likeness(actor, seat, at=at).require()
    if not reason.strip():
        raise Refused("请填写核对的情况和理由")
    if LikenessWord.objects.filter(likeness=likeness).exists():
        raise Refused("这条线索已经处理，请刷新页面")
    # whose ballot is cast could not name the case, and the count would take it that they could
    require_not_voted(seat, "有线索要核对的")
    word = LikenessWord.objects.create(
        union_id=seat.union_id, likeness=likeness, conflict=conflict, reason=reason.strip(), at=at, by=actor
    )
    recused = seat.recusals.filter(application=likeness.application_id).exists()
    rows: list[Recusal] = []
    if conflict and not recused:
        rows = add_recusals(seat, {likeness.application_id: reason.strip()}, RecusalSource.OFFICE, actor, at)
    audit.record(
        "seat.likeness_settled",
        word,
        actor=actor,
        at=at,
        after={"seat": seat.pk, "application": likeness.application_id, "conflict": conflict},
        reason=reason.strip(),
        rows=rows,
    )
    return word
