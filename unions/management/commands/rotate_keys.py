from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from unions import services, tenancy, vault
from unions.models import Union

_SECRETS = ("secret", "seed")


class Command(BaseCommand):
    help = "Wrap every key anew under the first of FIELD_KEYS. Put the new key first, run this, then drop the old one."
    requires_system_checks = ()

    def handle(self, **_: Any) -> None:
        for union in Union.objects.order_by("slug"):
            with tenancy.scope(union.pk):
                count = services.rotate_keys(union, actor=services.system_member(union), at=timezone.now())
            self.stdout.write(f"{union.slug}: {count} personal keys")
        self.stdout.write(f"{_rotate_second_factors()} second factors")


@transaction.atomic
def _rotate_second_factors() -> int:
    """TOTP secrets and seeds of recovery codes belong to users, not to a union."""
    count = 0
    for authenticator in Authenticator.objects.select_for_update().order_by("pk"):
        found = [name for name in _SECRETS if name in authenticator.data]
        for name in found:
            authenticator.data[name] = vault.rotate(authenticator.data[name])
        if found:
            authenticator.save(update_fields=["data"])
            count += 1
    return count
