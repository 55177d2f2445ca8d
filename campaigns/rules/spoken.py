"""The values of a rule set as a clerk reads them: a code by its word, an item by its name, a day as a date."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from campaigns.rules import labels, shape, wording
from campaigns.rules.facts import REGISTRY

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


REFERENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "after": ("stages",),
    "among": ("stages",),
    "award": ("awards",),
    "category": ("categories",),
    "columns": ("fields",),
    "condition": ("criteria", "groups"),
    "evidence": ("materials",),
    "except": ("awards",),
    "files_through": ("unit_kinds",),
    "kinds": ("unit_kinds",),
    "only_for": ("categories", "tiers"),
    "paper": ("papers",),
    "proves": ("criteria", "groups", "fields"),
    "stage": ("stages",),
    "tier": ("tiers",),
}
"""Keys that name items by their ids, and the lists those stand in: an id is one item's only within its list."""


def named(data: Mapping[str, Any], *lists: str) -> dict[str, str]:
    """What people call the items of some lists, by id; conditions inside groups and waivers count among the conditions."""
    return {item["id"]: name_of(item) for name in lists for item in items_of(data, name)}


def items_of(data: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    if name == "fields":
        for section in data.get("form", {}).get("sections", []):
            yield from section["fields"]
    elif name == "scores":
        for stage in data.get("stages", []):
            yield from stage.get("criteria", [])
    else:
        for item in data.get(name, []):
            yield from _with_conditions(item)


def _with_conditions(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield item
    yield from item.get("waived_by", [])
    for condition in item.get("conditions", []):
        yield from _with_conditions(condition)


def name_of(item: Mapping[str, Any]) -> str:
    return str(next((item[key] for key in ("label", "title", "text", "id") if key in item), ""))


def model_of(annotation: Any, table: Mapping[str, Any]) -> shape.Model:
    return shape.model_for(annotation, table) or shape.models_in(annotation)[0]


class Speaker:
    """Speaks plain data of one rule set, or of several editions of it: the first that knows an id names it."""

    def __init__(self, *editions: Mapping[str, Any]) -> None:
        self.editions = editions

    def name(self, key: str, id_: str) -> str:
        """The item that a key names, as people call it."""
        for data in self.editions:
            if found := named(data, *REFERENCES[key]).get(id_):
                return found
        return labels.COLUMNS.get(id_, id_)

    def said(self, value: Any, key: str, model: shape.Model) -> str:
        """The value that ``key`` of a table of ``model`` holds."""
        return self._said(value, key, dict(shape.keys(model))[key].annotation, model)

    def _said(self, value: Any, key: str, annotation: Any, model: shape.Model) -> str:
        match value:
            case bool():
                return "是" if value else "否"
            case list():
                return "、".join(self._said(item, key, annotation, model) for item in value)
            case dict():
                return self.table(value, model_of(annotation, value))
            case date():
                return wording.chinese_date(value)
            case _:
                return self._word(str(value), key, annotation, model)

    def table(self, table: Mapping[str, Any], model: shape.Model) -> str:
        """A table by its name, or by what it holds."""
        if name := name_of(table):
            return name
        if set(table) == {"days", "unit"}:
            return f"{table['days']}{wording.UNIT_OF_DAYS[table['unit']]}"
        return "，".join(
            f"{labels.label(model.__name__, key)} {self.said(item, key, model)}" for key, item in table.items()
        )

    def _word(self, word: str, key: str, annotation: Any, model: shape.Model) -> str:
        if key == "tie_break":
            head, _, rest = word.partition(":")
            scores = {id_: name for data in self.editions for id_, name in named(data, "scores").items()}
            known = {"fact": REGISTRY[rest].label if rest in REGISTRY else word, "criterion": scores.get(rest, word)}
            return known.get(head) or labels.TIES.get(word, word)
        if key == "fact":
            return REGISTRY[word].label if word in REGISTRY else word
        if key == "settings":
            return labels.label(model.__name__, word)
        if key in REFERENCES and (key, model.__name__) != ("condition", "Honour"):
            return self.name(key, word)
        if word in shape.codes(annotation):
            return labels.word(key, word)
        return wording.chinese_date(date.fromisoformat(word)) if _DAY.fullmatch(word) else word
