"""Xem trước lịch: what would sound on any day, minute by minute, on every group of loudspeakers; why something would
not, and what is special about the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airtime.limits import Rule
from airtime.spans import from_ms

from loa.areas.air import AirRules
from loa.areas.models import Area
from loa.areas.queries import rules_in
from loa.broadcasts.changes import ground
from loa.broadcasts.changes.ground import Window
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import differences
from loa.broadcasts.rules.differences import Listeners
from loa.broadcasts.rules.projection import AirTime, Spans, Stand
from loa.broadcasts.rules.times import midnight
from loa.devices.models import Device
from loa.devices.queries.standing import Standing

NOT_APPROVED = "chưa được duyệt cho chỗ này"
_LEFT: dict[str, str] = {
    Rule.NO_MUSIC: "ngày này không phát nhạc",
    Rule.TOO_MANY_SESSIONS: "vượt số buổi của một ngày",
    Rule.SESSION_TOO_LONG: "vượt số phút của một buổi",
    Rule.DAY_TOO_LONG: "vượt số phút của một ngày",
}


@dataclass(frozen=True, slots=True)
class Sound:
    """One airing of the day: sounds from `start` to `end`, or (`why`) does not."""

    airing: str
    schedule: str
    title: str
    start: datetime
    end: datetime
    why: str = ""

    @property
    def silent(self) -> bool:
        """It does not sound."""
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class GroupDay:
    """A day of loudspeakers that stand alike: what sounds, `allowed` when it may."""

    listeners: Listeners
    devices: tuple[str, ...]
    allowed: tuple[tuple[datetime, datetime], ...]
    sounds: tuple[Sound, ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """`rules` are those of the place on the day; `groups` in the order of their names."""

    area: Area
    day: date
    rules: AirRules
    groups: tuple[GroupDay, ...]


def dry_run(area: Area, day: date, now: datetime) -> DryRun:
    """By the schedules and rules as they are now; drafts and what waits for approval do not sound."""
    around = sources.commune_or_above(area.path)
    window = Window(midnight(day), midnight(day + timedelta(days=1)))
    state = ground.state_of(ground.read([around], window, now), window, now)
    of_stand: dict[tuple[str, int], list[str]] = {}
    for standing in state.standings:
        for device in standing.devices:
            if area.path == around or area.path in standing.devices[device]:
                of_stand.setdefault((standing.key, state.of_device[device]), []).append(device)
    by_key = {one.key: one for one in state.standings}
    names = dict(Device.objects.filter(area__path__startswith=around).values_list("pk", "name"))
    groups = [
        _group(by_key[key], devices, state.stands[number], window, names) for (key, number), devices in of_stand.items()
    ]
    ordered = tuple(sorted(groups, key=lambda one: (one.listeners.area, one.listeners.name, one.devices)))
    return DryRun(area, day, rules_in([area.path], day, day).on(area.path, day), ordered)


def _group(standing: Standing, devices: Sequence[str], stand: Stand, window: Window, names: dict[str, str]) -> GroupDay:
    listeners = Listeners(standing.area, standing.commune, standing.name, tuple(devices))
    return GroupDay(
        listeners,
        tuple(names[device] for device in devices),
        _inside(stand.allowed, window),
        tuple(sorted(_sounds(stand, window), key=lambda one: (one.start, one.title))),
    )


def _inside(allowed: Spans, window: Window) -> tuple[tuple[datetime, datetime], ...]:
    spans = ((max(from_ms(start), window.since), min(from_ms(end), window.until)) for start, end in allowed)
    return tuple((start, end) for start, end in spans if start < end)


def _sounds(stand: Stand, window: Window) -> list[Sound]:
    found = [_sound(one) for one in stand.air_times()]
    left = [
        Sound("", one.schedule, one.title, from_ms(one.start), from_ms(one.start), _LEFT.get(one.reason, NOT_APPROVED))
        for one in stand.left
    ]
    return [one for one in (*found, *left) if one.start < window.until and max(one.end, one.start) >= window.since]


def _sound(one: AirTime) -> Sound:
    why = differences.why(one) if one.silent else ""
    return Sound(one.airing, one.thread, one.title, from_ms(one.start), from_ms(one.end), why)
