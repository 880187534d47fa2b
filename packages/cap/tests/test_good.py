"""What must be taken: every good document is read, makes sense, is written the same, signed, verified, told as JSON."""

import pytest
from cap import forms, reading, resolve, rules, samples, signature, writing
from cap.model import Alert
from cap.samples import Sender
from cap.signature import Certificate
from lxml import etree

GOOD = samples.good()
each = pytest.mark.parametrize("alert", list(GOOD.values()), ids=list(GOOD))


def test_there_are_enough_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\nCAP: {len(GOOD)} good documents")
    assert len(GOOD) >= 30


@each
def test_written_and_read_again_it_says_the_same(alert: Alert) -> None:
    written = writing.write(alert)

    assert reading.read(written) == alert
    assert writing.write(reading.read(written)) == written


@each
def test_it_makes_sense(alert: Alert) -> None:
    rules.check(alert, samples.NOW)


@each
def test_signed_and_verified_it_says_the_same(alert: Alert, station: Sender, trusted: list[Certificate]) -> None:
    signed = signature.sign(alert, station.key, station.certificate)

    verified = signature.verify(signed, trusted, samples.NOW)

    assert verified.alert == alert
    assert verified.fingerprint == trusted[0].fingerprint
    assert b"Signature" not in verified.signed
    assert reading.read(signed) == alert


@each
def test_as_json_it_says_the_same(alert: Alert) -> None:
    assert forms.from_json(forms.to_json(alert)) == alert


@each
def test_without_what_it_adds_it_is_valid_by_the_schema(alert: Alert) -> None:
    root = writing.tree(alert)
    for element in list(root.iter()):
        if not str(element.tag).startswith("{urn:oasis"):
            element.getparent().remove(element)

    assert reading.schema().validate(root), reading.schema().error_log


def test_json_uses_the_names_of_cap() -> None:
    told = forms.to_json(GOOD["picture"]).decode()

    assert '"msgType":"Alert"' in told
    assert '"derefUri":"YWJj"' in told
    assert '"valueName":"GSO"' in told
    assert '"sent":"2026-07-21T14:00:00+07:00"' in told


def test_utc_is_written_as_cap_wants_it() -> None:
    assert b"<sent>2026-07-21T07:00:00-00:00</sent>" in writing.write(GOOD["utc"])


def test_unknown_elements_stay_where_they_were() -> None:
    root = etree.fromstring(writing.write(GOOD["unknown-elements"]))

    assert root.find("{urn:mau}nguon/{urn:mau}tram").text == "Ngòi Hóp"
    assert root.find("{*}info/{*}area/{urn:mau}a") is not None


@pytest.mark.parametrize("kind", ["ec", "p384", "rsa"])
def test_each_kind_of_key_signs(kind: str) -> None:
    station = samples.sender("Đài khác", kind)
    signed = signature.sign(GOOD["plain"], station.key, station.certificate)

    assert signature.verify(signed, [signature.load(station.certificate)], samples.NOW).alert == GOOD["plain"]


def test_a_document_with_blanks_instructions_and_a_mark_in_front_is_read() -> None:
    plain = writing.write(GOOD["plain"]).decode().replace("><", ">\n  <")
    dressed = plain.replace("?>", '?>\n<?xml-stylesheet href="cap.xsl"?><!-- mẫu -->', 1)

    assert reading.read(b"\xef\xbb\xbf" + dressed.encode()) == GOOD["plain"]


def test_a_comment_inside_a_text_does_not_cut_it() -> None:
    plain = writing.write(GOOD["plain"])
    cut = plain.replace(b"<sender>kttv@mau.example", b"<sender>kttv@mau<!-- -->.example")

    assert reading.read(cut).sender == "kttv@mau.example"


def test_a_signed_document_may_name_where_its_schema_is(station: Sender, trusted: list[Certificate]) -> None:
    plain = writing.write(GOOD["plain"]).decode()
    hint = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd">'
    assert reading.read(plain.replace('cap:1.2">', f'cap:1.2"{hint}', 1).encode()) == GOOD["plain"]


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("plain", ("vn.15.04531",)),
        ("province", ("vn.15",)),
        ("polygon", ("vn.15.04531",)),
        ("circle", ("vn.15.04531",)),
        ("point", ("vn.15.04531",)),
    ],
)
def test_areas_are_found(name: str, paths: tuple[str, ...]) -> None:
    assert resolve.resolve(GOOD[name], resolve.Index(samples.UNITS)).paths == paths
