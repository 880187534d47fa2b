"""What stands for the poles of Quy Mông in addresses: repairs, photos, incidents, releases, logs."""

from datetime import timedelta

from loa.devices import actions as devices
from loa.devices.models import (
    Device,
    DeviceBatch,
    Incident,
    IncidentMember,
    LogRequest,
    Photo,
    Release,
)
from loa.devices.rules.rollouts import Ring
from loa.kernel.clock import local
from tests.cast import Cast
from tests.guard.samples import device, sample


@sample("ticket")
def ticket(cast: Cast) -> object:
    """A repair that Lan has asked for."""
    pole = Device.objects.get(pk=str(device(cast)))
    due = local(cast.now).date() + timedelta(days=900)
    return devices.open_ticket(actor=cast.lan, device=pole, cause="sound", due=due, now=cast.now).pk


@sample("photo")
def photo(cast: Cast) -> object:
    """A picture of a pole."""
    return Photo.objects.create(device_id=str(device(cast)), jpeg=b"x", width=1, height=1, at=cast.now).pk


@sample("batch")
def batch(cast: Cast) -> object:
    """A list of new poles that Sơn has sent."""
    return DeviceBatch.objects.create(
        area=cast.quy_mong, name="loa.csv", content="Tên\nNhà văn hóa thôn 5\n".encode(), by=cast.son, at=cast.now
    ).pk


@sample("complaint")
def complaint(cast: Cast) -> object:
    """What stands on the pole."""
    return Device.objects.get(pk=str(device(cast))).complaint_id


@sample("incident")
def incident(cast: Cast) -> object:
    """One that holds a loudspeaker of Quy Mông alone."""
    row = Incident.objects.create(fault="line", area=cast.quy_mong, opened_at=cast.now)
    IncidentMember.objects.create(incident=row, device_id=str(device(cast)), joined_at=cast.now)
    return row.pk


@sample("rollout")
def rollout(cast: Cast) -> object:
    """Another release for Quy Mông, proposed by Sơn."""
    wheel = {"name": "loa_speaker-1.0.0-py3-none-any.whl", "sha256": "ab" * 32, "size": 1}
    release = Release.objects.create(version="1.0.0", wheels=[wheel], python=["3.11"], added_at=cast.now)
    return devices.propose_rollout(
        actor=cast.son, area=cast.quy_mong, release=release, rings=(Ring(100),), threshold=98, soak_hours=1,
        words="Thôn 5", now=cast.now,
    ).pk  # fmt: skip


@sample("request_id")
def log(cast: Cast) -> object:
    """What a loudspeaker was asked for."""
    return LogRequest.objects.create(
        device_id=str(device(cast)), by=cast.son, reason="Thôn 5", asked_at=cast.now, lines=10
    ).pk
