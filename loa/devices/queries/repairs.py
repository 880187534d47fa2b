"""Repair tickets of a place: the late ones first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from loa.areas.queries import within
from loa.devices.models import Device, RepairTicket
from loa.devices.rules import tickets as rules
from loa.kernel.clock import local

LIVE = (RepairTicket.State.OPEN, RepairTicket.State.REPAIRED)
SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as a line of the list."""

    ticket: RepairTicket
    cause: str
    late: bool


@dataclass(frozen=True, slots=True)
class Tickets:
    """Of a place: `late` nobody has repaired in time, `open` to do, `waiting` for the loudspeaker to sound."""

    late: tuple[TicketRow, ...]
    open: tuple[TicketRow, ...]
    waiting: tuple[TicketRow, ...]
    closed: tuple[TicketRow, ...]


def tickets(path: str, now: datetime) -> Tickets:
    """All that are live, and those that were closed within a month. Two queries."""
    today = local(now).date()
    live = [_row(row, today) for row in _of(path).filter(state__in=LIVE).order_by("due", "opened_at")]
    over = _of(path).exclude(state__in=LIVE).filter(closed_at__gt=now - SHOWN).order_by("-closed_at")
    return Tickets(
        late=tuple(one for one in live if one.late),
        open=tuple(one for one in live if one.ticket.state == RepairTicket.State.OPEN and not one.late),
        waiting=tuple(one for one in live if one.ticket.state == RepairTicket.State.REPAIRED),
        closed=tuple(_row(row, today) for row in over),
    )


def _of(path: str) -> QuerySet[RepairTicket]:
    here = within(path, "device__area__path") | within(path, "device__hamlet__path")
    return RepairTicket.objects.filter(here).select_related("device__area")


def _row(row: RepairTicket, today: date) -> TicketRow:
    return TicketRow(row, rules.CAUSES.get(row.cause, ""), rules.is_late(row.state, row.due, today))


def open_ticket_of(device: Device) -> RepairTicket | None:
    """The live one; there is one at most."""
    return device.tickets.filter(state__in=LIVE).first()
