"""Payment lists and the ledger of benefits as workbooks."""

from documents.paper.sheets import Column, Sheet, Value, sheet_bytes
from publicity import ledger
from publicity.ledger import FEN, Fund, Promise
from publicity.models_ledger import PaymentList
from publicity.selectors_ledger import Account, Given, ListLine


def _yuan(fen: int | None) -> Value:
    """A figure that a workbook can add up: whole yuan where it is whole, else two places."""
    if fen is None:
        return None
    return fen // FEN if fen % FEN == 0 else fen / FEN


def payment_sheet(listed: PaymentList, fund: Fund, lines: list[ListLine]) -> bytes:
    """One list for the cashier: a line an instalment, a place to sign, the sum."""
    rows: list[list[Value]] = [
        [n, one.name, one.employer, one.title, one.months, _yuan(one.entry.amount), one.state, one.reason, ""]
        for n, one in enumerate(lines, start=1)
    ]
    rows.append(["合计", "", "", "", f"{listed.lines} 笔", _yuan(listed.total), "", "", ""])
    return sheet_bytes(
        Sheet(
            title=f"{listed.campaign.title}{fund.label}发放名单",
            subtitle=f"{ledger.month_words(listed.month)}　第 {listed.number} 号名单　单位：元",
            columns=[
                Column("序号", 6, "center"),
                Column("姓名", 14, "center"),
                Column("工作单位", 34),
                Column("称号", 18),
                Column("所属月份", 14, "center"),
                Column("金额（元）", 12, "right"),
                Column("状态", 10, "center"),
                Column("说明", 22),
                Column("签名", 14),
            ],
            rows=rows,
            notes=[f"依据：{fund.text}{f'（{fund.clause}）' if fund.clause else ''}"],
            name="发放名单",
        )
    )


def account_sheet(title: str, fund: Fund, accounts: list[Account]) -> bytes:
    """Where everybody stands with one kind of payment."""
    rows: list[list[Value]] = [
        [
            n,
            one.name,
            one.employer,
            one.award.label,
            _yuan(one.statement.amount),
            one.statement.terms.instalments,
            len(one.statement.paid),
            _yuan(one.statement.received),
            one.stopped,
            _yuan(one.statement.overpaid) if one.statement.overpaid else "",
        ]
        for n, one in enumerate(accounts, start=1)
    ]
    return sheet_bytes(
        Sheet(
            title=f"{title}{fund.label}台账",
            columns=[
                Column("序号", 6, "center"),
                Column("姓名", 14, "center"),
                Column("工作单位", 34),
                Column("称号", 18),
                Column("每期（元）", 12, "right"),
                Column("期数", 8, "right"),
                Column("已发期数", 10, "right"),
                Column("已发金额（元）", 14, "right"),
                Column("停发", 30),
                Column("应追回（元）", 12, "right"),
            ],
            rows=rows,
            notes=[f"依据：{fund.text}{f'（{fund.clause}）' if fund.clause else ''}"],
            name="台账",
        )
    )


def benefit_sheet(title: str, promise: Promise, people: list[Given]) -> bytes:
    """Who has what of one benefit, such as studios that bear a person's name."""
    rows: list[list[Value]] = [
        [
            n,
            one.name,
            one.employer,
            one.award.label,
            one.state.label,
            f"{one.on:%Y-%m-%d}" if one.on else "",
            one.note,
        ]
        for n, one in enumerate(people, start=1)
    ]
    return sheet_bytes(
        Sheet(
            title=f"{title}{promise.label}台账",
            columns=[
                Column("序号", 6, "center"),
                Column("姓名", 14, "center"),
                Column("工作单位", 34),
                Column("称号", 18),
                Column("状态", 12, "center"),
                Column("日期", 14, "center"),
                Column("说明", 36),
            ],
            rows=rows,
            notes=[f"依据：{promise.text}{f'（{promise.clause}）' if promise.clause else ''}"],
            name="台账",
        )
    )
