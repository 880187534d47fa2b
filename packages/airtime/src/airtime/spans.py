"""Half-open spans of time, and conversions from and to the integers of the wire."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` (inside) to `end` (outside), both aware. Raises ValueError when naive or turned round."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        require_aware(self.start)
        require_aware(self.end)
        if self.end < self.start:
            raise ValueError(f"a span ends before it starts: {self.start} .. {self.end}")

    @property
    def duration(self) -> timedelta:
        """Real time that passes between the two ends."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)


def require_aware(instant: datetime) -> None:
    """Raise ValueError unless `instant` knows its offset."""
    if instant.utcoffset() is None:
        raise ValueError(f"naive instant: {instant}")


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC instant of integer Unix milliseconds, exactly."""
    return EPOCH + milliseconds * _MILLISECOND


def to_ms(instant: datetime) -> int:
    """Integer Unix milliseconds, rounded down."""
    require_aware(instant)
    return (instant - EPOCH) // _MILLISECOND


def span_from_ms(start: int, end: int) -> Span:
    """The span of two wire instants."""
    return Span(from_ms(start), from_ms(end))


def ticks(instant: datetime) -> int:
    """Integer microseconds: exact, and quick to compare."""
    return (instant - EPOCH) // _MICROSECOND


def from_ticks(microseconds: int) -> datetime:
    """Inverse of `ticks`, in UTC."""
    return EPOCH + microseconds * _MICROSECOND


def merged(pieces: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted union of half-open pieces; those that touch become one, empty ones vanish."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def intersected(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What two merged lists have in common, merged."""
    result: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            result.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return result


def without(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is in the merged list `left` and not in the merged list `right`."""
    if not left:
        return []
    rim_start, rim_end = left[0][0], left[-1][1]
    holes: list[tuple[int, int]] = []
    at = rim_start
    for start, end in right:
        if at < start:
            holes.append((at, start))
        at = max(at, end)
    holes.append((at, rim_end))
    return intersected(left, [(start, end) for start, end in holes if start < end])
