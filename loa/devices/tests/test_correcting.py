"""Sơn corrects what is known of a cluster, takes a key away, ends a cluster."""

from datetime import date
from typing import Any

import pytest
from devicelink.keyring import fingerprint
from devicelink.messages import Message, Placement
from django.test import Client

from loa.audit.models import Entry
from loa.devices import actions, queries, signing
from loa.devices.models import Device, DeviceGroup, DeviceStatus
from loa.devices.rules.position import read_position, write_position
from loa.devices.tests.conftest import Hardware
from loa.kernel import clock
from loa.kernel.errors import Invalid, Unavailable
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(cast: Cast, hardware: Hardware) -> Device:
    """A loudspeaker at the market that is placed."""
    device = actions.add_device(actor=None, area=cast.quy_mong, name="Chợ", now=cast.now)
    code = actions.issue_claim_code(actor=None, device=device, now=cast.now)
    claimed = actions.accept_enrolment(request=hardware.request(code), now=cast.now)
    return actions.confirm_placement(
        actor=cast.son, device=claimed, fingerprint_seen=fingerprint(hardware.public_raw), now=cast.now
    )


def form_of(device: Device, **changed: Any) -> dict[str, Any]:
    """What the page sends when nothing is touched, but for `changed`."""
    known = {"name": device.name, "max_volume": device.max_volume, "hamlet": "", "sim_expires": "", "position": ""}
    return known | changed


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("21.6312, 104.7548", (21.6312, 104.7548)),
        ("21,6312; 104,7548", (21.6312, 104.7548)),
        (" 21.6312°  104.7548° ", (21.6312, 104.7548)),
        ("8, 111.9", (8.0, 111.9)),
    ],
)
def test_a_place_is_read_as_maps_write_it(text: str, place: tuple[float, float]) -> None:
    assert read_position(text) == place


@pytest.mark.parametrize("text", ["", "chợ", "21.6", "104.7548, 21.6312", "48.85, 2.35", "21.6 104.7 3"])
def test_what_is_no_place_in_the_country_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_position(text)


def test_a_place_reads_as_it_was_written() -> None:
    assert read_position(write_position(21.6312, 104.7548)) == (21.6312, 104.7548)
    assert write_position(None, 104.7548) == ""


def test_a_paid_sim_gets_its_new_day_and_the_worry_ends(client: Client, cast: Cast, market: Device) -> None:
    client.force_login(cast.son)
    answer = client.post(f"/thiet-bi/{market.pk}/sua/", form_of(market, sim_expires="31/12/2027"))
    assert answer.status_code == 302
    market.refresh_from_db()
    assert market.sim_expires == date(2027, 12, 31)
    assert Entry.objects.filter(verb="device.described", object_id=market.pk).count() == 1


def test_a_new_place_limit_and_group_stand_in_the_signed_placement(
    client: Client, cast: Cast, market: Device, signer: list[Message]
) -> None:
    river = actions.save_group(actor=None, area=cast.quy_mong, name="Ven sông", members=[], now=cast.now)
    client.force_login(cast.son)
    wish = form_of(market, max_volume="65", position="21.6312, 104.7548", groups=[river.pk], new_group="Chợ phiên")
    assert client.post(f"/thiet-bi/{market.pk}/sua/", wish).status_code == 302
    market.refresh_from_db()
    assert (market.max_volume, market.latitude, market.longitude) == (65, 21.6312, 104.7548)
    placement = next(message for message in reversed(signer) if isinstance(message, Placement))
    assert placement.max_volume == 65
    assert set(placement.groups) == {river.pk, DeviceGroup.objects.get(name="Chợ phiên").pk}


def test_saving_without_a_change_signs_and_records_nothing(
    client: Client, cast: Cast, market: Device, signer: list[Message]
) -> None:
    Device.objects.filter(pk=market.pk).update(latitude=21.735000000000003, longitude=104.77300000000001)
    client.force_login(cast.son)
    before, entries = len(signer), Entry.objects.count()
    shown = client.get(f"/thiet-bi/{market.pk}/").content.decode()
    assert "21.735, 104.773" in shown
    wish = form_of(market, position="21.735, 104.773")
    assert client.post(f"/thiet-bi/{market.pk}/sua/", wish).status_code == 302
    assert (len(signer), Entry.objects.count()) == (before, entries)


