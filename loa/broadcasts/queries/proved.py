"""How many loudspeakers of an area swore to have sounded each airing of some days. For marks; the log tells who."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from loa.areas.models import Area
from loa.areas.queries import within
from loa.broadcasts.models import Airing, PlanDay, PlayProof
from loa.devices.models import Device
from loa.kernel.clock import local


@dataclass(frozen=True, slots=True)
class Mark:
    """`proved` of `expected` loudspeakers played it to its end."""

    expected: int
    proved: int

    @property
    def whole(self) -> bool:
        """Everybody did."""
        return self.proved >= self.expected


def marks(area: Area, since: datetime, until: datetime) -> dict[tuple[UUID, datetime], Mark]:
    """Schedule and start -> mark, for what should have been over between the two. Four queries."""
    if until <= since:
        return {}
    named = meant(members(area), since, until)
    heard = played(list(named), area)
    rows = Airing.objects.filter(pk__in=list(named), start__gte=since, start__lt=until)
    return {
        (row.schedule_id, row.start): Mark(len(named[row.pk] | heard[row.pk]), len(heard[row.pk]))
        for row in rows.only("pk", "schedule_id", "start", "duration_ms")
        if row.end <= until
    }


def members(area: Area) -> dict[str, set[str]]:
    """Plan set -> its loudspeakers of the area."""
    here = within(area.path, "area__path") | within(area.path, "hamlet__path")
    rows = Device.objects.filter(here, kind=Device.Kind.SPEAKER, state=Device.State.PLACED).exclude(plan_set=None)
    found: dict[str, set[str]] = defaultdict(set)
    for device, plan_set in rows.values_list("pk", "plan_set_id"):
        found[str(plan_set)].add(device)
    return found


def meant(members: Mapping[str, set[str]], since: datetime, until: datetime) -> dict[str, set[str]]:
    """Airing -> loudspeakers of these plan sets whose plan named it."""
    found: dict[str, set[str]] = defaultdict(set)
    days = {"day__gte": local(since).date(), "day__lte": local(until).date()}
    rows = PlanDay.objects.filter(plan_set__in=list(members), **days).values_list("plan_set_id", "airings")
    for plan_set, airings in rows:
        for item in airings:
            found[item["id"]] |= members[str(plan_set)] & set(item.get("only") or members[str(plan_set)])
    return {airing: devices for airing, devices in found.items() if devices}


def sworn_in(path: str) -> Q:
    """Proofs of what sounded in the area or below: they stay with the place where the loudspeaker hung then."""
    stands = within(path, "device__area__path") | within(path, "device__hamlet__path")
    return within(path, "area__path") | Q(area=None) & stands


def played(airings: Iterable[str], area: Area) -> dict[str, set[str]]:
    """Airing -> loudspeakers of the area that swore to have played it to its end."""
    rows = PlayProof.objects.filter(sworn_in(area.path), airing__in=list(airings), outcome="played")
    found: dict[str, set[str]] = defaultdict(set)
    for airing, device in rows.values_list("airing", "device_id"):
        found[airing].add(device)
    return found


def signed(airings: Iterable[str], area: Area) -> QuerySet[PlayProof]:
    """The signed records themselves."""
    rows = PlayProof.objects.filter(sworn_in(area.path), airing__in=list(airings), outcome="played")
    return rows.select_related("device__hamlet").order_by("started", "device__number")
