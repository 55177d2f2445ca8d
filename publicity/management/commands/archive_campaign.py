"""`manage.py archive_campaign UNION CAMPAIGN --to FILE`: the archive of a campaign, which `verify_archive` proves."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns.models import Campaign
from publicity.services.archives import archive_campaign
from unions import tenancy
from unions.models import Union
from unions.permits import Refused
from unions.services import system_member


class Command(BaseCommand):
    help = "Write the archive of a campaign. It holds sealed values as they are and no key."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("union", help="address of the union")
        parser.add_argument("campaign", help="address of the campaign")
        parser.add_argument("--to", type=Path, required=True, metavar="FILE")

    def handle(self, *, union: str, campaign: str, to: Path, **_: Any) -> None:
        if to.exists():
            raise CommandError(f"{to} 已经存在，不会覆盖")
        found = Union.objects.filter(slug=union).first()
        if found is None:
            raise CommandError(f"没有地址为 {union} 的工会")
        with tenancy.scope(found.pk):
            one = Campaign.objects.for_union(found).filter(slug=campaign).first()
            if one is None:
                raise CommandError(f"{found.name}没有地址为 {campaign} 的活动")
            try:
                made = archive_campaign(one, actor=system_member(found), at=timezone.now())
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
        write_whole(to, made.content)
        self.stdout.write(f"{to}：{len(made.content)} 字节，SHA-256 {made.sha256}，链头 {made.head}")


def write_whole(target: Path, content: bytes) -> None:
    """The file appears once all of it is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.rename(target)
