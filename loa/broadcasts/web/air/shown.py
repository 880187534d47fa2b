"""What the pages of the rules of the air show: everything in words."""

from dataclasses import dataclass
from datetime import date

from airtime import lunar
from airtime.hours import Hours
from django.db.models import Q

from loa.areas.air import AirRules, Level, spoken_volumes
from loa.areas.codes import Effect, Exempt, Reason, label
from loa.areas.days import Off
from loa.areas.extensions import Permits, narrower
from loa.areas.hours import clock, spoken
from loa.areas.models import Area, DayOff, OperatingRules
from loa.areas.queries import hamlets_of, rules_in
from loa.areas.rules import Level as LevelOf
from loa.areas.rules import lineage
from loa.devices.models import ClusterRules, Device
from loa.devices.queries.air import own_rules
from loa.devices.queries.meant import placed_in
from loa.kernel.clock import LOCAL


def rules(found: AirRules) -> dict[str, object]:
    """What holds today."""
    limits = found.limits
    return {
        "windows": spoken(found.hours),
        "document": found.hours.document,
        "set_by": found.hours.set_by,
        "limits": limits,
        "volumes": spoken_volumes(found.volumes),
        "exempts": [label(Exempt, code) for code in sorted(found.exempts)],
        "emergency": found.emergency,
        "permits": permits(found.permits) if found.permits else "",
        "levels": [_level(level) for level in found.levels],
        "today_off": [_off(row) for row in found.off.rows],
    }


def permits(found: Permits, host: Permits | None = None) -> str:
    """ "3 ngày một năm, muộn nhất 00:30 hôm sau, vì: ... (Quyết định 30)"; no more than the signer's `host` lets."""
    found = narrower(host, found) if host else found
    night = found.latest > 1440
    latest = f"{clock(found.latest - 1440)} hôm sau" if night else clock(found.latest)
    reasons = "; ".join(one.label.lower() for one in Reason if one in found.reasons)
    return f"{found.days} ngày một năm, muộn nhất {latest}, vì: {reasons} ({found.document}, {found.set_by})"


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The rules of one level, in words."""

    set_by: str
    document: str
    said: tuple[str, ...]
    starts: date
    ends: date | None


def _level(level: Level) -> LevelRow:
    ruling = level.ruling
    limits = ruling.limits
    said = [f"Giờ được phát {windows_in_words(level)}"]
    said += [f"tối đa {limits.sessions_per_day} buổi mỗi ngày"] if limits.sessions_per_day else []
    said += [f"tối đa {limits.minutes_per_session} phút mỗi buổi"] if limits.minutes_per_session else []
    said += [f"tối đa {limits.minutes_per_day} phút mỗi ngày"] if limits.minutes_per_day else []
    said += [f"âm lượng {spoken_volumes(level.volumes)}"] if level.volumes else []
    said += ["cấp dưới được đặt rộng hơn"] if ruling.children_may_widen else []
    return LevelRow(ruling.set_by, ruling.document, tuple(said), level.starts, level.ends)


def windows_in_words(level: Level) -> str:
    """Of one level alone."""
    return spoken(Hours(LOCAL, level.ruling.windows))


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A cluster's own rules in words; `later`: they are to come."""

    pk: int
    document: str
    said: str
    starts: date
    ends: date | None
    later: bool


def cluster_row(row: ClusterRules, today: date) -> ClusterRow:
    """One row of a cluster's own rules."""
    own = own_rules(row)
    said = [f"chỉ phát {spoken(Hours(LOCAL, own.windows))}"] if own.windows else []
    said += [f"âm lượng {spoken_volumes(own.volumes)}"] if own.volumes else []
    return ClusterRow(row.pk, row.document, "; ".join(said), row.starts, row.ends, row.starts > today)


def below(area: Area, today: date) -> dict[str, object]:
    """The hamlets and the clusters of a place, those with rules of their own first."""
    ruled = set(OperatingRules.objects.filter(area__parent=area).values_list("area_id", flat=True))
    hamlets = hamlets_of(area, today) if area.level == LevelOf.COMMUNE else []
    rows = placed_in(area.path) if area.level >= LevelOf.COMMUNE else Device.objects.none()
    own = set(ClusterRules.objects.filter(Q(ends=None) | Q(ends__gte=today)).values_list("device_id", flat=True))
    clusters = [(row, row.pk in own) for row in rows.order_by("number")]
    return {
        "hamlets": sorted(((row, row.pk in ruled) for row in hamlets), key=lambda pair: not pair[1]),
        "clusters": sorted(clusters, key=lambda pair: not pair[1]),
    }


