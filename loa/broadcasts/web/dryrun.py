"""Xem trước lịch: what would sound on any day on each group of loudspeakers, minute by minute, and why something would
not."""

from datetime import date, datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.areas.rules import Level
from loa.broadcasts.changes.dryrun import DryRun, GroupDay, dry_run
from loa.broadcasts.rules import words
from loa.broadcasts.web.compose.forms import Day
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """`?ngay=` any ISO day (else today), `?nhom=` one group by its name, `?don-vi=` the place."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    if area.level < Level.COMMUNE:
        raise Invalid("Hãy chọn một xã để xem trước lịch của xã đó.", code="no_commune")
    day = _day(request.GET.get("ngay", ""), clock.local(now).date())
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
        "groups": [_shown(one) for one in groups],
        "special": _special(found),
        "document": found.rules.hours.document,
    }
    return render(request, "broadcasts/dryrun.html", context)


def _day(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today
    return found if Day.FIRST <= found <= Day.LAST else today


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


def _shown(one: GroupDay) -> dict[str, object]:
    """One group with its minutes."""
    sounding = [row for row in one.sounds if not row.silent]
    return {
        "name": one.listeners.name,
        "devices": one.devices,
        "allowed": [f"{_clock(start)}–{_end(end)}" for start, end in one.allowed],
        "sounds": one.sounds,
        "sounding": len(sounding),
        "silent": len(one.sounds) - len(sounding),
        "minutes": round(sum((row.end - row.start).total_seconds() for row in sounding) / 60),
    }


def _end(instant: datetime) -> str:
    text = words.clock(instant)
    return "24:00" if text == "00:00" else text
