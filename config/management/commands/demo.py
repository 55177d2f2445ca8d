"""`manage.py demo` loads the demo once; `manage.py demo --signins` says how to sign in to it."""

import json
import signal
from argparse import ArgumentParser
from itertools import groupby
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo.load import load
from config.demo.scene import Scene, scenes, signins
from unions.context import registry_path
from unions.models import User


class Command(BaseCommand):
    help = "Load the demo: unions with invented people and campaigns around today. Does nothing where it is loaded."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--signins", action="store_true", help="only print roles, sign-ins and passwords")

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("演示数据只装入演示环境：请设置 DEMO=1")
        found = scenes()
        if options["signins"]:
            self._print(found)
        else:
            self._load(found)

    def _load(self, found: list[Scene]) -> None:
        signal.signal(signal.SIGTERM, _stop)
        for scene in found:
            source = settings.BASE_DIR / "campaigns" / "rulesets" / f"{scene.ruleset}.toml"
            loaded = load(scene, source.read_text(encoding="utf-8"), now=timezone.now())
            self.stdout.write(f"{scene.name}：{'演示数据已装入' if loaded else '演示数据已有，未作改动'}")
        self._register(found)

    def _register(self, found: list[Scene]) -> None:
        """What the sign-in page lists; written whole or not at all."""
        path = registry_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(_usable(found), ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(path)

    def _print(self, found: list[Scene]) -> None:
        addresses = {scene.name: f"（/{scene.slug}/）" for scene in found}
        for union, people in groupby(_usable(found), key=lambda one: one["union"]):
            self.stdout.write(f"{union}{addresses.get(union, '')}演示账号：")
            for one in people:
                self.stdout.write(f"  {one['login']:<32}密码 {one['password']}  {one['role']}")


def _usable(found: list[Scene]) -> list[dict[str, str]]:
    """Sign-ins whose account is there: on some days nobody stands where an applicant of the scene should."""
    offered = signins(found)
    logins = [one["login"] for one in offered]
    accounts = set(User.objects.filter(email__in=logins).values_list("email", flat=True))
    return [one for one in offered if one["login"] in accounts]


def _stop(number: int, _frame: FrameType | None) -> None:
    """Leave through every except clause, so that half-loaded files are removed."""
    raise SystemExit(128 + number)
