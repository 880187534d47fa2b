"""Does a place on the map lie in a circle or a polygon? And whom does `Where` mean?

A commune is small: inside a polygon longitude and latitude are taken for a plane. Distances are great circles on a
sphere of 6,371.0088 km (mean radius of WGS 84); the error against the ellipsoid is below 0.6 %.
"""

import math

from devicelink.audience import inside
from devicelink.messages import Circle, Placement, Point, Polygon, Where

EARTH_M = 6_371_008.8


def distance(one: Point, other: Point) -> float:
    """Metres between two points (haversine formula)."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(one.longitude - other.longitude) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def in_circle(point: Point, circle: Circle) -> bool:
    """True on the rim too."""
    return distance(point, circle.centre) <= circle.radius


def in_polygon(point: Point, polygon: Polygon) -> bool:
    """Even-odd rule: a ray to the east crosses the ring an odd number of times."""
    odd = False
    for start, end in zip(polygon.ring, polygon.ring[1:], strict=False):
        if (start.latitude > point.latitude) != (end.latitude > point.latitude):
            part = (point.latitude - start.latitude) / (end.latitude - start.latitude)
            odd ^= point.longitude < start.longitude + part * (end.longitude - start.longitude)
    return odd


def means(where: Where, placement: Placement) -> bool:
    """True if the device with this placement is meant."""
    if where == Where():
        return True
    if any(inside(path, placement.area) for path in where.areas) or placement.device in where.devices:
        return True
    if not set(where.groups).isdisjoint(placement.groups):
        return True
    return covers(where, placement.latitude, placement.longitude)


def covers(where: Where, latitude: float | None, longitude: float | None) -> bool:
    """True if these coordinates lie in one of its circles or polygons."""
    if latitude is None or longitude is None:
        return False
    here = Point(latitude=latitude, longitude=longitude)
    return any(in_circle(here, one) for one in where.circles) or any(in_polygon(here, one) for one in where.polygons)
