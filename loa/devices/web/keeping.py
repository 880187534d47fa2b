"""Correcting what is known of a cluster; taking its key away; its end."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.queries import hamlets_of
from loa.areas.rules import is_inside
from loa.devices import actions
from loa.devices.access import device_for
from loa.devices.models import Device
from loa.devices.web.forms import PlaceForm, ReasonForm
from loa.kernel import clock
from loa.kernel.errors import Invalid, Refusal, Unavailable
from loa.people import access as people
from loa.ui.web import changes

HAS_KEY = (Device.State.CLAIMED, Device.State.PLACED)


@login_required
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, device: str) -> HttpResponse:
    """Name, hamlet, groups, place, limit and SIM of one cluster; what will be heard otherwise is shown first."""
    now = clock.now()
    row = kept(request, device, now)
    form = _form(request, row, now)
    if request.method == "POST" and form.is_valid():
        if not form.has_changed():
            messages.success(request, f"Đã lưu thông tin của {row.name}.")
            return redirect("devices:show", device=row.pk)
        try:
            return changes.settle(request, _wish(row, form.facts()), back=reverse("devices:show", args=[row.pk]))
        except (Invalid, Refusal, Unavailable) as error:
            form.add_error(None, error.message)
    return _page(request, row, form=form)


def _wish(row: Device, facts: dict[str, Any]) -> dict[str, Any]:
    """The form as a change: of the facts it has, all; groups only where this person may change them."""
    said = dict(facts)
    hamlet, groups, expires = said.pop("hamlet"), said.pop("groups", None), said.pop("sim_expires")
    said |= {"hamlet": hamlet.path if hamlet else "", "sim_expires": expires.isoformat() if expires else None}
    if groups is not None:
        said["groups"] = sorted(group.pk for group in groups)
    return {"kind": "device.correct", "area": row.area.path, "device": row.pk, **said}


@login_required
@require_POST
def revoke(request: HttpRequest, device: str) -> HttpResponse:
    """The hardware may be in wrong hands: its key is dead at once."""
    now = clock.now()
    row = kept(request, device, now)
    reason = ReasonForm(request.POST, prefix="revoke")
    if not reason.is_valid():
        return _page(request, row, form=_form(request, row, now), revoke_form=reason)
    actions.revoke(actor=people.signed_in(request), device=row, reason=reason.cleaned_data["reason"], now=now)
    messages.success(
        request, f"Đã thu hồi khóa của {row.name}. Thiết bị giữ khóa đó không vào được hệ thống và không nhận lệnh nữa."
    )
    return redirect("devices:show", device=row.pk)


@login_required
@require_POST
def retire(request: HttpRequest, device: str) -> HttpResponse:
    """The cluster stands no more."""
    now = clock.now()
    row = kept(request, device, now)
    reason = ReasonForm(request.POST, prefix="retire")
    if not reason.is_valid():
        return _page(request, row, form=_form(request, row, now), retire_form=reason)
    actions.retire(actor=people.signed_in(request), device=row, reason=reason.cleaned_data["reason"], now=now)
    messages.success(request, f"{row.name} đã ngừng dùng. Số {row.number:02d} dùng lại được cho cụm loa khác.")
    return redirect(f"{reverse('devices:list')}?don-vi={row.area.path}")


def kept(request: HttpRequest, device: str, now: datetime) -> Device:
    """A cluster that still stands, for somebody who looks after it."""
    row = device_for(request.user, device, now, "device.manage")
    if row.state == Device.State.RETIRED:
        raise Refusal("Cụm loa này đã ngừng dùng nên không sửa được nữa.", code="device_retired")
    if row.sample:
        raise Refusal("Cụm loa này chỉ có trong dữ liệu mẫu nên không sửa được.", code="device_sample")
    return row


def _form(request: HttpRequest, device: Device, now: datetime) -> PlaceForm:
    hamlets = hamlets_of(device.area, clock.local(now).date())
    if device.hamlet and device.hamlet not in hamlets:
        hamlets.append(device.hamlet)  # it has ended; the cluster stays with it until somebody says otherwise
    may_group = people.may(request.user, "group.write", device.area, now)
    groups = list(device.area.device_groups.filter(rule__isnull=True)) if may_group else None
    posted = request.POST if request.POST and "name" in request.POST else None
    return PlaceForm(posted, device=device, hamlets=hamlets, groups=groups)


def _page(
    request: HttpRequest,
    device: Device,
    *,
    form: PlaceForm,
    revoke_form: ReasonForm | None = None,
    retire_form: ReasonForm | None = None,
) -> HttpResponse:
    context = {
        "device": device,
        "form": form,
        "has_key": device.state in HAS_KEY,
        "may_move": _may_move(request, device),
        "revoke_form": revoke_form or ReasonForm(prefix="revoke"),
        "retire_form": retire_form or ReasonForm(prefix="retire"),
    }
    return render(request, "devices/correct.html", context, status=422 if request.method == "POST" else 200)


def _may_move(request: HttpRequest, device: Device) -> bool:
    """Who looks after this commune alone has nowhere to move it to."""
    scopes = people.areas_with(request.user, "device.manage", clock.now())
    return any(not is_inside(scope, device.area.path) for scope in scopes)
