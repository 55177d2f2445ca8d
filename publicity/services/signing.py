"""A union's own signing key: made here or uploaded, sealed in the vault, taken over by the next."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from documents.paper.signing_keys import KeyPair, UnusableKey, make_pair, read_pkcs12
from publicity.models_signing import SigningKey
from publicity.policies_ledger import can_keep_signing_key
from publicity.states import KeySource
from unions import audit, vault
from unions.models import Member, Union
from unions.permits import Refused

if TYPE_CHECKING:
    from documents.paper.signing import Signer


def _lock(union: Union) -> Union:
    return Union.objects.select_for_update(no_key=True).get(pk=union.pk)


@transaction.atomic
def make_signing_key(union: Union, *, actor: Member, at: datetime) -> SigningKey:
    """A new key with a certificate that it signs itself. From now on it signs; the key before can sign nothing any more."""
    union = _lock(union)
    can_keep_signing_key(actor, union, at=at).require()
    return _take_over(union, make_pair(union.name, at=at), KeySource.MADE, actor=actor, at=at)


@transaction.atomic
def upload_signing_key(union: Union, *, content: bytes, passphrase: str, actor: Member, at: datetime) -> SigningKey:
    """A key and certificate that an authority issued (PKCS#12). The passphrase is kept nowhere."""
    union = _lock(union)
    can_keep_signing_key(actor, union, at=at).require()
    try:
        pair = read_pkcs12(content, passphrase, at=at)
    except UnusableKey as error:
        raise Refused(str(error)) from error
    return _take_over(union, pair, KeySource.UPLOADED, actor=actor, at=at)


def _take_over(union: Union, pair: KeyPair, source: KeySource, *, actor: Member, at: datetime) -> SigningKey:
    about, before = pair.about, current_key(union)
    if SigningKey.objects.for_union(union).filter(fingerprint=about.fingerprint).exists():
        raise Refused("这张证书已经登记过，请上传新的证书")
    own = vault.new_key(union, at=at)
    made = SigningKey.objects.create(
        union=union,
        key=own,
        sealed=vault.seal(own, pair.private),
        certificate=pair.certificate,
        chain=pair.chain,
        fingerprint=about.fingerprint,
        subject=about.subject[:200],
        issuer=about.issuer[:200],
        not_before=about.not_before,
        not_after=about.not_after,
        source=source,
        at=at,
        by=actor,
    )
    if before is not None and before.key is not None:
        before.key.delete()
    audit.record(
        "signing_key.changed",
        made,
        actor=actor,
        at=at,
        before={"fingerprint": before.fingerprint} if before else None,
        after={"fingerprint": about.fingerprint, "source": source, "not_after": about.not_after.isoformat()},
    )
    return made


def current_key(union: Union) -> SigningKey | None:
    """The newest key, whatever became of it; its history stands behind it."""
    return SigningKey.objects.for_union(union).select_related("key", "by__user").first()


def signer_of(union: Union, *, at: datetime) -> "tuple[SigningKey, Signer] | None":
    """What signs now, for the worker that makes sheets; None where the union has no key.

    A key that has run out signs nothing: the sheets wait, and the words say what to do.
    """
    found = current_key(union)
    if found is None:
        return None
    if not found.not_before <= at < found.not_after:
        raise Refused(f"签名证书已于{found.not_after:%Y-%m-%d}到期，证书没有生成。请工会管理员在“证书签名”中更换后重做")
    try:
        private = vault.unseal(found.key, found.sealed)
    except vault.Unreadable as error:
        raise Refused("签名密钥无法读取，证书没有生成。请工会管理员在“证书签名”中更换后重做") from error
    from documents.paper.signing import Signer  # loads pyHanko

    return found, Signer(KeyPair(private, found.certificate, found.chain))
