"""What recommending units and the office say of an application on its way in."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from applications import notify, policies, selectors, selectors_confirmations
from applications.days import local_today
from applications.models import Application, InternalNotice, Recommendation
from applications.selectors_units import NAME
from applications.services.inbox import keep_listed
from applications.services.intake import file_with_office, locked, locked_campaign, move
from applications.states import Endorsement, NoticeResult, State
from campaigns.models import Campaign, UnitQuota
from unions import audit
from unions.models import Member
from unions.permits import Refused


@transaction.atomic
def endorse_application(
    application: Application,
    *,
    decision: Endorsement,
    opinion: str,
    actor: Member,
    at: datetime,
    authority: str = "",
    authority_agreed_on: date | None = None,
    quota_reason: str = "",
) -> Recommendation:
    """The unit's opinion (推荐单位意见): endorsed it goes to the office, declined back to the person.

    Where the notice wants somebody's consent first (a society's 主管部门), the consent is recorded with its date; where it
    wants a notice inside the unit first, that was recorded, was long enough and is over. A *must*
    quota of the unit is never exceeded, whoever endorses at the same time; a *should* quota only with a written reason.
    """
    campaign = locked_campaign(application.campaign_id)
    application = locked(application, campaign=campaign)
    policies.can_endorse(actor, application, at=at).require()
    assert application.unit is not None
    if not opinion.strip():
        raise Refused("请填写推荐单位意见")
    if decision == Endorsement.ENDORSED:
        if gap := selectors_confirmations.confirmation_gap(application):
            raise Refused(gap)
        _require_consent(application, authority, authority_agreed_on, at)
        if gap := selectors.internal_notice_gap(application, at):
            raise Refused(gap)
        _require_own_papers(application)
        require_quota(application, quota_reason)
    last = selectors.latest_submission(application)
    row = Recommendation.objects.create(
        union=application.union,
        application=application,
        unit=application.unit,
        decision=decision,
        opinion=opinion.strip(),
        authority=authority.strip(),
        authority_agreed_on=authority_agreed_on,
        quota_reason=quota_reason.strip(),
        submission_version=last.version if last else 0,
        at=at,
        by=actor,
    )
    before = move(application, State.SUBMITTED if decision == Endorsement.ENDORSED else State.DRAFT)
    if decision == Endorsement.ENDORSED:
        file_with_office(application, campaign, at=at)
    application.save(update_fields=["state", "number", "submitted_at"])
    if decision == Endorsement.ENDORSED:
        keep_listed(application)
    audit.record(
        "application.endorsed" if decision == Endorsement.ENDORSED else "application.declined",
        application,
        actor=actor,
        at=at,
        before={"state": before},
        after={
            "state": application.state,
            "number": application.number,
            "unit": application.unit_id,
            "authority": row.authority,
            "authority_agreed_on": str(authority_agreed_on or ""),
        },
        reason=row.quota_reason or row.opinion,
    )
    notify.endorsed(application, at=at)
    return row


def _require_consent(application: Application, authority: str, agreed_on: date | None, at: datetime) -> None:
    consent = policies.channel_of(application).consent
    if consent is None:
        return
    source = f"（依据{consent.clause}）" if consent.clause else ""
    if not authority.strip() or agreed_on is None:
        raise Refused(f"{consent.text}{source}：请填写{consent.by}的名称和同意日期")
    if agreed_on > local_today(at):
        raise Refused(f"{consent.by}的同意日期不能晚于今天")


def _require_own_papers(application: Application) -> None:
    gaps = selectors.endorsement_gaps(application)
    if gaps:
        raise Refused(f"请先上传：{'、'.join(gaps)}")


def require_quota(application: Application, reason: str) -> None:
    """The row of the quota is locked besides the campaign, so that the count cannot grow under it."""
    assert application.unit is not None
    UnitQuota.objects.select_for_update(no_key=True).filter(
        campaign=application.campaign, unit=application.unit
    ).first()
    quota = selectors.quota_use(application.campaign, application.unit)
    if not quota.exceeded_by_one_more:
        return
    words = f"{application.unit.name}{quota.rule}（{quota.clause or '本办公室自定'}），已推荐 {quota.used} 名"
    if quota.strength == "must":
        raise Refused(f"{words}，名额已满，不能再推荐；可请已推荐的人选撤回，或请本人改走其他渠道")
    if not reason.strip():
        raise Refused(f"{words}，再推荐须书面说明理由")


@transaction.atomic
def endorse_together(
    campaign: Campaign,
    applications: Iterable[Application],
    *,
    opinion: str,
    actor: Member,
    at: datetime,
    authority: str = "",
    authority_agreed_on: date | None = None,
    quota_reason: str = "",
) -> int:
    """Endorse several of the unit's people with one opinion: all of them or, where one may not be, none. How many were.

    `{name}` in it becomes the name of each.
    """
    campaign = locked_campaign(campaign.pk)
    rows = sorted(applications, key=lambda row: row.pk)
    if not rows:
        raise Refused("请先勾选要推荐的人选")
    for row in rows:
        if row.campaign_id != campaign.pk:
            raise Refused("所选人选不都在本次活动中")
        try:
            endorse_application(
                row,
                decision=Endorsement.ENDORSED,
                opinion=opinion.replace(NAME, row.name),
                actor=actor,
                at=at,
                authority=authority,
                authority_agreed_on=authority_agreed_on,
                quota_reason=quota_reason,
            )
        except Refused as refusal:
            raise Refused(f"{row.name}：{refusal}。所选人选都没有推荐") from refusal
    return len(rows)


@transaction.atomic
def record_internal_notice(
    application: Application,
    *,
    starts_on: date,
    ends_on: date,
    place: str,
    result: NoticeResult,
    settlement: str = "",
    actor: Member,
    at: datetime,
) -> InternalNotice:
    """What the unit says of the notice among its own people (单位内公示). A later record supersedes an earlier one."""
    application = locked(application)
    policies.can_record_internal_notice(actor, application, at=at).require()
    assert application.unit is not None
    if ends_on < starts_on:
        raise Refused("公示结束日期不能早于开始日期")
    if starts_on > local_today(at):
        raise Refused("公示还没有开始：开始日期不能晚于今天")
    if not place.strip():
        raise Refused("请写明公示的地点和方式")
    if result == NoticeResult.SETTLED and not settlement.strip():
        raise Refused("有异议的，请写明异议和核实处理的情况")
    row = InternalNotice.objects.create(
        union=application.union,
        application=application,
        unit=application.unit,
        starts_on=starts_on,
        ends_on=ends_on,
        place=place.strip(),
        result=result,
        settlement=settlement.strip(),
        at=at,
        by=actor,
    )
    audit.record(
        "application.internal_notice_recorded",
        application,
        actor=actor,
        at=at,
        after={"notice": row.pk, "from": str(starts_on), "to": str(ends_on), "result": result},
        reason=row.settlement,
    )
    return row
