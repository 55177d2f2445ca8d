"""The form on paper: the rule set's layout, filled in from one frozen submission and tied to it by its check code."""

import io
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import pikepdf
from django.conf import settings
from django.urls import reverse

from applications import answers as form
from applications import selectors
from applications.answers import Answers, Value
from applications.days import local_today
from applications.models import PHOTO, Application, Recommendation, Submission
from applications.states import Endorsement
from campaigns.rules import schema
from campaigns.rules.wording import chinese_date
from documents.models import StoredFile
from documents.paper import forms
from documents.paper.forms import Cell, Opinion, PaperLayout, PaperValues, PersonName, Row
from documents.paper.render import html_to_pdf

UNIT_OPINIONS: Final = ("recommender", "unit", "recommending_unit")
"""Names under which a form's box for the recommending body goes, besides the code of the unit's kind."""


class NoPaper(LookupError):
    """The rule set prints no form."""


def form_papers(rules: schema.RuleSet) -> tuple[schema.FormPaper, ...]:
    return tuple(paper for paper in rules.papers if isinstance(paper, schema.FormPaper))


def form_pdf(
    submission: Submission,
    *,
    opinions: Mapping[str, Opinion | str] | None = None,
    paper: str = "",
    masked: bool = False,
) -> bytes:
    """One form of a submission. The unit's opinion is filled in as recorded; later ones are handed in by key.

    `masked` cuts the numbers that identify a person, for readers who may not see them whole.
    """
    application = submission.application
    frozen = selectors.frozen(submission)
    photo = next((item.file_id for item in frozen.materials if item.slot == PHOTO), None)
    values = PaperValues(
        fields=paper_fields(application.campaign.rules, frozen.answers, application, masked=masked),
        opinions={**unit_opinions(application), **_opinions(opinions or {})},
        photo=_bytes(photo),
        number=application.number,
        version=submission.version,
        check_code=submission.check_code,
        check_url=check_url(submission),
        printed_at=submission.at,
    )
    return _render(application.campaign.rules, paper, values)


def draft_pdf(application: Application, *, paper: str = "") -> bytes:
    """The same from the draft as it stands: marked 草稿 on every page and without a check code."""
    answers = selectors.answers_of(application)
    photo = next((item for item in selectors.current_materials(application) if item.slot == PHOTO), None)
    values = PaperValues(
        fields=paper_fields(application.campaign.rules, answers, application),
        photo=_bytes(str(photo.file_id)) if photo else None,
        printed_at=application.saved_at,
    )
    return _watermarked(_render(application.campaign.rules, paper, values))


def check_url(submission: Submission) -> str:
    """Where the QR code leads: a page that says which version this print is, and nothing about the person."""
    path = reverse(
        "applications:print_check",
        kwargs={"union_slug": submission.application.union.slug, "code": submission.check_code},
    )
    return f"{settings.SITE_URL}{path}"


def unit_opinions(application: Application) -> dict[str, Opinion]:
    """The recommending body's opinion under every name a form may give its box."""
    row = (
        Recommendation.objects.filter(application=application, unit=application.unit_id, decision=Endorsement.ENDORSED)
        .select_related("unit", "by__user")
        .last()
    )
    if row is None:
        return {}
    text = row.opinion
    if row.authority and row.authority_agreed_on:
        text += f"\n{row.authority}已于{chinese_date(row.authority_agreed_on)}同意推荐。"
    said = Opinion(text=text, date=chinese_date(local_today(row.at)), signed_by=row.unit.name)
    return dict.fromkeys((*UNIT_OPINIONS, row.unit.kind), said)


def _opinions(given: Mapping[str, Opinion | str]) -> dict[str, Opinion]:
    return {key: Opinion(text=said) if isinstance(said, str) else said for key, said in given.items()}


def _bytes(file_id: str | None) -> bytes | None:
    stored = StoredFile.objects.filter(pk=file_id).first() if file_id else None
    if stored is None or stored.erased_at is not None:
        return None
    with stored.file.open("rb") as file:
        return bytes(file.read())


# --- values ----------------------------------------------------------------------------------------------------------


def paper_fields(
    rules: schema.RuleSet, answers: Answers, application: Application, *, masked: bool = False
) -> dict[str, forms.Value]:
    """Field id → what the paper prints; a form that is to be sealed shows the number it is sealed for."""
    known = selectors.display_answers(application, answers, masked=masked)
    printed: dict[str, forms.Value] = dict(known)
    for field in rules.fields():
        if not (masked and form.is_personal(field)):
            printed[field.id] = _printed(field, answers.get(field.id, ""), rules)
    return printed


def _printed(field: schema.FormField, value: Value, rules: schema.RuleSet) -> forms.Value:
    match field:
        case schema.PersonNameField():
            return PersonName(form.display(field, value, rules))
        case schema.MultiField():
            labels = {option.value: option.label or option.value for option in field.options}
            own = [form.display(field, [text], rules) for text in _texts(value) if text not in labels]
            chosen = frozenset(labels[text] for text in _texts(value) if text in labels)
            return forms.Choice((*labels.values(), *own), chosen | set(own))
        case schema.ConditionsField():
            return "\n".join(form.display(field, [text], rules) for text in _texts(value))
        case schema.RowsField():
            rows = form.in_order(field, [row for row in value if isinstance(row, dict)])
            return forms.Table(
                tuple(column.label for column in field.columns),
                tuple(tuple(_cell_text(column, row) for column in field.columns) for row in rows),
                tuple(float(column.width or 1) for column in field.columns),
            )
        case _:
            return form.display(field, value, rules)


