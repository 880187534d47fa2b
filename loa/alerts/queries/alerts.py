"""Reads of alerts: which are active, which wait, what each place did, what was sent before."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from devicelink.messages import Alert
from django.db.models import Q, QuerySet

from loa.alerts import board
from loa.alerts.access import VIEW
from loa.alerts.board import Count, Seen
from loa.alerts.models import AlertRecord, BreakGlass, Draft, Drill, Duty, OwnTemplate, PlaceNote, Receipt
from loa.alerts.queries.places import Contact, contacts, meant_by
from loa.alerts.rules import Ruling, break_glass
from loa.alerts.wording import Template, ready
from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import lineage
from loa.devices.models import Device
from loa.kernel import reading
from loa.kernel.clock import local, to_ms
from loa.people import access as people
from loa.people.models import User

SOUNDS = (AlertRecord.Kind.ALERT, AlertRecord.Kind.UPDATE)


def touching(path: str) -> Q:
    """Alerts for this place, for a part of it, or for an area that holds it."""
    return within(path, "area__path") | Q(area__path__in=lineage(path))


def active(path: str, now: datetime) -> list[AlertRecord]:
    """Alerts that loudspeakers of this place obey now, an actual one first. One query a page."""
    return list(reading.once(("active alerts", path), lambda: _active(path, now)))


def _active(path: str, now: datetime) -> list[AlertRecord]:
    over = Q(ended_at=None) | Q(ended_at__gt=now)
    rows = AlertRecord.objects.filter(touching(path), over, state="sent", kind__in=SOUNDS, expires__gt=now)
    return sorted(rows.select_related("area"), key=lambda row: (row.status != "actual", -to_ms(row.asked_at)))


def waiting(user: User, now: datetime) -> list[AlertRecord]:
    """What this person is asked to confirm. One query a page."""
    return list(reading.once(("alerts to confirm", user.pk), lambda: _waiting(user, now)))


def _waiting(user: User, now: datetime) -> list[AlertRecord]:
    scopes = people.areas_with(user, "alert.confirm", now)
    if not scopes:
        return []
    here = Q(pk__in=[])
    for scope in scopes:
        here |= within(scope, "area__path")
    return list(AlertRecord.objects.filter(here, state="waiting").exclude(author=user).select_related("area"))


def seen_by(user: User, now: datetime) -> QuerySet[AlertRecord]:
    """All alerts that touch the places of this person, the newest first."""
    here = Q(pk__in=[])
    for scope in people.areas_with(user, VIEW, now):
        here |= touching(scope)
    return AlertRecord.objects.filter(here, kind__in=SOUNDS).select_related("area").order_by("-asked_at")


def drafts(user: User, now: datetime) -> list[Draft]:
    """What this person has begun and not sent."""
    return list(Draft.objects.filter(author=user, dropped_at=None, alerts=None).select_related("area")[:10])


@dataclass(slots=True)
class Line:
    """One loudspeaker on the board."""

    device: Device | None
    seen: Seen
    column: board.Column


@dataclass(slots=True)
class Commune:
    """One commune on the board: its figures, its loudspeakers that need a look, whom to ring, what was noted."""

    area: Area
    count: Count = field(default_factory=Count)
    lines: list[Line] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    notes: list[PlaceNote] = field(default_factory=list)
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def mute(self) -> bool:
        """Nobody sounds there."""
        return self.count.expected > 0 and self.count.silent == self.count.expected

    @property
    def whole(self) -> bool:
        """Everybody sounds, or has."""
        return self.count.sounding == self.count.expected

    @property
    def quiet(self) -> list[Line]:
        """Its loudspeakers that do not sound as they should."""
        return [line for line in self.lines if line.column != "sounding"]


@dataclass(slots=True)
class Board:
    """All of it; communes that nobody hears first."""

    count: Count
    communes: list[Commune]

    @property
    def mute(self) -> list[Commune]:
        """Those in which nobody sounds."""
        return [one for one in self.communes if one.mute]


def board_of(alert: AlertRecord, now: datetime, scope: str = "") -> Board:
    """The board from what is in the database; `scope` (a path) narrows it. Five queries."""
    message = msgspec.convert(alert.content, Alert)
    receipts = {row.device: row for row in Receipt.objects.filter(record=alert)}
    issued, tests = to_ms(alert.issued or alert.asked_at), alert.status == "test"
    found: dict[str, Commune] = {}
    count = Count()
    for one in meant_by(message):
        if scope and not (one.commune + ".").startswith(scope + "."):
            continue
        commune = found.setdefault(one.commune, Commune(one.device.area))
        seen = _seen(one.device, receipts.get(one.device.pk), one.cause)
        where = board.column(seen, issued=issued, tests=tests)
        count.add(seen, where)
        commune.count.add(seen, where)
        commune.lines.append(Line(one.device, seen, where))
        if where == "silent":
            cause = seen.cause or seen.reason or seen.refused or "no_answer"
            commune.causes[cause] = commune.causes.get(cause, 0) + 1
    _add_people(alert, found, now)
    order = sorted(
        found.values(), key=lambda one: (not one.mute, -one.count.silent, -one.count.late, one.area.sort_key)
    )
    return Board(count, order)


def _seen(device: Device, row: Receipt | None, cause: str) -> Seen:
    if row is None:
        return Seen(device=device.pk, area=device.area.path, cause=cause)
    return Seen(
        device=device.pk, area=device.area.path, received=_ms(row.received_at), sounding=_ms(row.sounding_at),
        ended=_ms(row.ended_at), state=row.state, refused=row.refused, reason=row.reason, late=row.late,
        missing=row.missing, round=row.round, cause=cause if row.received_at is None else "",
    )  # fmt: skip


def _ms(at: datetime | None) -> int:
    return to_ms(at) if at else 0


def _add_people(alert: AlertRecord, found: dict[str, Commune], now: datetime) -> None:
    calls = contacts(list(found), now)
    notes: dict[str, list[PlaceNote]] = defaultdict(list)
    for note in PlaceNote.objects.filter(record=alert).select_related("area", "by"):
        notes[".".join(note.area.path.split(".")[:3])].append(note)
    for path, commune in found.items():
        commune.contacts, commune.notes = calls.get(path, []), notes[path]


def break_glass_of(area: Area | str) -> Ruling | None:
    """What holds here about one person alone; None = nobody has answered yet."""
    path = people.path_of(area)
    rows = BreakGlass.objects.filter(area__path__in=lineage(path)).select_related("area").order_by("-at", "-pk")
    return break_glass(path, [Ruling(row.area.path, row.allowed) for row in rows])


def templates_for(area: Area) -> list[Template]:
    """The national ones and those of the area and above."""
    rows = OwnTemplate.objects.filter(area__path__in=lineage(area.path), removed_at=None)
    own = [Template(f"o{row.pk}", row.event, row.name, row.language, row.text) for row in rows]
    return [*own, *ready()]


def roster(area: Area, now: datetime) -> list[Duty]:
    """Who is on duty here or above, now and later."""
    rows = Duty.objects.filter(area__path__in=lineage(area.path), ends__gt=now, taken_back_at=None)
    return list(rows.select_related("person", "area"))


def drills_of(area: Area) -> list[Drill]:
    """The calendar of this place and of those above and below it."""
    return list(Drill.objects.filter(touching(area.path), dropped_at=None).select_related("area", "record"))


def due_drills(area: Area, now: datetime) -> list[Drill]:
    """Those that should have been held by now and were not."""
    today = local(now).date()
    return [row for row in drills_of(area) if row.record_id is None and row.day <= today]


def before(drill: Drill) -> Drill | None:
    """The last one of the same place that was held before this."""
    rows = Drill.objects.filter(area=drill.area, day__lt=drill.day, dropped_at=None).exclude(record=None)
    return rows.select_related("record").order_by("-day").first()


def silent_places(board_: Board) -> Iterable[Commune]:
    """Communes with somebody silent."""
    return (one for one in board_.communes if one.count.silent)
