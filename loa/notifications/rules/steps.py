"""Who is told: the nearest first, and when nobody takes it, the next. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loa.areas.rules import is_inside, lineage
from loa.notifications.rules import times
from loa.notifications.rules.kinds import Step
from loa.notifications.rules.needs import Need
from loa.people.rules import CAPABILITIES

TAKEN_HOLDS = timedelta(hours=24)  # then it counts as left lying


@dataclass(frozen=True, slots=True)
class Held:
    """One role of one person: over which place, and whether it is held for somebody else."""

    user: int
    role: str
    path: str
    deputy: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who is told: at which step, and over which place the role reaches that made it so."""

    step: int
    scope: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a notification has gone: its step, since when, which places somebody has looked at (when) or taken."""

    step: int
    since: datetime
    seen: Mapping[str, datetime]
    taken: tuple[str, ...] = ()


def reached(need: Need, upto: int, held: Sequence[Held]) -> dict[int, Reached]:
    """Everybody who is told when the steps 0 to `upto` are."""
    if need.persons:
        return {person: Reached(0, need.area) for person in need.persons}
    found: dict[int, Reached] = {}
    over = _by_path(held)
    for number, step in enumerate(need.of.steps[: upto + 1]):
        new: dict[int, Reached] = {}
        for place in need.where:
            for user, scope in _circle(step, place, over, found.keys() | need.without).items():
                known = new.get(user)
                if known is None or is_inside(known.scope, scope):
                    new[user] = Reached(number, scope)
        found |= new
    return found


def _by_path(held: Iterable[Held]) -> dict[str, list[Held]]:
    """A failure of everything asks for thousands of places: none of them looks through everybody."""
    found: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        found[one.path].append(one)
    return found


def _circle(step: Step, place: str, over: Mapping[str, Sequence[Held]], told: Collection[int]) -> dict[int, str]:
    """The nearest of those who were not told yet."""
    for path in reversed(lineage(place)):
        fits = {one.user: path for one in over.get(path, ()) if _may(one, step) and one.user not in told}
        if fits:
            return fits
    return {}


def _may(one: Held, step: Step) -> bool:
    return one.deputy == step.deputies and not CAPABILITIES.get(one.role, frozenset()).isdisjoint(step.capabilities)


def first(need: Need, held: Sequence[Held]) -> int:
    """The step with which it begins: the first at which there is anybody, or as far as the domain has gone."""
    last = len(need.of.steps) - 1
    there = next((step for step in range(last + 1) if reached(need, step, held)), 0)
    return max(there, min(need.stage, last))


def following(need: Need, held: Sequence[Held], at: Standing, now: datetime, free: Collection[date] = ()) -> int:
    """The step at which it stands now. Steps that would tell nobody new cost no time."""
    if need.persons:
        return at.step
    known = reached(need, at.step, held)
    for step in range(at.step + 1, len(need.of.steps)):
        if reached(need, step, held).keys() != known.keys():
            return step if _due(need, step, at, now, free) else at.step
    return at.step


def _due(need: Need, step: int, at: Standing, now: datetime, free: Collection[date]) -> bool:
    wait = need.of.steps[step].after
    if need.stage >= step:
        return True
    waiting = [place for place in need.where if not any(is_inside(place, scope) for scope in at.taken)]
    if wait is None or not waiting:
        return False
    looked = [max((when for scope, when in at.seen.items() if is_inside(place, scope)), default=None)
              for place in waiting]  # fmt: skip
    # Whoever looks gets the same time once more to say that they see to it.
    since = max((when for when in looked if when), default=at.since) if all(looked) else at.since
    return times.over(max(since, at.since), wait, need.of.count, free) <= now
