"""What a form asks about a rule set: read off the schema, one question for each key, one block for each table.

Two pages ask: the office's settings of a campaign (`office_settings` picks what is the office's own) and the working copy
of a rule set (everything). All of it works on plain data, as TOML or the frozen rules give it; a place is a path of keys, in
which an item of a list is named by its id, or by its number where items have none.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from campaigns.rules import labels, shape
from campaigns.rules.facts import OPS, REGISTRY, FactKind
from campaigns.rules.schema import Comparison, RuleSet, Sourced
from campaigns.rules.spoken import REFERENCES, items_of, named

Data = Mapping[str, Any]
Path = tuple[str, ...]
Options = tuple[tuple[str, str], ...]
Kind = Literal["number", "text", "long", "yes_no", "choice", "lines", "numbers", "many", "date"]

ROOT: Final[Path] = ()
PARTS: Final[Mapping[Path, frozenset[str]]] = {
    ROOT: frozenset({"code", "title", "edition", "region", "summary", "basis"}),
    ("form",): frozenset({"notes"}),
}
"""Tables of which a form asks some keys only: the rest have pages of their own, or stay in the text."""
TEXT_ONLY: Final = frozenset({"form", "papers"})
"""The form's fields and the printed grids are laid out in the text: boxes for each would help nobody."""
FIXED: Final = frozenset({"schema", "id", "fact", "setting"})
"""Never asked: what ties tables together. Whose something is follows from whether a clause is named."""
APART: Final = frozenset({"conditions"})
"""Lists whose items have pages of their own, because they nest."""
FIRST: Final = {"label": 0, "text": 1, "strength": 2}
"""What a rule is called and says stands before how it is computed."""
LONG: Final = frozenset({"text", "says", "read_as", "reading", "summary", "help", "wording"})

CLAUSE_HELP: Final = "通知的条款，如“三（一）”；通知没有规定的留空，即为本办公室自定"
SETTINGS_HELP: Final = "有条款的规则中，个别项通知没有写而由本办公室定的，在此勾选"

ORDERED: Final = frozenset({FactKind.YEARS, FactKind.NUMBER, FactKind.LEVEL})
"""Facts by which people can be put in an order."""
COMPARED: Final[Mapping[FactKind, frozenset[str]]] = {
    FactKind.DATE: frozenset({"value", "on"}),
    FactKind.CHOICE: frozenset({"values"}),
    FactKind.SET: frozenset({"values"}),
    FactKind.RESULTS: frozenset({"ranks", "count", "within"}),
    FactKind.TITLES: frozenset({"values", "within"}),
}
"""What a comparison with a kind of fact needs to say; of the others, a value."""
COMPARISON_KEYS: Final = frozenset(Comparison.model_fields) - {"fact", "op"}


@dataclass(frozen=True, slots=True)
class Question:
    """One value that a form can hold."""

    path: Path
    label: str
    kind: Kind
    value: Any
    group: str = ""
    """The tables it stands in, in words."""
    options: Options = ()
    optional: bool = False
    help: str = ""
    default: Any = None

    @property
    def key(self) -> str:
        return self.path[-1]

    @property
    def name(self) -> str:
        """The field's name in the form: the path as one word."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Block:
    """One table: its questions, the tables inside it, and the lists of tables inside it."""

    path: Path
    title: str
    table: Data | None
    """As it is written; None where it is not."""
    optional: bool
    sourced: bool
    questions: tuple[Question, ...] = ()
    blocks: tuple["Block", ...] = ()
    lists: tuple["Listing", ...] = ()

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def written(self) -> str:
        """The name of the box that says whether the table is written at all."""
        return f"{self.name}:written"

    def every(self) -> Iterator["Block"]:
        """The table and every one inside it."""
        yield self
        for block in self.blocks:
            yield from block.every()
        for listing in self.lists:
            for item in listing.items:
                yield from item.every()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of tables; `apart`: its items are edited on pages of their own, and stand here by name."""

    path: Path
    title: str
    items: tuple[Block, ...]
    apart: bool = False

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def ids(self) -> str:
        """Which items there are and in which order, as the form carries it."""
        return ",".join(item.path[-1] for item in self.items)


# --- places ----------------------------------------------------------------------------------------------------------


