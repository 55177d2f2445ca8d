"""Do a draw again from its record. Needs no database: whoever has the file can check it anywhere."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from review import draw


class Command(BaseCommand):
    help = "按抽取记录文件重新抽取，逐项说明是否一致"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="抽取记录文件（JSON）")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            record = json.loads(options["file"].read_text(encoding="utf-8"))
            checks = draw.replay(record if isinstance(record, dict) else {})
        except OSError as error:
            raise CommandError(f"文件打不开：{error}") from error
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise CommandError("文件不是 JSON，可能没有下载完整") from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{record.get('campaign', '')} {record.get('stage', '')}".strip())
        for check in checks:
            self.stdout.write(f"{'一致' if check.holds else '不符'}  {check.words}")
        if not all(check.holds for check in checks):
            raise CommandError("抽取记录有不符之处")
        names = {one["id"]: one.get("name") or f"编号 {one['id']}" for one in record["candidates"]}
        members = record["result"][: record["members"]]
        self.stdout.write(f"抽取结果：{'、'.join(names[id_] for id_ in members)}")
