"""From findings to incidents: one notice for one cause, that fills, empties and closes by itself. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loa.devices.rules.diagnosis import Fault, Finding

RESTS = timedelta(minutes=5)  # an incident that has emptied stays open so long: what flickers is one incident


@dataclass(frozen=True, slots=True)
class Standing:
    """An open incident. `emptied`: when its last member left, None while it has some."""

    id: str
    finding: Finding
    members: frozenset[str]
    emptied: datetime | None = None


@dataclass(slots=True)
class Steps:
    """What changes: incidents that open with their members, members that join and leave open ones, what closes."""

    opens: dict[Finding, set[str]] = field(default_factory=lambda: defaultdict(set))
    joins: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    leaves: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    closes: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.opens or self.joins or self.leaves or self.closes)


def steps(
    findings: Mapping[str, Finding], standing: Sequence[Standing], now: datetime, *, unsure: Collection[str] = ()
) -> Steps:
    """How the incidents must change. `unsure`: devices that cannot be judged yet; they stay where they are.

    What was planned makes no incident.
    """
    taken = Steps()
    by_finding = {one.finding: one for one in standing}
    for one in standing:
        gone = {device for device in one.members if device not in unsure and findings.get(device) != one.finding}
        if gone:
            taken.leaves[one.id] |= gone
    for device, finding in findings.items():
        if finding.fault is Fault.PLANNED:
            continue
        known = by_finding.get(finding)
        if known is None:
            taken.opens[finding].add(device)
        elif device not in known.members:
            taken.joins[known.id].add(device)
    for one in standing:
        rested = one.emptied is not None and now - one.emptied >= RESTS
        if not one.members and rested and one.id not in taken.joins:
            taken.closes.add(one.id)
    return taken
