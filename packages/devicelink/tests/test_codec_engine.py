"""The codec of the swarms against the real message engine."""

import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from devicelink import codec, topics

CONFIG = """
server_name: codec
host: 127.0.0.1
port: {nats}
jetstream {{ store_dir: "{folder}", max_mem: 16M, max_file: 16M }}
mqtt {{ host: 127.0.0.1, port: {mqtt} }}
"""


class Caller:
    """A connected device."""

    def __init__(self, port: int, device: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._parser = codec.Parser()
        self._waiting: list[codec.Packet] = []
        self.send(codec.connect(device, device, "token"))
        assert codec.read_connack(self.next()) == 0

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def next(self) -> codec.Packet:
        while not self._waiting:
            data = self._socket.recv(65_536)
            assert data, "the engine hung up"
            self._waiting += self._parser.feed(data)
        return self._waiting.pop(0)

    def close(self) -> None:
        self.send(codec.GOODBYE)
        self._socket.close()


def free_port() -> int:
    """Below those that the kernel gives to whoever calls out meanwhile."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    config = tmp_path / "nats.conf"
    config.write_text(CONFIG.format(nats=free_port(), mqtt=port, folder=tmp_path / "js"))
    binary = Path(sys.executable).parent / "nats-server"
    with (tmp_path / "log").open("wb") as log, subprocess.Popen([binary, "-c", config], stderr=log) as process:
        wait_for(port)
        yield port
        process.terminate()


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the engine did not start")


def test_subscribe_publish_ping(engine: int) -> None:
    device, other = Caller(engine, "spk-1"), Caller(engine, "spk-2")
    device.send(codec.subscribe(1, topics.subscriptions("spk-1", "04378")))
    assert codec.read_suback(device.next()) == (1, (0, 0, 0))
    for topic, payload in [(topics.down("spk-1"), b"x" * 100_000), (topics.ALL, b""), (topics.area("04378"), b"\x00")]:
        other.send(codec.publish(topic, payload))
        assert codec.read_publish(device.next()) == codec.Publication(topic, payload)
    device.send(codec.PING)
    assert device.next().kind == codec.PINGRESP
    device.close()
    other.close()
