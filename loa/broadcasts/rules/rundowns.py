"""The rundown of a session: what comes after what, what yields when it takes longer, what becomes of time left. Pure.

A rundown is a row of parts with planned minutes. Parts are laid one after the other; the minutes make the grid, and the
rules of a part say what happens when it does not keep to it:

- too long: `cut` takes the time from the music behind it, `push` moves all that follows later inside the session,
  `next` lets nothing of this part go over its minutes: the rest goes to the next session.
- too short: `early` lets what follows come sooner, `fill` the music behind it; `wait` is silent until the next is due.

What is said, is said whole or not at all: only music and relays are ever cut. What is fixed behind a part (the
closing) keeps its place in the session: the part in front yields. What has no room left goes to the next session that
its approval names, else it is told as left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from airtime.spans import Span

SHORTEST_MUSIC = timedelta(seconds=5)
_NOTHING = timedelta(0)
_SECOND = timedelta(seconds=1)


class Kind(StrEnum):
    """What a part holds."""

    FIXED = "fixed"
    BULLETINS = "bulletins"
    FILLING = "filling"
    RELAY = "relay"

    @property
    def label(self) -> str:
        """As people read it."""
        return _WORDS[self]

    @property
    def yields(self) -> bool:
        """Music and relays: they may be cut, and joined midway."""
        return self in (Kind.FILLING, Kind.RELAY)


class Over(StrEnum):
    """What yields when a part takes longer than its minutes."""

    CUT = "cut"
    PUSH = "push"
    NEXT = "next"

    @property
    def label(self) -> str:
        """As people read it."""
        return _WORDS[self]


class Under(StrEnum):
    """What becomes of the time that a part leaves."""

    EARLY = "early"
    FILL = "fill"
    WAIT = "wait"

    @property
    def label(self) -> str:
        """As people read it."""
        return _WORDS[self]


_WORDS: dict[str, str] = {
    Kind.FIXED: "Mục cố định",
    Kind.BULLETINS: "Bản tin đã duyệt",
    Kind.FILLING: "Nhạc chèn",
    Kind.RELAY: "Tiếp âm",
    Over.CUT: "Cắt bớt nhạc chèn phía sau",
    Over.PUSH: "Dồn các mục sau xuống trong buổi",
    Over.NEXT: "Phần quá giờ dồn sang buổi sau",
    Under.EARLY: "Mục sau phát sớm lên",
    Under.FILL: "Nhạc chèn phía sau phát sớm lên để lấp",
    Under.WAIT: "Chờ đúng giờ mục sau",
}


class Fate(StrEnum):
    """What happened to something that does not sound as it was planned."""

    LATER = "later"
    CUT = "cut"
    NEXT = "next"
    LEFT = "left"


class Why(StrEnum):
    """Why: the session or the part is full, the rules allow no more minutes, the approval names no such time, the
    session is not held."""

    FULL = "full"
    LIMIT = "limit"
    TIMES = "times"
    NO_SESSION = "no_session"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to be said in a session. It may start from `earliest` to `latest`, as it was approved.

    `priority` goes before the others, `order` among equals. `begun`: it sounds already, or did, since then. `spill` are
    starts of later sessions that its approval names too, with the `slack` there; `carried`: it came over so. `waits`:
    not before `earliest` because of what goes before it; others may fill that time.
    """

    id: str
    title: str
    duration: timedelta
    earliest: datetime
    latest: datetime
    priority: bool = False
    order: tuple[int, str] = (0, "")
    begun: datetime | None = None
    spill: tuple[datetime, ...] = ()
    slack: timedelta = _NOTHING
    carried: bool = False
    waits: bool = False

    @property
    def turn(self) -> tuple[bool, object, bool, bool, tuple[int, str], str]:
        """What has begun first, then priority, then what waited since the session before, then the order."""
        begun = self.begun.timestamp() if self.begun else 0.0
        return self.begun is None, begun, not self.priority, not self.carried, self.order, self.id


@dataclass(frozen=True, slots=True)
class Part:
    """One item of the rundown with what is in it today."""

    id: str
    kind: Kind
    minutes: timedelta
    over: Over = Over.PUSH
    under: Under = Under.EARLY
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session to be laid. `busy` is what sounds in it at a time of its own. Nothing new starts before `not_before`.

    `limit` is how much may be said in it by the rules of the area, music not counted.
    """

    id: str
    span: Span
    parts: tuple[Part, ...]
    busy: tuple[Span, ...] = ()
    not_before: datetime | None = None
    limit: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece in its place; `duration` is shorter than its own only for music that is cut."""

    piece: str
    part: str
    start: datetime
    duration: timedelta

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Moved:
    """A piece that does not sound as planned. `by` is the title of what stands in its way, "" if nothing does."""

    piece: str
    title: str
    fate: Fate
    why: Why
    by: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """One session as it will be: what sounds when, what yields, and how much could still be said."""

    sitting: str
    placed: tuple[Placed, ...]
    moved: tuple[Moved, ...]
    left: timedelta

    @property
    def over(self) -> tuple[Moved, ...]:
        """What found no room."""
        return tuple(row for row in self.moved if row.fate in (Fate.NEXT, Fate.LEFT))


