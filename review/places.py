"""How places are counted: quota, programme, categories, tiers, composition, ratio. Pure: rules and people in, counts out.

One function for everybody who asks — the resolution, the closing of a stage, the conferring, the refilling of a place and the
meters that answer “what if these ten” — so that no two of them can count differently.

A count is *lasting* when no further person can mend it (more people than places): it is judged at every step. The others
(floors, shares, places that may not stay empty) speak about a whole list, so they are judged once nobody is left undecided
and when the stage closes. What is not known of a person never helps a rule to hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from campaigns.rules.document import QUOTA_RULES
from campaigns.rules.engine import met
from campaigns.rules.facts import Facts
from campaigns.rules.schema import (
    Category,
    Composition,
    FinalApprovalStage,
    Programme,
    PublicNoticeStage,
    Quota,
    Ratio,
    RuleSet,
    Stage,
    Strength,
    Tier,
)


@dataclass(frozen=True, slots=True)
class Person:
    """One person as places count them: their facts, the category and tier that the title is given in ("": none yet)."""

    id: int
    facts: Facts = field(default_factory=Facts)
    category: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """One bound of a rule about places, and how it stands.

    `gap` is how far from holding, 0 where it holds: heads, or a share between 0 and 1. `limit` is there where the bound is a
    number of places, for the meter.
    """

    key: str
    label: str
    said: str
    asks: str
    strength: Strength
    clause: str | None
    used: int
    limit: int | None = None
    gap: Fraction = Fraction(0)
    lasting: bool = False

    @property
    def holds(self) -> bool:
        return self.gap == 0

    @property
    def left(self) -> int:
        """Places that are left; negative where more people were chosen than there are places."""
        return (self.limit or 0) - self.used

    @property
    def tone(self) -> str:
        if not self.holds:
            return "over" if self.lasting else "short"
        return "full" if self.limit is not None and not self.left else "ok"

    @property
    def words(self) -> str:
        """The sentence of a refusal: what was counted, what is asked, where that stands."""
        clause = f"（{self.clause}）" if self.clause else ""
        return f"{self.label}：{self.said}，规定{self.asks}{clause}" if self.label else f"{self.said}，规定{self.asks}"


@dataclass(frozen=True, slots=True)
class Listed:
    """The people of one stage as a list is made: who came in, who goes through.

    `apart` are people who pass by a stage that is not for their category; those of them who hold the title already take
    places of it. `elsewhere` is how many titles other campaigns of the programme gave.
    """

    entered: Sequence[Person]
    through: Sequence[Person]
    apart: Sequence[Person] = ()
    titled: Sequence[Person] = ()
    elsewhere: int = 0


def departed(counts: Sequence[Count], strength: Strength, *, whole: bool = True) -> list[Count]:
    """The bounds of this strength that do not hold; a list that is not `whole` yet can only break the lasting ones."""
    return [one for one in counts if not one.holds and one.strength == strength and (whole or one.lasting)]


def candidates_stage(rules: RuleSet) -> Stage | None:
    """The stage that makes the candidates of `quota.ratio`: the last before the final approval that chooses people.

    A public notice chooses nobody: the names on it are candidates already. Where nothing comes before the final approval, its
    own entrants are the candidates and the ratio is judged when it closes.
    """
    last = final_rule(rules)
    stage = rules.previous(last) if last else None
    while isinstance(stage, PublicNoticeStage):
        stage = rules.previous(stage)
    return stage or last


def final_rule(rules: RuleSet) -> Stage | None:
    """The stage that confers the title: the last final approval."""
    return next((stage for stage in reversed(rules.stages) if isinstance(stage, FinalApprovalStage)), None)


def counted_in(rules: RuleSet, stage: Stage) -> bool:
    """Whether the rules set any bound for this stage, so that a page asks for its people only where there is one."""
    return (
        isinstance(stage, FinalApprovalStage)
        or stage.passes is not None
        or stage.ratio is not None
        or (rules.quota.ratio is not None and stage == candidates_stage(rules))
        or any(rule.among == stage.id for rule in rules.composition)
    )


def count(rules: RuleSet, stage: Stage, people: Listed, *, reference: date) -> list[Count]:
    """Every bound that the rules set for this stage, were it to let these people through; the title's first."""
    if not people.entered:
        return []  # nobody came: there is nobody to choose, and nothing to depart from
    found: list[Count] = []
    if isinstance(stage, FinalApprovalStage):
        found += count_title(rules, [*people.titled, *people.through], people.entered, elsewhere=people.elsewhere)
    found += _passes(stage, len(people.through))
    for rule in rules.composition:
        if rule.among == stage.id:
            found += _composition(rule, people.through, reference)
        elif rule.among is None and isinstance(stage, FinalApprovalStage):
            found += _composition(rule, [*people.titled, *people.through], reference)
    found += _ratios(rules, stage, people)
    return found


