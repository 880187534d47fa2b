"""The link against the real message engine: permissions, refused filters, refused logins, a restart of the engine."""

import asyncio
import dataclasses
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import speaker_village as village
from devicelink import codec, topics
from devicelink.messages import Bye
from speaker.link import Link
from speaker_home import EAGER, PATIENCE_S, until

CONFIG = """
server_name: test
host: 127.0.0.1
port: {nats}
jetstream {{ store_dir: "{folder}/js", max_mem: 16M, max_file: 64M }}
accounts {{ DEVICES {{ jetstream: enabled
  users: [ {{ user: "{device}", password: "right", permissions: {{
    publish: ["d.{device}.up.bye"]
    subscribe: ["d.{device}.down", "all.down", "area.04378.down", "d.{device}.up.bye"] }} }} ] }} }}
mqtt {{ host: 127.0.0.1, port: {mqtt} }}
"""


def free_port() -> int:
    """Below those that the kernel gives to whoever calls out meanwhile."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


class Engine:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.config = folder / "nats.conf"
        facts = {"nats": free_port(), "mqtt": self.port, "folder": folder, "device": village.DEVICE}
        self.config.write_text(CONFIG.format(**facts))
        self.start()

    def start(self) -> None:
        binary = Path(sys.executable).parent / "nats-server"
        self.process = subprocess.Popen([binary, "-c", self.config], stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("the engine did not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    running = Engine(tmp_path)
    yield running
    running.stop()


class Ear:
    def __init__(self, engine: Engine, password: str = "right") -> None:
        self.heard: list[bytes] = []
        self.ups = 0
        self.link = Link(
            village.DEVICE,
            f"mqtt://127.0.0.1:{engine.port}",
            pace=dataclasses.replace(EAGER, quiet=0.5, pong=0.5),
            token=lambda: password,
            hear=self.heard.append,
            up=self._up,
            ready=self._ready,
            now=lambda: 0,
        )

    def _up(self) -> None:
        self.ups += 1

    async def _ready(self) -> None:
        """At once."""


async def listening(ear: Ear) -> None:
    await until(lambda: ear.link.connected)


def bye() -> Bye:
    return Bye(device=village.DEVICE, at=1, cause="stopping")


def test_it_hears_what_it_may_and_knows_what_it_may_not(engine: Engine) -> None:
    async def story() -> None:
        ear = Ear(engine)
        ear.link.listen_to("04378")
        task = asyncio.create_task(ear.link.run())
        await listening(ear)
        assert ear.link.trouble == ""
        line = ear.link._line
        assert line is not None
        line._writer.write(codec.subscribe(2, (topics.up(village.DEVICE, "bye"),)))
        assert ear.link.say(bye())
        await until(lambda: ear.heard)
        before = ear.ups
        ear.link.listen_to("04387")  # it logs in anew; refused with 0x80 it stays, hard of hearing
        await until(lambda: ear.ups > before and ear.link.connected)
        assert "refuses the topic of our commune" in ear.link.trouble
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())


def test_it_comes_back_as_often_as_the_engine_does(engine: Engine) -> None:
    async def story() -> None:
        ear = Ear(engine)
        task = asyncio.create_task(ear.link.run())
        for ups in (1, 2, 3, 4):
            await listening(ear)
            assert ear.ups == ups
            engine.stop()
            await until(lambda: not ear.link.connected)
            assert not ear.link.say(bye())
            await asyncio.to_thread(engine.start)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())


def test_an_engine_that_stands_still_is_noticed(engine: Engine) -> None:
    """Its connections look open; only a sign of life tells."""

    async def story() -> None:
        ear = Ear(engine)
        task = asyncio.create_task(ear.link.run())
        await listening(ear)
        engine.process.send_signal(signal.SIGSTOP)
        await until(lambda: not ear.link.connected)
        assert "no sign of life" in ear.link.trouble
        engine.process.send_signal(signal.SIGCONT)
        await until(lambda: ear.link.connected)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())


def test_a_refused_login_is_counted_and_tried_again(engine: Engine) -> None:
    async def story() -> None:
        ear = Ear(engine, "wrong")
        task = asyncio.create_task(ear.link.run())
        await until(lambda: ear.link._backoff.refusals >= 2)
        assert not ear.link.connected
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())
