"""What sounds on this loudspeaker, and why the rest does not. Pure: the plan and the place in, a programme out.

The whole span of the plan is resolved at once, so that an item does not jump when time passes; only a new plan,
placement, hold or welcome changes the programme. All instants are Unix ms.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from airtime.hours import Hours, from_wire, may_sound
from airtime.rank import Level, Rank, Severity, Urgency
from airtime.reasons import Code
from airtime.spans import from_ms, merged, span_from_ms, to_ms
from airtime.timeline import Displaced, Item, Timeline, resolve
from devicelink.audience import matches
from devicelink.messages import Airing, Placement, Plan, Volume, VolumeCap
from devicelink.refusals import Reason

from speaker.store import HoldSpan

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
DAY_MINUTES = 1440
PLAY_BOUND_MS = 5 * 60_000  # an accepted plan goes on sounding with a clock this uncertain; messages need 60 s
DEFAULT_VOLUME = 80

Key = tuple[str, int]  # (airing id, planned start): one intention to sound


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that decides. `given_up`: intentions that failed for good here (a file missing at the hour).

    `welcomed`: when the platform last answered; 0 = never. `since`: when the plan was accepted; what should have begun
    before is none of its business. `taken`: when an alert or a live voice sounds (`speaker.floor`).
    """

    device: str
    plan: Plan
    placement: Placement
    holds: tuple[HoldSpan, ...] = ()
    welcomed: int = 0
    since: int = 0
    given_up: frozenset[Key] = frozenset()
    taken: tuple[HoldSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """`airing` sounds from `start` to `end`, beginning `offset` ms into it.

    `cut_by`: why it ends before its end ("" = it does not).
    """

    airing: Airing
    start: int
    end: int
    offset: int = 0
    cut_by: str = ""

    @property
    def key(self) -> Key:
        """The intention it fulfils."""
        return self.airing.id, self.airing.start

    @property
    def origin(self) -> int:
        """Where the airing would have begun if it sounded from its beginning."""
        return self.start - self.offset


@dataclass(frozen=True, slots=True)
class Skip:
    """`key` does not sound, for `reason`; certain from `final` on."""

    key: Key
    final: int
    reason: str


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud it is at which hour: `most` (0-100), and less where a cap covers the minute of the local day.

    An emergency is as loud as `most`.
    """

    most: int
    caps: tuple[VolumeCap, ...] = ()
    utc_offset: int = 0

    def at(self, instant: int) -> int:
        """Volume 0-100; of the caps that cover the minute the strictest counts."""
        minute = (instant // MINUTE_MS + self.utc_offset) % DAY_MINUTES
        return min([self.most, *(cap.most for cap in self.caps if cap.start <= minute < cap.end)])

    def steps(self, since: int, until: int) -> tuple[tuple[int, int], ...]:
        """(instant, volume): at `since`, and at every edge of a cap up to `until`."""
        midnight = (since // MINUTE_MS + self.utc_offset) // DAY_MINUTES * DAY_MINUTES - self.utc_offset
        days = range(midnight, until // MINUTE_MS + 1, DAY_MINUTES)
        edges = {(day + edge) * MINUTE_MS for day in days for cap in self.caps for edge in (cap.start, cap.end)}
        return tuple((edge, self.at(edge)) for edge in (since, *sorted(edges)) if since <= edge <= until)


@dataclass(frozen=True)
class Programme:
    """`cues` in order, never overlapping; `skips` in order of `final`; `files` in the order in which they are needed.

    `why`: what displaced an intention that sounds later, in part or not at all.
    """

    cues: tuple[Cue, ...] = ()
    skips: tuple[Skip, ...] = ()
    files: tuple[str, ...] = ()
    why: Mapping[Key, str] = field(default_factory=dict)

    @cached_property
    def _starts(self) -> list[int]:
        return [cue.start for cue in self.cues]

    def at(self, instant: int) -> Cue | None:
        """What should sound now."""
        place = bisect_right(self._starts, instant) - 1
        return self.cues[place] if place >= 0 and instant < self.cues[place].end else None

    def after(self, instant: int) -> tuple[Cue, ...]:
        """What begins later than `instant`, in order."""
        return self.cues[bisect_right(self._starts, instant) :]


def programme(situation: Situation) -> Programme:
    """See the module. An item that is not for this device leaves no trace."""
    plan, place = situation.plan, situation.placement
    mine = [airing for airing in plan.airings if not airing.only or situation.device in airing.only]
    if not matches(plan.audience, place):
        return Programme()
    stale = {airing.id for airing in mine if _stale(airing, situation.welcomed)}
    live = [airing for airing in mine if airing.id not in stale and (airing.id, airing.start) not in situation.given_up]
    timeline = resolve(
        [*(item_of(airing) for airing in live), *_above(situation.taken)],
        hours_of(place),
        [span_from_ms(hold.begins, hold.ends) for hold in situation.holds],
        span_from_ms(plan.start, plan.end),
    )
    by_id = {airing.id: airing for airing in mine}
    skips = [*_dropped(timeline, by_id), *(_skip(by_id[name], Reason.STALE_OFFLINE) for name in stale)]
    return Programme(
        cues=tuple(_cues(timeline, by_id)),
        skips=tuple(sorted((skip for skip in skips if skip.final >= situation.since), key=lambda skip: skip.final)),
        why={(row.item, by_id[row.item].start): _reason(row) for row in _of_plan(timeline, by_id)},
        files=tuple(dict.fromkeys(part.sha256 for airing in sorted(mine, key=_start) for part in airing.parts)),
    )


def allowed(placement: Placement, start: int, end: int) -> bool:
    """The last gate before the air: may this device sound from `start` to `end`? Whatever the plan said."""
    return may_sound(hours_of(placement), from_ms(start), timedelta(milliseconds=end - start)).allowed


def hours_of(placement: Placement) -> Hours:
    """The only allowed hours there are."""
    wire = placement.hours
    return from_wire(
        wire.utc_offset,
        [(window.weekdays, window.start, window.end) for window in wire.windows],
        [(extra.start, extra.end) for extra in wire.extensions],
        [(quiet.start, quiet.end) for quiet in wire.closures],
    )


def item_of(airing: Airing) -> Item:
    """The airing in the words of the timeline."""
    rank = Rank(
        id=airing.id,
        issued=from_ms(airing.issued),
        urgency=Urgency(airing.priority),
        level=Level(airing.level),
        position=airing.rank,
    )
    latest = from_ms(airing.latest) if airing.latest >= airing.start else None
    return Item(rank, from_ms(airing.start), timedelta(milliseconds=airing.duration), latest, airing.filling)


def held(holds: Iterable[HoldSpan], now: int) -> bool:
    """True while a hold is in force."""
    return any(hold.begins <= now < hold.ends for hold in holds)


def extended(spans: Iterable[HoldSpan], slot: str, begins: int, until: int) -> list[HoldSpan]:
    """The spans of `slot` after a newer hold: the past stays as it was, from `begins` on only the new one counts."""
    past = [HoldSpan(slot=slot, begins=span.begins, ends=min(span.ends, begins)) for span in spans if span.slot == slot]
    return [span for span in (*past, HoldSpan(slot=slot, begins=begins, ends=until)) if span.begins < span.ends]


def loudness(placement: Placement | None, volumes: Iterable[Volume]) -> Loudness:
    """By the newest volume that is for this device, never above the placement's maximum; without a placement 0."""
    if placement is None:
        return Loudness(0)
    newest = max((volume for volume in volumes if matches(volume.audience, placement)), key=_revision, default=None)
    most = min(newest.volume if newest else DEFAULT_VOLUME, placement.max_volume)
    return Loudness(most, placement.volumes, placement.hours.utc_offset)


def gain(volume: int) -> float:
    """Amplitude 0..1 of a volume 0..100; the ear hears the square as about even."""
    return (max(0, min(100, volume)) / 100) ** 2


def _stale(airing: Airing, welcomed: int) -> bool:
    return airing.start > welcomed + airing.offline_for * HOUR_MS


def _cues(timeline: Timeline, by_id: dict[str, Airing]) -> Iterable[Cue]:
    why = {row.item: _reason(row) for row in timeline.displaced}
    for segment in timeline.segments:
        airing = by_id.get(segment.item)
        if airing is None:
            continue  # it is not ours to sound
        start, end, offset = to_ms(segment.start), to_ms(segment.end), segment.offset // timedelta(milliseconds=1)
        whole = end - start + offset >= airing.duration
        yield Cue(airing, start, end, offset, "" if whole else why.get(airing.id, Reason.PREEMPTED))


def _dropped(timeline: Timeline, by_id: dict[str, Airing]) -> Iterable[Skip]:
    sounding = {segment.item for segment in timeline.segments}
    return (_skip(by_id[row.item], _reason(row)) for row in _of_plan(timeline, by_id) if row.item not in sounding)


def _of_plan(timeline: Timeline, by_id: dict[str, Airing]) -> Iterable[Displaced]:
    return (row for row in timeline.displaced if row.item in by_id)


def _above(taken: Iterable[HoldSpan]) -> Iterable[Item]:
    """What sounds above the programme, in the words of the timeline: nothing of a plan can have this rank or id."""
    spans = merged((span.begins, span.ends) for span in taken)
    for begins, ends in spans:
        rank = Rank(id=f"\x00above {begins}", issued=from_ms(0), urgency=Urgency.EMERGENCY, severity=Severity.EXTREME)
        yield Item(rank, from_ms(begins), timedelta(milliseconds=ends - begins), filling=True)


def _skip(airing: Airing, reason: str) -> Skip:
    return Skip((airing.id, airing.start), max(airing.start, airing.latest), reason)


def _reason(row: Displaced) -> str:
    return Reason(Code(row.reason).value)


def _start(airing: Airing) -> int:
    return airing.start


def _revision(volume: Volume) -> int:
    return volume.revision
