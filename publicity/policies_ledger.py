"""May this person do it now, and if not, why? Decisions, sheets printed again, money, benefits, and a title's withdrawal."""

from datetime import datetime

from django.utils import timezone

from campaigns.models import Campaign
from campaigns.rules.schema import Body
from publicity.ledger import funds_of
from publicity.models import Award, Certificate
from publicity.models_ledger import PaymentList, Withdrawal
from review.policies import is_own
from unions.models import Member, Union
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_administer, can_lead, can_run_office

OWN = "涉及本人，应当回避，请由其他工作人员办理"


def _about(actor: Member, award: Award) -> Decision:
    decision = can_run_office(actor, award.union)
    if decision and is_own(actor, award.application):
        return denied(OWN)
    return decision


def can_write_decision(actor: Member, campaign: Campaign, *, at: datetime) -> Decision:  # noqa: ARG001 - one shape for every policy
    decision = can_run_office(actor, campaign.union)
    if not decision:
        return decision
    if not campaign.awards.exists():
        return denied("尚未授予称号，没有可以表彰的人选。请先授予称号")
    return ALLOWED


def can_reprint_certificate(actor: Member, certificate: Certificate, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, certificate.union)
    if not decision:
        return decision
    if hasattr(certificate, "revocation"):
        return denied("该证书已撤销，不能重印")
    if certificate.file_id is None:
        return denied("该证书还没有生成，请先生成证书")
    return ALLOWED


def can_keep_signing_key(actor: Member, union: Union, *, at: datetime) -> Decision:  # noqa: ARG001
    return can_administer(actor, union)


def can_keep_ledger(actor: Member, campaign: Campaign, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, campaign.union)
    if not decision:
        return decision
    if not funds_of(campaign.rules):
        return denied("规则没有规定奖励或补贴，没有台账")
    return ALLOWED


def can_confirm_list(actor: Member, listed: PaymentList, *, at: datetime) -> Decision:
    """Nobody confirms that they were paid themselves."""
    decision = can_keep_ledger(actor, listed.campaign, at=at)
    if not decision:
        return decision
    people = [
        entry.entitlement.award.application
        for entry in listed.entries.select_related("entitlement__award__application__person")
    ]
    return (
        denied(f"名单中有本人，{OWN.removeprefix('涉及本人，')}")
        if any(is_own(actor, one) for one in people)
        else ALLOWED
    )


def can_change_payments(actor: Member, award: Award, *, at: datetime) -> Decision:  # noqa: ARG001
    """Stop, resume, correct."""
    return _about(actor, award)


def can_record_grant(actor: Member, award: Award, *, at: datetime) -> Decision:  # noqa: ARG001
    return _about(actor, award)


# --- withdrawal -------------------------------------------------------------------------------------------------------


def deciding_body(award: Award) -> Body:
    """Whoever decided that the title is conferred decides that it is taken away."""
    rules = award.campaign.rules
    given = next((rule for rule in rules.awards if rule.id == award.award), None)
    assert given is not None  # an award is conferred by a rule, and rules are frozen
    stage = rules.stage(given.to.stage)
    return stage.confirmed_by or stage.by


def can_open_withdrawal(actor: Member, award: Award, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = _about(actor, award)
    if not decision:
        return decision
    for one in award.withdrawals.all():
        if one.decided is None:
            return denied("撤销程序正在进行，请在原程序中办理")
        if one.withdrawn:
            return denied("该称号已撤销")
    return ALLOWED


def can_answer_withdrawal(actor: Member, withdrawal: Withdrawal, *, at: datetime) -> Decision:
    """The person, until the last day; after it too, as long as nothing is decided."""
    application = withdrawal.award.application
    if actor.union_id != withdrawal.union_id or not is_own(actor, application):
        return denied("只有本人可以陈述申辩")
    if withdrawal.decided is not None:
        return denied("已经作出决定，不再受理陈述申辩；如有异议请与认定办公室联系")
    if at < withdrawal.at:
        return denied("程序尚未开始")
    return ALLOWED


def can_decide_withdrawal(actor: Member, withdrawal: Withdrawal, *, at: datetime) -> Decision:
    """Nothing is decided before the person was heard, or let the time pass."""
    award = withdrawal.award
    leads = deciding_body(award) == "leading_group"
    decision = can_lead(actor, award.union) if leads else can_run_office(actor, award.union)
    if not decision:
        return denied("称号由领导小组审定，撤销也由领导小组成员登记决定") if leads else decision
    if is_own(actor, award.application):
        return denied(OWN)
    if withdrawal.decided is not None:
        return denied("已经作出决定")
    if not withdrawal.answers and timezone.localdate(at) <= withdrawal.answer_by:
        day = f"{withdrawal.answer_by:%Y年%-m月%-d日}"
        return denied(f"本人还没有陈述申辩，期限到{day}；收到陈述申辩或期满后才能决定")
    return ALLOWED
