"""Who opens connections and says nothing, or too little, is shown out; who speaks stays."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from loa.gateway import http as http_side
from loa.gateway.patience import Patient
from loa.gateway.tests.conftest import Platform, RunningGateway, Surroundings, elsewhere, wait_until
from loa.gateway.tests.mqtt import PATIENCE_S
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
        patch.setattr(http_side, "FIRST_S", SHORT_S)
        patch.setattr(http_side, "OCTETS_A_SECOND", 1_000_000)
        with RunningGateway(elsewhere(surroundings, var=var, gateway_state=var / "state"), engine, Platform()) as found:
            yield found


def answer_to(gateway: RunningGateway, *pieces: bytes) -> bytes:
    """What comes back until the gateway hangs up; TimeoutError when it waits for ever."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=PATIENCE_S) as line:
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
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=PATIENCE_S) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\n")
        wait_until(lambda: not takes(line, b"x"))


def test_body_that_does_not_come_is_refused(hasty: RunningGateway) -> None:
    head = b"POST /device/time HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n"
    heard = answer_to(hasty, head + b"{")
    assert heard.startswith(b"HTTP/1.1 429")
    assert b"limit_exceeded" in heard


def test_who_asks_again_after_a_while_is_still_heard(hasty: RunningGateway) -> None:
    """Between two questions no clock runs."""
    line = http.client.HTTPConnection("127.0.0.1", hasty.port, timeout=PATIENCE_S)
    line.connect()
    address = line.sock.getsockname()
    for _ in range(2):
        line.request("POST", "/device/time", TIME)
        answer = line.getresponse()
        assert (answer.status, bool(answer.read())) == (401, True)
        wait_until(lambda: hasty.do(lambda: deadlines(hasty, address)) == [None])
    line.close()


def deadlines(gateway: RunningGateway, address: tuple[str, int]) -> list[object]:
    """Of the connection from there."""
    connections = [one for one in gateway._server.server_state.connections if isinstance(one, Patient)]
    return [one._deadline for one in connections if one.client == address]
