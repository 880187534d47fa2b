"""From approved schedules to what each plan set is told for the next days. Pure and quick: a province at once."""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec
from airtime.limits import Rule as LimitRule
from airtime.spans import from_ms, merged, to_ms
from devicelink.canonical import canonical
from devicelink.limits import MAX_PLAN_AIRINGS, MAX_PLAN_BYTES, MAX_PLAN_BYTES_ONE_CLUSTER
from devicelink.messages import Airing, Audience, Part, Plan, SoundFile
from devicelink.permits import Permit, PlanSetPlace, Prepared
from devicelink.refusals import Reason, Refused

from loa.areas.air import Book
from loa.areas.languages import Orders
from loa.areas.rules import lineage
from loa.broadcasts.rules import numbers
from loa.broadcasts.rules.live import Live, Receiving, Ways
from loa.broadcasts.rules.spoken import AROUND_A_LINK_MS as AROUND_A_LINK_MS
from loa.broadcasts.rules.spoken import BETWEEN_READINGS_MS as BETWEEN_READINGS_MS
from loa.broadcasts.rules.spoken import Spoken as Spoken
from loa.broadcasts.rules.spoken import aired as aired
from loa.broadcasts.rules.spoken import row_of as row_of
from loa.broadcasts.rules.targets import Place, Target, allowed, reach
from loa.broadcasts.rules.times import Rule, Validity, midnight
from loa.broadcasts.rules.toolarge import TooLarge as TooLarge
from loa.kernel.clock import local

# Today and seven whole days, so that at any hour of today at least seven days lie ahead.
DAYS = 8
# The evening before stands in the plan too: what was moved past midnight, or still sounds then, is at most this old
# (4 hours of slack, and the longest sounds).
EVENING = timedelta(hours=6)
MILLISECOND = timedelta(milliseconds=1)
# How long (hours) a loudspeaker away from the platform still plays an item: usually, and news that goes off quickly.
USUAL_HOURS = 168
MUSIC = "music"  # the profile of sounds that are no speech
PERISHABLE_HOURS = 24


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
    `put`: a rundown says when in its sessions it sounds; None = at the times of its rule. Of a `relay` the parts are
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


@dataclass(frozen=True, slots=True)
class Left:
    """An airing that is not planned: the reason of the wire, and its detail for the log."""

    schedule: str
    plan_set: str
    title: str
    start: int
    reason: Reason | LimitRule
    detail: str


@dataclass(frozen=True, slots=True)
class Body:
    """What a plan set is told, without revision. `content` is the digest of all of it, `members` of who hears it."""

    plan_set: str
    airings: tuple[Airing, ...]
    files: tuple[SoundFile, ...]
    schedules: Mapping[str, str]
    content: str
    members: str
    left: tuple[Left, ...] = ()


