"""Stations in virtual time: what they send, and how they fail, is written down beforehand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from devicelink.relayed import Spec
from speaker.clock import MS
from speaker.relay.desk import Desk, Reach
from speaker.relay.ear import Ear
from speaker.relay.stage import Stage
from speaker.sink import RATE, Pcm, Source
from speaker_pole import Pole

SLICE_MS = 20


@cache
def _programme(name: str) -> Pcm:
    """Twenty seconds of low noise: a millisecond off is still alike."""
    white = np.random.default_rng(list(name.encode())).normal(size=RATE * 20) * 40_000
    return np.convolve(white, np.ones(96) / 96, "same").astype(np.int16)


def sent(name: str, first_ms: int, count: int) -> Pcm:
    """What this station sends from the instant `first_ms` (true ms) on; no two stations, no two moments are alike."""
    programme = _programme(name)
    return programme[np.arange(first_ms * 48, first_ms * 48 + count) % len(programme)]


@dataclass
class Transmitter:
    """`faults`: (from ms, to ms, "gone" | "stuck" | "silent"), by true time. `delay`: stamps, None = sent without."""

    name: str
    faults: list[tuple[int, int, str]] = field(default_factory=list)
    delay: int | None = None

    def fault(self, at: int) -> str:
        return next((kind for begin, end, kind in self.faults if begin <= at < end), "")


class Hearing:
    """A `Listened` that hears a transmitter as virtual time passes."""

    def __init__(self, transmitter: Transmitter, now: int) -> None:
        self.ear = Ear()
        self.received = 0
        self._of, self._at = transmitter, now // SLICE_MS * SLICE_MS

    def go_on(self, now: int) -> None:
        while self._at + SLICE_MS <= now:
            fault = self._of.fault(self._at)
            samples = sent(self._of.name, self._at, SLICE_MS * 48)
            if fault == "gone":
                self.ear.lost("gone")
            elif fault != "stuck":
                stamp = 0 if self._of.delay is None else (self._at + self._of.delay) * 1_000
                self.ear.take(samples * (fault != "silent"), stamp, self._at)
                self.received += len(samples) // 6
            self._at += SLICE_MS


class RelayPole(Pole):
    """A pole whose sources are transmitters, by relay address."""

    def __init__(self, folder: Path, now: int, transmitters: dict[str, Transmitter], *, drift_ppm: float = 0.0) -> None:
        self.transmitters = transmitters
        self.hearings: list[Hearing] = []
        self.spent = 0
        self.blocks: list[tuple[float, Pcm]] = []
        super().__init__(folder, now, drift_ppm)

    def boot(self, *, synced: bool = False) -> None:
        super().boot(synced=synced)
        self.desk = Desk(threaded=False, read=self._read, now=self.true)
        self.player._stage = Stage(self.desk, Reach(gateway="http://gateway"), self.clock, self._spend)

    def _spend(self, count: int) -> None:
        self.spent += count

    def _read(self, spec: Callable[[], Spec]) -> Hearing:
        asked = spec()
        hearing = Hearing(self.transmitters[asked.url or str(asked.frequency) or asked.input], self.true())
        self.hearings.append(hearing)
        return hearing

    def _listen(self) -> None:
        for hearing in self.hearings:
            hearing.go_on(self.true())
        self.desk.round()

    def _pass(self, end: int) -> None:
        """While something is relayed or warms up, no jump over silence is longer than a slice."""
        while self.ticks.at < end and not self.notified:
            self._listen()
            super()._pass(min(end, self.ticks.at + SLICE_MS * MS) if self.desk._mixers else end)

    def _hear(self, heard_at: int, block: Pcm) -> None:
        """Minutes of sound are kept in pieces."""
        self.blocks.append((self.base + self.sink.ticks_of(heard_at) / MS, block.copy()))

    def _pull(self, source: Source, end: int) -> None:
        self._listen()
        super()._pull(source, end)
