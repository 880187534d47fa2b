"""A few words as a WAV that begins to sound while the rest is still being spoken."""

import struct
from collections.abc import Iterator

from loa.media.speech.speaking import Clip, silence
from loa.media.voices.base import SAMPLE_BYTES

UNKNOWN = 0xFFFFFFFF  # how long it will be; browsers and players then read to the end


def header(rate: int, size: int = UNKNOWN) -> bytes:
    """The head of a WAV of 16-bit mono samples, `size` bytes of them."""
    whole = UNKNOWN if size == UNKNOWN else size + 36
    kind = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    return b"RIFF" + struct.pack("<I", whole) + b"WAVEfmt " + kind + b"data" + struct.pack("<I", size)


def pieces(first: Clip, others: Iterator[Clip]) -> Iterator[bytes]:
    """The samples of all sentences with their rests, at the rate of the first. Who stops reading stops the voice."""
    from loa.media.speech import levels

    rate, rest = first.pcm.rate, first.sentence.pause_ms
    yield first.pcm.samples
    for clip in others:
        yield silence(rate, rest) + levels.at_rate(clip.pcm, rate).samples
        rest = clip.sentence.pause_ms
