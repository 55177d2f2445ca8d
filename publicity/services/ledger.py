"""The money ledger and the benefits: what an award brings is owed, listed, paid, ended, and put right; rows are only added."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign
from publicity import ledger, policies_ledger
from publicity.ledger import Fund, Promise
from publicity.models import Award
from publicity.models_ledger import Entitlement, Grant, LedgerEntry, PaymentList
from publicity.selectors_ledger import last_grants, statement_of, statements
from publicity.states import GRANT_TRANSITIONS, Entered, GrantState
from review.models import Outcome
from unions import audit
from unions.models import Member
from unions.permits import Refused

WITHDRAWN: Final = "withdrawn"
"""Ground of a stop besides those that the rules name: the title was taken away."""
REFUSED: Final = "refused"
"""… or the benefit that it pays was not granted after all."""
DISQUALIFIED: Final = "disqualified"
"""… or the person was disqualified, which is decided elsewhere and found out when money is about to go."""


def _lock(campaign_id: int) -> Campaign:
    return Campaign.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=campaign_id)


def _fund(campaign: Campaign, source: str) -> Fund:
    found = ledger.fund_of(campaign.rules, source)
    if found is None:
        raise Refused("规则没有规定这项发放，请返回台账重新选择")
    return found


def _day(day: date, at: datetime) -> date:
    if day > timezone.localdate(at):
        raise Refused("日期不能晚于今天")
    return day


def _said(reason: str, what: str) -> str:
    if not reason.strip():
        raise Refused(f"请写明{what}")
    return reason.strip()


# --- what is owed -----------------------------------------------------------------------------------------------------


def entitle(awards: Iterable[Award], *, actor: Member, at: datetime) -> list[Entitlement]:
    """What these awards bring by the rules, as rows; what is there already stays. The verb that calls it locks and records."""
    awards = list(awards)
    held = set(Entitlement.objects.filter(award__in=awards).values_list("award", "source"))
    return [
        _entitlement(award, fund, award.conferred_on, actor=actor, at=at)
        for award in awards
        for fund in ledger.funds_of(award.campaign.rules)
        if fund.award == award.award and not fund.benefit and (award.pk, fund.source) not in held
    ]


def _entitlement(award: Award, fund: Fund, day: date, *, actor: Member, at: datetime) -> Entitlement:
    return Entitlement.objects.create(
        union_id=award.union_id,
        campaign_id=award.campaign_id,
        award=award,
        source=fund.source,
        label=fund.label,
        amount=fund.amount,
        instalments=fund.instalments,
        first_month=ledger.month_from(day, fund.starts),
        at=at,
        by=actor,
    )


@transaction.atomic
def open_ledger(campaign: Campaign, *, actor: Member, at: datetime) -> list[Entitlement]:
    """For titles that were conferred before there was a ledger. Done again it adds nothing."""
    campaign = _lock(campaign.pk)
    policies_ledger.can_keep_ledger(actor, campaign, at=at).require()
    rows = Award.objects.filter(campaign=campaign).prefetch_related("withdrawals__steps")
    awards = [award for award in rows if not _is_withdrawn(award)]
    for award in awards:
        award.campaign = campaign
    made = entitle(awards, actor=actor, at=at)
    if made:
        audit.record("ledger.opened", campaign, actor=actor, at=at, after={"entitlements": len(made)}, rows=made)
    return made


def _is_withdrawn(award: Award) -> bool:
    return any(one.withdrawn for one in award.withdrawals.all())


@transaction.atomic
def fix_amount(
    campaign: Campaign, *, source: str, amount: int, reason: str, actor: Member, at: datetime
) -> list[LedgerEntry]:
    """The amount that the notice does not state, for everybody of whom nothing is listed or paid yet. Whole fen."""
    campaign = _lock(campaign.pk)
    policies_ledger.can_keep_ledger(actor, campaign, at=at).require()
    if _fund(campaign, source).amount is not None:
        raise Refused("金额由规则规定，不能另行核定；个别有误的请用“更正”")
    if amount <= 0:
        raise Refused("金额应大于 0")
    reason = _said(reason, "核定金额的依据")
    made = [
        _entry(one, Entered.FIXED, amount=amount, reason=reason, actor=actor, at=at)
        for one, found in statements(campaign, source)
        if not found.paid and not found.listed and found.amount != amount
    ]
    if not made:
        raise Refused("没有需要核定金额的人；已列入名单或已发放的不能再改")
    audit.record(
        "ledger.amount_fixed",
        campaign,
        actor=actor,
        at=at,
        after={"source": source, "amount": amount, "people": len(made)},
        reason=reason,
        rows=made,
    )
    return made


def _row(entitlement: Entitlement, kind: Entered, *, actor: Member, at: datetime, **given: Any) -> LedgerEntry:
    return LedgerEntry(union_id=entitlement.union_id, entitlement=entitlement, kind=kind, at=at, by=actor, **given)


def _entry(entitlement: Entitlement, kind: Entered, *, actor: Member, at: datetime, **given: Any) -> LedgerEntry:
    made = _row(entitlement, kind, actor=actor, at=at, **given)
    made.save(force_insert=True)
    return made


# --- lists ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def draw_up_list(campaign: Campaign, *, source: str, month: date, actor: Member, at: datetime) -> PaymentList:
    """Whoever is owed something of this kind by that month and has not got it. A second click finds the first one's list."""
    campaign = _lock(campaign.pk)
    policies_ledger.can_keep_ledger(actor, campaign, at=at).require()
    fund, month = _fund(campaign, source), ledger.month_of(month)
    if month > timezone.localdate(at):
        raise Refused(f"{ledger.month_words(month)}还没有到，到了当月再编制名单")
    waiting = PaymentList.objects.filter(
        campaign=campaign, source=source, month=month, entries__kind=Entered.DUE, entries__settled__isnull=True
    ).first()
    if waiting is not None:
        return waiting
    ended = _end_disqualified(campaign, source, actor=actor, at=at)
    found = statements(campaign, source)
    if any(one.amount is None and one.due(month) for _, one in found):
        raise Refused(f"“{fund.label}”的金额通知没有写明，请先核定金额")
    due = [(owner, one, number) for owner, one in found for number in one.due(month)]
    if not due:
        raise Refused(f"到{ledger.month_words(month)}没有应发未发的“{fund.label}”")
    listed = PaymentList.objects.create(
        union=campaign.union,
        campaign=campaign,
        source=source,
        month=month,
        number=campaign.payment_lists.count() + 1,
        total=sum(one.amount or 0 for _, one, _ in due),
        lines=len(due),
        at=at,
        by=actor,
    )
    made = LedgerEntry.objects.bulk_create(
        _row(
            owner,
            Entered.DUE,
            amount=one.amount,
            instalment=number,
            month=one.terms.month(number),
            on_list=listed,
            actor=actor,
            at=at,
        )
        for owner, one, number in due
    )
    audit.record(
        "ledger.list_drawn_up",
        listed,
        actor=actor,
        at=at,
        after={"source": source, "month": month.isoformat(), "lines": len(made), "total": listed.total},
        rows=[*ended, *made],
    )
    return listed


