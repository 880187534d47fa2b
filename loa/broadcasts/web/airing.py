"""One airing, loudspeaker by loudspeaker: who sounded it when, who did not and why. Opened from the day and its log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from loa.broadcasts.access import airing_for
from loa.broadcasts.models import Airing
from loa.broadcasts.queries import sources
from loa.broadcasts.queries.airings import Sounded, who_sounded
from loa.broadcasts.queries.playlog import Missed
from loa.broadcasts.web.playlog import why
from loa.devices.models import Device
from loa.kernel import clock
from loa.media.rules import length
from loa.people import access as people
from loa.people.models import User

_SECOND = timedelta(seconds=1)
OUTCOMES = {"played": ("ok", "Đã phát hết"), "cut": ("person", "Phát dở"), "skipped": ("person", "Không phát")}


FALLBACK = "fallback"
LOST = {
    "gone": "nguồn bị ngắt",
    "stuck": "nguồn bị treo",
    "silent": "nguồn im lặng",
    "junk": "nguồn hỏng",
    "no_tuner": "loa không có bộ thu FM",
    "missing": "không có nguồn",
    "forbidden": "nguồn không được phép",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One loudspeaker in words. `kind` is the look of `outcome`."""

    device: Device
    kind: str
    outcome: str
    began: str
    late: str
    rendered_ms: int
    reason: str


@login_required
@require_safe
def show(request: HttpRequest, airing: str) -> HttpResponse:
    """The loudspeakers of the person's own area, or of `?don-vi=`."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    row = airing_for(user, airing, now)
    rows = sorted((_row(row, one, now) for one in who_sounded(row, area.path)), key=lambda one: one.kind != "person")
    context = {
        "airing": row,
        "area": area,
        "rows": rows,
        "played": sum(one.kind == "ok" for one in rows),
        "coming": now < row.start,
        "on_air": row.start <= now < _end(row),
        "day": clock.local(row.start).date(),
        "calendar": _in_calendar(row, user, now),
    }
    return render(request, "broadcasts/airing.html", context)


def _end(row: Airing) -> datetime:
    return row.start + timedelta(milliseconds=row.duration_ms)


def _in_calendar(row: Airing, user: User, now: datetime) -> str:
    """The page of its schedule, where it can be moved or taken out; "" if it is another unit's."""
    if not people.may(user, "view", row.schedule.area, now):
        return ""
    address = reverse("broadcasts:item", args=[row.schedule_id])
    still = row.start in sources.rule_of(row.schedule).starts(row.start, row.start + _SECOND)
    return f"{address}?luc={clock.to_ms(row.start)}" if still else address


def _row(row: Airing, one: Sounded, now: datetime) -> Row:
    kind, outcome = OUTCOMES.get(one.outcome) or _unsaid(row, one.device, now)
    return Row(
        device=one.device,
        kind=kind,
        outcome=outcome,
        began=_clock(one.started) if one.started else "",
        late=f"muộn {one.late // _SECOND} giây" if one.late is not None and one.late >= _SECOND else "",
        rendered_ms=one.rendered // timedelta(milliseconds=1),
        reason=". ".join(filter(None, (_why(one), relayed_words(one.relayed)))),
    )


def _why(one: Sounded) -> str:
    return why(Missed(one.device, one.outcome, one.reason, one.cause)) if one.reason or one.cause else ""


def relayed_words(parts: Iterable[Mapping[str, Any]]) -> str:
    """Of what a relay was made, if it was not all source: "Tiếp âm 25 phút, tiếng thay thế 5 phút (nguồn bị ngắt)"."""
    rows = [(str(part.get("source", "")), int(part["ms"]), str(part.get("cause", ""))) for part in parts]
    if all(source not in (FALLBACK, "") for source, _, _ in rows):
        return ""
    said = []
    for source, length_ms, cause in rows:
        what = {FALLBACK: "tiếng thay thế", "": "im lặng"}.get(source, "tiếp âm")
        said.append(f"{what} {length(length_ms)}" + (f" ({LOST[cause]})" if cause in LOST else ""))
    return ", ".join(said).capitalize()


def _unsaid(row: Airing, device: Device, now: datetime) -> tuple[str, str]:
    """Look and word of a loudspeaker that has sworn nothing."""
    if now < row.start:
        return "next", "Sắp phát"
    if now < _end(row):
        playing = getattr(getattr(device, "status", None), "playing", "") == row.pk
        return ("live", "Đang phát") if playing else ("", "Chờ loa báo")
    return "person", "Chưa có bằng chứng"


def _clock(instant: datetime) -> str:
    return f"{clock.local(instant):%H:%M:%S}"
