"""Bản tin: what is being written, what waits, what came back and why; and for each what happens next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from loa.areas.rules import Level
from loa.broadcasts import actions
from loa.broadcasts.actions.deciding import ESCALATE_AFTER
from loa.broadcasts.models import Airing, Schedule, State
from loa.broadcasts.queries import sendings, sources
from loa.broadcasts.queries.approvers import approvers
from loa.broadcasts.queries.unheard import still_playing
from loa.broadcasts.rules import targets, words
from loa.broadcasts.web.told import told
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.access import bulletin_for
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.models import State as BulletinState
from loa.kernel import clock
from loa.people import access as people
from loa.people.models import User

MOST = 60
MOST_STARTS = 6
TABS = (
    ("", "Tất cả"),
    (BulletinState.DRAFT, "Bản nháp"),
    (BulletinState.SUBMITTED, "Chờ duyệt"),
    (BulletinState.RETURNED, "Trả lại"),
    (BulletinState.APPROVED, "Đã duyệt"),
    (BulletinState.WITHDRAWN, "Đã thu hồi"),
)
KINDS = {
    BulletinState.DRAFT: "",
    BulletinState.SUBMITTED: "next",
    BulletinState.RETURNED: "person",
    BulletinState.APPROVED: "ok",
    BulletinState.WITHDRAWN: "moved",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One bulletin of the list."""

    bulletin: Bulletin
    version: Version
    kind: str
    reason: str
    first: datetime | None
    address: str


@dataclass(frozen=True, slots=True)
class AirTimes:
    """One schedule in words."""

    schedule: Schedule
    starts: tuple[str, ...]
    more: int
    place: str


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Bulletins of the area, newest change first; `?trang-thai=` and `?tim=` narrow the list."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    state, search = request.GET.get("trang-thai", ""), request.GET.get("tim", "").strip()
    states = [state] if state in BulletinState.values else []
    found = bulletin_queries.listed(user, now, states=states, search=search)[:MOST]
    context = {
        "area": area,
        "rows": [_row(row, now) for row in found],
        "tabs": TABS,
        "state": state,
        "search": search,
        "may": people.may(user, "bulletin.write", area, now),
    }
    return render(request, "broadcasts/bulletins.html", context)


def _row(bulletin: Bulletin, now: datetime) -> Row:
    version = next(iter(bulletin.versions.all()))
    returned = bulletin_queries.last_return(bulletin) if bulletin.state == BulletinState.RETURNED else None
    writing = bulletin.state in (BulletinState.DRAFT, BulletinState.RETURNED)
    name = "broadcasts:compose_one" if writing else "broadcasts:bulletin"
    starts = sorted(start for row in _schedules(bulletin) for start in _starts(row, now)[:1])
    return Row(
        bulletin,
        version,
        KINDS[BulletinState(bulletin.state)],
        returned.reason if returned else "",
        starts[0] if starts else None,
        reverse(name, args=[bulletin.pk]),
    )


def _schedules(bulletin: Bulletin) -> list[Schedule]:
    rows = Schedule.objects.filter(bulletin=bulletin, delivery=None).exclude(state=State.ENDED)
    return list(rows.select_related("area", "programme", "version__sound"))


def _starts(schedule: Schedule, now: datetime) -> Sequence[datetime]:
    rule = sources.rule_of(schedule)
    return rule.starts(now, rule.end(now))


@login_required
@require_safe
def show(request: HttpRequest, bulletin: UUID) -> HttpResponse:
    """What happens next with one bulletin: who is asked, who has opened it, when and where it sounds."""
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now)
    version = bulletin_queries.submitted(row) or bulletin_queries.newest(row)
    address = request.build_absolute_uri(reverse("broadcasts:approve_one", args=[row.pk]))
    schedules = _schedules(row)
    air = schedules[0].area if schedules else row.area
    context = {
        "bulletin": row,
        "version": version,
        "told": told(version, user),
        "kind": KINDS[BulletinState(row.state)],
        "waiting": row.state == BulletinState.SUBMITTED,
        "times": [_times(schedule, now) for schedule in schedules],
        "asked": approvers(air, now, without=bulletin_queries.authors(row)),
        "deputy_at": row.submitted_at + ESCALATE_AFTER if row.submitted_at else None,
        "openings": bulletin_queries.openings(version).exclude(user__in=bulletin_queries.authors(row)),
        "address": address,
        "qr": _qr(address),
        "returned": bulletin_queries.last_return(row),
        "still": _still(row, now) if row.state == BulletinState.WITHDRAWN else [],
        "may": people.may(user, "bulletin.write", row.area, now),
        "may_stop": any(people.may(user, one, row.area, now) for one in ("bulletin.write", "bulletin.approve")),
        "may_plan": people.may(user, "schedule.write", air, now),
        "history": bulletin_queries.history(row),
        "sendings": sendings.sent(row.area).filter(bulletin=row),
        "may_send": _may_send(row, user, now),
        "sounded": Airing.objects.filter(schedule__bulletin=row).exists(),
    }
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    return render(request, "broadcasts/bulletin_part.html" if part else "broadcasts/bulletin.html", context)


def _may_send(row: Bulletin, user: User, now: datetime) -> bool:
    """Whether it can go down to communes: something of a province or the centre that nobody has withdrawn."""
    writes = all(people.may(user, one, row.area, now) for one in ("bulletin.write", "schedule.write"))
    return writes and row.area.level < Level.COMMUNE and row.state != BulletinState.WITHDRAWN


def _times(schedule: Schedule, now: datetime) -> AirTimes:
    starts = _starts(schedule, now)
    target = targets.from_json(schedule.target)
    places = sources.places_meant(schedule.area.path, target)
    count = len(targets.devices_meant(target, schedule.area.path, places))
    whole = target.everywhere and not target.without
    place = f"Cả {words.inside(schedule.area.full_name)}" if whole else "Một số nơi"
    shown = tuple(words.moment(start, now) for start in starts[:MOST_STARTS])
    return AirTimes(schedule, shown, len(starts) - len(shown), f"{place}, {count} cụm loa")


def _still(bulletin: Bulletin, now: datetime) -> list[object]:
    rows = Schedule.objects.filter(bulletin=bulletin, ended_at__isnull=False).select_related("area", "version__sound")
    return list(still_playing(rows, now))


def _qr(address: str) -> SafeString:
    drawn = segno.make(address, error="m").svg_inline(scale=4, border=4, omitsize=True, svgclass="qr")
    return mark_safe(drawn)  # noqa: S308  drawn by the library from our own address


@login_required
@require_POST
def recall(request: HttpRequest, bulletin: UUID) -> HttpResponse:
    """Back to the writer, to be mended."""
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now, "bulletin.write")
    actions.recall(actor=user, bulletin_id=row.pk, now=now)
    messages.success(request, "Đã rút lại về bản nháp. Người duyệt không còn thấy bản tin này nữa.")
    return redirect("broadcasts:compose_one", row.pk)


@login_required
@require_POST
def withdraw(request: HttpRequest, bulletin: UUID) -> HttpResponse:
    """Off the air for good; the page then lists who could still play it."""
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now)
    still = actions.withdraw(actor=user, bulletin_id=row.pk, reason=request.POST.get("reason", ""), now=now)
    left = f" {len(still)} cụm loa chưa xác nhận, xem danh sách dưới đây." if still else ""
    messages.success(request, f"Đã thu hồi bản tin, không phát nữa.{left}")
    return redirect("broadcasts:bulletin", row.pk)
