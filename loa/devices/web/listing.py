"""Thiết bị: every cluster of a commune with its state and cause, those that need a person first."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.areas.rules import Level
from loa.devices import queries
from loa.devices.web.sketch import pins
from loa.kernel import clock
from loa.people import access as people


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The commune's list; above communes, the communes with their counts. `?don-vi=` names another area."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "view", area, now)
    if area.level < Level.COMMUNE:
        communes = queries.commune_counts(area.path)
        return render(request, "devices/communes.html", {"area": area, "communes": communes})
    rows = queries.device_rows(area.path, now)
    context = {
        "area": area,
        "rows": rows,
        "pins": pins(rows),
        "online": sum(row.online for row in rows),
        "worried": sum(row.needs_person for row in rows),
        "may_manage": people.may(request.user, "device.manage", area, now),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "devices/list_part.html" if part else "devices/list.html", context)
