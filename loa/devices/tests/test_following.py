"""New hours of a place come to its loudspeakers; a place whose rules the signer refuses holds up nobody else."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from devicelink.messages import Message, Placement
from django.test import Client
from django.urls import reverse

from loa.areas.models import Area, OperatingRules
from loa.devices import actions, signing
from loa.devices.actions.placing import following
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def placed(area: Area, name: str) -> Device:
    return Device.objects.create(
        area=area, number=1, name=name, made_at=clock.now(), state=Device.State.PLACED, public_key=name.ljust(43, "A")
    )


def short_day(area: Area, cast: Cast) -> None:
    OperatingRules.objects.create(
        area=area,
        starts=local(cast.now).date() - timedelta(days=1),
        document="QĐ 12",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "06:00", "to": "20:00"}],
    )


def test_a_commune_that_is_refused_holds_up_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    market, ferry = placed(cast.quy_mong, "market"), placed(cast.tran_yen, "ferry")
    assert actions.refresh_places(now=cast.now) == 2
    for area in (cast.quy_mong, cast.tran_yen):
        short_day(area, cast)
    sign = signing.sign_all

    def refuse(messages: Sequence[Message]) -> list[str]:
        if any(isinstance(one, Placement) and one.area == cast.quy_mong.path for one in messages):
            raise Refusal("Bộ phận ký từ chối.", code="signer_not_approved", facts={"detail": "nobody confirmed"})
        return sign(messages)

    monkeypatch.setattr(signing, "sign_all", refuse)
    before = Device.objects.get(pk=market.pk).plan_set_id
    assert actions.refresh_places(now=cast.now) == 1
    assert "nobody confirmed" in caplog.text
    assert following(cast.tran_yen.path, cast.now).placed == 1
    assert following(cast.quy_mong.path, cast.now).placed == 0
    assert Device.objects.get(pk=market.pk).plan_set_id == before
    assert Device.objects.get(pk=ferry.pk).plan_set_id != before


def test_the_line_for_the_page_about_hours(cast: Cast, client: Client) -> None:
    address = reverse("devices:following", args=[cast.quy_mong.path])
    client.force_login(cast.thanh)
    assert "Chưa có cụm loa nào" in client.get(address).content.decode()
    placed(cast.quy_mong, "market")
    assert "0 cụm đã được giao" in client.get(address).content.decode()
    actions.refresh_places(now=clock.now())
    assert "tất cả đã được giao" in client.get(address).content.decode()
    client.force_login(cast.mai)
    assert client.get(address).status_code == 404
