"""Forged signatures, and the code each is refused with: missing, weak, changed, wrapped around something else."""

import base64
import copy
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from cap import samples, signature, writing
from cap.refusals import Code
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from .hostile import CAP, Case, plain

DS = "http://www.w3.org/2000/09/xmldsig#"


def signatures() -> Iterator[Case]:
    """Signatures: missing, forged, weak, wrapped around something else."""
    station, other = samples.sender(), samples.sender("Kẻ khác")
    good = signature.sign(samples.alert(), station.key, station.certificate)
    yield "unsigned", plain().encode(), Code.NOT_SIGNED
    yield (
        "signed by somebody else",
        signature.sign(samples.alert(), other.key, other.certificate),
        Code.UNKNOWN_CERTIFICATE,
    )
    name = "Đài mẫu"
    twin = samples.sender(name, "p384")
    yield (
        "the same name, another key",
        signature.sign(samples.alert(), twin.key, twin.certificate),
        Code.UNKNOWN_CERTIFICATE,
    )
    yield "another's key under our certificate", _with_certificate(other, station), Code.BAD_SIGNATURE
    for old, new in ((b"Severe", b"Extreme"), (b"04531", b"04537"), (b"Actual", b"Test"), (b"kttv@mau", b"kttv@may")):
        yield f"{old.decode()} changed", good.replace(old, new, 1), Code.BAD_SIGNATURE
    yield "an info more", edited(good, _second_info), Code.BAD_SIGNATURE
    yield "a stranger more", edited(good, lambda root: root.append(etree.Element("{urn:x}y"))), Code.BAD_SIGNATURE
    yield (
        "no signature value",
        re.sub(rb"<ds:SignatureValue>.*?</", b"<ds:SignatureValue></", good, flags=re.S),
        Code.BAD_SIGNATURE,
    )
    yield "another digest", re.sub(rb"<ds:DigestValue>....", b"<ds:DigestValue>AAAA", good), Code.BAD_SIGNATURE
    yield "signature value of another", edited(good, _foreign_value), Code.BAD_SIGNATURE
    for label, change in WRAPPINGS.items():
        yield f"wrapping: {label}", edited(good, change), Code.BAD_SIGNATURE_FORM
    root_swapped = edited(good, _signed_below_new_root)
    yield "wrapping: the signed alert inside a new one", root_swapped, Code.BAD_SIGNATURE_FORM
    yield "wrapping: the root is no alert", b"<a>" + good.split(b"?>", 1)[1] + b"</a>", Code.NOT_CAP
    for uri, label in (
        (SignatureMethod.HMAC_SHA256.value, "hmac"), (SignatureMethod.HMAC_SHA1.value, "hmac-sha1"),
        (SignatureMethod.RSA_SHA1.value, "rsa-sha1"), (SignatureMethod.ECDSA_SHA1.value, "ecdsa-sha1"),
        (SignatureMethod.DSA_SHA256.value, "dsa"), ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", "md5"),
        (SignatureMethod.RSA_SHA224.value, "sha-224"), ("urn:none", "none"), ("", "empty"),
    ):  # fmt: skip
        yield f"method {label}", edited(good, _attribute("SignatureMethod", uri)), Code.WEAK_ALGORITHM
    for uri in (DigestAlgorithm.SHA1.value, DigestAlgorithm.SHA224.value, "http://www.w3.org/2001/04/xmldsig-more#md5"):
        yield f"digest {uri[-6:]}", edited(good, _attribute("DigestMethod", uri)), Code.WEAK_ALGORITHM
    yield "really signed with SHA-1", _sha1(station), Code.WEAK_ALGORITHM
    yield (
        "canonical form unknown",
        edited(good, _attribute("CanonicalizationMethod", "urn:x")),
        Code.BAD_SIGNATURE_FORM,
    )
    over = samples.sender("Đài cũ", begins=datetime(2020, 1, 1, tzinfo=UTC), days=300)
    early = samples.sender("Đài mới", begins=samples.NOW.astimezone(UTC) + timedelta(days=1))
    yield "certificate over", _sign_at_any_time(over), Code.CERTIFICATE_NOT_VALID_NOW
    yield "certificate not yet begun", _sign_at_any_time(early), Code.CERTIFICATE_NOT_VALID_NOW
    yield "signed CAP 1.1", good.replace(b"cap:1.2", b"cap:1.1"), Code.OLD_VERSION