@transaction.atomic
def confirm_paid(
    listed: PaymentList,
    *,
    paid_on: date,
    actor: Member,
    at: datetime,
    leaving_out: Collection[int] = (),
    reason: str = "",
) -> list[LedgerEntry]:
    """Settle a list: paid, but for the lines left out, which are owed again. A second click settles nothing twice.

    A line whose payment was stopped since must be left out: it is for the office to see before the money goes.
    """
    campaign = _lock(listed.campaign_id)
    listed = PaymentList.objects.get(pk=listed.pk)
    listed.campaign = campaign
    policies_ledger.can_confirm_list(actor, listed, at=at).require()
    lines = list(
        LedgerEntry.objects.filter(on_list=listed, kind=Entered.DUE, settled__isnull=True)
        .select_related("entitlement__award__application")
        .order_by("pk")
    )
    if not lines:
        return []
    _day(paid_on, at)
    if leaving_out:
        reason = _said(reason, "未发放的原因")
    ended = _end_disqualified(campaign, listed.source, actor=actor, at=at)
    _require_running(campaign, lines, leaving_out)
    made = LedgerEntry.objects.bulk_create(
        _row(
            line.entitlement,
            Entered.RELEASED if line.pk in leaving_out else Entered.PAID,
            amount=line.amount,
            instalment=line.instalment,
            month=line.month,
            happened_on=paid_on,
            reason=reason if line.pk in leaving_out else "",
            on_list=listed,
            settles=line,
            actor=actor,
            at=at,
        )
        for line in lines
    )
    paid = [entry for entry in made if entry.kind == Entered.PAID]
    audit.record(
        "ledger.list_paid",
        listed,
        actor=actor,
        at=at,
        after={
            "paid": len(paid),
            "released": len(made) - len(paid),
            "total_paid": sum(entry.amount or 0 for entry in paid),
            "paid_on": paid_on.isoformat(),
        },
        reason=reason.strip(),
        rows=[*ended, *made],
    )
    return made


