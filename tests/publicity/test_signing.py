"""Certificates are signed with the union's own key; a changed byte is found; another key takes over, and nothing leaks."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pypdfium2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.db import DatabaseError, transaction

from documents import runner
from documents.models import Job
from documents.paper import signing as paper
from documents.paper.signing_keys import KeyPair, UnusableKey, make_pair, read_pkcs12
from publicity import selectors
from publicity.models import Certificate
from publicity.models_signing import SigningKey
from publicity.services import awards, signing
from tests.factories import NOON, MemberFactory
from tests.kept import kept
from tests.publicity.scene import Scene
from unions import vault
from unions.models import AuditEntry, Member, PersonalKey, Union
from unions.permits import Refused
from unions.states import Role

NOW = NOON.astimezone(UTC)


@pytest.fixture(scope="module")
def sheet() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return make_pair("示例区总工会", at=datetime.now(UTC))


def bundle(
    key: Any = None,
    *,
    certificate: bool = True,
    passphrase: bytes = b"1",
    days: int = 30,
    usage: x509.KeyUsage | None = None,
) -> bytes:
    """A PKCS#12 file as an authority would hand it out."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例机构签发")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=60))
        .not_valid_after(NOW + timedelta(days=days))
    )
    if usage is not None:
        made = made.add_extension(usage, critical=True)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    signed = made.sign(key, algorithm)
    protection = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(
        b"x",
        key if certificate else None,
        signed if certificate else None,
        None if certificate else [signed],
        protection,
    )


# --- the paper --------------------------------------------------------------------------------------------------------


def test_a_signed_sheet_is_sound_for_pyhankos_own_validator_and_one_changed_byte_is_found(
    sheet: bytes, pair: KeyPair
) -> None:
    signed = paper.Signer(pair).sign(sheet, reason="颁发证书")

    assert paper.check(signed, [pair.certificate]) == paper.Found(sound=True, fingerprint=pair.about.fingerprint)
    assert b"/ETSI.CAdES.detached" in signed
    changed = bytearray(signed)
    changed[signed.index(b"/MediaBox") + 12] ^= 1
    assert not paper.check(bytes(changed), [pair.certificate]).sound


def test_a_sheet_that_somebody_else_signed_is_not_sound(sheet: bytes, pair: KeyPair) -> None:
    other = make_pair("冒名总工会", at=datetime.now(UTC))
    forged = paper.Signer(other).sign(sheet, reason="颁发证书")

    assert not paper.check(forged, [pair.certificate]).sound
    assert not paper.check(sheet, [pair.certificate]).sound


def test_what_is_no_pdf_is_not_signed(pair: KeyPair) -> None:
    with pytest.raises(UnusableKey, match="不能签名"):
        paper.Signer(pair).sign(b"x", reason="x")


def test_an_uploaded_key_signs_whether_rsa_or_elliptic(sheet: bytes) -> None:
    for key in (None, rsa.generate_private_key(public_exponent=65537, key_size=2048)):
        found = read_pkcs12(bundle(key, days=3650), "1", at=NOW)
        signed = paper.Signer(found).sign(sheet, reason="颁发证书")
        assert paper.check(signed, [found.certificate]).sound
        assert found.about.subject == "示例机构签发"


NO_SIGNING = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
SIGNING = x509.KeyUsage(True, False, False, False, False, False, False, False, False)