def dated() -> list[samples.Sender]:
    """Trusted, but not at this time."""
    over = samples.sender("Đài cũ", begins=datetime(2020, 1, 1, tzinfo=UTC), days=300)
    return [over, samples.sender("Đài mới", begins=samples.NOW.astimezone(UTC) + timedelta(days=1))]


Change = Callable[[etree._Element], object]


def edited(data: bytes, change: Change) -> bytes:
    root = etree.fromstring(data)
    made = change(root)
    return etree.tostring(made if isinstance(made, etree._Element) else root, encoding="UTF-8", xml_declaration=True)


def _sig(root: etree._Element) -> etree._Element:
    found = root.find(f"{{{DS}}}Signature")
    assert found is not None
    return found


def _attribute(name: str, value: str) -> Change:
    return lambda root: next(root.iter(f"{{{DS}}}{name}")).set("Algorithm", value)


def _set_uri(uri: str | None) -> Change:
    def change(root: etree._Element) -> None:
        reference = next(root.iter(f"{{{DS}}}Reference"))
        reference.attrib.pop("URI")
        if uri is not None:
            reference.set("URI", uri)

    return change


def _second_info(root: etree._Element) -> None:
    info = root.find(f"{CAP}info")
    info.addnext(copy.deepcopy(info))


def _forged(root: etree._Element) -> etree._Element:
    """The same alert as the attacker would like it, without signature."""
    forged = copy.deepcopy(root)
    forged.remove(_sig(forged))
    forged.find(f"{CAP}info/{CAP}severity").text = "Extreme"
    return forged


def _signed_below_new_root(root: etree._Element) -> etree._Element:
    outer = _forged(root)
    holder = etree.SubElement(outer, "{urn:x}holder")
    holder.append(root)
    return outer


def _xsw_original_in_object(root: etree._Element) -> etree._Element:
    outer, signature_ = _forged(root), _sig(root)
    root.remove(signature_)
    root.set("Id", "goc")
    next(signature_.iter(f"{{{DS}}}Reference")).set("URI", "#goc")
    etree.SubElement(signature_, f"{{{DS}}}Object").append(root)
    outer.append(signature_)
    return outer


def _xsw_original_beside(root: etree._Element) -> etree._Element:
    outer, signature_ = _forged(root), _sig(root)
    root.remove(signature_)
    root.set("Id", "goc")
    next(signature_.iter(f"{{{DS}}}Reference")).set("URI", "#goc")
    holder = etree.SubElement(outer, "{urn:x}holder")
    holder.append(root)
    outer.append(signature_)
    return outer


def _xsw_signature_in_stranger(root: etree._Element) -> None:
    etree.SubElement(root, "{urn:x}holder").append(_sig(root))


def _xsw_signature_in_info(root: etree._Element) -> None:
    root.find(f"{CAP}info").append(_sig(root))


def _xsw_two_signatures(root: etree._Element) -> None:
    root.append(copy.deepcopy(_sig(root)))


def _xsw_signature_in_signature(root: etree._Element) -> None:
    etree.SubElement(_sig(root), f"{{{DS}}}Object").append(copy.deepcopy(_sig(root)))


def _xsw_object(root: etree._Element) -> None:
    etree.SubElement(_sig(root), f"{{{DS}}}Object").text = "x"


def _xsw_two_references(root: etree._Element) -> None:
    reference = next(root.iter(f"{{{DS}}}Reference"))
    reference.addnext(copy.deepcopy(reference))


def _xsw_no_reference(root: etree._Element) -> None:
    reference = next(root.iter(f"{{{DS}}}Reference"))
    reference.getparent().remove(reference)


def _xsw_no_transforms(root: etree._Element) -> None:
    transforms = next(root.iter(f"{{{DS}}}Transforms"))
    transforms.getparent().remove(transforms)


def _transform(algorithm: str, inner: str = "") -> Change:
    def change(root: etree._Element) -> None:
        transforms = next(root.iter(f"{{{DS}}}Transforms"))
        extra = etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=algorithm)
        if inner:
            extra.append(etree.fromstring(inner))

    return change


def _only_transform(algorithm: str, inner: str = "") -> Change:
    def change(root: etree._Element) -> None:
        transforms = next(root.iter(f"{{{DS}}}Transforms"))
        for child in list(transforms)[1:]:
            transforms.remove(child)
        _transform(algorithm, inner)(root)

    return change


