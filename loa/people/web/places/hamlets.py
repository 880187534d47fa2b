"""What a commune changes about its own hamlets: add one, give one another name, end one on a day."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from loa.areas.models import Area
from loa.areas.rules import HAMLET_KINDS, LABELS, Kind, Level
from loa.kernel import clock
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.people import access
from loa.people.actions import places
from loa.people.models import User
from loa.people.web.places.unit import announcers
from loa.ui.fields import Day
from loa.ui.format import day

KINDS = [(kind.value, LABELS[kind]) for kind in Kind if kind in HAMLET_KINDS]
GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


class HamletForm(forms.Form):
    """A new hamlet."""

    kind = forms.ChoiceField(label="Loại", choices=KINDS)
    name = forms.CharField(
        label="Tên",
        max_length=100,
        help_text="Chỉ ghi tên riêng hoặc số, ví dụ: 5 hoặc Khe Lếch. Không cần ghi “thôn”.",
    )
    on = Day(label="Có từ ngày")


class RenameForm(HamletForm):
    """Another name."""

    on = Day(label="Mang tên này từ ngày")
    slip = forms.BooleanField(
        label="Tên cũ gõ sai, không phải đổi tên",
        required=False,
        help_text="Đánh dấu thì tên cũ không được giữ lại để tìm kiếm.",
    )


class EndForm(forms.Form):
    """The last day."""

    last_day = Day(label="Ngày cuối cùng")
    sure = forms.BooleanField(label="Tôi hiểu việc này không làm lại được")


def _open_to(request: HttpRequest, path: str, level: Level) -> tuple[User, Area]:
    """The person and the unit that they may change. Raises NotFound outside their scope, Denied."""
    user = access.signed_in(request)
    area = access.area_for(user, path, clock.now(), "hamlet.write")
    if area.level != level:
        raise NotFound
    return user, area


def _shown(request: HttpRequest, template: str, form: forms.Form, **context: object) -> HttpResponse:
    context |= {"form": form}
    return render(request, f"people/places/{template}", context, status=422 if form.errors else 200)


def _today() -> dict[str, object]:
    return {"on": clock.local(clock.now()).date()}


@login_required
@GET_AND_POST
def add(request: HttpRequest, place: str) -> HttpResponse:
    """A hamlet that the commune has and Loa does not know yet."""
    user, commune = _open_to(request, place, Level.COMMUNE)
    form = HamletForm(request.POST or None, initial=_today())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            hamlet = places.add_hamlet(
                actor=user, commune=commune, kind=Kind(data["kind"]), name=data["name"], on=data["on"], now=clock.now()
            )
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Đã thêm {_lower(hamlet.full_name)}.")
            return redirect("people:place", place=commune.path)
    return _shown(request, "add_hamlet.html", form, area=commune)


@login_required
@GET_AND_POST
def rename(request: HttpRequest, place: str) -> HttpResponse:
    """Another name from a day, or the right one."""
    user, hamlet = _open_to(request, place, Level.HAMLET)
    before = hamlet.full_name
    initial = _today() | {"kind": hamlet.kind, "name": hamlet.name}
    form = RenameForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            places.rename_hamlet(
                actor=user, hamlet=hamlet, kind=Kind(data["kind"]), name=data["name"], on=data["on"],
                slip=data["slip"], now=clock.now(),
            )  # fmt: skip
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{before} nay là {_lower(hamlet.full_name)}.")
            return redirect("people:place", place=hamlet.path)
    return _shown(request, "rename_hamlet.html", form, area=hamlet, before=before)


@login_required
@GET_AND_POST
def end(request: HttpRequest, place: str) -> HttpResponse:
    """A hamlet that was merged away: what will happen, then a day and a word of consent, since it is not undone."""
    user, hamlet = _open_to(request, place, Level.HAMLET)
    form = EndForm(request.POST or None, initial={"last_day": clock.local(clock.now()).date()})
    if request.method == "POST" and form.is_valid():
        last_day = form.cleaned_data["last_day"]
        try:
            places.end_hamlet(actor=user, hamlet=hamlet, last_day=last_day, now=clock.now())
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{hamlet.full_name} kết thúc sau ngày {day(last_day)}.")
            return redirect("people:place", place=place.rpartition(".")[0])
    return _shown(request, "end_hamlet.html", form, area=hamlet, announcers=announcers(hamlet))


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
