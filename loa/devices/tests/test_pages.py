"""Thiết bị as the technician and the officer see it."""

from datetime import date

import nacl.bindings
import pytest
from devicelink.jws import encode64
from django.test import Client

from loa.devices import actions
from loa.devices.models import Device, DeviceStatus
from tests.cast import Cast, cast  # noqa: F401


@pytest.fixture
def market(cast: Cast) -> Device:  # noqa: F811
    return actions.add_device(actor=None, area=cast.quy_mong, name="Chợ Quy Mông", now=cast.now)


def test_the_silent_cluster_stands_first_with_its_cause(client: Client, cast: Cast, market: Device) -> None:  # noqa: F811
    ferry = actions.add_device(
        actor=None, area=cast.quy_mong, name="Bến đò", now=cast.now, sim_expires=date(2026, 8, 20)
    )
    DeviceStatus.objects.create(device=market, state="online", cause="connected", since=cast.now, clock_bound=5)
    DeviceStatus.objects.create(device=ferry, state="silent", cause="sim_expired", since=cast.now)
    client.force_login(cast.lan)
    page = client.get("/thiet-bi/").content.decode()
    assert page.index("Bến đò") < page.index("Chợ Quy Mông")
    assert "Hết hạn SIM" in page


def test_the_neighbours_officer_finds_no_page_of_this_cluster(client: Client, cast: Cast, market: Device) -> None:  # noqa: F811
    client.force_login(cast.mai)
    assert client.get(f"/thiet-bi/{market.pk}/").status_code == 404
    assert client.post(f"/thiet-bi/{market.pk}/am-luong/", {"volume": 10}).status_code == 404
    assert client.get("/thiet-bi/?don-vi=vn.15.04531").status_code == 404


def test_a_technician_gets_a_code_once_and_compares_the_key(client: Client, cast: Cast, market: Device) -> None:  # noqa: F811
    client.force_login(cast.son)
    shown = client.post(f"/thiet-bi/{market.pk}/ghep-noi/").content.decode()
    assert "Mã chỉ hiện lần này" in shown
    assert "<svg" in shown
    public, _ = nacl.bindings.crypto_sign_seed_keypair(bytes(32))
    Device.objects.filter(pk=market.pk).update(public_key=encode64(public), state="claimed")
    compare = client.get(f"/thiet-bi/{market.pk}/ghep-noi/").content.decode()
    assert "So mã khóa" in compare
    unread = client.post(f"/thiet-bi/{market.pk}/ghep-noi/xac-nhan/", {"fingerprint": "x"})
    assert unread.status_code == 422
    assert "Hãy so hai mã" in unread.content.decode()


def test_an_officer_cannot_hand_out_claim_codes(client: Client, cast: Cast, market: Device) -> None:  # noqa: F811
    client.force_login(cast.lan)
    assert client.post(f"/thiet-bi/{market.pk}/ghep-noi/").status_code == 403


def test_too_loud_is_refused_with_the_limit(client: Client, cast: Cast, market: Device) -> None:  # noqa: F811
    client.force_login(cast.lan)
    answer = client.post(f"/thiet-bi/{market.pk}/am-luong/", {"volume": 95})
    assert answer.status_code == 409
    assert "tối đa 80%" in answer.content.decode()


def test_a_province_sees_its_communes_worst_first(client: Client, cast: Cast, market: Device) -> None:  # noqa: F811
    quiet = actions.add_device(actor=None, area=cast.tran_yen, name="UBND xã", now=cast.now)
    DeviceStatus.objects.create(device=quiet, state="online", cause="connected", since=cast.now)
    client.force_login(cast.son)
    page = client.get("/thiet-bi/").content.decode()
    assert page.index("Xã Quy Mông") < page.index("Xã Trấn Yên")
