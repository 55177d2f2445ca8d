"""Rule set + facts → findings, each with its clause: a pure function, compiled once per rule set.

The public self-check, the form, the officer's screen and the committee's dossier all show these findings, so nothing
else may judge. Compiling turns every rule into a closure returning a small number; sentences are only made for findings
that somebody looks at. The numbers (standings) are ordered from worst to best, so that “all of” is the minimum and “any
of” the maximum, and a stronger fact can only move a finding up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, cast

from campaigns.rules import wording
from campaigns.rules.facts import (
    REGISTRY,
    UNKNOWN,
    Claim,
    Facts,
    FactValue,
    Op,
    Result,
    TitleHeld,
    WaiverState,
    completed_years,
    years_before,
)
from campaigns.rules.schema import (
    Comparison,
    Computed,
    Condition,
    Declared,
    Group,
    Judged,
    RankBar,
    RuleSet,
    Strength,
    Waiver,
)


class Verdict(StrEnum):
    """What is found about one rule; the notice's own strengths are kept, never flattened to pass or fail."""

    FAILS = "fails"
    CANNOT_TELL = "cannot_tell"
    NEEDS_JUDGEMENT = "needs_judgement"
    WAIVER_CLAIMED = "waiver_claimed"
    NEEDS_REASON = "needs_reason"
    WAIVED = "waived"
    HOLDS = "holds"

    @property
    def label(self) -> str:
        return _VERDICT_LABELS[self]


_VERDICT_LABELS: Final[Mapping[Verdict, str]] = {
    Verdict.HOLDS: "符合",
    Verdict.FAILS: "不符合",
    Verdict.NEEDS_REASON: "需说明理由",
    Verdict.WAIVER_CLAIMED: "申请豁免待核",
    Verdict.WAIVED: "依条款豁免",
    Verdict.NEEDS_JUDGEMENT: "待审核判断",
    Verdict.CANNOT_TELL: "信息不足",
}

VERDICTS: Final = (
    Verdict.FAILS,
    Verdict.CANNOT_TELL,
    Verdict.NEEDS_JUDGEMENT,
    Verdict.WAIVER_CLAIMED,
    Verdict.NEEDS_REASON,
    Verdict.CANNOT_TELL,
    Verdict.NEEDS_JUDGEMENT,
    Verdict.WAIVER_CLAIMED,
    Verdict.WAIVED,
    Verdict.HOLDS,
)
"""The verdict of each standing, from worst to best.

What is open in a *should* can at worst need a reason, so it stands above one that does, while what is open in a *must* can
still fail and stands below.
"""
FAILS, CANNOT_TELL, NEEDS_JUDGEMENT, WAIVER_CLAIMED, NEEDS_REASON = range(5)
WAIVED, HOLDS = 8, 9
_SOFTER: Final = NEEDS_REASON - FAILS
_UNMET: Final = frozenset({FAILS, NEEDS_REASON})
_UNTOLD: Final = frozenset({CANNOT_TELL, CANNOT_TELL + _SOFTER})
_HELD: Final = frozenset({WAIVED, HOLDS})


class Overall(StrEnum):
    """What an officer may do with the person as things stand."""

    MUST_NOT_PASS = "must_not_pass"  # noqa: S105 - a verdict, no password
    INCOMPLETE = "incomplete"
    NEEDS_JUDGEMENT = "needs_judgement"
    MAY_PASS_WITH_REASON = "may_pass_with_reason"  # noqa: S105
    MAY_PASS = "may_pass"  # noqa: S105

    @property
    def label(self) -> str:
        return _OVERALL_LABELS[self]


_OVERALL_LABELS: Final[Mapping[Overall, str]] = {
    Overall.MAY_PASS: "可以通过",
    Overall.MAY_PASS_WITH_REASON: "说明理由后可以通过",
    Overall.MUST_NOT_PASS: "不得通过",
    Overall.NEEDS_JUDGEMENT: "待审核判断",
    Overall.INCOMPLETE: "信息不足",
}

_OVERALL: Final[Mapping[Verdict, Overall]] = {
    Verdict.FAILS: Overall.MUST_NOT_PASS,
    Verdict.CANNOT_TELL: Overall.INCOMPLETE,
    Verdict.NEEDS_JUDGEMENT: Overall.NEEDS_JUDGEMENT,
    Verdict.WAIVER_CLAIMED: Overall.NEEDS_JUDGEMENT,
    Verdict.NEEDS_REASON: Overall.MAY_PASS_WITH_REASON,
}
"""What each verdict calls for, the gravest first; whoever has none of them may pass."""

