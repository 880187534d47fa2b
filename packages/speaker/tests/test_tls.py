"""Only the pinned authority is believed, and certificates are judged by the signed time, not by the computer's."""

import asyncio
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from speaker.config import Config
from speaker.fetch import Fetch
from speaker.http import Http, Unreachable

BEGINS = datetime.datetime(2031, 5, 1, tzinfo=datetime.UTC)  # far from the computer's own date, whatever it is
INSIDE = int((BEGINS + datetime.timedelta(days=10)).timestamp() * 1000)
YEAR_MS = 365 * 86_400_000


class Authority:
    def __init__(self, name: str, folder: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.folder = folder
        self.pem = folder / f"{name}.pem"
        self.pem.write_bytes(self._sign(self.name, self.key, ca=True).public_bytes(serialization.Encoding.PEM))

    def certificate(self) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(x509.Name([]), key, ca=False)
        path = self.folder / "server.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
        return path

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(BEGINS)
            .not_valid_after(BEGINS + datetime.timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(names, critical=not ca)
        )
        return builder.sign(self.key, hashes.SHA256())


class Hello(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A refused handshake is the test."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority("province", tmp_path)


@pytest.fixture
def address(authority: Authority) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate())
    server = Quiet(("127.0.0.1", 0), Hello)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def answer(http: Http) -> bytes:
    try:
        return http.request("GET", "/").body
    finally:
        http.close()


def test_dates_are_judged_by_the_signed_time(authority: Authority, address: str) -> None:
    assert answer(Http(address, authority.pem, lambda: INSIDE)) == b"ok"
    for wrong in (INSIDE - YEAR_MS, INSIDE + YEAR_MS):
        with pytest.raises(Unreachable, match="not valid at this time"):
            answer(Http(address, authority.pem, lambda wrong=wrong: wrong))


def test_to_ask_the_time_dates_do_not_matter(authority: Authority, address: str) -> None:
    assert answer(Http(address, authority.pem)) == b"ok"


class Unset:
    """The clock of a loudspeaker that was never switched on before: it knows no more than its build date."""

    def valid(self) -> bool:
        return False

    def now(self) -> int:
        return INSIDE - YEAR_MS


def test_a_new_loudspeaker_gets_the_list_of_keys_before_it_can_believe_any_time(
    authority: Authority, address: str, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        config = Config(folder=tmp_path, ca=authority.pem)
        fetch = Fetch(config, "spk-1", bytes(32), Unset(), pool, address)  # type: ignore[arg-type]
        assert asyncio.run(fetch.document("keyset", 0)) == b"ok"
        fetch.close()


def test_another_authority_is_not_believed(address: str, tmp_path: Path) -> None:
    stranger = Authority("stranger", tmp_path)
    for http in (Http(address, stranger.pem), Http(address, stranger.pem, lambda: INSIDE), Http(address)):
        with pytest.raises(Unreachable, match="certificate verify failed"):
            answer(http)
