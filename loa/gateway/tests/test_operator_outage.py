"""The operator outage: a hundred loudspeakers of one operator in two communes are gone within a minute, and come back.

Real engine, real gateway, real database, real mail server on loopback: the line breaks, the gateway sees it, the
diagnosis finds one cause, each person with a place in it gets one letter, and one that it is over.
"""
# ruff: noqa: F811 - fixtures from a neighbour

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import nacl.bindings
import pytest
from devicelink.jws import encode64
from django.test import Client as Browser

from loa.areas.models import Area
from loa.devices.actions import update_incidents
from loa.devices.models import Device, DeviceStatus, Incident, IncidentMember, Transition
from loa.devices.rules import condition
from loa.gateway.tests.conftest import RunningGateway, wait_until
from loa.gateway.tests.mqtt import SimulatedDevice
from loa.gateway.tests.whole import running  # noqa: F401 - fixture
from loa.kernel.clock import now
from loa.notifications import actions
from loa.notifications.models import Notification, Preference, Told
from loa.notifications.tests.conftest import post  # noqa: F401 - fixture
from loa.notifications.tests.mailbox import Mailbox
from loa.people.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
VIETTEL, MOBIFONE = 50, 10  # in each of the two communes


def seed_of(device: str) -> bytes:
    return hashlib.sha256(device.encode()).digest()


def stand(area: Area, operator: str, count: int, at: datetime) -> list[Device]:
    """So many poles with cards of this operator, whose keys are known and that were never heard of."""
    first = Device.objects.filter(area=area).count()
    rows = []
    for number in range(first + 1, first + count + 1):
        name = f"spk-{area.code}-{number}"
        public = encode64(nacl.bindings.crypto_sign_seed_keypair(seed_of(name))[0])
        rows.append(
            Device(
                id=name, area=area, number=number, name=f"Cột {number}", made_at=at, public_key=public,
                state=Device.State.PLACED, sim_operator=operator,
            )
        )  # fmt: skip
    Device.objects.bulk_create(rows)
    DeviceStatus.objects.bulk_create(DeviceStatus(device=row, since=at, clock_bound=9, uptime=10**9) for row in rows)
    return rows


def people(cast: Cast) -> list[User]:
    """Everybody has an address; nobody is quiet at any time, so that the story is the same at every hour."""
    listed = [cast.lan, cast.thanh, cast.mai, cast.son, cast.bao]
    for person in listed:
        person.email = f"{person.username}@loa.example"
        person.save(update_fields=["email"])
        Preference.objects.create(user=person, quiet_from="00:00", quiet_until="00:00", changed_at=cast.now)
    return listed


@pytest.fixture
def poles(cast: Cast) -> dict[str, list[Device]]:
    """By operator, in two communes, there before the gateway is."""
    found: dict[str, list[Device]] = {"Viettel": [], "MobiFone": []}
    for area in (cast.quy_mong, cast.tran_yen):
        found["Viettel"] += stand(area, "Viettel", VIETTEL, cast.now)
        found["MobiFone"] += stand(area, "MobiFone", MOBIFONE, cast.now)
    return found


def come(gateway: RunningGateway, devices: Sequence[Device]) -> list[SimulatedDevice]:
    """They log in."""
    port, members = gateway.engine.listen.mqtt, gateway.hub.world.members
    return [
        SimulatedDevice(port, row.pk, seed_of(row.pk), members[row.pk].commune).come() for row in devices
    ]  # fmt: skip


def states(devices: Sequence[Device]) -> Counter[str]:
    """What the database says of them, as the gateway has written it."""
    return Counter(DeviceStatus.objects.filter(device__in=devices).values_list("state", flat=True))


def stand_as(devices: Sequence[Device], state: str) -> bool:
    return states(devices) == {state: len(devices)}


def minute(at: datetime) -> None:
    """What the platform does once a minute."""
    update_incidents(now=at)
    actions.reconcile(now=at)
    actions.send_letters(clock=lambda: at)


def letters(post: Mailbox) -> dict[str, list[str]]:
    """Subjects by address."""
    found: dict[str, list[str]] = {}
    for one in post.letters:
        found.setdefault(str(one["To"]), []).append(" ".join(str(one["Subject"]).split()))
    return found


def test_hundred_lost_are_one_incident_one_notice_each_and_one_word_that_it_is_over(
    cast: Cast, poles: dict[str, list[Device]], post: Mailbox, monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest, client: Browser,
) -> None:  # fmt: skip
    monkeypatch.setattr(condition, "RECONNECT_GRACE", timedelta(seconds=1))
    people(cast)
    viettel, others = poles["Viettel"], poles["MobiFone"]
    gateway: RunningGateway = request.getfixturevalue("running")
    lines = come(gateway, viettel)
    come(gateway, others)
    wait_until(partial(stand_as, [*viettel, *others], "online"))

    began = time.monotonic()
    for line in lines:
        line.hang_up()
    wait_until(partial(stand_as, viettel, "silent"))
    assert time.monotonic() - began < 60
    assert stand_as(others, "online")
    lost = now()
    assert Transition.objects.filter(device__in=viettel, state="silent").count() == len(viettel)
    for later in (1, 2, 4, 5, 6, 8):
        minute(lost + later * MINUTE)

    incident = Incident.objects.get()
    assert (incident.fault, incident.operator, incident.area) == ("network", "Viettel", cast.lao_cai)
    assert incident.members.filter(left_at=None).count() == 2 * VIETTEL
    notice = Notification.objects.get()
    assert (notice.kind, notice.rows) == ("incident", 2 * VIETTEL)
    assert set(Told.objects.values_list("user__username", "rows")) == {("lan", VIETTEL), ("mai", VIETTEL)}
    said = f"Nhà mạng Viettel gặp sự cố: {VIETTEL} cụm loa mất liên lạc"
    assert letters(post) == {"lan@loa.example": [said], "mai@loa.example": [said]}
    check_pages(client, cast, said)

    come(gateway, viettel)
    wait_until(partial(stand_as, viettel, "online"))
    for later in (9, 10, 12, 14, 15, 19, 20):  # between two letters to one person lie ten minutes
        minute(lost + later * MINUTE)
    incident.refresh_from_db()
    notice.refresh_from_db()
    assert incident.closed_at == lost + 14 * MINUTE
    assert notice.closed_at == lost + 9 * MINUTE
    assert IncidentMember.objects.count() == 2 * VIETTEL
    over = [said, f"Đã xong: {said}"]
    assert letters(post) == {"lan@loa.example": over, "mai@loa.example": over}
    assert Notification.objects.count() == Incident.objects.count() == 1
    client.force_login(cast.lan)
    page = client.get("/thiet-bi/su-co/").content.decode()
    assert page.count(said) == 1
    assert "Không có việc nào đang chờ" in client.get("/thong-bao/").content.decode()


def check_pages(client: Browser, cast: Cast, said: str) -> None:
    """One line for one cause, with the own loudspeakers only; the technician sees all of it."""
    client.force_login(cast.lan)
    page: Any = client.get("/thong-bao/").content.decode()
    assert page.count(said) == 1
    client.force_login(cast.son)
    assert f"{2 * VIETTEL} cụm loa mất liên lạc" in client.get("/thiet-bi/su-co/").content.decode()
