"""Celery entry points: they take ids, open the union's scope and call a service."""

from celery import shared_task
from django.utils import timezone

from applications.tasks import published_campaigns
from campaigns.models import Campaign
from publicity import notify, selectors_polls
from publicity.services import pages, polls
from unions import tenancy
from unions.models import Union


@shared_task(name="publicity.tasks.put_up_pages")
def put_up_pages(union_id: int, kind: str, pk: int) -> None:
    with tenancy.scope(union_id):
        pages.put_up_pages(kind, pk, at=timezone.now())


@shared_task(name="publicity.tasks.sweep_public_pages", expires=60)
def sweep_public_pages() -> None:
    """Beat: pages that a killed worker did not write, that a day, a setting or new code made old, or that somebody lost."""
    at = timezone.now()
    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        found = pages.due(at=at)
    for union_id, kind, pk in found.pages:
        with tenancy.scope(union_id):
            pages.put_up_pages(kind, pk, at=timezone.now())
    for union_id, mark in found.unions:
        with tenancy.scope(union_id):
            pages.put_up_union(Union.objects.get(pk=union_id), mark=mark)


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


@shared_task(name="publicity.tasks.sweep_votes")
def sweep_votes() -> None:
    """Beat, every ten seconds: put on record what the polls of every union took since, and go on with their sums."""
    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        running = list(selectors_polls.started_polls(at=timezone.now()).values_list("union_id", "pk"))
    for union_id, pk in running:
        with tenancy.scope(union_id):
            poll = selectors_polls.with_its_stage(pk)
            polls.record_votes(poll, at=timezone.now())
            selectors_polls.fold(poll)
