"""How long data about people is kept, as the frozen rules of their campaign say, and whose time is over. Never writes."""

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from applications import keeping
from applications.days import local_today
from applications.models import Application
from applications.states import LIVE
from campaigns.models import Campaign
from campaigns.rules.wording import chinese_date


def months_later(day: date, months: int) -> date:
    """The same day so many months on; where that month is shorter, its last day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Ends:
    """The last day on which a campaign's data is kept. None: its time does not run yet, the campaign is under way."""

    drafts: date
    others: date | None
    awarded: date | None


def ends_of(campaign: Campaign) -> Ends:
    """What never reached the office is kept from the closing date on, everything else from the end of the campaign."""
    kept = campaign.rules.retention
    over = local_today(campaign.finished_at) if campaign.finished_at else None
    closed = local_today(campaign.closes_at)
    return Ends(
        drafts=months_later(min(closed, over) if over else closed, kept.drafts_months),
        others=months_later(over, 12 * kept.others_years) if over else None,
        awarded=months_later(over, 12 * kept.awarded_years) if over else None,
    )


def kept_until(application: Application, *, is_titled: bool) -> date | None:
    ends = ends_of(application.campaign)
    if not application.number:
        return ends.drafts
    return ends.awarded if is_titled else ends.others


def kept_words(application: Application, *, is_titled: bool) -> str:
    """For the person, in one sentence."""
    if application.anonymised_at is not None:
        return "保存期已满或已按请求删除，不再能读"
    until = kept_until(application, is_titled=is_titled)
    kept = application.campaign.rules.retention
    if until is None:
        return f"活动结束后保存{kept.others_years}年（获得称号的{kept.awarded_years}年），期满自动匿名"
    return f"保存到{chinese_date(until)}，期满自动匿名" + ("；称号和证书是公开记录，长期保存" if is_titled else "")


def expired(campaign: Campaign, *, at: datetime) -> QuerySet[Application]:
    """Applications past their last day that nobody anonymised yet; titled ones are told apart by the caller, in `due`."""
    ends, today = ends_of(campaign), local_today(at)
    rows = Application.objects.filter(campaign=campaign, anonymised_at__isnull=True)
    wanted = Q(pk__in=[])
    if today > ends.drafts:
        never_filed = Q(number="")
        wanted |= never_filed if campaign.finished_at else never_filed & ~Q(state__in=sorted(s.value for s in LIVE))
    if ends.others is not None and today > ends.others:
        wanted |= ~Q(number="")
    return rows.filter(wanted).order_by("pk")


def due(campaign: Campaign, *, at: datetime, among: Collection[int] | None = None) -> list[int]:
    """Whose time is over and whom nothing holds, by id: those with a title only after the longer time."""
    ends, today = ends_of(campaign), local_today(at)
    rows = expired(campaign, at=at)
    ids = list((rows if among is None else rows.filter(pk__in=among)).values_list("pk", flat=True))
    titled = frozenset() if ends.awarded is not None and today > ends.awarded else keeping.titled(ids)
    held = keeping.held(ids)
    return [pk for pk in ids if pk not in titled and pk not in held]


def titled_among(applications: Collection[Application]) -> frozenset[int]:
    ids = [row.pk for row in applications]
    return keeping.titled(ids) if ids else frozenset()
