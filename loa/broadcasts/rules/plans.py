"""From approved schedules to what each plan set is told for the next days. Pure and quick: a province at once."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from airtime.limits import Rule as LimitRule
from airtime.spans import from_ms, merged, to_ms
from devicelink.canonical import canonical
from devicelink.limits import MAX_PLAN_AIRINGS, MAX_PLAN_BYTES, MAX_PLAN_BYTES_ONE_CLUSTER
from devicelink.messages import Airing, Audience, Plan, SoundFile
from devicelink.permits import PlanSetPlace, Prepared
from devicelink.refusals import Reason, Refused

from loa.areas.air import Book
from loa.areas.languages import Orders
from loa.areas.rules import lineage
from loa.broadcasts.rules import numbers
from loa.broadcasts.rules.entries import DAYS as DAYS
from loa.broadcasts.rules.entries import EVENING as EVENING
from loa.broadcasts.rules.entries import MILLISECOND as MILLISECOND
from loa.broadcasts.rules.entries import USUAL_HOURS as USUAL_HOURS
from loa.broadcasts.rules.entries import Entry as Entry
from loa.broadcasts.rules.entries import Horizon as Horizon
from loa.broadcasts.rules.entries import Put as Put
from loa.broadcasts.rules.entries import airing_id as airing_id
from loa.broadcasts.rules.entries import airings_of as airings_of
from loa.broadcasts.rules.entries import reaches
from loa.broadcasts.rules.live import Receiving, Ways
from loa.broadcasts.rules.spoken import AROUND_A_LINK_MS as AROUND_A_LINK_MS
from loa.broadcasts.rules.spoken import BETWEEN_READINGS_MS as BETWEEN_READINGS_MS
from loa.broadcasts.rules.spoken import Spoken as Spoken
from loa.broadcasts.rules.spoken import aired as aired
from loa.broadcasts.rules.spoken import row_of as row_of
from loa.broadcasts.rules.targets import Place, allowed, reach
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.rules.toolarge import TooLarge as TooLarge
from loa.kernel.clock import local

MUSIC = "music"  # the profile of sounds that are no speech
PERISHABLE_HOURS = 24


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
    _fits: set[str] = field(default_factory=set)

    def add(self, entries: Iterable[Entry]) -> None:
        """Let these schedules be planned too."""
        for entry in entries:
            self._here.setdefault(entry.area, []).append(entry)
            for above in lineage(entry.area)[:-1]:
                self._below.setdefault(above, []).append(entry)

    def only_near(self, spans: Sequence[tuple[int, int]]) -> None:
        """From now on it knows only what may sound in these times (ms), what may meet that, and so on."""
        dated = {span for entry in self._all() for span in reaches(entry, self.horizon)}
        pieces = [piece for piece in merged(dated) if any(start < piece[1] and piece[0] < end for start, end in spans)]
        for entry in self._all():
            self._airings[entry.schedule] = airings_of(entry, self.horizon, pieces)

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
            refused = self._judged(prepared, airing, place, only, the_same=airing is planned)
            if refused is None:
                yield msgspec.structs.replace(airing, only=only) if only else airing
            else:
                why = (refused.reason, refused.detail)
                left.append(Left(entry.schedule, place.plan_set, entry.title, airing.start, *why))

    def _judged(
        self,
        prepared: Prepared | Refused,
        airing: Airing,
        place: PlanSetPlace,
        only: tuple[str, ...],
        *,
        the_same: bool,
    ) -> Refused | None:
        """`the_same`: every place is told this very airing, so what it is and when is judged once for all of them."""
        if isinstance(prepared, Refused):
            return prepared
        if the_same and airing.id in self._fits and prepared.covers(only, place):
            return None
        try:
            prepared.check(msgspec.structs.replace(airing, only=only) if only else airing, place)
        except Refused as refused:
            return refused
        if the_same:
            self._fits.add(airing.id)
        return None

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
