"""Giờ được phép phát: the rules of a place, what they were and will be, and changing them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from devicelink.widening import Assertion
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas import queries as areas
from loa.areas.hours import Reach
from loa.areas.models import Area, OperatingRules
from loa.broadcasts.changes.keeping import preview
from loa.broadcasts.changes.kinds.rules import Hours, SetHours
from loa.broadcasts.web.changing import shown_difference
from loa.broadcasts.web.hours import shown, words
from loa.broadcasts.web.hours.forms import DAYS, ROWS, HoursForm
from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal, Unavailable
from loa.people import access, signer
from loa.people.actions import hours
from loa.people.models import User
from loa.people.web.doors import address

MAX_PART = 4096


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, place: str) -> HttpResponse:
    """The page; a POST shows what a change would mean, from where it is kept."""
    user, now = access.signed_in(request), clock.now()
    area = access.area_for(user, place, now)
    if request.method == "POST":
        access.require(user, "rules.write", area, now)
        return _change(request, user, area, now)
    return _page(request, user, area, now, _form(area, now))


def _change(request: HttpRequest, user: User, area: Area, now: datetime) -> HttpResponse:
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, user, area, now, form, status=422)
    wish = form.wish()
    try:
        host = signer.host()
        reach = hours.weigh(area, wish, host.ceiling, now)
        seen = preview(actor=user, change=_wanted(area, wish), now=now)
        if seen.refusal is not None:
            raise seen.refusal
    except (Invalid, Refusal, Unavailable) as error:
        form.add_error(None, error.message)
        return _page(request, user, area, now, form, status=422 if not isinstance(error, Unavailable) else 503)
    context = _meaning(user, area, form, wish, reach, host, now) | shown_difference(seen)
    return render(request, "broadcasts/hours/sure.html", context)


def _wanted(area: Area, wish: hours.Wish) -> SetHours:
    """What was typed, as a change."""
    windows = tuple(Hours(tuple(one["weekdays"]), one["from"], one["to"]) for one in wish.windows)
    return SetHours(area=area.path, windows=windows, document=wish.document, starts=wish.starts, ends=wish.ends)


def _meaning(
    user: User, area: Area, form: HoursForm, wish: hours.Wish, reach: Reach, host: signer.Host, now: datetime
) -> dict[str, object]:
    """What the change means, for the page before the yes."""
    before = areas.hours_for(area, wish.starts)
    added, taken = words.difference(before.windows, reach.windows)
    return {
        "area": area,
        "form": form,
        "wish": wish,
        "windows": words.spoken(reach.windows),
        "before": words.spoken(before.windows),
        "added": added,
        "taken": taken,
        "wider": reach.wider,
        "limit": words.spoken(reach.limit.windows),
        "seconds": _seconds(user, area, host, now) if reach.wider else [],
        "devices_url": address("devices:following", area.path),
    }


def _seconds(user: User, area: Area, host: signer.Host, now: datetime) -> list[tuple[User, bool]]:
    """Who else could say yes, and whether the signer knows a key of theirs; those first."""
    others = [one for one in access.holders("rules.write", area, now) if one != user]
    return sorted(((one, host.knows(one, area.path)) for one in others), key=lambda pair: not pair[1])


def _form(area: Area, now: datetime) -> HoursForm:
    """Filled with what holds today."""
    today = clock.local(now).date()
    values: dict[str, object] = {"starts": today}
    sets = {days: days for days, _ in DAYS}
    for row, window in enumerate(areas.hours_for(area, today).windows[:ROWS]):
        values[f"days{row}"] = sets.get("".join(map(str, sorted(window.weekdays))), DAYS[0][0])
        values[f"from{row}"], values[f"to{row}"] = _clock(window.start), _clock(window.end)
    return HoursForm(initial=values)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _page(
    request: HttpRequest, user: User, area: Area, now: datetime, form: HoursForm, status: int = 200
) -> HttpResponse:
    may = access.may(user, "rules.write", area, now)
    context = {"area": area, "form": form, "may": may, **shown.everything(user, area, now)}
    return render(request, "broadcasts/hours/show.html", context, status=status)


@login_required
@require_POST
def confirm(request: HttpRequest, place: str, proposal: UUID) -> HttpResponse:
    """The second person's key has answered."""
    user, now = access.signed_in(request), clock.now()
    names = ("credential", "client_data", "authenticator_data", "signature")
    assertion = Assertion(**{name: request.POST.get(name, "")[:MAX_PART] for name in names})
    with _told(request):
        row = shown.proposal_for(user, place, proposal, now)
        hours.confirm(
            actor=user,
            proposal_id=row.pk,
            assertion=assertion,
            ceiling=signer.host().ceiling,
            now=now,
            judge=signer.judge,
        )
        messages.success(request, "Đã xác nhận bằng khóa. Khung giờ mới đã được ghi.")
    return redirect("broadcasts:hours", place)


@login_required
@require_POST
def withdraw(request: HttpRequest, place: str, proposal: UUID) -> HttpResponse:
    """Taken back, or not agreed to."""
    user, now = access.signed_in(request), clock.now()
    row = shown.proposal_for(user, place, proposal, now)
    with _told(request):
        hours.withdraw(actor=user, proposal_id=row.pk, now=now)
        messages.success(request, "Đã rút đề nghị. Khung giờ giữ nguyên.")
    return redirect("broadcasts:hours", place)


@login_required
@require_POST
def drop(request: HttpRequest, place: str, rules_id: int) -> HttpResponse:
    """Rules that were to come do not."""
    user, now = access.signed_in(request), clock.now()
    area = access.area_for(user, place, now)
    row = OperatingRules.objects.filter(pk=rules_id, area=area).first()
    if row is None:
        raise NotFound
    with _told(request):
        hours.drop(actor=user, row=row, now=now)
        messages.success(request, "Đã bỏ quy định sắp tới.")
    return redirect("broadcasts:hours", place)


@contextmanager
def _told(request: HttpRequest) -> Iterator[None]:
    """What a rule or the signer refuses stands above the page that is shown again."""
    try:
        yield
    except (Invalid, Refusal, Denied, Unavailable) as error:
        messages.error(request, error.message)
