"""Sửa nhóm loa: its name and who stands in it, shown as what will be heard otherwise before it is kept."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.areas.models import Area
from loa.broadcasts.changes.kinds.groups import DissolveGroup, SaveGroup
from loa.broadcasts.web.changing import ask
from loa.devices.access import group_for
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.errors import Invalid


class GroupForm(forms.Form):
    """Name and members."""

    name = forms.CharField(label="Tên nhóm", max_length=120)
    members = forms.MultipleChoiceField(label="Cụm loa trong nhóm", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, area: Area, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        here = Device.objects.filter(area=area).exclude(state=Device.State.RETIRED).order_by("number")
        self.fields["members"].choices = [(one.pk, f"{one.number:02d} · {one.name}") for one in here]  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, group: str) -> HttpResponse:
    """The form; a POST shows what would be heard otherwise, with `dissolve` what it means that the group is gone."""
    row = group_for(request.user, group, clock.now(), "group.write")
    back = f"{reverse('devices:groups')}?don-vi={row.area.path}"
    if request.method == "POST" and "dissolve" in request.POST:
        return ask(request, DissolveGroup(area=row.area.path, group=row.pk), back=back)
    if row.rule is not None:
        raise Invalid(f"Nhóm {row.name} chọn cụm loa theo điều kiện. Hãy sửa điều kiện của nhóm.", code="group_by_rule")
    inside = list(row.members.values_list("pk", flat=True))
    initial = {"name": row.name, "members": inside}
    form = GroupForm(request.POST if request.method == "POST" else None, area=row.area, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        members = tuple(sorted(data["members"]))
        return ask(request, SaveGroup(area=row.area.path, group=row.pk, name=data["name"], members=members), back=back)
    context = {"group": row, "form": form, "back": back}
    return render(request, "broadcasts/group.html", context, status=422 if form.errors else 200)
