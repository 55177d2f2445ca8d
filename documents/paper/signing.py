"""Signatures on PDFs (PAdES B-B) with a key of one's own, made and verified without any network.

A signature says who made the paper and that no byte of it was changed since. It takes no time stamp and asks no revocation
list: both would need a service outside. Whether a certificate still holds is said by verifying it on the issuer's page.
"""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

YEARS: Final = 10
FIELD: Final = "Signature"
LEAST_RSA: Final = 2048
_DIGITAL_SIGNATURE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class UnusableKey(ValueError):
    """A key or certificate that cannot sign; the words say why and what to do."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key (PKCS#8, PEM, without passphrase) and its certificate with the chain that came along (PEM)."""

    private: str
    certificate: str
    chain: str = ""

    @property
    def about(self) -> "About":
        return about(self.certificate)


@dataclass(frozen=True, slots=True)
class About:
    """What anybody may know of a certificate. `fingerprint`: SHA-256 of it, in small hex digits."""

    fingerprint: str
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime


def about(certificate: str) -> About:
    found = x509.load_pem_x509_certificate(certificate.encode())
    return About(
        found.fingerprint(hashes.SHA256()).hex(),
        _name(found.subject),
        _name(found.issuer),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
    )


def _name(name: x509.Name) -> str:
    found = [
        str(part.value)
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for part in name.get_attributes_for_oid(oid)
    ]
    return "，".join(dict.fromkeys(found)) or name.rfc4514_string()


def make_pair(organisation: str, *, at: datetime) -> KeyPair:
    """A new key on the curve P-256 with a certificate that it signs itself, good for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation[:58]}证书签章"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + timedelta(days=365 * YEARS + YEARS // 4))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_DIGITAL_SIGNATURE, critical=True)
        .sign(key, hashes.SHA256())
    )
    return KeyPair(_private(key), _pem(certificate))


def read_pkcs12(content: bytes, passphrase: str, *, at: datetime) -> KeyPair:
    """A key and certificate that an authority issued, from a .p12 or .pfx file. Raises `UnusableKey`."""
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, passphrase.encode() or None)
    except ValueError as error:
        raise UnusableKey("文件不是 PKCS#12（.p12 或 .pfx），或者密码不对，请核对后再上传") from error
    if key is None or certificate is None:
        raise UnusableKey("文件里没有私钥或证书，请向签发机构索取同时含有私钥和证书的 .p12 文件")
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise UnusableKey("只能使用 RSA 或 ECDSA 密钥，请向签发机构索取这两种之一")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < LEAST_RSA:
        raise UnusableKey(f"RSA 密钥只有 {key.key_size} 位，不安全，请换用 {LEAST_RSA} 位以上的")
    if not certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc:
        ends = certificate.not_valid_after_utc
        raise UnusableKey(f"证书不在有效期内（有效期到 {ends:%Y-%m-%d}），请上传有效的证书")
    if not _may_sign(certificate):
        raise UnusableKey("该证书的用途不含数字签名，不能用来签名，请换一张")
    return KeyPair(_private(key), _pem(certificate), "".join(map(_pem, others)))


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    made = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.decode()


def _asn1(pem: str) -> list[asn1_x509.Certificate]:
    found = x509.load_pem_x509_certificates(pem.encode()) if pem.strip() else []
    return [asn1_x509.Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in found]


class Signer:
    """Signs any number of papers with one key."""

    def __init__(self, pair: KeyPair) -> None:
        der = serialization.load_pem_private_key(pair.private.encode(), None).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (certificate,) = _asn1(pair.certificate)
        registry = SimpleCertificateStore.from_certs(_asn1(pair.chain))  # type: ignore[no-untyped-call]
        self._signer = signers.SimpleSigner(
            signing_cert=certificate,
            signing_key=asn1_keys.PrivateKeyInfo.load(der),
            cert_registry=registry,
        )
        self._name = pair.about.subject

    def sign(self, pdf: bytes, *, reason: str) -> bytes:
        """The paper with an invisible signature over all of it."""
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            reason=reason,
            name=self._name,
        )
        signer = signers.PdfSigner(meta, signer=self._signer)
        try:
            return bytes(_apart(lambda: signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))).getvalue())
        except (PdfError, SigningError) as error:
            raise UnusableKey(f"不能签名：{error}") from error


def _apart(call: Callable[[], Any]) -> Any:
    """In a thread of its own: pyHanko runs an event loop, which no thread may do that has one already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call).result()


@dataclass(frozen=True, slots=True)
class Found:
    """What a paper's signature says: `sound` if every byte is as it was signed, by which certificate."""

    sound: bool
    fingerprint: str = ""


def check(pdf: bytes, trusted: Sequence[str]) -> Found:
    """Look at a paper with pyHanko's own validator, trusting these certificates (PEM) and no network."""
    roots = [one for pem in trusted for one in _asn1(pem)]
    try:
        (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        context = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = _apart(lambda: validate_pdf_signature(signature, context, skip_diff=False))
    except (PdfError, SignatureValidationError, ValueError, KeyError):
        return Found(sound=False)
    return Found(bool(status.bottom_line), status.signing_cert.sha256.hex())
