"""The list of a province: what needs a person first, found by any spelling, the same judgement in SQL and in Python."""

from datetime import timedelta
from itertools import count, product
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loa.areas.models import Area
from loa.areas.rules import Kind, Level
from loa.devices import queries
from loa.devices.models import Device, DeviceStatus
from loa.devices.queries import Wish
from loa.devices.queries.listed import calm_worries, pressing
from loa.devices.rules import advice
from loa.devices.rules.condition import (
    CLOCK_BOUND_MS,
    CLOCK_GRACE_MS,
    CLOCK_LOOSE_MS,
    STORAGE_LOW_BYTES,
    TROUBLES,
    Cause,
    State,
    Worry,
)
from loa.devices.rules.diagnosis import Fault
from loa.devices.rules.hearing import Hearing
from loa.kernel.clock import local
from tests.cast import Cast, cast, place  # noqa: F401

NUMBERS = count(1)
HOUR_MS = 3_600_000
OF_THE_DEVICE = ("state", "sim_expires", "public_key", "latitude", "longitude")


def stand(cast: Cast, area: Area, name: str, cause: str = Cause.CONNECTED, **facts: object) -> Device:  # noqa: F811
    """A loudspeaker in this state; `facts` of the device (state, sim_expires) or of its status."""
    own = {key: facts.pop(key) for key in OF_THE_DEVICE if key in facts}
    device = Device.objects.create(area=area, number=next(NUMBERS), name=name, made_at=cast.now, **own)
    state = State.ONLINE if cause == Cause.CONNECTED else State.SILENT
    status = {"state": state, "cause": cause, "since": cast.now, "clock_bound": 20, "uptime": HOUR_MS, **facts}
    DeviceStatus.objects.create(device=device, **status)
    return device


@pytest.fixture
def every_kind(cast: Cast) -> int:  # noqa: F811
    """One of each: all causes, and online with every mixture of worries."""
    today = local(cast.now).date()
    for cause, claimed in product((*Cause, "unheard_of"), (False, True)):
        key = {"state": Device.State.CLAIMED, "public_key": f"k{cause}"} if claimed else {}
        stand(cast, cast.quy_mong, f"{cause} {claimed}", cause, **key)
    bounds, storages = (
        (-1, 0, CLOCK_LOOSE_MS + 1, CLOCK_BOUND_MS, CLOCK_BOUND_MS + 1),
        (0, 1, STORAGE_LOW_BYTES - 1, STORAGE_LOW_BYTES),
    )
    ends = (None, today, today + timedelta(days=14), today + timedelta(days=15))
    for bound, free, end, missing, power in product(bounds, storages, ends, (0, 3), ("mains", "backup")):
        facts: dict[str, Any] = {"clock_bound": bound, "storage_free": free, "files_missing": missing, "power": power}
        stand(cast, cast.quy_mong, f"{bound} {free} {end}", sim_expires=end, **facts)
    for bound, uptime in product(bounds, (-1, 0, CLOCK_GRACE_MS - 1, CLOCK_GRACE_MS)):
        stand(cast, cast.quy_mong, f"{bound} {uptime} ms", clock_bound=bound, uptime=uptime)
    for trouble, bound, threat in product((*TROUBLES, "broken_horn"), (20, 60, -1), (None, cast.now)):
        facts = {"trouble": trouble, "clock_bound": bound, "threat_at": threat}
        stand(cast, cast.quy_mong, f"{trouble} {bound}", **facts)
        fresh = {"state": Device.State.CLAIMED, "public_key": f"k{trouble}{bound}{threat}"}
        stand(cast, cast.quy_mong, f"{trouble} {bound} mới", **facts, **fresh)
    for hearing, trouble, bound in product(Hearing, ("", "no_relay", "unheard"), (20, 60, -1)):
        facts = {"hearing": hearing, "trouble": trouble, "clock_bound": bound}
        stand(cast, cast.quy_mong, f"{hearing} {trouble} {bound}", **facts)
    for fault, cause in product((*Fault, "unheard_of"), (Cause.SILENT_LINK, Cause.POWER_LOST, Cause.CONNECTED)):
        stand(cast, cast.quy_mong, f"{fault} {cause}", cause, fault=fault)
    stand(cast, cast.quy_mong, "Mất điện, trước đó hỏng cạc", Cause.POWER_LOST, trouble="no_card")
    Device.objects.create(area=cast.quy_mong, number=next(NUMBERS), name="Mới tạo", made_at=cast.now)
    return Device.objects.count()


