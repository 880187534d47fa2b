"""What an approver is asked to allow, and whether a change asks for more than was allowed. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from devicelink.audience import named
from devicelink.canonical import canonical
from devicelink.messages import Audience
from devicelink.permits import PermitTimes

from loa.broadcasts.rules.plans import USUAL_HOURS
from loa.broadcasts.rules.targets import Place, Target, reach
from loa.broadcasts.rules.times import Rule, only_drops


@dataclass(frozen=True, slots=True)
class Asked:
    """All that one approval covers: the content that was heard, where and when it sounds.

    `offline_for` (hours) is shown and confirmed like the rest, though no permit names it: it only silences.
    """

    content: str
    sounds: tuple[str, ...]
    priority: str
    level: str
    targets: tuple[Audience, ...]
    times: tuple[PermitTimes, ...]
    offline_for: int = USUAL_HOURS


def digest(asked: Asked) -> str:
    """SHA-256 over content, places and air times: what the page showed is what gets approved, or nothing is."""
    facts = {
        "content": asked.content,
        "sounds": sorted(asked.sounds),
        "priority": asked.priority,
        "level": asked.level,
        "targets": sorted(map(named, asked.targets)),
        "times": [canonical(span).decode() for span in asked.times],
        "offline_for": asked.offline_for,
    }
    return hashlib.sha256(canonical(facts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Wish:
    """A schedule as far as a change of it matters."""

    content: str
    priority: str
    filling: bool
    target: Target
    area: str
    rule: Rule
    offline_for: int = USUAL_HOURS


def needs_approval(before: Wish, after: Wish, places: Iterable[Place], now: datetime) -> bool:
    """False only if `after` sounds nowhere and never where or after an absence at which `before` would not."""
    same = (before.content, before.priority, before.filling) == (after.content, after.priority, after.filling)
    if not same or after.offline_for > before.offline_for or not only_drops(before.rule, after.rule, now):
        return True
    if before.target == after.target and before.area == after.area:
        return False
    return any(_reaches_more(before, after, place) for place in places)


def _reaches_more(before: Wish, after: Wish, place: Place) -> bool:
    """All of a plan set, with the loudspeakers that will come, is more than each of those that are there now."""
    was, becomes = reach(before.target, before.area, place), reach(after.target, after.area, place)
    if becomes is None or was == ():
        return False
    return was is None or not becomes or not set(becomes) <= set(was)
