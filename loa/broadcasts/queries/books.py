"""The lines of the books of an area, read from the log and the proofs behind it."""

from datetime import date, datetime, timedelta

from django.db.models import Q

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import lineage
from loa.broadcasts.models import Airing, FeeRate, PlayProof, PlaySum, Schedule, State
from loa.broadcasts.queries import playlog as logs
from loa.broadcasts.queries import week as weeks
from loa.broadcasts.rules import books, sheets
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import midnight
from loa.bulletins.models import Version
from loa.bulletins.rules import LANGUAGES
from loa.devices.models import Device, DeviceGroup
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from loa.media.models import Origin, Sound
from loa.ui.format import hm

SOURCES = {"commune": books.OWN, "province": "Của tỉnh", "centre": "Của trung ương"}


def check_period(first: date, last: date, today: date) -> None:
    """Raises Invalid for days that lie ahead, run backwards, or are more than a quarter."""
    if last < first:
        raise Invalid("Ngày cuối phải từ ngày đầu trở đi.", code="period")
    if first > today:
        raise Invalid("Sổ chỉ có những ngày đã qua và hôm nay. Hãy chọn lại ngày.", code="period")
    if last - first >= books.LONGEST:
        raise Invalid("Mỗi lần in được nhiều nhất một quý. Hãy chọn ít ngày hơn.", code="period")


def lines(area: Area, first: date, last: date, now: datetime) -> list[books.Line]:
    """What should have sounded in the area in these local days, both included, before `now`. Raises Invalid."""
    today = local(now).date()
    check_period(first, last, today)
    if first < (kept := books.kept_since(today)):
        raise Invalid(
            f"Từng lượt phát được giữ {books.KEPT_MONTHS} tháng, hiện từ {kept:%d/%m/%Y}. "
            "Trước đó chỉ còn số cộng từng ngày: hãy in báo cáo tháng, quý.",
            code="only_sums",
        )
    return read_lines(area, first, last, now)


def read_lines(area: Area, first: date, last: date, now: datetime) -> list[books.Line]:
    """As `lines`, without asking whether all of it is still there."""
    log = logs.playlog(area, first, now, last=last)
    return [_line(entry) for entry in log.entries]


def sums(area: Area, first: date, last: date, now: datetime) -> books.Sums:
    """The same in numbers; of days whose proofs are gone, from what was summed up of them. Raises Invalid."""
    today = local(now).date()
    check_period(first, last, today)
    kept = books.kept_since(today)
    old = PlaySum.objects.filter(area=area, day__range=(first, min(last, kept - timedelta(days=1))))
    rows = [
        books.DaySum(
            row.day,
            row.source,
            row.category,
            row.language,
            row.airings,
            row.length_ms,
            row.full,
            row.partly,
            row.silent,
        )
        for row in (old if first < kept else ())
    ]
    rows += books.day_sums(read_lines(area, max(first, kept), last, now)) if last >= kept else ()
    return books.sums(rows)


def rates(area: Area, first: date, last: date) -> list[books.Rate]:
    """What is paid in the area in these days: for each work by the nearest area that has said so. One query."""
    paths = lineage(area.path)
    rows = FeeRate.objects.filter(area__path__in=paths, starts__lte=last).filter(Q(ends=None) | Q(ends__gte=first))
    nearest: dict[str, int] = {}
    found = list(rows.select_related("area"))
    for row in found:
        nearest[row.work] = max(nearest.get(row.work, 0), len(row.area.path))
    return [
        books.Rate(books.Work(row.work), books.Unit(row.unit), row.dong, row.starts, row.ends, row.document)
        for row in found
        if len(row.area.path) == nearest[row.work]
    ]


def aired_before(found: list[books.Line], first: date) -> frozenset[int]:
    """Of the versions of these lines those of which a loudspeaker proved an airing before that day. Two queries."""
    versions = {line.version for line in found}
    earlier = Airing.objects.filter(schedule__version__in=versions, start__lt=midnight(first))
    names = dict(earlier.values_list("pk", "schedule__version"))
    proved = PlayProof.objects.filter(airing__in=names, outcome="played").values_list("airing", flat=True)
    return frozenset(names[airing] for airing in proved.distinct())


def _line(entry: logs.Entry) -> books.Line:
    airing, version = entry.airing, entry.airing.schedule.version
    approval = airing.approval
    by = approval.approver.full_name
    return books.Line(
        day=local(airing.start).date(),
        time=hm(airing.start),
        version=version.pk if version else 0,
        title=airing.title,
        programme=airing.schedule.programme.name if airing.schedule.programme else "",
        source=SOURCES[airing.level],
        category=version.category.name if version and version.category else "",
        language=_languages(version) if version else "",
        length_ms=airing.duration_ms if entry.proved else 0,
        editor=version.author.full_name if version else "",
        reader=_reader(version.sound) if version else "",
        approver=by + (f" (thay {approval.on_behalf_of.full_name})" if approval.on_behalf_of else ""),
        operator=_operator(airing.schedule),
        expected=entry.expected,
        proved=entry.proved,
        note=_note(entry),
    )


def _languages(version: Version) -> str:
    codes = [version.language, *(one.language for one in version.languages.all() if one.sound)]
    return ", ".join(LANGUAGES.get(code, code).removeprefix("Tiếng ") for code in dict.fromkeys(codes))


def _reader(sound: Sound | None) -> str:
    """Who was recorded; "" where a machine speaks or nobody is known."""
    source = sound.made_from if sound and sound.made_from else sound
    if source is None or source.origin != Origin.RECORDED or source.made_by is None:
        return ""
    return source.made_by.full_name


def _operator(schedule: Schedule) -> str:
    return schedule.made_by.full_name


def _note(entry: logs.Entry) -> str:
    late = entry.started - entry.airing.start if entry.started else timedelta(0)
    return f"Phát lúc {hm(entry.started)}" if entry.started and abs(late) > timedelta(minutes=1) else ""


def slots(area: Area, monday: date, now: datetime) -> list[sheets.Slot]:
    """What is approved for the week of the area, in order of time; for days gone by what was in the plans."""
    found = weeks.week(area, monday, now)
    names = _names(area)
    return [
        sheets.Slot(
            day=local(slot.start).date(),
            time=hm(slot.start),
            title=slot.title,
            programme=slot.programme,
            source="Của cấp trên" if slot.from_above else books.OWN,
            length_ms=(slot.end - slot.start) // timedelta(milliseconds=1),
            target=_where(slot.target, names),
        )
        for slot in found.slots
        if slot.state == State.APPROVED
    ]


def _names(area: Area) -> dict[str, str]:
    """Hamlets and former communes by path, groups and loudspeakers by id."""
    units = Area.objects.filter(within(area.path) | Q(successions__new=area)).values_list("path", "full_name")
    groups = DeviceGroup.objects.filter(within(area.path, "area__path")).values_list("pk", "name")
    devices = Device.objects.filter(within(area.path, "area__path")).values_list("pk", "name")
    return {**dict(units), **{pk: f"Nhóm {name}" for pk, name in groups}, **dict(devices)}


def _where(target: Target, names: dict[str, str]) -> str:
    chosen = (*target.areas, *target.groups, *target.devices)
    told = ", ".join(names[one] for one in chosen if one in names) or "Cả đơn vị"
    without = ", ".join(names[one] for one in target.without if one in names)
    return f"{told}, trừ {without}" if without else told
