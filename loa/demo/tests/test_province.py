"""The province around the living communes: believable, the same on every machine, and out of everybody's way."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from loa.areas.models import Area
from loa.areas.rules import Kind, Level
from loa.broadcasts.queries import sources
from loa.demo import people, places, province
from loa.demo.provinces import code_of
from loa.devices import actions, queries
from loa.devices.models import Device, DeviceStatus, Transition
from loa.kernel.errors import Invalid, Refusal
from tests.cast import Cast, cast, place  # noqa: F401

COMMUNES = 12


@pytest.fixture
def ground(cast: Cast) -> places.Places:  # noqa: F811
    """Lào Cai with a dozen more communes on the map, and the two that live."""
    for number in range(COMMUNES):
        kind = Kind.WARD if number % 4 == 0 else Kind.COMMUNE
        place(f"vn.15.0{number:04d}", f"Làng {number}", kind, Level.COMMUNE, cast.lao_cai)
    Area.objects.filter(parent=cast.lao_cai).update(latitude=21.7, longitude=104.5)
    return places.prepare("15", cast.now)


def told() -> dict[str, tuple[Any, ...]]:
    rows = DeviceStatus.objects.select_related("device").order_by("pk")
    return {row.pk: (row.device.name, row.device.latitude, row.state, row.cause, row.since) for row in rows}


def test_every_other_commune_has_loudspeakers_and_a_second_time_changes_nothing(
    ground: places.Places,
    cast: Cast,  # noqa: F811
) -> None:
    count = province.prepare(ground, cast.now)
    before = told()
    assert province.prepare(ground, cast.now) == count == len(before) == Device.objects.count()
    assert told() == before
    assert COMMUNES * province.FEWEST <= count <= COMMUNES * province.MOST
    assert not Device.objects.filter(area__in=(ground.home, ground.neighbour)).exists()


def test_the_next_day_has_other_troubles_at_the_same_places(ground: places.Places, cast: Cast) -> None:  # noqa: F811
    province.prepare(ground, cast.now)
    before = told()
    tomorrow = cast.now + timedelta(days=1)
    province.prepare(ground, tomorrow)
    after = told()
    assert {key: row[:2] for key, row in after.items()} == {key: row[:2] for key, row in before.items()}
    assert {row[3] for row in after.values()} >= {"connected"}
    assert max(row[4] for row in after.values()) > cast.now  # dates follow the day
    assert not Transition.objects.filter(at__gt=tomorrow).exists()


def test_they_hold_no_key_and_can_never_get_one(ground: places.Places, cast: Cast) -> None:  # noqa: F811
    province.prepare(ground, cast.now)
    device = Device.objects.filter(sample=True).first()
    assert device is not None
    with pytest.raises(Refusal, match="chỉ có trong dữ liệu mẫu"):
        actions.issue_claim_code(actor=None, device=device, now=cast.now)
    device.public_key = "A" * 43
    with pytest.raises(IntegrityError), transaction.atomic():
        device.save()
    with pytest.raises(ValidationError):
        device.validate_constraints()


def test_nobody_plans_for_them_or_counts_on_them(ground: places.Places, cast: Cast) -> None:  # noqa: F811
    count = province.prepare(ground, cast.now)
    assert sources.places() == []
    assert queries.reach("vn.15").devices == 0
    assert queries.device_rows("vn.15", cast.now) == []
    assert queries.sums("vn.15", cast.now).devices == count


def test_nothing_is_invented_about_the_two_archipelagos(ground: places.Places, cast: Cast) -> None:  # noqa: F811
    zone = place("vn.15.09999", "Trường Sa", Kind.SPECIAL_ZONE, Level.COMMUNE, cast.lao_cai)
    Area.objects.filter(pk=zone.pk).update(latitude=8.6, longitude=111.9)
    province.prepare(ground, cast.now)
    assert not Device.objects.filter(area=zone).exists()


def test_a_world_stays_in_its_province(ground: places.Places, cast: Cast) -> None:  # noqa: F811
    people.prepare(ground, cast.now)
    place("vn.01", "Hà Nội", Kind.CITY, Level.PROVINCE, cast.vietnam)
    with pytest.raises(Invalid, match="đã là bản trình diễn của Tỉnh Lào Cai"):
        places.prepare("01", cast.now)
    assert places.prepare("", cast.now).province == cast.lao_cai


@pytest.mark.parametrize(
    ("text", "code"), [("15", "15"), ("1", "01"), ("lao cai", "15"), ("TP. Hồ Chí Minh", "79"), ("yên bái", "15")]
)
def test_a_province_is_found_by_what_people_type(text: str, code: str) -> None:
    assert code_of(text) == code


def test_an_unknown_province_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(Invalid, match=r"Có phải bạn muốn nói: Quảng Ninh \(22\)"):
        code_of("quang ninj")