def coming(area: Area, today: date) -> dict[str, object]:
    """Rules that begin later, here or above."""
    rows = OperatingRules.objects.filter(area__path__in=lineage(area.path), starts__gt=today)
    return {"coming": list(rows.select_related("area").order_by("starts")[:20])}


@dataclass(frozen=True, slots=True)
class OffRow:
    """One row of days off in words; `own`: of this very place."""

    pk: int
    name: str
    when: str
    effect: str
    document: str
    set_by: str
    own: bool


def _off(row: Off, own: str = "") -> OffRow:
    effect = label(Effect, row.effect)
    if row.effect == Effect.FEWER:
        effect = f"{effect}: tối đa {row.sessions} buổi" if row.sessions else f"{effect}: không buổi nào"
    return OffRow(row.pk, row.name, when(row), effect, row.document, row.set_by, row.path == own)


def when(row: Off) -> str:
    """ "ngày 10/3 âm lịch hằng năm", "rằm hằng tháng âm lịch", "từ 20/08/2026 đến 21/08/2026"."""
    more = f", {row.length} ngày liền" if row.length > 1 else ""
    if row.every == "lunar":
        name = {1: "mùng một", 15: "rằm"}.get(row.day, f"ngày {row.day}")
        said = f"{name} hằng tháng âm lịch" if not row.month else f"{row.day}/{row.month} âm lịch hằng năm"
        return f"{said}{more}"
    if row.every == "solar":
        return f"{row.day}/{row.month} hằng năm{more}"
    if row.ends == row.starts:
        return f"ngày {row.starts:%d/%m/%Y}"
    return f"từ {row.starts:%d/%m/%Y} đến hết {row.ends:%d/%m/%Y}" if row.ends else f"từ {row.starts:%d/%m/%Y}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A special day on the strip of the year: `x` in per cent, `kind` of `silent`, `music`, `fewer`, `other`."""

    day: date
    x: str
    kind: str
    lunar: str
    names: str
    effect: str


def days(area: Area, today: date, year: int) -> dict[str, object]:
    """Days off that hold or are to come, as a list, and those of a year on a strip."""
    mine = Q(area__path__in=lineage(area.path)) & (Q(ends=None) | Q(ends__gte=today))
    rows = DayOff.objects.filter(mine).select_related("area").order_by("starts", "pk")
    first, last = date(year, 1, 1), date(year, 12, 31)
    book = rules_in([area.path], first, last)
    marks = [_mark(day, book.off(area.path, day).rows, first) for day in book.special(area.path) if day.year == year]
    months = [(date(year, month, 1), [one for one in marks if one.day.month == month]) for month in range(1, 13)]
    return {
        "offs": [_off(_read(row), area.path) for row in rows],
        "marks": marks,
        "months": [row for row in months if row[1]],
        "month_lines": [f"{(date(year, month, 1) - first).days / 3.66:.2f}%" for month in range(2, 13)],
        "year": year,
        "today_x": f"{(today - first).days / 3.66:.2f}%" if today.year == year else "",
    }


def _read(row: DayOff) -> Off:
    return Off(
        path=row.area.path, set_by=row.area.full_name, kind=row.kind, name=row.name, document=row.document,
        effect=row.effect, starts=row.starts, ends=row.ends, sessions=row.sessions, every=row.every, month=row.month,
        day=row.day, length=row.length, pk=row.pk,
    )  # fmt: skip


def _mark(day: date, rows: tuple[Off, ...], first: date) -> Mark:
    effects = {row.effect for row in rows}
    kind = next(
        (
            name
            for effect, name in ((Effect.SILENCE, "silent"), (Effect.NO_MUSIC, "music"), (Effect.FEWER, "fewer"))
            if effect in effects
        ),
        "other",
    )
    return Mark(
        day=day,
        x=f"{(day - first).days / 3.66:.2f}%",
        kind=kind,
        lunar=in_lunar(day),
        names=", ".join(dict.fromkeys(row.name for row in rows)) or "như ngày thường",
        effect=", ".join(dict.fromkeys(label(Effect, row.effect).lower() for row in rows)),
    )


def in_lunar(day: date) -> str:
    """ "10/3 âm lịch"; a leap month says so."""
    there = lunar.to_lunar(day)
    return f"{there.day}/{there.month}{' nhuận' if there.leap else ''} âm lịch"
