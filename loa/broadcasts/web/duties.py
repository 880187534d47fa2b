"""Niêm yết, công khai trên loa: what is owed, how it stands by the proofs, the air times that meet it, the report."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from loa.areas.models import Area
from loa.broadcasts import actions
from loa.broadcasts.access import WRITE, obligation_for
from loa.broadcasts.changes.kinds.weeks import PlanDuty
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import duties as queries
from loa.broadcasts.rules import duties as rules
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.duties import DayState
from loa.broadcasts.web.changing import settle
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.errors import LoaError, NotFound
from loa.people import access as people

TAGS = {
    rules.State.LATE: "person",
    rules.State.LACKING: "person",
    rules.State.PLANNED: "next",
    rules.State.PROVED: "ok",
    rules.State.ENDED: "",
}
DAY_TAGS = {
    DayState.PROVED: "ok",
    DayState.PARTIAL: "person",
    DayState.SILENT: "person",
    DayState.PLANNED: "next",
    DayState.NONE: "",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One obligation for the page: its tag, its days in words, the clusters that owe a proof."""

    row: queries.Row
    kind: str
    days: tuple[tuple[rules.Day, str, str], ...]
    missing: str

    @property
    def may_plan(self) -> bool:
        """Whether air times may be offered: what is met, or waits, needs none."""
        return self.row.needs_a_person and not self.row.waiting


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All obligations of the area, what needs a person first."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    context = {
        "area": area,
        "rows": [_shown(row) for row in queries.rows(area, now)],
        "may": people.may(user, WRITE, area, now),
        "days": rules.CONSECUTIVE_DAYS,
    }
    return render(request, "broadcasts/duties.html", context)


def _shown(row: queries.Row) -> Shown:
    often = row.obligation.times_a_day
    days = tuple((day, DAY_TAGS[day.state], rules.in_words(day, often)) for day in row.judged.days)
    return Shown(row, TAGS[row.state], days, named(row.missing))


def named(devices: Iterable[Device]) -> str:
    """ "Cụm 07, Cụm 08"."""
    return ", ".join(f"Cụm {one.number:02}" for one in sorted(devices, key=lambda one: one.number))


@login_required
@require_POST
def plan(request: HttpRequest, duty: int) -> HttpResponse:
    """Air times that meet it, shown first, then drafts on the page of the bulletin."""
    now, user = clock.now(), people.signed_in(request)
    row = obligation_for(user, duty, now, WRITE)
    known = Schedule.objects.filter(bulletin=row.bulletin).exclude(state=State.ENDED).order_by("-made_at").first()
    target = targets.from_json(known.target) if known else targets.Target()
    change = PlanDuty(area=row.area.path, duty=row.pk, where=target)
    try:
        return settle(request, change, back=reverse("broadcasts:compose_one", args=[row.bulletin_id]))
    except NotFound:
        raise
    except LoaError as error:
        messages.error(request, error.message)
        return redirect("broadcasts:duties")


@login_required
@require_POST
def end(request: HttpRequest, duty: int) -> HttpResponse:
    """Field `reason`: why it is minded no longer."""
    now, user = clock.now(), people.signed_in(request)
    try:
        actions.end_obligation(actor=user, obligation_id=duty, reason=request.POST.get("reason", ""), now=now)
    except NotFound:
        raise
    except LoaError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Đã thôi theo dõi. Lý do được giữ lại trong danh sách và sổ ghi việc.")
    return redirect("broadcasts:duties")


@login_required
@require_safe
def printed(request: HttpRequest, duty: int) -> HttpResponse:
    """The report with its proofs, for the file."""
    now, user = clock.now(), people.signed_in(request)
    obligation = obligation_for(user, duty, now)
    [row] = queries.rows(obligation.area, now, only=obligation)
    context = {
        "area": obligation.area,
        "shown": _shown(row),
        "row": row,
        "proofs": queries.proofs(row),
        "person": user,
        "now": now,
    }
    return render(request, "broadcasts/duty_print.html", context)


@dataclass(frozen=True, slots=True)
class Late:
    """What the day says of obligations: how many, and the most pressing one."""

    title: str
    more: str
    address: str


def pressing(area: Area, now: datetime) -> Late | None:
    """What is late or not planned in the area; None if nothing is."""
    rows = [row for row in queries.rows(area, now) if row.needs_a_person]
    if not rows:
        return None
    first = rows[0]
    late = sum(row.state is rules.State.LATE for row in rows)
    title = f"{late} bản tin phải công khai đang chậm" if late else f"{len(rows)} bản tin phải công khai chưa xếp đủ"
    more = f"“{first.version.title}”: {first.obligation.days} ngày liên tiếp từ {first.obligation.first_day:%d/%m}."
    if first.missing:
        more += f" Còn thiếu bằng chứng của {named(first.missing)}."
    return Late(title, more, reverse("broadcasts:duties"))
