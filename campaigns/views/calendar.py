"""The calendar of working days."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from campaigns import selectors, services
from campaigns.forms import DaysForm
from campaigns.models import CalendarDay, CalendarYear
from campaigns.views.addresses import KEEPERS, here
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused


def _calendar(request: MemberRequest, form: DaysForm, status: int = 200) -> HttpResponse:
    union = request.union
    days = CalendarDay.objects.filter(union=union)
    confirmed = list(CalendarYear.objects.filter(union=union).select_related("confirmed_by__user").order_by("year"))
    known = selectors.calendar_of(union)
    this_year = timezone.localdate().year
    touched = {day.day.year for day in days}
    years = sorted({this_year, this_year + 1} | touched | {row.year for row in confirmed})
    by_year = {row.year: row for row in confirmed}
    context = {
        "years": [
            {
                "year": year,
                "published": known.knows(year) and year not in by_year,
                "confirmed": by_year.get(year),
                "days": [day for day in days if day.day.year == year],
            }
            for year in years
        ],
        "form": form,
        "crumbs": [{"label": "工作日历"}],
    }
    return render(request, "campaigns/calendar.html", context, status=status)


@require_safe
@role_required(*KEEPERS)
def calendar(request: MemberRequest) -> HttpResponse:
    return _calendar(request, DaysForm())


@require_POST
@role_required(*KEEPERS)
def set_days(request: MemberRequest) -> HttpResponse:
    form = DaysForm(request.POST)
    if not form.is_valid():
        return _calendar(request, form, status=422)
    rows = services.set_calendar_days(request.union, form.cleaned_data["days"], actor=request.member, at=timezone.now())
    messages.success(request, f"已录入 {len(rows)} 天")
    return redirect(here(request, "calendar"))


@require_POST
@role_required(*KEEPERS)
def remove_day(request: MemberRequest, day_id: int) -> HttpResponse:
    day = get_object_or_404(CalendarDay, union=request.union, pk=day_id)
    try:
        services.remove_calendar_day(day, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(here(request, "calendar"))


@require_POST
@role_required(*KEEPERS)
def confirm_year(request: MemberRequest, year: int) -> HttpResponse:
    if not 2000 <= year <= 2100:
        raise Http404
    try:
        services.confirm_calendar_year(request.union, year, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{year}年的工作日已确认，公示期可以进入该年")
    return redirect(here(request, "calendar"))
