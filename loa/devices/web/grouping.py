"""Nhóm loa: the groups of a commune, who stands in them; an empty one is dissolved."""

from collections.abc import Iterable, Mapping

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.devices import actions
from loa.devices.access import group_for
from loa.devices.models import DeviceGroup
from loa.devices.rules import grouping
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people
from loa.ui.web import changes


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The groups of the commune `?don-vi=`; to who may change them also why one cannot be dissolved now."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    if area.level != Level.COMMUNE:
        raise Invalid("Hãy chọn một xã để xem các nhóm loa.", code="no_commune")
    may = people.may(request.user, "group.write", area, now)
    groups = DeviceGroup.objects.filter(area=area).select_related("area").prefetch_related("members")
    names = _names(groups)
    rows = [
        (group, list(group.members.all()), actions.why_kept(group, now) if may else "", _words(group, names))
        for group in groups
    ]
    context = {"area": area, "rows": rows, "may": may}
    return render(request, "devices/groups.html", context)


def _words(group: DeviceGroup, names: Mapping[str, str]) -> str:
    """What makes somebody a member; "" for a group that was chosen by hand."""
    rule = grouping.read(group.rule)
    return grouping.words(rule, names) if rule else ""


def _names(groups: Iterable[DeviceGroup]) -> dict[str, str]:
    """Every place that the rules of these groups speak of."""
    rules = [rule for rule in (grouping.read(group.rule) for group in groups) if rule]
    paths = {path for rule in rules for path in (*rule.hamlets, *rule.former)}
    return dict(Area.objects.filter(path__in=paths).values_list("path", "full_name"))


@login_required
@require_POST
def delete(request: HttpRequest, group: str) -> HttpResponse:
    """Dissolve an empty group."""
    row = group_for(request.user, group, clock.now(), "group.write")
    wish = {"kind": "group.dissolve", "area": row.area.path, "group": row.pk}
    return changes.settle(request, wish, back=f"{reverse('devices:groups')}?don-vi={row.area.path}")
