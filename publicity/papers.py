"""The notice on official paper (GB/T 9704-2012)."""

from django.utils import timezone

from documents.paper.official import List, OfficialDocument, Paragraph
from documents.paper.official import notice_pdf as official_pdf
from publicity import selectors
from publicity.models import NoticeVersion


def notice_pdf(version: NoticeVersion) -> bytes:
    """One version of a notice: its words, the list, the window, how to object, the digest it is known by."""
    rules, union = version.notice.stage.campaign.rules, version.notice.stage.union
    labels = ("序号", *(column["label"] for column in version.columns))
    names = next((n for n, column in enumerate(version.columns, start=1) if column["id"] == "name"), None)
    rows = tuple(
        (str(n), *(value for value, _label in line.cells))
        for n, line in enumerate(selectors.lines_of(version), start=1)
    )
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
            signature=(union.office_name or rules.basis.office,),
            date=f"{timezone.localdate(version.at):%Y年%-m月%-d日}",
            annexes=(List(columns=labels, rows=rows, names=names, caption=f"{rules.name}人选名单"),),
            notes=(f"第 {version.version} 版　SHA-256 {version.sha256}",),
            printed_at=version.at,
        )
    )
