"""What is wrong, or worth knowing, about a schedule before anybody is asked to approve it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from devicelink.limits import MAX_PLAN_AIRINGS
from django.db.models import Max

from loa.areas.models import Area
from loa.areas.queries import predecessors_of, within
from loa.areas.rules import is_inside
from loa.broadcasts.models import PlanState
from loa.broadcasts.queries import sources
from loa.broadcasts.queries.known import Known
from loa.broadcasts.queries.onair import ALONE, Beside, check_air
from loa.broadcasts.rules import plans, targets, times, words
from loa.broadcasts.rules.air import SPEECH, Kind
from loa.broadcasts.rules.targets import Place, Target
from loa.broadcasts.rules.times import Refused, Rule, Validity
from loa.devices.models import Device, DeviceGroup
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal


@dataclass(frozen=True, slots=True)
class Findings:
    """`refused` must be mended; `warnings` are complete sentences; `starts` are the air times from now on.

    `untrue` says why there are none: all that is ahead lies outside the validity of the bulletin; else it is empty.
    """

    starts: tuple[datetime, ...]
    refused: tuple[Refused, ...]
    warnings: tuple[str, ...]
    devices: int
    untrue: str = ""


def examine(
    area: Area,
    target: Target,
    rule: Rule,
    duration: timedelta,
    now: datetime,
    known: Known | None = None,
    *,
    valid: Validity,
    kind: Kind = SPEECH,
    beside: Beside = ALONE,
) -> Findings:
    """Air times against the days on which the bulletin is true, the rules of the air of the area on each day beside all
    that sounds there, and the hours of the places that are meant. At most nine queries, however many air times.
    """
    known = known or Known()
    ahead = rule.starts(now, rule.end(now))
    starts = tuple(start for start in ahead if valid.holds(start))
    places = known.places_meant(area.path, target)
    refused = check_air(area, target, starts, duration, now, known, kind=kind, beside=beside)
    warnings = () if refused else _warnings(places, target, area, _until_a_change(area, starts, now, known), duration)
    untrue = words.outside_validity(valid.first, valid.last) if len(starts) < len(ahead) else ""
    if starts and untrue:
        warnings = (f"{untrue}, nên {len(ahead) - len(starts)} lần phát ngoài thời hạn đó loa không phát.", *warnings)
    devices = len(targets.devices_meant(target, area.path, places))
    return Findings(starts, refused, warnings, devices, "" if starts else untrue)


def _until_a_change(area: Area, starts: tuple[datetime, ...], now: datetime, known: Known) -> tuple[datetime, ...]:
    """Loudspeakers get other hours together with their area: what they have now says nothing of later."""
    if not starts:
        return ()
    today = local(now).date()
    book = known.book(area.path, today, local(starts[-1]).date())
    until = next((day for day in book.turns(area.path) if day > today), None)
    return tuple(start for start in starts if until is None or local(start).date() < until)


def _warnings(
    places: list[Place], target: Target, area: Area, starts: tuple[datetime, ...], duration: timedelta
) -> tuple[str, ...]:
    """Single clusters may have narrower hours than their commune: they stay silent, the others sound."""
    found: dict[str, int] = {}
    for place in places:
        silent = times.check_hours(
            place="", document="", hours=place.hours, starts=starts, duration=duration, now=starts[0]
        ) if starts else ()  # fmt: skip
        if silent:
            meant = targets.reach(target, area.path, place) or tuple(place.devices)
            hour = words.clock(silent[0].start)
            found[hour] = found.get(hour, 0) + len(meant)
    return tuple(
        f"{count} cụm loa không kêu lúc {hour} vì giờ được phát ở đó hẹp hơn." for hour, count in sorted(found.items())
    )


def require_room_in_plans(area: Area, target: Target, rule: Rule, now: datetime) -> None:
    """Raises Refusal `limit_exceeded` if a plan would surely become too large; the compiler has the last word."""
    horizon = plans.Horizon(local(now).date())
    more = len(rule.starts(max(now, horizon.start), horizon.end))
    names = [place.id for place in sources.places_meant(area.path, target)]
    fullest = PlanState.objects.filter(pk__in=names).aggregate(most=Max("airings"))["most"] or 0
    if fullest + more > MAX_PLAN_AIRINGS:
        error = plans.TooLarge("", "airings", fullest + more, MAX_PLAN_AIRINGS)
        raise Refusal(error.message, code="limit_exceeded", facts={"airings": fullest + more})


def require_target(area: Area, target: Target) -> None:
    """Raises Invalid for a place, group or loudspeaker that is not the area's own."""
    former = {unit.path for unit in predecessors_of(area)}
    if any(not is_inside(path, area.path) and path not in former for path in target.areas):
        raise Invalid("Có nơi phát không thuộc đơn vị này. Hãy chọn lại nơi phát.", code="target_area")
    inside_area = within(area.path, "area__path")
    groups = DeviceGroup.objects.filter(inside_area, pk__in=target.groups).count() if target.groups else 0
    if groups != len(target.groups):
        raise Invalid("Có nhóm loa không còn hoặc không thuộc đơn vị này. Hãy chọn lại.", code="target_group")
    named = {*target.devices, *target.without}
    own = Device.objects.filter(inside_area, pk__in=named).count() if named else 0
    if own != len(named):
        raise Invalid("Có cụm loa không còn hoặc không thuộc đơn vị này. Hãy chọn lại.", code="target_device")


def require_listeners(findings: Findings) -> None:
    """Raises Refusal `no_devices` for air times that nobody would hear."""
    if not findings.devices:
        message = "Nơi phát đã chọn chưa có cụm loa nào nên không ai nghe được. Hãy chọn lại nơi phát."
        raise Refusal(message, code="no_devices")


def require_allowed(findings: Findings) -> None:
    """Raises Refusal with the first refused air time; the facts list all of them. Also if nothing lies ahead."""
    if findings.refused:
        first = findings.refused[0]
        raise Refusal(
            first.message,
            code=first.code,
            facts={
                "refused": [row.start.isoformat() for row in findings.refused],
                "nearest": first.nearest.isoformat() if first.nearest else None,
            },
        )
    if findings.untrue:
        message = f"{findings.untrue}, các giờ phát này nằm ngoài thời hạn đó. Hãy đổi giờ phát hoặc đổi thời hạn."
        raise Refusal(message, code="outside_validity")
    if not findings.starts:
        raise Refusal("Các giờ phát này đã qua. Hãy chọn giờ khác.", code="nothing_ahead")
