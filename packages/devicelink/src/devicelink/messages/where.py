"""Whom one text of an alert, or one live voice, is for: finer than an audience, judged by the device's placement."""

import msgspec


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """WGS 84, degrees."""

    latitude: float
    longitude: float


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Everything within `radius` metres of `centre`."""

    centre: Point
    radius: int


class Polygon(msgspec.Struct, frozen=True, kw_only=True):
    """A ring of at least four points, the last equal to the first, as in CAP 1.2; no holes."""

    ring: tuple[Point, ...]


class Where(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device is meant if one of these names it. Nothing at all means the whole audience of the message.

    `areas` are area paths: each means that area and all below. A device without coordinates lies in no circle or
    polygon.
    """

    areas: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    circles: tuple[Circle, ...] = ()
    polygons: tuple[Polygon, ...] = ()
