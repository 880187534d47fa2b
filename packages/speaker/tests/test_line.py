"""The link is alive or it is closed: engines that drop, refuse, stall or fall silent never leave it half dead."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import speaker_village as village
from devicelink import codec
from devicelink.messages import Bye
from speaker import link as links
from speaker.link import Link
from speaker_home import EAGER, PATIENCE_S, until

Manner = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
STORM = dataclasses.replace(EAGER, first_login=0.001, longest=0.01, refused=0.01, quiet=0.2, pong=0.2)


class Engine:
    """Treats every connection in its own `manner`."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.calls = 0
        self.open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        self.open.add(writer)
        try:
            await self.manner(reader, writer)
            while await reader.read(4096):
                """Deaf from now on."""
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open.discard(writer)
            writer.transport.abort()


@asynccontextmanager
async def linked(manner: Manner, **how: Any) -> AsyncIterator[tuple[Engine, Link]]:
    """A link to such an engine; what goes wrong on the loop unnoticed fails the test."""
    unnoticed: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unnoticed.append(context))
    engine = Engine(manner)
    server = await asyncio.start_server(engine.serve, "127.0.0.1", 0)
    link = Link(
        village.DEVICE,
        f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}",
        **({"pace": STORM, "hear": lambda _payload: None} | how),
        token=lambda: "token",
        up=lambda: None,
        ready=_at_once,
        now=lambda: 0,
    )
    task = asyncio.create_task(link.run())
    try:
        yield engine, link
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()
        for writer in list(engine.open):
            writer.transport.abort()
    assert unnoticed == []


async def _at_once() -> None:
    """Ready."""


async def drop_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def drop_at_login(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.transport.abort()


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(codec.connack(5))
    writer.close()


async def accept_and_drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(codec.connack(0))
    writer.transport.abort()


async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"\xff" * 200)


async def answer_the_subscription_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """And a message comes before the answer, as a quick engine may send it."""
    await reader.read(4096)
    writer.write(codec.connack(0))
    await reader.read(4096)
    writer.write(codec.publish("all/down", b"early") + codec.suback(1, (0, 0)))


async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)


@pytest.mark.parametrize("manner", [drop_at_once, drop_at_login, refuse, accept_and_drop, talk_nonsense])
def test_in_a_storm_of_lost_connections_it_goes_on_trying(manner: Manner) -> None:
    async def story() -> None:
        async with linked(manner) as (engine, link):
            await until(lambda: engine.calls >= 50)
            engine.manner = answer_the_subscription_only
            await until(lambda: link.connected)

    asyncio.run(story())


def test_an_engine_that_falls_silent_is_left_for_a_fresh_connection() -> None:
    heard: list[bytes] = []

    async def story() -> None:
        async with linked(answer_the_subscription_only, hear=heard.append) as (engine, link):
            await until(lambda: engine.calls >= 3)
            assert "no sign of life" in link.trouble or link.trouble == ""
            await until(lambda: len(engine.open) <= 1)

    asyncio.run(story())
    assert heard[:2] == [b"early", b"early"]


def test_an_answer_to_the_ping_keeps_a_quiet_line() -> None:
    answered: list[bytes] = []

    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_the_subscription_only(reader, writer)
        while (asked := await reader.read(4096)) == codec.PING:
            answered.append(asked)
            writer.write(codec.PONG)

    async def story() -> None:
        async with linked(patient, pace=dataclasses.replace(STORM, pong=PATIENCE_S)) as (engine, link):
            await until(lambda: len(answered) == 4)
            assert (engine.calls, link.connected) == (1, True)

    asyncio.run(story())


def test_an_engine_that_never_answers_the_login_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "TIMEOUT_S", 0.1)

    async def story() -> None:
        async with linked(say_nothing) as (engine, link):
            await until(lambda: engine.calls >= 5)
            assert not link.connected
            await until(lambda: len(engine.open) <= 1)

    asyncio.run(story())


def test_nothing_is_said_into_a_line_that_takes_nothing() -> None:
    async def stopped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_the_subscription_only(reader, writer)
        await asyncio.sleep(60)

    async def story() -> None:
        async with linked(stopped, pace=dataclasses.replace(STORM, quiet=60.0)) as (engine, link):
            await until(lambda: link.connected)
            said = 0
            while link.say(Bye(device=village.DEVICE, at=said, cause="stopping")):
                said += 1
                assert said < 1_000_000
            link.hang_up()
            await until(lambda: engine.calls == 2)

    asyncio.run(story())
