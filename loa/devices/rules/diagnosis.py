"""Why loudspeakers are silent, or cannot be heard: the cause that somebody can act on. Pure.

What is asked, in this order:
 1. its own word: a goodbye, the last day of the SIM, the month's data used up, the sound card, the clock, the memory;
 2. its neighbours (rules.neighbours): was it the platform, the power of its place, the network of its operator;
 3. none of these: the line of this pole alone, and somebody has to go there.
A cause that was shared stays with its members until they are back, though its trace in time has gone by then.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loa.areas.rules import is_inside
from loa.devices.rules import condition
from loa.devices.rules.condition import Cause
from loa.devices.rules.neighbours import JOINS, LEAST, Neighbours
from loa.devices.rules.patient import Patient
from loa.kernel.clock import local

NOTICED = timedelta(minutes=3)  # a lost line is noticed within 150 s: before that the circles are not complete
SETTLES = timedelta(minutes=5)  # so long nobody is sent to a pole: neighbours may follow
EARLY, LATE = timedelta(minutes=10), timedelta(minutes=30)  # a planned outage begins and ends not to the minute
NO_SOUND = frozenset({"no_card", "no_switch", "unheard"})


class Fault(StrEnum):
    """A cause that somebody can act on. PLANNED: it was announced, nobody has to."""

    POWER = "power"
    SIM = "sim"
    NETWORK = "network"
    PLATFORM = "platform"
    CLOCK = "clock"
    STORAGE = "storage"
    SOUND = "sound"
    LINE = "line"
    SWITCHED_OFF = "switched_off"
    PLANNED = "planned"


SHARED = frozenset({Fault.POWER, Fault.NETWORK, Fault.PLATFORM})


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault and how far it reaches: the path of an area, and the operator if it is one's network."""

    fault: Fault
    area: str
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a loudspeaker that has not been back since suffers from: an incident, open since `opened`."""

    finding: Finding
    opened: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A planned one: the `paths` it covers, or the `devices` that it names."""

    starts: datetime
    ends: datetime
    paths: tuple[str, ...] = ()
    devices: frozenset[str] = frozenset()

    def explains(self, one: Patient, now: datetime) -> bool:
        """It changed its state in it, and may not have been able to come back yet."""
        if not self.starts - EARLY <= one.since <= self.ends + EARLY or now > self.ends + LATE:
            return False
        return one.device in self.devices if self.devices else self.covers(one.place)

    def covers(self, path: str) -> bool:
        """It stands in one of the areas."""
        return any(is_inside(path, area) for area in self.paths)


def diagnose(
    patients: Collection[Patient],
    now: datetime,
    *,
    known: Mapping[str, Known] | None = None,
    outages: Sequence[Outage] = (),
    root: str = "vn",
) -> dict[str, Finding]:
    """What is wrong with each loudspeaker with which something is wrong. Whoever is too fresh to judge is left out.

    `patients` are all that stand, the well ones too; `known` what was found of some before; `root` the whole country.
    """
    look = _Look(Neighbours(patients), now, dict(known or {}), tuple(outages), root)
    return {one.device: finding for one in patients if (finding := look.at(one)) is not None}


class _Look:
    """All loudspeakers at one instant."""

    def __init__(
        self,
        neighbours: Neighbours,
        now: datetime,
        known: Mapping[str, Known],
        outages: tuple[Outage, ...],
        root: str,
    ) -> None:
        self._neighbours, self._now, self._known, self._outages = neighbours, now, known, outages
        self._today, self._root = local(now).date(), root
        members = Counter(entry.finding for entry in known.values() if entry.finding.operator)
        large = {finding for finding, count in members.items() if count >= LEAST}
        self._spreading = {entry.finding: entry.opened for entry in known.values() if entry.finding in large}

    def at(self, one: Patient) -> Finding | None:
        """What is wrong with this one."""
        if one.there:
            return self._present(one)
        if self._is_planned(one):
            return Finding(Fault.PLANNED, one.commune)
        return self._own_word(one) or (self._with_others(one) if one.lost else None)

    def _is_planned(self, one: Patient) -> bool:
        return any(outage.explains(one, self._now) for outage in self._outages)

    def _present(self, one: Patient) -> Finding | None:
        if one.trouble in NO_SOUND:
            return Finding(Fault.SOUND, one.commune)
        if condition.lacks_time(one.clock_bound, one.uptime):
            return Finding(Fault.CLOCK, one.commune)
        if 0 < one.storage_free < condition.STORAGE_LOW_BYTES:
            return Finding(Fault.STORAGE, one.commune)
        return self._on_backup(one) if one.on_backup else None

    def _on_backup(self, one: Patient) -> Finding:
        planned = any(
            outage.starts - EARLY <= self._now <= outage.ends + LATE
            and (one.device in outage.devices or outage.covers(one.place))
            for outage in self._outages
        )
        return Finding(Fault.PLANNED if planned else Fault.POWER, one.commune)

    def _own_word(self, one: Patient) -> Finding | None:
        if one.cause == Cause.POWER_LOST or (one.lost and one.on_backup):
            return Finding(Fault.POWER, one.commune)
        if one.cause == Cause.CLEAN_STOP:
            return Finding(Fault.SWITCHED_OFF, one.commune)
        if one.cause == Cause.SIM_EXPIRED or (one.lost and self._has_no_data(one)):
            return Finding(Fault.SIM, one.commune)
        return None

    def _has_no_data(self, one: Patient) -> bool:
        over = one.sim_expires is not None and one.sim_expires <= self._today
        return over or (one.monthly_mb > 0 and one.used_mb >= one.monthly_mb)

    def _with_others(self, one: Patient) -> Finding | None:
        entry = self._known.get(one.device)
        if entry and entry.finding.fault in SHARED:
            return entry.finding
        if self._now - one.since < NOTICED:
            return None
        found = self._neighbours
        if found.platform_away(one):
            return Finding(Fault.PLATFORM, self._root)
        around = None if found.tell_nothing(one) else self._around(one)
        return around or (Finding(Fault.LINE, one.commune) if self._now - one.since >= SETTLES else None)

    def _around(self, one: Patient) -> Finding | None:
        if self._neighbours.power_gone(one):
            return Finding(Fault.POWER, one.commune)
        if operator := self._neighbours.network_gone(one):
            return Finding(Fault.NETWORK, one.province, operator)
        return self._late(one)

    def _late(self, one: Patient) -> Finding | None:
        """A failure of a network that struck many around it a moment before has reached it too."""
        for finding, opened in self._spreading.items():
            fits = is_inside(one.commune, finding.area) and finding.operator == one.operator
            if fits and -SETTLES <= one.since - opened <= JOINS:
                return finding
        return None
