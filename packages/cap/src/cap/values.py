"""Values of CAP 1.2 in their written form: instants, points, lists of words. Reading raises `Refused`."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from cap.model import Circle, Point, Reference
from cap.refusals import Code, Refused

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_WORD = re.compile(r'"([^"]*)"|(\S+)')
MAX_RADIUS_KM = 20_100  # half the way around the earth
MAX_POINTS = 5_000


def read_instant(text: str) -> datetime:
    """An aware instant. CAP wants seconds and an offset, and no Z."""
    if not INSTANT.fullmatch(text):
        raise Refused(Code.BAD_TIME, f"not an instant of CAP: {text[:40]!r}")
    try:
        found = datetime.fromisoformat(text)
        found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(Code.BAD_TIME, f"no such instant: {text[:40]!r}") from error
    return found


def write_instant(instant: datetime) -> str:
    """To the second, with its own offset; -00:00 for UTC, as CAP wants."""
    offset = instant.utcoffset()
    if offset is None:
        raise Refused(Code.BAD_TIME, "an instant without offset")
    if offset % timedelta(minutes=1):
        instant, offset = instant.astimezone(UTC), timedelta()
    text = instant.replace(microsecond=0, fold=0).isoformat()
    return text[:-6] + "-00:00" if not offset else text


def read_polygon(text: str) -> tuple[Point, ...]:
    """At least four points, closed."""
    words = text.split()
    if not 4 <= len(words) <= MAX_POINTS:
        raise Refused(Code.BAD_SHAPE, f"a polygon of {len(words)} points")
    ring = tuple(read_point(word) for word in words)
    if ring[0] != ring[-1]:
        raise Refused(Code.BAD_SHAPE, "the polygon is not closed")
    if len(set(ring)) < 3:
        raise Refused(Code.BAD_SHAPE, "the polygon encloses nothing")
    return ring


def read_circle(text: str) -> Circle:
    """'latitude,longitude radius'."""
    words = text.split()
    if len(words) != 2:
        raise Refused(Code.BAD_SHAPE, f"not a circle: {text[:60]!r}")
    radius = _number(words[1])
    if not 0 <= radius <= MAX_RADIUS_KM:
        raise Refused(Code.BAD_SHAPE, f"a radius of {words[1][:20]} km")
    return Circle(centre=read_point(words[0]), radius=radius)


def read_point(text: str) -> Point:
    """'latitude,longitude' on this earth."""
    parts = text.split(",")
    if len(parts) != 2:
        raise Refused(Code.BAD_SHAPE, f"not a point: {text[:40]!r}")
    latitude, longitude = (_number(part) for part in parts)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Refused(Code.BAD_SHAPE, f"not on this earth: {text[:40]!r}")
    return Point(latitude=latitude, longitude=longitude)


def write_polygon(ring: Iterable[Point]) -> str:
    """The points with blanks between."""
    return " ".join(write_point(point) for point in ring)


def write_circle(circle: Circle) -> str:
    """'latitude,longitude radius'."""
    return f"{write_point(circle.centre)} {write_number(circle.radius)}"


def write_point(point: Point) -> str:
    """'latitude,longitude'."""
    return f"{write_number(point.latitude)},{write_number(point.longitude)}"


def write_number(value: float) -> str:
    """Without exponent: decimals of XML Schema have none; a tenth of a millimetre is exact enough."""
    text = format(Decimal(repr(round(float(value), 9) + 0.0)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_decimal(text: str) -> float:
    """A decimal of XML Schema."""
    return _number(text.strip())


def read_references(text: str) -> tuple[Reference, ...]:
    """'sender,identifier,sent' with blanks between."""
    found = []
    for word in text.split():
        parts = word.split(",")
        if len(parts) != 3 or not all(parts):
            raise Refused(Code.BAD_REFERENCE, f"not sender,identifier,sent: {word[:80]!r}")
        try:
            found.append(Reference(sender=parts[0], identifier=parts[1], sent=read_instant(parts[2])))
        except Refused as refused:
            raise Refused(Code.BAD_REFERENCE, refused.detail) from refused
    return tuple(found)


def write_references(references: Iterable[Reference]) -> str:
    """The same again."""
    return " ".join(f"{one.sender},{one.identifier},{write_instant(one.sent)}" for one in references)


def read_words(text: str) -> tuple[str, ...]:
    """Words with blanks between; what holds blanks stands in quotation marks."""
    return tuple(quoted or plain for quoted, plain in _WORD.findall(text) if quoted or plain)


def write_words(words: Iterable[str]) -> str:
    """The same again."""
    return " ".join(f'"{word}"' if re.search(r"\s", word) else word for word in words)


def _number(text: str) -> float:
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        raise Refused(Code.BAD_SHAPE, f"not a number: {text[:40]!r}")
    return float(text)
