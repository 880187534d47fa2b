"""What may be the matter with a sample loudspeaker: told by the commune's code and the day, the same everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from loa.devices.models import Device, DeviceStatus, Transition
from loa.devices.rules.condition import STORAGE_LOW_BYTES, Cause, State

GIB = 1024**3
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AGENT = "loa-speaker/0.1.0"


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of trouble: the state it leaves, since when (longest ago), how many of a commune have it."""

    state: State
    cause: Cause
    ago: timedelta
    most: int
    together: bool = False
    facts: dict[str, int] = field(default_factory=dict)
    sim_days: int | None = None


ONLINE = Story(State.ONLINE, Cause.CONNECTED, 40 * DAY, 0)
# Trouble and how often a commune has it, in percent; the rest are well.
TROUBLES: tuple[tuple[int, Story], ...] = (
    (10, Story(State.SILENT, Cause.POWER_LOST, 6 * HOUR, 4, together=True)),
    (8, Story(State.SILENT, Cause.SILENT_LINK, 3 * DAY, 2)),
    (5, Story(State.SILENT, Cause.SIM_EXPIRED, 4 * DAY, 1)),
    (4, Story(State.NEVER_SEEN, Cause.NEVER_SEEN, 9 * DAY, 2)),
    (3, Story(State.STOPPED, Cause.CLEAN_STOP, 30 * HOUR, 1)),
    (4, Story(State.ONLINE, Cause.CONNECTED, 40 * DAY, 1, sim_days=6)),
    (2, Story(State.ONLINE, Cause.CONNECTED, 20 * DAY, 1, facts={"storage_free": STORAGE_LOW_BYTES // 2})),
    (2, Story(State.ONLINE, Cause.CONNECTED, 2 * DAY, 1, facts={"clock_bound": -1})),
)


def stories(chance: Random, count: int) -> list[Story]:
    """One for each of `count` loudspeakers of a commune: mostly well, in some communes one trouble."""
    told = [ONLINE] * count
    trouble = _drawn(chance)
    if trouble is not None:
        for place in chance.sample(range(count), chance.randint(1, min(trouble.most, count))):
            told[place] = trouble
    return told


def _drawn(chance: Random) -> Story | None:
    mark = chance.uniform(0, 100)
    for share, story in TROUBLES:
        mark -= share
        if mark < 0:
            return story
    return None


def since(story: Story, chance: Random, now: datetime, together: datetime) -> datetime:
    """When it began; what hit several at once began for all of them within a minute."""
    if story.together:
        return together + timedelta(seconds=chance.randint(0, 50))
    return now - timedelta(seconds=chance.randint(3600, int(story.ago.total_seconds())))


def status(device: Device, story: Story, began: datetime, chance: Random, now: datetime) -> DeviceStatus:
    """Its newest state; nothing plays, since nothing is there to play."""
    online, unseen = story.state == State.ONLINE, story.state == State.NEVER_SEEN
    facts = {
        "storage_free": round(chance.uniform(2, 6.5) * GIB),
        "clock_bound": chance.randint(8, 48),
        **story.facts,
    }
    return DeviceStatus(
        device=device,
        state=story.state,
        cause=story.cause,
        since=began,
        seen_at=None if unseen else now if online else began,
        agent="" if unseen else AGENT,
        volume=device.volume,
        power="unknown" if unseen else "mains",
        link="" if unseen else chance.choice(("4g", "4g", "4g", "wifi", "lan")),
        signal=0 if unseen else -chance.randint(58, 101),
        clock_offset=0 if unseen else chance.randint(-180, 180),
        storage_free=0 if unseen else facts["storage_free"],
        clock_bound=-1 if unseen else facts["clock_bound"],
        uptime=(now - began) // timedelta(milliseconds=1) if online else 0,
    )


def past(device: Device, story: Story, began: datetime, chance: Random) -> Sequence[Transition]:
    """How it came to that: put up once, now and then lost for some hours, and the present trouble."""
    if story.state == State.NEVER_SEEN:
        return ()
    moments = [(began - timedelta(days=chance.randint(45, 160)), State.ONLINE, Cause.CONNECTED)]
    if chance.random() < 0.3:
        lost = began - timedelta(days=chance.randint(2, 40), minutes=chance.randint(0, 600))
        cause = chance.choice((Cause.POWER_LOST, Cause.SILENT_LINK))
        moments.append((lost, State.SILENT, cause))
        moments.append((lost + timedelta(minutes=chance.randint(20, 400)), State.ONLINE, Cause.CONNECTED))
    if story.state != State.ONLINE:
        moments.append((began, story.state, story.cause))
    return [Transition(device=device, at=at, state=state, cause=cause) for at, state, cause in moments]
