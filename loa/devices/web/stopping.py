"""Stop-all for browsers without scripts; with them the page speaks to the gateway directly (ui/js/stop.js)."""

from datetime import datetime, timedelta

from devicelink.messages import Audience
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from loa.devices import actions
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people
from loa.ui.format import hm

AT_LEAST = timedelta(minutes=1)


@login_required
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Fields: `area` (path), `choice` ("item:<ms>", "session:<ms>" or "until") and, for "until", `until` ("17:30")."""
    now = clock.now()
    area = people.area_for(request.user, request.POST.get("area", ""), now, "hold.set")
    until = instant(request.POST.get("choice", ""), request.POST.get("until", ""), now)
    actions.set_hold(
        actor=people.signed_in(request), audience=Audience(area=area.path), area=area, until=until, now=now
    )
    messages.success(request, f"Đã dừng mọi cụm loa của {area.full_name} đến {hm(until)}. Tin khẩn cấp vẫn phát.")
    return redirect("home")


@login_required
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Let the loudspeakers of `area` sound again."""
    now = clock.now()
    area = people.area_for(request.user, request.POST.get("area", ""), now, "hold.set")
    actions.release_hold(actor=people.signed_in(request), audience=Audience(area=area.path), area=area, now=now)
    messages.success(request, f"Các cụm loa của {area.full_name} phát lại theo lịch.")
    return redirect("home")


def instant(choice: str, time: str, now: datetime) -> datetime:
    """When sound may come back; Invalid when it cannot be read."""
    scope, _, value = choice.partition(":")
    try:
        if scope in {"item", "session"}:
            return max(clock.from_ms(int(value)), now + AT_LEAST)
        hour, minute = (int(part) for part in time.split(":"))
        until = clock.local(now).replace(hour=hour, minute=minute, second=0, microsecond=0)
    except (ValueError, OverflowError, OSError) as error:
        raise Invalid("Hãy chọn giờ cho phép phát lại, ví dụ 17:30.", code="bad_until") from error
    return until if until > now else until + timedelta(days=1)
