"""The clock of the host is set, or the process stood still: nobody is blamed, and nothing waits for hours."""

from datetime import UTC, datetime, timedelta

import pytest

from loa.devices.rules.condition import Condition, State
from loa.gateway.outbox import Delivery, Outbox
from loa.gateway.presence import Presence
from loa.gateway.sight import Sight
from loa.gateway.world import Member, World

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("wall_s", "passed_s", "back"),
    [(0.5, 0.5, False), (2.0, 2.0, False), (3600, 0.5, True), (-3600, 0.5, True), (60, 60, True)],
)
def test_a_clock_that_was_set_and_a_process_that_stood_still_are_noticed(
    wall_s: float, passed_s: float, back: bool
) -> None:
    sight = Sight()
    assert not sight.is_back(NOW, 100.0, up=True)
    assert sight.is_back(NOW + timedelta(seconds=wall_s), 100.0 + passed_s, up=True) is back
    later = NOW + timedelta(seconds=wall_s + 0.5)
    assert not sight.is_back(later, 100.5 + passed_s, up=True)


def test_engine_that_is_back_is_noticed_once() -> None:
    sight = Sight()
    seen = [
        sight.is_back(NOW + timedelta(seconds=at), float(at), up=up)
        for at, up in enumerate((True, False, False, True, True))
    ]
    assert seen == [False, False, False, True, False]


def presence(shown: list[tuple[str, State]]) -> Presence:
    world = World()
    for name in ("spk-there", "spk-gone", "spk-stopped"):
        world.put(Member(id=name, public="A" * 43, state="placed", path="vn.15.04531"))

    def note(device: str, condition: Condition, at: datetime) -> None:
        shown.append((device, condition.state))

    watched = Presence(world, note)
    watched.came("spk-there", NOW)
    watched.said_bye("spk-there", "stopping", NOW - HOUR)
    watched.beat("spk-there", NOW)
    watched.came("spk-gone", NOW)
    watched.went("spk-gone", "Read Error", NOW)
    watched.came("spk-stopped", NOW)
    watched.said_bye("spk-stopped", "stopping", NOW)
    shown.clear()
    return watched


@pytest.mark.parametrize("jump", [6 * HOUR, -6 * HOUR])
def test_a_clock_that_was_set_makes_nobody_silent_and_hides_nobody(jump: timedelta) -> None:
    shown: list[tuple[str, State]] = []
    watched = presence(shown)
    now = NOW + jump
    watched.saw_again(now)
    for second in range(0, 60, 5):
        watched.beat("spk-there", now + timedelta(seconds=second))
        watched.tick(now + timedelta(seconds=second))
    assert shown == [("spk-gone", State.SILENT)]


def test_a_stop_is_sent_again_after_the_clock_was_set_back() -> None:
    outbox = Outbox(lambda device: True)
    outbox.add(Delivery("hold:1", "area/04531/down", "a.b.c", NOW + 12 * HOUR, {"spk-1"}))
    assert len(outbox.due(NOW)) == 1
    assert outbox.due(NOW + timedelta(seconds=1)) == []
    assert len(outbox.due(NOW - HOUR)) == 1
