"""Which parts of a rule set are the office's own, and so may be changed on a page without a new notice.

Everything else comes from a clause: to change it, a rule set is copied, and the copy says how it departs from its origin.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from campaigns import questions
from campaigns.questions import Question
from campaigns.rules import loader
from campaigns.rules.labels import KEY_LABELS
from campaigns.rules.schema import RuleSet

Frozen = Mapping[str, Any]
Path = tuple[str, ...]

SOURCE_KEYS: Final = frozenset({"clause", "setting", "settings"})
SKIPPED: Final = frozenset({*SOURCE_KEYS, "kind", "window", "from", "to", "on"})
"""Not offered in the settings form: what ties tables together, and dates, which have a page of their own."""


# --- what may be changed ---------------------------------------------------------------------------------------------


def forbidden_changes(before: Frozen, after: Frozen) -> list[str]:
    """Where `after` departs from `before` in something that is not the office's own, in words; empty when all may be."""
    return [" › ".join(label) for label in dict.fromkeys(_forbidden(before, after, (), own=False))]


def _forbidden(before: Any, after: Any, label: tuple[str, ...], *, own: bool) -> Iterator[tuple[str, ...]]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _forbidden_keys(before, after, label, own=own)
    elif _has_ids(before) and _has_ids(after):
        yield from _forbidden_items(before, after, label, own=own)
    elif not (own or (_is_own(before if after is None else after) and None in (before, after))):
        yield label or ("规则",)


def _forbidden_keys(before: Frozen, after: Frozen, label: tuple[str, ...], *, own: bool) -> Iterator[tuple[str, ...]]:
    sourced = bool(SOURCE_KEYS & before.keys())
    here = bool(before.get("setting")) if sourced else own
    for key in {**before, **after}:
        named = (*label, KEY_LABELS.get(key, key))
        if key in SOURCE_KEYS:
            if before.get(key) != after.get(key):
                yield named
        else:
            allowed = here or key in before.get("settings", ())
            yield from _forbidden(before.get(key), after.get(key), named, own=allowed)


def _forbidden_items(
    before: Sequence[Frozen], after: Sequence[Frozen], label: tuple[str, ...], *, own: bool
) -> Iterator[tuple[str, ...]]:
    old, new = {item["id"]: item for item in before}, {item["id"]: item for item in after}
    for key in {**old, **new}:
        item = old.get(key) or new[key]
        yield from _forbidden(old.get(key), new.get(key), (*label, f"“{item.get('label', key)}”"), own=own)
    if [key for key in old if key in new] != [key for key in new if key in old] and not own:
        yield (*label, "顺序")


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value)


def _is_own(value: Any) -> bool:
    """A table, or a list of tables, that says of itself that it is the office's."""
    if isinstance(value, list):
        return bool(value) and all(_is_own(item) for item in value)
    return isinstance(value, dict) and bool(value.get("setting"))


# --- the form --------------------------------------------------------------------------------------------------------


def settings_of(rules: RuleSet) -> list[Question]:
    """Every single value of the office's own, in the order of the rule set."""
    return list(_own_questions(loader.to_frozen(rules)))


def _own_questions(data: Frozen) -> Iterator[Question]:
    own: set[Path] = set()
    for block in questions.every_block(data):
        if block.table is None or SKIPPED.intersection(block.path):
            continue
        table = block.table
        # a table without a source of its own has that of the table around it, or of the list it stands in
        inherited = block.path in own or block.path[:-1] in own
        mine = bool(table.get("setting")) if block.sourced else inherited
        inner = (*(one.path for one in block.blocks), *(one.path for one in block.lists))
        for key in {path[-1] for path in (*(one.path for one in block.questions), *inner)}:
            if mine or key in table.get("settings", ()):
                own.add((*block.path, key))
        for question in block.questions:
            if question.path in own and question.key not in SKIPPED:
                yield question


def with_values(data: Frozen, values: Mapping[Path, Any]) -> dict[str, Any]:
    """The same rules with some values written; None removes the key, and the default is left unwritten."""
    changed = copy.deepcopy(dict(data))
    for path, value in values.items():
        table = questions.found(changed, path[:-1])
        if value is None:
            table.pop(path[-1], None)
        else:
            table[path[-1]] = value
    return changed
