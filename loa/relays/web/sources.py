"""Nguồn tiếp âm: which live sources a place may relay, how its groups receive them, whether a stream can be heard."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.devices.models import DeviceGroup
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media.blocks import shelf
from loa.people import access as people
from loa.people.models import User
from loa.relays import access, actions, queries, words
from loa.relays.actions import Entered
from loa.relays.models import Fetch, RelaySource
from loa.relays.rules import USUAL_WAYS
from loa.ui.web import changes

METHODS = ["GET", "HEAD", "POST"]


class SourceForm(forms.Form):
    """A source as people know it."""

    name = forms.CharField(label="Tên nguồn", max_length=80, help_text="Ví dụ: VOV1, Đài tỉnh.")
    permission = forms.CharField(label="Căn cứ được tiếp âm", max_length=300, help_text="Văn bản nào, của ai.")
    frequency = forms.DecimalField(
        label="Tần số FM (MHz)",
        required=False,
        localize=True,
        help_text="Loa có bộ thu FM sẽ bắt sóng, không tốn dung lượng SIM.",
    )
    station = forms.CharField(label="Đài phát sóng FM", max_length=120, required=False)
    url = forms.CharField(
        label="Địa chỉ luồng mạng", max_length=400, required=False, help_text="Bắt đầu bằng http:// hoặc https://"
    )
    kbit_s = forms.IntegerField(label="Tốc độ luồng (kbit/s)", min_value=8, max_value=512, initial=64)
    fetch = forms.ChoiceField(label="Ai lấy luồng", choices=Fetch.choices)
    input = forms.CharField(
        label="Đầu vào âm thanh của máy trạm", max_length=40, required=False, help_text="Để trống nếu không dùng."
    )
    silent_after_s = forms.IntegerField(
        label="Im lặng bao nhiêu giây thì coi là hỏng", min_value=0, max_value=3600, initial=90,
        help_text="0 là không tính. Một phút mặc niệm không phải là hỏng.",
    )  # fmt: skip
    fallback = forms.ChoiceField(label="Khi hỏng thì phát", required=False)

    def __init__(self, *args: Any, area: Area, **more: Any) -> None:
        super().__init__(*args, **more)
        blocks = [(str(one.pk), one.title) for one in shelf.blocks_for(area)]
        self.fields["fallback"].choices = [("", "Im lặng"), *blocks]  # type: ignore[attr-defined]

    def entered(self) -> Entered:
        """What was filled in."""
        data = self.cleaned_data
        frequency = data["frequency"]
        return Entered(
            name=data["name"], permission=data["permission"], url=data["url"], fetch=data["fetch"],
            kbit_s=data["kbit_s"], frequency_khz=round(frequency * 1000) if frequency else None,
            station=data["station"], input=data["input"], silent_after_s=data["silent_after_s"],
            fallback=UUID(data["fallback"]) if data["fallback"] else None,
        )  # fmt: skip


@login_required
@require_http_methods(METHODS)
def index(request: HttpRequest) -> HttpResponse:
    """All sources that the place may relay, and a new one of its own."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, access.KEEP if request.method == "POST" else "view", area, now)
    form = SourceForm(request.POST or None, area=area)
    if request.method == "POST" and form.is_valid():
        try:
            source = actions.add_source(actor=user, area=area, entered=form.entered(), now=now)
        except Invalid as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, f"Đã thêm nguồn “{source.name}”. Hãy bấm Nghe thử nếu có luồng mạng.")
            return redirect(_address(area))
    status = 422 if request.method == "POST" else 200
    return render(request, "relays/sources.html", _context(user, area, form, now), status=status)