def _item_at(items: Sequence[Any], part: str) -> int:
    """The place of an item by its id, or by its number; raises `KeyError`."""
    for at, item in enumerate(items):
        if isinstance(item, Mapping) and item.get("id") == part:
            return at
    if part.isdecimal() and int(part) < len(items) and "id" not in items[int(part)]:
        return int(part)
    raise KeyError(part)


def found(data: Any, path: Path) -> Any:
    """What stands at a place; raises `KeyError` where nothing does."""
    for part in path:
        if isinstance(data, list):
            data = data[_item_at(data, part)]
        elif isinstance(data, Mapping):
            data = data[part]
        else:
            raise KeyError(part)
    return data


def model_at(data: Data, path: Path) -> shape.Model:
    """Which model the table at a place is, whether or not it is written; raises `KeyError` for no place of the schema."""
    model: shape.Model = RuleSet
    here: Any = data
    annotation: Any = None
    for part in path:
        if isinstance(here, list):
            here = here[_item_at(here, part)]
        else:
            annotation = dict(shape.keys(model))[part].annotation
            here = here.get(part, [] if shape.is_list(annotation) else {}) if isinstance(here, Mapping) else {}
            if shape.is_list(annotation):
                continue
        below = shape.model_for(annotation, here if isinstance(here, Mapping) else {})
        if below is None:
            raise KeyError(part)
        model = below
    if isinstance(here, list):
        raise KeyError(path[-1])
    return model


def address(data: Any, path: tuple[str | int, ...]) -> Path:
    """A path with places in lists counted, as the checks give it, with items by their ids."""
    named: list[str] = []
    for part in path:
        inside = isinstance(data, list) and isinstance(part, int) and part < len(data)
        data = data[part] if inside else data.get(part) if isinstance(data, Mapping) else None
        named.append(str(data["id"]) if inside and isinstance(data, Mapping) and "id" in data else str(part))
    return tuple(named)


def with_table(data: Data, path: Path, table: Data | None) -> dict[str, Any]:
    """The same rules with the table at a place written; None takes it away."""
    changed = copy.deepcopy(dict(data))
    if not path:
        return changed | dict(table or {})
    above = found(changed, path[:-1])
    part: Any = _item_at(above, path[-1]) if isinstance(above, list) else path[-1]
    if table is None:
        above.pop(part, None) if isinstance(above, dict) else above.pop(part)
    else:
        above[part] = dict(table)
    if above == [] and len(path) > 1:
        return with_table(changed, path[:-1], None)
    return changed


def with_item(data: Data, path: Path, table: Data, *, at: int) -> dict[str, Any]:
    """The same rules with one more item in the list at a place."""
    changed = copy.deepcopy(dict(data))
    found(changed, path[:-1]).setdefault(path[-1], []).insert(at, dict(table))
    return changed


def moved(data: Data, path: Path, step: int) -> dict[str, Any]:
    """The same rules with one item moved up (-1) or down (1) in its list; at either end it stays."""
    changed = copy.deepcopy(dict(data))
    items = found(changed, path[:-1])
    at = _item_at(items, path[-1])
    to = min(max(at + step, 0), len(items) - 1)
    items.insert(to, items.pop(at))
    return changed


# --- asking ----------------------------------------------------------------------------------------------------------


