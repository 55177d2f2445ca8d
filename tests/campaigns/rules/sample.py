"""Rule sets the tests play with: the widest one, and ways to break it or to cut it down."""

from functools import cache
from pathlib import Path
from typing import Any

from campaigns.rules import loader
from campaigns.rules.schema import RuleSet

WIDE = Path(__file__).with_name("wide.toml").read_text(encoding="utf-8")
LINAN = loader.load_builtin("linan-2018")


@cache
def wide() -> RuleSet:
    return loader.load(WIDE, name="wide.toml")


_FROZEN = loader.to_frozen(wide())


def changed(old: str, new: str) -> str:
    """The widest rule set with one stretch of text replaced."""
    assert WIDE.count(old) >= 1, old
    return WIDE.replace(old, new, 1)


def with_rules(*, criteria: tuple[dict[str, Any], ...] = (), groups: tuple[dict[str, Any], ...] = ()) -> RuleSet:
    """The widest rule set with other rules, unchecked: what an engine test asks for and nothing more."""
    return loader.from_frozen({**_FROZEN, "criteria": list(criteria), "groups": list(groups)})


def computed(id_: str, fact: str, op: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "label": id_,
        "text": id_,
        "how": "computed",
        "fact": fact,
        "op": op,
        "strength": "must",
        "clause": "一",
        **more,
    }


def declared(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "label": id_, "text": id_, "how": "declared", "clause": "二", **more}


def judged(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "label": id_, "text": id_, "how": "judged", "strength": "must", "clause": "三", **more}


def group(id_: str, needs: str, *conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "label": id_,
        "text": id_,
        "needs": needs,
        "conditions": list(conditions),
        "strength": "must",
        "clause": "四",
        **more,
    }
