"""Celery entry points: they take ids and call a service."""

from celery import shared_task
from django.utils import timezone

from applications import notify, services
from campaigns.models import Campaign
from campaigns.states import CampaignState
from unions import tenancy
from unions.services import system_member


@shared_task
def sweep_overdue() -> None:
    """Beat, every few minutes: look in every union for campaigns in which something may be overdue."""
    for union_id, campaign_id in published_campaigns():
        lapse_overdue.delay(union_id, campaign_id)


def published_campaigns() -> list[tuple[int, int]]:
    """(union, campaign) of everything that runs, in every union."""
    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        return list(Campaign.objects.filter(state=CampaignState.PUBLISHED).values_list("union_id", "pk"))


@shared_task
def lapse_overdue(union_id: int, campaign_id: int) -> int:
    with tenancy.scope(union_id):
        campaign = Campaign.objects.select_related("union").get(pk=campaign_id)
        return services.lapse_overdue(campaign, actor=system_member(campaign.union), at=timezone.now())


@shared_task
def remind_applicants() -> None:
    """Beat: look in every union for what ends soon."""
    for union_id, campaign_id in published_campaigns():
        remind_applicants_of.delay(union_id, campaign_id)


@shared_task
def remind_applicants_of(union_id: int, campaign_id: int) -> int:
    with tenancy.scope(union_id):
        campaign = Campaign.objects.select_related("union").get(pk=campaign_id)
        return notify.deadlines_near(campaign, at=timezone.now())