@dataclass
class _Asker:
    """Builds blocks over one rule set's data; `items` says which items a form shows where it differs from the data."""

    data: Data
    items: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def block(self, model: shape.Model, table: Data | None, path: Path, group: tuple[str, ...], **more: Any) -> Block:
        written = table or {}
        asked = PARTS.get(path)
        questions: list[Question] = []
        blocks: list[Block] = []
        lists: list[Listing] = []
        for key, info in sorted(shape.keys(model), key=lambda one: FIRST.get(one[0], len(FIRST))):
            if (asked is not None and key not in asked) or not _is_asked(model, key, info, written):
                continue
            here = (*path, key)
            named = labels.label(model.__name__, key)
            if shape.models_in(info.annotation) and shape.is_list(info.annotation):
                lists.append(self.listing(info, written.get(key, []), here, named, group))
            elif below := shape.models_in(info.annotation):
                blocks.append(
                    self.block(below[0], written.get(key), here, (*group, named), optional=not info.is_required())
                )
            elif question := self.question(model, info, written, here, group):
                questions.append(question)
        sourced = issubclass(model, Sourced)
        if sourced:
            questions += self.source(model, written, path, group)
        title = group[-1] if group else ""
        return Block(
            path,
            title,
            table,
            more.get("optional", False),
            sourced,
            tuple(questions),
            tuple(blocks),
            tuple(lists),
        )

    def listing(
        self, info: FieldInfo, items: Sequence[Data], path: Path, title: str, group: tuple[str, ...]
    ) -> Listing:
        there = {item.get("id", str(at)): item for at, item in enumerate(items)}
        wanted = self.items.get(".".join(path), list(there))
        has_ids = "id" in shape.models_in(info.annotation)[0].model_fields
        blocks = []
        for part in wanted:
            table = there.get(part, {"id": part} if has_ids else {})
            model = shape.model_for(info.annotation, table)
            if model is not None:
                blocks.append(self.block(model, table, (*path, part), (*group, _name_of(table, title))))
        return Listing(path, title, tuple(blocks), apart=path[-1] in APART)

    def source(self, model: shape.Model, table: Data, path: Path, group: tuple[str, ...]) -> Iterator[Question]:
        said = " · ".join(group)
        yield Question(
            (*path, "clause"), labels.KEY_LABELS["clause"], "text", table.get("clause"), said, (), True, CLAUSE_HELP
        )
        options = tuple(
            (key, labels.label(model.__name__, key))
            for key, info in shape.keys(model)
            if key not in {"clause", "settings", "label"} and _is_asked(model, key, info, table)
        )
        label = labels.KEY_LABELS["settings"]
        yield Question(
            (*path, "settings"), label, "many", list(table.get("settings", [])), said, options, True, SETTINGS_HELP
        )

    def question(
        self, model: shape.Model, info: FieldInfo, table: Data, path: Path, group: tuple[str, ...]
    ) -> Question | None:
        key, name = path[-1], model.__name__
        default = None if info.default is PydanticUndefined else info.default
        default = list(default) if isinstance(default, tuple) else default
        value = table.get(key, default)
        inner, optional = shape.unwrapped(info.annotation)
        is_list = get_origin(inner) is tuple
        options = self.options(model, key, info, table, path)
        help_ = labels.hint(shape.declarer(model, key), key)
        kind: Kind | None = None
        if _names_items(model, key) and not options and not value:
            return None  # there is nothing that could be named
        if key == "value":
            kind = _value_kind(table)
            optional = kind == "number" and _fact_kind(table) is FactKind.DATE
        elif is_list:
            optional = not info.is_required()
            kind = "many" if options and key not in {"columns", "tie_break"} else "lines"
            if get_args(inner)[0] is int:
                kind = "numbers"
            if kind != "many":
                words = f"，可用：{'、'.join(word for _, word in options)}" if options else ""
                help_ = f"每行一项{words}"
        elif options:
            kind = "choice"
        else:
            kind = PLAIN.get(inner)
        if kind == "text" and (key in LONG or len(str(value or "")) > 20):
            kind = "long"
        if kind == "date" and isinstance(value, str):
            value = date.fromisoformat(value)
        label = labels.label(name, key)
        return kind and Question(path, label, kind, value, " · ".join(group), options, optional, help_, default=default)

    def options(self, model: shape.Model, key: str, info: FieldInfo, table: Data, path: Path) -> Options:
        """The words that stand for codes, so that nobody has to read codes."""
        if key == "op":
            fact = REGISTRY.get(str(table.get("fact")))
            return tuple((op, labels.word("op", op)) for op in sorted(OPS[fact.kind])) if fact else ()
        if key == "value" or (model.__name__, key) == ("RankBar", "level"):
            fact = REGISTRY.get(str(table.get("fact", "competition_results")))
            return tuple((word, word) for word in fact.scale) if fact else ()
        if codes := shape.codes(info.annotation):
            return tuple((code, labels.word(key, code)) for code in codes)
        if key == "columns":
            fields = {one["id"]: one["label"] for one in items_of(self.data, "fields") if not one.get("personal")}
            return tuple({**labels.COLUMNS, **fields}.items())
        if key == "tie_break":
            return self.ties(table)
        if not _names_items(model, key):
            return ()
        return tuple((id_, name) for id_, name in named(self.data, *REFERENCES[key]).items() if id_ not in path)

    def ties(self, table: Data) -> Options:
        criteria = [(f"criterion:{one['id']}", f"指标：{one.get('label', '')}") for one in table.get("criteria", [])]
        asked = {str(one.get("fact")) for one in items_of(self.data, "fields")}
        asked |= {word[5:] for word in table.get("tie_break", []) if word.startswith("fact:")}
        facts = [(f"fact:{key}", fact.label) for key, fact in REGISTRY.items() if key in asked and fact.kind in ORDERED]
        return (*criteria, *facts, *labels.TIES.items())


