"""The order in which a unit would have its people chosen (推荐排序), and the phrases its opinions start from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from applications import policies, selectors_units
from applications.models import OpinionPhrases, PreferenceOrder
from applications.services.intake import locked_campaign
from campaigns.models import Campaign
from unions import audit
from unions.models import Member, Unit
from unions.permits import Refused

MOST_PHRASES: Final = 20
LONGEST_PHRASE: Final = 200


@transaction.atomic
def order_people(
    campaign: Campaign, *, unit: Unit, order: Sequence[int], actor: Member, at: datetime
) -> PreferenceOrder | None:
    """Set the whole order of the unit's people; None where it stands so already.

    The campaign's lock serialises two officers of one unit: the later one sets what both then see, never half of each.
    """
    campaign = locked_campaign(campaign.pk)
    last = _changeable(campaign, unit, actor=actor, at=at)
    wanted = list(order)
    if sorted(wanted) != sorted(_rankable(campaign, unit, actor)):
        raise Refused("名单在这期间有变化，没有保存。请按现在的名单重新排序")
    if last is not None and last.order == wanted:
        return None
    return _record(campaign, unit, wanted, before=last, handed_over=False, actor=actor, at=at)


@transaction.atomic
def hand_over_order(campaign: Campaign, *, unit: Unit, actor: Member, at: datetime) -> PreferenceOrder:
    """The order goes to the office as it stands, and stays."""
    campaign = locked_campaign(campaign.pk)
    last = _changeable(campaign, unit, actor=actor, at=at)
    standing = set(_rankable(campaign, unit, actor))
    order = [pk for pk in (last.order if last else ()) if pk in standing]
    if not order:
        raise Refused("还没有排序。请先保存推荐排序，再报送")
    if left := len(standing) - len(order):
        raise Refused(f"还有 {left} 人没有排进去。请按现在的名单重新保存排序，再报送")
    return _record(campaign, unit, order, before=last, handed_over=True, actor=actor, at=at)


def _changeable(campaign: Campaign, unit: Unit, *, actor: Member, at: datetime) -> PreferenceOrder | None:
    policies.can_order_people(actor, campaign, unit, at=at).require()
    last = selectors_units.newest_order(campaign, unit)
    if last is not None and last.handed_over:
        raise Refused("推荐排序已经报送，不能再改。确需更改的，请与认定办公室联系")
    return last


def _rankable(campaign: Campaign, unit: Unit, actor: Member) -> list[int]:
    """Who still stands and was handed to the unit."""
    return list(selectors_units.rankable(campaign, unit, actor).values_list("pk", flat=True))


def _record(
    campaign: Campaign,
    unit: Unit,
    order: list[int],
    *,
    before: PreferenceOrder | None,
    handed_over: bool,
    actor: Member,
    at: datetime,
) -> PreferenceOrder:
    row = PreferenceOrder.objects.create(
        union=campaign.union, campaign=campaign, unit=unit, order=order, handed_over=handed_over, at=at, by=actor
    )
    audit.record(
        "preference.handed_over" if handed_over else "preference.ordered",
        row,
        actor=actor,
        at=at,
        before={"order": before.order if before else []},
        after={"campaign": campaign.pk, "unit": unit.pk, "order": order},
    )
    return row


def placed(order: Sequence[int], wanted: Mapping[int, int]) -> list[int]:
    """The order with some people put at the places typed for them, from 1; the others keep theirs among each other."""
    moved = {pk: place for pk, place in wanted.items() if pk in order and order.index(pk) + 1 != place}
    rest = [pk for pk in order if pk not in moved]
    for pk, place in sorted(moved.items(), key=lambda item: (item[1], order.index(item[0]))):
        rest.insert(min(max(place, 1), len(order)) - 1, pk)
    return rest


def moved(order: Sequence[int], pk: int, by: int) -> list[int]:
    """One person up (-1) or down (+1); at the end nothing moves."""
    rows = list(order)
    if pk in rows:
        here = rows.index(pk)
        there = min(max(here + by, 0), len(rows) - 1)
        rows[here], rows[there] = rows[there], rows[here]
    return rows


@transaction.atomic
def set_phrases(unit: Unit, *, texts: Sequence[str], actor: Member, at: datetime) -> OpinionPhrases:
    """The unit's own phrases in place of those that come with the rules; none brings those back."""
    policies.can_set_phrases(actor, unit).require()
    kept = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if len(kept) > MOST_PHRASES:
        raise Refused(f"至多保存 {MOST_PHRASES} 条，现有 {len(kept)} 条，请删去几条")
    if long := next((text for text in kept if len(text) > LONGEST_PHRASE), ""):
        raise Refused(f"每条至多 {LONGEST_PHRASE} 字：“{long[:12]}……”有 {len(long)} 字，请缩短")
    before = OpinionPhrases.objects.select_for_update(of=("self",)).filter(unit=unit).first()
    row, _ = OpinionPhrases.objects.update_or_create(
        unit=unit, defaults={"union": unit.union, "texts": kept, "at": at, "by": actor}
    )
    audit.record(
        "unit.phrases_set",
        unit,
        actor=actor,
        at=at,
        before={"phrases": before.texts if before else []},
        after={"phrases": kept},
    )
    return row
