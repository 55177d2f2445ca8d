"""The union's own keys that sign certificates, and sheets that were printed again."""

from typing import Self

import pgtrigger
from django.db import models

from publicity.states import KeySource
from unions.models import Member, PersonalKey, Union, UnionScoped


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class SigningKey(UnionScoped):
    """A key with its certificate; the newest one signs. What it signed is verified by `certificate`, which stays.

    `sealed` holds the private key under a key of its own in the vault. When another takes over, that key is deleted, so that
    nobody can sign with the old one again, backups of this table included.
    """

    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    sealed = models.TextField()
    certificate = models.TextField("证书")
    """PEM; public."""
    chain = models.TextField(blank=True)
    """PEM of further certificates that came with an uploaded one."""
    fingerprint = models.CharField("SHA-256 指纹", max_length=64)
    subject = models.CharField("持有者", max_length=200)
    issuer = models.CharField("颁发者", max_length=200)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    source = models.CharField(max_length=8, choices=KeySource.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "签名密钥"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["union", "fingerprint"], name="signing_key_once")]
        triggers = [
            pgtrigger.ReadOnly(name="fixed", exclude=["key"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.fingerprint


class Reprint(UnionScoped):
    """A certificate printed again under the same number. The sheet bears `print_number` (the first sheet is 1) and a code of its
    own, so that a code says which sheet is in somebody's hand. Its file is made by a worker and set once.
    """

    certificate = models.ForeignKey("publicity.Certificate", on_delete=models.PROTECT, related_name="reprints")
    print_number = models.PositiveSmallIntegerField("印次")
    code = models.CharField("核验码", max_length=16, unique=True)
    reason = models.TextField("重印原因")
    file = models.OneToOneField("documents.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    signer = models.ForeignKey(SigningKey, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "证书重印"
        ordering = ["print_number"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "print_number"], name="reprint_number_once"),
            models.CheckConstraint(condition=models.Q(print_number__gte=2), name="reprint_number_after_first"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="fixed", exclude=["file", "signer"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]