def test_keys_that_cannot_sign_are_refused_in_words() -> None:
    for content, passphrase, match in (
        (b"x", "1", "不是 PKCS#12"),
        (bundle(), "2", "密码不对"),
        (bundle(certificate=False), "1", "没有私钥或证书"),
        (bundle(ed25519.Ed25519PrivateKey.generate()), "1", "只能使用 RSA 或 ECDSA"),
        (bundle(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "1", "只有 1024 位"),
        (bundle(days=-1), "1", "不在有效期内"),
        (bundle(usage=NO_SIGNING), "1", "用途不含数字签名"),
    ):
        with pytest.raises(UnusableKey, match=match):
            read_pkcs12(content, passphrase, at=NOW)
    assert read_pkcs12(bundle(passphrase=b"", usage=SIGNING), "", at=NOW).chain == ""


# --- the key ----------------------------------------------------------------------------------------------------------


@kept
def admin(union: Union) -> Member:
    return MemberFactory(union=union, role=Role.ADMIN)


def test_the_private_key_is_sealed_and_the_next_one_makes_an_end_of_it(union: Union, admin: Member) -> None:
    first = signing.make_signing_key(union, actor=admin, at=NOON)
    assert "PRIVATE" not in first.sealed
    assert "PRIVATE" in vault.unseal(first.key, first.sealed)

    second = signing.upload_signing_key(union, content=bundle(), passphrase="1", actor=admin, at=NOON)

    first.refresh_from_db()
    assert first.key is None
    assert signing.current_key(union) == second
    assert list(SigningKey.objects.for_union(union)) == [second, first]
    assert PersonalKey.objects.filter(union=union).count() == 1
    entry = AuditEntry.objects.filter(action="signing_key.changed").latest("seq")
    assert entry.before == {"fingerprint": first.fingerprint}
    assert "PRIVATE" not in str(entry.after)


def test_only_the_administrator_keeps_it_and_its_row_is_fixed(union: Union, admin: Member) -> None:
    office = MemberFactory(union=union, role=Role.OFFICE)
    with pytest.raises(Refused, match="管理员"):
        signing.make_signing_key(union, actor=office, at=NOON)
    content = bundle()
    kept = signing.upload_signing_key(union, content=content, passphrase="1", actor=admin, at=NOON)
    with pytest.raises(Refused, match="已经登记过"):
        signing.upload_signing_key(union, content=content, passphrase="1", actor=admin, at=NOON)
    with pytest.raises(Refused, match="密码不对"):
        signing.upload_signing_key(union, content=content, passphrase="x", actor=admin, at=NOON)
    with pytest.raises(DatabaseError), transaction.atomic():
        SigningKey.objects.filter(pk=kept.pk).update(fingerprint="x")


def test_a_key_that_ran_out_or_was_lost_stops_the_batch_with_what_to_do(union: Union, admin: Member) -> None:
    assert signing.signer_of(union, at=NOON) is None
    kept = signing.make_signing_key(union, actor=admin, at=NOON)
    with pytest.raises(Refused, match="到期"):
        signing.signer_of(union, at=NOON + timedelta(days=365 * 11))
    assert kept.key is not None
    kept.key.delete()
    with pytest.raises(Refused, match="无法读取"):
        signing.signer_of(union, at=NOON)


# --- the certificate ----------------------------------------------------------------------------------------------------


def run(scene: Scene, kind: str) -> Job:
    job = Job.objects.filter(kind=kind).latest("created_at")
    runner.run(job.pk, at_clock=scene.now)
    job.refresh_from_db()
    return job


def content_of(certificate: Certificate) -> bytes:
    sheet = Certificate.objects.get(pk=certificate.pk).current_file
    assert sheet is not None
    with sheet.file.open("rb") as file:
        found: bytes = file.read()
    return found


def test_a_certificate_is_signed_reprinted_and_its_code_says_which_sheet_is_in_hand(
    scene: Scene, admin: Member
) -> None:
    """From the batch to the page of verification, in one piece: every step rests on the one before."""
    kept = signing.make_signing_key(scene.union, actor=admin, at=datetime.now(UTC))
    scene.clock = datetime.now(UTC).astimezone(scene.clock.tzinfo) if scene.clock < kept.not_before else scene.clock
    (certificate,) = scene.certified("赵建国")
    with pytest.raises(Refused, match="还没有生成"):
        awards.reprint_certificate(certificate, reason="x", actor=scene.office, at=scene.now())
    assert run(scene, "certificates.batch").error == ""
    assert paper.check(content_of(certificate), [kept.certificate]).sound
    (seen,) = selectors.verify(certificate.number)
    assert (seen.valid, seen.current, seen.seen, seen.fingerprint) == (True, 1, None, kept.fingerprint)

    with pytest.raises(Refused, match="请写明重印原因"):
        awards.reprint_certificate(certificate, reason=" ", actor=scene.office, at=scene.now())
    made = awards.reprint_certificate(certificate, reason="遗失", actor=scene.office, at=scene.now())
    assert awards.reprint_certificate(certificate, reason="", actor=scene.office, at=scene.now()) == made
    assert Job.objects.filter(kind="certificates.reprint").count() == 1

    (old,), (new,), (by_number,) = map(selectors.verify, (certificate.code, made.code, certificate.number))
    assert (old.valid, old.replaced, old.seen, old.current) == (False, True, 1, 2)
    assert (new.valid, new.seen) == (True, 2)
    assert (by_number.valid, by_number.current) == (True, 2)
    assert Certificate.objects.get(pk=certificate.pk).current_file is None

    job = run(scene, "certificates.reprint")
    runner.run(job.pk, at_clock=scene.now)
    assert (job.error, job.done) == ("", 1)
    assert paper.check(content_of(certificate), [kept.certificate]).sound
    assert "印次" in _text(content_of(certificate))
    certificate = Certificate.objects.select_related("campaign").get(pk=certificate.pk)
    awards.revoke_certificate(certificate, reason="材料不实", actor=scene.office, at=scene.now())
    (gone,) = selectors.verify(made.code)
    assert not gone.holds
    fresh = Certificate.objects.select_related("campaign").get(pk=certificate.pk)
    with pytest.raises(Refused, match="已撤销，不能重印"):
        awards.reprint_certificate(fresh, reason="x", actor=scene.office, at=scene.now())
    with pytest.raises(Refused, match="只有认定办公室"):
        awards.reprint_certificate(fresh, reason="x", actor=admin, at=scene.now())


def _text(pdf: bytes) -> str:

    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text
