"""Faults of the samples as they were sent, before resampling: cut tops, offset, lost or crossed sides, holes.

Everything is a sum or a list of places, so that hours of sound cost little memory.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Sides = NDArray[np.float32]  # (sides, samples)
Line = NDArray[np.float32]

SAME = 2e-4  # of the peak: two samples on one flat top; 16 bits and a volume control in between move them less
CORNER = 4e-3  # of the peak: how fast a wave runs into its cut top; a round top is left far more slowly
FLAT_RUN = 3  # samples
AT_CEILING = 0.97  # of the highest top: a recorder cuts all tops at one height
AUDIBLE = 0.01  # -40 dBFS: below it nobody hears whether a top is flat
SQUARE_OUTER, SQUARE_INNER = 0.4, 0.8  # of the ceiling
SQUARE_LEAST = 40  # samples above the outer line, below which a second says nothing about its tops
HOLE_MS = (2, 400)
HOLE_EDGE = 0.15  # of the loudness around: a hole is torn, a pause fades
HOLE_WITHIN = 0.3  # of the loudest of the second: what bursts after a closed mouth (p, t, k of a machine) is softer
MOST_PLACES = 2000


@dataclass(slots=True)
class Shape:
    """Sums over all seconds heard so far; `seconds` rows are start ms, flat tops, cut samples, squareness."""

    rate: int = 0
    sides: int = 0
    samples: int = 0
    sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    seconds: list[tuple[int, int, int, float]] = field(default_factory=list)
    powers: list[tuple[float, float, float]] = field(default_factory=list)
    holes: list[tuple[int, int]] = field(default_factory=list)

    def hear(self, piece: Sides, rate: int) -> None:
        """The next piece (about a second) of one or two sides at its own rate."""
        at = self.samples * 1000 // rate
        self.rate, self.sides = rate, len(piece)
        tops, cut, square = 0, 0, 0.0
        for number, line in enumerate(piece[:2]):
            self.sums[number] += float(line.sum(dtype=np.float64))
            centred = line - line.mean()
            more, samples, squareness = cut_tops(centred)
            tops, cut, square = tops + more, cut + samples, max(square, squareness)
        self.seconds.append((at, tops, cut, square))
        self.powers.append(_powers(piece))
        if len(self.holes) < MOST_PLACES:
            self.holes += [
                (at + start, at + end) for start, end in holes(piece[0] if len(piece) == 1 else piece.mean(0), rate)
            ]
        self.samples += piece.shape[1]

    def offset(self) -> float:
        """The constant part, as a share of full scale; of the worse side."""
        return float(np.abs(self.sums).max() / max(self.samples, 1))


def _powers(piece: Sides) -> tuple[float, float, float]:
    """Mean square of the left side, the right side, and their product; offsets do not count."""
    left = piece[0] - piece[0].mean()
    if len(piece) == 1:
        same = float(np.dot(left, left)) / len(left)
        return same, same, same
    right = piece[1] - piece[1].mean()
    return tuple(float(np.dot(one, other)) / len(left) for one, other in ((left, left), (right, right), (left, right)))  # type: ignore[return-value]


def cut_tops(line: Line) -> tuple[int, int, float]:
    """Flat tops, samples in them, and squareness 0-1 of about a second.

    A flat top is a run of equal samples that the wave runs into with a corner: an overdriven input, also when somebody
    turned it down later. Squareness is the share of its higher time that a wave spends at its ceiling (a pure tone
    0.56, speech up to 0.33): what a lossy codec leaves of flat tops.
    """
    height = np.abs(line)
    peak = float(height.max(initial=0.0))
    if peak < AUDIBLE:
        return 0, 0, 0.0
    return *_flat_runs(line, height, peak), _squareness(height)


def _flat_runs(line: Line, height: Line, peak: float) -> tuple[int, int]:
    same = np.abs(np.diff(line)) <= SAME * peak
    ceiling = np.where(line > 0, line.max(), -line.min()) * np.float32(AT_CEILING)
    same &= (height >= ceiling)[1:]
    edges = np.diff(np.concatenate(([0], same.view(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)  # samples starts..ends are one level
    long = ends - starts >= FLAT_RUN - 1
    starts, ends = starts[long], ends[long]
    if not len(starts):
        return 0, 0
    before, after = line[np.maximum(starts - 2, 0)], line[np.minimum(ends + 2, len(line) - 1)]
    level = np.abs(line[starts])
    sign = np.sign(line[starts])
    cornered = np.maximum(level - before * sign, level - after * sign) >= CORNER * peak
    return int(cornered.sum()), int((ends - starts + 1)[cornered].sum())


def _squareness(height: Line) -> float:
    high = height[height > 0.25 * float(height.max())]
    ceiling = float(np.partition(high, int(len(high) * 0.9))[int(len(high) * 0.9)])
    outer = high > SQUARE_OUTER * ceiling
    count = int(outer.sum())
    return float((high > SQUARE_INNER * ceiling).sum() / count) if count >= SQUARE_LEAST else 0.0


def holes(line: Line, rate: int) -> list[tuple[int, int]]:
    """Places (ms) where the sound is torn to nothing and comes back at once."""
    quiet = np.abs(line) <= 3e-5
    edges = np.diff(np.concatenate(([0], quiet.view(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    least, most = (rate * ms // 1000 for ms in HOLE_MS)
    fits = (ends - starts >= least) & (ends - starts <= most) & (starts >= rate // 50) & (ends < len(line) - rate // 50)
    return [
        (int(start * 1000 // rate), int(-(-end * 1000 // rate)))
        for start, end in zip(starts[fits][:50], ends[fits][:50], strict=True)
        if _torn(line, int(start), int(end), rate)
    ]


def _torn(line: Line, start: int, end: int, rate: int) -> bool:
    around, edge = rate // 50, max(rate // 2000, 2)
    before, after = np.abs(line[start - around : start]), np.abs(line[end : end + around])
    loud = float(before.max()), float(after.max())
    torn = float(before[-edge:].max()) > HOLE_EDGE * loud[0] and float(after[:edge].max()) > HOLE_EDGE * loud[1]
    return torn and min(loud) > max(AUDIBLE, HOLE_WITHIN * float(np.abs(line).max()))