def _comment(root: etree._Element) -> None:
    next(root.iter(f"{{{DS}}}DigestValue")).append(etree.Comment("x"))


def hint(root: etree._Element) -> None:
    _sig(root).set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", f"{DS} http://127.0.0.1:9/x.xsd")


def _retrieval(root: etree._Element) -> None:
    info = next(root.iter(f"{{{DS}}}KeyInfo"))
    etree.SubElement(info, f"{{{DS}}}RetrievalMethod", URI="http://127.0.0.1:9/key")


def _junk_certificate(root: etree._Element) -> None:
    next(root.iter(f"{{{DS}}}X509Certificate")).text = "không phải base64"


def _foreign_value(root: etree._Element) -> None:
    other = samples.sender("Kẻ khác")
    forged = etree.fromstring(signature.sign(samples.alert(), other.key, other.certificate))
    next(root.iter(f"{{{DS}}}SignatureValue")).text = next(forged.iter(f"{{{DS}}}SignatureValue")).text


XPATH = f'<XPath xmlns="{DS}">not(ancestor-or-self::info)</XPath>'
XSLT = (
    '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"><x:template match="/"/></x:stylesheet>'
)
WRAPPINGS: dict[str, Change] = {
    "the original in an object of the signature": _xsw_original_in_object,
    "the original beside, by its id": _xsw_original_beside,
    "the signature inside a stranger": _xsw_signature_in_stranger,
    "the signature inside the info": _xsw_signature_in_info,
    "two signatures": _xsw_two_signatures,
    "a signature inside the signature": _xsw_signature_in_signature,
    "an object": _xsw_object,
    "two references": _xsw_two_references,
    "no reference": _xsw_no_reference,
    "a reference without address": _set_uri(None),
    "a reference to an id": _set_uri("#goc"),
    "a reference outside": _set_uri("http://127.0.0.1:9/x.xml"),
    "a reference to a file": _set_uri("file:///etc/passwd"),
    "an xpointer": _set_uri("#xpointer(id('goc'))"),
    "no transforms": _xsw_no_transforms,
    "an xpath": _transform("http://www.w3.org/TR/1999/REC-xpath-19991116", XPATH),
    "an xpath instead": _only_transform("http://www.w3.org/TR/1999/REC-xpath-19991116", XPATH),
    "an xpath filter": _only_transform("http://www.w3.org/2002/06/xmldsig-filter2"),
    "a stylesheet": _only_transform("http://www.w3.org/TR/1999/REC-xslt-19991116", XSLT),
    "base64": _only_transform("http://www.w3.org/2000/09/xmldsig#base64"),
    "the same transform three times": _transform(CanonicalizationMethod.CANONICAL_XML_1_0.value),
    "a comment inside": _comment,
    "a hint for schemas inside": hint,
    "a key to be fetched": _retrieval,
    "a certificate that is none": _junk_certificate,
}


class _AnySigner(XMLSigner):
    """Also signs what must not be signed."""

    def check_deprecated_methods(self) -> None:
        """No."""


def _sha1(station: samples.Sender) -> bytes:
    signer = _AnySigner(signature_algorithm=SignatureMethod.ECDSA_SHA1, digest_algorithm=DigestAlgorithm.SHA1)
    made = signer.sign(writing.tree(samples.alert()), key=station.key, cert=station.certificate)
    return writing.encode(made)


def _sign_at_any_time(station: samples.Sender) -> bytes:
    made = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256).sign(
        writing.tree(samples.alert()), key=station.key, cert=station.certificate
    )
    return writing.encode(made)


def _with_certificate(key_of: samples.Sender, certificate_of: samples.Sender) -> bytes:
    signed = signature.sign(samples.alert(), key_of.key, key_of.certificate)
    own, other = (_der(one.certificate) for one in (key_of, certificate_of))
    found = re.search(rb"<ds:X509Certificate>(.*?)</ds:X509Certificate>", signed, re.S)
    assert found
    assert base64.b64decode(b"".join(found[1].split())) == own
    return signed.replace(found[1], base64.b64encode(other))


def _der(pem: str) -> bytes:
    return base64.b64decode("".join(pem.strip().splitlines()[1:-1]))
