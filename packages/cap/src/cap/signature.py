"""XML signatures of CAP: verified against certificates that are known beforehand, and made for our own export.

One shape is taken and no other: one `ds:Signature`, a child of the `alert` that is the root, with one reference, to the
whole document, and no transform but "without this signature" and canonical XML. Everything known as signature wrapping
needs another shape. What is read afterwards are the bytes that were digested, never the document that came.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from cap.model import Alert
from cap.reading import SIGNATURES, check_root, read_tree
from cap.refusals import Code, Refused
from cap.safety import XSI, parse, parser
from cap.writing import encode, tree

MIN_RSA_BITS = 2048
_METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_CANONICAL = frozenset(method.value for method in CanonicalizationMethod)
_ENVELOPED = SignatureConstructionMethod.enveloped.value
_DS = f"{{{SIGNATURES}}}"
_SHAPE = ("CanonicalizationMethod", "SignatureMethod", "Reference")


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate that is trusted because somebody put it on the list; nobody else vouches for it."""

    x509: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        return fingerprint(self.x509)

    @property
    def name(self) -> str:
        """Whose it says it is."""
        return self.x509.subject.rfc4514_string()

    def valid_at(self, now: datetime) -> bool:
        """Begun and not yet over."""
        return self.x509.not_valid_before_utc <= now <= self.x509.not_valid_after_utc


@dataclass(frozen=True, slots=True)
class Verified:
    """What was signed, and by which certificate. `signed` are the canonical bytes that were digested."""

    alert: Alert
    fingerprint: str
    signed: bytes


def load(pem: str | bytes) -> Certificate:
    """A certificate from PEM. ValueError when it is none, or its key is too weak to be trusted."""
    data = pem.encode() if isinstance(pem, str) else pem
    found = x509.load_pem_x509_certificate(data)
    key = found.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        return Certificate(found)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return Certificate(found)
    raise ValueError("neither RSA of 2048 bits nor one of P-256, P-384, P-521")


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over its DER form, hexadecimal."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def is_signed(data: bytes) -> bool:
    """Is there any signature in it, good or bad? `Refused` when it cannot be read at all."""
    return next(parse(data).iter(f"{_DS}Signature"), None) is not None


def verify(data: bytes, trusted: Iterable[Certificate], now: datetime) -> Verified:
    """The alert that one of these signed. `Refused` with the reason; nothing unsigned ever comes back."""
    root = parse(data, comments=True)
    check_root(root)
    signature = _signature(root)
    _check_shape(signature)
    certificate = _certificate(signature, tuple(trusted))
    if not certificate.valid_at(now):
        raise Refused(Code.CERTIFICATE_NOT_VALID_NOW, certificate.name)
    signed = _signed(data, certificate, now)
    return Verified(read_tree(parse(signed)), certificate.fingerprint, signed)


def sign(alert: Alert, key: str | bytes, certificate: str | bytes) -> bytes:
    """The alert as signed XML. `key` and `certificate` are PEM; the signature is over the whole document."""
    private = load_pem_private_key(key.encode() if isinstance(key, str) else key, None)
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("neither an RSA nor an elliptic curve key")
    known = load(certificate)
    method = SignatureMethod.RSA_SHA256 if isinstance(private, rsa.RSAPrivateKey) else SignatureMethod.ECDSA_SHA256
    form = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    signer = XMLSigner(signature_algorithm=method, c14n_algorithm=form)
    data = encode(signer.sign(tree(alert), key=private, cert=[known.x509]))
    verify(data, [known], datetime.now(UTC))
    return data


def _signature(root: etree._Element) -> etree._Element:
    found = list(root.iter(f"{_DS}Signature"))
    if not found:
        raise Refused(Code.NOT_SIGNED, "no signature")
    if len(found) > 1:
        raise Refused(Code.BAD_SIGNATURE_FORM, f"{len(found)} signatures")
    if found[0].getparent() is not root:
        raise Refused(Code.BAD_SIGNATURE_FORM, "the signature is not a child of the alert")
    return found[0]


