"""Rules as the public page shows them: each with its requirement in a line, and the clause that opens the notice's sentence."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns import timetable
from campaigns.policies import takes_individuals
from campaigns.rules import loader, wording
from campaigns.rules.document import NEEDS, REQUIRED, Line, Part, document, proofs, source_of
from campaigns.rules.facts import REGISTRY, FactKind
from campaigns.rules.schema import Computed, Condition, Declared, Group, Judged, Material, RuleSet

STRENGTH: Final = {"must": "", "should": "原则要求"}


@dataclass(frozen=True, slots=True)
class RuleView:
    """One condition: `says` in short, `quote` the notice's sentence under `source`."""

    label: str
    says: str
    strength: str
    source: str
    quote: str
    reading: str
    waivers: tuple[tuple[str, str], ...]
    members: tuple["RuleView", ...]
    setting: bool


def conditions(rules: RuleSet) -> list[RuleView]:
    """Every rule a person must answer to, in the notice's order."""
    return [_rule(rules, rule, barred=False) for rule in rules.rules]


def _rule(rules: RuleSet, rule: Condition, *, barred: bool) -> RuleView:
    return RuleView(
        label=rule.label,
        says=_says(rules, rule, barred=barred),
        strength=STRENGTH.get(rule.strength or "", ""),
        source=source_of(rule),
        quote=rule.text,
        reading=rule.reading or "",
        waivers=tuple((waiver.text, source_of(waiver)) for waiver in rule.waived_by),
        members=tuple(_rule(rules, one, barred=rule.bars(barred=barred)) for one in rule.conditions)
        if isinstance(rule, Group)
        else (),
        setting=rule.setting,
    )


def _says(rules: RuleSet, rule: Condition, *, barred: bool) -> str:
    if isinstance(rule, Computed):
        # of a yes or no the notice's own words say more than “规定为是”
        return rule.text if REGISTRY[rule.fact].kind is FactKind.BOOL else wording.bound(rule, barred=barred)
    if isinstance(rule, Declared) and barred:
        return "有此情形的应当申报"
    if isinstance(rule, Declared):
        return f"附{proofs(rules, rule.evidence)}" if rule.evidence else "附证明材料"
    if isinstance(rule, Judged):
        body = "推荐单位" if rule.judged_by == "units" else rules.basis.name_of(rule.judged_by)
        return f"由{body}评议认定"
    return NEEDS[rule.needs].format(rule.count)


def nominating(rules: RuleSet) -> str:
    """Who puts people forward where nobody comes in by themselves; empty where people do."""
    if takes_individuals(rules):
        return ""
    labels = {kind.id: kind.label for kind in rules.unit_kinds}
    bodies = [labels[kind] for channel in rules.channels for kind in channel.files_through] or ["所在单位工会"]
    bodies += ["他人" for channel in rules.channels if channel.kind == "anyone"]
    return "、".join(dict.fromkeys(bodies))


@dataclass(frozen=True, slots=True)
class MaterialView:
    label: str
    required: str
    details: str
    help: str
    source: str
    own: bool


def materials(rules: RuleSet) -> list[MaterialView]:
    return [
        MaterialView(one.label, REQUIRED[one.required], _copies(one), one.help or "", source_of(one), one.setting)
        for one in rules.materials
    ]


def _copies(material: Material) -> str:
    said = [f"一式{material.copies}份" if material.copies > 1 else ""]
    said += ["交原件" if material.original else "", "同时交电子版" if material.electronic else ""]
    return "，".join(word for word in said if word)


@dataclass(frozen=True, slots=True)
class AwardView:
    label: str
    text: str
    source: str
    own: bool


