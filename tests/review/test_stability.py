"""The four methods side by side, and who crosses the line when one thing changes."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import ranking, stability
from review.quantitative import Bar, Entry, Part, Table
from review.ranking import Criterion, Method, Scored, Sheet, TooFewSheets

CRAFT, SPIRIT = Criterion("craft", 60, 100), Criterion("spirit", 40, 100)
PART = Part("业绩量化", 20, 50, (Table("honours", "荣誉", "honours", (Bar(50, "省级"), Bar(20, "市级"))),))


def case(id_: int, *totals: int | tuple[int, int], honour: str = "") -> Scored:
    """One sheet an expert, 1, 2, 3 …: (craft, spirit), or the same for both."""
    pairs = [pair if isinstance(pair, tuple) else (pair, pair) for pair in totals]
    sheets = tuple(
        Sheet(n, {"craft": Decimal(craft), "spirit": Decimal(spirit)}) for n, (craft, spirit) in enumerate(pairs, 1)
    )
    return Scored(id_, sheets, {}, (Entry("honours", honour),) if honour else ())


def method(aggregate: ranking.Aggregate = "mean", trimming: ranking.Trimming = "none", **more: object) -> Method:
    return Method((CRAFT, SPIRIT), trimming, ("people",), aggregate, **more)  # type: ignore[arg-type]


def order(how: Method, *cases: Scored) -> list[int]:
    return [row.case for row in ranking.rank(cases, how)]


# --- methods ----------------------------------------------------------------------------------------------------------


def test_the_median_is_not_moved_by_one_expert():
    steady, loved = case(1, 80, 80, 80), case(2, 70, 70, 100)
    assert order(method("median"), steady, loved) == [1, 2]
    assert ranking.case_total(case(3, 60, 70), method("median")) == 65


def test_normalising_takes_away_that_one_expert_is_stricter():
    """Expert 2 gives ten points less and met only the better two, as where each case has some of the experts."""
    a = Scored(1, (Sheet(1, _points(90)), Sheet(2, _points(78))), {})
    b = Scored(2, (Sheet(1, _points(80)), Sheet(2, _points(70))), {})
    c = Scored(3, (Sheet(1, _points(82)),), {})
    assert order(method(), a, b, c) == [1, 3, 2]
    assert order(method("normalised"), a, b, c) == [1, 3, 2]
    plain, fair = (
        {row.case: row.total for row in ranking.rank([a, b, c], method(how))} for how in ("mean", "normalised")
    )
    assert plain[2] == 75
    assert fair[1] > fair[3] > fair[2]


def _points(total: int) -> dict[str, Decimal]:
    return {"craft": Decimal(total), "spirit": Decimal(total)}


def test_an_expert_who_gives_everybody_the_same_parts_nobody():
    cases = [case(1, 80, 70), case(2, 60, 70)]
    totals = [row.total for row in ranking.rank(cases, method("normalised"))]
    assert totals[0] - totals[1] == Fraction(5)  # mean deviation of all sheets (5) × half of (1 − (−1))
    assert ranking.rank([case(1, 70), case(2, 70)], method("normalised"))[0].tied == (1, 2)


def test_the_quantitative_part_is_added_by_its_weight():
    how = method(part=PART)
    assert ranking.case_total(case(1, 80, honour="市级"), how) == 80 + Fraction(20 * 20, 50)
    assert ranking.case_total(case(1, 80), how) == 80


def test_fewer_sheets_than_the_rules_ask_for_are_not_trimmed():
    with pytest.raises(TooFewSheets) as error:
        ranking.rank([case(1, 1, 2, 3, 4)], method(trimming="trim_one", min_to_trim=5))
    assert (error.value.sheets, error.value.needed) == (4, 5)


def test_a_digest_tells_methods_and_honours_apart_and_leaves_the_old_ones_alone():
    one = [case(1, 80, honour="市级")]
    digests = {
        ranking.input_sha256(one, how)
        for how in (method(), method("median"), method("normalised"), method(part=PART), method("median", part=PART))
    }
    assert len(digests) == 5
    assert "version" not in ranking.canonical_input(one, method())
    assert ranking.canonical_input(one, method("median"))["version"] == 2


def test_a_method_says_how_it_sums():
    assert "中位数" in method("median").described
    assert "折算" in method("normalised").described
    assert "业绩量化×20%" in method(part=PART).described


# --- side by side -----------------------------------------------------------------------------------------------------


def test_all_four_methods_stand_side_by_side_and_one_that_cannot_says_who_lacks_sheets():
    views = {
        view.name: view for view in stability.side_by_side(ranking.board([case(1, 80, 90), case(2, 70, 60)], method()))
    }
    assert list(views) == ["mean", "trimmed", "median", "normalised"]
    assert views["trimmed"].rows == ()
    assert (views["trimmed"].lacking.case, views["trimmed"].lacking.sheets) == (1, 2)
    assert [row.case for row in views["median"].rows] == [1, 2]


# --- the report -------------------------------------------------------------------------------------------------------


def report(*cases: Scored, cut: int, how: Method | None = None, **more: object) -> stability.Report:
    return stability.stability(ranking.board(cases, how or method()), cut=cut, **more)  # type: ignore[arg-type]


def test_a_list_that_hangs_on_nothing_is_firm():
    found = report(case(1, 95, 94, 96), case(2, 90, 91, 89), case(3, 50, 51, 52), cut=2)
    assert found.inside == found.firm == {1, 2}
    assert found.changing == ()
    assert len(found.trials) == 3 + 2 * 4 + 3


def test_a_place_that_one_expert_made_is_found():
    found = report(case(1, 95, 95, 95), case(2, 60, 60, 100), case(3, 70, 70, 70), cut=2)
    assert found.firm == {1}
    trial = next(trial for trial in found.trials if (trial.kind, trial.subject) == ("expert", 3))
    assert (set(trial.goes), set(trial.comes)) == ({2}, {3})
    by_method = {trial.subject for trial in found.changing if trial.kind == "method"}
    assert {"median", "trimmed"} <= by_method


def test_a_place_that_one_weight_made_is_found():
    found = report(case(1, (90, 60)), case(2, (70, 88)), cut=1)
    assert found.inside == {1}
    moved = {(trial.subject, trial.by): trial.comes for trial in found.trials if trial.kind == "weight"}
    assert moved["craft", -10] == {2} or moved["spirit", 10] == {2}
    assert moved["craft", 10] == frozenset()


def test_a_change_that_leaves_a_case_too_few_sheets_is_said_and_not_guessed():
    found = report(case(1, 80, 85, 90), case(2, 70, 60, 65), cut=1, how=method(trimming="trim_one"))
    assert [trial.subject for trial in found.untried] == [1, 2, 3]
    assert {trial.lacking.sheets for trial in found.untried} == {2}


def test_a_tie_at_the_line_that_people_have_decided_counts_as_they_decided():
    found = report(case(1, 80, 80), case(2, 80, 80), case(3, 10, 10), cut=1, inside=[2])
    assert found.inside == {2}
    assert found.changing == ()


def test_a_tie_at_the_line_that_the_written_chain_parts_is_none():
    how = Method((CRAFT, SPIRIT), "none", ("criterion:craft", "people"))
    found = report(
        case(1, (80, 80), (80, 80)), case(2, (90, 65), (90, 65)), case(3, (70, 95), (70, 95)), cut=2, how=how
    )
    assert found.inside == {1, 2}
    assert all(trial.touched == frozenset() for trial in found.trials if trial.kind == "expert")


def test_a_tie_that_a_change_makes_is_left_to_people():
    found = report(case(1, 80, 90), case(2, 80, 88), cut=1)
    trial = next(trial for trial in found.trials if (trial.kind, trial.subject) == ("expert", 2))
    assert trial.open == {1, 2}
    assert found.firm == frozenset()


def test_everybody_fits_below_a_cut_that_is_too_large_and_nobody_above_none():
    assert report(case(1, 80), case(2, 70), cut=5).inside == {1, 2}
    assert report(case(1, 80), case(2, 70), cut=0).inside == frozenset()


def test_a_criterion_of_the_whole_weight_cannot_move():
    alone = Method((Criterion("craft", 100, 100),), "none", ("people",))
    cases = [Scored(n, (Sheet(1, {"craft": Decimal(80 + n)}),), {}) for n in (1, 2)]
    found = stability.report(cases, alone, cut=1)
    assert {trial.kind for trial in found.trials} == {"expert", "method"}


# --- properties -------------------------------------------------------------------------------------------------------

marks = st.one_of(st.sampled_from([60, 80]), st.integers(0, 100))
METHODS = [
    method("mean"),
    method("mean", "trim_one"),
    method("median"),
    method("normalised"),
    *(method(how, part=PART) for how in ("mean", "median", "normalised")),
]


@st.composite
def boards(draw: st.DrawFn) -> list[Scored]:
    experts = draw(st.integers(3, 5))
    rows = draw(st.lists(st.lists(st.tuples(marks, marks), min_size=experts, max_size=experts), min_size=1, max_size=6))
    honours = draw(st.lists(st.sampled_from(["", "市级", "省级"]), min_size=len(rows), max_size=len(rows)))
    return [case(n, *pairs, honour=honour) for n, (pairs, honour) in enumerate(zip(rows, honours, strict=True), 1)]


def plainly(cases: list[Scored], how: Method) -> dict[int, Fraction]:
    """The same totals by the book, with a fraction for every number."""
    sheets = {one.case: {s.expert: ranking.sheet_total(s, how) for s in one.sheets} for one in cases}
    if how.aggregate == "normalised":
        every = [total for own in sheets.values() for total in own.values()]
        middle = sum(every, Fraction(0)) / len(every)
        width = sum((abs(total - middle) for total in every), Fraction(0)) / len(every)
        for expert in {expert for own in sheets.values() for expert in own}:
            own = [totals[expert] for totals in sheets.values() if expert in totals]
            mean = sum(own, Fraction(0)) / len(own)
            apart = sum((abs(total - mean) for total in own), Fraction(0)) / len(own)
            for totals in sheets.values():
                if expert in totals:
                    totals[expert] = middle + width * ((totals[expert] - mean) / apart if apart else 0)
    found = {}
    for one in cases:
        ordered = sorted(sheets[one.case].values())
        if how.trimming == "trim_one":
            ordered = ordered[1:-1]
        if how.aggregate == "median":
            half = len(ordered) // 2
            ordered = [ordered[half]] if len(ordered) % 2 else ordered[half - 1 : half + 1]
        found[one.case] = sum(ordered, Fraction(0)) / len(ordered)
        if how.part is not None:
            found[one.case] += ranking.quantity(one, how.part)
    return found


@given(boards(), st.sampled_from(METHODS))
def test_whole_numbers_come_to_what_fractions_come_to(cases, how):
    assert {row.case: row.total for row in ranking.rank(cases, how)} == plainly(cases, how)


@given(boards(), st.sampled_from(METHODS), st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters_to_any_method_nor_to_the_report(cases, how, cut, random):
    mixed = [Scored(c.case, tuple(random.sample(c.sheets, len(c.sheets))), c.facts, c.entries) for c in cases]
    random.shuffle(mixed)

    assert ranking.rank(mixed, how) == ranking.rank(cases, how)
    assert ranking.input_sha256(mixed, how) == ranking.input_sha256(cases, how)
    assert stability.report(mixed, how, cut=cut) == stability.report(cases, how, cut=cut)
    assert stability.side_by_side(ranking.board(mixed, how)) == stability.side_by_side(ranking.board(cases, how))


@given(boards(), st.sampled_from(METHODS), st.integers(1, 5), st.sampled_from([-10, -5, 5, 10]), st.data())
def test_moving_a_weight_is_ranking_with_the_weights_moved(cases, how, cut, by, data):
    names = ["craft", "spirit", *([""] if how.part else [])]
    subject = data.draw(st.sampled_from(names))
    made = stability.moved(ranking.board(cases, how), subject, by)
    weights = {"craft": 60, "spirit": 40, "": PART.weight}
    scale = Fraction(100 - weights[subject] - by, 100 - weights[subject])
    expected = {}
    for one in cases:
        sheets = [
            sum(
                Fraction(sheet.points[item.id]) / item.max * _moved(item.id, weights[item.id], subject, by, scale)
                for item in how.criteria
            )
            for sheet in sorted(one.sheets, key=lambda sheet: sheet.expert)
        ]
        expected[one.case] = sheets
    unit = made.unit
    assert {
        one.case: [Fraction(total, unit) for total in totals]
        for one, totals in zip(made.scored, made.sheets, strict=True)
    } == expected
    if how.part is not None:
        quantity = [
            ranking.quantity(one, how.part) / PART.weight * _moved("", PART.weight, subject, by, scale) for one in cases
        ]
        assert [Fraction(value, unit) for value in made.quantities] == quantity


def _moved(name: str, weight: int, subject: str, by: int, scale: Fraction) -> Fraction:
    return Fraction(weight + by) if name == subject else weight * scale


@given(boards(), st.sampled_from(METHODS), st.integers(1, 6))
def test_the_report_says_what_ranking_anew_says(cases, how, cut):
    found = stability.report(cases, how, cut=cut)
    for trial in found.trials:
        if trial.kind != "expert" or trial.lacking:
            continue
        left = [
            Scored(c.case, tuple(s for s in c.sheets if s.expert != trial.subject), c.facts, c.entries) for c in cases
        ]
        rows = ranking.rank(left, how)
        sure = {row.case for row in rows if row.rank + len(row.tied or (0,)) - 1 <= cut}
        tied = {row.case for row in rows if row.rank <= cut} - sure
        assert trial.goes == found.inside - sure - {c for row in rows if row.case in tied for c in row.tied}
        assert trial.comes == sure - found.inside
