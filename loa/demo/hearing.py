"""Two months of self-tests of the simulated loudspeakers, so that the trend of their level has something to show.

Samples, signed by nobody: no loudspeaker stood there before today. One cluster fades from week to week.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from loa.demo import cast
from loa.demo.places import Places
from loa.devices.models import Device, DeviceStatus, Hardware, SelfTest
from loa.devices.queries.hearing import judged
from loa.kernel.clock import local

BOOT = "sample"
DAYS = 60
LEVEL_DB = -30.0  # what a simulated ear hears of a whole loudspeaker
WAVER_DB = 0.4
FADES_DB = 4.0  # over the whole time
FIRST = timedelta(hours=5, minutes=47)  # after the first programme of the day


@transaction.atomic
def prepare(places: Places, now: datetime) -> None:
    """One test a day until yesterday of every cluster of the two living communes; may be called again."""
    if SelfTest.objects.filter(boot=BOOT).exists():
        return
    devices = list(Device.objects.filter(area__in=(places.home, places.neighbour), state=Device.State.PLACED))
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    began = midnight - timedelta(days=DAYS)
    Hardware.objects.filter(device__in=devices, until=None, since__gt=began).update(since=began)
    for device in devices:
        fades = FADES_DB if device.area == places.home and device.number == cast.FADING else 0.0
        SelfTest.objects.bulk_create(_rows(device, began, fades, now))
        DeviceStatus.objects.filter(pk=device.pk).update(hearing=judged(device).hearing)


def _rows(device: Device, began: datetime, fades: float, now: datetime) -> Iterable[SelfTest]:
    chance = Random(device.number)  # noqa: S311 - only to look alive
    for day in range(DAYS):
        level = LEVEL_DB - fades * day / DAYS + chance.gauss(0, WAVER_DB)
        at = began + timedelta(days=day, seconds=3 * device.number) + FIRST
        yield SelfTest(
            device=device, boot=BOOT, at=at, verdict="heard", ear="microphone", level=round(level, 2), noise=-62.0,
            score=0.93, bar=0.12, volume=device.volume, stored_at=now,
        )  # fmt: skip
