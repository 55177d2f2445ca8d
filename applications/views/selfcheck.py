"""Anybody answers a few questions and sees, clause by clause, what holds. Nothing is kept: answers come by POST and go."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications import answers as values
from applications import selfcheck as check
from applications.answers import WAIVERS, Value
from applications.days import local_today
from applications.forms import SectionPage, press_row_button, read_section
from applications.views.applicant import CARRIED, find_campaign, go
from campaigns import presentation
from campaigns.models import Campaign
from campaigns.policies import can_apply, takes_individuals
from campaigns.rules import schema
from unions import throttle
from unions.access import public
from unions.middleware import UnionRequest

PER_MINUTE = 120
"""A form that asks again with every answer, and a factory behind one address."""


@never_cache
@public
@require_http_methods(["GET", "POST"])
def selfcheck(request: UnionRequest, campaign_slug: str) -> HttpResponse:
    """The questions, and below them what the answers mean; asked by htmx, the findings alone."""
    campaign = find_campaign(request, campaign_slug)
    now = timezone.now()
    section = check.questions(campaign.rules)
    open_now = can_apply(campaign, at=now) and takes_individuals(campaign.rules)
    common = {"campaign": campaign, "now": now, "nominated": presentation.nominating(campaign.rules)}
    blank_row, answers = "", dict[str, Value]()
    if request.method == "POST":
        answers, blank_row = _read(request, section)
        if not throttle.allowed(request, "self_check", per_minute=PER_MINUTE):
            told = {"too_often": True, **common, **_questions(campaign, section, answers, blank_row)}
            return render(request, "applications/selfcheck.html", told, status=429)
        if request.POST.get("go") == "apply" and open_now:
            request.session[CARRIED] = check.pack(campaign, answers, at=now)
            return go(request, "apply", campaign_slug=campaign.slug)
    found = check.findings(campaign, section, answers)
    context = {
        **common,
        "asked": bool(answers),
        "result": check.result(found),
        "lines": check.lines(campaign.rules, found),
        "may_apply": open_now,
    }
    if request.headers.get("HX-Request"):
        return render(request, "applications/_selfcheck_result.html", context)
    context |= _questions(campaign, section, answers, blank_row)
    return render(request, "applications/selfcheck.html", context)


def _read(request: UnionRequest, section: schema.Section | None) -> tuple[dict[str, Value], str]:
    """What was answered, brought to one form, and the field that gets an empty row."""
    answers: dict[str, Value] = {}
    blank_row = ""
    if section is not None:
        typed = read_section(section, request.POST)
        blank_row = press_row_button(section, request.POST.get("rows", ""), typed)
        for field in section.fields:
            if value := values.normalise(field, typed[field.id]):
                answers[field.id] = value
    if asked := request.POST.getlist("waivers"):
        answers[WAIVERS] = asked
    return answers, blank_row


def _questions(
    campaign: Campaign, section: schema.Section | None, answers: dict[str, Value], blank_row: str
) -> dict[str, Any]:
    page = None
    if section is not None:
        wrong = check.problems(section, answers, today=local_today(timezone.now()))
        page = SectionPage(section, campaign.rules, answers, problems=wrong, blank_row=blank_row)
    asked = values.claimed_waivers(campaign.rules, answers)
    return {
        "page": page,
        "waivers": [(rule, waiver, waiver.id in asked) for rule, waiver in check.waivers(campaign.rules)],
    }
