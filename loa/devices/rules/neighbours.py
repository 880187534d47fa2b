"""What the neighbours of a lost loudspeaker tell: the platform, the power of a place, or one operator's network. Pure.

A cause that strikes many strikes them within some minutes. So each lost loudspeaker is looked at in its circles (all of
them, its place, its operator in the commune and in the province): how many were lost together with it, and what share
that is of those who were there until then.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from enum import Enum, auto

from loa.devices.rules.condition import Cause
from loa.devices.rules.patient import Patient

TOGETHER_S = 240.0  # a lost line is noticed within 110 s; the losses of one cause lie this close
JOINS = timedelta(minutes=15)  # so long after a network was found to fail, its own still follow
MOST, FEW = 0.6, 0.25  # of a circle
LEAST = 3  # fewer are chance
WIDE = 5  # of one operator in a province
STEP_S = 30.0
ENGINE_ENDINGS = frozenset({"gateway started", "Server Shutdown"})


class Circle:
    """Loudspeakers that have something in common: how many are there, and when (Unix seconds) the others were lost."""

    def __init__(self) -> None:
        self.there = 0
        self._lost: list[float] = []
        self._sorted = True

    def add(self, one: Patient) -> None:
        """One more; whoever is gone for another reason counts neither way."""
        if one.there:
            self.there += 1
        elif one.lost:
            self._lost.append(one.since.timestamp())
            self._sorted = False

    def together(self, instant: float) -> int:
        """How many were lost at about that instant."""
        lost = self._ordered()
        return bisect_right(lost, instant + TOGETHER_S) - bisect_left(lost, instant - TOGETHER_S)

    def standing(self, instant: float) -> int:
        """How many were there until about that instant."""
        lost = self._ordered()
        return self.there + len(lost) - bisect_left(lost, instant - TOGETHER_S)

    def share(self, instant: float) -> float:
        """Lost at about that instant, of those who were there until then."""
        standing = self.standing(instant)
        return self.together(instant) / standing if standing else 0.0

    def _ordered(self) -> list[float]:
        if not self._sorted:
            self._lost.sort()
            self._sorted = True
        return self._lost


class _Away(Enum):
    """How the platform was lost: the engine said that it ended the connections, or everybody fell silent at once."""

    TOLD = auto()
    CUT_OFF = auto()


class Neighbours:
    """All loudspeakers, sorted into their circles."""

    def __init__(self, patients: Collection[Patient]) -> None:
        self._all = Circle()
        self._places: dict[str, Circle] = defaultdict(Circle)
        self._here: dict[str, dict[str, Circle]] = defaultdict(lambda: defaultdict(Circle))  # commune, operator
        self._wide: dict[str, dict[str, Circle]] = defaultdict(lambda: defaultdict(Circle))  # province, operator
        self._dark: dict[str, list[Patient]] = defaultdict(list)  # by place: who says that the power is gone
        self._lost: list[Patient] = []
        self._lost_at: dict[str, list[Patient]] = defaultdict(list)  # place
        self._verdicts: dict[int, _Away | None] = {}
        for one in patients:
            self._sort_in(one)

    def _sort_in(self, one: Patient) -> None:
        self._all.add(one)
        for place in {one.commune, one.place}:
            self._places[place].add(one)
        if one.operator:
            self._here[one.commune][one.operator].add(one)
            self._wide[one.province][one.operator].add(one)
        if one.cause == Cause.POWER_LOST or one.on_backup:
            self._dark[one.place].append(one)
        if one.lost:
            self._lost.append(one)
            self._lost_at[one.place].append(one)

    def platform_away(self, one: Patient) -> bool:
        """Nearly all were lost at once, whoever their operators are: or the engine itself said that it went."""
        away = self._away_at(one.since.timestamp())
        return away is _Away.CUT_OFF or (away is _Away.TOLD and one.ending in ENGINE_ENDINGS)

    def tell_nothing(self, one: Patient) -> bool:
        """The engine ended everybody's connection at that moment: who else was lost with this one is no sign."""
        return self._away_at(one.since.timestamp()) is not None

    def _away_at(self, instant: float) -> "_Away | None":
        if self._all.together(instant) < LEAST or self._all.share(instant) < MOST:
            return None
        step = int(instant // STEP_S)
        if step not in self._verdicts:
            self._verdicts[step] = self._how_away(instant)
        return self._verdicts[step]

    def _how_away(self, instant: float) -> "_Away | None":
        lost = [other for other in self._lost if abs(other.since.timestamp() - instant) <= TOGETHER_S]
        if sum(other.ending in ENGINE_ENDINGS for other in lost) > MOST * len(lost):
            return _Away.TOLD
        everywhere = len({other.commune for other in lost}) >= LEAST
        everybody = len({other.operator for other in lost} - {""}) > 1
        dark = sum(bool(self._witnesses(other)) for other in lost) > FEW * len(lost)
        return _Away.CUT_OFF if everywhere and everybody and not dark else None

    def _witnesses(self, one: Patient) -> list[Patient]:
        """Those of its place who say that the power is gone: about then, or by the battery that they run on now."""
        near = self._dark.get(one.place, [])
        instant = one.since.timestamp()
        told = [other for other in near if not other.there and abs(other.since.timestamp() - instant) <= TOGETHER_S]
        batteries = [other for other in near if other.there]
        alone = not told and self._places[one.place].together(instant) < LEAST - 1
        return told if alone else told + batteries

    def power_gone(self, one: Patient) -> bool:
        """Goodbyes and batteries around it; without any, a place that every operator has lost at once."""
        if self._witnesses(one):
            return True
        instant, place = one.since.timestamp(), self._places[one.place]
        if place.together(instant) < LEAST or place.share(instant) < MOST or self.network_gone(one):
            return False
        near = [other for other in self._lost_at[one.place] if abs(other.since.timestamp() - instant) <= TOGETHER_S]
        return len({other.operator for other in near} - {""}) > 1

    def network_gone(self, one: Patient) -> str:
        """The operator that was lost here, or in all the province, while the others go on; "" if none was.

        Of a loudspeaker whose operator nobody has noted: the one that its commune lost at the same moment.
        """
        names = [one.operator] if one.operator else sorted(self._here[one.commune])
        instant = one.since.timestamp()
        return next((name for name in names if self._is_gone(name, one, instant)), "")

    def _is_gone(self, operator: str, one: Patient, instant: float) -> bool:
        here, wide = self._here[one.commune][operator], self._wide[one.province][operator]
        if not here.together(instant) or here.share(instant) < MOST:
            return False
        alone_here = here.together(instant) >= LEAST and _share(self._others(one.commune, operator), instant) < FEW
        others_wide = _share((c for name, c in self._wide[one.province].items() if name != operator), instant)
        return alone_here or (wide.together(instant) >= WIDE and wide.share(instant) >= FEW and others_wide < FEW)

    def _others(self, commune: str, operator: str) -> Iterable[Circle]:
        return (circle for name, circle in self._here[commune].items() if name != operator)


def _share(circles: Iterable[Circle], instant: float) -> float:
    """Of all of them together."""
    found = [(circle.together(instant), circle.standing(instant)) for circle in circles]
    standing = sum(one for _, one in found)
    return sum(one for one, _ in found) / standing if standing else 0.0
