"""The self-tests of the last two months: the trend of one cluster shows that it fades, the others are as they were."""

from datetime import timedelta

import pytest

from loa.demo import cast as people_and_places
from loa.demo import fleet, hearing, places
from loa.demo.tests.test_week import settle
from loa.devices.models import DeviceStatus, Hardware, SelfTest
from loa.devices.queries.hearing import judged, panel
from tests.cast import Cast, cast  # noqa: F401

pytestmark = pytest.mark.django_db


def test_one_cluster_fades_and_the_trend_says_so(cast: Cast) -> None:  # noqa: F811
    ground = places.prepare("15", cast.now)
    devices = fleet.prepare(ground, cast.now)
    settle(devices, cast)
    for device in devices:
        Hardware.objects.create(device=device, fingerprint=device.pk[:20], since=cast.now)
        DeviceStatus.objects.create(device=device, since=cast.now)
    hearing.prepare(ground, cast.now)
    hearing.prepare(ground, cast.now)
    assert SelfTest.objects.count() == len(devices) * hearing.DAYS
    assert SelfTest.objects.filter(at__gt=cast.now).count() == 0
    found = {(device.area, device.number): judged(device).hearing for device in devices}
    assert found.pop((ground.home, people_and_places.FADING)) == "falling"
    assert set(found.values()) == {"well"}
    assert DeviceStatus.objects.filter(hearing="falling").count() == 1
    chart = panel(devices[0], cast.now + timedelta(hours=1))
    assert len(chart.dots) == hearing.DAYS
