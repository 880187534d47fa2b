"""Simulated loudspeakers that fetch: hear the hint, fetch plan and sounds, verify everything, acknowledge.

Run as a process of its own: `_listeners.py MQTT_PORT GATEWAY_URL ROOT_KEY COUNT`. Prints one line of JSON when all are
ready, and one for each device that holds a plan with all its sounds: {"device", "at" (Unix seconds), "sounds"}.
Nothing is shared between the devices except the code: each verifies by itself.
"""

import asyncio
import hashlib
import json
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop
from devicelink import codec, tokens, topics
from devicelink.freshness import Clock, MemoryLedger, slot_of
from devicelink.jws import decode64
from devicelink.keyring import Keyring, Verifier
from devicelink.messages import Ack, Changed, Hello, Keyset, Message, Placement, Plan, Revisions, Welcome
from devicelink.refusals import Refused

from bench._swarm import name_of, seed_of

NONCE = "bench-nonce-0123456789"


class Http:
    """One kept connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, token: str) -> bytes:
        """The body; AssertionError unless 200."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        request = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(request.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        body = await reader.readexactly(length)
        assert " 200 " in head.split("\r\n")[0], (path, head, body)
        return body


class Listener(asyncio.Protocol):
    """One device."""

    def __init__(self, number: int, url: str, root: bytes) -> None:
        self.name = name_of(number)
        self._seed = seed_of(number)
        self._http = Http(url)
        self._verifier = Verifier(root=root, device=self.name, ledger=MemoryLedger())
        self._sounds: set[str] = set()
        self._work: asyncio.Queue[bytes] = asyncio.Queue()
        self._parser = codec.Parser()
        self.ready = asyncio.Event()

    def _clock(self) -> Clock:
        return Clock(now=time.time_ns() // 1_000_000, bound=10)

    def _token(self, audience: str) -> str:
        return tokens.make(self.name, audience, seed=self._seed, now=time.time_ns() // 1_000_000)

    async def prepare(self) -> None:
        """Keyset and placement, as after enrolment."""
        await self._fetch(Keyset)
        await self._fetch(Placement)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Log in."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(codec.connect(self.name, self.name, self._token(tokens.ENGINE), keep_alive=600))

    def data_received(self, data: bytes) -> None:
        """Messages wait for `live`."""
        for packet in self._parser.feed(data):
            if packet.kind == codec.CONNACK:
                assert codec.read_connack(packet) == 0
                assert self._verifier.placement is not None
                commune = self._verifier.placement.area.split(".")[2]
                self._transport.write(codec.subscribe(1, topics.subscriptions(self.name, commune)))
            elif packet.kind == codec.SUBACK:
                assert set(codec.read_suback(packet)[1]) == {0}
                hello = Hello(
                    device=self.name, nonce=NONCE, boot="b", versions=(1,), agent="bench", revisions=Revisions()
                )
                self._say(hello)
            elif packet.kind == codec.PUBLISH:
                self._work.put_nowait(codec.read_publish(packet).payload)

    def _say(self, message: Message) -> None:
        self._transport.write(codec.publish(topics.up(self.name, message.typ), msgspec.json.encode(message)))

    async def live(self) -> None:
        """Follow hints for ever."""
        while True:
            token = await self._work.get()
            try:
                found = self._verifier.verify(token, Welcome, Changed, clock=self._clock(), nonce=NONCE).message
            except Refused as refusal:
                print(json.dumps({"refused": refusal.reason}), file=sys.stderr, flush=True)
                continue
            if isinstance(found, Welcome):
                self.ready.set()
                continue
            self._acknowledge(f"changed:{found.id}")
            if found.document == "plan":
                await self._fetch_plan()

    def _acknowledge(self, of: str, detail: str = "") -> None:
        self._say(Ack(device=self.name, of=of, code="ok", at=time.time_ns() // 1_000_000, detail=detail))

    async def _fetch_plan(self) -> None:
        plan = await self._fetch(Plan)
        assert isinstance(plan, Plan)
        for file in plan.files:
            if file.sha256 not in self._sounds:
                body = await self._http.get(f"/device/media/{file.sha256}", self._token(tokens.GATEWAY))
                assert hashlib.sha256(body).hexdigest() == file.sha256
                self._sounds.add(file.sha256)
        self._acknowledge(f"plan:{plan.revision}", "complete")
        print(json.dumps({"device": self.name, "at": time.time(), "sounds": sorted(self._sounds)}), flush=True)

    async def _fetch(self, kind: type[Keyset | Placement | Plan]) -> Keyset | Placement | Plan:
        token = await self._http.get(f"/device/{kind.typ}", self._token(tokens.GATEWAY))
        verified = self._verifier.verify(token, kind, clock=self._clock())
        message = verified.message
        cast(MemoryLedger, self._verifier.ledger).keep(slot_of(message), verified.mark)
        if isinstance(message, Keyset):
            self._verifier.keyring = Keyring.of(message)
        elif isinstance(message, Placement):
            self._verifier.placement = message
        return message


async def main(port: int, url: str, root: str, count: int) -> None:
    """Until killed."""
    listeners = [Listener(number, url, decode64(root)) for number in range(count)]
    loop = asyncio.get_running_loop()
    tasks = []
    for listener in listeners:
        await listener.prepare()
        await loop.create_connection(lambda listener=listener: listener, "127.0.0.1", port)  # type: ignore[misc]
        tasks.append(asyncio.create_task(listener.live()))
    await asyncio.gather(*(listener.ready.wait() for listener in listeners))
    print(json.dumps({"ready": count}), flush=True)
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
