"""The unit officer's desk: own people, what is missing, the quota; nominate, endorse, return."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from applications import answers as values
from applications import (
    papers,
    policies,
    selectors,
    selectors_confirmations,
    selectors_returns,
    selectors_twins,
    selectors_units,
    services,
)
from applications.forms import EndorsementForm, InternalNoticeForm, NominationForm, ReturnForm, TogetherForm
from applications.models import Application
from applications.states import Endorsement, NoticeResult, State
from applications.views.applicant import find, go, link
from campaigns.models import Campaign
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.models import Unit
from unions.permits import Refused
from unions.states import Role

EACH = selectors_units.NAME
"""Stays in an opinion for several: each one's own name is put in when it is given."""


def unit_of(request: MemberRequest) -> Unit:
    if request.member.unit is None:
        raise Http404
    return request.member.unit


def campaign_of(request: MemberRequest, campaign_slug: str) -> Campaign:
    rows = Campaign.objects.visible_to(request.member).public().select_related("union")
    return get_object_or_404(rows, slug=campaign_slug)


def crumbs(request: MemberRequest, *more: tuple[str, str]) -> list[dict[str, str]]:
    first = {"label": "本单位推荐", "url": link(request, "unit")}
    return [first, *({"label": label, "url": url} for label, url in more)]


@role_required(Role.UNIT_OFFICER)
def unit(request: MemberRequest) -> HttpResponse:
    """Every published campaign with what this unit has put forward in it."""
    own = unit_of(request)
    campaigns = Campaign.objects.visible_to(request.member).public().select_related("union")[:20]
    context = {
        "unit": own,
        "campaigns": [(campaign, selectors.quota_use(campaign, own)) for campaign in campaigns],
        "now": timezone.now(),
        "crumbs": [{"label": "本单位推荐", "url": ""}],
    }
    return render(request, "applications/unit_home.html", context)


