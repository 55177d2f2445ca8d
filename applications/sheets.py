"""汇总表 out: the people of a unit or a campaign, in the columns the rule set gives them; and the empty sheet to fill in.

By the strokes of their surnames, or by the order of preference where a unit gave one. What goes out comes through
django-import-export, as what comes in does (`people_sheet`).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from import_export import fields, resources
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from applications import selectors, selectors_units
from applications.models import Application, Submission
from applications.people_sheet import CHANNEL, LINE, MAX_ROWS, NUMBER, Table, Verdict, choices, columns, example
from campaigns.models import Campaign
from campaigns.rules import schema
from documents.paper.sheets import FORMULA, Sheet, plain_cell, sheet_bytes
from documents.paper.sheets import Column as PrintedColumn
from unions.models import Unit

RUNNING: Final = "序号"
RANK: Final = "推荐排序"
PREFERENCE: Final = "preference"
PLAIN: Final = (
    (RUNNING, "number", 6),
    ("姓名", "name", 12),
    ("受理编号", "number", 16),
    ("申报渠道", "channel", 16),
    ("推荐单位", "unit", 28),
)
"""Where the rule set gives no list: what every list of people has."""

Shown = Mapping[int, Mapping[str, str]]
Headed = Sequence[tuple[str, str, int]]


class SummaryResource(resources.Resource):  # type: ignore[misc]
    """One row a person, one column as the list of the rule set heads it; `shown` holds every value as people read it."""

    class Meta:
        using_db = "default"

    def __init__(self, headed: Headed, shown: Shown) -> None:
        super().__init__()
        self.shown = shown
        self.counted = 0
        self.fields = {
            f"column{place}": fields.Field(column_name=label, attribute=RUNNING if label == RUNNING else name)
            for place, (label, name, _width) in enumerate(headed)
        }

    def export_field(self, field: fields.Field, instance: Application, **_kwargs: Any) -> str:
        if field.attribute == RUNNING:
            return str(self.counted)
        return self.shown[instance.pk].get(field.attribute, "")

    def export_resource(self, instance: Application, selected_fields: Any = None, **kwargs: Any) -> list[str]:
        self.counted += 1
        return super().export_resource(instance, selected_fields, **kwargs)  # type: ignore[no-any-return]


def summary_sheet(
    campaign: Campaign, applications: Sequence[Application], *, unit: Unit | None = None, title: str = ""
) -> bytes:
    """An xlsx workbook of these people from what they handed in last; a constant number of queries.

    For a `unit` each of the rule set's lists is headed with its name; without one each covers the campaign, and a list
    that is made per unit is followed by those of the units.
    """
    papers: list[schema.ListPaper | None] = [
        paper for paper in campaign.rules.papers if isinstance(paper, schema.ListPaper)
    ]
    people, shown = _people(campaign, applications, unit)
    sheets = []
    for paper in papers or [None]:
        sheets.append(
            _sheet(campaign, paper, people, shown, by=unit.name if unit else "", title=title, ranked=bool(unit))
        )
        if paper and paper.per == "unit" and not unit:
            sheets += [
                _sheet(campaign, paper, _ranked(rows, shown), shown, by=name, name=name)
                for name, rows in _by_unit(people)
                if name
            ]
    return sheet_bytes(*sheets)


def summary_csv(campaign: Campaign, applications: Sequence[Application], *, unit: Unit | None = None) -> bytes:
    """The first of the lists as CSV that Excel opens in Chinese, with nothing in it that would run."""
    paper = next((paper for paper in campaign.rules.papers if isinstance(paper, schema.ListPaper)), None)
    people, shown = _people(campaign, applications, unit)
    data = SummaryResource(_headed(paper, people, shown), shown).export(people)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(map(neutral, data.headers))
    writer.writerows([neutral(cell) for cell in row] for row in data)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def neutral(cell: object) -> str:
    """A text that a spreadsheet would take for a formula stands behind an apostrophe, which the import takes off again."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def _people(
    campaign: Campaign, applications: Sequence[Application], unit: Unit | None
) -> tuple[list[Application], Shown]:
    if unit is None:
        ranks = selectors_units.preferences(campaign, applications)
        people = selectors_units.in_order(applications, {})
    else:
        ranks = dict(selectors_units.preference(campaign, unit, applications).ranks)
        people = selectors_units.in_order(applications, ranks)
    return people, _shown(people, ranks)


