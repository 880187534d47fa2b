"""Yesterday and this morning: what the loudspeakers swore, and the one cluster that stayed silent, and why.

The airings are compiled as of yesterday, only to be in the book: no signer signs a plan of the past, so those plans are
never published. The proofs are samples, since nobody sounded them.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from devicelink.signing import Job, Signed
from django.db import transaction

from loa.broadcasts import compile as compiler
from loa.broadcasts.models import PlayProof
from loa.broadcasts.queries import today as days
from loa.demo import cast
from loa.demo.places import Places
from loa.demo.week import yesterday
from loa.devices.models import Device, SignedDocument, Transition
from loa.kernel.clock import local

BOOT = "sample"
SILENT_FROM, BACK_AT = timedelta(hours=4, minutes=12), timedelta(hours=21, minutes=40)  # after yesterday's midnight


class Unsigned:
    """Stands in for the signer while yesterday is written down; what it gives is replaced in the same transaction."""

    def sign_all(self, jobs: Iterable[Job]) -> Iterator[Signed]:
        """The same empty token for every job."""
        return (Signed(jws="unsigned") for _ in jobs)


@transaction.atomic
def prepare(places: Places, signer: compiler.Signer, now: datetime) -> None:
    """Airings and proofs until now, and the plans as of now; may be called again."""
    if PlayProof.objects.filter(boot__startswith=BOOT).exists():
        return
    compiler.compile_plans(signer=Unsigned(), now=yesterday(now))
    for commune in (places.home, places.neighbour):
        at_home = commune == places.home
        _swear(days.today(commune, now, local(yesterday(now)).date()), now, at_home=at_home)
        _swear(days.today(commune, now), now, at_home=at_home)
    _silence(places, now)
    SignedDocument.objects.filter(typ="plan", jws="unsigned").delete()
    compiler.compile_plans(signer=signer, now=now)


def _swear(day: days.Today, now: datetime, *, at_home: bool) -> None:
    devices = Device.objects.filter(area=day.area, state=Device.State.PLACED).order_by("number")
    for device in devices:
        failed = at_home and device.number == cast.FAILED_YESTERDAY
        if failed and day.day < local(now).date():
            continue
        PlayProof.objects.bulk_create(_rows(device, day, now))


def _rows(device: Device, day: days.Today, now: datetime) -> Iterable[PlayProof]:
    over = [segment for segment in day.all.segments if segment.end < now]
    for count, segment in enumerate(over, 1):
        yield PlayProof(
            device=device, boot=f"{BOOT}-{day.day:%Y%m%d}", count=count, airing=segment.airing, planned=segment.planned,
            started=segment.start, rendered_ms=round((segment.end - segment.start) / timedelta(milliseconds=1)),
            outcome="played", plan=0, clock_bound=20, stored_at=now,
            hash=hashlib.sha256(f"{device.pk} {segment.airing}".encode()).hexdigest(),
            area_id=device.hamlet_id or device.area_id,
        )  # fmt: skip


def _silence(places: Places, now: datetime) -> None:
    """The failed cluster lost its power before dawn and came back in the evening."""
    device = Device.objects.filter(area=places.home, number=cast.FAILED_YESTERDAY).first()
    if device is not None:
        midnight = yesterday(now).replace(minute=0)
        Transition.objects.create(device=device, at=midnight + SILENT_FROM, state="silent", cause="power_lost")
        Transition.objects.create(device=device, at=midnight + BACK_AT, state="online", cause="connected")
