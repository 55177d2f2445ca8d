"""Answers at rest: values that identify a person are sealed under that person's own key, field by field.

Deleting the key (个人信息保护法 第四十七条) leaves an application that can still be counted and no longer read.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from applications.answers import Answers, Value, is_personal
from campaigns.rules.schema import RuleSet
from unions import vault
from unions.models import PersonalKey

ERASED: Final = "（已按规定删除）"


def plain_json(value: object) -> str:
    """One text for one value, whatever order its keys came in."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def seal_answers(rules: RuleSet, key: PersonalKey, answers: Answers) -> dict[str, Any]:
    """Field id → value as stored: empty ones left out, personal ones `{"sealed": …}`."""
    personal = {field.id for field in rules.fields() if is_personal(field)}
    return {
        field: {"sealed": vault.seal(key, plain_json(value))} if field in personal else value
        for field, value in answers.items()
        if value
    }


def open_answers(key: PersonalKey | None, stored: Mapping[str, Any]) -> dict[str, Value]:
    """What was typed; a value whose key is gone reads as erased."""
    return {field: _open(key, value) for field, value in stored.items()}


def _open(key: PersonalKey | None, value: Any) -> Value:
    if not (isinstance(value, dict) and "sealed" in value):
        return value  # type: ignore[no-any-return]
    try:
        return json.loads(vault.unseal(key, value["sealed"]))  # type: ignore[no-any-return]
    except vault.Unreadable:
        return ERASED