@login_required
@require_http_methods(METHODS)
def one(request: HttpRequest, source: UUID) -> HttpResponse:
    """Change a source of one's own; what will be heard otherwise is shown first."""
    user, now = people.signed_in(request), clock.now()
    row = access.source_for(user, source, now)
    form = SourceForm(request.POST or None, area=row.area, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            wish = {"kind": "relay.source", "area": row.area.path, "source": str(row.pk)}
            entered = msgspec.to_builtins(form.entered())
            return changes.settle(request, wish | {"entered": entered}, back=_address(row.area))
        except Invalid as refused:
            form.add_error(None, refused.message)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "relays/source.html", {"form": form, "source": row, "back": _address(row.area)}, status=status
    )


@login_required
@require_POST
def end(request: HttpRequest, source: UUID) -> HttpResponse:
    """Offer it no more."""
    user, now = people.signed_in(request), clock.now()
    row = actions.end_source(actor=user, source_id=source, now=now)
    messages.success(request, f"Đã bỏ nguồn “{row.name}”. Lịch đã duyệt vẫn phát tới ngày cuối.")
    return redirect(_address(row.area))


@login_required
@require_POST
def try_it(request: HttpRequest, source: UUID) -> HttpResponse:
    """Let a worker listen for ten seconds."""
    test = actions.ask_for_try(actor=people.signed_in(request), source_id=source, now=clock.now())
    return redirect("relays:result", test.pk)


@login_required
@require_safe
def result(request: HttpRequest, test: UUID) -> HttpResponse:
    """What the worker heard; the page asks again while it listens."""
    user, now = people.signed_in(request), clock.now()
    row = access.trial_for(user, test, now)
    own = row.source.area if people.may(user, "view", row.source.area, now) else people.place_for(user, "", now)
    context = {
        "test": row,
        "source": row.source,
        "told": words.TRIED.get(row.code, ""),
        "back": _address(own),
    }
    return render(request, "relays/result.html", context)


@login_required
@require_POST
def reception(request: HttpRequest, group: str) -> HttpResponse:
    """How the loudspeakers of a group receive."""
    user, now = people.signed_in(request), clock.now()
    _, ways = words.ORDERS.get(request.POST.get("ways", ""), ("", ()))
    row = access.group_for(user, group, now)
    wish = {"kind": "relay.reception", "area": row.area.path, "group": row.pk, "ways": list(ways)}
    return changes.settle(request, wish, back=_address(row.area))


def _context(user: User, area: Area, form: SourceForm, now: datetime) -> dict[str, Any]:
    rows = queries.sources_of(area)
    tests = queries.newest_tests(rows)
    return {
        "area": area,
        "form": form,
        "may": people.may(user, access.KEEP, area, now),
        "rows": [_row(row, area, tests.get(row.pk)) for row in rows],
        "groups": _groups(area),
        "orders": [(key, name) for key, (name, _) in words.ORDERS.items()],
        "here": _address(area),
    }


def _row(source: RelaySource, area: Area, test: Any) -> dict[str, Any]:
    return {
        "source": source,
        "received": words.received(source),
        "own": source.area_id == area.pk,
        "where": "Của đơn vị" if source.area_id == area.pk else source.area.full_name,
        "test": test,
        "told": words.TRIED.get(test.code, "Đang nghe thử.") if test else "",
    }


def _groups(area: Area) -> list[dict[str, Any]]:
    if area.level != Level.COMMUNE:
        return []
    groups = list(DeviceGroup.objects.filter(area=area))
    known = queries.ways([group.pk for group in groups])
    return [
        {"group": group, "key": words.chosen(known[group.pk][1] if group.pk in known else USUAL_WAYS)}
        for group in groups
    ]


def _initial(row: RelaySource) -> dict[str, Any]:
    names = ("name", "permission", "station", "url", "kbit_s", "fetch", "input", "silent_after_s")
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    frequency = row.frequency_khz / 1000 if row.frequency_khz else None
    return values | {"frequency": frequency, "fallback": str(row.fallback_id or "")}


def _address(area: Area) -> str:
    return f"{reverse('relays:sources')}?{urlencode({'don-vi': area.path})}"
