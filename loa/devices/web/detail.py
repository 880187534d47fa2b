"""One cluster: its state, what it plays, volume, stop."""

from datetime import datetime

from devicelink.messages import Audience
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from loa.areas.air import spoken_volumes
from loa.devices import actions, queries
from loa.devices.access import device_for
from loa.devices.models import Device, Pole
from loa.devices.queries import air
from loa.devices.queries.hearing import panel
from loa.devices.rules import advice, condition, refusals
from loa.devices.rules.pole import horns_in_words
from loa.devices.rules.position import write_position
from loa.devices.rules.tickets import CAUSES
from loa.devices.web.forms import VolumeForm
from loa.kernel import clock
from loa.kernel.errors import LoaError
from loa.people import access as people

WHEN_HEARD = "Loa đang nối mạng thì nhận trong vài giây; đang mất mạng thì nhận khi có mạng lại."


@login_required
@require_safe
def show(request: HttpRequest, device: str) -> HttpResponse:
    """Everything known about one cluster."""
    now = clock.now()
    return _page(request, device_for(request.user, device, now), VolumeForm(), now)


@login_required
@require_POST
def volume(request: HttpRequest, device: str) -> HttpResponse:
    """Set the volume; the device acknowledges it itself."""
    now = clock.now()
    row = device_for(request.user, device, now, "device.volume")
    form = VolumeForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, now, status=422)
    try:
        actions.set_volume(actor=people.signed_in(request), devices=[row], volume=form.cleaned_data["volume"], now=now)
    except LoaError as error:
        form.add_error("volume", error.message)
        return _page(request, row, form, now, status=error.status)
    messages.success(request, f"Đã ghi âm lượng {row.volume}% cho {row.name}. {WHEN_HEARD}")
    return redirect("devices:show", device=row.pk)


@login_required
@require_POST
def stop(request: HttpRequest, device: str) -> HttpResponse:
    """End what this cluster sounds now; the next item comes as planned."""
    now = clock.now()
    row = device_for(request.user, device, now, "hold.set")
    actions.stop_item(actor=people.signed_in(request), audience=Audience(device=row.pk), area=row.area, now=now)
    messages.success(
        request, f"Đã ra lệnh dừng cho {row.name}: đang nối mạng thì dừng ngay. Mục sau vẫn phát đúng giờ."
    )
    return redirect("devices:show", device=row.pk)


@login_required
@require_POST
def selftest(request: HttpRequest, device: str) -> HttpResponse:
    """Have this cluster sound its probe and listen to itself."""
    now = clock.now()
    row = device_for(request.user, device, now, "device.care")
    actions.ask_selftest(actor=people.signed_in(request), device=row, now=now)
    messages.success(
        request, f"Đã bảo {row.name} tự thử. Loa đang nối mạng thì kết quả hiện ở thẻ Tự thử loa sau nửa phút."
    )
    return redirect("devices:show", device=row.pk)


def _page(request: HttpRequest, device: Device, form: VolumeForm, now: datetime, status: int = 200) -> HttpResponse:
    today = clock.local(now).date()
    row = queries.row_of(device, today)
    placed = device.state == Device.State.PLACED
    may_manage = people.may(request.user, "device.manage", device.area, now)
    incident = queries.incident_of(device)
    context = {
        "row": row,
        **_pole(request, device, now),
        "incident": incident,
        "hearing": panel(device, now),
        "may_test": placed and row.online and people.may(request.user, "device.care", device.area, now),
        "incident_notice": incident and queries.words_of(incident, incident.members.filter(left_at=None).count()),
        "fetched": request.method == "GET" and request.headers.get("HX-Request") == "true",
        "device": device,
        "form": form,
        "worries": [advice.of(worry) for worry in row.worries],
        "software": (row.status.agent or device.agent).rpartition("/")[2],
        "sentence": row.silence.sentence(device.name),
        "history": [(change, advice.of(change.cause)) for change in queries.transitions(device, most=10)],
        "refusals": [(row, refusals.words(row.code, row.kind)) for row in queries.refusals(device)],
        "sim_due": device.sim_expires is not None and device.sim_expires - today <= condition.SIM_SOON,
        "may_volume": (placed or form.is_bound) and people.may(request.user, "device.volume", device.area, now),
        "may_stop": placed and people.may(request.user, "hold.set", device.area, now),
        "volume_hours": spoken_volumes(air.rules_of(device, today).volumes),
        "muted": air.mute_of(device, now),
        "now": now,
        "may_manage": may_manage and not device.sample and device.state != Device.State.RETIRED,
        "position": write_position(device.latitude, device.longitude),
    }
    page = "devices/show_part.html" if context["fetched"] else "devices/show.html"
    return render(request, page, context, status=status)


def _pole(request: HttpRequest, device: Device, now: datetime) -> dict[str, object]:
    """What stands there, what hung there, what is being repaired."""
    pole = Pole.objects.select_related("photo").defer("photo__jpeg").filter(device=device).first()
    ticket = queries.open_ticket_of(device)
    return {
        "pole": pole,
        "horns": horns_in_words(pole.horns) if pole else "",
        "ticket": ticket,
        "ticket_cause": CAUSES.get(ticket.cause, "") if ticket else "",
        "hardware": list(device.hardware.all()),
        "may_care": not device.sample and people.may(request.user, "device.care", device.area, now),
    }
