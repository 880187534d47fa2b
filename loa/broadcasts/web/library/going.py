"""Sắp hết hạn lưu: which files go in the next weeks, on which day and by which rule, while there is time to object."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from loa.broadcasts.queries import shelf
from loa.broadcasts.web.library.here import MAKE, UNNAMED, Here, number
from loa.people import access as people

PAGE = 30


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Sounds of the unit by the day on which their file goes; `?trang=` leafs through them. Nothing is changed."""
    here, at = Here.of(request), max(number(request.GET.get("trang", "")), 1)
    going = shelf.going(here.area, here.now)
    page = reverse("broadcasts:library_going") + here.query
    context = {
        "here": here,
        "area": here.area,
        "days": shelf.AHEAD.days,
        "count": len(going),
        "rows": [_row(one, here) for one in going[(at - 1) * PAGE : at * PAGE]],
        "before": f"{page}&trang={at - 1}" if at > 1 else "",
        "after": f"{page}&trang={at + 1}" if len(going) > at * PAGE else "",
        "may_keep": people.may(here.user, MAKE, here.area, here.now),
        "back": reverse("broadcasts:library") + here.query,
    }
    return render(request, "broadcasts/library/going.html", context)


def _row(one: shelf.Going, here: Here) -> dict[str, object]:
    return {
        "title": one.sound.title or UNNAMED,
        "on": one.on,
        "why": one.why,
        "sound": one.sound,
        "address": here.address("library_sound", one.sound),
        "play": here.address("library_play", one.sound),
    }
