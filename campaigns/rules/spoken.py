"""The values of a rule set as a clerk reads them: a code by its word, an item by its name, a day as a date."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from campaigns.rules import labels, shape, wording
from campaigns.rules.facts import REGISTRY

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def names_in(data: Any) -> Iterator[tuple[str, str]]:
    """What people call each item that has an id."""
    if isinstance(data, dict):
        if "id" in data:
            yield data["id"], str(data.get("label") or data.get("title") or data.get("text") or data["id"])
        for value in data.values():
            yield from names_in(value)
    elif isinstance(data, list):
        for item in data:
            yield from names_in(item)


def model_of(annotation: Any, table: Mapping[str, Any]) -> shape.Model:
    return shape.model_for(annotation, table) or shape.models_in(annotation)[0]


class Speaker:
    """Speaks plain data of one rule set; ``names`` are the words for its ids."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

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
        name = next((table[key] for key in ("label", "title", "text", "id") if key in table), None)
        if name:
            return str(name)
        if set(table) == {"days", "unit"}:
            return f"{table['days']}{wording.UNIT_OF_DAYS[table['unit']]}"
        return "，".join(
            f"{labels.label(model.__name__, key)} {self.said(item, key, model)}" for key, item in table.items()
        )

    def _word(self, word: str, key: str, annotation: Any, model: shape.Model) -> str:
        if key == "tie_break":
            head, _, rest = word.partition(":")
            fact = REGISTRY.get(rest) if head == "fact" else None
            return fact.label if fact else self.names.get(rest) or labels.TIES.get(word, word)
        if key == "fact":
            return REGISTRY[word].label if word in REGISTRY else word
        if key == "settings":
            return labels.label(model.__name__, word)
        if shape.names_items(key, annotation):
            return self.names.get(word) or labels.COLUMNS.get(word, word)
        if word in shape.codes(annotation):
            return labels.word(key, word)
        return wording.chinese_date(date.fromisoformat(word)) if _DAY.fullmatch(word) else word