_Judge = Callable[[Facts, date], int]
_Compare = Callable[[Any, date], int]
_Read = Callable[[Mapping[str, FactValue], date], FactValue]


@dataclass(frozen=True, slots=True)
class WaiverFinding:
    """A waiver that a rule allows, and where it stands for this person; ``state`` None: nobody asked for it."""

    id: str
    clause: str | None
    text: str
    state: WaiverState | None


_TURNED: Final[Mapping[Verdict, Verdict]] = {
    Verdict.HOLDS: Verdict.FAILS,
    Verdict.WAIVED: Verdict.FAILS,
    Verdict.FAILS: Verdict.HOLDS,
    Verdict.NEEDS_REASON: Verdict.HOLDS,
}
_BARRED_WORDS: Final[Mapping[Verdict, str]] = {
    found: "有此情形" if turned is Verdict.FAILS else "没有此情形" for found, turned in _TURNED.items()
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, one person: the verdict, the sentence with the figures, and the clause it rests on."""

    rule_id: str
    label: str
    verdict: Verdict
    strength: Strength
    clause: str | None
    text: str
    detail: str
    how: str
    standing: int
    """How well the person stands, from 0: comparable between findings of one rule."""
    reading: str | None = None
    evidence: tuple[str, ...] = ()
    children: tuple["Finding", ...] = ()
    waivers: tuple[WaiverFinding, ...] = ()
    barred: bool = False
    """It stands in a none-of: what is found to hold counts against the person."""

    @property
    def counts_as(self) -> Verdict:
        """The verdict as it is shown: of what nobody may meet, not meeting it is well."""
        return _TURNED.get(self.verdict, self.verdict) if self.barred else self.verdict

    @property
    def word(self) -> str:
        """The verdict in other words, where “符合” would be misread; empty where its own label says it."""
        return _BARRED_WORDS.get(self.verdict, "") if self.barred else ""

    @property
    def source(self) -> str:
        """Where the rule comes from, as it is shown: a clause is never invented for the office's own setting."""
        return f"依据{self.clause}" if self.clause else "本办公室自定"

    @property
    def message(self) -> str:
        return f"{self.detail}（{self.source}）"

    def walk(self) -> Iterator["Finding"]:
        """The finding itself and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a frozen copy of what was found."""
        return {
            "rule": self.rule_id,
            "label": self.label,
            "verdict": self.verdict.value,
            "strength": self.strength,
            "clause": self.clause,
            "text": self.text,
            "detail": self.detail,
            "children": [child.as_dict() for child in self.children],
        }


# --- reading and comparing -------------------------------------------------------------------------------------------


def _reader(key: str) -> _Read:
    """How to get a fact: as stated, or counted from the date fact it can be derived from."""
    since = REGISTRY[key].since
    if since is None:
        return lambda values, _reference: values.get(key, UNKNOWN)
    start = since

    def read(values: Mapping[str, FactValue], reference: date) -> FactValue:
        stated = values.get(key, UNKNOWN)
        if stated is not UNKNOWN:
            return stated
        day = values.get(start, UNKNOWN)
        return completed_years(day, reference) if isinstance(day, date) else UNKNOWN

    return read


def _met(condition: bool) -> int:
    return HOLDS if condition else FAILS


def _reaches(bar: RankBar, result: Result, scale: tuple[str, ...]) -> bool:
    high_enough = result.level == bar.level if bar.exact_level else scale.index(result.level) >= scale.index(bar.level)
    return high_enough and (bar.best is None or (result.rank is not None and result.rank <= bar.best))


def _count_dated(items: list[Result] | list[TitleHeld], first: date | None, reference: date) -> tuple[int, int]:
    """How many certainly count, and how many might if their date were known (only a window makes it matter)."""
    certain = sum(
        item.on <= reference and (first is None or item.on >= first) if item.on else first is None for item in items
    )
    undated = sum(item.on is None for item in items) if first else 0
    return certain, undated


def _compare_results(test: Comparison) -> _Compare:
    scale = REGISTRY[test.fact].scale

    def compare(results: tuple[Result, ...], reference: date) -> int:
        first = years_before(reference, test.within.years) if test.within else None
        good = [result for result in results if any(_reaches(bar, result, scale) for bar in test.ranks)]
        certain, undated = _count_dated(good, first, reference)
        if certain >= test.count:
            return HOLDS
        return CANNOT_TELL if certain + undated >= test.count else FAILS

    return compare


def _compare_titles(test: Comparison) -> _Compare:
    names = frozenset(test.values)
    held, not_held = (HOLDS, FAILS) if test.op is Op.HELD else (FAILS, HOLDS)

    def compare(titles: tuple[TitleHeld, ...], reference: date) -> int:
        first = years_before(reference, test.within.years) if test.within else None
        matching = [title for title in titles if not names or title.title in names]
        certain, undated = _count_dated(matching, first, reference)
        if certain:
            return held
        return CANNOT_TELL if undated else not_held

    return compare


def _comparer(test: Comparison) -> _Compare:  # noqa: C901, PLR0912 - one line for each operator
    """The comparison as a closure over its threshold."""
    bar: Any = test.value
    names = frozenset(test.values)
    day = test.on or date.min
    scale = REGISTRY[test.fact].scale
    if scale and test.op in {Op.AT_LEAST, Op.AT_MOST}:
        place = scale.index(bar)
        reaching = frozenset(scale[place:] if test.op is Op.AT_LEAST else scale[: place + 1])
        return lambda value, _reference: HOLDS if value in reaching else FAILS
    match test.op:
        case Op.IS:
            return lambda value, _reference: HOLDS if value is bar else FAILS
        case Op.AT_LEAST:
            return lambda value, _reference: HOLDS if value >= bar else FAILS
        case Op.AT_MOST:
            return lambda value, _reference: HOLDS if value <= bar else FAILS
        case Op.NOT_BEFORE:
            return lambda value, _reference: _met(value >= day)
        case Op.NOT_AFTER:
            return lambda value, _reference: _met(value <= day)
        case Op.YEARS_AGO_AT_LEAST:
            return lambda value, reference: _met(completed_years(value, reference) >= bar)
        case Op.YEARS_AGO_AT_MOST:
            return lambda value, reference: _met(value >= years_before(reference, bar))
        case Op.ONE_OF:
            return lambda value, _reference: _met(value in names)
        case Op.NONE_OF:
            return lambda value, _reference: _met(value not in names)
        case Op.INCLUDES_ANY:
            return lambda value, _reference: _met(not names.isdisjoint(value))
        case Op.INCLUDES_ALL:
            return lambda value, _reference: _met(names <= value)
        case Op.INCLUDES_NONE:
            return lambda value, _reference: _met(names.isdisjoint(value))
        case Op.REACHES:
            return _compare_results(test)
        case _:
            return _compare_titles(test)


def met(test: Comparison, facts: Facts, *, reference: date) -> bool | None:
    """One comparison on its own, for compositions; None while the fact is unknown."""
    value = _reader(test.fact)(facts.values, reference)
    code = CANNOT_TELL if value is UNKNOWN else _comparer(test)(value, reference)
    return None if code == CANNOT_TELL else code == HOLDS


# --- rules as closures -----------------------------------------------------------------------------------------------


def _judge_computed(rule: Computed, *, barred: bool) -> _Judge:
    """Proof may show less than was stated, or settle what was not; it never lifts a figure over the bound.

    Of a condition that excludes (``barred``), less for the person is that it holds after all.
    """
    against, favourable = (HOLDS, FAILS) if barred else (FAILS, HOLDS)
    read = _reader(rule.fact)
    compare = _comparer(rule)
    key = rule.id

    def judge(facts: Facts, reference: date) -> int:
        value = read(facts.values, reference)
        code = CANNOT_TELL if value is UNKNOWN else compare(value, reference)
        if facts.judgements:
            found = facts.judgements.get(key)
            if found is barred:
                return against
            if found is not None and code == CANNOT_TELL:
                return favourable
        return code

    return judge


def _judge_judged(rule: Judged) -> _Judge:
    key = rule.id

    def judge(facts: Facts, _reference: date) -> int:
        found = facts.judgements.get(key)
        return NEEDS_JUDGEMENT if found is None else _met(found)

    return judge


def _judge_declared(rule: Declared, *, barred: bool) -> _Judge:
    """A claim waits for its proof, then for an officer, whose word always counts: also on what nobody claimed.

    Of a condition that excludes (``barred``), whoever does not claim it says that it does not hold, and whoever owns up to
    it need not prove it first. Else nobody could ever be cleared of it: what is not so has no proof to attach.
    """
    key = rule.id
    unclaimed = FAILS if barred else CANNOT_TELL
    unproved = NEEDS_JUDGEMENT if barred else CANNOT_TELL

    def judge(facts: Facts, _reference: date) -> int:
        found = facts.judgements.get(key)
        if found is not None:
            return _met(found)
        claim = facts.claims.get(key)
        if claim is None:
            return unclaimed
        return NEEDS_JUDGEMENT if claim.evidence else unproved

    return judge


def _with_strength(judge: _Judge, strength: Strength) -> _Judge:
    if strength == "must":
        return judge

    def softened(facts: Facts, reference: date) -> int:
        standing = judge(facts, reference)
        return standing + _SOFTER if standing < NEEDS_REASON else standing

    return softened


class _Node:
    """A compiled rule: how to judge it, and how to say what was found."""

    __slots__ = ("barred", "children", "declared", "judge", "nodes", "raw", "rule", "strength")

    def __init__(self, rule: Condition, nodes: "dict[str, _Node]", *, barred: bool = False) -> None:
        """``barred``: nobody may meet it. ``declared``: by claiming which conditions somebody relies on this rule; owning
        up to one that excludes is no claim to anything.
        """
        self.rule = rule
        self.nodes = nodes
        self.barred = barred
        self.strength: Strength = rule.strength or "must"
        self.children: tuple[_Node, ...] = ()
        if isinstance(rule, Group):
            below = rule.bars(barred=barred)
            self.children = tuple(_Node(condition, nodes, barred=below) for condition in rule.conditions)
        own = {rule.id} if isinstance(rule, Declared) and not barred else set()
        self.declared: frozenset[str] = frozenset(own.union(*(child.declared for child in self.children)))
        self.raw = self._raw()
        judge = self._waivable(self.raw) if rule.waived_by else self.raw
        self.judge = _with_strength(judge, self.strength)
        nodes[rule.id] = self

    def _raw(self) -> _Judge:
        rule = self.rule
        if isinstance(rule, Computed):
            return _judge_computed(rule, barred=self.barred)
        if isinstance(rule, Declared):
            return _judge_declared(rule, barred=self.barred)
        if isinstance(rule, Judged):
            return _judge_judged(rule)
        if rule.needs == "any" and all(isinstance(child.rule, Declared) and child.declared for child in self.children):
            return self._judge_picked(tuple(child.judge for child in self.children))
        return lambda facts, reference: self._combine(self.member_codes(facts, reference))

    def _judge_picked(self, judges: tuple[_Judge, ...]) -> _Judge:
        """The commonest group, one of several declared conditions, without a list for each person."""
        pairs = tuple((child.rule.id, judge) for child, judge in zip(self.children, judges, strict=True))

        def judge(facts: Facts, reference: date) -> int:
            claims, judgements = facts.claims, facts.judgements
            best, picked, untold = FAILS, False, False
            for key, judge_member in pairs:
                if key in claims:
                    picked = True
                elif key not in judgements:
                    untold = True
                    continue
                best = max(best, judge_member(facts, reference))
            return max(best, CANNOT_TELL) if untold and not picked else best

        return judge

    # -- groups

    @property
    def needed(self) -> int:
        """How many members must hold for an any-of or at-least group."""
        return cast(Group, self.rule).count or 1

    def member_codes(self, facts: Facts, reference: date) -> list[int]:
        """The members' verdicts as they count in this group.

        Once as many conditions are claimed as the group needs, one that was not claimed is not merely open: it is not
        relied on. Inside none-of a member's strength says nothing, so the bare truth counts.
        """
        rule = cast(Group, self.rule)
        if rule.needs == "none":
            return [child.raw(facts, reference) for child in self.children]
        codes = [child.judge(facts, reference) for child in self.children]
        if rule.needs == "all":
            return codes
        taken = [not child.declared.isdisjoint(facts.claims) for child in self.children]
        if sum(taken) < self.needed:
            return codes
        return [
            FAILS if child.declared and not picked and code in _UNTOLD else code
            for child, picked, code in zip(self.children, taken, codes, strict=True)
        ]

    def _combine(self, codes: list[int]) -> int:
        needs = cast(Group, self.rule).needs
        if needs == "all":
            return min(codes)
        if needs == "none":
            return min(_opposite(code) for code in codes)
        return sorted(codes, reverse=True)[self.needed - 1]

    # -- waivers

    def _waiver_code(self, waiver: Waiver, facts: Facts, reference: date) -> int:
        """FAILS for no waiver, else WAIVER_CLAIMED or WAIVED.

        A waiver through another condition is claimed by itself as soon as the condition may hold; it is granted only
        when the condition holds and an officer has accepted the evidence.
        """
        state = facts.waivers.get(waiver.id)
        if state is WaiverState.REFUSED:
            return FAILS
        if waiver.condition is None:
            return {None: FAILS, WaiverState.CLAIMED: WAIVER_CLAIMED, WaiverState.ACCEPTED: WAIVED}[state]
        ground = self.nodes[waiver.condition].judge(facts, reference)
        if ground in _UNMET or (ground in _UNTOLD and state is None):
            return FAILS
        return WAIVED if ground in _HELD and state is WaiverState.ACCEPTED else WAIVER_CLAIMED

    def _waivable(self, judge: _Judge) -> _Judge:
        waivers = self.rule.waived_by

        def waivable(facts: Facts, reference: date) -> int:
            code = judge(facts, reference)
            if code not in _UNMET:
                return code
            return max(code, *(self._waiver_code(waiver, facts, reference) for waiver in waivers))

        return waivable

    # -- saying it

    def explain(self, facts: Facts, reference: date, code: int) -> Finding:
        rule = self.rule
        children: tuple[Finding, ...] = ()
        if isinstance(rule, Group):
            codes = self.member_codes(facts, reference)
            children = tuple(
                child.explain(facts, reference, found) for child, found in zip(self.children, codes, strict=True)
            )
        return Finding(
            rule_id=rule.id,
            label=rule.label,
            verdict=VERDICTS[code],
            strength=self.strength,
            clause=rule.clause,
            text=rule.text,
            detail=self._detail(facts, reference, code) + self._waiver_detail(facts, reference, code),
            how="group" if isinstance(rule, Group) else rule.how,
            standing=code,
            reading=rule.reading,
            evidence=rule.evidence,
            children=children,
            waivers=tuple(
                WaiverFinding(waiver.id, waiver.clause, waiver.text, facts.waivers.get(waiver.id))
                for waiver in rule.waived_by
            ),
            barred=self.barred,
        )

    def _detail(self, facts: Facts, reference: date, code: int) -> str:
        rule = self.rule
        if isinstance(rule, Computed):
            said = wording.comparison(rule, _reader(rule.fact)(facts.values, reference), reference, barred=self.barred)
            judged = facts.judgements.get(rule.id)
            return said if judged is None else f"{said}；审核认定{self._judged(holds=judged)}"
        if isinstance(rule, Group):
            return self._group_detail(facts, reference)
        judged = facts.judgements.get(rule.id)
        if judged is not None:
            return f"{rule.label}：审核认定{self._judged(holds=judged)}"
        if isinstance(rule, Declared):
            return self._claim_detail(facts.claims.get(rule.id), code)
        return f"{rule.label}：待审核"

    def _judged(self, *, holds: bool) -> str:
        if self.barred:
            return "有此情形" if holds else "没有此情形"
        return "符合" if holds else "不符合"

    def _claim_detail(self, claim: Claim | None, code: int) -> str:
        if claim is None:
            return "未申报此项" if code == FAILS else "尚未申报此项"
        if claim.evidence:
            return f"{self.rule.label}：已申报并附证明材料，待审核"
        return f"{self.rule.label}：已申报，{'待审核' if self.barred else '尚未附证明材料'}"

    def _group_detail(self, facts: Facts, reference: date) -> str:
        rule = cast(Group, self.rule)
        total = len(self.children)
        codes = self.member_codes(facts, reference)
        good = sum(code in _HELD for code in codes)
        bound = {
            "all": f"规定{total}项全部符合",
            "any": f"规定{total}项中至少符合1项",
            "none": f"规定{total}项均不得有",
            "at_least": f"规定{total}项中至少符合{self.needed}项",
        }[rule.needs]
        waiting = sum(code not in _HELD | _UNMET for code in codes)
        tail = f"，{waiting}项待定" if waiting else ""
        said = f"有{good}项" if rule.needs == "none" else f"符合{good}项"
        return f"{said}{tail}，{bound}"

    def _waiver_detail(self, facts: Facts, reference: date, code: int) -> str:
        """Names the waiver that counts, or that is open to the person, with its own clause."""
        if VERDICTS[code] in {Verdict.HOLDS, Verdict.CANNOT_TELL, Verdict.NEEDS_JUDGEMENT}:
            return ""
        said = {WAIVER_CLAIMED: "申请豁免", WAIVED: "准予豁免"}
        parts = []
        for waiver in self.rule.waived_by:
            source = waiver.clause or "本办公室自定"
            found = self._waiver_code(waiver, facts, reference)
            if found in said:
                parts.append(f"；依{source}“{waiver.text}”{said[found]}")
            elif facts.waivers.get(waiver.id) is WaiverState.REFUSED:
                parts.append(f"；依{source}“{waiver.text}”申请的豁免未获认可")
            else:
                parts.append(f"；{source}：{waiver.text}")
        return "".join(parts)


def _opposite(code: int) -> int:
    """A member's verdict as none-of counts it; what is still open stays open."""
    if code in _HELD:
        return FAILS
    if code in _UNMET:
        return HOLDS
    return code - _SOFTER if code > NEEDS_REASON else code


class Findings:
    """All findings about one person. Verdicts are there at once; sentences are made when somebody reads them."""

    __slots__ = ("_codes", "_facts", "_items", "_nodes", "reference")

    def __init__(self, nodes: tuple[_Node, ...], codes: list[int], facts: Facts, reference: date) -> None:
        self._nodes = nodes
        self._codes = codes
        self._facts = facts
        self._items: tuple[Finding, ...] | None = None
        self.reference = reference

    @property
    def overall(self) -> Overall:
        found = {VERDICTS[code] for code in self._codes}
        return next((overall for verdict, overall in _OVERALL.items() if verdict in found), Overall.MAY_PASS)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict of each outermost rule by its id."""
        return {node.rule.id: VERDICTS[code] for node, code in zip(self._nodes, self._codes, strict=True)}

    @property
    def items(self) -> tuple[Finding, ...]:
        if self._items is None:
            self._items = tuple(
                node.explain(self._facts, self.reference, code)
                for node, code in zip(self._nodes, self._codes, strict=True)
            )
        return self._items

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self._nodes)

    def walk(self) -> Iterator[Finding]:
        """Every finding, groups before their members."""
        for item in self.items:
            yield from item.walk()

    def __getitem__(self, rule_id: str) -> Finding:
        for finding in self.walk():
            if finding.rule_id == rule_id:
                return finding
        raise KeyError(rule_id)

    def with_verdict(self, *verdicts: Verdict) -> tuple[Finding, ...]:
        """The outermost findings with one of these verdicts, in the notice's order."""
        return tuple(item for item in self.items if item.verdict in verdicts)

    def as_list(self) -> list[dict[str, Any]]:
        return [item.as_dict() for item in self.items]


class Evaluator:
    """A rule set compiled once; call it for every person."""

    __slots__ = ("_judges", "_nodes", "_scoped", "nodes")

    def __init__(self, rules: RuleSet) -> None:
        self.nodes: dict[str, _Node] = {}
        self._nodes = tuple(_Node(rule, self.nodes) for rule in rules.rules)
        self._judges = tuple(node.judge for node in self._nodes)
        self._scoped = any(rule.only_for for rule in rules.rules)

    def __call__(self, facts: Facts, *, reference: date) -> Findings:
        if not self._scoped:
            return Findings(self._nodes, [judge(facts, reference) for judge in self._judges], facts, reference)
        nodes = tuple(
            node for node in self._nodes if not node.rule.only_for or not facts.scope.isdisjoint(node.rule.only_for)
        )
        return Findings(nodes, [node.judge(facts, reference) for node in nodes], facts, reference)


def compile_rules(rules: RuleSet) -> Evaluator:
    """Compile once, evaluate many: ``compile_rules(rules)(facts, reference=day)``."""
    return Evaluator(rules)


def evaluate(rules: RuleSet, facts: Facts, *, reference: date) -> Findings:
    """Findings for one person, counted on ``reference`` (``rules.reference`` unless a campaign shifted its dates)."""
    return compile_rules(rules)(facts, reference=reference)
