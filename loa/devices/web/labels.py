"""Papers for new poles: secret claim codes for the technician, public labels for the pole. Never on one sheet."""

from datetime import datetime

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loa.areas.models import Area
from loa.devices import actions
from loa.devices.models import Device
from loa.devices.web.claiming import picture_of
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people

MOST = 200


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Choose the poles of the commune `?don-vi=`: those without hardware are ticked."""
    area = _place(request, clock.now())
    rows = list(_standing(area))
    context = {"area": area, "rows": rows, "waiting": sum(row.state == Device.State.WAITING for row in rows)}
    return render(request, "devices/labels.html", context)


@login_required
@never_cache
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """Claim codes of the poles `cum`, shown this once: the technician cuts the sheet and takes it along."""
    now = clock.now()
    area = _place(request, now)
    rows = _chosen(area, request.POST.getlist("cum"))
    issued = actions.issue_claim_codes(actor=people.signed_in(request), devices=rows, now=now)
    labels = [(row, issued[row.pk], picture_of(issued[row.pk])) for row in rows]
    context = {"area": area, "labels": labels, "expires": now + actions.CLAIM_LIFE}
    return render(request, "devices/labels_codes.html", context)


@login_required
@require_safe
def poles(request: HttpRequest) -> HttpResponse:
    """What is stuck on the poles `cum` (or all): number, name, and where somebody says what is wrong with it."""
    area = _place(request, clock.now())
    rows = _chosen(area, request.GET.getlist("cum")) if "cum" in request.GET else list(_standing(area)[:MOST])
    return render(request, "devices/labels_poles.html", {"area": area, "labels": [(row, public(row)) for row in rows]})


def public(device: Device) -> SafeString:
    """The QR of the pole: an address with its random complaint id, nothing else."""
    address = f"{settings.ENV.site_url}/loa/{device.complaint_id}/"
    drawn = segno.make(address, error="m").svg_inline(scale=5, border=4, omitsize=True, svgclass="qr")
    return mark_safe(drawn)  # noqa: S308 - made of our own address


@require_safe
def pole(request: HttpRequest, complaint: str) -> HttpResponse:
    """For whoever scans a label: which loudspeaker this is, and whom to tell. No sign-in."""
    rows = Device.objects.select_related("area").exclude(state=Device.State.RETIRED)
    return render(request, "devices/pole.html", {"device": get_object_or_404(rows, complaint_id=complaint[:20])})


def _place(request: HttpRequest, now: datetime) -> Area:
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.manage", area, now)
    return area


def _standing(area: Area) -> QuerySet[Device]:
    rows = Device.objects.filter(area=area, sample=False).exclude(state=Device.State.RETIRED)
    return rows.select_related("area", "hamlet").order_by("number")


def _chosen(area: Area, names: list[str]) -> list[Device]:
    rows = list(_standing(area).filter(pk__in=names[: MOST + 1]))
    if not rows:
        raise Invalid("Hãy chọn ít nhất một cụm loa.", code="none_chosen")
    if len(names) > MOST:
        raise Invalid(f"Mỗi lần in tối đa {MOST} cụm loa.", code="too_many")
    return rows
