"""Tạm tắt loa: one cluster keeps quiet until a date, for a funeral, an exam, a hospital; one tap ends it."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.broadcasts.web.air.forms import MuteForm
from loa.broadcasts.web.air.rules import address
from loa.devices.access import device_for
from loa.devices.actions import muting
from loa.devices.models import Device
from loa.devices.queries import air
from loa.devices.queries.meant import placed_in
from loa.kernel import clock
from loa.kernel.errors import Invalid, Refusal
from loa.people import access as people

EVENING = 20
USUAL = timedelta(days=1)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def index(request: HttpRequest) -> HttpResponse:
    """Which clusters are quiet, until when and why, and all others to choose from."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    muted = air.muted_in(area.path, now)
    quiet = {row.device_id for row in muted}
    others = placed_in(area.path).exclude(pk__in=quiet).select_related("area").order_by("area__sort_key", "number")
    context = {
        "area": area,
        "muted": muted,
        "others": others[:200],
        "may": people.may(user, muting.WRITE, area, now),
        "now": now,
        "back": address(area),
    }
    return render(request, "broadcasts/air/mutes.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mute(request: HttpRequest, device: str) -> HttpResponse:
    """One cluster: whether it is quiet, and the form that makes it so."""
    now, user = clock.now(), people.signed_in(request)
    row = device_for(user, device, now, muting.WRITE if request.method == "POST" else "view")
    if request.method != "POST":
        return _page(request, row, now, _empty(now))
    form = MuteForm(request.POST)
    if not form.is_valid():
        return _page(request, row, now, form, status=422)
    until = form.instant("to")
    try:
        muting.mute(
            actor=user, device=row, until=until, reason=form.cleaned_data["reason"], words=form.cleaned_data["words"],
            now=now,
        )  # fmt: skip
    except (Invalid, Refusal) as error:
        form.add_error(None, error.message)
        return _page(request, row, now, form, status=error.status)
    told = f"{row.name} tắt đến {clock.local(until):%H:%M ngày %d/%m/%Y}. Cảnh báo khẩn cấp vẫn phát."
    messages.success(request, told)
    return redirect("broadcasts:mute", row.pk)


def _empty(now: datetime) -> MuteForm:
    until = clock.local(now + USUAL).replace(hour=EVENING, minute=0)
    return MuteForm(initial={"to_day": until.date(), "to_clock": f"{until:%H:%M}"})


def _page(request: HttpRequest, row: Device, now: datetime, form: MuteForm, status: int = 200) -> HttpResponse:
    context = {
        "device": row,
        "held": air.mute_of(row, now),
        "form": form,
        "may": people.may(people.signed_in(request), muting.WRITE, row.area, now),
        "now": now,
        "back": address(row.area, "mutes"),
    }
    return render(request, "broadcasts/air/mute.html", context, status=status)


@login_required
@require_POST
def unmute(request: HttpRequest, device: str) -> HttpResponse:
    """It sounds again."""
    now, user = clock.now(), people.signed_in(request)
    row = device_for(user, device, now, muting.WRITE)
    if muting.unmute(actor=user, device=row, now=now):
        messages.success(request, f"{row.name} phát lại bình thường.")
    else:
        messages.info(request, f"{row.name} không còn tắt nữa.")
    return redirect(address(row.area, "mutes"))
