"""Who opens connections and says nothing, or too little, is shown out; who speaks stays."""

import socket
import time
from collections.abc import Iterator

import pytest

from loa.gateway import http
from loa.gateway.patience import Patient
from loa.gateway.tests.conftest import Platform, RunningGateway, Surroundings, elsewhere
from tests import engine as engines

SHORT_S = 0.5
TIME = b'{"device":"spk-none","nonce":"nnnnnnnnnnnnnnnnnnnnnn"}'


@pytest.fixture(scope="module")
def hasty(
    surroundings: Surroundings, engine: engines.RunningEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningGateway]:
    """A gateway that waits half a second for a head and for a body."""
    var = tmp_path_factory.mktemp("patience")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Patient, "head_s", SHORT_S)
        patch.setattr(http, "FIRST_S", SHORT_S)
        patch.setattr(http, "OCTETS_A_SECOND", 1_000_000)
        with RunningGateway(elsewhere(surroundings, var=var, gateway_state=var / "state"), engine, Platform()) as found:
            yield found


def answer_to(gateway: RunningGateway, *pieces: bytes) -> bytes:
    """What comes back until the gateway hangs up; TimeoutError when it waits for more than five seconds."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as line:
        for piece in pieces:
            line.sendall(piece)
        heard = b""
        try:
            while part := line.recv(4096):
                heard += part
        except ConnectionResetError:
            pass
        return heard


def takes(line: socket.socket, piece: bytes) -> bool:
    """Whether the other end still listens."""
    try:
        line.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def test_connection_that_says_nothing_is_closed(hasty: RunningGateway) -> None:
    assert answer_to(hasty) == b""


def test_head_that_does_not_end_is_not_waited_for(hasty: RunningGateway) -> None:
    assert answer_to(hasty, b"GET /healthz HTTP/1.1\r\nHos") == b""


def test_head_in_drops_gets_no_more_time(hasty: RunningGateway) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=5) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\n")
        begun = time.monotonic()
        while time.monotonic() - begun < 5 and takes(line, b"x"):
            time.sleep(0.05)
        assert time.monotonic() - begun < 4


def test_body_that_does_not_come_is_refused(hasty: RunningGateway) -> None:
    head = b"POST /device/time HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n"
    heard = answer_to(hasty, head + b"{")
    assert heard.startswith(b"HTTP/1.1 429")
    assert b"limit_exceeded" in heard


def test_who_asks_again_after_a_while_is_still_heard(hasty: RunningGateway) -> None:
    ask = b"POST /device/time HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(TIME), TIME)
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=5) as line:
        for _ in range(2):
            line.sendall(ask)
            assert line.recv(4096).startswith(b"HTTP/1.1 401")
            time.sleep(3 * SHORT_S)
