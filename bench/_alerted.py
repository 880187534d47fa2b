"""Simulated loudspeakers that hear alerts: each verifies by itself, acknowledges, and takes the voice that follows.

Run as a process of its own: `_alerted.py PORT FIRST COUNT KEYSET`, where KEYSET is the file of the signed keyset. It
reads orders from standard input, one a line, and answers each with one line of JSON: `login`, `forget` (also what was
remembered of ids), `wait SECONDS` (until every device took an alert or a cancel since `forget`), `voices SECONDS`
(until every device has a voice), `raw SECONDS` (until every device got the bytes `RAW`): {"at": Unix seconds of each,
0 = never, "refused": {code: n}}. `storm` lets them come back by themselves when they are cut off, with a hello;
`back SECONDS`: {"at", "back": when each was welcomed again, 0 = not, "twice": how often an id was taken twice}.
"""

import asyncio
import json
import random
import secrets
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import uvloop
from devicelink import codec, jws, topics, voices
from devicelink.freshness import Clock, MemoryLedger
from devicelink.jws import decode64
from devicelink.keyring import Keyring, Verifier
from devicelink.messages import (
    Ack,
    Alert,
    Audience,
    Cancel,
    Hello,
    Hours,
    Keyset,
    Message,
    Placement,
    Revisions,
    Welcome,
)
from devicelink.refusals import Reason, Refused

from bench._swarm import IN_FLIGHT, Device, Swarm, name_of

LOOK_S = 0.01
RAW = b"raw:"
FIRST_TRY_S, LONGEST_S = 15.0, 60.0


class Memory:
    """What one loudspeaker knows, whatever its connection."""

    def __init__(self, number: int, keyset: Keyset, keyring: Keyring) -> None:
        self.name = name_of(number)
        self.at = self.voice_at = self.raw_at = self.back_at = 0.0
        self.nonce = ""
        self.wanted: set[str] = set()
        self.took: Counter[str] = Counter()
        self.ledger = MemoryLedger()
        self.verifier = Verifier(root=decode64(keyset.root), device=self.name, ledger=self.ledger)
        self.verifier.keyring = keyring
        commune = f"{number // 150:05}"
        self.verifier.placement = Placement(
            audience=Audience(device=self.name), revision=1, issued=1, device=self.name, area=f"vn.15.{commune}",
            groups=(), plan_set=f"ps-{commune}", hours=Hours(windows=()), max_volume=80,
        )  # fmt: skip

    def forget(self) -> None:
        """What was heard so far does not count."""
        self.at = self.voice_at = self.raw_at = self.back_at = 0.0
        self.took.clear()
        self.ledger.events.clear()


class Alerted(Device):
    """One connection of one loudspeaker."""

    refused: Counter[str] = Counter()

    def __init__(self, number: int, memory: Memory, village: "Village") -> None:
        super().__init__(number)
        self.number = number
        self.memory = memory
        self._village = village

    def published(self, payload: bytes) -> None:
        """A message from above: verified, acknowledged; a voice is hashed."""
        if payload.startswith(RAW):
            self.memory.raw_at = self.memory.raw_at or time.time()
        elif voices.is_voice(payload):
            if voices.unpack(payload)[0] in self.memory.wanted:
                self.memory.voice_at = self.memory.voice_at or time.time()
        else:
            self._verify(payload)

    def _verify(self, payload: bytes | str) -> None:
        memory, now = self.memory, time.time_ns() // 1_000_000
        clock = Clock(now=now, bound=10)
        try:
            found = memory.verifier.verify(payload, Alert, Cancel, Welcome, clock=clock, nonce=memory.nonce).message
        except Refused as refusal:
            if refusal.reason == Reason.DUPLICATE:
                envelope = jws.parse(payload)
                self._acknowledge(f"{envelope.header.typ}:{json.loads(envelope.payload)['id']}", "duplicate", now)
            elif refusal.reason != Reason.UNKNOWN_TYPE:  # hints are not followed here
                self.refused[str(refusal.reason)] += 1
            return
        if isinstance(found, Welcome):
            memory.back_at = time.time()
            for token in found.alerts:
                self._verify(token)
            return
        memory.took[found.id] += 1
        memory.wanted = {voice.sha256 for target in found.targets for voice in target.voices}
        self._acknowledge(f"{found.typ}:{found.id}", "ok", now)
        memory.at = memory.at or time.time()

    def _acknowledge(self, of: str, code: str, now: int) -> None:
        self._say(Ack(device=self.name, of=of, code=code, at=now))

    def hello(self) -> None:
        """Ask what was missed."""
        self.memory.nonce = secrets.token_hex(8)
        self._say(
            Hello(
                device=self.name, nonce=self.memory.nonce, boot="b", versions=(1,), agent="bench", revisions=Revisions()
            )
        )

    def _say(self, message: Message) -> None:
        self.transport.write(codec.publish(topics.up(self.name, message.typ), msgspec.json.encode(message)))

    def connection_lost(self, error: Exception | None) -> None:
        """Come back, if there is a storm."""
        super().connection_lost(error)
        self._village.lost(self)


