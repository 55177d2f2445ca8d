"""The notice and the conferring decision on official paper (GB/T 9704-2012)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Final

from django.utils import timezone

from campaigns.models import Campaign
from campaigns.rules.schema import Award, RuleSet
from documents.paper.official import List, OfficialDocument, Paragraph
from documents.paper.official import notice_pdf as official_pdf
from publicity.models import NoticeVersion
from publicity.selectors import lines_of, results
from publicity.wording import Commended, decision_title, decision_words


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


def decision_pdf(campaign: Campaign) -> bytes:
    """The conferring decision (表彰决定): every award with those who hold it now. Raises `NothingConferred`."""
    rules = campaign.rules
    known = {rule.id: rule for rule in rules.awards}
    holding = [row for row in results(campaign) if row.holds and row.award.award in known]
    if not holding:
        raise NothingConferred("尚未授予称号，没有表彰决定")
    groups = [
        (known[key], [(row.name, row.employer) for row in rows])
        for key, rows in groupby(holding, lambda row: row.award.award)
    ]
    return official_pdf(decision_document(rules, groups, at=max(row.award.at for row in holding)))


def decision_document(
    rules: RuleSet, groups: Sequence[tuple[Award, Sequence[tuple[str, str]]]], *, at: datetime
) -> OfficialDocument:
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