def count_title(
    rules: RuleSet, chosen: Sequence[Person], entered: Sequence[Person], *, elsewhere: int
) -> Iterator[Count]:
    """The places of the title: in all, of the programme, of each category and tier."""
    quota = rules.quota
    yield _most("quota", f"{rules.title}名额", quota, quota.places, len(chosen), quota.text)
    if not quota.may_stay_unfilled and quota.rule != "at_most":
        yield from _filled("quota", f"{rules.title}名额", quota, quota.places, len(chosen), len(entered))
    if rules.programme:
        yield _programme(rules.programme, elsewhere, len(chosen))
    for category in rules.categories:
        yield from _category(category, chosen, entered)
    yield from _unplaced(rules, chosen)
    for tier in rules.tiers:
        yield from _tier(tier, chosen)
    untiered = sum(not person.tier for person in chosen) if rules.tiers else 0
    if untiered:
        yield _open("tier", "等次", f"{untiered} 人还没有选定等次", "逐人选定等次", untiered, _strongest(rules.tiers))


# --- places ----------------------------------------------------------------------------------------------------------


def _most(
    key: str, label: str, rule: Quota | Category | Tier, places: int, used: int, text: str | None = None
) -> Count:
    """No more people than places."""
    over = max(used - places, 0)
    return Count(
        f"{key}:most",
        label,
        f"通过 {used} 名" + (f"，超出 {over} 名" if over else ""),
        text or QUOTA_RULES[rule.rule].format(f" {places} ").strip(),
        rule.strength,
        rule.clause,
        used,
        places,
        Fraction(over),
        lasting=True,
    )


def _filled(
    key: str, label: str, rule: Quota | Category | Tier, places: int, used: int, at_hand: int
) -> Iterator[Count]:
    """An exact number of places, or the first so many, must be filled; the first are no more than there are people."""
    wanted = places if rule.rule == "exactly" else min(places, at_hand)
    yield Count(
        f"{key}:filled",
        label,
        f"通过 {used} 名",
        f"名额 {wanted} 名须用足",
        rule.strength,
        rule.clause,
        used,
        gap=Fraction(max(wanted - used, 0)),
    )


def _programme(programme: Programme, elsewhere: int, here: int) -> Count:
    used = elsewhere + here
    over = max(used - programme.places, 0)
    years = "、".join(map(str, programme.years))
    return Count(
        "programme:most",
        programme.title,
        f"其他各次已通过 {elsewhere} 名，本次 {here} 名" + (f"，超出 {over} 名" if over else ""),
        f"{years}年合计不超过 {programme.places} 名",
        "must",
        programme.clause,
        used,
        programme.places,
        Fraction(over),
        lasting=True,
    )


def _category(rule: Category, chosen: Sequence[Person], entered: Sequence[Person]) -> Iterator[Count]:
    used = sum(person.category == rule.id for person in chosen)
    key = f"category:{rule.id}"
    if rule.places is not None:
        yield _most(key, rule.label, rule, rule.places, used, rule.text)
        if not rule.may_stay_unfilled and rule.rule != "at_most":
            at_hand = sum(rule.id in person.facts.scope for person in entered)
            yield from _filled(key, rule.label, rule, rule.places, used, at_hand)
    if rule.at_least is not None:
        short = max(rule.at_least - used, 0)
        asks = f"至少 {rule.at_least} 名"
        yield Count(
            f"{key}:least",
            rule.label,
            f"通过 {used} 名",
            asks,
            rule.strength,
            rule.clause,
            used,
            gap=Fraction(short),
        )


def _unplaced(rules: RuleSet, chosen: Sequence[Person]) -> Iterator[Count]:
    """People in no category: they applied for several and none was picked, or every place belongs to some category."""
    known = {category.id for category in rules.categories}
    open_ = sum(not person.category and len(person.facts.scope & known) > 1 for person in chosen)
    strength = _strongest(rules.categories)
    if open_:
        yield _open("category", "类别", f"{open_} 人申报了多个类别，还没有选定", "只计入一个类别", open_, strength)
    shared = sum(category.places or 0 for category in rules.categories) >= rules.quota.places
    if known and shared and all(category.places for category in rules.categories):
        none = sum(not person.category and not person.facts.scope & known for person in chosen)
        if none:
            yield _open("category:none", "类别", f"{none} 人没有申报任何类别", "名额都分属各类别", none, strength)


def _tier(rule: Tier, chosen: Sequence[Person]) -> Iterator[Count]:
    if rule.places is None:
        return
    used = sum(person.tier == rule.id for person in chosen)
    key = f"tier:{rule.id}"
    yield _most(key, rule.label, rule, rule.places, used, rule.text)
    if rule.rule != "at_most":
        yield from _filled(key, rule.label, rule, rule.places, used, len(chosen))


def _open(key: str, label: str, said: str, asks: str, people: int, strength: Strength) -> Count:
    """Something still to be said of people before they can be counted."""
    return Count(f"{key}:open", label, said, asks, strength, None, people, gap=Fraction(people), lasting=True)


