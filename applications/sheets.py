"""汇总表: the people of a unit or a campaign, in the columns the rule set gives them."""

from collections.abc import Sequence
from typing import Final

from applications import selectors
from applications.models import Application, Submission
from campaigns.models import Campaign
from campaigns.rules import schema
from documents.paper.sheets import Column, Sheet, sheet_bytes

RUNNING: Final = "序号"
PLAIN: Final = (
    ("序号", "number", 6),
    ("姓名", "name", 12),
    ("受理编号", "number", 16),
    ("申报渠道", "channel", 16),
    ("推荐单位", "unit", 28),
)
"""Where the rule set gives no list: what every list of people has."""


def summary_sheet(campaign: Campaign, applications: Sequence[Application], *, title: str = "") -> bytes:
    """An xlsx workbook of these people, in the order given, from what they handed in last."""
    paper = next((item for item in campaign.rules.papers if isinstance(item, schema.ListPaper)), None)
    columns = [(c.label, c.field, c.width or 14) for c in paper.columns] if paper else list(PLAIN)
    newest = (
        Submission.objects.filter(application__in=applications)
        .select_related("application__person__key")
        .order_by("application_id", "-version")
        .distinct("application_id")
    )
    handed = {row.application_id: selectors.submitted_answers(row) for row in newest}
    rows = []
    for n, application in enumerate(applications, 1):
        answers = handed.get(application.pk)
        shown = selectors.display_answers(
            application, selectors.answers_of(application) if answers is None else answers
        )
        rows.append([n if label == RUNNING else shown.get(field, "") for label, field, _width in columns])
    return sheet_bytes(
        Sheet(
            title=title or (paper.title if paper else f"{campaign.title}汇总表"),
            columns=[Column(label, float(width)) for label, _field, width in columns],
            rows=rows,
            notes=[
                f"{name}（盖章处）：　　　　　　　　　　　　　年　　月　　日" for name in (paper.seals if paper else ())
            ],
        )
    )
