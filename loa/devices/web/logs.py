"""Nhật ký phần mềm của một cụm loa: asking for it, reading it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from loa.devices import actions, queries
from loa.devices.access import device_for, log_for
from loa.devices.models import Device
from loa.devices.web.release_forms import LogForm
from loa.kernel import clock
from loa.kernel.errors import LoaError
from loa.people import access as people


@login_required
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest, device: str) -> HttpResponse:
    """What was asked for in the last seven days, and asking again."""
    now = clock.now()
    row = device_for(request.user, device, now, "device.manage")
    form = LogForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_log(
                actor=people.signed_in(request),
                device=row,
                reason=form.cleaned_data["reason"],
                lines=form.cleaned_data["lines"],
                now=now,
            )
        except LoaError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Đã gửi lời xin tới {row.name}. Loa trả lời trong vài phút nếu đang nối mạng.")
            return redirect("devices:logs", device=row.pk)
    return _page(request, row, form, now)


def _page(request: HttpRequest, device: Device, form: LogForm, now: datetime) -> HttpResponse:
    context = {"device": device, "form": form, "requests": queries.log_rows(device, now)}
    return render(request, "devices/logs.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def show(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The lines that came. Reading is written down."""
    now = clock.now()
    row = log_for(request.user, request_id, now)
    lines = actions.read_log(actor=people.signed_in(request), request=row, now=now)
    return render(request, "devices/log.html", {"log": row, "device": row.device, "lines": lines})
