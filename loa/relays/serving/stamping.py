"""Sound as it comes, made into packets with the instant at which each is to be heard: one clock for all loudspeakers.

A source runs by its own clock and comes in bursts; a little of it is kept back, and a step takes two samples in a
thousand more or less, so that neither ever runs dry or full.
"""

from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from devicelink.relayed import OPUS, PACKET, RATE, pack

Pcm = npt.NDArray[np.int16]

BITS = 32_000
STEP_US = 20_000
DELAY_US = 3_000_000  # what loudspeakers have to fetch it, and to go on with when the network stalls
ENCODER_US = 6_500  # the encoder looks ahead by 312 samples
DEPTH = RATE  # kept back: a second
MOST = 6 * RATE
SKEW = 2


@dataclass(slots=True)
class Stamper:
    """`put` what came, `due` what is to be sent by now. Instants are Unix microseconds."""

    _encoder: Any = None
    _held: list[Pcm] = field(default_factory=list)
    _have: int = 0
    _next: int = 0

    def put(self, samples: Pcm) -> None:
        """It came; what is more than can be kept is the oldest of it."""
        self._held.append(samples)
        self._have += len(samples)
        while self._have > MOST:
            self._have -= len(self._held.pop(0))

    def due(self, now: int) -> list[bytes]:
        """Frames of `devicelink.relayed`. Nothing while there is too little: then time goes on without sound."""
        if not self._next:
            if self._have < DEPTH:
                return []
            self._next = now
        if now - self._next > 1_000_000:  # this machine stood still
            self._next = now
        found: list[bytes] = []
        while self._next <= now:
            stamp, self._next = self._next + DELAY_US - ENCODER_US, self._next + STEP_US
            if self._have >= PACKET + SKEW:
                found += [pack(OPUS, stamp, packet) for packet in self._encoded(self._step())]
        return found

    def clear(self) -> None:
        """The source begins anew."""
        self._held, self._have, self._next, self._encoder = [], 0, 0, None

    def _step(self) -> Pcm:
        skew = SKEW if self._have > 2 * DEPTH else -SKEW if self._have < DEPTH // 2 else 0
        samples = self._take(PACKET + skew)
        if not skew:
            return samples
        places = np.linspace(0, len(samples) - 1, PACKET)
        return np.interp(places, np.arange(len(samples)), samples).astype(np.int16)

    def _take(self, count: int) -> Pcm:
        whole = np.concatenate(self._held)
        self._held, self._have = [whole[count:]], len(whole) - count
        return whole[:count]

    def _encoded(self, samples: Pcm) -> list[bytes]:
        if self._encoder is None:
            self._encoder = _encoder()
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        return [bytes(packet) for packet in self._encoder.encode(frame)]


def _encoder() -> Any:
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = RATE, "mono", "s16", BITS
    context.options = {"application": "audio", "frame_duration": "20"}
    return context
