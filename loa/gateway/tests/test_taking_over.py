"""A gateway becomes active while loudspeakers come and go: what an event says is newer than the engine's list."""

from datetime import UTC, datetime, timedelta

from loa.devices.rules.condition import RECONNECT_GRACE, Condition, State
from loa.gateway.presence import Presence
from loa.gateway.world import Member, World

ASKED = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
ANSWERED = ASKED + timedelta(seconds=1)
BETWEEN = ASKED + timedelta(milliseconds=300)
EARLIER = ASKED - timedelta(seconds=30)


def watched(shown: dict[str, State]) -> Presence:
    world = World()
    for name in ("spk-there", "spk-came", "spk-went", "spk-lost"):
        world.put(Member(id=name, public="A" * 43, state="placed", path="vn.15.04531"))

    def note(device: str, condition: Condition, at: datetime) -> None:
        shown[device] = condition.state

    return Presence(world, note)


def test_the_list_of_who_is_connected_does_not_overrule_what_happened_while_it_was_made() -> None:
    shown: dict[str, State] = {}
    presence = watched(shown)
    for device in ("spk-there", "spk-went", "spk-lost"):
        presence.came(device, EARLIER)
    presence.came("spk-came", BETWEEN)
    presence.went("spk-went", "Client Closed", BETWEEN)

    presence.settle(frozenset({"spk-there", "spk-went"}), ASKED, ANSWERED)
    later = ANSWERED + RECONNECT_GRACE + timedelta(seconds=1)
    presence.beat("spk-there", later)
    presence.beat("spk-came", later)
    presence.tick(later)

    assert shown == {
        "spk-there": State.ONLINE, "spk-came": State.ONLINE, "spk-went": State.SILENT, "spk-lost": State.SILENT,
    }  # fmt: skip
