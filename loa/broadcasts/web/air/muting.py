"""Tạm tắt loa: one cluster keeps quiet until a date, for a funeral, an exam, a hospital; one tap ends it."""

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.keeping import Preview
from loa.broadcasts.changes.kinds.mutes import LiftMute, SetMute
from loa.broadcasts.web.air.forms import MuteForm
from loa.broadcasts.web.air.rules import address
from loa.broadcasts.web.changing import keep_here, show, shown_difference
from loa.devices.access import device_for
from loa.devices.actions import muting
from loa.devices.models import Device, Mute
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
    """One cluster: whether it is quiet, and the form that makes it so; what falls silent stands beside the button and
    follows what is typed (HX-Request)."""
    now, user = clock.now(), people.signed_in(request)
    row = device_for(user, device, now, muting.WRITE if request.method == "POST" else "view")
    if request.headers.get("HX-Request") == "true":
        people.require(user, muting.WRITE, row.area, now)
        return render(request, "broadcasts/air/mute_shown.html", _shown(request, row, MuteForm(request.GET), now))
    if request.method != "POST":
        return _page(request, row, now, _empty(now))
    form = MuteForm(request.POST)
    if not form.is_valid():
        return _page(request, row, now, form, status=422)
    try:
        kept = keep_here(request, _change(row, form), now=now)
    except (Invalid, Refusal) as error:
        form.add_error(None, error.message)
        return _page(request, row, now, form, status=error.status)
    if isinstance(kept, Preview):
        return _page(request, row, now, form, notice=kept, status=409)
    return redirect("broadcasts:mute", row.pk)


def _change(row: Device, form: MuteForm) -> SetMute:
    data = form.cleaned_data
    until = clock.to_ms(form.instant("to"))
    return SetMute(area=row.area.path, device=row.pk, until=until, reason=data["reason"], words=data["words"])


def _empty(now: datetime) -> MuteForm:
    until = clock.local(now + USUAL).replace(hour=EVENING, minute=0)
    return MuteForm(initial={"to_day": until.date(), "to_clock": f"{until:%H:%M}"})


def _shown(request: HttpRequest, row: Device, form: MuteForm, now: datetime) -> dict[str, object]:
    """What falls silent by the hour that stands in the form, whatever reason will be given for it."""
    until = form.so_far("to")
    if until is None:
        return {}
    change = SetMute(area=row.area.path, device=row.pk, until=clock.to_ms(until), reason=Mute.Reason.FUNERAL)
    try:
        return shown_difference(keeping.preview(actor=people.signed_in(request), change=change, now=now))
    except Invalid as error:
        return {"wrong": error.message}


def _page(
    request: HttpRequest,
    row: Device,
    now: datetime,
    form: MuteForm,
    *,
    notice: Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    may = people.may(people.signed_in(request), muting.WRITE, row.area, now)
    held = air.mute_of(row, now)
    context: dict[str, object] = {
        "device": row,
        "held": held,
        "form": form,
        "may": may,
        "now": now,
        "back": address(row.area, "mutes"),
        "notice": notice,
        "until_lifted": _lifted(request, row, now) if may and held else {},
    }
    if may:
        context |= _shown(request, row, form, now) if notice is None else shown_difference(notice)
    return render(request, "broadcasts/air/mute.html", context, status=status)


def _lifted(request: HttpRequest, row: Device, now: datetime) -> dict[str, object]:
    """What sounds again once the mute is lifted."""
    change = LiftMute(area=row.area.path, device=row.pk)
    return shown_difference(keeping.preview(actor=people.signed_in(request), change=change, now=now))


@login_required
@require_POST
def unmute(request: HttpRequest, device: str) -> HttpResponse:
    """It sounds again: field `token` keeps what the page has shown; without it what sounds again is shown first."""
    now, user = clock.now(), people.signed_in(request)
    row = device_for(user, device, now, muting.WRITE)
    back = address(row.area, "mutes")
    kept = keep_here(request, LiftMute(area=row.area.path, device=row.pk), now=now)
    return show(request, kept, back=back) if isinstance(kept, Preview) else redirect(back)
