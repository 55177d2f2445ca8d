"""Celery entry points: they take ids and call a service."""

from celery import shared_task
from django.utils import timezone

from applications.tasks import published_campaigns
from campaigns.models import Campaign
from publicity import notify
from unions import tenancy


@shared_task
def remind_objections() -> None:
    """Beat: look in every union for objections that must be answered."""
    for union_id, campaign_id in published_campaigns():
        remind_objections_of.delay(union_id, campaign_id)


@shared_task
def remind_objections_of(union_id: int, campaign_id: int) -> int:
    with tenancy.scope(union_id):
        campaign = Campaign.objects.select_related("union").get(pk=campaign_id)
        return notify.objections_due(campaign, at=timezone.now())
