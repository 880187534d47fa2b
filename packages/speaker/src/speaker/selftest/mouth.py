"""Puts the probe between the loudspeaker's own sound and its card: it only ever fills what would be silence."""

import threading
from collections.abc import Callable

import numpy as np

from speaker.selftest.chirp import SAMPLES, chirp
from speaker.sink import BLOCK, Pcm, Source

Listener = Callable[[int, Pcm | None], None]


class Probe:
    """One probe at `gain` (0..1). `began`: ns of the sink's clock at which its first sample is heard, 0 = not yet."""

    def __init__(self, gain: float) -> None:
        self.began = 0
        self.broken = False
        self.over = threading.Event()
        self._wave: Pcm = np.round(chirp() * gain * 32_767).astype(np.int16)
        self._at = 0

    def block(self, heard_at: int) -> Pcm:
        """The next block."""
        self.began = self.began or heard_at
        block = self._wave[self._at : self._at + BLOCK]
        self._at += BLOCK
        if self._at >= SAMPLES:
            self.over.set()
        return block

    def leave(self) -> None:
        """Something else sounds: no more of it."""
        self.broken = True
        self.over.set()


class Mouth:
    """See `speaker.sink.Source`. `listener` is handed every block that goes out, by the sink's clock."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._probe: Probe | None = None
        self.listener: Listener | None = None

    def over(self, source: Source) -> None:
        """Something else that sounds lies between it and what it was made with."""
        self._source = source

    def sound(self, probe: Probe | None) -> None:
        """From the next silent block on; None takes it back."""
        self._probe = probe

    def pull(self, heard_at: int) -> Pcm | None:
        """See `speaker.sink.Source`."""
        block = self._source.pull(heard_at)
        probe = self._probe
        if probe is not None:
            block = self._probed(probe, block, heard_at)
        listener = self.listener
        if listener is not None:
            listener(heard_at, block)
        return block

    def _probed(self, probe: Probe, block: Pcm | None, heard_at: int) -> Pcm | None:
        if block is not None:
            self._probe = None
            probe.leave()
            return block
        block = probe.block(heard_at)
        if probe.over.is_set():
            self._probe = None
        return block
