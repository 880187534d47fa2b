"""Reads of devices: lines of pages, the picture of an area, who is meant by a target, signed papers."""

from loa.devices.queries.listed import Listed, Sums, Wish, listed, sums
from loa.devices.queries.meant import Reach, chosen, holding_plan_before, placed_in, reach
from loa.devices.queries.papers import holds_now, latest, open_code, open_messages
from loa.devices.queries.picture import Unit, picture
from loa.devices.queries.rows import DeviceRow, device_rows, refusals, row_of, transitions

__all__ = [
    "DeviceRow",
    "Listed",
    "Reach",
    "Sums",
    "Unit",
    "Wish",
    "chosen",
    "device_rows",
    "holding_plan_before",
    "holds_now",
    "latest",
    "listed",
    "open_code",
    "open_messages",
    "picture",
    "placed_in",
    "reach",
    "refusals",
    "row_of",
    "sums",
    "transitions",
]
