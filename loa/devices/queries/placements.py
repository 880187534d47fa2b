"""What placements ought to say, of any number of devices in nine queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from devicelink import messages

from loa.areas import queries as areas
from loa.areas.air import AirRules, Book
from loa.areas.models import Area
from loa.devices.models import ClusterRules, Device, Mute
from loa.devices.queries.air import Clusters, clusters_in
from loa.devices.rules import papers, wire
from loa.kernel.clock import local


def standing(device: Device) -> Area:
    """The smallest unit the device stands in: its hamlet, or the commune."""
    return device.hamlet or device.area


def group_ids(device: Device) -> tuple[str, ...]:
    """The groups of the device, sorted."""
    return tuple(sorted(group.pk for group in device.groups.all()))


@dataclass(slots=True)
class Places:
    """The rules around some devices at a moment; ask it about each of them without another query.

    What is the same for neighbours is worked out once: a province is looked through every minute.
    """

    now: datetime
    _book: Book
    _clusters: Clusters
    _special: frozenset[str]
    _rules: dict[tuple[str, str], AirRules] = field(default_factory=dict)
    _hours: dict[tuple[str, str], messages.Hours] = field(default_factory=dict)
    _sets: dict[tuple[str, str, tuple[str, ...]], str] = field(default_factory=dict)

    def hours(self, device: Device) -> messages.Hours:
        """What holds where it stands, for its plan set."""
        return self._hours_at(device.area.path, standing(device).path)

    def apart(self, device: Device) -> str:
        """The hamlet, if it has other dated spans than its commune; else "" (see `papers.plan_set_signature`)."""
        own, whole = self.hours(device), self._hours_at(device.area.path, device.area.path)
        return standing(device).path if (own.extensions, own.closures) != (whole.extensions, whole.closures) else ""

    def placement(self, device: Device) -> messages.Placement:
        """All that its placement says; neither numbered nor dated."""
        groups, (hours, volumes) = group_ids(device), self._own(device)
        return messages.Placement(
            audience=messages.Audience(device=device.pk),
            revision=0,
            issued=0,
            device=device.pk,
            area=standing(device).path,
            groups=groups,
            plan_set=self._plan_set(device, groups),
            hours=hours,
            max_volume=device.max_volume,
            break_glass=device.break_glass,
            latitude=device.latitude,
            longitude=device.longitude,
            monthly_mb=device.monthly_mb,
            volumes=volumes,
        )

    def _own(self, device: Device) -> tuple[messages.Hours, tuple[messages.VolumeCap, ...]]:
        """Hours and volumes of the cluster itself: with its own rules and mutes, if it has any."""
        rules = self._rules_at(device.area.path, standing(device).path)
        if device.pk not in self._special:
            return self.hours(device), wire.volume_caps(rules.volumes)
        rules = self._clusters.rules(device.pk, rules)
        return wire.wire_hours(rules.hours, self.now), wire.volume_caps(rules.volumes)

    def _plan_set(self, device: Device, groups: tuple[str, ...]) -> str:
        key = device.area.path, standing(device).path, groups
        if key not in self._sets:
            signature = papers.plan_set_signature(device.area.path, groups, self.hours(device), self.apart(device))
            self._sets[key] = papers.plan_set_id(signature)
        return self._sets[key]

    def _hours_at(self, commune: str, path: str) -> messages.Hours:
        if (commune, path) not in self._hours:
            self._hours[commune, path] = wire.wire_hours(self._rules_at(commune, path).hours, self.now)
        return self._hours[commune, path]

    def _rules_at(self, commune: str, path: str) -> AirRules:
        if (commune, path) not in self._rules:
            today = local(self.now).date()
            rules = self._book.on(path, today)
            self._rules[commune, path] = wire.in_horizon(rules, *wire.horizon(commune, today))
        return self._rules[commune, path]


def places_of(devices: Sequence[Device], now: datetime) -> Places:
    """Everything that is needed to say where these devices belong, `area`, `hamlet` and groups read before."""
    today = local(now).date()
    communes = {device.area.path for device in devices}
    days = [day for path in communes for day in wire.horizon(path, today)] or [today]
    since, until = min(days), max(days)
    book = areas.rules_in({*communes, *(standing(device).path for device in devices)}, since, until)
    special = frozenset(_special({device.pk for device in devices}, since))
    return Places(now, book, clusters_in(special, since, until), special)


def _special(devices: Collection[str], since: date) -> set[str]:
    """Those of them that have rules of their own or were muted: a few, whose names a query can hold."""
    named = set(ClusterRules.objects.values_list("device_id", flat=True))
    named.update(Mute.objects.filter(until__date__gte=since).values_list("device_id", flat=True))
    return named & set(devices)
