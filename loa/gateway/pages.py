"""What open pages are told about devices and stops."""

from collections.abc import Iterator
from datetime import datetime

from devicelink.messages import Beat, ProofUpload

from loa.areas.rules import NOW_ROOT, is_inside
from loa.devices.rules.condition import NEVER_SEEN, Condition
from loa.gateway.beats import Beats
from loa.gateway.events import Feed
from loa.gateway.presence import Presence
from loa.gateway.world import HoldState, Member, World
from loa.kernel.clock import to_ms


class Pages:
    """Puts events into the feed, and draws the picture with which a page begins."""

    def __init__(self, world: World, feed: Feed) -> None:
        self._world = world
        self._feed = feed
        self._clock = ""

    def tell(self, kind: str, device: str, facts: dict[str, object]) -> None:
        """Something about one device: an event "device.<kind>"."""
        member = self._world.members.get(device)
        if member is not None:
            self._feed.tell(f"device.{kind}", member.path, {"id": device, **facts})

    def event(self, kind: str, area: str, facts: object) -> None:
        """Something that happened in the platform."""
        self._feed.tell(kind, area, facts)

    def changed_state(self, device: str, condition: Condition, at: datetime) -> None:
        """It came, or went, and why."""
        self.tell("state", device, {"state": condition.state, "cause": condition.cause, "since": to_ms(at)})

    def beat(self, device: str, beat: Beat) -> None:
        """A heartbeat with news."""
        self.tell("beat", device, beat_facts(beat))

    def refused(self, device: str, code: str, kind: str) -> None:
        """It did not take a message."""
        self.tell("refused", device, {"code": code, "kind": kind})

    def proofs(self, device: str, upload: ProofUpload) -> None:
        """Proofs of this device were stored."""
        rows = [{"airing": row.airing, "outcome": row.outcome, "reason": row.reason} for row in upload.rows[-20:]]
        self.tell("proofs", device, {"rows": rows})

    def hold(self, state: HoldState) -> None:
        """Somebody stopped loudspeakers, or let them sound again; `hold.part.*` when not the whole area is meant."""
        whole = "hold" if state.subject.startswith("area/") else "hold.part"
        kind = f"{whole}.held" if state.until else f"{whole}.released"
        self._feed.tell(kind, state.area, hold_facts(state), down=True)

    def live(self, kind: str, area: str, facts: object) -> None:
        """Somebody speaks live, or does no longer: above, there and below it is seen who."""
        self._feed.tell(kind, area, facts, down=True)

    def copied(self, area: str) -> None:
        """A stop or its end is in the database now: pages that read it there may ask again."""
        self._feed.tell("hold.copied", area, {}, down=True)

    def clock(self, doubt: str) -> None:
        """Whether the gateway doubts its clock (timepiece.Doubt): everybody hears when that changes."""
        if doubt != self._clock:
            self._clock = doubt
            self._feed.tell("gateway.clock", NOW_ROOT, {"clock": doubt}, down=True)

    def picture(self, area: str, presence: Presence, beats: Beats, now: int) -> dict[str, object]:
        """State of every device in the area, the stops in force, and the doubt about the clock, "" if there is none."""
        inside = self._inside(area)
        holds = [
            hold_facts(state)
            for state in self._world.standing_holds(now)
            if is_inside(state.area, area) or is_inside(area, state.area)
        ]
        devices = {m.id: _device(m, presence, beats) for m in inside}
        return {"devices": devices, "holds": holds, "now": now, "clock": self._clock}

    def _inside(self, area: str) -> Iterator[Member]:
        return (member for member in self._world.members.values() if is_inside(member.path, area))


def _device(member: Member, presence: Presence, beats: Beats) -> dict[str, object]:
    shown, since = presence.shown(member.id) or (NEVER_SEEN, None)
    beat = beats.last(member.id)
    facts: dict[str, object] = {
        "state": shown.state,
        "cause": shown.cause,
        "since": to_ms(since) if since else 0,
    }
    return facts | (beat_facts(beat) if beat else {})


def beat_facts(beat: Beat) -> dict[str, object]:
    """What pages show of a heartbeat."""
    return {
        "playing": beat.playing[:80],
        "held": beat.held,
        "volume": beat.volume,
        "power": beat.power[:10],
        "clock_bound": beat.clock_bound,
        "clock_offset": beat.clock_offset,
        "files_missing": beat.files_missing,
        "plan": beat.plan,
        "trouble": beat.trouble[:20],
    }


def hold_facts(state: HoldState) -> dict[str, object]:
    """What pages show of a stop; `until` 0 = released."""
    return {
        "subject": state.subject,
        "area": state.area,
        "until": state.until,
        "by": state.name,
        "reason": state.reason,
        "at": state.at,
        "revision": state.revision,
    }
