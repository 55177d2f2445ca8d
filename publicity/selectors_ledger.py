"""Reads of the money ledger, the benefits, and what a titled person has of them. Never writes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, Prefetch, Q, QuerySet, Sum

from applications.strokes import name_key
from campaigns.models import Campaign
from publicity import ledger
from publicity.ledger import Fund, Promise, Statement, Terms
from publicity.models import Award, Certificate
from publicity.models_ledger import Decision, Entitlement, Grant, LedgerEntry, PaymentList, Withdrawal, WithdrawalStep
from publicity.models_signing import Reprint
from publicity.selectors import withdrawn_awards
from publicity.states import Entered, GrantState, WithdrawalStepKind
from unions import vault
from unions.models import Member, Union

GONE = "（个人信息已按规定删除）"


# --- money ------------------------------------------------------------------------------------------------------------


def _terms(entitlement: Entitlement) -> Terms:
    return Terms(entitlement.amount, entitlement.instalments, entitlement.first_month)


def statement_of(entitlement: Entitlement) -> Statement:
    return ledger.statement(_terms(entitlement), entitlement.entries.order_by("pk"))


def with_entries(rows: "QuerySet[Entitlement]") -> "QuerySet[Entitlement]":
    return rows.prefetch_related(Prefetch("entries", LedgerEntry.objects.order_by("pk")))


def statements(campaign: Campaign, source: str) -> list[tuple[Entitlement, Statement]]:
    """Every entitlement of one kind with where it stands; two queries."""
    rows = with_entries(Entitlement.objects.filter(campaign=campaign, source=source)).order_by("pk")
    return [(row, ledger.statement(_terms(row), row.entries.all())) for row in rows]


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account of one kind of payment, for the table."""

    entitlement: Entitlement
    award: Award
    name: str
    employer: str
    statement: Statement
    stops: list[LedgerEntry]

    @property
    def stopped(self) -> str:
        last = self.stops[-1] if self.stops and self.statement.stopped_from else None
        if last is None or self.statement.stopped_from is None:
            return ""
        return f"{ledger.month_words(self.statement.stopped_from)}起停发：{last.reason}"


