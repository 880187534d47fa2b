"""Placements: telling a device where it belongs, whenever that changes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import msgspec
from airtime import hours as airtime
from devicelink import messages
from django.db import transaction
from django.db.models import QuerySet

from loa.areas import queries as areas
from loa.areas.models import Area
from loa.devices import announce, signing
from loa.devices.actions.documents import Document, publish_documents, reserve_revisions
from loa.devices.models import Device, PlanSet
from loa.devices.rules import papers
from loa.kernel.clock import local
from loa.kernel.errors import Refusal

log = logging.getLogger(__name__)


def wire_hours(hours: airtime.Hours, now: datetime) -> messages.Hours:
    """Allowed hours as the device reads them."""
    offset = hours.tz.utcoffset(now.replace(tzinfo=None)) or timedelta()
    return messages.Hours(
        utc_offset=offset // timedelta(minutes=1),
        windows=tuple(
            messages.HoursWindow(weekdays=tuple(window.weekdays), start=window.start, end=window.end)
            for window in hours.windows
            if window.start < window.end
        ),
        extensions=tuple(
            messages.HoursExtension(start=round(span.start.timestamp() * 1000), end=round(span.end.timestamp() * 1000))
            for span in hours.extensions
        ),
    )


def standing(device: Device) -> Area:
    """The smallest unit the device stands in: its hamlet, or the commune."""
    return device.hamlet or device.area


def group_ids(device: Device) -> tuple[str, ...]:
    """The groups of the device, sorted."""
    return tuple(sorted(group.pk for group in device.groups.all()))


def plan_set_of(device: Device, hours: messages.Hours, now: datetime) -> PlanSet:
    """The plan set for this place, made when it is the first device of it."""
    signature = papers.plan_set_signature(device.area.path, group_ids(device), hours)
    facts = {
        "area": device.area,
        "signature": signature,
        "groups": list(group_ids(device)),
        "hours": msgspec.to_builtins(hours),
        "made_at": now,
    }
    return PlanSet.objects.get_or_create(pk=papers.plan_set_id(signature), defaults=facts)[0]


@transaction.atomic
def place(devices: Sequence[Device], *, now: datetime) -> None:
    """Sign and publish the placement of each of these claimed devices as the database now has it.

    All or none. Refusal, Unavailable from the signer.
    """
    if not devices:
        return
    revisions = reserve_revisions("placement", [f"device/{device.pk}" for device in devices], now=now)
    known = partial(_hours, {}, now)
    current = _as_they_are(devices)
    placements = [_placement(device, revisions[f"device/{device.pk}"], known, now) for device in current]
    signed = signing.sign_all(placements)
    Device.objects.bulk_update(current, ["plan_set"])
    for device, row in zip(devices, current, strict=True):
        device.plan_set = row.plan_set
    publish_documents(
        [
            Document("placement", f"device/{placement.device}", placement.revision, jws)
            for placement, jws in zip(placements, signed, strict=True)
        ],
        now=now,
    )
    for device in devices:
        announce.device(device.pk)


def _as_they_are(devices: Sequence[Device]) -> list[Device]:
    """Read anew once the revisions are ours: a placement made from what somebody had before them would take back what
    another has changed meanwhile, and with the higher revision it would stay so.
    """
    rows = Device.objects.select_related("area", "hamlet").prefetch_related("groups")
    found = rows.in_bulk([device.pk for device in devices])
    return [found[device.pk] for device in devices]


def _hours(known: dict[int, messages.Hours], now: datetime, area: Area) -> messages.Hours:
    if area.pk not in known:
        known[area.pk] = wire_hours(areas.hours_for(area, local(now).date()), now)
    return known[area.pk]


def _placement(device: Device, revision: int, hours_at: "partial[messages.Hours]", now: datetime) -> messages.Placement:
    hours = hours_at(standing(device))
    device.plan_set = plan_set_of(device, hours, now)
    return messages.Placement(
        audience=messages.Audience(device=device.pk),
        revision=revision,
        issued=round(now.timestamp() * 1000),
        device=device.pk,
        area=standing(device).path,
        groups=group_ids(device),
        plan_set=device.plan_set.pk,
        hours=hours,
        max_volume=device.max_volume,
        break_glass=device.break_glass,
        latitude=device.latitude,
        longitude=device.longitude,
        monthly_mb=device.monthly_mb,
    )


def refresh_places(*, now: datetime) -> int:
    """Place anew every device whose allowed hours, groups or commune make another plan set than the one it obeys.

    Rules of areas change by date and by people who know nothing of devices, so this looks for itself. Commune by
    commune: one that the signer refuses (rules that nobody confirmed) holds up no other. Returns how many; Unavailable.
    """
    placed = 0
    for commune, devices in _stale(now).items():
        try:
            place(devices, now=now)
            placed += len(devices)
        except Refusal as error:
            log.error("placements of %s were refused: %s %s", commune, error.code, error.facts.get("detail", ""))
    return placed


@dataclass(frozen=True, slots=True)
class Following:
    """Of the placed loudspeakers in a place: how many there are, how many are placed by the hours in force now."""

    devices: int
    placed: int


def following(path: str, now: datetime) -> Following:
    """How far the hours in force have come in this area and below."""
    known = partial(_hours, {}, now)
    devices = list(_placed().filter(areas.within(path, "area__path") | areas.within(path, "hamlet__path")))
    return Following(len(devices), sum(_follows(device, known) for device in devices))


def _placed() -> QuerySet[Device]:
    rows = Device.objects.filter(state=Device.State.PLACED)
    return rows.select_related("area", "hamlet").prefetch_related("groups")


def _stale(now: datetime) -> dict[str, list[Device]]:
    known = partial(_hours, {}, now)
    found: dict[str, list[Device]] = {}
    for device in _placed():
        if not _follows(device, known):
            found.setdefault(device.area.path, []).append(device)
    return found


def _follows(device: Device, hours_at: "partial[messages.Hours]") -> bool:
    signature = papers.plan_set_signature(device.area.path, group_ids(device), hours_at(standing(device)))
    return device.plan_set_id == papers.plan_set_id(signature)
