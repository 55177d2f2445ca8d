"""Rules are data: no module of the product knows a city."""

import re

from django.conf import settings

CITIES = re.compile("linan|hangzhou|taizhou|ouhai|jiaozuo|临安|杭州|台州|瓯海|焦作", re.IGNORECASE)
DEMO = settings.BASE_DIR / "config" / "demo"
OURS = (
    "applications",
    "benchmarks",
    "campaigns",
    "config",
    "docker",
    "documents",
    "publicity",
    "review",
    "scripts",
    "unions",
)


def test_no_module_names_a_city() -> None:
    found = [
        f"{path.relative_to(settings.BASE_DIR)}:{number}: {line.strip()}"
        for folder in OURS
        for path in sorted((settings.BASE_DIR / folder).rglob("*.py"))
        if "migrations" not in path.parts and DEMO not in path.parents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if CITIES.search(line)
    ]

    assert found == []
