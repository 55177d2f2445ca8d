from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from unions.backup import BackupError, read_manifest, restore_backup


class Command(BaseCommand):
    help = "Restore a backup into an empty database, or only check it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path)
        parser.add_argument("--database-url", default=settings.DATABASE_OWNER_URL, help="as the owner of the tables")
        parser.add_argument(
            "--check", action="store_true", help="compare the archive with its manifest, change nothing"
        )

    def handle(self, *, source: Path, database_url: str, check: bool, **_: Any) -> None:
        try:
            if check:
                manifest = read_manifest(source)
                self.stdout.write(f"{source} is whole: {len(manifest['sha256'])} files, made at {manifest['made_at']}")
                return
            if not database_url:
                raise CommandError("DATABASE_OWNER_URL is not set: a restore creates tables, as their owner")
            report = restore_backup(source, url=database_url)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored {report.tables} tables, {report.rows} rows, {report.files} files.")
        self.stdout.write("Now run migrate, then verify_audit, with the FIELD_KEYS of the installation backed up.")