@dataclass(slots=True)
class Planner:
    """Plans many plan sets over the same days: what belongs to a schedule alone is worked out once."""

    horizon: Horizon
    now: datetime
    languages: Orders = field(default_factory=Orders)
    book: Book | None = None
    ways: Ways = field(default_factory=dict)
    _here: dict[str, list[Entry]] = field(default_factory=dict)
    _below: dict[str, list[Entry]] = field(default_factory=dict)
    _airings: dict[str, tuple[Airing, ...]] = field(default_factory=dict)
    _prepared: dict[str, Prepared | Refused] = field(default_factory=dict)

    def add(self, entries: Iterable[Entry]) -> None:
        """Let these schedules be planned too."""
        for entry in entries:
            self._here.setdefault(entry.area, []).append(entry)
            for above in lineage(entry.area)[:-1]:
                self._below.setdefault(above, []).append(entry)

    def only_near(self, spans: Sequence[tuple[int, int]]) -> None:
        """From now on it knows only what may sound in these times (ms), what may meet that, and so on."""
        dated = [
            (one.start, max(one.start, one.latest) + one.duration)
            for entry in self._all()
            for one in self._dated(entry)
        ]
        pieces = [piece for piece in merged(dated) if any(start < piece[1] and piece[0] < end for start, end in spans)]
        starts = [start for start, _ in pieces]
        for name, airings in self._airings.items():
            self._airings[name] = tuple(
                one for one in airings if (at := bisect_right(starts, one.start)) and one.start < pieces[at - 1][1]
            )

    def _all(self) -> Iterable[Entry]:
        return (entry for entries in self._here.values() for entry in entries)

    def alive(self) -> frozenset[str]:
        """Ids of every airing that the schedules of the plans made so far have."""
        return frozenset(airing.id for airings in self._airings.values() for airing in airings)

    def body(self, place: Place) -> Body:
        """What this plan set is told. Raises TooLarge."""
        chosen: list[Airing] = []
        schedules: dict[str, str] = {}
        files: dict[str, SoundFile] = {}
        left: list[Left] = []
        for entry, airing in self.heard(place, left):
            chosen.append(airing)
            schedules[airing.id] = entry.schedule
            needed = {part.sha256 for part in airing.parts}
            files.update((file.sha256, file) for file in entry.files if file.sha256 in needed)
        if len(chosen) > MAX_PLAN_AIRINGS:
            raise TooLarge(place.id, "airings", len(chosen), MAX_PLAN_AIRINGS)
        airings = tuple(sorted(chosen, key=lambda airing: (airing.start, airing.id)))
        return self._sealed(place, airings, tuple(files[name] for name in sorted(files)), schedules, tuple(left))

    def heard(self, place: Place, left: list[Left]) -> Iterator[tuple[Entry, Airing]]:
        """Every airing that this plan set is told of, with what it comes from; to `left` those it may not be told."""
        rows = list(self._allowed(place, left))
        kept = (
            numbers.keep(
                [numbers.Row(airing, entry.music and not entry.relay) for entry, airing in rows], place, self.book
            )
            if self.book
            else ()
        )
        if not kept:
            yield from rows
        for (entry, airing), (still, rule) in zip(rows, kept, strict=bool(kept)):
            if still is not None:
                yield entry, still
            if rule is not None:
                left.append(Left(entry.schedule, place.id, entry.title, airing.start, rule, rule.value))

    def _allowed(self, place: Place, left: list[Left]) -> Iterator[tuple[Entry, Airing]]:
        """As their approvals have them, before the numbers of the place."""
        wire = wire_place(place)
        for entry in self._entries(place):
            only = reach(entry.target, entry.area, place)
            if only:
                only = allowed(only, entry.permit.targets, place) or None
            if only is not None:
                yield from ((entry, airing) for airing in self._received(entry, only, place, wire, left))

    def _received(
        self, entry: Entry, only: tuple[str, ...], place: Place, wire: PlanSetPlace, left: list[Left]
    ) -> Iterable[Airing]:
        if entry.relay is None:
            return self._approved(entry, only, wire, left)
        receiving, live = Receiving(self.ways, self.book), entry.relay
        return self._approved(entry, only, wire, left, lambda one: receiving.told(one, live, place, music=entry.music))

    def _entries(self, place: Place) -> list[Entry]:
        """Schedules of the commune, of what is above it, and of hamlets in it."""
        found = [entry for path in lineage(place.area) for entry in self._here.get(path, ())]
        return found + self._below.get(place.area, [])

    def _approved(
        self,
        entry: Entry,
        only: tuple[str, ...],
        place: PlanSetPlace,
        left: list[Left],
        told: Callable[[Airing], Airing] = lambda airing: airing,
    ) -> Iterable[Airing]:
        prepared = self._permit(entry)
        for planned in self._dated(entry):
            airing = told(self._spoken(entry, planned, place.area))
            airing = msgspec.structs.replace(airing, only=only) if only else airing
            try:
                if isinstance(prepared, Refused):
                    raise prepared
                prepared.check(airing, place)
            except Refused as refused:
                why = (refused.reason, refused.detail)
                left.append(Left(entry.schedule, place.plan_set, entry.title, airing.start, *why))
                continue
            yield airing

    def _spoken(self, entry: Entry, airing: Airing, area: str) -> Airing:
        """In the languages of the commune, as it has them on that day. All of them were approved, so whichever it
        chooses needs nobody's leave."""
        if len(entry.spoken) < 2:
            return airing
        order = self.languages.on(area, local(from_ms(airing.start)).date())
        parts, duration = row_of(aired(entry.spoken, order), entry.readings, entry.link)
        return msgspec.structs.replace(airing, parts=parts, duration=duration)

    def _permit(self, entry: Entry) -> Prepared | Refused:
        """The permit made ready, or why it allows nothing."""
        known = self._prepared.get(entry.schedule)
        if known is None:
            try:
                known = Prepared(entry.permit, to_ms(self.now))
            except Refused as refused:
                known = refused
            self._prepared[entry.schedule] = known
        return known

    def _dated(self, entry: Entry) -> tuple[Airing, ...]:
        known = self._airings.get(entry.schedule)
        if known is None:
            known = self._airings[entry.schedule] = airings_of(entry, self.horizon)
        return known

    def _sealed(
        self,
        place: Place,
        airings: tuple[Airing, ...],
        files: tuple[SoundFile, ...],
        schedules: Mapping[str, str],
        left: tuple[Left, ...],
    ) -> Body:
        body = msgspec.json.encode((airings, files))
        most = MAX_PLAN_BYTES_ONE_CLUSTER if len(place.devices) == 1 else MAX_PLAN_BYTES
        size = len(body) + _ENVELOPE_BYTES
        if size > most:
            raise TooLarge(place.id, "bytes", size, most)
        content = hashlib.sha256(self.horizon.day.isoformat().encode() + body).hexdigest()
        return Body(place.id, airings, files, schedules, content, members_of(place), left)


