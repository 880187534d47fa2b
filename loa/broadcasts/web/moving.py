"""One item of the calendar: what it is, another time for it, one airing taken out, the whole of it ended."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from airtime.spans import from_ms
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from loa.broadcasts import actions
from loa.broadcasts.access import WRITE, schedule_for
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import moves, sources
from loa.broadcasts.queries.moves import Moved
from loa.broadcasts.rules import targets, words
from loa.broadcasts.rules.times import BadTimes
from loa.broadcasts.web.compose.forms import Day, read_clock
from loa.broadcasts.web.week import address
from loa.bulletins import queries as bulletins
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError, NotFound
from loa.people import access as people

MOST = 8


class MoveForm(forms.Form):
    """`scope` one: the airing at `at`; all: every airing at its time of day."""

    at = forms.IntegerField(widget=forms.HiddenInput)
    scope = forms.ChoiceField(label="Đổi", widget=forms.RadioSelect)
    day = Day(label="Sang ngày")
    clock = forms.CharField(label="Giờ mới", max_length=8, help_text="Ghi như 05:10 hoặc 17h30.")

    def __init__(self, *args: object, start: datetime, several: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        local = clock.local(start)
        one = ("one", f"Chỉ lần {local:%H:%M} ngày {local.day}/{local.month}")
        every = [("all", f"Mọi lần lúc {local:%H:%M}")] if several else []
        self.fields["scope"].choices = [one, *every]  # type: ignore[attr-defined]

    def clean_clock(self) -> str:
        """ "05:10"."""
        return read_clock(self.cleaned_data["clock"])


@dataclass(frozen=True, slots=True)
class Line:
    """Days on which the same happens, in words."""

    days: str
    was: str
    becomes: str
    refused: bool


@login_required
@require_safe
def show(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """`?luc=` (Unix ms) names the airing that was chosen in the week."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now)
    return _page(request, row, _start(row, request.GET.get("luc", ""), now))


