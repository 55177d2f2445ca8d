"""The guide for those who write rule sets is complete, and its example loads."""

import re
from pathlib import Path

from campaigns.rules import loader
from campaigns.rules.engine import Overall, evaluate
from campaigns.rules.facts import REGISTRY, Facts
from campaigns.rules.reference import fact_reference, key_reference

GUIDE = Path(__file__).parents[3].joinpath("docs", "rulesets.md").read_text(encoding="utf-8")


def test_the_guide_explains_every_key() -> None:
    assert key_reference().strip() in GUIDE


def test_the_guide_lists_every_fact() -> None:
    assert fact_reference() in GUIDE
    assert all(f"| `{key}` |" in fact_reference() for key in REGISTRY)


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
