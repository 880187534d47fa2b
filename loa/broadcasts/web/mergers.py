"""Sáp nhập xã: communes that become one, today or on the day of the decision; shown first, cancelled before the day."""

from datetime import date, datetime
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area
from loa.areas.queries import valid_on, within
from loa.areas.rules import Level
from loa.broadcasts.actions.mergers import MANAGE
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.kinds.devices import MergeCommunes
from loa.broadcasts.changes.kinds.mergers import CancelMerger, PlanMerger
from loa.broadcasts.models import PlannedMerger
from loa.broadcasts.web.changing import ask, settle
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.people import access as people
from loa.ui.fields import Day

MOST_FORMER = 4
PAST = 10


class MergerForm(forms.Form):
    """Which communes go over into which one, and when."""

    into = forms.ChoiceField(label="Xã nhận")
    day = Day(label="Từ ngày", help_text="Ngày quyết định có hiệu lực. Từ 0 giờ ngày đó hệ thống tự nhập.")
    document = forms.CharField(label="Văn bản quyết định", max_length=200, help_text="Ví dụ: Nghị quyết 12/NQ-HĐND.")

    def __init__(self, *args: object, communes: list[Area], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        names = [("", "Chọn xã"), *((one.path, one.full_name) for one in communes)]
        self.fields["into"].choices = names  # type: ignore[attr-defined]
        for number in range(MOST_FORMER):
            label = "Xã được nhập vào" if number == 0 else "Xã nữa được nhập vào"
            self.fields[f"former{number}"] = forms.ChoiceField(label=label, choices=names, required=number == 0)

    def rows(self) -> list[forms.BoundField]:
        """The fields of the communes that go over."""
        return [self[f"former{number}"] for number in range(MOST_FORMER)]

    def change(self, merger: UUID, today: date) -> Change:
        """What was chosen. Call it on a valid form."""
        data = self.cleaned_data
        former = tuple(dict.fromkeys(data[f"former{number}"] for number in range(MOST_FORMER)))
        kept = tuple(path for path in former if path)
        if data["day"] <= today:
            return MergeCommunes(area=data["into"], former=kept)
        return PlanMerger(area=data["into"], merger=merger, former=kept, day=data["day"], document=data["document"])


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Mergers that are to come and the last ones, and the form; a POST shows what would be heard otherwise."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, MANAGE, area, now)
    today = local(now).date()
    communes = list(Area.objects.filter(within(area.path), valid_on(today), level=Level.COMMUNE).order_by("sort_key"))
    form = MergerForm(request.POST if request.method == "POST" else None, communes=communes)
    if request.method == "POST" and form.is_valid():
        try:
            return ask(request, form.change(_id(request), today), back=_address(area))
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
    context = {"area": area, "form": form, "id": uuid4(), "several": len(communes) > 1, **_listed(area, now)}
    return render(request, "broadcasts/mergers.html", context, status=422 if form.errors else 200)


def _listed(area: Area, now: datetime) -> dict[str, object]:
    rows = list(PlannedMerger.objects.filter(within(area.path, "area__path")).select_related("area", "made_by"))
    paths = {path for row in rows for path in row.former}
    names = dict(Area.objects.filter(path__in=paths).values_list("path", "full_name"))
    told = [(row, ", ".join(names.get(path, path) for path in row.former)) for row in rows]
    return {
        "coming": [(row, former) for row, former in told if row.open],
        "past": [(row, former) for row, former in reversed(told) if not row.open][:PAST],
    }


def _id(request: HttpRequest) -> UUID:
    """Written into the page, so that a button pressed twice asks once."""
    try:
        return UUID(request.POST.get("id", ""))
    except ValueError:
        return uuid4()


def _address(area: Area) -> str:
    return f"{reverse('broadcasts:mergers')}?don-vi={area.path}"


@login_required
@require_POST
def cancel(request: HttpRequest, merger: UUID) -> HttpResponse:
    """Before its day: it will not happen, and everything stays as it is."""
    now, user = clock.now(), people.signed_in(request)
    row = PlannedMerger.objects.select_related("area__parent").filter(pk=merger).first()
    if row is None:
        raise NotFound
    people.require(user, MANAGE, row.area, now)
    return settle(request, CancelMerger(area=row.area.path, merger=row.pk), back=_address(row.area.parent or row.area))
