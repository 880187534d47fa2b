"""Giờ và âm lượng riêng: one cluster beside a hospital or a school sounds shorter or quieter than its area."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.kinds.clusters import EndCluster
from loa.broadcasts.web import changing
from loa.broadcasts.web.air import shown
from loa.broadcasts.web.air.forms import ClusterForm
from loa.broadcasts.web.air.rules import address
from loa.devices.access import device_for
from loa.devices.models import Device
from loa.devices.queries import air
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people

WRITE = "rules.write"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, device: str) -> HttpResponse:
    """What holds for this cluster and why; a POST shows the difference first."""
    now = clock.now()
    row = device_for(request.user, device, now, WRITE if request.method == "POST" else "view")
    if request.method != "POST":
        return _page(request, row, now, ClusterForm(initial={"starts": clock.local(now).date()}))
    form = ClusterForm(request.POST)
    if not form.is_valid():
        return _page(request, row, now, form, status=422)
    return _ask(request, row, now, form, lambda: form.change(row.area.path, row.pk))


@login_required
@never_cache
@require_POST
def end(request: HttpRequest, device: str, row: int) -> HttpResponse:
    """Its own rules hold no more, shown as the difference first."""
    now = clock.now()
    cluster = device_for(request.user, device, now, WRITE)
    form = ClusterForm(initial={"starts": clock.local(now).date()})
    return _ask(request, cluster, now, form, lambda: EndCluster(area=cluster.area.path, device=cluster.pk, row=row))


def _ask(
    request: HttpRequest, row: Device, now: datetime, form: ClusterForm, change: Callable[[], Change]
) -> HttpResponse:
    try:
        return changing.ask(request, change(), back=reverse("broadcasts:cluster_rules", args=[row.pk]))
    except Invalid as error:
        if form.is_bound:
            form.add_error(None, error.message)
        return _page(request, row, now, form, status=422)


def _page(request: HttpRequest, row: Device, now: datetime, form: ClusterForm, status: int = 200) -> HttpResponse:
    today = clock.local(now).date()
    context = {
        "device": row,
        "form": form,
        "own": [shown.cluster_row(one, today) for one in air.rules_rows(row, today)],
        "may": people.may(people.signed_in(request), WRITE, row.area, now),
        "back": address(row.hamlet or row.area),
        **shown.rules(air.rules_of(row, today)),
    }
    return render(request, "broadcasts/air/cluster.html", context, status=status)
