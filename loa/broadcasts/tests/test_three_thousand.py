"""A province with three thousand loudspeakers in thirty communes: its pages ask as little as with fifteen."""

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.areas.models import Area
from loa.areas.rules import Kind, Level
from loa.broadcasts.models import Airing, Delivery, PlanDay, PlayProof, Schedule, Sending
from loa.broadcasts.queries import rollcall, sendings
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.deliveries import State as How
from loa.broadcasts.rules.rollcall import Standing
from loa.broadcasts.tests.conftest import approval, at, version
from loa.bulletins.models import Version
from loa.devices.models import Device, DeviceStatus, Incident, IncidentMember, PlanSet, Transition
from loa.devices.rules.condition import Cause, State
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from tests.cast import Cast, unit

pytestmark = pytest.mark.django_db
LENGTH_MS = 60_000
OPEN = {"windows": [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "start": 300, "end": 1260}], "utc_offset": 420}


@dataclass
class Province:
    """What was sent down, and the incident."""

    cast: Cast
    communes: list[Area]
    sending: Sending
    version: Version
    incident: Incident


def commune(cast: Cast, number: int) -> Area:
    return unit(f"vn.15.9{number:04}", f"Xã số {number}", Kind.COMMUNE, Level.COMMUNE, cast.lao_cai)


