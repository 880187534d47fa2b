"""The ground of the demonstration world, in the places of the cast."""

from loa.demo import fleet, people, places
from loa.devices.models import Device
from loa.people import access
from tests.cast import Cast, cast  # noqa: F401


def test_the_world_is_made_once_however_often_it_is_asked_for(cast: Cast) -> None:  # noqa: F811
    for _ in range(2):
        ground = places.prepare("15", cast.now)
        people.prepare(ground, cast.now)
        devices = fleet.prepare(ground, cast.now)
    assert ground.home.name == "Quy Mông"
    assert len(devices) == Device.objects.count() == 16
    assert {group.name for group in ground.home.device_groups.all()} == {"Trung tâm", "Ven sông", "Thôn 4, thôn 5"}


def test_every_cluster_gets_its_own_code(cast: Cast) -> None:  # noqa: F811
    ground = places.prepare("15", cast.now)
    waiting = fleet.claims(fleet.prepare(ground, cast.now), cast.now)
    assert len({row.code for row in waiting}) == 16


def test_the_sample_administrator_may_manage_the_whole_country(cast: Cast) -> None:  # noqa: F811
    everybody = people.prepare(places.prepare("15", cast.now), cast.now)
    assert access.may(everybody["ha"], "view", "vn.15", cast.now)
    assert access.may(everybody["xuan"], "bulletin.write", "vn.15.04531.h5", cast.now)
    assert not access.may(everybody["xuan"], "bulletin.write", "vn.15.04531", cast.now)
