"""A long file over a bad line to the real server: cut anywhere, sent twice at once, the server killed in between."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from loa.media import checksums
from loa.media.models import Sound, Upload
from loa.media.web.uploads import PIECE
from tests import engine as engines
from tests.cast import Cast

CONTENT = os.urandom(300_000)
PIECE_BYTES = 60_000
PATIENCE_S = 60
CSRF = "a" * 32


class Server:
    """The pages in a process of their own, as they run on a server: granian, several threads."""

    def __init__(self, media: Path) -> None:
        self.port = engines.free_port()
        base = connection.settings_dict
        address = f"postgresql://{base['USER']}@/{base['NAME']}?host={os.environ['LOA_TEST_PG']}"
        same = {"DATABASE_URL": address, "LOA_MEDIA": str(media), "LOA_SECRET_KEY": settings.SECRET_KEY}
        self.environ = os.environ | same | {"LOA_LOG_LEVEL": "ERROR"}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1",
                "--port", str(self.port), "--workers", "1", "--blocking-threads", "8", "--no-ws",
                "--log-level", "error", "loa.config.wsgi:application",
            ],
            env=self.environ, process_group=0,
        )  # fmt: skip
        end = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz", {}).status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """As the kernel kills: no good-bye."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> HTTPResponse:
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        line.request(method, path, body, headers)
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer

    def cut(self, path: str, headers: dict[str, str], body: bytes, after: int) -> None:
        """Send the first `after` bytes of a request (-1: all but the last) and hang up."""
        lines = [f"PATCH {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
        whole = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(whole[:after])


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "media")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def lan(cast: Cast) -> dict[str, str]:
    """What Lan's browser sends with every request."""
    client = Client()
    client.force_login(cast.lan, backend=settings.AUTHENTICATION_BACKENDS[-1])
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    return {"Cookie": cookies, "X-CSRFToken": CSRF, "Accept": "application/json"}


def begin(server: Server, lan: dict[str, str], cast: Cast) -> str:
    fields = urlencode({"id": str(uuid.uuid4()), "name": "a.mp3", "size": len(CONTENT)})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = server.ask("POST", f"/am-thanh/gui/?don-vi={cast.quy_mong.path}", lan | kind, fields.encode())
    assert answer.status == 201
    return answer.headers["Location"]


def piece(lan: dict[str, str], offset: int, data: bytes) -> dict[str, str]:
    return lan | {
        "Content-Type": PIECE, "Upload-Offset": str(offset), "Upload-Checksum": checksums.of(data),
    }  # fmt: skip


def offset(server: Server, lan: dict[str, str], address: str) -> int:
    return int(server.ask("HEAD", address, lan).headers["Upload-Offset"])


def test_a_long_file_survives_cuts_two_senders_and_a_killed_server(
    server: Server, lan: dict[str, str], cast: Cast
) -> None:
    address = begin(server, lan, cast)
    first = CONTENT[:PIECE_BYTES]
    headers = piece(lan, 0, first)
    for after in (1, 40, 300, 700, 5_000, 30_000, -1):
        server.cut(address, headers, first, after)
    at = offset(server, lan, address)
    assert at == 0, "of a piece that was cut nothing is taken"
    data = CONTENT[at : at + PIECE_BYTES]
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(server.ask, "PATCH", address, piece(lan, at, data), data) for _ in range(2)]
        assert sorted(answer.result().status for answer in asked) == [200, 409]
    at += PIECE_BYTES
    assert offset(server, lan, address) == at
    data = CONTENT[at : at + PIECE_BYTES]
    server.cut(address, piece(lan, at, data), data, 20_000)
    server.kill()
    server.start()
    assert offset(server, lan, address) == at
    damaged = server.ask("PATCH", address, piece(lan, at, data), data[:-1] + b"!")
    assert damaged.status == 460
    while at < len(CONTENT):
        data = CONTENT[at : at + PIECE_BYTES]
        assert server.ask("PATCH", address, piece(lan, at, data), data).status == 200
        at += len(data)
    again = server.ask("PATCH", address, piece(lan, at, b""))
    assert again.status == 200, "asked once more after a lost answer"
    sound = Sound.objects.get()
    assert Upload.objects.get().done
    assert (Path(server.environ["LOA_MEDIA"]) / "incoming" / str(sound.pk)).read_bytes() == CONTENT


def test_killed_while_pieces_come_in_no_acknowledged_byte_is_lost(
    server: Server, lan: dict[str, str], cast: Cast
) -> None:
    address, at = begin(server, lan, cast), 0
    for pause_ms in (0, 3, 9):
        data = CONTENT[at : at + PIECE_BYTES]
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(server.ask, "PATCH", address, piece(lan, at, data), data)
            time.sleep(pause_ms / 1000)
            server.kill()
            acknowledged = at + PIECE_BYTES if asked.exception() is None else at
        server.start()
        now = offset(server, lan, address)
        assert now >= acknowledged
        assert now in (at, at + PIECE_BYTES)
        at = now
    data = CONTENT[at:]
    assert server.ask("PATCH", address, piece(lan, at, data), data).status == 200
    stored = Path(server.environ["LOA_MEDIA"]) / "incoming" / address.rstrip("/").rpartition("/")[2]
    assert stored.read_bytes() == CONTENT
