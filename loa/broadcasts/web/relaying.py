"""Xếp lịch tiếp âm: a relay put on the calendar and handed in; and what the calendar costs each SIM."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.broadcasts.access import WRITE
from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.kinds.relays import NewRelay
from loa.broadcasts.queries import costs
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.web import changing
from loa.broadcasts.web.compose.forms import WEEKDAYS, read_clock
from loa.devices.models import DeviceGroup
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.kernel.ids import new_id
from loa.people import access as people
from loa.relays import queries as relays
from loa.ui.fields import Day


class RelayForm(forms.Form):
    """When, how long and where a source is relayed."""

    name = forms.UUIDField(widget=forms.HiddenInput)
    source = forms.ChoiceField(label="Nguồn tiếp âm")
    starts = forms.CharField(label="Bắt đầu lúc", max_length=8, help_text="Ghi như 05:10 hoặc 17h.")
    minutes = forms.IntegerField(label="Dài bao nhiêu phút", min_value=1, max_value=240, initial=30)
    weekdays = forms.MultipleChoiceField(label="Các thứ", choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple)
    first_day = Day(label="Từ ngày")
    last_day = Day(label="Đến hết ngày", help_text="Nhiều nhất một năm; sau đó phải duyệt lại.")
    groups = forms.MultipleChoiceField(
        label="Nhóm loa", required=False, widget=forms.CheckboxSelectMultiple, help_text="Không chọn là mọi loa."
    )

    def __init__(self, *args: Any, area: Area, **more: Any) -> None:
        super().__init__(*args, **more)
        self.area = area
        self.fields["source"].choices = [(str(row.pk), row.name) for row in relays.sources_of(area)]  # type: ignore[attr-defined]
        rows = DeviceGroup.objects.filter(area=area).values_list("pk", "name")
        self.fields["groups"].choices = list(rows)  # type: ignore[attr-defined]

    def clean_starts(self) -> str:
        """A local time of day, "05:10"."""
        return read_clock(self.cleaned_data["starts"])

    def change(self) -> NewRelay:
        """What was filled in."""
        data = self.cleaned_data
        days = tuple(int(day) for day in data["weekdays"])
        every = len(days) == len(WEEKDAYS)
        when = When(
            pattern="daily" if every else "weekdays", first_day=data["first_day"], last_day=data["last_day"],
            times=(data["starts"],), weekdays=() if every else days,
        )  # fmt: skip
        return NewRelay(
            area=self.area.path, name=data["name"], source=UUID(data["source"]), minutes=data["minutes"], when=when,
            where=Target(groups=tuple(data["groups"])),
        )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a relay: what it does to the air is shown, then it waits for another person's approval like any item."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, WRITE, area, now)
    today = clock.local(now).date()
    initial = {
        "name": new_id(), "weekdays": [day for day, _ in WEEKDAYS], "first_day": today + timedelta(days=1),
        "last_day": today + timedelta(days=90), "source": request.GET.get("nguon", ""),
    }  # fmt: skip
    form = RelayForm(request.POST or None, area=area, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            shown = keeping.preview(actor=user, change=form.change(), now=now)
        except Invalid as refused:
            form.add_error(None, refused.message)
        else:
            if shown.refusal is None:
                return changing.show(request, shown, back=_week(area))
            form.add_error(None, shown.refusal.message)
    status = 422 if request.method == "POST" else 200
    context = {"area": area, "form": form, "none": not relays.sources_of(area), "sources": _sources(area)}
    return render(request, "broadcasts/relay.html", context, status=status)


@login_required
@require_safe
def cost(request: HttpRequest) -> HttpResponse:
    """Expected MB a month of every loudspeaker, against the budget of its SIM."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    if area.level < Level.COMMUNE:
        raise Invalid("Hãy chọn một xã để xem dung lượng của từng loa.", code="no_commune")
    rows = costs.expected(area, now)
    context = {"area": area, "rows": rows, "over": sum(row.over for row in rows), "sources": _sources(area)}
    return render(request, "broadcasts/costs.html", context)


def _sources(area: Area) -> str:
    return f"{reverse('relays:sources')}?{urlencode({'don-vi': area.path})}"


def _week(area: Area) -> str:
    return f"{reverse('broadcasts:week')}?{urlencode({'don-vi': area.path})}"
