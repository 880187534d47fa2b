"""What state a device is in and why, from the last signs of life. Pure; time is an argument.

The engine tells why a connection ended (docs/adr/0018), the device says goodbye when it can, heartbeats tell the rest.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from loa.kernel.clock import LOCAL, local

SILENT_AFTER = timedelta(seconds=110)  # three heartbeats at the slow end of their jitter
RECONNECT_GRACE = timedelta(seconds=20)  # devices try again at a random moment within 15 s
CLOCK_BOUND_MS = 60_000
CLOCK_LOOSE_MS = 50  # neighbours that sound together are heard as one below it
CLOCK_GRACE = timedelta(minutes=3)  # after a start: a device asks for the time until it has it, mostly for seconds
CLOCK_GRACE_MS = CLOCK_GRACE // timedelta(milliseconds=1)
STORAGE_LOW_BYTES = 200 * 1024 * 1024
SIM_SOON = timedelta(days=14)


class State(StrEnum):
    """Is it there?"""

    NEVER_SEEN = "never_seen"
    ONLINE = "online"
    SILENT = "silent"
    STOPPED = "stopped"


class Cause(StrEnum):
    """Why it is in this state."""

    NEVER_SEEN = "never_seen"
    CONNECTED = "connected"
    SILENT_LINK = "silent_link"
    SIM_EXPIRED = "sim_expired"
    POWER_LOST = "power_lost"
    CLEAN_STOP = "clean_stop"
    REPLACED = "replaced"
    REVOKED = "revoked"
    PLATFORM = "platform"


class Worry(StrEnum):
    """It is there, but something needs a person."""

    NO_CARD = "no_card"
    NO_SWITCH = "no_switch"
    UNHEARD = "unheard"
    NO_RELAY = "no_relay"
    UNKNOWN_TROUBLE = "unknown_trouble"
    NO_CLOCK = "no_clock"
    ON_BACKUP = "on_backup"
    STORAGE_LOW = "storage_low"
    WEAK_SOUND = "weak_sound"
    FALLING_SOUND = "falling_sound"
    DEAF = "deaf"
    FILES_MISSING = "files_missing"
    CLOCK_LOOSE = "clock_loose"
    SIM_ENDS_SOON = "sim_ends_soon"
    NOT_PLACED = "not_placed"
    FORGED = "forged"


TROUBLES = frozenset({Worry.NO_CARD, Worry.NO_SWITCH, Worry.UNHEARD, Worry.NO_RELAY})  # the device's own words
MUTE = frozenset({Worry.NO_CARD, Worry.NO_SWITCH, Worry.UNHEARD})  # whatever is due, nobody hears it


@dataclass(frozen=True, slots=True)
class Condition:
    """A state and its cause."""

    state: State
    cause: Cause


NEVER_SEEN = Condition(State.NEVER_SEEN, Cause.NEVER_SEEN)
ONLINE = Condition(State.ONLINE, Cause.CONNECTED)

_BYES = {
    "power_lost": Condition(State.SILENT, Cause.POWER_LOST),
    "stopping": Condition(State.STOPPED, Cause.CLEAN_STOP),
}


@dataclass(frozen=True, slots=True)
class Signs:
    """The last signs of one device. `closed_reason` is the engine's word, `bye` the cause of its last goodbye."""

    connected: bool
    seen_at: datetime | None
    closed_at: datetime | None = None
    closed_reason: str = ""
    bye: str = ""
    bye_at: datetime | None = None
    sim_expires: date | None = None
    key_state: str = "placed"


def condition(signs: Signs, now: datetime) -> Condition | None:
    """State and cause now; None while it is too early to say (a reconnect may be under way)."""
    if _farewell(signs):
        return _BYES.get(signs.bye, _BYES["stopping"])
    if signs.connected:
        return _connected(signs, now)
    if signs.key_state in {"revoked", "retired"}:
        return Condition(State.STOPPED, Cause.REVOKED)
    if signs.key_state == "waiting" and signs.seen_at is not None:
        return Condition(State.STOPPED, Cause.REPLACED)
    if signs.closed_at is None:
        return _by_beats(signs, now)
    if now - signs.closed_at < RECONNECT_GRACE:
        return None
    return silence(signs, now)


