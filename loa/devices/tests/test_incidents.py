"""A hundred poles fall silent with one operator: one notice, that fills, empties and closes by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loa.areas.models import Area
from loa.devices import actions
from loa.devices.models import Device, DeviceStatus, Incident, IncidentMember, PlannedOutage
from loa.devices.rules.condition import Cause, State
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def stand(area: Area, cast: Cast, operator: str, count: int) -> list[Device]:
    """So many poles with cards of this operator, all well."""
    first = Device.objects.filter(area=area).count()
    rows = [
        Device(
            id=f"{area.code}-{operator}-{n}", area=area, number=first + n + 1, name=f"Cột {n}", made_at=cast.now,
            public_key=f"{area.code}{operator}{n}", state=Device.State.PLACED, sim_operator=operator,
        )
        for n in range(count)
    ]  # fmt: skip
    Device.objects.bulk_create(rows)
    DeviceStatus.objects.bulk_create(
        DeviceStatus(device=row, state=State.ONLINE, cause=Cause.CONNECTED, since=cast.now, clock_bound=9, uptime=10**9)
        for row in rows
    )
    return rows


def silence(devices: list[Device], at: object, cause: str = Cause.SILENT_LINK) -> None:
    DeviceStatus.objects.filter(pk__in=devices).update(state=State.SILENT, cause=cause, since=at)


def come_back(devices: list[Device], at: object) -> None:
    DeviceStatus.objects.filter(pk__in=devices).update(state=State.ONLINE, cause=Cause.CONNECTED, since=at)


def members(row: Incident) -> int:
    return row.members.filter(left_at=None).count()


def test_hundred_poles_of_one_operator_are_one_incident(cast: Cast) -> None:
    viettel = [*stand(cast.quy_mong, cast, "Viettel", 50), *stand(cast.tran_yen, cast, "Viettel", 50)]
    stand(cast.quy_mong, cast, "MobiFone", 20)
    silence(viettel[:95], cast.now)
    actions.update_incidents(now=cast.now + MINUTE)
    assert not Incident.objects.exists()
    actions.update_incidents(now=cast.now + 4 * MINUTE)
    row = Incident.objects.get()
    assert (row.fault, row.operator, row.area, members(row)) == ("network", "Viettel", cast.lao_cai, 95)
    assert DeviceStatus.objects.filter(fault="network").count() == 95
    silence(viettel[95:], cast.now + 6 * MINUTE)
    actions.update_incidents(now=cast.now + 10 * MINUTE)
    assert members(row) == 100
    come_back(viettel[:99], cast.now + 20 * MINUTE)
    actions.update_incidents(now=cast.now + 21 * MINUTE)
    assert members(row) == 1
    come_back(viettel, cast.now + 22 * MINUTE)
    for later in (23, 25, 29):
        actions.update_incidents(now=cast.now + later * MINUTE)
    row.refresh_from_db()
    assert row.closed_at == cast.now + 29 * MINUTE
    assert IncidentMember.objects.count() == 100
    assert not DeviceStatus.objects.exclude(fault="").exists()


def test_nothing_is_written_while_nothing_changes(cast: Cast) -> None:
    silence(stand(cast.quy_mong, cast, "Viettel", 3), cast.now, Cause.SIM_EXPIRED)
    assert actions.update_incidents(now=cast.now) == 1
    assert actions.update_incidents(now=cast.now + MINUTE) == 0


def test_a_cut_that_was_announced_opens_nothing_until_it_outlasts_its_time(cast: Cast) -> None:
    poles = stand(cast.quy_mong, cast, "Viettel", 4)
    plan: dict[str, Any] = {"kind": "power", "area": cast.quy_mong, "reason": "Thay dây", "source": "Điện lực Trấn Yên"}
    until = cast.now + 60 * MINUTE
    outage = actions.plan_outage(actor=cast.lan, starts=cast.now, ends=until, now=cast.now, **plan)
    silence(poles, cast.now + 2 * MINUTE, Cause.POWER_LOST)
    actions.update_incidents(now=cast.now + 9 * MINUTE)
    assert not Incident.objects.exists()
    assert DeviceStatus.objects.filter(fault="planned").count() == 4
    actions.update_incidents(now=until + 31 * MINUTE)
    assert Incident.objects.get().fault == "power"
    actions.cancel_outage(actor=cast.son, outage=outage, now=cast.now)
    with pytest.raises(Refusal, match="đã được bỏ"):
        actions.cancel_outage(actor=cast.son, outage=outage, now=cast.now)


def test_outages_are_noted_by_those_who_look_after_the_place(cast: Cast) -> None:
    plan: dict[str, Any] = {
        "kind": "power",
        "reason": "",
        "source": "Điện lực",
        "starts": cast.now,
        "ends": cast.now + MINUTE,
    }
    with pytest.raises(NotFound):
        actions.plan_outage(actor=cast.mai, area=cast.quy_mong, now=cast.now, **plan)
    with pytest.raises(Denied):
        actions.plan_outage(actor=cast.thanh, area=cast.quy_mong, now=cast.now, **plan)
    wrongs: list[dict[str, Any]] = [{"ends": cast.now}, {"ends": cast.now + timedelta(days=60)}, {"source": " "}]
    for wrong in wrongs:
        with pytest.raises(Invalid):
            actions.plan_outage(actor=cast.lan, area=cast.quy_mong, now=cast.now, **(plan | wrong))
    assert not PlannedOutage.objects.exists()


def test_the_day_and_the_pages_tell_one_line_for_one_cause(client: Client, cast: Cast) -> None:
    poles = [*stand(cast.quy_mong, cast, "Viettel", 6), *stand(cast.tran_yen, cast, "Viettel", 6)]
    silence(poles, cast.now - 9 * MINUTE)
    stand(cast.quy_mong, cast, "MobiFone", 4)
    actions.update_incidents(now=cast.now)
    row = Incident.objects.get()
    client.force_login(cast.lan)
    day = client.get("/", follow=True).content.decode()
    assert day.count("Nhà mạng Viettel gặp sự cố: 6 cụm loa mất liên lạc") == 1
    assert "Cột 3" not in day
    page = client.get("/thiet-bi/su-co/").content.decode()
    assert "Nhà mạng Viettel gặp sự cố: 6 cụm loa mất liên lạc" in page
    mine = client.get(f"/thiet-bi/su-co/{row.pk}/").content.decode()
    assert cast.tran_yen.full_name not in mine
    listed = client.get("/thiet-bi/").content.decode()
    assert "Nhà mạng gặp sự cố" in listed
    assert "cần người" not in listed
    client.force_login(cast.son)
    assert "12 cụm loa" in client.get(f"/thiet-bi/su-co/{row.pk}/").content.decode()
    come_back(poles, cast.now)
    actions.update_incidents(now=cast.now + MINUTE)
    assert "Không còn cụm loa nào bị" in client.get(f"/thiet-bi/su-co/{row.pk}/").content.decode()


def test_lan_notes_what_the_electricity_company_announced(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    typed = {"kind": "power", "hamlet": cast.thon_5.pk, "day": "1/9/2036", "starts": "22:00", "ends": "5:30"}
    address = "/thiet-bi/su-co/bao-truoc/"
    assert client.post(address, typed).status_code == 422
    assert client.post(address, typed | {"source": "Điện lực Trấn Yên"}).status_code == 302
    row = PlannedOutage.objects.get()
    assert (row.area, (row.ends - row.starts).total_seconds()) == (cast.thon_5, 7.5 * 3600)
    assert "Điện lực Trấn Yên" in client.get("/thiet-bi/su-co/").content.decode()
    assert client.post(f"{address}{row.pk}/bo/").status_code == 302
    assert "Điện lực Trấn Yên" not in client.get("/thiet-bi/su-co/").content.decode()
    client.force_login(cast.thanh)
    assert client.get(address).status_code == 403
