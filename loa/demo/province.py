"""The loudspeakers of all other communes of the province, so that a technician has something to look after.

They are rows and nothing else (`Device.sample`): no key, no placement, no plan, no claim code. No agent runs for them,
the gateway neither waits for them nor blames them, and nothing is ever signed for them. What they are and where they
stand follows from the commune's code, how they are from the code and the day.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.db import connection, transaction

from loa.areas.models import Area
from loa.areas.queries import valid_on
from loa.areas.rules import Kind, Level
from loa.demo import states
from loa.demo.places import Places
from loa.demo.states import Story
from loa.devices.models import Device, DeviceStatus, Transition
from loa.devices.rules.condition import Cause
from loa.kernel.clock import local

FEWEST, MOST = 8, 12
SPREAD = 0.018  # degrees around the commune's point, about 2 km
SPOTS = ("Chợ", "Trạm Y tế", "Trường Tiểu học", "Trường THCS", "Sân vận động", "Bưu điện - văn hóa", "Ngã ba trung tâm")
# Of the two archipelagos nothing is invented.
UNTOLD = frozenset({"Hoàng Sa", "Trường Sa"})
SETTLED = ("name", "area", "number", "volume", "sim_expires", "latitude", "longitude", "made_at")


@dataclass(slots=True)
class Rows:
    """What is written, in this order."""

    devices: list[Device]
    statuses: list[DeviceStatus]
    transitions: list[Transition]


@transaction.atomic
def prepare(places: Places, now: datetime) -> int:
    """Make them as they are on the day of `now`, or bring them there; returns how many there are."""
    rows = Rows([], [], [])
    for commune in communes(places, now):
        _tell(commune, rows, now)
    DeviceStatus.objects.filter(device__sample=True).delete()
    Transition.objects.filter(device__sample=True).delete()
    Device.objects.bulk_create(
        rows.devices, batch_size=1000, update_conflicts=True, unique_fields=["id"], update_fields=list(SETTLED)
    )
    Device.objects.filter(sample=True).exclude(pk__in=[device.pk for device in rows.devices]).delete()
    DeviceStatus.objects.bulk_create(rows.statuses, batch_size=1000)
    Transition.objects.bulk_create(rows.transitions, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("analyze devices_device, devices_devicestatus, devices_transition")
    return len(rows.devices)


def communes(places: Places, now: datetime) -> list[Area]:
    """Those of the province that are not alive."""
    alive = (places.home.pk, places.neighbour.pk)
    below = Area.objects.filter(valid_on(local(now).date()), parent=places.province, level=Level.COMMUNE)
    return list(below.exclude(pk__in=alive).exclude(name__in=UNTOLD).exclude(latitude=None))


def _tell(commune: Area, rows: Rows, now: datetime) -> None:
    fixed, daily = Random(commune.code), Random(f"{commune.code} {local(now).date()}")  # noqa: S311 - samples
    devices = list(_devices(commune, fixed, now))
    outage = now - timedelta(minutes=daily.randint(35, 340))
    for device, story in zip(devices, states.stories(daily, len(devices)), strict=True):
        began = states.since(story, daily, now, outage)
        device.sim_expires = _sim(story, began, fixed.randint(20, 330), now)
        rows.devices.append(device)
        rows.statuses.append(states.status(device, story, began, daily, now))
        rows.transitions += states.past(device, story, began, daily)


def _sim(story: Story, began: datetime, usual: int, now: datetime) -> date:
    """Its last day: when it fell silent for it, or some time ahead (`usual` days)."""
    if story.cause == Cause.SIM_EXPIRED:
        return local(began).date()
    return local(now).date() + timedelta(days=story.sim_days if story.sim_days is not None else usual)


def _devices(commune: Area, chance: Random, now: datetime) -> Iterator[Device]:
    for number, name in enumerate(_names(commune, chance), 1):
        code = hashlib.sha256(f"sample {commune.path} {number}".encode()).hexdigest()
        yield Device(
            id=f"spk-{code[:16]}",
            complaint_id=code[16:26],
            sample=True,
            area=commune,
            number=number,
            name=name,
            volume=chance.choice((60, 65, 70, 70, 75, 80)),
            latitude=(commune.latitude or 0) + (0 if number == 1 else chance.uniform(-SPREAD, SPREAD)),
            longitude=(commune.longitude or 0) + (0 if number == 1 else chance.uniform(-SPREAD, SPREAD)),
            made_at=now - timedelta(days=chance.randint(120, 400)),
        )


def _names(commune: Area, chance: Random) -> Iterable[str]:
    """The seat first, then some spots, then the houses of culture of its hamlets."""
    seat = {Kind.WARD: "UBND phường", Kind.SPECIAL_ZONE: "UBND đặc khu"}.get(Kind(commune.kind), "UBND xã")
    hamlet = "Nhà văn hóa tổ dân phố" if commune.kind == Kind.WARD else "Nhà văn hóa thôn"
    count = chance.randint(FEWEST, MOST)
    spots = chance.sample(SPOTS, 3)
    return [seat, *spots, *(f"{hamlet} {number}" for number in range(1, count - len(spots)))]
