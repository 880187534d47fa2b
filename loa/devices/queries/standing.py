"""Placed loudspeakers by where they stand: whoever agrees in commune, groups and hamlet hears the same and may do so at
the same hours, whatever plan set they happen to have at the moment."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from loa.areas.queries import within
from loa.devices.models import ClusterRules, Device, DeviceGroup
from loa.devices.queries.air import effective
from loa.kernel.clock import LOCAL

_ALONE = "Cụm ngoài nhóm"


@dataclass(frozen=True, slots=True)
class Standing:
    """Loudspeakers that stand alike. `area` is the path of the commune, `standing` of the smallest unit whose rules
    they obey, `groups` ids, `name` the groups in words; `devices` gives the areas that hold each."""

    key: str
    area: str
    commune: str
    standing: str
    groups: tuple[str, ...]
    name: str
    devices: Mapping[str, tuple[str, ...]]


def standings(paths: Iterable[str]) -> list[Standing]:
    """Every placed loudspeaker inside these areas, by where it stands, in order. Three queries."""
    devices = Device.objects.filter(
        reduce(or_, (within(path, "area__path") for path in paths), Q(pk__in=[])),
        state=Device.State.PLACED,
        kind__in=Device.SOUNDING,
    )
    groups = _groups(paths)
    names = dict(
        DeviceGroup.objects.filter(pk__in={pk for own in groups.values() for pk in own}).values_list("pk", "name")
    )
    found: dict[tuple[str, str, str, tuple[str, ...]], dict[str, tuple[str, ...]]] = {}
    columns = ("pk", "area__full_name", "area__path", "hamlet__path", "former_area__path")
    for pk, commune, *held_by in devices.order_by("area__path", "number").values_list(*columns):
        area, hamlet = held_by[0], held_by[1]
        own = groups.get(pk, ())
        found.setdefault((area, commune, hamlet or area, own), {})[pk] = tuple(path for path in held_by if path)
    return [
        Standing(_key(area, standing, own), area, commune, standing, own, _name(own, names), members)
        for (area, commune, standing, own), members in found.items()
    ]


def _groups(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The groups of each device, sorted."""
    inside = reduce(or_, (within(path, "device__area__path") for path in paths), Q(pk__in=[]))
    rows = DeviceGroup.members.through.objects.filter(inside).order_by("device_id", "devicegroup_id")
    found: dict[str, list[str]] = {}
    for device, group in rows.values_list("device_id", "devicegroup_id"):
        found.setdefault(device, []).append(group)
    return {device: tuple(own) for device, own in found.items()}


def _key(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:24]


def _name(groups: tuple[str, ...], names: Mapping[str, str]) -> str:
    return " và ".join(sorted(names[pk] for pk in groups if pk in names)) or _ALONE


def special_clusters(communes: Iterable[str], since: date, until: date) -> frozenset[str]:
    """Devices of these communes that have rules of their own or are muted on some of these days. Two queries."""
    inside = Q(device__area__path__in=list(communes))
    rules = ClusterRules.objects.filter(inside, Q(ends=None) | Q(ends__gte=since), starts__lte=until)
    last = datetime.combine(until + timedelta(days=1), time(), LOCAL)
    mutes = effective().filter(inside, until__gt=datetime.combine(since, time(), LOCAL), starts__lt=last)
    return frozenset((*rules.values_list("device_id", flat=True), *mutes.values_list("device_id", flat=True)))
