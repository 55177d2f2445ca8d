"""What a campaign asks, for anybody."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns import policies, presentation, selectors
from campaigns.models import Campaign, RulesVersion
from campaigns.rules import document, loader, wording
from campaigns.states import CampaignState
from campaigns.views.addresses import above
from unions.access import public
from unions.middleware import UnionRequest
from unions.states import Role


def _public_campaign(request: UnionRequest, campaign_slug: str) -> Campaign:
    """A campaign as anybody may see it; whoever sets it up sees its draft before it is published."""
    campaigns = Campaign.objects.for_union(request.union).select_related("union")
    found = get_object_or_404(campaigns, slug=campaign_slug)
    hidden = found.state == CampaignState.DRAFT or not found.rules_sha256
    if hidden and not (request.member and Campaign.objects.visible_to(request.member).filter(pk=found.pk).exists()):
        raise Http404
    return found


@require_safe
@public
def page(request: UnionRequest, campaign_slug: str) -> HttpResponse:
    campaign = _public_campaign(request, campaign_slug)
    at, rules = timezone.now(), campaign.rules
    versions = list(selectors.versions_of(campaign))
    context = {
        "campaign": campaign,
        "rules": rules,
        "at": at,
        "stages": selectors.rail(campaign, at=at),
        "conditions": presentation.conditions(rules),
        "materials": presentation.materials(rules),
        "awards": presentation.awards(rules),
        "amendments": [version for version in versions if version.number],
        "places": list(document.places(rules)),
        "can_apply": policies.can_apply(campaign, at=at),
        "ways": _ways_in(request, campaign),
        "nominated": presentation.nominating(rules),
        "reference": wording.chinese_date(campaign.reference_date),
    }
    return render(request, "campaigns/campaign_page.html", context)


def _ways_in(request: UnionRequest, campaign: Campaign) -> list[dict[str, str]]:
    """What this visitor can do to come into a campaign that takes applications, the first of them foremost."""
    kinds = {channel.kind for channel in campaign.rules.channels}
    ways = []
    if request.member and request.member.role == Role.UNIT_OFFICER:
        ways.append(("推荐本单位人选", "applications:unit_desk"))
    if policies.takes_individuals(campaign.rules):
        ways.append(("我要申报", "applications:apply"))
    if "anyone" in kinds:
        ways.append(("推荐身边的人", "applications:recommend"))
    return [{"label": label, "url": above(request, name, campaign_slug=campaign.slug)} for label, name in ways]


@require_safe
@public
def rules(request: UnionRequest, campaign_slug: str) -> HttpResponse:
    """The frozen rules clause by clause, as they are now or as they were in an earlier version."""
    campaign = _public_campaign(request, campaign_slug)
    versions = list(selectors.versions_of(campaign))
    wanted = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.number) == wanted), versions[0] if versions else None)
    data = shown.rules_data if shown else campaign.rules_data
    context = {
        "campaign": campaign,
        "parts": presentation.told(loader.from_frozen(data)),
        "versions": versions,
        "shown": shown,
        "is_current": not versions or shown == versions[0],
    }
    return render(request, "campaigns/campaign_rules.html", context)


@require_safe
@public
def rules_text(request: UnionRequest, campaign_slug: str, number: int) -> HttpResponse:
    """The very bytes whose SHA-256 is published, for whoever wants to compute it again."""
    campaign = _public_campaign(request, campaign_slug)
    version = get_object_or_404(RulesVersion, campaign=campaign, number=number)
    text = loader.canonical_json(loader.from_frozen(version.rules_data))
    name = f"{campaign.slug}-rules-{number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/json", headers=headers)
