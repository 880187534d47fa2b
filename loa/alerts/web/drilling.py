"""Diễn tập: the calendar, and how a drill went beside the one before."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from loa.alerts import access, hazards
from loa.alerts.actions import drills as deeds
from loa.alerts.models import Drill, Status
from loa.alerts.queries import alerts
from loa.alerts.web.words import causes_words
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people
from loa.ui.fields import Day

_EVERY = {0: "Một lần", 1: "Mỗi tháng", 3: "Mỗi quý", 6: "Mỗi nửa năm", 12: "Mỗi năm"}


class DrillForm(forms.Form):
    """One drill."""

    title = forms.CharField(label="Tên buổi", max_length=120, help_text="Ví dụ: Diễn tập lũ quý III")
    status = forms.ChoiceField(
        label="Loại", choices=[("test", "Kiểm tra: loa chỉ báo nhận, không kêu"), ("exercise", "Diễn tập: loa kêu")]
    )
    event = forms.ChoiceField(
        label="Tình huống", choices=lambda: [(k, v.name) for k, v in hazards.book().kinds.items()]
    )
    day = Day(label="Ngày")
    at = forms.TimeField(label="Giờ", input_formats=["%H:%M"], initial="09:00")
    every = forms.TypedChoiceField(label="Lặp lại", coerce=int, choices=list(_EVERY.items()))

    def plan(self) -> deeds.Plan:
        """What was typed. Call it on a valid form."""
        data = self.cleaned_data
        return deeds.Plan(
            data["title"], Status(data["status"]), data["event"], data["day"],
            data["at"].hour * 60 + data["at"].minute, data["every"],
        )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """What is planned, what was held."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, access.DRILL if request.method == "POST" else access.VIEW, area, now)
    form = DrillForm(request.POST or None, initial={"day": clock.local(now).date()})
    if request.method == "POST" and form.is_valid():
        try:
            row = deeds.set_drill(actor=user, area=area, plan=form.plan(), now=now)
            messages.success(request, f"Đã ghi “{row.title}” vào lịch.")
            return redirect(f"{reverse('alerts:drills')}?don-vi={area.path}")
        except Invalid as error:
            form.add_error(None, error.message)
    rows = alerts.drills_of(area)
    context = {
        "area": area,
        "form": form,
        "coming": [one for one in rows if one.record_id is None],
        "held": [one for one in reversed(rows) if one.record_id is not None],
        "may": people.may(user, access.DRILL, area, now),
        "today": clock.local(now).date(),
        "every": _EVERY,
    }
    return render(request, "alerts/drills.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def result(request: HttpRequest, drill: int) -> HttpResponse:
    """One drill beside the last one; POST notes why a commune was silent."""
    user, now = people.signed_in(request), clock.now()
    row = access.drill_for(user, drill, now)
    if request.method == "POST":
        return _follow(request, row, now)
    board = alerts.board_of(row.record, now) if row.record else None
    last = alerts.before(row)
    context = {
        "row": row,
        "board": board,
        "last": last,
        "last_board": alerts.board_of(last.record, now) if last and last.record else None,
        "silent": list(alerts.silent_places(board)) if board else [],
        "causes": {one.area.path: causes_words(one.causes) for one in board.communes} if board else {},
        "may": people.may(user, access.DRILL, row.area, now),
    }
    return render(request, "alerts/drill.html", context)


def _follow(request: HttpRequest, row: Drill, now: datetime) -> HttpResponse:
    user = people.signed_in(request)
    place = people.area_for(user, request.POST.get("area", ""), now)
    try:
        deeds.follow_up(actor=user, row=row, place=place, note=request.POST.get("text", ""), now=now)
        messages.success(request, f"Đã ghi nguyên nhân của {place.full_name}.")
    except Invalid as error:
        messages.error(request, error.message)
    return redirect("alerts:drill", row.pk)


@login_required
@require_POST
def drop(request: HttpRequest, drill: int) -> HttpResponse:
    """Off the calendar."""
    user, now = people.signed_in(request), clock.now()
    row = access.drill_for(user, drill, now, access.DRILL)
    deeds.drop_drill(actor=user, row=row, now=now)
    messages.success(request, f"Đã bỏ “{row.title}” khỏi lịch.")
    return redirect(f"{reverse('alerts:drills')}?don-vi={row.area.path}")