def awards(rules: RuleSet) -> list[AwardView]:
    """Titles with their money, then honours and benefits."""
    shown: list[AwardView] = []
    for award in rules.awards:
        shown.append(AwardView(award.label, award.text or "、".join(award.objects), source_of(award), award.setting))
        moneys = [money for money in (award.money, award.monthly) if money]
        shown += [AwardView("奖金", money.text, source_of(money), money.setting) for money in moneys]
    shown += [AwardView(honour.label, honour.text, source_of(honour), honour.setting) for honour in rules.honours]
    shown += [AwardView(benefit.label, benefit.text, source_of(benefit), benefit.setting) for benefit in rules.benefits]
    return shown


# --- the whole of it, and how it departs from its origin -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the document, with how it departs from the origin, and where it is changed."""

    line: Line
    departures: tuple[loader.Change, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class PartView:
    id: str
    title: str
    lines: tuple[LineView, ...]
    others: tuple[loader.Change, ...] = ()
    """Departures that no line shows: what was taken out, and what changed places."""
    adds: tuple[tuple[str, str], ...] = ()
    """What can be added here, and at which address."""


def told(
    rules: RuleSet,
    *,
    origin: RuleSet | None = None,
    url_of: Callable[[Line], str] | None = None,
    adds_of: Callable[[Part], Iterable[tuple[str, str]]] | None = None,
) -> list[PartView]:
    """The document of a rule set; with `origin`, every departure beside the line that it concerns."""
    departures = changes(origin, rules) if origin else []
    parts: list[PartView] = []
    for number, part in enumerate(document(rules), start=1):
        mine = [change for change in departures if change.path.partition(".")[0] in part.keys]
        by_line: dict[int, list[loader.Change]] = {}
        others: list[loader.Change] = []
        for change in mine:
            at = _line_of(part.lines, tuple(change.path.split(".")))
            others.append(change) if at is None else by_line.setdefault(at, []).append(change)
        lines: list[LineView] = []
        last = ""
        for at, line in enumerate(part.lines):
            url = url_of(line) if url_of else ""
            lines.append(LineView(line, tuple(by_line.get(at, ())), url if url != last else ""))
            last = url
        adds = tuple(adds_of(part)) if adds_of else ()
        parts.append(PartView(f"part-{number}", part.title, tuple(lines), tuple(others), adds))
    return parts


def _line_of(lines: Sequence[Line], path: tuple[str, ...]) -> int | None:
    """The line that stands nearest around a place; None where only the whole list does."""
    around = [at for at, line in enumerate(lines) if len(line.at) > 0 and path[: len(line.at)] == line.at]
    return max(around, key=lambda at: len(lines[at].at), default=None)


# --- differences -----------------------------------------------------------------------------------------------------


def changes_by_part(before: RuleSet, after: RuleSet) -> list[tuple[str, list[loader.Change]]]:
    """What changed, part by part of the document."""
    titles = {key: part.title for rules in (before, after) for part in document(rules) for key in part.keys}
    grouped: dict[str, list[loader.Change]] = {}
    for change in changes(before, after):
        grouped.setdefault(titles.get(change.path.partition(".")[0], "其他"), []).append(change)
    return list(grouped.items())


def changes(before: RuleSet, after: RuleSet) -> list[loader.Change]:
    """What an amendment changes, as the public reads it: dates by their names, without the marks of whose they are."""
    found = loader.diff(before, after)
    named = {_path(slot.key): slot.label for rules in (before, after) for slot in timetable.slots(rules)}
    dated = {change.path.rpartition(".")[0] for change in found if change.path in named}
    return [
        loader.Change(change.path, named[change.path], change.before, change.after) if change.path in named else change
        for change in found
        if not (change.path.rpartition(".")[2] in {"setting", "settings"} and change.path.rpartition(".")[0] in dated)
    ]


def _path(key: str) -> str:
    """Where the date of a slot stands in the rules."""
    if key.startswith("stages."):
        stage, _, end = key.rpartition(".")
        return f"{stage}.window.{end}"
    return f"dates.{key}" if key.startswith("applications.") else f"dates.{key}.on"
