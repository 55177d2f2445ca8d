"""Sheets of invented people, as an officer fills the template in."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl

from applications import answers as form
from applications import people_sheet, selectors, sheets
from campaigns.models import Campaign
from campaigns.rules.schema import RuleSet
from tests import factories
from unions.models import Member


def headings(campaign: Campaign, officer: Member) -> list[people_sheet.Column]:
    known = people_sheet.columns(campaign.rules, selectors.nomination_channels(officer, campaign))
    return [column for column in known if column.key != people_sheet.NUMBER]


def person(rules: RuleSet, number: int, **given: Any) -> dict[str, Any]:
    """What an officer types of one invented person, by the id of the field."""
    answers = factories.sample_answers(rules, number)
    shown = {
        item.id: form.display(item, form.normalise(item, answers[item.id]), rules)
        for item in rules.fields()
        if item.id in answers
    }
    return {**shown, **given}


def workbook(campaign: Campaign, officer: Member, people: Iterable[dict[str, Any]]) -> bytes:
    """The template filled in."""
    columns = headings(campaign, officer)
    book = openpyxl.load_workbook(
        io.BytesIO(sheets.people_template(campaign, selectors.nomination_channels(officer, campaign)))
    )
    for row in people:
        book.worksheets[0].append([row.get(column.key) for column in columns])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_of(content: bytes) -> list[Sequence[Any]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
