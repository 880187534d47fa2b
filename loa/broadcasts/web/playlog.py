"""Sổ nhật ký phát thanh: what was aired on a day, on the screen and on paper for two signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.broadcasts.queries import playlog as logs
from loa.broadcasts.queries.playlog import Entry, Missed
from loa.broadcasts.queries.slots import slots
from loa.broadcasts.rules.sessions import Slot
from loa.broadcasts.rules.strip import ON_TIME
from loa.broadcasts.web.compose.forms import Day
from loa.broadcasts.web.day import reason_words
from loa.bulletins.models import Version
from loa.devices.rules import advice
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media.library import provenance
from loa.people import access as people
from loa.ui.format import hm

SOURCES = {"commune": "Của xã", "province": "Của tỉnh", "centre": "Của trung ương"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log in words; `kind` is the look of `heard`, `silent` names who did not sound it and why."""

    entry: Entry
    time: str
    moved: str
    programme: str
    source: str
    category: str
    provenance: str
    writer: str
    approver: str
    kind: str
    heard: str
    silent: tuple[str, ...]


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The log of `?ngay=` (as 20/8/2026 or ISO, today if empty) of the commune of the person, or of `?don-vi=`."""
    return _page(request, "broadcasts/playlog.html")


@login_required
@require_safe
def printed(request: HttpRequest) -> HttpResponse:
    """The same as a form on A4."""
    return _page(request, "broadcasts/playlog_print.html")


def _page(request: HttpRequest, template: str) -> HttpResponse:
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    if area.level < Level.COMMUNE:
        return redirect("devices:list")
    today, refused = clock.local(now).date(), ""
    try:
        day = asked_day(request.GET.get("ngay", ""), today)
    except Invalid as error:
        day, refused = today, error.message
    log = logs.playlog(area, day, now)
    context = {
        "area": area,
        "log": log,
        "lines": [line(entry, now) for entry in log.entries],
        "sound_ms": sum(entry.airing.duration_ms for entry in log.entries if entry.proved),
        "partly": sum(entry.proved < entry.expected for entry in log.entries),
        "today": today,
        "refused": refused,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today else None,
        "person": people.signed_in(request),
        "query": _query(request, day),
        "sessions": _sessions(area, day, now),
    }
    return render(request, template, context, status=422 if refused else 200)


def _sessions(area: Area, day: date, now: datetime) -> list[Slot]:
    """Those of the day that have begun."""
    held = ((slot, slot.on(day)) for slot in slots(area, day))
    return [slot for slot, span in held if span is not None and span.start <= now]


def read_day(text: str, today: date) -> date:
    """Any day of the address, today if there is none; Invalid when it cannot be read."""
    if not text:
        return today
    try:
        day: date = Day(required=True).clean(text)
    except ValidationError as error:
        raise Invalid("Không đọc được ngày. Hãy ghi ngày/tháng/năm, ví dụ 20/8/2026.") from error
    return day


def asked_day(text: str, today: date) -> date:
    """The day of the address; Invalid when it cannot be read or lies ahead."""
    day = read_day(text, today)
    if day > today:
        raise Invalid("Sổ nhật ký chỉ có những ngày đã qua và hôm nay. Hãy chọn lại ngày.")
    return day


def line(entry: Entry, now: datetime) -> Line:
    """One airing in words."""
    airing = entry.airing
    version, approval = airing.schedule.version, airing.approval
    kind, heard = _heard(entry, now)
    started = entry.started
    late = started is not None and abs(started - airing.start) > ON_TIME
    return Line(
        entry=entry,
        time=hm(airing.start),
        moved=f"phát lúc {hm(started)}" if started and late else "",
        programme=airing.schedule.programme.name if airing.schedule.programme else "",
        source=SOURCES[airing.level],
        category=version.category.name if version and version.category else "",
        provenance=_provenance(version) if version else "",
        writer=version.author.full_name if version else "",
        approver=approval.approver.full_name
        + (f" (thay {approval.on_behalf_of.full_name})" if approval.on_behalf_of else ""),
        kind=kind,
        heard=heard,
        silent=() if _is_on_air(entry, now) else tuple(silent(entry.missed)),
    )


def _is_on_air(entry: Entry, now: datetime) -> bool:
    return now < entry.airing.start + timedelta(milliseconds=entry.airing.duration_ms) and not entry.proved


def _provenance(version: Version) -> str:
    """Of all its languages, each source once."""
    sounds = (version.sound, *(one.sound for one in version.languages.all()))
    return "; ".join(dict.fromkeys(told for sound in sounds if (told := provenance(sound))))


def _heard(entry: Entry, now: datetime) -> tuple[str, str]:
    if _is_on_air(entry, now):
        return "live", "Đang phát"
    return "ok" if entry.proved == entry.expected else "person", f"{entry.proved}/{entry.expected} cụm"


def silent(missed: Sequence[Missed]) -> list[str]:
    """ "Cụm 08 Nhà văn hóa thôn 5: mất điện"; several with the same reason stand together."""
    by_reason: dict[str, list[str]] = {}
    for one in missed:
        by_reason.setdefault(why(one), []).append(f"{one.device.number:02d} {one.device.name}")
    return [f"Cụm {', '.join(names)}: {words}" for words, names in by_reason.items()]


def why(missed: Missed) -> str:
    """Why one loudspeaker has no proof."""
    if missed.reason:
        return _lower(reason_words(missed.reason) or "loa không nêu lý do")
    if missed.outcome:
        return "phát dở" if missed.outcome == "cut" else "bỏ qua"
    return _lower(advice.of(missed.cause).word) if missed.cause else "chưa có bằng chứng"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _query(request: HttpRequest, day: date) -> str:
    place = request.GET.get("don-vi", "")
    return f"?ngay={day.isoformat()}" + (f"&don-vi={place}" if place else "")
