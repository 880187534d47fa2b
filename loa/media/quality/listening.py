"""Everything that is measured while a sound is decoded, put together afterwards. Runs only in the limited child."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from loa.media.quality import noise
from loa.media.quality.figures import Figures, Span
from loa.media.quality.loudness import Loudness
from loa.media.quality.pauses import Pauses, pauses
from loa.media.quality.shape import Shape, Sides
from loa.media.quality.spectrum import Spectrum

SQUARE = 0.4  # squareness of speech that was cut; whole it stays below 0.33, all of the corpus
MOST_SPANS = 12
NEXT_TO = 2_000  # ms: places as close as that are told as one
RANGE_FROM_MS = 30_000  # EBU Tech 3342: the range of a shorter programme means little
LONG_PAUSE_MS = 1_500


class Listening:
    """Fed by the reader: `raw` at the rate of the file, `heard` at 48 kHz mono."""

    def __init__(self) -> None:
        self.shape, self.spectrum = Shape(), Spectrum()

    def raw(self, piece: Sides, rate: int) -> None:
        """About a second as it was sent; more than two sides come as one."""
        self.shape.hear(piece, rate)

    def heard(self, piece: NDArray[np.float32]) -> None:
        """A second as it will be heard, before its loudness is made."""
        self.spectrum.hear(piece)

    def figures(self, source_lufs: float, powers: NDArray[np.float32], made: Loudness, true_peak: float) -> Figures:
        """The whole; `powers` are mean squares of each millisecond, `made` and `true_peak` of the encoded file."""
        quiet, shape = pauses(powers), self.shape
        squared = self._squared()
        cut = [row for row in shape.seconds if row[1] or (squared and row[3] > SQUARE)]
        uneven, likeness = _sides(shape.powers)
        return Figures(
            duration_ms=len(powers), rate_hz=shape.rate, sides=shape.sides,
            loudness_lufs=made.integrated, short_term_max_lufs=_finite(made.short_term_max),
            momentary_max_lufs=_finite(made.momentary_max),
            range_lu=made.range if len(powers) >= RANGE_FROM_MS else None,
            true_peak_dbtp=true_peak, source_lufs=source_lufs, offset=shape.offset(),
            cut_tops=sum(row[1] for row in shape.seconds),
            cut_share=sum(row[2] for row in shape.seconds) / max(shape.samples, 1),
            squared_share=squared,
            uneven_db=uneven, likeness=likeness,
            lead_ms=quiet.lead_ms, trail_ms=quiet.trail_ms, longest_pause_ms=quiet.longest_ms,
            quiet_share=quiet.quiet_share, holes=len(shape.holes),
            bandwidth_hz=noise.bandwidth(self.spectrum), hum_db=noise.hum(self.spectrum),
            snr_db=noise.signal_to_noise(self.spectrum),
            places=self._places(cut, quiet, len(powers)),
        )  # fmt: skip

    def _squared(self) -> float:
        """Share of seconds in which the tops of speech were cut before a codec; a tone is square by itself."""
        found = [row[3] for row in self.shape.seconds if row[3]]
        if not found or float(np.median(found)) < SQUARE or not noise.is_speech(self.spectrum):
            return 0.0
        return sum(one > SQUARE for one in found) / len(self.shape.seconds)

    def _places(self, cut: list[tuple[int, int, int, float]], quiet: Pauses, end: int) -> dict[str, list[Span]]:
        long = sorted(quiet.inner, key=lambda span: span[0] - span[1])[:MOST_SPANS]
        places = {
            "clipped": _together((row[0], min(row[0] + 1000, end)) for row in cut),
            "lead": [(0, quiet.lead_ms)],
            "trail": [(end - quiet.trail_ms, end)],
            "pause": sorted(span for span in long if span[1] - span[0] >= LONG_PAUSE_MS),
            "torn": _together(self.shape.holes),
        }
        return {code: spans[:MOST_SPANS] for code, spans in places.items() if spans}


def _together(spans: Iterable[Span]) -> list[Span]:
    """Spans that nearly touch, as one."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < NEXT_TO:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _sides(powers: list[tuple[float, float, float]]) -> tuple[float, float]:
    """By how many dB the left side is louder than the right, and how alike they are (-1 opposite, 1 the same)."""
    if not powers:
        return 0.0, 1.0
    left, right, product = (float(total) for total in np.sum(powers, axis=0))
    uneven = 10 * math.log10(max(left, 1e-12) / max(right, 1e-12))
    return uneven, product / math.sqrt(left * right) if left > 1e-12 and right > 1e-12 else 1.0


def _finite(value: float) -> float:
    return max(value, -120.0)
