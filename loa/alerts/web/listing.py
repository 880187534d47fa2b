"""Khẩn cấp: what is active, what waits, what was sent before."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.alerts import access, hazards
from loa.alerts.queries import alerts
from loa.kernel import clock
from loa.people import access as people

PAGE = 30


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The first page of this section."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, access.VIEW, area, now)
    rows = Paginator(alerts.seen_by(user, now), PAGE).get_page(request.GET.get("trang"))
    context = {
        "area": area,
        "active": alerts.active(area.path, now),
        "waiting": alerts.waiting(user, now),
        "drafts": alerts.drafts(user, now),
        "rows": rows,
        "names": {code: one.name for code, one in hazards.book().kinds.items()},
        "may": people.may(user, access.AUTHOR, area, now),
        "break_glass": alerts.break_glass_of(area),
        "may_rule": people.may(user, "rules.write", area, now),
        "due": alerts.due_drills(area, now),
        "roster": [one for one in alerts.roster(area, now) if one.starts <= now],
    }
    return render(request, "alerts/list.html", context)
