"""Sound in pieces: what the limits of memory make of hours."""

from collections.abc import Iterable, Iterator

import numpy as np

from loa.media.pipeline.reader import RATE, Samples


def sized(pieces: Iterable[Samples], total: int) -> Iterator[Samples]:
    """Pieces of a second, `total` samples in all."""
    waiting = np.zeros(0, np.float32)
    for piece in pieces:
        waiting = np.concatenate((waiting, piece))
        while len(waiting) >= RATE and total >= RATE:
            yield waiting[:RATE]
            waiting, total = waiting[RATE:], total - RATE
    if total:
        yield waiting[:total]