def silence(signs: Signs, now: datetime) -> Condition:
    """Nothing is heard: the SIM's last day explains it better than the weather."""
    if signs.sim_expires is not None and signs.sim_expires <= local(now).date():
        return Condition(State.SILENT, Cause.SIM_EXPIRED)
    return Condition(State.SILENT, Cause.SILENT_LINK)


def _farewell(signs: Signs) -> bool:
    """A goodbye counts until something newer is heard."""
    if signs.bye_at is None or (signs.connected and signs.closed_at is not None and signs.closed_at > signs.bye_at):
        return False
    return signs.seen_at is None or signs.bye_at >= signs.seen_at


def _connected(signs: Signs, now: datetime) -> Condition | None:
    """A socket can look open long after the link died: heartbeats decide."""
    if signs.seen_at is None or now - signs.seen_at < SILENT_AFTER:
        return ONLINE
    return silence(signs, now)


def _by_beats(signs: Signs, now: datetime) -> Condition | None:
    """The engine has said nothing about it (the gateway has just started)."""
    if signs.seen_at is None:
        return NEVER_SEEN
    return None if now - signs.seen_at < SILENT_AFTER else silence(signs, now)


def threats_since(today: date) -> datetime:
    """A forged message worries people on its day and on the next."""
    return datetime.combine(today - timedelta(days=1), time(), LOCAL)


def lacks_time(clock_bound: int, uptime: int) -> bool:
    """It does not know the time (`clock_bound` milliseconds, -1 = not at all), and has not only just started."""
    return not 0 <= clock_bound <= CLOCK_BOUND_MS and not 0 <= uptime < CLOCK_GRACE_MS


def worries(
    *,
    clock_bound: int,
    uptime: int,
    power: str,
    storage_free: int,
    files_missing: int,
    sim_expires: date | None,
    key_state: str,
    today: date,
    trouble: str = "",
    threat_at: datetime | None = None,
    hearing: str = "",
) -> tuple[Worry, ...]:
    """What needs a person although the device is there, most pressing first. `trouble`: the device's own word.
    `hearing`: what its self-tests tell.

    `uptime` milliseconds since it started.
    """
    found = {
        Worry.NOT_PLACED: key_state == "claimed",
        Worry.NO_CARD: trouble == Worry.NO_CARD,
        Worry.NO_SWITCH: trouble == Worry.NO_SWITCH,
        Worry.UNHEARD: trouble == Worry.UNHEARD,
        Worry.FORGED: threat_at is not None and threat_at >= threats_since(today),
        Worry.NO_RELAY: trouble == Worry.NO_RELAY,
        Worry.UNKNOWN_TROUBLE: trouble not in ("", *TROUBLES),
        Worry.WEAK_SOUND: hearing == "weak",
        Worry.FALLING_SOUND: hearing == "falling",
        Worry.DEAF: hearing == "deaf",
        Worry.NO_CLOCK: lacks_time(clock_bound, uptime),
        Worry.FILES_MISSING: files_missing > 0,
        Worry.CLOCK_LOOSE: CLOCK_LOOSE_MS < clock_bound <= CLOCK_BOUND_MS and not 0 <= uptime < CLOCK_GRACE_MS,
        Worry.ON_BACKUP: power == "backup",
        Worry.SIM_ENDS_SOON: sim_expires is not None and sim_expires - today <= SIM_SOON,
        Worry.STORAGE_LOW: 0 < storage_free < STORAGE_LOW_BYTES,
    }
    return tuple(worry for worry, holds in found.items() if holds)