def lay(sitting: Sitting) -> Laid:
    """Everything of one session in its place. What has no room is told as left out; `run` takes it to the next one."""
    board = _Board(sitting)
    for number, part in enumerate(sitting.parts):
        board.part(part, sitting.parts[number + 1 :])
    return board.laid()


def run(sittings: Iterable[Sitting], homeless: Iterable[Piece] = ()) -> tuple[Laid, ...]:
    """Sessions in order of time; what has no room in one goes to the first later one that its approval names.

    `homeless` are pieces whose own session is not held.
    """
    waiting = list(homeless)
    found: list[Laid] = []
    for sitting in sorted(sittings, key=lambda one: one.span.start):
        coming = [piece for piece in waiting if sitting.span.start in piece.spill]
        taken, full = _take_in(sitting, coming)
        laid = lay(full)
        gone = {row.piece for row in laid.over}
        stuck = [piece for piece in _pieces(full) if piece.id in gone and _goes_on(piece, sitting)]
        came = {piece.id for piece in taken}
        waiting = [piece for piece in waiting if piece.id not in came] + stuck
        found.append(_told(laid, {piece.id for piece in stuck}))
    return tuple(found)


def _goes_on(piece: Piece, sitting: Sitting) -> bool:
    return any(start > sitting.span.start for start in piece.spill)


def _told(laid: Laid, going_on: set[str]) -> Laid:
    moved = (replace(row, fate=Fate.NEXT) if row.piece in going_on else row for row in laid.moved)
    return replace(laid, moved=tuple(moved))


def _take_in(sitting: Sitting, coming: Sequence[Piece]) -> tuple[list[Piece], Sitting]:
    """Those that came over join the bulletins of the session; without such a part they cannot."""
    at = next((n for n, part in enumerate(sitting.parts) if part.kind is Kind.BULLETINS), None)
    if at is None or not coming:
        return [], sitting
    start = sitting.span.start
    here = [replace(piece, earliest=start, latest=start + piece.slack, carried=True) for piece in coming]
    parts = list(sitting.parts)
    parts[at] = replace(parts[at], pieces=(*parts[at].pieces, *here))
    return here, replace(sitting, parts=tuple(parts))


def _pieces(sitting: Sitting) -> list[Piece]:
    return [piece for part in sitting.parts for piece in part.pieces]


