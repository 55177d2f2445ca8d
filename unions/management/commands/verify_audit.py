from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unions import audit, tenancy
from unions.models import AuditEntry, Union


class Command(BaseCommand):
    help = "Compute the audit chain of every union again and name the first broken row."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--union", metavar="SLUG", help="this union only")
        parser.add_argument(
            "--expect",
            metavar="NUMBER:DIGEST",
            help="an entry noted earlier: entries cut off at the end show in nothing else (with --union)",
        )

    def handle(self, *, union: str | None, expect: str | None, **_: Any) -> None:
        if expect and not union:
            raise CommandError("--expect needs --union")
        unions = Union.objects.order_by("slug")
        if union:
            unions = unions.filter(slug=union)
            if not unions:
                raise CommandError(f"no union {union!r}")
        broken = []
        for one in unions:
            with tenancy.scope(one.pk):
                result = audit.verify(one)
                noted = not expect or _holds(one, expect)
            if result.verified and noted:
                self.stdout.write(f"{one.slug}: verified, {result.entries} entries, head {result.head}")
                continue
            broken.append(one.slug)
            problem = f"entry {result.broken_at}: {result.problem}" if not result.verified else f"lacks {expect}"
            self.stderr.write(f"{one.slug}: BROKEN, {problem}; {result.entries} entries before it hold")
        if broken:
            raise CommandError(f"broken: {', '.join(broken)}")


def _holds(union: Union, noted: str) -> bool:
    number, _, digest = noted.partition(":")
    if not number.isdigit() or not digest:
        raise CommandError("--expect takes NUMBER:DIGEST, as verify_audit prints them")
    return AuditEntry.objects.filter(union=union, seq=int(number), digest=digest).exists()
