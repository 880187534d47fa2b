"""Nhóm loa: its name and who stands in it, chosen one by one or by a rule in plain words; shown as what will be heard
otherwise before it is kept."""

from datetime import datetime

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.areas.models import Area
from loa.areas.queries import hamlets_of, predecessors_of
from loa.areas.rules import Level
from loa.broadcasts.changes.kinds.groups import DissolveGroup, SaveGroup, SaveRuleGroup, by_rule
from loa.broadcasts.web.changing import ask
from loa.devices.access import group_for
from loa.devices.actions import shift
from loa.devices.models import Device, DeviceGroup, group_id
from loa.devices.rules import grouping
from loa.devices.rules.grouping import MOST_HORNS, Rule
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from loa.people import access as people

METHODS = ["GET", "HEAD", "POST"]


class GroupForm(forms.Form):
    """Name and members."""

    name = forms.CharField(label="Tên nhóm", max_length=120)
    members = forms.MultipleChoiceField(label="Cụm loa trong nhóm", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, area: Area, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        here = Device.objects.filter(area=area).exclude(state=Device.State.RETIRED).order_by("number")
        self.fields["members"].choices = [(one.pk, f"{one.number:02d} · {one.name}") for one in here]  # type: ignore[attr-defined]


class RuleForm(forms.Form):
    """Name and what makes somebody a member; what is left open is not asked."""

    name = forms.CharField(label="Tên nhóm", max_length=120, help_text="Ví dụ: Loa thôn 3.")
    hamlets = forms.MultipleChoiceField(
        label="Ở thôn, tổ dân phố", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Chọn nhiều nơi thì cụm loa ở một trong các nơi đó là đủ.",
    )  # fmt: skip
    former = forms.MultipleChoiceField(
        label="Trước sáp nhập thuộc xã", required=False, widget=forms.CheckboxSelectMultiple
    )
    least_horns = forms.IntegerField(
        label="Trên cột có ít nhất bao nhiêu loa", required=False, min_value=1, max_value=MOST_HORNS
    )
    most_horns = forms.IntegerField(
        label="Nhiều nhất bao nhiêu loa", required=False, min_value=1, max_value=MOST_HORNS,
        help_text="Cột chưa ghi số loa thì không vào nhóm hỏi số loa.",
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="Loại thiết bị", required=False,
        choices=[("", "Loại nào cũng được"), ("speaker", "Chỉ cụm loa"), ("board", "Chỉ bảng tin điện tử")],
    )  # fmt: skip

    def __init__(self, *args: object, area: Area, now: datetime, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.names = names_in(area, now)
        below = [row.path for row in hamlets_of(area, local(now).date())]
        for field, paths in (("hamlets", below), ("former", [path for path in self.names if path not in below])):
            self.fields[field].choices = [(path, self.names[path]) for path in paths]  # type: ignore[attr-defined]
            if not paths:
                del self.fields[field]

    def clean(self) -> None:
        """The numbers fit together, and something is asked at all."""
        least, most = self.cleaned_data.get("least_horns"), self.cleaned_data.get("most_horns")
        if least and most and least > most:
            self.add_error("most_horns", "Số nhiều nhất phải bằng hoặc lớn hơn số ít nhất.")
        if not self.errors and self.rule().is_empty:
            self.add_error(None, "Hãy chọn ít nhất một điều kiện, ví dụ một thôn.")

    def rule(self) -> Rule:
        """What was chosen."""
        data = self.cleaned_data
        return Rule(
            kind=data.get("kind") or "", hamlets=tuple(sorted(data.get("hamlets") or ())),
            former=tuple(sorted(data.get("former") or ())), least_horns=data.get("least_horns") or 0,
            most_horns=data.get("most_horns") or 0,
        )  # fmt: skip


def names_in(area: Area, now: datetime) -> dict[str, str]:
    """What a rule of this commune can speak of: its hamlets, and the units that it took over; by path."""
    rows = [*hamlets_of(area, local(now).date()), *predecessors_of(area)]
    return {row.path: row.full_name for row in rows}


@login_required
@require_http_methods(METHODS)
def edit(request: HttpRequest, group: str) -> HttpResponse:
    """The form; a POST shows what would be heard otherwise, with `dissolve` what it means that the group is gone."""
    row = group_for(request.user, group, clock.now(), "group.write")
    if request.method == "POST" and "dissolve" in request.POST:
        return ask(request, DissolveGroup(area=row.area.path, group=row.pk), back=_groups(row.area))
    if row.rule is not None:
        raise Invalid(by_rule(row), code="group_by_rule")
    return _by_hand(request, row)


@login_required
@require_http_methods(METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """A group of the commune `?don-vi=` whose members are chosen one by one."""
    return _by_hand(request, DeviceGroup(pk=group_id(), area=_commune(request)))


def _by_hand(request: HttpRequest, row: DeviceGroup) -> HttpResponse:
    inside = [] if row._state.adding else list(row.members.values_list("pk", flat=True))
    initial = {"name": row.name, "members": inside}
    form = GroupForm(request.POST if request.method == "POST" else None, area=row.area, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        change = SaveGroup(
            area=row.area.path, group=row.pk, name=data["name"], members=tuple(sorted(data["members"]))
        )  # fmt: skip
        if _kept_apart(form, row):
            return ask(request, change, back=_groups(row.area))
    context = {"group": row, "form": form, "back": _groups(row.area), "fresh": row._state.adding}
    return render(request, "broadcasts/group.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(METHODS)
def new_rule(request: HttpRequest) -> HttpResponse:
    """A group of the commune `?don-vi=` whose members follow a rule."""
    return _by_rule(request, DeviceGroup(pk=group_id(), area=_commune(request)))


@login_required
@require_http_methods(METHODS)
def rule(request: HttpRequest, group: str) -> HttpResponse:
    """Another rule of a group that has one."""
    row = group_for(request.user, group, clock.now(), "group.write")
    if row.rule is None:
        raise Invalid(f"Nhóm {row.name} chọn từng cụm loa. Hãy sửa cụm loa trong nhóm.", code="group_by_hand")
    return _by_rule(request, row)


def _by_rule(request: HttpRequest, row: DeviceGroup) -> HttpResponse:
    """The form; each answer in it shows who would be a member, a POST what would be heard otherwise."""
    now, looking = clock.now(), request.headers.get("HX-Request") == "true"
    given = request.POST if request.method == "POST" else request.GET if looking else None
    form = RuleForm(given, area=row.area, now=now, initial=_initial(row))
    if looking:
        form.fields["name"].required = False
        return render(request, "broadcasts/group_members.html", _members(row, form))
    if request.method == "POST" and form.is_valid() and _kept_apart(form, row):
        name = form.cleaned_data["name"]
        change = SaveRuleGroup(area=row.area.path, group=row.pk, name=name, rule=form.rule())
        return ask(request, change, back=_groups(row.area))
    context = {"group": row, "form": form, "back": _groups(row.area), "fresh": row._state.adding}
    return render(
        request, "broadcasts/group_rule.html", context | _members(row, form), status=422 if form.errors else 200
    )


def _members(row: DeviceGroup, form: RuleForm) -> dict[str, object]:
    """Who the rule in the form makes a member, and which words it has; nothing while it asks nothing."""
    chosen = form.rule() if form.is_bound and form.is_valid() else None if form.is_bound else grouping.read(row.rule)
    if chosen is None:
        return {"moved": None, "words": ""}
    moved = shift(row.area, chosen, None if row._state.adding else row)
    return {"moved": moved, "count": len(moved.come) + len(moved.stay), "words": grouping.words(chosen, form.names)}


def _kept_apart(form: forms.Form, row: DeviceGroup) -> bool:
    """Whether no other group of the place has this name."""
    name = form.cleaned_data["name"].strip()
    if DeviceGroup.objects.filter(area=row.area, name=name).exclude(pk=row.pk).exists():
        form.add_error("name", f"{row.area.full_name} đã có nhóm tên “{name}”.")
        return False
    return True


def _initial(row: DeviceGroup) -> dict[str, object]:
    chosen = grouping.read(row.rule) or Rule()
    return {
        "name": row.name, "kind": chosen.kind, "hamlets": chosen.hamlets, "former": chosen.former,
        "least_horns": chosen.least_horns or None, "most_horns": chosen.most_horns or None,
    }  # fmt: skip


def _commune(request: HttpRequest) -> Area:
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "group.write", area, now)
    if area.level != Level.COMMUNE:
        raise Invalid("Hãy chọn một xã để lập nhóm loa.", code="no_commune")
    return area


def _groups(area: Area) -> str:
    return f"{reverse('devices:groups')}?don-vi={area.path}"
