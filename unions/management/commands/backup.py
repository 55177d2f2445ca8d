from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from unions.backup import KEYS_NOTE, BackupError, write_backup


class Command(BaseCommand):
    help = "Write database and private files into one archive with a manifest. The keys are not in it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, nargs="?", help="default: VAR_DIR/backups/<time>.tar")
        parser.add_argument("--database-url", default=settings.DATABASE_OWNER_URL, help="as the owner of the tables")

    def handle(self, *, target: Path | None, database_url: str, **_: Any) -> None:
        if not database_url:
            raise CommandError("DATABASE_OWNER_URL is not set: a backup reads past row-level security, as the owner")
        at = timezone.now()
        target = target or Path(settings.VAR_DIR) / "backups" / f"{at:%Y%m%d-%H%M%S}.tar"
        try:
            report = write_backup(target, url=database_url, at=at)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{target}: {report.tables} tables, {report.rows} rows, {report.files} files, {report.size:,} bytes"
        )
        self.stdout.write(KEYS_NOTE)