def test_sql_and_python_judge_alike(every_kind: int, cast: Cast) -> None:  # noqa: F811
    rows = queries.device_rows(cast.quy_mong.path, cast.now)
    in_python = {row.device.pk: row.reason for row in rows}
    in_sql: dict[str, str] = {}
    for one in queries.sums(cast.quy_mong.path, cast.now).reasons:
        found = queries.listed(cast.quy_mong.path, Wish(reason=one.reason), cast.now, size=1_000)
        assert found.total == one.devices
        in_sql |= dict.fromkeys((row.device.pk for row in found.rows), one.reason)
    assert in_sql == {pk: reason for pk, reason in in_python.items() if reason != Cause.CONNECTED}
    first = queries.listed(cast.quy_mong.path, Wish(), cast.now, size=1_000).rows
    assert [row.needs_person for row in first] == sorted((row.needs_person for row in rows), reverse=True)
    sums = queries.sums(cast.quy_mong.path, cast.now)
    assert sums.devices == every_kind
    assert sums.person == sum(row.needs_person for row in rows)
    assert sums.online == sum(row.online for row in rows)


def test_every_worry_stands_in_the_list_or_is_known_to_pass(cast: Cast) -> None:  # noqa: F811
    """Whoever adds a worry says where it is seen: in SQL as in Python."""
    person = {worry for worry, words in advice.WORRIES.items() if words.needs_person}
    assert set(advice.WORRIES) == set(Worry)
    assert person | set(advice.CALM) | advice.PASSING == set(Worry)
    assert set(pressing(local(cast.now).date())) | {Worry.NOT_PLACED} == person
    assert tuple(calm_worries()) == advice.CALM


def test_a_lost_relay_and_a_fading_sound_are_found_by_their_filters(cast: Cast) -> None:  # noqa: F811
    stand(cast, cast.quy_mong, "Chợ", trouble="no_relay")
    stand(cast, cast.quy_mong, "Trường học", hearing="falling")
    stand(cast, cast.quy_mong, "Bến đò", hearing="deaf", trouble="no_switch")
    for wanted, name in (("no_relay", "Chợ"), ("falling_sound", "Trường học"), ("no_switch", "Bến đò")):
        found = queries.listed(cast.quy_mong.path, Wish(reason=wanted), cast.now).rows
        assert [row.device.name for row in found] == [name]


def test_a_clock_in_doubt_is_marked_and_found_by_its_filter(client: Client, cast: Cast) -> None:  # noqa: F811
    stand(cast, cast.quy_mong, "Chợ", clock_bound=50)
    stand(cast, cast.quy_mong, "Trường học", clock_bound=51)
    client.force_login(cast.son)
    page = client.get("/thiet-bi/", {"loc": "clock_loose"}).content.decode()
    assert "Trường học" in page
    assert "Đồng hồ lệch đôi chút" in page
    assert "Chợ" not in page.split("<tbody")[1]


def test_found_without_diacritics_by_place_commune_and_number(cast: Cast) -> None:  # noqa: F811
    ferry = stand(cast, cast.quy_mong, "Bến đò")
    stand(cast, cast.tran_yen, "Trạm bơm")

    def found(text: str) -> list[str]:
        return [row.device.name for row in queries.listed("vn.15", Wish(text=text), cast.now).rows]

    assert found("ben do") == found("BẾN ĐÒ quy mong") == found(str(ferry.number)) == ["Bến đò"]
    assert found("tran yen") == ["Trạm bơm"]
    assert found("100%_") == []


