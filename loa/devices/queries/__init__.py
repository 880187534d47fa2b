"""Reads of devices: lines of pages, the picture of an area, who is meant by a target, signed papers."""

from loa.devices.queries.incidents import (
    IncidentRow,
    Silence,
    incident_of,
    members_in,
    open_incidents,
    past_incidents,
    planned,
    silences,
    words_of,
)
from loa.devices.queries.listed import Listed, Sums, Wish, listed, sums
from loa.devices.queries.meant import Reach, chosen, holding_plan_before, placed_in, reach
from loa.devices.queries.papers import holds_now, latest, open_code, open_messages
from loa.devices.queries.picture import Unit, picture
from loa.devices.queries.repairs import TicketRow, Tickets, open_ticket_of, tickets
from loa.devices.queries.rollouts import (
    FailedRow,
    RingRow,
    VersionRow,
    circle,
    failed_rows,
    releases,
    ring_rows,
    rings_of,
    rollouts,
    versions,
)
from loa.devices.queries.rows import DeviceRow, device_rows, refusals, row_of, transitions
from loa.devices.queries.sims import SimRow, Sims, sims

__all__ = [
    "DeviceRow",
    "FailedRow",
    "IncidentRow",
    "Listed",
    "Reach",
    "RingRow",
    "Silence",
    "SimRow",
    "Sims",
    "Sums",
    "TicketRow",
    "Tickets",
    "Unit",
    "VersionRow",
    "Wish",
    "chosen",
    "circle",
    "device_rows",
    "failed_rows",
    "holding_plan_before",
    "holds_now",
    "incident_of",
    "latest",
    "listed",
    "members_in",
    "open_code",
    "open_incidents",
    "open_messages",
    "open_ticket_of",
    "past_incidents",
    "picture",
    "placed_in",
    "planned",
    "reach",
    "refusals",
    "releases",
    "ring_rows",
    "rings_of",
    "rollouts",
    "row_of",
    "silences",
    "sims",
    "sums",
    "tickets",
    "transitions",
    "versions",
    "words_of",
]
