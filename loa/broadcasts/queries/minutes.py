"""Priority items of the commune's own at a minute of their own, in sessions that also hold one from above.

What the commune has put in order goes before all, else what comes from above is first. An own item gives way as far as
its approval lets it sound later; where that is not enough it keeps its minute.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from airtime.spans import Span

from loa.areas.rules import Level
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import sources
from loa.bulletins.models import Version
from loa.kernel.clock import to_ms

Key = tuple[UUID, datetime]
_TURNS = {"centre": 0, "province": 1, "commune": 2}


@dataclass(frozen=True, slots=True)
class Wish:
    """One schedule on one day: `start` is the session that it was approved for, or its own minute, `length` what it
    takes."""

    schedule: Schedule
    version: Version
    start: datetime
    length: timedelta

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.schedule.pk, self.start

    @property
    def name(self) -> str:
        """The same in one word, as the rules call it."""
        return f"{self.schedule.pk} {to_ms(self.start)}"

    @property
    def order(self) -> tuple[int, str]:
        """Of priority items of one place in the order those of a higher level come first, then what was made first."""
        level = sources.level_of(self.schedule) if self.version.priority == "priority" else "commune"
        return self.schedule.position, f"{_TURNS[level]} {self.schedule.made_at.isoformat()}"

    @property
    def latest(self) -> datetime:
        """The last instant at which it may begin."""
        return self.start + timedelta(seconds=self.schedule.slack_s)


def takes_part(schedule: Schedule, version: Version) -> bool:
    """Whether a rundown has to know of it by name: it floats, or it is an own priority item at a minute of its own."""
    if schedule.floating:
        return True
    own = schedule.area.level == Level.COMMUNE and not (schedule.filling or schedule.recurring_part)
    return own and version.priority == "priority"


def is_first(one: Wish, other: Wish) -> bool:
    """Whether one was put before the other: by somebody, or because it comes from above and the other does not."""
    asked = one.schedule.position != other.schedule.position
    levels = sources.level_of(one.schedule) != sources.level_of(other.schedule)
    return (asked or levels) and one.order < other.order


def given_way(wish: Wish, ends: Iterable[datetime], session: Span, busy: Sequence[Span]) -> datetime:
    """When it begins if those that end then go before it: its own minute if its approval does not reach so far."""
    start = max([wish.start, *(_whole_second(end) for end in ends)])
    for span in sorted(busy):
        if start < span.end and span.start < start + wish.length:
            start = _whole_second(span.end)
    fits = start <= wish.latest and start + wish.length <= session.end
    return start if fits else wish.start


def _whole_second(instant: datetime) -> datetime:
    floor = instant.replace(microsecond=0)
    return floor if floor == instant else floor + timedelta(seconds=1)


def spans_of(fixed: Iterable[Wish], begun: Mapping[str, datetime]) -> dict[Key, Span]:
    """Where they stand before anybody gives way; `begun` by airing, as `rundowns` knows it."""
    found: dict[Key, Span] = {}
    for wish in fixed:
        start = begun.get(wish.name, wish.start)
        found[wish.key] = Span(start, start + wish.length)
    return found
