"""The rules of single clusters, and which of them are muted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from airtime.spans import Span
from django.db.models import F, Q, QuerySet

from loa.areas.air import AirRules, parse_volumes
from loa.areas.hours import parse_windows
from loa.areas.queries import rules_for, within
from loa.devices.models import ClusterRules, Device, Mute
from loa.devices.rules.air import OwnRules, for_cluster
from loa.kernel.clock import LOCAL

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Own rules and mutes of many clusters over some days; ask it for any of them without another query."""

    _rules: Mapping[str, list[OwnRules]]
    _mutes: Mapping[str, list[Mute]]

    def own(self, device: str, day: date) -> OwnRules | None:
        """The cluster's own rules of the day; of two that hold, the one that began later."""
        held = [row for row in self._rules.get(device, ()) if row.holds(day)]
        return held[-1] if held else None

    def mutes(self, device: str) -> list[Mute]:
        """The mutes of these days that nobody lifted before they began, the earlier first."""
        return self._mutes.get(device, [])

    def rules(self, device: str, above: AirRules) -> AirRules:
        """What holds for the cluster on the day of `above`, the rules of where it stands."""
        return for_cluster(above, self.own(device, above.day), [span_of(mute) for mute in self.mutes(device)])


def span_of(mute: Mute) -> Span:
    """From when to when it keeps quiet."""
    return Span(mute.starts, min(mute.until, mute.lifted_at or mute.until))


def clusters_in(devices: Iterable[str], since: date, until: date) -> Clusters:
    """Own rules and mutes of these devices on the days `since` to `until`. Two queries."""
    names = list(devices)
    rules: dict[str, list[OwnRules]] = {}
    rows = ClusterRules.objects.filter(Q(ends=None) | Q(ends__gte=since), device__in=names, starts__lte=until)
    for row in rows.order_by("starts", "pk"):
        rules.setdefault(row.device_id, []).append(own_rules(row))
    mutes: dict[str, list[Mute]] = {}
    first, last = datetime.combine(since, time(), LOCAL), datetime.combine(until + _DAY, time(), LOCAL)
    for mute in effective().filter(device__in=names, until__gt=first, starts__lt=last).order_by("starts", "pk"):
        if span_of(mute).end > first:
            mutes.setdefault(mute.device_id, []).append(mute)
    return Clusters(rules, mutes)


def own_rules(row: ClusterRules) -> OwnRules:
    """One row in the words of the rules."""
    windows = parse_windows(row.windows) if row.windows else ()
    return OwnRules(windows, parse_volumes(row.volumes), row.document, row.starts, row.ends)


def effective() -> QuerySet[Mute]:
    """Mutes that keep, or kept, anything quiet: those that were not lifted before they began."""
    return Mute.objects.filter(Q(lifted_at=None) | Q(lifted_at__gt=F("starts")))


def rules_of(device: Device, day: date) -> AirRules:
    """Everything that holds for this cluster on a day."""
    return clusters_in([device.pk], day, day).rules(device.pk, rules_for(device.hamlet or device.area, day))


def rules_rows(device: Device, day: date) -> list[ClusterRules]:
    """Its own rules that hold on the day or are to come, the earlier first."""
    rows = ClusterRules.objects.filter(Q(ends=None) | Q(ends__gte=day), device=device)
    return list(rows.select_related("made_by").order_by("starts", "pk"))


def mute_of(device: Device, now: datetime) -> Mute | None:
    """The mute that holds now, or else the next one; of several that hold the one that lasts longest."""
    rows = Mute.objects.filter(device=device, lifted_at=None, until__gt=now).select_related("by")
    held = [row for row in rows if row.starts <= now]
    return max(held, key=lambda row: row.until) if held else min(rows, key=lambda row: row.starts, default=None)


def muted_in(path: str, now: datetime) -> list[Mute]:
    """The mutes that hold, or are to come, in this area and below; those that end first stand first."""
    here = within(path, "device__area__path") | within(path, "device__hamlet__path")
    rows = Mute.objects.filter(here, lifted_at=None, until__gt=now)
    return list(rows.select_related("device__area", "by").order_by("until", "device__number"))
