"""Signatures on PDFs (PAdES B-B) with a key of one's own, made and verified without any network.

A signature says who made the paper and that no byte of it was changed since. It takes no time stamp and asks no revocation
list: both would need a service outside. Whether a certificate still holds is said by verifying it on the issuer's page.

pyHanko takes longer to load than Django: whoever signs or checks imports this module then, and no process before.
"""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from documents.paper.signing_keys import KeyPair, UnusableKey

FIELD: Final = "Signature"


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
