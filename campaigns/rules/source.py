"""A rule set's TOML text, changed as little as a change of its data asks for: comments, order and layout stay.

Editing is done on plain data; ``rewritten`` then brings the text into line and proves it: what it returns always reads as
the data it was given.
"""

import copy
import tomllib
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final

import tomlkit
from tomlkit.container import Container
from tomlkit.items import AoT, Array, Comment, InlineTable, Item, Table, Whitespace

Data = dict[str, Any]
LONG: Final = 100
"""A list written on one line up to here; a longer one has an item a line."""


def plain(text: str) -> Data:
    """What a text says, as plain data; raises ``tomllib.TOMLDecodeError``."""
    return tomllib.loads(text)


def rewritten(text: str, data: Mapping[str, Any]) -> str:
    """The text with the least changed so that it says ``data``."""
    document = tomlkit.parse(text)
    tail = _cut_tail(document)
    _sync_table(document, data)
    _deepest(document).body.extend(tail)
    said = tomlkit.dumps(document)
    if plain(said) != dict(data):
        # an order of tables that cannot be mended in place: the data goes before the comments
        said = tomlkit.dumps(copy.deepcopy(dict(data)))
    return said


def _sync_table(table: MutableMapping[str, Any], data: Mapping[str, Any]) -> None:
    for key in [key for key in table if key not in data]:
        del table[key]
    for key, value in data.items():
        if key not in table:
            table[key] = _tables(value) if isinstance(table, Container) and _is_tables(value) else _written(value)
        elif table[key] != value:
            _sync_value(table, key, value)


def _sync_value(table: MutableMapping[str, Any], key: str, value: Any) -> None:
    there = table[key]
    if isinstance(value, Mapping) and isinstance(there, Table | InlineTable):
        _sync_table(there, value)
    elif _is_tables(value) and isinstance(there, AoT):
        _sync_tables(there, value)
    elif _is_tables(value) and isinstance(there, Array) and all(isinstance(item, InlineTable) for item in there):
        _sync_array(there, value)
    else:
        table[key] = _written(value)


def _sync_tables(there: AoT, value: Sequence[Mapping[str, Any]]) -> None:
    """``[[stages]]``: items keep their text by id; what stood behind the last item stays behind the last."""
    tail = _cut_tail(there[-1])
    held = _held(list(there), value)
    for _ in range(len(there)):
        del there[0]
    for item, data in zip(held, value, strict=True):
        if len(there) and not isinstance(_last(there[-1]), Whitespace):
            _deepest(there[-1]).add(tomlkit.nl())
        if item is not None:
            _sync_table(item, data)
        there.append(_table(data) if item is None else item)
    _deepest(there[-1]).body.extend(tail)


def _last(table: Any) -> Item | None:
    body = _deepest(table).body
    return body[-1][1] if body else None


def _tables(value: Sequence[Mapping[str, Any]]) -> AoT:
    tables = tomlkit.aot()
    for data in value:
        tables.append(_table(data))
    _deepest(tables[-1]).add(tomlkit.nl())
    return tables


def _sync_array(there: Array, value: Sequence[Mapping[str, Any]]) -> None:
    """``waived_by = [{ … }]``."""
    held = _held(list(there), value)
    if [item for item in held if item is not None] == list(there) and len(held) == len(there):
        for item, data in zip(held, value, strict=True):
            _sync_table(item, data)
        return
    multiline = "\n" in there.as_string()
    there.clear()
    there.multiline(multiline or len(value) > 1)
    for item, data in zip(held, value, strict=True):
        if item is not None:
            _sync_table(item, data)
        there.append(_written(data) if item is None else item)


def _held(items: Sequence[Any], value: Sequence[Mapping[str, Any]]) -> list[Any]:
    """For each wanted table the item that already stands for it: by id, or by place where there are no ids."""
    if all("id" in item for item in (*items, *value)):
        by_id = {str(item["id"]): item for item in items}
        return [by_id.get(str(data["id"])) for data in value]
    same = [next((item for item in items if item == data), None) for data in value]
    if len(items) == len(value):
        return list(items)
    return same


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _table(data: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    for key, value in data.items():
        table[key] = _written(value)
    return table


def _written(value: Any) -> Item:
    """A value as it is written where none stood before."""
    return tomlkit.value(_text(value, 0))


def _text(value: Any, depth: int) -> str:
    """Tables in braces; a list on one line unless it is long, and inside braces always."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key} = {_text(item, depth + 1)}" for key, item in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list):
        parts = [_text(item, depth + 1) for item in value]
        line = f"[{', '.join(parts)}]"
        if depth or len(line) <= LONG:
            return line
        return "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
    return str(tomlkit.item(value).as_string())


def _deepest(table: Any) -> Container:
    """The container that the text of a table ends in."""
    body = table if isinstance(table, Container) else table.value
    while body.body:
        last = body.body[-1][1]
        if isinstance(last, AoT):
            last = last[-1]
        if not isinstance(last, Table):
            break
        body = last.value
    return body


def _cut_tail(table: Any) -> list[tuple[Any, Item]]:
    """Take off the comments and blank lines that a table ends with: they speak of what comes next."""
    body = _deepest(table).body
    at = len(body)
    while at and isinstance(body[at - 1][1], Comment | Whitespace):
        at -= 1
    tail = body[at:]
    del body[at:]
    return tail
