"""Which administrative units an area means. Units come in as plain data; nothing is looked up elsewhere.

A unit is a place on the map (its middle), a code of the General Statistics Office, and a path from the country down.
By geocode it is meant with all below it. By polygon or circle a unit is meant if its middle lies inside; a shape that
holds no middle means the nearest unit, if that is near enough: a small village bend lies in some commune.
"""

import bisect
import itertools
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cap.model import Alert, Area, Circle, Info, Pair, Point
from cap.refusals import Code, Refused

EARTH_KM = 6_371.0088
NEAR_KM = 15.0
CODE_NAMES = ("gso", "commune", "province", "gso:commune", "gso:province", "loa:code", "ma-dvhc")
PATH_NAMES = ("loa:area",)

Ring = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """`code` as the General Statistics Office writes it ("04531", province "15"); `path` as "vn.15.04531"."""

    path: str
    code: str
    name: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """Paths of units, none of them inside another; and what of it was drawn, for whoever can be more exact."""

    paths: tuple[str, ...]
    polygons: tuple[Ring, ...] = ()
    circles: tuple[Circle, ...] = ()
    named: tuple[str, ...] = ()


class Index:
    """Units found by code, by path and by place. Made once for all alerts."""

    def __init__(self, units: Iterable[Unit]) -> None:
        everything = tuple(units)
        self._by_code = {unit.code: unit for unit in everything if unit.code}
        self._by_path = {unit.path: unit for unit in everything}
        placed = [
            (unit.latitude, unit.longitude, unit)
            for unit in everything
            if unit.latitude is not None and unit.longitude is not None
        ]
        self._placed = sorted(placed, key=lambda row: (row[0], row[1], row[2].path))
        self._latitudes = [row[0] for row in self._placed]

    def of_code(self, code: str) -> Unit | None:
        """By code; codes of communes are also taken without the zeros in front."""
        return self._by_code.get(code) or (self._by_code.get(code.zfill(5)) if code.isdigit() else None)

    def of_path(self, path: str) -> Unit | None:
        """By path."""
        return self._by_path.get(path)

    def between(self, south: float, north: float, west: float, east: float) -> Iterator[tuple[Point, Unit]]:
        """Units whose middle lies in this box."""
        first = bisect.bisect_left(self._latitudes, south)
        for latitude, longitude, unit in self._placed[first : bisect.bisect_right(self._latitudes, north)]:
            if west <= longitude <= east:
                yield Point(latitude=latitude, longitude=longitude), unit

    def nearest(self, point: Point, within_km: float) -> Unit | None:
        """The unit whose middle is nearest, no further than this."""
        near = [(distance(point, middle), unit) for middle, unit in self.between(*_around(point, within_km))]
        found = min(near, key=lambda row: (row[0], row[1].path), default=None)
        return found[1] if found is not None and found[0] <= within_km else None


def resolve(alert: Alert, index: Index) -> Meant:
    """Everything that any part of the alert means. Refused when a part means nothing we know."""
    return joined(of_info(info, index) for info in alert.info)


def of_info(info: Info, index: Index) -> Meant:
    """What one part of it means."""
    if not info.area:
        raise Refused(Code.NO_AREA, "an info without area")
    return joined(of_area(area, index) for area in info.area)


def of_area(area: Area, index: Index) -> Meant:
    """Units named by geocode count as they are; else what is drawn."""
    named = [unit for unit in (_named(pair, index) for pair in area.geocode) if unit is not None]
    drawn = [*_of_polygons(area.polygon, index), *_of_circles(area.circle, index)]
    if not named and not drawn:
        known = area.geocode or area.polygon or area.circle
        raise Refused(Code.UNKNOWN_AREA if known else Code.NO_AREA, area.area_desc[:80])
    return Meant(
        paths=topmost(unit.path for unit in (*named, *drawn)),
        polygons=area.polygon,
        circles=area.circle,
        named=topmost(unit.path for unit in named),
    )


def joined(parts: Iterable[Meant]) -> Meant:
    """All of them together."""
    known = tuple(parts)
    return Meant(
        paths=topmost(path for part in known for path in part.paths),
        polygons=tuple(dict.fromkeys(ring for part in known for ring in part.polygons)),
        circles=tuple(dict.fromkeys(circle for part in known for circle in part.circles)),
        named=topmost(path for part in known for path in part.named),
    )


def topmost(paths: Iterable[str]) -> tuple[str, ...]:
    """Without those that lie inside another, in order."""
    found: list[str] = []
    for path in sorted(set(paths), key=lambda one: one.split(".")):
        if not found or not inside(found[-1], path):
            found.append(path)
    return tuple(found)


def inside(outer: str, path: str) -> bool:
    """Is this path that one, or below it?"""
    return path == outer or path.startswith(outer + ".")


def common(paths: Sequence[str]) -> str:
    """The smallest area that holds all of them; "" when they share nothing."""
    labels = [path.split(".") for path in paths]
    shared = []
    for level in zip(*labels, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return ".".join(shared)


def distance(one: Point, other: Point) -> float:
    """Kilometres, great circle."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(one.longitude - other.longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def in_ring(point: Point, ring: Ring) -> bool:
    """Even-odd rule, longitude and latitude taken for a plane."""
    odd = False
    for start, end in itertools.pairwise(ring):
        if (start.latitude > point.latitude) != (end.latitude > point.latitude):
            part = (point.latitude - start.latitude) / (end.latitude - start.latitude)
            odd ^= point.longitude < start.longitude + part * (end.longitude - start.longitude)
    return odd


def _named(pair: Pair, index: Index) -> Unit | None:
    name, value = _plain(pair.value_name), pair.value.strip()
    if name in CODE_NAMES:
        return index.of_code(value)
    return index.of_path(value) if name in PATH_NAMES else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold().replace("_", "-").replace(" ", "-")


def _of_polygons(rings: Iterable[Ring], index: Index) -> list[Unit]:
    found: list[Unit] = []
    for ring in rings:
        latitudes, longitudes = [one.latitude for one in ring], [one.longitude for one in ring]
        box = (min(latitudes), max(latitudes), min(longitudes), max(longitudes))
        inner = [unit for middle, unit in index.between(*box) if in_ring(middle, ring)]
        middle = Point(latitude=(box[0] + box[1]) / 2, longitude=(box[2] + box[3]) / 2)
        found.extend(inner or _or_nearest(middle, index))
    return found


def _of_circles(circles: Iterable[Circle], index: Index) -> list[Unit]:
    found: list[Unit] = []
    for circle in circles:
        box = _around(circle.centre, circle.radius)
        inner = [unit for middle, unit in index.between(*box) if distance(circle.centre, middle) <= circle.radius]
        found.extend(inner or _or_nearest(circle.centre, index))
    return found


def _or_nearest(middle: Point, index: Index) -> list[Unit]:
    unit = index.nearest(middle, NEAR_KM)
    return [] if unit is None else [unit]


def _around(point: Point, km: float) -> tuple[float, float, float, float]:
    """South, north, west, east of a box that holds the circle."""
    high = math.degrees(km / EARTH_KM) + 1e-9
    cosine = math.cos(math.radians(min(89.9, abs(point.latitude) + high)))
    wide = min(360.0, high / max(cosine, 1e-6))
    return point.latitude - high, point.latitude + high, point.longitude - wide, point.longitude + wide