def poles(area: Area, operator: str, count: int, cast: Cast) -> list[Device]:
    own = PlanSet.objects.create(id=f"set-{area.code}", area=area, signature=area.code, made_at=cast.now, hours=OPEN)
    return [
        Device(
            id=f"{area.code}-{number}", area=area, number=number, name=f"Cột {number}", made_at=cast.now,
            public_key=f"{area.code}{number}", state=Device.State.PLACED, sim_operator=operator, plan_set=own,
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


def proof(device: Device, airing: Airing, cast: Cast) -> PlayProof:
    return PlayProof(
        device=device, boot="b1", count=1, airing=airing.pk, planned=airing.start, started=airing.start,
        rendered_ms=LENGTH_MS, outcome="played", plan=1, clock_bound=9, hash="h", stored_at=cast.now, area=device.area,
    )  # fmt: skip


def found(cast: Cast, operator: str, communes: int, each: int) -> Province:
    """So many communes with so many loudspeakers each: two days of storm warnings, of which four of five were heard;
    then all of them are lost with their operator."""
    areas = [commune(cast, number + len(operator) * 100) for number in range(communes)]
    Area.objects.bulk_create(areas)
    devices = [pole for area in areas for pole in poles(area, operator, each, cast)]
    Device.objects.bulk_create(devices)
    DeviceStatus.objects.bulk_create(
        DeviceStatus(device=row, state=State.SILENT, cause=Cause.SILENT_LINK, since=cast.now) for row in devices
    )
    own = version(
        cast,
        f"Bão số 5 {operator}",
        author=cast.minh_anh,
        area=cast.lao_cai,
        priority="priority",
        submitted_at=cast.now,
    )
    today = local(cast.now).date()
    facts = {"bulletin": own.bulletin, "version": own, "pattern": "once", "times": ["17:00"], "state": "approved",
             "made_by": cast.minh_anh, "made_at": cast.now, "first_day": today}  # fmt: skip
    allowed = approval(cast, Schedule(area=cast.lao_cai, **facts), targets.Target())
    sending = Sending.objects.create(
        bulletin=own.bulletin, area=cast.lao_cai, first_day=today, last_day=today, made_by=cast.minh_anh,
        made_at=cast.now, state="sent", version=own, approval=allowed,
    )  # fmt: skip
    schedules = [Schedule(area=area, approval=allowed, **facts) for area in areas]
    Schedule.objects.bulk_create(schedules)
    Delivery.objects.bulk_create(
        Delivery(sending=sending, area=row.area, state="scheduled", schedule=row, made_at=cast.now) for row in schedules
    )
    start = at(cast, 17)
    airings = [
        Airing(
            id=f"a-{row.area.code}", schedule=row, approval=allowed, title="Bão số 5", start=start, latest=start,
            duration_ms=LENGTH_MS, priority="priority", level="province", issued_at=cast.now,
        )
        for row in schedules
    ]  # fmt: skip
    Airing.objects.bulk_create(airings)
    PlanDay.objects.bulk_create(
        PlanDay(
            plan_set_id=f"set-{row.area.code}", day=today, airings=[{"id": f"a-{row.area.code}", "at": to_ms(start)}]
        )
        for row in schedules
    )
    by_area = {row.schedule.area_id: row for row in airings}
    PlayProof.objects.bulk_create(proof(row, by_area[row.area_id], cast) for row in devices if row.number % 5)
    Transition.objects.bulk_create(
        Transition(device=row, at=cast.now, state=State.SILENT, cause=Cause.SILENT_LINK) for row in devices
    )
    incident = Incident.objects.create(fault="network", area=cast.lao_cai, operator=operator, opened_at=cast.now)
    IncidentMember.objects.bulk_create(
        IncidentMember(incident=incident, device=row, joined_at=cast.now) for row in devices
    )
    return Province(cast, areas, sending, own, incident)


def cost(work: Callable[[], object], what: str) -> int:
    """How many questions; the CPU time is printed (-s)."""
    began = process_time()
    with CaptureQueriesContext(connection) as asked:
        work()
    print(f"{what}: {len(asked)} queries, {(process_time() - began) * 1000:.0f} ms CPU")
    return len(asked)


@pytest.fixture
def evening(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(cast, 18))


def pages(province: Province) -> dict[str, str]:
    return {
        "the sender's table": f"/phat-xuong/{province.sending.pk}/",
        "who sounded": f"/so-nhat-ky/ban-tin/{province.version.bulletin_id}/",
        "who was silent": f"/so-nhat-ky/ban-tin/{province.version.bulletin_id}/?muc=unknown",
        "the incident": f"/thiet-bi/su-co/{province.incident.pk}/",
    }


@pytest.fixture
def small_and_large(cast: Cast, evening: None) -> tuple[Province, Province]:
    """Fifteen loudspeakers of one operator, three thousand of another."""
    return found(cast, "Viettel", 3, 5), found(cast, "MobiFone", 30, 100)


def test_the_pages_of_three_thousand_ask_as_often_as_those_of_fifteen(
    small_and_large: tuple[Province, Province], cast: Cast, client: Client
) -> None:
    client.force_login(cast.minh_anh)
    client.get("/hom-nay/")
    asked: list[dict[str, int]] = []
    for province in small_and_large:
        said, costs = f"{len(province.communes)} communes", {}
        for what, address in pages(province).items():
            costs[what] = cost(lambda address=address: client.get(address), f"{what}, {said}")  # type: ignore[misc]
        asked.append(costs)
    few, many = asked
    assert few == many
    assert max(many.values()) <= 25, many


def test_what_the_pages_say_is_right_for_all_three_thousand(
    small_and_large: tuple[Province, Province], cast: Cast, client: Client
) -> None:
    _, large = small_and_large
    table = sendings.table(large.sending, at(cast, 18))
    assert {(row.state, row.share) for row in table} == {(How.PLAYED, "80/100 cụm")}
    called = rollcall.of_bulletin(large.version.bulletin, cast.lao_cai, at(cast, 18))
    assert dict(called.count.by) == {Standing.UNKNOWN: 600, Standing.PROVED: 2400}
    client.force_login(cast.son)
    page = client.get(f"/thiet-bi/su-co/{large.incident.pk}/").content.decode()
    assert "Nhà mạng MobiFone gặp sự cố: 3000 cụm loa mất liên lạc" in page
    assert page.count("/thiet-bi/9") < 400, "the rest is a page away"
    assert len(page) < 400_000
    one = large.communes[7]
    narrowed = client.get(f"/thiet-bi/su-co/{large.incident.pk}/?don-vi={one.path}").content.decode()
    assert "100 cụm loa mất liên lạc" in narrowed
    assert narrowed.count(f"/thiet-bi/{one.code}-") == 100
    client.force_login(cast.lan)
    assert client.get(f"/thiet-bi/su-co/{large.incident.pk}/?don-vi={one.path}").status_code == 404
