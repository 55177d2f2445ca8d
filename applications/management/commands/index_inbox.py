from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from applications.models import Application
from applications.services.inbox import keep_listed
from unions import tenancy
from unions.models import Union


class Command(BaseCommand):
    help = "Write anew what the office's list is searched, filtered and counted by, for every filed application. Repeatable."

    def handle(self, **_: Any) -> None:
        for union in Union.objects.order_by("slug"):
            with tenancy.scope(union.pk):
                filed = Application.objects.for_union(union).filter(number__gt="", person__key__isnull=False)
                ids = list(filed.order_by("pk").values_list("pk", flat=True))
                for pk in ids:
                    _index(pk)
            self.stdout.write(f"{union.slug}: {len(ids)} applications")


@transaction.atomic
def _index(pk: int) -> None:
    rows = Application.objects.select_for_update(no_key=True, of=("self",))
    keep_listed(rows.select_related("campaign", "person__key", "union").get(pk=pk))
