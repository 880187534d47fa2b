"""What is asked of one item of the calendar: another time, other places, one airing less, the whole of it ended."""

import uuid
from datetime import datetime, time
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from loa.broadcasts import actions
from loa.broadcasts.access import WRITE, schedule_for
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import moves
from loa.broadcasts.rules import plans, targets, words
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import BadTimes
from loa.broadcasts.web.compose.forms import WhereForm
from loa.broadcasts.web.compose.wish import target_of
from loa.broadcasts.web.item.page import ALL, MoveForm, Shown, desk_of, difference, page, several, start_of
from loa.broadcasts.web.week import address
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError
from loa.people import access as people


@login_required
@require_POST
def move(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Shows the difference; with `keep` it is kept. Fields: see MoveForm."""
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
    found = None
    try:
        found = difference(row, start, to, every=every, now=now)
        if "keep" in request.POST:
            return _keep(request, row, start, to, every=every, now=now)
    except BadTimes as error:
        return page(request, row, start, Shown(form=form, refused=str(error), status=422))
    except LoaError as error:
        return page(request, row, start, Shown(form=form, moved=found, refused=error.message, status=error.status))
    return page(request, row, start, Shown(form=form, moved=found, status=409 if found.refused else 200))


def _keep(
    request: HttpRequest, row: Schedule, start: datetime, to: datetime, *, every: bool, now: datetime
) -> HttpResponse:
    user = people.signed_in(request)
    if every:
        when = moves.moved_when(row, clock.local(start).time(), clock.local(to).time())
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
def place(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Shows which loudspeakers other places would add and take away; with `keep` it is kept. Fields: see WhereForm."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    start = start_of(row, request.POST.get("at", ""), now)
    desk = desk_of(user, row, now)
    form = WhereForm(request.POST, desk=desk)
    if not form.is_valid():
        return page(request, row, start, Shown(where=form, status=422))
    target = target_of(form.cleaned_data, desk)
    found = None
    try:
        found = moves.places(row, target, now)
        if "keep" in request.POST:
            return _keep_places(request, row, target, now)
    except LoaError as error:
        return page(request, row, start, Shown(where=form, placed=found, refused=error.message, status=error.status))
    refused = "" if found.devices else "Nơi đã chọn chưa có cụm loa nào nên không ai nghe được. Hãy chọn nơi khác."
    wrong = refused or found.refused
    return page(request, row, start, Shown(where=form, placed=found, refused=refused, status=409 if wrong else 200))


def _keep_places(request: HttpRequest, row: Schedule, target: Target, now: datetime) -> HttpResponse:
    user = people.signed_in(request)
    kept = actions.change(actor=user, schedule_id=row.pk, when=moves.when_of(row), target=target, now=now)
    if kept.state == State.SUBMITTED:
        messages.success(request, "Đã xin đổi nơi phát. Lãnh đạo chưa duyệt thì vẫn phát ở nơi cũ.")
    else:
        messages.success(request, "Đã đổi nơi phát.")
    return redirect("broadcasts:item", kept.pk)


@login_required
@require_POST
def away(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Field `perishable`: loudspeakers that were away for a day skip it; to let them play longer needs leave."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    hours = plans.PERISHABLE_HOURS if request.POST.get("perishable") else plans.USUAL_HOURS
    kept = actions.change(
        actor=user,
        schedule_id=row.pk,
        when=moves.when_of(row),
        target=targets.from_json(row.target),
        now=now,
        offline_for=hours,
    )
    if kept.state == State.SUBMITTED:
        messages.success(request, "Đã xin đổi. Lãnh đạo chưa duyệt thì vẫn theo cách cũ.")
    else:
        messages.success(request, f"Đã đổi: loa mất liên lạc {words.away(hours)} thì thôi không phát.")
    return redirect("broadcasts:item", kept.pk)


@login_required
@require_POST
def remove(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """Field `at`: this airing does not sound; the others go on."""
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now, WRITE)
    start = start_of(row, request.POST.get("at", ""), now)
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
