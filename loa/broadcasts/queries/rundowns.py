"""Sessions as their rundowns lay them: which floating schedule sounds when, and what yields.

One way for all who ask: the week, the room that is left, the plans. What they count (drafts too, or only what is
approved) is theirs.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from airtime.spans import Span, from_ms

from loa.areas.models import Area
from loa.areas.queries import hours_for
from loa.broadcasts.models import Airing, Programme, RundownItem, Schedule, State
from loa.broadcasts.queries import minutes, sources
from loa.broadcasts.queries.minutes import Key as Key
from loa.broadcasts.queries.minutes import Wish as Wish
from loa.broadcasts.queries.minutes import takes_part as takes_part
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules import plans
from loa.broadcasts.rules.rundowns import Fate, Kind, Laid, Moved, Over, Part, Piece, Sitting, Under, Why, run
from loa.broadcasts.rules.sessions import Slot
from loa.kernel.clock import local, to_ms

_DAY = timedelta(days=1)
# How far a session may send on what has no room in it.
SPILL_DAYS = 2
REACH = (SPILL_DAYS + 1) * _DAY


@dataclass(frozen=True, slots=True)
class Put:
    """Where a wish sounds: for `duration` from `start`, no later than `latest`."""

    start: datetime
    duration: timedelta
    latest: datetime


@dataclass(frozen=True, slots=True)
class Book:
    """What `lay_out` found: the sessions by programme and day, where each wish sounds (one that is not there does not),
    and what yields.
    """

    laid: Mapping[tuple[UUID, date], Laid] = field(default_factory=dict)
    put: Mapping[Key, Put] = field(default_factory=dict)
    moved: Mapping[Key, Moved] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Held:
    """A session that is held."""

    programme: Programme
    day: date
    slot: Slot
    span: Span

    @property
    def name(self) -> str:
        return f"{self.programme.pk} {self.day}"


def lay_out(
    wishes: Sequence[Wish], busy: Mapping[int, Sequence[Span]], now: datetime | None, *,
    areas: Collection[Area] = (), days: Sequence[date] = (),
) -> Book:  # fmt: skip
    """All sessions that these wishes are for, laid; those that do not float are own priority items at their minutes,
    which give way where one from above stands in the session. `busy`: by area, what else sounds at times of its own.

    `now`: what has begun stays, and nothing begins before; None = as if nothing had begun. `areas` and `days` have
    their sessions laid also where nobody wishes anything. Five queries, and one for the rules of each area.
    """
    if not wishes and not areas:
        return Book()
    rows = _programmes({wish.schedule.area_id for wish in wishes} | {area.pk for area in areas})
    begun = _begun(wishes, now) if now is not None else {}
    listed = sorted({*days, *_days(wishes)})
    laid: dict[tuple[UUID, date], Laid] = {}
    put: dict[Key, Put] = {}
    for area_id, programmes in rows.items():
        mine = [wish for wish in wishes if wish.schedule.area_id == area_id and wish.schedule.floating]
        fixed = [wish for wish in wishes if wish.schedule.area_id == area_id and not wish.schedule.floating]
        held = list(_held(programmes, listed))
        ground = _Ground(held, mine, busy.get(area_id, ()), begun, now)
        found, stands = _with_minutes(ground, fixed)
        laid |= {(one.programme.pk, one.day): found[one.name] for one in held}
        put |= _put(held, mine, found)
        put |= {wish.key: _stands(wish, stands[wish.key]) for wish in fixed}
    keys = {wish.name: wish.key for wish in wishes}
    moved = {keys[row.piece]: row for session in laid.values() for row in session.moved}
    moved |= {wish.key: _gave_way(wish) for wish in wishes if not wish.schedule.floating and _later(wish, put)}
    return Book(laid, put, moved)


def _stands(wish: Wish, span: Span) -> Put:
    return Put(span.start, wish.length, max(span.start, wish.latest))


def _later(wish: Wish, put: Mapping[Key, Put]) -> bool:
    return wish.key in put and put[wish.key].start > wish.start


def _gave_way(wish: Wish) -> Moved:
    return Moved(wish.name, wish.version.title, Fate.LATER, Why.FULL)


def _days(wishes: Iterable[Wish]) -> Iterator[date]:
    for day in {local(wish.start).date() for wish in wishes}:
        yield from (day + number * _DAY for number in range(SPILL_DAYS + 1))


def _programmes(areas: Iterable[int]) -> dict[int, list[Programme]]:
    rows = Programme.objects.filter(area__in=list(areas)).select_related("area")
    found: dict[int, list[Programme]] = defaultdict(list)
    for row in rows.prefetch_related("items", "changes"):
        found[row.area_id].append(row)
    return found


def _begun(wishes: Sequence[Wish], now: datetime) -> dict[str, datetime]:
    """When an airing began, by its id: what stood in a plan for an instant that is over sounds, or did."""
    if not wishes:
        return {}
    since = min(wish.start for wish in wishes)
    ids = {wish.schedule.pk for wish in wishes}
    rows = Airing.objects.filter(schedule__in=ids, start__gte=since, start__lte=now, dropped_at=None)
    return dict(rows.values_list("pk", "start"))


def _held(programmes: Sequence[Programme], days: Sequence[date]) -> Iterator[_Held]:
    """The sessions of these days in order of time; of a closed programme those that were before."""
    if not days:
        return
    limit = hours_for(programmes[0].area, days[0]).limits.minutes_per_session
    slots = [(row, slot_of(row, limit, row.changes.all())) for row in programmes]
    found = [_Held(row, day, slot, span) for row, slot in slots for day in days if (span := slot.on(day)) is not None]
    open_then = (one for one in found if one.programme.closed_at is None or one.span.start < one.programme.closed_at)
    yield from sorted(open_then, key=lambda one: one.span.start)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the sessions of one area are laid from. `begun`: by airing."""

    held: Sequence[_Held]
    wishes: Sequence[Wish]
    busy: Sequence[Span]
    begun: Mapping[str, datetime]
    now: datetime | None


