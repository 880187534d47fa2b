"""Sự cố: one line for one cause, what to do about it, and what was announced beforehand."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.areas.models import Area
from loa.areas.queries import hamlets_of
from loa.areas.rules import Level
from loa.devices import actions, queries
from loa.devices.access import incident_for, outage_for
from loa.devices.web.outage_form import OutageForm
from loa.kernel import clock
from loa.kernel.errors import LoaError, NotFound
from loa.people import access as people

MOST = 60  # lines of one list; who needs more looks at one commune
MOST_OF_A_COMMUNE = 400
FIRST = 10  # communes in sight, those with most


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Of the area `?don-vi=`: what is wrong now, what was over within a week, what is announced."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    part = request.headers.get("HX-Request") == "true"
    return render(
        request, "devices/incidents_part.html" if part else "devices/incidents.html", _told(request, area, now)
    )


def _told(request: HttpRequest, area: Area, now: datetime) -> dict[str, object]:
    return {
        "area": area,
        "open": queries.open_incidents(area.path),
        "past": queries.past_incidents(area.path, now),
        "planned": queries.planned(area.path, now),
        "now": now,
        "may_care": people.may(request.user, "device.care", area, now),
    }


@login_required
@require_safe
def show(request: HttpRequest, incident: UUID) -> HttpResponse:
    """One incident with its members, as far as this person sees them, or those of the commune `?don-vi=` alone."""
    now = clock.now()
    row, whole = incident_for(request.user, incident, now)
    shares = queries.shares(row, whole.path)
    place = _narrowed(request.GET.get("don-vi", ""), whole, shares)
    here = [one for one in shares if place == whole or one.area == place]
    members = queries.members_in(row, place.path)
    most = MOST if place == whole and len(shares) > 1 else MOST_OF_A_COMMUNE
    suffering, back = sum(one.suffering for one in here), sum(one.back for one in here)
    context = {
        "incident": row,
        "area": place,
        "whole": whole,
        "shares": shares if len(shares) > 1 else (),
        "first": shares[:FIRST],
        "rest": shares[FIRST:],
        "notice": queries.words_of(row, suffering or back),
        "suffering": members.filter(left_at=None)[:most],
        "back": members.filter(left_at__isnull=False)[:most],
        "count": suffering,
        "left": max(suffering - most, 0),
        "back_left": max(back - most, 0),
    }
    return render(request, "devices/incident.html", context)


def _narrowed(path: str, whole: Area, shares: Sequence[queries.Share]) -> Area:
    """The commune of this path, if the incident holds or held any of it here."""
    if path in ("", whole.path):
        return whole
    found = next((one.area for one in shares if one.area.path == path), None)
    if found is None:
        raise NotFound
    return found


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """Note a power cut or another outage of the area `?don-vi=`, or of a hamlet of it."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.care", area, now)
    hamlets = hamlets_of(area, clock.local(now).date()) if area.level == Level.COMMUNE else []
    form = OutageForm(request.POST or None, hamlets=hamlets)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        place = facts.pop("hamlet") or area
        try:
            actions.plan_outage(actor=people.signed_in(request), area=place, now=now, **facts)
        except LoaError as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request, "Đã ghi. Loa mất điện, mất mạng trong thời gian này thì hệ thống không báo sự cố."
            )
            return redirect(f"{reverse('devices:incidents')}?don-vi={area.path}")
    status = 422 if form.is_bound else 200
    return render(request, "devices/outage.html", {"area": area, "form": form}, status=status)


@login_required
@require_POST
def cancel(request: HttpRequest, outage: UUID) -> HttpResponse:
    """It will not be, or is over."""
    now = clock.now()
    row = outage_for(request.user, outage, now, "device.care")
    actions.cancel_outage(actor=people.signed_in(request), outage=row, now=now)
    messages.success(request, "Đã bỏ lịch ngừng này. Loa mất liên lạc thì hệ thống báo như thường.")
    return redirect(f"{reverse('devices:incidents')}?don-vi={row.area.path}")
