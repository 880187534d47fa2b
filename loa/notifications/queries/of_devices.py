"""What loudspeakers need a person for: incidents, forged orders, repairs that are late, SIM cards."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.urls import reverse

from loa.areas.models import Area
from loa.areas.rules import NOW_ROOT
from loa.devices import queries as devices
from loa.devices.models import Device, DeviceStatus, Incident, IncidentMember
from loa.devices.rules.condition import threats_since
from loa.devices.rules.diagnosis import Fault
from loa.kernel.clock import local
from loa.notifications.rules import Need, Urgency
from loa.notifications.rules.needs import PLACE

# What spoils nothing today.
_CALM = frozenset({Fault.STORAGE, Fault.CLOCK})


def incidents(now: datetime) -> Iterator[Need]:
    """Each incident that holds loudspeakers: one cause, one need, with how many stand in which commune."""
    held: dict[UUID, dict[str, int]] = defaultdict(dict)
    present = IncidentMember.objects.filter(left_at=None, incident__closed_at=None)
    for incident, path, count in present.values_list("incident", "device__area__path").annotate(n=Count("pk")):
        held[incident][path] = count
    for row in Incident.objects.filter(pk__in=held).select_related("area"):
        yield _incident(row, held[row.pk])


def _incident(row: Incident, places: dict[str, int]) -> Need:
    rows = sum(places.values())
    words = devices.words_of(row, rows)
    return Need(
        kind="platform" if row.fault == Fault.PLATFORM else "incident",
        key=f"incident:{row.pk}",
        area=row.area.path,
        title=words.title,
        more=words.do,
        link=reverse("devices:incident", args=[row.pk]),
        since=row.opened_at,
        rows=rows,
        places=places,
        counted=_title_of(row),
        urgency=Urgency.CALM if row.fault in _CALM else None,
    )


def _title_of(row: Incident) -> Callable[[int], str]:
    return lambda rows: devices.words_of(row, rows).title


def forged(now: datetime) -> Iterator[Need]:
    """Communes in which loudspeakers refused an order that nobody of ours can have given."""
    rows = DeviceStatus.objects.filter(threat_at__gte=threats_since(local(now).date()), device__sample=False)
    met: dict[str, list[datetime]] = defaultdict(list)
    for path, at in rows.values_list("device__area__path", "threat_at"):
        if at is not None:
            met[path].append(at)
    for area in _areas(met):
        rows_here = len(met[area.path])
        yield Need(
            kind="forged",
            key=f"forged:{area.path}",
            area=area.path,
            title=f"{area.full_name}: {rows_here} cụm loa đã từ chối lệnh giả",
            more="Loa không làm theo. Xem loa nào, lúc nào; báo công an nếu còn tiếp diễn.",
            link=_listed(area),
            since=min(met[area.path]),
            rows=rows_here,
        )


def tickets(now: datetime) -> Iterator[Need]:
    """Communes with repairs that are late."""
    late = [one.ticket for one in devices.tickets(NOW_ROOT, now).late if not one.ticket.device.sample]
    of = Counter(ticket.device.area.path for ticket in late)
    since = {ticket.device.area.path: ticket.due for ticket in reversed(late)}
    for area in _areas(of):
        yield Need(
            kind="ticket",
            key=f"ticket:{area.path}",
            area=area.path,
            title=f"{area.full_name}: {of[area.path]} phiếu sửa chữa quá hạn",
            more=f"Hạn sớm nhất là ngày {since[area.path]:%d/%m/%Y}. Sửa xong, loa kêu thì phiếu tự đóng.",
            link=f"{reverse('devices:tickets')}?don-vi={PLACE}",
            since=now,
            rows=of[area.path],
        )


def sims(now: datetime) -> Iterator[Need]:
    """Communes with SIM cards that end within two weeks, or will be out of data before the month ends."""
    found = devices.sims(NOW_ROOT, now)
    ends = _by_area(row.device for row in found.soon)
    data = _by_area(row.device for row in found.data)
    for area in _areas(ends.keys() | data.keys()):
        rows = ends[area.path] | data[area.path]
        yield Need(
            kind="sim",
            key=f"sim:{area.path}",
            area=area.path,
            title=f"{area.full_name}: {len(rows)} SIM cần nạp tiền hoặc thêm dung lượng",
            more=_sim_words(len(ends[area.path]), len(data[area.path])),
            link=f"{reverse('devices:sims')}?don-vi={PLACE}",
            since=now,
            rows=len(rows),
        )


def _sim_words(ends: int, data: int) -> str:
    said = [f"{ends} SIM hết hạn trong 14 ngày tới"] if ends else []
    return ", ".join(said + ([f"{data} SIM sẽ hết dung lượng trước cuối tháng"] if data else [])) + "."


def _by_area(rows: Iterable[Device]) -> defaultdict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for device in rows:
        if not device.sample:
            found[device.area.path].add(device.pk)
    return found


def _areas(paths: Collection[str]) -> Iterator[Area]:
    yield from Area.objects.filter(path__in=list(paths)).order_by("path")


def _listed(area: Area) -> str:
    return f"{reverse('devices:list')}?don-vi={area.path}"