def _with_minutes(ground: _Ground, fixed: Sequence[Wish]) -> tuple[dict[str, Laid], dict[Key, Span]]:
    """The sessions, and where the items at minutes of their own stand in them; each of a session that holds something
    urgent from above is settled in its turn."""
    stands = minutes.spans_of(fixed, _begun_by_name(fixed, ground.begun))
    after: dict[Key, datetime] = {}
    for one in ground.held:
        rivals = _rivals(one, ground)
        inside = [wish for wish in fixed if one.span.start <= wish.start < one.span.end] if rivals else []
        for wish in sorted(inside, key=lambda one: one.order):
            stands[wish.key] = _settle(wish, one, rivals, ground, stands, after)
            for other in rivals:
                if minutes.is_first(wish, other):
                    after[other.key] = max(stands[wish.key].end, after.get(other.key, other.start))
    return _lay(ground, [*ground.busy, *stands.values()], after), stands


def _rivals(one: _Held, ground: _Ground) -> list[Wish]:
    """The urgent ones that float in this session, if one of them comes from above."""
    urgent = [wish for wish in ground.wishes if wish.version.priority == "priority" and _is_own(wish, one)]
    return urgent if any(sources.from_above(wish.schedule) for wish in urgent) else []


def _settle(
    wish: Wish, one: _Held, rivals: Sequence[Wish], ground: _Ground, stands: Mapping[Key, Span],
    after: Mapping[Key, datetime],
) -> Span:  # fmt: skip
    """Behind those that go before it, if it may be so late."""
    if plans.airing_id(str(wish.schedule.pk), to_ms(wish.start)) in ground.begun:
        return stands[wish.key]
    ahead = {other.name for other in rivals if minutes.is_first(other, wish)}
    others = [*ground.busy, *(span for key, span in stands.items() if key != wish.key)]
    placed = _lay(ground, others, after)[one.name].placed if ahead else ()
    ends = [row.end for row in placed if row.piece in ahead]
    start = minutes.given_way(wish, ends, one.span, others)
    return Span(start, start + wish.length)


def _begun_by_name(wishes: Iterable[Wish], begun: Mapping[str, datetime]) -> dict[str, datetime]:
    ids = {wish.name: plans.airing_id(str(wish.schedule.pk), to_ms(wish.start)) for wish in wishes}
    return {name: begun[airing] for name, airing in ids.items() if airing in begun}


def _lay(ground: _Ground, busy: Sequence[Span], after: Mapping[Key, datetime]) -> dict[str, Laid]:
    """`after`: what may not begin sooner, because something goes before it."""
    held, wishes = ground.held, ground.wishes
    pieces = {wish.key: _piece(wish, ground.begun, after.get(wish.key)) for wish in wishes}
    inside: dict[str, list[Wish]] = defaultdict(list)
    homeless: list[Piece] = []
    for wish in wishes:
        home = _home(wish, pieces[wish.key].begun, held)
        if home is not None:
            inside[home.name].append(wish)
        elif pieces[wish.key].begun is None:
            homeless.append(pieces[wish.key])
    wished = {one.name: [(wish, pieces[wish.key]) for wish in inside[one.name]] for one in held}
    heirs = _heirs(wishes)
    sittings = [_sitting(one, wished[one.name], busy, ground.now, heirs) for one in held]
    return {one.sitting: one for one in run(sittings, homeless)}


