"""The guide for those who write rule sets is complete, and its example loads."""

import re
from pathlib import Path

from campaigns.rules import labels, loader, shape
from campaigns.rules.engine import Overall, evaluate
from campaigns.rules.facts import REGISTRY, Facts
from campaigns.rules.reference import fact_reference, guide, key_reference
from campaigns.rules.schema import FieldBase

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "rulesets.md").read_text(encoding="utf-8")
KEYS = (DOCS / "ruleset-keys.md").read_text(encoding="utf-8")


def test_the_guide_to_the_keys_is_what_the_schema_says() -> None:
    assert guide() == KEYS, "manage.py rulesets keys > docs/ruleset-keys.md"


def test_every_key_and_every_fact_is_explained() -> None:
    keys = {key for model in shape.models() for key, _ in shape.keys(model)}

    assert {key for key in keys if f"`{key}`" not in KEYS} == set()
    assert all(f"| `{key}` |" in fact_reference() for key in REGISTRY)


def test_every_code_of_a_closed_list_has_its_word_beside_it() -> None:
    bare = {"pdf", "jpeg", "png", "1", "2"}
    spoken = {"form", "list", "group"} | {
        code for model in shape.models() if issubclass(model, FieldBase) for code in shape.tags_of(model)
    }
    for model in shape.models():
        for key, info in shape.keys(model):
            for code in set(shape.codes(info.annotation)) - bare - (spoken if key in shape.TAG_KEYS else set()):
                assert labels.word(key, code) != code, (model.__name__, key, code)


def test_every_hint_and_every_other_name_is_of_a_key_that_there_is() -> None:
    known = {(model.__name__, key) for model in shape.models() for key, _ in shape.keys(model)}
    declared = {(shape.declarer(model, key), key) for model in shape.models() for key, _ in shape.keys(model)}

    assert set(labels.LABELS) <= known
    assert set(labels.HINTS) <= declared


def test_the_guide_names_only_what_there_is() -> None:
    words = set(re.findall(r"`([a-z_]+) = ", GUIDE))

    assert words <= {key for model in shape.models() for key, _ in shape.keys(model)}


def test_what_many_tables_share_is_told_once() -> None:
    told = key_reference()

    assert told.count("| `certified_by` |") == 1
    assert told.count("| `public_label` |") == 1
    assert told.count("| `only_for` |") == len(["rules", "stages"])


def test_the_example_of_the_guide_has_no_mistake_and_judges_people() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert loader.check(example, "example.toml") == []
    rules = loader.load(example, name="example.toml")

    assert evaluate(rules, Facts(), reference=rules.reference).overall == Overall.INCOMPLETE
