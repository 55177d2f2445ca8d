"""May this person do it now, and if not, why?"""

from datetime import datetime

from campaigns.models import Campaign, RuleSet, WorkingCopy
from campaigns.rules.schema import RuleSet as Rules
from campaigns.states import CAMPAIGN_TRANSITIONS, CampaignState
from unions.models import Member, Union
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_administer, can_run_office
from unions.states import Role


def can_load_ruleset(actor: Member, union: Union) -> Decision:
    """The office and the administrator; the system when a command loads one."""
    if actor.union_id == union.pk and actor.role == Role.SYSTEM and actor.active:
        return ALLOWED
    return (
        can_run_office(actor, union)
        or can_administer(actor, union)
        or denied("只有认定办公室和工会管理员可以维护规则集")
    )


def can_edit_copy(actor: Member, working: WorkingCopy) -> Decision:
    """Until it is settled; then it is an edition, which never changes."""
    decision = can_load_ruleset(actor, working.union)
    if decision and working.edition_id is not None:
        return denied("这份修改稿已经定稿，不能再改。需要改动的，请复制定稿后的规则集")
    return decision


def can_change_calendar(actor: Member, union: Union) -> Decision:
    return (
        can_run_office(actor, union)
        or can_administer(actor, union)
        or denied("只有认定办公室和工会管理员可以维护工作日历")
    )


def can_draft_campaign(actor: Member, ruleset: RuleSet) -> Decision:
    return can_run_office(actor, ruleset.union)


def _in_state(actor: Member, campaign: Campaign, state: CampaignState, otherwise: str) -> Decision:
    decision = can_run_office(actor, campaign.union)
    if decision and campaign.state != state:
        return denied(otherwise)
    return decision


def can_set_dates(actor: Member, campaign: Campaign) -> Decision:
    """Dates are edited in a draft; afterwards an amendment says why."""
    return _in_state(actor, campaign, CampaignState.DRAFT, "活动已经发布，规则已冻结。确需改动，请发布修订并写明理由")


def can_change_settings(actor: Member, campaign: Campaign) -> Decision:
    return can_set_dates(actor, campaign)


def can_publish_campaign(actor: Member, campaign: Campaign) -> Decision:
    return _in_state(actor, campaign, CampaignState.DRAFT, f"活动{campaign.get_state_display()}，不能再次发布")


def can_amend_campaign(actor: Member, campaign: Campaign) -> Decision:
    return _in_state(actor, campaign, CampaignState.PUBLISHED, "只有进行中的活动可以修订规则；筹备中的活动请直接修改")


def can_finish_campaign(actor: Member, campaign: Campaign) -> Decision:
    return _in_state(actor, campaign, CampaignState.PUBLISHED, "只有进行中的活动可以结束")


def can_cancel_campaign(actor: Member, campaign: Campaign) -> Decision:
    decision = can_run_office(actor, campaign.union)
    if decision and CampaignState.CANCELLED not in CAMPAIGN_TRANSITIONS[CampaignState(campaign.state)]:
        return denied(f"活动{campaign.get_state_display()}，不能终止")
    return decision


def takes_individuals(rules: Rules) -> bool:
    """Whether the notice lets people come in by themselves, straight or through a unit; else others put them forward."""
    return any(channel.kind == "self" for channel in rules.channels)


def can_apply(campaign: Campaign, *, at: datetime) -> Decision:
    """Whether applications are taken now; whose, the channels of the rules say."""
    if campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{campaign.get_state_display()}，不接受申报")
    if at < campaign.opens_at:
        return denied("申报尚未开始")
    if at > campaign.closes_at:
        return denied("申报已经截止")
    return ALLOWED
