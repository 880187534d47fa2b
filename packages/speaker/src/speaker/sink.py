"""What lies between the agent and the air: a sound card, a file that behaves like one, or nothing.

A sink has a clock of its own and pulls. It asks its source for one block after the other and says when the first sample
of the block will be heard, by the sink's clock; it knows nothing of plans.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

RATE = 48_000
BLOCK = 480  # samples: 10 ms
BLOCK_NS = 10_000_000
SAMPLE_NS = 1_000_000_000 / RATE

Pcm = npt.NDArray[np.int16]


class Source(Protocol):
    """Who knows what is to sound. Called from the sink's thread; must not wait for anything."""

    def pull(self, heard_at: int) -> Pcm | None:
        """480 samples, mono, 48 kHz; the first is heard at `heard_at` ns of the sink's clock. None = silence."""


class Sink(Protocol):
    """Something that sounds."""

    @property
    def trouble(self) -> str:
        """Why nothing can be heard though the source has something to sound, in English; "" = all is well.

        While it is not empty the source is not asked for anything.
        """

    def start(self, source: Source) -> None:
        """Begin to pull from `source`, for good."""

    def stop(self) -> None:
        """Pull no more; returns when the source will not be called again."""

    def clock(self) -> int:
        """The sink's own clock now, ns since its own zero. It drifts against every other clock."""


class Tap(Protocol):
    """A sink whose output can be listened to: what it really rendered, block for block."""

    def frames(self) -> int:
        """Samples rendered since the start."""

    def heard(self, first: int, count: int) -> bytes:
        """Up to `count` rendered samples from number `first` on, s16 little-endian; less if they are gone."""