def test_a_page_costs_the_same_however_long_the_list(
    cast: Cast,  # noqa: F811
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(70):
        stand(cast, cast.quy_mong, f"Nhà văn hóa thôn {number}")
    with django_assert_num_queries(4):
        listed = queries.listed("vn.15", Wish(), cast.now, page=99)
    assert (listed.total, listed.page, listed.pages, len(listed.rows)) == (70, 3, 3, 10)
    with django_assert_num_queries(3):
        queries.sums("vn.15", cast.now)
        queries.picture(cast.lao_cai, cast.now)


def test_the_picture_of_a_province_and_of_the_country(cast: Cast) -> None:  # noqa: F811
    stand(cast, cast.quy_mong, "UBND xã")
    stand(cast, cast.quy_mong, "Bến đò", Cause.SIM_EXPIRED)
    stand(cast, cast.tran_yen, "UBND xã", Cause.POWER_LOST)
    empty = place("vn.15.00001", "Bản Lầu", Kind.COMMUNE, Level.COMMUNE, cast.lao_cai)
    units = queries.picture(cast.lao_cai, cast.now)
    assert [(unit.area, unit.look) for unit in units] == [
        (cast.quy_mong, "person"),
        (cast.tran_yen, "quiet"),
        (empty, "none"),
    ]
    country = {unit.area: (unit.devices, unit.person) for unit in queries.picture(cast.vietnam, cast.now)}
    assert country[cast.lao_cai] == (3, 1)


def test_the_technician_filters_and_pages(client: Client, cast: Cast) -> None:  # noqa: F811
    stand(cast, cast.quy_mong, "Bến đò", Cause.SIM_EXPIRED)
    for number in range(40):
        stand(cast, cast.tran_yen, f"Nhà văn hóa thôn {number}")
    client.force_login(cast.son)
    first = client.get("/thiet-bi/").content.decode()
    assert first.index("Bến đò") < first.index("Nhà văn hóa thôn")
    assert "trang=2" in first
    assert "Hết hạn SIM" in first
    wished = client.get("/thiet-bi/", {"tim": "van hoa", "loc": "online", "xa": cast.tran_yen.path, "trang": "2"})
    assert "40 cụm loa, trang 2 trên 2" in wished.content.decode()
    nothing = client.get("/thiet-bi/", {"loc": "nonsense", "trang": "x"})
    assert "Không có cụm loa nào như vậy" in nothing.content.decode()


def test_a_loudspeaker_without_a_card_stands_first_and_says_so_on_its_page(client: Client, cast: Cast) -> None:  # noqa: F811
    stand(cast, cast.quy_mong, "Bến đò")
    pole = stand(cast, cast.quy_mong, "Nhà văn hóa", trouble="no_card")
    client.force_login(cast.son)
    listed = client.get("/thiet-bi/", {"don-vi": cast.quy_mong.path}).content.decode()
    assert listed.index("Nhà văn hóa") < listed.index("Bến đò")
    assert "Không phát ra tiếng" in listed
    page = client.get(f"/thiet-bi/{pole.pk}/").content.decode()
    assert "cạc âm thanh không trả lời" in page


def test_a_wish_for_another_province_finds_nothing(client: Client, cast: Cast) -> None:  # noqa: F811
    hanoi = place("vn.01", "Hà Nội", Kind.CITY, Level.PROVINCE, cast.vietnam)
    ward = place("vn.01.00004", "Ba Đình", Kind.WARD, Level.COMMUNE, hanoi)
    stand(cast, ward, "Nhà văn hóa Ngọc Hà", Cause.SIM_EXPIRED)
    client.force_login(cast.son)
    page = client.get("/thiet-bi/", {"xa": ward.path, "tim": "ngoc ha"}).content.decode()
    assert "Nhà văn hóa Ngọc Hà" not in page


def test_live_update_brings_the_points_and_the_sums_along(client: Client, cast: Cast) -> None:  # noqa: F811
    Area.objects.update(latitude=21.7, longitude=104.9)
    stand(cast, cast.quy_mong, "Bến đò", Cause.SIM_EXPIRED, latitude=21.7, longitude=104.9)
    client.force_login(cast.son)
    part = client.get("/thiet-bi/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    for wanted in ('id="unit-rows"', 'id="device-sums"', 'id="device-reasons"', 'data-look="person"', 'data-lat="21.7'):
        assert wanted in part


def test_both_archipelagos_are_on_every_map(client: Client, cast: Cast) -> None:  # noqa: F811
    stand(cast, cast.quy_mong, "Bến đò", latitude=21.7, longitude=104.9)
    for user, address in ((cast.lan, "/thiet-bi/"), (cast.son, "/thiet-bi/"), (cast.bao, "/thiet-bi/?don-vi=vn")):
        client.force_login(user)
        page = client.get(address).content.decode().replace("\u00a0", " ")
        assert "Quần đảo Hoàng Sa (Việt Nam)" in page
        assert "Quần đảo Trường Sa (Việt Nam)" in page
        assert "Bản đồ minh họa" in page


def test_a_sample_loudspeaker_says_so_and_takes_no_orders(client: Client, cast: Cast) -> None:  # noqa: F811
    device = stand(cast, cast.quy_mong, "Bến đò")
    Device.objects.filter(pk=device.pk).update(sample=True)
    client.force_login(cast.son)
    page = client.get(f"/thiet-bi/{device.pk}/").content.decode()
    assert "Cụm loa mẫu" in page
    assert "Đặt âm lượng" not in page
    assert "Mã ghép nối" not in page
