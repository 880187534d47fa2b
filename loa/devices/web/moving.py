"""A cluster moves to another commune: look for it, read what will happen, confirm."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.areas import hours
from loa.areas import queries as areas
from loa.areas.models import Area
from loa.areas.rules import Level, is_inside
from loa.areas.search import Found
from loa.areas.typed import MOST
from loa.devices import actions
from loa.devices.models import Device
from loa.devices.web.forms import MoveForm
from loa.devices.web.keeping import kept
from loa.kernel import clock
from loa.kernel.errors import Invalid, Unavailable
from loa.people import access as people
from loa.ui.web import changes

ROWS = 20


@dataclass(frozen=True, slots=True)
class Goal:
    """A commune of today to which a cluster may be moved; `formerly` is the past name by which it was found."""

    path: str
    full_name: str
    province: str
    formerly: str = ""


@login_required
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, device: str) -> HttpResponse:
    """Without `?toi=` (path of a commune) the search for one; with it what will happen, and the button."""
    now = clock.now()
    row = kept(request, device, now)
    if path := request.GET.get("toi", ""):
        return _confirm(request, row, people.area_for(request.user, path, now, "device.manage"), now)
    text = request.GET.get("tim", "")[:MOST]
    scopes = people.areas_with(request.user, "device.manage", now)
    context = {"device": row, "text": text, "asked": bool(text.strip()), "goals": _goals(text, row, scopes)}
    context["old"] = _inside(row.area)
    return render(request, "devices/move_search.html", context)


def _goals(text: str, device: Device, scopes: tuple[str, ...]) -> list[Goal]:
    """Each commune once, also when it is found by the names of two that it took over."""
    found = {goal.path: goal for hit in reversed(areas.search(text, near=device.area.path)) for goal in _today(hit)}
    fits = [goal for path, goal in found.items() if any(is_inside(path, scope) for scope in scopes)]
    return [goal for goal in reversed(fits) if goal.path != device.area.path][:ROWS]


def _today(hit: Found) -> Iterator[Goal]:
    if hit.level != Level.COMMUNE:
        return
    if hit.valid_to is None:
        yield Goal(hit.path, hit.full_name, hit.province, hit.former_name or "")
    for heir in hit.successors:
        yield Goal(heir.path, heir.full_name, heir.province, hit.full_name)


def _confirm(request: HttpRequest, device: Device, area: Area, now: datetime) -> HttpResponse:
    today = clock.local(now).date()
    free = actions.free_number(area, device.kind, rather=device.number)
    form = MoveForm(request.POST or None, hamlets=areas.hamlets_of(area, today), number=free)
    if request.method == "POST" and form.is_valid():
        try:
            return _ask(request, device, area, form.facts())
        except (Invalid, Unavailable) as error:
            form.add_error(None, error.message)
            device.refresh_from_db()
    return _page(request, device, area, form, now)


def _ask(request: HttpRequest, device: Device, area: Area, facts: Mapping[str, Any]) -> HttpResponse:
    """What will sound otherwise there, and the button that does it."""
    named = {"hamlet": "hamlet", "former_area": "former"}
    places = {name: facts[field].path for field, name in named.items() if facts.get(field) is not None}
    kept = {name: facts[name] for name in ("number", "latitude", "longitude")}
    wish = {"kind": "device.move", "area": device.area.path, "device": device.pk, "to": area.path, **kept, **places}
    return changes.ask(request, wish, back=reverse("devices:show", args=[device.pk]))


def _page(request: HttpRequest, device: Device, area: Area, form: MoveForm, now: datetime) -> HttpResponse:
    found = areas.hours_for(area, clock.local(now).date())
    context = {
        "device": device,
        "area": area,
        "form": form,
        "groups": list(device.groups.all()),
        "old": _inside(device.area),
        "new": _inside(area),
        "windows": hours.spoken(found),
        "document": found.document,
        "placed": device.state == Device.State.PLACED,
        "other_number": form.initial["number"] != device.number,
    }
    return render(request, "devices/move.html", context, status=422 if form.is_bound else 200)


def _inside(area: Area) -> str:
    """ "xã Trấn Yên", as it stands inside a sentence."""
    return area.full_name[:1].lower() + area.full_name[1:]
