"""Names of the things that the record speaks of, from the folders above people (see settings.LOA_RECORD_NAMES)."""

from collections.abc import Iterable
from uuid import UUID

from loa.broadcasts.models import Programme, Schedule
from loa.bulletins.models import Bulletin
from loa.devices.models import Device, DeviceGroup

Key = tuple[str, str]


def names(keys: Iterable[Key]) -> dict[Key, str]:
    """(kind, id) -> what people call it; things that are gone are left out."""
    wanted: dict[str, list[str]] = {}
    for kind, identifier in keys:
        wanted.setdefault(kind, []).append(identifier)
    return {
        **_bulletins(wanted.get("bulletin", [])),
        **_schedules(wanted.get("schedule", [])),
        **_programmes(wanted.get("programme", [])),
        **_devices(wanted.get("device", [])),
        **_groups(wanted.get("group", [])),
    }


def _uuids(identifiers: Iterable[str]) -> list[UUID]:
    found = []
    for identifier in identifiers:
        try:
            found.append(UUID(identifier))
        except ValueError:
            continue
    return found


def _quoted(title: str) -> str:
    return f"“{title}”" if title else ""


def _bulletins(identifiers: list[str]) -> dict[Key, str]:
    rows = Bulletin.objects.filter(pk__in=_uuids(identifiers)).order_by("versions__number")
    return {("bulletin", str(pk)): _quoted(title) for pk, title in rows.values_list("pk", "versions__title") if title}


def _schedules(identifiers: list[str]) -> dict[Key, str]:
    rows = Schedule.objects.filter(pk__in=_uuids(identifiers)).select_related("version")
    return {("schedule", str(row.pk)): _quoted(row.version.title) for row in rows if row.version}


def _programmes(identifiers: list[str]) -> dict[Key, str]:
    rows = Programme.objects.filter(pk__in=_uuids(identifiers)).values_list("pk", "name")
    return {("programme", str(pk)): name for pk, name in rows}


def _devices(identifiers: list[str]) -> dict[Key, str]:
    rows = Device.objects.filter(pk__in=identifiers).values_list("pk", "number", "name")
    return {("device", pk): f"{number:02d} {name}" for pk, number, name in rows}


def _groups(identifiers: list[str]) -> dict[Key, str]:
    rows = DeviceGroup.objects.filter(pk__in=identifiers).values_list("pk", "name")
    return {("group", pk): name for pk, name in rows}
