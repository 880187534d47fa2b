"""A real message engine for tests: NATS with the configuration of the product; keys and data are thrown away."""

import random
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loa.launch import engine, ports


@dataclass
class RunningEngine:
    """`keys` is the folder of the nkey seeds."""

    listen: engine.Listen
    keys: Path
    process: "subprocess.Popen[bytes]"

    @property
    def nats_url(self) -> str:
        """For services."""
        return f"nats://127.0.0.1:{self.listen.nats}"

    @property
    def public_keys(self) -> dict[str, str]:
        """Of the services, by name."""
        return engine.public_keys(self.keys)


_given: set[int] = set()


def free_port() -> int:
    """For a server of a test: nobody listens there, and it lies below those that the kernel gives to who calls out."""
    while True:
        port = random.randrange(10_000, 20_000)
        if port not in _given and ports.is_free(port) and ports.claim(port):
            _given.add(port)
            return port


@contextmanager
def running(folder: Path) -> Iterator[RunningEngine]:
    """Start it in `folder`; stopped at the end."""
    keys = folder / "engine-keys"
    engine.make_keys(keys)
    chosen = ports.choose({"nats": 24222, "mqtt": 21883, "http": 28222, "websocket": 28443}, {})
    listen = engine.Listen(**chosen)
    config = folder / "nats.conf"
    config.write_text(engine.configuration(listen, folder / "js", engine.public_keys(keys)))
    with (folder / "nats.log").open("wb") as log:
        process = subprocess.Popen([engine.program(), "-c", str(config)], stdout=log, stderr=log)
    try:
        _wait(listen.http, folder / "nats.log")
        yield RunningEngine(listen, keys, process)
    finally:
        process.kill()
        process.wait(60)


def _wait(port: int, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(log.read_text()[-2000:])
