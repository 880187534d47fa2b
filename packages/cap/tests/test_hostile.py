"""Strangers' documents: all refused, each with its code, quickly, and without touching anything else."""

import itertools
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from cap import reading, samples, signature, writing
from cap.model import NAMESPACE
from cap.refusals import Code, Refused
from cap.samples import Sender
from cap.signature import Certificate

from . import forged, hostile

READ = [*hostile.bytes_and_xml(), *hostile.form(), *hostile.values()]
SIGNED = list(forged.signatures())


@pytest.fixture(scope="module")
def all_trusted(trusted: list[Certificate]) -> list[Certificate]:
    return [*trusted, *(signature.load(one.certificate) for one in forged.dated())]


def test_there_are_enough_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    cases = [*READ, *SIGNED]
    with capsys.disabled():
        print(f"\nCAP: {len(cases)} hostile documents, {len({code for *_, code in cases})} codes")
    assert len(cases) >= 100
    assert len({name for name, *_ in cases}) == len(cases)


@pytest.mark.parametrize(("data", "code"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_it_is_not_read(data: bytes, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        reading.read(data)

    assert refused.value.code == code, refused.value


@pytest.mark.parametrize(("data", "code"), [case[1:] for case in SIGNED], ids=[case[0] for case in SIGNED])
def test_it_is_not_believed(data: bytes, code: Code, all_trusted: list[Certificate]) -> None:
    with pytest.raises(Refused) as refused:
        signature.verify(data, all_trusted, samples.NOW)

    assert refused.value.code == code, refused.value


@pytest.mark.parametrize(("data", "code"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_what_is_not_read_is_not_believed_either(data: bytes, code: Code, trusted: list[Certificate]) -> None:
    with pytest.raises(Refused):
        signature.verify(data, trusted, samples.NOW)


def test_each_is_refused_in_milliseconds(all_trusted: list[Certificate]) -> None:
    slow = {}
    for name, data, _ in itertools.chain(READ, SIGNED):
        best = min(_seconds(data, all_trusted) for _ in range(3))
        if best > 0.15:
            slow[name] = best

    assert not slow


def test_nothing_that_a_document_names_is_fetched(
    station: Sender, trusted: list[Certificate], listener: "Listener"
) -> None:
    signed = signature.sign(samples.alert(), station.key, station.certificate).decode()
    for data in (
        f'<!DOCTYPE alert SYSTEM "{listener.url}/x.dtd">{hostile.plain()}',
        f'<!DOCTYPE alert [<!ENTITY % f SYSTEM "{listener.url}/x">%f;]>{hostile.plain()}',
        hostile.plain().replace(
            'cap:1.2">',
            'cap:1.2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="{NAMESPACE} {listener.url}/a.xsd urn:b {listener.url}/b.xsd">',
            1,
        ),
        signed.replace('URI=""', f'URI="{listener.url}/x"'),
        forged.edited(signed.encode(), forged.hint).decode().replace("http://127.0.0.1:9", listener.url),
    ):
        for attempt in (reading.read, lambda one: signature.verify(one, trusted, samples.NOW)):
            try:
                attempt(data.encode())
            except Refused:
                continue

    assert listener.calls == 0


def test_only_what_was_signed_comes_back(station: Sender, trusted: list[Certificate]) -> None:
    """Comments around and inside are not signed; they are gone in what is used."""
    signed = signature.sign(samples.alert(), station.key, station.certificate)
    dressed = signed.replace(b"<event>", b"<!-- fake --><event>").replace(b"kttv@", b"kttv<!-- x -->@")

    verified = signature.verify(dressed, trusted, samples.NOW)

    assert verified.alert == samples.alert()
    assert b"fake" not in verified.signed


def test_nobody_trusted_means_nobody_believed(station: Sender) -> None:
    signed = signature.sign(samples.alert(), station.key, station.certificate)

    with pytest.raises(Refused) as refused:
        signature.verify(signed, [], samples.NOW)

    assert refused.value.code == Code.UNKNOWN_CERTIFICATE


@pytest.mark.parametrize("kind", ["rsa-1024", "p192"])
def test_a_weak_key_cannot_be_trusted(kind: str) -> None:
    with pytest.raises(ValueError, match="neither RSA"):
        signature.load(samples.sender("Đài yếu", kind).certificate)


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\ud800", "\ufffe"])
def test_characters_that_xml_does_not_have_are_not_written(text: str) -> None:
    with pytest.raises(Refused) as refused:
        writing.write(samples.alert(note=text))

    assert refused.value.code == Code.BAD_TEXT


class Listener:
    """Counts who connects."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


def _seconds(data: bytes, trusted: list[Certificate]) -> float:
    began = time.perf_counter()
    with pytest.raises(Refused):
        signature.verify(data, trusted, samples.NOW)
    return time.perf_counter() - began
