"""The notice on official paper (GB/T 9704-2012)."""

from django.utils import timezone

from documents.paper.official import List, OfficialDocument, Paragraph
from documents.paper.official import notice_pdf as official_pdf
from publicity import selectors
from publicity.models import NoticeVersion


def notice_pdf(version: NoticeVersion) -> bytes:
    """One version of a notice: its words, the list, the window, how to object, the digest it is known by."""
    stage = version.notice.stage
    rules, union = stage.campaign.rules, stage.union
    labels = ("序号", *(column["label"] for column in version.columns))
    names = next((n for n, column in enumerate(version.columns, start=1) if column["id"] == "name"), None)
    rows = tuple(
        (str(n), *(value for value, _label in line.cells))
        for n, line in enumerate(selectors.lines_of(version), start=1)
    )
    widths = tuple(min(max(_width(row[n]) for row in (labels, *rows)), 30) for n in range(len(labels)))
    caption = f"{rules.name}人选名单"
    until = f"{version.starts_on:%Y年%-m月%-d日}至{version.ends_on:%Y年%-m月%-d日}"
    return official_pdf(
        OfficialDocument(
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
            notes=(f"第 {version.version} 版　SHA-256 {version.sha256}",),
            printed_at=version.at,
        )
    )


def _width(text: str) -> float:
    """How much of a table's width a text asks for: some air and its characters."""
    return 2 + len(text)
