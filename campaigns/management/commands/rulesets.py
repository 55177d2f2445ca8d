"""``manage.py rulesets check|load|show|keys``: rule sets without a browser, and without a database where none is needed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns import services
from campaigns.rules import document, loader, reference
from campaigns.rules.schema import RuleSet
from unions import tenancy
from unions.models import Union
from unions.services import system_member


class Command(BaseCommand):
    help = "检查、装载、查看规则集"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("check", help="检查规则集，逐行说明问题；不写文件则检查全部内置规则集")
        check.add_argument("files", nargs="*", metavar="FILE")
        load = verbs.add_parser("load", help="把规则集装入一个工会")
        load.add_argument("ruleset", metavar="FILE|CODE")
        load.add_argument("--union", required=True, metavar="SLUG")
        show = verbs.add_parser("show", help="把规则集按通知的样子显示出来，逐条注明条款")
        show.add_argument("ruleset", metavar="CODE|FILE")
        verbs.add_parser("keys", help="写出 docs/ruleset-keys.md：所有的键和事实")

    def handle(self, *_args: Any, verb: str, **options: Any) -> None:
        if verb == "check":
            self.check_files(options["files"])
        elif verb == "load":
            self.load(options["ruleset"], options["union"])
        elif verb == "keys":
            self.stdout.write(reference.guide(), ending="")
        else:
            self.stdout.write(document.describe(self.rules(options["ruleset"])))

    def check_files(self, names: list[str]) -> None:
        found = 0
        for name in names or [str(loader.RULESETS / f"{code}.toml") for code in loader.builtin_codes()]:
            path, text = self.source(name)
            problems = loader.check(text, path.name)
            found += len(problems)
            for problem in problems:
                self.stderr.write(f"{path} {problem}")
                if line := loader.quoted(text, problem):
                    self.stderr.write(f"    {line}")
            if not problems:
                self.stdout.write(f"{path} 没有问题")
        if found:
            raise CommandError(f"共 {found} 处问题")

    def load(self, name: str, slug: str) -> None:
        path, text = self.source(name)
        union = Union.objects.filter(slug=slug, active=True).first()
        if union is None:
            raise CommandError(f"没有地址标识为“{slug}”的工会")
        with tenancy.scope(union.pk):
            try:
                ruleset = services.load_ruleset(
                    union, text, name=path.name, actor=system_member(union), at=timezone.now()
                )
            except loader.RuleSetError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{union.name}：{ruleset.title}（{ruleset.code}）\nSHA-256 {ruleset.sha256}")

    def rules(self, name: str) -> RuleSet:
        path, text = self.source(name)
        try:
            return loader.load(text, name=path.name)
        except loader.RuleSetError as error:
            raise CommandError(str(error)) from error

    def source(self, name: str) -> tuple[Path, str]:
        """The text of a file, or of a rule set that comes with the product by its code."""
        path = loader.RULESETS / f"{name}.toml" if name in loader.builtin_codes() else Path(name)
        try:
            return path, path.read_text(encoding="utf-8-sig")
        except OSError:
            known = "、".join(loader.builtin_codes())
            raise CommandError(f"没有文件或内置规则集“{name}”；内置的有：{known}") from None
        except UnicodeDecodeError:
            raise CommandError(f"{path} 不是 UTF-8 文本，请另存为 UTF-8") from None