class Village(Swarm):
    """Many of them."""

    def __init__(self, port: int, first: int, count: int, keyset: Keyset) -> None:
        super().__init__(port, first, count)
        keyring = Keyring.of(keyset)
        self._memories = {number: Memory(number, keyset, keyring) for number in self._numbers}
        self._storm = False
        self._coming: set[asyncio.Task[None]] = set()

    def made(self, number: int) -> Device:
        """See `Swarm`."""
        return Alerted(number, self._memories[number], self)

    def forget(self) -> dict[str, object]:
        """What was heard so far does not count."""
        for memory in self._memories.values():
            memory.forget()
        Alerted.refused.clear()
        return {}

    def storm(self) -> dict[str, object]:
        """From now on they come back."""
        self._storm = True
        return {}

    def lost(self, device: Alerted) -> None:
        """A connection ended that had been good."""
        if self._storm and device.ready.done() and device.ready.result() == 0:
            task = asyncio.get_running_loop().create_task(self._come_back(device.number))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)

    async def _come_back(self, number: int) -> None:
        """First after a moment within 15 s, then after twice as long each time, up to a minute."""
        pause = random.uniform(0, FIRST_TRY_S)
        while True:
            await asyncio.sleep(pause)
            try:
                _, device = await asyncio.get_running_loop().create_connection(
                    lambda: self.made(number), "127.0.0.1", self._port
                )
                if await asyncio.wait_for(device.ready, 30) == 0 and isinstance(device, Alerted):
                    device.hello()
                    return
            except (OSError, TimeoutError):
                pass
            pause = min(LONGEST_S, max(1.0, 2 * pause))

    async def until(self, field: str, seconds: float) -> dict[str, object]:
        """When it came to each, 0 for one to which it never came."""
        memories = list(self._memories.values())
        end = time.monotonic() + seconds
        while time.monotonic() < end and not all(getattr(memory, field) for memory in memories):
            await asyncio.sleep(LOOK_S)
        return {"at": [getattr(memory, field) for memory in memories], "refused": dict(Alerted.refused)}

    async def back(self, seconds: float) -> dict[str, object]:
        """After a storm."""
        answer = await self.until("back_at", seconds)
        heard = await self.until("at", 10)
        twice = sum(count > 1 for memory in self._memories.values() for count in memory.took.values())
        return {"back": answer["at"], "twice": twice, **heard}


async def main(port: int, first: int, count: int, file: Path) -> None:
    """Follow orders until standard input ends."""
    keyset = jws.decode(jws.parse(file.read_text().strip()).payload, Keyset)
    village = Village(port, first, count, keyset)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        match line.split():
            case ["login"]:
                answer = await village.login(IN_FLIGHT)
            case ["forget"]:
                answer = village.forget()
            case ["storm"]:
                answer = village.storm()
            case ["wait", seconds]:
                answer = await village.until("at", float(seconds))
            case ["voices", seconds]:
                answer = await village.until("voice_at", float(seconds))
            case ["raw", seconds]:
                answer = await village.until("raw_at", float(seconds))
            case ["back", seconds]:
                answer = await village.back(float(seconds))
            case _:
                answer = {"error": line}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
