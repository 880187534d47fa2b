"""What one airing looks like on a group's strip: proved, on air, coming, moved, partly. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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
    """What one device said about one airing: `outcome` played | cut | skipped, `reason` of the wire."""

    device: str
    outcome: str
    started: datetime
    rendered: timedelta
    reason: str = ""


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


def day_of(items: Iterable[Planned], hours: Hours, holds: Iterable[Span], day: Span) -> Timeline:
    """What a loudspeaker with these airings and hours will do."""
    return resolve(map(item_of, items), hours, holds, day)


def segment(
    planned: Planned,
    *,
    devices: Sequence[str],
    displaced: Sequence[Displaced],
    heard: Sequence[Heard],
    playing: int,
    titles: dict[str, str],
    now: datetime,
    silenced: int = 0,
) -> Segment:
    """One airing for the loudspeakers of a group; `displaced` has a row for each that will not sound it as planned,
    `silenced` counts those that a stop now in force has ended it on.
    """
    proved = [row for row in heard if row.outcome == "played"]
    stopped = silenced or any(row.outcome == "cut" and row.reason in STOPPED for row in heard)
    if stopped and not proved and not playing:
        return _stopped(planned, len(devices), heard)
    moved = _shared(displaced, len(devices)) if not proved else None
    start = _start(planned, proved, moved)
    look = _look(planned, start, now, len(devices), len(proved), playing, moved)
    reason, by = _why(look, moved, heard)
    return Segment(
        airing=planned.id,
        title=planned.title,
        planned=planned.start,
        start=start,
        end=start + planned.duration,
        look=look,
        expected=len(devices),
        proved=len(proved),
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


def _shared(displaced: Sequence[Displaced], devices: int) -> Displaced | None:
    """The displacement, if it concerns all loudspeakers of the group; a filling item that is cut still sounds."""
    rows = [row for row in displaced if row.fate is not Fate.CUT]
    return rows[0] if rows and len(rows) == devices else None


def _start(planned: Planned, proved: Sequence[Heard], moved: Displaced | None) -> datetime:
    if proved:
        first = min(row.started for row in proved)
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
    reasons = [row.reason for row in heard if row.outcome != "played" and row.reason]
    return (max(set(reasons), key=reasons.count), "") if reasons and look is not Look.PROVED else ("", "")
