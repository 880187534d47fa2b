"""When a person has heard a spoken sentence. Pure.

The browser says which stretches it played and how fast; what cannot have been is refused, what was too fast or too
little counts for nothing. A sentence is known by its key (`Sound.sentences`), so what did not change was heard before.
"""

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST_SPEED = 1.5
SHARE = 0.95  # of a sentence: its last breath may be cut off by whoever presses pause
PART_MS = 20_000  # a sound whose sentences are not known is heard in parts
MOST_SPANS = 2_000
MOST_AGE = timedelta(days=2)
SLACK_MS = 2_000  # clocks of players and the end of an encoded file are not exact
SLACK_SHARE = 0.02
SPEEDS = (0.1, 16.0)  # what browsers can do

MESSAGES: Mapping[str, str] = {
    "heard_odd": "Trình duyệt không báo đúng những đoạn đã nghe. Hãy tải lại trang rồi nghe lại.",
    "heard_old": "Trang nghe này mở đã quá lâu. Hãy tải lại trang rồi nghe tiếp.",
    "heard_future": "Trang nghe này không đúng giờ. Hãy tải lại trang rồi nghe lại.",
    "heard_too_much": "Số giây đã nghe nhiều hơn thời gian từ lúc mở trang. Hãy tải lại trang rồi nghe lại.",
}


class Impossible(Exception):
    """What was reported cannot have been. `code` is a key of MESSAGES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = MESSAGES[code]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A spoken sentence and where it lies in its sound."""

    key: str
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a sound that was played in one go at one speed (1.0: as it is)."""

    start_ms: int
    end_ms: int
    speed: float


@dataclass(frozen=True, slots=True)
class Listening:
    """The sentences of one or more sounds, and the keys of those that one person has heard."""

    sentences: tuple[Sentence, ...]
    heard: frozenset[str] = field(default_factory=frozenset)

    @property
    def missing(self) -> tuple[Sentence, ...]:
        """Those that were not heard, in their order."""
        return tuple(one for one in self.sentences if one.key not in self.heard)

    @property
    def done(self) -> int:
        """How many were heard."""
        return len(self.sentences) - len(self.missing)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to hear."""
        return not self.missing


def check(spans: Sequence[Span], duration_ms: int, since: datetime, now: datetime) -> None:
    """Raises Impossible: not of this sound, from tomorrow, or more than fits between `since` and `now`."""
    if len(spans) > MOST_SPANS or not all(_possible(span, duration_ms) for span in spans):
        raise Impossible("heard_odd")
    if since > now + timedelta(milliseconds=SLACK_MS):
        raise Impossible("heard_future")
    if now - since > MOST_AGE:
        raise Impossible("heard_old")
    needed = sum((span.end_ms - span.start_ms) / span.speed for span in spans)
    if needed > (now - since) / timedelta(milliseconds=1) * (1 + SLACK_SHARE) + SLACK_MS:
        raise Impossible("heard_too_much")


def _possible(span: Span, duration_ms: int) -> bool:
    inside = 0 <= span.start_ms < span.end_ms <= duration_ms + SLACK_MS
    return inside and math.isfinite(span.speed) and SPEEDS[0] <= span.speed <= SPEEDS[1]


def heard(sentences: Iterable[Sentence], spans: Iterable[Span]) -> list[Sentence]:
    """Those of which at least `SHARE` was played, none of it faster than `MOST_SPEED`."""
    played = _joined(span for span in spans if span.speed <= MOST_SPEED)
    return [one for one in sentences if _played(one, played) >= SHARE * (one.end_ms - one.start_ms)]


def _joined(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """Stretches without overlaps: a word played three times is one word heard."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((span.start_ms, span.end_ms) for span in spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _played(one: Sentence, played: Iterable[tuple[int, int]]) -> int:
    return sum(max(0, min(end, one.end_ms) - max(start, one.start_ms)) for start, end in played)


def parts(sha256: str, duration_ms: int) -> list[Sentence]:
    """A sound whose sentences are not known, cut into pieces that are heard like sentences."""
    starts = range(0, duration_ms, PART_MS)
    return [
        Sentence(_key(sha256, start), f"Đoạn {number} trên {len(starts)}", start, min(start + PART_MS, duration_ms))
        for number, start in enumerate(starts, 1)
    ]


def _key(sha256: str, start: int) -> str:
    return hashlib.sha256(f"loa-heard-part-1 {sha256} {start}".encode()).hexdigest()


def best(listenings: Mapping[int, Listening], order: Collection[int]) -> tuple[int | None, Listening]:
    """The person (id) who has heard the most, and their listening; the first in `order` of several."""
    person = min(order, key=lambda one: len(listenings[one].missing), default=None)
    return (person, listenings[person]) if person is not None else (None, Listening(()))