def _strongest(rules: Sequence[Category | Tier]) -> Strength:
    return "must" if any(rule.strength == "must" for rule in rules) else "should"


def _passes(stage: Stage, through: int) -> Iterator[Count]:
    bounds = stage.passes
    if bounds is None:
        return
    said = f"通过 {through} 人"
    if bounds.max is not None:
        gap = Fraction(max(through - bounds.max, 0))
        asks = f"至多 {bounds.max} 人"
        yield Count(
            "passes:most", "", said, asks, bounds.strength, bounds.clause, through, bounds.max, gap, lasting=True
        )
    if bounds.min is not None:
        gap = Fraction(max(bounds.min - through, 0))
        asks = f"至少 {bounds.min} 人"
        yield Count("passes:least", "", said, asks, bounds.strength, bounds.clause, through, gap=gap)


# --- who they are ----------------------------------------------------------------------------------------------------


def _composition(rule: Composition, chosen: Sequence[Person], reference: date) -> Iterator[Count]:
    """Floors and caps in heads or per cent. Somebody of whom the fact is not known counts for no floor and for every cap."""
    found = [met(rule.where, person.facts, reference=reference) for person in chosen]
    total, yes, unknown = len(found), found.count(True), found.count(None)
    bounds = (
        (rule.at_least, 1, f"不少于 {rule.at_least} 人"),
        (rule.at_least_percent, 100, f"不少于 {rule.at_least_percent}%"),
        (rule.at_most, 1, f"不超过 {rule.at_most} 人"),
        (rule.at_most_percent, 100, f"不超过 {rule.at_most_percent}%"),
    )
    for n, (bound, of, asks) in enumerate(bounds):
        if bound is None:
            continue
        floor, heads = n < 2, of == 1
        counted = yes if floor else yes + unknown
        want, have = Fraction(bound, of), Fraction(counted, 1 if heads else total or 1)
        gap = max(want - have if floor else have - want, Fraction(0))
        if not heads and not total:
            gap = Fraction(0)  # there is no share of nobody
        yield Count(
            f"composition:{rule.id}:{'least' if floor else 'most'}{'' if heads else '_percent'}",
            rule.label,
            _shares(yes, unknown, total, floor=floor),
            asks,
            rule.strength,
            rule.clause,
            yes,
            gap=gap,
            lasting=heads and not floor,
        )


def _shares(yes: int, unknown: int, total: int, *, floor: bool) -> str:
    said = f"{total} 人中有 {yes} 人" + (f"，占 {percent(yes, total)}" if total else "")
    if not unknown:
        return said
    return f"{said}；另有 {unknown} 人没有填明，按{'不计入' if floor else '计入'}处理"


def percent(part: int, whole: int) -> str:
    """A share as people read it, cut (never rounded up) after one decimal."""
    tenths = part * 1000 // whole
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def _ratios(rules: RuleSet, stage: Stage, people: Listed) -> Iterator[Count]:
    """Enough candidates for the places: of the stage's own ratio, and of the quota's where this stage makes them."""
    places = places_of(rules, stage)
    if stage.ratio:
        yield _ratio("ratio", stage.ratio, len(people.through), places)
    if rules.quota.ratio and stage == candidates_stage(rules):
        last = isinstance(stage, FinalApprovalStage)
        candidates = len(people.entered) if last else len(people.through) + len(people.apart)
        yield _ratio("quota:ratio", rules.quota.ratio, candidates, rules.quota.places)


def places_of(rules: RuleSet, stage: Stage) -> int:
    """The places a stage makes candidates for: those of its categories or tiers, where all of them have their own."""
    parts = [part.places for part in rules.parts if part.id in stage.only_for]
    own = [places for places in parts if places is not None]
    return sum(own) if own and len(own) == len(parts) else rules.quota.places


def fewest_candidates(rules: RuleSet, stage: Stage) -> int:
    """How many people a stage must let through for every ratio that is judged when it closes; 0 where none is."""
    ratios = [(stage.ratio, places_of(rules, stage))] if stage.ratio else []
    if rules.quota.ratio and stage == candidates_stage(rules):
        ratios.append((rules.quota.ratio, rules.quota.places))
    return max((_wanted(ratio, places) for ratio, places in ratios), default=0)


def _wanted(rule: Ratio, places: int) -> int:
    """The least whole number of candidates for so many places."""
    return -(-places * rule.candidates // rule.places)


def _ratio(key: str, rule: Ratio, candidates: int, places: int) -> Count:
    wanted = _wanted(rule, places)
    return Count(
        key,
        "候选人与名额之比",
        f"候选人 {candidates} 名，名额 {places} 名",
        f"不低于 {rule.candidates}∶{rule.places}（至少 {wanted} 名候选人）",
        rule.strength,
        rule.clause,
        candidates,
        gap=Fraction(max(wanted - candidates, 0)),
    )
