"""Applying: the way in, one section a screen, papers, the check list, handing in, and where it stands.

A unit officer fills in for the unit's people on the same screens.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from applications import (
    papers,
    policies,
    selectors,
    selectors_confirmations,
    selectors_returns,
    selectors_twins,
    selfcheck,
    services,
    wizard,
)
from applications.answers import Answers
from applications.models import Application
from applications.states import EDITABLE, LIVE, State
from campaigns import presentation
from campaigns.models import Campaign
from campaigns.policies import takes_individuals
from campaigns.rules import schema
from unions.access import member_required, signed_in
from unions.middleware import MemberRequest, UnionRequest
from unions.models import Member, Unit
from unions.permits import Refused
from unions.services import give_consent, join_as_applicant
from unions.states import STAFF, Role

View = Callable[..., HttpResponseBase]

HANDED_IN = frozenset({State.AWAITING_UNIT, State.SUBMITTED})

CARRIED = "carried_answers"
"""Where the session keeps the answers of a self-check, from the click on “带着这些答案去申报” until the form is started."""


def answers_signed_out_with_401(view: View) -> View:
    """A save in the background cannot follow to a sign-in page: it is told, and the page keeps what was typed."""

    @wraps(view)
    def entry(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return JsonResponse({"error": "登录已过期，请重新登录；已填写的内容保留在本页"}, status=401)
        return view(request, *args, **kwargs)

    return entry


def find(request: MemberRequest, pk: int) -> Application:
    rows = Application.objects.visible_to(request.member).select_related("campaign", "person__key", "unit", "union")
    return get_object_or_404(rows, pk=pk)


def find_own(request: MemberRequest, pk: int) -> Application:
    """An application this member fills in; to everybody else it does not exist here."""
    application = find(request, pk)
    if not policies.is_editor(request.member, application):
        raise Http404
    return application


def link(request: UnionRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"applications:{name}", kwargs={"union_slug": request.union.slug, **kwargs})


def go(request: UnionRequest, name: str, **kwargs: Any) -> HttpResponseRedirect:
    return redirect(link(request, name, **kwargs))


def face_of(request: MemberRequest) -> str:
    """Officers see the screens inside their desk."""
    return "base_desk.html" if Role(request.member.role) in STAFF else "base_public.html"


def find_campaign(request: UnionRequest, campaign_slug: str) -> Campaign:
    rows = Campaign.objects.for_union(request.union).public().select_related("union")
    return get_object_or_404(rows, slug=campaign_slug)


def _channel(campaign: Campaign, channel_id: str) -> schema.Channel:
    found = next((channel for channel in campaign.rules.channels if channel.id == channel_id), None)
    if found is None:
        raise Http404
    return found


# --- the way in ------------------------------------------------------------------------------------------------------


@signed_in
def apply(request: UnionRequest, campaign_slug: str) -> HttpResponse:
    """Choose a way in, then agree to what is done with personal data and start."""
    campaign = find_campaign(request, campaign_slug)
    now = timezone.now()
    own = (
        selectors.own_applications(request.member).filter(campaign=campaign, applicant=request.member)
        if request.member
        else None
    )
    current = next((row for row in own or [] if row.state in LIVE), None)
    if current is not None:
        request.session.pop(CARRIED, None)
        return go(request, "status", pk=current.pk)
    carried = _carried(request, campaign, now)
    chosen = request.POST.get("channel") or request.GET.get("channel", "")
    context: dict[str, Any] = {
        "campaign": campaign,
        "now": now,
        "is_open": campaign.is_open(now),
        "channels": selectors.channels_open_to(campaign),
        "others": [channel for channel in campaign.rules.channels if channel.kind == "anyone"],
        "carried": list(selfcheck.carried_labels(campaign.rules, carried)),
        "nominated": presentation.nominating(campaign.rules),
    }
    if not chosen:
        return render(request, "applications/apply_channel.html", context)
    channel = _channel(campaign, chosen)
    if request.method == "POST":
        try:
            application = _start(request, campaign, channel, carried)
        except Refused as refusal:
            if twin := _started_meanwhile(request, campaign):
                return go(request, "fill", pk=twin.pk, section=campaign.rules.form.sections[0].id)
            context["refusal"] = str(refusal)
        else:
            request.session.pop(CARRIED, None)
            messages.success(request, "已开始填写，内容会自动保存，可随时离开、以后继续。")
            return go(request, "fill", pk=application.pk, section=campaign.rules.form.sections[0].id)
    consented = request.member is not None and selectors.has_consented(request.member)
    context |= {
        "channel": channel,
        "needs_unit": policies.needs_unit(channel),
        "units": selectors.units_for(campaign, channel),
        "unit": request.POST.get("unit", ""),
        "consented": consented,
        "consent_text": selectors.consent_text(request.union),
    }
    return render(request, "applications/apply_start.html", context)


def _started_meanwhile(request: UnionRequest, campaign: Campaign) -> Application | None:
    """A second click, or the same one sent again over a bad line, leads to what the first one began."""
    assert request.user.is_authenticated
    rows = Application.objects.for_union(request.union).filter(campaign=campaign, state__in=LIVE)
    return rows.filter(applicant__user=request.user).first()


def _carried(request: UnionRequest, campaign: Campaign, now: datetime) -> Answers:
    """The answers of a self-check that the person wants to apply with; what has become old is forgotten."""
    packed = request.session.get(CARRIED)
    answers = selfcheck.unpack(campaign, packed, at=now) if packed else {}
    if packed and not answers:
        del request.session[CARRIED]
    return answers


def _start(request: UnionRequest, campaign: Campaign, channel: schema.Channel, carried: Answers) -> Application:
    now = timezone.now()
    unit_id = request.POST.get("unit", "")
    unit = Unit.objects.for_union(request.union).filter(pk=unit_id).first() if unit_id.isdigit() else None
    policies.can_choose_unit(campaign, channel, unit).require()
    if request.member is None and not request.POST.get("consent"):
        raise Refused("请先阅读并同意个人信息处理告知，再开始填写")
    assert request.user.is_authenticated
    member = request.member or join_as_applicant(request.union, request.user, at=now)
    if request.POST.get("consent"):
        give_consent(member, text=selectors.consent_text(request.union), at=now)
    return services.start_application(campaign, channel=channel.id, actor=member, at=now, unit=unit, carried=carried)


# --- handing in ------------------------------------------------------------------------------------------------------


@member_required
def check(request: MemberRequest, pk: int) -> HttpResponse:
    """Everything the notice asks, each with its clause, before one hands in."""
    application = find_own(request, pk)
    if application.state not in EDITABLE:
        return go(request, "status", pk=pk)
    now = timezone.now()
    items = selectors.submit_checklist(application, now)
    context = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "wrong": selectors.blockers(items),
        "complete": [item for item in items if item.ok and not item.verdict],
        "conditions": [item for item in items if item.verdict],
        "may_submit": policies.can_submit(request.member, application, at=now),
        "to_unit": application.unit is not None and not application.number,
        "twin": selectors_twins.twin_words(application, request.member),
        "entry": selectors_confirmations.entry_of(application),
        **wizard.context(application, request.union.slug, "check", at=now),
        "has_paper": bool(papers.form_papers(application.campaign.rules)),
        "now": now,
    }
    return render(request, "applications/check.html", context)


@member_required
@require_POST
def submit(request: MemberRequest, pk: int) -> HttpResponse:
    application = find_own(request, pk)
    try:
        application = services.submit_application(application, actor=request.member, at=timezone.now())
    except Refused as refusal:
        application.refresh_from_db(fields=["state"])
        if application.state in HANDED_IN:
            return go(request, "status", pk=pk)  # the same click, come twice
        messages.error(request, str(refusal))
        return go(request, "check", pk=pk)
    if application.state == State.AWAITING_UNIT:
        messages.success(request, "已递交推荐单位。单位审核同意后送认定办公室。")
        if policies.speaks_for_unit(request.member, application):
            return go(request, "unit_case", pk=pk)
    else:
        messages.success(request, f"申报已提交，受理编号 {application.number}。")
    return go(request, "status", pk=pk)


@member_required
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    application = find(request, pk)
    now = timezone.now()
    allowed = policies.can_withdraw(request.member, application, at=now)
    if request.method == "POST":
        try:
            services.withdraw_application(
                application, actor=request.member, at=now, reason=request.POST.get("reason", "")
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "申报已撤回。")
        return go(request, "status", pk=pk)
    context = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "allowed": allowed,
    }
    return render(request, "applications/withdraw.html", context)


@member_required
def channel(request: MemberRequest, pk: int) -> HttpResponse:
    """Another way in while nothing was handed to the office."""
    application = find_own(request, pk)
    campaign = application.campaign
    context: dict[str, Any] = {"face": face_of(request), "application": application, "campaign": campaign}
    if request.method == "POST":
        chosen, _, unit_id = request.POST.get("way", "").partition(":")
        unit = Unit.objects.for_union(request.union).filter(pk=unit_id).first() if unit_id.isdigit() else None
        try:
            services.change_channel(application, channel=chosen, unit=unit, actor=request.member, at=timezone.now())
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            messages.success(request, "申报渠道已更改。")
            return go(request, "status", pk=pk)
    context["ways"] = [(way, list(selectors.units_for(campaign, way))) for way in selectors.channels_open_to(campaign)]
    return render(request, "applications/channel.html", context)


# --- where it stands -------------------------------------------------------------------------------------------------


@member_required
def mine(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    rows = list(selectors.own_applications(request.member))
    taken = {row.campaign_id for row in rows if row.applicant_id == request.member.pk and row.state in LIVE}
    campaigns = Campaign.objects.for_union(request.union).public().filter(opens_at__lte=now, closes_at__gte=now)
    context = {
        "applications": rows,
        "has_named": Application.objects.for_union(request.union)
        .filter(nominated_by=request.member, unit__isnull=True)
        .exists(),
        "open_campaigns": [
            item for item in campaigns if item.is_open(now) and item.pk not in taken and takes_individuals(item.rules)
        ],
        "face": face_of(request),
        "now": now,
    }
    return render(request, "applications/mine.html", context)


@member_required
def status(request: MemberRequest, pk: int) -> HttpResponse:
    application = find(request, pk)
    member = request.member
    waits = bool(application.claim_digest) and application.nominated_by_id == member.pk
    if not (policies.is_editor(member, application) or waits):
        raise Http404
    now = timezone.now()
    last = selectors.latest_submission(application)
    scan = selectors.slot_of(application, "sealed_form", selectors.current_materials(application))
    context = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "timeline": selectors.intake_timeline(application),
        "first_section": application.campaign.rules.form.sections[0].id,
        "editable": policies.can_save_draft(member, application, at=now),
        "returned": policies.open_return(application) if application.state == State.RETURNED else None,
        "returned_items": _returned_places(request, application),
        "late": _late_words(application),
        "submission": last,
        "sections": selectors.sheet(application, selectors.submitted_answers(last)) if last else (),
        "scan": scan if policies.can_attach(member, application, "sealed_form", at=now) else None,
        "has_paper": bool(papers.form_papers(application.campaign.rules)),
        "may_withdraw": policies.can_withdraw(member, application, at=now),
        "may_change_channel": application.state == State.DRAFT and application.applicant_id is not None,
        "waits_for_nominee": waits,
        "may_resend": policies.can_resend_invitation(member, application, at=now) if waits else None,
        "twin": selectors_twins.twin_words(application, member),
        **_told_to_person(application, member),
        "now": now,
    }
    return render(request, "applications/status.html", context)


def _late_words(application: Application) -> str:
    """Of a correction that never came: since when, and whom to ask."""
    row = policies.open_return(application) if application.state == State.LAPSED else None
    return policies.too_late(application, row) if row else ""


def _told_to_person(application: Application, member: Member) -> dict[str, Any]:
    """Who put somebody forward, and where their application went on, is for that person alone."""
    if application.applicant_id != member.pk:
        return {}
    return {
        "went_on_in": selectors_twins.ended_words(application),
        "sources": selectors_twins.lines_of(application, selectors_twins.sources_of([application])),
    }


def _returned_places(request: MemberRequest, application: Application) -> list[tuple[str, str, str]]:
    """What was asked to be mended and why, each with the screen on which it is."""
    asked = selectors_returns.reasons_now(application)
    if not asked:
        return []
    labels = selectors.item_labels(application)
    where = {
        ("photo" if isinstance(field, schema.PhotoField) else field.id): section.id
        for section in application.campaign.rules.form.sections
        for field in section.fields
    }
    return [
        (
            label,
            link(request, "fill", pk=application.pk, section=where[item]) + f"#{item}"
            if item in where
            else link(request, "materials", pk=application.pk) + f"#{item}",
            asked[item],
        )
        for item, label in labels.items()
        if item in asked
    ]
