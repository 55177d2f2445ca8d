"""汇总表: the people of a unit or a campaign, in the columns the rule set gives them and by the strokes of their surnames."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from applications import selectors
from applications.models import Application, Submission
from applications.strokes import in_stroke_order
from campaigns.models import Campaign
from campaigns.rules import schema
from documents.paper.sheets import Column, Sheet, sheet_bytes
from unions.models import Unit

RUNNING: Final = "序号"
PLAIN: Final = (
    (RUNNING, "number", 6),
    ("姓名", "name", 12),
    ("受理编号", "number", 16),
    ("申报渠道", "channel", 16),
    ("推荐单位", "unit", 28),
)
"""Where the rule set gives no list: what every list of people has."""

Shown = Mapping[int, Mapping[str, str]]


def summary_sheet(
    campaign: Campaign, applications: Sequence[Application], *, unit: Unit | None = None, title: str = ""
) -> bytes:
    """An xlsx workbook of these people from what they handed in last; one query.

    For a `unit` each of the rule set's lists is headed with its name; without one each covers the campaign, and a list
    that is made per unit is followed by those of the units.
    """
    papers: list[schema.ListPaper | None] = [
        paper for paper in campaign.rules.papers if isinstance(paper, schema.ListPaper)
    ]
    people = in_stroke_order(applications, lambda application: application.name)
    shown = _shown(people)
    sheets = []
    for paper in papers or [None]:
        sheets.append(_sheet(campaign, paper, people, shown, by=unit.name if unit else "", title=title))
        if paper and paper.per == "unit" and not unit:
            sheets += [
                _sheet(campaign, paper, rows, shown, by=name, name=name) for name, rows in _by_unit(people) if name
            ]
    return sheet_bytes(*sheets)


def _by_unit(people: Sequence[Application]) -> list[tuple[str, list[Application]]]:
    def name(application: Application) -> str:
        return application.unit.name if application.unit else ""

    return [(unit, list(rows)) for unit, rows in groupby(sorted(people, key=name), name)]


def _shown(people: Sequence[Application]) -> Shown:
    newest = (
        Submission.objects.filter(application__in=people)
        .select_related("application__person__key")
        .order_by("application_id", "-version")
        .distinct("application_id")
    )
    handed = {row.application_id: selectors.submitted_answers(row) for row in newest}
    return {
        application.pk: selectors.display_answers(
            application, handed[application.pk] if application.pk in handed else selectors.answers_of(application)
        )
        for application in people
    }


def _sheet(
    campaign: Campaign,
    paper: schema.ListPaper | None,
    people: Sequence[Application],
    shown: Shown,
    *,
    by: str,
    title: str = "",
    name: str = "",
) -> Sheet:
    columns = [(c.label, c.field, c.width or 14) for c in paper.columns] if paper else list(PLAIN)
    told = f"填报单位：{by or campaign.rules.basis.office}　　共{len(people)}人，按姓氏笔画排列"
    copies = f"　　一式{paper.copies}份" if paper and paper.copies > 1 else ""
    return Sheet(
        title=title or (paper.title if paper else f"{campaign.title}汇总表"),
        subtitle=told + copies,
        columns=[Column(label, float(width)) for label, _field, width in columns],
        rows=[
            [n if label == RUNNING else shown[person.pk].get(field, "") for label, field, _width in columns]
            for n, person in enumerate(people, 1)
        ],
        notes=[
            f"{seal}（盖章处）：　　　　　　　　　　　　　年　　月　　日" for seal in (paper.seals if paper else ())
        ],
        name=name,
        landscape=paper is None or paper.size == "A4-landscape",
    )