@role_required(Role.UNIT_OFFICER)
def unit_desk(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = campaign_of(request, campaign_slug)
    own = unit_of(request)
    now = timezone.now()
    people = list(selectors.unit_people(campaign, request.member))
    channels = selectors.nomination_channels(request.member, campaign)
    quota = selectors.quota_use(campaign, own)
    picked = _picked(request, people)
    if request.headers.get("HX-Request"):
        told = {"count": len(picked), "what_if": quota.with_more(len(picked))}
        return render(request, "applications/_what_if.html", told)
    given = selectors_units.preference(campaign, own, people)
    standing = selectors_units.desk(campaign, selectors_units.in_order(people, given.ranks), given.ranks, now)
    context = {
        "unit": own,
        "campaign": campaign,
        "picked": {person.pk for person in picked},
        "what_if": quota.with_more(len(picked)),
        "waiting": campaign.is_open(now) and any(person.state == State.AWAITING_UNIT for person in people),
        "people": standing,
        "given": given,
        "soonest": min((one.deadline for one in standing if one.deadline), default=None),
        "unsealed": [one for one in standing if one.printed and not one.sealed],
        "has_paper": bool(papers.form_papers(campaign.rules)),
        "own_drafts": selectors.own_drafts_count(campaign, own),
        "quota": quota,
        "channels": channels,
        "may_nominate": campaign.is_open(now) and bool(channels),
        "now": now,
        "crumbs": crumbs(request, (campaign.title, "")),
    }
    return render(request, "applications/unit_desk.html", context)


def _picked(request: MemberRequest, people: list[Application]) -> list[Application]:
    """Those ticked among the people who wait for the unit's word."""
    wanted = set((request.POST if request.method == "POST" else request.GET).getlist("pick"))
    return [one for one in people if one.state == State.AWAITING_UNIT and str(one.pk) in wanted]


@role_required(Role.UNIT_OFFICER)
def endorse_together(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Recommend several at once: first what it does to the quota, then one opinion for all."""
    campaign = campaign_of(request, campaign_slug)
    own = unit_of(request)
    now = timezone.now()
    people = list(selectors.unit_people(campaign, request.member))
    picked = _picked(request, people)
    desk = link(request, "unit_desk", campaign_slug=campaign.slug)
    if not picked:
        messages.error(request, "请先勾选要推荐的人选。")
        return redirect(desk)
    typed = _with_phrase(request, campaign, own, EACH)
    form = TogetherForm(None if typed else request.POST or None, initial=typed or {}, label_suffix="")
    context: dict[str, Any] = {"campaign": campaign, "unit": own, "form": form, "picked": picked}
    if form.is_bound and form.is_valid():
        try:
            count = services.endorse_together(campaign, picked, actor=request.member, at=now, **form.cleaned_data)
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            messages.success(request, f"已推荐 {count} 人，申报已送认定办公室。")
            return redirect(desk)
    quota = selectors.quota_use(campaign, own)
    phrases = selectors_units.phrases_of(campaign, own)
    context |= {
        "phrases": selectors_units.filled(phrases, name=EACH, title=campaign.rules.name),
        "quota": quota,
        "what_if": quota.with_more(len(picked)),
        "consent": next((c for one in picked if (c := policies.channel_of(one).consent)), None),
        "gaps": [(one, gap) for one in picked if (gap := selectors.internal_notice_gap(one, now))],
        "crumbs": crumbs(request, (campaign.title, desk), ("一并推荐", "")),
    }
    return render(request, "applications/unit_together.html", context)


@role_required(Role.UNIT_OFFICER)
def nominate(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = campaign_of(request, campaign_slug)
    own = unit_of(request)
    channels = selectors.nomination_channels(request.member, campaign)
    initial = {"channel": channels[0].id} if len(channels) == 1 else {}
    form = NominationForm(request.POST or None, channels=channels, initial=initial)
    context: dict[str, Any] = {"form": form, "campaign": campaign, "unit": own, "channels": channels}
    if request.method == "POST" and form.is_valid():
        try:
            application = services.nominate(
                campaign,
                unit=own,
                channel=form.cleaned_data["channel"],
                name=form.cleaned_data["name"],
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            return go(request, "fill", pk=application.pk, section=campaign.rules.form.sections[0].id)
    desk = link(request, "unit_desk", campaign_slug=campaign.slug)
    context["crumbs"] = crumbs(request, (campaign.title, desk), ("推荐人选", ""))
    context["consent_text"] = selectors.consent_text(request.union)
    return render(request, "applications/unit_nominate.html", context)


def _case(request: MemberRequest, pk: int) -> Application:
    application = find(request, pk)
    if not policies.speaks_for_unit(request.member, application):
        raise Http404
    return application


def _show_case(request: MemberRequest, application: Application, **told: Any) -> HttpResponse:
    campaign = application.campaign
    now = timezone.now()
    answers = selectors.current_answers(application)
    channel = policies.channel_of(application)
    files = selectors.current_materials(application)
    slots = selectors.slots_of(application, answers, files)
    labels = selectors.item_labels(application)
    unit_slots = policies.unit_slots(application)
    notice_slots = {slot for first in policies.notices_first(application) for slot in first.evidence}
    context = {
        "application": application,
        "campaign": campaign,
        "channel": channel,
        "sections": selectors.sheet(application, answers),
        "photo": selectors.slot_of(application, "photo", files),
        "slots": [slot for slot in slots if not slot.by_unit],
        "own_slots": [slot for slot in slots if slot.by_unit and slot.id not in notice_slots],
        "phrases": selectors_units.filled(
            selectors_units.phrases_of(campaign, application.unit), name=application.name, title=campaign.rules.name
        ),
        "near": _near(request, application),
        "findings": selectors.findings_of(application, answers=answers),
        "certified": [
            (field.label, values.display(field, answers.get(field.id), campaign.rules))
            for field in campaign.rules.fields()
            if field.certified_by == "unit"
        ],
        "timeline": selectors.intake_timeline(application),
        "quota": selectors.quota_use(campaign, _unit_of(application)),
        "may_endorse": policies.can_endorse(request.member, application, at=now),
        "may_return": policies.can_return(request.member, application, at=now),
        "may_edit": bool(policies.can_save_draft(request.member, application, at=now)),
        "may_withdraw": bool(policies.can_withdraw(request.member, application, at=now)),
        "twin": selectors_twins.twin_words(application, request.member),
        "entry": selectors_confirmations.entry_of(application),
        "notice_rules": selectors.internal_notice_rules(application),
        "notice_gap": selectors.internal_notice_gap(application, now),
        "notice": selectors.internal_notice(application),
        "may_record_notice": policies.can_record_internal_notice(request.member, application, at=now),
        "noticing": InternalNoticeForm(label_suffix=""),
        "notice_slots": [slot for slot in slots if slot.id in notice_slots],
        "endorsement": EndorsementForm(initial={"decision": Endorsement.ENDORSED}, label_suffix=""),
        "returning": ReturnForm(
            labels={k: v for k, v in labels.items() if k not in unit_slots}, now=selectors.display_answers(application)
        ),
        "corrections": selectors_returns.corrections(application),
        "scan": selectors.slot_of(application, "sealed_form", files)
        if policies.can_attach(request.member, application, "sealed_form", at=now)
        else None,
        "submission": selectors.latest_submission(application),
        "first_section": campaign.rules.form.sections[0].id,
        "has_paper": bool(papers.form_papers(campaign.rules)),
        "now": now,
        "crumbs": crumbs(
            request, (campaign.title, link(request, "unit_desk", campaign_slug=campaign.slug)), (application.name, "")
        ),
        **told,
    }
    return render(request, "applications/unit_case.html", context)


def _with_phrase(request: MemberRequest, campaign: Campaign, unit: Unit, name: str) -> dict[str, Any] | None:
    """What was typed with a phrase behind the opinion, where a button of one was pressed; nothing is decided by it."""
    pressed = request.POST.get("phrase", "")
    phrases = selectors_units.filled(selectors_units.phrases_of(campaign, unit), name=name, title=campaign.rules.name)
    if not pressed.isdigit() or int(pressed) >= len(phrases):
        return None
    typed = request.POST.dict()
    return {**typed, "opinion": typed.get("opinion", "") + phrases[int(pressed)]}


def _near(request: MemberRequest, application: Application) -> dict[str, Any]:
    """Who waits for the unit's word before and after this one."""
    rows = selectors.unit_people(application.campaign, request.member).filter(state=State.AWAITING_UNIT)
    waiting = list(rows.order_by("name", "pk").values_list("pk", flat=True))
    at = waiting.index(application.pk) if application.pk in waiting else -1
    return {
        "waiting": len(waiting),
        "before": waiting[at - 1] if at > 0 else None,
        "after": waiting[at + 1] if at + 1 < len(waiting) else None,
    }


def _unit_of(application: Application) -> Unit:
    assert application.unit is not None
    return application.unit


@role_required(Role.UNIT_OFFICER)
def unit_case(request: MemberRequest, pk: int) -> HttpResponse:
    return _show_case(request, _case(request, pk))


@role_required(Role.UNIT_OFFICER)
@require_POST
def endorse(request: MemberRequest, pk: int) -> HttpResponse:
    application = _case(request, pk)
    if (typed := _with_phrase(request, application.campaign, _unit_of(application), application.name)) is not None:
        return _show_case(request, application, endorsement=EndorsementForm(initial=typed, label_suffix=""))
    form = EndorsementForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _show_case(request, application, endorsement=form)
    data = form.cleaned_data
    try:
        services.endorse_application(
            application,
            decision=Endorsement(data["decision"]),
            opinion=data["opinion"],
            authority=data["authority"],
            authority_agreed_on=data["authority_agreed_on"],
            quota_reason=data["quota_reason"],
            actor=request.member,
            at=timezone.now(),
        )
    except Refused as refusal:
        return _show_case(request, application, endorsement=form, refusal=str(refusal))
    if data["decision"] == Endorsement.ENDORSED:
        messages.success(request, f"已推荐{application.name}，申报已送认定办公室。")
    else:
        messages.success(request, f"已记录不予推荐，{application.name}可改走其他渠道。")
    return go(request, "unit_case", pk=pk)


@role_required(Role.UNIT_OFFICER)
@require_POST
def record_internal_notice(request: MemberRequest, pk: int) -> HttpResponse:
    application = _case(request, pk)
    form = InternalNoticeForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _show_case(request, application, noticing=form)
    data = {**form.cleaned_data, "result": NoticeResult(form.cleaned_data["result"])}
    try:
        services.record_internal_notice(application, actor=request.member, at=timezone.now(), **data)
    except Refused as refusal:
        return _show_case(request, application, noticing=form, refusal=str(refusal))
    messages.success(request, "已记录单位内公示。")
    return go(request, "unit_case", pk=pk)


@role_required(Role.UNIT_OFFICER)
@require_POST
def unit_return(request: MemberRequest, pk: int) -> HttpResponse:
    application = _case(request, pk)
    form = ReturnForm(
        request.POST, labels=selectors.item_labels(application), now=selectors.display_answers(application)
    )
    if not form.is_valid():
        return _show_case(request, application, returning=form)
    try:
        services.return_application(application, actor=request.member, at=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        return _show_case(request, application, returning=form, refusal=str(refusal))
    messages.success(request, f"已退回{application.name}补正。")
    return go(request, "unit_case", pk=pk)


@role_required(Role.UNIT_OFFICER, Role.OFFICE)
@require_POST
def reveal(request: MemberRequest, pk: int) -> HttpResponse:
    """The whole number, on a page of its own that nothing keeps."""
    application = find(request, pk)
    context: dict[str, Any] = {"application": application}
    try:
        context["number"] = services.reveal_id_number(
            application, reason=request.POST.get("reason", ""), actor=request.member, at=timezone.now()
        )
    except Refused as refusal:
        context["refusal"] = str(refusal)
    response = render(request, "applications/reveal.html", context)
    response["Cache-Control"] = "no-store"
    return response
