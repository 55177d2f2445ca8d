"""How the tables of a rule set are shaped, read off the schema: which model a table is, and what a key may hold.

Whatever speaks of keys in general (the guide, the forms, differences, mistakes) asks here, so that a key the schema learns is
known everywhere at once.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from campaigns.rules.schema import RuleSet

TAG_KEYS: Final = ("how", "kind", "type")
"""The keys that tell the members of one list apart."""

Model = type[BaseModel]


def keys(model: Model) -> Iterator[tuple[str, FieldInfo]]:
    """The keys of a table as they are written, with what they hold."""
    for name, info in model.model_fields.items():
        yield info.alias or name, info


def declarer(model: Model, key: str) -> str:
    """The name of the table that brings a key: a stage's window is that of every stage."""
    names = {info.alias or name: name for name, info in model.model_fields.items()}
    return next(base.__name__ for base in reversed(model.__mro__) if names[key] in getattr(base, "model_fields", ()))


def models_in(annotation: Any) -> tuple[Model, ...]:
    """The tables that a key may hold, alone or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(dict.fromkeys(model for part in get_args(annotation) for model in models_in(part)))


def tags_of(model: Model) -> frozenset[str]:
    """What a table of this model calls itself among its list's other kinds."""
    named = (model.model_fields[key].annotation for key in TAG_KEYS if key in model.model_fields)
    tags = {str(tag) for annotation in named for tag in get_args(annotation)}
    return frozenset(tags | ({"group"} if "needs" in model.model_fields else set()))


def model_for(annotation: Any, table: Mapping[str, Any]) -> Model | None:
    """Which of the models a key may hold a table is; None for a kind the schema does not know."""
    models = models_in(annotation)
    if len(models) == 1:
        return models[0]
    written = {str(table[key]) for key in TAG_KEYS if key in table} | ({"group"} if "needs" in table else set())
    return next((model for model in models if tags_of(model) & written), None)


def unwrapped(annotation: Any) -> tuple[Any, bool]:
    """The type behind ``Annotated`` and ``| None``, and whether None was among it."""
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in {Union, UnionType}:
            rest = [arg for arg in get_args(annotation) if arg is not NoneType]
            optional = len(rest) < len(get_args(annotation))
            if len(rest) != 1:
                return annotation, optional
            annotation = rest[0]
        else:
            return annotation, optional


def is_list(annotation: Any) -> bool:
    return get_origin(unwrapped(annotation)[0]) is tuple


def codes(annotation: Any) -> tuple[str, ...]:
    """The closed list of words a key may hold, itself or in a list; empty where it holds something else."""
    inner, _ = unwrapped(annotation)
    if get_origin(inner) is tuple:
        inner, _ = unwrapped(get_args(inner)[0])
    if get_origin(inner) is Literal:
        return tuple(map(str, get_args(inner)))
    return tuple(inner) if isinstance(inner, type) and issubclass(inner, StrEnum) else ()


def models() -> tuple[Model, ...]:
    """Every table that a rule set may hold."""
    seen: dict[Model, None] = {}

    def down(model: Model) -> None:
        if model not in seen:
            seen[model] = None
            for _, info in keys(model):
                for below in models_in(info.annotation):
                    down(below)

    down(RuleSet)
    return tuple(seen)