def _heirs(wishes: Iterable[Wish]) -> dict[UUID, UUID]:
    """Schedule -> the bulletin that is to take its place in its part, while that waits for approval and after."""
    parts = {wish.schedule.pk for wish in wishes if wish.schedule.recurring_part}
    rows = Schedule.objects.filter(replaces__in=parts).exclude(state=State.ENDED).order_by("made_at") if parts else ()
    return {row.replaces_id: row.bulletin_id for row in rows if row.replaces_id}


def _home(wish: Wish, begun: datetime | None, held: Iterable[_Held]) -> _Held | None:
    """Its own session; what began in a later one, to which it was sent on, belongs there."""
    own = next((one for one in held if _is_own(wish, one)), None)
    if begun is None or (own is not None and own.span.start <= begun < own.span.end):
        return own
    return next((one for one in held if one.span.start <= begun < one.span.end), own)


def _is_own(wish: Wish, one: _Held) -> bool:
    return wish.schedule.programme_id == one.programme.pk and local(wish.start).date() == one.day


def _sitting(
    one: _Held, wished: Sequence[tuple[Wish, Piece]], busy: Sequence[Span], now: datetime | None,
    heirs: Mapping[UUID, UUID],
) -> Sitting:  # fmt: skip
    span = one.span
    inside = tuple(other for other in busy if other.start < span.end and span.start < other.end)
    limit = timedelta(minutes=one.slot.limit) if one.slot.limit else None
    return Sitting(one.name, span, _parts(one, wished, heirs), inside, now, limit)


def _piece(wish: Wish, begun: Mapping[str, datetime], after: datetime | None) -> Piece:
    row, slack = wish.schedule, timedelta(seconds=wish.schedule.slack_s)
    return Piece(
        id=wish.name,
        title=wish.version.title,
        duration=wish.length,
        earliest=max(wish.start, after or wish.start),
        latest=wish.latest,
        priority=wish.version.priority == "priority",
        order=wish.order,
        begun=begun.get(plans.airing_id(str(row.pk), to_ms(wish.start))),
        spill=_spill(row, wish.start),
        slack=slack,
        waits=after is not None,
    )


def _spill(row: Schedule, start: datetime) -> tuple[datetime, ...]:
    """The sessions that this one occurrence may go to: those that follow it soon."""
    last = to_ms(start + REACH)
    return tuple(from_ms(instant) for instant in sorted(row.spill) if to_ms(start) < instant <= last)


def _parts(one: _Held, wished: Sequence[tuple[Wish, Piece]], heirs: Mapping[UUID, UUID]) -> tuple[Part, ...]:
    """The rundown with what is in it on this day; a session without a place for bulletins has one at its end. What was
    made for a part that is gone does not sound.
    """
    items = list(one.programme.items.all())
    own = {item.bulletin_id: item.pk for item in items if item.bulletin_id}
    mine: dict[int | None, list[Piece]] = defaultdict(list)
    for wish, piece in wished:
        schedule = wish.schedule
        part = own.get(schedule.bulletin_id) or own.get(heirs.get(schedule.pk, schedule.bulletin_id))
        if part is not None or not (schedule.recurring_part and items):
            mine[part].append(piece)
    parts = [_part(item, mine[None] if item.kind == Kind.BULLETINS else mine[item.pk]) for item in items]
    if not any(part.kind is Kind.BULLETINS for part in parts):
        whole = one.span.end - one.span.start
        parts.append(Part("", Kind.BULLETINS, whole, Over.PUSH, Under.EARLY, tuple(mine[None])))
    return tuple(parts)


def _part(item: RundownItem, pieces: Iterable[Piece]) -> Part:
    length = timedelta(minutes=item.minutes)
    return Part(str(item.pk), Kind(item.kind), length, Over(item.over_run), Under(item.under_run), tuple(pieces))


def _put(held: Sequence[_Held], wishes: Iterable[Wish], laid: Mapping[str, Laid]) -> dict[Key, Put]:
    known = {wish.name: wish for wish in wishes}
    found: dict[Key, Put] = {}
    for one in held:
        for placed in laid[one.name].placed:
            wish = known[placed.piece]
            base = wish.start if _is_own(wish, one) else one.span.start
            latest = min(base + timedelta(seconds=wish.schedule.slack_s), one.span.end - placed.duration)
            found[wish.key] = Put(placed.start, placed.duration, max(placed.start, latest))
    return found
