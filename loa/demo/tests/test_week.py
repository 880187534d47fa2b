"""The sample week is made by the real actions, so every rule of the house has agreed to it."""

import pytest

from loa.broadcasts.models import Schedule, State
from loa.bulletins.models import Bulletin
from loa.demo import fleet, people, places, sounds, week
from loa.devices.models import Device
from tests.cast import Cast, cast  # noqa: F401


def test_the_week_is_on_air_and_one_notice_waits_for_the_visitor(
    cast: Cast,  # noqa: F811
    settings: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = sounds.relay(2, 3)
    monkeypatch.setattr(sounds, "relay", lambda seconds, key: short)
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")  # type: ignore[attr-defined]
    ground = places.prepare("15", cast.now)
    everybody = people.prepare(ground, cast.now)
    fleet.prepare(ground, cast.now)
    Device.objects.update(state=Device.State.WAITING)
    week.prepare(ground, everybody, cast.now)
    week.prepare(ground, everybody, cast.now)
    assert Schedule.objects.filter(state=State.SUBMITTED).count() == 1
    assert Schedule.objects.filter(area=ground.home, state=State.APPROVED).count() == 12
    assert Schedule.objects.filter(area=ground.neighbour, state=State.APPROVED).count() == 3
    assert Bulletin.objects.filter(area=ground.home, state="draft").count() == 1
