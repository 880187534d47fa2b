"""What loudspeakers need a person for: incidents, forged orders, repairs that are late, SIM cards."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.urls import reverse

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import NOW_ROOT, Level
from loa.devices import queries as devices
from loa.devices.models import Device, DeviceStatus, Hold, Incident, IncidentMember
from loa.devices.rules.condition import State, Worry, threats_since
from loa.devices.rules.diagnosis import Fault
from loa.kernel.clock import local
from loa.notifications.rules import Need, Urgency
from loa.notifications.rules.needs import PLACE, listed

# What spoils nothing today.
_CALM = frozenset({Fault.STORAGE, Fault.CLOCK})


def incidents(now: datetime) -> Iterator[Need]:
    """Each incident that holds loudspeakers: one cause, one need, with how many stand in which commune."""
    held: dict[UUID, dict[str, int]] = defaultdict(dict)
    names: dict[str, str] = {}
    present = IncidentMember.objects.filter(left_at=None, incident__closed_at=None)
    where = present.values_list("incident", "device__area__path", "device__area__full_name")
    for incident, path, name, count in where.annotate(n=Count("pk")):
        held[incident][path], names[path] = count, name
    for row in Incident.objects.filter(pk__in=held).select_related("area"):
        yield _incident(row, held[row.pk], names)


def _incident(row: Incident, places: dict[str, int], names: Mapping[str, str]) -> Need:
    rows = sum(places.values())
    words = devices.words_of(row, rows)

    def shared(share: Mapping[str, int]) -> str:
        return " ".join(filter(None, (listed(names, share, "cụm loa"), words.do)))

    return Need(
        kind="platform" if row.fault == Fault.PLATFORM else "incident",
        key=f"incident:{row.pk}",
        area=row.area.path,
        title=words.title,
        more=shared(places),
        link=reverse("devices:incident", args=[row.pk]),
        since=row.opened_at,
        rows=rows,
        places=places,
        counted=_title_of(row),
        shared=shared,
        urgency=Urgency.CALM if row.fault in _CALM else None,
    )


def _title_of(row: Incident) -> Callable[[int], str]:
    return lambda rows: devices.words_of(row, rows).title


def relays(now: datetime) -> Iterator[Need]:
    """Communes in which loudspeakers stand without the relay that they are to sound now."""
    rows = DeviceStatus.objects.filter(trouble=Worry.NO_RELAY, state=State.ONLINE, device__state=Device.State.PLACED)
    counted = dict(rows.values_list("device__area__path").annotate(n=Count("pk")))
    for area in _areas(counted):
        yield Need(
            kind="relay",
            key=f"relay:{area.path}",
            area=area.path,
            title=f"{area.full_name}: {counted[area.path]} cụm loa mất nguồn tiếp âm",
            more="Loa đang phát phần thay thế của buổi tiếp âm. Có nguồn lại thì loa tự phát tiếp; "
            "lâu quá thì gọi đài phát hoặc xem máy thu.",
            link=_listed(area),
            since=now,
            rows=counted[area.path],
        )


def holds(now: datetime) -> Iterator[Need]:
    """Stops that hold: whoever may stop and resume there knows of it, but for the one who did it."""
    for row in devices.all_holds(now):
        area = row.area
        if area is not None and row.until is not None:
            yield _hold(row, area, row.until, now)


def _hold(row: Hold, area: Area, until: datetime, now: datetime) -> Need:
    reason = f" Lý do: {row.reason}" if row.reason else ""
    part = "toàn bộ loa" if row.audience.get("area") == area.path else "một số cụm loa"
    return Need(
        kind="hold",
        key=f"hold:{row.subject}",
        area=area.path,
        title=f"{area.full_name}: đang dừng {part}",
        more=f"{row.by_name} dừng lúc {local(row.at):%H:%M ngày %d/%m}, loa tự phát lại lúc "
        f"{local(until):%H:%M ngày %d/%m}.{reason} Muốn phát lại sớm hơn, bấm Cho phát lại ở trang Hôm nay.",
        link=f"{reverse('broadcasts:today')}?don-vi={PLACE}",
        since=row.at,
        places=_stopped(area),
        without=frozenset({row.by_id} if row.by_id else ()),
    )


def _stopped(area: Area) -> dict[str, int]:
    """Of a stop above communes: how many loudspeakers in each, whose people are told too."""
    if area.level >= Level.COMMUNE:
        return {}
    rows = Device.objects.filter(within(area.path, "area__path"), state=Device.State.PLACED)
    return {area.path: 0, **dict(rows.values_list("area__path").annotate(n=Count("pk")))}


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
