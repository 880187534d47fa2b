"""Thiết bị: of a commune every cluster, of a larger area the picture first. Those that need a person stand first."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.devices import queries
from loa.devices.queries import Listed, Wish
from loa.devices.web.mapping import ground
from loa.kernel import clock
from loa.people import access as people

MOST_OF_A_COMMUNE = 500


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The page of `?don-vi=`, else of the area that this person looks after."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "view", area, now)
    if area.level < Level.COMMUNE:
        return _province(request, area, now)
    listed = queries.listed(area.path, Wish(), now, size=MOST_OF_A_COMMUNE)
    context = {
        "area": area,
        "ground": ground(area),
        "rows": listed.rows,
        "sums": queries.sums(area.path, now),
        "above": area.parent if area.parent and people.may(request.user, "view", area.parent, now) else None,
        "may_manage": people.may(request.user, "device.manage", area, now),
        "may_care": people.may(request.user, "device.care", area, now),
        "may_release": people.may(request.user, "release.propose", area, now),
    }
    return render(request, "devices/list_part.html" if _part(request) else "devices/list.html", context)


def _province(request: HttpRequest, area: Area, now: datetime) -> HttpResponse:
    """Communes of a province with the list of its devices; above provinces the provinces alone."""
    wish = Wish(
        text=request.GET.get("tim", "").strip()[:80],
        reason=request.GET.get("loc", "")[:20],
        path=request.GET.get("xa", "")[:40],
    )
    units = queries.picture(area, now)
    context = {
        "area": area,
        "ground": ground(area),
        "sums": queries.sums(area.path, now),
        "units": units,
        "named": sorted(units, key=lambda unit: unit.area.sort_key),
        "wish": wish,
        "part": _part(request),
        "may_care": people.may(request.user, "device.care", area, now),
        "may_release": people.may(request.user, "release.propose", area, now),
        "may_manage": people.may(request.user, "device.manage", area, now),
        "left_behind": queries.left_behind(area.path) if people.may(request.user, "device.manage", area, now) else [],
        "below": "xã, phường" if area.level == Level.PROVINCE else "tỉnh, thành phố",
        **(_listed(area, wish, request, now) if area.level == Level.PROVINCE else {}),
    }
    return render(request, "devices/province_part.html" if _part(request) else "devices/province.html", context)


def _listed(area: Area, wish: Wish, request: HttpRequest, now: datetime) -> dict[str, object]:
    asked = request.GET.get("trang", "")
    listed = queries.listed(area.path, wish, now, page=int(asked) if asked.isdecimal() and len(asked) < 6 else 1)
    kept = {"don-vi": area.path, "tim": wish.text, "loc": wish.reason, "xa": wish.path}
    return {"listed": listed, "pages": _pages(listed), "query": urlencode({k: v for k, v in kept.items() if v})}


def _pages(listed: Listed) -> Sequence[int | None]:
    """First, last and those around the present one; None is a gap."""
    near = {1, listed.pages, *range(listed.page - 1, listed.page + 2)}
    shown: list[int | None] = []
    for number in sorted(number for number in near if 1 <= number <= listed.pages):
        if shown and shown[-1] != number - 1:
            shown.append(None)
        shown.append(number)
    return shown


def _part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
