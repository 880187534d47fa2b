"""A real sound card through PortAudio (`pip install loa-speaker[card]`; Debian also needs libportaudio2)."""

import contextlib
import logging
import math
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

    The card's clock is PortAudio's stream time, carried on from one opening of the card to the next by the computer's
    clock: it never jumps. `hidden_latency_s` is what the card does not report (amplifier, DSP); measure it once for a
    type of loudspeaker. A card that is missing, pulled out or stuck is opened again until it asks for samples.
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
        self._opened_at = self._pulled_at = -math.inf
        self._zero: int | None = None  # our clock less the stream's; None until this stream has asked for samples
        self._anchor = (time.monotonic_ns(), time.monotonic_ns())  # our clock, and the computer's at the same moment
        self._ring: Pcm = np.zeros(RING_SECONDS * RATE, np.int16)
        self._count = 0
        self._lock = threading.Lock()
        self._using = threading.Lock()  # a stream's time may not be asked for while it is closed
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
        with self._using:
            if self._stream is not None and self._zero is not None:
                with contextlib.suppress(self._library.PortAudioError):
                    return _ns(self._stream.time) + self._zero
        return self._carried_on()

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
            now = time.monotonic()
            if now - self._pulled_at > self._dead_s and (self._stream is None or now - self._opened_at > self._dead_s):
                self._say("the sound card does not answer")
                self._close()
                self._look_again()
                self._open(source)

    def _open(self, source: Source) -> None:
        def fill(output: Any, frames: int, moment: Any, _status: Any) -> None:
            shift = self._follow(moment.currentTime)
            block = source.pull(_ns(moment.outputBufferDacTime) + shift + self._hidden)
            output[:, 0] = 0 if block is None else block[:frames]
            self._remember(output[:, 0])

        self._opened_at, self._zero = time.monotonic(), None
        try:
            self._stream = self._library.OutputStream(
                samplerate=RATE, blocksize=BLOCK, channels=1, dtype="int16", device=self._device, callback=fill
            )
            self._stream.start()
        except (self._library.PortAudioError, OSError, ValueError) as error:
            self._say(f"no sound card: {error}")
            self._close()

    def _follow(self, stream_time: float) -> int:
        """The card asks for samples: it lives. Returns our clock less the stream's, ns."""
        zero = self._zero
        if zero is None:
            zero = self._zero = self._carried_on() - _ns(stream_time)
        self._anchor = (_ns(stream_time) + zero, time.monotonic_ns())
        self._pulled_at = time.monotonic()
        if self.trouble:
            log.warning("the sound card sounds again")
            self.trouble = ""
        return zero

    def _carried_on(self) -> int:
        """Our clock while no stream tells it."""
        reading, then = self._anchor
        return reading + time.monotonic_ns() - then

    def _close(self) -> None:
        with self._using:
            stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(self._library.PortAudioError):
                stream.close()

    def _look_again(self) -> None:
        """PortAudio makes its list of cards once, when it begins; a card that came later is not in it."""
        for again in (self._library._terminate, self._library._initialize):
            with contextlib.suppress(self._library.PortAudioError):
                again()

    def _say(self, trouble: str) -> None:
        if not self.trouble:
            self.trouble = trouble
            log.error("%s", trouble)

    def _remember(self, block: Pcm) -> None:
        with self._lock:
            places = np.arange(self._count, self._count + len(block)) % len(self._ring)
            self._ring[places] = block
            self._count += len(block)


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
