"""Xem trước lịch: what would sound on any day on each group of loudspeakers, minute by minute, and why something would
not."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.areas.rules import Level
from loa.broadcasts.changes.dryrun import DryRun, GroupDay, dry_run
from loa.broadcasts.rules import words
from loa.broadcasts.web.playlog import read_day
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """`?ngay=` any day (20/8/2026 or ISO; today if empty), `?nhom=` one group by its name, `?don-vi=` the place."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    if area.level < Level.COMMUNE:
        raise Invalid("Hãy chọn một xã để xem trước lịch của xã đó.", code="no_commune")
    today, refused = clock.local(now).date(), ""
    try:
        day = read_day(request.GET.get("ngay", ""), today)
    except Invalid as error:
        day, refused = today, error.message
    found = dry_run(area, day, now)
    wanted = request.GET.get("nhom", "")
    groups = [one for one in found.groups if not wanted or one.listeners.name == wanted]
    context = {
        "area": area,
        "place": words.inside(area.full_name),
        "day": day,
        "before": date.fromordinal(day.toordinal() - 1),
        "after": date.fromordinal(day.toordinal() + 1),
        "names": sorted({one.listeners.name for one in found.groups}),
        "wanted": wanted,
        "groups": _shown(groups),
        "refused": refused,
        "special": _special(found),
        "document": found.rules.hours.document,
    }
    return render(request, "broadcasts/dryrun.html", context, status=422 if refused else 200)


def _special(found: DryRun) -> list[str]:
    """What makes this day another one than usual, in words."""
    rules, said = found.rules, []
    off = rules.off
    if off.silent is not None:
        said.append(f"{off.silent.name}: ngày không phát, trừ tin khẩn cấp.")
    elif off.no_music is not None:
        said.append(f"{off.no_music.name}: không phát nhạc.")
    spans = [span for span in rules.hours.extensions if clock.local(span.start).date() == found.day]
    said += [f"Được phát thêm {_clock(span.start)}–{_clock(span.end)}." for span in spans]
    return said


def _clock(instant: datetime) -> str:
    return words.clock(instant)


def _shown(groups: Sequence[GroupDay]) -> list[dict[str, object]]:
    """One card for all groups that hear the same at the same minutes; no two cards are called alike."""
    alike: dict[object, list[GroupDay]] = {}
    for one in groups:
        heard = tuple((row.schedule, row.title, row.start, row.end, row.why) for row in one.sounds)
        alike.setdefault((one.allowed, heard), []).append(one)
    names = [" · ".join(dict.fromkeys(one.listeners.name for one in together)) for together in alike.values()]
    return [
        _card(together, name, alone=names.count(name) == 1)
        for together, name in zip(alike.values(), names, strict=True)
    ]


def _card(together: Sequence[GroupDay], name: str, *, alone: bool) -> dict[str, object]:
    """`alone`: no other card bears this name; else the loudspeakers tell them apart."""
    one, devices = together[0], [device for group in together for device in group.devices]
    sounding = [row for row in one.sounds if not row.silent]
    return {
        "name": name if alone else f"{name}: {', '.join(devices)}",
        "devices": devices,
        "allowed": [f"{_clock(start)}–{_end(end)}" for start, end in one.allowed],
        "sounds": [(row, "" if row.silent else words.length(row.end - row.start)) for row in one.sounds],
        "sounding": len(sounding),
        "silent": len(one.sounds) - len(sounding),
        "total": words.length(sum((row.end - row.start for row in sounding), timedelta())),
    }


def _end(instant: datetime) -> str:
    text = words.clock(instant)
    return "24:00" if text == "00:00" else text
