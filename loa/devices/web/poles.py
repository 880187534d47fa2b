"""Hồ sơ cột: whose the pole is, where its horns point, its picture; pictures for whoever may see the device."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.devices import actions
from loa.devices.access import device_for, photo_for
from loa.devices.models import Pole
from loa.devices.rules.pole import write_horns
from loa.devices.web.keeping import kept
from loa.devices.web.ticket_forms import PhotoForm, PoleForm
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError
from loa.people import access as people


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, device: str) -> HttpResponse:
    """Write what is known of the pole."""
    now = clock.now()
    row = kept(request, device, now)
    pole = Pole.objects.filter(device=row).first() or Pole(device=row)
    known = {
        "owner": pole.owner,
        "horns": write_horns(pole.horns),
        "nearest_house_m": pole.nearest_house_m,
        "note": pole.note,
    }
    form = PoleForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        actions.describe_pole(actor=people.signed_in(request), device=row, now=now, **form.cleaned_data)
        messages.success(request, "Đã lưu hồ sơ cột.")
        return redirect("devices:show", device=row.pk)
    context = {"device": row, "pole": pole, "form": form, "photo_form": PhotoForm()}
    return render(request, "devices/pole_edit.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def photo(request: HttpRequest, device: str) -> HttpResponse:
    """The picture of the pole."""
    now = clock.now()
    row = device_for(request.user, device, now, "device.care")
    form = PhotoForm(request.POST, request.FILES)
    actor = people.signed_in(request)
    try:
        if not form.is_valid():
            raise Invalid("Hãy chọn một ảnh.", code="photo_missing")
        taken = actions.add_photo(actor=actor, device=row, sent=form.cleaned_data["photo"].read(), now=now)
        actions.show_pole(actor=actor, device=row, photo=taken, now=now)
    except LoaError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Đã thêm ảnh cột.")
    return redirect("devices:show", device=row.pk)


@login_required
@require_safe
def picture(request: HttpRequest, photo: UUID) -> HttpResponse:
    """The JPEG; it never changes."""
    row = photo_for(request.user, photo, clock.now())
    answer = HttpResponse(bytes(row.jpeg), content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
