"""The page of one unit: what it is, since when, what it came from and became, its hamlets, when it may sound."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.areas import hours
from loa.areas import queries as areas
from loa.areas.models import Area, AreaSuccession
from loa.areas.rules import PAST_ROOT, Level, is_inside
from loa.kernel import clock
from loa.kernel.errors import NotFound
from loa.people import access, queries
from loa.people.models import User
from loa.people.web.doors import address

DOORS = (
    ("view", "devices:list", "Thiết bị", "device"),
    ("view", "media:words", "Từ điển đọc", "book"),
    ("people.manage", "people:people", "Người dùng", "people"),
    ("audit.view", "people:record", "Nhật ký hệ thống", "record"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """Another unit in the history of this one; `province` is where it lay."""

    area: Area
    province: str
    row: AreaSuccession


@dataclass(frozen=True, slots=True)
class Door:
    """Something that this person may do here."""

    url: str
    label: str
    icon: str


def known(path: str) -> Area:
    """Any unit: whoever is signed in may look it up. Raises NotFound."""
    area = areas.by_path(path)
    if area is None:
        raise NotFound("Không có đơn vị hành chính nào mang mã này. Hãy tìm theo tên.")
    return area


@login_required
@require_safe
def place(request: HttpRequest, place: str) -> HttpResponse:
    """One unit, of today or of the past."""
    return page_of(request, known(place))


def page_of(request: HttpRequest, area: Area, *, status: int = 200, **more: object) -> HttpResponse:
    """The page of a unit; `more` adds to its context, such as a form that was refused."""
    user, now = access.signed_in(request), clock.now()
    today = clock.local(now).date()
    came_from, went_to = areas.succession(area)
    past = is_inside(area.path, PAST_ROOT) or (area.valid_to is not None and area.valid_to < today)
    below = area.children.exclude(level=Level.HAMLET)
    context = {
        "area": area,
        "above": above_of(area),
        "past": past,
        "today": today,
        "came_from": [_link(row.old, row) for row in came_from],
        "went_to": [_link(row.new, row) for row in went_to],
        "former_names": area.former_names.order_by("-valid_to"),
        "below": list(below if past else below.filter(areas.valid_on(today))),
        "hamlets": areas.hamlets_of(area, today) if area.level == Level.COMMUNE else [],
        "ended": area.children.filter(level=Level.HAMLET, valid_to__lt=today),
        "hours": None if past else _hours(area),
        "hours_url": address("broadcasts:hours", area.path) if access.may(user, "rules.write", area, now) else "",
        "may_change": not past and access.may(user, "hamlet.write", area, now),
        "doors": [] if past else list(_doors(user, area)),
        "categories_url": _categories(user, area, past),
        "source": areas.imported(),
        **more,
    }
    return render(request, "people/places/place.html", context, status=status)


def above_of(area: Area) -> list[Area]:
    """The units above, nearest first, without the country."""
    found = []
    parent = area.parent
    while parent is not None and parent.level > Level.CENTRE:
        found.append(parent)
        parent = parent.parent
    return found


def _link(area: Area, row: AreaSuccession) -> Link:
    above = above_of(area)
    return Link(area, ", ".join(one.full_name for one in above), row)


def _hours(area: Area) -> dict[str, object]:
    found = areas.hours_for(area, clock.local(clock.now()).date())
    return {"windows": hours.spoken(found), "document": found.document, "set_by": found.set_by, "limits": found.limits}


def _doors(user: User, area: Area) -> list[Door]:
    now = clock.now()
    return [
        Door(f"{url}?don-vi={area.path}", label, icon)
        for capability, name, label, icon in DOORS
        if access.may(user, capability, area, now) and (url := address(name))
    ]


def _categories(user: User, area: Area, past: bool) -> str:
    """The list of what bulletins are about, for who works here."""
    return "" if past or not access.may(user, "view", area, clock.now()) else address("bulletins:categories", area.path)


def announcers(hamlet: Area) -> list[User]:
    """Who speaks for the hamlet today: somebody should be told when it ends."""
    rows = queries.grants_in(hamlet.path, clock.now())
    return list({row.user_id: row.user for row in rows}.values())
