"""What the calendar of the next days costs each loudspeaker's SIM in a month."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from loa.areas.models import Area
from loa.areas.queries import within
from loa.broadcasts.models import Airing, PlanDay
from loa.bulletins.queries import sounds_of
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.relays import queries as relays
from loa.relays.rules import Week, month_mb, order_of, stream_bytes

DAYS = 7


@dataclass(frozen=True, slots=True)
class Cost:
    """`mb` a month are expected; `budget` is what the SIM has (0 = not metered). `relay_minutes` in the next week."""

    device: Device
    mb: int
    budget: int
    relay_minutes: int

    @property
    def over(self) -> bool:
        """More than the SIM has."""
        return 0 < self.budget < self.mb


def expected(area: Area, now: datetime) -> list[Cost]:
    """For every loudspeaker of a commune, from the plans of the next seven days, by number."""
    placed = Device.objects.filter(within(area.path, "area__path"), state=Device.State.PLACED, kind__in=Device.SOUNDING)
    devices = list(placed.prefetch_related("groups").order_by("number"))
    today = local(now).date()
    days = PlanDay.objects.filter(
        plan_set__in={device.plan_set_id for device in devices},
        day__gt=today,
        day__lte=today + timedelta(days=DAYS),
    )
    listed: dict[str, list[dict[str, object]]] = {}
    for row in days:
        listed.setdefault(str(row.plan_set_id), []).extend(row.airings)
    wanted = {str(item["id"]) for items in listed.values() for item in items}
    airings = {row.pk: row for row in _airings(wanted)}
    ways = relays.ways({group.pk for device in devices for group in device.groups.all()})
    return [_cost(device, listed.get(str(device.plan_set_id), []), airings, ways) for device in devices]


def _airings(wanted: set[str]) -> list[Airing]:
    rows = Airing.objects.filter(pk__in=wanted, dropped_at=None)
    return list(rows.select_related("schedule__version__relay", "schedule__version__sound"))


def _cost(device: Device, items: list[dict[str, object]], airings: dict[str, Airing], ways: relays.Ways) -> Cost:
    order = order_of(ways[group.pk] for group in device.groups.all() if group.pk in ways)
    streamed, seconds = 0, 0
    files: Counter[str] = Counter()
    for item in items:
        only = item.get("only")
        airing = airings.get(str(item["id"]))
        version = airing.schedule.version if airing else None
        if airing is None or version is None or (isinstance(only, list) and only and device.pk not in only):
            continue
        for sound in sounds_of(version):
            files[sound.sha256] = sound.size
        if version.relay is not None:
            seconds += airing.duration_ms // 1000
            streamed += stream_bytes(relays.receivable(version.relay), order, airing.duration_ms // 1000)
    return Cost(device, month_mb(Week(streamed, sum(files.values()))), device.monthly_mb, seconds // 60)