@login_required
@require_POST
def move(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Shows the difference; with `keep` it is kept. Fields: see MoveForm."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    start = _start(row, request.POST.get("at", ""), now)
    if start is None:
        raise Invalid("Lịch này không còn lần phát nào để đổi.", code="nothing_ahead")
    form = MoveForm(request.POST, start=start, several=_several(row, now))
    if not form.is_valid():
        return _page(request, row, start, form=form, status=422)
    day = form.cleaned_data["day"] or clock.local(start).date()
    new = time.fromisoformat(form.cleaned_data["clock"])
    to = datetime.combine(day, new, clock.LOCAL)
    every = form.cleaned_data["scope"] == "all"
    try:
        found = moves.every(row, _clock(start), new, now) if every else moves.one(row, start, to, now)
        if "keep" in request.POST:
            return _keep(request, row, start, to, every=every, now=now)
    except BadTimes as error:
        return _page(request, row, start, form=form, refused=str(error), status=422)
    except LoaError as error:
        return _page(request, row, start, form=form, moved=found, refused=error.message, status=error.status)
    return _page(request, row, start, form=form, moved=found, to=to, status=409 if found.refused else 200)


def _keep(
    request: HttpRequest, row: Schedule, start: datetime, to: datetime, *, every: bool, now: datetime
) -> HttpResponse:
    user = people.signed_in(request)
    if every:
        when = moves.moved_when(row, _clock(start), clock.local(to).time())
        kept = actions.change(actor=user, schedule_id=row.pk, when=when, target=targets.from_json(row.target), now=now)
    else:
        kept = actions.move_airing(actor=user, schedule_id=row.pk, start=start, to=to, moved_id=uuid.uuid4(), now=now)
    if kept.state == State.SUBMITTED:
        messages.success(request, "Đã xin đổi giờ. Lãnh đạo chưa duyệt thì vẫn phát theo giờ cũ.")
    else:
        messages.success(request, "Đã đổi giờ.")
    return redirect(address(to))


@login_required
@require_POST
def remove(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Field `at`: this airing does not sound; the others go on."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    start = _start(row, request.POST.get("at", ""), now)
    if start is None:
        raise Invalid("Không có lần phát nào vào lúc đó.", code="no_airing")
    actions.remove_airing(actor=user, schedule_id=row.pk, start=start, now=now)
    messages.success(request, f"Đã bỏ lần phát {words.moment(start, now)}. Các lần khác vẫn phát.")
    return redirect(address(start))


@login_required
@require_POST
def end(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Field `reason`: all of it comes off the calendar."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now)
    still = actions.end(actor=user, schedule_id=row.pk, reason=request.POST.get("reason", "") or "Bỏ lịch", now=now)
    left = f" {len(still)} cụm loa chưa xác nhận, còn có thể phát." if still else ""
    messages.success(request, f"Đã bỏ cả lịch phát này.{left}")
    return redirect("broadcasts:week")


def _start(row: Schedule, text: str, now: datetime) -> datetime | None:
    """The airing that is meant; without one the next. NotFound for an instant at which nothing sounds."""
    rule = sources.rule_of(row)
    if text:
        if not text.isdigit() or len(text) > 15:
            raise NotFound
        start = from_ms(int(text))
        if start not in rule.starts(start, start.replace(microsecond=0) + _SECOND):
            raise NotFound
        return start
    ahead = rule.starts(now, rule.end(now))
    return ahead[0] if ahead else None


_SECOND = datetime.resolution * 1_000_000


def _clock(start: datetime) -> time:
    return clock.local(start).time()


def _several(row: Schedule, now: datetime) -> bool:
    rule = sources.rule_of(row)
    return len(rule.starts(now, rule.end(now))) > 1 and not row.repeats


def _page(
    request: HttpRequest,
    row: Schedule,
    start: datetime | None,
    *,
    form: MoveForm | None = None,
    moved: Moved | None = None,
    to: datetime | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    now, user = clock.now(), people.signed_in(request)
    version = row.version or bulletins.newest(row.bulletin)
    rule, target = sources.rule_of(row), targets.from_json(row.target)
    ahead = rule.starts(now, rule.end(now))
    places = sources.places_meant(row.area.path, target)
    open_ = row.state in (State.APPROVED, State.DRAFT, State.RETURNED) and start is not None and start > now
    if form is None and open_ and start is not None:
        local = clock.local(start)
        form = MoveForm(
            start=start,
            several=_several(row, now),
            initial={"at": clock.to_ms(start), "scope": "one", "day": local.date(), "clock": f"{local:%H:%M}"},
        )
    context = {
        "schedule": row,
        "version": version,
        "start": start,
        "coming": start is not None and start > now,
        "starts": [words.moment(one, now) for one in ahead[:MOST]],
        "more": max(len(ahead) - MOST, 0),
        "devices": len(targets.devices_meant(target, row.area.path, places)),
        "place": words.inside(row.area.full_name),
        "whole": target.everywhere and not target.without,
        "form": form,
        "moved": moved,
        "lines": lines(moved, now) if moved else [],
        "to": to,
        "refused": refused or (moved.refused[0].message if moved and moved.refused else ""),
        "may": people.may(user, WRITE, row.area, now) and open_,
        "may_end": any(people.may(user, one, row.area, now) for one in (WRITE, "schedule.approve"))
        and row.state != State.ENDED,
        "back": address(start) if start else address(now),
    }
    return render(request, "broadcasts/item.html", context, status=status)


def lines(moved: Moved, now: datetime) -> list[Line]:
    """The difference, days with the same change together."""
    wrong = {one.start for one in moved.refused}
    found: dict[tuple[str, str, bool], list[datetime]] = {}
    for shift in moved.shifts:
        was = _span(shift.was, moved) if shift.was else "không phát"
        becomes = _span(shift.becomes, moved) if shift.becomes else "không phát"
        on = shift.was or shift.becomes
        assert on is not None
        found.setdefault((was, becomes, shift.becomes in wrong), []).append(on)
    return [Line(_days(days, now), was, becomes, bad) for (was, becomes, bad), days in found.items()]


def _span(start: datetime, moved: Moved) -> str:
    return f"{words.clock(start)}–{words.clock(start + moved.length)}" if moved.length else words.clock(start)


def _days(days: list[datetime], now: datetime) -> str:
    first, last = clock.local(min(days)), clock.local(max(days))
    if len(days) == 1:
        return words.day(days[0], now)
    return f"{len(days)} ngày, {first.day}/{first.month}–{last.day}/{last.month}"
