"""Sơn moves the loudspeaker of the market to Trấn Yên; a group that nobody needs is dissolved."""

import html
import re
from datetime import timedelta

import pytest
from devicelink.keyring import fingerprint
from devicelink.messages import Message, Placement
from django.test import Client

from loa.areas import actions as areas
from loa.areas.hours import WindowText
from loa.areas.rules import Kind, Level
from loa.audit.models import Entry
from loa.devices import actions
from loa.devices.models import Device, DeviceGroup, PlanSet
from loa.devices.tests.conftest import Hardware
from loa.kernel import clock
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.people.models import Role
from tests.cast import MERGER, Cast, give, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(cast: Cast, hardware: Hardware) -> Device:
    """The loudspeaker of the market, placed, in a group and a hamlet, on the map."""
    device = actions.add_device(
        actor=None, area=cast.quy_mong, name="Chợ", now=cast.now, hamlet=cast.thon_5, latitude=21.6, longitude=104.7
    )
    code = actions.issue_claim_code(actor=None, device=device, now=cast.now)
    claimed = actions.accept_enrolment(request=hardware.request(code), now=cast.now)
    seen = fingerprint(hardware.public_raw)
    actions.confirm_placement(actor=cast.son, device=claimed, fingerprint_seen=seen, now=cast.now)
    actions.save_group(actor=None, area=cast.quy_mong, name="Trung tâm", members=[claimed], now=cast.now)
    return Device.objects.get(pk=device.pk)


def last_placement(signed: list[Message]) -> Placement:
    return next(message for message in reversed(signed) if isinstance(message, Placement))


def test_whatever_belonged_to_the_old_commune_stays_behind(cast: Cast, market: Device, signer: list[Message]) -> None:
    actions.move(actor=cast.son, device=market, area=cast.tran_yen, now=cast.now)
    told = last_placement(signer)
    assert (told.device, told.area, told.groups) == (market.pk, cast.tran_yen.path, ())
    assert (told.latitude, told.longitude) == (None, None)
    assert PlanSet.objects.get(pk=told.plan_set).area == cast.tran_yen
    market.refresh_from_db()
    assert (market.area, market.hamlet, market.latitude) == (cast.tran_yen, None, None)
    assert not DeviceGroup.objects.get(name="Trung tâm").members.exists()


def test_it_may_sound_in_the_hours_of_its_new_commune_only(cast: Cast, market: Device, signer: list[Message]) -> None:
    six_to_seven: list[WindowText] = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "06:00", "to": "07:00"}]
    day = clock.local(cast.now).date() - timedelta(days=1)
    areas.set_operating_rules(area=cast.tran_yen, starts=day, document="Quy chế", windows=six_to_seven)
    actions.move(actor=cast.son, device=market, area=cast.tran_yen, now=cast.now)
    assert [(window.start, window.end) for window in last_placement(signer).hours.windows] == [(360, 420)]


def test_both_records_tell_of_it(cast: Cast, market: Device) -> None:
    actions.move(actor=cast.son, device=market, area=cast.tran_yen, now=cast.now)
    told = Entry.objects.filter(verb="device.moved", object_id=market.pk).order_by("area")
    assert [entry.area for entry in told] == [cast.tran_yen.path, cast.quy_mong.path]
    assert {entry.facts["after"] for entry in told} == {"Xã Trấn Yên"}


def test_a_hamlet_of_another_commune_is_refused(cast: Cast, market: Device) -> None:
    with pytest.raises(Invalid, match="Thôn 4 không thuộc Xã Trấn Yên"):
        actions.move(actor=cast.son, device=market, area=cast.tran_yen, hamlet=cast.thon_4, now=cast.now)
    market.refresh_from_db()
    assert market.area == cast.quy_mong


def test_a_number_that_is_taken_there_is_refused_and_another_one_taken(cast: Cast, market: Device) -> None:
    actions.add_device(actor=None, area=cast.tran_yen, name="Ga", number=market.number, now=cast.now)
    with pytest.raises(Invalid, match="Số 01 đã dùng cho một cụm loa khác của Xã Trấn Yên"):
        actions.move(actor=cast.son, device=market, area=cast.tran_yen, now=cast.now)
    market.refresh_from_db()
    free = actions.free_number(cast.tran_yen, market.kind, rather=market.number)
    actions.move(actor=cast.son, device=market, area=cast.tran_yen, number=free, now=cast.now)
    assert Device.objects.get(pk=market.pk).number == 2


def test_who_looks_after_one_of_the_two_only_moves_nothing(client: Client, cast: Cast, market: Device) -> None:
    give(cast.xuan, Role.TECHNICIAN, cast.quy_mong)
    with pytest.raises(NotFound):
        actions.move(actor=cast.xuan, device=market, area=cast.tran_yen, now=cast.now)
    address = f"/thiet-bi/{market.pk}/chuyen/"
    client.force_login(cast.xuan)
    assert client.post(f"{address}?toi={cast.tran_yen.path}", {"number": "1"}).status_code == 404
    assert "Chuyển sang xã khác" not in client.get(f"/thiet-bi/{market.pk}/sua/").content.decode()
    client.force_login(cast.lan)
    assert client.get(f"{address}?toi={cast.tran_yen.path}").status_code == 403
    client.force_login(cast.mai)
    assert client.get(f"{address}?toi={cast.tran_yen.path}").status_code == 404


