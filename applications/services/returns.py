"""Return for correction (退回补正): what to mend, of each why, and until when; nothing else can be changed meanwhile."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from applications import notify, policies, selectors
from applications.models import Application, Return
from applications.sealing import plain_json
from applications.services.intake import locked, locked_campaign, move
from applications.states import State
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused


@transaction.atomic
def return_application(
    application: Application,
    *,
    items: Iterable[str],
    deadline: datetime,
    actor: Member,
    at: datetime,
    reason: str = "",
    reasons: Mapping[str, str] | None = None,
) -> Return:
    """Send it back for correction. `reasons` says of an item what is wrong with it; one without has the common `reason`.

    The log holds the common reason; the words about single items may repeat what stands in the form, so that of them it
    holds a digest under the person's key.
    """
    campaign = locked_campaign(application.campaign_id)
    application = locked(application, campaign=campaign)
    policies.can_return(actor, application, at=at).require()
    labels = selectors.item_labels(application)
    wanted = list(dict.fromkeys(items))
    own = {item: words.strip() for item, words in (reasons or {}).items() if item in wanted and words.strip()}
    by_unit = application.state == State.AWAITING_UNIT
    if not wanted:
        raise Refused("请至少勾选一项需要补正的栏目或材料")
    if unknown := [item for item in wanted if item not in labels]:
        raise Refused(f"申报表中没有这些项目：{'、'.join(unknown)}")
    if not reason.strip() and (silent := [labels[item] for item in wanted if item not in own]):
        raise Refused(f"请写明退回的原因：{'、'.join(silent)}要补正什么")
    if deadline <= at:
        raise Refused("补正期限须晚于现在")
    if by_unit and deadline > campaign.closes_at:
        raise Refused("补正期限不能晚于申报截止时间，否则来不及送认定办公室")
    last = selectors.latest_submission(application)
    before = move(application, State.RETURNED)
    row = Return.objects.create(
        union=application.union,
        application=application,
        reason=reason.strip(),
        items=wanted,
        reasons=own,
        version=last.version if last else 0,
        unit=application.unit if by_unit else None,
        deadline=deadline,
        at=at,
        by=actor,
    )
    application.save(update_fields=["state"])
    key = application.person.key
    told = {"reasons": vault.digest(key, plain_json(own))} if own and key else {}
    audit.record(
        "application.returned",
        application,
        actor=actor,
        at=at,
        before={"state": before},
        after={"state": State.RETURNED, "items": wanted, "deadline": deadline.isoformat(), **told},
        reason=row.reason,
    )
    notify.returned(application, row, at=at)
    return row