@dataclass(slots=True)
class _Board:
    """The state of one `lay`: `cursor` is where the next thing could begin, `due` where the grid has the next part."""

    sitting: Sitting
    cursor: datetime = field(init=False)
    due: datetime = field(init=False)
    spoken: timedelta = _NOTHING
    last: str = ""
    placed: list[Placed] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    taken: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cursor = self.due = self.sitting.span.start
        begun = [Span(piece.begun, piece.begun + piece.duration) for piece in _pieces(self.sitting) if piece.begun]
        self.taken = sorted([*self.sitting.busy, *begun])

    def part(self, part: Part, behind: Sequence[Part]) -> None:
        """Lay one part, then see what its length does to the grid."""
        end = self.due + part.minutes
        if part.kind.yields:
            self._music(part, end, behind)
        else:
            self._say(part, behind)
        self._go_on(part, end)

    def laid(self) -> Laid:
        placed = tuple(sorted(self.placed, key=lambda one: (one.start, one.piece)))
        return Laid(self.sitting.id, placed, tuple(self.moved), max(self._room(), _NOTHING))

    def _room(self) -> timedelta:
        """How much could still be said: all that is not said, but for music that keeps its minutes."""
        span, said = self.sitting.span, sum((part_time(one, self.sitting.span) for one in self.sitting.busy), _NOTHING)
        room = span.end - span.start - said - self.spoken
        open_parts = [part for part in self.sitting.parts if part.kind is Kind.BULLETINS]
        if open_parts and open_parts[0].over is not Over.CUT:
            room -= sum((_need(part, music=True) for part in self.sitting.parts if part.kind.yields), _NOTHING)
        if open_parts and open_parts[0].over is Over.NEXT:
            said = sum((one.duration for one in self.placed if one.part == open_parts[0].id), _NOTHING)
            room = min(room, open_parts[0].minutes - said)
        return room if self.sitting.limit is None else min(room, self.sitting.limit - self.spoken)

    def _say(self, part: Part, behind: Sequence[Part]) -> None:
        """What is said whole: as long as it ends before what the parts behind need."""
        stop = self.sitting.span.end - _needed(behind, music=part.over is not Over.CUT)
        if part.over is Over.NEXT:
            stop = min(stop, max(self.cursor, self.due) + part.minutes)
        for piece in sorted(part.pieces, key=lambda one: one.turn):
            cursor = self.cursor
            self._place(piece, part, stop)
            if piece.waits:
                self.cursor = cursor
        self.cursor = max([self.cursor, *(_whole_second(one.end) for one in self.placed if one.part == part.id)])

    def _place(self, piece: Piece, part: Part, stop: datetime) -> None:
        if piece.begun is not None:
            self._put(piece, part, piece.begun, piece.duration)
            return
        start = self._first_free(max(self.cursor, piece.earliest, self.sitting.not_before or self.cursor), piece)
        if start > piece.latest or start + piece.duration > stop:
            self._leave(piece, self._why_full(piece))
        elif self.sitting.limit is not None and self.spoken + piece.duration > self.sitting.limit:
            self._leave(piece, Why.LIMIT)
        else:
            self._put(piece, part, start, piece.duration)

    def _why_full(self, piece: Piece) -> Why:
        span = self.sitting.span
        approved = piece.latest >= span.start and piece.earliest + piece.duration <= span.end
        return Why.FULL if approved else Why.TIMES

    def _music(self, part: Part, end: datetime, behind: Sequence[Part]) -> None:
        """Music from here to the end of its part, as long as it lasts; shorter if what was said took its time."""
        stop = min(end, self.sitting.span.end - _needed(behind, music=False))
        for piece in part.pieces:
            if piece.begun is not None:
                length = min(piece.duration, max(stop, piece.begun) - piece.begun)
                self._put(piece, part, piece.begun, length)
                continue
            start = self._first_free(max(self.cursor, piece.earliest, self.sitting.not_before or self.cursor), None)
            length = min(piece.duration, self._clear(start, stop))
            if length < min(SHORTEST_MUSIC, piece.duration) or start > piece.latest:
                self.moved.append(Moved(piece.id, piece.title, Fate.CUT, Why.FULL, self.last))
                continue
            if length < min(piece.duration, part.minutes):
                self.moved.append(Moved(piece.id, piece.title, Fate.CUT, Why.FULL, self.last))
            self._put(piece, part, start, length)

    def _go_on(self, part: Part, end: datetime) -> None:
        """The grid behind a part: kept, or moved with what came before."""
        if self.cursor > end:
            self.due = self.cursor if part.over is Over.PUSH else end
        elif part.under is Under.EARLY:
            self.due = self.cursor
        else:
            self.due = end
            if part.under is Under.WAIT:
                self.cursor = end

    def _put(self, piece: Piece, part: Part, start: datetime, length: timedelta) -> None:
        self.placed.append(Placed(piece.id, part.id, start, length))
        self.cursor = max(self.cursor, _whole_second(start + length))
        if not part.kind.yields:
            self.spoken += length
            self.last = piece.title
        self.taken = sorted([*self.taken, Span(start, start + length)])

    def _leave(self, piece: Piece, why: Why) -> None:
        self.moved.append(Moved(piece.id, piece.title, Fate.LEFT, why, self.last))

    def _first_free(self, at: datetime, piece: Piece | None) -> datetime:
        """The first instant from `at` on at which nothing of its own time is in the way of all of it."""
        length = piece.duration if piece else SHORTEST_MUSIC
        at = _whole_second(at)
        for span in self.taken:
            if at + length <= span.start:
                break
            at = max(at, _whole_second(span.end))
        return at

    def _clear(self, start: datetime, stop: datetime) -> timedelta:
        """How long nothing stands in the way from `start` on, until `stop`."""
        ahead = [span.start for span in self.taken if span.start >= start]
        return max(min([stop, *ahead]) - start, _NOTHING)


def part_time(one: Span, whole: Span) -> timedelta:
    """How much of `one` lies in `whole`."""
    return max(min(one.end, whole.end) - max(one.start, whole.start), _NOTHING)


def _needed(parts: Iterable[Part], *, music: bool) -> timedelta:
    """How much of the session belongs to what stands behind: all that is fixed, and the music unless it may be cut."""
    return sum((_need(part, music=music) for part in parts), _NOTHING)


def _need(part: Part, *, music: bool) -> timedelta:
    whole = sum((piece.duration + _SECOND for piece in part.pieces if piece.begun is None), _NOTHING)
    if part.kind.yields:
        return min(part.minutes, whole) if music else _NOTHING
    return whole if part.kind is Kind.FIXED else _NOTHING


def _whole_second(instant: datetime) -> datetime:
    floor = instant.replace(microsecond=0)
    return floor if floor == instant else floor + _SECOND
