"""The loudspeakers of the two living communes: made by the real actions, claimed by real agents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from devicelink.jws import decode64
from devicelink.keyring import fingerprint

from loa.areas.models import Area
from loa.demo import cast
from loa.demo.places import Places
from loa.devices import actions
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.people.models import User

HUNDREDTH = 0.01
SIM_DAYS = 96


@dataclass(frozen=True, slots=True)
class Waiting:
    """A cluster that no hardware has claimed yet, with the code that it may be claimed with."""

    device: Device
    code: str


def prepare(places: Places, now: datetime) -> list[Device]:
    """Eight clusters in three groups in each commune, in the order of their numbers; may be called again."""
    return [
        *_commune(places.home, places.hamlets, cast.HOME_CLUSTERS, now),
        *_commune(places.neighbour, (), cast.NEIGHBOUR_CLUSTERS, now),
    ]


def claims(devices: Iterable[Device], now: datetime) -> list[Waiting]:
    """A fresh claim code for each cluster that still waits for hardware."""
    return [
        Waiting(device, actions.issue_claim_code(actor=None, device=device, now=now))
        for device in devices
        if device.state == Device.State.WAITING
    ]


def confirm(devices: Sequence[Device], technician: User, seen: dict[str, str], now: datetime) -> int:
    """What the technician does at the pole: compare the fingerprint on the agent (`seen`, by device) with the page's.

    Returns how many were placed; one whose agent shows another fingerprint stays unplaced.
    """
    placed = 0
    for device in devices:
        if device.state != Device.State.CLAIMED or device.pk not in seen:
            continue
        if seen[device.pk] == fingerprint(decode64(device.public_key)):
            actions.confirm_placement(actor=technician, device=device, fingerprint_seen=seen[device.pk], now=now)
            placed += 1
    return placed


def _commune(commune: Area, hamlets: tuple[Area, ...], clusters: Sequence[cast.Cluster], now: datetime) -> list[Device]:
    there = {device.number: device for device in Device.objects.filter(area=commune)}
    devices = [there.get(row.number) or _add(commune, hamlets, row, now) for row in clusters]
    groups = {group.name for group in commune.device_groups.all()}
    for name in cast.GROUPS:
        if name not in groups:
            members = [device for device, row in zip(devices, clusters, strict=True) if row.group == name]
            actions.save_group(actor=None, area=commune, name=name, members=members, now=now)
    return devices


def _add(commune: Area, hamlets: tuple[Area, ...], row: cast.Cluster, now: datetime) -> Device:
    return actions.add_device(
        actor=None,
        area=commune,
        name=row.name.format(commune=commune.name),
        number=row.number,
        now=now,
        hamlet=hamlets[row.hamlet - 1] if hamlets and row.hamlet else None,
        latitude=(commune.latitude or 0) + row.north * HUNDREDTH,
        longitude=(commune.longitude or 0) + row.east * HUNDREDTH,
        volume=row.volume,
        sim_expires=local(now).date() + timedelta(days=SIM_DAYS + 10 * row.number),
    )
