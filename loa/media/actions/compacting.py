"""A finished sound once more, so small that it travels as one message of the wire."""

from datetime import datetime
from pathlib import Path

import av
import numpy as np
from django.db import transaction

from loa.kernel.errors import Invalid
from loa.kernel.ids import new_id
from loa.media import store
from loa.media.editing.excerpt import decoded
from loa.media.models import Compact, Sound, SoundState
from loa.media.pipeline.reader import RATE, Samples

RATES = (16_000, 14_000, 12_000, 10_000)  # bit/s: speech stays clear enough on a horn
FRAME = RATE // 50


@transaction.atomic
def compact(*, sound: Sound, most_bytes: int, now: datetime) -> Compact:
    """The small form of a ready sound, made when it is not there yet. Takes as long as a tenth of a second a minute.

    The caller has looked at its length. Raises Invalid `not_compact` when it does not fit.
    """
    if sound.state != SoundState.READY:
        raise ValueError("the sound is not ready")
    known = sound.compacts.filter(size__lte=most_bytes).first()
    if known is not None and store.default().exists(known.sha256):
        return known
    files = store.default()
    samples = decoded(files.path_of(sound.sha256), 0, sound.duration_ms)
    with files.workspace(new_id()) as folder:
        path = folder / "compact.ogg"
        size = _fitting(samples, path, most_bytes)
        name = files.put(path)
    row, _ = Compact.objects.get_or_create(
        pk=name, defaults={"source": sound, "size": size, "duration_ms": sound.duration_ms, "made_at": now}
    )
    return row


def _fitting(samples: Samples, path: Path, most_bytes: int) -> int:
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