def test_one_refused_field_leaves_everything_as_it_was(client: Client, cast: Cast, market: Device) -> None:
    actions.save_group(actor=None, area=cast.quy_mong, name="Ven sông", members=[], now=cast.now)
    client.force_login(cast.son)
    answer = client.post(f"/thiet-bi/{market.pk}/sua/", form_of(market, name="Chợ mới", new_group="Ven sông"))
    assert answer.status_code == 422
    assert "đã có nhóm tên “Ven sông”" in answer.content.decode()
    market.refresh_from_db()
    assert market.name == "Chợ"


def test_a_stolen_loudspeaker_loses_its_key_with_a_reason(client: Client, cast: Cast, market: Device) -> None:
    client.force_login(cast.son)
    assert client.post(f"/thiet-bi/{market.pk}/thu-hoi-khoa/", {"revoke-reason": " "}).status_code == 422
    market.refresh_from_db()
    assert market.state == Device.State.PLACED
    assert client.post(f"/thiet-bi/{market.pk}/thu-hoi-khoa/", {"revoke-reason": "Mất trộm"}).status_code == 302
    market.refresh_from_db()
    assert (market.state, market.public_key) == (Device.State.REVOKED, "")
    assert queries.latest("placement", f"device/{market.pk}") is None
    assert Entry.objects.get(verb="device.revoked").facts["reason"] == "Mất trộm"


def test_a_cluster_that_is_gone_leaves_the_list_and_cannot_be_changed(
    client: Client, cast: Cast, market: Device
) -> None:
    client.force_login(cast.son)
    assert client.post(f"/thiet-bi/{market.pk}/ngung-dung/", {"retire-reason": "Dỡ cột"}).status_code == 302
    assert "Chợ" not in [row.device.name for row in queries.device_rows(cast.quy_mong.path, clock.now())]
    assert client.get(f"/thiet-bi/{market.pk}/sua/").status_code == 409
    assert "Sửa thông tin" not in client.get(f"/thiet-bi/{market.pk}/").content.decode()


def test_the_officer_sees_the_cluster_but_corrects_nothing(client: Client, cast: Cast, market: Device) -> None:
    client.force_login(cast.lan)
    assert client.get(f"/thiet-bi/{market.pk}/").status_code == 200
    assert client.get(f"/thiet-bi/{market.pk}/sua/").status_code == 403
    assert client.post(f"/thiet-bi/{market.pk}/ngung-dung/", {"retire-reason": "x"}).status_code == 403


def test_the_page_waits_for_the_code_that_was_issued_and_does_not_offer_the_first_step_again(
    client: Client, cast: Cast
) -> None:
    pole = actions.add_device(actor=None, area=cast.quy_mong, name="Bến đò", now=cast.now)
    client.force_login(cast.son)
    client.post(f"/thiet-bi/{pole.pk}/ghep-noi/")
    page = client.get(f"/thiet-bi/{pole.pk}/ghep-noi/").content.decode()
    assert "Đang chờ thiết bị nhập mã" in page
    assert "Lấy mã khác" in page


def test_the_page_with_the_code_is_told_when_the_hardware_has_come(
    client: Client, cast: Cast, hardware: Hardware
) -> None:
    pole = actions.add_device(actor=None, area=cast.quy_mong, name="Bến đò", now=cast.now)
    code = actions.issue_claim_code(actor=cast.son, device=pole, now=clock.now())
    client.force_login(cast.son)
    waiting = client.get(f"/thiet-bi/{pole.pk}/ghep-noi/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in waiting
    assert "So mã khóa" not in waiting
    actions.accept_enrolment(request=hardware.request(code), now=clock.now())
    told = client.get(f"/thiet-bi/{pole.pk}/ghep-noi/", headers={"HX-Request": "true"}).content.decode()
    assert "So mã khóa" in told


def test_a_part_of_the_page_brings_a_worry_without_a_reload(client: Client, cast: Cast, market: Device) -> None:
    client.force_login(cast.son)
    DeviceStatus.objects.create(device=market, state="online", cause="connected", since=cast.now, trouble="no_card")
    part = client.get(f"/thiet-bi/{market.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "cạc âm thanh không trả lời" in part


def test_when_the_signer_is_away_nothing_that_was_typed_is_lost(
    client: Client, cast: Cast, market: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(messages: object) -> list[str]:
        raise Unavailable("Bộ phận ký lệnh đang tạm nghỉ.")

    monkeypatch.setattr(signing, "sign_all", away)
    client.force_login(cast.son)
    answer = client.post(f"/thiet-bi/{market.pk}/sua/", form_of(market, name="Chợ mới", max_volume="65"))
    page = answer.content.decode()
    assert "Bộ phận ký lệnh đang tạm nghỉ." in page
    assert "Chợ mới" in page
    market.refresh_from_db()
    assert (market.name, market.max_volume) == ("Chợ", 80)
