"""Where nothing is said: before, after and within, relative to how loud the speaking is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loa.media.quality.figures import Span

TENTH = 10  # milliseconds a block
NOTHING = -90.0  # dBFS: digital silence
MOST_BELOW, LEAST_BELOW = 42.0, 22.0  # dB under the speaking
OVER_FLOOR = 7.0  # a room is never quieter than its own noise
BLIP_MS = 60  # a click in a silence does not end it


@dataclass(frozen=True, slots=True)
class Pauses:
    """Lengths in ms; `long` are the pauses within of at least `LONG_MS`."""

    lead_ms: int
    trail_ms: int
    inner: list[Span]
    quiet_share: float

    @property
    def longest_ms(self) -> int:
        """The longest pause within."""
        return max((end - start for start, end in self.inner), default=0)


def pauses(powers: NDArray[np.float32]) -> Pauses:
    """From the mean square of each millisecond."""
    levels = _levels(powers)
    if not len(levels):
        return Pauses(0, 0, [], 0.0)
    quiet = _without_blips(levels < _line(levels))
    if quiet.all():
        return Pauses(len(powers), len(powers), [], 1.0)
    edges = np.diff(np.concatenate(([0], quiet.view(np.int8), [0])))
    spans = list(zip(np.flatnonzero(edges == 1) * TENTH, np.flatnonzero(edges == -1) * TENTH, strict=True))
    end = len(levels) * TENTH
    return Pauses(
        lead_ms=int(spans[0][1]) if quiet[0] else 0,
        trail_ms=int(end - spans[-1][0]) if quiet[-1] else 0,
        inner=[(int(start), int(stop)) for start, stop in spans if start > 0 and stop < end and stop - start >= 500],
        quiet_share=float(quiet.mean()),
    )


def _levels(powers: NDArray[np.float32]) -> NDArray[np.float32]:
    whole = len(powers) // TENTH * TENTH
    means = np.maximum(powers[:whole].reshape(-1, TENTH).mean(axis=1), np.float32(1e-12))
    levels: NDArray[np.float32] = 10 * np.log10(means)
    return levels


def _line(levels: NDArray[np.float32]) -> float:
    """The level below which nothing is said."""
    heard = levels[levels > NOTHING]
    if not len(heard):
        return 0.0
    speaking = float(np.percentile(heard, 90))
    floor = float(np.percentile(heard, 5))
    return min(max(floor + OVER_FLOOR, speaking - MOST_BELOW), speaking - LEAST_BELOW)


def _without_blips(quiet: NDArray[np.bool_]) -> NDArray[np.bool_]:
    edges = np.diff(np.concatenate(([0], (~quiet).view(np.int8), [0])))
    for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        if (end - start) * TENTH < BLIP_MS:
            quiet[start:end] = True
    return quiet