def _end_disqualified(campaign: Campaign, source: str, *, actor: Member, at: datetime) -> list[LedgerEntry]:
    """Whoever was disqualified is paid nothing more, though nobody recorded it here."""
    out = Outcome.objects.filter(application__campaign=campaign, stage__isnull=True).values("application")
    owners = Entitlement.objects.filter(campaign=campaign, source=source, award__application__in=out).order_by("pk")
    return end_payments(owners, ground=DISQUALIFIED, reason="已被取消资格", actor=actor, at=at)


def _require_running(campaign: Campaign, lines: Sequence[LedgerEntry], leaving_out: Collection[int]) -> None:
    now = {owner.pk: found for owner, found in statements(campaign, lines[0].entitlement.source)}
    stopped = [
        line.entitlement.award.application.name
        for line in lines
        if line.pk not in leaving_out and now[line.entitlement_id].ended(line.instalment or 0)
    ]
    if stopped:
        names = "、".join(dict.fromkeys(stopped))
        raise Refused(f"编制名单后{names}已停发，请把这几笔勾选为“未发放”，写明原因后再确认")


# --- the end of it, and what is put right -----------------------------------------------------------------------------


def _locked_award(award: Award) -> Award:
    campaign = _lock(award.campaign_id)
    award = Award.objects.select_related("application__person", "union").get(pk=award.pk)
    award.campaign = campaign
    return award


@transaction.atomic
def stop_payments(
    award: Award, *, ground: str, happened_on: date, reason: str, actor: Member, at: datetime
) -> LedgerEntry:
    """One of the cases in which the rules end the monthly payments has come about, such as leaving the district."""
    award = _locked_award(award)
    policies_ledger.can_change_payments(actor, award, at=at).require()
    known = {one.id: one for one in ledger.end_conditions(award.campaign.rules, award.award)}
    if ground not in known:
        raise Refused("规则没有规定这种停发情形，请选择所列情形")
    owner = award.entitlements.filter(source=f"{award.award}.monthly").first()
    if owner is None:
        raise Refused("台账中没有此人的按月补贴，请先建立台账")
    found = statement_of(owner)
    if found.stopped_from is not None:
        raise Refused(f"已从{ledger.month_words(found.stopped_from)}起停发；停发有误的请先恢复")
    if _day(happened_on, at) < award.conferred_on:
        raise Refused(f"日期不能早于授予日期（{award.conferred_on:%Y年%-m月%-d日}）")
    month = ledger.month_from(happened_on, known[ground].stops)
    made = _entry(
        owner,
        Entered.STOPPED,
        month=month,
        happened_on=happened_on,
        ground=ground,
        reason=_said(reason, "停发的依据，例如单位来函、离职证明"),
        actor=actor,
        at=at,
    )
    audit.record(
        "ledger.stopped",
        made,
        actor=actor,
        at=at,
        after={"ground": ground, "month": month.isoformat(), "happened_on": happened_on.isoformat()},
        reason=reason.strip(),
    )
    return made


@transaction.atomic
def resume_payments(entitlement: Entitlement, *, reason: str, actor: Member, at: datetime) -> LedgerEntry:
    """A stop was a mistake; the months since are owed again."""
    award = _locked_award(entitlement.award)
    policies_ledger.can_change_payments(actor, award, at=at).require()
    if statement_of(entitlement).stopped_from is None:
        raise Refused("没有停发，不需恢复")
    if _is_withdrawn(award):
        raise Refused("称号已撤销，不能恢复发放")
    reason = _said(reason, "恢复发放的原因")
    made = _entry(entitlement, Entered.RESUMED, reason=reason, actor=actor, at=at)
    audit.record("ledger.resumed", made, actor=actor, at=at, reason=reason)
    return made


@transaction.atomic
def correct_payment(entitlement: Entitlement, *, amount: int, reason: str, actor: Member, at: datetime) -> LedgerEntry:
    """Money that came back (negative) or was paid besides a list (positive), in fen: what was written before stays as it is."""
    award = _locked_award(entitlement.award)
    policies_ledger.can_change_payments(actor, award, at=at).require()
    if not amount:
        raise Refused("请填写更正的金额：追回的写负数，补发的写正数")
    if statement_of(entitlement).received + amount < 0:
        raise Refused(f"追回的不能多于已发放的 {ledger.yuan(statement_of(entitlement).received)}")
    reason = _said(reason, "更正的原因")
    made = _entry(entitlement, Entered.CORRECTION, amount=amount, reason=reason, actor=actor, at=at)
    audit.record("ledger.corrected", made, actor=actor, at=at, after={"amount": amount}, reason=reason)
    return made


