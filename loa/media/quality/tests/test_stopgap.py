"""The stopgap voice closes its mouth hard: that is no lost piece of a call."""

import numpy as np
import pytest

from loa.media.quality import shape
from loa.media.voices.espeak import Espeak

# p, t, k and the broken tones: each leaves digital nothing between two sounds.
NOTICE = "Các hộ cập nhật lịch cắt điện, cấp nước sạch; tập kết vật tư, bạt, cọc tre. Lực lượng túc trực suốt đêm."


@pytest.mark.parametrize("dialect", Espeak.dialects)
def test_a_closed_mouth_is_not_a_torn_sound(dialect: str) -> None:
    spoken = Espeak().synthesise(NOTICE, dialect=dialect, speed=1.0)
    line = np.frombuffer(spoken.samples, np.int16).astype(np.float32) / np.float32(32768)
    pieces = [line[at : at + spoken.rate] for at in range(0, len(line) - spoken.rate, spoken.rate)]
    assert sum(len(shape.holes(piece, spoken.rate)) for piece in pieces) <= 1
