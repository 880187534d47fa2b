"""The form of `Where`: real places, bounded in number, none outside the audience it narrows."""

from devicelink.audience import inside, is_area_path
from devicelink.forms import IDENTIFIER, are_unique, is_line
from devicelink.limits import MAX_PLACES, MAX_RADIUS_M, MAX_RING
from devicelink.messages import Audience, Circle, Point, Polygon, Where
from devicelink.refusals import Reason, Refused
from devicelink.topics import is_device_id

LEAST_RING = 4


def check_form(where: Where, audience: Audience, of: str) -> None:
    """Refuses with malformed: a path outside the audience, an open ring, coordinates that are none. `of`: for logs."""
    for path in where.areas:
        if not is_area_path(path) or (audience.area is not None and not inside(audience.area, path)):
            raise Refused(Reason.MALFORMED, f"{of}: area {path[:80]!r} is none, or lies outside the audience")
    if not all(IDENTIFIER.fullmatch(name) or (is_line(name) and name) for name in where.groups):
        raise Refused(Reason.MALFORMED, f"{of}: groups")
    if not all(map(is_device_id, where.devices)):
        raise Refused(Reason.MALFORMED, f"{of}: devices")
    if not all(are_unique(list(names)) for names in (where.areas, where.groups, where.devices)):
        raise Refused(Reason.MALFORMED, f"{of}: one name twice")
    if not all(map(_is_circle, where.circles)) or not all(map(_is_polygon, where.polygons)):
        raise Refused(Reason.MALFORMED, f"{of}: a circle or polygon that is none")


def check_limits(where: Where, of: str) -> None:
    """Refuses with limit_exceeded."""
    lists = (where.areas, where.groups, where.devices, where.circles, where.polygons)
    if any(len(names) > MAX_PLACES for names in lists):
        raise Refused(Reason.LIMIT_EXCEEDED, f"{of}: more than {MAX_PLACES} places of one kind")
    if any(len(polygon.ring) > MAX_RING for polygon in where.polygons):
        raise Refused(Reason.LIMIT_EXCEEDED, f"{of}: a polygon of more than {MAX_RING} points")
    if any(circle.radius > MAX_RADIUS_M for circle in where.circles):
        raise Refused(Reason.LIMIT_EXCEEDED, f"{of}: a circle larger than {MAX_RADIUS_M} m")


def _is_point(point: Point) -> bool:
    return -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180


def _is_circle(circle: Circle) -> bool:
    return _is_point(circle.centre) and circle.radius > 0


def _is_polygon(polygon: Polygon) -> bool:
    """At least three corners that differ, closed."""
    ring = polygon.ring
    if len(ring) < LEAST_RING or ring[0] != ring[-1] or not all(map(_is_point, ring)):
        return False
    return len({(point.latitude, point.longitude) for point in ring}) >= LEAST_RING - 1
