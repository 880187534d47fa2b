"""Làm cho nhiều cụm: choose by the filters of the list, read what will happen to each, then all or none."""

from datetime import datetime

import msgspec
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from loa.areas.models import Area
from loa.areas.queries import within
from loa.devices import actions, queries
from loa.devices.models import Device, DeviceGroup, SavedFilter
from loa.devices.queries import Wish
from loa.devices.rules import bulk as rules
from loa.devices.rules.bulk import Deed, Effect
from loa.kernel import clock
from loa.kernel.errors import Refusal
from loa.people import access as people
from loa.ui.web import changes

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
    """Who cannot be meant, and why; if all can, what becomes of each and what will be heard otherwise."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.manage", area, now)
    form = _form(request, area, now, bound=True)
    if not form.is_valid():
        return _choice(request, area, form, now)
    deed = form.deed()
    devices = _chosen(area, request.POST.getlist("cum"))
    effects = actions.preview_bulk(actor=people.signed_in(request), devices=devices, deed=deed, now=now)
    if any(one.refusal for one in effects):
        return _told(request, area, devices, deed, effects)
    wish = {
        "kind": "devices.together", "area": area.path, "deed": msgspec.to_builtins(deed),
        "devices": [row.pk for row in devices],
    }  # fmt: skip
    return changes.ask(request, wish, back=f"{reverse('devices:bulk')}?don-vi={area.path}")


def _chosen(area: Area, names: list[str]) -> list[Device]:
    here = within(area.path, "area__path") | within(area.path, "hamlet__path")
    rows = Device.objects.filter(here, pk__in=names[: rules.MOST + 1], sample=False).select_related("area", "hamlet")
    return list(rows.order_by("area__sort_key", "number"))


def _told(request: HttpRequest, area: Area, devices: list[Device], deed: Deed, effects: list[Effect]) -> HttpResponse:
    by_device = {one.device: one for one in effects}
    rows = [(row, by_device[row.pk]) for row in devices]
    context = {
        "area": area,
        "deed": deed,
        "name": rules.NAMES[deed.kind],
        "rows": sorted(rows, key=lambda row: not row[1].refusal),
        "fine": [row.pk for row, effect in rows if not effect.refusal],
        "refused": sum(bool(effect.refusal) for effect in effects),
    }
    return render(request, "devices/bulk_preview.html", context)


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
@require_safe
def merge(request: HttpRequest) -> HttpResponse:
    """After a merger: everything of the past unit `?don-vi=` into its successor; what will be heard otherwise comes
    first."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "device.manage", area, now)
    if area.valid_to is None:
        return _merged_below(request, area)
    heirs = [link.new for link in area.successions.select_related("new")]
    if len(heirs) != 1:
        raise Refusal(
            f"{area.full_name} được chia cho {len(heirs)} nơi. Hãy chuyển từng nhóm cụm loa bằng Làm cho nhiều cụm.",
            code="no_one_successor",
        )
    wish = {"kind": "commune.merge", "area": heirs[0].path, "former": [area.path]}
    return changes.ask(request, wish, back=f"{reverse('devices:merge')}?don-vi={heirs[0].path}")


def _merged_below(request: HttpRequest, area: Area) -> HttpResponse:
    """The past units under this one in which something still stands, each with its own page of this kind."""
    return render(request, "devices/bulk_merged.html", {"area": area, "left": queries.left_behind(area.path)})
