"""New hardware on a pole: a place, a claim code, the fingerprint compared by two eyes."""

from datetime import datetime

import segno
from devicelink.jws import decode64
from devicelink.keyring import fingerprint
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.queries import hamlets_of
from loa.areas.rules import Level
from loa.devices import actions, queries
from loa.devices.access import device_for
from loa.devices.models import Device
from loa.devices.web.forms import ConfirmForm, NewDeviceForm
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError
from loa.people import access as people


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A place for a new cluster in the commune `?don-vi=`; then its claim code."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.manage", area, now)
    if area.level != Level.COMMUNE:
        raise Invalid("Hãy chọn một xã trước khi nhận loa mới.")
    hamlets = hamlets_of(area, clock.local(now).date())
    form = NewDeviceForm(request.POST or None, hamlets=hamlets)
    if request.method == "POST" and form.is_valid():
        try:
            device = actions.add_device(actor=people.signed_in(request), area=area, now=now, **form.facts())
        except LoaError as error:
            form.add_error(None, error.message)
        else:
            return redirect("devices:claim", device=device.pk)
    return render(request, "devices/new.html", {"area": area, "form": form})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest, device: str) -> HttpResponse:
    """POST issues a claim code, shown once on the answer itself; GET explains, or asks for the comparison."""
    now = clock.now()
    row = device_for(request.user, device, now, "device.manage")
    code = ""
    if request.method == "POST":
        code = actions.issue_claim_code(actor=people.signed_in(request), device=row, now=now)
    return _page(request, row, now, code=code)


@login_required
@require_POST
def confirm(request: HttpRequest, device: str) -> HttpResponse:
    """The fingerprints are the same: the placement is signed."""
    now = clock.now()
    row = device_for(request.user, device, now, "device.manage")
    form = ConfirmForm(request.POST)
    if form.is_valid():
        try:
            seen = form.cleaned_data["fingerprint"]
            actions.confirm_placement(actor=people.signed_in(request), device=row, fingerprint_seen=seen, now=now)
        except LoaError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{row.name} đã ghép nối xong. Lịch phát đang được gửi tới loa.")
            return redirect("devices:show", device=row.pk)
    return _page(request, row, now, form=form, status=422)


@login_required
@require_POST
def reject(request: HttpRequest, device: str) -> HttpResponse:
    """The fingerprints differ: this key is dead."""
    now = clock.now()
    row = device_for(request.user, device, now, "device.manage")
    actions.reject_key(actor=people.signed_in(request), device=row, now=now)
    messages.warning(request, "Đã bỏ khóa lạ. Hãy cấp mã ghép nối mới và nhập tại chính thiết bị.")
    return redirect("devices:claim", device=row.pk)


def _page(
    request: HttpRequest,
    device: Device,
    now: datetime,
    *,
    code: str = "",
    form: ConfirmForm | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = device.state == Device.State.CLAIMED
    mark = fingerprint(decode64(device.public_key)) if waiting else ""
    context = {
        "device": device,
        "code": code,
        "picture": picture_of(code) if code else "",
        "expires": now + actions.CLAIM_LIFE,
        "open_code": None if waiting else queries.open_code(device, now),
        "waiting": waiting,
        "fingerprint": mark,
        "form": form or ConfirmForm(initial={"fingerprint": mark}),
    }
    fetched = request.method == "GET" and request.headers.get("HX-Request") == "true"
    return render(request, "devices/claim_part.html" if fetched else "devices/claim.html", context, status=status)


def picture_of(code: str) -> SafeString:
    """The claim code as an SVG of a QR code; its text is our own, so it is safe to show."""
    drawn = segno.make(f"LOA-CLAIM:{code}", error="m").svg_inline(scale=5, border=4, omitsize=True, svgclass="qr")
    return mark_safe(drawn)  # noqa: S308
