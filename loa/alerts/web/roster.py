"""Trực ban, and whether one person alone may send an alert."""

from datetime import datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from loa.alerts import access
from loa.alerts.actions import duty as deeds
from loa.alerts.models import BreakGlass, Duty
from loa.alerts.queries import alerts
from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.kernel import clock
from loa.kernel.errors import Invalid, Refusal
from loa.people import access as people
from loa.people.models import User
from loa.ui.fields import Day


class DutyForm(forms.Form):
    """One watch."""

    person = forms.ModelChoiceField(label="Người trực", queryset=User.objects.none())
    day = Day(label="Từ ngày")
    start = forms.TimeField(label="Từ giờ", input_formats=["%H:%M"], initial="17:00")
    hours = forms.TypedChoiceField(
        label="Trong", coerce=int, initial=12, choices=[(12, "12 giờ"), (24, "1 ngày"), (72, "3 ngày"), (168, "7 ngày")]
    )

    def __init__(self, *args: object, area: Area, now: datetime, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        near = people.live_grants(now).filter(area__path__in=lineage(area.path), user__is_active=True)
        here = User.objects.filter(pk__in=near.values("user")).order_by("full_name")
        self.fields["person"].queryset = here  # type: ignore[attr-defined]

    def span(self) -> tuple[datetime, datetime]:
        """From when to when. Call it on a valid form."""
        at: time = self.cleaned_data["start"]
        starts = datetime.combine(self.cleaned_data["day"], at, clock.LOCAL)
        return starts, starts + timedelta(hours=self.cleaned_data["hours"])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Who is on duty, and a form for who may say so."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, access.DUTY if request.method == "POST" else access.VIEW, area, now)
    form = DutyForm(request.POST or None, area=area, now=now, initial={"day": clock.local(now).date()})
    if request.method == "POST" and form.is_valid():
        starts, ends = form.span()
        try:
            person = form.cleaned_data["person"]
            deeds.set_duty(actor=user, person=person, area=area, starts=starts, ends=ends, now=now)
            messages.success(request, f"{person.full_name} trực từ {starts:%H:%M %d/%m} đến {ends:%H:%M %d/%m}.")
            return redirect(f"{reverse('alerts:roster')}?don-vi={area.path}")
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
    context = {
        "area": area,
        "form": form,
        "rows": alerts.roster(area, now),
        "may": people.may(user, access.DUTY, area, now),
        "may_rule": people.may(user, "rules.write", area, now),
        "ruling": alerts.break_glass_of(area),
        "answers": BreakGlass.objects.filter(area__path__in=lineage(area.path)).select_related("area", "by")[:5],
        "now": now,
    }
    return render(request, "alerts/roster.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def take_back(request: HttpRequest, duty: int) -> HttpResponse:
    """A watch ends now."""
    user, now = people.signed_in(request), clock.now()
    row = get_object_or_404(Duty.objects.select_related("area", "person", "grant__user", "grant__area"), pk=duty)
    deeds.take_duty_back(actor=user, row=row, now=now)
    messages.success(request, f"Đã rút ca trực của {row.person.full_name}.")
    return redirect(f"{reverse('alerts:roster')}?don-vi={row.area.path}")


@login_required
@require_POST
def break_glass(request: HttpRequest) -> HttpResponse:
    """The answer to the question that every area is asked."""
    user, now = people.signed_in(request), clock.now()
    area = people.area_for(user, request.POST.get("area", ""), now)
    try:
        if request.POST.get("allowed") not in ("yes", "no"):
            raise Invalid("Hãy chọn cho phép hoặc không cho phép.")
        deeds.set_break_glass(
            actor=user, area=area, allowed=request.POST["allowed"] == "yes", document=request.POST.get("document", ""),
            now=now,
        )  # fmt: skip
        messages.success(request, "Đã ghi câu trả lời. Việc này được ghi vào nhật ký hệ thống.")
    except Invalid as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('alerts:roster')}?don-vi={area.path}")
