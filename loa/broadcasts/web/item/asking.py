"""What is asked of one item of the calendar: another time, other places, one airing less, the whole of it ended."""

from datetime import datetime, time
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from loa.broadcasts.access import WRITE, schedule_for
from loa.broadcasts.changes.keeping import preview
from loa.broadcasts.changes.kinds import schedules
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import moves
from loa.broadcasts.rules import plans, targets
from loa.broadcasts.web.changing import ask, settle
from loa.broadcasts.web.compose.forms import WhereForm
from loa.broadcasts.web.compose.wish import target_of
from loa.broadcasts.web.item.page import ALL, MoveForm, Shown, desk_of, moved, page, several, start_of
from loa.broadcasts.web.week import address
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError
from loa.people import access as people


@login_required
@require_POST
def move(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Shows the difference, from where it is kept. Fields: see MoveForm."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    start = start_of(row, request.POST.get("at", ""), now)
    if start is None:
        raise Invalid("Lịch này không còn lần phát nào để đổi.", code="nothing_ahead")
    form = MoveForm(request.POST, start=start, several=several(row, now))
    if not form.is_valid():
        return page(request, row, start, Shown(form=form, status=422))
    day = form.cleaned_data["day"] or clock.local(start).date()
    to = datetime.combine(day, time.fromisoformat(form.cleaned_data["clock"]), clock.LOCAL)
    every = form.cleaned_data["scope"] == ALL
    return page(request, row, start, moved(user, row, form, start, to, every=every, now=now))


@login_required
@require_POST
def place(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Shows which loudspeakers other places would add and take away, from where it is kept. Fields: see WhereForm."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    start = start_of(row, request.POST.get("at", ""), now)
    desk = desk_of(user, row, now)
    form = WhereForm(request.POST, desk=desk)
    if not form.is_valid():
        return page(request, row, start, Shown(where=form, status=422))
    target = target_of(form.cleaned_data, desk)
    try:
        found = moves.places(row, target, now)
        seen = preview(actor=user, change=schedules.changed(row, target=target), now=now)
    except LoaError as error:
        return page(request, row, start, Shown(where=form, refused=error.message, status=error.status))
    refused = "" if found.devices else "Nơi đã chọn chưa có cụm loa nào nên không ai nghe được. Hãy chọn nơi khác."
    wrong = refused or found.refused or seen.refusal
    shown = Shown(where=form, placed=found, preview=seen, refused=refused, status=409 if wrong else 200)
    return page(request, row, start, shown)


@login_required
@require_POST
def away(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Field `perishable`: loudspeakers that were away for a day skip it; to let them play longer needs leave."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    hours = plans.PERISHABLE_HOURS if request.POST.get("perishable") else plans.USUAL_HOURS
    change = schedules.ChangeSchedule(
        area=row.area.path, schedule=row.pk, when=moves.when_of(row), where=targets.from_json(row.target),
        offline_for=hours,
    )  # fmt: skip
    return settle(request, change, back=_item(row))


@login_required
@require_POST
def remove(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Field `at`: shows what it means that this airing does not sound; the others go on."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    start = start_of(row, request.POST.get("at", ""), now)
    if start is None:
        raise Invalid("Không có lần phát nào vào lúc đó.", code="no_airing")
    change = schedules.DropAiring(area=row.area.path, schedule=row.pk, start=clock.to_ms(start))
    return ask(request, change, back=address(start))


@login_required
@require_POST
def end(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Field `reason`: shows what it means that all of it comes off the calendar."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now)
    reason = request.POST.get("reason", "").strip() or "Bỏ lịch"
    return ask(request, schedules.EndSchedule(area=row.area.path, schedule=row.pk, reason=reason), back=_item(row))


def _item(row: Schedule) -> str:
    return reverse("broadcasts:item", args=[row.pk])
