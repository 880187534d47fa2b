"""The sample week is made by the real actions, so every rule of the house has agreed to it."""

from datetime import date

import pytest

from loa.areas.queries import hours_for
from loa.broadcasts.models import Schedule, State
from loa.bulletins.models import Bulletin
from loa.demo import fleet, people, places, sounds, week
from loa.devices.actions.placing import plan_set_of, wire_hours
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.media.reading.read import read
from tests.cast import Cast, cast  # noqa: F401


@pytest.mark.parametrize(
    ("today", "month", "water", "drill"),
    [
        (date(2026, 11, 23), "tháng 11", "thứ Năm ngày 26/11/2026", "ngày 05/12/2026"),
        (date(2026, 12, 31), "tháng 1", "Chủ nhật ngày 03/01/2027", "ngày 12/01/2027"),
    ],
)
def test_the_notices_speak_of_the_days_to_come(today: date, month: str, water: str, drill: str) -> None:
    found = week.notices(today)
    assert month in found["vaccination"]["title"]
    assert water in found["water_cut"]["text"]
    assert drill in found["military_health_check"]["text"]
    for notice in found.values():
        assert "{" not in notice["title"] + notice["text"]
        assert not [word for word in read(notice["text"]).unsure if "/" in word.written and word.written[0].isdigit()]


def settle(devices: list[Device], cast: Cast) -> None:  # noqa: F811
    """As if the technician had been at every pole: air times that nobody hears are refused."""
    for device in devices:
        hours = wire_hours(hours_for(device.area, local(cast.now).date()), cast.now)
        device.state, device.public_key = Device.State.PLACED, device.pk
        device.plan_set = plan_set_of(device, hours, cast.now)
        device.save()


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
    settle(fleet.prepare(ground, cast.now), cast)
    week.prepare(ground, everybody, cast.now)
    week.prepare(ground, everybody, cast.now)
    assert Schedule.objects.filter(state=State.SUBMITTED).count() == 1
    assert Schedule.objects.filter(area=ground.home, state=State.APPROVED).count() == 12
    assert Schedule.objects.filter(area=ground.neighbour, state=State.APPROVED).count() == 3
    assert Bulletin.objects.filter(area=ground.home, state="draft").count() == 1
