"""Who is there, and why not: the engine's events, goodbyes and missing heartbeats become transitions with a cause."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from loa.devices.rules.condition import ONLINE, SILENT_AFTER, Condition, Signs, State, condition
from loa.gateway.rows import Change
from loa.gateway.world import World

MOST_OF_A_REASON = 40


@dataclass(slots=True)
class Track:
    """What is known of one device."""

    connected: bool = False
    seen_at: datetime | None = None
    closed_at: datetime | None = None
    closed_reason: str = ""
    bye: str = ""
    bye_at: datetime | None = None
    shown: Condition | None = None
    since: datetime | None = None


class Presence:
    """Keeps a track of each device; `on_change(device, condition, at)` hears of every transition."""

    def __init__(self, world: World, on_change: Callable[[str, Condition, datetime], None]) -> None:
        self._world = world
        self._on_change = on_change
        self._tracks: dict[str, Track] = {}
        self._by_age: OrderedDict[str, None] = OrderedDict()
        self._doubtful: set[str] = set()
        self._changes: list[Change] = []

    def restore(self, device: str, shown: Condition, since: datetime, seen_at: datetime | None) -> None:
        """What the database said when the gateway became active."""
        track = self._track(device)
        if track.shown is None:
            track.shown, track.since = shown, since
            track.seen_at = track.seen_at or seen_at
            self._doubtful.add(device)

    def settle(self, connected: frozenset[str], asked: datetime, now: datetime) -> None:
        """The engine's list of who was connected, after a start: the others get the usual grace to come back.

        `asked`: when the list was asked for. What an event said since then is newer than the list.
        """
        for device in connected:
            if not self._heard_of_since(device, asked):
                self.came(device, now)
        for device, track in self._tracks.items():
            gone = device not in connected and track.shown == ONLINE and track.closed_at is None
            if gone and not self._heard_of_since(device, asked):
                track.connected, track.closed_at, track.closed_reason = False, now, "gateway started"
                self._doubtful.add(device)

    def _heard_of_since(self, device: str, asked: datetime) -> bool:
        track = self._track(device)
        seen = track.seen_at if track.connected else track.closed_at
        return seen is not None and seen >= asked

    def came(self, device: str, now: datetime) -> None:
        """The engine accepted a connection of this device."""
        track = self._track(device)
        track.connected, track.closed_at, track.closed_reason = True, None, ""
        self._heard(device, track, now)

    def went(self, device: str, reason: str, now: datetime) -> None:
        """The engine closed it: "Client Closed", "Read Error", "Kicked", "Authentication Expired", ..."""
        track = self._track(device)
        track.connected, track.closed_at, track.closed_reason = False, now, reason
        self._doubtful.add(device)

    def beat(self, device: str, now: datetime) -> None:
        """Any sign of life over the connection."""
        track = self._tracks.get(device)
        if track is None:
            track = self._track(device)
        track.connected = True
        self._heard(device, track, now)

    def _heard(self, device: str, track: Track, now: datetime) -> None:
        track.seen_at = now
        self._by_age[device] = None
        self._by_age.move_to_end(device)
        if track.shown is not ONLINE:
            self._judge(device, track, now)

    def said_bye(self, device: str, cause: str, now: datetime) -> None:
        """The device said why it goes."""
        track = self._track(device)
        track.bye, track.bye_at = cause, now
        self._judge(device, track, now)

    def reconsider(self, device: str) -> None:
        """Its key or place changed."""
        if device in self._tracks:
            self._doubtful.add(device)

    def forget(self, device: str) -> None:
        """The device is no more."""
        self._tracks.pop(device, None)
        self._by_age.pop(device, None)
        self._doubtful.discard(device)

    def tick(self, now: datetime, *, blind: bool = False) -> None:
        """Call once a second. `blind`: the gateway itself is cut off from the engine, so silence says nothing."""
        if blind:
            return
        for device in self._overdue(now):
            self._doubtful.add(device)
        for device in list(self._doubtful):
            track = self._tracks.get(device)
            if track is None or self._judge(device, track, now):
                self._doubtful.discard(device)

    def _overdue(self, now: datetime) -> list[str]:
        """Devices whose last sign of life is too old; each is named once until it is heard again."""
        found = []
        for device in self._by_age:
            seen = self._tracks[device].seen_at
            if seen is not None and now - seen < SILENT_AFTER:
                break
            found.append(device)
        for device in found:
            del self._by_age[device]
        return found

    def saw_again(self, now: datetime) -> None:
        """We were blind, or our clock was set: nobody is blamed for that time. A goodbye still counts."""
        for device, track in self._tracks.items():
            if track.bye_at is not None and track.seen_at is not None and track.bye_at < track.seen_at:
                track.bye, track.bye_at = "", None
            if track.closed_at is not None:
                track.closed_at = min(track.closed_at, now)
            if track.connected and track.bye_at is None:
                track.seen_at = now
                self._by_age[device] = None

    def _judge(self, device: str, track: Track, now: datetime) -> bool:
        """True if the question is settled for now."""
        verdict = condition(self._signs(device, track), now)
        if verdict is None:
            return False
        if verdict != track.shown:
            track.shown, track.since = verdict, now
            ending = "" if track.connected else track.closed_reason[:MOST_OF_A_REASON]
            self._changes.append(Change(id=device, at=now, state=verdict.state, cause=verdict.cause, ending=ending))
            self._on_change(device, verdict, now)
        elif verdict is ONLINE:
            track.shown = ONLINE
        return True

    def _signs(self, device: str, track: Track) -> Signs:
        member = self._world.members.get(device)
        expires = date.fromisoformat(member.sim_expires) if member and member.sim_expires else None
        return Signs(
            connected=track.connected,
            seen_at=track.seen_at,
            closed_at=track.closed_at,
            closed_reason=track.closed_reason,
            bye=track.bye,
            bye_at=track.bye_at,
            sim_expires=expires,
            key_state=member.state if member else "retired",
        )

    def is_online(self, device: str) -> bool:
        """It is shown as being there."""
        track = self._tracks.get(device)
        return track is not None and track.shown is not None and track.shown.state == State.ONLINE

    def shown(self, device: str) -> tuple[Condition, datetime] | None:
        """State, cause and since when; None if nothing was ever known."""
        track = self._tracks.get(device)
        return (track.shown, track.since) if track and track.shown and track.since else None

    def take(self) -> list[Change]:
        """Transitions to write."""
        taken, self._changes = self._changes, []
        return taken

    def give_back(self, changes: list[Change]) -> None:
        """They could not be written."""
        self._changes = [*changes, *self._changes]

    def _track(self, device: str) -> Track:
        return self._tracks.setdefault(device, Track())
