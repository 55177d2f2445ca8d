"""What is owed, paid and ended, from the entries of the money ledger. Pure: whole fen in, whole fen out, no clock.

An entitlement is so many instalments of one amount, one a month from its first month. Which of them are due follows from its
entries alone, read in the order they were written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Protocol

from campaigns.rules.schema import EndCondition, FromMonth, Money, RuleSet
from publicity.states import Entered

FEN: Final = 100


def month_of(day: date) -> date:
    return day.replace(day=1)


def months_on(month: date, count: int) -> date:
    """The first of the month `count` months on; back where it is negative."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def month_from(day: date, start: FromMonth) -> date:
    """The first month that counts for what happens on a day."""
    return months_on(month_of(day), int(start == "next_month"))


def month_words(month: date) -> str:
    return f"{month.year}年{month.month}月"


def span_words(months: Sequence[date]) -> str:
    """Months as people write them, runs of them drawn together: 2017年6月至8月、2017年10月."""
    runs: list[list[date]] = []
    for month in sorted(months):
        if runs and months_on(runs[-1][-1], 1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return "、".join(_run(run[0], run[-1]) for run in runs)


def _run(first: date, last: date) -> str:
    if first == last:
        return month_words(first)
    return f"{month_words(first)}至{f'{last.month}月' if last.year == first.year else month_words(last)}"


def yuan(fen: int) -> str:
    """An amount as people write it: 20,000 元, 800.50 元."""
    sign, fen = ("-" if fen < 0 else ""), abs(fen)
    cents = f".{fen % FEN:02}" if fen % FEN else ""
    return f"{sign}{fen // FEN:,}{cents} 元"


def fen_of(amount: Decimal) -> int:
    """Whole fen; raises `ValueError` for anything finer."""
    fen = amount * FEN
    if fen != fen.to_integral_value():
        raise ValueError("金额最多两位小数")
    return int(fen)


class Line(Protocol):
    """An entry, as far as this module reads it."""

    @property
    def pk(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def instalment(self) -> int | None: ...
    @property
    def amount(self) -> int | None: ...
    @property
    def month(self) -> date | None: ...
    @property
    def settles_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What an entitlement promises. `amount` of one instalment, None while nobody fixed it."""

    amount: int | None
    instalments: int
    first_month: date

    def month(self, instalment: int) -> date:
        return months_on(self.first_month, instalment)


@dataclass(frozen=True, slots=True)
class Statement:
    """Where an entitlement stands. `listed` are instalments that stand on a list nobody settled yet."""

    terms: Terms
    amount: int | None
    paid: Mapping[int, int]
    listed: Mapping[int, int]
    corrected: int
    stopped_from: date | None

    def ended(self, instalment: int) -> bool:
        return self.stopped_from is not None and self.terms.month(instalment) >= self.stopped_from

    @property
    def unpaid(self) -> list[int]:
        """Instalments that will or may be paid still: neither paid nor ended."""
        return [n for n in range(self.terms.instalments) if n not in self.paid and not self.ended(n)]

    def due(self, month: date) -> list[int]:
        """Instalments to be put on a list of that month: its own, and whatever was left unpaid before."""
        return [n for n in self.unpaid if n not in self.listed and self.terms.month(n) <= month]

    @property
    def first_unpaid(self) -> date | None:
        left = [n for n in range(self.terms.instalments) if n not in self.paid]
        return self.terms.month(left[0]) if left else None

    @property
    def received(self) -> int:
        """What the person has in hand: paid, and put right afterwards."""
        return sum(self.paid.values()) + self.corrected

    @property
    def owed(self) -> int | None:
        """What the entitlement comes to by now, with what ended taken off; None while the amount is open."""
        if self.amount is None:
            return None
        counted = [n for n in range(self.terms.instalments) if not self.ended(n)]
        return sum(self.paid.get(n, self.amount) for n in counted)

    @property
    def overpaid(self) -> int:
        """What was paid for months that had ended by then, so far as it was not put right."""
        return max(0, sum(paid for n, paid in self.paid.items() if self.ended(n)) + min(0, self.corrected))

    @property
    def complete(self) -> bool:
        return not self.unpaid


def statement(terms: Terms, entries: Iterable[Line]) -> Statement:
    """Read the entries of one entitlement in their order."""
    amount, stopped, corrected = terms.amount, None, 0
    paid: dict[int, int] = {}
    due: dict[int, int] = {}
    settled: set[int] = set()
    for entry in entries:
        match Entered(entry.kind):
            case Entered.FIXED:
                amount = entry.amount
            case Entered.DUE:
                due[entry.pk] = _number(entry)
            case Entered.PAID:
                paid[_number(entry)] = entry.amount or 0
                settled.add(entry.settles_id or 0)
            case Entered.RELEASED:
                settled.add(entry.settles_id or 0)
            case Entered.STOPPED:
                stopped = entry.month
            case Entered.RESUMED:
                stopped = None
            case _:  # a correction
                corrected += entry.amount or 0
    listed = {number: pk for pk, number in due.items() if pk not in settled}
    return Statement(terms, amount, paid, listed, corrected, stopped)


def _number(entry: Line) -> int:
    assert entry.instalment is not None  # the table's own check
    return entry.instalment


@dataclass(frozen=True, slots=True)
class Sum:
    """The figures of many statements together."""

    people: int
    owed: int
    paid: int
    overpaid: int
    open_amounts: int
    """How many wait for an amount to be fixed."""

    @property
    def left(self) -> int:
        return max(0, self.owed - self.paid)


def total(statements: Iterable[Statement]) -> Sum:
    found = list(statements)
    return Sum(
        people=len(found),
        owed=sum(one.owed or 0 for one in found),
        paid=sum(one.received for one in found),
        overpaid=sum(one.overpaid for one in found),
        open_amounts=sum(one.amount is None for one in found),
    )


def calendar(one: Statement) -> Iterator[tuple[date, str]]:
    """Month by month what became of it, in words: for the person's own page."""
    for n in range(one.terms.instalments):
        if n in one.paid:
            words = "已发放"
        elif one.ended(n):
            words = "停发"
        elif n in one.listed:
            words = "已列入发放名单"
        else:
            words = "待发放"
        yield one.terms.month(n), words


# --- what the rules promise -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fund:
    """A kind of payment that the rules know: where it stands in them, how much, how often. `amount` in fen."""

    source: str
    award: str
    label: str
    amount: int | None
    instalments: int
    starts: FromMonth
    text: str
    clause: str
    benefit: str = ""
    """The id of the benefit that it pays; it is owed once the benefit is granted, the others with the award."""


def funds_of(rules: RuleSet) -> list[Fund]:
    """Every kind of payment in the order of the rules."""
    found: list[Fund] = []
    for award in rules.awards:
        if award.money is not None:
            found.append(_once(award.id, "money", "一次性奖励", award.money))
        if award.monthly is not None:
            monthly = award.monthly
            found.append(
                Fund(
                    source=f"{award.id}.monthly",
                    award=award.id,
                    label=monthly.label,
                    amount=monthly.amount * FEN,
                    instalments=monthly.months,
                    starts=monthly.starts,
                    text=monthly.text,
                    clause=monthly.clause or "",
                )
            )
        if award.kind == "title":
            paying = [benefit for benefit in rules.benefits if benefit.money is not None]
            found += [_once(award.id, one.id, one.label, one.money, one.id) for one in paying if one.money is not None]
    return found


def fund_of(rules: RuleSet, source: str) -> Fund | None:
    return next((fund for fund in funds_of(rules) if fund.source == source), None)


def _once(award: str, key: str, label: str, money: Money, benefit: str = "") -> Fund:
    return Fund(
        source=f"{award}.{key}",
        award=award,
        label=label,
        amount=None if money.amount is None else money.amount * FEN,
        instalments=1,
        starts="same_month",
        text=money.text,
        clause=money.clause or "",
        benefit=benefit,
    )


def end_conditions(rules: RuleSet, award: str) -> tuple[EndCondition, ...]:
    """What ends the monthly payments of an award."""
    found = next((one.monthly for one in rules.awards if one.id == award), None)
    return found.ends_when if found else ()


@dataclass(frozen=True, slots=True)
class Promise:
    """A benefit or a further honour beside the money. `at_once`: conferred together with the award, without a further act."""

    id: str
    label: str
    text: str
    clause: str
    awards: frozenset[str]
    honour: bool
    how: str = ""
    condition: str = ""
    places: int | None = None
    money: bool = False

    @property
    def at_once(self) -> bool:
        return self.how == "conferred" and not self.condition


def promises_of(rules: RuleSet) -> list[Promise]:
    """The honours of the rules, then their benefits."""
    titles = frozenset(award.id for award in rules.awards if award.kind == "title")
    honours = [
        Promise(
            id=one.id,
            label=one.label,
            text=one.text,
            clause=one.clause or "",
            awards=frozenset({one.award}) if one.award else titles,
            honour=True,
            how=one.how,
            condition=one.condition or "",
            places=one.places,
        )
        for one in rules.honours
    ]
    benefits = [
        Promise(
            id=one.id,
            label=one.label,
            text=one.text,
            clause=one.clause or "",
            awards=titles,
            honour=False,
            places=one.places,
            money=one.money is not None,
        )
        for one in rules.benefits
    ]
    return honours + benefits


def promise_of(rules: RuleSet, benefit: str) -> Promise | None:
    return next((promise for promise in promises_of(rules) if promise.id == benefit), None)
