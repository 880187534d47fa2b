"""Quy chế phát: what holds on the air of a place today, by which document, what is to come, ready profiles, days off.

Whatever is changed here is first shown as the difference in real air times (`web.changing`).
"""

from datetime import date, datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area, DayOff, OperatingRules
from loa.areas.profiles import fitting, profile
from loa.areas.queries import rules_for
from loa.broadcasts.changes.kinds.days_off import EndDayOff
from loa.broadcasts.web import changing
from loa.broadcasts.web.air import shown
from loa.broadcasts.web.air.forms import DayOffForm, RulesForm, filled
from loa.kernel import clock
from loa.kernel.errors import Invalid, NotFound
from loa.people import access as people
from loa.people.models import User

WRITE = "rules.write"


def _here(request: HttpRequest, now: datetime, capability: str = "view") -> tuple[User, Area]:
    user = people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, capability, area, now)
    return user, area


def address(area: Area, name: str = "air") -> str:
    """The page of this kind about the area."""
    return f"{reverse(f'broadcasts:{name}')}?don-vi={area.path}"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest) -> HttpResponse:
    """What holds, for everybody of the place."""
    now = clock.now()
    user, area = _here(request, now)
    return _page(request, user, area, now, DayOffForm(initial={"starts": clock.local(now).date()}))


def _page(
    request: HttpRequest, user: User, area: Area, now: datetime, form: DayOffForm, status: int = 200
) -> HttpResponse:
    today = clock.local(now).date()
    may = people.may(user, WRITE, area, now)
    context = {
        "area": area,
        "may": may,
        "form": form,
        "profiles": fitting(area.kind),
        "back": address(area),
        **shown.rules(rules_for(area, today)),
        **shown.coming(area, today),
        **shown.below(area, today),
        **shown.days(area, today, _year(request, today)),
    }
    return render(request, "broadcasts/air/rules.html", context, status=status)


def _year(request: HttpRequest, today: date) -> int:
    wanted = request.GET.get("nam", "")
    return int(wanted) if wanted.isdecimal() and 2000 <= int(wanted) <= 2100 else today.year


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """All rules in one form, filled with what holds or a ready profile (`mau`); a POST shows the difference."""
    now = clock.now()
    _, area = _here(request, now, WRITE)
    today = clock.local(now).date()
    if request.method == "POST":
        form = RulesForm(request.POST)
        if form.is_valid():
            try:
                return changing.ask(request, form.change(area.path), back=address(area))
            except Invalid as error:
                form.add_error(None, error.message)
        return _edit_page(request, area, form, status=422)
    chosen = profile(request.GET.get("mau", ""))
    own = OperatingRules.objects.filter(area=area, starts__lte=today, ends=None).last()
    return _edit_page(request, area, RulesForm(initial={"starts": today, **filled(chosen or own)}))


def _edit_page(request: HttpRequest, area: Area, form: RulesForm, status: int = 200) -> HttpResponse:
    chosen = profile(str(form["profile"].value() or ""))
    context = {"area": area, "form": form, "back": address(area), "profile": chosen}
    return render(request, "broadcasts/air/edit.html", context, status=status)


@login_required
@never_cache
@require_POST
def add_day(request: HttpRequest) -> HttpResponse:
    """A new row of days off, shown as its difference first."""
    now = clock.now()
    user, area = _here(request, now, WRITE)
    form = DayOffForm(request.POST)
    if form.is_valid():
        try:
            return changing.ask(request, form.change(area.path), back=address(area))
        except Invalid as error:
            form.add_error(None, error.message)
    return _page(request, user, area, now, form, status=422)


@login_required
@never_cache
@require_POST
def end_day(request: HttpRequest, day_off: int) -> HttpResponse:
    """A row holds no more, shown as its difference first."""
    now = clock.now()
    row = DayOff.objects.select_related("area").filter(pk=day_off).first()
    if row is None:
        raise NotFound
    people.require(people.signed_in(request), WRITE, row.area, now)
    return changing.ask(request, EndDayOff(area=row.area.path, row=row.pk), back=address(row.area))
