"""Draws a wave form as one SVG path: bars of 2 units every 4 units, in a box 48 high."""

from collections.abc import Sequence
from itertools import pairwise

HEIGHT = 48
STEP = 4
BARS = 75


def thinned(levels: Sequence[int], bars: int = BARS) -> list[int]:
    """At most `bars` levels, each the loudest of its stretch, so that no shout disappears."""
    if len(levels) <= bars:
        return list(levels)
    edges = [i * len(levels) // bars for i in range(bars + 1)]
    return [max(levels[a:b]) for a, b in pairwise(edges)]


def width(levels: Sequence[int]) -> int:
    """Units that the path is wide; never 0, since an empty box cannot be drawn."""
    return max(1, len(thinned(levels))) * STEP


def path(levels: Sequence[int]) -> str:
    """SVG path data for levels 0-100, thinned; silence is drawn as a short stroke."""
    half = HEIGHT // 2
    strokes = []
    for index, level in enumerate(thinned(levels)):
        reach = max(2, round(min(max(level, 0), 100) * (half - 1) / 100))
        strokes.append(f"M{index * STEP + 2} {half - reach}V{half + reach}")
    return "".join(strokes)