def _check_shape(signature: etree._Element) -> None:
    for element in signature.iter():
        if not isinstance(element.tag, str):
            raise Refused(Code.BAD_SIGNATURE_FORM, "a comment or an instruction inside the signature")
        if any(name.startswith(f"{{{XSI}}}") for name in element.attrib):
            raise Refused(Code.BAD_SIGNATURE_FORM, "hints for schemas inside the signature")
    info = _only(signature, "SignedInfo")
    if tuple(child.tag for child in info) != tuple(f"{_DS}{name}" for name in _SHAPE):
        raise Refused(Code.BAD_SIGNATURE_FORM, "SignedInfo has other parts than one method each and one reference")
    if next(signature.iter(f"{_DS}Object", f"{_DS}Manifest", f"{_DS}RetrievalMethod"), None) is not None:
        raise Refused(Code.BAD_SIGNATURE_FORM, "the signature carries or fetches something")
    _check_algorithms(info)
    _check_reference(_only(info, "Reference"))


def _check_algorithms(info: etree._Element) -> None:
    canonical = _only(info, "CanonicalizationMethod").get("Algorithm", "")
    if canonical not in _CANONICAL:
        raise Refused(Code.BAD_SIGNATURE_FORM, f"canonical form {canonical[:80]}")
    method = _only(info, "SignatureMethod")
    if len(method) or method.get("Algorithm") not in {one.value for one in _METHODS}:
        raise Refused(Code.WEAK_ALGORITHM, f"{method.get('Algorithm', '')[:80]}")
    digest = _only(_only(info, "Reference"), "DigestMethod")
    if digest.get("Algorithm") not in {one.value for one in _DIGESTS}:
        raise Refused(Code.WEAK_ALGORITHM, f"{digest.get('Algorithm', '')[:80]}")


def _check_reference(reference: etree._Element) -> None:
    if reference.get("URI") != "":
        raise Refused(Code.BAD_SIGNATURE_FORM, "the reference is not to the whole document")
    transforms = list(_only(reference, "Transforms"))
    names = [one.get("Algorithm", "") for one in transforms]
    if names[:1] != [_ENVELOPED] or len(names) > 2 or not set(names[1:]) <= _CANONICAL:
        raise Refused(Code.BAD_SIGNATURE_FORM, f"transforms {names!r}"[:200])
    if any(not child.tag.endswith("}InclusiveNamespaces") for one in transforms for child in one):
        raise Refused(Code.BAD_SIGNATURE_FORM, "a transform with contents")


def _only(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(f"{_DS}{name}")
    if len(found) != 1:
        raise Refused(Code.BAD_SIGNATURE_FORM, f"{len(found)} elements {name}")
    return found[0]


def _certificate(signature: etree._Element, trusted: tuple[Certificate, ...]) -> Certificate:
    """The trusted one that it names by being inside; with none inside, the only one there is."""
    inside = [element.text or "" for element in signature.iter(f"{_DS}X509Certificate")]
    by = {one.fingerprint: one for one in trusted}
    if not inside:
        if len(by) == 1:
            return next(iter(by.values()))
        raise Refused(Code.UNKNOWN_CERTIFICATE, "no certificate inside, and not exactly one is trusted")
    named = _fingerprint_of(inside[0])
    if named not in by:
        raise Refused(Code.UNKNOWN_CERTIFICATE, named)
    return by[named]


def _fingerprint_of(text: str) -> str:
    try:
        return hashlib.sha256(base64.b64decode("".join(text.split()), validate=True)).hexdigest()
    except (binascii.Error, ValueError) as error:
        raise Refused(Code.BAD_SIGNATURE_FORM, "a certificate that is no base64") from error


def _signed(data: bytes, certificate: Certificate, now: datetime) -> bytes:
    """The bytes that the key of this certificate signed."""
    expected = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        ignore_ambiguous_key_info=False,
        verification_time=now,
    )
    try:
        result = XMLVerifier().verify(
            data, x509_cert=certificate.x509, expect_config=expected, parser=parser(comments=True)
        )
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, AttributeError) as error:
        raise Refused(Code.BAD_SIGNATURE, f"{type(error).__name__}: {error}"[:200]) from error
    if isinstance(result, list):
        raise Refused(Code.BAD_SIGNATURE_FORM, "more than one reference")
    return result.signed_data
