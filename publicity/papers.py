"""The notice and the conferring decision on official paper (GB/T 9704-2012)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.utils import timezone

from campaigns.models import Campaign
from campaigns.rules.schema import Award, RuleSet
from documents.paper.official import List, OfficialDocument, Paragraph
from documents.paper.official import notice_pdf as official_pdf
from publicity import selectors_counts, selectors_polls
from publicity.ledger import Promise
from publicity.models import NoticeVersion, Poll
from publicity.models_ledger import Decision, DecisionDraft, DecisionLine, Withdrawal
from publicity.policies_ledger import deciding_body
from publicity.selectors import ANONYMISED, lines_of, results
from publicity.selectors_counts import Count
from publicity.selectors_ledger import Given
from publicity.wording import Commended, decision_title, decision_words
from publicity.wording_polls import poll_words
from unions import vault


class NothingConferred(LookupError):
    """No title stands: there is nothing to decide on paper."""


def notice_pdf(version: NoticeVersion) -> bytes:
    """One version of a notice: its words, the list, the window, how to object, the digest it is known by."""
    return official_pdf(notice_document(version, [[value for value, _ in line.cells] for line in lines_of(version)]))


def preview_pdf(version: NoticeVersion, lines: Sequence[Sequence[str]]) -> bytes:
    """A version that is not published yet, as it would be set; the last line says so."""
    document = notice_document(version, lines)
    return official_pdf(replace(document, imprint=f"预览，尚未发布。{document.imprint}"))


def notice_document(version: NoticeVersion, lines: Sequence[Sequence[str]]) -> OfficialDocument:
    """The same before it is set, with the values of its lines."""
    stage = version.notice.stage
    rules, union = stage.campaign.rules, stage.union
    labels = ("序号", *(column["label"] for column in version.columns))
    names = next((n for n, column in enumerate(version.columns, start=1) if column["id"] == "name"), None)
    rows = tuple((str(n), *line) for n, line in enumerate(lines, start=1))
    widths = _widths([labels, *rows], names)
    caption = f"{rules.name}人选名单"
    until = f"{version.starts_on:%Y年%-m月%-d日}至{version.ends_on:%Y年%-m月%-d日}"
    return OfficialDocument(
        title=version.title,
        body=(
            *(Paragraph(text) for text in version.foreword.splitlines() if text.strip()),
            Paragraph(f"公示时间：{until}。"),
            *([Paragraph(f"更正说明：{version.change_reason}")] if version.change_reason else []),
            *(Paragraph(text) for text in version.contact.splitlines() if text.strip()),
        ),
        attachments=(caption,),
        signature=(union.office_name or rules.basis.office,),
        date=f"{timezone.localdate(version.at):%Y年%-m月%-d日}",
        annexes=(List(columns=labels, rows=rows, widths=widths, names=names, caption=caption),),
        imprint=f"第 {version.version} 版　SHA-256 {_grouped(version.sha256)}",
        printed_at=version.at,
    )


def poll_pdf(poll: Poll) -> bytes:
    """The result of a public vote: what came in, what was set aside and why, how it counts, who got how many."""
    return official_pdf(
        poll_document(poll, selectors_counts.count(poll, selectors_polls.candidates_of(poll), recount=True))
    )


def poll_document(poll: Poll, count: Count) -> OfficialDocument:
    """The same before it is set."""
    stage, union, told = poll.stage, poll.union, selectors_counts.summary(poll)
    caption = f"{poll.title}得票情况"
    points = ["计分"] if count.fold else []
    labels = ("位次", "序号", "姓名", "工作单位", *_counted(count), *points)
    rows = tuple(
        (
            str(row.place or "—"),
            str(row.candidate.number),
            row.candidate.name,
            row.candidate.seen.employer,
            *(f"{votes:,}" for votes in row.by_channel),
            *([row.shown or "—"] if points else []),
        )
        for row in count.rows
    )
    return OfficialDocument(
        title=f"{poll.title}结果",
        body=tuple(map(Paragraph, poll_words(poll, told, count))),
        attachments=(caption,),
        signature=(union.office_name or stage.campaign.rules.basis.office,),
        date=f"{timezone.localdate(stage.closed_at or poll.closes_at):%Y年%-m月%-d日}",
        annexes=(List(columns=labels, rows=rows, widths=_widths([labels, *rows], 2), names=2, caption=caption),),
        printed_at=stage.closed_at,
    )


def _counted(count: Count) -> list[str]:
    """What stands above the votes: one channel needs no name."""
    return [f"{one.label}得票" for one in count.channels] if len(count.channels) > 1 else ["得票"]


def decision_pdf(campaign: Campaign) -> bytes:
    """The conferring decision (表彰决定) as it was issued last; before that as drafted, or as the rules word it.

    Raises `NothingConferred`.
    """
    issued = Decision.objects.filter(campaign=campaign).last()
    return issued_pdf(issued) if issued is not None else draft_pdf(campaign)


def draft_pdf(campaign: Campaign) -> bytes:
    """The draft with everybody who holds the title now."""
    groups, at = held_groups(campaign)
    draft = DecisionDraft.objects.filter(campaign=campaign).first()
    document = decision_document(campaign.rules, groups, at=at)
    return official_pdf(document if draft is None else _worded(document, draft))


def issued_pdf(decision: Decision) -> bytes:
    """A version as it was issued, whatever became of the people on it since; who was anonymised says so."""
    rules = decision.campaign.rules
    known = {rule.id: rule for rule in rules.awards}
    lines = decision.lines.select_related("award__application__person__key").order_by("position")
    groups = [
        (known[key], [_opened(line) for line in rows]) for key, rows in groupby(lines, lambda line: line.award.award)
    ]
    document = _worded(decision_document(rules, groups, at=decision.at), decision)
    correction = f"更正说明：{decision.reason}　" if decision.reason else ""
    said = f"{correction}第 {decision.version} 版　SHA-256 {_grouped(decision.sha256)}"
    return official_pdf(replace(document, imprint=said))


def _worded(document: OfficialDocument, words: DecisionDraft | Decision) -> OfficialDocument:
    return replace(
        document,
        title=words.title,
        document_number=words.document_number,
        body=tuple(Paragraph(text) for text in words.body.splitlines() if text.strip()),
        signature=tuple(words.signature.split("、")),
        date=f"{words.dated:%Y年%-m月%-d日}",
    )


def _opened(line: DecisionLine) -> tuple[str, str]:
    try:
        name, employer = json.loads(vault.unseal(line.award.application.person.key, line.sealed))
    except vault.Unreadable:
        return ANONYMISED, ""
    return str(name), str(employer)


Groups = Sequence[tuple[Award, Sequence[tuple[str, str]]]]


def held_groups(campaign: Campaign) -> tuple[Groups, datetime]:
    """Each award with name and employer of everybody who holds it now, and when the last was conferred."""
    known = {rule.id: rule for rule in campaign.rules.awards}
    holding = [row for row in results(campaign) if row.holds and row.award.award in known]
    if not holding:
        raise NothingConferred("尚未授予称号，没有表彰决定")
    groups = [
        (known[key], [(row.name, row.employer) for row in rows])
        for key, rows in groupby(holding, lambda row: row.award.award)
    ]
    return groups, max(row.award.at for row in holding)


def decision_defaults(campaign: Campaign) -> dict[str, Any]:
    """The words that the rules give, for the office to go on from. Raises `NothingConferred`."""
    groups, at = held_groups(campaign)
    document = decision_document(campaign.rules, groups, at=at)
    return {
        "title": document.title,
        "body": "\n".join(block.text for block in document.body if isinstance(block, Paragraph)),
        "signature": "、".join(document.signature),
        "dated": timezone.localdate(at),
    }


def decision_document(rules: RuleSet, groups: Groups, *, at: datetime) -> OfficialDocument:
    """The decision before it is set: each award with name and employer of its holders, by the strokes of their surnames.

    Left to the body that signs it: its number and its seal.
    """
    commended = [Commended(rule, tuple(name for name, _ in people)) for rule, people in groups]
    signs = next((rule.commended_by for rule, _ in groups if rule.commended_by), None)
    bodies = tuple(signs.split("、")) if signs else rules.basis.hosts
    lists = tuple(
        _people(f"{one.honour(rules.edition or '')}名单", people)
        for one, (_, people) in zip(commended, groups, strict=True)
    )
    return OfficialDocument(
        title=decision_title(rules, bodies, commended[0]),
        body=tuple(map(Paragraph, decision_words(rules, commended))),
        attachments=tuple(f"{table.caption}（共{len(table.rows)}名，按姓氏笔画排列）" for table in lists),
        signature=bodies,
        date=f"{timezone.localdate(at):%Y年%-m月%-d日}",
        annexes=lists,
        printed_at=at,
    )


def put_forward_pdf(campaign: Campaign, promise: Promise, people: Sequence[Given], *, at: datetime) -> bytes:
    """The names that are put forward for a further honour (五一劳动奖章), for the body that confers it."""
    rules, union = campaign.rules, campaign.union
    table = List(
        columns=("序号", "姓名", "工作单位", "已获称号"),
        rows=tuple((str(n), one.name, one.employer, one.award.label) for n, one in enumerate(people, 1)),
        widths=(8, 22, 46, 24),
        names=1,
        caption=f"{promise.label}推荐人选名单",
    )
    rule = f"《{rules.basis.title}》（{rules.basis.document}）{promise.clause}"
    body = (
        f"根据{rule}“{promise.text}”的规定，现将{rules.name}中{len(people)}名同志作为{promise.label}推荐人选予以申报，名单附后。",
        "妥否，请批示。",
    )
    return official_pdf(
        OfficialDocument(
            title=f"关于申报{promise.label}人选的请示",
            body=tuple(map(Paragraph, body)),
            attachments=(f"{table.caption}（共{len(people)}名，按姓氏笔画排列）",),
            signature=(union.office_name or rules.basis.hosts[0],),
            date=f"{timezone.localdate(at):%Y年%-m月%-d日}",
            annexes=(table,),
            printed_at=at,
        )
    )


def withdrawal_pdf(withdrawal: Withdrawal) -> bytes:
    """The decision that a title is taken away, for the body that signs it. The title must have been taken away."""
    award, step = withdrawal.award, withdrawal.decided
    assert step is not None
    rules = award.campaign.rules
    body = deciding_body(award)
    signs = rules.basis.name_of(body)
    rule = next(one for one in rules.awards if one.id == award.award)
    honour = Commended(rule, (award.application.name,)).honour(rules.edition or "")
    certificate = getattr(award, "certificate", None)
    met = (
        f"经{signs}{step.met_on:%Y年%-m月%-d日}会议研究（应到{step.figures[0]}人，出席{step.figures[1]}人，同意{step.figures[2]}人），"
        if step.figures and step.met_on
        else ""
    )
    words = [
        f"{award.conferred_on:%Y年%-m月%-d日}，{rules.basis.hosts[0]}授予{award.application.name}（{award.application.employer}）{honour}。",
        step.text,
        f"{met}决定撤销{award.application.name}{honour}。"
        + (f"证书（编号{certificate.number}）自决定之日起失效。" if certificate else "")
        + "尚未发放的奖励和补贴停止发放。",
    ]
    return official_pdf(
        OfficialDocument(
            title=f"关于撤销{award.application.name}{honour}的决定",
            document_number=step.document,
            body=tuple(map(Paragraph, words)),
            signature=(signs,),
            date=f"{timezone.localdate(step.at):%Y年%-m月%-d日}",
            printed_at=step.at,
        )
    )


def _people(caption: str, people: Sequence[tuple[str, str]]) -> List:
    return List(
        columns=("序号", "姓名", "工作单位"),
        rows=tuple((str(n), name, employer) for n, (name, employer) in enumerate(people, 1)),
        widths=(8, 24, 60),
        names=1,
        caption=caption,
    )


def _grouped(digest: str) -> str:
    """A digest in groups, which a line can break between and a reader compare."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


MEASURE: Final = 36.0
"""Characters of a table's face across the page."""


def _widths(rows: Sequence[Sequence[str]], names: int | None) -> tuple[float, ...]:
    """Short columns and names have what they need, so that no short name breaks; the others share the rest."""
    wanted = [min(1.2 + max(len(row[n]) for row in rows), 30.0) for n in range(len(rows[0]))]
    kept = {n: min(want, 7.2) for n, want in enumerate(wanted) if want <= 5.2 or n == names}
    rest = max(MEASURE - sum(kept.values()), 1.0) / max(sum(w for n, w in enumerate(wanted) if n not in kept), 1.0)
    return tuple(kept.get(n, want * rest) for n, want in enumerate(wanted))
