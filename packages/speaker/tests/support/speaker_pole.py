"""A loudspeaker whose oscillator belongs to the test: days pass in a second, and everything that sounds is kept."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import speaker_village as village
from devicelink.messages import Placement, Plan, Proof
from speaker.cache import MediaCache
from speaker.clock import MS, DeviceClock
from speaker.decide import Loudness, Situation, loudness
from speaker.disk import RealDisk
from speaker.feeder import Feeder
from speaker.pcm import PcmCache
from speaker.player import Player
from speaker.proof import ProofBook
from speaker.record import Record
from speaker.sink import BLOCK_NS, RATE, Pcm, Source
from speaker.store import HoldSpan, Store

HOUR_NS = 3_600_000_000_000
EVER = 1 << 62


class VirtualTicks:
    """See `speaker.clock.Ticks`."""

    boot = "kernel-1"

    def __init__(self, wall: int | None = None) -> None:
        self.at = HOUR_NS
        self.wall = wall

    def ns(self) -> int:
        return self.at

    def wall_ms(self) -> int | None:
        return None if self.wall is None else self.wall + (self.at - HOUR_NS) // MS


@dataclass
class Stretch:
    """Something sounded from `start` to `end` (true ms)."""

    start: float
    end: float
    pcm: Pcm


class Oscillator:
    """What the device takes for its clock: too fast by `ppm`, and set forward by `step` ms at some time."""

    def __init__(self, ticks: VirtualTicks, ppm: float = 0.0) -> None:
        self._ticks, self._rate = ticks, ppm / 1e6
        self.step = 0

    @property
    def boot(self) -> str:
        return self._ticks.boot

    def ns(self) -> int:
        passed = self._ticks.at - HOUR_NS
        return self._ticks.at + int(passed * self._rate) + self.step * MS

    def wall_ms(self) -> int | None:
        return self._ticks.wall_ms()


class VirtualSink:
    """A card driven by the test: its own zero, drift and latency; jumps over silence. Pulls nothing while `dead`."""

    def __init__(self, ticks: VirtualTicks, *, offset_ns: int = 77_000_000_000, drift_ppm: float = 0.0) -> None:
        self._ticks, self._offset, self._rate = ticks, offset_ns, 1 + drift_ppm / 1e6
        self.latency_ns = 100_000_000
        self.source: Source | None = None
        self.next = self.clock()
        self.trouble = ""
        self.dead = False

    def start(self, source: Source) -> None:
        self.source = source
        self.next = self.clock()

    def stop(self) -> None:
        self.source = None

    def clock(self) -> int:
        return self._offset + int(self._ticks.ns() * self._rate)

    def ticks_of(self, reading: int) -> int:
        return int((reading - self._offset) / self._rate)


@dataclass
class Pole:
    """`now`: true ms at the start. Everything is made anew by `boot`, on the same folder."""

    folder: Path
    now: int
    drift_ppm: float = 0.0
    wall: bool = True
    clock_ppm: float = 0.0
    heard: list[Stretch] = field(default_factory=list)
    situation: Situation | None = None
    loudness: Loudness = field(default_factory=lambda: Loudness(100))

    def __post_init__(self) -> None:
        self.ticks = VirtualTicks(self.now if self.wall else None)
        self.oscillator = Oscillator(self.ticks, self.clock_ppm)
        self.base = self.now - self.ticks.at // MS
        self.boots = 0
        self.boot(synced=True)

    def true(self) -> int:
        """True ms now."""
        return self.base + self.ticks.at // MS

    def boot(self, *, synced: bool = False) -> None:
        """Start the agent's part that plays, as after a restart of the process."""
        if self.boots:
            self.store.close()
        self.boots += 1
        disk = RealDisk()
        self.store = Store(disk, self.folder)
        self.clock = DeviceClock(self.oscillator, self.store)
        if synced:
            self.sync()
        self.media = MediaCache(disk, self.store, reserve=0)
        for name in self.media.unchecked():
            self.media.check(name)
        self.sink = VirtualSink(self.ticks, drift_ppm=self.drift_ppm)
        self.book = ProofBook(self.store, village.DEVICE, f"b-{self.boots}", village.seed(village.DEVICE))
        self.notified = False
        self.player = Player(
            clock=self.clock,
            sink=self.sink,
            feeder=Feeder(PcmCache(), threaded=False, ahead=EVER),
            media=self.media,
            record=Record(self.store, self.clock, self.book),
            notify=self._notify,
        )
        self.player.begin()
        self.player.apply(self.situation, self.loudness)

    def sync(self, *, there: int = 0, back: int = 0) -> int:
        """A signed time arrives, after so many ms on the way there and back; what the clock was stepped by."""
        received = self.oscillator.ns()
        asked, told = received - (there + back) * MS, self.true() - back
        stepped = self.clock.answered(told, asked_ns=asked, received_ns=received).stepped
        if stepped:
            self.player.stepped(stepped)
        return stepped

    def keep(self, *sounds: village.Sound) -> None:
        """The files are on the device."""
        for sound in sounds:
            self.media.append(sound.sha256, sound.data, 0)
            self.media.finish(sound.sha256)

    def obey(self, plan: Plan, placement: Placement | None = None, **changes: Any) -> None:
        """A plan accepted and welcomed now."""
        fields: dict[str, Any] = {"welcomed": self.true(), "since": self.true()} | changes
        place = placement or village.placement(self.now)
        self.situation = Situation(device=place.device, plan=plan, placement=place, **fields)
        self.loudness = loudness(place, [village.volume(self.now, 100)])
        self.player.apply(self.situation, self.loudness)

    def hold(self, *spans: HoldSpan) -> None:
        assert self.situation is not None
        self.situation = replace(self.situation, holds=spans)
        self.player.apply(self.situation, self.loudness)

    def run(self, until: int) -> None:
        """Let true time pass until `until` (ms), as the agent's loop and the card's thread would."""
        end = (until - self.base) * MS
        while self.ticks.at < end:
            nap = self.player.step() * MS
            self.notified = False
            self._pass(min(end, self.ticks.at + nap))
        self.player.step()

    def run_for(self, milliseconds: int) -> None:
        self.run(self.true() + milliseconds)

    def card_dies(self, *, noticed: bool = True) -> None:
        """The card asks for nothing any more; the sink says so after some seconds."""
        self.sink.dead = True
        self.sink.trouble = "the sound card does not answer" if noticed else ""

    def card_returns(self) -> None:
        self.sink.dead, self.sink.trouble = False, ""
        self.sink.next = self.sink.clock()

    def proofs(self) -> list[Proof]:
        """Every row so far, in order."""
        rows = self.store._db.execute("select row from proof")
        found = [msgspec.json.decode(row[0], type=Proof) for row in rows]
        return sorted(found, key=lambda row: (row.boot, row.count))

    def said(self) -> list[tuple[str, str, str]]:
        """(airing, outcome, reason) of every row."""
        return [(row.airing, row.outcome, row.reason) for row in self.proofs()]

    def _notify(self) -> None:
        self.notified = True

    def _pass(self, end: int) -> None:
        while self.ticks.at < end and not self.notified:
            source = self.sink.source
            due = self.sink.ticks_of(self.sink.next)
            if source is None or self.sink.dead or due > end:
                self.ticks.at = max(self.ticks.at, end)
                if self.sink.dead:
                    self.sink.next = self.sink.clock()
                return
            self.ticks.at = max(self.ticks.at, due)
            self._pull(source, end)

    def _pull(self, source: Source, end: int) -> None:
        heard_at = self.sink.next + self.sink.latency_ns
        if self.player.renderer.playing is None:
            quiet = self._quiet_until(end)
            if quiet > self.sink.next:
                self.sink.next += (quiet - self.sink.next) // BLOCK_NS * BLOCK_NS + BLOCK_NS
                return
        block = source.pull(heard_at)
        if block is not None:
            self._hear(heard_at, block)
        self.sink.next += BLOCK_NS

    def _quiet_until(self, end: int) -> int:
        """Nothing can begin before this reading of the card."""
        armed = self.player.renderer.armed
        limit = self.sink._offset + int(end * self.sink._rate)
        if armed is None:
            return limit
        begins = armed.start_ns + self.player.renderer._shift - self.sink.latency_ns - 2 * BLOCK_NS
        return min(limit, begins)

    def _hear(self, heard_at: int, block: Pcm) -> None:
        start = self.base + self.sink.ticks_of(heard_at) / MS
        last = self.heard[-1] if self.heard else None
        if last is not None and abs(last.end - start) < 0.5:
            last.pcm = np.concatenate((last.pcm, block))
            last.end = start + 10
        else:
            self.heard.append(Stretch(start, start + 10, block.copy()))


def begins_at(stretch: Stretch, sound: village.Sound, *, within: float = 0.5) -> float:
    """True ms at which `sound` begins in the stretch, by correlation over its first `within` seconds."""
    count = int(within * RATE)
    part = sound.pcm[:count].astype(np.float64)
    size = 1 << (len(stretch.pcm) + count).bit_length()
    product = np.fft.irfft(np.fft.rfft(stretch.pcm.astype(np.float64), size) * np.conj(np.fft.rfft(part, size)), size)
    return stretch.start + int(np.argmax(product[: len(stretch.pcm)])) / RATE * 1000