def end_payments(
    entitlements: Iterable[Entitlement], *, ground: str, reason: str, actor: Member, at: datetime
) -> list[LedgerEntry]:
    """Nothing more is paid from now on; what was paid stays paid. The verb that calls it locks and records."""
    found = []
    for one in entitlements:
        now = statement_of(one)
        if now.first_unpaid is not None and (now.stopped_from is None or now.stopped_from > now.first_unpaid):
            found.append(
                _entry(
                    one,
                    Entered.STOPPED,
                    month=now.first_unpaid,
                    happened_on=timezone.localdate(at),
                    ground=ground,
                    reason=reason,
                    actor=actor,
                    at=at,
                )
            )
    return found


# --- benefits and further honours -------------------------------------------------------------------------------------


@transaction.atomic
def record_grants(
    campaign: Campaign,
    *,
    benefit: str,
    awards: Collection[int],
    state: GrantState,
    happened_on: date,
    actor: Member,
    at: datetime,
    note: str = "",
) -> list[Grant]:
    """What became of a benefit or a further honour for these people: all of them, or nobody if one cannot be."""
    campaign = _lock(campaign.pk)
    promise = ledger.promise_of(campaign.rules, benefit)
    if promise is None:
        raise Refused("规则没有规定这项待遇，请返回重新选择")
    people = list(
        Award.objects.filter(campaign=campaign, pk__in=awards, award__in=promise.awards)
        .select_related("application__person", "union")
        .prefetch_related("withdrawals__steps")
        .order_by("pk")
    )
    if not people:
        raise Refused("请先勾选人员")
    if state is GrantState.REFUSED:
        note = _said(note, "没有落实的原因")
    _day(happened_on, at)
    before = last_grants(campaign, benefit)
    made, moved = [], []
    for award in people:
        award.campaign = campaign
        policies_ledger.can_record_grant(actor, award, at=at).require()
        _require_step(award, promise, before.get(award.pk), state)
        grant = Grant.objects.create(
            union=campaign.union,
            award=award,
            benefit=benefit,
            state=state,
            note=note.strip(),
            happened_on=happened_on,
            at=at,
            by=actor,
        )
        made.append(grant)
        moved += _money_of(award, promise, grant, actor=actor, at=at)
    _require_places(campaign, promise)
    audit.record(
        "benefit.recorded",
        campaign,
        actor=actor,
        at=at,
        after={"benefit": benefit, "state": state, "awards": [grant.award_id for grant in made]},
        reason=note.strip(),
        rows=[*made, *moved],
    )
    return made


def _require_step(award: Award, promise: Promise, last: GrantState | None, state: GrantState) -> None:
    now = last or (GrantState.GRANTED if promise.at_once else GrantState.PROMISED)
    name = award.application.name
    if _is_withdrawn(award) and state is not GrantState.REFUSED:
        raise Refused(f"{name}的称号已撤销，不再享受“{promise.label}”")
    if state is GrantState.FORWARD and not promise.honour:
        raise Refused(f"“{promise.label}”不需申报，请直接登记是否落实")
    if state not in GRANT_TRANSITIONS[now]:
        raise Refused(f"{name}的“{promise.label}”{now.label}，不能改为{state.label}")


def _require_places(campaign: Campaign, promise: Promise) -> None:
    """The rules' number of places, counted after the fact and under the lock."""
    if promise.places is None:
        return
    taken = sum(
        state not in {GrantState.REFUSED, GrantState.PROMISED} for state in last_grants(campaign, promise.id).values()
    )
    if taken > promise.places:
        raise Refused(f"“{promise.label}”规则规定至多 {promise.places} 名，现为 {taken} 名，请减少人选")


def _money_of(
    award: Award, promise: Promise, grant: Grant, *, actor: Member, at: datetime
) -> list[Entitlement | LedgerEntry]:
    """A benefit with money is owed from when it is granted, and not any more where that came to nothing."""
    fund = ledger.fund_of(award.campaign.rules, f"{award.award}.{promise.id}") if promise.money else None
    if fund is None:
        return []
    owner = award.entitlements.filter(source=fund.source).first()
    if grant.state == GrantState.REFUSED and owner is not None:
        return [*end_payments([owner], ground=REFUSED, reason=grant.note, actor=actor, at=at)]
    if grant.state != GrantState.GRANTED:
        return []
    if owner is None:
        return [_entitlement(award, fund, grant.happened_on, actor=actor, at=at)]
    return [_entry(owner, Entered.RESUMED, reason=grant.note or "重新落实", actor=actor, at=at)]
