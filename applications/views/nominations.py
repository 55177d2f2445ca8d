"""Anybody names a craftsman, and the person named answers by a link."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from applications import policies, selectors, services
from applications.forms import RecommendForm, ResendForm
from applications.models import Application
from applications.services.intake import token_digest
from applications.views.applicant import face_of, find, find_campaign, go, link
from unions import phones, throttle
from unions.access import member_required, public, signed_in
from unions.middleware import MemberRequest, UnionRequest
from unions.permits import Refused
from unions.services import give_consent, join_as_applicant, public_member

TOO_OFTEN = "操作太频繁，请等一分钟再试；填写的内容还在"


@signed_in
def recommend(request: UnionRequest, campaign_slug: str) -> HttpResponse:
    """Anybody names a craftsman, where the notice lets anyone do it; the person named is asked by message."""
    campaign = find_campaign(request, campaign_slug)
    channel = next((channel for channel in campaign.rules.channels if channel.kind == "anyone"), None)
    if channel is None:
        raise Http404
    form = RecommendForm(request.POST or None, invites=channel.nominee_completes)
    context: dict[str, Any] = {"campaign": campaign, "channel": channel, "form": form}
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        assert request.user.is_authenticated
        try:
            if not throttle.allowed(request, "recommend", per_minute=20):
                raise Refused(TOO_OFTEN)  # noqa: TRY301 - said on the same page
            member = request.member or join_as_applicant(request.union, request.user, at=now)
            application, token = services.nominate_person(
                campaign, channel=channel.id, actor=member, at=now, **form.cleaned_data
            )
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            if not token:
                return go(request, "fill", pk=application.pk, section=campaign.rules.form.sections[0].id)
            context |= _invite(request, application, contact=form.cleaned_data["contact"], token=token)
    return render(request, "applications/recommend.html", context)


def _invite(request: UnionRequest, application: Application, *, contact: str, token: str) -> dict[str, Any]:
    """The outbox asks the person named; the link is shown once to whoever named them, in case no message arrives."""
    return {
        "invitation": request.build_absolute_uri(link(request, "nomination", token=token)),
        "nominee": application.name,
        "contact": phones.shown(contact),
        "answer_by": application.answer_by,
    }


@member_required
def resend_invitation(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask once more, to a contact that may be put right; the first link is dead afterwards."""
    application = find(request, pk)
    if application.nominated_by_id != request.member.pk:
        raise Http404
    now = timezone.now()
    form = ResendForm(request.POST or None)
    context: dict[str, Any] = {
        "face": face_of(request),
        "application": application,
        "campaign": application.campaign,
        "form": form,
        "allowed": policies.can_resend_invitation(request.member, application, at=now),
    }
    if request.method == "POST" and form.is_valid():
        contact = form.cleaned_data["contact"]
        try:
            if not throttle.allowed(request, "recommend", per_minute=20):
                raise Refused(TOO_OFTEN)  # noqa: TRY301 - said on the same page
            token = services.resend_invitation(application, contact=contact, actor=request.member, at=now)
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            application.refresh_from_db()
            context |= _invite(request, application, contact=contact, token=token)
    return render(request, "applications/resend_invitation.html", context)


@never_cache
@public
def nomination(request: UnionRequest, token: str) -> HttpResponse:
    """The nominee opens the link, reads what is done with personal data, and accepts; or says no, without signing in."""
    rows = Application.objects.for_union(request.union).select_related(
        "campaign", "union", "person", "nominated_by__user"
    )
    application = get_object_or_404(rows, claim_digest=token_digest(token))
    now = timezone.now()
    actor = request.member or public_member(request.union)
    if request.method == "POST" and request.POST.get("answer") != "decline" and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    context: dict[str, Any] = {
        "application": application,
        "campaign": application.campaign,
        "consent_text": selectors.consent_text(request.union),
        "open": policies.can_decline_nomination(actor, application, at=now),
        "now": now,
    }
    if request.method == "POST":
        try:
            if request.POST.get("answer") == "decline":
                services.decline_nomination(application, actor=actor, at=now)
                return render(request, "applications/nomination.html", {**context, "declined": True})
            accepted = _accept(request, application)
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            if accepted.pk != application.pk:
                messages.success(request, "您已有一份申报，这次推荐已经记在里面，不用重新填写。")
                return go(request, "status", pk=accepted.pk)
            return go(request, "fill", pk=accepted.pk, section=accepted.campaign.rules.form.sections[0].id)
    return render(request, "applications/nomination.html", context)


def _accept(request: UnionRequest, application: Application) -> Application:
    now = timezone.now()
    if not request.POST.get("consent"):
        raise Refused("请先阅读并同意个人信息处理告知，再接受推荐")
    assert request.user.is_authenticated
    member = request.member or join_as_applicant(request.union, request.user, at=now)
    give_consent(member, text=selectors.consent_text(request.union), at=now)
    return services.accept_nomination(application, actor=member, at=now)


@member_required
def nominations(request: MemberRequest) -> HttpResponse:
    """Whom this member named, and what became of it."""
    context = {
        "face": face_of(request),
        "named": selectors.named_by(request.member),
        "now": timezone.now(),
    }
    return render(request, "applications/nominations.html", context)
