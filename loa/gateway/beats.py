"""Heartbeats become the newest state of each device, written a few times a second, and sums by the hour.

A device that beats twice between two writes is written once. With PostgreSQL down the newest beat of each waits here.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from devicelink.messages import Beat

from loa.devices.rules.condition import lacks_time
from loa.gateway.rows import BeatRow, HourSum

SMALL = 32_767
LARGE = 2**62
BATCH = 2_000

_decode = msgspec.json.Decoder(Beat).decode


class Beats:
    """Collects; the owner calls `take` and writes. `on_news(device, beat)` hears what open pages would show."""

    def __init__(self, on_news: Callable[[str, Beat], None]) -> None:
        self._on_news = on_news
        self._last: dict[str, Beat] = {}
        self._waiting: dict[str, tuple[Beat, float]] = {}
        self._hours: dict[tuple[str, int], HourSum] = {}
        self.received = 0
        self.refused = 0

    def receive(self, device: str, payload: bytes, now: float) -> Beat | None:
        """One heartbeat at `now` (Unix seconds); None if it is not one, or names another device."""
        try:
            beat = _decode(payload)
        except (ValueError, RecursionError):
            self.refused += 1
            return None
        if beat.device != device:
            self.refused += 1
            return None
        self.received += 1
        self._waiting[device] = (beat, now)
        self._add(device, beat, now)
        before = self._last.get(device)
        self._last[device] = beat
        if before is None or _looks_different(beat, before):
            self._on_news(device, beat)
        return beat

    def _add(self, device: str, beat: Beat, now: float) -> None:
        hour = int(now // 3600)
        key = (device, hour)
        found = self._hours.get(key)
        if found is None:
            start = datetime.fromtimestamp(hour * 3600, UTC)
            found = HourSum(id=device, hour=start, free=_large(beat.storage_free), signal=_small(beat.signal))
            self._hours[key] = found
        found.beats += 1
        found.backup += beat.power == "backup"
        found.bound = max(found.bound, _large(beat.clock_bound))
        found.free = min(found.free, _large(beat.storage_free))
        found.signal = min(found.signal, _small(beat.signal))

    def last(self, device: str) -> Beat | None:
        """The newest beat since this gateway started."""
        return self._last.get(device)

    def forget(self, device: str) -> None:
        """The device is no more."""
        self._last.pop(device, None)

    def take(self) -> list[BeatRow]:
        """Up to BATCH rows to write, at most one a device."""
        if len(self._waiting) <= BATCH:
            taken, self._waiting = self._waiting, {}
        else:
            taken = dict(list(self._waiting.items())[:BATCH])
            for device in taken:
                del self._waiting[device]
        return [_row(beat, seen) for beat, seen in taken.values()]

    def give_back(self, rows: list[BeatRow]) -> None:
        """They could not be written; newer ones that came meanwhile stay."""
        for row in rows:
            beat = self._last.get(row.id)
            if beat is not None:
                self._waiting.setdefault(row.id, (beat, row.seen.timestamp()))

    def take_hours(self, *, most: int = BATCH) -> list[HourSum]:
        """Up to `most` hourly sums since the last time."""
        keys = list(self._hours)[:most]
        return [self._hours.pop(key) for key in keys]

    def give_back_hours(self, rows: list[HourSum]) -> None:
        """They could not be written: add what came meanwhile."""
        for row in rows:
            key = (row.id, int(row.hour.timestamp() // 3600))
            newer = self._hours.get(key)
            self._hours[key] = row if newer is None else _joined(row, newer)


def _joined(one: HourSum, other: HourSum) -> HourSum:
    return HourSum(
        id=one.id,
        hour=one.hour,
        beats=one.beats + other.beats,
        backup=one.backup + other.backup,
        bound=max(one.bound, other.bound),
        free=min(one.free, other.free),
        signal=min(one.signal, other.signal),
    )


def _looks_different(beat: Beat, before: Beat) -> bool:
    return (
        beat.playing != before.playing
        or beat.held != before.held
        or beat.volume != before.volume
        or beat.power != before.power
        or (beat.clock_bound < 0) != (before.clock_bound < 0)
        or lacks_time(beat.clock_bound, beat.uptime) != lacks_time(before.clock_bound, before.uptime)
        or beat.trouble != before.trouble
        or (beat.update, beat.step) != (before.update, before.step)
        or (beat.files_missing > 0) != (before.files_missing > 0)
    )


def _small(value: int) -> int:
    return max(-SMALL, min(SMALL, value))


def _large(value: int) -> int:
    return max(-LARGE, min(LARGE, value))


def _text(value: str, most: int) -> str:
    return value[:most].replace("\x00", "")


def _row(beat: Beat, seen: float) -> BeatRow:
    """Values bounded to what the table holds: a device may send anything."""
    return BeatRow(
        id=beat.device,
        seen=datetime.fromtimestamp(seen, UTC),
        boot=_text(beat.boot, 64),
        uptime=_large(beat.uptime),
        agent=_text(beat.agent, 80),
        volume=_small(beat.volume),
        playing=_text(beat.playing, 80),
        held=beat.held,
        power=_text(beat.power, 10),
        link=_text(beat.link, 20),
        signal=_small(beat.signal),
        free=_large(beat.storage_free),
        clock_offset=_large(beat.clock_offset),
        bound=_large(beat.clock_bound),
        plan=_large(beat.plan),
        missing=max(0, min(2**31 - 1, beat.files_missing)),
        proofs=max(0, min(2**31 - 1, beat.proofs_waiting)),
        trouble=_text(beat.trouble, 20),
        used=max(-1, min(2**31 - 1, beat.used_mb)),
        release=_large(beat.update),
        step=_text(beat.step, 20),
    )
