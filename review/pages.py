"""The two shapes most pages of this app have: fetch within the union, and ask before a verb is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from applications.models import Application
from applications.selectors import with_case
from campaigns.models import Campaign, Stage
from campaigns.states import CampaignState
from review.selectors_meetings import keeps_out
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

Crumb = dict[str, str]


def address(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"review:{name}", kwargs={"union_slug": request.union.slug, **kwargs})


def get_campaign(request: MemberRequest, slug: str) -> Campaign:
    return get_object_or_404(Campaign.objects.for_union(request.union).public().select_related("union"), slug=slug)


def get_stage(request: MemberRequest, pk: int, **filters: Any) -> Stage:
    """A stage of a campaign that was published; a draft's stages are the set-up's business."""
    rows = Stage.objects.for_union(request.union).select_related("campaign__union", "union")
    return get_object_or_404(rows.exclude(campaign__state=CampaignState.DRAFT), pk=pk, **filters)


def get_case(request: MemberRequest, pk: int) -> Application:
    """A case that was filed, as far as the member may read it; what a unit still screens is not the office's yet.

    A member of the leading group who keeps out of somebody (回避) reads nothing of them.
    """
    rows = with_case(Application.objects.visible_to(request.member).filter(number__gt=""))
    found = get_object_or_404(rows, pk=pk)
    if request.member.role == Role.LEADER and keeps_out(request.member, found.pk):
        raise PermissionDenied(f"您对{found.name}已经回避，不能查看其材料")
    return found


def crumbs(request: MemberRequest, *more: tuple[str, str], campaign: Campaign | None = None) -> list[Crumb]:
    """The way here: all campaigns, the campaign, and what is below it; the last one without an address."""
    trail = [{"label": "环节与评审", "url": address(request, "campaigns")}]
    if campaign is not None:
        trail.append({"label": campaign.title, "url": address(request, "campaign", campaign_slug=campaign.slug)})
    trail += [{"label": label, "url": url} for label, url in more]
    return trail


@dataclass(slots=True)
class Ask:
    """A page that names what will happen and to how many, with the fields the verb needs. `back` leads away undone."""

    title: str
    verb: str
    back: str
    over: str = ""
    sub: str = ""
    text: str = ""
    count: int | None = None
    noun: str = "人"
    kind: str = "primary"
    why_not: str = ""
    notes: Sequence[tuple[str, str, Sequence[str]]] = field(default_factory=list)
    """(kind of alert, title, lines) shown above the form."""
    multipart: bool = False
    to: str = ""
    template: str = "review/ask.html"
    crumbs: list[Crumb] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


def ask(request: MemberRequest, form: forms.Form, page: Ask, act: Callable[[], str]) -> HttpResponse:
    """Show the page; on a well-formed POST do the verb. A refusal comes back in place, with everything that was typed.

    `act` calls the service and returns the words that say what happened.
    """
    if request.method == "POST" and form.is_valid():
        try:
            done = act()
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect(page.to or page.back)
    return render(request, page.template, {"page": page, "form": form, "crumbs": page.crumbs, **page.more})


def posted(request: MemberRequest) -> Any:
    """The data of a bound form, or None where the page is only asked for."""
    return request.POST if request.method == "POST" else None