def _by_unit(people: Sequence[Application]) -> list[tuple[str, list[Application]]]:
    def name(application: Application) -> str:
        return application.unit.name if application.unit else ""

    return [(unit, list(rows)) for unit, rows in groupby(sorted(people, key=name), name)]


def _ranked(people: Sequence[Application], shown: Shown) -> list[Application]:
    """As the unit would have them; whom it has not placed as they came."""
    return sorted(people, key=lambda one: int(shown[one.pk][PREFERENCE] or len(people) + 1))


def _shown(people: Sequence[Application], ranks: Mapping[int, int]) -> Shown:
    newest = (
        Submission.objects.filter(application__in=people)
        .select_related("application__person__key")
        .order_by("application_id", "-version")
        .distinct("application_id")
    )
    handed = {row.application_id: selectors.submitted_answers(row) for row in newest}
    return {
        application.pk: {
            **selectors.display_answers(
                application,
                handed[application.pk] if application.pk in handed else selectors.answers_of(application),
            ),
            PREFERENCE: str(ranks.get(application.pk, "")),
        }
        for application in people
    }


def _headed(paper: schema.ListPaper | None, people: Sequence[Application], shown: Shown) -> Headed:
    """The columns; the order of preference among them where the list has it, or where there is one."""
    columns = [(c.label, c.field, c.width or 14) for c in paper.columns] if paper else list(PLAIN)
    if any(field == PREFERENCE for _label, field, _width in columns):
        return columns
    if not any(shown[one.pk][PREFERENCE] for one in people):
        return columns
    at = 1 if columns[0][0] == RUNNING else 0
    return [*columns[:at], (RANK, PREFERENCE, 10), *columns[at:]]


def _sheet(
    campaign: Campaign,
    paper: schema.ListPaper | None,
    people: Sequence[Application],
    shown: Shown,
    *,
    by: str,
    title: str = "",
    name: str = "",
    ranked: bool = False,
) -> Sheet:
    headed = _headed(paper, people, shown)
    data = SummaryResource(headed, shown).export(people)
    by_rank = (ranked or bool(name)) and any(field == PREFERENCE for _label, field, _width in headed)
    told = f"填报单位：{by or campaign.rules.basis.office}　　共{len(people)}人，按{'推荐顺序' if by_rank else '姓氏笔画'}排列"
    copies = f"　　一式{paper.copies}份" if paper and paper.copies > 1 else ""
    return Sheet(
        title=title or (paper.title if paper else f"{campaign.title}汇总表"),
        subtitle=told + copies,
        columns=[PrintedColumn(label, float(width)) for label, _field, width in headed],
        rows=[
            [
                int(cell) if label in {RUNNING, RANK} and cell else cell
                for cell, label in zip(row, data.headers, strict=True)
            ]
            for row in data
        ],
        notes=[
            f"{seal}（盖章处）：　　　　　　　　　　　　　年　　月　　日" for seal in (paper.seals if paper else ())
        ],
        name=name,
        landscape=paper is None or paper.size == "A4-landscape",
    )


# --- the sheet to fill in --------------------------------------------------------------------------------------------

ROOM: Final = MAX_ROWS + 1
"""The last row that the drop-downs and the text format of the template reach."""
LISTS: Final = "选项"
_HEAD: Final = Font(name="黑体", size=11)
_NEEDED: Final = PatternFill("solid", fgColor="FFF6DCDC")
_OTHER: Final = PatternFill("solid", fgColor="FFF2F2F2")


