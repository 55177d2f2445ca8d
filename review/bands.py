"""Which points of a sheet want a reason in words. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from campaigns.rules.schema import ExpertReviewStage, ReasonBand, ScoreCriterion


def outside(rule: ExpertReviewStage, points: Mapping[str, Decimal]) -> list[str]:
    """What lies outside the band of the rules, in words; empty where nothing does. `points` are complete."""
    band = rule.reasons
    if band is None:
        return []
    found = []
    if band.of == "total":
        whole = sum(item.weight for item in rule.criteria)
        gained = sum((Fraction(points[item.id]) * item.weight / item.max for item in rule.criteria), Fraction(0))
        found += _beyond(band, "总分", gained * 100 / whole)
    for item in rule.criteria:
        given = Fraction(points[item.id])
        if band.of == "criterion":
            found += _beyond(band, f"“{item.label}”", given * 100 / item.max)
        if band.extremes:
            found += _extreme(item, given)
    return list(dict.fromkeys(found))


def _beyond(band: ReasonBand, what: str, percent: Fraction) -> list[str]:
    if band.below is not None and percent < band.below:
        return [f"{what}低于 {band.below}%"]
    if band.above is not None and percent > band.above:
        return [f"{what}高于 {band.above}%"]
    return []


def _extreme(item: ScoreCriterion, given: Fraction) -> list[str]:
    marks = [anchor.points for anchor in item.anchors]
    if marks and given <= min(marks):
        return [f"“{item.label}”在最低一档"]
    if marks and given >= max(marks):
        return [f"“{item.label}”在最高一档"]
    return []


def words(found: Sequence[str]) -> str:
    return f"{'、'.join(found)}，请在评语中说明理由"


def announced(band: ReasonBand) -> str:
    """The rule as experts read it before they score."""
    what = "加权总分" if band.of == "total" else "任何一项"
    ends = [f"低于 {band.below}%"] if band.below is not None else []
    ends += [f"高于 {band.above}%"] if band.above is not None else []
    rules = [f"{what}得分率{'或'.join(ends)}"] if ends else []
    rules += ["打到最低一档或最高一档"] if band.extremes else []
    return f"{'，或'.join(rules)}的，须在评语中说明理由。" if rules else ""