def accounts(campaign: Campaign, source: str) -> list[Account]:
    """By the strokes of surnames; two queries."""
    rows = with_entries(
        Entitlement.objects.filter(campaign=campaign, source=source).select_related("award__application")
    )
    found = [
        Account(
            row,
            row.award,
            row.award.application.name,
            row.award.application.employer,
            ledger.statement(_terms(row), row.entries.all()),
            [entry for entry in row.entries.all() if entry.kind == Entered.STOPPED],
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (name_key(one.name), one.entitlement.pk))


@dataclass(frozen=True, slots=True)
class FundState:
    """A kind of payment with its figures."""

    fund: Fund
    figures: ledger.Sum
    amount: int | None


def fund_states(campaign: Campaign) -> list[FundState]:
    """Every kind of payment of the rules; two queries whatever their number."""
    rows = with_entries(Entitlement.objects.filter(campaign=campaign)).order_by("pk")
    found: dict[str, list[Statement]] = defaultdict(list)
    for row in rows:
        found[row.source].append(ledger.statement(_terms(row), row.entries.all()))
    return [
        FundState(
            fund,
            ledger.total(found[fund.source]),
            fund.amount if fund.amount is not None else next((one.amount for one in found[fund.source]), None),
        )
        for fund in ledger.funds_of(campaign.rules)
    ]


def lacks_accounts(campaign: Campaign) -> bool:
    """Whether titles were conferred that the ledger does not know: before there was one."""
    wanted = {fund.award for fund in ledger.funds_of(campaign.rules) if not fund.benefit}
    return (
        Award.objects.filter(campaign=campaign, award__in=wanted, entitlements__isnull=True)
        .exclude(withdrawals__steps__kind=WithdrawalStepKind.WITHDRAWN)
        .exists()
    )


def payment_lists(campaign: Campaign) -> "QuerySet[PaymentList]":
    """Newest first, with how many lines wait and what was paid of them; one query."""
    return (
        PaymentList.objects.filter(campaign=campaign)
        .annotate(
            waiting=Count("entries", filter=Q(entries__kind=Entered.DUE, entries__settled__isnull=True)),
            paid=Sum("entries__amount", filter=Q(entries__kind=Entered.PAID)),
            released=Count("entries", filter=Q(entries__kind=Entered.RELEASED)),
        )
        .select_related("campaign__union", "by__user")
        .order_by("-number")
    )


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line of a list; `state` in words, `stopped` since it was drawn up."""

    entry: LedgerEntry
    name: str
    employer: str
    title: str
    state: str
    reason: str
    waiting: bool
    stopped: bool

    @property
    def months(self) -> str:
        return ledger.month_words(self.entry.month) if self.entry.month else ""


def list_lines(listed: PaymentList) -> list[ListLine]:
    """By the strokes of surnames, then by month; two queries."""
    rows = (
        LedgerEntry.objects.filter(on_list=listed, kind=Entered.DUE)
        .select_related("entitlement__award__application", "settled")
        .prefetch_related(Prefetch("entitlement__entries", LedgerEntry.objects.order_by("pk")))
    )
    found = [_line(row) for row in rows]
    return sorted(found, key=lambda one: (name_key(one.name), one.entry.month or date.min, one.entry.pk))


def _line(row: LedgerEntry) -> ListLine:
    settled: LedgerEntry | None = getattr(row, "settled", None)
    award = row.entitlement.award
    now = ledger.statement(_terms(row.entitlement), row.entitlement.entries.all())
    return ListLine(
        entry=row,
        name=award.application.name,
        employer=award.application.employer,
        title=award.label,
        state=settled.get_kind_display() if settled else "待确认",
        reason=settled.reason if settled else "",
        waiting=settled is None,
        stopped=settled is None and row.instalment is not None and now.ended(row.instalment),
    )


# --- benefits ---------------------------------------------------------------------------------------------------------


def last_grants(campaign: Campaign, benefit: str) -> dict[int, GrantState]:
    """Award → where the benefit stands for it, of those of whom something is written."""
    rows = Grant.objects.filter(award__campaign=campaign, benefit=benefit).order_by("pk")
    return {award: GrantState(state) for award, state in rows.values_list("award_id", "state")}


@dataclass(frozen=True, slots=True)
class Given:
    """A benefit or honour of one person."""

    award: Award
    name: str
    employer: str
    state: GrantState
    note: str
    on: date | None
    withdrawn: bool

    @property
    def tone(self) -> str:
        return {GrantState.PROMISED: "waiting", GrantState.FORWARD: "reason", GrantState.REFUSED: "fails"}.get(
            self.state, "holds"
        )


def given(campaign: Campaign, promise: Promise) -> list[Given]:
    """Everybody whom a benefit is for, by the strokes of surnames; two queries."""
    awards = (
        Award.objects.filter(campaign=campaign, award__in=promise.awards)
        .annotate(taken_away=Exists(withdrawn_awards()))
        .select_related("application")
        .prefetch_related(Prefetch("grants", Grant.objects.filter(benefit=promise.id).order_by("pk")))
    )
    found = [_given(award, promise, list(award.grants.all())) for award in awards]
    return sorted(found, key=lambda one: (name_key(one.name), one.award.pk))


def _given(award: Award, promise: Promise, grants: Sequence[Grant]) -> Given:
    last = grants[-1] if grants else None
    state = GrantState(last.state) if last else GrantState.GRANTED if promise.at_once else GrantState.PROMISED
    return Given(
        award=award,
        name=award.application.name,
        employer=award.application.employer,
        state=state,
        note=last.note if last else "随称号一并授予" if promise.at_once else "",
        on=last.happened_on if last else None,
        withdrawn=bool(getattr(award, "taken_away", False)),
    )


@dataclass(frozen=True, slots=True)
class PromiseState:
    promise: Promise
    counts: Mapping[GrantState, int]
    people: int

    @property
    def words(self) -> str:
        return "，".join(f"{state.label} {self.counts[state]} 人" for state in GrantState if self.counts.get(state))


def promise_states(campaign: Campaign) -> list[PromiseState]:
    """Every benefit and honour with how many stand where; two queries whatever their number."""
    awards = list(Award.objects.filter(campaign=campaign).values_list("pk", "award"))
    last: dict[tuple[str, int], GrantState] = {
        (benefit, award): GrantState(state)
        for benefit, award, state in Grant.objects.filter(award__campaign=campaign)
        .order_by("pk")
        .values_list("benefit", "award_id", "state")
    }
    found = []
    for promise in ledger.promises_of(campaign.rules):
        people = [pk for pk, award in awards if award in promise.awards]
        counts: dict[GrantState, int] = defaultdict(int)
        for pk in people:
            counts[last.get((promise.id, pk), GrantState.GRANTED if promise.at_once else GrantState.PROMISED)] += 1
        found.append(PromiseState(promise, counts, len(people)))
    return found


# --- the person's own page --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mine:
    """What a titled person sees of one award."""

    award: Award
    certificate: Certificate | None
    withdrawal: Withdrawal | None
    payments: list[tuple[Entitlement, Statement]]
    benefits: list[tuple[Promise, Given]]

    @property
    def certificate_holds(self) -> bool:
        return self.certificate is not None and getattr(self.certificate, "revocation", None) is None


def own_awards(member: Member) -> "QuerySet[Award]":
    """Awards about the member: whoever applied, and whoever the application is about."""
    about = Q(application__applicant=member)
    if member.user_id is not None:
        about |= Q(application__person__user_id=member.user_id)
    return Award.objects.filter(about, union_id=member.union_id)


def mine(member: Member) -> list[Mine]:
    """A constant number of queries."""
    awards = (
        own_awards(member)
        .select_related("campaign__union", "application__person__key", "certificate__revocation", "certificate__file")
        .prefetch_related(
            Prefetch("certificate__reprints", Reprint.objects.select_related("file").order_by("print_number")),
            Prefetch("entitlements", with_entries(Entitlement.objects.order_by("pk"))),
            Prefetch("grants", Grant.objects.order_by("pk")),
            Prefetch("withdrawals", Withdrawal.objects.prefetch_related("steps")),
        )
        .order_by("-conferred_on", "-pk")
    )
    return [_mine(award) for award in awards]


def _mine(award: Award) -> Mine:
    withdrawals = list(award.withdrawals.all())
    by_benefit: dict[str, list[Grant]] = defaultdict(list)
    for grant in award.grants.all():
        by_benefit[grant.benefit].append(grant)
    promises = [one for one in ledger.promises_of(award.campaign.rules) if award.award in one.awards]
    return Mine(
        award=award,
        certificate=getattr(award, "certificate", None),
        withdrawal=withdrawals[0] if withdrawals else None,
        payments=[(row, ledger.statement(_terms(row), row.entries.all())) for row in award.entitlements.all()],
        benefits=[(promise, _given(award, promise, by_benefit[promise.id])) for promise in promises],
    )


# --- decisions and withdrawals ----------------------------------------------------------------------------------------


def decisions(campaign: Campaign) -> "QuerySet[Decision]":
    return Decision.objects.filter(campaign=campaign).select_related("campaign__union", "by__user").order_by("-version")


def withdrawals(union: Union) -> "QuerySet[Withdrawal]":
    return (
        Withdrawal.objects.filter(union=union)
        .select_related("award__application__person__key", "award__campaign__union", "award__union", "by__user")
        .prefetch_related(Prefetch("steps", WithdrawalStep.objects.select_related("by__user").order_by("pk")))
        .order_by("-pk")
    )


def answers_of(withdrawal: Withdrawal) -> list[tuple[WithdrawalStep, str]]:
    """What the person said, opened; gone with the person's key."""
    key = withdrawal.award.application.person.key
    found = []
    for step in withdrawal.answers:
        try:
            words = vault.unseal(key, step.sealed)
        except vault.Unreadable:
            words = GONE
        found.append((step, words))
    return found