def people_template(campaign: Campaign, channels: Sequence[schema.Channel]) -> bytes:
    """An empty sheet: one column a field, its options to choose from, its note beside the cell and on a sheet of notes.

    Every cell is text, so that Excel keeps identity numbers as they are typed.
    """
    book = Workbook()
    sheet, notes, lists = book.worksheets[0], book.create_sheet("填写说明"), book.create_sheet(LISTS)
    sheet.title = "汇总表"
    notes.append(["列", "是否必填", "怎么填"])
    known = [column for column in columns(campaign.rules, channels) if column.key != NUMBER]
    for place, column in enumerate(known, start=1):
        if column.field is None:
            options, how = [channel.label for channel in channels], "从下拉列表中选"
        else:
            options, how = choices(column.field, campaign.rules), example(column.field)
            how = "；".join(part for part in (how, column.field.help or "") if part)
        _headline(sheet, place, column.label, needed=column.needed)
        several = isinstance(column.field, schema.MultiField | schema.ConditionsField)
        _validate(sheet, lists, place, column.label, options, how, strict=bool(options) and not several)
        must = (
            "必填"
            if column.needed
            else "申报表必填，可以以后再填"
            if column.field and column.field.required
            else "选填"
        )
        notes.append([column.label, must, f"{how}。可填：{'、'.join(options)}" if several else how])
    left = [field.label for field in campaign.rules.fields() if isinstance(field, schema.RowsField | schema.PhotoField)]
    for line in (
        [],
        ["每行填一个人；不要改表头，不要合并单元格。同一个人靠身份证号码识别，重复导入不会重复。"],
        ["导入后每个人是本单位的一份草稿，还要补全、上传材料再递交。"],
        [f"{'、'.join(left)}不在表里，导入以后在申报表中填写。"] if left else [],
        [f"一次至多 {MAX_ROWS} 行。"],
    ):
        notes.append(line)
    _widths(notes, (24, 24, 80))
    for row in notes.iter_rows(max_row=len(known) + 1, max_col=3):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    lists.sheet_state = "hidden"
    sheet.freeze_panes = "B2"
    return _saved(book)


def _headline(sheet: Worksheet, place: int, label: str, *, needed: bool) -> None:
    cell = sheet.cell(1, place, f"{label}*" if needed else label)
    cell.font = _HEAD
    cell.fill = _NEEDED if needed else _OTHER
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    letter = get_column_letter(place)
    dimension = sheet.column_dimensions[letter]
    dimension.width = min(max(2 * len(label) + 4, 12), 32)
    dimension.number_format = "@"


def _validate(
    sheet: Worksheet, lists: Worksheet, place: int, label: str, options: Sequence[str], how: str, *, strict: bool
) -> None:
    letter = get_column_letter(place)
    if strict:
        for row, option in enumerate(options, start=1):
            plain_cell(lists, row, place, option)
        source = f"'{LISTS}'!${letter}$1:${letter}${len(options)}"
        rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage="其他" not in options)
        rule.errorTitle, rule.error = "请从列表中选择", "表中没有这一项，请从下拉列表中选择"
    elif how:
        rule = DataValidation(type="textLength", operator="lessThanOrEqual", formula1="5000", allow_blank=True)
    else:
        return
    if how:
        rule.showInputMessage, rule.promptTitle, rule.prompt = True, label[:32], how[:250]
    rule.add(f"{letter}2:{letter}{ROOM}")
    sheet.add_data_validation(rule)


def wrong_rows(table: Table, verdicts: Sequence[Verdict], labels: Mapping[str, str]) -> bytes:
    """The rows with something wrong as they came, and in a last column what is wrong; mended, the sheet can come back."""
    wrong = {one.line: "；".join(f"{label}：{words}" for label, words in one.faults) for one in verdicts if one.faults}
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "有问题的行"
    heads = [labels.get(key, key) for key in table.data.headers if key != LINE]
    for place, label in enumerate([*heads, "问题（改好后删去本列也可以，不删也可以）"], start=1):
        _headline(sheet, place, label, needed=place > len(heads))
    at = 1
    for line, *cells in table.data:
        if line not in wrong:
            continue
        at += 1
        for place, cell in enumerate([*cells, f"原第 {line} 行。{wrong[line]}"], start=1):
            plain_cell(sheet, at, place, "" if cell is None else str(cell))
            sheet.cell(at, place).number_format = "@"
    _widths(sheet, (*(18 for _ in heads), 80))
    sheet.freeze_panes = "B2"
    return _saved(book)


def column_labels(campaign: Campaign, channels: Sequence[schema.Channel]) -> dict[str, str]:
    return {column.key: column.label for column in columns(campaign.rules, channels)} | {CHANNEL: "申报渠道"}


def _widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
