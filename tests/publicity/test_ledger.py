"""Money and benefits: what is owed follows from the rules, nothing is paid twice, what ends says why, nothing is rewritten."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as some
from openpyxl import load_workbook

from campaigns.rules import loader
from publicity import ledger, sheets_ledger
from publicity.ledger import Statement, Terms
from publicity.models import Award
from publicity.models_ledger import Entitlement, Grant, LedgerEntry, PaymentList
from publicity.selectors_ledger import (
    accounts,
    fund_states,
    lacks_accounts,
    last_grants,
    list_lines,
    promise_states,
    statement_of,
)
from publicity.selectors_ledger import (
    given as given_of,
)
from publicity.services import ledger as money
from publicity.states import Entered, GrantState
from review.services.investigations import decide_investigation, open_investigation
from review.services.outcomes import write_outcome
from review.states import Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.publicity.scene import BENEFITS, CERTIFICATE, MONEY, Scene
from unions import tenancy
from unions.models import AuditEntry, Member, Union
from unions.permits import Refused
from unions.states import Role

ONCE, MONTHLY, STUDIO = "title.money", "title.monthly", "title.studio"
YUAN = 100


@kept
def paid(union: Union) -> Scene:
    """Two people with the title, a one-off reward, four months of allowance, and benefits."""
    scene = Scene(union, more=CERTIFICATE + MONEY + BENEFITS)
    for name in ("赵建国", "钱秀兰"):
        title(scene, name)
    money.open_ledger(scene.campaign, actor=scene.office, at=scene.now())
    return scene


def title(scene: Scene, name: str) -> Award:
    """A title, without the campaign that leads to it."""
    person = scene.apply(name)
    outcome = write_outcome(
        scene.stage("final"), person, verdict=Verdict.PASSED, reason="审定通过", actor=scene.office, at=scene.now()
    )
    return Award.objects.create(
        union=scene.union,
        campaign=scene.campaign,
        application=person,
        outcome=outcome,
        award="title",
        label="示例工匠",
        conferred_on=scene.clock.date(),
        at=scene.now(),
        by=scene.office,
    )


def month_of(scene: Scene, on: int = 0) -> date:
    return ledger.months_on(ledger.month_of(scene.clock.date()), on)


def go_to(scene: Scene, month: date, day: int = 20) -> None:
    scene.clock = datetime.combine(month.replace(day=day), scene.clock.timetz())


def draw_up(scene: Scene, source: str, month: date | None = None, actor: Member | None = None) -> PaymentList:
    return money.draw_up_list(
        scene.campaign, source=source, month=month or month_of(scene), actor=actor or scene.office, at=scene.now()
    )


def confirm(scene: Scene, listed: PaymentList, **more: Any) -> list[LedgerEntry]:
    details = {"actor": scene.second, "paid_on": scene.clock.date(), **more}
    return money.confirm_paid(listed, at=scene.now(), **details)


def owner(name: str, source: str) -> Entitlement:
    return next(one for one in Entitlement.objects.filter(source=source) if one.award.application.name == name)


def stop(scene: Scene, name: str, on: date, **more: Any) -> LedgerEntry:
    details = {"ground": "left", "reason": "单位来函", "actor": scene.office, **more}
    return money.stop_payments(owner(name, MONTHLY).award, happened_on=on, at=scene.now(), **details)


# --- pure -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    pk: int
    kind: str
    instalment: int | None = None
    amount: int | None = None
    month: date | None = None
    settles_id: int | None = None


def read(*lines: Line, amount: int | None = 80000, instalments: int = 4) -> Statement:
    return ledger.statement(Terms(amount, instalments, date(2017, 11, 1)), lines)


def test_months_go_on_over_the_end_of_a_year_and_back() -> None:
    assert ledger.months_on(date(2017, 11, 1), 3) == date(2018, 2, 1)
    assert ledger.months_on(date(2018, 1, 1), -1) == date(2017, 12, 1)
    assert ledger.month_from(date(2017, 12, 31), "next_month") == date(2018, 1, 1)
    assert ledger.month_from(date(2017, 12, 31), "same_month") == date(2017, 12, 1)


def test_runs_of_months_are_drawn_together() -> None:
    months = [
        date(2017, 12, 1),
        date(2017, 11, 1),
        date(2018, 1, 1),
        date(2018, 3, 1),
        date(2018, 5, 1),
        date(2018, 6, 1),
    ]

    assert ledger.span_words(months) == "2017年11月至2018年1月、2018年3月、2018年5月至6月"


def test_amounts_are_whole_fen_and_read_as_people_write_them() -> None:
    assert ledger.yuan(2_000_000) == "20,000 元"
    assert ledger.yuan(80050) == "800.50 元"
    assert ledger.yuan(-80000) == "-800 元"
    assert ledger.fen_of(Decimal("800.5")) == 80050
    with pytest.raises(ValueError, match="两位小数"):
        ledger.fen_of(Decimal("0.001"))


def test_what_is_due_is_what_is_neither_paid_nor_listed_nor_ended() -> None:
    found = read(
        Line(1, Entered.DUE, 0, 80000),
        Line(2, Entered.PAID, 0, 80000, settles_id=1),
        Line(3, Entered.DUE, 1, 80000),
        Line(4, Entered.RELEASED, 1, 80000, settles_id=3),
        Line(5, Entered.DUE, 2, 80000),
        Line(6, Entered.STOPPED, month=date(2018, 2, 1)),
    )

    assert found.due(date(2018, 12, 1)) == [1]
    assert found.listed == {2: 5}
    assert found.owed == 3 * 80000
    assert found.first_unpaid == date(2017, 12, 1)
    assert [words for _, words in ledger.calendar(found)] == ["已发放", "待发放", "已列入发放名单", "停发"]


def test_what_was_paid_for_ended_months_is_to_come_back_until_it_was_put_right() -> None:
    lines = [
        Line(1, Entered.DUE, 0, 80000),
        Line(2, Entered.PAID, 0, 80000, settles_id=1),
        Line(3, Entered.STOPPED, month=date(2017, 11, 1)),
    ]

    assert (read(*lines).overpaid, read(*lines).owed) == (80000, 0)
    assert read(*lines, Line(4, Entered.CORRECTION, amount=-80000)).overpaid == 0
    assert read(*lines, Line(4, Entered.RESUMED)).overpaid == 0
    assert read(*lines, Line(4, Entered.CORRECTION, amount=-80000)).received == 0


def test_an_amount_that_nobody_fixed_is_owed_by_nobody_yet() -> None:
    assert read(amount=None).owed is None
    assert read(Line(1, Entered.FIXED, amount=50000), amount=None, instalments=1).owed == 50000
    assert ledger.total([read(amount=None)]).open_amounts == 1


@given(some.lists(some.integers(0, 3), unique=True), some.integers(0, 5))
def test_paid_and_left_always_make_what_is_owed(numbers: list[int], ended: int) -> None:
    lines = []
    for n, number in enumerate(numbers):
        lines += [
            Line(2 * n + 1, Entered.DUE, number, 80000),
            Line(2 * n + 2, Entered.PAID, number, 80000, settles_id=2 * n + 1),
        ]
    found = read(*lines, Line(99, Entered.STOPPED, month=ledger.months_on(date(2017, 11, 1), ended)))

    assert found.owed == found.received - found.overpaid + 80000 * len(found.unpaid)
    assert found.complete == (not found.due(date(2030, 1, 1)))


# --- what is owed -----------------------------------------------------------------------------------------------------


def test_conferring_writes_down_what_the_rules_give(union: Union) -> None:
    scene = Scene(union, more=CERTIFICATE + MONEY + BENEFITS)
    scene.to_final("赵建国", "钱秀兰")
    scene.confer()

    assert {(one.source, one.amount, one.instalments, one.first_month) for one in Entitlement.objects.all()} == {
        (ONCE, 20000 * YUAN, 1, month_of(scene)),
        (MONTHLY, 800 * YUAN, 4, month_of(scene, 1)),
    }
    assert len(AuditEntry.objects.get(action="awards.conferred").rows["publicity.entitlement"]) == 4


def test_titles_from_before_the_ledger_are_taken_in_once(paid: Scene) -> None:
    assert money.open_ledger(paid.campaign, actor=paid.office, at=paid.now()) == []
    other = title(paid, "孙志强")
    assert lacks_accounts(paid.campaign)

    made = money.open_ledger(paid.campaign, actor=paid.office, at=paid.now())

    assert {(one.award, one.source) for one in made} == {(other, ONCE), (other, MONTHLY)}
    assert not lacks_accounts(paid.campaign)


def test_an_amount_the_notice_does_not_state_is_fixed_by_the_office_before_anything_is_listed(union: Union) -> None:
    scene = Scene(union, more='[awards.money]\ntext = "一次性奖励"\nsetting = true\n')
    title(scene, "赵建国")
    money.open_ledger(scene.campaign, actor=scene.office, at=scene.now())

    with pytest.raises(Refused, match="请先核定金额"):
        draw_up(scene, ONCE)
    for wrong, match in ((0, "大于 0"), (-5, "大于 0")):
        with pytest.raises(Refused, match=match):
            money.fix_amount(
                scene.campaign, source=ONCE, amount=wrong, reason="纪要", actor=scene.office, at=scene.now()
            )
    with pytest.raises(Refused, match="请写明核定金额的依据"):
        money.fix_amount(scene.campaign, source=ONCE, amount=5, reason=" ", actor=scene.office, at=scene.now())
    money.fix_amount(scene.campaign, source=ONCE, amount=500000, reason="纪要", actor=scene.office, at=scene.now())
    listed = draw_up(scene, ONCE)
    assert listed.total == 500000
    with pytest.raises(Refused, match="没有需要核定金额的人"):
        money.fix_amount(scene.campaign, source=ONCE, amount=1, reason="纪要", actor=scene.office, at=scene.now())


def test_an_amount_of_the_rules_is_not_the_offices_to_fix(paid: Scene) -> None:
    with pytest.raises(Refused, match="金额由规则规定"):
        money.fix_amount(paid.campaign, source=ONCE, amount=1, reason="x", actor=paid.office, at=paid.now())
    with pytest.raises(Refused, match="规则没有规定这项发放"):
        money.fix_amount(paid.campaign, source="title.x", amount=1, reason="x", actor=paid.office, at=paid.now())


# --- lists ------------------------------------------------------------------------------------------------------------


def test_a_list_is_drawn_up_confirmed_and_never_pays_twice(paid: Scene) -> None:
    listed = draw_up(paid, ONCE)
    assert (listed.lines, listed.total, listed.number) == (2, 40000 * YUAN, 1)
    assert draw_up(paid, ONCE) == listed, "a second click finds the first one's list"

    made = confirm(paid, listed)

    assert [entry.amount for entry in made] == [20000 * YUAN] * 2
    assert confirm(paid, listed) == [], "a double click"
    with pytest.raises(Refused, match="没有应发未发的“一次性奖励”"):
        draw_up(paid, ONCE)
    assert LedgerEntry.objects.filter(kind=Entered.PAID).count() == 2


def test_the_table_itself_refuses_an_instalment_paid_twice(paid: Scene) -> None:
    listed = draw_up(paid, ONCE)
    (entry, _) = confirm(paid, listed)
    entry.pk = None
    entry.settles = None

    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_pay_once(paid: Scene) -> None:
    listed = draw_up(paid, ONCE)
    at, made = paid.now(), []

    def act(actor: Member) -> None:
        try:
            with tenancy.scope(paid.union.pk):
                made.append(len(money.confirm_paid(listed, paid_on=at.date(), actor=actor, at=at)))
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(actor,)) for actor in (paid.office, paid.second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == [0, 2]


def test_a_list_of_a_month_takes_what_was_left_before_and_nothing_of_later_months(paid: Scene) -> None:
    with pytest.raises(Refused, match="还没有到"):
        draw_up(paid, MONTHLY, month_of(paid, 1))
    go_to(paid, month_of(paid, 2))

    listed = draw_up(paid, MONTHLY)

    assert {(line.name, line.months) for line in list_lines(listed)} == {
        (name, ledger.month_words(month_of(paid, on))) for name in ("赵建国", "钱秀兰") for on in (-1, 0)
    }
    assert listed.total == 4 * 800 * YUAN


def test_lines_left_out_say_why_and_are_owed_again(paid: Scene) -> None:
    listed = draw_up(paid, ONCE)
    first = listed.entries.order_by("pk").first()
    assert first is not None

    with pytest.raises(Refused, match="请写明未发放的原因"):
        confirm(paid, listed, leaving_out={first.pk})
    confirm(paid, listed, leaving_out={first.pk}, reason="银行退回")

    again = draw_up(paid, ONCE)
    assert [line.entry.entitlement for line in list_lines(again)] == [first.entitlement]
    assert again.number == 2
    states = {line.state for line in list_lines(listed)}
    assert states == {"未发放", "已发放"}


def test_money_is_not_confirmed_for_a_day_to_come(paid: Scene) -> None:
    with pytest.raises(Refused, match="不能晚于今天"):
        confirm(paid, draw_up(paid, ONCE), paid_on=date(2099, 1, 1))


def test_who_is_on_the_list_leaves_it_to_somebody_else(paid: Scene) -> None:
    listed = draw_up(paid, ONCE)
    person = owner("赵建国", ONCE).award.application.person
    person.user = paid.office.user
    person.save(update_fields=["user"])

    with pytest.raises(Refused, match="应当回避"):
        confirm(paid, listed, actor=paid.office)
    with pytest.raises(Refused, match="应当回避"):
        stop(paid, "赵建国", paid.clock.date())
    assert confirm(paid, listed)


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN])
def test_only_the_office_keeps_the_ledger(paid: Scene, role: Role) -> None:
    with pytest.raises(Refused):
        draw_up(paid, ONCE, actor=MemberFactory(union=paid.union, role=role))


# --- the end ----------------------------------------------------------------------------------------------------------


def test_who_leaves_is_paid_to_the_month_of_leaving_and_the_ledger_says_why(paid: Scene) -> None:
    first = month_of(paid, 1)
    go_to(paid, ledger.months_on(first, 1))
    confirm(paid, draw_up(paid, MONTHLY))

    made = stop(paid, "赵建国", paid.clock.date())

    assert (made.month, made.reason, made.ground) == (ledger.months_on(first, 2), "单位来函", "left")
    go_to(paid, ledger.months_on(first, 5))
    listed = draw_up(paid, MONTHLY)
    assert {line.name for line in list_lines(listed)} == {"钱秀兰"}
    confirm(paid, listed)
    sums = {one.fund.source: one.figures for one in fund_states(paid.campaign)}[MONTHLY]
    assert (sums.owed, sums.paid, sums.left, sums.overpaid) == (6 * 80000, 6 * 80000, 0, 0)


def test_a_stop_learnt_of_late_shows_what_is_to_come_back(paid: Scene) -> None:
    first = month_of(paid, 1)
    go_to(paid, ledger.months_on(first, 2))
    confirm(paid, draw_up(paid, MONTHLY))

    stop(paid, "赵建国", first.replace(day=15))

    account = owner("赵建国", MONTHLY)
    assert statement_of(account).overpaid == 2 * 80000
    with pytest.raises(Refused, match="不能多于已发放的 2,400 元"):
        money.correct_payment(account, amount=-300000, reason="x", actor=paid.office, at=paid.now())
    money.correct_payment(account, amount=-160000, reason="本人退回", actor=paid.office, at=paid.now())
    assert statement_of(account).overpaid == 0
    shown = next(one for one in accounts(paid.campaign, MONTHLY) if one.name == "赵建国")
    assert shown.stopped == f"{ledger.month_words(ledger.months_on(first, 1))}起停发：单位来函"


def test_a_line_stopped_after_the_list_was_drawn_up_is_not_paid(paid: Scene) -> None:
    go_to(paid, month_of(paid, 2))
    listed = draw_up(paid, MONTHLY)
    stop(paid, "赵建国", month_of(paid, -1).replace(day=15))

    with pytest.raises(Refused, match="编制名单后赵建国已停发"):
        confirm(paid, listed)
    ended = {line.entry.pk for line in list_lines(listed) if line.stopped}
    made = confirm(paid, listed, leaving_out=ended, reason="已离开")

    assert sorted(entry.kind for entry in made) == ["paid", "paid", "paid", "released"]


def test_who_is_disqualified_is_paid_nothing_more_though_nobody_recorded_a_stop(paid: Scene) -> None:
    listed = draw_up(paid, ONCE)
    person = owner("赵建国", ONCE).award.application
    case = open_investigation(person, allegation="材料不实", actor=paid.office, at=paid.now())
    decide_investigation(case, upheld=True, finding="属实", public_note="材料不实", actor=paid.office, at=paid.now())

    with pytest.raises(Refused, match="编制名单后赵建国已停发"):
        confirm(paid, listed)
    left = {line.entry.pk for line in list_lines(listed) if line.name == "赵建国"}
    confirm(paid, listed, leaving_out=left, reason="取消资格")
    go_to(paid, month_of(paid, 1))
    assert {line.name for line in list_lines(draw_up(paid, MONTHLY))} == {"钱秀兰"}
    go_to(paid, month_of(paid, 1))
    draw_up(paid, MONTHLY)
    stops = LedgerEntry.objects.filter(kind=Entered.STOPPED)
    assert sorted(stops.values_list("ground", flat=True)) == ["disqualified"] * 2, "each account once"


def test_a_stop_that_was_a_mistake_is_taken_back_and_the_months_are_owed_again(paid: Scene) -> None:
    account = owner("赵建国", MONTHLY)
    with pytest.raises(Refused, match="没有停发"):
        money.resume_payments(account, reason="x", actor=paid.office, at=paid.now())
    stop(paid, "赵建国", paid.clock.date())
    with pytest.raises(Refused, match="起停发；停发有误的请先恢复"):
        stop(paid, "赵建国", paid.clock.date())

    money.resume_payments(account, reason="登记有误", actor=paid.office, at=paid.now())

    assert statement_of(account).unpaid == [0, 1, 2, 3]


def test_what_a_stop_must_say(paid: Scene) -> None:
    today = paid.clock.date()
    with pytest.raises(Refused, match="规则没有规定这种停发情形"):
        stop(paid, "赵建国", today, ground="retired")
    with pytest.raises(Refused, match="请写明停发的依据"):
        stop(paid, "赵建国", today, reason="")
    with pytest.raises(Refused, match="不能早于授予日期"):
        stop(paid, "赵建国", date(2020, 1, 1))
    with pytest.raises(Refused, match="请填写更正的金额"):
        money.correct_payment(owner("赵建国", ONCE), amount=0, reason="x", actor=paid.office, at=paid.now())


def test_a_person_the_ledger_does_not_know_is_not_stopped(paid: Scene) -> None:
    other = title(paid, "孙志强")

    with pytest.raises(Refused, match="请先建立台账"):
        money.stop_payments(
            other, ground="left", happened_on=paid.clock.date(), reason="x", actor=paid.office, at=paid.now()
        )


# --- sheets -----------------------------------------------------------------------------------------------------------


def test_a_list_is_a_workbook_that_adds_up(paid: Scene) -> None:
    go_to(paid, month_of(paid, 2))
    listed = draw_up(paid, MONTHLY)
    fund = next(one for one in ledger.funds_of(paid.campaign.rules) if one.source == MONTHLY)

    page = load_workbook(io.BytesIO(sheets_ledger.payment_sheet(listed, fund, list_lines(listed)))).active

    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    lines = [row for row in rows if isinstance(row[0], int)]
    assert [row[5] for row in lines] == [800] * 4
    assert next(row for row in rows if row[0] == "合计")[5] == 3200
    assert "生活补贴" in str(rows[0][0])


def test_the_account_of_everybody_is_a_workbook(paid: Scene) -> None:
    fund = next(one for one in ledger.funds_of(paid.campaign.rules) if one.source == MONTHLY)
    page = load_workbook(io.BytesIO(sheets_ledger.account_sheet("x", fund, accounts(paid.campaign, MONTHLY)))).active

    assert {cell.value for row in page.iter_rows() for cell in row} >= {"赵建国", "钱秀兰", 800, 4}


# --- benefits ---------------------------------------------------------------------------------------------------------


def record(scene: Scene, benefit: str, state: GrantState, *names: str, **more: Any) -> list[Grant]:
    people = [one.pk for one in Award.objects.all() if not names or one.application.name in names]
    details = {"happened_on": scene.clock.date(), "actor": scene.office, **more}
    return money.record_grants(scene.campaign, benefit=benefit, awards=people, state=state, at=scene.now(), **details)


def test_benefits_stand_as_promised_until_something_became_of_them(paid: Scene) -> None:
    record(paid, "rest", GrantState.GRANTED)
    record(paid, "rest", GrantState.USED, "赵建国", note="七月批次")

    words = {one.promise.id: one.words for one in promise_states(paid.campaign)}
    assert words == {
        "medal": "待落实 2 人",
        "studio": "待落实 2 人",
        "rest": "已落实 1 人，已享受 1 人",
    }
    with pytest.raises(Refused, match="赵建国的“疗休养”已享受，不能改为未落实"):
        record(paid, "rest", GrantState.REFUSED, "赵建国", note="x")


def test_a_refusal_says_why_and_may_be_taken_up_again(paid: Scene) -> None:
    with pytest.raises(Refused, match="请写明没有落实的原因"):
        record(paid, "rest", GrantState.REFUSED)
    record(paid, "rest", GrantState.REFUSED, note="本人放弃")

    record(paid, "rest", GrantState.GRANTED)

    assert set(last_grants(paid.campaign, "rest").values()) == {GrantState.GRANTED}


def test_no_more_are_put_forward_than_the_rules_have_places_for_and_then_nobody_is(paid: Scene) -> None:
    with pytest.raises(Refused, match="至多 1 名，现为 2 名"):
        record(paid, "medal", GrantState.FORWARD)
    assert not Grant.objects.exists()

    record(paid, "medal", GrantState.FORWARD, "钱秀兰")

    promise = next(one for one in ledger.promises_of(paid.campaign.rules) if one.id == "medal")
    assert {(one.name, one.state) for one in given_of(paid.campaign, promise)} == {
        ("赵建国", GrantState.PROMISED),
        ("钱秀兰", GrantState.FORWARD),
    }
    page = load_workbook(io.BytesIO(sheets_ledger.benefit_sheet("x", promise, given_of(paid.campaign, promise)))).active
    assert {cell.value for row in page.iter_rows() for cell in row} >= {"钱秀兰", "已申报", "待落实"}


def test_what_cannot_be_recorded_of_a_benefit(paid: Scene) -> None:
    with pytest.raises(Refused, match="规则没有规定这项待遇"):
        record(paid, "x", GrantState.GRANTED)
    with pytest.raises(Refused, match="请先勾选人员"):
        record(paid, "rest", GrantState.GRANTED, "没有此人")
    with pytest.raises(Refused, match="不需申报"):
        record(paid, "rest", GrantState.FORWARD)
    with pytest.raises(Refused, match="不能晚于今天"):
        record(paid, "rest", GrantState.GRANTED, happened_on=date(2099, 1, 1))
    with pytest.raises(Refused, match="只有认定办公室"):
        record(paid, "rest", GrantState.GRANTED, actor=paid.leader)


def test_a_benefit_with_money_has_a_list_of_its_own_once_it_is_granted(paid: Scene) -> None:
    record(paid, "studio", GrantState.GRANTED, "赵建国", note="赵建国工作室")

    listed = draw_up(paid, STUDIO)
    assert (listed.lines, listed.total) == (1, 30000 * YUAN)
    confirm(paid, listed, leaving_out={listed.entries.get().pk}, reason="未验收")
    record(paid, "studio", GrantState.REFUSED, "赵建国", note="未建成")
    with pytest.raises(Refused, match="没有应发未发"):
        draw_up(paid, STUDIO)
    record(paid, "studio", GrantState.GRANTED, "赵建国")
    assert draw_up(paid, STUDIO).lines == 1
    assert Entitlement.objects.filter(source=STUDIO).count() == 1


def test_a_benefit_refused_before_it_was_granted_brings_no_money(paid: Scene) -> None:
    record(paid, "studio", GrantState.REFUSED, "赵建国", note="不需要")

    assert not Entitlement.objects.filter(source=STUDIO).exists()


def test_rules_without_money_or_benefits_have_no_ledger(union: Union) -> None:
    scene = Scene(union)

    with pytest.raises(Refused, match="没有台账"):
        draw_up(scene, ONCE)
    assert ledger.end_conditions(scene.campaign.rules, "other") == ()


def test_every_promise_of_the_five_notices_is_read(ruleset_rules: Callable[[str], Any]) -> None:
    funds = {
        code: [(f.label, f.amount, f.instalments) for f in ledger.funds_of(ruleset_rules(code))] for code in CITIES
    }

    assert funds["ouhai-2017"] == [
        ("一次性奖励", 2_000_000, 1),
        ("生活补贴", 80_000, 24),
        ("示范性工作室补助", 3_000_000, 1),
    ]
    assert funds["linan-2018"] == [("一次性奖励", None, 1)]
    assert funds["taizhou-2018"] == [("学历提升费用补助", None, 1)]
    assert funds["hangzhou-2016"] == [("一次性奖励", 2_000_000, 1)]
    assert funds["jiaozuo-2018"] == [("一次性奖励", 1_000_000, 1)]
    medals = {
        code: [p.how for p in ledger.promises_of(ruleset_rules(code)) if p.honour and "奖章" in p.label]
        for code in CITIES
    }
    assert medals == {
        "hangzhou-2016": ["conferred"],
        "jiaozuo-2018": ["put_forward"],
        "linan-2018": ["preferred"],
        "ouhai-2017": [],
        "taizhou-2018": ["conferred"],
    }
    at_once = {code: any(p.at_once for p in ledger.promises_of(ruleset_rules(code))) for code in CITIES}
    assert at_once == {code: code == "taizhou-2018" for code in CITIES}


CITIES = ("hangzhou-2016", "jiaozuo-2018", "linan-2018", "ouhai-2017", "taizhou-2018")


@pytest.fixture
def ruleset_rules() -> Callable[[str], Any]:
    return lambda code: loader.load_file(loader.RULESETS / f"{code}.toml")
