"""The order of preference, the phrases opinions start from, and the printing of many forms at once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from applications import papers, policies, selectors, selectors_units, services
from applications.forms import PhrasesForm
from applications.models import Application
from applications.selectors_units import SEALABLE
from applications.services import prints
from applications.services.preferences import moved, placed
from applications.states import LIVE
from applications.views.applicant import link
from applications.views.units import campaign_of, crumbs, unit_of
from unions.access import role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

UP, DOWN = "up", "down"


@role_required(Role.UNIT_OFFICER)
@require_http_methods(["GET", "POST"])
def order_people(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Numbers typed or one step up and down: every press sends the whole order, so that it works without script."""
    campaign, own = campaign_of(request, campaign_slug), unit_of(request)
    now = timezone.now()
    people = list(selectors_units.rankable(campaign, own, request.member))
    given = selectors_units.preference(campaign, own, people)
    order = [one.pk for one in selectors_units.starting_order(campaign, own, people)]
    here = link(request, "order_people", campaign_slug=campaign.slug)
    refusal = ""
    if request.method == "POST":
        sent = [int(pk) for pk in request.POST.getlist("who") if pk.isdigit()]
        typed = {pk: int(text) for pk in sent if (text := request.POST.get(f"place-{pk}", "").strip()).isdigit()}
        wanted = placed(sent, typed)
        step, _, pk = request.POST.get("move", "").partition(":")
        if step in {UP, DOWN} and pk.isdigit():
            wanted = moved(wanted, int(pk), -1 if step == UP else 1)
        try:
            services.order_people(campaign, unit=own, order=wanted, actor=request.member, at=now)
        except Refused as words:
            refusal = str(words)
            order = [one for one in wanted if one in order] + [one for one in order if one not in wanted]
        else:
            # no fragment: a browser that is sent to one leaves autofocus alone
            return redirect(f"{here}?at={step}-{pk}" if step else here)
    by_pk = {one.pk: one for one in people}
    context = {
        "campaign": campaign,
        "unit": own,
        "people": [(place, by_pk[pk]) for place, pk in enumerate(order, start=1)],
        "given": given,
        "unplaced": [one for one in people if one.pk not in given.ranks] if given.ranks else [],
        "at": request.GET.get("at", ""),
        "moved": request.GET.get("at", "").rpartition("-")[2],
        "may_order": policies.can_order_people(request.member, campaign, own, at=now),
        "refusal": refusal,
        "now": now,
        "crumbs": crumbs(
            request, (campaign.title, link(request, "unit_desk", campaign_slug=campaign.slug)), ("推荐排序", "")
        ),
    }
    return render(request, "applications/unit_order.html", context)


@role_required(Role.UNIT_OFFICER)
@require_POST
def hand_over_order(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign, own = campaign_of(request, campaign_slug), unit_of(request)
    try:
        services.hand_over_order(campaign, unit=own, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "推荐排序已报送认定办公室，不能再改。")
    return redirect(link(request, "order_people", campaign_slug=campaign.slug))


@role_required(Role.UNIT_OFFICER)
@require_http_methods(["GET", "POST"])
def phrases(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """The unit's own phrases, one a line."""
    campaign, own = campaign_of(request, campaign_slug), unit_of(request)
    desk = link(request, "unit_desk", campaign_slug=campaign.slug)
    lines = selectors_units.phrases_of(campaign, own)
    form = PhrasesForm(request.POST or None, initial={"texts": "\n".join(lines)}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            services.set_phrases(
                own, texts=form.cleaned_data["texts"].splitlines(), actor=request.member, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error("texts", str(refusal))
        else:
            messages.success(request, "常用语已保存，本单位的经办人都可以用。")
            return redirect(desk)
    context = {
        "campaign": campaign,
        "unit": own,
        "form": form,
        "desk": desk,
        "crumbs": crumbs(request, (campaign.title, desk), ("推荐意见常用语", "")),
    }
    return render(request, "applications/unit_phrases.html", context)


@role_required(Role.UNIT_OFFICER)
@require_http_methods(["GET", "POST"])
def print_unit_forms(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Choose whose forms to print, in which order they come, and leave it to a worker."""
    campaign, own = campaign_of(request, campaign_slug), unit_of(request)
    people = list(selectors.unit_people(campaign, request.member))
    ranks = selectors_units.preference(campaign, own, people).ranks
    able = [one for one in selectors_units.in_order(people, ranks) if one.state in SEALABLE]
    refusal = ""
    if request.method == "POST":
        wanted = set(request.POST.getlist("pick"))
        chosen = [one for one in able if str(one.pk) in wanted]
        try:
            job = services.queue_forms(campaign, unit=own, applications=chosen, actor=request.member, at=timezone.now())
        except Refused as words:
            refusal = str(words)
        else:
            return redirect("documents:job", union_slug=request.union.slug, job_id=job.pk)
    context = {
        "campaign": campaign,
        "unit": own,
        "people": able,
        "drafts": [one for one in people if one not in able and _stands(one)],
        "prints": papers.prints(campaign.rules),
        "most": prints.MOST,
        "refusal": refusal,
        "crumbs": crumbs(
            request, (campaign.title, link(request, "unit_desk", campaign_slug=campaign.slug)), ("打印申报表", "")
        ),
    }
    return render(request, "applications/unit_print.html", context)


def _stands(application: Application) -> bool:
    return application.state in LIVE
