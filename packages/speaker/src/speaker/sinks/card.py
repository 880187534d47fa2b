"""A real sound card through PortAudio (`pip install loa-speaker[card]`; Debian also needs libportaudio2)."""

import threading
from typing import Any

import numpy as np

from speaker.sink import BLOCK, RATE, Pcm, Source

RING_SECONDS = 10


class CardSink:
    """See `speaker.sink.Sink`. `device`: PortAudio name or number, None = the default card.

    The card's clock is PortAudio's stream time. `hidden_latency_s` is what the card does not report (amplifier, DSP);
    measure it once for a type of loudspeaker.
    """

    def __init__(self, device: str | int | None = None, *, hidden_latency_s: float = 0.0) -> None:
        import sounddevice  # only where a card is: the package needs a system library

        self._library: Any = sounddevice
        self._device = device
        self._hidden = int(hidden_latency_s * 1e9)
        self._stream: Any = None
        self._ring: Pcm = np.zeros(RING_SECONDS * RATE, np.int16)
        self._count = 0
        self._lock = threading.Lock()

    def start(self, source: Source) -> None:
        """See `Sink`."""

        def fill(output: Any, frames: int, moment: Any, _status: Any) -> None:
            heard_at = int(moment.outputBufferDacTime * 1e9) + self._hidden
            block = source.pull(heard_at)
            output[:, 0] = 0 if block is None else block[:frames]
            self._remember(output[:, 0])

        self._stream = self._library.OutputStream(
            samplerate=RATE, blocksize=BLOCK, channels=1, dtype="int16", device=self._device, callback=fill
        )
        self._stream.start()

    def stop(self) -> None:
        """See `Sink`."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def clock(self) -> int:
        """See `Sink`."""
        return int(self._stream.time * 1e9)

    def frames(self) -> int:
        """See `speaker.sink.Tap`."""
        return self._count

    def heard(self, first: int, count: int) -> bytes:
        """See `speaker.sink.Tap`: the last ten seconds."""
        with self._lock:
            first = max(first, self._count - len(self._ring), 0)
            places = np.arange(first, min(first + count, self._count)) % len(self._ring)
            return self._ring[places].tobytes()

    def _remember(self, block: Pcm) -> None:
        with self._lock:
            places = np.arange(self._count, self._count + len(block)) % len(self._ring)
            self._ring[places] = block
            self._count += len(block)
