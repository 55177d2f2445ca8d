"""The quantitative part: points by table, line by line."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from review.quantitative import Bar, Entry, Part, Table, compute

HONOURS = Table(
    "honours",
    "荣誉",
    "honours",
    (Bar(40, "国家级"), Bar(20, "省级"), Bar(10, "市级")),
    how="sum",
    cap=50,
    since=date(2021, 3, 20),
)
CONTESTS = Table(
    "contests", "大赛", "competition_results", (Bar(30, "省级", best=3), Bar(12, "省级"), Bar(5, "市级", best=1))
)
PATENTS = Table("patents", "专利", "invention_patents", (Bar(5, at_least=1), Bar(15, at_least=3)))
PART = Part("业绩量化", 30, 100, (HONOURS, CONTESTS, PATENTS))
IN_TIME = date(2023, 5, 1)


def honour(level: str, on: date | None = IN_TIME) -> Entry:
    return Entry("honours", level, on=on)


def lines(*entries: Entry, table: int = 0) -> list[tuple[int, bool, str]]:
    found = compute(PART, entries).subtotals[table]
    return [(line.points, line.counts, line.why_not) for line in found.lines]


def test_honours_are_summed_up_to_the_cap():
    found = compute(PART, [honour("国家级"), honour("省级")])
    assert (found.points, found.subtotals[0].capped, found.capped) == (50, True, False)


def test_what_is_older_than_the_window_or_undated_counts_for_nothing_and_says_so():
    first = honour("省级", date(2021, 3, 20))
    late, undated = honour("国家级", date(2021, 3, 19)), honour("国家级", None)
    assert lines(first, late, undated) == [
        (20, True, ""),
        (0, False, "早于 2021 年 3 月 20 日，不在计分期限内"),
        (0, False, "没有写明获得时间"),
    ]


def test_of_the_best_only_one_line_counts_by_the_best_row_that_fits():
    second, fifth = Entry("competition_results", "省级", rank=2), Entry("competition_results", "省级", rank=5)
    assert lines(fifth, second, table=1) == [(30, True, ""), (12, False, "只计最高的一项")]


def test_a_prize_without_a_place_fits_no_row_that_asks_for_one():
    assert lines(Entry("competition_results", "市级"), table=1) == [(0, False, "计分表中没有对应的档次")]


def test_a_number_takes_the_highest_step_it_reaches():
    assert compute(PART, [Entry("invention_patents", amount=Fraction(4))]).points == 15
    assert lines(Entry("invention_patents", amount=Fraction(0)), table=2) == [(0, False, "计分表中没有对应的档次")]


def test_more_than_the_full_mark_is_not_given():
    small = Part("业绩", 30, 35, (HONOURS,))
    found = compute(small, [honour("国家级")])
    assert (found.points, found.capped) == (35, True)


def test_an_entry_comes_back_from_the_archive_as_it_went_in():
    for entry in (honour("省级"), Entry("invention_patents", amount=Fraction(3)), Entry("skill_level", "技师")):
        assert Entry.of(entry.plain) == entry
    assert honour("省级").words == "省级　2023 年 5 月"
    assert Entry("competition_results", "市级", rank=2).words == "市级　第 2 名"
    assert Entry("invention_patents", amount=Fraction(3)).words == "3"


ENTRIES = st.lists(
    st.one_of(
        st.builds(
            honour,
            st.sampled_from(["国家级", "省级", "市级", "县级"]),
            st.sampled_from([IN_TIME, None, date(2020, 1, 1)]),
        ),
        st.builds(
            lambda level, rank: Entry("competition_results", level, rank=rank),
            st.sampled_from(["省级", "市级"]),
            st.sampled_from([None, 1, 2, 7]),
        ),
    ),
    max_size=6,
)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_of_entries_never_matters(entries, random):
    assert compute(PART, random.sample(entries, len(entries))) == compute(PART, entries)


@given(ENTRIES, ENTRIES)
def test_one_more_honour_never_costs_points(entries, more):
    assert compute(PART, [*entries, *more]).points >= compute(PART, entries).points