def test_only_a_commune_of_today_takes_a_loudspeaker(cast: Cast, market: Device) -> None:
    past = place("vn63.15.04498", "Báo Đáp", Kind.COMMUNE, Level.COMMUNE, cast.lao_cai, ends=MERGER)
    give(cast.son, Role.TECHNICIAN, past)
    for area in (cast.lao_cai, past, cast.quy_mong):
        with pytest.raises(Invalid):
            actions.move(actor=cast.son, device=market, area=area, now=cast.now)


def test_of_two_who_move_it_at_once_the_second_is_told(cast: Cast, market: Device) -> None:
    seen_before = Device.objects.select_related("area").get(pk=market.pk)
    third = place("vn.15.04576", "Hưng Khánh", Kind.COMMUNE, Level.COMMUNE, cast.lao_cai)
    actions.move(actor=cast.son, device=market, area=cast.tran_yen, now=cast.now)
    with pytest.raises(Refusal, match="vừa được người khác chuyển đi"):
        actions.move(actor=cast.son, device=seen_before, area=third, now=cast.now)


def test_the_pages_lead_from_the_name_to_the_new_place(client: Client, cast: Cast, market: Device) -> None:
    client.force_login(cast.son)
    address = f"/thiet-bi/{market.pk}/chuyen/"
    found = client.get(address, {"tim": "tran yen"}).content.decode()
    assert f"?toi={cast.tran_yen.path}" in found
    assert f"?toi={cast.quy_mong.path}" not in client.get(address, {"tim": "quy mong"}).content.decode()
    shown = client.get(address, {"toi": cast.tran_yen.path}).content.decode()
    assert "05:00–21:00 hằng ngày" in shown
    assert "Loa ra khỏi nhóm Trung tâm" in shown
    wish = {"number": "7", "hamlet": "", "position": "21.7012, 104.8001"}
    asked = client.post(f"{address}?toi={cast.tran_yen.path}", wish)
    market.refresh_from_db()
    assert (asked.status_code, market.area) == (200, cast.quy_mong)  # only shown so far
    fields = dict(
        re.findall(r'<input type="hidden" name="(change|token|back)" value="([^"]*)">', asked.content.decode())
    )
    fields = {name: html.unescape(value) for name, value in fields.items()}
    assert client.post("/lich-phat/thay-doi/giu/", fields).headers["Location"] == f"/thiet-bi/{market.pk}/"
    market.refresh_from_db()
    assert (market.area, market.number, market.latitude) == (cast.tran_yen, 7, 21.7012)


def test_a_refused_move_says_why_and_keeps_what_was_typed(client: Client, cast: Cast, market: Device) -> None:
    actions.add_device(actor=None, area=cast.tran_yen, name="Ga", number=3, now=cast.now)
    client.force_login(cast.son)
    wish = {"number": "3", "hamlet": "", "position": "21.7012, 104.8001"}
    answer = client.post(f"/thiet-bi/{market.pk}/chuyen/?toi={cast.tran_yen.path}", wish)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Số 03 đã dùng" in page
    assert "21.7012, 104.8001" in page
    assert "đang ở xã Quy Mông" in page


def test_a_group_goes_only_when_nobody_stands_in_it(client: Client, cast: Cast, market: Device) -> None:
    group = DeviceGroup.objects.get(name="Trung tâm")
    with pytest.raises(Refusal, match="còn 1 cụm loa"):
        actions.delete_group(actor=cast.lan, group=group, now=cast.now)
    client.force_login(cast.lan)
    assert "Chưa xóa được. Nhóm Trung tâm còn 1 cụm loa." in client.get("/thiet-bi/nhom/").content.decode()
    actions.move(actor=cast.son, device=market, area=cast.tran_yen, now=cast.now)
    assert client.post(f"/thiet-bi/nhom/{group.pk}/xoa/").status_code == 302
    assert not DeviceGroup.objects.exists()
    assert Entry.objects.get(verb="group.deleted").area == cast.quy_mong.path


def test_strangers_find_no_group(client: Client, cast: Cast, market: Device) -> None:
    group = DeviceGroup.objects.get(name="Trung tâm")
    client.force_login(cast.mai)
    assert client.post(f"/thiet-bi/nhom/{group.pk}/xoa/").status_code == 404
    client.force_login(cast.thanh)
    assert client.post(f"/thiet-bi/nhom/{group.pk}/xoa/").status_code == 403
    assert client.post("/thiet-bi/nhom/grp-none/xoa/").status_code == 404
