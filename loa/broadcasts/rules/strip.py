"""What one airing looks like on a group's strip: proved, on air, coming, moved, partly. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from airtime.hours import Hours
from airtime.rank import Level, Rank, Urgency
from airtime.reasons import Code, Fate
from airtime.spans import Span
from airtime.timeline import Displaced, Item, Timeline, resolve

# What a loudspeaker says of an item that people ended while it sounded.
STOPPED = frozenset({"held", "stopped"})
# A start this much later than planned is no longer "on time" for a listener.
ON_TIME = timedelta(seconds=30)


class Look(StrEnum):
    """How a segment is drawn."""

    PROVED = "proved"
    PARTLY = "partly"
    UNHEARD = "unheard"
    ON_AIR = "on_air"
    COMING = "coming"
    MOVED = "moved"
    DROPPED = "dropped"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Planned:
    """An airing as it stands in a plan."""

    id: str
    title: str
    start: datetime
    latest: datetime
    duration: timedelta
    issued: datetime
    priority: str
    level: str
    position: int
    filling: bool

    @property
    def end(self) -> datetime:
        """When it is over if nothing displaces it."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Heard:
    """What devices said alike about one airing: `outcome` played | cut | skipped, `reason` of the wire.

    `started` is the airing's own start for all who began within `ON_TIME` of it.
    """

    devices: frozenset[str]
    outcome: str
    started: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Yields:
    """How one airing comes otherwise than planned on these devices."""

    devices: frozenset[str]
    how: Displaced


@dataclass(frozen=True, slots=True)
class Segment:
    """One airing on one strip. `expected` loudspeakers should sound it, `proved` have, `playing` do now.

    `start` and `end` are where it sounds or sounded; `planned` is where it should have. `by`: the title it yielded to.
    """

    airing: str
    title: str
    planned: datetime
    start: datetime
    end: datetime
    look: Look
    expected: int
    proved: int
    playing: int
    reason: str = ""
    by: str = ""


def item_of(planned: Planned) -> Item:
    """The airing in the words of the timeline, exactly as the loudspeaker reads it."""
    rank = Rank(
        id=planned.id,
        issued=planned.issued,
        urgency=Urgency(planned.priority),
        level=Level(planned.level),
        position=planned.position,
    )
    return Item(rank, planned.start, planned.duration, planned.latest, planned.filling)


@lru_cache(maxsize=512)
def day_of(items: frozenset[Planned], hours: Hours, holds: tuple[Span, ...], day: Span) -> Timeline:
    """What a loudspeaker with these airings and hours will do. The same question is worked out once: a page asks it of
    every plan set each minute, and the answer hangs on nothing else."""
    return resolve(map(item_of, items), hours, holds, day)


def segment(
    planned: Planned,
    *,
    devices: Sequence[str],
    displaced: Iterable[Yields],
    heard: Iterable[Heard],
    playing: int,
    titles: Mapping[str, str],
    now: datetime,
    silenced: int = 0,
) -> Segment:
    """One airing for the loudspeakers of a group, of all that is known of it; `silenced` counts those of them that a
    stop now in force has ended it on.
    """
    mine = frozenset(devices)
    said = [replace(row, devices=among) for row in heard if (among := row.devices & mine)]
    played = [row for row in said if row.outcome == "played"]
    stopped = silenced or any(row.outcome == "cut" and row.reason in STOPPED for row in said)
    if stopped and not played and not playing:
        return _stopped(planned, len(devices), said)
    proved = sum(len(row.devices) for row in played)
    moved = _shared(displaced, devices, mine) if not proved else None
    start = _start(planned, played, moved)
    look = _look(planned, start, now, len(devices), proved, playing, moved)
    reason, by = _why(look, moved, said)
    return Segment(
        airing=planned.id,
        title=planned.title,
        planned=planned.start,
        start=start,
        end=start + planned.duration,
        look=look,
        expected=len(devices),
        proved=proved,
        playing=playing,
        reason=reason,
        by=titles.get(by, ""),
    )


def _stopped(planned: Planned, devices: int, heard: Sequence[Heard]) -> Segment:
    """Where it was to sound, and which stop it was: until proofs come, the one in force."""
    reason = next((row.reason for row in heard if row.reason in STOPPED), str(Code.HELD))
    start = min((row.started for row in heard if row.outcome == "cut"), default=planned.start)
    start = start if abs(start - planned.start) > ON_TIME else planned.start
    end = start + planned.duration
    return Segment(planned.id, planned.title, planned.start, start, end, Look.STOPPED, devices, 0, 0, reason)


def _shared(displaced: Iterable[Yields], devices: Sequence[str], mine: frozenset[str]) -> Displaced | None:
    """How the first of the group yields, if all of them do; a filling item that is cut still sounds."""
    rows = [row for row in displaced if row.how.fate is not Fate.CUT and not row.devices.isdisjoint(mine)]
    if not rows or sum(len(row.devices & mine) for row in rows) < len(devices):
        return None
    return next(row.how for row in rows if devices[0] in row.devices)


def _start(planned: Planned, played: Sequence[Heard], moved: Displaced | None) -> datetime:
    if played:
        first = min(row.started for row in played)
        return first if abs(first - planned.start) > ON_TIME else planned.start
    return moved.start if moved is not None and moved.start is not None else planned.start


def _look(
    planned: Planned, start: datetime, now: datetime, expected: int, proved: int, playing: int, moved: Displaced | None
) -> Look:
    if proved >= expected > 0:
        return Look.PROVED
    if moved is not None and moved.fate is Fate.DROPPED:
        return Look.DROPPED
    if now < start:
        return Look.MOVED if moved is not None else Look.COMING
    if now < start + planned.duration or playing:
        return Look.ON_AIR
    return Look.PARTLY if proved else Look.UNHEARD


def _why(look: Look, moved: Displaced | None, heard: Sequence[Heard]) -> tuple[str, str]:
    if moved is not None and look in (Look.MOVED, Look.DROPPED):
        return str(moved.reason), moved.by
    if look is Look.PROVED:
        return "", ""
    told: Counter[str] = Counter()
    for row in heard:
        if row.outcome != "played" and row.reason:
            told[row.reason] += len(row.devices)
    return (max(sorted(told), key=told.__getitem__), "") if told else ("", "")
