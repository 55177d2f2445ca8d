"""`manage.py verify_archive FILE`: everything in an archive computed again. Asks no database."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unions.archive.checks import verify
from unions.archive.layout import Archive, Unreadable


class Command(BaseCommand):
    help = "Compute an archive again and name the first thing of each kind that does not agree. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--expect",
            default="",
            metavar="NUMBER:DIGEST",
            help="an entry of the log noted elsewhere; without one, a log forged from end to end shows in nothing",
        )

    def handle(self, *, file: Path, expect: str, **_: Any) -> None:
        try:
            report = verify(Archive.read(file), expect=expect)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        with file.open("rb") as content:
            self.stdout.write(f"{file}  SHA-256 {hashlib.file_digest(content, 'sha256').hexdigest()}")
        for line in report.lines():
            self.stdout.write(line)
        if not report.verified:
            raise CommandError("档案不能证明：有不相符的地方，见上")
        self.stdout.write("档案完整，全部相符。")
