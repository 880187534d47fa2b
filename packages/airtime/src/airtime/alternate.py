"""Several alerts are active at one place: none cancels another, they take turns. Pure; all instants and lengths in ms.

An alert that has not sounded yet cuts in on a weaker one; a repeat waits for its turn. Whoever was cut off comes again.
Among those whose turn it is the one that waited longest sounds, so each is heard before any is heard twice; alerts that
have not sounded at all come first, the most severe before the others. An exercise sounds only where no actual alert is
active. The answer depends on what is active and on what sounded, never on the order in which things arrived.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from airtime.rank import Level, Severity

_SEVERITY = {severity: place for place, severity in enumerate(Severity)}
_LEVEL = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Active:
    """An alert and what became of it here. `repeat` 0 = it sounds once; `keep`: nothing cuts in for so long, at first.

    `rounds`: how often it has begun, `begun`: when it did so last (0 = never). `again`: its last round was cut off and
    is owed.
    """

    id: str
    issued: int
    expires: int
    severity: Severity = Severity.UNKNOWN
    level: Level = Level.COMMUNE
    exercise: bool = False
    repeat: int = 0
    keep: int = 0
    rounds: int = 0
    begun: int = 0
    again: bool = False

    def due(self) -> int | None:
        """From when on it wants to sound; None = never again."""
        if self.rounds == 0:
            return self.issued
        if self.again:
            return self.begun
        return self.begun + self.repeat if self.repeat else None

    def started(self, now: int) -> "Active":
        """It sounds from now on."""
        return replace(self, rounds=self.rounds if self.again else self.rounds + 1, begun=now, again=False)

    def cut(self) -> "Active":
        """Another had its turn in the middle of it."""
        return replace(self, again=True)


@dataclass(frozen=True, slots=True)
class Turn:
    """`now`: what is to sound ("" = nothing). `cut`: it does so in the middle of what sounds.

    `waiting`: whose turn it is too, in the order in which they follow. `later`: when to ask again at the latest, unless
    something ends or arrives before.
    """

    now: str = ""
    cut: bool = False
    waiting: tuple[str, ...] = ()
    later: int | None = None


def rank(one: Active) -> tuple[bool, int, int, int, str]:
    """The smaller one is the stronger: actual, then severity, then level, then the newer, then the id."""
    return one.exercise, _SEVERITY[one.severity], _LEVEL[one.level], -one.issued, one.id


def turn(active: Iterable[Active], now: int, sounding: str = "") -> Turn:
    """Whose turn it is. `sounding`: the alert that sounds now, which is among the active."""
    alive = [one for one in active if now < one.expires or one.id == sounding]
    actual = any(not one.exercise for one in alive)
    kept_back = {one.id for one in alive if one.exercise and actual}
    current = next((one for one in alive if one.id == sounding), None)
    due = [one for one in alive if one.id != sounding and (wish := one.due()) is not None and wish <= now]
    may = [one for one in due if one.id not in kept_back]
    following = [*sorted(may, key=_order), *sorted((one for one in due if one.id in kept_back), key=_order)]
    later = _later(alive, now, sounding)
    if current is None:
        if not may:
            return Turn(waiting=_names(following), later=later)
        return Turn(following[0].id, waiting=_names(following[1:]), later=later)
    cutting = [one for one in following if _cuts(one, current, kept_back)]
    if not cutting:
        return Turn(current.id, waiting=_names(following), later=later)
    free = current.begun if cutting[0].exercise is not current.exercise else current.begun + _kept(current)
    if now < free:
        return Turn(current.id, waiting=_names(following), later=min(free, later) if later else free)
    rest = [one for one in following if one is not cutting[0]]
    return Turn(cutting[0].id, True, _names(sorted((*rest, current.cut()), key=_order)), later)


@dataclass(frozen=True, slots=True)
class Arrival:
    """For `course`: this alert arrives at `at`, takes `length` to sound, and is taken back at `cancelled` (0 = not)."""

    alert: Active
    at: int
    length: int
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """`id` sounds from `start` to `end`; `whole`: it was said to its end."""

    id: str
    start: int
    end: int
    whole: bool = True


def course(arrivals: Iterable[Arrival], until: int) -> tuple[Stretch, ...]:
    """What a loudspeaker sounds that is on all the time, up to `until`: what its desk does, without sound."""
    rows = {row.alert.id: row for row in arrivals}
    state = {name: row.alert for name, row in rows.items()}
    moments = sorted({row.at for row in rows.values()} | {row.cancelled for row in rows.values() if row.cancelled})
    now = moments[0] if moments else until
    found: list[Stretch] = []
    sounding, since = "", 0
    while now < until:
        if sounding and (_over(rows[sounding], now) or now >= since + rows[sounding].length):
            found.append(Stretch(sounding, since, now, now >= since + rows[sounding].length))
            sounding = ""
        there = [state[name] for name, row in rows.items() if row.at <= now and not _over(row, now)]
        answer = turn(there, now, sounding)
        if answer.now != sounding:
            if sounding:
                found.append(Stretch(sounding, since, now, whole=False))
                state[sounding] = state[sounding].cut()
            sounding, since = answer.now, now
            state[sounding] = state[sounding].started(now)
        ends = [since + rows[sounding].length] if sounding else []
        later = [answer.later] if answer.later is not None else []
        now = min((moment for moment in (*moments, *ends, *later) if moment > now), default=until)
    if sounding:
        found.append(Stretch(sounding, since, until, whole=False))
    return tuple(found)


def _over(row: Arrival, now: int) -> bool:
    return bool(row.cancelled) and row.cancelled <= now


def _order(one: Active) -> tuple[object, ...]:
    """What was never heard to its end first, by rank; then whoever waited longest."""
    heard = one.rounds > 1 or (one.rounds == 1 and not one.again)
    return (heard, one.begun if heard else 0, rank(one))


def _cuts(one: Active, current: Active, kept_back: set[str]) -> bool:
    """Only what has not sounded at all cuts in, and only on something weaker; an actual always does on an exercise."""
    if one.id in kept_back:
        return False
    if current.exercise and not one.exercise:
        return True
    return one.rounds == 0 and rank(one) < rank(current)


def _kept(one: Active) -> int:
    return one.keep if one.rounds <= 1 else 0


def _later(alive: Iterable[Active], now: int, sounding: str) -> int | None:
    """The next instant at which somebody's turn may come."""
    wishes = (one.due() for one in alive if one.id != sounding)
    ends = (one.expires for one in alive if not one.exercise)  # an exercise may wait for that
    return min((moment for moment in (*wishes, *ends) if moment is not None and moment > now), default=None)


def _names(ones: Iterable[Active]) -> tuple[str, ...]:
    return tuple(one.id for one in ones)
