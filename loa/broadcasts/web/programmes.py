"""The sessions of an area's week: make one, change it, close it."""

from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area
from loa.broadcasts import actions
from loa.broadcasts.access import WRITE, programme_for
from loa.broadcasts.actions import framing
from loa.broadcasts.changes.kinds.programmes import CloseProgramme, SaveProgramme
from loa.broadcasts.models import Programme
from loa.broadcasts.web.changing import settle
from loa.broadcasts.web.compose.forms import WEEKDAYS, read_clock
from loa.kernel import clock
from loa.kernel.errors import Invalid, Refusal
from loa.media.blocks import shelf as media_shelf
from loa.media.blocks.templates import FRAMES
from loa.media.voices import registry
from loa.people import access as people

METHODS = ["GET", "POST"]


class ProgrammeForm(forms.Form):
    """One session as people name it."""

    name = forms.CharField(label="Tên buổi", max_length=80, help_text="Ví dụ: Buổi sáng.")
    starts = forms.CharField(label="Bắt đầu lúc", max_length=8, help_text="Ghi như 05:10 hoặc 17h.")
    minutes = forms.IntegerField(label="Dài bao nhiêu phút", min_value=1, max_value=1440)
    weekdays = forms.MultipleChoiceField(label="Các thứ", choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple)

    def clean_starts(self) -> time:
        """A local time of day."""
        return time.fromisoformat(read_clock(self.cleaned_data["starts"]))


@login_required
@require_http_methods(METHODS)
def index(request: HttpRequest) -> HttpResponse:
    """All sessions of the area, and a new one."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view" if request.method == "GET" else WRITE, area, now)
    form = ProgrammeForm(request.POST or None, initial={"minutes": 30, "weekdays": [day for day, _ in WEEKDAYS]})
    if request.method == "POST" and form.is_valid():
        answer = _save(request, area, form, None)
        if answer is not None:
            return answer
    context = {
        "area": area,
        "rows": [(row, _weekdays(row)) for row in Programme.objects.filter(area=area, closed_at=None)],
        "form": form,
        "may": people.may(user, WRITE, area, now),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "broadcasts/programmes.html", context, status=status)


@login_required
@require_http_methods(METHODS)
def edit(request: HttpRequest, programme: UUID) -> HttpResponse:
    """Another time, another length, another name; field `frame` (`voice`) writes what opens or closes it."""
    now, user = clock.now(), people.signed_in(request)
    row = programme_for(user, programme, now, WRITE)
    if "frame" in request.POST:
        return _frame(request, row, now)
    form = ProgrammeForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        answer = _save(request, row.area, form, row.pk)
        if answer is not None:
            return answer
    return _page(request, row, form, status=422 if request.method == "POST" else 200)


def _frame(request: HttpRequest, row: Programme, now: datetime) -> HttpResponse:
    """Written, it is heard and handed in on its own page."""
    try:
        made = actions.draft_frame(
            actor=people.signed_in(request), programme_id=row.pk, key=request.POST["frame"],
            voice=request.POST.get("voice", ""), now=now,
        )  # fmt: skip
    except (Invalid, Refusal) as error:
        return _page(request, row, ProgrammeForm(initial=_initial(row)), refused=error.message, status=422)
    messages.success(request, "Đã soạn xong. Hãy nghe rồi gửi duyệt; duyệt một lần, phát mỗi ngày trong một năm.")
    if other := framing.in_the_way(made, now):
        messages.warning(
            request, f"{other} đang phát vào đúng chỗ này. Hãy dời mục đó sang giờ khác trước khi gửi duyệt."
        )
    return redirect("broadcasts:compose_one", made.pk)


def _page(
    request: HttpRequest, row: Programme, form: ProgrammeForm, *, refused: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "programme": row,
        "form": form,
        "refused": refused,
        "ends": [_end(row, which, name) for which, name in framing.ENDS.items()],
        "voices": registry.choices(),
        "call": media_shelf.station_call_of(row.area, media_shelf.call_words(row.area)),
    }
    return render(request, "broadcasts/programme.html", context, status=status)


def _end(row: Programme, which: str, name: str) -> dict[str, Any]:
    """What opens or closes it now, or what may."""
    return {
        "name": name,
        "bulletin": framing.frame_of(row, which),
        "frames": [one for one in FRAMES if one.end == which],
    }


def _initial(row: Programme) -> dict[str, Any]:
    return {
        "name": row.name,
        "starts": f"{row.starts:%H:%M}",
        "minutes": row.minutes,
        "weekdays": [str(day) for day in row.weekdays],
    }


@login_required
@require_POST
def close(request: HttpRequest, programme: UUID) -> HttpResponse:
    """No longer offered; what is scheduled in it goes on. Shows what that changes."""
    row = programme_for(people.signed_in(request), programme, clock.now(), WRITE)
    change = CloseProgramme(area=row.area.path, programme=row.pk)
    try:
        return settle(request, change, back=_list(row.area))
    except Refusal as error:
        messages.error(request, error.message)
        return redirect("broadcasts:programme", row.pk)


def _save(request: HttpRequest, area: Area, form: ProgrammeForm, pk: UUID | None) -> HttpResponse | None:
    """What comes next; None if it was refused, which the form says then."""
    data = form.cleaned_data
    change = SaveProgramme(
        area=area.path, programme=pk, name=data["name"], starts=data["starts"], minutes=data["minutes"],
        weekdays=tuple(int(day) for day in data["weekdays"]),
    )  # fmt: skip
    try:
        return settle(request, change, back=_list(area))
    except (Invalid, Refusal) as error:
        form.add_error(None, error.message)
        return None


def _list(area: Area) -> str:
    return f"{reverse('broadcasts:programmes')}?{urlencode({'don-vi': area.path})}"


def _weekdays(row: Programme) -> str:
    names = dict(WEEKDAYS)
    return "Hằng ngày" if len(row.weekdays) == 7 else ", ".join(names[str(day)] for day in row.weekdays)
