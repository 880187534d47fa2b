"""A sound card whose loudspeaker is a growing WAV file: what a person at the pole would hear, sample for sample.

Silence costs no disk space (a hole in the file). Beside each file lies a JSON sidecar with the true instant of its
first sample, so that a test or a person can find the planned second in it.
"""

import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from speaker.sink import BLOCK, RATE, Source
from speaker.sinks.card_clock import CardClock, CardFaults
from speaker.sinks.null import NullSink
from speaker.sinks.pump import Pump

HEADER = 44
PATCH_BLOCKS = 100  # the header is brought up to date once a second
HOUR_BLOCKS = 360_000


class Sidecar(msgspec.Struct, frozen=True, kw_only=True):
    """`first_sample_ns`: true Unix time of sample 0, as heard; a sample lasts 1 / (rate * (1 + drift_ppm / 1e6)) s.

    `before`: samples rendered in earlier files since this process began.
    """

    wav: str
    rate: int = RATE
    first_sample_ns: int
    drift_ppm: float
    latency_s: float
    before: int = 0


@dataclass(slots=True)
class _File:
    path: Path
    handle: int
    first: int
    blocks: int = 0


class WavSink(NullSink):
    """Writes `000001.wav`, `000002.wav`, ... into `folder`; a new file at each start and after `rotate_blocks` blocks.

    At most `keep` files stay. `true_ns` tells the true time (for the sidecar only).
    """

    def __init__(
        self,
        pump: Pump,
        folder: Path,
        faults: CardFaults | None = None,
        *,
        clock: CardClock | None = None,
        true_ns: Callable[[], int] = time.time_ns,
        rotate_blocks: int = HOUR_BLOCKS,
        keep: int = 48,
    ) -> None:
        self._faults = faults or CardFaults()
        super().__init__(pump, clock=clock or CardClock(self._faults))
        self._folder = folder
        self._true_ns = true_ns
        self._rotate, self._keep = rotate_blocks, keep
        self._file: _File | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def path(self) -> Path | None:
        """The file that grows now."""
        return self._file.path if self._file else None

    def opened(self, heard_at: int) -> None:
        """See `NullSink`."""
        self._open(heard_at)

    def stop(self) -> None:
        """See `Sink`."""
        super().stop()
        if self._file is not None:
            self._close(self._file)
            self._file = None

    def serve(self) -> None:
        """See `speaker.sinks.pump.Pulled`."""
        super().serve()
        file = self._file
        if file is None:
            return
        due = (self.pulled - file.first) // BLOCK
        if due >= self._rotate:
            self._close(file)
            self._open(self._next + self._clock.latency_ns)
        elif due - file.blocks >= PATCH_BLOCKS:
            self._patch(file)

    def play(self, heard_at: int, source: Source) -> None:
        """See `NullSink`."""
        block = source.pull(heard_at)
        if block is not None and self._file is not None:
            os.pwrite(self._file.handle, block.data, HEADER + 2 * (self.pulled - self._file.first))

    def frames(self) -> int:
        """See `speaker.sink.Tap`."""
        return self.pulled

    def heard(self, first: int, count: int) -> bytes:
        """See `speaker.sink.Tap`; only the file that grows now is heard."""
        file = self._file
        if file is None:
            return b""
        first = max(first, file.first)
        count = min(count, self.pulled - first)
        if count <= 0:
            return b""
        try:
            with file.path.open("rb") as reading:
                data = os.pread(reading.fileno(), 2 * count, HEADER + 2 * (first - file.first))
        except FileNotFoundError:
            return b""
        return data.ljust(2 * count, b"\0")

    def _open(self, heard_at: int) -> None:
        path = self._folder / f"{self._number():06d}.wav"
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        os.pwrite(handle, wav_header(0), 0)
        sidecar = Sidecar(
            wav=path.name,
            first_sample_ns=self._true_instant(heard_at),
            drift_ppm=self._faults.drift_ppm,
            latency_s=self._faults.latency_s,
            before=self.pulled,
        )
        path.with_suffix(".json").write_bytes(msgspec.json.encode(sidecar))
        self._file = _File(path, handle, self.pulled)
        self._forget_old()

    def _true_instant(self, reading: int) -> int:
        """True time at which the card reads this; both clocks are read as nearly at once as this machine lets us."""
        readings = []
        for _ in range(8):
            before, true, after = self._clock.now(), self._true_ns(), self._clock.now()
            readings.append((after - before, true - self._clock.true_between(reading, before, after)))
            if after - before < 50_000:
                break
        return min(readings)[1]

    def _number(self) -> int:
        return max((int(path.stem) for path in self._folder.glob("[0-9]*.wav")), default=0) + 1

    def _forget_old(self) -> None:
        for path in sorted(self._folder.glob("[0-9]*.wav"))[: -self._keep]:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)

    def _patch(self, file: _File) -> None:
        samples = self.pulled - file.first
        os.ftruncate(file.handle, HEADER + 2 * samples)
        os.pwrite(file.handle, wav_header(samples), 0)
        file.blocks = samples // BLOCK

    def _close(self, file: _File) -> None:
        self._patch(file)
        os.close(file.handle)


def wav_header(samples: int, *, rate: int = RATE) -> bytes:
    """RIFF header of mono s16 with that many samples."""
    data = min(2 * samples, 0xFFFFFFFF - HEADER)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", data
    )
