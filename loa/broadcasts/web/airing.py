"""One airing, loudspeaker by loudspeaker: who sounded it when, who did not and why. Opened from the play log."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loa.broadcasts.access import airing_for
from loa.broadcasts.queries.airings import Sounded, who_sounded
from loa.broadcasts.queries.playlog import Missed
from loa.broadcasts.web.playlog import why
from loa.devices.models import Device
from loa.kernel import clock
from loa.people import access as people

_SECOND = timedelta(seconds=1)
OUTCOMES = {"played": "Đã phát hết", "cut": "Phát dở", "skipped": "Không phát", "": "Chưa có bằng chứng"}


@dataclass(frozen=True, slots=True)
class Row:
    """One loudspeaker in words. `kind` is the look of `outcome`."""

    device: Device
    kind: str
    outcome: str
    began: str
    late: str
    rendered_ms: int
    reason: str


@login_required
@require_safe
def show(request: HttpRequest, airing: str) -> HttpResponse:
    """The loudspeakers of the person's own area, or of `?don-vi=`."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    row = airing_for(user, airing, now)
    rows = [_row(one) for one in who_sounded(row, area.path)]
    played = sum(one.kind == "ok" for one in rows)
    context = {"airing": row, "area": area, "rows": rows, "played": played, "day": clock.local(row.start).date()}
    return render(request, "broadcasts/airing.html", context)


def _row(one: Sounded) -> Row:
    return Row(
        device=one.device,
        kind={"played": "ok", "": ""}.get(one.outcome, "person"),
        outcome=OUTCOMES[one.outcome],
        began=_clock(one.started) if one.started else "",
        late=f"muộn {one.late // _SECOND} giây" if one.late is not None and one.late >= _SECOND else "",
        rendered_ms=one.rendered // timedelta(milliseconds=1),
        reason=why(Missed(one.device, one.outcome, one.reason, one.cause)) if one.reason or one.cause else "",
    )


def _clock(instant: datetime) -> str:
    return f"{clock.local(instant):%H:%M:%S}"
