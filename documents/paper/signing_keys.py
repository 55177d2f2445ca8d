"""Keys that sign papers, with their certificates: made by the union itself, or issued by an authority."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

YEARS: Final = 10
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
