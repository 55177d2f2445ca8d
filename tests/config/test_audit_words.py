"""The audit log is read by people: every verb that is recorded has words."""

import ast
from collections.abc import Iterator

from django.conf import settings

from unions import wording

APPS = ("unions", "documents", "campaigns", "applications", "review", "publicity")


def recorded() -> Iterator[str]:
    for app in APPS:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                    words = [str(part.value) for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
                    yield from (word for word in words if "." in word)


def test_every_recorded_verb_has_words() -> None:
    verbs = set(recorded())

    assert len(verbs) > 60, "the calls are no longer found"
    assert sorted(verb for verb in verbs if wording.action(verb) == verb) == []
