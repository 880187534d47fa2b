"""How often the diagnosis is right: minute by minute as the platform would ask it, then held against the truth."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loa.devices.rules.diagnosis import Fault, Finding, Known, diagnose
from loa.devices.tests.scenarios.fleet import START, Fleet
from loa.devices.tests.scenarios.stories import STORIES, STRIKES, noise

JUDGED_AT = (STRIKES + timedelta(minutes=14), STRIKES + timedelta(minutes=22))
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Score:
    """Counts by cause: found and true, found but untrue, true but not found."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def add(self, found: str, truth: str) -> None:
        """One loudspeaker at one moment."""
        if found == truth:
            self.right[truth] += 1
        else:
            self.wrong[found] += 1
            self.missed[truth] += 1

    def join(self, other: "Score") -> None:
        """Both together."""
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed

    def precision(self, fault: str) -> float:
        """Of those said to have it, how many have it."""
        return _share(self.right[fault], self.wrong[fault])

    def recall(self, fault: str) -> float:
        """Of those that have it, of how many it is said."""
        return _share(self.right[fault], self.missed[fault])


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 1.0


def judged(story: str, seed: int) -> Score:
    """One fleet through one story."""
    fleet = Fleet(seed)
    noise(fleet)
    STORIES[story](fleet)
    score, known = Score(), dict[str, Known]()
    moment = START
    while moment <= JUDGED_AT[-1]:
        seen = {one.patient.device: one.at(moment) for one in fleet.speakers}
        found = diagnose([patient for patient, _ in seen.values()], moment, known=known, root="vn")
        known = _remembered(found, known, moment)
        if moment in JUDGED_AT:
            for device, (_, truth) in seen.items():
                score.add(found[device].fault if device in found else "", truth)
        moment += MINUTE
    return score


def _remembered(found: dict[str, Finding], known: dict[str, Known], moment: datetime) -> dict[str, Known]:
    """As incidents do: each is open since it was first found for anybody."""
    opened = {entry.finding: entry.opened for entry in known.values()}
    return {device: Known(finding, opened.get(finding, moment)) for device, finding in found.items()}


def judged_all(seeds: Iterable[int]) -> Score:
    """All stories."""
    score = Score()
    for seed in seeds:
        for story in STORIES:
            score.join(judged(story, seed))
    return score


FAULTS = tuple(fault for fault in Fault if fault is not Fault.PLANNED)