PLAIN: Final[Mapping[Any, Kind]] = {bool: "yes_no", int: "number", str: "text", date: "date"}


def _names_items(model: shape.Model, key: str) -> bool:
    return key in REFERENCES and (model.__name__, key) != ("Honour", "condition")


def _is_asked(model: shape.Model, key: str, info: FieldInfo, table: Data) -> bool:
    if key in FIXED or (issubclass(model, Sourced) and key in {"clause", "settings"}):
        return False
    if key in shape.TAG_KEYS and len(shape.codes(info.annotation)) == 1:
        return False
    fact = REGISTRY.get(str(table.get("fact"))) if issubclass(model, Comparison) else None
    return fact is None or key not in COMPARISON_KEYS or key in COMPARED.get(fact.kind, {"value"})


def _fact_kind(table: Data) -> FactKind | None:
    fact = REGISTRY.get(str(table.get("fact")))
    return fact.kind if fact else None


def _value_kind(table: Data) -> Kind:
    kinds: Mapping[FactKind | None, Kind] = {FactKind.LEVEL: "choice", FactKind.BOOL: "yes_no", None: "text"}
    return kinds.get(_fact_kind(table), "number")


def _name_of(table: Data, otherwise: str) -> str:
    return str(table.get("label") or table.get("title") or table.get("text") or table.get("id") or otherwise)


def block_at(
    data: Data, path: Path, *, items: Mapping[str, Sequence[str]] | None = None, table: Data | None = None
) -> Block:
    """What a form asks about the table at a place; raises `KeyError` where the schema has none.

    `items` names the items each list shows, as a form carries them; `table` is asked about instead of what is written.
    """
    if table is None:
        model = model_at(data, path)
        try:
            table = found(data, path)
        except KeyError:
            table = None
    else:
        model = _model_of_new(data, path, table)
    optional = bool(path) and len(path) == 1 and not dict(shape.keys(RuleSet))[path[0]].is_required()
    title = _name_of(table or {}, labels.KEY_LABELS[path[-1]] if path and path[-1] in labels.KEY_LABELS else "")
    if path and len(path) == 1:
        title = labels.KEY_LABELS[path[0]]
    return _Asker(data, items or {}).block(model, table, path, (title,) if path else (), optional=optional)


def list_at(data: Data, path: Path) -> Listing:
    """The list at a place, whether or not it is written; raises `KeyError` for no list of the schema."""
    model = model_at(data, path[:-1])
    info = dict(shape.keys(model))[path[-1]]
    if not shape.models_in(info.annotation) or not shape.is_list(info.annotation):
        raise KeyError(path[-1])
    items = found(data, path[:-1]).get(path[-1], [])
    title = labels.label(model.__name__, path[-1])
    return _Asker(data).listing(info, items, path, title, ())


def name_at(data: Data, path: Path) -> str:
    """What people call the item at a place."""
    return _name_of(found(data, path), path[-1])


def _model_of_new(data: Data, path: Path, table: Data) -> shape.Model:
    above = model_at(data, path[:-2])
    model = shape.model_for(dict(shape.keys(above))[path[-2]].annotation, table)
    if model is None:
        raise KeyError(path[-2])
    return model


def every_block(data: Data) -> Iterator[Block]:
    """Every table of a rule set that forms ask about, one after the other."""
    asker = _Asker(data)
    for key, info in shape.keys(RuleSet):
        if key in TEXT_ONLY:
            continue
        models = shape.models_in(info.annotation)
        if models and shape.is_list(info.annotation):
            for item in asker.listing(info, data.get(key, []), (key,), labels.KEY_LABELS[key], ()).items:
                yield from item.every()
        elif models and key in data:
            yield from asker.block(models[0], data[key], (key,), (labels.KEY_LABELS[key],)).every()


# --- answering -------------------------------------------------------------------------------------------------------


