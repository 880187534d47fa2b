"""Loa nào đã phát: of a session or of a bulletin, commune by commune and loudspeaker by loudspeaker, live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.broadcasts.access import programme_for
from loa.broadcasts.queries import rollcall
from loa.broadcasts.queries.playlog import Missed
from loa.broadcasts.queries.rollcall import Heard, RollCall
from loa.broadcasts.rules import sheets
from loa.broadcasts.rules.rollcall import ORDER, Count
from loa.broadcasts.web.books import office_of
from loa.broadcasts.web.excel import excel
from loa.broadcasts.web.playlog import why
from loa.bulletins import queries as bulletins
from loa.bulletins.models import Bulletin
from loa.kernel import clock
from loa.kernel.errors import NotFound
from loa.people import access as people

MOST = 150  # a list of all loudspeakers of a province is for Excel


@dataclass(frozen=True, slots=True)
class Line:
    """One loudspeaker in words; `why` names what is lacking."""

    row: Heard
    why: str


@login_required
@require_safe
def session(request: HttpRequest, programme: UUID, day: str) -> HttpResponse:
    """A session of the commune on a day (ISO); `?muc=` narrows to one standing, `?dang=xlsx` is all of it for Excel."""
    now, user = clock.now(), people.signed_in(request)
    row = programme_for(user, programme, now)
    on = _day(day)
    called = rollcall.of_session(row, row.area, on, now)
    if called is None:
        raise NotFound("Hôm ấy không có buổi phát này.")
    title = f"{row.name} {on:%d/%m/%Y}"
    return _page(request, called, row.area, title, now, {"programme": row, "day": on})


@login_required
@require_safe
def bulletin(request: HttpRequest, bulletin: UUID) -> HttpResponse:
    """All airings of a bulletin in a week, up to `?den=` (ISO), in the person's own area or `?don-vi=`."""
    now, user = clock.now(), people.signed_in(request)
    row = Bulletin.objects.select_related("area").filter(pk=bulletin).first()
    if row is None:
        raise NotFound
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    until = _day(request.GET["den"]) if request.GET.get("den") else None
    called = rollcall.of_bulletin(row, area, now, until)
    if not called.rows and not people.may(user, "view", row.area, now):
        raise NotFound
    version = bulletins.submitted(row) or bulletins.newest(row)
    title = called.airings[0].title if called.airings else version.title
    more = {"bulletin": row, "before": called.since - timedelta(days=1), "may_open": people.may(
        user, "view", row.area, now
    )}  # fmt: skip
    return _page(request, called, area, title, now, more)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error


def _page(
    request: HttpRequest, called: RollCall, area: Area, title: str, now: datetime, more: dict[str, Any]
) -> HttpResponse:
    if request.GET.get("dang") == "xlsx":
        office = office_of(area, people.signed_in(request), clock.local(now).date())
        return excel(sheets.rollcall(office, title, [_cells(row, now) for row in called.rows]), "loa-da-phat", now)
    chosen = request.GET.get("muc", "")
    rows = rollcall.narrowed(called.rows, chosen)
    count = called.count
    context = {
        "area": area,
        "title": title,
        "called": called,
        "count": count,
        "chips": _chips(request, count),
        "all": _with(request, muc=""),
        "excel": _with(request, muc="", dang="xlsx"),
        "chosen": chosen,
        "many": area.level < Level.COMMUNE,
        "communes": called.communes if area.level < Level.COMMUNE else (),
        "orders": ORDER,
        "lines": [Line(row, _why(row, now)) for row in rows[:MOST]],
        "left": max(len(rows) - MOST, 0),
        **more,
    }
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    return render(request, "broadcasts/rollcall_part.html" if part else "broadcasts/rollcall.html", context)


def _chips(request: HttpRequest, count: Count) -> Sequence[tuple[str, str, int, str]]:
    return [(one.value, one.label, number, _with(request, muc=one.value)) for one, number in count.by]


def _with(request: HttpRequest, **changed: str) -> str:
    """The same address with these fields; empty ones are left out."""
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _why(row: Heard, now: datetime) -> str:
    """ "Mất điện" for all alike; else each item with its reason, three at most."""
    told = [(airing.title, why(Missed(row.device, one.outcome, one.reason, one.cause))) for airing, one in row.lacking]
    reasons = {reason for _, reason in told}
    if not told:
        return ""
    if len(reasons) == 1:
        return reasons.pop().capitalize()
    more = f" và {len(told) - 3} mục nữa" if len(told) > 3 else ""
    return "; ".join(f"{title}: {reason}" for title, reason in told[:3]) + more


def _cells(row: Heard, now: datetime) -> sheets.Called:
    device = row.device
    return sheets.Called(
        device.area.full_name, f"{device.number:02d} {device.name}", row.standing.label, row.proved, row.expected,
        _why(row, now),
    )  # fmt: skip
