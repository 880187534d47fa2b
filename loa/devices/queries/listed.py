"""The list of a province or a commune, ordered and filtered in the database: a province has up to 15,000 devices.

The reason that stands for a device (`advice.reason`) is worked out a second time here, in SQL; a test holds the two
together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from loa.areas import rules as area_rules
from loa.areas.queries import within
from loa.devices.models import Device
from loa.devices.queries.rows import DeviceRow, row_of, standing
from loa.devices.rules import advice, condition
from loa.devices.rules.condition import Cause, State, Worry
from loa.devices.rules.diagnosis import Fault
from loa.devices.rules.hearing import Hearing
from loa.kernel.clock import local

PAGE = 30
PERSON, ONLINE, QUIET = "person", "online", "quiet"  # states that can be wished for, beside single reasons


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for: words of the name or the commune, or a number; a state or a reason; one area's path."""

    text: str = ""
    reason: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list. `total` of all pages, `page` from 1."""

    rows: Sequence[DeviceRow]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Sum:
    """How many loudspeakers have the same reason."""

    reason: str
    words: advice.Advice
    devices: int


@dataclass(frozen=True, slots=True)
class Sums:
    """An area in numbers; `reasons` holds what is not simply well, what needs a person first."""

    devices: int
    online: int
    person: int
    reasons: tuple[Sum, ...]

    @property
    def quiet(self) -> int:
        """Not there, or not quite well, but nothing for anybody to do."""
        return sum(one.devices for one in self.reasons if not one.words.needs_person)


def reason(today: date) -> Case:
    """`advice.reason` of a device as an expression."""
    calm = [cause for cause, words in advice.CAUSES.items() if not words.needs_person]
    return Case(
        When(status=None, then=Value(Cause.NEVER_SEEN)),
        When(~Q(status__state=State.ONLINE) & _explained(), then=F("status__fault")),
        When(~Q(status__cause__in=calm), then=F("status__cause")),
        When(state=Device.State.CLAIMED, then=Value(Worry.NOT_PLACED)),
        When(~Q(status__state=State.ONLINE), then=F("status__cause")),
        *(When(holds, then=Value(worry)) for worry, holds in pressing(today).items()),
        When(~Q(status__cause=Cause.CONNECTED), then=F("status__cause")),
        *(When(holds, then=Value(worry)) for worry, holds in calm_worries().items()),
        default=F("status__cause"),
        output_field=CharField(),
    )


def pressing(today: date) -> dict[Worry, Q]:
    """When a device that is there has a worry that needs a person, in the order of `condition.worries`."""
    return {
        **{worry: Q(status__trouble=worry) for worry in (Worry.NO_CARD, Worry.NO_SWITCH, Worry.UNHEARD)},
        Worry.FORGED: Q(status__threat_at__gte=condition.threats_since(today)),
        Worry.NO_RELAY: Q(status__trouble=Worry.NO_RELAY),
        Worry.UNKNOWN_TROUBLE: ~Q(status__trouble__in=["", *condition.TROUBLES]),
        Worry.WEAK_SOUND: Q(status__hearing=Hearing.WEAK),
        Worry.NO_CLOCK: _lacks_time(),
        Worry.SIM_ENDS_SOON: Q(sim_expires__lte=today + condition.SIM_SOON),
        Worry.STORAGE_LOW: Q(status__storage_free__gt=0, status__storage_free__lt=condition.STORAGE_LOW_BYTES),
    }


def calm_worries() -> dict[Worry, Q]:
    """The same for `advice.CALM`, in its order."""
    return {
        Worry.FALLING_SOUND: Q(status__hearing=Hearing.FALLING),
        Worry.DEAF: Q(status__hearing=Hearing.DEAF),
        Worry.CLOCK_LOOSE: _is_loose(),
    }


def _explained() -> Q:
    """`advice.explained`."""
    told = Q(status__cause=Cause.SILENT_LINK, status__fault__in=[str(fault) for fault in advice.FAULTS])
    return Q(status__fault=Fault.PLANNED) | told


def _lacks_time() -> Q:
    """`condition.lacks_time`."""
    known = Q(status__clock_bound__gte=0, status__clock_bound__lte=condition.CLOCK_BOUND_MS)
    return ~known & ~Q(status__uptime__gte=0, status__uptime__lt=condition.CLOCK_GRACE_MS)


def _is_loose() -> Q:
    """`condition.worries` says CLOCK_LOOSE."""
    doubt = Q(status__clock_bound__gt=condition.CLOCK_LOOSE_MS, status__clock_bound__lte=condition.CLOCK_BOUND_MS)
    return doubt & ~Q(status__uptime__gte=0, status__uptime__lt=condition.CLOCK_GRACE_MS)


def needs_person() -> Q:
    """Filter on a query that carries `reason`."""
    known = (*advice.CAUSES.items(), *advice.WORRIES.items(), *advice.FAULTS.items())
    calm = [code for code, words in known if not words.needs_person]
    return ~Q(reason__in=calm)


def listed(path: str, wish: Wish, now: datetime, *, page: int = 1, size: int = PAGE) -> Listed:
    """A page of the devices of this area, those that need a person first, then the silent ones. Four queries.

    All are put in order by their keys alone; only those of the page are read.
    """
    today = local(now).date()
    found = _wished(_with_reason(path, today), wish)
    total = found.count()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    keys = list(_in_order(found).values_list("pk", flat=True)[(page - 1) * size : page * size])
    shown = Device.objects.select_related("area", "hamlet", "status", "pole").prefetch_related("groups").in_bulk(keys)
    return Listed([row_of(shown[key], today) for key in keys if key in shown], total, page, pages)


def _in_order(rows: QuerySet[Any]) -> QuerySet[Any]:
    there = Case(When(status__state=State.ONLINE, then=1), default=0)
    first = Case(When(needs_person(), then=0), default=1)
    return rows.order_by(first, there, "area__sort_key", "area_id", "number")


def _with_reason(path: str, today: date) -> QuerySet[Any]:
    return standing(path).annotate(reason=reason(today))


def _wished(rows: QuerySet[Any], wish: Wish) -> QuerySet[Any]:
    if wish.path:
        rows = rows.filter(within(wish.path, "area__path"))
    if wish.reason:
        rows = rows.filter(_state(wish.reason))
    for word in area_rules.fold(wish.text).split():
        rows = rows.filter(_about(word))
    return rows


def _state(wanted: str) -> Q:
    if wanted == PERSON:
        return needs_person()
    if wanted == ONLINE:
        return Q(status__state=State.ONLINE)
    if wanted == QUIET:
        return ~needs_person() & ~Q(reason=Cause.CONNECTED)
    return Q(reason=wanted)


def _about(word: str) -> Q:
    named = Q(fold__contains=word) | Q(area__fold__contains=word)
    return named | Q(number=int(word)) if word.isdecimal() and len(word) < 6 else named


def sums(path: str, now: datetime) -> Sums:
    """How many there are, and for which reasons how many are not well. One query."""
    rows = _with_reason(path, local(now).date()).values_list("reason")
    there = Count("pk", filter=Q(status__state=State.ONLINE))
    counted = list(rows.annotate(devices=Count("pk"), online=there).order_by("-devices"))
    reasons = [Sum(code, advice.of(code), devices) for code, devices, _ in counted if code != Cause.CONNECTED]
    return Sums(
        devices=sum(devices for _, devices, _ in counted),
        online=sum(online for _, _, online in counted),
        person=sum(one.devices for one in reasons if one.words.needs_person),
        reasons=tuple(sorted(reasons, key=lambda one: (not one.words.needs_person, -one.devices))),
    )