def answered(block: Block, answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """The table that a form's answers make; None where it is not to be written.

    What equals its default and was not written stays unwritten, so that saving an unchanged form changes nothing.
    """
    if block.optional and not answers[block.written]:
        return None
    table = copy.deepcopy(dict(block.table or {}))
    for question in block.questions:
        value = answers[question.name]
        if value in (None, "", []):
            table.pop(question.key, None)
        elif question.key in table or value != question.default:
            table[question.key] = value
    for inner in block.blocks:
        _put(table, inner.path[-1], answered(inner, answers))
    for listing in block.lists:
        if not listing.apart:
            _put(table, listing.path[-1], [answered(item, answers) for item in listing.items] or None)
    if block.sourced:
        table.pop("setting", None)
        if "clause" not in table:
            table.pop("settings", None)
            table["setting"] = True
    return table


def _put(table: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


# --- what can be added -----------------------------------------------------------------------------------------------

NEW: Final = "（待填写）"
SEEDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "nomination": {"by": "units"},
    "qualification": {"by": "office"},
    "site_visit": {"by": "office"},
    "expert_review": {
        "by": "panel",
        "method": "score",
        "criteria": [{"id": "quality", "label": NEW, "weight": 100, "setting": True}],
        "panel": {"setting": True},
        "tie_break": ["people"],
    },
    "public_vote": {"by": "public", "choices_max": 1},
    "committee": {"by": "leading_group"},
    "public_notice": {"by": "office", "length": {"days": 5, "unit": "working"}, "columns": ["name"]},
    "final_approval": {"by": "leading_group"},
    "group": {
        "needs": "any",
        "conditions": [{"id": "", "label": NEW, "how": "judged", "text": NEW, "setting": True}],
    },
}
"""What a new item starts with besides its name, so that its form opens filled as far as can be guessed."""


def kinds_of(path: Path) -> list[tuple[str, Options]]:
    """What kinds of item a list takes, in groups with a heading; empty where there is but one kind."""
    facts = tuple((f"fact:{key}", fact.label) for key, fact in REGISTRY.items())
    match path[-1]:
        case "stages":
            codes = shape.models_in(dict(shape.keys(RuleSet))["stages"].annotation)
            kinds = [code for model in codes for code in shape.codes(model.model_fields["kind"].annotation)]
            return [("", tuple((code, labels.word("kind", code)) for code in kinds))]
        case "criteria" | "conditions":
            people = (("judged", labels.word("how", "judged")), ("declared", labels.word("how", "declared")))
            group = (("group", "条件组"),) if path[-1] == "conditions" else ()
            return [("由人判断", (*people, *group)), ("系统按事实计算", facts)]
        case "composition":
            return [("按什么计算", facts)]
        case _:
            return []


def seed(data: Data, path: Path, kind: str) -> dict[str, Any]:
    """A new item of the list at a place; raises `KeyError` for a list or a kind that there is not."""
    above = model_at(data, path[:-1])
    info = dict(shape.keys(above))[path[-1]]
    models = shape.models_in(info.annotation)
    if not models or not shape.is_list(info.annotation):
        raise KeyError(path[-1])
    kinds = dict(option for _, options in kinds_of(path) for option in options)
    if kinds and kind not in kinds:
        raise KeyError(kind)
    table: dict[str, Any] = {}
    if "id" in models[0].model_fields:
        table["id"] = free_id(data, kind.removeprefix("fact:") or singular(path[-1]))
    if path[-1] == "groups":
        kind = "group"
    if kind.startswith("fact:"):
        fact = kind.removeprefix("fact:")
        test = {"fact": fact, "op": min(OPS[REGISTRY[fact].kind])}
        table |= {"where": test} if path[-1] == "composition" else {"how": "computed", **test}
    elif kind in {"judged", "declared"}:
        table["how"] = kind
    elif path[-1] == "stages":
        table["kind"] = kind
    table |= copy.deepcopy(dict(SEEDS.get(kind, {})))
    for at, condition in enumerate(table.get("conditions", [])):
        condition["id"] = f"{table['id']}_{at + 1}"
    return table


def singular(key: str) -> str:
    """What one item of a list is called in ids."""
    return {"criteria": "criterion", "categories": "category", "follow_up": "follow_up"}.get(key, key.removesuffix("s"))


def free_id(data: Any, word: str) -> str:
    """An id that nothing in the rule set has yet."""
    taken = set(_ids(data))
    return next(name for n in count(1) if (name := word if n == 1 else f"{word}_{n}") not in taken)


def _ids(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        if "id" in data:
            yield str(data["id"])
        for value in data.values():
            yield from _ids(value)
    elif isinstance(data, list):
        for item in data:
            yield from _ids(item)
