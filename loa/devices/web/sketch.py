"""A sketch of where the clusters stand: pins in percent of a square, north up. Not a map, and it says so."""

from collections.abc import Sequence
from dataclasses import dataclass

from loa.devices.queries import DeviceRow

EDGE = 12.0  # percent kept free around the pins, so that the outermost is not cut
SMALLEST_SPAN = 0.004  # degrees, about 400 m: a village in one spot must not fill the whole sketch


@dataclass(frozen=True, slots=True)
class Pin:
    """One cluster; `x`, `y` SVG percentages, `kind` live, person or nothing."""

    x: str
    y: str
    number: str
    kind: str
    url_id: str
    label: str


def pins(rows: Sequence[DeviceRow]) -> list[Pin]:
    """Pins of the devices whose coordinates are known."""
    known = [row for row in rows if row.device.latitude is not None and row.device.longitude is not None]
    if not known:
        return []
    north = [float(row.device.latitude or 0) for row in known]
    east = [float(row.device.longitude or 0) for row in known]
    return [
        _pin(row, _share(lon, east), 100 - _share(lat, north)) for row, lat, lon in zip(known, north, east, strict=True)
    ]


def _share(value: float, values: Sequence[float]) -> float:
    middle = (min(values) + max(values)) / 2
    span = max(max(values) - min(values), SMALLEST_SPAN)
    return 50 + (value - middle) / span * (100 - 2 * EDGE)


def _pin(row: DeviceRow, x: float, y: float) -> Pin:
    kind = "person" if row.needs_person else "live" if row.online else ""
    number = f"{row.device.number:02d}"
    return Pin(f"{x:.1f}%", f"{y:.1f}%", number, kind, row.device.pk, f"{number} · {row.device.name}")
