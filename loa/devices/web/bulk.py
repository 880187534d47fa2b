"""Làm cho nhiều cụm: choose by the filters of the list, read what will happen to each, then all or none."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.areas.models import Area
from loa.areas.queries import within
from loa.devices import actions, queries
from loa.devices.models import Device, DeviceGroup, SavedFilter
from loa.devices.queries import Wish
from loa.devices.rules import bulk as rules
from loa.devices.rules.bulk import Deed, Effect
from loa.kernel import clock
from loa.kernel.errors import LoaError, Refusal
from loa.people import access as people

MOST_NAMES = 80
_NEEDED = {"volume": "volume", "group": "group", "move": "area", "retire": "reason"}  # kind of deed: its field


class DeedForm(forms.Form):
    """What is to be done; only what the deed needs is read."""

    kind = forms.ChoiceField(label="Việc", choices=[*rules.NAMES.items()], widget=forms.RadioSelect, initial="volume")
    volume = forms.IntegerField(label="Âm lượng (%)", min_value=0, max_value=100, required=False)
    group = forms.ChoiceField(label="Nhóm", required=False)
    reason = forms.CharField(label="Lý do ngừng dùng", max_length=200, required=False)
    area = forms.ChoiceField(label="Xã nhận", required=False)

    def __init__(self, *args: object, groups: list[DeviceGroup], areas: list[Area], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["group"].choices = [("", "Chọn nhóm"), *((row.pk, row.name) for row in groups)]  # type: ignore[attr-defined]
        self.fields["area"].choices = [("", "Chọn xã"), *((row.path, row.full_name) for row in areas)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        """What the deed needs must be there."""
        facts = self.cleaned_data
        wanted = _NEEDED.get(facts.get("kind", ""))
        if wanted and wanted not in self.errors and facts.get(wanted) in (None, ""):
            self.add_error(wanted, "Chưa điền ô này.")
        return facts

    def deed(self) -> Deed:
        """With the facts of its kind alone."""
        facts, kind = self.cleaned_data, self.cleaned_data["kind"]
        wanted = _NEEDED.get(kind)
        return Deed(kind=kind, **({wanted: facts[wanted]} if wanted else {}))


def _wish(request: HttpRequest) -> Wish:
    return Wish(
        text=request.GET.get("tim", "").strip()[:80],
        reason=request.GET.get("loc", "")[:20],
        path=request.GET.get("xa", "")[:40],
    )


@login_required
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """The devices of `?don-vi=` that fit the filters, to be ticked, and what to do with them."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.manage", area, now)
    return _choice(request, area, _form(request, area, now, bound=False), now)


def _choice(request: HttpRequest, area: Area, form: DeedForm, now: datetime) -> HttpResponse:
    """The page to choose on; what was ticked stays ticked when `form` has faults."""
    wish = _wish(request)
    listed = queries.listed(area.path, wish, now, size=rules.MOST)
    saved = SavedFilter.objects.filter(user=people.signed_in(request), area=area)
    context = {
        "area": area,
        "rows": [row for row in listed.rows if not row.device.sample],
        "total": listed.total,
        "wish": wish,
        "sums": queries.sums(area.path, now),
        "form": form,
        "ticked": request.POST.getlist("cum"),
        "saved": saved,
    }
    return render(request, "devices/bulk.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, area: Area, now: datetime, *, bound: bool) -> DeedForm:
    groups = list(DeviceGroup.objects.filter(within(area.path, "area__path"), rule__isnull=True))
    scopes = people.areas_with(request.user, "device.manage", now)
    areas = [row for scope in scopes for row in Area.objects.filter(within(scope), level=3, valid_to=None)]
    return DeedForm(request.POST if bound else None, groups=groups, areas=areas)


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What would happen to each; nothing has happened. With the right `token` it is done."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.manage", area, now)
    form = _form(request, area, now, bound=True)
    if not form.is_valid():
        return _choice(request, area, form, now)
    deed, actor = form.deed(), people.signed_in(request)
    devices = _chosen(area, request.POST.getlist("cum"))
    refusal = ""
    if token := request.POST.get("token", ""):
        try:
            done = actions.carry_out(actor=actor, devices=devices, deed=deed, token=token, now=now)
        except Refusal as error:
            refusal = error.message
        else:
            messages.success(request, f"{rules.NAMES[deed.kind]}: xong cho {len(done)} cụm loa.")
            return redirect(f"{reverse('devices:bulk')}?don-vi={area.path}")
    effects = actions.preview_bulk(actor=actor, devices=devices, deed=deed, now=now)
    return _told(request, area, devices, deed, effects, refusal)


