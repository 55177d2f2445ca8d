"""Cases are given to experts evenly, by field, never against a recusal; the same lists and seed give the same, and a later
call only fills what is missing.
"""

from collections import Counter
from itertools import chain, combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from review import assignment, draw
from review.assignment import Case, Judge, Task

FIELDS = ("焊接", "数控", "电工")
words = st.sampled_from(FIELDS).map(lambda one: (one,))


@st.composite
def tasks(draw_, cases=5, judges=4):
    ids, seats = range(100, 100 + draw_(st.integers(0, cases))), range(1, 1 + draw_(st.integers(0, judges)))
    pairs = [(seat, case) for seat in seats for case in ids]
    return Task(
        tuple(Case(id_, draw_(words)) for id_ in ids),
        tuple(Judge(id_, draw_(words)) for id_ in seats),
        draw_(st.integers(1, 3)),
        barred=frozenset(draw_(st.sets(st.sampled_from(pairs), max_size=6))) if pairs else frozenset(),
        match=draw_(st.booleans()),
    )


def loads(task, result):
    found = Counter(chain.from_iterable(result.values()))
    return [found[judge.id] for judge in task.judges]


def able(task, case):
    return [judge.id for judge in task.judges if (judge.id, case.id) not in task.barred]


@settings(max_examples=60, deadline=None)
@given(tasks(), st.text(max_size=8))
def test_everybody_gets_as_many_as_recusals_allow_and_nobody_a_case_they_keep_out_of(task, seed):
    result = assignment.allot(task, seed)
    for case in task.cases:
        assert set(result[case.id]) <= set(able(task, case))
        assert len(result[case.id]) == min(task.per_case, len(able(task, case)))
    ways = product(*(combinations(able(task, one), min(task.per_case, len(able(task, one)))) for one in task.cases[:4]))
    if len(task.cases) <= 4:
        fairest = min(sum(n * n for n in Counter(chain.from_iterable(way)).values()) for way in ways)
        assert sum(n * n for n in loads(task, result)) == fairest


@settings(max_examples=40, deadline=None)
@given(tasks(cases=8, judges=6), st.text(max_size=8))
def test_without_recusals_no_two_differ_by_more_than_one(task, seed):
    free = Task(task.cases, task.judges, task.per_case, match=task.match)
    found = loads(free, assignment.allot(free, seed))
    assert max(found, default=0) - min(found, default=0) <= 1


@settings(max_examples=40, deadline=None)
@given(tasks(), st.text(max_size=8))
def test_who_drops_out_is_replaced_and_nobody_else_is_moved(task, seed):
    before = assignment.allot(task, seed)
    staying = task.judges[1:]
    seats = {judge.id for judge in staying}
    kept = frozenset((seat, case) for case, given_ in before.items() for seat in given_ if seat in seats)
    later = Task(task.cases, staying, task.per_case, task.barred, kept, task.match)
    after = assignment.allot(later, f"{seed}-2")
    for case in task.cases:
        assert {seat for seat, one in kept if one == case.id} <= set(after[case.id])
        left = [seat for seat in able(task, case) if seat in seats]
        assert len(after[case.id]) == min(task.per_case, len(left))


def test_cases_go_to_their_own_field_as_far_as_shares_stay_even():
    cases = tuple(Case(n, ("焊接工艺",) if n % 2 else ("数控",)) for n in range(10, 16))
    judges = (Judge(1, ("焊接",)), Judge(2, ("数控", "电工")))
    task = Task(cases, judges, 1, match=True)
    for n in range(20):
        result = assignment.allot(task, f"seed-{n}")
        assert all(seats == ((1,) if case % 2 else (2,)) for case, seats in result.items())


def test_an_exchange_brings_both_to_their_field():
    cases = (Case(10, ("焊接",)), Case(11, ("数控",)), Case(12, ("茶艺",)), Case(13, ("茶艺",)))
    judges = (Judge(1, ("焊接",)), Judge(2, ("数控",)), Judge(3, ("茶艺",)))
    found: Counter[int] = Counter()
    for n in range(30):
        result = assignment.allot(Task(cases, judges, 1, match=True), f"seed-{n}")
        found += Counter({case: len(seats) for case, seats in result.items()})
        assert result[10] == (1,)
        assert result[11] == (2,)
    assert set(found.values()) == {30}


def test_an_allotment_replays_from_its_record_and_a_changed_one_does_not():
    task = Task((Case(10, ("焊接",)), Case(11)), (Judge(1, ("焊接",)), Judge(2)), 1, barred=frozenset({(2, 11)}))
    secret, rules = "s" * 64, "r" * 64
    seed = assignment.seed_of(secret, rules, task)
    result = {str(case): list(seats) for case, seats in assignment.allot(task, seed).items()}
    told = {"secret": secret, "committed": draw.commitment(secret), "rules": rules, "seed": seed, "result": result}
    assert assignment.Task.read(task.plain) == task
    assert assignment.differences(task.plain, **told) == []
    assert assignment.differences(task.plain, **{**told, "committed": "0" * 64}) == ["分配的种子与事先的承诺不符"]
    assert "分配的种子与名单、规则不符" in assignment.differences(task.plain, **{**told, "rules": "x"})
    assert assignment.differences(task.plain, **{**told, "result": {}}) == ["重新分配的结果与记录不符"]


def test_this_seed_and_these_lists_give_this_for_ever():
    task = Task(tuple(Case(n) for n in range(10, 14)), tuple(Judge(n) for n in range(1, 4)), 2)
    assert assignment.allot(task, "seed") == assignment.allot(task, "seed")
    assert sorted(loads(task, assignment.allot(task, "seed"))) == [2, 3, 3]


def test_what_was_given_to_nobody_who_sits_or_against_a_recusal_is_not_kept():
    kept = frozenset({(1, 10), (2, 10), (9, 10), (1, 99)})
    task = Task((Case(10),), (Judge(1), Judge(2), Judge(3)), 1, barred=frozenset({(1, 10)}), kept=kept)
    assert assignment.allot(task, "seed") == {10: (2,)}


def test_two_exchange_so_that_the_one_case_of_a_field_goes_to_its_expert():
    cases = (Case(10, ("数控",)), *(Case(n, ("电工",)) for n in (11, 12, 13)))
    task = Task(cases, (Judge(1, ("焊接",)), Judge(2, ("数控",))), 1, match=True)
    result = assignment.allot(task, "s")
    assert result[10] == (2,)
    assert sorted(loads(task, result)) == [2, 2]
