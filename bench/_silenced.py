"""Simulated loudspeakers that are told to be silent: each verifies the order by itself, stops, and acknowledges it.

Run as a process of its own: `_silenced.py PORT FIRST COUNT KEYSET`, where KEYSET is the file of the signed keyset. It
reads orders from standard input, one a line, and answers each with one line of JSON: `login`, `forget`, `wait SECONDS`
(until every device has an order since `forget`; {"at": Unix seconds of each, when it was silent, "refused": {code: n}})
"""

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import uvloop
from devicelink import codec, jws, topics
from devicelink.freshness import Clock, MemoryLedger
from devicelink.jws import decode64
from devicelink.keyring import Keyring, Verifier
from devicelink.messages import Ack, Audience, Hold, Hours, Keyset, Placement
from devicelink.refusals import Refused

from bench._swarm import IN_FLIGHT, Device, Swarm

LOOK_S = 0.01


class Silenced(Device):
    """One loudspeaker."""

    refused: Counter[str] = Counter()

    def __init__(self, number: int, keyset: Keyset) -> None:
        super().__init__(number)
        self.silent_at = 0.0
        self._verifier = Verifier(root=decode64(keyset.root), device=self.name, ledger=MemoryLedger())
        self._verifier.keyring = Keyring.of(keyset)
        self._verifier.placement = Placement(
            audience=Audience(device=self.name), revision=1, issued=1, device=self.name, area=f"vn.15.{self.commune}",
            groups=(), plan_set=f"ps-{self.commune}", hours=Hours(windows=()), max_volume=80,
        )  # fmt: skip

    def published(self, payload: bytes) -> None:
        """A message from above: verified, obeyed, acknowledged."""
        now = time.time_ns() // 1_000_000
        try:
            hold = self._verifier.verify(payload, Hold, clock=Clock(now=now, bound=10)).message
        except Refused as refusal:
            self.refused[str(refusal.reason)] += 1
            return
        self.silent_at = self.silent_at or time.time()
        ack = Ack(device=self.name, of=f"hold:{hold.revision}", code="ok", at=now)
        self.transport.write(codec.publish(topics.up(self.name, "ack"), msgspec.json.encode(ack)))


class Village(Swarm):
    """Many of them."""

    def __init__(self, port: int, first: int, count: int, keyset: Keyset) -> None:
        super().__init__(port, first, count)
        self._keyset = keyset

    def made(self, number: int) -> Device:
        """See `Swarm`."""
        return Silenced(number, self._keyset)

    def forget(self) -> dict[str, object]:
        """What was heard so far does not count."""
        for device in self._silenced:
            device.silent_at = 0.0
        Silenced.refused.clear()
        return {}

    async def wait(self, seconds: float) -> dict[str, object]:
        """When each was silent, 0 for one that never was."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not all(device.silent_at for device in self._silenced):
            await asyncio.sleep(LOOK_S)
        return {"at": [device.silent_at for device in self._silenced], "refused": dict(Silenced.refused)}

    @property
    def _silenced(self) -> list[Silenced]:
        return [device for device in self._devices if isinstance(device, Silenced)]


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
            case ["wait", seconds]:
                answer = await village.wait(float(seconds))
            case _:
                answer = {"error": line}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
