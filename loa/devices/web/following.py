"""A line for the page about hours: how many loudspeakers there are, and how many go by the hours in force."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.devices.actions.placing import following
from loa.kernel import clock
from loa.people import access as people


@login_required
@require_safe
def show(request: HttpRequest, place: str) -> HttpResponse:
    """A part of a page, fetched by htmx."""
    now = clock.now()
    area = people.area_for(request.user, place, now)
    return render(request, "devices/following.html", {"following": following(area.path, now)})
