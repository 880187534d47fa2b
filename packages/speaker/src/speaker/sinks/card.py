"""A real sound card through PortAudio (`pip install loa-speaker[card]`; Debian also needs libportaudio2)."""

import contextlib
import logging
import threading
import time
from typing import Any

import numpy as np

from speaker.sink import BLOCK, RATE, Pcm, Source

RING_SECONDS = 10
DEAD_S = 3.0  # a card that asked for nothing for so long is gone, or stuck

log = logging.getLogger("speaker.sinks")


class CardSink:
    """See `speaker.sink.Sink`. `device`: PortAudio name or number, None = the default card.

    The card's clock is PortAudio's stream time. `hidden_latency_s` is what the card does not report (amplifier, DSP);
    measure it once for a type of loudspeaker. A card that is missing, pulled out or stuck is opened again until it
    sounds; meanwhile time goes on by the computer's clock, and `trouble` says what is wrong.
    """

    def __init__(
        self,
        device: str | int | None = None,
        *,
        hidden_latency_s: float = 0.0,
        library: Any = None,
        dead_s: float = DEAD_S,
    ) -> None:
        if library is None:
            import sounddevice  # only where a card is: the package needs a system library

            library = sounddevice
        self._library: Any = library
        self._device = device
        self._hidden = int(hidden_latency_s * 1e9)
        self._dead_s = dead_s
        self._stream: Any = None
        self._pulled_at = 0.0
        self._ring: Pcm = np.zeros(RING_SECONDS * RATE, np.int16)
        self._count = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._keeper: threading.Thread | None = None
        self.trouble = ""

    def start(self, source: Source) -> None:
        """See `Sink`. Never fails: a card that is not there yet is waited for."""
        self._stopped.clear()
        self._open(source)
        self._keeper = threading.Thread(target=self._keep, args=(source,), name="card-keeper", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """See `Sink`."""
        self._stopped.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None
        self._close()

    def clock(self) -> int:
        """See `Sink`."""
        stream = self._stream
        if stream is not None:
            with contextlib.suppress(self._library.PortAudioError):
                return int(stream.time * 1e9)
        return time.monotonic_ns()

    def frames(self) -> int:
        """See `speaker.sink.Tap`."""
        return self._count

    def heard(self, first: int, count: int) -> bytes:
        """See `speaker.sink.Tap`: the last ten seconds."""
        with self._lock:
            first = max(first, self._count - len(self._ring), 0)
            places = np.arange(first, min(first + count, self._count)) % len(self._ring)
            return self._ring[places].tobytes()

    def _keep(self, source: Source) -> None:
        while not self._stopped.wait(self._dead_s / 3):
            if time.monotonic() - self._pulled_at > self._dead_s:
                if not self.trouble:
                    self.trouble = "the sound card does not answer"
                    log.error(self.trouble)
                self._close()
                self._open(source)
            elif self.trouble:
                log.warning("the sound card sounds again")
                self.trouble = ""

    def _open(self, source: Source) -> None:
        def fill(output: Any, frames: int, moment: Any, _status: Any) -> None:
            self._pulled_at = time.monotonic()
            heard_at = int(moment.outputBufferDacTime * 1e9) + self._hidden
            block = source.pull(heard_at)
            output[:, 0] = 0 if block is None else block[:frames]
            self._remember(output[:, 0])

        self._pulled_at = time.monotonic()
        try:
            self._stream = self._library.OutputStream(
                samplerate=RATE, blocksize=BLOCK, channels=1, dtype="int16", device=self._device, callback=fill
            )
            self._stream.start()
        except (self._library.PortAudioError, OSError, ValueError) as error:
            self.trouble = self.trouble or f"no sound card: {error}"
            log.error("%s", self.trouble)
            self._close()

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(self._library.PortAudioError):
                stream.close()

    def _remember(self, block: Pcm) -> None:
        with self._lock:
            places = np.arange(self._count, self._count + len(block)) % len(self._ring)
            self._ring[places] = block
            self._count += len(block)
