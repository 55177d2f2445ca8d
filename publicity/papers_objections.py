"""The report on a notice (公示情况报告) on official paper (GB/T 9704-2012): how it ran, what was objected, what came of it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from django.utils import timezone

from campaigns.rules.wording import chinese_date
from documents.paper.official import Block, Heading, List, OfficialDocument, Paragraph, notice_pdf
from publicity import selectors_objections as casework
from publicity.models import Notice, NoticeVersion
from publicity.selectors import notice_rule
from publicity.selectors_objections import Reported
from publicity.states import ANSWERED, ObjectionState
from review.selectors import names_of

_NUMERALS = "一二三四五六七八九十"


def report_pdf(notice: Notice, *, at: datetime) -> bytes:
    return notice_pdf(report_document(notice, at=at))


def report_document(notice: Notice, *, at: datetime) -> OfficialDocument:
    """The report before it is set. Nobody who objected stands in it, and nothing in their words."""
    stage, version = notice.stage, notice.in_force
    assert version is not None  # a notice is written together with its first version
    rules, number = stage.campaign.rules, count()
    rows = casework.reported(stage)
    office = stage.union.office_name or rules.basis.office
    body: list[Block] = [
        Paragraph(f"{stage.campaign.title}“{stage.label}”环节的公示情况报告如下。"),
        Heading(f"{_NUMERALS[next(number)]}、公示的基本情况"),
        *_run(notice, version),
        Heading(f"{_NUMERALS[next(number)]}、收到异议的情况"),
        *_counts(rows),
    ]
    if rows:
        body += [Heading(f"{_NUMERALS[next(number)]}、核查和处理的情况"), *_cases(rows)]
    body += [Heading(f"{_NUMERALS[next(number)]}、结论"), *_conclusion(notice, version, rows, at)]
    title = f"{rules.edition or ''}{rules.name}人选公示情况报告"
    return OfficialDocument(
        title=title,
        body=tuple(body),
        addressee=f"{rules.basis.leading_group or rules.basis.hosts[0]}：",
        attachments=("异议办理情况表",) if rows else (),
        signature=(office,),
        date=chinese_date(timezone.localdate(at)),
        annexes=(_table(rows),) if rows else (),
        printed_at=at,
    )


def _run(notice: Notice, version: NoticeVersion) -> list[Block]:
    rule = notice_rule(notice.stage)
    unit = "个工作日" if rule.length.unit == "working" else "日"
    said = (
        f"公示期为{rule.length.days}{unit}，自{chinese_date(version.starts_on)}至{chinese_date(version.ends_on)}，"
        f"公示人选{version.lines.count()}人。"
    )
    if rule.channels:
        said += f"公示渠道为{'、'.join(rule.channels)}。"
    corrections = [one for one in notice.versions.all() if one.version > 1]
    blocks: list[Block] = [Paragraph(said)]
    if corrections:
        told = "；".join(
            f"第{one.version}版（{chinese_date(timezone.localdate(one.at))}）：{one.change_reason}"
            for one in corrections
        )
        blocks.append(Paragraph(f"公示期间更正{len(corrections)}次：{told}。"))
    return blocks


def _counts(rows: Sequence[Reported]) -> list[Block]:
    if not rows:
        return [Paragraph("公示期间没有收到异议。")]
    named = sum(not row.objection.anonymous for row in rows)
    people = len({row.objection.application_id for row in rows if row.objection.application_id})
    upheld = sum(row.objection.state == ObjectionState.UPHELD for row in rows)
    dismissed = sum(row.objection.state == ObjectionState.DISMISSED for row in rows)
    again, open_ = sum(row.objection.round > 1 for row in rows), len(rows) - upheld - dismissed
    words = f"共收到异议{len(rows)}件，其中实名{named}件、匿名{len(rows) - named}件，涉及人选{people}人。"
    words += f"异议成立{upheld}件，不成立{dismissed}件"
    words += f"，正在办理{open_}件。" if open_ else "。"
    if again:
        words += f"申请复核{again}件，均由没有办理过的人员另行核查。"
    return [Paragraph(words)]


def _cases(rows: Sequence[Reported]) -> list[Block]:
    blocks: list[Block] = []
    for n, row in enumerate(rows, 1):
        come = chinese_date(timezone.localdate(row.objection.at))
        blocks.append(Heading(f"{n}．{row.objection.receipt}，{come}收到，涉及{row.about}", level=3))
        found = row.finding or ("尚在核查。" if row.objection.state not in ANSWERED else "（未另作记录）")
        blocks.append(Paragraph(f"查明：{found}"))
        blocks.append(Paragraph(f"处理：{row.consequence}。"))
    return blocks


def _conclusion(notice: Notice, version: NoticeVersion, rows: Sequence[Reported], at: datetime) -> list[Block]:
    out = {row.objection.application_id: row.about for row in rows if row.objection.excludes}
    held = names_of(sorted(casework.suspended(notice.stage) - out.keys()))
    through = version.lines.exclude(application__in=[*out, *held]).count()
    words = []
    if timezone.localdate(at) <= version.ends_on:
        words.append(f"公示将于{chinese_date(version.ends_on)}期满。")
    owed = casework.unsettled(notice.stage, at=at).count()
    if owed:
        words.append(f"还有{owed}件异议没有办结。")
    words.append(f"经公示，{through}人可以进入下一步。")
    if out:
        words.append(f"{'、'.join(out.values())}因异议成立不予通过。")
    if held:
        words.append(f"{'、'.join(held.values())}暂缓，核实后另行决定。")
    return [Paragraph("".join(words))]


def _table(rows: Sequence[Reported]) -> List:
    return List(
        columns=("序号", "受理号", "涉及人选", "收到日期", "处理结果"),
        rows=tuple(
            (
                str(n),
                row.objection.receipt,
                row.about,
                f"{timezone.localdate(row.objection.at):%-m月%-d日}",
                row.consequence,
            )
            for n, row in enumerate(rows, 1)
        ),
        widths=(8, 26, 16, 14, 36),
        names=2,
        caption="异议办理情况表",
    )
