"""What follows the award, as the rules have it: the decision, a certificate printed again, money to its last month, benefits."""

from collections.abc import Callable
from datetime import date
from typing import Final

from campaigns.models import Campaign
from documents import runner
from documents.models import Job
from publicity import ledger, papers
from publicity.ledger import FEN, Fund
from publicity.models import Award, Certificate
from publicity.rehearsal.cast import Cast
from publicity.rehearsal.clock import Clock
from publicity.selectors_ledger import statements
from publicity.services import awards, decisions
from publicity.services import ledger as money
from publicity.states import REPRINT, GrantState
from unions.permits import Refused

FIXED: Final = 5000 * FEN
"""What the office fixes where the notice names no amount."""
GRANTED: Final = 2
"""How many are granted a benefit that costs money."""


def decide(campaign: Campaign, cast: Cast, clock: Clock) -> None:
    """The conferring decision as the rules word it, issued."""
    text = decisions.DecisionText(**papers.decision_defaults(campaign))
    draft = decisions.save_decision(campaign, text, revision=0, actor=cast.office, at=clock())
    decisions.issue_decision(campaign, revision=draft.revision, actor=cast.office, at=clock())


def follow(campaign: Campaign, cast: Cast, clock: Clock, progress: Callable[[str], None]) -> None:
    """Everything that comes after the certificates, in the order in which an office meets it."""
    if not campaign.awards.exists():
        return
    progress("授予之后：重印、奖励、待遇")
    _print_again(campaign, cast, clock)
    _benefits(campaign, cast, clock)
    for fund in ledger.funds_of(campaign.rules):
        _pay(campaign, fund, cast, clock)


def _print_again(campaign: Campaign, cast: Cast, clock: Clock) -> None:
    certificate = Certificate.objects.filter(campaign=campaign, file__isnull=False).order_by("sequence").first()
    if certificate is None:
        return
    made = awards.reprint_certificate(certificate, reason="证书遗失，本人申请补发", actor=cast.office, at=clock())
    job = Job.objects.get(kind=REPRINT, params__reprint=made.pk)
    runner.run(job.pk, at_clock=clock)
    job.refresh_from_db()
    if job.error:
        raise Refused(job.error)


def _benefits(campaign: Campaign, cast: Cast, clock: Clock) -> None:
    """Honours are put forward; benefits that cost money are granted to some, the others to all."""
    for promise in ledger.promises_of(campaign.rules):
        people = list(
            Award.objects.filter(campaign=campaign, award__in=promise.awards)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        if not people or promise.at_once:
            continue
        most = min(promise.places or len(people), GRANTED if promise.money else len(people))
        money.record_grants(
            campaign,
            benefit=promise.id,
            awards=people[:most],
            state=GrantState.FORWARD if promise.honour else GrantState.GRANTED,
            happened_on=clock.today,
            note="",
            actor=cast.office,
            at=clock(),
        )


def _pay(campaign: Campaign, fund: Fund, cast: Cast, clock: Clock) -> None:
    """Month by month to the end. Where the rules say what ends it, one person leaves half-way."""
    owners = [owner for owner, _ in statements(campaign, fund.source)]
    if not owners:
        return
    if fund.amount is None:
        money.fix_amount(
            campaign, source=fund.source, amount=FIXED, reason="演练：按办公会议纪要核定", actor=cast.office, at=clock()
        )
    ends = ledger.end_conditions(campaign.rules, fund.award) if fund.instalments > 1 else ()
    first = owners[0].first_month
    for n in range(fund.instalments):
        month = ledger.months_on(first, n)
        _list(campaign, fund, month, cast, clock)
        if ends and n + 1 == fund.instalments // 2 and len(owners) > 1:
            money.stop_payments(
                owners[-1].award,
                ground=ends[0].id,
                happened_on=clock.today,
                reason="演练：单位来函说明",
                actor=cast.office,
                at=clock(),
            )


def _list(campaign: Campaign, fund: Fund, month: date, cast: Cast, clock: Clock) -> None:
    clock.go_to_day(month.replace(day=20))
    listed = money.draw_up_list(campaign, source=fund.source, month=month, actor=cast.office, at=clock())
    money.confirm_paid(listed, paid_on=clock.today, actor=cast.second, at=clock())