def _texts(value: Value) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _cell_text(column: schema.Column, row: Mapping[str, str]) -> str:
    text = row.get(column.id, "")
    return form.date_words(text) if column.type == "date" else text


# --- layout ----------------------------------------------------------------------------------------------------------


def _paper(rules: schema.RuleSet, paper_id: str) -> schema.FormPaper:
    found = next((paper for paper in form_papers(rules) if not paper_id or paper.id == paper_id), None)
    if found is None:
        raise NoPaper("规则集没有规定纸质申报表")
    return found


@dataclass(frozen=True, slots=True)
class Print:
    """One paper as the page before printing tells of it."""

    paper: schema.FormPaper
    settings: str
    """What to choose in the printer's dialog."""
    seals: tuple[str, ...]
    """Where a seal or a signature goes, in the order of the paper."""
    later: tuple[str, ...]
    """Boxes that stay empty until a stage has ended."""


SETTINGS: Final = {
    "A4": "A4 纸，纵向，双面打印（长边翻转），实际大小",
    "A4-landscape": "A4 纸，横向，双面打印（短边翻转），实际大小",
    "A3-folded": "A3 纸，横向，双面打印（短边翻转），实际大小，打印后沿中线对折",
}


def prints(rules: schema.RuleSet, *, ended: Container[str] = ()) -> tuple[Print, ...]:
    """Every form of a rule set with how to print it and what to do with the print. `ended`: stages whose word it bears."""
    stages = {stage.id: stage.label for stage in rules.stages if stage.id not in ended}
    return tuple(
        Print(
            paper,
            SETTINGS[paper.size],
            tuple(_place(row, cell) for row, cell in _opinions_of(paper) if cell.seal or cell.sign),
            tuple(
                f"{_place(row, cell)}：“{stages[cell.after]}”结束后重新打印"
                for row, cell in _opinions_of(paper)
                if cell.after in stages
            ),
        )
        for paper in form_papers(rules)
    )


def _opinions_of(paper: schema.FormPaper) -> Iterator[tuple[tuple[schema.Cell, ...], schema.Cell]]:
    return ((row, cell) for page in paper.pages for row in page.rows for cell in row if cell.opinion)


def _place(row: tuple[schema.Cell, ...], cell: schema.Cell) -> str:
    """What the paper calls a box: the label before it, or whose opinion it is."""
    before = [other.label for other in row[: row.index(cell)] if other.label]
    name = "".join((before[-1] if before else cell.by or "意见").split())
    return name if not cell.by or cell.by in name else f"{name}（{cell.by}）"


def layouts(paper: schema.FormPaper, rules: schema.RuleSet) -> tuple[PaperLayout, ...]:
    """Pages of one grid run on in one table; a page with a heading or a grid of its own stands alone."""
    photos = {field.id for field in rules.fields() if isinstance(field, schema.PhotoField)}
    found: list[PaperLayout] = []
    for page in paper.pages:
        rows = tuple(Row(tuple(_cell(cell, photos) for cell in row)) for row in page.rows)
        if found and not page.heading and page.columns == found[-1].columns:
            found[-1] = replace(found[-1], rows=found[-1].rows + rows)
            continue
        found.append(
            PaperLayout(
                title=page.heading or paper.title,
                columns=page.columns,
                rows=rows,
                copies=paper.copies,
                size="A4-landscape" if paper.size == "A4-landscape" else "A4",  # folded once the pages are whole
                top=tuple((line.rstrip("：:_＿ 　"), "") for line in page.lines),
            )
        )
    found[-1] = replace(found[-1], notes=(paper.note,) if paper.note else (), instructions=rules.form.notes)
    return tuple(found)


def _cell(cell: schema.Cell, photos: set[str]) -> Cell:
    label = cell.label or cell.text or ""
    opinion = cell.opinion or ""
    return Cell(
        label=label,
        field="" if cell.field in photos else cell.field or "",
        opinion=opinion,
        photo=cell.field in photos,
        span=cell.span,
        rowspan=cell.rows,
        vertical=cell.vertical,
        height=cell.height or "",
        seal=cell.seal,
        seal_label=f"{cell.by}（盖章处）" if cell.by else "（盖章处）",
        signature="签名" if cell.sign else "",
        date=cell.date,
        align=cell.align or "",
        hint=cell.hint or "",
    )


def _render(rules: schema.RuleSet, paper_id: str, values: PaperValues) -> bytes:
    paper = _paper(rules, paper_id)
    whole = forms.form_pdf(layouts(paper, rules), values)
    return forms.fold(whole) if paper.size == "A3-folded" else whole


_MARK: Final = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>草稿</title><style>
@page { size: A4; margin: 0 }
p { font: 96pt var(--hei); color: #e3e3e3; text-align: center; margin: 105mm 0 0; letter-spacing: .4em; text-indent: .4em;
  transform: rotate(-28deg) }
</style></head><body><p>草稿</p></body></html>"""


@lru_cache(maxsize=1)
def _mark() -> bytes:
    return html_to_pdf(_MARK)


def _watermarked(sheet: bytes) -> bytes:
    """草稿 under everything, so that nothing of the form is hidden and nobody takes it for what was handed in."""
    with pikepdf.open(io.BytesIO(sheet)) as target, pikepdf.open(io.BytesIO(_mark())) as mark:
        for page in target.pages:
            box = pikepdf.Rectangle(page.mediabox)
            page.add_underlay(mark.pages[0], box)
        out = io.BytesIO()
        target.save(out, deterministic_id=True)
        return out.getvalue()
