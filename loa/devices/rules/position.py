"""Where a pole stands, as a person copies it from the map of a telephone. Pure."""

import re

from loa.kernel.errors import Invalid

SOUTH, NORTH, WEST, EAST = 6.0, 24.0, 102.0, 118.0  # the country with its islands
HAND = 0.000002  # degrees, 20 cm
_PAIR = re.compile(r"(\d{1,3}(?:[.,]\d+)?)[\s,;]+(\d{1,3}(?:[.,]\d+)?)")


def read_position(text: str) -> tuple[float, float]:
    """Latitude and longitude in degrees from "21.6312, 104.7548", or with decimal commas. Invalid outside Việt Nam."""
    pair = _PAIR.fullmatch(text.replace("°", " ").strip())
    if pair is None:
        raise Invalid("Hãy ghi vĩ độ rồi kinh độ, ví dụ 21.6312, 104.7548.", code="position_unread")
    latitude, longitude = (float(part.replace(",", ".")) for part in pair.groups())
    if not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST):
        raise Invalid("Vị trí này ở ngoài Việt Nam. Vĩ độ đứng trước, ví dụ 21.6312, 104.7548.", code="position_abroad")
    return latitude, longitude


def write_position(latitude: float | None, longitude: float | None) -> str:
    """What `read_position` reads, to a hand's width (see `is_same`); empty when it is not known."""
    return "" if latitude is None or longitude is None else f"{round(latitude, 6)}, {round(longitude, 6)}"


def is_same(one: float | None, other: float | None) -> bool:
    """Whether two degrees mean the same place: what was written for people comes back rounded."""
    return one == other if one is None or other is None else abs(one - other) < HAND
