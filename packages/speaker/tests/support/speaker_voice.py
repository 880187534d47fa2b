"""Somebody at a microphone: a voice that resembles only itself, its Opus packets, its signed batches."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import av
import nacl.bindings
import numpy as np
import speaker_village as village
from devicelink import jws
from devicelink.batches import Batch, pack
from devicelink.messages import Audience, Session, SessionEnd
from speaker.sink import RATE, Pcm
from speaker_platform import now_ms

PACKET = RATE // 50
BATCH_MS = 200


@cache
def speech(name: str, seconds: float) -> Pcm:
    """Noise of the band of a voice, loud and soft in turns, never the same twice."""
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big"))
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(chance.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[(hertz < 200) | (hertz > 3_400)] = 0
    voice = np.fft.irfft(spectrum, count)
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 3.1 * np.arange(count) / RATE)
    return (voice / np.abs(voice).max() * syllables * 24_000).astype(np.int16)


@cache
def packets(name: str, seconds: float) -> tuple[bytes, ...]:
    """The same as Opus, 20 ms a packet. The codec answers 6.5 ms late (see `LAG`)."""
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "mono", "s16", 32_000
    encoder.options = {"application": "voip", "frame_duration": "20"}
    pcm, out = speech(name, seconds), []
    for start in range(0, len(pcm) - PACKET + 1, PACKET):
        frame = av.AudioFrame.from_ndarray(pcm[start : start + PACKET].reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, start
        out += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(out)


LAG_MS = 6.5


@dataclass
class Voice:
    """A session of `seconds` s that begins to speak at `start` (true ms)."""

    start: int
    seconds: float = 4.0
    name: str = "lan"
    fields: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.id = secrets.token_hex(16)
        public, self.secret = nacl.bindings.crypto_sign_seed_keypair(secrets.token_bytes(32))
        usual: dict[str, Any] = {
            "audience": Audience(area=village.COMMUNE),
            "id": self.id,
            "issued": self.start - 2_000,
            "expires": self.start + village.HOUR,
            "start": self.start,
            "end": self.start + village.HOUR - 1,
            "public": jws.encode64(public),
            "chime": False,
        }
        self.session = Session(**(usual | self.fields))

    def certificate(self) -> str:
        return village.signed(self.session)

    def ending(self, at: int, **changes: Any) -> str:
        """The order that ends it."""
        fields: dict[str, Any] = {
            "audience": self.session.audience,
            "id": f"e-{secrets.token_hex(8)}",
            "issued": now_ms(),
            "expires": now_ms() + village.HOUR,
            "session": self.id,
            "at": at,
        }
        return village.signed(SessionEnd(**(fields | changes)))

    def batch(self, number: int, **changes: Any) -> Batch:
        every = packets(self.name, self.seconds)
        fields: dict[str, Any] = {
            "session": self.id,
            "number": number,
            "captured": (self.start + number * BATCH_MS) * 1_000,
            "packets": every[number * 10 : number * 10 + 10],
            "before": every[max(0, number * 10 - 10) : number * 10],
        }
        return Batch(**(fields | changes))

    def packed(self, number: int, **changes: Any) -> bytes:
        return pack(self.batch(number, **changes), self.secret)

    @property
    def count(self) -> int:
        return int(self.seconds * 1000) // BATCH_MS

    def due(self) -> Iterator[tuple[int, int]]:
        """(number, true ms at which the microphone has it whole)."""
        return ((number, self.start + (number + 1) * BATCH_MS) for number in range(self.count))

    async def speak(self, send: Callable[[bytes], object], only: Callable[[int], bool] = lambda number: True) -> None:
        """Batch after batch at its time."""
        for number, at in self.due():
            await asyncio.sleep(max(0.0, (at - now_ms()) / 1000))
            if only(number):
                await asyncio.to_thread(send, self.packed(number))

    def part(self, begin: float, seconds: float) -> Pcm:
        """What was said from so many seconds after its beginning on."""
        return speech(self.name, self.seconds)[int(begin * RATE) : int((begin + seconds) * RATE)]

    def heard_ns(self, begin: float) -> float:
        """True ns at which the sample said so many seconds after the beginning is to be heard."""
        return (self.start + self.session.buffer + begin * 1000 + LAG_MS) * 1e6
