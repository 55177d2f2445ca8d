"""Printing the forms of a unit's people at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from applications import papers, policies
from applications.models import Application
from campaigns.models import Campaign
from documents.models import Job
from documents.services import queue_job
from unions.models import Member, Unit
from unions.permits import Refused

PRINT: Final = "applications.print_forms"
MOST: Final = 300


@transaction.atomic
def queue_forms(
    campaign: Campaign, *, unit: Unit, applications: Sequence[Application], actor: Member, at: datetime
) -> Job:
    """Have a worker print these people's forms in this order, each by itself and all in one file."""
    policies.can_print_forms(actor, campaign, unit).require()
    sheets = len(papers.form_papers(campaign.rules))
    if not sheets:
        raise Refused("本次活动没有要打印的申报表")
    if not applications:
        raise Refused("请先勾选要打印的人；还没有递交的，递交之后才能打印")
    if len(applications) > MOST:
        raise Refused(f"一次至多打印 {MOST} 人，请分几次打印")
    if any(one.campaign_id != campaign.pk or one.unit_id != unit.pk for one in applications):
        raise Refused("所选的人不都是本单位在本次活动中的人选，请重新勾选")
    return queue_job(
        campaign.union,
        kind=PRINT,
        label=f"{unit.name}的申报表（{len(applications)} 人）",
        params={"campaign": campaign.pk, "unit": unit.pk, "applications": [one.pk for one in applications]},
        total=len(applications) * sheets + 1,
        actor=actor,
        at=at,
    )
