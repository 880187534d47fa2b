"""When a switch of an adapter node is closed. Pure.

It closes `warm_ms` before a sound, so that the sound begins at its instant with everything warm; it stays closed over
gaps that are too short to be worth a click; it opens afterwards, and it is never closed longer than it may, whatever is
planned.
"""

from collections.abc import Iterable, Sequence

from speaker.gpio.wiring import Wire

Span = tuple[int, int]  # ms: something sounds


def spans(wire: Wire, sounds: Iterable[Span]) -> list[Span]:
    """When it has to be closed for these sounds, in order."""
    found: list[Span] = []
    for start, end in sorted(sounds):
        begin, over = start - wire.warm_ms, end + wire.tail_ms
        if found and begin - found[-1][1] <= wire.hold_ms:
            found[-1] = (found[-1][0], max(found[-1][1], over))
        else:
            found.append((begin, over))
    return found


def closed(wire: Wire, wanted: Sequence[Span], now: int, *, since: int | None) -> bool:
    """Whether it is to be closed now; `since`: it has been closed from then on, None = it is open."""
    if since is not None and now - since >= wire.most_ms:
        return False
    return any(begin <= now < end for begin, end in wanted)
