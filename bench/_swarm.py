"""Simulated loudspeakers on bare sockets: log in by token, subscribe, send heartbeats at a given rate.

Run as a process of its own: `_swarm.py PORT FIRST COUNT` reads orders from standard input, one a line, and answers each
with one line of JSON: `login` or `login AT_ONCE`, `beat RATE SECONDS` (all its devices together).
"""

import asyncio
import hashlib
import json
import sys
import time
from typing import cast

import msgspec
import uvloop
from devicelink import codec, tokens, topics
from devicelink.messages import Beat

TICK_S = 0.01
IN_FLIGHT = 150
PLACE = 987_654_321  # where the number goes


def name_of(number: int) -> str:
    """Device id."""
    return f"spk-{number:05}"


def seed_of(number: int) -> bytes:
    """The device's key; made up, so that the world can be built without asking the swarm."""
    return hashlib.sha256(f"bench {number}".encode()).digest()


class Device(asyncio.Protocol):
    """One connection."""

    def __init__(self, number: int) -> None:
        self.name = name_of(number)
        self.commune = f"{number // 150:05}"
        self.ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._parser = codec.Parser()
        self._seed = seed_of(number)
        beat = Beat(
            device=self.name,
            at=1_787_219_400_000,
            boot="b4c1a6d2e8f0",
            uptime=PLACE,
            agent="loa-speaker 0.1.0",
            volume=70,
            playing="",
            power="mains",
            link="4g",
            signal=-71,
            storage_free=3_221_225_472,
            clock_offset=12,
            clock_bound=40,
            plan=1_787_219_400_000,
        )
        self._head, self._tail = msgspec.json.encode(beat).split(str(PLACE).encode(), 1)
        self._topic = topics.up(self.name, "beat")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Log in."""
        self.transport = cast(asyncio.Transport, transport)
        token = tokens.login(self.name, seed=self._seed, now=time.time_ns() // 1_000_000)
        self.transport.write(codec.connect(self.name, self.name, token, keep_alive=600))

    def data_received(self, data: bytes) -> None:
        """Subscribe when accepted; ready when subscribed."""
        for packet in self._parser.feed(data):
            if packet.kind == codec.CONNACK:
                code = codec.read_connack(packet)
                if code == 0:
                    self.transport.write(codec.subscribe(1, topics.subscriptions(self.name, self.commune)))
                elif not self.ready.done():
                    self.ready.set_result(code)
            elif packet.kind == codec.SUBACK and not self.ready.done():
                self.ready.set_result(max(codec.read_suback(packet)[1]))
            elif packet.kind == codec.PUBLISH:
                self.published(codec.read_publish(packet).payload)

    def connection_lost(self, error: Exception | None) -> None:
        """A closed connection is no login."""
        if not self.ready.done():
            self.ready.set_result(-1)

    def published(self, payload: bytes) -> None:
        """A message from above: these ones do not listen."""

    def beat(self, number: int) -> None:
        """One heartbeat; `uptime` carries its number."""
        self.transport.write(codec.publish(self._topic, b"%b%d%b" % (self._head, number, self._tail)))


class Swarm:
    """Many of them."""

    def __init__(self, port: int, first: int, count: int) -> None:
        self._port = port
        self._numbers = range(first, first + count)
        self._devices: list[Device] = []
        self._sent = 0

    async def login(self, at_once: int) -> dict[str, object]:
        """All, so many at a time."""
        began = time.perf_counter()
        gate = asyncio.Semaphore(at_once)
        codes = await asyncio.gather(*(self._one(number, gate) for number in self._numbers))
        return {"ok": codes.count(0), "of": len(codes), "seconds": time.perf_counter() - began}

    def made(self, number: int) -> Device:
        """One device, not connected yet."""
        return Device(number)

    async def _one(self, number: int, gate: asyncio.Semaphore) -> int:
        async with gate:
            _, device = await asyncio.get_running_loop().create_connection(
                lambda: self.made(number), "127.0.0.1", self._port
            )
            code = await asyncio.wait_for(device.ready, 30)
        if code == 0:
            self._devices.append(device)
        return code

    async def beat(self, rate: float, seconds: float) -> dict[str, object]:
        """Evenly spread; as many as the time allows, never more than `rate` a second."""
        began = time.perf_counter()
        sent = 0
        while (passed := time.perf_counter() - began) < seconds:
            due = int(passed * rate) - sent
            for _ in range(min(due, 2_000)):
                self._sent += 1
                self._devices[self._sent % len(self._devices)].beat(self._sent // len(self._devices))
            sent += min(due, 2_000)
            await asyncio.sleep(TICK_S)
        return {"sent": sent, "seconds": time.perf_counter() - began, "last": self._last()}

    def _last(self) -> int:
        """Sum of the numbers of every device's last beat."""
        count = len(self._devices)
        rounds, rest = divmod(self._sent, count)
        return rounds * (rest + 1) + (rounds - 1) * (count - rest - 1)


async def main(port: int, first: int, count: int) -> None:
    """Follow orders until standard input ends."""
    swarm = Swarm(port, first, count)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        match line.split():
            case ["login"]:
                answer = await swarm.login(IN_FLIGHT)
            case ["login", at_once]:
                answer = await swarm.login(int(at_once))
            case ["beat", rate, seconds]:
                answer = await swarm.beat(float(rate), float(seconds))
            case _:
                answer = {"error": line}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
