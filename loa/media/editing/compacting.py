"""Speech so small that it travels as one message of the wire: Ogg/Opus at the best rate that fits."""

from pathlib import Path

import av
import numpy as np

from loa.kernel.errors import Invalid
from loa.media.editing.excerpt import decoded
from loa.media.pipeline.reader import RATE, Samples

RATES = (16_000, 14_000, 12_000, 10_000)  # bit/s: speech stays clear enough on a horn
FRAME = RATE // 50


def write_small(source: Path, duration_ms: int, path: Path, most_bytes: int) -> int:
    """Write what `source` holds to `path` at the best rate that fits; the bytes it takes. Invalid `not_compact`."""
    samples = decoded(source, 0, duration_ms)
    for rate in RATES:
        _encode(samples, path, rate)
        size = path.stat().st_size
        if size <= most_bytes:
            return size
    raise Invalid("Tiếng này không nén nhỏ được. Hãy bớt chữ, hoặc thu lại nơi yên tĩnh hơn.", code="not_compact")


def _encode(samples: Samples, path: Path, rate: int) -> None:
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, options={"application": "voip", "vbr": "constrained"})
        stream.bit_rate, stream.layout, stream.format = rate, "mono", "flt"
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for at in range(0, len(samples), RATE):
            piece = np.ascontiguousarray(samples[at : at + RATE])
            frame = av.AudioFrame.from_ndarray(piece[None, :], format="flt", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
