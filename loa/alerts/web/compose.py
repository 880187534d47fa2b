"""Soạn cảnh báo: what happens, where, what is said; nothing sounds from here."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from loa.alerts import access, hazards, wording
from loa.alerts.actions import drafting
from loa.alerts.models import Draft, Drill, Status
from loa.alerts.queries import alerts, places
from loa.alerts.web.forms import AlertForm
from loa.areas.models import Area
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media.voices import registry
from loa.people import access as people
from loa.people.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The page. `mau` fills in a text with blanks, `loai` the kind, `thay` the alert that this one updates, `buoi` the
    drill that it is for.
    """
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, access.AUTHOR, area, now)
    form = _form(request, area, now)
    if request.method != "POST":
        return _page(request, area, form, now)
    if not form.is_valid():
        return _page(request, area, form, now, 422)
    try:
        row = _draft(request, user, area, form, now)
    except Invalid as error:
        form.add_error(None, error.message)
        return _page(request, area, form, now, 422)
    return redirect("alerts:draft", row.pk)


def _draft(request: HttpRequest, user: User, area: Area, form: AlertForm, now: datetime) -> Draft:
    updates = request.GET.get("thay", "")
    references = (access.alert_for(user, updates, now).pk,) if updates else ()
    data = form.cleaned_data
    return drafting.draft_alert(
        actor=user, area=area, wanted=form.wanted(references), now=now, voice=data["voice"],
        own_sound=data["recorded"], drill=_drill(request, user, now), form={"query": request.GET.urlencode()},
    )  # fmt: skip


def _drill(request: HttpRequest, user: User, now: datetime) -> Drill | None:
    wanted = request.GET.get("buoi", "")
    return access.drill_for(user, int(wanted), now) if wanted.isdecimal() else None


def _form(request: HttpRequest, area: Area, now: datetime) -> AlertForm:
    voices = [(one.id, f"{one.label} · {one.name}") for one in registry.choices("vi")]
    return AlertForm(
        request.POST or None, area=area, places=places.below(area, now), templates=alerts.templates_for(area),
        voices=voices, initial=_initial(request, area),
    )  # fmt: skip


def _initial(request: HttpRequest, area: Area) -> dict[str, object]:
    """What the address says: kind, template, exercise or not."""
    kind = hazards.book().kinds.get(request.GET.get("loai", "lu")) or hazards.book().kinds["lu"]
    wanted = request.GET.get("mau", "")
    fits = wording.fitting(alerts.templates_for(area), kind.code, "vi")
    template = next((one for one in fits if one.key == wanted), fits[0] if fits else None)
    status = request.GET.get("tin", "actual")
    return {
        "event": kind.code,
        "siren": kind.siren,
        "status": status if status in ("actual", "exercise", "test") else "actual",
        "template": template.key if template else "",
        "text": template.text if template else "",
        "issuer": f"Ủy ban nhân dân {area.full_name[:1].lower()}{area.full_name[1:]}",
        "whole": True,
        "voice": next((one.id for one in registry.choices("vi")), ""),
    }


_HINTS = {
    "actual": "Loa kêu ngay, kể cả ban đêm",
    "exercise": "Loa đọc ĐÂY LÀ DIỄN TẬP",
    "test": "Loa chỉ báo nhận, không kêu",
}


def _statuses(form: AlertForm) -> list[dict[str, object]]:
    chosen = str(form["status"].value())
    return [
        {"value": value, "label": label, "hint": _HINTS[value], "checked": value == chosen}
        for value, label in Status.choices
    ]


def _places(form: AlertForm, area: Area, now: datetime) -> list[dict[str, object]]:
    chosen = form["areas"].value() or ()
    return [
        {"area": one.area, "speakers": one.speakers, "silent": one.silent, "chosen": one.area.path in chosen}
        for one in places.below(area, now)
    ]


def _page(request: HttpRequest, area: Area, form: AlertForm, now: datetime, status: int = 200) -> HttpResponse:
    kind = hazards.book().kinds.get(str(form["event"].value()), hazards.book().kinds["lu"])
    context = {
        "area": area,
        "form": form,
        "kind": kind,
        "book": hazards.book(),
        "place": f"{area.full_name[:1].lower()}{area.full_name[1:]}",
        "places": _places(form, area, now),
        "statuses": _statuses(form),
        "templates": wording.fitting(alerts.templates_for(area), kind.code, "vi"),
        "break_glass": alerts.break_glass_of(area),
    }
    return render(request, "alerts/compose.html", context, status=status)
