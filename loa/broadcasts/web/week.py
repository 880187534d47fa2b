"""Lịch phát: the week by time and day; every move shows the real air times before it is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from airtime.hours import Window
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from loa.areas.models import Area
from loa.areas.queries import hours_for
from loa.broadcasts import actions
from loa.broadcasts.access import APPROVE, WRITE
from loa.broadcasts.changes.kinds.weeks import CopyWeek
from loa.broadcasts.queries import duties, weeks
from loa.broadcasts.queries.weeks import Week
from loa.broadcasts.rules import words
from loa.broadcasts.rules.duties import MOST_DAYS, Day, in_words
from loa.broadcasts.web.changing import settle
from loa.broadcasts.web.duties import DAY_TAGS, TAGS
from loa.devices.models import DeviceGroup
from loa.devices.queries import placed_in
from loa.kernel import clock
from loa.kernel.errors import LoaError, NotFound, Refusal
from loa.kernel.ids import new_id
from loa.people import access as people
from loa.ui.web.keep import keep_offline

WEEK = timedelta(days=7)


@login_required
@require_safe
@keep_offline("Lịch phát tuần này")
def show(request: HttpRequest) -> HttpResponse:
    """`?tuan=` any ISO day of the week, `?ngay=` the day that a phone shows, `?nhom=` a group of loudspeakers."""
    return render(request, "broadcasts/week.html", _context(request))


@login_required
@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    """The same week for the wall."""
    return render(request, "broadcasts/week_paper.html", _context(request))


def _context(request: HttpRequest) -> dict[str, object]:
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    chosen = _day(request.GET.get("ngay", ""))
    monday = weeks.monday_of(_day(request.GET.get("tuan", "")) or chosen or clock.local(now).date())
    group = _group(area, request.GET.get("nhom", ""))
    found = weeks.week(area, monday, now, chosen=chosen, heard_by=_members(group))
    hours = hours_for(area, monday)
    return {
        "area": area,
        "place": words.inside(area.full_name),
        "week": found,
        "group": group,
        "groups": DeviceGroup.objects.filter(area=area),
        "speakers": len(_members(group) or ()) if group else placed_in(area.path).count(),
        "before": monday - WEEK,
        "after": monday + WEEK,
        "hours": hours,
        "windows": _windows(hours.windows),
        "holidays": [day for day in found.days if day.holiday or day.off],
        "may": people.may(user, WRITE, area, now),
        "may_approve": people.may(user, APPROVE, area, now),
        "duties": _duties(area, found, now),
    }


def _windows(windows: Collection[Window]) -> list[str]:
    found = sorted({(one.start, one.end) for one in windows})
    return [f"{_minute(start)}–{_minute(end)}" for start, end in found]


def _minute(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class Owed:
    """Something that has to be made public in this week: the page's card of it."""

    row: duties.Row
    kind: str
    days: tuple[tuple[Day, str, str], ...]


def _duties(area: Area, week: Week, now: datetime) -> list[Owed]:
    """Obligations of whose days this week has one."""
    since = week.monday - timedelta(days=MOST_DAYS)
    found = [row for row in duties.rows(area, now, since=since, until=week.sunday) if _in_week(row, week)]
    return [_owed(row) for row in found if row.obligation.ended_at is None]


def _in_week(row: duties.Row, week: Week) -> bool:
    """As it was asked for, or as a later run makes it good."""
    return any(week.monday <= day.on <= week.sunday for day in row.judged.days)


def _owed(row: duties.Row) -> Owed:
    often = row.obligation.times_a_day
    return Owed(
        row, TAGS[row.state], tuple((day, DAY_TAGS[day.state], in_words(day, often)) for day in row.judged.days)
    )


def _group(area: Area, wanted: str) -> DeviceGroup | None:
    if not wanted:
        return None
    try:
        group = DeviceGroup.objects.filter(area=area, pk=wanted).first()
    except (ValueError, TypeError):
        group = None
    if group is None:
        raise NotFound
    return group


def _members(group: DeviceGroup | None) -> list[str] | None:
    return None if group is None else list(group.members.values_list("pk", flat=True))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def address(day: date | datetime, area: Area | None = None) -> str:
    """The week that holds this day."""
    on = clock.local(day).date() if isinstance(day, datetime) else day
    place = {"don-vi": area.path} if area is not None else {}
    return f"{reverse('broadcasts:week')}?{urlencode({'ngay': on.isoformat(), **place})}"


@login_required
@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """Field `tuan`: the week that gets what the week before it had, as drafts; shown before it is kept."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.POST.get("don-vi", ""), now)
    monday = weeks.monday_of(_day(request.POST.get("tuan", "")) or clock.local(now).date() + WEEK)
    back = address(monday, area)
    try:
        return settle(request, CopyWeek(area=area.path, monday=monday, copied=new_id()), back=back)
    except Refusal as error:
        messages.error(request, error.message)
        return redirect(back)


@login_required
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    """Field `tuan`: hand every draft of this week to the approvers; what cannot go is named."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.POST.get("don-vi", ""), now)
    people.require(user, WRITE, area, now)
    monday = weeks.monday_of(_day(request.POST.get("tuan", "")) or clock.local(now).date())
    sent = 0
    for bulletin in {row.bulletin_id for row in weeks.week(area, monday, now).drafts}:
        try:
            sent += len(actions.submit(actor=user, bulletin_id=bulletin, now=now, words=False))
        except LoaError as error:
            messages.warning(request, error.message)
    if sent:
        messages.success(request, f"Đã gửi duyệt {sent} mục của tuần {monday.day}/{monday.month}.")
    return redirect(address(monday, area))
