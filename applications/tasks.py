"""Celery entry points: they take ids and call a service."""

from celery import shared_task
from django.utils import timezone

from applications import notify, services
from applications.services import retention
from campaigns.models import Campaign
from campaigns.states import CampaignState
from unions import tenancy
from unions.models import Union
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
def sweep_expired_data() -> None:
    """Beat, once a night: look in every union for campaigns whose people's time may be over."""
    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        found = list(Campaign.objects.exclude(state=CampaignState.DRAFT).values_list("union_id", "pk"))
    for union_id, campaign_id in found:
        expire_data.delay(union_id, campaign_id)


@shared_task
def expire_data(union_id: int, campaign_id: int) -> int:
    with tenancy.scope(union_id):
        campaign = Campaign.objects.select_related("union").get(pk=campaign_id)
        return retention.expire_campaign(campaign, actor=system_member(campaign.union), at=timezone.now())


@shared_task
def sweep_uploads() -> None:
    """Beat, every hour: look in every union for uploads and prints that are kept no longer."""
    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        unions = list(Union.objects.filter(active=True).values_list("pk", flat=True))
    for union_id in unions:
        forget_uploads.delay(union_id)


@shared_task
def forget_uploads(union_id: int) -> int:
    with tenancy.scope(union_id):
        union = Union.objects.get(pk=union_id)
        return services.forget_uploads(union, actor=system_member(union), at=timezone.now())


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