def _chosen(area: Area, names: list[str]) -> list[Device]:
    here = within(area.path, "area__path") | within(area.path, "hamlet__path")
    rows = Device.objects.filter(here, pk__in=names[: rules.MOST + 1], sample=False).select_related("area", "hamlet")
    return list(rows.order_by("area__sort_key", "number"))


def _told(
    request: HttpRequest, area: Area, devices: list[Device], deed: Deed, effects: list[Effect], refusal: str
) -> HttpResponse:
    by_device = {one.device: one for one in effects}
    rows = [(row, by_device[row.pk]) for row in devices]
    context = {
        "area": area,
        "deed": deed,
        "name": rules.NAMES[deed.kind],
        "rows": sorted(rows, key=lambda row: not row[1].refusal),
        "fine": [row.pk for row, effect in rows if not effect.refusal],
        "refused": sum(bool(effect.refusal) for effect in effects),
        "token": rules.token_of(deed, effects, people.signed_in(request).pk),
        "refusal": refusal,
    }
    return render(request, "devices/bulk_preview.html", context, status=409 if refusal else 200)


@login_required
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the present filters under a name; an empty one takes `bo` away."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    actor = people.signed_in(request)
    wish = _wish(request)
    if removed := request.POST.get("bo", ""):
        SavedFilter.objects.filter(user=actor, area=area, pk=int(removed) if removed.isdecimal() else 0).delete()
    elif name := request.POST.get("name", "").strip()[:MOST_NAMES]:
        kept = {"tim": wish.text, "loc": wish.reason, "xa": wish.path}
        SavedFilter.objects.update_or_create(user=actor, area=area, name=name, defaults={"wish": kept, "made_at": now})
        messages.success(request, f"Đã lưu bộ lọc “{name}”.")
    else:
        messages.warning(request, "Hãy đặt tên cho bộ lọc.")
    return redirect(f"{reverse('devices:bulk')}?don-vi={area.path}")


@login_required
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest) -> HttpResponse:
    """After a merger: everything of the past unit `?don-vi=` into its successor, shown first."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.manage", area, now)
    actor, refusal = people.signed_in(request), ""
    if area.valid_to is None:
        return _merged_below(request, area)
    try:
        effects = actions.preview_successors(actor=actor, old=area, now=now)
        token = rules.token_of(Deed(kind="move", area=area.path), effects, actor.pk)
        if request.method == "POST":
            if request.POST.get("token") != token:
                raise Refusal("Có điều vừa đổi sau khi xem trước. Hãy xem lại rồi làm.", code="bulk_changed")
            moved = actions.move_to_successors(actor=actor, old=area, now=now, expected=effects)
            messages.success(request, f"Đã chuyển {moved} cụm loa.")
            return redirect("devices:list")
    except LoaError as error:
        effects, token, refusal = [], "", error.message
    devices = Device.objects.in_bulk([one.device for one in effects])
    rows = [(devices[one.device], one) for one in effects]
    context = {"area": area, "rows": rows, "token": token, "refusal": refusal}
    context["refused"] = sum(bool(one.refusal) for one in effects)
    return render(request, "devices/bulk_merge.html", context, status=409 if refusal else 200)


def _merged_below(request: HttpRequest, area: Area) -> HttpResponse:
    """The past units under this one in which something still stands, each with its own page of this kind."""
    return render(request, "devices/bulk_merged.html", {"area": area, "left": queries.left_behind(area.path)})
