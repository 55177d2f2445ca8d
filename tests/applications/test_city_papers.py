"""The forms of the product's rule sets, filled in with invented people: how many sheets they take, and of what size."""

import io

import pikepdf
import pytest

from applications import papers
from applications.papers import form_papers
from campaigns.rules import loader
from documents.paper.forms import PaperValues
from publicity.rehearsal import people, sample

A4, A3 = (595, 842), (1191, 842)
SHEETS = {
    ("ouhai-2017", "form"): [A4, A4],
    ("ouhai-2017", "eligibility"): [A4],
    ("jiaozuo-2018", "form"): [A3, A3],
    ("jiaozuo-2018", "innovation_list"): [A4],
    ("jiaozuo-2018", "patent_list"): [A4],
    ("jiaozuo-2018", "performance_sheet"): [A4],
}


@pytest.mark.parametrize(("code", "paper"), SHEETS)
def test_a_form_takes_the_pages_it_was_drawn_for(code: str, paper: str) -> None:
    rules = loader.load_builtin(code)
    (person,) = people.invent(rules, count=1, seed=1, failing=0)
    fields = {field.id: papers._printed(field, person.answers.get(field.id, ""), rules) for field in rules.fields()}

    content = papers._render(rules, paper, PaperValues(fields=fields, photo=sample.photo(1).read()))

    with pikepdf.open(io.BytesIO(content)) as document:
        sizes = [tuple(round(float(side)) for side in page.mediabox[2:]) for page in document.pages]
    assert sizes == SHEETS[code, paper]


@pytest.mark.parametrize("code", sorted({code for code, _ in SHEETS}))
def test_no_form_is_left_undrawn(code: str) -> None:
    assert {paper.id for paper in form_papers(loader.load_builtin(code))} == {id_ for c, id_ in SHEETS if c == code}
