"""Thông báo: everything that this person is told, the open ones first; the bell of every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loa.kernel import clock
from loa.notifications import actions, queries
from loa.notifications.queries import Line
from loa.notifications.rules import KINDS, Kind
from loa.people import access as people
from loa.people.models import User
from loa.ui.frame import Bell

TOGETHER = 4  # of more of one kind the rest is folded up


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one kind: the `first` are shown, the `rest` of many is folded up."""

    kind: Kind
    lines: tuple[Line, ...]

    @property
    def first(self) -> tuple[Line, ...]:
        """Always in sight."""
        return self.lines[:TOGETHER]

    @property
    def rest(self) -> tuple[Line, ...]:
        """Behind one line that opens."""
        return self.lines[TOGETHER:]

    @property
    def fresh(self) -> int:
        """How many of them nobody here has looked at."""
        return sum(line.fresh for line in self.lines)


@login_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is open, or with `?xem=da-xong` what is over; `?loai=` one kind only."""
    user, now = people.signed_in(request), clock.now()
    over = request.GET.get("xem", "") == "da-xong"
    kind = request.GET.get("loai", "")
    lines = queries.box(user, people.grants_of(user, now), over=over, kind=kind if kind in KINDS else "", now=now)
    context = {
        "over": over,
        "groups": _groups(lines),
        "count": len(lines),
        "fresh": sum(line.fresh for line in lines),
        "kinds": _kinds(user, now),
        "chosen": kind,
        "now": now,
        "here": request.get_full_path(),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "notifications/list_part.html" if part else "notifications/list.html", context)


def _kinds(user: User, now: datetime) -> list[tuple[str, str]]:
    from loa.notifications.web.settings import own_kinds

    return [(kind.code, kind.label) for kind in own_kinds(user, now)]


def _groups(lines: Sequence[Line]) -> list[Group]:
    """Urgent ones stand for themselves; the others in the order in which their kind first comes."""
    together: dict[tuple[str, bool], list[Line]] = {}
    for line in lines:
        together.setdefault((line.kind.code, line.urgent), []).append(line)
    return [Group(found[0].kind, tuple(found)) for found in together.values()]


@login_required
@never_cache
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, for a page that is open."""
    user, now = people.signed_in(request), clock.now()
    count = queries.unseen(user, people.grants_of(user, now))
    own = Bell(url=reverse("notifications:list"), refresh_url=reverse("notifications:bell"), count=count)
    return render(request, "ui/bell.html", {"bell": own})


@login_required
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """All of them looked at."""
    count = actions.mark_all_seen(actor=people.signed_in(request), now=clock.now())
    messages.success(request, f"Đã đánh dấu {count} thông báo là đã xem.")
    return redirect("notifications:list")