# Room for the fields of the plan around its airings and files.
_ENVELOPE_BYTES = 512


def members_of(place: Place) -> str:
    """Digest of who hears a plan, and when they may: a device that comes, goes or moves to another hamlet makes another
    one, so does a day off or a longer evening.
    """
    dated = [[to_ms(span.start), to_ms(span.end)] for span in (*place.hours.extensions, *place.hours.closures)]
    facts = {"devices": {name: sorted(areas) for name, areas in place.devices.items()}, "dated": dated}
    return hashlib.sha256(canonical(facts)).hexdigest()


def wire_place(place: Place) -> PlanSetPlace:
    """The place as permits know it."""
    return PlanSetPlace(area=place.area, plan_set=place.id, groups=place.groups, devices=place.devices)


def airings_of(entry: Entry, horizon: Horizon) -> tuple[Airing, ...]:
    """Every airing of one schedule in these days, meant for all of a plan set."""
    if entry.put is not None:
        return _put(entry, entry.put, horizon)
    slack = entry.rule.slack // MILLISECOND
    since = max(horizon.start, min(midnight(horizon.day), _first_heard(entry)))
    starts = entry.rule.starts(since, horizon.end)
    valid = Validity(entry.valid_from, entry.valid_to)
    return tuple(_airing(entry, to_ms(start), slack) for start in starts if valid.holds(start))


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


def _airing(entry: Entry, start: int, slack: int) -> Airing:
    return Airing(
        id=airing_id(entry.schedule, start),
        start=start,
        duration=entry.duration,
        parts=entry.parts,
        approval=entry.permit.approval,
        priority=entry.permit.priority,
        level=entry.permit.level,  # type: ignore[arg-type]
        issued=entry.issued,
        latest=start + slack if slack else 0,
        filling=entry.filling,
        offline_for=entry.offline_for,
        rank=entry.position,
        title=entry.title,
    )


def airing_id(schedule: str, start: int) -> str:
    """The same schedule and instant always give the same id, whoever compiles and when."""
    return "a-" + hashlib.sha256(f"{schedule}|{start}".encode()).hexdigest()[:24]


def plan_of(body: Body, horizon: Horizon, revision: int, now: datetime) -> Plan:
    """The message to sign."""
    return Plan(
        audience=Audience(plan_set=body.plan_set),
        revision=revision,
        issued=to_ms(now),
        start=to_ms(horizon.start),
        end=to_ms(horizon.end),
        airings=body.airings,
        files=body.files,
    )


def reissue_due(plan_set: str, now: datetime) -> bool:
    """True once today's minute for this plan set has come: spread over 00:05 to 04:05 by its id, not by chance."""
    minute = int.from_bytes(hashlib.sha256(plan_set.encode()).digest()[:4], "big") % 240
    return now >= midnight(local(now).date()) + timedelta(minutes=5 + minute)


def latest_of(airing: Airing) -> datetime:
    """The last instant at which it may start."""
    return from_ms(max(airing.start, airing.latest))
