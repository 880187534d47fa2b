"""An approved schedule as it is planned, and its airings on the days of a plan. Pure."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter

import msgspec
from airtime.spans import from_ms, to_ms
from devicelink.messages import Airing, Part, SoundFile
from devicelink.permits import Permit

from loa.broadcasts.rules.live import Live
from loa.broadcasts.rules.spoken import Spoken
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import Rule, Validity, instants, midnight

# Today and seven whole days, so that at any hour of today at least seven days lie ahead.
DAYS = 8
# The evening before stands in the plan too: what was moved past midnight, or still sounds then, is at most this old
# (4 hours of slack, and the longest sounds).
EVENING = timedelta(hours=6)
MILLISECOND = timedelta(milliseconds=1)
# How long (hours) a loudspeaker away from the platform still plays an item: usually, and news that goes off quickly.
USUAL_HOURS = 168


@dataclass(frozen=True, slots=True)
class Put:
    """Where a rundown has one air time: `wish` is the instant that was approved, all in ms."""

    wish: int
    start: int
    duration: int
    latest: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One approved schedule, ready to be planned. `issued` (ms) is when it was approved.

    `spoken` are its languages, the main one first; `parts` and `duration` what airs where nobody has chosen among them.
    `put`: a rundown says when in its sessions it sounds; None = at the times of its rule, but for those of `later`,
    which have given way. Of a `relay` the parts are
    what stands in for it, and `music` is said of them alone.
    """

    schedule: str
    area: str
    target: Target
    rule: Rule
    permit: Permit
    title: str
    issued: int
    parts: tuple[Part, ...]
    files: tuple[SoundFile, ...]
    duration: int
    filling: bool = False
    offline_for: int = USUAL_HOURS
    position: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    spoken: tuple[Spoken, ...] = ()
    readings: int = 1
    link: Spoken | None = None
    put: tuple[Put, ...] | None = None
    later: tuple[Put, ...] = ()
    music: bool = False
    relay: Live | None = None


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days of a plan: the evening before `day`, and `days` days from its local midnight."""

    day: date
    days: int = DAYS

    @property
    def start(self) -> datetime:
        """18:00 of the day before."""
        return midnight(self.day) - EVENING

    @property
    def end(self) -> datetime:
        """Local midnight after the last day."""
        return midnight(self.day + timedelta(days=self.days))


def airings_of(entry: Entry, horizon: Horizon, near: Sequence[tuple[int, int]] | None = None) -> tuple[Airing, ...]:
    """Every airing of one schedule in these days, meant for all of a plan set; only those that begin in one of the
    spans `near` (ms, merged), if any are given."""
    if entry.put is not None:
        return tuple(one for one in _put(entry, entry.put, horizon) if near is None or _begins_in(one.start, near))
    slack = entry.rule.slack // MILLISECOND
    later = {one.wish: one.start for one in entry.later}
    airings = (_airing(entry, start, slack, later.get(start)) for start in _starts(entry, horizon))
    return tuple(one for one in airings if near is None or _begins_in(one.start, near))


def _begins_in(start: int, near: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(near, start, key=itemgetter(0))
    return at > 0 and start < near[at - 1][1]


def reaches(entry: Entry, horizon: Horizon) -> Iterator[tuple[int, int]]:
    """How far each of its airings may reach (ms)."""
    if entry.put is not None:
        airings = _put(entry, entry.put, horizon)
        return ((one.start, max(one.start, one.latest) + one.duration) for one in airings)
    length = entry.rule.slack // MILLISECOND + entry.duration
    return ((start, start + length) for start in _starts(entry, horizon))


def _starts(entry: Entry, horizon: Horizon) -> tuple[int, ...]:
    since = max(horizon.start, min(midnight(horizon.day), _first_heard(entry)))
    found = instants(entry.rule, since, horizon.end)
    if entry.valid_from is None and entry.valid_to is None:
        return found
    valid = Validity(entry.valid_from, entry.valid_to)
    return tuple(start for start in found if valid.holds(from_ms(start)))


def _put(entry: Entry, put: Iterable[Put], horizon: Horizon) -> tuple[Airing, ...]:
    """The airings where the rundown has them; what was over before the days of the plan needs no row."""
    since, until = to_ms(horizon.start), to_ms(horizon.end)
    valid = Validity(entry.valid_from, entry.valid_to)
    inside = (one for one in put if since < one.start + one.duration and one.start < until)
    return tuple(
        msgspec.structs.replace(
            _airing(entry, one.wish, 0), start=one.start, duration=one.duration,
            latest=one.latest if one.latest > one.start else 0,
        )
        for one in inside
        if valid.holds(from_ms(one.start))
    )  # fmt: skip


def _first_heard(entry: Entry) -> datetime:
    """What began before this was over when the schedule was approved: of the evening before it needs no row."""
    return from_ms(entry.issued - entry.duration) - entry.rule.slack


def _airing(entry: Entry, start: int, slack: int, later: int | None = None) -> Airing:
    return Airing(
        id=airing_id(entry.schedule, start),
        start=later or start,
        duration=entry.duration,
        parts=entry.parts,
        approval=entry.permit.approval,
        priority=entry.permit.priority,
        level=entry.permit.level,  # type: ignore[arg-type]
        issued=entry.issued,
        latest=start + slack if start + slack > (later or start) else 0,
        filling=entry.filling,
        offline_for=entry.offline_for,
        rank=entry.position,
        title=entry.title,
    )


def airing_id(schedule: str, start: int) -> str:
    """The same schedule and instant always give the same id, whoever compiles and when."""
    return "a-" + hashlib.sha256(f"{schedule}|{start}".encode()).hexdigest()[:24]
