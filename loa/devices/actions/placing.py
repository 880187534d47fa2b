"""Placements: telling a device where it belongs, whenever that changes."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from devicelink import messages
from django.db import transaction
from django.db.models import QuerySet

from loa.areas import queries as areas
from loa.devices import announce, signing
from loa.devices.actions.documents import Document, publish_documents, reserve_revisions
from loa.devices.models import Device, PlanSet
from loa.devices.queries.placements import Places, group_ids, places_of, standing
from loa.devices.rules import papers, wire
from loa.devices.rules.wire import wire_hours
from loa.kernel.clock import to_ms
from loa.kernel.errors import Refusal

__all__ = ["following", "group_ids", "place", "plan_set_of", "refresh_places", "standing", "wire_hours"]

log = logging.getLogger(__name__)
_NO_EXTENSION = "longer hours of %s were refused, it is placed without them: %s %s"


def plan_set_of(device: Device, hours: messages.Hours, now: datetime, apart: str = "") -> PlanSet:
    """The plan set for this place, made when it is the first device of it; `apart` as in `plan_set_signature`."""
    signature = papers.plan_set_signature(device.area.path, group_ids(device), hours, apart)
    facts = {
        "area": device.area,
        "signature": signature,
        "groups": list(group_ids(device)),
        "hours": msgspec.to_builtins(hours),
        "made_at": now,
    }
    row, _ = PlanSet.objects.get_or_create(pk=papers.plan_set_id(signature), defaults=facts)
    if row.hours != facts["hours"]:
        row.hours = facts["hours"]
        row.save(update_fields=["hours"])
    return row


@transaction.atomic
def place(devices: Sequence[Device], *, now: datetime) -> None:
    """Sign and publish the placement of each of these claimed devices as the database now has it.

    All or none, but longer hours that the signer refuses are left out: they must not keep a cluster from being muted.
    Refusal, Unavailable from the signer.
    """
    _place(devices, now, always=True)


def _place(devices: Sequence[Device], now: datetime, *, always: bool) -> None:
    """`always` False: without the extensions that were refused only those are placed to whom that says something."""
    if not devices:
        return
    revisions = reserve_revisions("placement", [f"device/{device.pk}" for device in devices], now=now)
    current = _as_they_are(devices)
    found = places_of(current, now)
    placements = [
        msgspec.structs.replace(found.placement(row), revision=revisions[f"device/{row.pk}"], issued=to_ms(now))
        for row in current
    ]
    rows = {row.pk: row for row in current}
    try:
        signed = signing.sign_all(placements)
    except Refusal as error:
        if not any(placement.hours.extensions for placement in placements):
            raise
        log.error(_NO_EXTENSION, current[0].area.path, error.code, error.facts.get("detail", ""))
        placements = [wire.without_extensions(placement) for placement in placements]
        placements = [one for one in placements if always or rows[one.device].told != wire.digest(one)]
        signed = signing.sign_all(placements) if placements else []
    _keep(placements, signed, rows, found, now)
    for device in devices:
        device.plan_set = rows[device.pk].plan_set


def _keep(
    placements: Sequence[messages.Placement],
    signed: Sequence[str],
    rows: Mapping[str, Device],
    found: Places,
    now: datetime,
) -> None:
    """What was signed is what holds."""
    sets: dict[str, PlanSet] = {}
    for placement in placements:
        row = rows[placement.device]
        if placement.plan_set not in sets:
            sets[placement.plan_set] = plan_set_of(row, found.hours(row), now, found.apart(row))
        row.plan_set, row.told = sets[placement.plan_set], wire.digest(placement)
    Device.objects.bulk_update([rows[placement.device] for placement in placements], ["plan_set", "told"])
    publish_documents(
        [
            Document("placement", f"device/{placement.device}", placement.revision, jws)
            for placement, jws in zip(placements, signed, strict=True)
        ],
        now=now,
    )
    for placement in placements:
        announce.device(placement.device)


def _as_they_are(devices: Sequence[Device]) -> list[Device]:
    """Read anew once the revisions are ours: a placement made from what somebody had before them would take back what
    another has changed meanwhile, and with the higher revision it would stay so.
    """
    rows = Device.objects.select_related("area", "hamlet").prefetch_related("groups")
    found = rows.in_bulk([device.pk for device in devices])
    return [found[device.pk] for device in devices]


def refresh_places(*, now: datetime) -> int:
    """Place anew every device that ought to be told something else than it was told last: other rules of its area or
    its own, a day off or an extension that comes into sight, a mute, another group or commune.

    Rules of areas change by date and by people who know nothing of devices, so this looks for itself, in as many
    queries for a province as for a commune. Commune by commune: one that the signer refuses (rules that nobody
    confirmed) holds up no other. Returns how many; Unavailable.
    """
    placed = 0
    for commune, devices in _stale(now).items():
        try:
            with transaction.atomic():
                _place(devices, now, always=False)
            placed += len(devices)
        except Refusal as error:
            log.error("placements of %s were refused: %s %s", commune, error.code, error.facts.get("detail", ""))
    return placed


@dataclass(frozen=True, slots=True)
class Following:
    """Of the placed loudspeakers in a place: how many there are, how many are placed by the rules in force now."""

    devices: int
    placed: int


def following(path: str, now: datetime) -> Following:
    """How far the rules in force have come in this area and below."""
    devices = list(_placed().filter(areas.within(path, "area__path") | areas.within(path, "hamlet__path")))
    return Following(len(devices), len(devices) - len(_behind(devices, now)))


def _placed() -> QuerySet[Device]:
    rows = Device.objects.filter(state=Device.State.PLACED)
    return rows.select_related("area", "hamlet").prefetch_related("groups")


def _stale(now: datetime) -> dict[str, list[Device]]:
    found: dict[str, list[Device]] = {}
    for device in _behind(list(_placed()), now):
        found.setdefault(device.area.path, []).append(device)
    return found


def _behind(devices: Iterable[Device], now: datetime) -> list[Device]:
    """Those that were told something else than what holds."""
    rows = list(devices)
    found = places_of(rows, now)
    return [row for row in rows if row.told != wire.digest(found.placement(row))]
