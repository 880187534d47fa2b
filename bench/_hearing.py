"""Many listeners to one live voice in a process of its own: each verifies every batch, some decode and sound it too.

`_hearing.py PORT FIRST COUNT DECODE`: logs in as `_swarm` does, or not at all where the engine asks for no login; then
reads orders from standard input, one a line: `session <JSON of the session>`, `wait <Unix ms>` answered by one line of
JSON: how many batches came, were refused, and the ms beyond the buffer at which samples were ready to sound.
"""

import asyncio
import json
import os
import sys
import time

import msgspec
import numpy as np
import uvloop
from devicelink import jws
from devicelink.batches import is_batch, session_of
from devicelink.messages import Session
from devicelink.refusals import Refused
from speaker.live.certificate import NONE_YET, Seen, open_batch, until_of
from speaker.live.mouth import Mouth
from speaker.live.sitting import Sitting
from speaker.sink import BLOCK_NS, Pcm

from bench._swarm import Device, Swarm

LATENCY_NS = 50_000_000  # what a card asks for ahead


class Listener(Device):
    """Verifies; one that decodes is pulled by a card as well."""

    def __init__(self, number: int, *, decodes: bool) -> None:
        super().__init__(number)
        self.decodes = decodes
        self.session: Session | None = None
        self.came: list[float] = []
        self.refused = 0
        self._seen: Seen = NONE_YET
        self._key = b""
        self.sitting: Sitting | None = None
        self.mouth = Mouth(self)
        self.next_ns = 0
        self.sounded = 0

    def attend(self, session: Session) -> None:
        """Its certificate was verified."""
        self.session, self._key, self._seen = session, jws.decode64(session.public), NONE_YET
        if self.decodes:
            self.sitting = Sitting.of(session, self._key, 0.0)
            self.mouth.sound(self.sitting.stand)
            self.next_ns = (session.start + session.buffer) * 1_000_000

    def pull(self, heard_at: int) -> Pcm | None:
        """Nothing else sounds here."""
        return None

    def published(self, payload: bytes) -> None:
        """One message from above."""
        session = self.session
        if session is None or not is_batch(payload) or session_of(payload) != session.id:
            return
        now = time.time_ns() / 1e6
        try:
            if self.sitting is not None:
                self.sitting.hear(payload, int(now), 5)
                captured = self.sitting.seen.until
            else:
                batch = open_batch(payload, session, self._key, self._seen, now=int(now), bound=5)
                self._seen = Seen(batch.number, until_of(batch))
                captured = self._seen.until
        except Refused:
            self.refused += 1
            return
        self.came.append(time.time_ns() / 1e6 - captured / 1_000)

    def play(self) -> None:
        """What its card would have asked for by now."""
        while self.sitting is not None and self.next_ns < time.time_ns() + LATENCY_NS:
            self.sounded += self.mouth.pull(self.next_ns) is not None
            self.next_ns += BLOCK_NS


class Crowd(Swarm):
    """`decode` of them decode."""

    def __init__(self, port: int, first: int, count: int, decode: int) -> None:
        super().__init__(port, first, count)
        self._decode = first + decode

    def made(self, number: int) -> Device:
        """See `Swarm`."""
        return Listener(number, decodes=number < self._decode)

    def listeners(self) -> list[Listener]:
        """All of them."""
        return [device for device in self._devices if isinstance(device, Listener)]

    async def until(self, end_ms: int) -> dict[str, object]:
        """Sound until then, and tell."""
        before = os.times()
        while time.time_ns() < end_ms * 1_000_000:
            for one in self.listeners():
                one.play()
            await asyncio.sleep(0.02)
        after = os.times()
        late = [came for one in self.listeners() for came in one.came]
        decoders = [one.sitting.stand for one in self.listeners() if one.sitting is not None]
        return {
            "came": len(late),
            "refused": sum(one.refused for one in self.listeners()),
            "late_ms": [round(float(np.percentile(late, share)), 2) for share in (50, 99, 100)] if late else [],
            "sounded": sum(one.sounded for one in self.listeners()),
            "starved": sum(stand.starved for stand in decoders),
            "cpu_s": round(after.user + after.system - before.user - before.system, 3),
        }


async def main(port: int, first: int, count: int, decode: int) -> None:
    """Follow orders until standard input ends."""
    crowd = Crowd(port, first, count, decode)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        verb, _, rest = line.strip().partition(" ")
        answer: dict[str, object] = {"error": line}
        if verb == "login":
            answer = await crowd.login(50)
        elif verb == "session":
            for one in crowd.listeners():
                one.attend(msgspec.json.decode(rest, type=Session))
            answer = {"ok": True}
        elif verb == "wait":
            answer = await crowd.until(int(rest))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(*map(int, sys.argv[1:5])))
